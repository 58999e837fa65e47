"""A guard that was stopped counts as stopped from that moment on, though its last promise holds for seconds more."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hooks.arbiter.stops import Stops
from worker.admin.backup import Backups
from worker.app import keeping
from worker.app.job import Job
from worker.config import loading
from worker.runtime import stopped_watchers
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.locks import Lock
from worker.runtime.process_identity import Identity
from worker.runtime.stop import HeartbeatWriter, Stop

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


class Office:
    """A worker's job beside two guards that beat, and the alarm that one of them was stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stops = Stops(folder, UTC)
        for name in ("heartbeat", "recycle"):
            self.beat(name, Identity.own())
        chosen = loading.load({"DATA_DIR": str(folder)})
        heart = HeartbeatWriter(folder / "heartbeat.txt", version="test", now=chosen.now, stop=Stop())
        self.job = Job(chosen, heart=heart, lock=Lock(folder / "runtime.lock", version="test"))
        self.ledger = self.job.open_ledger()
        self.ledger.raise_alarm("guard stopped", "plugin:heartbeat was stopped by kim", at=NOW)

    def beat(self, name: str, identity: Identity) -> None:
        """Let a guard promise its next beat within a minute."""
        beat = Heartbeat(identity=identity, phase=Phase.WAITING, patience=60, at=NOW, ticks=now_ticks())
        (self.folder / "guards").mkdir(exist_ok=True)
        beat.write(self.folder / "guards" / f"{name}.txt")

    def told(self) -> list[str]:
        """Return the causes of which people are told, after the worker's next look."""
        self.job.chores()
        return [one.cause for one in self.ledger.alarms()]


@pytest.fixture
def office(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(keeping, "STOPS_EVERY", 0.0)
    monkeypatch.setattr(Backups, "look", lambda *_, **__: None)
    found = Office(folder)
    yield found
    found.job.close()


def test_the_alarm_about_a_guard_that_was_stopped_lasts_until_it_is_started(office: Office) -> None:
    office.stops.stopped("plugin:heartbeat", "kim")
    while_stopped = office.told()
    office.stops.started("plugin:heartbeat")

    assert while_stopped == ["guard stopped"]
    assert office.told() == []


def test_a_guard_that_has_ended_keeps_no_promise(office: Office) -> None:
    office.beat("heartbeat", replace(Identity.own(), started=1))

    assert office.told() == ["guard stopped"]


def test_a_demo_that_was_stopped_is_no_guard(office: Office) -> None:
    office.stops.stopped("demo-erp", "kim")

    assert office.told() == []


@pytest.mark.parametrize("text", ["", "7", '["x', "[[]]", "null"])
def test_a_damaged_file_names_nothing(folder: Path, text: str) -> None:
    path = stopped_watchers.path_in(folder)
    path.parent.mkdir()
    path.write_text(text)

    assert stopped_watchers.read(folder) == frozenset()
