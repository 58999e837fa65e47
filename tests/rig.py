"""A real circusd for tests: its own data folder and free ports, and nothing of it left at the end."""

import configparser
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from types import TracebackType
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from circus.client import CircusClient
from circus.exc import CallError

from worker.runtime import heartbeat, witness
from worker.runtime.heartbeat import Heartbeat
from worker.runtime.process_identity import Identity

T = TypeVar("T")

# Under nohup a closed terminal would mean nothing, here and in all that is started from here.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

#: In the environment of everything a rig starts; finds it again, wherever it went.
RIG = "DAYBREAK_TEST_RIG"

#: The first port that a test may take; not those of a tree with the default settings.
LEAST_PORT = 10_000

#: Not the one that a test may seed: five run at a time.
_CHANCE = SystemRandom()

#: Ports that this process has given away.
_GIVEN: set[int] = set()


class TooLate(AssertionError):
    """What a test waited for did not become true in time."""


#: Seconds in which a tree ends: its worker may finish a batch that it has sent, for 75.
ENDED_WITHIN = 85.0

#: Seconds between two looks of a waiting test, at least and at most.
LEAST_PAUSE, MOST_PAUSE = 0.02, 0.25

#: A waiting test rests so many times as long as a look took: looks at the ledger, at circusd or at all processes would
#: otherwise take the processor from what is waited for.
REST = 5.0

#: What five tests at a time keep ready to run, a processor.
USUAL_LOAD = 4.0

#: A deadline grows no further: a fault that keeps the processors busy would else put off its own end, and what comes
#: too late would come in time.
MOST_SLOW = 3.0

#: What circusd answers while it carries out another command.
BUSY = "arbiter is already running"


def wait_until(what: str, condition: Callable[[], T], deadline: float = 30.0) -> T:
    """Return the condition's first true answer. Raises TooLate, naming `what`, after `deadline` seconds.

    On a machine that has more to do than a run of the tests, the deadline is as much later: up to three times.
    """
    began = time.monotonic()
    while True:
        asked = time.monotonic()
        answer = condition()
        if answer:
            return answer
        now = time.monotonic()
        if now - began > deadline * slowness():
            raise TooLate(f"waited {now - began:.0f} s for {what}; the last answer was {answer!r}")
        time.sleep(min(max(LEAST_PAUSE, REST * (now - asked)), MOST_PAUSE))


def slowness() -> float:
    """Return how many times as long as in a run of the tests alone everything takes now; 1 where nothing else runs."""
    return min(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / USUAL_LOAD), MOST_SLOW)


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nobody has, none twice, none of those that the kernel gives to clients.

    So nobody takes one between two circusds, or before the first one has it: tests that run side by side have ports of
    their own (pytest-xdist numbers its processes in their environment).
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    side_by_side = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            port = _CHANCE.randrange(LEAST_PORT + number, max(first_of_clients, LEAST_PORT + 1000), side_by_side)
            if port in _GIVEN:
                continue
            one = held.enter_context(socket.socket())
            with suppress(OSError):
                one.bind(("127.0.0.1", port))
                _GIVEN.add(port)
                found.append(port)
    return found


def is_listening(port: int) -> bool:
    """True while somebody accepts connections on this port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment_of(pid: int) -> dict[str, str]:
    """Return a process's environment as it was given, or nothing if it can't be read."""
    with suppress(OSError):
        pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return dict(os.fsdecode(pair).split("=", 1) for pair in pairs if b"=" in pair)
    return {}


def state_of(pid: int) -> str:
    """Return the state letter of a process (R, S, T, Z …), or "" if it is gone."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    return ""


def is_running(pid: int) -> bool:
    """True while this process is there; one that only waits for its parent to notice has ended."""
    return state_of(pid) not in ("", "Z", "X")


class Circusd:
    """Runs `circusd circus.ini` on a copy of the project's own, until the end of the `with` block.

    `settings` go to [env:worker], `sections` to any section ({section: {key: value}}; None takes it out), and
    `command` is what runs as the worker. The demo and the office's page run only where they are asked for. At the end
    circusd is asked to stop; what it leaves is killed by pid and fails the test.
    """

    def __init__(
        self,
        folder: Path,
        *,
        command: str | None = None,
        settings: Mapping[str, str] | None = None,
        sections: Mapping[str, Mapping[str, str] | None] | None = None,
        environment: Mapping[str, str] | None = None,
        circusd: tuple[str, ...] | None = None,
        demo: bool = False,
        page: bool = False,
    ) -> None:
        self.folder = folder
        self.data = folder / "var"
        self.id = uuid.uuid4().hex
        self.control_port, self.pubsub_port, self.demo_port, self.demo_control_port, self.page_port = free_ports(5)
        self.endpoint = f"tcp://127.0.0.1:{self.control_port}"
        self.ini = folder / "circus.ini"
        self._command = circusd or (str(BIN / "circusd"),)
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._terminal = folder / f"terminal.{self.id}"
        self._sections = self._plan(command, settings or {}, sections or {}, demo, page)
        #: Of everything that may stay behind on purpose when the block ends.
        self.may_stay = False

    def _plan(
        self,
        command: str | None,
        settings: Mapping[str, str],
        sections: Mapping[str, Mapping[str, str] | None],
        demo: bool,
        page: bool,
    ) -> dict[str, dict[str, str]]:
        found = project_ini()
        found["circus"].update(endpoint=self.endpoint, pubsub_endpoint=f"tcp://127.0.0.1:{self.pubsub_port}")
        # A machine whose clock is set while a test runs must not cost it a minute.
        found["env:worker"].update(
            DATA_DIR="var",
            DEMO_PORT=str(self.demo_port),
            DEMO_CONTROL_PORT=str(self.demo_control_port),
            CONSOLE_PORT=str(self.page_port),
            SETTLE_S="1",
        )
        found["env:worker"].update(settings)
        found["plugin:heartbeat"]["every"] = "0.2"
        if command is not None:
            found["watcher:worker"]["cmd"] = command
        if not demo:
            del found["watcher:demo-erp"]
        if not page:
            del found["watcher:console"]
        for name, values in sections.items():
            if values is None:
                found.pop(name, None)
            else:
                found.setdefault(name, {}).update(values)
        return found

    # --- life

    def __enter__(self) -> Self:
        self.write_ini()
        self.start()
        return self

    def write_ini(self, **settings: str) -> None:
        """Write circus.ini, with these settings changed in [env:worker]."""
        self._sections["env:worker"].update(settings)
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = []
        for name, values in self._sections.items():
            lines.append(f"[{name}]")
            lines.extend(f"{key} = {value}" for key, value in values.items())
        self.ini.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def tell(self, *orders: str) -> None:
        """Tell the stand-in what to do from now on; a later call replaces an earlier one."""
        self.data.mkdir(parents=True, exist_ok=True)
        draft = self.data / ".told"
        draft.write_text("\n".join(orders) + "\n", encoding="utf-8")
        draft.replace(self.data / "told")

    def start(self) -> None:
        """Start circusd and wait until it answers."""
        self.launch()
        wait_until("circusd's first answer", lambda: self.status() or self._ended(), 20)
        if self._ended():
            raise AssertionError(f"circusd ended at once:\n{self.log}")

    def launch(self, command: tuple[str, ...] = ()) -> None:
        """Start circusd, by a command of its own if there is one; do not wait."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DAYBREAK_")}
        # As an operator without an activated environment: the interpreter must be found all the same.
        environment["PATH"] = os.defpath
        # The hooks and guards that only tests have are not installed with the project.
        environment["PYTHONPATH"] = str(PROJECT)
        environment[RIG] = self.id
        # Of its own, and in none of the folders that a test takes back.
        environment[witness.VARIABLE] = str(self.folder / "state")
        environment.update(self._environment)
        with self._terminal.open("ab") as terminal:
            self._process = subprocess.Popen(
                command or [*self._command, str(self.ini)],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(f"--- circusd\n{self.log[-6000:]}\n--- guards\n{self.guards_log[-6000:]}")
        try:
            self.stop()
        finally:
            left = self.processes()
            for identity in left:
                identity.signal(signal.SIGKILL)
            if self._process is not None:
                self._process.wait(5)
        if error is None and left and not self.may_stay:
            raise AssertionError(f"left behind: {[one.pid for one in left]}\n{self.log[-6000:]}")

    def stop(self, number: int = signal.SIGTERM, deadline: float = ENDED_WITHIN) -> None:
        """Ask circusd to end and wait for it. Raises TooLate, after killing it, if it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(deadline * slowness())
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
            raise TooLate(f"circusd did not end {deadline:g} s after signal {number}\n{self.log[-6000:]}") from None

    def kill(self) -> None:
        """Kill circusd alone, as a crash of it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(5)

    # --- what is true

    @property
    def circusd_pid(self) -> int:
        """Return circusd's pid."""
        assert self._process is not None
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send circusd a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def exit_code(self) -> int | None:
        """Return circusd's exit code, or None while it runs."""
        assert self._process is not None
        return self._process.poll()

    def call(self, command: str, timeout: float = 15.0, **properties: object) -> dict[str, Any]:
        """Return circusd's answer to a command, an error's included; {} when there is none in time (seconds)."""
        client = CircusClient(endpoint=self.endpoint, timeout=timeout)
        try:
            answer: dict[str, Any] = client.send_message(command, **properties)
            return answer
        except CallError:
            return {}
        finally:
            client.stop()

    def order(self, command: str, **properties: Any) -> None:
        """Have circusd carry out a command; while it is at another one, such as its own start, ask again.

        Raises TooLate without an answer, AssertionError for a refusal: what was not carried out must fail here, and
        not where it is missed.
        """

        def answered() -> dict[str, Any]:
            answer = self.call(command, **properties)
            return {} if BUSY in answer.get("reason", "") else answer

        answer = wait_until(command, answered, 30)
        assert answer.get("status") == "ok", f"{command} {properties}: {answer}"

    def ctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run circusctl as an operator does, who asks again while circusd is at another command."""

        def answered() -> subprocess.CompletedProcess[str] | None:
            answer = subprocess.run(
                [str(BIN / "circusctl"), "--endpoint", self.endpoint, "--timeout", "30", *arguments],
                capture_output=True,
                text=True,
                timeout=120,
            )
            return None if BUSY in answer.stdout + answer.stderr else answer

        answer = wait_until("circusctl " + " ".join(arguments), answered, 60)
        assert answer is not None
        return answer

    def status(self) -> dict[str, str]:
        """Return {watcher: state} as circusd says, or {} while it does not answer."""
        statuses: dict[str, str] = self.call("status", timeout=1.0).get("statuses", {})
        return statuses

    def pid(self, name: str = "worker") -> int | None:
        """Return the pid that circusd runs under this name now, or None."""
        pids: list[int] = self.call("list", name=name).get("pids", [])
        return pids[0] if pids else None

    def beat(self) -> Heartbeat | None:
        """Return the newest beat in the data folder."""
        return heartbeat.read(self.data / "heartbeat.txt")

    def beating(self, *, other_than: int | None = None, deadline: float = 30.0) -> int:
        """Return the pid of the worker that circusd runs, once its own beat is there."""

        def found() -> int | None:
            beat, pid = self.beat(), self.pid()
            return pid if beat and beat.identity.pid == pid and pid != other_than else None

        what = "a worker's first beat" if other_than is None else f"a beat of a worker other than pid {other_than}"
        return wait_until(what, found, deadline) or 0

    def erp(self, path: str, body: object = None) -> Any:
        """Return what the demo ERP's control API answers; with a body, after posting it."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.demo_control_port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def processes(self) -> list[Identity]:
        """Return everything that runs with this rig's id in its environment, zombies left out."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and environment_of(int(entry.name)).get(RIG) == self.id:
                identity = Identity.of(int(entry.name))
                if identity is not None and state_of(identity.pid) not in ("Z", "X", ""):
                    found.append(identity)
        return found

    def pids_of(self, *words: str) -> list[int]:
        """Return the pids of this rig's processes whose command line holds all these words."""
        found = []
        for identity in self.processes():
            with suppress(OSError):
                line = Path(f"/proc/{identity.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if all(word in line for word in words):
                    found.append(identity.pid)
        return found

    @property
    def log(self) -> str:
        """Return what circusd wrote on its terminal."""
        with suppress(OSError):
            return self._terminal.read_text(encoding="utf-8", errors="replace")
        return ""

    def daily_log(self, name: str) -> str:
        """Return today's and yesterday's $DATA_DIR/logs/NAME_YYYYMMDD.log."""
        texts = [path.read_text(encoding="utf-8") for path in sorted((self.data / "logs").glob(f"{name}_*.log"))]
        return "".join(texts[-2:])

    @property
    def guards_log(self) -> str:
        """Return what the guards wrote."""
        return self.daily_log("guards")


def project_ini() -> dict[str, dict[str, str]]:
    """Return the project's circus.ini without the local.ini of the checkout that the tests run in."""
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#", ";"))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((PROJECT / "circus.ini").read_text(encoding="utf-8"))
    return {name: dict(parser.items(name)) for name in parser.sections()}


def today(zone: str = "Asia/Seoul") -> str:
    """Return today's date in a zone, as in the names of log files."""
    return f"{datetime.now(ZoneInfo(zone)):%Y%m%d}"
