"""Every earlier form of the ledger becomes today's, and today's becomes each earlier one, with all that it holds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker import book, schema
from worker.errors import LedgerError
from worker.ledger import Ledger
from worker.posting.text import real_number
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
    witness.write_mark(folder, witness.Mark(generation=7, batch=4))
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
    monkeypatch.setattr(book, "STEPS", (*schema.STEPS, changed))
    monkeypatch.setattr(book, "SCHEMA", schema.SCHEMA + 1)
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
