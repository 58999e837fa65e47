"""The figures of reports: equal to what the ERP's own books and the planted incidents say, over a simulated week."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.fakes import SEOUL, quick_folder
from tests.week import HTML_PAYER, MONDAY, Week, a_week, at
from worker.i18n.language import Language
from worker.ledger.journal import SlotState
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.reports import assessment, figures, timeline
from worker.reports.figures import Figures, Sum, midnight
from worker.reports.records import Incident, Records
from worker.reports.silences import Lull, silences, stretches


@pytest.fixture(scope="module")
def week() -> Iterator[Week]:
    with quick_folder() as folder, a_week(folder) as week:
        yield week


@pytest.fixture
def records(week: Week) -> Iterator[Records]:
    with Records(week.folder) as records:
        yield records


def of(records: Records, week: Week, since: datetime, until: datetime) -> Figures:
    return figures.read(records, since, until, now=week.clock(), zone=SEOUL)


@pytest.mark.parametrize("day", range(7))
def test_the_money_of_each_day_is_what_the_erp_booked(week: Week, records: Records, day: int) -> None:
    since, until = at(day, "00:00"), at(day + 1, "00:00")

    money = of(records, week, since, until).money

    booked = week.booked(since, until)
    assert (money.approvals.count, money.approvals.won) == booked["in"]
    assert (money.cancellations.count, money.cancellations.won) == booked["out"]
    assert money.posted.won == booked["in"][1] - booked["out"][1]
    assert sum(one.count for hour in money.hours.values() for one in hour[1:]) == money.posted.count


def test_each_hour_holds_what_the_erp_entered_in_it(week: Week, records: Records) -> None:
    for day in range(7):
        hours = of(records, week, at(day, "00:00"), at(day + 1, "00:00")).money.hours

        for hour in range(24):
            booked = week.booked(at(day, f"{hour:02}:00"), at(day, f"{hour:02}:59:59"))
            _, coming, going = hours.get(hour, (Sum(), Sum(), Sum()))
            assert ((coming.count, coming.won), (going.count, going.won)) == (booked["in"], booked["out"])


def test_the_days_add_up_to_the_week(week: Week, records: Records) -> None:
    whole = of(records, week, at(0, "00:00"), at(7, "00:00")).money
    days = figures.by_day(
        records, [MONDAY + timedelta(days=number) for number in range(7)], now=week.clock(), zone=SEOUL
    )

    for name in ("seen", "posted", "approvals", "cancellations"):
        parts = [getattr(one.money, name) for _, one in days]
        assert sum(one.count for one in parts) == getattr(whole, name).count
        assert sum(one.won for one in parts) == getattr(whole, name).won


def test_what_was_listed_is_all_accounted_for(week: Week, records: Records) -> None:
    money = of(records, week, at(0, "00:00"), at(7, "00:00")).money

    listed = [one for one in week.erp.rows if one.status in ("승인", "취소")]
    assert money.seen.count == len(listed)
    assert money.seen.won == sum(one.amount if one.status == "승인" else -one.amount for one in listed)
    assert sum(one.count for one in money.became.values()) == money.seen.count
    assert sum(one.won for one in money.became.values()) == money.seen.won
    assert {name: one.count for name, one in money.became.items() if name != "posted"} == {
        "excluded": 1, "held": 1, "in_doubt": 0, "rejected": 1, "waiting": 0,
    }  # fmt: skip
    assert {why: (one.count, one.won) for why, one in money.excluded.items()} == {"reflected by hand": (1, 31_000)}
    assert (money.held.won, money.rejected.won, money.odd) == (-77_000, 45_000, 1)


def test_a_deposit_that_the_erp_stored_twice_is_named(week: Week, records: Records) -> None:
    money = of(records, week, at(0, "00:00"), at(7, "00:00")).money

    copies = [one for one in week.erp.slips if one.is_copy]
    assert copies
    assert {one.remark.partition("#")[2] for one in copies} == set(money.twice)


def test_cycles_and_due_times_are_counted_with_their_reasons(week: Week, records: Records) -> None:
    work = of(records, week, at(0, "00:00"), at(7, "00:00")).work

    assert {name: work.ended(name) for name in ("ran", "failed")} == {"ran": 130, "failed": 1}
    assert {str(state): len(work.slots_in(state)) for state in SlotState if work.slots_in(state)} == (
        week.slots_by_state()
    )
    assert len(work.slots) == 137
    assert work.whys(SlotState.MISSED) == {"asleep": 3, "paused by kim (daybreak pause)": 2}
    assert list(work.failures) == ["opening the ERP: not there after 60 s"]
    shortest, middle, longest = work.lengths or (0, 0, 0)
    assert 0 < shortest <= middle <= longest < 30


def test_restarts_recycles_sleeps_and_silences_are_those_that_were_planted(week: Week, records: Records) -> None:
    running = of(records, week, at(0, "00:00"), at(7, "00:00")).running

    assert [one.why for one in running.unwanted] == ["promise broken: uploading", "crash (exit 1)"]
    assert len(running.restarts) == 10
    assert [one.due.astimezone(SEOUL).weekday() for one in running.recycles] == [0, 1, 2, 3, 4, 6]
    assert {one.seconds for one in running.recycles} == {1.9}
    assert len(running.stops) == 1
    assert [one.seconds for one in running.of(Lull.ASLEEP)] == [85 * 60]
    assert [(one.since, one.until) for one in running.of(Lull.PAUSED)] == [(at(4, "09:05"), at(4, "10:20"))]
    assert running.longest is not None
    assert running.longest.seconds == 85 * 60
    hung = [one for one in running.silences if one.lull is Lull.HUNG]
    assert [round(one.seconds, 1) for one in hung] == [42.5]
    assert len(running.proofs) == 7
    assert all(one.is_even for one in running.proofs)


def test_a_silence_over_midnight_is_told_whole_by_both_days(tmp_path: Path) -> None:
    with Records(tmp_path) as records:
        records.take_note(kind="start", what="", facts={"watcher": "worker"}, at=at(0, "06:00"))
        records.take_note(kind="end", what="", facts={"watcher": "worker", "why": "crash"}, at=at(0, "23:20"))
        records.take_note(kind="start", what="", facts={"watcher": "worker"}, at=at(1, "00:30"))

        found = [
            figures.read(records, at(day, "00:00"), at(day + 1, "00:00"), now=at(3, "00:00"), zone=SEOUL).running
            for day in (0, 1, 2)
        ]

        assert [one.longest and one.longest.seconds for one in found] == [70 * 60, 70 * 60, None]
        assert [sum(lull.seconds for lull in one.lulls) for one in found] == [40 * 60, 30 * 60, 0]


def test_a_day_is_told_as_it_stood_when_it_was_asked_for(week: Week, records: Records) -> None:
    found = figures.read(records, at(2, "00:00"), at(3, "00:00"), now=at(2, "12:00"), zone=SEOUL)

    booked = week.booked(at(2, "00:00"), at(2, "12:00"))
    assert (found.money.approvals.count, found.money.approvals.won) == booked["in"]
    assert found.work.ended("ran") == 12
    assert found.running.unwanted == ()


def test_the_weeks_checklist_is_right_about_each_line(week: Week, records: Records) -> None:
    found = of(records, week, at(0, "00:00"), at(7, "00:00"))
    days = [MONDAY + timedelta(days=number) for number in range(7)]

    checks = assessment.checklist(found, days, len(records.pending()), Language.EN)

    assert {one.name: (one.is_good, one.figure) for one in checks} == {
        "No deposit twice": (False, "1"),
        "No silence above 1 h": (False, "1 h 25 min"),
        "No beats more than 10 min apart": (True, "1 min 10 s"),
        "No unplanned restart": (False, "2"),
        "A fresh start every day": (False, "6 of 7"),
        "No due time missed": (False, "131 of 136"),
        "No failed cycle": (False, "130 of 131"),
        "The proof of each day is even": (True, "7 of 7"),
        "Nothing waits for a person": (False, "3"),
    }


def test_the_month_counts_how_often_somebody_stepped_in(week: Week, tmp_path: Path) -> None:
    with Records(week.folder) as records:
        copy = tmp_path / "ledger.db"
        records.back_up(copy)
    with Records(tmp_path, create=False) as records:
        (held,) = records.in_state(State.HELD)
        records.resolve(held.payment.key, RowVerdict.NEVER, by="kim", why="a test", at=at(6, "09:00"))
        (odd,) = records.open_oddities()
        records.settle_oddity(odd.id, by="kim", why="never: a test", at=at(6, "09:05"))
        found = of(records, week, at(0, "00:00"), at(7, "00:00"))

    assert found.money.decided == 2
    hands = assessment.goals(found, Language.EN)[2]
    assert hands.now == "2 (within half an hour counts once: 1 stops or pauses, 2 rows settled)"
    assert not hands.is_good
    assert found.money.excluded["a person said that it needs no deposit"].count == 1


def test_what_needs_a_person_is_masked_in_mails_and_whole_on_pages(week: Week, records: Records) -> None:
    rows = {one.state: one for one in records.pending()}

    assert rows["held"].payer == HTML_PAYER
    assert rows["held"].masked(Language.KO).payer == "<scri*****t(1)>"
    assert rows["rejected"].masked(Language.KO).why == "ERP가 저장을 거부하였습니다. ERP 메시지: 미등록코드[거래처]"
    assert rows["held"].masked(Language.KO).approval_no == rows["held"].approval_no != ""
    assert rows["odd"].masked(Language.EN).payer == "2026/11/20 오후 2:57:00 알**음 9,000 부분취소 00008888 KB국민카드"


def test_the_picture_shows_each_thing_where_it_was(week: Week, records: Records) -> None:
    found = of(records, week, at(2, "00:00"), at(3, "00:00"))

    picture = timeline.draw(found, MONDAY + timedelta(days=2), SEOUL, Language.EN)

    marks = [(one.kind, round(one.x / timeline.WIDTH * 24, 1)) for one in picture.marks]
    assert ("ran", 6.0) in marks
    assert ("ran", 17.5) in marks
    assert [one for one in marks if one[0] == "crash"] == [("crash", 13.2), ("crash", 16.2)]
    assert ("hung", 13.2) in marks
    assert picture.hours[0] == (0.0, "00")
    assert picture.sentence == "24 cycles ran, 0 failed, 0 were missed."


# --- pure -----------------------------------------------------------------------------------------------------------


def note(when: datetime, kind: str, **facts: object) -> Incident:
    return Incident(at=when, kind=kind, what=kind, facts={"watcher": "worker", **facts})


def test_a_stop_that_nobody_wanted_lasts_from_the_end_to_the_next_start() -> None:
    told = [note(at(0, "09:00"), "end", why="crash (exit 1)"), note(at(0, "09:40"), "start", why="crash (exit 1)")]

    (found,) = stretches(told, since=at(0, "00:00"), until=at(1, "00:00"))

    assert (found.since, found.until, found.lull) == (at(0, "09:00"), at(0, "09:40"), Lull.DOWN)


def test_a_worker_that_did_not_come_back_is_silent_until_now() -> None:
    told = [note(at(-1, "20:00"), "end", why="crash (exit 1)")]

    (found,) = stretches(told, since=at(0, "00:00"), until=at(0, "10:00"))

    assert (found.since, found.until) == (at(0, "00:00"), at(0, "10:00"))


def test_a_pause_is_no_silence_but_what_comes_after_it_is() -> None:
    told = [
        note(at(0, "09:00"), "wish", wanted="paused", by="kim", until=at(0, "10:00").isoformat()),
        note(at(0, "09:00:01"), "end", why="operator"),
        note(at(0, "10:30"), "start", why="operator"),
    ]

    found = stretches(told, since=at(0, "00:00"), until=at(1, "00:00"))

    assert [(one.lull, one.since, one.until) for one in found] == [
        (Lull.PAUSED, at(0, "09:00"), at(0, "10:00")),
        (Lull.DOWN, at(0, "10:00"), at(0, "10:30")),
    ]
    assert [one.seconds for one in silences(found)] == [1800]


def test_a_machine_that_went_off_is_silent_since_its_last_sign_of_life_before_the_first_missed_cycle() -> None:
    told = [note(at(0, "05:50"), "start", why="boot"), note(at(1, "14:48"), "start", why="boot")]
    missed = [at(1, "06:00"), at(1, "06:30")]

    def found(*signs: datetime) -> tuple[datetime, datetime]:
        (one,) = stretches(told, since=at(0, "00:00"), until=at(2, "00:00"), missed=missed, signs=signs)
        return one.since, one.until

    assert found(at(0, "17:01"), at(0, "17:31"), at(1, "14:49")) == (at(0, "17:31"), at(1, "14:48"))
    assert found() == (at(0, "05:50"), at(1, "14:48"))


def test_a_sleep_is_a_silence_only_when_a_cycle_was_due_in_it() -> None:
    told = [Incident(at=at(0, "05:00"), kind="sleep", what="slept", facts={"seconds": 4 * 3600})]

    found = stretches(told, since=at(0, "00:00"), until=at(1, "00:00"))

    assert silences(found) == []
    assert [one.seconds for one in silences(found, asleep_at=[at(0, "03:00")])] == [4 * 3600]


def test_days_of_23_and_25_hours_are_as_long_as_they_are() -> None:
    zone = ZoneInfo("Europe/Berlin")
    short, long = date(2026, 3, 29), date(2026, 10, 25)

    for day, hours in ((short, 23), (long, 25)):
        start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        assert (end.timestamp() - start.timestamp()) / 3600 == hours
        assert figures.days_between(start, end, zone) == [day]
    with quick_folder() as folder, Records(folder) as records:
        since, until = midnight(long, zone), midnight(long + timedelta(days=1), zone)
        found = figures.read(records, since, until, now=until, zone=zone)
        picture = timeline.draw(found, long, zone, Language.EN)
    noon = next(x for x, label in picture.hours if label == "12")
    assert round(noon / timeline.WIDTH, 3) == round(13 / 25, 3)


def test_the_figures_of_a_day_are_found_fast_among_many() -> None:
    with quick_folder() as folder, Records(folder) as records:
        plan = records._rows(
            "EXPLAIN QUERY PLAN SELECT move.key FROM move INDEXED BY move_at JOIN payment USING (key) "
            "WHERE move.at >= '2026' AND move.at < '2027'"
        )

    told = json.dumps([row["detail"] for row in plan])
    assert "SEARCH move USING INDEX move_at" in told
    assert "SCAN" not in told
