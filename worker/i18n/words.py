"""Texts of the catalogues whose `{name}` fields are filled when they are read."""

from dataclasses import dataclass

from worker.i18n.language import Language, words_of


@dataclass(frozen=True, slots=True)
class Words:
    """One text, in every language that has a catalogue; `{name}` fields are filled by str.format."""

    #: The English text.
    id: str

    def __call__(self, language: Language, **values: object) -> str:
        """Return the text in one language, with its fields filled."""
        text = words_of(self.id, language)
        return text.format(**values) if values else text
