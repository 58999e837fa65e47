"""Who reads what a command says: in the language of the settings in use."""

from worker.config import ini
from worker.i18n.language import Language
from worker.i18n.reasons import say


def in_words(sentence: str) -> str:
    """Return a sentence, stored or not, in the language of the settings in use."""
    is_korean = ini.in_use().values().get("REPORT_LANGUAGE", "").strip().lower() == Language.KO
    return say(sentence, Language.KO) if is_korean and sentence.strip() else sentence
