"""The tree of this folder as an upgrade ends, starts and verifies it: run by hand, by systemd, or not at all."""

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import psutil

from worker.control import control
from worker.errors import DaybreakError
from worker.runtime import desired_state, heartbeat, installation, reaper
from worker.runtime.heartbeat import AT_REST, now_ticks
from worker.runtime.kernel import die_with_parent
from worker.runtime.process_identity import Identity

#: Longest wait for a cycle under way, before the tree is asked to end all the same (seconds).
TO_REST = 600.0

#: From the start of a tree to the first beat of its worker: its set-up looks whether all is there (seconds).
TO_BEAT = 120.0

#: Tries of a cycle without a save: the ERP may have a bad minute.
TRIES = 2

LOOK_EVERY = 0.1

#: In the environment of a tree that an upgrade has started in the background: which folder's.
STARTED = "DAYBREAK_UPGRADE"


def ending_with_us() -> Callable[[], None]:
    """Return what a child does before it becomes its program: have the kernel kill it when this process ends.

    Else it would go on after an upgrade was killed, and write into what is put back meanwhile.
    """
    return partial(die_with_parent, signal.SIGKILL, parent=os.getpid())


class NotVerified(DaybreakError):
    """What was started does not do what it must. The text says what is missing."""


class Running:
    """The tree of one folder and its data."""

    def __init__(self, project: Path, data: Path, *, say: Callable[[str], None]) -> None:
        self._project = project
        self._data = data
        self._say = say

    def how(self) -> str:
        """Return `by hand`, `systemctl … UNIT`, or "" while no circusd runs."""
        circusd = control.find_circusd(self._data)
        if circusd is None:
            return ""
        unit = control.service_of(circusd.pid)
        return f"systemctl {control.scope(circusd.pid)}start {unit}" if unit else "by hand"

    def rest(self) -> None:
        """Wait until the worker stands between two cycles; one that beats no more is not waited for."""
        end = time.monotonic() + TO_REST
        while time.monotonic() < end:
            beat = heartbeat.read(self._data / "heartbeat.txt")
            if beat is None or reaper.is_gone(beat.identity) or beat.phase in AT_REST or beat.is_broken(now_ticks()):
                return
            time.sleep(LOOK_EVERY)

    def stop(self, how: str) -> None:
        """End the whole tree; a batch that was sent is finished first.

        A tree that a killed upgrade was still starting is no tree yet: it has posted nothing, and is killed.
        """
        self._end_starts()
        circusd = control.find_circusd(self._data)
        if how.startswith("systemctl") and circusd is not None and control.service_of(circusd.pid):
            self._systemctl(how.replace("start ", "stop "))
        control.stop(self._data)
        reaper.end(self._started())

    def _end_starts(self) -> None:
        """Kill every ./scripts/start that an upgrade has left, before it becomes circusd."""
        script = os.fsencode(self._project / "scripts" / "start")
        while left := [one for one in self._started() if script in reaper.command_line(one.pid)]:
            reaper.end(left, within=1)
            time.sleep(LOOK_EVERY)

    def _started(self) -> list[Identity]:
        """Return what runs of the trees that upgrades of this folder have started; nothing that we stand under."""
        ours = {os.getpid(), *(one.pid for one in psutil.Process().parents())}
        pids = {int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()} - ours
        theirs = [pid for pid in pids if reaper.marks_of(pid).get(STARTED) == str(self._project)]
        return [one for pid in theirs if (one := Identity.of(pid)) and not reaper.is_gone(one)]

    def start(self, how: str) -> None:
        """Start the tree, by its service or in the background, with what ./scripts/start sets up."""
        if how.startswith("systemctl"):
            self._systemctl(how)
            return
        log = self._project / "var" / "upgrade.log"
        with log.open("ab") as file:
            started = subprocess.Popen(
                [str(self._project / "scripts" / "start")],
                cwd=self._project,
                env={**installation.clean(os.environ), STARTED: str(self._project)},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        end = time.monotonic() + TO_BEAT
        while not self.how():
            if started.poll() is not None or time.monotonic() > end:
                raise NotVerified(f"starting the tree: it did not come up. The end of {log} says why")
            time.sleep(LOOK_EVERY)

    def set_up(self) -> None:
        """Bring the environment up to what the folder's code wants."""
        self._noise([str(self._project / "scripts" / "start"), "--setup-only"], "setting up the new version")

    def verify(self, expected: str) -> None:
        """Wait for the first beat of that version, then run a cycle without a save. Raises NotVerified.

        While the operator wants no worker there is no beat to wait for: the cycle is run all the same, beside the tree.
        """
        wanted = not desired_state.read(self._data).forbids(datetime.now().astimezone())
        if wanted:
            self._await_beat(expected, now_ticks())
        for left in reversed(range(TRIES)):
            done = self._daybreak("once", "--test")
            if done.returncode == 0:
                break
            if left == 0:
                raise NotVerified(f"a cycle without a save fails: {(done.stdout + done.stderr).strip()}")
        found = json.loads(self._daybreak("status", "--json").stdout or "{}")
        if wanted and found.get("health") not in ("healthy", "degraded"):
            raise NotVerified(f"daybreak status: {'; '.join(found.get('problems', ['no answer']))}")

    def _await_beat(self, expected: str, began: float) -> None:
        end = time.monotonic() + TO_BEAT
        seen = "none"
        while time.monotonic() < end:
            beat = heartbeat.read(self._data / "heartbeat.txt")
            if beat is not None and not reaper.is_gone(beat.identity):
                seen = f"one of {beat.version}"
                if beat.version == expected and not beat.is_broken(now_ticks()):
                    return
            time.sleep(LOOK_EVERY)
        raise NotVerified(
            f"waited {now_ticks() - began:.0f} s for the first beat of {expected}, there was {seen}. "
            f"See {self._project / 'var' / 'upgrade.log'} and the worker's log"
        )

    def _daybreak(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self._project / ".venv" / "bin" / "daybreak"), *words],
            cwd=self._project,
            env=installation.clean(os.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
            preexec_fn=ending_with_us(),
        )

    def _systemctl(self, command: str) -> None:
        is_theirs = "--user" in command or os.geteuid() == 0
        self._noise([*([] if is_theirs else ["sudo", "-n"]), *shlex.split(command)], command)

    def _noise(self, command: list[str], doing: str) -> None:
        done = subprocess.run(
            command,
            cwd=self._project,
            env=installation.clean(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=ending_with_us(),
        )
        with (self._project / "var" / "upgrade.log").open("a", encoding="utf-8") as file:
            file.write(f"{done.stdout}{done.stderr}")
        if done.returncode != 0:
            raise NotVerified(f"{doing}: {(done.stderr or done.stdout).strip()[-600:]}")
