"""The status page: what it says of the ledger, when it is written, and that it never stops the work."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hooks.guards import status_fallback
from hooks.guards.status_fallback import Standing
from tests.fakes import THURSDAY, FakeClock, FakeErp, Worker
from worker.alerts import channel_tests
from worker.config import loading, settings
from worker.config.channels import Channel
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.ledger.journal import SlotState
from worker.posting.books import owner_of
from worker.runtime.desired_state import DesiredState, Intent
from worker.runtime.heartbeat import Heartbeat, Phase
from worker.runtime.process_identity import Identity
from worker.status import page, snapshot, timeline
from worker.status.page_writer import LivePage
from worker.status.snapshot import Snapshot, TimelineMark
from worker.status.verdict import Health

BEAT = Heartbeat(
    identity=Identity(pid=1, started=1, boot="b"),
    phase=Phase.WAITING,
    patience=10,
    at=THURSDAY,
    ticks=1000.0,
    next_cycle=(THURSDAY + timedelta(minutes=30)).isoformat(),
    version="0.1.0",
)


@pytest.fixture
def chosen(folder: Path) -> settings.Settings:
    """Return the settings of a real ERP, in Korean."""
    secret = folder / "pw"
    secret.touch(mode=0o600)
    secret.write_text("p4ss word\n", encoding="utf-8")
    values = {"DATA_DIR": str(folder), "ERP_URL": "https://erp.example.com", "ERP_COMPANY": "AB", "ERP_USER": "u"}
    mail = {"SMTP_HOST": "mail.example.com", "MAIL_FROM": "a@example.com", "MAIL_TO": "b@example.com"}
    more = {"MODE": "production", "REPORT_LANGUAGE": "ko", "PING_URL": "off", "DEPOSIT_LIST": "on"}
    found = loading.load({**values, **mail, **more, "ERP_PASSWORD_FILE": str(secret)})
    channel_tests.note(folder, found.channels, Channel.MAIL, at=THURSDAY)
    return found


@pytest.fixture
def worker(folder: Path, chosen: settings.Settings) -> Iterator[Worker]:
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock, books=owner_of(chosen))
    worker.adopt()
    yield worker
    worker.close()


@pytest.fixture
def live(chosen: settings.Settings) -> LivePage:
    return LivePage(chosen)


def shown(folder: Path) -> Snapshot:
    found = snapshot.read(folder)
    assert found is not None
    return found


def test_it_tells_what_the_ledger_knows(folder: Path, live: LivePage, worker: Worker) -> None:
    worker.erp.approve("김밥천국", 10_000)
    worker.erp.approve("무명", 5_000, number="")
    worker.run_cycle()
    worker.run_cycle()

    live.show(BEAT, ledger=worker.ledger)

    found = shown(folder)
    assert (found.verdict.health, found.problems) == (Health.HEALTHY, ())
    assert found.batch["rows"] == 1
    assert found.batch["won"] == found.money["won"] == sum(slip.amount for slip in worker.erp.slips) == 10_000
    assert (found.stats["success"], found.money["deposits"]) == (2, 1)
    assert [one.payer for one in found.pending] == ["무명"]
    assert found.next_cycle == BEAT.next_cycle
    assert datetime.fromisoformat(found.valid_until) - THURSDAY == page.TRUE_FOR
    text = (folder / page.NAME).read_text(encoding="utf-8")
    assert "건별로 결정해 주십시오(명령줄: <code>daybreak resolve</code>)" in text
    assert '<h1 id="word">정상 · 확인할 건 1건</h1>' in text
    assert 'data-tone="look"' in text
    assert "무명, 5,000원" in text
    assert "다음 사이클을 기다리고 있습니다" in text
    for name in (page.NAME, snapshot.NAME):
        assert (folder / name).stat().st_mode & 0o077 == 0


def test_number_and_sum_of_the_day_are_of_one_moment_also_before_the_first_cycle_has_ended(
    folder: Path, live: LivePage, worker: Worker
) -> None:
    worker.erp.approve("김밥천국", 10_000)
    worker.run_cycle()
    before = {"total": 0, "success": 0, "failure": 0, "count": 0, "cancellations": 0}

    live.show(replace(BEAT, stats=before), ledger=worker.ledger)

    assert (shown(folder).money["deposits"], shown(folder).money["won"]) == (1, 10_000)
    assert "입금 1건, 10,000원" in (folder / page.NAME).read_text(encoding="utf-8")


def test_a_cycle_that_is_under_way_is_not_the_next_one(folder: Path, live: LivePage, worker: Worker) -> None:
    due = (THURSDAY - timedelta(seconds=20)).isoformat()

    live.show(replace(BEAT, phase=Phase.READING, next_cycle=due), ledger=worker.ledger)

    assert shown(folder).next_cycle is None


def test_it_stays_true_for_as_long_as_the_step_may_be_silent(folder: Path, live: LivePage, worker: Worker) -> None:
    live.show(replace(BEAT, phase=Phase.SAVING, patience=600), ledger=worker.ledger)

    assert datetime.fromisoformat(shown(folder).valid_until) == THURSDAY + timedelta(seconds=660)


def test_what_is_wrong_makes_it_yellow_and_is_said(folder: Path, live: LivePage, worker: Worker) -> None:
    number = worker.ledger.begin_cycle(slot=THURSDAY, at=THURSDAY)
    worker.ledger.end_cycle(number, at=THURSDAY, outcome="failed", why="the ERP is down", figures={})
    worker.ledger.begin_cycle(slot=THURSDAY, at=THURSDAY)  # under way: it says nothing yet
    worker.ledger.raise_alarm("held", "one is held", at=THURSDAY)
    worker.ledger.raise_alarm("backup", "no backup was made", at=THURSDAY)
    worker.ledger.raise_alarm("recycle", "it happened, and is over", at=THURSDAY)

    live.show(BEAT, ledger=worker.ledger)

    found = shown(folder)
    assert found.verdict.health is Health.DEGRADED
    assert [*found.problems] == [
        "no backup was made",
        "the last cycle failed at 2026-01-08T09:00:00+09:00: the ERP is down",
    ]


def test_without_a_ledger_it_says_that_nothing_is_posted_but_not_while_it_starts(folder: Path, live: LivePage) -> None:
    live.show(replace(BEAT, phase=Phase.STARTING), ledger=None)
    assert shown(folder).verdict.health is Health.HEALTHY

    live.show(replace(BEAT, at=THURSDAY + timedelta(seconds=5)), ledger=None)

    assert shown(folder).verdict.health is Health.DEGRADED
    assert "장부를 열 수 없어" in (folder / page.NAME).read_text(encoding="utf-8")


def test_it_is_written_at_each_change_but_not_all_the_time(folder: Path, live: LivePage, worker: Worker) -> None:
    def beat(phase: Phase, seconds: float, step: str = "") -> str:
        at = THURSDAY + timedelta(seconds=seconds)
        live.show(replace(BEAT, phase=phase, step=step, at=at), ledger=worker.ledger)
        return shown(folder).written[17:19]

    assert beat(Phase.WAITING, 0) == "00"
    assert beat(Phase.WAITING, 30) == "00"
    assert beat(Phase.READING, 31, "page 1 of 2") == "31"
    assert beat(Phase.READING, 32, "page 2 of 2") == "31"
    assert beat(Phase.SAVING, 33.5) == "33"
    assert beat(Phase.SAVING, 50) == "33"
    assert beat(Phase.SAVING, 94) == "34"
    assert shown(folder).since == (THURSDAY + timedelta(seconds=33.5)).isoformat()
    assert beat(Phase.SAVING, 20) == "20", "the clock was set back"
    assert beat(Phase.STOPPING, 20.5) == "20"
    assert shown(folder).doing == Phase.STOPPING
    assert datetime.fromisoformat(shown(folder).valid_until) == THURSDAY + timedelta(seconds=30.5)


def test_a_page_that_cannot_be_written_stops_nothing_and_is_told_once(
    folder: Path, live: LivePage, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / page.NAME).mkdir()

    with caplog.at_level(logging.ERROR):
        for seconds in (0, 100, 200):
            live.show(replace(BEAT, at=THURSDAY + timedelta(seconds=seconds)), ledger=worker.ledger)

    assert caplog.text.count("writing the status page") == 1
    assert not list(folder.glob(f".{page.NAME}*"))


def test_the_timeline_has_what_was_and_what_is_to_come(chosen: settings.Settings, worker: Worker) -> None:
    six = THURSDAY.replace(hour=6)
    for number, state in enumerate((SlotState.RAN, SlotState.FAILED, SlotState.MISSED, None)):
        at = six + timedelta(minutes=30 * number)
        worker.ledger.expect_slots([at], until=at)
        if state is not None:
            worker.ledger.close_slot(at, state, now=at)

    found = timeline.marks(six + timedelta(minutes=95), chosen.schedule, worker.ledger)

    assert [one.state for one in found] == ["ran", "failed", "missed", "open"] + ["due"] * 20
    assert found[0] == TimelineMark(start=360, minutes=30, state="ran")
    assert found[-1].start == 17 * 60 + 30


def test_a_timeline_of_minutes_is_drawn_in_stretches() -> None:
    minutes = [TimelineMark(start=n, minutes=1, state="failed" if n == 5 else "ran") for n in range(10)]

    assert timeline.joined(minutes) == (
        TimelineMark(start=0, minutes=5, state="ran", count=5),
        TimelineMark(start=5, minutes=1, state="failed"),
        TimelineMark(start=6, minutes=4, state="ran", count=4),
    )


def test_cycles_beside_the_regular_times_are_drawn_also_on_a_day_off(chosen: settings.Settings, worker: Worker) -> None:
    saturday = THURSDAY.replace(hour=10) + timedelta(days=2)
    for minutes in range(13):
        at = saturday + timedelta(minutes=20 * minutes)
        number = worker.ledger.begin_cycle(slot=at, at=at)
        worker.ledger.end_cycle(number, at=at, outcome="ran", why="", figures={})

    found = timeline.marks(saturday + timedelta(hours=6), chosen.schedule, worker.ledger)

    assert sum(one.count for one in found if one.state == "ran") == 13


# --- the guard


def test_the_guard_says_why_nothing_runs_and_keeps_what_was_known(folder: Path, live: LivePage, worker: Worker) -> None:
    worker.erp.approve("김밥천국", 10_000)
    worker.run_cycle()
    live.show(BEAT, ledger=worker.ledger)
    guard = status_fallback.Notice(folder, "")
    later = THURSDAY + timedelta(minutes=5)

    guard.say(status_fallback.NOBODY, Standing.DOWN, now=later)

    found = shown(folder)
    assert (found.verdict.health, found.doing) == (Health.DOWN, status_fallback.NOBODY)
    assert found.batch["rows"] == 1
    assert found.next_cycle is None
    assert found.since == later.isoformat()
    text = (folder / page.NAME).read_text(encoding="utf-8")
    assert text.count("No worker runs and nobody wants that: see circusd&#x27;s log") == 1
    assert "1 deposits, ₩10,000" in text

    guard.say(status_fallback.NOBODY, Standing.DOWN, now=later + timedelta(seconds=30))
    assert shown(folder).written == later.isoformat()

    guard.say(status_fallback.NOBODY, Standing.DOWN, now=later + timedelta(seconds=60))
    assert shown(folder).written > later.isoformat()
    assert shown(folder).since == later.isoformat()


@pytest.mark.parametrize(
    "damage",
    [
        lambda values: values["pending"][0].update(time="9999-12-31T23:59:59+09:00"),
        lambda values: values["pending"][0].update(time="0001-01-01T00:00:00+09:00"),
        lambda values: values["pending"][0].update(since="0001-01-01T00:00:00+09:00"),
        lambda values: values["pending"][0].update(won=10**400, payer=7),
        lambda values: values.update(marks=[{"start": 1e308, "minutes": "a", "state": None}]),
        lambda values: values.update(waits={"held": "many"}, money=7),
        lambda values: values.update(problems=[[[]]], written="0001-01-01T00:00:00+23:59"),
    ],
)
def test_whatever_the_last_snapshot_holds_the_guard_writes_a_page(
    folder: Path, live: LivePage, worker: Worker, damage: Callable[[dict[str, Any]], None]
) -> None:
    worker.erp.approve("김밥천국", 10_000, number="")
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    live.show(BEAT, ledger=worker.ledger)
    values = json.loads((folder / snapshot.NAME).read_text(encoding="utf-8"))
    assert values["pending"]
    damage(values)
    (folder / snapshot.NAME).write_text(json.dumps(values), encoding="utf-8")
    (folder / page.NAME).unlink()

    status_fallback.Notice(folder, "ko").say(status_fallback.NOBODY, Standing.DOWN, now=THURSDAY)

    assert (folder / page.NAME).read_text(encoding="utf-8").count("<html") == 1


def test_yesterdays_timeline_is_not_shown_as_todays() -> None:
    mark = TimelineMark(start=0, minutes=30, state="ran")
    old = Snapshot(written=THURSDAY.isoformat(), marks=(mark,), money={"deposits": 3}, batch={"rows": 1})
    tomorrow = THURSDAY + timedelta(days=1)

    found = status_fallback.under(old, "paused", Standing.WANTED, now=tomorrow, language=Language.EN)

    assert (found.marks, found.money, found.batch) == ((), {}, {"rows": 1})


def test_the_guard_says_who_wished_it_so() -> None:
    until = THURSDAY + timedelta(hours=2)
    paused = Intent(wanted=DesiredState.PAUSED, by="kim", since=THURSDAY, until=until)
    stopped = Intent(wanted=DesiredState.STOPPED, by="kim", since=THURSDAY)

    both = [status_fallback.wished(paused), status_fallback.wished(stopped)]
    said = [reasons.say(sentence, language) for sentence in both for language in Language]

    assert said[0] == "Paused until 2026-01-08 11:00 by kim: it starts again by itself then"
    assert said[1].startswith("2026-01-08 11:00까지 일시 중지되었습니다")
    assert said[2] == "Stopped by kim since 2026-01-08 09:00, until somebody starts it"
    assert said[3].startswith("2026-01-08 09:00부터 중지되어 있습니다")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no JSON",
        "[]",
        "{}",
        '{"problems": 1, "attention": [], "pending": [], "marks": []}',
        '{"problems": [], "attention": [], "pending": [{"key": 1}], "marks": []}',
        '{"problems": [], "attention": [], "pending": [], "marks": [], "money": {"won": "x"}, "written": "never"}',
        '{"problems": [], "attention": [], "pending": [], "marks": [], "batch": {"rows": 1}}',
        '{"problems": [], "attention": [], "pending": [], "marks": [], "waits": {"held": "many"}}',
        "\udcff",
    ],
)
def test_a_missing_or_damaged_snapshot_gives_a_page_that_says_so_and_goes_on_saying_it(
    tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / snapshot.NAME).write_bytes(text.encode("utf-8", "surrogateescape"))
    guard = status_fallback.Notice(tmp_path, "ko")

    for seconds in (0, 61):
        guard.say(status_fallback.NOBODY, Standing.DOWN, now=THURSDAY + timedelta(seconds=seconds))

        shown_text = (tmp_path / page.NAME).read_text(encoding="utf-8")
        assert 'data-health="down"' in shown_text
        assert reasons.say(status_fallback.LOST, Language.KO) in shown_text
        assert 'data-known="no"' in shown_text


def test_a_guard_without_a_disk_goes_on(tmp_path: Path) -> None:
    status_fallback.Notice(tmp_path / "gone", "").say(status_fallback.NOBODY, Standing.DOWN, now=THURSDAY)
