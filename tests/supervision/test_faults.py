"""Faults around a worker that is not sick: nobody restarts it, it posts nothing blindly, and people are told."""

import subprocess
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.postbox import Postbox
from tests.rig import Circusd, wait_until
from tests.supervision.conftest import STAND_IN
from tests.supervision.test_alarms import mailing
from tests.supervision.test_verbs import daybreak
from tests.supervision.work_day import WorkDay, morning
from tests.tools.torture.bench import fill_disk
from worker.ledger.journal import SlotState
from worker.ledger.ledger import Ledger
from worker.runtime import heartbeat
from worker.runtime.heartbeat import Phase
from worker.schedule.loop import Outcome


def slips(circus: Circusd) -> int:
    """Return how many deposits the ERP holds."""
    return len(circus.erp("/slips"))


def test_a_clock_that_is_set_by_a_day_restarts_nobody_and_recycles_no_second_time(
    tmp_path: Path, postbox: Postbox
) -> None:
    def looked(day: str) -> bool:
        """True when worker and guards have seen the new day."""
        files = ("heartbeat.txt", "guards/heartbeat.txt", "guards/recycle.txt")
        beats = [heartbeat.read(office.data / name) for name in files]
        return all(beat is not None and f"{beat.at:%Y-%m-%d}" == day for beat in beats)

    with WorkDay(tmp_path, postbox=postbox, at=morning(), recycle="mon-sun") as office:
        worker = office.beating()
        wait_until("a good cycle", (office.data / "last_success").exists, 60)
        today, tomorrow = (f"{morning() + timedelta(days=days):%Y-%m-%d}" for days in (0, 1))

        for ahead, day in ((1, tomorrow), (-1, today), (1, tomorrow)):
            office.set_clock(office.now() + timedelta(days=ahead))
            wait_until(f"a look at {day}", lambda d=day: looked(d))  # type: ignore[misc]

        assert office.beating() == worker
        for day in (today, tomorrow):
            assert office.guards_log.count(f"recycle of {day} 05:55: not needed: the worker was started since") == 1
        assert "asked to end" not in office.guards_log
        assert "[ALERT]" not in office.guards_log


@pytest.mark.deep
def test_a_machine_that_was_paused_or_put_back_is_written_down_and_told_to_nobody(
    tmp_path: Path, postbox: Postbox
) -> None:
    """Its clocks since boot stood still, and the wall clock is set when it goes on."""
    with WorkDay(tmp_path, postbox=postbox, at=morning()) as office:
        worker = office.beating()
        wait_until("a good cycle", lambda: office.cycles(Outcome.RAN), 60)
        before = office.now()

        office.set_clock(before + timedelta(hours=4))

        wait_until("the next good cycle", lambda: office.cycles(Outcome.RAN) > 1, 60)
        with Ledger(office.data, create=False) as ledger:
            missed = {one.at: one.why for one in ledger.slots(before, office.now()) if one.state is SlotState.MISSED}
            assert ledger.alarms() == []
        assert len(missed) in (7, 8)
        assert set(missed.values()) == {"the machine was paused or put back"}
        wait_until("the guard's note", lambda: "the machine was paused or put back: its clock" in office.guards_log)
        assert "[ALERT]" not in office.guards_log
        assert office.beating() == worker
        assert office.cycles(Outcome.FAILED) == 0
        assert postbox.mails == []


@pytest.mark.deep
def test_a_refused_password_is_tried_twice_and_then_not_until_it_changes(tmp_path: Path, postbox: Postbox) -> None:
    office = WorkDay(tmp_path, postbox=postbox, at=morning())
    right = office.password.read_text()
    office.password.write_text("wrong")
    with office:
        worker = office.beating()
        wait_until("the first refusal", lambda: office.cycles(Outcome.FAILED) == 1, 60)

        office.skip_to_next_cycle()

        wait_until("the second refusal", lambda: office.cycles(Outcome.FAILED) == 2, 60)
        wait_until("the mail", lambda: postbox.mails, 60)
        done = daybreak(office, "status", "--json")
        assert done.returncode == 1
        assert "not signing in: the ERP refused user or password 2 times" in done.stdout
        for number in (3, 4):
            office.skip_to_next_cycle()
            wait_until(f"failure {number}", lambda n=number: office.cycles(Outcome.FAILED) == n, 60)  # type: ignore[misc]

        assert office.daily_log("worker").count("signing in as DEMO01/DAYBREAK: the ERP says") == 2
        assert "not signing in: the ERP refused user or password 2 times" in office.daily_log("worker")
        assert postbox.subjects() == ["[daybreak] The ERP refuses the password"]

        office.password.write_text(right)
        office.skip_to_next_cycle()
        wait_until("a good cycle", (office.data / "last_success").exists, 60)
        assert office.beating() == worker
        assert slips(office) > 0


@pytest.mark.parametrize("damage", ["garbage", pytest.param("missing", marks=pytest.mark.deep)])
def test_a_ledger_that_is_unreadable_or_missing_posts_nothing_and_is_told(
    tmp_path: Path, postbox: Postbox, damage: str
) -> None:
    with WorkDay(tmp_path, postbox=postbox, at=morning()) as office:
        office.beating()
        wait_until("a good cycle", (office.data / "last_success").exists, 60)
        office.ctl("stop", "worker", "--waiting")
        wait_until("the worker's end", lambda: office.pid() is None, 60)
        for path in office.data.glob("ledger.db*"):
            path.unlink()
        if damage == "garbage":
            (office.data / "ledger.db").write_text("no ledger at all" * 1000)
        before = slips(office)
        office.erp("/payments", [{"payer": "새봄유통", "amount": 12300, "status": "승인", "approval_no": "77777777"}])

        office.ctl("start", "worker")

        office.beating(deadline=60)
        what = "[daybreak] The ledger can't be used"
        wait_until("the mail", lambda: what in postbox.subjects(), 90)
        assert postbox.subjects().count(what) == 1
        wait_until("a failed cycle", lambda: "cycle failed (1 in a row)" in office.daily_log("worker"), 60)
        assert slips(office) == before
        beat = office.beat()
        assert beat is not None
        assert beat.phase is Phase.WAITING_FOR_ERP


def small_disk(folder: Path, how: str) -> None:
    """Mount a small file system in memory there; skip the test where that is not allowed."""
    folder.mkdir(exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", how, "small", str(folder)], capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here")


def test_a_folder_that_takes_no_write_lets_no_guard_kill_the_other_and_is_told(
    tmp_path: Path, postbox: Postbox
) -> None:
    small_disk(tmp_path / "var", "size=1m,ro")
    try:
        with Circusd(tmp_path, command=STAND_IN, settings=mailing(postbox)) as circus:
            guards = {
                name: wait_until(f"the {name} guard", partial(circus.pid, f"plugin:{name}"))
                for name in ("heartbeat", "recycle")
            }
            wait_until("the mail", lambda: "[daybreak] The worker keeps ending" in postbox.subjects(), 60)

            for name, pid in guards.items():
                beat = heartbeat.read(circus.data / "guards" / f"{name}.txt")
                assert beat is not None
                assert beat.identity.pid == pid
            assert postbox.subjects() == ["[daybreak] The worker keeps ending"]
    finally:
        subprocess.run(["umount", "-l", str(tmp_path / "var")], capture_output=True)


@pytest.mark.deep
def test_a_full_disk_posts_nothing_restarts_nobody_and_is_told(tmp_path: Path, postbox: Postbox) -> None:
    disk = tmp_path / "var"
    small_disk(disk, "size=64m")
    # The ERP has a disk of its own.
    (tmp_path / "erp").mkdir()
    (disk / "demo").symlink_to(tmp_path / "erp")
    try:
        with WorkDay(tmp_path, postbox=postbox, at=morning()) as office:
            worker = office.beating()
            wait_until("a good cycle", (office.data / "last_success").exists, 60)
            office.planned_cycle()  # what a cycle writes at its end is written
            before = slips(office)
            filler = fill_disk(disk)
            office.erp(
                "/payments", [{"payer": "새봄유통", "amount": 12300, "status": "승인", "approval_no": "77777777"}]
            )

            office.skip_to_next_cycle()

            wait_until("a failed cycle", lambda: (beat := office.beat()) and beat.phase is Phase.WAITING_FOR_ERP, 90)
            wait_until("the mail", lambda: postbox.mails, 90)
            assert slips(office) == before
            filler.unlink()
            office.skip_to_next_cycle()
            wait_until("the deposit", lambda: slips(office) == before + 1, 90)
            assert office.beating() == worker
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True)
