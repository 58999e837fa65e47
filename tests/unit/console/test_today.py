"""The first screen: one verdict that is never plain green while something waits, and orders by the verbs of today."""

import json
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import SEOUL, Worker
from tests.rig import wait_until
from tests.unit.console.reader import KEEPER, OFFICE, Reader
from worker.console.orders import TODAY, Order, Orders
from worker.console.state import Watcher
from worker.errors import DaybreakError
from worker.i18n import message
from worker.i18n.language import Language
from worker.runtime import desired_state
from worker.runtime.desired_state import DesiredState, Intent
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.process_identity import Identity
from worker.status import snapshot
from worker.status.snapshot import Snapshot, TimelineMark

SignedIn = Callable[[str], Reader]

#: What would run if it were not shown.
EVIL = "<img src=x onerror=alert(1)>"


def write(data: Path, *, ago: float = 0, lasts: float = 180, **other: object) -> None:
    """Write what a worker says of itself: how things stood some seconds ago, to be believed for so long."""
    at = datetime.now(SEOUL).replace(microsecond=0) - timedelta(seconds=ago)
    given: dict[str, object] = {
        "written": at.isoformat(),
        "valid_until": (at + timedelta(seconds=lasts)).isoformat(),
        "doing": "waiting",
        "last_cycle": {"outcome": "ran", "started": at.isoformat(), "why": ""},
        "next_cycle": (at + timedelta(minutes=25)).isoformat(),
        "money": {"deposits": 31, "cancellations": 3, "won_in": 2_492_780, "won_out": 102_970, "won": 2_389_810},
        "marks": (TimelineMark(start=600, minutes=30, state="ran"), TimelineMark(start=630, minutes=30, state="due")),
    }
    snapshot.write(data, Snapshot(**{**given, **other}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "tone", "text"),
    [
        ({}, "good", "정상"),
        ({"waits": {"held": 4, "odd": 1}}, "look", "정상 · 확인할 건 5건"),
        ({"problems": ("x",)}, "look", "주의"),
        ({"is_down": True, "waits": {"held": 1200}}, "bad", "중단 · 확인할 건 1,200건"),
        ({"ago": 300}, "off", "이 화면은 오래되었습니다"),
    ],
)
def test_the_verdict_is_that_of_the_snapshot_while_it_is_to_be_believed(
    data: Path, given: dict[str, object], tone: str, text: str
) -> None:
    write(data, **given)  # type: ignore[arg-type]

    found = Watcher(data, SEOUL).now(Language.KO)

    assert (found.tone, found.verdict) == (tone, text)
    assert bool(found.money) is (tone != "off")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"written": 1}', "nonsense"])
def test_before_the_first_word_nothing_is_known(data: Path, text: str) -> None:
    if text:
        (data / snapshot.NAME).write_text(text, encoding="utf-8")

    assert Watcher(data, SEOUL).now(Language.EN).tone == "off"


@pytest.mark.parametrize(
    "other", [{"waits": {"held": "many"}}, {"alarms": {"open": [{}]}}, {"next_cycle": 7}, {"last_cycle": {"why": []}}]
)
def test_a_snapshot_that_no_screen_can_show_is_no_news(data: Path, other: dict[str, object]) -> None:
    write(data)
    path = data / snapshot.NAME
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **other}), encoding="utf-8")

    assert Watcher(data, SEOUL).now(Language.KO).tone == "off"


def test_a_new_snapshot_is_seen_at_once(data: Path) -> None:
    watcher = Watcher(data, SEOUL)
    write(data)
    assert watcher.now(Language.EN).tone == "good"

    write(data, waits={"held": 1})

    assert watcher.now(Language.EN).tone == "look"


def test_the_screen_shows_the_day_and_runs_nothing_that_it_shows(data: Path, signed_in: SignedIn) -> None:
    write(
        data,
        waits={"held": 2},
        problems=(message("the last cycle failed at {at}: {why}", at="10:00", why=EVIL),),
        alarms={"open": [{"cause": "held", "since": "2026-11-30T10:00:00+09:00", "count": 1, "what": EVIL}]},
    )
    reader = signed_in(OFFICE)

    shown = reader.get("/")

    assert shown.status == 200
    for text in ("degraded · 2 to look at", "2,492,780", "-102,970", "2,389,810", ">28<", "in 25 min", "Process now"):
        assert text in shown.text, text
    assert "Payments are held for a decision" in shown.text
    assert "Resume" not in shown.text
    assert EVIL not in shown.text
    assert shown.text.count("&lt;img src=x") == 2
    assert reader.get("/today", HX_Request="true").text.startswith('<div id="parts"')
    assert reader.get("/today").headers["location"] == "/"


def test_beside_a_person_the_first_screen_tells_the_score(data: Path, signed_in: SignedIn) -> None:
    score = {"same": 409, "netted": 2, "different": 1, "later": 3, "most_later_s": 125}
    write(data, shadow=score, maintenance={"since": "", "until": datetime(2099, 1, 1, 6, tzinfo=SEOUL).isoformat()})

    shown = signed_in(OFFICE).get("/", Accept_Language="ko").text

    for text in (
        "수기 처리와 비교",
        "412건 중 411건 일치, 수기 처리보다 늦은 건 3건",
        "내용이 다름: 1건",
        "최대 3분 늦음",
    ):
        assert text in shown, text
    assert "06:00까지 ERP 정기 점검" in shown


@pytest.mark.parametrize(
    ("form", "hours"), [({"how": "hour"}, 1), ({"how": "until", "until": "2099-01-01T00:00"}, None), ({}, None)]
)
def test_a_pause_is_the_verbs_own_and_names_who_wanted_it(
    data: Path, signed_in: SignedIn, form: dict[str, str], hours: int | None
) -> None:
    reader = signed_in(OFFICE)
    reader.see_a_form()

    answer = reader.post("/today/pause", form)

    if hours is None:
        assert answer.status == 409
        assert "pausing" in answer.text
        assert not desired_state.path_in(data).exists()
        return
    assert answer.headers["location"] == "/"
    wait_until("the wish", desired_state.path_in(data).exists)
    wish = desired_state.read(data)
    assert (wish.wanted, wish.by) == (DesiredState.PAUSED, f"{OFFICE} (page)")
    assert wish.until is not None
    assert wish.since is not None
    assert (wish.until - wish.since).total_seconds() == hours * 3600


def ended(orders: Orders) -> Order:
    """Return the last order once it is done."""
    wait_until("the end of the order", lambda: (last := orders.last(*TODAY)) and last.outcome)
    done = orders.last(*TODAY)
    assert done is not None
    return done


def test_today_ends_at_midnight_and_a_second_order_waits_for_the_first(data: Path) -> None:
    orders = Orders(data, SEOUL)
    orders.pause_today("kim")
    with pytest.raises(DaybreakError, match="another order is under way"):
        orders.resume("lee")
    first = orders.last(*TODAY)
    orders.pause_today("kim")  # the second click of two
    assert orders.last(*TODAY) is first

    done = ended(orders)
    assert done.is_well, done.outcome
    until = desired_state.read(data).until
    assert until is not None
    assert f"{until:%H:%M}" == "23:59"


@pytest.mark.parametrize(("minutes", "said"), [(25, "25분 뒤"), (545, "9시간 5분 뒤"), (1500, "")])
def test_the_next_cycle_is_so_many_hours_and_minutes_away(
    data: Path, signed_in: SignedIn, minutes: int, said: str
) -> None:
    due = datetime.now(SEOUL).replace(microsecond=0) + timedelta(minutes=minutes, seconds=20)
    write(data, next_cycle=due.isoformat())

    shown = signed_in(OFFICE).get("/", Accept_Language="ko").text

    assert re.findall(r"<small>([^<]* 뒤)?</small></p></section>", shown) == [said]


def test_while_it_is_paused_no_cycle_is_offered_and_the_next_is_at_the_end(data: Path, signed_in: SignedIn) -> None:
    write(data)
    until = (datetime.now(SEOUL) + timedelta(hours=3)).replace(second=0, microsecond=0)
    intent = Intent(wanted=DesiredState.PAUSED, by="kim", since=datetime.now(SEOUL), until=until)
    desired_state.write(data, intent)

    shown = signed_in(OFFICE).get("/").text

    assert 'action="/today/run"' not in shown
    assert 'action="/today/resume"' in shown
    assert re.search(rf"{until:%H:%M} <small>in [23] h", shown)
    assert "in 25 min" not in shown


@pytest.mark.parametrize(("code", "is_offered"), [(78, True), (1, False), (None, False)])
def test_a_worker_that_refused_its_settings_is_started_from_today(
    data: Path, signed_in: SignedIn, code: int | None, *, is_offered: bool
) -> None:
    write(data, is_down=True)
    if code is not None:
        (data / "backoff.json").write_text(json.dumps({"code": code}), encoding="utf-8")

    shown = signed_in(OFFICE).get("/").text

    assert ('action="/today/resume"' in shown) is is_offered
    assert ('action="/today/run"' in shown) is not is_offered


def test_a_worker_that_was_stopped_is_started_from_today(data: Path, signed_in: SignedIn) -> None:
    write(data)
    desired_state.write(data, Intent(wanted=DesiredState.STOPPED, by="kim", since=datetime.now(SEOUL)))

    shown = signed_in(OFFICE).get("/").text

    assert 'action="/today/resume"' in shown
    assert 'action="/today/run"' not in shown
    assert "in 25 min" not in shown


def test_a_backup_of_minutes_keeps_nobody_from_pausing_and_is_not_the_offices(data: Path) -> None:
    orders, over = Orders(data, SEOUL), threading.Event()
    orders.give("backup", "lee", lambda: str(over.wait(60)))

    orders.pause("kim", "1h")

    assert ended(orders).is_well
    kept = orders.last("restart", "backup", "rehearse")
    assert kept is not None
    assert (kept.what, kept.outcome) == ("backup", "")
    with pytest.raises(DaybreakError, match="another order is under way"):
        orders.give("channel", "lee", str)
    over.set()


def test_the_days_screen_shows_none_of_the_keepers_orders(worker: Worker, data: Path, signed_in: SignedIn) -> None:
    write(data)
    keeper = signed_in(KEEPER)
    keeper.get("/machine")
    keeper.post("/machine/restart", {"name": "worker"})
    wait_until("the order", lambda: "Last order" in keeper.get("/machine").text, 30)

    assert "Last order" not in signed_in(OFFICE).get("/").text


def test_a_cycle_that_can_not_begin_is_said_so(data: Path) -> None:
    orders = Orders(data, SEOUL)
    orders.pause("kim", "1h")
    ended(orders)

    orders.run("kim")

    done = ended(orders)
    assert not done.is_well
    assert "paused or stopped" in done.outcome
    assert not (data / "once.json").exists()


def test_a_snapshot_that_nobody_renews_is_old_though_it_would_be_true_for_longer(data: Path) -> None:
    write(data, ago=130)

    found = Watcher(data, SEOUL).now(Language.KO)

    assert (found.tone, found.is_old, bool(found.money)) == ("off", True, False)
    assert 129 <= found.age < 140


def test_a_workers_promise_keeps_a_snapshot_new(data: Path) -> None:
    write(data, ago=130, lasts=600)
    Heartbeat(
        identity=Identity.own(),
        phase=Phase.WAITING,
        patience=60,
        at=datetime.now(SEOUL) - timedelta(seconds=7),
        ticks=now_ticks(),
        version="test",
        step="",
    ).write(data / "heartbeat.txt")

    found = Watcher(data, SEOUL).now(Language.KO)

    assert (found.tone, found.is_old) == ("good", False)
    assert 7 <= found.age < 20


@pytest.mark.parametrize(("ago", "text"), [(3, "갱신 [3-9]초 전"), (100, "갱신 2분 전"), (200, "갱신 3분 전")])
def test_how_old_the_news_is_is_said_without_a_script(data: Path, signed_in: SignedIn, ago: int, text: str) -> None:
    reader = signed_in(OFFICE)
    reader.language = "ko"
    write(data, ago=ago)

    shown = reader.get("/").text

    assert re.search(f">{text}<", shown)
    assert bool(re.search(r'id="stale"[^>]* hidden', shown)) is (ago < 150)
    assert f'data-old="{"yes" if ago > 150 else "no"}"' in shown


# fmt: off
CARDS = (
    {
        "card": "KB국민카드",
        "deposits": 30,
        "cancellations": 3,
        "won_in": 2_400_000,
        "won_out": 102_970,
        "won": 2_297_030,
    },
    {"card": EVIL, "deposits": 1, "cancellations": 0, "won_in": 92_780, "won_out": 0, "won": 92_780},
)
# fmt: on


def test_todays_money_is_shown_by_card_company(data: Path, signed_in: SignedIn) -> None:
    write(data, cards=CARDS)
    reader = signed_in(OFFICE)

    shown = reader.get("/").text

    for text in ("By card company", "KB국민카드", "2,400,000", "-102,970", "2,297,030", ">92,780<"):
        assert text in shown, text
    assert EVIL not in shown
    write(data, cards=CARDS[:1])
    assert "By card company" not in reader.get("/").text


@pytest.mark.parametrize(
    ("state", "address", "late"),
    [("held", "/waiting/", False), ("seen", "/payments/", True), ("sent", "/payments/", False)],
)
def test_the_oldest_payment_that_is_not_posted_leads_to_its_screen(
    data: Path, signed_in: SignedIn, state: str, address: str, late: bool
) -> None:
    oldest = {
        "key": "ABCDEFGHJK", "time": "2026-11-30T09:12:00+09:00", "payer": EVIL, "won": 12_500, "state": state,
        "open_min": 250, "is_late": late,
    }  # fmt: skip
    write(data, oldest=oldest)

    shown = signed_in(OFFICE).get("/").text

    assert f'href="{address}ABCDEFGHJK"' in shown
    assert "12,500 won" in shown
    assert "4 h 10 min of business" in shown
    assert ("More than 4 hours of business" in shown) is late
    assert EVIL not in shown


def test_all_that_is_posted_is_said_so(data: Path, signed_in: SignedIn) -> None:
    write(data)

    assert "Everything that was read is posted" in signed_in(OFFICE).get("/").text
