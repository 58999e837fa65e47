"""The languages of everything people read: English is the id of a text, every other one a catalogue of gettext's."""

import gettext
from enum import StrEnum
from functools import cache
from pathlib import Path

#: The catalogues: `<language>/LC_MESSAGES/daybreak.mo`, compiled from the `.po` beside it by tests.tools.catalogue.
CATALOGUES = Path(__file__).resolve().parent / "locale"

#: The context (gettext) of the texts that pages, mails and reports are made of.
WORDS = "words"

#: What gettext puts between a context and an id.
_APART = "\x04"


class Language(StrEnum):
    """The setting REPORT_LANGUAGE."""

    EN = "en"
    KO = "ko"


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """Return a language's catalogue; one that gives every text back where there is none."""
    return gettext.translation("daybreak", CATALOGUES, languages=[language.value], fallback=True)


def translated(id: str, language: Language) -> str:
    """Return a message's text in a language; in English where its catalogue lacks it."""
    return catalogue(language).gettext(id) if language is not Language.EN else id


def words_of(id: str, language: Language) -> str:
    """Return a text of pages, mails and reports in a language, as `translated` does: it may mean something else there.

    An empty text stays empty.
    """
    return catalogue(language).pgettext(WORDS, id) if id and language is not Language.EN else id


def translations(language: Language) -> dict[str, str]:
    """Return {id: translation} of a catalogue's messages."""
    found = catalogue(language)
    known = getattr(found, "_catalog", {})  # gettext offers no other way to list it
    return {id: text for id, text in known.items() if isinstance(id, str) and id and text and _APART not in id}
