"""A mail leads to the page: by a link where CONSOLE_URL says how it is reached, else in words, before any command."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, Worker
from tests.postbox import Postbox
from tests.unit.alerts.test_notifications import MONDAY, Desk
from worker.alerts import standing
from worker.alerts.catalogue import CAUSES
from worker.alerts.cause import Screen
from worker.alerts.message import _SCREENS
from worker.alerts.sender import Sender
from worker.console import pages
from worker.i18n.language import Language
from worker.status.verdict import judge

URL = "http://127.0.0.1:8810"


@pytest.fixture
def key(folder: Path) -> str:
    """The key of a payment that waits for a person."""
    clock = FakeClock(MONDAY)
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    worker.erp.approve("홍길동", 12_500, number="00000042")
    worker.erp.refused_payers = {"홍길동"}
    worker.run_cycle()
    found = worker.key("홍길동")
    worker.close()
    return found


def mailed(folder: Path, server: Postbox, **settings: str) -> None:
    desk = Desk(folder, server, **settings)
    desk.send()
    desk.ledger.close()


def test_a_row_leads_to_itself_on_the_page_in_text_and_html(folder: Path, server: Postbox, key: str) -> None:
    mailed(folder, server, CONSOLE_URL=URL)

    lines = server.text().splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith(f"  {key}: "))
    assert lines[row + 1].strip() == f"{URL}/waiting/{key}"
    assert f'<a href="{URL}/waiting/{key}">Open on the page</a>' in server.html()
    assert f"{URL}/waiting\n" in server.text()
    assert f'<a href="{URL}/waiting">' in server.html()


@pytest.mark.parametrize("language", Language)
def test_without_an_address_it_says_where_on_the_page_to_look_before_any_command(
    folder: Path, server: Postbox, key: str, language: Language
) -> None:
    mailed(folder, server, REPORT_LANGUAGE=language.value)

    name = pages._words(language)["to_look_at"]
    for said in (server.text(), server.html().replace("&quot;", '"')):
        assert said.index(f'"{name}"') < said.index("daybreak resolve")
        assert "http://" not in said
        assert "evidence" not in said


def test_an_installation_without_a_page_is_sent_to_none(folder: Path, server: Postbox, key: str) -> None:
    mailed(folder, server, CONSOLE_PORT="", CONSOLE_URL=URL)

    assert "http://" not in server.text()
    assert "On the page, under" not in server.text()


@pytest.mark.parametrize("language", Language)
def test_a_mail_names_the_screens_as_the_menu_does(language: Language) -> None:
    menu = pages._words(language)
    names = {
        Screen.ALARM: "alarm_screen",
        Screen.WAITING: "to_look_at",
        Screen.REPORT: "reports",
        Screen.SCHEDULE: "days",
    }

    assert names.keys() == _SCREENS.keys()
    for screen, name in names.items():
        assert f'"{menu[name]}"' in _SCREENS[screen](language)
    for cause in CAUSES.values():
        assert set(re.findall('"(.*?)"', cause.todo(language))) <= {
            menu[name] for name in ("today", "setup", *names.values())
        }


@pytest.mark.parametrize(
    ("language", "said"),
    [(Language.EN, "Overall, at 06:00:\n  healthy · 5 to look at\n"),
     (Language.KO, "전체 상태 (06:00 현재):\n  정상 · 확인할 건 5건\n")],
)  # fmt: skip
def test_a_mail_about_one_problem_carries_the_verdict_on_everything(
    folder: Path, server: Postbox, language: Language, said: str
) -> None:
    desk = Desk(folder, server, REPORT_LANGUAGE=language.value)
    asked: list[Language] = []

    def verdict(language: Language) -> str:
        asked.append(language)
        return judge(waiting=5).text(language)

    post = Sender(folder, desk.values, folder=folder, now=desk.clock, standing=verdict)
    post.run()
    assert asked == []  # nothing is told

    desk.alarm("disk")
    desk.alarm("backup")
    post.run()
    desk.ledger.close()

    assert asked == [language]
    assert said in server.text(0)
    assert said in server.text(1)
    assert said.splitlines()[1].strip() in server.html()


def test_the_verdict_is_what_status_says_and_one_that_hangs_keeps_no_mail_back(
    folder: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "circus.ini").write_text(f"[circus]\nendpoint = tcp://127.0.0.1:9\n[env:worker]\nDATA_DIR = {folder}\n")
    monkeypatch.setenv("DAYBREAK_INI", str(folder / "circus.ini"))
    monkeypatch.setenv("DATA_DIR", str(folder))
    monkeypatch.setattr(standing, "LONGEST_S", 60)
    status = [sys.executable, "-m", "worker.cli", "status"]
    printed = subprocess.run(status, env=os.environ, capture_output=True, text=True, timeout=60, check=False).stdout

    verdict = standing.in_words(Language.EN)

    assert verdict == "down · 1 to look at"
    assert verdict in printed
    (folder / "hangs.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(standing, "PROGRAM", "hangs")
    monkeypatch.setattr(standing, "LONGEST_S", 0.5)
    assert standing.in_words(Language.EN) == ""
