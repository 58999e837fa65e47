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
    """Return a message with the foreign sentences that it wraps in that language: no catalogue has them."""
    if language is Language.EN:
        return known
    return Message(known.id, {name: _said(name, value, language) for name, value in known.args.items()})


def _said(name: str, value: object, language: Language) -> object:
    if isinstance(value, Message):
        return _whole(value, language)
    return korean.say(value) if isinstance(value, str) and name in korean.SENTENCES else value


def grouped(reason: str) -> str:
    """Return the reason without what is different for each payment, so that equal ones can be counted together."""
    known = reason if isinstance(reason, Message) else loaded(reason)
    if isinstance(known, Message):
        return known.id if known.args else str(known)
    return BY_A_PERSON if reason.startswith("never, says ") else reason
