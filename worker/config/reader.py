"""Who reads what a command says: in the language of the settings in use."""

from worker.config import ini
from worker.i18n.language import Language
from worker.i18n.reasons import say


def language() -> Language:
    """Return the language of the settings in use; English where they name none that is known."""
    named = ini.in_use().values().get("REPORT_LANGUAGE", "").strip().lower()
    return Language.KO if named == Language.KO else Language.EN


def in_words(sentence: str) -> str:
    """Return a sentence, stored or not, in the language of the settings in use."""
    return say(sentence, Language.KO) if language() is Language.KO and sentence.strip() else sentence
