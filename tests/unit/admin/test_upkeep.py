"""What is looked after between two cycles: readings that grow old, holidays nobody knows, old evidence."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.fakes import SEOUL, see
from worker.admin import upkeep
from worker.admin.upkeep import Upkeep
from worker.config import settings
from worker.i18n import korean
from worker.ledger.ledger import Ledger
from worker.payments.payment import Payment, PaymentKind
from worker.runtime import installation, posting_freeze
from worker.schedule import calendar
from worker.schedule.library_age import why_holidays_unknown

#: A Thursday.
NOW = datetime(2026, 1, 15, 9, tzinfo=SEOUL)


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        yield ledger


@pytest.fixture
def chosen(real: settings.Settings) -> settings.Settings:
    return real


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def listed(ledger: Ledger, *times: datetime) -> None:
    """Have these payments known, by their own times."""
    payments = [
        Payment(
            key=f"KEY-{number}", time=at.replace(tzinfo=SEOUL), payer="김밥천국", amount=10_000,
            kind=PaymentKind.APPROVAL, approval_no=f"{number:08}",
        )
        for number, at in enumerate(times, start=1)
    ]  # fmt: skip
    see(ledger, payments, cycle=1, at=times[0].replace(tzinfo=SEOUL))


def gap(ledger: Ledger) -> list[tuple[str, int]]:
    return [(one.what, one.count) for one in ledger.alarms() if one.cause == "gap in the list"]


def test_somebody_is_told_three_days_before_rows_can_leave_the_list_unread(
    chosen: settings.Settings, ledger: Ledger, clock: time_machine.Traveller
) -> None:
    looks = Upkeep(chosen, ledger)

    looks.look(NOW - timedelta(days=4))
    assert gap(ledger) == []

    clock.shift(timedelta(minutes=1))
    looks.look(NOW - timedelta(days=4))
    ((what, count),) = gap(ledger)
    assert "the last complete reading was at 2026-01-11 09:00" in what
    assert "rows can leave it unread from 2026-01-18 09:00 on" in what
    assert count == 1


def test_while_it_lasts_the_alarm_is_renewed_now_and_then_and_ends_with_a_reading(
    chosen: settings.Settings, ledger: Ledger, clock: time_machine.Traveller
) -> None:
    looks = Upkeep(chosen, ledger)
    for _ in range(13):
        looks.look(NOW - timedelta(days=5))
        clock.shift(timedelta(minutes=5))

    assert [count for _, count in gap(ledger)] == [3]

    looks.look(NOW)
    assert gap(ledger) == []


def test_when_the_week_is_over_it_says_that_rows_may_be_gone(
    chosen: settings.Settings, ledger: Ledger, clock: time_machine.Traveller
) -> None:
    Upkeep(chosen, ledger).look(NOW - timedelta(days=8))

    assert "rows may have left it unread from 2026-01-14 09:00 on" in gap(ledger)[0][0]


def test_the_next_worker_ends_the_alarm_of_the_one_before_but_not_a_cycles_own(
    chosen: settings.Settings, ledger: Ledger, clock: time_machine.Traveller
) -> None:
    Upkeep(chosen, ledger).look(NOW - timedelta(days=5))
    Upkeep(chosen, ledger).look(NOW)
    assert gap(ledger) == []

    ledger.raise_alarm("gap in the list", "compare with the ERP", at=NOW)
    Upkeep(chosen, ledger).look(NOW)
    assert gap(ledger) == [("compare with the ERP", 1)]


def test_a_new_ledger_has_no_gap(chosen: settings.Settings, ledger: Ledger, clock: time_machine.Traveller) -> None:
    Upkeep(chosen, ledger).look(None)

    assert not ledger.alarms()


def test_holidays_that_nobody_knows_raise_an_alarm_until_they_are_known(
    chosen: settings.Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(datetime(2100, 12, 1, 9, tzinfo=SEOUL), tick=False):
        Upkeep(chosen, ledger).look(None)
        (alarm,) = ledger.alarms()
        assert alarm.cause == "holidays"
        assert "the public holidays of 2101 are not known" in alarm.what

        monkeypatch.setattr(upkeep, "why_holidays_unknown", lambda _: "")
        Upkeep(chosen, ledger).look(None)
        assert not ledger.alarms()


def test_known_holidays_are_no_problem() -> None:
    assert why_holidays_unknown(date(2026, 11, 23)) == ""


def test_old_evidence_goes_once_a_day_and_what_is_needed_stays(
    chosen: settings.Settings, ledger: Ledger, folder: Path, clock: time_machine.Traveller
) -> None:
    ledger.note_oddities([("{}", "no rule")], cycle=7, at=NOW)
    ledger.settle_oddity(1, by="kim", why="looked", at=NOW)
    for number in (6, 7):
        (folder / "evidence" / "20250101" / f"cycle-{number}").mkdir(parents=True)
    looks = Upkeep(chosen, ledger)

    looks.look(None)
    assert [path.name for path in (folder / "evidence").glob("*/*")] == ["cycle-7"]

    (folder / "evidence" / "20250101" / "cycle-6").mkdir()
    looks.look(None)
    assert (folder / "evidence" / "20250101" / "cycle-6").exists()

    clock.shift(timedelta(days=1))
    looks.look(None)
    assert [path.name for path in (folder / "evidence").glob("*/*")] == ["cycle-7"]


def test_an_interrupted_upgrade_is_told_once_and_its_end_too(
    chosen: settings.Settings,
    ledger: Ledger,
    clock: time_machine.Traveller,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(installation.INI_VARIABLE, str(folder / "circus.ini"))
    journal = posting_freeze.path_in(folder)
    journal.parent.mkdir()
    journal.write_text(json.dumps({"old": "1.0", "new": "2.0", "at": NOW.isoformat()}), encoding="utf-8")
    looked = Upkeep(chosen, ledger)

    looked.look(NOW)
    assert not ledger.alarms()
    clock.shift(posting_freeze.TOO_LONG)
    looked.look(NOW)
    looked.look(NOW)
    told = [(one.cause, one.count, one.what) for one in ledger.alarms()]
    journal.unlink()
    Upkeep(chosen, ledger).look(NOW)

    what = "the upgrade from 1.0 to 2.0 was interrupted, and nothing is posted. Settle it with: "
    assert told == [("upgrade", 1, f"{what}./scripts/upgrade --back")]
    assert not ledger.alarms()


def test_an_upgrade_whose_file_can_not_be_read_is_an_interrupted_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(installation.INI_VARIABLE, str(folder / "circus.ini"))
    journal = posting_freeze.path_in(folder)
    journal.parent.mkdir()
    assert not posting_freeze.why(NOW)

    journal.write_bytes(b"\0garbage")

    assert posting_freeze.is_interrupted(NOW)
    assert "interrupted" in posting_freeze.why(NOW)
    assert korean.knows(posting_freeze.why(NOW))


def test_the_calendar_is_the_one_that_is_locked() -> None:
    lock = (Path(__file__).resolve().parents[3] / "scripts" / "requirements.txt").read_text(encoding="utf-8")

    assert f"holidays=={calendar.LIBRARY[0]} " in lock


def test_a_calendar_of_more_than_120_days_is_told() -> None:
    came_out = calendar.LIBRARY[1]

    assert why_holidays_unknown(came_out + timedelta(days=120)) == ""
    assert "the holiday calendar is 121 days old" in why_holidays_unknown(came_out + timedelta(days=121))
    assert calendar.library_age(came_out, installed="0.1") is None


@pytest.mark.parametrize(
    ("day", "listed", "told"),
    [
        ("2026-11-23", 0, "the payment list was empty until noon of 2026-11-23"),
        ("2026-11-23", 5, ""),
        ("2026-11-22", 0, ""),
    ],
    ids=["an empty work day", "a work day", "a Sunday"],
)
def test_a_day_that_is_not_what_the_calendar_says_is_told_once(
    chosen: settings.Settings, ledger: Ledger, day: str, listed: int, told: str
) -> None:
    noon = datetime.fromisoformat(f"{day} 12:10").replace(tzinfo=SEOUL)
    with time_machine.travel(noon, tick=False):
        at = noon - timedelta(hours=2)
        number = ledger.begin_cycle(slot=at, at=at)
        ledger.end_cycle(number, at=at, outcome="ran", why="", figures={"listed": listed, "new": 0})
        looks = Upkeep(chosen, ledger)
        for _ in range(3):
            looks.look(noon)

    whats = [one.what for one in ledger.alarms() if one.cause == "odd day"]
    assert [told in one for one in whats] == ([True] if told else [])
    assert [one.count for one in ledger.alarms() if one.cause == "odd day"] == ([1] if told else [])


@pytest.mark.parametrize(
    ("country", "day", "payments", "told"),
    [
        ("US", "2026-11-26", 3, "3 payments were made on 2026-11-26, which counted as a day off"),
        ("US", "2026-11-26", 2, ""),
        ("KR", "2026-11-26", 3, ""),
        ("KR", "2026-11-22", 3, ""),
    ],
    ids=["the calendar of another country", "hardly any", "a work day", "a Sunday"],
)
def test_payments_on_a_day_off_are_told_on_the_next_day_once_however_often_the_worker_starts(
    chosen: settings.Settings, ledger: Ledger, country: str, day: str, payments: int, told: str
) -> None:
    """No cycle runs on a day off after a day with one: what was paid is listed later."""
    schedule = chosen.schedule.model_copy(update={"holidays": country})
    plan = chosen.model_copy(update={"schedule": schedule})
    next_noon = datetime.fromisoformat(f"{day} 12:10").replace(tzinfo=SEOUL) + timedelta(days=1)
    listed(ledger, *(datetime.fromisoformat(f"{day} 10:00") + timedelta(minutes=n) for n in range(payments)))

    with time_machine.travel(next_noon, tick=False):
        for _ in range(3):
            Upkeep(plan, ledger).look(next_noon)

    whats = [one.what for one in ledger.alarms() if one.cause == "odd day"]
    assert [told in one for one in whats] == ([True] if told else [])
    assert [one.count for one in ledger.alarms() if one.cause == "odd day"] == ([1] if told else [])
