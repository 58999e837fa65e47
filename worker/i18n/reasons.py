"""The sentences that errors, guards and the ledger make, in the reader's language. Stored are the English ones."""

from worker.i18n import Message, korean, loaded
from worker.i18n.language import Language
from worker.i18n.words import Words

#: Decisions of a person are one reason, whoever decided.
BY_A_PERSON = "a person said that it needs no deposit"

_NONE = Words("no reason given")


def say(reason: str, language: Language) -> str:
    """Return a message, stored or not, in a language; a sentence that no table knows stays as it is."""
    known = reason if isinstance(reason, Message) else loaded(reason)
    if isinstance(known, Message):
        return _whole(known, language).text(language)
    text = reason.strip()
    if not text:
        return _NONE(language)
    return text if language is Language.EN else korean.say(text)


def _whole(known: Message, language: Language) -> Message:
    """Return a message with the sentence it wraps, its field `error`, in that language: no catalogue has it."""
    error = known.args.get("error")
    if language is Language.EN or not isinstance(error, str):
        return known
    said = _whole(error, language) if isinstance(error, Message) else korean.say(error)
    return Message(known.id, {**known.args, "error": said})


def grouped(reason: str) -> str:
    """Return the reason without what is different for each payment, so that equal ones can be counted together."""
    known = reason if isinstance(reason, Message) else loaded(reason)
    if isinstance(known, Message):
        return known.id if known.args else str(known)
    return BY_A_PERSON if reason.startswith("never, says ") else reason
