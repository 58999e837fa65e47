"""Messages as data: an id with arguments, `{id, args}`, rendered by gettext in the reader's language when it is read.

The English text is the id. Light: the guards and the sender use it as well.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Self

from worker.i18n.language import Language, translated

#: How the stored form of a message begins.
_STORED = '{"id": '


class Message(str):
    """A message. As a text it is its English rendering, so that it can be logged and raised like any sentence.

    Whole numbers are shown with commas; each field stands in the id once.
    """

    __slots__ = ("args", "id")

    #: The English text with `{name}` fields.
    id: str
    #: The values of the fields: texts, numbers and messages.
    args: Mapping[str, object]

    def __new__(cls, id: str, args: Mapping[str, object]) -> Self:
        """Render the English text. Raises KeyError for a field without a value."""
        made = super().__new__(cls, _filled(id, args, Language.EN))
        made.id = id
        made.args = dict(args)
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[str, Mapping[str, object]]]:
        return type(self), (self.id, self.args)

    def text(self, language: Language) -> str:
        """Return the message in a language; in English where its catalogue lacks it."""
        if language is Language.EN:
            return str.__str__(self)
        return _filled(translated(self.id, language), self.args, language)


def message(id: str, /, **args: object) -> Message:
    """Return the message with this id and these values. The id is a literal: the catalogues are made from the code."""
    return Message(id, args)


def joined(sentences: Sequence[str], between: str = "\n") -> Message:
    """Return sentences as one message: a line each, or with `between` between them."""
    fields = {f"part{number}": foreign(one) for number, one in enumerate(sentences)}
    return Message(between.join(f"{{{name}}}" for name in fields), fields)


def listed(heading: str, sentences: Sequence[str]) -> Message:
    """Return a heading with sentences below it, a line each."""
    return joined([Message("{what}:", {"what": heading}), *(Message("  {error}", {"error": one}) for one in sentences)])


def foreign(sentence: str) -> Message:
    """Return what others said as a message: in the field `error`, for whose words `reasons.say` has its tables."""
    return sentence if isinstance(sentence, Message) else Message("{error}", {"error": sentence})


def during(doing: str, what: str) -> Message:
    """Return what was being done and what happened, as one message; a text that is no Message is foreign."""
    return Message("{doing}: {error}", {"doing": doing, "error": what})


def said_by(error: BaseException) -> str:
    """Return the message that an error was raised with, still a Message; the text of one raised with a sentence."""
    return error.args[0] if error.args and isinstance(error.args[0], Message) else str(error)


def stored(text: str) -> str:
    """Return the form in which a sentence is stored: JSON for a message, else the sentence itself."""
    return json.dumps(_plain(text), ensure_ascii=False) if isinstance(text, Message) else text


def loaded(text: str) -> str:
    """Return what was stored: a Message, or a sentence that was stored before there were messages."""
    if not text.startswith(_STORED):
        return text
    try:
        return _made(json.loads(text))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return text


def _filled(text: str, args: Mapping[str, object], language: Language) -> str:
    return text.format(**{name: _shown(one, language) for name, one in args.items()}) if args else text


def _shown(value: object, language: Language) -> str:
    if isinstance(value, Message):
        return value.text(language)
    return f"{value:,}" if type(value) is int else str(value)


def _plain(value: Message) -> dict[str, object]:
    args = {name: _plain(one) if isinstance(one, Message) else one for name, one in value.args.items()}
    return {"id": value.id, "args": args}


def _made(value: Mapping[str, object]) -> Message:
    args = value["args"]
    if not isinstance(args, dict) or not isinstance(value["id"], str):
        raise TypeError("a stored message is {id, args}")
    return Message(
        value["id"],
        {
            name: _made(one) if isinstance(one, dict) and one.keys() == {"id", "args"} else one
            for name, one in args.items()
        },
    )
