"""The ledger: legal moves only, each exactly once, by the newest worker only, in a file that can be trusted."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import BOOKS, SEOUL, THURSDAY, see
from worker.errors import IllegalMove, LedgerError
from worker.i18n import Message, message
from worker.ledger import schema
from worker.ledger.copies import restore
from worker.ledger.ledger import Ledger
from worker.ledger.state import NEXT, State
from worker.ledger.verdicts import RowVerdict
from worker.payments.payment import KST, Deposit, Payment, PaymentKind, deposit_of
from worker.runtime import sqlite as sqlite3

NOW = THURSDAY

#: Every legal move, written down a second time: whoever changes one of them has to mean it.
LEGAL = {
    ("seen", "planned"),
    ("seen", "held"),
    ("held", "seen"),
    ("held", "posted"),
    ("planned", "armed"),
    ("planned", "seen"),
    ("armed", "sent"),
    ("armed", "seen"),
    ("sent", "posted"),
    ("sent", "rejected"),
    ("sent", "in_doubt"),
    ("in_doubt", "posted"),
    ("in_doubt", "seen"),
    ("rejected", "seen"),
    ("rejected", "posted"),
}

A = Payment(
    key="AAAAAAAAAA",
    time=datetime(2026, 1, 8, 8, 7, 5, tzinfo=KST),
    payer="한빛상사",
    amount=12_000,
    kind=PaymentKind.APPROVAL,
    approval_no="00123456",
    raw_time="2026/01/08 오전 8:07:05",
)
B = replace(A, key="BBBBBBBBBB", amount=5_000, time=A.time + timedelta(minutes=1))
MINUS_A = replace(A, key="CCCCCCCCCC", kind=PaymentKind.CANCELLATION)


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    """A worker's ledger that has seen A and B in cycle 1."""
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        ledger.adopt(BOOKS, by="operator", at=NOW, note="nothing was posted")
        see(ledger, [A, B], cycle=ledger.begin_cycle(slot=NOW, at=NOW), at=NOW)
        yield ledger


def deposit(payment: Payment, *, with_key: bool = True) -> Deposit:
    return deposit_of(payment, account_card="카드사", account_code="1089", with_key=with_key)


def planned(ledger: Ledger, *payments: Payment) -> int:
    """Plan a batch of A and B, or of these."""
    return ledger.plan([deposit(one) for one in payments or (A, B)], cycle=1, at=NOW)


def sent(ledger: Ledger, *payments: Payment, at: datetime = NOW) -> int:
    """Send a batch of A and B, or of these."""
    batch = planned(ledger, *payments)
    ledger.arm(batch, at=at)
    ledger.mark_sent(batch, at=at)
    return batch


def states(ledger: Ledger) -> dict[str, str]:
    """Return the state of every payment that stands in the ledger, by the first letter of its key."""
    return {entry.payment.key[0]: str(entry.state) for entry in ledger.entries([A.key, B.key, MINUS_A.key]).values()}


def put_into(ledger: Ledger, state: State) -> None:
    """Put A into a state by force."""
    ledger._db.execute("UPDATE payment SET state = ? WHERE key = ?", (state, A.key))


def worker_on(folder: Path) -> Ledger:
    """Return the ledger of one more worker, which takes over."""
    ledger = Ledger(folder)
    ledger.begin_generation()
    return ledger


# --- moves ---------------------------------------------------------------------------------------------------------


def test_the_table_of_legal_moves_is_the_one_that_was_agreed() -> None:
    assert {(str(before), str(after)) for before, targets in NEXT.items() for after in targets} == LEGAL
    assert NEXT.keys() == set(State)


@pytest.mark.parametrize("before", State)
def test_only_a_legal_move_is_made(ledger: Ledger, before: State) -> None:
    for after in State:
        put_into(ledger, before)

        if (before, after) in LEGAL:
            ledger.move(A.key, before, after, at=NOW, by="worker", why="a test")
            assert states(ledger)["A"] == after
        else:
            with pytest.raises(IllegalMove, match=f"{before} -> {after} is not a legal move"):
                ledger.move(A.key, before, after, at=NOW, by="worker", why="a test")
            assert states(ledger)["A"] == before


@pytest.mark.parametrize("found", State)
def test_a_move_is_made_only_from_where_the_caller_believes_it_to_be(ledger: Ledger, found: State) -> None:
    put_into(ledger, found)

    for before, after in sorted(LEGAL):
        if before == found:
            continue
        with pytest.raises(IllegalMove, match=f"expected {before}, found {found}"):
            ledger.move(A.key, State(before), State(after), at=NOW, by="worker", why="a test")

        assert states(ledger)["A"] == found


def test_a_payment_that_was_never_seen_can_not_be_moved(ledger: Ledger) -> None:
    with pytest.raises(IllegalMove, match="payment ZZZZZZZZZZ: expected seen, found nothing"):
        ledger.move("ZZZZZZZZZZ", State.SEEN, State.HELD, at=NOW, by="worker", why="a test")


def test_a_payment_that_needs_no_deposit_can_not_be_moved(ledger: Ledger) -> None:
    ledger.exclude(A.key, "reflected by hand", at=NOW)

    with pytest.raises(IllegalMove, match="found seen reflected by hand"):
        planned(ledger, A)
    with pytest.raises(IllegalMove, match="only one that is seen can be excluded"):
        ledger.exclude(A.key, "once more", at=NOW)


@pytest.mark.parametrize("state", [one for one in State if one is not State.SEEN])
def test_only_a_payment_that_waits_can_be_excluded(ledger: Ledger, state: State) -> None:
    put_into(ledger, state)

    with pytest.raises(IllegalMove):
        ledger.exclude(A.key, "reflected by hand", at=NOW)


def test_every_move_leaves_a_row_that_says_when_who_why_and_under_which_generation(ledger: Ledger) -> None:
    batch = sent(ledger, A)
    ledger.settle(batch, {A.key: (State.POSTED, "the ERP confirmed it")}, at=NOW, answer="성공 : 1건")

    history = ledger.history(A.key)

    assert [(row["before"], row["after"]) for row in history] == [
        ("", "seen"), ("seen", "planned"), ("planned", "armed"), ("armed", "sent"), ("sent", "posted"),
    ]  # fmt: skip
    assert history[-1]["why"] == "the ERP confirmed it"
    assert {row["by"] for row in history} == {"worker"}
    assert {row["generation"] for row in history} == {1}
    assert history[-1]["batch"] == batch
    assert history[-1]["at"] == "2026-01-08T00:00:00.000+00:00"


@pytest.mark.parametrize("statement", ["UPDATE move SET why = 'lied'", "DELETE FROM move"])
def test_what_was_done_can_not_be_rewritten(ledger: Ledger, statement: str) -> None:
    before = ledger.history(A.key)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ledger._db.execute(statement)

    assert ledger.history(A.key) == before


def test_a_batch_moves_as_a_whole_or_not_at_all(ledger: Ledger) -> None:
    ledger.move(B.key, State.SEEN, State.HELD, at=NOW, by="worker", why="a test")

    with pytest.raises(IllegalMove):
        planned(ledger)

    assert states(ledger) == {"A": "seen", "B": "held"}
    assert len(ledger.history(A.key)) == 1
    assert ledger._db.execute("SELECT COUNT(*) FROM batch").fetchone()[0] == 0


def test_nothing_is_sent_that_was_not_armed(ledger: Ledger) -> None:
    batch = planned(ledger)

    with pytest.raises(IllegalMove, match="expected armed, found planned"):
        ledger.mark_sent(batch, at=NOW)

    assert states(ledger) == {"A": "planned", "B": "planned"}


def test_nothing_is_sent_twice(ledger: Ledger) -> None:
    batch = sent(ledger)

    with pytest.raises(IllegalMove, match="expected armed, found sent"):
        ledger.mark_sent(batch, at=NOW)
    with pytest.raises(IllegalMove, match="expected seen, found sent"):
        planned(ledger)


def test_a_batch_that_does_not_exist_is_neither_armed_nor_sent(ledger: Ledger) -> None:
    with pytest.raises(IllegalMove, match="batch 99 holds no payment"):
        ledger.arm(99, at=NOW)


def test_what_was_not_sent_waits_again(ledger: Ledger) -> None:
    batch = planned(ledger)
    ledger.arm(batch, at=NOW)

    ledger.take_back(batch, at=NOW, why="not sent: the grid was lost")

    assert states(ledger) == {"A": "seen", "B": "seen"}
    assert planned(ledger) > batch


def test_what_was_sent_is_never_taken_back(ledger: Ledger) -> None:
    batch = sent(ledger)

    with pytest.raises(IllegalMove, match="sent -> seen is not a legal move"):
        ledger.take_back(batch, at=NOW, why="surely not")

    assert states(ledger) == {"A": "sent", "B": "sent"}


def test_each_row_of_a_batch_gets_its_own_outcome_and_slip(ledger: Ledger) -> None:
    batch = sent(ledger)

    ledger.settle(
        batch,
        {A.key: (State.POSTED, "confirmed"), B.key: (State.REJECTED, "미등록코드")},
        at=NOW,
        answer="성공 : 1건 실패 : 1건",
        slips={A.key: "2026/01/08 -1"},
    )

    first, second = ledger.entry(A.key), ledger.entry(B.key)
    assert first is not None
    assert (first.state, first.why, first.slip, first.batch) == (State.POSTED, "confirmed", "2026/01/08 -1", batch)
    assert second is not None
    assert (second.state, second.why, second.slip) == (State.REJECTED, "미등록코드", "")


@pytest.mark.parametrize("outcomes", [{}, {A.key: (State.POSTED, "confirmed")}], ids=["no row", "one of two rows"])
def test_a_batch_is_settled_row_by_row_to_the_last_one(ledger: Ledger, outcomes: dict[str, tuple[State, str]]) -> None:
    batch = sent(ledger)

    with pytest.raises(IllegalMove, match=f"batch {batch}: "):
        ledger.settle(batch, outcomes, at=NOW, answer="")

    assert states(ledger) == {"A": "sent", "B": "sent"}


def test_a_row_of_another_batch_can_not_be_settled_with_this_one(ledger: Ledger) -> None:
    first, second = sent(ledger, A), sent(ledger, B)

    with pytest.raises(IllegalMove):
        ledger.settle(first, {A.key: (State.POSTED, ""), B.key: (State.POSTED, "")}, at=NOW, answer="")

    assert second > first
    assert states(ledger) == {"A": "sent", "B": "sent"}


# --- generations ---------------------------------------------------------------------------------------------------


def test_each_worker_counts_one_up(folder: Path) -> None:
    with Ledger(folder) as first:
        assert first.begin_generation() == 1
    with Ledger(folder) as second:
        assert second.begin_generation() == 2
        assert second.is_current()


LATE: dict[str, Callable[[Ledger], object]] = {
    "note_oddities": lambda old: old.note_oddities([("{}", "odd")], cycle=1, at=NOW),
    "exclude": lambda old: old.exclude(B.key, "reflected by hand", at=NOW),
    "judge": lambda old: see(old, [MINUS_A], cycle=1, at=NOW),
    "move": lambda old: old.move(B.key, State.SEEN, State.HELD, at=NOW, by="worker", why=""),
    "move after a look-up": lambda old: old.move(B.key, State.SEEN, State.HELD, at=NOW, by="look-up", why=""),
    "plan": lambda old: planned(old, B),
    "arm": lambda old: old.arm(1, at=NOW),
    "mark_sent": lambda old: old.mark_sent(2, at=NOW),
    "take_back": lambda old: old.take_back(1, at=NOW, why=""),
    "settle": lambda old: old.settle(3, {MINUS_A.key: (State.POSTED, "")}, at=NOW, answer=""),
    "recover": lambda old: old.recover(at=NOW),
    "note_look_up": lambda old: old.note_look_up(1, missing=1, at=NOW),
    "begin_cycle": lambda old: old.begin_cycle(slot=NOW, at=NOW),
    "end_cycle": lambda old: old.end_cycle(1, at=NOW, outcome="ran", why="", figures={}),
}


@pytest.mark.parametrize("name", LATE)
def test_an_older_worker_writes_nothing_more(folder: Path, ledger: Ledger, name: str) -> None:
    planned(ledger, A)
    newer = worker_on(folder)
    before = everything(ledger)

    with pytest.raises(LedgerError, match="generation 2 has taken over from 1"):
        LATE[name](ledger)

    assert not ledger.is_current()
    assert everything(newer) == before
    newer.close()


def test_a_batch_that_was_armed_before_a_newer_worker_came_is_never_sent(folder: Path, ledger: Ledger) -> None:
    batch = planned(ledger)
    ledger.arm(batch, at=NOW)

    with worker_on(folder) as newer:
        with pytest.raises(LedgerError, match="has taken over"):
            ledger.mark_sent(batch, at=NOW)

        assert newer.recover(at=NOW) == {"not sent": 2, "in doubt": 0}
        assert states(newer) == {"A": "seen", "B": "seen"}


def test_a_persons_decision_needs_no_generation(folder: Path, ledger: Ledger) -> None:
    ledger.move(A.key, State.SEEN, State.HELD, at=NOW, by="worker", why="a lone cancellation")

    with Ledger(folder, create=False) as commands:
        commands.resolve(A.key, RowVerdict.POSTED, by="kim", why="seen in the list", at=NOW, slip="2026/01/08 -7")
        commands.take_note(kind="note", what="a person was here", facts={}, at=NOW)
        with pytest.raises(LedgerError):
            planned(commands, B)

    found = ledger.entry(A.key)
    assert found is not None
    assert (found.state, found.slip) == (State.POSTED, "2026/01/08 -7")
    assert "kim" in found.why


# --- recovery ------------------------------------------------------------------------------------------------------


def test_a_new_worker_redoes_what_was_not_sent_and_doubts_what_was(folder: Path, ledger: Ledger) -> None:
    more = [replace(A, key=letter * 10, payer=letter) for letter in "DEF"]
    see(ledger, more, cycle=1, at=NOW)
    planned(ledger, A)
    ledger.arm(planned(ledger, B), at=NOW)
    sent(ledger, more[0], more[1])
    ledger.settle(sent(ledger, more[2]), {more[2].key: (State.POSTED, "")}, at=NOW, answer="")

    with worker_on(folder) as newer:
        counts = newer.recover(at=NOW)

        assert counts == {"not sent": 2, "in doubt": 2}
        assert states(newer) == {"A": "seen", "B": "seen"}
        found = {key: entry.state for key, entry in newer.entries([one.key for one in more]).items()}
        assert list(found.values()) == [State.IN_DOUBT, State.IN_DOUBT, State.POSTED]
        assert newer.history(more[0].key)[-1]["by"] == "recovery"
        assert newer.recover(at=NOW) == {"not sent": 0, "in doubt": 0}


def test_a_cycle_that_its_worker_did_not_survive_counts_as_failed(folder: Path, ledger: Ledger) -> None:
    with worker_on(folder) as newer:
        newer.recover(at=NOW)

        (cycle,) = newer.last_cycles()
        assert (cycle["outcome"], cycle["why"]) == ("failed", "the worker ended in it")


def test_doubts_are_listed_by_batch_with_the_time_they_were_sent(folder: Path, ledger: Ledger) -> None:
    first = sent(ledger, B, at=NOW)
    second = sent(ledger, A, at=NOW + timedelta(minutes=1))
    with worker_on(folder) as newer:
        newer.recover(at=NOW)
        newer.note_look_up(second, missing=1, at=NOW + timedelta(minutes=2))

        doubts = newer.doubts()

    assert [(one.batch, one.keys, one.missing) for one in doubts] == [(first, (B.key,), 0), (second, (A.key,), 1)]
    assert [one.sent_at for one in doubts] == [NOW, NOW + timedelta(minutes=1)]
    assert [one.looked_up_at for one in doubts] == [None, NOW + timedelta(minutes=2)]


# --- is it this ledger, and may it post? ---------------------------------------------------------------------------


def test_a_new_ledger_posts_nothing_before_somebody_says_what_was_posted(folder: Path) -> None:
    with worker_on(folder) as ledger:
        assert "no adoption record" in ledger.why_no_posting(BOOKS)
        assert "daybreak adopt" in ledger.why_no_posting(BOOKS)

        ledger.adopt(BOOKS, by="operator", at=NOW, note="nothing was posted")

        assert ledger.why_no_posting(BOOKS) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"company": "CD"}, "adopted for company 'AB', not 'CD'"),
        ({"origin": "https://other.example"}, "adopted for ERP address 'https://erp.example'"),
        ({"machine": "m2"}, "adopted for machine 'm1', not 'm2'"),
        ({"mode": "demo"}, "adopted for production, not for demo"),
    ],
)
def test_a_ledger_of_other_books_posts_nothing(ledger: Ledger, change: dict[str, str], said: str) -> None:
    assert said in ledger.why_no_posting(replace(BOOKS, **change))


@pytest.mark.parametrize(
    ("adopted", "asked", "posts"),
    [
        ("test", "test", True),
        ("test", "production", False),
        ("production", "production", True),
        ("production", "test", True),
        ("demo", "demo", True),
        ("demo", "test", False),
        ("demo", "production", False),
        ("test", "demo", False),
    ],
)
def test_the_step_from_test_or_demo_to_production_asks_for_a_new_adoption(
    folder: Path, adopted: str, asked: str, posts: bool
) -> None:
    with worker_on(folder) as ledger:
        ledger.adopt(replace(BOOKS, mode=adopted), by="operator", at=NOW, note="")

        assert (ledger.why_no_posting(replace(BOOKS, mode=asked)) == "") is posts


def test_the_newest_adoption_counts(ledger: Ledger) -> None:
    ledger.adopt(replace(BOOKS, company="CD"), by="operator", at=NOW, note="", database="db-7")

    assert "company 'CD'" in ledger.why_no_posting(BOOKS)
    assert ledger.adopted_databases() == {"", "db-7"}


def test_what_was_posted_before_the_adoption_is_never_posted(ledger: Ledger) -> None:
    ledger.adopt(BOOKS, by="operator", at=NOW, note="by the old script", posted=[A.key])

    found = ledger.entry(A.key)
    assert found is not None
    assert found.excluded == "posted before the adoption"
    with pytest.raises(IllegalMove):
        planned(ledger, A)
    assert ledger.history(A.key)[-1]["by"] == "operator"


def test_an_adoption_that_names_a_payment_that_does_not_wait_changes_nothing(ledger: Ledger) -> None:
    ledger.settle(sent(ledger, B), {B.key: (State.POSTED, "")}, at=NOW, answer="")
    before = everything(ledger)

    with pytest.raises(IllegalMove, match="is not waiting to be posted; nothing was adopted"):
        ledger.adopt(BOOKS, by="operator", at=NOW, note="", posted=[A.key, B.key])

    assert everything(ledger) == before


def everything(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables."""
    names = [row[0] for row in ledger._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: [tuple(row) for row in ledger._db.execute(f"SELECT * FROM {name}")] for name in names}


# --- the file ------------------------------------------------------------------------------------------------------


def test_a_move_that_is_reported_survives_a_power_cut(ledger: Ledger) -> None:
    assert ledger._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert ledger._db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL: the WAL is synced at each commit


def test_a_ledger_that_is_opened_again_is_as_careful_as_a_new_one(folder: Path, ledger: Ledger) -> None:
    with Ledger(folder) as again:
        assert again._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert again._db.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert again._db.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_only_its_owner_can_read_a_ledger(folder: Path, ledger: Ledger) -> None:
    assert (folder / "ledger.db").stat().st_mode & 0o777 == 0o600


def test_what_a_killed_worker_committed_is_there_and_what_it_had_begun_is_not(folder: Path, ledger: Ledger) -> None:
    batch = planned(ledger)
    for name in ("ledger.db", "ledger.db-wal"):  # as a power cut leaves them, mid-transaction
        (folder / f"saved-{name}").write_bytes((folder / name).read_bytes())
    ledger.arm(batch, at=NOW)
    ledger.close()
    for name in ("ledger.db", "ledger.db-wal"):
        (folder / f"saved-{name}").replace(folder / name)

    with worker_on(folder) as newer:
        assert states(newer) == {"A": "planned", "B": "planned"}


def damaged(folder: Path, damage: Callable[[Path], object]) -> str:
    """Damage a closed ledger that two workers have used; return why it can't be opened or used, or an empty text."""
    for _ in range(2):
        with worker_on(folder) as ledger:
            see(ledger, [replace(A, key=f"{n:010}") for n in range(300)], cycle=1, at=NOW)
    damage(folder / "ledger.db")
    try:
        with worker_on(folder) as ledger:
            ledger.adopt(BOOKS, by="operator", at=NOW, note="")
            ledger.in_state(State.SEEN)
            return ledger.why_no_posting(BOOKS)
    except LedgerError as error:
        return str(error)


def turn_into_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "x").touch()


def with_pragma(path: Path, pragma: str) -> None:
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA {pragma}")
    db.close()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "is missing": lambda path: path.unlink(),
    "is empty": lambda path: path.write_bytes(b""),
    "file is not a database": lambda path: path.write_bytes(b"garbage " * 1000),
    "opening the ledger": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "malformed": lambda path: path.write_bytes(path.read_bytes()[:20_000] + bytes(60_000) + path.read_bytes()[80_000:]),
    "not a ledger of daybreak": lambda path: with_pragma(path, "application_id = 1"),
    "written by a newer daybreak": lambda path: with_pragma(path, "user_version = 99"),
    "unable to open database file": turn_into_a_folder,
}


@pytest.mark.parametrize("said", DAMAGE)
def test_a_ledger_that_can_not_be_trusted_is_refused_by_name(folder: Path, said: str) -> None:
    assert said in damaged(folder, DAMAGE[said])


def test_a_sound_ledger_is_not_refused(folder: Path) -> None:
    assert damaged(folder, lambda _: None) == ""


def test_an_empty_file_where_no_worker_ever_ran_is_refused_too(folder: Path) -> None:
    (folder / "ledger.db").touch()

    with pytest.raises(LedgerError, match="is empty"):
        Ledger(folder)


def test_a_command_makes_no_ledger(folder: Path) -> None:
    with pytest.raises(LedgerError, match="does not exist yet; start the worker first"):
        Ledger(folder, create=False)

    assert not (folder / "ledger.db").exists()


def test_damage_that_only_a_reading_meets_is_named_as_well(folder: Path) -> None:
    with worker_on(folder) as ledger:
        see(ledger, [replace(A, key=f"{n:010}", payer=f"{n}") for n in range(2000)], cycle=1, at=NOW)
    path = folder / "ledger.db"
    content = path.read_bytes()
    # Behind the pages that every opening reads: the tables' form.
    path.write_bytes(content[:300_000] + b"\xff" * 400_000 + content[700_000:])

    with worker_on(folder) as ledger:
        for question in (
            lambda: ledger.in_state(State.SEEN),
            lambda: ledger.entries([f"{n:010}" for n in range(2000)]),
            ledger.counts,
            ledger.proof,
            lambda: see(ledger, [replace(A, key=f"{n:010}") for n in range(2000)], cycle=2, at=NOW),
        ):
            with pytest.raises(LedgerError, match="malformed"):
                question()


def test_a_ledger_that_is_deleted_while_it_is_open_sends_nothing(folder: Path, ledger: Ledger) -> None:
    batch = planned(ledger)
    ledger.arm(batch, at=NOW)

    (folder / "ledger.db").unlink()

    assert not ledger.is_current()
    with pytest.raises(LedgerError, match="was replaced or deleted while the worker ran"):
        ledger.mark_sent(batch, at=NOW)
    with pytest.raises(LedgerError, match="is missing"):
        Ledger(folder)


def test_a_ledger_that_is_replaced_while_it_is_open_sends_nothing(folder: Path, ledger: Ledger) -> None:
    batch = planned(ledger)
    ledger.arm(batch, at=NOW)

    ledger.back_up(folder / "copy.db")
    (folder / "copy.db").replace(folder / "ledger.db")

    assert not ledger.is_current()
    with pytest.raises(LedgerError, match="was replaced or deleted while the worker ran"):
        ledger.mark_sent(batch, at=NOW)


@contextmanager
def nothing_can_be_written(folder: Path) -> Iterator[None]:
    """Take the right to write from a folder and its files, from root as well."""
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_read_only_folder_is_refused(folder: Path) -> None:
    with worker_on(folder) as ledger:
        ledger.adopt(BOOKS, by="operator", at=NOW, note="")

    with nothing_can_be_written(folder), pytest.raises(LedgerError, match=r"ledger\.db"):
        worker_on(folder)


def test_a_read_only_folder_gets_no_new_ledger(folder: Path) -> None:
    with nothing_can_be_written(folder), pytest.raises(LedgerError, match="unable to open database file"):
        Ledger(folder)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_nothing_is_armed_and_nothing_is_lost(folder: Path, ledger: Ledger) -> None:
    batch = planned(ledger)

    with full_disk(), pytest.raises(LedgerError, match="Nothing is posted"):
        ledger.arm(batch, at=NOW)

    assert states(ledger) == {"A": "planned", "B": "planned"}
    ledger.arm(batch, at=NOW)
    assert states(ledger) == {"A": "armed", "B": "armed"}


def test_on_a_full_disk_nothing_leaves(folder: Path, ledger: Ledger) -> None:
    batch = planned(ledger)
    ledger.arm(batch, at=NOW)

    with full_disk(), pytest.raises((LedgerError, OSError)):
        ledger.mark_sent(batch, at=NOW)

    assert states(ledger)["A"] in ("armed", "sent")


def test_a_ledger_that_somebody_else_holds_is_waited_for_only_so_long(folder: Path, ledger: Ledger) -> None:
    other = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with Ledger(folder, patience=0.01) as impatient, pytest.raises(LedgerError, match="locked"):
        impatient.take_note(kind="x", what="x", facts={}, at=NOW)

    other.close()


# --- age -----------------------------------------------------------------------------------------------------------


def copy_of(folder: Path) -> bytes:
    """Return the ledger's file as it is, closed."""
    with Ledger(folder) as ledger:
        ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "ledger.db").read_bytes()


def test_a_ledger_that_is_older_than_its_surroundings_posts_nothing(folder: Path, ledger: Ledger) -> None:
    ledger.close()
    old = copy_of(folder)
    worker_on(folder).close()
    (folder / "ledger.db").write_bytes(old)

    with worker_on(folder) as restored:
        assert restored.generation == 3
        assert "older than its surroundings (generation 1 of 2" in restored.why_no_posting(BOOKS)
        restored.adopt(BOOKS, by="operator", at=NOW, note="checked by hand")
        assert restored.why_no_posting(BOOKS) == ""


def test_a_ledger_of_the_same_worker_from_before_its_last_batch_posts_nothing(folder: Path, ledger: Ledger) -> None:
    old = copy_of(folder)
    sent(ledger)
    ledger.close()
    (folder / "ledger.db").write_bytes(old)

    with worker_on(folder) as restored:
        assert "older than its surroundings" in restored.why_no_posting(BOOKS)


def test_the_age_of_a_ledger_is_not_forgotten_by_starting_again(folder: Path, ledger: Ledger) -> None:
    ledger.close()
    old = copy_of(folder)
    worker_on(folder).close()
    (folder / "ledger.db").write_bytes(old)

    worker_on(folder).close()

    with worker_on(folder) as restored:
        assert "older than its surroundings" in restored.why_no_posting(BOOKS)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xfe", b"-1\n"])
def test_a_damaged_generation_file_beside_a_sound_ledger_stops_nobody(
    folder: Path, ledger: Ledger, content: bytes
) -> None:
    ledger.close()
    (folder / "generation").write_bytes(content)

    with worker_on(folder) as newer:
        assert newer.generation == 2
        assert newer.why_no_posting(BOOKS) == ""


def test_a_copy_can_be_made_while_the_worker_posts_and_is_proved_to_be_whole(folder: Path, ledger: Ledger) -> None:
    batch = sent(ledger)

    ledger.back_up(folder / "backups" / "ledger_20260108.db")
    ledger.settle(batch, {A.key: (State.POSTED, ""), B.key: (State.POSTED, "")}, at=NOW, answer="")

    copy = folder / "backups" / "ledger_20260108.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    ledger.close()
    restore(copy, folder)
    with Ledger(folder) as restored:
        assert states(restored) == {"A": "sent", "B": "sent"}
        assert restored._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000], ids=["empty", "garbage"])
def test_a_backup_that_is_not_whole_is_not_restored(folder: Path, ledger: Ledger, content: bytes) -> None:
    ledger.close()
    (folder / "backup.db").write_bytes(content)
    before = (folder / "ledger.db").read_bytes()

    with pytest.raises(LedgerError, match="Nothing was changed"):
        restore(folder / "backup.db", folder)

    assert (folder / "ledger.db").read_bytes() == before


def test_the_ledger_that_a_backup_replaces_is_put_aside_not_away(folder: Path, ledger: Ledger) -> None:
    ledger.back_up(folder / "backup.db")
    sent(ledger)
    ledger.close()

    aside = restore(folder / "backup.db", folder)

    assert aside is not None
    assert not (folder / "ledger.db-wal").exists()
    with worker_on(folder) as restored:
        assert states(restored) == {"A": "seen", "B": "seen"}
        assert "older than its surroundings" in restored.why_no_posting(BOOKS)


# --- seeing --------------------------------------------------------------------------------------------------------


def test_a_payment_is_new_once_and_stays_as_it_was_first_seen(ledger: Ledger) -> None:
    again = replace(A, payer="somebody else", raw_time="otherwise")

    new = see(ledger, [again, MINUS_A], cycle=2, at=NOW + timedelta(hours=1))

    assert new == {MINUS_A.key}
    found = ledger.entry(A.key)
    assert found is not None
    assert (found.payment, found.first_cycle, found.last_cycle) == (A, 1, 2)


def test_a_payment_comes_back_from_the_ledger_as_it_went_in(ledger: Ledger) -> None:
    odd = replace(
        A, key="DDDDDDDDDD", payer="'; DROP TABLE payment; --\x00🍗", requester="R", acquirer="신한카드", ordinal=3
    )

    see(ledger, [odd], cycle=2, at=NOW)

    found = ledger.entry(odd.key)
    assert found is not None
    assert found.payment == odd


def test_more_keys_than_one_question_holds_are_all_found(ledger: Ledger) -> None:
    many = [replace(A, key=f"{number:010}") for number in range(1201)]
    see(ledger, many, cycle=2, at=NOW)

    assert len(ledger.entries([one.key for one in many])) == 1201


def test_payments_wait_oldest_first(ledger: Ledger) -> None:
    early = replace(A, key="EEEEEEEEEE", time=A.time - timedelta(days=1))
    twin = replace(A, key="FFFFFFFFFF", ordinal=1)
    see(ledger, [twin, early], cycle=2, at=NOW)

    assert [one.payment.key[0] for one in ledger.in_state(State.SEEN)] == ["E", "A", "F", "B"]


def test_only_rows_that_were_never_seen_before_are_new_oddities(ledger: Ledger) -> None:
    ledger.note_oddities([("row 1", "no status")], cycle=1, at=NOW)

    new = ledger.note_oddities([("row 1", "no status"), ("row 2", "no time")], cycle=2, at=NOW)

    assert new == [("row 2", "no time")]
    assert [one.row for one in ledger.open_oddities()] == ["row 1", "row 2"]


# --- figures -------------------------------------------------------------------------------------------------------


def test_the_proof_adds_up_what_became_of_one_reading(ledger: Ledger) -> None:
    cycle = ledger.begin_cycle(slot=NOW, at=NOW)
    see(ledger, [replace(A, key="XXXXXXXXXX")], cycle=cycle, at=NOW)
    see(ledger, [A, B, MINUS_A], cycle=cycle, at=NOW)
    ledger.settle(sent(ledger, A), {A.key: (State.POSTED, "")}, at=NOW, answer="")
    ledger.exclude(B.key, "reflected by hand", at=NOW)

    assert ledger.proof() == {"posted": (1, 12_000), "excluded": (1, 5_000), "seen": (1, -12_000)}


def test_the_day_counts_its_cycles_and_the_deposits_that_were_confirmed(ledger: Ledger) -> None:
    ledger.end_cycle(1, at=NOW, outcome="ran", why="", figures={})
    for outcome in ("failed", "ran", "stopped"):
        cycle = ledger.begin_cycle(slot=NOW, at=NOW)
        ledger.end_cycle(cycle, at=NOW, outcome=outcome, why="", figures={"listed": 3})
    see(ledger, [MINUS_A], cycle=1, at=NOW)
    batch = sent(ledger, A, B, MINUS_A)
    outcomes = {A.key: (State.POSTED, ""), B.key: (State.REJECTED, ""), MINUS_A.key: (State.POSTED, "")}
    ledger.settle(batch, outcomes, at=NOW, answer="")

    stats = ledger.stats(NOW.date(), SEOUL)

    assert stats == {"total": 3, "success": 2, "failure": 1, "count": 2, "cancellations": 1}
    assert ledger.stats(NOW.date() + timedelta(days=1), SEOUL) == dict.fromkeys(stats, 0)


def test_a_day_begins_at_midnight_in_the_zone_of_the_reader(ledger: Ledger) -> None:
    for at in (datetime(2026, 1, 9, 0, 0, tzinfo=SEOUL), datetime(2026, 1, 9, 23, 59, 59, tzinfo=SEOUL)):
        cycle = ledger.begin_cycle(slot=at, at=at)
        ledger.end_cycle(cycle, at=at, outcome="ran", why="", figures={})

    assert [ledger.stats(date(2026, 1, day), SEOUL)["total"] for day in (8, 9, 10)] == [0, 2, 0]


def test_the_newest_cycles_come_first(ledger: Ledger) -> None:
    ledger.end_cycle(1, at=NOW, outcome="ran", why="", figures={"listed": 7})
    ledger.end_cycle(ledger.begin_cycle(slot=NOW, at=NOW), at=NOW, outcome="failed", why="no answer", figures={})

    assert [one["why"] for one in ledger.last_cycles(5)] == ["no answer", ""]
    assert [one["figures"] for one in ledger.last_cycles(1, outcome="ran")] == [{"listed": 7}]


def test_what_waits_for_somebody_is_counted(ledger: Ledger) -> None:
    ledger.move(A.key, State.SEEN, State.HELD, at=NOW, by="worker", why="")
    ledger.exclude(B.key, "reflected by hand", at=NOW)

    assert ledger.counts() == {"held": 1}


def test_incidents_are_kept_in_order_with_their_facts(ledger: Ledger) -> None:
    ledger.take_note(kind="hang", what="silent", facts={"pid": 7}, at=NOW)
    ledger.take_note(kind="sleep", what="slept", facts={}, at=NOW + timedelta(hours=1))

    assert [one["kind"] for one in ledger.incidents(NOW)] == ["hang", "sleep"]
    assert ledger.incidents(NOW)[0]["facts"] == {"pid": 7}
    assert [one["kind"] for one in ledger.incidents(NOW + timedelta(minutes=1))] == ["sleep"]


def test_a_message_stays_one_among_the_facts_of_an_incident_and_of_an_alarm(ledger: Ledger) -> None:
    why = message("crash ({how})", how=message("unknown exit"))
    ledger.tell("gap in the list", "a gap", facts={"why": why, "pid": 7}, at=NOW)

    for facts in (ledger.incidents(NOW)[0]["facts"], ledger.alarms()[0].facts):
        assert facts == {"why": "crash (unknown exit)", "pid": 7}
        assert isinstance(dict(facts)["why"], Message)


def test_a_ledger_of_the_first_form_is_brought_up_and_keeps_what_it_holds(folder: Path) -> None:
    path = folder / "ledger.db"
    old = sqlite3.connect(path)
    old.executescript(
        f"{schema.STEPS[0]} PRAGMA application_id = {schema.APPLICATION}; PRAGMA user_version = 1; "
        "INSERT INTO meta VALUES ('generation', '7'), ('identity', '1'); "
        "INSERT INTO cycle (generation, slot, started) VALUES (7, '2026-01-08T00:00:00', '2026-01-08T00:00:00')"
    )
    old.close()

    with Ledger(folder) as ledger:
        ledger.raise_alarm("disk", "1 MB is free", at=NOW)
        assert ledger.last_cycles(1)[0]["generation"] == 7
        assert ledger.begin_generation() == 8
    with Ledger(folder) as ledger:
        assert [one.cause for one in ledger.alarms()] == ["disk"]
