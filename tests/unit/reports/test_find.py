"""Was it posted? Found by whatever somebody knows of a payment, answered in one sentence, with its whole history."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import BOOKS, SEOUL, THURSDAY, quick_folder, see
from worker.errors import LedgerError
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.search import _CONDITIONS, _ODD_NUMBERS, _PAYERS, Archive
from worker.ledger.search_terms import Field, meanings, named_key
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments.payment import KST, ListRow, Payment, PaymentKind, deposit_of, parse_rows, squeeze
from worker.payments.text import fold
from worker.reports import find
from worker.reports.find import Found
from worker.runtime import sqlite as sqlite3

NOW = THURSDAY

A = Payment(
    key="AAAAAAAAAA",
    time=datetime(2026, 1, 7, 8, 7, 5, tzinfo=KST),
    payer="한빛상사",
    amount=123_450,
    kind=PaymentKind.APPROVAL,
    approval_no="00123456",
    raw_time="2026/01/07 오전 8:07:05",
)
B = replace(A, key="BBBBBBBBBB", amount=5_000, time=A.time + timedelta(days=1), payer="한빛_100% 식당", approval_no="7")
MINUS_A = replace(A, key="CCCCCCCCCC", kind=PaymentKind.CANCELLATION, time=A.time + timedelta(hours=1))


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    """A worker's ledger that has seen three payments and has posted A as slip 2026/01/08 -14."""
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        ledger.adopt(BOOKS, by="operator", at=NOW, note="nothing was posted")
        cycle = ledger.begin_cycle(slot=NOW, at=NOW)
        see(ledger, [A, B, MINUS_A], cycle=cycle, at=NOW)
        batch = sent(ledger, A)
        answer = {A.key: (State.POSTED, "the ERP confirmed it")}
        ledger.settle(batch, answer, at=NOW, answer="1건 저장", slips={A.key: "2026/01/08 -14"})
        ledger.end_cycle(cycle, at=NOW, outcome="ran", why="", figures={})
        yield ledger


def sent(ledger: Ledger, payment: Payment) -> int:
    """Send a batch of one."""
    deposit = deposit_of(payment, account_card="카드사", account_code="1089", with_key=True)
    batch = ledger.plan([deposit], cycle=1, at=NOW)
    ledger.arm(batch, at=NOW)
    ledger.mark_sent(batch, at=NOW)
    return batch


def look(folder: Path, text: str, *, most: int = 20, why_no_posting: str = "", now: datetime = NOW) -> Found:
    with Archive(folder, read_only=True) as archive:
        return find.find(archive, text, data=folder, now=now, most=most, why_no_posting=why_no_posting)


def keys(folder: Path, text: str) -> str:
    """Return the first letter of the key of each payment that is found, newest first."""
    return "".join(hit.entry.payment.key[0] for hit in look(folder, text).hits)


def said(folder: Path, text: str, language: Language = Language.EN, **asked: object) -> str:
    """Return the first line of the answer."""
    return next(look(folder, text, **asked).lines(SEOUL, language))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("한빛상사", "CA"),
        ("빛상", "CA"),
        ("한빛", "BCA"),
        ("100%", "B"),
        ("%", "B"),
        ("123,450", "CA"),
        ("123450", "CA"),
        ("123,450원", "CA"),
        ("₩ 123,450", "CA"),
        ("￦123,450", "CA"),
        ("\\123,450", "CA"),
        ("123,450 won", "CA"),
        ("KRW 123450", "CA"),
        ("금 123,450원정", "CA"),
        ("-₩123,450", "C"),
        ("₩-123,450", "C"),
        ("△123,450", "C"),
        ("(123,450)", "C"),
        ("\u200b123,450\u200b", "CA"),
        ("-123,450", "C"),
        ("１２３，４５０", "CA"),
        ("00123456", "CA"),
        ("123456", "CA"),
        ("0123456", "CA"),
        ("0000000000123456", "CA"),
        ("００１２３４５６", "CA"),
        ("0012-3456", "CA"),
        ("0012 3456", "CA"),
        ("승인번호 00123456", "CA"),
        ("approval number 123456", "CA"),
        ("No. 123456", "CA"),
        ("7", "B"),
        ("2026-01-07", "CA"),
        ("2026/01/07", "CA"),
        ("2026.1.7", "CA"),
        ("01-07", "CA"),
        ("2026. 1. 7.", "CA"),
        ("2026년 1월 7일", "CA"),
        ("1월 7일", "CA"),
        ("1/8", "B"),
        ("AAAAAAAAAA", "A"),
        ("aaaaaaaaaa", "A"),
        ("#AAAAAAAAAA", "A"),
        ("#aaaa", "A"),
        ("카드결제 한빛상사 #AAAAAAAAAA", "A"),
        ("2026/01/08 -14", "A"),
        ("2026/01/08-14", "A"),
        ("2026-01-08-14", "A"),
        ("20260108-14", "A"),
        ("2026/01/08 – 14", "A"),
        ("２０２６/01/08 -１４", "A"),
        ("2026/01/08 -1", ""),
        ("12-31", ""),
        ("한빛상회", ""),
        ("   ", ""),
    ],
)
def test_a_payment_is_found_by_whatever_somebody_knows_of_it(
    ledger: Ledger, folder: Path, text: str, found: str
) -> None:
    assert keys(folder, text) == found


def test_a_deposit_that_the_erp_holds_twice_is_found_by_each_of_its_slips(ledger: Ledger, folder: Path) -> None:
    batch = sent(ledger, B)
    outcome = {B.key: (State.POSTED, "the ERP confirmed it")}
    ledger.settle(batch, outcome, at=NOW, answer="", slips={B.key: "2026/01/08 -15, 2026/01/08 -16"})

    assert keys(folder, "2026/01/08 -15") == keys(folder, "2026/01/08-16") == "B"


def test_a_day_without_a_year_is_the_last_one_of_that_name() -> None:
    def day(text: str) -> object:
        (found,) = (one for one in meanings(text, date(2026, 1, 8)) if one.field is Field.DATE)
        return found.values[0]

    assert [day("01-08"), day("01-09"), day("2-29")] == ["2026-01-08", "2025-01-09", "2024-02-29"]


@pytest.mark.parametrize(
    ("payer", "texts"),
    [
        ("㈜한빛상사", ("㈜한빛상사", "(주)한빛상사", "（주）한빛", "(주) 한빛 상사", "한\u200b빛상사")),
        ("㈜한빛상사", ("㈜\u1112\u1161\u11ab빛상사", "빛상", "주)한빛")),
        ("(주)한빛상사", ("㈜한빛상사", "（주）한빛상사")),
        ("ＡＢＣ마트", ("ＡＢＣ마트", "abc마트", "ABC 마트")),
        ("ABC마트", ("ＡＢＣ마트", "ａｂｃ")),
        ("№5", ("№5", "No5", "no 5")),
        ("식당™", ("식당™", "식당TM", "식당 tm")),
        ("한빛ㆍ상사", ("한빛·상사", "한빛・상사", "한빛ㆍ")),
        ("A–Z", ("a-z", "A—Z", "Ａ－Ｚ")),
        ("한\u200b빛 상사", ("한빛상사", "한빛 상사", "한\u200b빛 상사")),
        ("카페 3.1", ("3.1", "카페 3.1")),
        ("카페 #BAR", ("카페 #BAR", "#bar")),
        ("STRASSE", ("straße",)),
        ("100% 과일", ("100%", "100％")),
        ("승인 상사", ("승인", "승인상사")),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_a_payer_is_found_however_the_name_is_typed(
    ledger: Ledger, folder: Path, payer: str, texts: tuple[str, ...]
) -> None:
    see(ledger, [replace(B, key="ZZZZZZZZZZ", payer=payer)], cycle=1, at=NOW)

    assert [text for text in texts if "Z" not in keys(folder, text)] == []


@pytest.mark.parametrize(
    ("number", "texts"),
    [
        ("A1B2C3", ("A1B2C3", "a1b2c3", "Ａ1b2c3", "A1-B2C3")),
        ("00a1", ("A1", "00A1")),
        ("0012-3456", ("0012-3456", "12-3456", "123456", "00123456", "0012–3456")),
        ("12\u200b34", ("1234", "00001234")),
        ("1.23457E+7", ("1.23457E+7", "1.23457e+7")),
        ("00000000", ("00000000", "0", "000")),
        ("-", ("-", "—")),
        ("없음", ("없음", "없 음")),
        ("0000000000000000000000000123", ("123", "0000000000000000000000000123")),
        ("11-28", ("11-28",)),
    ],
    ids=lambda one: ascii(one) if isinstance(one, str) else "",
)
def test_an_approval_number_is_found_however_it_is_typed(
    ledger: Ledger, folder: Path, number: str, texts: tuple[str, ...]
) -> None:
    see(ledger, [replace(B, key="ZZZZZZZZZZ", approval_no=number)], cycle=1, at=NOW)

    assert [text for text in texts if "Z" not in keys(folder, text)] == []


@pytest.mark.parametrize("text", ["한빛상회", "㈜한빛상사", "124", "12345", "1234567", "12-31", "100％과일", "-"])
def test_what_was_never_seen_is_not_found(ledger: Ledger, folder: Path, text: str) -> None:
    assert keys(folder, text) == ""


FORMS = (
    str,
    str.upper,
    str.casefold,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: unicodedata.normalize("NFKC", text),
    lambda text: unicodedata.normalize("NFKD", text),
    lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    "\u200b".join,
    lambda text: text.replace(" ", ""),
    lambda text: f"  {text}\u3000",
    lambda text: text.replace("(주)", "㈜"),
)

PAYERS = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("가나(주)㈜한빛상사ＡＢab№™·ㆍ-–% _#'0123456789")),
    min_size=1,
    max_size=20,
).filter(lambda name: squeeze(name) != "" and fold(name) != "")


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(st.lists(PAYERS, min_size=1, max_size=5), st.sampled_from(FORMS))
def test_every_payer_is_found_in_each_form_of_the_name(names: list[str], form: Callable[[str], str]) -> None:
    row = ListRow(time=A.raw_time, payer="", amount="5,000", status="승인", approval_no="7")
    payments = parse_rows([replace(row, payer=name) for name in names]).payments
    with quick_folder() as folder:
        with Ledger(folder) as ledger:
            ledger.begin_generation()
            see(ledger, payments, cycle=1, at=NOW)

        for name, payment in zip(names, payments, strict=True):
            found = look(folder, form(name))

            assert payment.key in {hit.entry.payment.key for hit in found.hits}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2026/11/28", ("2026-11-28", "2026-11-29")),
        ("2026. 11. 28.", ("2026-11-28", "2026-11-29")),
        ("2026/11/28 오후 6:00", ("2026-11-28T18:00", "2026-11-28T18:01")),
        ("2026-11-28 23:59:59", ("2026-11-28T23:59:59", "2026-11-29T00:00:00")),
    ],
)
def test_a_day_a_minute_and_a_second_are_looked_for_as_they_are_written(text: str, span: tuple[str, str]) -> None:
    found = next(one for one in meanings(text, date(2026, 12, 1)) if one.field is Field.DATE)

    assert found.values == span


def test_the_answer_is_one_sentence(ledger: Ledger, folder: Path) -> None:
    assert said(folder, "#AAAAAAAAAA") == "Yes, posted on 2026-01-08 09:00:00 as slip 2026/01/08 -14 (batch 1)"
    assert said(folder, "#BBBBBBBBBB") == "Not yet, because it waits for the next cycle"
    assert said(folder, "#BBBBBBBBBB", why_no_posting="it is tested").startswith(
        "No, because nothing is posted at pres"
    )
    assert said(folder, "한빛상회") == (
        "No: no payment with “한빛상회” was ever seen in the ERP's list. "
        "The ledger begins at 2026-01-08 09:00; the last complete reading was at 2026-01-08 09:00."
    )


def test_what_a_person_has_just_released_is_posted_from_a_time_on(ledger: Ledger, folder: Path) -> None:
    ledger.move(B.key, State.SEEN, State.HELD, at=NOW, by="worker", why="approved, but without an approval number")
    delay = timedelta(minutes=10)

    ledger.resolve(B.key, RowVerdict.NOT_POSTED, by="kim", why="looked", at=NOW, effect_after=delay)

    assert said(folder, "#BBBBBBBBBB").startswith(
        "Not yet, the first cycle from 2026-01-08 09:10:00 on posts it: not posted, says kim"
    )
    assert said(folder, "#BBBBBBBBBB", now=NOW + delay).startswith(
        "Not yet, because it waits for the next cycle: not posted, says kim"
    )


def test_the_answer_is_given_in_korean_too(ledger: Ledger, folder: Path) -> None:
    ledger.move(B.key, State.SEEN, State.HELD, at=NOW, by="worker", why="approved, but without an approval number")

    assert said(folder, "#AAAAAAAAAA", Language.KO) == (
        "예, 2026-01-08 09:00:00에 입금 처리되었습니다 (전표 2026/01/08 -14, 배치 1)"
    )
    assert said(folder, "#BBBBBBBBBB", Language.KO) == (
        "아니요, 담당자의 결정이 필요합니다: 승인되었으나 승인번호가 없습니다"
    )


def test_what_was_sent_without_an_answer_is_neither_yes_nor_no(ledger: Ledger, folder: Path) -> None:
    batch = sent(ledger, B)

    assert said(folder, "#BBBB").startswith(f"Not known yet: batch {batch} was sent on 2026-01-08 09:00:00")
    ledger.settle(batch, {B.key: (State.IN_DOUBT, "the line was cut")}, at=NOW, answer="")

    assert said(folder, "#BBBB") == (
        f"Not known: it was sent in batch {batch} without a clear answer (the line was cut); a look-up or a person "
        "decides"
    )
    assert look(folder, "#BBBB").as_dict(SEOUL, Language.EN)["payments"][0]["posted"] is None


def test_who_settled_a_doubt_is_told(ledger: Ledger, folder: Path) -> None:
    batch = sent(ledger, B)
    ledger.settle(batch, {B.key: (State.IN_DOUBT, "the line was cut")}, at=NOW, answer="")
    ledger.resolve(B.key, RowVerdict.POSTED, by="kim", why="seen in the ERP", at=NOW + timedelta(hours=1), slip="S-9")

    first, *rest = look(folder, "#BBBB").lines(SEOUL, Language.EN)

    assert first == "Yes, as kim settled on 2026-01-08 10:00:00: posted, says kim: seen in the ERP (slip S-9)"
    assert "    2026-01-08 10:00:00  posted by kim, generation 1: posted, says kim: seen in the ERP" in rest


@pytest.mark.parametrize("verdict", [RowVerdict.NEVER, RowVerdict.NOT_POSTED])
def test_a_no_of_a_person_says_so(ledger: Ledger, folder: Path, verdict: RowVerdict) -> None:
    ledger.move(B.key, State.SEEN, State.HELD, at=NOW, by="worker", why="a rule")
    ledger.resolve(B.key, verdict, by="kim", why="paid in cash", at=NOW)

    word = (
        "no, because it needs no deposit" if verdict is RowVerdict.NEVER else "not yet, because it waits for the next"
    )
    assert said(folder, "#BBBB").lower().startswith(word)
    assert f"{verdict}, says kim: paid in cash" in said(folder, "#BBBB")


def test_what_was_posted_before_the_adoption_is_not_claimed(ledger: Ledger, folder: Path) -> None:
    ledger.adopt(BOOKS, by="lee", at=NOW, note="posted before: 1 by list", posted=[B.key])

    assert said(folder, "#BBBB") == (
        "Not by daybreak: it counts as posted before, as lee said on 2026-01-08 09:00:00 (posted before: 1 by list)"
    )


def test_the_history_names_every_step_its_worker_and_the_evidence(ledger: Ledger, folder: Path) -> None:
    kept = folder / "evidence" / "20260108" / "cycle-1"
    kept.mkdir(parents=True)

    lines = [line.strip() for line in look(folder, "#AAAA").lines(SEOUL, Language.EN)]

    assert lines[1] == "#AAAAAAAAAA  2026-01-07 08:07:05 한빛상사, 123,450 won, approval, approval number 00123456"
    assert [line.split("  ")[1] for line in lines[2:7]] == [
        "seen by the worker, generation 1: listed",
        "planned by the worker, batch 1, generation 1: planned",
        "armed by the worker, batch 1, generation 1: armed",
        "sent by the worker, batch 1, generation 1: sent",
        "posted by the worker, batch 1, generation 1: the ERP confirmed it",
    ]
    assert lines[7:] == [
        "batch 1: cycle 1, generation 1, 1 rows, 123,450 won; sent 2026-01-08 09:00:00; posted: 1건 저장",
        f"evidence: {kept}",
    ]


def test_programs_get_the_same_as_json(ledger: Ledger, folder: Path) -> None:
    found = json.loads(json.dumps(look(folder, "#AAAA").as_dict(SEOUL, Language.EN)))

    (payment,) = found["payments"]
    assert (found["total"], payment["posted"], payment["slip"]) == (1, True, "2026/01/08 -14")
    assert payment["found_by"] == ["key"]
    assert payment["posted_at"] == "2026-01-08T09:00:00.000+09:00"
    assert [one["after"] for one in payment["history"]] == ["seen", "planned", "armed", "sent", "posted"]
    assert payment["batches"][0]["sent_at"] == "2026-01-08T09:00:00.000+09:00"
    assert payment["batches"][0]["evidence"] is None


def test_of_many_payments_the_newest_are_shown_and_all_are_counted(ledger: Ledger, folder: Path) -> None:
    many = [replace(A, key=f"D{n:09}", time=A.time + timedelta(seconds=n), ordinal=n) for n in range(30)]
    see(ledger, many, cycle=1, at=NOW)

    found = look(folder, "123,450", most=3)

    assert found.total == 32
    assert [hit.entry.payment.key[-2:] for hit in found.hits] == ["CC", "29", "28"]
    assert next(found.lines(SEOUL, Language.EN)) == "32 payments match “123,450”, the newest 3 are:"


def test_no_name_of_a_payer_drives_the_terminal(ledger: Ledger, folder: Path) -> None:
    see(ledger, [replace(B, key="FFFFFFFFFF", payer="붉은\x1b[31m집\x07")], cycle=1, at=NOW)

    lines = list(look(folder, "#FFFF").lines(SEOUL, Language.EN))

    assert all(line.isprintable() for line in lines)
    assert "붉은\N{REPLACEMENT CHARACTER}[31m집" in lines[1]


def test_a_payment_found_by_two_of_its_fields_counts_once(ledger: Ledger, folder: Path) -> None:
    see(ledger, [replace(B, key="EEEEEEEEEE", amount=77, approval_no="00000077")], cycle=1, at=NOW)

    found = look(folder, "77")

    assert found.total == 1
    assert found.hits[0].fields == (Field.APPROVAL_NO, Field.AMOUNT)


def test_a_row_that_no_rule_covers_is_found_too(ledger: Ledger, folder: Path) -> None:
    row = json.dumps({"payer": "수상한상회", "amount": "abc"}, ensure_ascii=False)
    ledger.note_oddities([(row, "'abc' is not a whole number of won")], cycle=1, at=NOW)

    (line,) = look(folder, "수상한").lines(SEOUL, Language.EN)

    assert line.startswith("row-1  a row that no rule covers ('abc' is not a whole number of won)")
    assert "waits for a person" in line


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ({"payer": "㈜수상한", "amount": "12,50"}, ("(주)수상한", "㈜ 수상한", "1250", "1,250원", "12,50")),
        ({"payer": "집", "amount": "10,000¹", "approval_no": "00-77"}, ("77", "0077", "00-77")),
        ({"payer": "\u3164", "amount": "5,500", "approval_no": "-"}, ("5500", "₩5,500")),
    ],
    ids=["payer and amount", "number", "no payer"],
)
def test_a_row_that_no_rule_covers_is_found_however_its_cells_are_typed(
    ledger: Ledger, folder: Path, row: dict[str, str], texts: tuple[str, ...]
) -> None:
    ledger.note_oddities([(json.dumps(row, ensure_ascii=False), "odd")], cycle=1, at=NOW)

    assert [text for text in texts if not look(folder, text).odd] == []
    assert look(folder, "9,999").odd == look(folder, " \u200b").odd == ()


def test_payments_found_by_several_fields_are_all_counted_once(ledger: Ledger, folder: Path) -> None:
    many = [
        replace(A, key=f"D{n:09}", payer="77 집", amount=77, approval_no="0077", time=A.time + timedelta(seconds=n))
        for n in range(30)
    ]
    see(ledger, many, cycle=1, at=NOW)

    assert look(folder, "77", most=3).total == 30


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("#aaaaaaaaaa", "AAAAAAAAAA"),
        (" ＡＡＡＡＡＡＡＡＡＡ ", "AAAAAAAAAA"),
        ("Row-12", "row-12"),
        ("", ""),
        ("settings", "settings"),
    ],
)
def test_a_key_is_taken_however_it_is_typed(typed: str, key: str) -> None:
    assert named_key(typed) == key


def test_nothing_can_be_written_by_who_only_looks(ledger: Ledger, folder: Path) -> None:
    with Archive(folder, read_only=True) as archive, pytest.raises(LedgerError, match="readonly"):
        archive.resolve(_held(ledger), RowVerdict.NEVER, by="kim", why="no", at=NOW)


def _held(ledger: Ledger) -> str:
    ledger.move(B.key, State.SEEN, State.HELD, at=NOW, by="worker", why="a rule")
    return B.key


def test_looking_neither_waits_for_the_worker_nor_holds_it_up(ledger: Ledger, folder: Path) -> None:
    with Archive(folder, read_only=True, patience=0) as archive, ledger._write() as db:
        db.execute("UPDATE payment SET why = 'half written' WHERE key = ?", (B.key,))
        found = find.find(archive, "#BBBB", data=folder, now=NOW, most=1)

    assert found.hits[0].entry.why == ""


@pytest.mark.parametrize("field", Field)
def test_no_question_reads_all_payments(ledger: Ledger, field: Field) -> None:
    """A million of them are too many to read."""
    for condition in _CONDITIONS[field]:
        values = ['["x"]'] * condition.count("?")
        asked = f"EXPLAIN QUERY PLAN SELECT key, time FROM payment WHERE {condition} ORDER BY +time DESC LIMIT 20"
        steps = [str(row["detail"]) for row in ledger._rows(asked, values)]

        whole = [step for step in steps if step.startswith("SCAN payment")]
        assert all(field is Field.SLIP and "USING INDEX payment_slips" in step for step in whole), steps


@pytest.mark.parametrize("question", [_PAYERS, _ODD_NUMBERS])
def test_names_and_odd_numbers_are_read_from_the_whole_of_one_index(ledger: Ledger, question: str) -> None:
    (step,) = (str(row["detail"]) for row in ledger._rows(f"EXPLAIN QUERY PLAN {question}"))

    assert step.startswith("SCAN payment USING COVERING INDEX")


def test_a_ledger_of_an_earlier_form_is_read_as_it_is(ledger: Ledger, folder: Path) -> None:
    db = sqlite3.connect(folder / "ledger.db")
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")]
    for name in names:
        if name.startswith(("payment_payer", "payment_slip", "payment_amount", "payment_time", "payment_approval_no")):
            db.execute(f"DROP INDEX {name}")
    db.execute("PRAGMA user_version = 3")

    assert keys(folder, "한빛") == "BCA"
    assert db.execute("PRAGMA user_version").fetchone() == (3,)
    db.close()
