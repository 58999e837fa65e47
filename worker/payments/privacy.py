"""What may leave this machine: payers without the middle of their names, card numbers not at all."""

import re
from collections.abc import Iterable

from worker.payments.text import visible, without_invisible

#: What stands for each hidden letter of a name.
HIDDEN = "*"

#: A name of at least this length hides two letters.
LONG = 4

#: Card numbers, whole or partly masked already: four groups, or 13 to 19 digits and stars in a row.
_CARD = re.compile(
    r"(?<![\d*])(?:\d{4}[ -]?[\d*xX•]{4}[ -]?[\d*xX•]{4}[ -]?[\d*xX•]{1,7}|\d[\d*•]{11,17}[\d*•])(?![\d*])"
)

#: Blanks between two words, within a line.
_ODD_BLANK = re.compile(r"(?<=\S)[^\S\n]+(?=\S)")

#: Maximum letters shown of each end of a name, and maximum stars between.
ENDS = 5

#: What stands for a card number.
CARD = "••••"


def masked(payer: str) -> str:
    """Return a payer as outsiders may see it: 홍길동 → 홍*동, 해오름마트상회 → 해오름**상회.

    Who knows the row recognises it; a third of the name, in its middle, is hidden, and all of a single letter. Of a
    very long name only both ends are shown.
    """
    name = visible(payer)
    if not name:
        return "–"
    hidden = max(2 if len(name) >= LONG else 1, len(name) // 3)
    first = (len(name) - hidden + 1) // 2
    last = len(name) - hidden - first
    return name[: min(first, ENDS)] + HIDDEN * min(hidden, ENDS) + name[len(name) - min(last, ENDS) :]


def scrubbed(text: str, payers: Iterable[str] = ()) -> str:
    """Return a text without card numbers, and with these payers masked wherever they stand in it.

    What others wrote may hold a name as the ERP has it: with invisible characters, or with other blanks.
    """
    text = _ODD_BLANK.sub(" ", without_invisible(text))
    for payer in sorted({name for one in payers if len(name := visible(one)) > 1}, key=len, reverse=True):
        text = text.replace(payer, masked(payer))
    return _CARD.sub(CARD, text)
