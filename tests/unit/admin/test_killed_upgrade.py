"""What an upgrade leaves when it is killed: nothing that goes on alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.rig import is_running, wait_until
from worker.admin.tree import STARTED, Running

PARENT = """
import subprocess, time
from worker.admin.tree import ending_with_us
child = subprocess.Popen(["sleep", "60"], preexec_fn=ending_with_us())
print(child.pid, flush=True)
time.sleep(60)
"""


def test_what_an_upgrade_runs_ends_with_it() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as upgrade:
        assert upgrade.stdout is not None
        child = int(upgrade.stdout.readline())
        assert is_running(child)

        upgrade.kill()

        wait_until("the child's end", lambda: not is_running(child), 10)


def test_a_tree_that_a_killed_upgrade_was_starting_is_ended(tmp_path: Path) -> None:
    script = tmp_path / "scripts" / "start"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\ntrap '' TERM\nsleep 60 &\necho begun\nwait\n", encoding="ascii")
    script.chmod(0o755)
    theirs = {**os.environ, STARTED: f"{tmp_path} but another"}
    with (
        subprocess.Popen(
            [str(script)], env={**os.environ, STARTED: str(tmp_path)}, stdout=subprocess.PIPE, text=True
        ) as left,
        subprocess.Popen(["sleep", "60"], env=theirs) as other,
    ):
        try:
            assert left.stdout is not None
            assert left.stdout.readline() == "begun\n"

            Running(tmp_path, tmp_path / "var", say=lambda _: None).stop("by hand")

            assert left.wait(5) == -signal.SIGKILL
            assert other.poll() is None
        finally:
            left.kill()
            other.kill()
