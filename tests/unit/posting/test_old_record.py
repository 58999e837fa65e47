"""The old script's record: what it proves, what it leaves open, and files that are none."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import BOOKS, FakeClock, FakeErp, Listed, Worker
from worker.errors import DaybreakError, NotAdopted
from worker.payments.payment import KST, parse_rows
from worker.posting import adoption, old_record
from worker.runtime.witness import read_mark, write_mark


def written(at: datetime) -> str:
    """Return a time as the old script wrote it down."""
    half = "오전" if at.hour < 12 else "오후"
    return f"{at:%Y/%m/%d} {half} {at.hour % 12 or 12}:{at:%M:%S}"


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record.json"


def write(record: Path, *rows: Listed) -> Path:
    """Write the record of an old script that had posted these rows."""
    times = sorted({written(row.at.astimezone(KST)) for row in rows})
    record.write_text(json.dumps(times, ensure_ascii=False), encoding="utf-8")
    return record


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    """Return a worker whose ledger nobody has adopted."""
    worker = Worker(folder, erp, clock)
    yield worker
    worker.close()


def read_only(worker: Worker) -> None:
    """Run a cycle before anybody has adopted: it reads, and posts nothing."""
    with pytest.raises(NotAdopted):
        worker.run_cycle()


def adopt(worker: Worker, record: Path) -> tuple[str, ...]:
    """Adopt by a record as the verb does; return what was shown before."""
    found = adoption.propose(worker.ledger, record=record)
    worker.ledger.adopt(
        BOOKS, by="operator", at=worker.clock(), note=found.note, posted=[one.key for one in found.posted],
        held=found.held, recorded=found.recorded,
    )  # fmt: skip
    return found.lines


def test_what_the_record_names_is_not_posted_and_the_rest_is(worker: Worker, erp: FakeErp, record: Path) -> None:
    old = [erp.approve(f"가게 {number}", minutes_ago=60 + number) for number in range(5)]
    erp.approve("새 가게", minutes_ago=5)
    read_only(worker)

    lines = adopt(worker, write(record, *old))
    worker.run_cycle()

    assert erp.books() == [("새 가게", 10_000)]
    assert "  matched: 5 payments of 50,000 won count as posted before, and will not be posted." in lines
    assert "Waiting to be posted: 1 payments of 10,000 won." in lines


def test_two_payments_of_one_recorded_second_are_held_for_a_person(worker: Worker, erp: FakeErp, record: Path) -> None:
    one, other = erp.approve("김밥천국", minutes_ago=60), erp.approve("다른 집", minutes_ago=60)
    read_only(worker)

    lines = adopt(worker, write(record, one, other))
    worker.run_cycle()

    assert erp.books() == []
    assert worker.states() == {"김밥천국 승인": "held", "다른 집 승인": "held"}
    assert any("ambiguous: 2 payments of 20,000 won" in line for line in lines)


def test_a_second_payment_of_a_recorded_second_that_comes_later_is_held_though_the_first_has_left(
    worker: Worker, erp: FakeErp, clock: FakeClock, record: Path
) -> None:
    one = erp.approve("김밥천국", minutes_ago=60)
    read_only(worker)
    adopt(worker, write(record, one))
    worker.run_cycle()

    erp.rows.remove(one)
    clock.advance(minutes=30)
    erp.approve("다른 집", minutes_ago=90)
    worker.run_cycle()

    assert erp.books() == []
    assert worker.states()["다른 집 승인"] == "held"


def test_a_recorded_payment_that_is_listed_only_later_is_not_posted(
    worker: Worker, erp: FakeErp, clock: FakeClock, record: Path
) -> None:
    early = erp.approve("김밥천국", minutes_ago=60)
    read_only(worker)
    clock.advance(minutes=30)
    late = Listed(clock() - timedelta(minutes=20), "막판 가게", 7_000, "00000077")

    adopt(worker, write(record, early, late))
    erp.rows.append(late)
    worker.run_cycle()

    assert erp.books() == []
    assert worker.states()["막판 가게 승인"] == "excluded: posted before the adoption"


def test_a_recorded_row_that_is_a_cancellation_now_without_its_approval_is_held(
    worker: Worker, erp: FakeErp, record: Path
) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    write(record, row)
    erp.cancel(row, model="A")
    read_only(worker)

    adopt(worker, record)
    worker.run_cycle()

    assert erp.books() == []
    assert worker.states() == {"김밥천국 취소": "held"}


@pytest.mark.parametrize("number", ["", "-", "00000000"])
def test_a_payment_without_a_number_is_no_approval_of_a_recorded_cancellation(erp: FakeErp, number: str) -> None:
    row = erp.approve("김밥천국", minutes_ago=60, number=number)
    erp.approve("다른 집", minutes_ago=50, number=number)
    erp.cancel(row, model="A")
    payments = parse_rows([one.row() for one in erp.rows]).payments

    compared = old_record.compare(payments, payments, {row.at.astimezone(KST)})

    assert [one.payer for one, _ in compared.ambiguous] == ["김밥천국"]
    assert compared.matched == ()


def test_a_recorded_cancellation_whose_approval_is_listed_counts_as_posted(
    worker: Worker, erp: FakeErp, clock: FakeClock, record: Path
) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    back = erp.cancel(row)
    read_only(worker)

    lines = adopt(worker, write(record, row, back))
    clock.advance(minutes=30)
    worker.run_cycle()

    assert erp.books() == []
    assert any(line.startswith("  matched: 2 payments of 0 won") for line in lines)


@pytest.mark.parametrize("by", ["record", "until"])
def test_an_approval_of_before_that_is_cancelled_in_place_later_gets_its_minus(
    by: str, worker: Worker, erp: FakeErp, clock: FakeClock, record: Path
) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    read_only(worker)
    if by == "record":
        adopt(worker, write(record, row))
    else:
        found = adoption.propose(worker.ledger, until=clock())
        worker.ledger.adopt(
            BOOKS, by="operator", at=clock(), note=found.note, posted=[one.key for one in found.posted], until=clock()
        )
    worker.run_cycle()

    erp.cancel(row, model="A")
    clock.advance(minutes=30)
    worker.run_cycle()

    assert erp.books() == [("김밥천국", -10_000)]


def test_a_record_needs_a_list_to_be_held_against(worker: Worker, erp: FakeErp, record: Path) -> None:
    write(record, erp.approve("김밥천국"))

    with pytest.raises(DaybreakError, match="First: daybreak once --test"):
        adoption.propose(worker.ledger, record=record)


def test_a_record_that_names_nothing_of_the_list_asks_whether_it_is_the_right_one(
    worker: Worker, erp: FakeErp, clock: FakeClock, record: Path
) -> None:
    erp.approve("김밥천국")
    read_only(worker)
    write(record, Listed(clock() - timedelta(days=400), "옛 가게", 1, "1"))

    assert "  Nothing that waits is in this record. Is it the right file, and the newest one?" in (
        adoption.propose(worker.ledger, record=record).lines
    )


def test_a_record_is_read_whatever_its_blanks_and_with_a_mark_of_its_encoding(record: Path) -> None:
    record.write_text('\ufeff["2026/01/08 오전 12:00:01", " 2026/01/08 오후 12:00:00 "]', encoding="utf-8")

    assert [f"{one:%H:%M:%S}" for one in old_record.read(record)] == ["00:00:01", "12:00:00"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no time at all. If the old script never posted anything, say --nothing"),
        (" \n\ufeff", "holds no time at all"),
        ("not json", "is no JSON (Expecting value"),
        ('["2026/01/08 오전 8:07:05"', "is no JSON (Expecting ',' delimiter: line 1 column"),
        ("{}", "holds an object, not a list of times"),
        ('"2026/01/08 오전 8:07:05"', "holds one text, not a list of times"),
        ("null", "holds nothing, not a list of times"),
        ("7", "holds one value, not a list of times"),
        ("[]", "holds no time at all. If the old script never posted anything, say --nothing"),
        ("[1, 2]", '  entry 1: "1" is no time like 2026/01/08 오전 8:07:05\n  entry 2: "2" is no time'),
        ('["2026/01/08 08:07:05"]', '  entry 1: "2026/01/08 08:07:05" is no time like'),
        ('["2026/01/08 오전 13:07:05"]', "is no time like"),
        (
            '["2026/01/08 오전 8:07:05", "2026/02/30 오전 1:07:05"]',
            '  entry 2: "2026/02/30 오전 1:07:05" is no time like',
        ),
        ('[{"time": "2026/01/08 오전 8:07:05"}]', '  entry 1: "{"time": "2026/01/08'),
        ("2026/01/08 오전 8:07:05\n2026/01/09 08:00\n", '  entry 2: "2026/01/09 08:00" is no time like'),
        (json.dumps(list(range(30))), "… and 10 more"),
        (
            '["2026/01/08 오전 8:07:05", "2026/01/09 오전 8:07:05", "2026/01/08 오전 8:07:05", 7]',
            '  entry 4: "7" is no time like 2026/01/08 오전 8:07:05\n  2026-01-08 08:07:05 stands there 2 times',
        ),
    ],
)
def test_a_file_that_is_no_record_is_refused_with_all_that_is_wrong_with_it(
    text: str, sentence: str, record: Path
) -> None:
    record.write_text(text, encoding="utf-8")

    with pytest.raises(DaybreakError) as caught:
        old_record.read(record)

    assert sentence in str(caught.value)
    assert "Nothing was changed" in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949"])
@pytest.mark.parametrize(
    "text",
    [
        '["2026/01/08 오전 8:07:05", "2026/01/09 오후 12:00:00"]',
        '["2026/1/8 오전 8:07:05", "2026/1/9 오후 12:00:00"]',
        "시각\r\n2026/1/8 오전 8:07:05\r\n2026/1/9 오후 12:00:00\r\n",
        '"2026/01/08 오전 8:07:05",\n"2026/01/09 오후 12:00:00",\n',
    ],
)
def test_a_record_is_read_in_every_encoding_and_after_it_went_through_a_spreadsheet(
    text: str, encoding: str, record: Path
) -> None:
    record.write_bytes(text.encode(encoding))

    assert [f"{one:%m-%d %H:%M:%S}" for one in old_record.read(record)] == ["01-08 08:07:05", "01-09 12:00:00"]


def test_a_record_that_is_missing_or_no_text_is_refused(record: Path) -> None:
    with pytest.raises(DaybreakError, match="No such file"):
        old_record.read(record)

    record.write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(DaybreakError, match="Save that sheet as CSV or text first"):
        old_record.read(record)

    record.write_bytes(b"\x81\xff\xff")
    with pytest.raises(DaybreakError, match="it is no text in UTF-8, UTF-16 or CP949"):
        old_record.read(record)


# --- the verb's own questions


def test_the_demos_ledger_is_adopted_for_no_real_erp(worker: Worker, clock: FakeClock) -> None:
    folder = worker.ledger._path.parent
    adoption.refuse_the_demos(folder)
    worker.ledger.adopt(BOOKS, by="worker", at=clock(), note="", database="d-1")

    with pytest.raises(DaybreakError, match="is the demo's"):
        adoption.refuse_the_demos(folder)


def test_silence_is_no_answer_to_what_was_posted_before(worker: Worker, clock: FakeClock, tmp_path: Path) -> None:
    folder = worker.ledger._path.parent
    for data in (folder, tmp_path / "empty"):
        with pytest.raises(DaybreakError, match="what was posted before daybreak"):
            adoption.demand_an_answer(data, BOOKS)
    worker.ledger.adopt(BOOKS, by="a person", at=clock(), note="nothing was posted")

    adoption.demand_an_answer(folder, BOOKS)
    adoption.demand_an_answer(folder, replace(BOOKS, mode="production"))  # the step to real money
    with pytest.raises(DaybreakError, match="what was posted before daybreak"):
        adoption.demand_an_answer(folder, replace(BOOKS, company="OTHER"))

    write_mark(folder, replace(read_mark(folder), generation=1_000))  # as beside a ledger from a backup
    worker.ledger.begin_generation()
    with pytest.raises(DaybreakError, match="what was posted before daybreak"):
        adoption.demand_an_answer(folder, BOOKS)


def test_a_record_is_held_against_a_list_that_was_just_read(worker: Worker) -> None:
    folder = worker.ledger._path.parent
    with pytest.raises(DaybreakError, match="the list could not be read: no answer"):
        adoption.demand_reading(folder, outcome="failed", why="no answer")

    cycle = worker.ledger.begin_cycle(slot=worker.clock(), at=worker.clock())
    worker.ledger.end_cycle(cycle, at=worker.clock(), outcome="failed", why="not adopted", figures={"listed": 1})

    adoption.demand_reading(folder, outcome="failed", why="not adopted")


def test_a_later_adoption_says_that_what_was_posted_before_stays_so(worker: Worker, erp: FakeErp, record: Path) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    read_only(worker)
    adopt(worker, write(record, row))

    assert "1 payments count as posted before, as was said earlier; that stays so." in (
        adoption.propose(worker.ledger).lines
    )
