"""What is seen of a text, which numbers are numbers, what is money, and how texts are looked for."""

import inspect
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.payments.text import INVISIBLE, fold, fold_lines, narrow, parse_amount, real_number, visible

#: The same examples in every run, none kept on the disk.
STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=60)

#: Characters that people's programs leave in a text and nobody sees.
UNSEEN = (
    "\u200b\u200c\u200d\u2060\ufeff\xad\u3164\u115f\u1160\uffa0\u2800\u202e\u2066\ufe0f\u180e\x00\x07\x9f\U000e0041"
)

#: Signs of several scripts, with what makes texts hard: wide, composed, unseen, blank, alike.
SIGNS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("가한빛ㄱᄒ\u1161\u11abAaＡａ1１①¹½㈜№™ﷺİßς\u0301\u0345-–−,， \u00a0\u3000\n" + UNSEEN),
    ),
    max_size=30,
)

#: Forms of a digit that compatibility folding turns into one, and that are none.
NO_DIGITS = "①²₃𝟏١९㉑⑴⒈Ⅷ½"


# --- what is seen --------------------------------------------------------------------------------------------------


def test_the_literal_of_invisible_characters_is_what_this_pythons_unicode_says() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    unseen = set(re.findall(f"[{INVISIBLE}]", everything))
    format_characters = {one for one in everything if unicodedata.category(one) in ("Cc", "Cf") and not one.isspace()}
    others = {unicodedata.name(one, "") for one in unseen - format_characters}

    drawn = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    assert format_characters - unseen == set(drawn)
    assert all(re.search("^$|FILLER|SELECTOR|GRAPHEME JOINER|INHERENT|BRAILLE PATTERN BLANK", one) for one in others)


@pytest.mark.parametrize("sign", UNSEEN, ids=ascii)
def test_an_invisible_character_leaves_no_blank_and_a_text_of_them_is_empty(sign: str) -> None:
    assert visible(f"한{sign}빛상사") == "한빛상사"
    assert visible(f"{sign} {sign}") == ""


def test_every_writing_of_a_seen_text_is_one() -> None:
    assert visible(" 한\u3000 빛\t상사\n") == "한 빛 상사"
    assert visible("\u1112\u1161\u11ab") == "한"
    assert visible("\u1112\u200b\u1161") == "하"


def test_a_sign_that_is_seen_stays_as_it_is() -> None:
    assert visible("㈜ＡＢ①™") == "㈜ＡＢ①™"
    assert narrow("㈜ＡＢ①™") == "㈜AB①™"


@STEADY
@given(SIGNS)
def test_what_is_seen_has_no_blank_that_was_none_and_stays_what_it_is(text: str) -> None:
    seen = visible(text)

    assert visible(seen) == seen
    assert narrow(narrow(text)) == narrow(text)
    assert seen.count(" ") <= sum(sign.isspace() for sign in text)


# --- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("00123456", "123456"),
        ("123456", "123456"),
        (" 00123456\u00a0", "123456"),
        ("0012\u200b3456", "123456"),
        ("００１２３４５６", "123456"),
        ("A1B2C3", "A1B2C3"),
        ("a1b2c3", "A1B2C3"),
        ("Ａ１", "A1"),
        ("0012-3456", "12-3456"),
        ("0012‐3456", "12-3456"),
        ("0012–3456", "12-3456"),
        ("00-12", "0-12"),
        ("123E456", "123E456"),
        ("1", "1"),
    ],
)
def test_a_number_is_letters_and_digits_without_leading_zeros(text: str, number: str) -> None:
    assert real_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u200b", "\u3164", "\u200b \ufeff", "0", "00000000", "０００", "000-000", "-", "--", "—", "ㅡ", ".", "…",
     "?", "없음", "미발급", "해당없음", "승인대기", "N/A", "n/a", "NA", "null", "None", "nan", "#N/A", "x", "-1",
     "1.23457E+7", "1.23457E+07", "1E+07", "1E7", "1e07", "001E7", "12345678.0", "12,345,678", "1234****",
     "1234 5678", "12345678-", "12--34", "승인12345678", "12345678(재)", "①②③④", "¹²³", "١٢٣٤", "𝟏𝟐", "½", "12\ufffd4"],
    ids=ascii,
)  # fmt: skip
def test_a_stand_in_and_what_no_rule_reads_is_no_number(text: str) -> None:
    assert real_number(text) == ""


@STEADY
@given(SIGNS)
def test_a_number_is_its_own_number(text: str) -> None:
    number = real_number(text)

    assert real_number(number) == number
    assert number == "" or re.fullmatch("[0-9A-Z-]+", number)


@STEADY
@given(st.from_regex(r"[1-9A-Z][0-9]{5,11}", fullmatch=True), st.integers(0, 6), st.sampled_from([*UNSEEN, " ", ""]))
def test_zeros_case_width_and_invisible_characters_make_no_other_number(number: str, zeros: int, sign: str) -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) for one in number)

    assert real_number(f"{sign}{'0' * zeros}{number.lower()}{sign}") == real_number(wide) == number


# --- amounts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "won"),
    [
        ("12,345,678", 12_345_678),
        ("１２，３４５", 12_345),
        ("12\u00a0345", 12_345),
        ("1 , 234", 1_234),
        ("- 5,000", -5_000),
        ("1\u200b0,0\u200b00", 10_000),
        ("999,999,999,999,999", 999_999_999_999_999),
    ],
)
def test_an_amount_has_groups_of_three_or_none(text: str, won: int) -> None:
    assert parse_amount(text) == won


@pytest.mark.parametrize(
    "text",
    ["12,50", "0,5", "0,500", "1,23,456", ",500", "1,000,", "1,,000", "1,0000", "12 50", "1 2", "1,234 567",
     "1234,567", "10,000¹", "10,000①", "½", "Ⅷ", "１２，３４", "1、000", "1.000", "1'000", "1_000", "- -5",
     "1,000,000,000,000,000"],
)  # fmt: skip
def test_what_may_mean_another_amount_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        parse_amount(text)


@STEADY
@given(st.text("0123456789０１,， -−\u00a0\u200b¹①", max_size=12) | SIGNS)
def test_whatever_is_accepted_as_money_says_that_amount_and_no_other(text: str) -> None:
    try:
        won = parse_amount(text)
    except ValueError:
        return

    assert parse_amount(f"{won:,}") == won
    assert "".join(one for one in narrow(text) if one.isdigit()).lstrip("0") == str(abs(won))


@STEADY
@given(st.integers(-(10**15) + 1, 10**15 - 1).filter(bool), st.sampled_from(NO_DIGITS), st.integers(0, 30))
def test_no_sign_that_is_merely_like_a_digit_makes_money(won: int, sign: str, at: int) -> None:
    shown = f"{won:,}"

    with pytest.raises(ValueError, match="whole number"):
        parse_amount(shown[:at] + sign + shown[at:])


# --- looking for ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "texts",
    [
        (
            "㈜한빛상사",
            "(주)한빛상사",
            "（주）한빛상사",
            "( 주 ) 한빛 상사",
            "㈜한\u200b빛상사",
            "㈜\u1112\u1161\u11ab빛상사",
        ),
        ("ＡＢＣ마트", "ABC마트", "abc 마트", "ＡbＣ\u3000마트"),
        ("№5", "no5", "No 5", "ＮＯ５"),
        ("식당™", "식당TM", "식당 tm"),
        ("한빛·상사", "한빛ㆍ상사", "한빛・상사", "한빛･상사", "한빛∙상사", "한빛•상사"),
        ("7-11", "7–11", "7−11", "７－１１"),
        ("Tom's", "Tom’s", "TOM＇S"),
        ("ｶﾌｪ", "カフェ"),
        ("Straße", "STRASSE"),
        ("5㎏", "5KG"),
    ],
    ids=lambda texts: texts[0],
)
def test_every_way_to_type_a_name_is_one_when_it_is_looked_for(texts: tuple[str, ...]) -> None:
    assert len({fold(text) for text in texts}) == 1


def test_names_that_are_read_differently_stay_apart() -> None:
    assert len({fold(text) for text in ("한빛상사", "한빛상회", "(주)한빛상사", "한빛상사2", "한빚상사")}) == 5


@STEADY
@given(SIGNS)
def test_what_is_folded_is_folded(text: str) -> None:
    folded = fold(text)

    assert fold(folded) == folded
    assert not any(sign.isspace() for sign in folded)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)) == folded
    assert fold(visible(text)) == folded
    assert fold(text.casefold()) == folded


@STEADY
@given(st.lists(SIGNS.map(lambda text: text.replace("\n", ""))))
def test_many_lines_fold_as_each_does_alone(lines: list[str]) -> None:
    assert fold_lines("\n".join(lines)).split("\n") == ([fold(line) for line in lines] or [""])


def test_the_rules_of_text_need_the_standard_library_and_messages_alone() -> None:
    source = Path(inspect.getfile(inspect.unwrap(visible))).read_text(encoding="utf-8")

    assert re.findall(r"^(?:import|from) (\S+)", source, re.MULTILINE) == [
        "re",
        "unicodedata",
        "functools",
        "worker.i18n",
    ]
