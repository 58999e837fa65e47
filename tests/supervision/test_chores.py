"""What the worker looks after between two cycles, on a real tree: one thing that fails costs the others nothing."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.postbox import Postbox
from tests.rig import wait_until
from tests.supervision.work_day import WorkDay, morning
from worker.ledger.ledger import Ledger
from worker.schedule.loop import Outcome

CHORES, BACKUP = "Something the worker looks after keeps failing", "The daily backup of the ledger failed"


@pytest.mark.deep
def test_what_fails_keeps_nothing_else_from_being_done_and_is_logged_once_and_told_if_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTS", "2")
    yesterday, today = morning(), morning() + timedelta(days=1)
    away = tmp_path / "away"
    away.write_text("no folder")
    with Postbox() as postbox:

        def said(begin: str, title: str) -> list[str]:
            """Return the texts of the mails whose subject begins and ends so."""
            found = enumerate(postbox.subjects())
            return [postbox.text(number) for number, one in found if one.startswith(begin) and one.endswith(title)]

        office = WorkDay(tmp_path, postbox=postbox, at=yesterday)
        office.write_ini(EXTRA_DAYS_ON=f"{yesterday:%Y-%m-%d}, {today:%Y-%m-%d}", BACKUP_DIR=str(away))
        reports, old = office.data / "reports", office.data / "evidence" / f"{today - timedelta(days=100):%Y%m%d}"
        with office:
            office.beating()
            wait_until("a good cycle", lambda: office.cycles(Outcome.RAN) == 1, 90)
            wait_until("the mail about the backup", lambda: said("[daybreak] The", BACKUP), 60)
            (old / "cycle-1").mkdir(parents=True)
            shutil.rmtree(reports, ignore_errors=True)
            reports.write_text("no folder")

            office.set_clock(today)

            wait_until("the mail about the reports", lambda: said("[daybreak] Some", CHORES), 90)
            wait_until("today's cycle", lambda: office.cycles(Outcome.RAN) == 2, 90)
            wait_until("the end of old evidence", lambda: not old.exists(), 60)
            with Ledger(office.data, create=False) as ledger:
                wait_until("the proof of yesterday", lambda: ledger.is_proved(yesterday.date()), 60)
            assert (office.data / "backups" / f"ledger_{yesterday:%Y%m%d}.db").exists()
            [text] = said("[daybreak] Some", CHORES)
            assert "making reports has been failing for" in text
            assert str(reports) in text
            assert str(away) in said("[daybreak] The", BACKUP)[0]

            reports.unlink()

            wait_until("yesterday's page", (reports / f"daily_{yesterday:%Y%m%d}.html").exists, 120)
            wait_until("the mail about the end", lambda: said("[daybreak] recovered", CHORES), 60)
            log = office.daily_log("worker")
            assert log.count(f"{reports}'") == log.count("making reports failed: ") == 1
            assert log.count("making reports: goes well again") == 1
            assert log.count(f"{away}/") == 1
