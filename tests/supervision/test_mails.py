"""A whole tree with a demo and a mail server: forty-five failures are few mails, and the day's summary is one."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.postbox import Postbox
from tests.rig import wait_until
from tests.supervision.work_day import WorkDay, morning
from worker.ledger.ledger import Ledger
from worker.runtime.heartbeat import Phase
from worker.schedule.loop import Outcome

TITLE = "Card payments can't be posted"


def fail(office: WorkDay, *, times: int) -> None:
    """Let so many cycles fail, each at the time that the worker chose.

    A browser that does not start is a failure like an ERP that answers nobody, and a quicker one.
    """
    office.browser.chmod(0o600)
    for number in range(times):
        office.skip_to_next_cycle()
        wait_until(f"failure {number + 1}", lambda n=number: office.cycles(Outcome.FAILED) > n, 60)  # type: ignore[misc]
        wait_until("what is due to be written", office.has_written, 60)


def recover(office: WorkDay) -> None:
    """Let the next cycle run, which nothing keeps from being a good one."""
    office.browser.chmod(0o700)
    before = office.cycles(Outcome.RAN)
    office.skip_to_next_cycle()
    wait_until("a good cycle", lambda: office.cycles(Outcome.RAN) > before, 60)


def test_45_failures_are_at_most_three_mails_and_the_recovery_is_one(tmp_path: Path, postbox: Postbox) -> None:
    with WorkDay(tmp_path, postbox=postbox, at=morning()) as office:
        worker = office.beating()
        wait_until("a good cycle", (office.data / "last_success").exists, 60)

        fail(office, times=45)
        wait_until("all mails out", office.has_delivered, 30)
        wait_until("a rest", lambda: (beat := office.beat()) and beat.phase is Phase.WAITING_FOR_ERP)
        assert office.beating() == worker
        about_it = postbox.subjects()
        recover(office)

        wait_until("the mail about the end", lambda: len(postbox.mails) > len(about_it), 30)
        assert about_it == [f"[daybreak] {TITLE}", f"[daybreak] still: {TITLE}"]
        [end] = postbox.subjects()[len(about_it) :]
        assert end.startswith("[daybreak] recovered, lasted 1")
        assert end.endswith(TITLE)


@pytest.mark.deep
def test_nothing_is_lost_when_the_mail_server_was_down_all_the_time(tmp_path: Path, postbox: Postbox) -> None:
    office = WorkDay(tmp_path, postbox=postbox, at=morning())
    postbox.down()
    with office:
        office.beating()
        wait_until("a good cycle", (office.data / "last_success").exists, 60)
        fail(office, times=12)
        with Ledger(office.data, create=False) as ledger:
            assert len(ledger.undelivered()) == 2
            recover(office)
            wait_until("three letters, tried", lambda: [bool(one.error) for one in ledger.undelivered()] == [True] * 3)

        postbox.up()
        office.set_clock(office.now() + timedelta(minutes=31))  # the longest wait between two tries
        wait_until("all mails out", office.has_delivered, 30)

        assert postbox.subjects()[:2] == [f"[daybreak] {TITLE}", f"[daybreak] still: {TITLE}"]
        [end] = postbox.subjects()[2:]
        assert end.startswith("[daybreak] recovered, lasted 2 h")


@pytest.mark.deep
def test_the_summary_of_the_day_arrives_once_though_the_worker_is_killed_when_it_is_due(
    tmp_path: Path, postbox: Postbox
) -> None:
    due = morning().replace(hour=17, minute=45, second=0)
    with WorkDay(tmp_path, postbox=postbox, at=due - timedelta(minutes=3)) as office:
        first = office.beating()
        wait_until("a good cycle", (office.data / "last_success").exists, 60)
        office.set_clock(due - timedelta(seconds=1))
        wait_until("17:45:00", lambda: office.now() >= due)
        os.kill(first, signal.SIGKILL)
        second = office.beating(other_than=first)
        wait_until("the maker of reports or its mail", lambda: office.pids_of("worker.reports") or postbox.mails, 30)
        os.kill(second, signal.SIGKILL)
        third = office.beating(other_than=second)
        wait_until("the sender or its mail", lambda: office.pids_of("worker.alerts.sender") or postbox.mails, 30)
        os.kill(third, signal.SIGKILL)
        office.beating(other_than=third, deadline=30)

        wait_until("the summary", lambda: summaries(postbox), 60)

        for module in (["worker.reports", "--due"], ["worker.alerts.sender"]):  # whatever was still to be done
            program = [sys.executable, "-m", *module]
            assert subprocess.run(program, env=office.environment(), timeout=60).returncode == 0
        assert len(summaries(postbox)) == 1
        assert f"{due:%a} {due.day} {due:%b}" in summaries(postbox)[0]
        slips = office.erp("/slips")
        assert f"Posted {len(slips)} rows, {sum(one['amount'] for one in slips):,} won" in summaries(postbox)[0]


def summaries(postbox: Postbox) -> list[str]:
    """Return the subjects of the daily summaries."""
    return [one for one in postbox.subjects() if "daily summary" in one.lower()]
