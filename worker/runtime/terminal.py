"""Text for a terminal: what is shown is what is written, and nothing in it is an order to the terminal."""

import unicodedata

#: Controls that only part lines and columns.
_HARMLESS = frozenset("\n\t")

#: What stands for a character that would act instead of being shown.
MARK = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Return the text with every control character, and every one that turns the direction of writing, replaced."""
    return "".join(MARK if _acts(one) else one for one in text)


def _acts(one: str) -> bool:
    if one in _HARMLESS:
        return False
    return unicodedata.category(one) == "Cc" or unicodedata.bidirectional(one) in (
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    )  # fmt: skip
