"""A damaged ledger posts nothing: an index that hides payments, a page that is garbage, a copy that is not whole."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import BOOKS, FakeClock, FakeErp, Worker
from worker.admin import backup, restore
from worker.alerts.monitors import cause_of_failure
from worker.app.job import Job
from worker.config import loading
from worker.errors import LedgerDamaged, LedgerError
from worker.i18n.language import Language
from worker.i18n.reasons import say
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.runtime import soundness
from worker.runtime import sqlite as sqlite3
from worker.runtime.locks import Lock
from worker.runtime.stop import HeartbeatWriter, Stop


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()


def reopened(worker: Worker, folder: Path) -> Worker:
    """End a worker and start the next one."""
    worker.close()
    return Worker(folder, worker.erp, worker.clock, rules=worker.rules)


def blind(folder: Path, also: str) -> None:
    """Have the index of what waits take in no row for which `also` is not true, or all again with an empty text."""
    db = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    whole = "CREATE INDEX payment_open ON payment (state) WHERE state <> 'posted' AND excluded = ''"
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'payment_open'", (whole + also,))
    version = db.execute("PRAGMA schema_version").fetchone()[0]
    db.execute(f"PRAGMA schema_version = {version + 1}")
    db.close()


def with_hidden_payments(worker: Worker, folder: Path) -> Worker:
    """Have 5 of 305 waiting payments stand in the table and not in the index; return the next worker."""
    erp = worker.erp
    for number in range(300):
        erp.approve(f"가게 {number}", 10_000 + number)
    for number in range(5):
        erp.approve(f"숨은 가게 {number}", 500 + number)
    erp.fails["upload"] = LedgerError("not yet")
    with pytest.raises(LedgerError, match="not yet"):
        worker.run_cycle()
    worker.close()
    blind(folder, " AND amount >= 1000")
    db = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    db.execute("REINDEX payment_open")
    db.close()
    blind(folder, "")
    return Worker(folder, erp, worker.clock, rules=worker.rules)


# --- an index that hides -------------------------------------------------------------------------------------------


def test_an_index_that_hides_payments_stops_posting(worker: Worker, folder: Path, erp: FakeErp) -> None:
    worker = with_hidden_payments(worker, folder)
    assert len(worker.ledger.in_state(State.SEEN)) == 300
    assert worker.ledger.why_no_posting(BOOKS) == ""

    with pytest.raises(LedgerDamaged, match="its index lacks 5 and has 0 wrong") as caught:
        worker.run_cycle()

    assert erp.books() == []
    assert cause_of_failure(caught.value, 1) == "ledger"
    assert "daybreak restore" in worker.ledger.why_no_posting(BOOKS)
    assert "장부가 손상되었습니다" in say(str(caught.value), Language.KO)
    worker.close()


def test_it_stays_so_until_the_whole_file_is_proved(worker: Worker, folder: Path, erp: FakeErp) -> None:
    worker = with_hidden_payments(worker, folder)
    for _ in range(2):
        with pytest.raises(LedgerDamaged):
            worker.run_cycle()
    worker = reopened(worker, folder)
    with pytest.raises(LedgerDamaged, match=r"the ledger itself is damaged \(.* payment_open\)"):
        worker.ledger.back_up(folder / "copy.db")
    assert not (folder / "copy.db").exists()
    worker.ledger._db.execute("REINDEX")
    with pytest.raises(LedgerDamaged):
        worker.run_cycle()

    worker.ledger.back_up(folder / "copy.db")
    worker.run_cycle()

    assert len(erp.books()) == 305
    worker.close()


def test_a_restored_backup_is_whole(worker: Worker, folder: Path, erp: FakeErp) -> None:
    worker.ledger.back_up(folder / "backup.db")
    worker = with_hidden_payments(worker, folder)
    with pytest.raises(LedgerDamaged):
        worker.run_cycle()
    worker.close()

    restore.restore(folder / "backup.db", folder, BOOKS, by="kim", at=worker.clock())

    with Ledger(folder) as ledger:
        assert ledger.why_damaged() == ""


def test_an_index_that_shows_what_is_posted_already_stops_posting(worker: Worker, folder: Path, erp: FakeErp) -> None:
    """An entry that the table does not hold: planning would take it for a payment that waits."""
    erp.approve("김밥천국")
    erp.fails["upload"] = LedgerError("not yet")
    with pytest.raises(LedgerError, match="not yet"):
        worker.run_cycle()
    key = worker.key("김밥천국")
    worker.close()
    blind(folder, " AND amount < 0")
    other = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    other.execute("UPDATE payment SET state = 'posted' WHERE key = ?", (key,))
    other.close()
    blind(folder, "")
    worker = Worker(folder, erp, worker.clock)

    assert worker.ledger.why_miscounted([], worker.clock()) == (
        "of the payments that wait its index lacks 0 and has 1 wrong"
    )
    worker.close()


def test_what_is_not_listed_is_compared_by_its_own_time(worker: Worker, folder: Path) -> None:
    worker = with_hidden_payments(worker, folder)

    assert "lacks 5" in worker.ledger.why_miscounted([], worker.clock() - timedelta(days=8))
    assert worker.ledger.why_miscounted([], worker.clock() + timedelta(days=1)) == ""
    worker.close()


def test_a_whole_ledger_is_counted_in_one_moment(worker: Worker, folder: Path, erp: FakeErp) -> None:
    """A person who settles a payment between the two counts makes no damage."""
    for number in range(3):
        erp.approve(f"가게 {number}", number=f"{number + 1:08d}")
    erp.fails["upload"] = LedgerError("not yet")
    with pytest.raises(LedgerError, match="not yet"):
        worker.run_cycle()
    keys = [entry.payment.key for entry in worker.ledger.in_state(State.SEEN)]

    def settle_one() -> None:
        with Ledger(folder, create=False) as other:
            other.exclude(keys.pop(), "by hand", at=worker.clock(), by="lee")

    seen: list[str] = []

    def between(text: str) -> None:
        if "payment_time" in text and not seen:
            seen.append(text)
            settle_one()

    worker.ledger._db.set_trace_callback(between)

    assert worker.ledger.why_miscounted(keys, worker.clock() - timedelta(days=8)) == ""
    assert len(worker.ledger.in_state(State.SEEN)) == 2


def test_many_keys_are_looked_up_in_parts(worker: Worker, monkeypatch: pytest.MonkeyPatch, erp: FakeErp) -> None:
    for number in range(7):
        erp.approve(f"가게 {number}")
    worker.run_cycle()
    monkeypatch.setattr(soundness, "_AT_ONCE", 3)

    assert worker.ledger.why_miscounted([worker.key(f"가게 {n}") for n in range(7)], worker.clock()) == ""


# --- a file that is damaged ----------------------------------------------------------------------------------------


def garbled(folder: Path, table: str = "move") -> None:
    """Overwrite the pages of a table but for its first one: nothing that a start reads."""
    path = folder / "ledger.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = db.execute("PRAGMA page_size").fetchone()[0]
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    db.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size + 100)
        file.write(b"\xa5" * (size - 200))


def job(folder: Path) -> Job:
    chosen = loading.load({"DATA_DIR": str(folder)})
    heart = HeartbeatWriter(folder / "heartbeat.txt", version="test", now=chosen.now, stop=Stop())
    return Job(chosen, heart=heart, lock=Lock(folder / "runtime.lock", version="test"))


def test_after_a_crash_the_file_is_checked_before_it_is_used(worker: Worker, folder: Path, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    worker.run_cycle()
    worker.close()  # as a kill does: nothing says that it ended in order
    garbled(folder)
    later = job(folder)

    with pytest.raises(LedgerDamaged, match=r"it is damaged .* Restore the newest backup"):
        later.open_ledger()

    later.close()


def test_after_an_end_in_order_it_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = job(folder)
    first.open_ledger()
    checked: list[str] = []

    def check(*_: object) -> str:
        checked.append("checked")
        return ""

    monkeypatch.setattr("worker.ledger.soundness.why_not_sound", check)
    with Ledger(folder) as ledger:
        assert ledger.ended_badly()
    first.close()

    second = job(folder)
    second.open_ledger()
    assert checked == []
    second._ledger = None  # the kernel has ended it
    third = job(folder)
    third.open_ledger()

    assert checked == ["checked"]
    third.close()


def test_the_checks_beat_all_the_time(worker: Worker, erp: FakeErp, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        erp.approve(f"가게 {number}")
    worker.run_cycle()
    monkeypatch.setattr(soundness, "STEPS_BETWEEN", 100)
    beats: list[None] = []

    worker.ledger.demand_sound(lambda: beats.append(None))
    of_the_quick_one = len(beats)
    assert soundness.why_not_whole(worker.ledger._db, lambda: beats.append(None)) == ""

    assert of_the_quick_one > 1
    assert len(beats) > of_the_quick_one + 1


def test_a_ledger_that_is_busy_is_not_a_damaged_one(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> str:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("worker.ledger.soundness.why_not_sound", busy)
    monkeypatch.setattr("worker.ledger.soundness.miscount", busy)

    with pytest.raises(LedgerError, match="database is locked"):
        worker.ledger.demand_sound(lambda: None)
    with pytest.raises(LedgerError, match="database is locked"):
        worker.ledger.demand_whole([], worker.clock())
    assert worker.ledger.why_damaged() == ""


# --- the daily backup ----------------------------------------------------------------------------------------------


def daily(folder: Path) -> int:
    """Run the daily backup as the worker does; return its exit code."""
    (folder / "circus.ini").write_text(f"[env:worker]\nDATA_DIR = {folder}\n", encoding="utf-8")
    environment = {**os.environ, "DAYBREAK_INI": str(folder / "circus.ini"), "DATA_DIR": str(folder)}
    return subprocess.run([sys.executable, "-m", "worker.admin.backup", "--due"], env=environment).returncode


def test_the_daily_check_of_the_copy_stops_posting_and_is_told_as_the_ledgers(worker: Worker, folder: Path) -> None:
    worker = with_hidden_payments(worker, folder)

    assert daily(folder) == backup.EXIT_FAILED

    assert "the ledger is damaged" in worker.ledger.why_no_posting(BOOKS)
    assert [one.cause for one in worker.ledger.alarms()] == ["ledger"]
    worker.ledger._db.execute("REINDEX")
    assert daily(folder) == 0
    assert worker.ledger.why_no_posting(BOOKS) == ""
    worker.close()


def test_a_backup_by_hand_that_finds_damage_stops_posting_as_well(worker: Worker, folder: Path) -> None:
    worker = with_hidden_payments(worker, folder)
    assert worker.ledger.why_no_posting(BOOKS) == ""

    with pytest.raises(LedgerDamaged):
        worker.ledger.back_up(folder / "copy.db")

    assert "index payment_open" in worker.ledger.why_no_posting(BOOKS)
    worker.close()


def test_a_copy_that_is_damaged_on_its_way_is_no_damage_of_the_ledger(
    worker: Worker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise sqlite3.DatabaseError("it is damaged or cut off (a page)")

    monkeypatch.setattr("worker.ledger.copies.verify", damaged)

    with pytest.raises(LedgerError, match=r"backing up the ledger to .*copy\.db: it is damaged") as caught:
        worker.ledger.back_up(folder / "copy.db")

    assert not isinstance(caught.value, LedgerDamaged)
    assert worker.ledger.why_damaged() == ""


def test_a_ledger_that_nobody_has_posted_with_is_no_crash(folder: Path) -> None:
    with Ledger(folder) as ledger:
        assert not ledger.ended_badly()
        ledger.note_end()
        assert ledger.why_miscounted([], datetime.now(UTC)) == ""
