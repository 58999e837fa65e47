"""Reports as they are made: pages and mails, once each, whatever ends the process in between."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.fakes import SEOUL, quick_folder
from tests.rig import wait_until
from tests.week import HTML_PAYER, MONDAY, Week, a_week, at
from worker.alerts import notifications
from worker.app.job import Job
from worker.config import loading
from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.reports import on_demand, scheduler
from worker.reports.builder import Builder
from worker.reports.records import Records
from worker.reports.scheduler import Scheduler
from worker.reports.words import spell
from worker.runtime import child_process
from worker.runtime import sqlite as sqlite3
from worker.runtime.locks import Lock, alone
from worker.runtime.stop import HeartbeatWriter, Stop


@pytest.fixture(scope="module")
def original() -> Iterator[Week]:
    with quick_folder() as folder, a_week(folder, until=at(3, "17:45")) as week:
        yield week


@pytest.fixture
def folder(original: Week) -> Iterator[Path]:
    """A copy of the ledger of that week, on Thursday at 17:45."""
    with quick_folder() as folder:
        with Records(original.folder, create=False) as records:
            records.back_up(folder / "ledger.db")
        Ledger(folder).close()  # a backup is no WAL file before somebody opens it
        yield folder


def chosen(folder: Path, **more: str) -> Settings:
    return loading.load({"DATA_DIR": str(folder), "ERP_URL": "https://erp.example", "ERP_COMPANY": "AB",
                          "ERP_USER": "u", "ERP_PASSWORD_FILE": str(_secret(folder)), **more})  # fmt: skip


def _secret(folder: Path) -> Path:
    path = folder / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("secret")
    return path


def run_due(folder: Path, now: datetime, **more: str) -> list[str]:
    with time_machine.travel(now, tick=False), Records(folder, create=False) as records:
        return Builder(chosen(folder, **more), records).run_due()


def mails(folder: Path) -> dict[str, tuple[str, str, str]]:
    with sqlite3.connect(folder / "ledger.db") as db:
        return {key: (subject, text, html) for key, subject, text, html in db.execute(
            "SELECT key, subject, text, html FROM mail ORDER BY id")}  # fmt: skip


def test_a_summary_is_written_once_however_often_it_is_asked_for(folder: Path) -> None:
    assert run_due(folder, at(3, "17:45")) == ["daily 2026-11-19"]
    assert run_due(folder, at(3, "17:45")) == []
    assert run_due(folder, at(3, "23:00")) == []

    assert list(mails(folder)) == ["daily 2026-11-19"]


def test_the_next_report_names_who_has_acknowledged_an_alarm(folder: Path) -> None:
    with Ledger(folder, create=False) as ledger:
        ledger.raise_alarm("disk", "3 MB are free", at=at(3, "10:00"))
        (alarm,) = [one for one in ledger.alarms() if one.cause == "disk"]
        ledger.acknowledge(alarm, by="kim", at=at(3, "10:30"), exactly=False)

    run_due(folder, at(3, "17:45"))

    for _, text, html in mails(folder).values():
        assert "acknowledged by kim, " in text
        assert "acknowledged by kim" in html


@pytest.mark.parametrize("moment", ["before the page", "after the page", "after the mail"])
def test_a_process_that_is_killed_at_1745_leaves_one_mail(
    folder: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    write, add = Builder._write, notifications.add_mail

    def killed_write(self: Builder, name: str, page: str) -> Path:
        if moment == "after the page":
            write(self, name, page)
        raise Killed

    def killed_add(*args: object, **fields: object) -> bool:
        add(*args, **fields)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as broken:
        if moment == "after the mail":
            broken.setattr(notifications, "add_mail", killed_add)
        else:
            broken.setattr(Builder, "_write", killed_write)
        with pytest.raises(Killed):
            run_due(folder, at(3, "17:45"))
    run_due(folder, at(3, "17:46"))
    run_due(folder, at(3, "17:47"))

    assert list(mails(folder)) == ["daily 2026-11-19"]
    assert (folder / "reports" / "daily_20261119.html").exists()


def test_a_summary_tells_all_since_the_last_one(folder: Path, original: Week) -> None:
    run_due(folder, at(1, "17:45"))
    run_due(folder, at(3, "17:45"))

    text = mails(folder)["daily 2026-11-19"][1]

    booked = original.booked(at(1, "17:45"), at(3, "17:45"))
    assert "Period: 2026-11-17 17:45 to 2026-11-19 17:45" in text
    assert f"Money in (approvals): {booked['in'][0]} rows, {booked['in'][1]:,} won" in text
    assert f"Money out (cancellations): {booked['out'][0]} rows, -{booked['out'][1]:,} won" in text


def test_a_changed_time_of_the_summary_leaves_no_row_untold(folder: Path) -> None:
    run_due(folder, at(2, "12:00"), SUMMARY_MON_FRI="12:00")
    run_due(folder, at(3, "17:45"), SUMMARY_MON_FRI="17:45")

    assert "Period: 2026-11-18 12:00 to 2026-11-19 17:45" in mails(folder)["daily 2026-11-19"][1]


def test_a_quiet_day_off_is_not_told_and_an_eventful_one_is(folder: Path) -> None:
    run_due(folder, at(3, "17:45"))
    off = {"EXTRA_DAYS_OFF": "2026-11-20,2026-11-21"}

    assert run_due(folder, at(4, "18:00"), **off) == []
    with Ledger(folder) as ledger:
        assert ledger.note(scheduler.QUIET) == "daily 2026-11-20"
        ledger.take_note(kind="start", what="", facts={"watcher": "worker", "why": "crash (exit 1)"},
                            at=at(5, "09:00"))  # fmt: skip
    assert run_due(folder, at(5, "18:00"), **off) == ["daily 2026-11-21"]


def test_week_and_month_are_told_too(folder: Path) -> None:
    done = run_due(folder, at(7, "06:00"))

    assert done[0] == "weekly 2026W47"
    assert "Checklist of the week" in mails(folder)["weekly 2026W47"][1]
    assert (folder / "reports" / "weekly_2026W47.html").exists()
    assert "monthly 2026-11" in run_due(folder, datetime(2026, 12, 1, 6, tzinfo=SEOUL))
    assert (folder / "reports" / "monthly_202611.html").exists()


def test_the_page_of_a_day_is_made_once_more_when_the_day_is_over(folder: Path) -> None:
    run_due(folder, at(3, "17:45"))
    page = folder / "reports" / "daily_20261119.html"
    assert "so far, as of 2026-11-19 17:45" in page.read_text()

    run_due(folder, at(4, "00:00:10"))

    assert "as of 2026-11-20 00:00" in page.read_text()
    assert "so far" not in page.read_text()
    assert (folder / "reports" / "latest.html").read_text() == page.read_text()


def test_nothing_that_is_mailed_names_a_payer(folder: Path, original: Week) -> None:
    run_due(folder, at(3, "17:45"))
    run_due(folder, at(7, "06:00"))

    payers = {one.payer for one in original.erp.rows}
    assert len(payers) > 100
    for subject, text, html in mails(folder).values():
        assert not [one for one in payers if one in subject or one in text or one in html]
        assert "거**사" in text
        assert "<script" not in html


def test_reports_and_their_mails_lead_to_the_page(folder: Path) -> None:
    url = "http://127.0.0.1:8810"
    with time_machine.travel(at(3, "18:00"), tick=False):
        linked = on_demand.make(chosen(folder, CONSOLE_URL=url), "week", None, None)
        page = linked.path.read_text()
        plain = on_demand.make(chosen(folder), "week", None, None).mail
        none = on_demand.make(chosen(folder, CONSOLE_PORT=""), "week", None, None).mail
    with Records(folder, create=False) as records:
        keys = [row.key for row in records.pending()]

    assert keys
    assert all(f'<a href="{url}/waiting/{key}" target="_top"><code>{key}</code></a>' in page for key in keys)
    for key in keys[:20]:
        assert f"\n    {url}/waiting/{key}\n" in linked.mail.text
        assert f'<a href="{url}/waiting/{key}">' in linked.mail.html
    assert f"\n  {url}/reports?day={MONDAY}&show=week\n" in linked.mail.text
    assert f'<a href="{url}/reports?day={MONDAY}&amp;show=week">' in linked.mail.html
    assert "http" not in plain.text
    assert plain.text.index('on the page, under "To look at"') < plain.text.index("daybreak resolve")
    assert "on the page" not in none.text


def test_a_payer_with_a_strange_name_changes_no_figure_and_is_hidden_in_errors(folder: Path) -> None:
    with sqlite3.connect(folder / "ledger.db") as db:
        db.execute("UPDATE payment SET payer = '24' WHERE key = (SELECT MIN(key) FROM payment)")
        db.execute("UPDATE payment SET payer = '가온전자' WHERE key = (SELECT MAX(key) FROM payment)")
        db.execute("UPDATE cycle SET outcome = 'failed', why = '거래처 가온전자, 9410-1234-5678-9012: refused' "
                   "WHERE id = (SELECT MAX(id) FROM cycle)")  # fmt: skip

    run_due(folder, at(3, "17:45"))

    text = mails(folder)["daily 2026-11-19"][1]
    assert "24 due: 21 ran" in text
    assert "거래처 가**자, ••••: refused" in text


def test_a_page_shows_a_payers_name_and_runs_none(folder: Path) -> None:
    with time_machine.travel(at(3, "18:00"), tick=False):
        printed = on_demand.make(chosen(folder), "day", None, None)

    page = printed.path.read_text()
    assert HTML_PAYER not in page
    assert "&lt;script&gt;document.title=&#39;run&#39;&lt;/script&gt;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/", "")
    assert printed.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("what", ["day", "week", "month", "2026-11-16..2026-11-18"])
def test_every_report_is_made_in_both_languages(folder: Path, what: str, language: Language) -> None:
    with time_machine.travel(at(3, "18:00"), tick=False):
        printed = on_demand.make(chosen(folder), what, None, language)

    page = printed.path.read_text()
    assert f'<html lang="{language}">' in page
    assert page.count("<svg") == page.count("</svg>")
    assert ("입금 처리" in page) is (language is Language.KO)
    assert ("입금 처리" in printed.mail.text) is (language is Language.KO)


def test_a_day_without_data_is_said_so(folder: Path) -> None:
    with time_machine.travel(at(3, "18:00"), tick=False):
        printed = on_demand.make(chosen(folder), "day", date(2026, 1, 5), None)

    assert "The ledger knows nothing of this time." in printed.mail.text


@pytest.mark.parametrize(
    ("what", "day", "sentence"),
    [
        ("day", date(2026, 12, 1), "that day has not begun yet, today is 2026-11-19"),
        ("week", date(2026, 12, 1), "has not begun yet"),
        ("year", None, "write day, week, month, or two days"),
        ("2026-11-18..2026-11-16", None, "in order"),
        ("2024-11-18..2026-11-16", None, "at most 400 days"),
        ("2026-11-18..soon", None, 'reading TO: "soon" is not a day'),
    ],
)
def test_an_impossible_report_is_refused_with_a_sentence(
    folder: Path, what: str, day: date | None, sentence: str
) -> None:
    with time_machine.travel(at(3, "18:00"), tick=False), pytest.raises(DaybreakError, match=sentence):
        on_demand.make(chosen(folder), what, day, None)


def test_a_ledger_that_somebody_reads_is_no_obstacle(folder: Path) -> None:
    with sqlite3.connect(folder / "ledger.db", isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM payment").fetchone()

        assert run_due(folder, at(3, "17:45")) == ["daily 2026-11-19"]


def test_a_ledger_that_somebody_keeps_to_himself_is_said_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_demand, "PATIENCE", 0.1)
    with sqlite3.connect(folder / "ledger.db", isolation_level=None) as greedy:
        greedy.execute("PRAGMA locking_mode = EXCLUSIVE")
        greedy.execute("BEGIN EXCLUSIVE")

        with pytest.raises(DaybreakError, match=r"keeps the ledger .* to itself\. Close"):
            on_demand.make(chosen(folder), "day", None, None)


def test_only_one_process_makes_reports_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path / "report.lock") as first, alone(tmp_path / "report.lock") as second:
        assert (first, second) == (True, False)
    with alone(tmp_path / "report.lock") as again:
        assert again


def test_the_program_ends_at_once_while_another_one_runs(folder: Path) -> None:
    ini = folder / "circus.ini"
    ini.write_text(f"[env:worker]\nDATA_DIR = {folder}\n")
    with (folder / "report.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        done = subprocess.run(
            [sys.executable, "-m", "worker.reports", "--due"], env={**os.environ, "DAYBREAK_INI": str(ini)}, timeout=60
        )

    assert done.returncode == 0
    assert not (folder / "reports").exists()


def test_the_worker_starts_the_program_when_something_is_due_and_proves_the_day_at_midnight(folder: Path) -> None:
    """A real process of `python -m worker.reports`: it sees the real clock, so what is due is made of today."""
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        now = datetime.now(SEOUL)
        ledger.begin_cycle(slot=now - timedelta(days=2), at=now - timedelta(days=2))
    ini = folder / "circus.ini"
    ini.write_text(f"[env:worker]\nDATA_DIR = {folder}\nTZ = Asia/Seoul\n")
    own = loading.load({"DATA_DIR": str(folder)})
    heart = HeartbeatWriter(folder / "heartbeat.txt", version="0", now=own.now, stop=Stop())
    with pytest.MonkeyPatch.context() as patched, Lock(folder / "runtime.lock", version="0") as lock:
        patched.setenv("DAYBREAK_INI", str(ini))
        job = Job(own, heart=heart, lock=lock)
        job.open_ledger()
        job.chores()
        errand = job._report_scheduler._errand
        assert errand._child is not None
        assert errand._child.wait(60) == 0
        yesterday = own.now().date() - timedelta(days=1)
        assert job.open_ledger().is_proved(yesterday)
        job.close()

    assert (folder / "reports" / f"daily_{yesterday:%Y%m%d}.html").exists()
    assert [one for one in mails(folder) if one.startswith("daily ")]
    with Ledger(folder) as ledger:
        assert not scheduler.is_to_be_closed(ledger, own.now())
        assert scheduler.waiting(ledger, own, own.now()) == []


@pytest.fixture
def of_yesterday(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a ledger whose report of yesterday is due, where nothing is waited for."""
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        at = datetime.now(SEOUL) - timedelta(days=2)
        ledger.begin_cycle(slot=at, at=at)
    ini = folder / "circus.ini"
    ini.write_text(f"[env:worker]\nDATA_DIR = {folder}\nTZ = Asia/Seoul\n")
    monkeypatch.setenv("DAYBREAK_INI", str(ini))
    monkeypatch.setattr(scheduler, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(child_process, "PAUSE", 0.1)
    return loading.load({"DATA_DIR": str(folder)})


def test_why_a_report_can_not_be_made_is_said_at_each_look_until_it_is_and_by_the_next_worker_too(
    folder: Path, of_yesterday: Settings
) -> None:
    (folder / "reports").write_text("no folder")
    first, second = Scheduler(of_yesterday), Scheduler(of_yesterday)
    with Ledger(folder) as ledger:
        assert "File exists" in wait_until("the reason", lambda: said(first, ledger), 60)
        assert [said(first, ledger), said(second, ledger)] == [f"[Errno 17] File exists: '{folder / 'reports'}'"] * 2

        (folder / "reports").unlink()

        wait_until("the end of it", lambda: said(first, ledger) == "", 60)
        assert scheduler.waiting(ledger, of_yesterday, of_yesterday.now()) == []
    for one in (first, second):
        one.close()


def test_a_run_that_ends_without_a_word_is_said_so(
    folder: Path, of_yesterday: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "Errand", lambda *_: child_process.Errand("worker.reports.nothing"))
    with Ledger(folder) as ledger, closing(Scheduler(of_yesterday)) as found:
        assert "daybreak report says why" in wait_until("the reason", lambda: said(found, ledger), 60)


def said(found: Scheduler, ledger: Ledger) -> str:
    """Look once; return why what is due is not made, or an empty text."""
    try:
        found.look(ledger, now=datetime.now(SEOUL))
    except DaybreakError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (0.0, "0 s", "0초"), (2.44, "2.4 s", "2.4초"), (42.4, "42 s", "42초"), (2460, "41 min", "41분"),
        (3600, "1 h", "1시간"), (11_100, "3 h 5 min", "3시간 5분"), (90_061, "1 d 1 h", "1일 1시간"),
        (59.7, "1 min", "1분"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_said_in_two_units(seconds: float, english: str, korean: str) -> None:
    assert (spell(seconds, Language.EN), spell(seconds, Language.KO)) == (english, korean)
