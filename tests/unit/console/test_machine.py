"""The screen 장비, for the keeper alone: processes, backups, the log and the settings, whatever stands in the way."""

import os
import re
import socket
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.fakes import SEOUL, Worker
from tests.rig import today, wait_until
from tests.unit.console.reader import KEEPER, OFFICE, Reader, without_a_ledger
from worker.config import loading
from worker.posting.books import owner_of
from worker.runtime import reaper, spool
from worker.runtime import sqlite as sqlite3
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.process_identity import Identity
from worker.runtime.spool import NoteKind

SignedIn = Callable[[str], Reader]

PARTS = ("/machine", "/machine/log", "/machine/settings")


@pytest.fixture
def keeper(worker: Worker, signed_in: SignedIn) -> Reader:
    return signed_in(KEEPER)


@pytest.fixture
def logs(data: Path) -> Path:
    folder = data / "logs"
    folder.mkdir(exist_ok=True)
    now = f"{datetime.now(SEOUL):%Y-%m-%d} 00:00:0"
    (folder / f"worker_{today()}.log").write_text(
        f"{now}1.000+09:00 INFO    c1 worker.posting: deposit AAA posted\n"
        f"{now}2.000+09:00 ERROR   - worker: http://kim:pass-word@proxy.example.com refused <script>x</script>\n"
        f"{now}3.000+09:00 INFO    - console: http://127.0.0.1:8810/welcome?token=very-secret-token\n",
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize("path", PARTS)
def test_each_part_is_shown_in_both_languages(keeper: Reader, logs: Path, path: str) -> None:
    english = keeper.get(path)
    keeper.language = "ko"
    korean = keeper.get(path)

    assert (english.status, korean.status) == (200, 200)
    assert "<h1>Machine</h1>" in english.text
    assert "<h1>장비</h1>" in korean.text
    body = korean.text[korean.text.index("<main") :]
    for word in ("Restart", "Backups", "Load", "Log", "Settings", "Process", "Level"):
        assert f">{word}<" not in body


def test_the_office_neither_sees_nor_orders_any_of_it(worker: Worker, data: Path, signed_in: SignedIn) -> None:
    office = signed_in(OFFICE)
    office.see_a_form()

    for path in PARTS:
        assert office.get(path).status == 403
    for path, form in (("restart", {"name": "worker"}), ("backup", {}), ("rehearse", {"backup": "ledger_1.db"})):
        assert office.post(f"/machine/{path}", form).status == 403

    assert "/machine" not in office.get("/").text
    assert not (data / "backups").exists()
    assert list(spool.waiting(data)) == []


def test_a_process_is_shown_with_its_pid_beat_and_why_it_was_started(keeper: Reader, data: Path) -> None:
    now = datetime.now(SEOUL)
    Heartbeat(
        identity=Identity.own(), phase=Phase.WAITING, patience=60.0, at=now, ticks=now_ticks(), version="0.1.0"
    ).write(data / "heartbeat.txt")
    spool.put(data, NoteKind.START, at=now, text="x", watcher="worker", pid=7, why="it was killed")

    shown = keeper.get("/machine").text

    assert f'<td data-label="Process number">{os.getpid()}' in shown
    assert "s ago, the next within 60 s" in shown
    assert "Worker: it was killed" in shown
    assert re.search(r'data-label="Starts today">1<', shown)


# --- orders


def test_a_restart_without_a_tree_says_so_and_leaves_no_trace(keeper: Reader, data: Path) -> None:
    at = re.search(r'name="at" value="(\d+)"', keeper.get("/machine").text)
    assert at

    answer = keeper.post("/machine/restart", {"name": "worker", "at": at[1]})
    again = keeper.post("/machine/restart", {"name": "worker", "at": at[1]})

    assert (answer.status, again.status) == (303, 303)
    wait_until("what came of it", lambda: "restarting worker: circusd does not run" in keeper.get("/machine").text, 30)
    assert list(spool.waiting(data)) == []


def test_the_page_answers_before_it_is_restarted_itself(keeper: Reader) -> None:
    keeper.get("/machine")

    answer = keeper.post("/machine/restart", {"name": "console"})

    assert (answer.status, answer.headers.get("location")) == (200, None)
    assert "The page is restarting" in answer.text
    assert 'http-equiv="refresh"' in answer.text
    wait_until("what came of it", lambda: "restarting console: circusd does not run" in keeper.get("/machine").text, 30)


def test_no_other_process_is_restarted(keeper: Reader) -> None:
    keeper.get("/machine")

    for name in ("", "demo-erp", "circusd", "worker ", "../worker", "x" * 60_000, "\x00"):
        answer = keeper.post("/machine/restart", {"name": name})

        assert answer.status == 422, name
        assert "choose one of the processes of the list" in answer.text
        assert "Last order" not in answer.text


def test_a_circusd_that_is_silent_is_one_sentence_beside_the_processes(
    worker: Worker, data: Path, signed_in: SignedIn
) -> None:
    marks = {reaper.MARK: reaper.mark(data), reaper.CIRCUSD: reaper.tree_id(Identity.own()), reaper.WATCHER: "worker"}
    with socket.create_server(("127.0.0.1", 0)) as deaf, subprocess.Popen(["sleep", "600"], env=marks) as child:
        ini = data.parent / "circus.ini"
        text = ini.read_text(encoding="utf-8")
        ini.write_text(text.replace("127.0.0.1:9\n", f"127.0.0.1:{deaf.getsockname()[1]}\n"), encoding="utf-8")
        wait_until("the process", lambda: reaper.marked(data))
        shown = signed_in(KEEPER).get("/machine")
        child.kill()

    assert shown.status == 200
    assert shown.text.count("circusd says nothing") == 1
    assert f'<td data-label="Process number">{child.pid}' in shown.text
    assert "Guard of the heartbeat" in shown.text


def test_a_backup_is_made_listed_and_rehearsed(worker: Worker, keeper: Reader, data: Path) -> None:
    worker.books = owner_of(loading.load())
    worker.adopt()
    keeper.get("/machine")

    assert keeper.post("/machine/backup", {}).status == 303
    wait_until("the backup", lambda: "The ledger is backed up to" in keeper.get("/machine").text, 60)
    (backup,) = (data / "backups").glob("ledger_*.db")
    before = (data / "ledger.db").read_bytes()
    assert keeper.post("/machine/rehearse", {"backup": backup.name}).status == 303
    wait_until("the rehearsal", lambda: "The rehearsal went well" in keeper.get("/machine").text, 60)

    shown = keeper.get("/machine").text
    assert "is a whole ledger with 0 payments" in shown
    assert f"Rehearsal of a restore: {backup.name}, by {KEEPER}" in shown
    assert (data / "ledger.db").read_bytes() == before
    assert list(data.glob(".rehearsal*")) == []


def test_what_is_no_backup_of_the_list_is_not_opened(keeper: Reader) -> None:
    keeper.get("/machine")

    for name in ("", "ledger.db", "../ledger.db", "/etc/passwd", "ledger_x.db\x00", "ledger_*.db", "x" * 60_000):
        answer = keeper.post("/machine/rehearse", {"backup": name})

        assert answer.status == 422, name
        assert "there is no such backup" in answer.text


def test_a_link_among_the_backups_is_no_backup(keeper: Reader, data: Path) -> None:
    (data / "backups").mkdir()
    (data / "backups" / "ledger_1.db").symlink_to("/etc/passwd")

    assert "ledger_1.db" not in keeper.get("/machine").text
    assert keeper.post("/machine/rehearse", {"backup": "ledger_1.db"}).status == 422


def test_a_damaged_backup_is_refused_by_a_sentence(keeper: Reader, data: Path) -> None:
    (data / "backups").mkdir()
    (data / "backups" / "ledger_1.db").write_bytes(b"no ledger at all")
    keeper.get("/machine")

    keeper.post("/machine/rehearse", {"backup": "ledger_1.db"})

    wait_until("the refusal", lambda: "ledger_1.db: " in keeper.get("/machine").text, 60)
    assert "The rehearsal went well" not in keeper.get("/machine").text


def test_a_ledger_that_is_damaged_or_not_there_is_one_sentence_beside_the_rest(
    people: None, data: Path, signed_in: SignedIn
) -> None:
    for answer in without_a_ledger(signed_in(KEEPER), "/machine", data):
        assert answer.status == 200
        assert answer.text.count("opening the ledger") == 1
        assert "Versions" in answer.text


def test_a_ledger_that_is_locked_still_shows_the_processes(keeper: Reader, data: Path) -> None:
    other = sqlite3.connect(data / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    shown = keeper.get("/machine")
    other.execute("ROLLBACK")
    other.close()

    assert shown.status == 200
    assert "Guard of the heartbeat" in shown.text


# --- the log


def test_the_log_is_filtered_by_level_text_and_process(keeper: Reader, logs: Path) -> None:
    def lines(query: str) -> int:
        return keeper.get(f"/machine/log?{query}").text.count("<pre>")

    assert [lines(""), lines("level=ERROR"), lines("text=deposit+aaa"), lines("source=guards"), lines("text=zzz")] == [
        3, 1, 1, 0, 0,
    ]  # fmt: skip


def test_no_secret_of_a_log_is_shown_or_can_be_searched_for(keeper: Reader, logs: Path) -> None:
    shown = keeper.get("/machine/log").text

    assert "pass-word" not in shown
    assert "very-secret-token" not in shown
    assert "proxy.example.com" in shown
    assert "&lt;script&gt;" in shown
    assert "<script>x" not in shown
    for secret in ("pass-word", "very-secret-token"):
        assert keeper.get(f"/machine/log?text={secret}").text.count("<pre>") == 0


def test_a_filter_that_makes_no_sense_is_said_and_shows_nothing(keeper: Reader, logs: Path) -> None:
    for query in (
        "day=..%2F..%2Fetc%2Fpasswd",
        "day=2026-02-30",
        "day=99999-01-01",
        "day=" + "9" * 3000,
        "day=2026-11-30%00",
        "level=x",
        "level=",
        "text=" + "y" * 101,
        "text=%1b%5b2J",
        "text=%00",
    ):
        answer = keeper.get(f"/machine/log?{query}")

        assert answer.status == 400, query
        assert answer.text.count('role="alert"') == 1
        assert "<pre>" not in answer.text
        assert "root:" not in answer.text
    for source in ("..%2F..%2Fetc%2Fpasswd", "%2a", "worker%00", "z" * 3000):
        answer = keeper.get(f"/machine/log?source={source}")

        assert (answer.status, "<pre>" in answer.text) == (200, False), source


def test_what_is_no_plain_file_is_no_log(keeper: Reader, logs: Path) -> None:
    os.mkfifo(logs / f"guards_{today()}.log")
    (logs / f"circusd_{today()}.log").symlink_to("/etc/passwd")

    answer = keeper.get("/machine/log")

    assert answer.status == 200
    assert "root:" not in answer.text
    assert answer.text.count("<pre>") == 3


def test_of_a_log_that_is_too_large_the_newest_part_is_shown(keeper: Reader, logs: Path) -> None:
    line = f"{datetime.now(SEOUL):%Y-%m-%d} 00:00:04.000+09:00 INFO    - worker: {'x' * 900}\n"
    with (logs / f"worker_{today()}.log").open("a", encoding="utf-8") as file:
        file.write(line * 9500)

    answer = keeper.get("/machine/log")

    assert "only the newest 8 MB were looked at" in answer.text
    assert "older lines fit as well" in answer.text
    assert answer.text.count("<pre>") == 500


# --- the settings


def test_the_settings_say_where_they_stand_and_no_secret(keeper: Reader, data: Path) -> None:
    (data / "local.ini").write_text(
        "[env:worker]\n# a comment\nBATCH_ROWS = 20\nPING_URL = https://ping.example.com/very-secret\n"
        "PROXY_URL = http://kim:pass-word@proxy.example.com:3128\n",
        encoding="utf-8",
    )

    shown = keeper.get("/machine/settings").text

    assert "var/local.ini, line 3" in shown
    assert "circus.ini, line 4" in shown
    assert "very-secret" not in shown
    assert "pass-word" not in shown
    assert "<code>MAX_WON</code>" not in shown
    assert "<code>MAX_WON</code>" in keeper.get("/machine/settings?all=yes").text


def test_what_is_wrong_with_the_settings_is_said(keeper: Reader, data: Path) -> None:
    assert "Nothing is wrong with them" in keeper.get("/machine/settings").text
    (data / "local.ini").write_text("[env:worker]\nBATCH_ROWS = many\nERP_PASSWORD = hunter2\n", encoding="utf-8")

    shown = keeper.get("/machine/settings").text

    assert "BATCH_ROWS" in shown
    assert "Nothing is wrong with them" not in shown
    assert "hunter2" not in shown
