"""Nothing stops unseen: what nobody stopped comes back, and every stop is told, whoever ordered it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.dead_man import dead_man
from tests.postbox import Postbox
from tests.rig import BIN, Circusd, wait_until
from tests.supervision.work_day import WorkDay, morning
from worker.runtime import child_process, desired_state
from worker.runtime.desired_state import DesiredState, Intent

Make = Callable[..., Circusd]

GUARDS = ("plugin:heartbeat", "plugin:recycle")

WORKER_STOPPED, GUARD_STOPPED = "The worker was stopped", "A guard of the worker was stopped"


def mailing(postbox: Postbox, **more: str) -> dict[str, str]:
    """Return the settings of a channel to this postbox."""
    return {
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(postbox.port), "SMTP_TLS": "off",
        "MAIL_FROM": "daybreak@example.com", "MAIL_TO": "office@example.com", **more,
    }  # fmt: skip


def interpreter(folder: Path) -> Path:
    """Return a Python of this test's own with everything that is installed here."""
    place = folder / "venv"
    (place / "bin").mkdir(parents=True)
    shutil.copy(BIN.parent / "pyvenv.cfg", place / "pyvenv.cfg")
    (place / "lib").symlink_to(BIN.parent / "lib")
    python = place / "bin" / "python"
    python.symlink_to(Path(sys.executable).resolve())
    return python


@pytest.mark.parametrize("name", [*(pytest.param(one, marks=pytest.mark.deep) for one in GUARDS), "worker"])
def test_what_circus_gave_up_is_started_again_and_told(tmp_path: Path, make: Make, postbox: Postbox, name: str) -> None:
    python = interpreter(tmp_path)
    with make(circusd=(str(python), str(BIN / "circusd")), settings=mailing(postbox)) as circus:
        circus.beating()
        first = wait_until("the process", lambda: circus.pid(name)) or 0
        aside = python.with_name("aside")

        python.rename(aside)
        try:
            os.kill(first, signal.SIGKILL)
            wait_until("the end of it", lambda: circus.status().get(name) == "stopped")
        finally:
            aside.rename(python)

        wait_until("the next one", lambda: circus.pid(name) not in (None, first), 10)
        said = f"{name} could not be started"
        wait_until("the mail", lambda: any(said in postbox.text(number) for number in range(len(postbox.mails))), 45)


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_that_is_stopped_by_an_order_stays_off_and_is_told_with_who_did_it(
    make: Make, postbox: Postbox, name: str
) -> None:
    with make(settings=mailing(postbox)) as circus:
        circus.beating()
        wait_until("both guards", lambda: all(circus.pid(guard) for guard in GUARDS))

        circus.ctl("stop", name, "--waiting")

        wait_until("the mail", lambda: postbox.mails, 60)
        assert postbox.subjects() == ["[daybreak] A guard of the worker was stopped"]
        assert f"{name} was stopped by user " in postbox.text()
        assert "circusctl" in postbox.text()
        assert circus.status()[name] == "stopped"
        circus.ctl("start", name)
        wait_until("the guard", lambda: circus.pid(name))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_a_stop_by_another_user_of_this_machine_is_told_with_his_name(make: Make, postbox: Postbox) -> None:
    with make(settings=mailing(postbox)) as circus:
        circus.beating()
        # What another user could not even read is loaded before.
        code = (
            "import os\nfrom circus.client import CircusClient\nos.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\n"
            f"CircusClient(endpoint={circus.endpoint!r}, timeout=60).send_message('stop', name='worker', waiting=True)"
        )

        subprocess.run([sys.executable, "-c", code], check=True, timeout=120, cwd="/")

        wait_until("the mail", lambda: "[daybreak] The worker was stopped" in postbox.subjects(), 60)
        assert "user nobody (65534), pid " in postbox.text()
        assert "user nobody" in desired_state.read(circus.data).by
        assert circus.status()["worker"] == "stopped"
        wait_until("the sender's end", lambda: not circus.pids_of("worker.alerts.sender"), 60)


def test_a_stop_of_everything_at_once_is_told_although_nobody_is_left_to_tell_it(make: Make, postbox: Postbox) -> None:
    with make(settings=mailing(postbox)) as circus:
        circus.beating()
        wait_until("both guards", lambda: all(circus.pid(guard) for guard in GUARDS))

        circus.order("stop", name="*", match="glob", waiting=False)

        wait_until("the mails", lambda: "[daybreak] A guard of the worker was stopped" in postbox.subjects(), 60)
        wait_until("the sender's end", lambda: not circus.pids_of("worker.alerts.sender"), 60)
        assert desired_state.read(circus.data).by.startswith("circusctl stop worker (user ")
        assert circus.pid() is None


def test_an_end_of_the_whole_tree_by_the_control_port_is_told(make: Make, postbox: Postbox) -> None:
    with make(settings=mailing(postbox)) as circus:
        circus.beating()

        circus.call("quit")

        wait_until("the mail", lambda: postbox.mails, 60)
        assert "the whole tree was ended by user " in postbox.text()
        wait_until("circusd's end", lambda: circus.exit_code() is not None, 30)
        wait_until("the sender's end", lambda: not circus.processes(), 60)


def test_a_pause_is_told_and_tells_the_dead_man_service_and_prometheus(make: Make, postbox: Postbox) -> None:
    with dead_man() as service, make(settings=mailing(postbox, PING_URL=service.url)) as circus:
        first = circus.beating()
        now = datetime.now(ZoneInfo("Asia/Seoul"))
        until = now + timedelta(seconds=20)
        desired_state.write(circus.data, Intent(wanted=DesiredState.PAUSED, by="kim", since=now, until=until))

        circus.ctl("stop", "worker", "--waiting")

        wait_until("the mail", lambda: "[daybreak] The worker was stopped" in postbox.subjects(), 60)
        assert "paused until" in postbox.text()
        wait_until("the ping", lambda: service.heard)
        assert "paused until" in service.heard[0][2]
        gauge = circus.data / "metrics.prom"
        said = f"daybreak_paused_until_timestamp_seconds {int(until.timestamp())}"
        wait_until("the gauge", lambda: said in gauge.read_text())
        circus.beating(other_than=first, deadline=40)
        wait_until("the gauge", lambda: "daybreak_paused_until_timestamp_seconds 0.0" in gauge.read_text())


@pytest.mark.parametrize(
    "stopped",
    [
        pytest.param(["worker"], id="the worker", marks=pytest.mark.deep),
        pytest.param(["plugin:heartbeat"], id="a guard", marks=pytest.mark.deep),
        pytest.param(["worker", *GUARDS], id="all of it"),
    ],
)
def test_what_somebody_stopped_is_told_at_once_and_again_on_each_work_day_until_it_runs(
    tmp_path: Path, postbox: Postbox, stopped: list[str]
) -> None:
    titles = {WORKER_STOPPED if name == "worker" else GUARD_STOPPED for name in stopped}
    days = [morning() + timedelta(days=number) for number in range(4)]
    first, day_off, *others = (f"{day:%Y-%m-%d}" for day in days)

    def told(begin: str) -> int:
        """Return how many mails about these stops begin so."""
        return sum(one.startswith(f"[daybreak] {begin}") and one.endswith(tuple(titles)) for one in postbox.subjects())

    def is_sent() -> bool:
        """True when all that is due is sent: only then the sender says when it is due again."""
        due = office.data / child_process.DUE
        return due.exists() and child_process.overdue(office.data, office.now()) is None

    def look(day: datetime, at: str) -> None:
        """Let it be that time, until all that is due then is sent."""
        office.set_clock(datetime.combine(day, time.fromisoformat(at), day.tzinfo))
        wait_until(f"a look at {day:%d} {at}", is_sent, 60)

    office = WorkDay(tmp_path, postbox=postbox, at=days[0], recycle=f"{days[0] + timedelta(days=5):%a}".lower())
    office.write_ini(EXTRA_DAYS_OFF=day_off, EXTRA_DAYS_ON=", ".join([first, *others]))
    with office:
        office.beating()
        wait_until("both guards", lambda: all(office.pid(guard) for guard in GUARDS))
        for name in stopped:
            office.ctl("stop", name, "--waiting")
        wait_until("the first mails", lambda: told("") == len(titles), 60)

        for day, at, times in ((1, "08:00:05", 0), (2, "07:59:00", 0), (2, "08:00:05", 1), (3, "08:00:05", 2)):
            look(days[day], at)
            assert told("still: ") == times * len(titles)

        assert told("recovered") == 0
        for name in stopped:
            office.ctl("start", name)
        wait_until("the last mails", lambda: told("recovered") == len(titles), 60)
