"""The sentences that errors, guards and the ledger make, in the reader's language. Stored are the English ones."""

import re

from worker.i18n import Message, korean, loaded, message
from worker.i18n.language import Language
from worker.i18n.words import Words

#: Decisions of a person are one reason, whoever decided.
BY_A_PERSON = message("a person said that it needs no deposit")

#: The id of a move that says that a payment needs no deposit; earlier versions stored its text.
EXCLUDED = "excluded: {why}"

_NONE = Words("no reason given")

#: What a text without is no English sentence: a key, a number, a name in Korean.
_ENGLISH = re.compile("[a-z]")


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
    """Return a message with the plain sentences in its fields in that language: its catalogue has none of them."""
    if language is Language.EN:
        return known
    return Message(known.id, {name: _said(name, value, language) for name, value in known.args.items()})


def _said(name: str, value: object, language: Language) -> object:
    if isinstance(value, Message):
        return _whole(value, language)
    if not isinstance(value, str) or not _ENGLISH.search(value):
        return value
    return korean.say(value) if name in korean.SENTENCES or korean.knows(value) else value


def is_exclusion(why: str) -> bool:
    """True for the reason of a move that says that a payment needs no deposit; of earlier versions its text says so."""
    return why.id == EXCLUDED if isinstance(why, Message) else why.startswith("excluded: ")


def grouped(reason: str) -> str:
    """Return the reason without what is different for each payment, so that equal ones can be counted together."""
    known = reason if isinstance(reason, Message) else loaded(reason)
    if isinstance(known, Message) and known.args:
        if known.id == EXCLUDED:
            why = known.args["why"]
            return grouped(why if isinstance(why, str) else str(why))
        return BY_A_PERSON if known.args.get("verdict") == "never" else known.id
    text = known.removeprefix("excluded: ")
    return BY_A_PERSON if text.startswith("never, says ") else text
