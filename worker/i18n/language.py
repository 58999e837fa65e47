"""The two languages of everything people read."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The setting REPORT_LANGUAGE."""

    EN = "en"
    KO = "ko"


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages; `{name}` fields are filled by str.format."""

    en: str
    ko: str

    def __call__(self, language: Language, **values: object) -> str:
        """Return the text in one language, with its fields filled."""
        text = self.ko if language is Language.KO else self.en
        return text.format(**values) if values else text
