"""Every earlier form of the ledger becomes today's, and today's becomes each earlier one, with all that it holds."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, Worker, see
from worker.errors import LedgerError
from worker.i18n import message
from worker.ledger import database, schema
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments.payment import ListRow, first_key_of, parse_rows
from worker.payments.text import real_number
from worker.runtime import sqlite as sqlite3
from worker.runtime import witness

NOW = datetime(2026, 1, 8, 9, 0, tzinfo=UTC)

EARLIER = range(1, schema.SCHEMA + 1)

#: What every form holds: a payment that was posted, its moves, its batch, its cycle, and who adopted the ledger.
HELD = """
INSERT INTO meta VALUES ('generation', '7'), ('identity', '1');
INSERT INTO adoption VALUES (1, '2026-01-08', 'kim', 'DEMO01', 'http://erp', 'here', 'demo', 'db', 7, '', 'nothing');
INSERT INTO cycle (generation, slot, started) VALUES (7, '2026-01-08T00:00:00', '2026-01-08T00:00:00');
INSERT INTO batch VALUES (4, 1, 7, '[]', 1, 1000, '2026-01-08', '2026-01-08', '2026-01-08', '2026-01-08', 'posted', '',
    NULL, 0);
INSERT INTO payment (key, version, time, payer, amount, kind, approval_no, ordinal, requester, acquirer, raw_time,
    state, excluded, why, cleared, batch, approval_key, slip, first_cycle, last_cycle, seen_at, posted_at)
    VALUES ('AAAAAAAAAA', 1, '2026-01-08T09:00:00+09:00', '고객', 1000, '승인', '11', 0, '', '', '',
    'posted', '', '', '', 4, NULL, '2026/01/08 -1', 1, 1, '2026-01-08', '2026-01-08');
INSERT INTO move VALUES (1, 'AAAAAAAAAA', '', 'seen', '2026-01-08', 'worker', NULL, 7, 'listed'),
    (2, 'AAAAAAAAAA', 'sent', 'posted', '2026-01-08', 'worker', 4, 7, 'the ERP confirmed it');
"""

#: The columns that every form has.
COLUMNS = {
    "payment": "key, version, time, payer, amount, kind, approval_no, ordinal, requester, acquirer, raw_time, state, "
    "excluded, why, cleared, batch, approval_key, slip, first_cycle, last_cycle, seen_at, posted_at"
}

TABLES = ("meta", "adoption", "cycle", "batch", "payment", "move")


def made(folder: Path, version: int) -> Path:
    """Write a ledger as a daybreak of that schema has left it."""
    path = folder / "ledger.db"
    db = sqlite3.connect(path)
    db.create_function("real_number", 1, real_number)
    db.executescript(
        f"{' '.join(schema.STEPS[:version])} PRAGMA application_id = {schema.APPLICATION}; "
        f"PRAGMA user_version = {version}; {HELD}"
    )
    db.close()
    witness.write_mark(folder, witness.WitnessMark(generation=7, batch=4))
    return path


def held(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of the tables that hold money."""
    db = sqlite3.connect(path)
    try:
        return {
            name: db.execute(f"SELECT {COLUMNS.get(name, '*')} FROM {name} ORDER BY 1").fetchall() for name in TABLES
        }
    finally:
        db.close()


def form(path: Path) -> set[tuple[str, str]]:
    """Return every table, index and trigger with its text."""
    db = sqlite3.connect(path)
    try:
        return set(db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
    finally:
        db.close()


@pytest.mark.parametrize("version", EARLIER)
def test_a_ledger_of_every_earlier_form_becomes_one_of_today(tmp_path: Path, version: int) -> None:
    path = made(tmp_path, version)
    before = held(path)
    (tmp_path / "new").mkdir()
    Ledger(tmp_path / "new").close()

    with Ledger(tmp_path, create=False) as ledger:
        ledger.raise_alarm("disk", "1 MB is free", at=NOW)

    assert held(path) == before
    assert form(path) == form(tmp_path / "new" / "ledger.db")


@pytest.mark.parametrize("version", EARLIER)
def test_a_ledger_of_today_becomes_one_of_every_earlier_form_and_is_not_older(tmp_path: Path, version: int) -> None:
    path = made(tmp_path, schema.SCHEMA)
    (tmp_path / "old").mkdir()
    before = held(path)

    with Ledger(tmp_path, create=False) as ledger:
        ledger.raise_alarm("disk", "1 MB is free", at=NOW)
        ledger.add_mail(key="k", subject="s", text="t", at=NOW, channels=["mail"])
        ledger.take_down(version)

    assert held(path) == before
    assert form(path) == form(made(tmp_path / "old", version))
    with Ledger(tmp_path, create=False) as ledger:
        assert ledger.begin_generation() == 8
        assert not ledger.older()


def test_a_form_that_did_more_than_add_has_no_way_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = "DROP INDEX move_at;\n"
    monkeypatch.setattr(database, "STEPS", (*schema.STEPS, changed))
    monkeypatch.setattr(database, "SCHEMA", schema.SCHEMA + 1)
    path = made(tmp_path, schema.SCHEMA)

    with Ledger(tmp_path, create=False) as ledger, pytest.raises(LedgerError, match="Nothing was changed"):
        ledger.take_down(schema.SCHEMA)

    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA + 1,)
    db.close()


def test_there_is_no_form_before_the_first(tmp_path: Path) -> None:
    made(tmp_path, 1)

    with Ledger(tmp_path, create=False) as ledger, pytest.raises(LedgerError):
        ledger.take_down(0)


# --- sentences instead of messages -----------------------------------------------------------------------------------


def test_what_is_stored_as_a_message_is_a_sentence_for_a_daybreak_that_knows_none(worker: Worker, folder: Path) -> None:
    worker.erp.approve("김밥천국")
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    cancelled = worker.erp.approve("한빛상사")
    cancelled.status = "취소"
    worker.run_cycle()
    [held] = worker.ledger.in_state(State.HELD)
    worker.ledger.resolve(held.payment.key, RowVerdict.NEVER, by="kim", why="a gift", at=worker.clock())
    down = message("crash (signal {number})", number="9")
    worker.ledger.tell("stored twice", down, facts={"why": down, "key": "K", "pid": 7}, at=NOW)

    worker.ledger.take_down(5)
    worker.close()

    with closing(sqlite3.connect(folder / "ledger.db")) as db:
        whys = [why for (why,) in db.execute("SELECT why FROM move WHERE key = ? ORDER BY id", (held.payment.key,))]
        assert whys[-1] == "excluded: never, says kim: a gift"
        assert db.execute("SELECT excluded FROM payment WHERE key = ?", (held.payment.key,)).fetchone() == (
            "never, says kim: a gift",
        )
        [[what, facts]] = db.execute("SELECT what, facts FROM incident").fetchall()
        assert what == "crash (signal 9)"
        assert json.loads(facts) == {"why": "crash (signal 9)", "key": "K", "pid": 7}
        assert messages_in(db) == []
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute("UPDATE move SET why = ''")


def messages_in(db: sqlite3.Connection) -> list[str]:
    """Return what is stored as a message anywhere, with its table."""
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = ((table, row) for table in tables for row in db.execute(f"SELECT * FROM {table}"))
    return [f"{table}: {cell}" for table, row in rows for cell in row if isinstance(cell, str) and '"id' in cell]


# --- keys of identity 1 ----------------------------------------------------------------------------------------------


def first_keys(rows: Sequence[ListRow]) -> list[str]:
    """Return the keys under which a daybreak of identity 1 looks for these rows, twins counted as it does."""
    twins: Counter[tuple[object, ...]] = Counter()
    keys = []
    for one in parse_rows(rows).payments:
        same = (one.kind, one.time, one.payer, one.amount, one.approval_no)
        keys.append(first_key_of(replace(one, ordinal=twins[same])))
        twins[same] += 1
    return keys


def waiting_for_identity_1(path: Path, keys: Sequence[str]) -> list[str]:
    """Return which of these keys such a daybreak would post: those that it does not know, and those that wait."""
    db = sqlite3.connect(path)
    try:
        known = {
            key: (state, excluded) for key, state, excluded in db.execute("SELECT key, state, excluded FROM payment")
        }
    finally:
        db.close()
    return [key for key in keys if known.get(key, ("seen", "")) in (("seen", ""), ("planned", ""), ("armed", ""))]


def taken_down(worker: Worker, folder: Path) -> list[str]:
    """Hand the ledger to a daybreak of schema 5; return what of the listed rows that one would post."""
    worker.ledger.take_down(5)
    worker.close()
    rows = [one.row() for one in worker.erp.rows]
    return waiting_for_identity_1(folder / "ledger.db", first_keys(rows))


@pytest.fixture
def worker(folder: Path) -> Worker:
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    return worker


def test_what_was_posted_and_is_listed_again_is_not_new_to_identity_1(worker: Worker, folder: Path) -> None:
    for payer in ("김밥천국", "한빛상사", "김밥천국"):
        worker.erp.approve(payer)
    worker.run_cycle()

    assert len(worker.erp.slips) == 3
    assert taken_down(worker, folder) == []


def test_what_was_renamed_after_it_was_posted_is_not_new_to_identity_1(worker: Worker, folder: Path) -> None:
    row = worker.erp.approve("김밥천국", number="00710001")
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    row.payer, row.approval_no = "한빛상사", "710001"
    worker.run_cycle()

    assert taken_down(worker, folder) == []


@pytest.mark.parametrize("payer", ["김밥천국", "한빛상사"])
def test_a_twin_that_is_held_is_not_posted_by_identity_1(worker: Worker, folder: Path, payer: str) -> None:
    """Identity 1 counts twins by payer, and has no key for the second of two payers."""
    first = worker.erp.approve("김밥천국")
    worker.erp.rows.append(replace(first, payer=payer))
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    assert len(worker.ledger.in_state(State.HELD)) == 1

    assert taken_down(worker, folder) == []


def test_the_twin_of_a_payment_with_a_key_of_identity_1_is_not_posted_by_it(worker: Worker, folder: Path) -> None:
    first = worker.erp.approve("김밥천국")
    (known,) = parse_rows([first.row()]).payments
    see(worker.ledger, [replace(known, key=first_key_of(known))], cycle=1, at=worker.clock())
    with worker.ledger._write() as db:
        db.execute("UPDATE payment SET version = 1")
    worker.erp.rows.append(replace(first))
    worker.run_cycle()
    assert len(worker.ledger.in_state(State.HELD)) == 1

    assert taken_down(worker, folder) == []


def test_a_ledger_that_comes_up_again_knows_each_payment_once(worker: Worker, folder: Path) -> None:
    row = worker.erp.approve("김밥천국")
    worker.erp.rows.append(replace(row, payer="한빛상사"))
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    before = {one.payment.key: one.state for one in worker.ledger.known(since=row.at).values()}
    assert taken_down(worker, folder) == []
    db = sqlite3.connect(folder / "ledger.db")
    assert db.execute("SELECT COUNT(*) FROM payment").fetchone() == (4,)
    db.close()

    again = Worker(folder, worker.erp, worker.clock)
    after = {one.payment.key: one.state for one in again.ledger.known(since=row.at).values()}
    again.clock.advance(minutes=30)
    again.run_cycle()

    assert after == before
    assert len(again.erp.slips) == 1
    again.close()
