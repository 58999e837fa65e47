"""The rules from a row of the ERP's list to a payment, and from a payment to a deposit."""

import string
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import shown_time
from worker.payments.payment import (
    KST,
    PAYER_WIDTH,
    ListRow,
    Payment,
    PaymentKind,
    clean,
    deposit_of,
    parse_amount,
    parse_rows,
    parse_time,
    short_key,
    squeeze,
)

ROW = ListRow(
    time="2026/01/08 오전 8:07:05",
    payer="(주)한빛상사",
    amount="123,450",
    status="승인",
    approval_no="00123456",
    requester="KIM01",
    acquirer="KB국민카드",
)

#: The same examples in every run, none kept on the disk.
STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=40)


def payment(**changes: str) -> Payment:
    """Return the one payment that a row makes."""
    (found,) = parse_rows([replace(ROW, **changes)]).payments
    return found


def deposit(found: Payment, *, with_key: bool = True) -> tuple[str, ...]:
    """Return the cells of a payment's deposit."""
    return deposit_of(found, account_card="카드사", account_code="1089", with_key=with_key).cells()


# --- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("2026/01/08 오전 12:05:00", 0, 5),
        ("2026/01/08 오전 1:05:00", 1, 5),
        ("2026/01/08 오전 11:59:00", 11, 59),
        ("2026/01/08 오후 12:05:00", 12, 5),
        ("2026/01/08 오후 1:05:00", 13, 5),
        ("2026/01/08 오후 11:59:00", 23, 59),
    ],
)
def test_twelve_in_the_morning_is_midnight_and_twelve_in_the_afternoon_is_noon(
    text: str, hour: int, minute: int
) -> None:
    assert parse_time(text) == datetime(2026, 1, 8, hour, minute, tzinfo=KST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026/01/08",
        "2026-01-08 오전 8:07:05",
        "2026/01/08 8:07:05",
        "2026/01/08 오전 8:07",
        "2026/01/08 오전 0:07:05",
        "2026/01/08 오후 13:07:05",
        "2026/02/30 오전 8:07:05",
        "2026/01/08 오전 8:60:05",
        "2026/01/08 AM 8:07:05",
        "2026/01/08 오전 8:07:05 KST",
        "9999/12/31 오전 8:07:05",
        "0001/01/01 오전 8:07:05",
        "결제요청일시",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


def test_a_time_is_understood_through_odd_blanks_and_wide_digits() -> None:
    assert parse_time(" ２０２６/01/08\u3000오전\u00a08:07:05 ") == parse_time("2026/01/08 오전 8:07:05")


@STEADY
@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)))  # noqa: DTZ001 - the zone follows
def test_every_time_is_read_as_it_was_shown(moment: datetime) -> None:
    at = moment.replace(microsecond=0, tzinfo=KST)

    assert parse_time(shown_time(at)) == at


# --- amounts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "won"),
    [
        ("123,450", 123_450),
        ("1000", 1_000),
        ("\u00a01,234\u00a0", 1_234),
        ("1\u3000234", 1_234),
        ("\u200b500", 500),
        ("１２３，４５０", 123_450),
        ("-5,000", -5_000),
        ("\N{MINUS SIGN}5,000", -5_000),
        ("－5,000", -5_000),
        ("007", 7),
    ],
)
def test_an_amount_is_understood_however_it_is_spaced(text: str, won: int) -> None:
    assert parse_amount(text) == won


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0",
        "-0",
        "0,000",
        "1,234.50",
        "12.0",
        "1e3",
        "₩1,000",
        "1,000원",
        "(1,000)",
        "--5",
        "5-",
        "١٢٣",
        "결제금액",
    ],
)
def test_what_is_no_whole_number_of_won_above_zero_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"won|amount is 0"):
        parse_amount(text)


def test_an_amount_that_no_ledger_could_hold_is_set_aside() -> None:
    found = parse_rows([replace(ROW, amount="9" * 30)])

    assert found.payments == ()
    assert len(found.oddities) == 1


@STEADY
@given(st.integers(min_value=1, max_value=10**12), st.sampled_from(["", "\u00a0", "\u3000", " "]))
def test_every_amount_survives_its_commas_and_blanks(won: int, blank: str) -> None:
    assert parse_amount(f"{blank}{won:,}{blank}") == won


# --- statuses and quarantine ---------------------------------------------------------------------------------------


def test_an_approval_is_money_in_and_a_cancellation_money_out_whatever_sign_is_shown() -> None:
    assert payment(status="승인").won == 123_450
    assert payment(status="취소").won == -123_450
    assert payment(status="취소", amount="-123,450").won == -123_450


@pytest.mark.parametrize("status", ["요청중", "승인실패", "취소실패", " 승인 실패 ", "승인\u00a0실패"])
def test_a_status_that_is_no_money_yet_is_counted_and_left(status: str) -> None:
    found = parse_rows([replace(ROW, status=status, approval_no="", acquirer="")])

    assert (found.payments, found.oddities) == ((), ())
    assert found.ignored.total() == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": ""}, "the status is empty"),
        ({"status": "부분취소"}, "unknown status '부분취소'"),
        ({"status": "결제상태"}, "unknown status"),
        ({"amount": "0"}, "the amount is 0"),
        ({"amount": "12.5"}, "not a whole number of won"),
        ({"amount": "-1,000"}, "an approval with the amount -1,000"),
        ({"time": "어제"}, "is not a time like"),
        ({"payer": " \u3000 "}, "the payer is empty"),
        ({"payer": "\u3164"}, "the payer is empty"),
        ({"payer": "\u200b\u2060 \u115f\uffa0"}, "the payer is empty"),
        ({"amount": "12,50"}, "'12,50' is not a whole number of won"),
        ({"amount": "0,5"}, "'0,5' is not a whole number of won"),
        ({"amount": "1,23,456"}, "'1,23,456' is not a whole number of won"),
        ({"amount": "10,000¹"}, "'10,000¹' is not a whole number of won"),
        ({"time": "2026/01/08 오전 8:07:0⁵"}, "is not a time like"),
        ({"status": "㊡"}, "unknown status"),
    ],
)
def test_a_row_that_no_rule_covers_is_shown_to_a_person_with_the_reason(changes: dict[str, str], why: str) -> None:
    found = parse_rows([ROW, replace(ROW, **changes)])

    assert [one.key for one in found.payments] == [payment().key]
    assert why in found.oddities[0].why


@pytest.mark.parametrize("shown", ["-", "0", "00000000", "없음", "\u200b", "1.23457E+7", "①②③④", "N/A"], ids=ascii)
def test_what_is_shown_for_a_number_that_is_none_is_kept_as_text_and_is_no_number(shown: str) -> None:
    found = payment(approval_no=shown)

    assert found.number == ""
    assert found.approval_no == shown.replace("\u200b", "")


def test_a_number_is_compared_without_its_leading_zeros() -> None:
    assert payment(approval_no="00710001").number == payment(approval_no="710001").number == "710001"
    assert payment(approval_no="00710001").identity == payment(approval_no="710001").identity


def test_a_failed_attempt_beside_its_approval_makes_one_payment() -> None:
    failed = replace(ROW, status="승인실패", approval_no="", acquirer="")

    found = parse_rows([failed, ROW, replace(failed, status="요청중")])

    assert [one.key for one in found.payments] == [payment().key]


@STEADY
@given(st.lists(st.builds(ListRow, **dict.fromkeys(("time", "payer", "amount", "status", "approval_no"), st.text()))))
def test_every_row_lands_in_exactly_one_place(rows: list[ListRow]) -> None:
    found = parse_rows(rows)

    assert len(found.payments) + found.ignored.total() + len(found.oddities) == len(rows)


def test_half_a_letter_in_a_payers_name_breaks_nothing() -> None:
    found = payment(payer="카페 \ud83d")  # an emoji that somebody's program cut in two

    assert found.payer.encode()
    assert found.payer.startswith("카페")


# --- identity ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "B5CDMZYPPG"),
        ({"status": "취소"}, "VMF6NJFT7V"),
        ({"approval_no": ""}, "TEAVUKD5NS"),
        ({"time": "2026/01/08 오후 12:00:00", "payer": "Caf\u00e9 1", "amount": "1"}, "RC4HGPXCQE"),
        ({"payer": "(주)한\u200b빛상사", "approval_no": "①②"}, "TEAVUKD5NS"),
        ({"payer": "카페\u3164 \u202e1", "approval_no": "\u200b００1\u00a02"}, "275BSPXMI3"),
    ],
)
def test_a_key_never_changes(changes: dict[str, str], key: str) -> None:
    # These keys stand in the books of every ERP that daybreak ever wrote: with another rule they are not found again.
    assert payment(**changes).key == key


def test_what_is_not_seen_of_a_payer_is_nowhere() -> None:
    hidden, shown = payment(payer="(주)한\u200b빛상사", approval_no=""), payment(approval_no="")

    assert (hidden.payer, hidden.key) == (shown.payer, shown.key)


def test_a_payer_that_a_ledger_of_before_holds_with_something_invisible_is_matched() -> None:
    stored = replace(payment(approval_no=""), payer="(주)한\u200b빛상사")

    assert stored.identity == payment(approval_no="").identity


def test_the_second_of_identical_rows_has_a_key_of_its_own_that_never_changes_either() -> None:
    found = parse_rows([ROW, ROW, ROW]).payments

    assert [one.ordinal for one in found] == [0, 1, 2]
    assert [one.key for one in found] == ["B5CDMZYPPG", "KTOFM277KB", "VZCAWKAP4V"]


@STEADY
@given(st.text())
def test_a_key_is_ten_characters_that_a_remark_can_carry(named: str) -> None:
    key = short_key(named)

    assert len(key) == 10
    assert set(key) <= set(string.ascii_uppercase + "234567")


def test_two_payments_of_one_second_with_different_numbers_are_two() -> None:
    found = parse_rows([ROW, replace(ROW, approval_no="00123457")]).payments

    assert [one.ordinal for one in found] == [0, 0]
    assert len({one.key for one in found}) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "2026/01/08 오전 8:07:06"},
        {"time": "2026/01/08 오후 8:07:05"},
        {"amount": "123,451"},
        {"approval_no": "00123457"},
        {"approval_no": ""},
        {"status": "취소"},
    ],
    ids=["a second", "half a day", "amount", "number", "no number", "kind"],
)
def test_whatever_differs_makes_another_payment(changes: dict[str, str]) -> None:
    assert payment(**changes).key != payment().key


@pytest.mark.parametrize(
    "changes",
    [
        {"time": " 2026/01/08\u00a0오전 8:07:05"},
        {"time": "2026/1/8 오전 08:07:05"},
        {"payer": " (주)한빛상사\u3000"},
        {"payer": "\u1112\u1161\u11ab".join(("(주)", "빛상사"))},
        {"amount": "１２３,４５０"},
        {"approval_no": " 00123456 "},
        {"approval_no": "123456"},
        {"payer": "(주)한빛상사 2호점"},
        {"requester": "LEE02"},
        {"acquirer": ""},
        {"method": "카드", "card": "123456**********"},
    ],
    ids=["blanks", "digits of the date", "payer's blanks", "decomposed Hangul", "wide digits", "number's blanks",
         "leading zeros", "another payer",
         "requester", "acquirer", "card"],
)  # fmt: skip
def test_what_the_screen_merely_shows_otherwise_is_the_same_payment(changes: dict[str, str]) -> None:
    assert payment(**changes).key == payment().key


@STEADY
@given(
    st.permutations([ROW, ROW, replace(ROW, approval_no="9"), replace(ROW, status="취소"), replace(ROW, amount="1")])
)
def test_the_order_of_the_list_changes_no_key(rows: list[ListRow]) -> None:
    in_order = parse_rows([ROW, ROW, *rows]).payments

    assert {one.key for one in parse_rows(rows).payments} <= {one.key for one in in_order}
    assert len({one.key for one in in_order}) == len(in_order)


# --- deposits ------------------------------------------------------------------------------------------------------


def test_a_deposit_fills_the_twelve_columns() -> None:
    found = payment()

    cells = deposit(found)

    assert cells == (
        "2026/01/08", "", "", "카드사", "1089", "", "(주)한빛상사", "123450", "",
        f"카드결제 (주)한빛상사 #{found.key}", "", "",
    )  # fmt: skip


def test_a_cancellation_is_a_deposit_below_zero() -> None:
    assert deposit(payment(status="취소"))[7] == "-123450"


def test_without_the_key_the_remark_is_the_payers_alone() -> None:
    assert deposit(payment(), with_key=False)[9] == "카드결제 (주)한빛상사"


@pytest.mark.parametrize(
    ("acquirer", "account"),
    [("", "카드사"), ("KB국민카드", "카드사"), ("비씨카드사", "카드사"), ("토스페이", "토스페이")],
)
def test_the_account_is_the_card_word_unless_the_acquirer_is_no_card_company(acquirer: str, account: str) -> None:
    assert deposit(payment(acquirer=acquirer))[3] == account


def test_a_deposit_is_dated_in_korea() -> None:
    late = payment(time="2026/01/09 오전 12:00:01")

    assert deposit(late)[0] == "2026/01/09"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("가게\t이름", "가게 이름"),
        ("가게\r\n이름", "가게 이름"),
        ("가게\x00\x1f이름", "가게 이름"),
        ("가게\u2028이름", "가게 이름"),
        ("=1+1", "＝1+1"),
        ("+82 10", "＋82 10"),
        ("@집", "＠집"),
        ("가게=이름", "가게=이름"),
        ("치킨🍗집", "치킨🍗집"),
        ("\u202e뒤집힌", "뒤집힌"),
        ("한\u200b빛\u2060상\ufeff사", "한빛상사"),
        ("한빛\u3164상사", "한빛상사"),
        ("\u200b=1+1", "＝1+1"),
        ("=\u200b", "＝"),
        ("  띄어\u3000\u00a0쓰기 ", "띄어 쓰기"),
    ],
)
def test_a_payers_name_can_break_no_paste(text: str, name: str) -> None:
    assert clean(text) == name


def test_a_payer_of_300_characters_is_cut_and_keeps_its_key() -> None:
    found = payment(payer="가" * 300)

    cells = deposit(found)

    assert cells[6] == "가" * PAYER_WIDTH
    assert cells[9].endswith(f"#{found.key}")
    assert found.payer == "가" * 300


def test_two_payers_that_differ_only_after_the_cut_have_two_keys() -> None:
    long, other = (payment(payer=payer, approval_no="") for payer in ("가" * 300, "가" * 299 + "나"))

    assert long.key != other.key


@STEADY
@given(st.text(max_size=300))
def test_whatever_a_payer_is_called_its_row_stays_one_row_of_twelve_cells(name: str) -> None:
    cleaned = clean(name)

    assert len(cleaned) <= PAYER_WIDTH
    assert cleaned == cleaned.strip()
    assert not set(cleaned) & set("\t\r\n")
    assert cleaned[:1] not in ("=", "+", "@")
    assert clean(cleaned) == cleaned


def test_no_cell_of_a_deposit_holds_what_would_split_a_pasted_row() -> None:
    found = [payment(payer="가\t나"), payment(payer="=다\n라")]
    deposits = [deposit_of(one, account_card="카드사", account_code="1089", with_key=True) for one in found]

    assert [len(one.cells()) for one in deposits] == [12, 12]
    assert not [cell for one in deposits for cell in one.cells() if {*"\t\r\n"} & {*cell}]


def test_squeezing_brings_every_writing_of_a_text_to_one() -> None:
    assert squeeze(" 한\u3000 빛\t상사\n") == "한 빛 상사"
    assert squeeze("\u1112\u1161\u11ab") == "한"


def test_a_payment_stands_an_hour_after_another_whatever_the_zone_of_the_reader() -> None:
    assert payment(time="2026/01/08 오전 9:07:05").time - payment().time == timedelta(hours=1)
    assert payment().kind is PaymentKind.APPROVAL
