"""The names by which people decide: none of them reads as one of daybreak's own.

What daybreak's own parts have moved counts as shown by the ERP itself. A person of such a name would prove deposits.
"""

import unicodedata
from functools import cache

from worker.errors import DaybreakError
from worker.i18n import message
from worker.i18n.language import Language
from worker.ledger.words import OURS
from worker.payments.text import fold

#: What daybreak writes behind a name to say where an order came from.
MARKS = ("(daybreak", "(page)")


def compared(name: str) -> str:
    """Return a name as it is compared: capitals, blanks around it and the form of its letters do not count."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def demand_own_name(name: str) -> str:
    """Return a person's name, as it is. Raises DaybreakError for one that daybreak uses itself."""
    # As it is read: another width of its letters, a blank or a sign that is not drawn makes it no other name.
    plain = fold(name)
    if plain in _reserved() or any(mark in plain for mark in MARKS):
        raise DaybreakError(
            message(
                "the name {name} is one that daybreak itself uses in the record. Take another name; on the command "
                "line it is given by --by NAME. Nothing was changed",
                name=name.strip(),
            )
        )
    return name


@cache
def _reserved() -> frozenset[str]:
    """Return how daybreak's own parts are written in the record, and how that reads in each language."""
    shown = {words(language) for words in OURS.values() for language in Language}
    return frozenset(map(fold, {*OURS, *shown}))
