"""A real tree in which something is not done is never plainly healthy, whatever still beats."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.postbox import Postbox
from tests.rig import PROJECT, Circusd, wait_until
from tests.supervision.test_faults import small_disk
from tests.supervision.test_settings import status
from tests.supervision.test_verbs import daybreak
from tests.supervision.work_day import WorkDay, morning
from worker.ledger.ledger import Ledger
from worker.runtime import desired_state, heartbeat
from worker.schedule.loop import Outcome

Make = Callable[..., Circusd]


def test_a_demo_whose_port_another_program_has_is_a_problem(tmp_path: Path) -> None:
    knobs = json.dumps({"delays": 0, "arrivals_per_min": 0})
    circus = Circusd(tmp_path, demo=True, settings={"DEMO_KNOBS": knobs})
    with socket.create_server(("127.0.0.1", circus.demo_port)), circus:
        circus.beating(deadline=30)

        def problem() -> str:
            code, problems = status(circus)
            assert code != 0
            return next((one for one in problems if "does not listen" in one), "")

        said = wait_until("the problem", problem, 60)

    assert said.startswith(f"the demo ERP does not listen on port {circus.demo_port}")


def test_in_test_mode_what_waits_is_named_and_nothing_is_posted(tmp_path: Path) -> None:
    with Postbox() as postbox:
        office = WorkDay(tmp_path, postbox=postbox, at=morning())
        office.write_ini(MODE="test")
        with office:
            office.beating()
            wait_until("a good cycle", (office.data / "last_success").exists, 90)

            code, problems = status(office)

            assert code != 0
            assert "MODE is test: 5 payments wait, and nothing is posted until MODE = production" in problems
            assert office.erp("/slips") == []


@pytest.mark.parametrize(
    ("since", "until"),
    [
        pytest.param(timedelta(), timedelta(days=90), id="too long"),
        pytest.param(timedelta(days=2), timedelta(days=2, hours=1), id="begins ahead"),
    ],
)
def test_a_pause_that_nobody_can_have_asked_for_stops_no_worker(make: Make, since: timedelta, until: timedelta) -> None:
    now = datetime.now(UTC)
    wish = {"wanted": "paused", "by": "?", "since": (now + since).isoformat(), "until": (now + until).isoformat()}
    with make() as circus:
        first = circus.beating()
        desired_state.path_in(circus.data).write_text(json.dumps(wish), encoding="utf-8")

        circus.ctl("restart", "worker")

        assert circus.beating(other_than=first, deadline=30)


def test_a_beat_types_out_as_a_page_without_blank_lines(make: Make) -> None:
    with make() as circus:
        circus.beating()

        texts = {(circus.data / "heartbeat.txt").read_bytes() for _ in range(20)}

        assert {len(text) for text in texts} == {heartbeat.SIZE}
        assert not [text for text in texts if b"\n\n" in text or not text.endswith(b"\n")]


@pytest.mark.parametrize("words", [("-m", "worker"), ("-m", "worker.cli", "status"), ("-m", "worker.cli", "once")])
def test_a_folder_that_takes_no_write_is_said_in_a_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    small_disk(tmp_path / "var", "size=1m,ro")
    try:
        circus = Circusd(tmp_path, command=None)
        circus.write_ini()
        environment = {"DAYBREAK_INI": str(circus.ini), "PATH": os.defpath, "LC_ALL": "C.UTF-8"}

        done = subprocess.run(
            [sys.executable, *words], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120
        )

        assert done.returncode != 0
        assert "Traceback" not in done.stdout + done.stderr
        assert (done.stdout + done.stderr).strip()
    finally:
        subprocess.run(["umount", "-l", str(tmp_path / "var")], capture_output=True)


@pytest.mark.deep
def test_a_payers_name_that_holds_an_escape_changes_no_terminal_and_a_demo_that_is_off_is_no_failed_cycle(
    tmp_path: Path,
) -> None:
    knobs = json.dumps({"delays": 0, "arrivals_per_min": 0})
    with Circusd(tmp_path, demo=True, command=None, settings={"DEMO_PAYMENTS": "3", "DEMO_KNOBS": knobs}) as circus:
        circus.beating()
        wait_until("all deposits", lambda: len(circus.erp("/slips")) == 3, 120)
        payer = "새봄\x1b[2J\x1b]0;x\x07유통"
        circus.erp("/payments", [{"payer": payer, "amount": 12300, "status": "취소", "approval_no": "99999999"}])

        assert daybreak(circus, "once").returncode == 0
        done = daybreak(circus, "resolve")

        assert "12,300" in done.stdout
        assert "\x1b" not in done.stdout
        assert "\x07" not in done.stdout

        circus.stop()
        done = daybreak(circus, "once")

        assert done.returncode != 0
        assert "demo" in done.stdout + done.stderr
        with Ledger(circus.data, create=False) as ledger:
            assert ledger.last_cycles(100, outcome=Outcome.FAILED) == []


@pytest.mark.deep
def test_after_a_restore_the_look_ups_that_are_to_come_are_no_failures_and_nothing_is_posted_twice(
    tmp_path: Path,
) -> None:
    with Postbox() as postbox, WorkDay(tmp_path, postbox=postbox, at=morning()) as office:
        office.beating()
        wait_until("all deposits", lambda: len(office.erp("/slips")) == 5, 120)
        backup = tmp_path / "kept.db"
        assert daybreak(office, "backup", str(backup)).returncode == 0
        office.erp("/payments", [{"payer": "새봄유통", "amount": 9900, "status": "승인", "approval_no": "77777777"}])
        office.skip_to_next_cycle()
        wait_until("one deposit more", lambda: len(office.erp("/slips")) == 6, 120)
        office.ctl("stop", "worker", "--waiting")
        wait_until("the worker's end", lambda: office.pid() is None, 60)
        postbox.mails.clear()

        done = daybreak(office, "restore", str(backup), "--by", "a test", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        before = office.cycles(Outcome.RAN)
        office.ctl("start", "worker")
        office.beating(deadline=60)

        wait_until("a whole cycle after the look-ups", lambda: office.cycles(Outcome.RAN) > before, 240)
        assert len(office.erp("/slips")) == 6
        assert office.cycles(Outcome.FAILED) == 0
        assert not [one for one in postbox.subjects() if "can't be posted" in one]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
@pytest.mark.parametrize("closed", ["var", "."], ids=["var", "the whole folder"])
def test_another_user_of_this_machine_is_told_that_he_can_not_look_and_who_can(make: Make, closed: str) -> None:
    with make() as circus:
        worker = circus.beating()
        # A data folder is 0700 by itself; the folders of a test are, too.
        for folder in (circus.folder, *circus.folder.parents):
            if folder.name.startswith("pytest-") or folder == circus.folder:
                folder.chmod(0o755)
        (circus.folder / closed).chmod(0o700)
        # What another user could not even read is loaded before.
        code = (
            "import os\nfrom worker.cli import commands\nfrom worker.status.look import look\nlook()\n"
            "os.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\ncommands.main()"
        )
        environment = {"DAYBREAK_INI": str(circus.ini), "PATH": os.defpath, "LC_ALL": "C.UTF-8"}

        for words in (["status"], ["status", "--json"]):
            done = subprocess.run(
                [sys.executable, "-c", code, *words],
                cwd="/", env=environment, capture_output=True, text=True, timeout=120,
            )  # fmt: skip

            assert done.returncode == 2
            assert done.stderr == ""
            assert f"{circus.data} can't be read by this user" in done.stdout
            assert "sudo -u root daybreak status" in done.stdout
            for untrue in ("no worker runs", "nothing runs", "does not beat", "settings are wrong", "Start it"):
                assert untrue not in done.stdout
        assert circus.pid() == worker
