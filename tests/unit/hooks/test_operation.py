"""Days and weeks of operation in seconds: loop, slots, recycle and heartbeat check on one simulated clock.

The loop, the ledger with its slots, and what both guards decide are the product's own; only time, the browser's work
and the killing of processes are simulated.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from hooks.guards.liveness import why_silent
from hooks.recycle import Act, Attempt, Options, is_fresh, missed, next_act
from tests.fakes import SEOUL, Plan
from tests.unit.schedule.test_loop import at
from worker.errors import AlreadyRunning
from worker.ledger.ledger import Ledger
from worker.runtime.heartbeat import CEILING, Heartbeat, Phase
from worker.runtime.locks import Lock
from worker.runtime.process_identity import Identity
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule import loop
from worker.schedule.calendar import Slot
from worker.schedule.loop import Outcome
from worker.schedule.missed_runs import Slots
from worker.schedule.past import past_of

#: A quiet wait is looked at so often (seconds); a week has 120,000 waits of 5 s.
LOOK_EVERY = 300.0


class Killed(Exception):
    """The worker was ended by a guard."""


class SimulatedStop(Stop):
    """Waits by letting the world's time pass."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self._world = world

    def wait(self, seconds: float) -> bool:
        if seconds > 0:
            self._world.wait(seconds)
        if self._world.now >= self._world.until:
            self.reason = "the simulation is over"
        return bool(self.reason)


class World:
    """One machine: a clock, one worker after the other, both guards."""

    def __init__(self, folder: Path, start: str, *, until: str, plan: Plan | None = None) -> None:
        self.now, self.until = at(start), at(until)
        self.plan = plan or Plan()
        self.ledger = Ledger(folder)
        self.ticks = 1000.0
        self.beats: list[tuple[datetime, Phase]] = []
        self.recycles: list[str] = []
        self.replaced: list[str] = []
        self.workers = 0
        #: From when on the worker hangs, and from when to when circusd starts nobody.
        self.hangs_at: datetime | None = None
        self.down: tuple[datetime, datetime] | None = None
        self._dates: tuple[str, ...] = ()
        self._attempt: Attempt | None = None
        self._worker: Identity | None = None
        self._since = 0.0
        self._beat: Heartbeat | None = None
        self._stop = SimulatedStop(self)

    def run(self) -> "World":
        """Let circusd start a worker again and again until the simulation is over."""
        while self.now < self.until:
            if self.is_down():
                self._pass(60)
            else:
                with suppress(Killed):
                    self._live()
            self._worker = self._beat = None
        return self

    def is_down(self) -> bool:
        return self.down is not None and self.down[0] <= self.now < self.down[1]

    def _live(self) -> None:
        self.workers += 1
        self._worker, self._since = Identity(pid=self.workers, started=self.workers, boot="b"), self.ticks
        self._stop = SimulatedStop(self)
        self.ledger.begin_generation()
        slots = Slots(self.ledger, self.plan, started=self.now)
        heart = SimulatedHeartbeatWriter(self)
        loop.run(
            stop=self._stop, heart=heart, now=lambda: self.now, plan=self.plan, past=lambda: past_of(self.ledger),
            run_cycle=lambda slot: self._cycle(slot, slots), idle=lambda: slots.keep(self.now), asked=lambda: None,
        )  # fmt: skip

    def _cycle(self, slot: Slot, slots: Slots) -> Outcome:
        past = past_of(self.ledger)
        slots.keep(self.now)
        if slot.only_if_stale and past.last_good and slot.at - past.last_good < timedelta(hours=48):
            slots.close(slot, Outcome.SKIPPED, now=self.now, why="read lately", cycle=None)
            return Outcome.SKIPPED
        number = self.ledger.begin_cycle(slot=slot.at, at=self.now)
        for step in (Phase.SIGNING_IN, Phase.READING, Phase.UPLOADING):
            self.beat(step, 65)
            self._pass(20)
        self.ledger.end_cycle(number, at=self.now, outcome="ran", why="", figures={})
        slots.close(slot, Outcome.RAN, now=self.now, why="", cycle=number)
        return Outcome.RAN

    def beat(self, phase: Phase, patience: float) -> None:
        assert self._worker is not None
        self.beats.append((self.now, phase))
        self._beat = Heartbeat(identity=self._worker, phase=phase, patience=patience, at=self.now, ticks=self.ticks)

    def wait(self, seconds: float) -> None:
        """Let a wait of the worker pass; a hung one never returns from it by itself."""
        if self.hangs_at is not None and self.now >= self.hangs_at:
            self.hangs_at = None
            while True:
                self._pass(1.0)
        quiet = self.now.second == 0 and self.now.minute % 5 == 0
        self._pass(max(seconds, min(LOOK_EVERY, self._until_next()) if quiet else 0))

    def _until_next(self) -> float:
        found = loop.next_start(self.now, self.plan, past_of(self.ledger))
        return max(0.0, (found[0] - self.now).total_seconds()) if found else LOOK_EVERY

    def _pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.ticks += seconds
        if self.is_down() and self._worker is not None:
            raise Killed
        if self._beat is not None and seconds >= LOOK_EVERY:
            self._beat = replace(self._beat, ticks=self.ticks)  # what was left out
        self._check_heartbeat()
        self._look_at_recycle()

    def _check_heartbeat(self) -> None:
        if self._worker is None:
            return
        why = why_silent(
            self._beat, running=self._worker, waited=self.ticks - self._since, ticks=self.ticks, ceiling=CEILING,
            first_beat=30,
        )  # fmt: skip
        if why is not None:
            self.replaced.append(f"{self.now:%a %H:%M:%S} {why}")
            raise Killed

    def _look_at_recycle(self) -> None:
        wanted = Options()
        if self._attempt is None:
            moment = missed(self.now, wanted, self._dates)
            if moment is None:
                return
            self._attempt = Attempt(since=self.ticks, due=moment)
        attempt = self._attempt
        fresh = self._worker is not None and is_fresh(attempt.due, self.now, self.ticks - self._since)
        own = self._beat if self._beat is not None and self._beat.identity == self._worker else None
        act = next_act(attempt, worker=self._worker, beat=own, fresh=fresh, ticks=self.ticks, wait=wanted.wait)
        if act is Act.ASK:
            self._attempt = replace(attempt, before=self._worker, asked=self.ticks, times=1)
            self._stop.reason = "SIGTERM"
        elif act in (Act.DONE, Act.NOT_NEEDED, Act.NO_WORKER):
            self._dates = (*self._dates, attempt.due.date().isoformat())
            self._attempt = None
            if act is Act.DONE:
                self.recycles.append(f"{attempt.due:%a %H:%M}")


class SimulatedHeartbeatWriter(HeartbeatWriter):
    """Beats into the world instead of a file."""

    def __init__(self, world: World) -> None:
        super().__init__(Path("/nowhere"), version="0", now=lambda: world.now, stop=Stop())
        self._world = world

    def beat(self, phase: Phase, *, patience: float, step: str = "") -> None:  # noqa: ARG002 - the loop gives none
        self._world.beat(phase, patience)


def slots(world: World) -> dict[str, Counter[str]]:
    """Return {day: how often which state} of all slots."""
    found: dict[str, Counter[str]] = {}
    for one in world.ledger.slots(at("2026-01-01 00:00"), at("2027-01-01 00:00")):
        why = f" ({one.why})" if one.state == "missed" else ""
        found.setdefault(f"{one.at.astimezone(SEOUL):%a %d}", Counter())[f"{one.state}{why}"] += 1
    return found


def test_operating_scenario_1_a_normal_day(folder: Path) -> None:
    world = World(folder, "2026-01-12 05:00", until="2026-01-13 06:05").run()

    assert world.recycles == ["Mon 05:55", "Tue 05:55"]
    assert world.replaced == []
    starts = [f"{when:%a %H:%M}" for when, phase in world.beats if phase is Phase.SIGNING_IN]
    assert starts[0] == "Mon 06:00"
    assert starts[-2:] == ["Mon 17:30", "Tue 06:00"]
    assert slots(world) == {"Mon 12": {"ran": 24}, "Tue 13": {"ran": 1}}
    times = [when for when, _ in world.beats]
    assert max(later - earlier for earlier, later in pairwise(times)) <= timedelta(minutes=10)
    standby = {phase for when, phase in world.beats if at("2026-01-12 18:00") <= when < at("2026-01-13 05:55")}
    assert standby == {Phase.WAITING}


def test_operating_scenario_2_a_double_start(tmp_path: Path) -> None:
    first = Lock(tmp_path / "runtime.lock", version="0")
    second = Lock(tmp_path / "runtime.lock", version="0")
    with first, pytest.raises(AlreadyRunning, match="another worker"):
        second.__enter__()

    with Lock(tmp_path / "runtime.lock", version="0"):
        """The first one has ended: the lock is free again."""


def test_operating_scenario_3_a_frozen_worker_is_found_and_replaced(folder: Path) -> None:
    world = World(folder, "2026-01-12 05:00", until="2026-01-12 19:00")
    world.hangs_at = at("2026-01-12 10:05")

    world.run()

    [found] = world.replaced
    assert found.startswith("Mon 10:05:")
    assert "silent for 11 s while waiting" in found
    assert slots(world) == {"Mon 12": {"ran": 24}}


def test_operating_scenario_4_a_date_change_with_a_failed_restart_is_made_good_at_0555(folder: Path) -> None:
    world = World(folder, "2026-01-12 17:00", until="2026-01-13 07:10")
    world.down = (at("2026-01-12 23:50"), at("2026-01-13 00:20"))

    world.run()

    assert world.recycles == ["Tue 05:55"]
    assert slots(world) == {"Mon 12": {"ran": 2}, "Tue 13": {"ran": 3}}


def test_a_recycle_that_fell_into_an_outage_is_made_up_by_the_start_itself(folder: Path) -> None:
    world = World(folder, "2026-01-12 17:00", until="2026-01-13 07:10")
    world.down = (at("2026-01-13 05:30"), at("2026-01-13 06:40"))

    world.run()

    assert world.recycles == []
    assert world.workers == 2
    assert slots(world) == {"Mon 12": {"ran": 2}, "Tue 13": {"missed (down)": 1, "ran": 2}}


def test_a_simulated_week_has_136_slots_and_seven_recycles(folder: Path) -> None:
    world = World(folder, "2026-01-12 00:00", until="2026-01-19 00:00").run()

    days = ("Mon 12", "Tue 13", "Wed 14", "Thu 15", "Fri 16")
    assert slots(world) == {**{day: {"ran": 24} for day in days}, "Sat 17": {"ran": 16}, "Sun 18": {"skipped": 1}}
    assert world.recycles == [f"{day[:3]} 05:55" for day in (*days, "Sat 17", "Sun 18")]
    assert world.replaced == []
    assert world.ledger.alarms() == []


def test_a_simulated_week_of_the_lunar_new_year_is_read_at_noon(folder: Path) -> None:
    world = World(folder, "2026-02-14 00:00", until="2026-02-20 00:00").run()

    assert slots(world) == {
        "Sat 14": {"ran": 16},
        "Sun 15": {"skipped": 1},
        "Mon 16": {"skipped": 1},
        "Tue 17": {"ran": 1},
        "Wed 18": {"skipped": 1},
        "Thu 19": {"ran": 24},
    }
    assert len(world.recycles) == 6
