"""Every time at which a cycle was due ends as a row with a reason."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import SEOUL
from worker.config import loading, settings
from worker.ledger.journal import SlotState
from worker.ledger.ledger import Ledger
from worker.schedule.calendar import Slot
from worker.schedule.loop import Outcome
from worker.schedule.missed_runs import Slots

REAL = {"ERP_URL": "https://erp.example", "ERP_COMPANY": "AB", "ERP_USER": "u"}


@pytest.fixture
def plan(folder: Path) -> settings.Settings:
    secret = folder / "password"
    secret.write_text("x")
    secret.chmod(0o600)
    return loading.load({**REAL, "ERP_PASSWORD_FILE": str(secret), "DATA_DIR": str(folder)})


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        yield ledger


def at(clock: str, day: int = 8) -> datetime:
    """Return a time in January 2026; the 8th is a Thursday."""
    return datetime(2026, 1, day, int(clock[:2]), int(clock[3:5]), tzinfo=SEOUL)


def rows(ledger: Ledger, day: int = 8) -> dict[str, tuple[str, str]]:
    """Return {HH:MM: (state, why)} of a day."""
    found = ledger.slots(at("00:00", day), at("00:00", day) + timedelta(days=1))
    return {f"{one.at.astimezone(SEOUL):%H:%M}": (str(one.state), one.why) for one in found}


def test_a_quiet_day_has_24_slots_that_all_ran(ledger: Ledger, plan: settings.Settings) -> None:
    slots = Slots(ledger, plan.schedule, started=at("05:55"))
    now = at("05:55")
    while now < at("23:00"):
        slots.keep(now)
        for one in ledger.open_slots(now + timedelta(seconds=1)):
            slots.close(Slot(at=one.at), Outcome.RAN, now=now, why="", cycle=1)
        now += timedelta(minutes=10)

    found = rows(ledger)
    assert len(found) == 24
    assert set(found.values()) == {("ran", "")}
    assert ledger.alarms() == []


def test_a_worker_that_was_down_names_what_it_missed_and_somebody_is_told(
    ledger: Ledger, plan: settings.Settings
) -> None:
    Slots(ledger, plan.schedule, started=at("05:55")).keep(at("06:00"))
    ledger.close_slot(at("06:00"), SlotState.RAN, now=at("06:01"))

    Slots(ledger, plan.schedule, started=at("08:10")).keep(at("08:10"))

    assert rows(ledger) == {
        "06:00": ("ran", ""),
        "06:30": ("missed", "down"),
        "07:00": ("missed", "down"),
        "07:30": ("missed", "down"),
        "08:00": ("open", ""),  # made up at once
    }
    [alarm] = ledger.alarms()
    assert (alarm.cause, alarm.count) == ("slot", 3)


def test_a_demo_that_ended_within_a_cycle_is_expected_by_nobody(ledger: Ledger, folder: Path) -> None:
    demo = loading.load({"DATA_DIR": str(folder)}).schedule
    Slots(ledger, demo, started=at("08:00")).keep(at("08:00"))

    later = Slots(ledger, demo, started=at("08:01"))
    later.keep(at("08:01"))

    assert rows(ledger) == {"08:00": ("missed", "down"), "08:01": ("open", "")}
    assert ledger.alarms() == []
    later.keep(at("08:03"))
    assert [one.cause for one in ledger.alarms()] == ["slot"], "one that stands still is told, as ever"


def test_what_a_sleeping_machine_missed_is_asleep_and_nobody_is_told(ledger: Ledger, plan: settings.Settings) -> None:
    slots = Slots(ledger, plan.schedule, started=at("05:55"))
    slots.keep(at("06:10"))
    ledger.close_slot(at("06:00"), SlotState.RAN, now=at("06:01"))

    # It fell asleep a moment before 06:30, and that it did is noticed a moment after it woke.
    slots.keep(at("06:29"))
    slots.slept(at("14:32"), 8 * 3600)
    slots.keep(at("14:32"))

    found = rows(ledger)
    assert found.pop("06:00") == ("ran", "")
    assert found.pop("14:30") == ("open", "")
    assert set(found.values()) == {("missed", "asleep")}
    assert len(found) == 16
    assert ledger.alarms() == []


def test_a_sleep_that_only_a_guard_noted_counts_as_well(ledger: Ledger, plan: settings.Settings) -> None:
    Slots(ledger, plan.schedule, started=at("05:55")).keep(at("05:56"))
    ledger.take_note(kind="sleep", what="slept", facts={"seconds": 3600}, at=at("06:45"))

    Slots(ledger, plan.schedule, started=at("07:10")).keep(at("07:10"))

    assert rows(ledger) == {
        "06:00": ("missed", "asleep"),
        "06:30": ("missed", "asleep"),
        "07:00": ("open", ""),
    }


def test_a_pause_is_no_alarm_and_names_who_wanted_it(ledger: Ledger, plan: settings.Settings) -> None:
    Slots(ledger, plan.schedule, started=at("05:55")).keep(at("05:56"))
    wish = {"wanted": "paused", "by": "kim (daybreak pause)", "until": at("07:15").isoformat()}
    ledger.take_note(kind="wish", what="paused", facts=wish, at=at("06:10"))

    Slots(ledger, plan.schedule, started=at("08:10")).keep(at("08:10"))

    assert rows(ledger) == {
        "06:00": ("missed", "down"),
        "06:30": ("missed", "paused by kim (daybreak pause)"),
        "07:00": ("missed", "paused by kim (daybreak pause)"),
        "07:30": ("missed", "down"),
        "08:00": ("open", ""),
    }


def test_a_cycle_that_outlasts_the_next_slot_is_catching_up(ledger: Ledger, plan: settings.Settings) -> None:
    slots = Slots(ledger, plan.schedule, started=at("05:55"))
    cycle = ledger.begin_cycle(slot=at("06:00"), at=at("06:00"))
    ledger.end_cycle(cycle, at=at("07:10"), outcome="ran", why="", figures={})
    slots.keep(at("07:10"))
    slots.close(Slot(at=at("06:00")), Outcome.RAN, now=at("07:10"), why="", cycle=cycle)

    slots.keep(at("07:11"))

    assert rows(ledger)["06:30"] == ("missed", "catching up")
    assert rows(ledger)["06:00"] == ("ran", "")
    assert rows(ledger)["07:00"] == ("open", "")
    assert ledger.alarms() == []


def test_another_holder_of_the_lock_is_named(ledger: Ledger, plan: settings.Settings) -> None:
    Slots(ledger, plan.schedule, started=at("05:55")).keep(at("05:56"))
    facts = {"watcher": "worker", "code": 75, "why": "exit 75"}
    ledger.take_note(kind="end", what="worker: exit 75", facts=facts, at=at("05:58"))

    Slots(ledger, plan.schedule, started=at("06:40")).keep(at("06:40"))

    assert rows(ledger) == {"06:00": ("missed", "locked"), "06:30": ("open", "")}


def test_a_failed_slot_that_is_made_up_ran(ledger: Ledger, plan: settings.Settings) -> None:
    slots = Slots(ledger, plan.schedule, started=at("05:55"))
    slots.keep(at("06:00"))
    slot = Slot(at=at("06:00"))

    slots.close(slot, Outcome.FAILED, now=at("06:01"), why="no answer", cycle=1)
    assert rows(ledger) == {"06:00": ("failed", "no answer")}
    slots.close(slot, Outcome.STOPPED, now=at("06:06"), why="asked to stop", cycle=2)
    slots.close(slot, Outcome.RAN, now=at("06:06"), why="", cycle=3)
    slots.close(slot, Outcome.FAILED, now=at("06:07"), why="late", cycle=4)

    assert rows(ledger) == {"06:00": ("ran", "")}


def test_what_was_due_after_hours_is_missed_when_the_day_is_over(ledger: Ledger, plan: settings.Settings) -> None:
    Slots(ledger, plan.schedule, started=at("17:20")).keep(at("17:25"))

    Slots(ledger, plan.schedule, started=at("22:00")).keep(at("22:00"))

    assert rows(ledger) == {"17:00": ("missed", "down"), "17:30": ("missed", "down")}


def test_the_noon_of_a_day_off_is_a_slot_that_may_be_skipped(ledger: Ledger, plan: settings.Settings) -> None:
    slots = Slots(ledger, plan.schedule, started=at("08:00", 11))  # a Sunday
    slots.keep(at("12:00", 11))
    slots.close(Slot(at=at("12:00", 11)), Outcome.SKIPPED, now=at("12:00", 11), why="read yesterday", cycle=None)

    assert rows(ledger, 11) == {"12:00": ("skipped", "read yesterday")}


def test_a_clock_that_is_set_back_makes_no_slot_twice(ledger: Ledger, plan: settings.Settings) -> None:
    slots = Slots(ledger, plan.schedule, started=at("05:55"))
    slots.keep(at("06:00"))
    slots.close(Slot(at=at("06:00")), Outcome.RAN, now=at("06:01"), why="", cycle=1)

    slots.keep(at("05:30"))
    slots.keep(at("06:05"))

    assert rows(ledger) == {"06:00": ("ran", "")}


def test_what_was_due_while_the_machine_was_paused_or_put_back_is_named_so_and_nobody_is_told(
    ledger: Ledger, plan: settings.Settings
) -> None:
    slots = Slots(ledger, plan.schedule, started=at("05:55"))
    slots.keep(at("06:00"))
    slots.close(Slot(at=at("06:00")), Outcome.RAN, now=at("06:01"), why="", cycle=1)

    slots.jumped(at("07:40"), 95 * 60)
    slots.keep(at("07:40"))

    assert rows(ledger)["06:30"] == ("missed", "the machine was paused or put back")
    assert rows(ledger)["07:00"] == ("missed", "the machine was paused or put back")
    assert rows(ledger)["07:30"] == ("open", "")
    assert ledger.alarms() == []


def test_a_clock_that_jumps_back_explains_no_missed_cycle(ledger: Ledger, plan: settings.Settings) -> None:
    slots = Slots(ledger, plan.schedule, started=at("05:55"))
    slots.keep(at("06:05"))

    slots.jumped(at("05:30"), -35 * 60)
    slots.keep(at("07:10"))

    assert rows(ledger)["06:30"] == ("missed", "the worker stood still")


def test_a_jump_that_only_a_guard_noted_counts_as_well(ledger: Ledger, plan: settings.Settings) -> None:
    Slots(ledger, plan.schedule, started=at("05:55")).keep(at("05:56"))
    ledger.take_note(kind="jump", what="jumped", facts={"seconds": 3600}, at=at("06:45"))

    Slots(ledger, plan.schedule, started=at("07:10")).keep(at("07:10"))

    assert rows(ledger)["06:00"] == ("missed", "the machine was paused or put back")
    assert rows(ledger)["06:30"] == ("missed", "the machine was paused or put back")
    assert ledger.alarms() == []


def test_a_worker_that_was_there_and_did_nothing_is_told(ledger: Ledger, plan: settings.Settings) -> None:
    """Its processes were stopped as a whole, guards and all, while the machine ran: no clock shows it."""
    slots = Slots(ledger, plan.schedule, started=at("05:55"))
    slots.keep(at("06:00"))
    slots.close(Slot(at=at("06:00")), Outcome.RAN, now=at("06:01"), why="", cycle=1)

    slots.keep(at("07:40"))

    assert rows(ledger)["06:30"] == ("missed", "the worker stood still")
    [alarm] = ledger.alarms()
    assert (alarm.cause, alarm.count) == ("slot", 2)
    assert alarm.what == "the cycle of 2026-01-08 07:00 was missed: the worker stood still"
