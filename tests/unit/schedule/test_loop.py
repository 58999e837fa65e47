"""The loop that never ends: when the next cycle starts, what a wait is interrupted by, and whole weeks of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.fakes import BOOKS, SEOUL, FakeClock, Plan, quick_folder
from worker.config.day_overrides import DayOverride
from worker.ledger.ledger import Ledger
from worker.runtime.heartbeat import Phase
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule import loop
from worker.schedule.calendar import Slot
from worker.schedule.loop import Outcome, Past, next_start
from worker.schedule.past import past_of


def at(text: str, zone: ZoneInfo = SEOUL) -> datetime:
    """Return a local time such as `2026-01-12 06:00`, a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def starts(now: str, past: Past, plan: Plan | None = None) -> str:
    """Return when the next cycle starts, and for which slot."""
    found = next_start(at(now), plan or Plan(), past)
    return f"{found[0]:%a %H:%M} for {found[1].at:%a %H:%M}" if found else "never"


GOOD = Past(last_good=at("2026-01-12 09:00:01"))


# --- the next start ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "past", "start"),
    [
        ("2026-01-12 09:05", GOOD, "Mon 09:30 for Mon 09:30"),
        ("2026-01-12 09:30", GOOD, "Mon 09:30 for Mon 09:30"),
        ("2026-01-12 09:31", GOOD, "Mon 09:31 for Mon 09:30"),
        ("2026-01-12 11:47", GOOD, "Mon 11:47 for Mon 11:30"),
        ("2026-01-12 11:47", Past(), "Mon 11:47 for Mon 11:30"),
        ("2026-01-12 17:59", GOOD, "Mon 17:59 for Mon 17:30"),
        ("2026-01-12 18:00", GOOD, "Tue 06:00 for Tue 06:00"),
        ("2026-01-12 05:00", Past(), "Mon 06:00 for Mon 06:00"),
        ("2026-01-17 13:59", GOOD, "Sat 13:59 for Sat 13:30"),
        ("2026-01-17 14:00", GOOD, "Sun 12:00 for Sun 12:00"),
        ("2026-01-18 15:00", Past(), "Mon 06:00 for Mon 06:00"),
    ],
    ids=["in time", "on the minute", "a moment late", "after an outage", "never ran", "missed the last of the day",
         "after hours", "before hours", "Saturday's last", "Saturday after 14:00", "a day off"],
)  # fmt: skip
def test_a_missed_slot_is_made_up_once_in_business_hours(now: str, past: Past, start: str) -> None:
    assert starts(now, past) == start


@pytest.mark.parametrize(
    ("now", "failed", "failures", "start"),
    [
        ("2026-01-12 09:31", "2026-01-12 09:31", 1, "Mon 09:36 for Mon 09:30"),
        ("2026-01-12 09:40", "2026-01-12 09:37", 2, "Mon 09:52 for Mon 09:30"),
        ("2026-01-12 09:53", "2026-01-12 09:53", 3, "Mon 10:00 for Mon 10:00"),
        ("2026-01-12 09:50", "2026-01-12 09:31", 1, "Mon 09:50 for Mon 09:30"),
        ("2026-01-12 10:02", "2026-01-12 10:01", 7, "Mon 10:16 for Mon 10:00"),
        ("2026-01-13 06:10", "2026-01-12 17:59", 2, "Tue 06:10 for Tue 06:00"),
        ("2026-01-12 19:00", "2026-01-12 17:59", 2, "Tue 06:00 for Tue 06:00"),
        ("2026-01-18 12:01", "2026-01-18 12:01", 1, "Sun 12:06 for Sun 12:00"),
        ("2026-01-18 12:23", "2026-01-18 12:22", 2, "Sun 12:37 for Sun 12:00"),
        ("2026-01-18 17:58", "2026-01-18 17:58", 9, "Mon 06:00 for Mon 06:00"),
        ("2026-01-18 12:01", "2026-01-17 13:59", 1, "Mon 06:00 for Mon 06:00"),
    ],
    ids=[
        "5 min",
        "15 min",
        "the slot comes first",
        "overdue",
        "15 min for ever",
        "the day after",
        "after hours",
        "a day off",
        "and again",
        "until the evening",
        "a day off whose cycle was not needed",
    ],
)
def test_after_a_failure_the_erp_is_tried_again_sooner(now: str, failed: str, failures: int, start: str) -> None:
    assert starts(now, Past(failed_at=at(failed), failures=failures)) == start


@pytest.mark.parametrize(
    ("now", "again", "start"),
    [
        ("2026-01-12 09:31", "2026-01-12 09:33", "Mon 09:33 for Mon 09:30"),
        ("2026-01-12 09:34", "2026-01-12 09:33", "Mon 09:34 for Mon 09:30"),
        ("2026-01-12 09:59", "2026-01-12 10:01", "Mon 10:00 for Mon 10:00"),
        ("2026-01-12 17:59", "2026-01-12 18:01", "Tue 06:00 for Tue 06:00"),
        ("2026-01-12 09:31", "2026-01-13 09:31", "Mon 10:00 for Mon 10:00"),
    ],
    ids=["soon", "overdue", "the slot comes first", "after hours", "the clock was set back"],
)
def test_a_cycle_that_only_looked_something_up_is_followed_by_the_next_one_soon(
    now: str, again: str, start: str
) -> None:
    assert starts(now, Past(last_good=at("2026-01-12 09:00"), again_at=at(again))) == start


@pytest.mark.parametrize(
    ("now", "start"),
    [("2026-01-12 17:58", "Tue 06:00 for Tue 06:00"), ("2026-01-17 13:58", "Sun 12:00 for Sun 12:00")],
    ids=["Monday", "Saturday"],
)
def test_no_second_try_falls_after_business_hours(now: str, start: str) -> None:
    assert starts(now, Past(failed_at=at(now), failures=1)) == start


def test_a_good_cycle_of_tomorrow_by_a_clock_that_was_wrong_stops_nothing() -> None:
    assert starts("2026-01-12 09:05", Past(last_good=at("2026-01-13 09:00"))) == "Mon 09:30 for Mon 09:30"
    assert starts("2026-01-12 09:05", Past(failed_at=at("2026-01-13 09:00"), failures=1)) == "Mon 09:30 for Mon 09:30"


def test_the_demo_starts_at_once_and_then_every_minute() -> None:
    demo = Plan(demo=True)

    assert starts("2026-01-18 03:33", Past(), demo) == "Sun 03:33 for Sun 03:33"
    assert starts("2026-01-18 03:33", Past(last_good=at("2026-01-18 03:33")), demo) == "Sun 03:34 for Sun 03:34"


def test_without_any_hours_nothing_ever_starts() -> None:
    never = Plan(hours_mon_fri=None, hours_sat=None, days_off_cycle=None)

    assert starts("2026-01-12 09:05", Past(), never) == "never"


# --- the loop ------------------------------------------------------------------------------------------------------


class CoarseStop(Stop):
    """Waits by moving a clock on; asks to stop at a time; lets the clock jump as a sleeping host or a person would."""

    def __init__(self, clock: FakeClock, *, until: datetime, step: float = 0) -> None:
        """`step`: seconds that a wait takes, whatever was asked for, though never past the next start.

        A week of real waits is 120,000 of them.
        """
        super().__init__()
        self._clock = clock
        self._until = until
        self._step = step
        #: From when to when the clock jumps, once each.
        self.jumps: list[tuple[datetime, datetime]] = []
        self.waits: list[float] = []
        self.heart: HeartbeatWriter | None = None

    def wait(self, seconds: float) -> bool:
        if seconds > 0:
            self.waits.append(seconds)
            self._clock.advance(seconds=max(seconds, min(self._step, self._left())))
        if self.jumps and self._clock() >= self.jumps[0][0]:
            self._clock.at = self.jumps.pop(0)[1]
        if self._clock().astimezone(UTC) >= self._until.astimezone(UTC):
            self.reason = "the test is over"
        return bool(self.reason)

    def _left(self) -> float:
        """Return the seconds until the next start that the beats tell of."""
        start = self.heart.next_cycle if self.heart else None
        return (start - self._clock()).total_seconds() if start else self._step


class SilentHeart(HeartbeatWriter):
    """Keeps each beat instead of writing it."""

    def __init__(self, clock: FakeClock, stop: Stop) -> None:
        super().__init__(Path("/nowhere"), version="0", now=clock, stop=stop)
        self._clock = clock
        if isinstance(stop, CoarseStop):
            stop.heart = self
        self.beats: list[tuple[datetime, Phase, float]] = []

    def beat(self, phase: Phase, *, patience: float, step: str = "") -> None:  # noqa: ARG002 - no step while waiting
        self.beats.append((self._clock(), phase, patience))


class Life:
    """A loop with a clock of its own and a job that only writes down when it was called."""

    def __init__(self, start: str, *, until: str, plan: Plan | None = None, step: float = 300) -> None:
        self.plan = plan or Plan()
        self.clock = FakeClock(at(start, self.plan.zone))
        self.stop = CoarseStop(self.clock, until=at(until, self.plan.zone), step=step)
        self.heart = SilentHeart(self.clock, self.stop)
        self.past = Past()
        self.cycles: list[datetime] = []
        self.chores = 0
        #: When a person asks for a cycle at once.
        self.wish: datetime | None = None
        #: How the coming cycles end; RAN when there is no more.
        self.outcomes: list[Outcome] = []
        self.on_cycle: Callable[[], object] = lambda: None
        self.on_chore: Callable[[], object] = lambda: None

    def run(self) -> "Life":
        """Run the loop until it is asked to stop."""
        loop.run(
            stop=self.stop, heart=self.heart, now=self.clock, plan=self.plan, past=lambda: self.past,
            run_cycle=self._run_cycle, idle=self._chore, asked=self._take_wish,
        )  # fmt: skip
        return self

    def shown(self) -> list[str]:
        """Return the cycles' starts, such as `Mon 06:00`."""
        return [f"{one:%a %H:%M}" for one in self.cycles]

    def _take_wish(self) -> Slot | None:
        if self.wish is None or self.clock() < self.wish:
            return None
        self.wish = None
        return Slot(at=self.clock())

    def _chore(self) -> None:
        self.chores += 1
        self.on_chore()

    def _run_cycle(self, slot: Slot) -> Outcome:
        """What worker/app does: skip a day off whose last reading is young, remember how it ended."""
        hours = timedelta(hours=self.plan.days_off_after_h)
        if slot.only_if_stale and self.past.last_good and slot.at - self.past.last_good < hours:
            return Outcome.SKIPPED
        started = self.clock()
        self.cycles.append(started)
        self.on_cycle()
        self.clock.advance(minutes=2)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome.RAN
        if outcome is Outcome.FAILED:
            self.past = replace(self.past, failed_at=self.clock(), failures=self.past.failures + 1)
        else:
            self.past = Past(last_good=started)
        return outcome


def test_a_week_has_136_cycles_each_on_its_slot() -> None:
    life = Life("2026-01-12 00:00", until="2026-01-19 00:00").run()

    days = Counter(f"{one:%a}" for one in life.cycles)
    assert days == {"Mon": 24, "Tue": 24, "Wed": 24, "Thu": 24, "Fri": 24, "Sat": 16}
    assert {one.minute % 30 for one in life.cycles} == {0}


def test_a_week_of_holidays_is_read_at_noon_before_rows_leave_the_list() -> None:
    life = Life("2026-02-14 12:00", until="2026-02-19 06:10").run()

    assert life.shown() == ["Sat 12:00", "Sat 12:30", "Sat 13:00", "Sat 13:30", "Tue 12:00", "Thu 06:00"]


def test_days_off_without_their_cycle_are_quiet() -> None:
    life = Life("2026-02-14 13:00", until="2026-02-19 06:10", plan=Plan(days_off_cycle=None)).run()

    assert life.shown() == ["Sat 13:00", "Sat 13:30", "Thu 06:00"]


@pytest.mark.parametrize(
    ("start", "until"),
    [("2026-03-07 17:00", "2026-03-09 07:10"), ("2026-10-31 17:00", "2026-11-02 07:10")],
    ids=["spring forward", "fall back"],
)
def test_where_the_clock_changes_at_night_business_hours_begin_on_time(start: str, until: str) -> None:
    plan = Plan(zone=ZoneInfo("America/New_York"), hours_sat=(6 * 60, 18 * 60), hours_sun=(6 * 60, 7 * 60))
    life = Life(start, until=until, plan=plan).run()

    assert life.shown() == ["Sat 17:00", "Sat 17:30", "Sun 06:00", "Sun 06:30", "Mon 06:00", "Mon 06:30", "Mon 07:00"]


@pytest.mark.parametrize(("day", "longest"), [("2026-03-08", 30), ("2026-11-01", 90)], ids=["spring", "autumn"])
def test_round_the_clock_the_change_of_the_clock_costs_at_most_one_hour(day: str, longest: int) -> None:
    always = (0, 24 * 60)
    plan = Plan(zone=ZoneInfo("America/New_York"), hours_mon_fri=always, hours_sat=always, hours_sun=always)
    life = Life(f"{day} 00:00", until=f"{day} 06:10", plan=plan)
    turn = datetime(2026, 3, 8, 7, tzinfo=UTC) if longest == 30 else datetime(2026, 11, 1, 6, tzinfo=UTC)
    life.clock = life.stop._clock = RealClock(life.clock.at, plan.zone)
    life.heart = SilentHeart(life.clock, life.stop)

    life.run()

    moments = [one.astimezone(UTC) for one in life.cycles]
    gaps = [later - former for former, later in pairwise(moments)]
    assert moments[0] < turn < moments[-1]
    assert max(gaps) <= timedelta(minutes=longest)
    assert min(gaps) >= timedelta(minutes=28)


class RealClock(FakeClock):
    """A clock whose time passes as it really does, through the change to and from summer time."""

    def __init__(self, start: datetime, zone: ZoneInfo) -> None:
        super().__init__(start.astimezone(UTC))
        self._zone = zone

    def __call__(self) -> datetime:
        return self.at.astimezone(self._zone)


def test_a_failing_erp_is_tried_after_5_and_then_every_15_minutes_until_it_answers() -> None:
    life = Life("2026-01-12 09:00", until="2026-01-12 10:40")
    life.outcomes = [Outcome.FAILED] * 4

    life.run()

    assert life.shown() == ["Mon 09:00", "Mon 09:07", "Mon 09:24", "Mon 09:30", "Mon 09:47", "Mon 10:00", "Mon 10:30"]


def test_while_the_erp_fails_the_beats_say_so_and_go_on() -> None:
    life = Life("2026-01-12 09:00", until="2026-01-12 09:40", step=30)
    life.outcomes = [Outcome.FAILED]

    life.run()

    phases = [(f"{when:%H:%M}", phase) for when, phase, _ in life.heart.beats]
    assert ("09:05", Phase.WAITING_FOR_ERP) in phases
    assert ("09:20", Phase.WAITING) in phases


def test_no_cycle_runs_after_hours_because_one_failed_before() -> None:
    life = Life("2026-01-12 17:30", until="2026-01-12 23:00")
    life.outcomes = [Outcome.FAILED] * 9

    life.run()

    assert max(life.cycles) < at("2026-01-12 18:00")


def test_a_worker_that_was_away_makes_up_the_slot_at_once_and_then_keeps_the_clock() -> None:
    life = Life("2026-01-12 09:11", until="2026-01-12 10:10").run()

    assert life.shown() == ["Mon 09:11", "Mon 09:30", "Mon 10:00"]


def test_a_host_that_sleeps_over_night_and_wakes_at_two_runs_nothing_before_six() -> None:
    life = Life("2026-01-12 17:20", until="2026-01-13 06:40")
    life.stop.jumps = [(at("2026-01-12 17:40"), at("2026-01-13 02:00"))]

    life.run()

    assert life.shown() == ["Mon 17:20", "Mon 17:30", "Tue 06:00", "Tue 06:30"]


def test_a_host_that_falls_asleep_before_a_slot_does_not_run_it_in_the_night() -> None:
    life = Life("2026-01-12 17:02", until="2026-01-13 06:10")
    life.stop.jumps = [(at("2026-01-12 17:20"), at("2026-01-13 02:00"))]

    life.run()

    assert life.shown() == ["Mon 17:02", "Tue 06:00"]


def test_a_host_that_wakes_in_business_hours_runs_once_for_all_that_was_missed() -> None:
    life = Life("2026-01-12 07:02", until="2026-01-12 15:10")
    life.stop.jumps = [(at("2026-01-12 07:20"), at("2026-01-12 14:47"))]

    life.run()

    assert life.shown() == ["Mon 07:02", "Mon 14:47", "Mon 15:00"]


@pytest.mark.parametrize(("back_to", "then"), [("08:40", "09:00"), ("06:10", "06:30")])
def test_a_clock_that_is_set_back_starts_the_cycle_that_is_due_by_it(back_to: str, then: str) -> None:
    life = Life("2026-01-12 10:31", until="2026-01-12 11:00")
    life.stop.jumps = [(at("2026-01-12 10:40"), at(f"2026-01-12 {back_to}"))]

    life.run()

    assert life.shown()[:2] == ["Mon 10:31", f"Mon {then}"]


def test_a_clock_that_is_set_back_a_day_goes_on_with_the_slots_of_that_day() -> None:
    life = Life("2026-01-13 10:31", until="2026-01-12 12:10")
    life.stop.reason, life.stop._until = "", at("2026-01-13 23:00")
    life.stop.jumps = [(at("2026-01-13 10:40"), at("2026-01-12 10:40"))]
    life.on_cycle = lambda: life.stop._requests.put("enough") if len(life.cycles) == 3 else None

    life.run()

    assert life.shown()[:3] == ["Tue 10:31", "Mon 11:00", "Mon 11:30"]


def test_a_clock_that_is_set_forward_runs_once_for_what_was_jumped_over() -> None:
    life = Life("2026-01-12 09:02", until="2026-01-12 13:10")
    life.stop.jumps = [(at("2026-01-12 09:10"), at("2026-01-12 12:10"))]

    life.run()

    assert life.shown() == ["Mon 09:02", "Mon 12:10", "Mon 12:30", "Mon 13:00"]


def test_a_waiting_worker_beats_at_least_every_five_seconds_and_promises_no_more_than_ten() -> None:
    life = Life("2026-01-12 18:00", until="2026-01-12 19:00", step=0).run()

    moments = [when for when, _, _ in life.heart.beats]
    assert len(moments) == 720
    assert all(later - former <= timedelta(seconds=5) for former, later in pairwise(moments))
    assert {patience for _, _, patience in life.heart.beats} == {10.0}
    assert life.chores == len(moments)


def test_a_cycle_starts_on_its_second_however_long_the_waits_are() -> None:
    life = Life("2026-01-12 05:59:57", until="2026-01-12 06:01", step=0).run()

    assert life.cycles == [at("2026-01-12 06:00")]
    assert life.stop.waits[0] == 3


def test_the_beats_tell_when_the_next_cycle_starts() -> None:
    life = Life("2026-01-12 09:05", until="2026-01-12 09:06")
    life.past = GOOD

    life.run()

    assert life.heart.next_cycle == at("2026-01-12 09:30")


def test_where_nothing_is_ever_due_the_worker_beats_on() -> None:
    life = Life("2026-01-12 09:05", until="2026-01-12 12:00", plan=Plan(hours_mon_fri=None, hours_sat=None,
                                                                        days_off_cycle=None)).run()  # fmt: skip

    assert life.cycles == []
    assert life.heart.next_cycle is None
    assert len(life.heart.beats) > 30


def test_a_cycle_that_a_person_asks_for_runs_at_once_at_any_hour_and_once() -> None:
    life = Life("2026-01-12 20:00", until="2026-01-13 06:10")
    life.wish = at("2026-01-12 22:15")

    life.run()

    assert life.shown() == ["Mon 22:15", "Tue 06:00"]


def test_a_request_to_stop_ends_a_wait_at_once() -> None:
    clock = FakeClock(at("2026-01-12 20:00"))
    stop = Stop()
    heart = SilentHeart(clock, stop)

    loop.run(
        stop=stop, heart=heart, now=clock, plan=Plan(), past=Past, run_cycle=lambda _: Outcome.RAN,
        idle=lambda: stop._requests.put("SIGTERM"), asked=lambda: None,
    )  # fmt: skip

    assert stop.reason == "SIGTERM"
    assert len(heart.beats) == 1


def test_a_request_to_stop_before_the_first_wait_starts_no_cycle() -> None:
    life = Life("2026-01-12 09:05", until="2026-01-12 09:00").run()

    assert life.cycles == []


def test_a_cycle_that_was_stopped_is_the_last_one() -> None:
    life = Life("2026-01-12 09:05", until="2026-01-12 23:00")
    life.on_cycle = lambda: setattr(life.stop, "reason", "SIGTERM")

    life.run()

    assert len(life.cycles) == 1


# --- what a new worker knows of earlier cycles ---------------------------------------------------------------------


def past_after(*outcomes: str) -> Past:
    """Return what a new worker learns from a ledger whose cycles, an hour apart, ended so. Empty: still under way."""
    with quick_folder() as folder, Ledger(folder) as ledger:
        ledger.begin_generation()
        ledger.adopt(BOOKS, by="operator", at=at("2026-01-12 05:00"), note="", posted=())
        for hour, outcome in enumerate(outcomes, 6):
            start = at(f"2026-01-12 {hour:02}:00")
            cycle = ledger.begin_cycle(slot=start, at=start)
            if outcome:
                ledger.end_cycle(cycle, at=start + timedelta(minutes=1), outcome=outcome, why="", figures={})
        return past_of(ledger)


@pytest.mark.parametrize(
    ("outcomes", "last_good", "failed_at", "failures"),
    [
        ((), None, None, 0),
        (("ran",), "06:00", None, 0),
        (("ran", "failed", "failed"), "06:00", "08:01", 2),
        (("failed", "ran"), "07:00", None, 0),
        (("ran", "failed", ""), "06:00", None, 0),
        (("ran", "stopped"), "06:00", None, 0),
    ],
    ids=["nothing yet", "one good", "two failed since", "good again", "killed in the last one", "stopped in it"],
)
def test_a_new_worker_goes_on_where_the_last_one_was(
    outcomes: tuple[str, ...], last_good: str | None, failed_at: str | None, failures: int
) -> None:
    expected = Past(
        last_good=at(f"2026-01-12 {last_good}") if last_good else None,
        failed_at=at(f"2026-01-12 {failed_at}") if failed_at else None,
        failures=failures,
    )

    assert past_after(*outcomes) == expected


def test_a_day_closed_or_opened_by_hand_is_in_force_at_the_next_slot_without_a_restart() -> None:
    said: dict[date, DayOverride] = {}
    plan = Plan(days_by_hand=said, days_off_cycle=None)
    life = Life("2026-01-12 08:50", until="2026-01-19 06:00", plan=plan)
    life.past = GOOD

    def close_today_and_open_sunday() -> None:
        if life.clock() >= at("2026-01-12 10:05"):
            said[date(2026, 1, 12)] = DayOverride(closed=True, why="outing", by="kim")
            said[date(2026, 1, 18)] = DayOverride(closed=False, why="stocktaking", by="kim")

    life.on_cycle = life.on_chore = close_today_and_open_sunday

    shown = life.run().shown()

    assert [one for one in shown if one.startswith("Mon")] == ["Mon 09:00", "Mon 09:30", "Mon 10:00"]
    assert sum(one.startswith("Sun") for one in shown) == 24
