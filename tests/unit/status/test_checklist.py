"""The morning checklist, and the verbs that show how things stand."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes import SEOUL
from worker.cli.commands import app
from worker.config import ini
from worker.i18n import message
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.runtime import desired_state, installation
from worker.runtime.circus_client import Circus
from worker.runtime.desired_state import DesiredState, Intent
from worker.status import checklist
from worker.status.findings import Findings
from worker.status.snapshot import Snapshot

#: A tree on a good morning.
WELL = Snapshot(
    circus={"worker": "active", "plugin:heartbeat": "active", "plugin:recycle": "active"},
    worker={
        "pids": [812], "phase": "waiting", "step": "", "heartbeat_age_s": 2.1, "patience_s": 10.0,
        "started": None, "version": "0.1.0", "generation": 7,
    },
    lock={"held": True, "holder": "pid 812, since 05:55", "pid": 812},
    last_cycle={"outcome": "ran", "started": "2026-01-08T06:30:00+09:00", "why": ""},
    next_cycle="2026-01-08T07:00:00+09:00",
    stats={"total": 2, "success": 2, "failure": 0, "count": 40, "cancellations": 1},
    recycle={"last": "2026-01-08T05:55:02+09:00", "next": "2026-01-09T05:55:00+09:00", "result": "done", "due": "x"},
    guards={name: {"pid": 1, "heartbeat_age_s": 1.0, "well": True} for name in ("heartbeat", "recycle")},
    intent="running",
    ledger={"waiting": {"seen": 3}, "odd_rows": 0},
    erp={"address": "https://erp.example.com", "demo": False, "mode": "production"},
    disk_free_mb=50_000,
    log={"file": "worker_20260108.log", "size": 12_345, "errors": 0, "warnings": 1},
    slots={"ran": 2, "missed": 0},
    money={"deposits": 40, "cancellations": 1, "won_in": 500_000, "won_out": 10_000, "won": 490_000},
    holidays={"problem": ""},
    alarms={"open": [], "undelivered": []},
)  # fmt: skip


#: A cycle without an end.
UNDER_WAY = {"outcome": "", "started": "2026-01-08T06:30:00+09:00", "why": ""}


def marks(found: Snapshot, language: Language = Language.EN) -> dict[str, tuple[str, str]]:
    """Return {name: (mark, text)} of the checklist."""
    return {one.name: (one.verdict.value, one.text) for one in checklist.lines(found, language)}


def test_a_good_morning_has_no_other_mark() -> None:
    found = marks(WELL)

    assert {mark for mark, _ in found.values()} == {"✓", "·"}
    assert found["processes"] == ("✓", "1 (expected 1): pid 812")
    assert found["heartbeat"] == ("✓", "2.1 s ago, next within 10 s: Waiting for the next cycle")
    assert found["lock and pid"] == ("✓", "agree: held by pid 812, since 05:55")
    assert found["daily restart"][1] == "last 2026-01-08 05:55:02 (done), next 2026-01-09 05:55:00"
    assert found["today's log"][1] == "worker_20260108.log, 12.3 KB, 0 errors, 1 warnings"
    assert found["money today"] == ("·", "40 deposits, 490,000 won (1 of them cancellations)")
    assert found["waiting"] == ("✓", "3 not sent yet; nothing waits for a person")


def test_it_reads_in_korean() -> None:
    found = marks(WELL, Language.KO)

    assert found["프로세스"] == ("✓", "1개 (정상은 1개): pid 812")
    assert found["신호"][1] == "2.1초 전, 10초 안에 다시 신호: 다음 사이클을 기다리고 있습니다"
    assert found["오늘의 입금"][1] == "입금 40건, 490,000원 (그중 취소 1건)"
    assert found.keys().isdisjoint(marks(WELL).keys() - {"ERP", "circusd"})


@pytest.mark.parametrize(
    ("change", "name", "mark", "text"),
    [
        ({"worker": {**WELL.worker, "pids": [812, 813]}}, "processes", "✗", "2 (expected 1): pid 812, 813"),
        ({"worker": {**WELL.worker, "pids": []}}, "processes", "✗", "0 (expected 1)"),
        ({"worker": {**WELL.worker, "heartbeat_age_s": 40.0}}, "heartbeat", "✗", "40.0 s ago, next within 10 s"),
        ({"worker": {**WELL.worker, "heartbeat_age_s": None}}, "heartbeat", "✗", "none"),
        ({"lock": {"held": True, "holder": "pid 99", "pid": 99}}, "lock and pid", "✗", "do not agree: pid 99"),
        ({"lock": {"held": False, "holder": "", "pid": None}}, "lock and pid", "✗", "free"),
        ({"guards": {"recycle": {"well": False, "heartbeat_age_s": None}}}, "guards", "✗", "recycle SILENT"),
        ({"circus": {}}, "circusd", "✗", "does not answer"),
        ({"recycle": {**WELL.recycle, "last": None}}, "daily restart", "!", "last –"),
        ({"log": {**WELL.log, "errors": 2}}, "today's log", "!", "2 errors"),
        ({"log": {**WELL.log, "size": 0}}, "today's log", "!", "none yet today"),
        ({"last_cycle": {**(WELL.last_cycle or {}), "outcome": "failed", "why": "no"}}, "last cycle", "✗", "failed"),
        ({"last_cycle": {**(WELL.last_cycle or {}), "outcome": ""}}, "last cycle", "·", "under way"),
        ({"last_cycle": None}, "last cycle", "!", "never yet"),
        ({"next_cycle": None}, "next cycle", "!", "–"),
        ({"slots": {"missed": 2}}, "cycles today", "!", "2 ran, 0 failed, 2 missed"),
        ({"last_cycle": {**UNDER_WAY, "generation": 7}}, "next cycle", "✓", "under way"),
        ({"last_cycle": {**UNDER_WAY, "generation": 6}}, "next cycle", "✓", "2026-01-08 07:00:00"),
        ({"waits": {"held": 2, "odd": 1}}, "waiting", "!", "2 held: decide each"),
        ({"disk_free_mb": 900}, "disk", "✗", "900 MB free"),
        ({"holidays": {"problem": "2027 is not known"}}, "holidays", "!", "2027 is not known"),
        ({"alarms": {"open": [{"cause": "disk"}], "undelivered": []}}, "alarms", "!", "open: The disk is nearly full"),
        ({"alarms": {"open": [], "undelivered": [{}]}}, "alarms", "✗", "1 messages not delivered yet"),
        ({"intent": "paused until 2026-01-08 09:00"}, "operator wants", "!", "paused until"),
    ],
)  # fmt: skip
def test_what_is_not_well_has_its_mark(change: dict[str, object], name: str, mark: str, text: str) -> None:
    found = marks(replace(WELL, **change))  # type: ignore[arg-type]

    assert found[name][0] == mark
    assert found[name][1].startswith(text) or text in found[name][1]
    assert sum(mark not in "✓·" for mark, _ in found.values()) <= 2


def test_what_needs_a_person_is_said_once_and_in_the_readers_language(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Findings(attention=[message("set PING_URL")], parts={"waits": {"held": 2}}).snapshot()
    monkeypatch.setattr("worker.operations.status.look", lambda: replace(found, language="ko"))

    text = said("status")[1]

    assert text.startswith("정상 · 확인할 건 2건\n")
    assert text.count("보류 2건: 업무 화면의 '확인할 건'에서 건별로 결정해 주십시오(명령줄: `daybreak resolve`)") == 1
    assert [str(one) for one in found.attention] == ["set PING_URL", "2 held: decide each with `daybreak resolve`"]


def test_rows_that_wait_leave_the_machine_healthy_and_are_counted_for_programs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.operations.status.look", lambda: replace(WELL, waits={"held": 2, "in_doubt": 3}))

    code, text = said("status")
    found = json.loads(said("status", "--json")[1])

    assert (code, text.splitlines()[0]) == (0, "healthy · 5 to look at")
    assert found["health"] == "healthy"
    assert found["verdict"] == {"tone": "look", "waiting": 5}


# --- the verbs


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a tree that does not run, with settings of its own."""
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    for name in ini.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    write(tmp_path)
    return tmp_path


def write(project: Path, more: str = "") -> None:
    (project / "circus.ini").write_text(
        f"[circus]\nendpoint = tcp://127.0.0.1:9\n[env:worker]\nDATA_DIR = var\n{more}", encoding="utf-8"
    )


def said(*words: str) -> tuple[int, str]:
    """Run a verb; return its exit code and what it printed."""
    done = CliRunner().invoke(app, [*words])
    return done.exit_code, done.output


def test_status_without_a_terminal_has_no_colours_and_says_down(project: Path) -> None:
    code, text = said("status")

    assert code == 2
    assert text.startswith("down\n")
    assert "\x1b" not in text
    assert "✗  processes" in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_status_watch_into_a_pipe_writes_one_look_after_another_without_blank_lines(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter((0, 0))

    def wait(_: float) -> None:
        if next(looks, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr("worker.cli.status.time.sleep", wait)

    code, text = said("status", "--watch")

    assert code == 0
    assert text.count("down\n") == 3
    assert re.search(r"\d\d:\d\d:\d\d KST\n", text)
    assert [line for line in text.splitlines() if not line or line != line.rstrip()] == []


def test_status_json_keeps_its_keys_and_has_the_new_ones(project: Path) -> None:
    log = project / "var" / "logs" / f"worker_{datetime.now(SEOUL):%Y%m%d}.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "2026-01-08 09:00:00.000+09:00 ERROR   c7 worker.app: cycle failed\n"
        '{"time": "2026-01-08 09:00:00.000+09:00", "level": "WARNING", "message": "hm"}\n'
        "2026-01-08 09:00:01.000+09:00 INFO    - worker: ERROR is only a word here\n",
        encoding="utf-8",
    )
    with Ledger(project / "var") as ledger:
        ledger.begin_generation()
        ledger.raise_alarm("disk", "the disk is nearly full", at=datetime.now(SEOUL))

    found = json.loads(said("status", "--json")[1])

    assert {
        "health", "problems", "circus", "worker", "lock", "last_cycle", "next_cycle", "stats", "recycle", "guards",
        "intent", "attention", "log", "money", "slots", "holidays", "alarms",
    } <= found.keys()  # fmt: skip
    assert (found["log"]["errors"], found["log"]["warnings"]) == (1, 1)
    assert found["log"]["size"] == log.stat().st_size
    assert [one["what"] for one in found["alarms"]["open"]] == ["the disk is nearly full"]
    assert found["money"]["won"] == 0


def test_status_names_who_has_acknowledged_what_is_open(project: Path) -> None:
    now = datetime.now(SEOUL)
    (project / "var").mkdir(exist_ok=True)
    with Ledger(project / "var") as ledger:
        ledger.begin_generation()
        ledger.raise_alarm("held", "payment A: x", at=now)
        (alarm,) = ledger.alarms()
        ledger.acknowledge(alarm, by="kim", at=now, exactly=True)

    assert "(acknowledged by kim)" in said("status")[1]
    (told,) = json.loads(said("status", "--json")[1])["alarms"]["open"]
    assert (told["id"], told["acknowledged_by"]) == (alarm.id, "kim")
    with Ledger(project / "var", create=False) as ledger:
        ledger.raise_alarm("held", "payment B: y", at=now)
    assert "acknowledged by kim" not in said("status")[1]


def test_status_reads_in_the_language_that_was_set(project: Path) -> None:
    write(project, "REPORT_LANGUAGE = ko\n")

    assert said("status")[1].startswith("중단\n")


def test_status_watch_draws_again_until_it_is_interrupted(project: Path) -> None:
    leader, follower = pty.openpty()
    # A shell's background job ignores Ctrl-C, and so would all that is started from here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "COLUMNS": "120"}
    child = subprocess.Popen(
        [sys.executable, "-m", "worker.cli", "status", "--watch"], stdout=follower, stderr=follower, env=environment
    )
    os.close(follower)
    seen, deadline = b"", time.monotonic() + 60
    while len(set(re.findall(rb"\d\d:\d\d:\d\d", seen))) < 2:
        assert time.monotonic() < deadline, seen.decode("utf-8", "replace")
        if select.select([leader], [], [], 1)[0]:
            seen += os.read(leader, 65536)
    child.send_signal(signal.SIGINT)
    while select.select([leader], [], [], 10)[0] and time.monotonic() < deadline:
        try:
            os.read(leader, 65536)
        except OSError:  # the terminal's other end is closed: the program has ended
            break
    os.close(leader)

    assert child.wait(20) == 0
    assert b"\x1b[" in seen
    assert b"processes" in seen


def test_schedule_shows_two_weeks(project: Path) -> None:
    secret = project / "pw"
    secret.touch(mode=0o600)
    secret.write_text("p4ss word", encoding="utf-8")
    tomorrow = datetime.now(SEOUL).date() + timedelta(days=1)
    write(
        project,
        "ERP_URL = https://erp.example.com\nERP_COMPANY = 1\nERP_USER = u\nERP_PASSWORD_FILE = pw\n"
        f"EXTRA_DAYS_OFF = {tomorrow}\n",
    )

    code, text = said("schedule")
    days = json.loads(said("schedule", "--json")[1])

    assert code == 0
    assert len(text.strip().splitlines()) == 1 + 14
    assert (len(days), days[1]["date"], days[1]["off"]) == (14, f"{tomorrow}", True)
    assert "EXTRA_DAYS_OFF" in text


def test_a_typo_in_the_days_is_refused_with_a_sentence(project: Path) -> None:
    write(project, "EXTRA_DAYS_OFF = 2026-13-04\n")

    done = CliRunner().invoke(app, ["schedule"])

    assert "EXTRA_DAYS_OFF='2026-13-04': write dates like 2026-05-04" in str(done.exception)


def test_analyze_reads_old_logs_without_any_ledger(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "v9_20260113_173100.log").write_text(
        "[17:31:02] [INFO] 대기\n[18:01:03] [INFO] 사이클 완료 (7건)\n[14:48:10] [INFO] 대기\n", encoding="utf-8"
    )

    code, text = said("analyze", "2026-01-13", "2026-01-14", "--logs", str(folder))

    assert code == 0
    assert "2026-01-13 18:01:03 – 2026-01-14 14:48:10 (20 h 47 min)  GAP" in text
    assert "no ledger was read: opening the ledger" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("yesterday", "today"), 'reading FROM: "yesterday" is not a time. Write a day'),
        (("2026-01-14", "2026-01-13"), "2026-01-14 is not before 2026-01-13"),
        (("2026-01-13", "2026-01-14", "--logs", "/nowhere"), "/nowhere is no folder"),
    ],
)
def test_analyze_refuses_what_makes_no_sense(project: Path, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in str(CliRunner().invoke(app, ["analyze", *words]).exception)


def test_a_pause_that_has_run_out_is_no_longer_what_the_operator_wants(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(SEOUL).replace(microsecond=0)
    pause = Intent(wanted=DesiredState.PAUSED, by="kim", since=now - timedelta(hours=2), until=now + timedelta(hours=1))
    desired_state.write(project / "var", pause)
    assert "paused until" in said("status")[1]

    desired_state.write(project / "var", replace(pause, until=now - timedelta(hours=1)))

    # The worker ended since, for another reason: that is what must be said.
    (project / "var" / "backoff.json").write_text('{"code": 78}')
    monkeypatch.setattr(Circus, "call", lambda *_: {"statuses": {"worker": "stopped"}})
    found = json.loads(said("status", "--json")[1])
    assert found["intent"] == "running"
    assert "the settings are wrong; correct them, then: circusctl start worker" in found["problems"]


def test_a_cycle_by_hand_says_that_the_worker_is_paused(project: Path) -> None:
    password = project / "password"
    password.touch(mode=0o600)
    password.write_text("p4ss", encoding="utf-8")
    real = "ERP_URL = https://erp.example.com\nERP_COMPANY = 1\nERP_USER = u\nMODE = production\n"
    write(project, f"{real}ERP_PASSWORD_FILE = {password}\n")
    until = datetime.now(SEOUL).replace(microsecond=0) + timedelta(hours=1)
    desired_state.write(project / "var", Intent(wanted=DesiredState.PAUSED, by="kim", until=until))

    _, text = said("once")  # it goes no further: no channel was ever tested

    assert (
        f"The worker is paused until {until:%Y-%m-%d %H:%M} by kim. A cycle by hand is not kept back by that." in text
    )

    write(project, f"{real}ERP_PASSWORD_FILE = {password}\nREPORT_LANGUAGE = ko\n")
    desired_state.write(project / "var", Intent(wanted=DesiredState.STOPPED, by="circusctl: kim", since=until))

    assert f"{until:%Y-%m-%d %H:%M}부터 중지 (지시: circusctl: kim). 직접" in said("once")[1]


def test_a_row_that_no_rule_covers_is_shown_by_its_name(project: Path) -> None:
    row = json.dumps({"time": "2026-01-08 09:00:00", "payer": "홍길동", "amount": "?", "status": "승인"})
    (project / "var").mkdir()
    with Ledger(project / "var") as ledger:
        ledger.begin_generation()
        cycle = ledger.begin_cycle(slot=datetime.now(SEOUL), at=datetime.now(SEOUL))
        ledger.note_oddities([(row, "the amount ? is none")], cycle=cycle, at=datetime.now(SEOUL))

    assert said("resolve", "row-1")[1].startswith("row-1  odd  2026-01-08 09:00:00 홍길동 ? 승인\n")
    assert said("resolve", "row-2")[1] == "row-2 was never seen\n"
    assert said("resolve", "row-1", "--never", "--why", "a test row", "--by", "kim", "--yes")[0] == 0
    assert said("resolve", "row-1")[1].endswith(" kim: never: a test row\n")


def test_a_backup_overwrites_nothing(project: Path) -> None:
    (project / "var").mkdir()
    with Ledger(project / "var"):
        pass
    target = project / "mine.db"
    target.write_text("something else")

    done = CliRunner().invoke(app, ["backup", str(target)])

    assert str(done.exception).startswith(f"backing up the ledger: {target} is there already")
    assert target.read_text() == "something else"
