"""The summary arrives once: the process that makes it is killed where it hurts, and a real server takes the mails."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from tests.fakes import SEOUL, FakeClock, FakeErp, Worker, quick_folder
from tests.postbox import Postbox
from tests.rig import wait_until
from worker.ledger.ledger import Ledger

SETTINGS = """[env:worker]
DATA_DIR = {data}
REPORT_LANGUAGE = ko
SMTP_HOST = 127.0.0.1
SMTP_PORT = {port}
SMTP_TLS = off
MAIL_FROM = daybreak@example.com
MAIL_TO = office@example.com
"""


def start(module: str, folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "DAYBREAK_INI": str(folder / "circus.ini"), "DATA_DIR": str(folder)}
    return subprocess.Popen([sys.executable, "-m", module, *arguments], env=environment)


def kill_when(name: str, question: Callable[[], object], folder: Path) -> None:
    """Start making what is due; kill it as soon as something is there, or let it end before."""
    process = start("worker.reports", folder, "--due")
    try:
        # The first start on a machine compiles what it imports.
        wait_until(name, lambda: question() or process.poll() is not None or None, deadline=60)
    finally:
        process.kill()
        process.wait()


def test_each_report_arrives_once_however_often_its_maker_is_killed() -> None:
    with quick_folder() as folder, Postbox() as postbox:
        (folder / "circus.ini").write_text(SETTINGS.format(data=folder, port=postbox.port), encoding="utf-8")
        then = FakeClock(datetime.now(SEOUL) - timedelta(days=40))
        worker = Worker(folder, FakeErp(then), then)
        worker.adopt()
        worker.run_cycle()
        worker.close()
        with Ledger(folder) as ledger:
            reports = folder / "reports"
            kill_when("a draft", lambda: any(reports.glob(".*")), folder)
            kill_when("a page", lambda: any(reports.glob("*.html")), folder)
            kill_when("the note", lambda: ledger.note("summary"), folder)
            kill_when("a mail", ledger.undelivered, folder)
        for _ in range(2):
            assert start("worker.reports", folder, "--due").wait(60) == 0
            assert start("worker.alerts.sender", folder).wait(60) == 0

        found = sorted(subject.split(" · ")[0] for subject in postbox.subjects() if "시험 메시지" not in subject)
        assert found == ["[daybreak] 월간 보고서", "[daybreak] 일일 입금 요약", "[daybreak] 주간 보고서"]
