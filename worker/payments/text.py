"""What a cell of the list says: the text that is seen, a real number, won; and how texts are looked for."""

import re
import unicodedata
from functools import lru_cache

from worker.i18n import message

# The same cells are read under several tabs and in every cycle: what they say is kept for some thousands of texts.

#: Characters for which nothing is drawn: control and format characters that are no white space, what Unicode calls
#: default ignorable (fillers of Hangul, joiners, directions, variation selectors), and the blank of Braille. Not the
#: Arabic and Syriac number signs: they are format characters that are drawn. A literal, as unicodedata has no such
#: question and a walk through all of Unicode takes a second; a test compares them.
INVISIBLE = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

_INVISIBLE = re.compile(f"[{INVISIBLE}]+")

#: Full-width forms of ASCII, by their ASCII form: drawn wider, the same sign.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

#: Hyphens, dashes and the minus sign: which one stands in a text is a matter of the program it was typed in.
_DASH = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"), "-")


def without_invisible(text: str) -> str:
    """Return a text in NFC without its invisible characters; its white space stays as it is."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


@lru_cache(maxsize=8192)
def visible(text: str) -> str:
    """Return what is seen of a text: NFC, trimmed, one blank for a run of white space, invisible characters left out.

    No blank takes the place of an invisible character, so that a name with one inside stays that name. A text of
    invisible characters is empty.
    """
    return " ".join(without_invisible(text).split())


@lru_cache(maxsize=8192)
def narrow(text: str) -> str:
    """Return what is seen, full-width forms of ASCII written as ASCII. No other sign is turned into a digit."""
    return visible(visible(text).translate(_NARROW))


# --- numbers ---------------------------------------------------------------------------------------------------------

#: Letters and digits, perhaps in groups with a dash between.
_NUMBER = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)*")

#: How a spreadsheet or a program writes a long number that it has rounded, as far as it is letters and digits.
_EXPONENT = re.compile(r"0*[0-9]E[0-9]{1,2}")


@lru_cache(maxsize=8192)
def real_number(text: str) -> str:
    """Return an approval number as it is compared, or "" for what is no number and must never equal another.

    A number is letters and digits in ASCII (full-width forms are read as ASCII), with dashes inside at most. Leading
    zeros do not count: spreadsheets drop them. Letters are capital ones: card issuers use no others, and what retypes
    a number may change them. A dash inside is kept, whatever kind of dash it is.

    No number: empty or invisible; no digit at all (`-`, `없음`, `N/A`, `null`, `미발급`: a stand-in is a word or a
    sign; a real number of letters alone is then asked about, not posted); nothing but zeros; an exponent form
    (`1.23457E+7`, `1E7`); and whatever holds another sign (a blank, a point, `*`, Hangul, a digit that is not 0 to 9):
    what that sign means is not guessed.
    """
    plain = narrow(text).translate(_DASH).upper()
    if not _NUMBER.fullmatch(plain) or _EXPONENT.fullmatch(plain):
        return ""
    if not re.search("[0-9]", plain) or not plain.strip("0-"):
        return ""
    return re.sub("^0+(?=[0-9A-Z])", "", plain)


#: Won: digits alone, or in groups of three with one kind of separator.
_WON = re.compile(r"-?(?:[0-9]{1,15}|[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+))")


@lru_cache(maxsize=8192)
def parse_amount(text: str) -> int:
    """Return won, with the sign shown. Full-width digits and any Unicode space are understood.

    Separators stand before groups of three, or there is none: `12,50` and `1,23,456` are no amounts, as it is unknown
    what was meant. Superscripts, fractions and digits of other scripts are no digits. Raises ValueError with the text.
    """
    plain = narrow(text).replace("\N{MINUS SIGN}", "-")
    plain = re.sub(" ?(,) ?|^(-) ", r"\1\2", plain)
    digits = re.sub("[, ]", "", plain)
    if not _WON.fullmatch(plain) or len(digits.lstrip("-")) > 15:  # more digits are no money, and too many for a ledger
        raise ValueError(message("{text} is not a whole number of won", text=repr(text)))
    if int(digits) == 0:
        raise ValueError(message("the amount is 0"))
    return int(digits)


# --- comparing what people type --------------------------------------------------------------------------------------

#: Signs that are drawn alike and typed for one another; NFKC keeps them apart.
_ALIKE: dict[int, str] = {
    **_DASH,
    **dict.fromkeys(map(ord, "\u119e\u2022\u2027\u2219\u22c5\u30fb"), "\N{MIDDLE DOT}"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u201b\u2032`\u00b4"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201f\u2033"), '"'),
    **dict.fromkeys(map(ord, "\u301c\u223c"), "~"),
}

#: What NFKC leaves of white space, beside the blank itself and the line feed, which parts the names of `fold_lines`.
_WHITE = r"\t\v\f\r\x1c-\x1f\x85\u1680\u2028\u2029"

_FOLDED_AWAY = re.compile(f"[{INVISIBLE}{_WHITE}{''.join(map(re.escape, map(chr, _ALIKE)))}]")


def fold(text: str) -> str:
    """Return the form of a text that a search compares: one width and case, no blanks and no invisible characters.

    `㈜한빛 상사` and `(주)한빛상사`, `ＡＢＣ마트` and `abc마트`, `№5` and `no5`, `식당™` and `식당TM` are one. Only for
    finding: what is found so is shown to a person, never taken for the same payment.
    """
    return fold_lines(text.replace("\n", " "))


def fold_lines(text: str) -> str:
    """Return a text of many lines with each line folded: a million names in less than a second."""
    while True:
        plain = unicodedata.normalize("NFKC", text).casefold().replace(" ", "")
        plain = _FOLDED_AWAY.sub(lambda found: _ALIKE.get(ord(found[0]), ""), plain)
        # Where a sign between two others went, these may be one now; then it is folded again.
        if unicodedata.is_normalized("NFKC", plain):
            return plain
        text = plain
