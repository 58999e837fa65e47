"""What may leave this machine: payers by their first letter, card numbers not at all."""

import re
from collections.abc import Iterable

from worker.payments.text import visible, without_invisible

#: What stands for the rest of a name.
REST = "○○"

#: Card numbers, whole or partly masked already: four groups, or 13 to 19 digits and stars in a row.
_CARD = re.compile(
    r"(?<![\d*])(?:\d{4}[ -]?[\d*xX•]{4}[ -]?[\d*xX•]{4}[ -]?[\d*xX•]{1,7}|\d[\d*•]{11,17}[\d*•])(?![\d*])"
)

#: Blanks between two words, within a line.
_ODD_BLANK = re.compile(r"(?<=\S)[^\S\n]+(?=\S)")

#: What stands for a card number.
CARD = "••••"


def masked(payer: str) -> str:
    """Return a payer as outsiders may see it: 김밥천국 → 김○○."""
    name = visible(payer)
    return name[:1] + REST if name else "–"


def scrubbed(text: str, payers: Iterable[str] = ()) -> str:
    """Return a text without card numbers, and with these payers masked wherever they stand in it.

    What others wrote may hold a name as the ERP has it: with invisible characters, or with other blanks.
    """
    text = _ODD_BLANK.sub(" ", without_invisible(text))
    for payer in sorted({name for one in payers if len(name := visible(one)) > 1}, key=len, reverse=True):
        text = text.replace(payer, masked(payer))
    return _CARD.sub(CARD, text)
