"""The daily backup: one a day, whole, copied off this disk; what fails is told, and never stops the worker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import BOOKS, quick_folder
from tests.rig import wait_until
from worker.admin import backup
from worker.admin.backup import KEPT, Backups, is_done
from worker.config import loading
from worker.config.settings import Settings
from worker.ledger.ledger import Ledger
from worker.runtime import sqlite as sqlite3


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as path:
        (path / "var").mkdir()
        with Ledger(path / "var") as ledger:
            ledger.begin_generation()
            ledger.adopt(BOOKS, by="lee", at=datetime.now(UTC), note="nothing was posted")
            yield path


@pytest.fixture(autouse=True)
def _made(folder: Path) -> None:
    (folder / "circus.ini").write_text(
        f"[env:worker]\nDATA_DIR = {folder}/var\nBACKUP_DIR = {folder}/away\n", encoding="utf-8"
    )


def chosen(folder: Path, **more: object) -> Settings:
    values = {"DATA_DIR": folder / "var", "BACKUP_DIR": folder / "away", **more}
    return loading.load({name: str(value) for name, value in values.items()})


def run(folder: Path) -> int:
    environment = {**os.environ, "DAYBREAK_INI": str(folder / "circus.ini"), "DATA_DIR": str(folder / "var")}
    return subprocess.run([sys.executable, "-m", "worker.admin.backup", "--due"], env=environment).returncode


def copies(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "away").glob("*/*"))


def alarms(folder: Path) -> list[str]:
    with Ledger(folder / "var") as ledger:
        return [one.what for one in ledger.alarms()]


def test_a_day_has_one_backup_here_and_one_away(folder: Path) -> None:
    assert run(folder) == 0
    assert run(folder) == 0

    (name,) = copies(folder)
    here = folder / "var" / "backups" / name
    (away,) = (folder / "away").glob("daybreak-DEMO01-*/*.db")
    assert here.read_bytes() == away.read_bytes()
    assert away.stat().st_mode & 0o777 == 0o600
    db = sqlite3.connect(away)
    assert db.execute("SELECT company FROM adoption").fetchone() == (BOOKS.company,)
    db.close()
    assert is_done(chosen(folder), chosen(folder).now())
    assert alarms(folder) == []


def test_a_copy_that_can_not_be_made_is_told_and_its_end_too(folder: Path) -> None:
    (folder / "away").write_text("no folder")

    assert run(folder) == 1

    (what,) = alarms(folder)
    assert what.startswith("backing up the ledger: ")
    assert len(list((folder / "var" / "backups").glob("ledger_*.db"))) == 1
    assert not is_done(chosen(folder), chosen(folder).now())

    (folder / "away").unlink()
    assert run(folder) == 0
    assert alarms(folder) == []


def test_thirty_backups_are_kept_in_both_places_and_nothing_else_is_touched(folder: Path) -> None:
    here = folder / "var" / "backups"
    assert run(folder) == 0
    (away,) = (folder / "away").iterdir()
    for place in (here, away):
        for number in range(KEPT + 5):
            (place / f"ledger_{datetime(2020, 1, 1) + timedelta(days=number):%Y%m%d}.db").touch()  # noqa: DTZ001
        (place / "ledger_20200101_120000.db").touch()
    for path in [*here.glob(".copied_*"), *here.glob(f"ledger_{chosen(folder).now():%Y%m%d}.db")]:
        path.unlink()

    assert run(folder) == 0

    for place in (here, away):
        names = [path.name for path in place.glob("ledger_*.db")]
        assert "ledger_20200101_120000.db" in names
        assert len(names) == KEPT + 1
        assert "ledger_20200106.db" not in names
        assert f"ledger_{chosen(folder).now():%Y%m%d}.db" in names


def test_what_an_ended_run_left_is_removed(folder: Path) -> None:
    (folder / "var" / "backups").mkdir()
    (folder / "var" / "backups" / ".ledger_20200101.db.77").touch()

    run(folder)

    assert not list((folder / "var" / "backups").glob(".ledger_*"))


def test_the_worker_has_it_made_without_waiting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYBREAK_INI", str(folder / "circus.ini"))
    mine = chosen(folder)
    daily = Backups(mine)

    with Ledger(folder / "var") as ledger:
        daily.look(ledger, now=mine.now())
        wait_until("the copy", lambda: is_done(mine, mine.now()) or None, 60)
    daily.close()

    assert len(copies(folder)) == 1


def test_a_disk_that_hangs_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = chosen(folder)
    daily = Backups(mine)
    monkeypatch.setattr(daily._errand, "run", lambda: True)
    monkeypatch.setattr(daily._errand, "is_running", lambda: True)

    with Ledger(folder / "var") as ledger:
        daily.look(ledger, now=mine.now())
        assert ledger.alarms() == []
        monkeypatch.setattr(backup, "AGAIN_EVERY", 0.0)
        daily.look(ledger, now=mine.now())

        assert [one.cause for one in ledger.alarms()] == ["backup"]


def test_without_a_folder_away_the_backup_here_is_enough(folder: Path) -> None:
    mine = chosen(folder, BACKUP_DIR="")

    backup.run(mine)

    assert is_done(mine, mine.now())
    assert not (folder / "away").exists()
