"""From a problem to a mailbox: one mail per problem, none lost, whatever the mail server does."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.fakes import SEOUL, FakeClock, FakeErp, Plan, Worker
from tests.postbox import PASSWORD, USER, Postbox, certificate
from worker.alerts import notifications, sender, smtp
from worker.alerts.monitors import Alerts
from worker.alerts.sender import Sender
from worker.config import day_overrides
from worker.config.channels import read
from worker.config.day_overrides import DayOverride
from worker.errors import ErpUnavailable
from worker.ledger.ledger import Ledger
from worker.ledger.outbox import TRY_AGAIN_AFTER
from worker.operations import alarms
from worker.runtime import spool
from worker.runtime.spool import NoteKind
from worker.schedule.work_days import days_off

#: A Monday.
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=SEOUL)


class Desk:
    """A data folder with a ledger, a clock, and the sender that runs when it is told to."""

    def __init__(self, folder: Path, server: Postbox, **settings: str) -> None:
        self.folder = folder
        self.server = server
        self.values = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(server.port),
            "SMTP_TLS": "off",
            "MAIL_FROM": "daybreak@example.com",
            "MAIL_TO": "office@example.com, machine@example.com",
            **settings,
        }
        self.clock = FakeClock(MONDAY)
        self.ledger = Ledger(folder)
        self.ledger.begin_generation()

    def send(self) -> bool:
        """Run the sender once."""
        return Sender(self.folder, self.values, folder=self.folder, now=self.clock).run()

    def send_for(self, length: timedelta, every: timedelta = timedelta(minutes=5)) -> None:
        """Let time pass, and run the sender whenever the worker would."""
        end = self.clock() + length
        while self.clock() < end:
            self.clock.advance(seconds=every.total_seconds())
            found = read(self.values, self.folder)[0]
            notifications.close_over(self.ledger, found, at=self.clock())
            if notifications.is_due(self.ledger, found, at=self.clock(), is_off=days_off(self.values, self.folder)):
                self.send()

    def alarm(self, cause: str, what: str = "it happened") -> None:
        self.ledger.raise_alarm(cause, what, at=self.clock())

    def over(self, cause: str) -> None:
        self.ledger.end_alarm(cause, at=self.clock())

    def add(self, key: str, subject: str = "report") -> bool:
        found = read(self.values, self.folder)[0]
        return notifications.add_mail(self.ledger, key=key, subject=subject, text="text", at=self.clock(), found=found)

    def waiting(self) -> list[str]:
        """Return the errors of what has not got out."""
        return [one.error for one in self.ledger.undelivered()]


@pytest.fixture
def desk(folder: Path, server: Postbox) -> Iterator[Desk]:
    """Return a desk that mails by that server."""
    found = Desk(folder, server)
    yield found
    found.ledger.close()


# --- one mail per problem ------------------------------------------------------------------------------------------


def test_a_problem_is_told_at_once_in_plain_text_and_html(desk: Desk, server: Postbox) -> None:
    desk.alarm("cycles fail", "opening the ERP: no answer within 60 s")

    desk.send()

    (mail,) = server.mails
    assert mail["Subject"] == "[daybreak] Card payments can't be posted"
    assert mail["To"] == "office@example.com, machine@example.com"
    assert mail["From"] == "daybreak@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.com>")
    for said in ("no answer within 60 s", "2026-11-23 06:00", "tries again after 5 and 15 minutes", "ERP can be opened",
                 "worker_20261123.log"):  # fmt: skip
        assert said in server.text()
        assert said in server.html()


@pytest.mark.parametrize(("cause", "waits"), [("cycles fail", True), ("in doubt", False)])
def test_in_a_planned_silence_people_are_not_reminded_but_of_money(desk: Desk, cause: str, waits: bool) -> None:
    found, is_off = read(desk.values, desk.folder)[0], days_off(desk.values, desk.folder)
    desk.alarm(cause)
    assert notifications.is_due(desk.ledger, found, at=desk.clock(), is_off=is_off, reminds=False)
    desk.send()
    desk.clock.advance(minutes=61)

    assert notifications.is_due(desk.ledger, found, at=desk.clock(), is_off=is_off, reminds=False) is not waits
    assert notifications.is_due(desk.ledger, found, at=desk.clock(), is_off=is_off)


def test_a_problem_is_told_in_korean(folder: Path, server: Postbox) -> None:
    desk = Desk(folder, server, REPORT_LANGUAGE="ko")
    desk.alarm("in doubt", "no answer")

    desk.send()
    desk.ledger.close()

    assert server.mails[0]["Subject"] == "[daybreak] 입금 저장 여부가 불확실한 건이 있습니다 (확인 필요)"
    assert "시스템이 자동으로 한 조치" in server.text()


def test_forty_five_failed_cycles_make_at_most_three_mails_and_recovery_one(desk: Desk, server: Postbox) -> None:
    fail_45_times(desk)

    assert 2 <= len(server.mails) <= 3

    Alerts(desk.folder, read(desk.values, desk.folder)[0], Plan()).ran(desk.ledger, at=desk.clock())
    desk.send_for(timedelta(days=3))

    assert [subject for subject in server.subjects() if "recovered" in subject] == server.subjects()[-1:]
    assert len(server.mails) <= 4
    assert "[daybreak] recovered, lasted 1 d 9 h" in server.subjects()[-1]


def test_nothing_is_lost_when_the_server_was_down_for_the_whole_time(desk: Desk, server: Postbox) -> None:
    server.down()
    fail_45_times(desk)
    desk.over("cycles fail")
    desk.send()
    assert server.mails == []

    server.up()
    desk.send_for(timedelta(hours=1))

    assert 3 <= len(server.mails) <= 4
    assert "recovered" in server.subjects()[-1]
    assert len(set(server.ids())) == len(server.mails)
    assert desk.ledger.undelivered() == []


def test_a_hundred_equal_alerts_are_grouped(desk: Desk, server: Postbox) -> None:
    for number in range(100):
        at = desk.clock() + timedelta(seconds=number)
        assert spool.put(
            desk.folder, NoteKind.ALERT, at=at, text=f"worker (pid {number}) hangs", cause="promise broken"
        )
    desk.clock.advance(minutes=2)

    desk.send()
    desk.send_for(timedelta(days=2))

    assert len(server.mails) == 1
    assert "100 times" in server.text()
    assert len(desk.ledger.incidents(MONDAY)) == 100
    assert desk.ledger.alarms() == []


def test_what_goes_on_after_its_first_mail_comes_in_one_digest(desk: Desk, server: Postbox) -> None:
    desk.alarm("slot", "06:00 was missed")
    desk.send()
    for _ in range(30):
        desk.clock.advance(minutes=1)
        desk.alarm("slot", "one more was missed")

    desk.send_for(timedelta(days=2))

    assert len(server.mails) == 2
    assert "31 times" in server.text()
    assert server.mails[1]["In-Reply-To"] == server.mails[0]["Message-ID"]


def test_a_problem_that_was_over_before_anybody_was_told_makes_no_mail(desk: Desk, server: Postbox) -> None:
    desk.alarm("disk")
    desk.over("disk")

    desk.send_for(timedelta(hours=2))

    assert server.mails == []


def test_a_problem_that_ends_while_its_mail_is_written_is_told_to_be_over(desk: Desk, server: Postbox) -> None:
    desk.alarm("disk")
    (alarm,) = desk.ledger.alarms()
    desk.over("disk")
    desk.clock.advance(seconds=1)
    desk.ledger.add_mail(key="alarm 1 1", subject="first", text="", at=desk.clock(), channels=["mail"], alarm=alarm)

    desk.send_for(timedelta(hours=2))

    assert [subject.partition(",")[0] for subject in server.subjects()] == ["first", "[daybreak] recovered"]


def test_a_problem_that_comes_and_goes_is_not_told_each_time(desk: Desk, server: Postbox) -> None:
    for _ in range(24):
        desk.alarm("layout")
        desk.send_for(timedelta(minutes=10))
        desk.over("layout")
        desk.send_for(timedelta(minutes=20))

    assert len(server.mails) <= 18


def test_money_is_told_each_time(desk: Desk, server: Postbox) -> None:
    for _ in range(3):
        desk.alarm("in doubt")
        desk.send()
        desk.clock.advance(minutes=5)
        desk.over("in doubt")
        desk.send()

    assert len(server.mails) == 6
    assert "settled after 5 min" in server.subjects()[-1]


# --- acknowledged --------------------------------------------------------------------------------------------------


def acknowledge(desk: Desk, cause: str, by: str = "kim") -> None:
    """Say that a person has seen the open alarm of a cause."""
    (number,) = [one.id for one in desk.ledger.alarms() if one.cause == cause]
    alarms.acknowledge(desk.folder, number, by=by, at=desk.clock())


def test_what_was_acknowledged_is_not_told_again_but_its_end_is(desk: Desk, server: Postbox) -> None:
    desk.alarm("disk")
    desk.send_for(timedelta(hours=2))
    assert len(server.mails) == 2
    acknowledge(desk, "disk")

    desk.send_for(timedelta(days=4), every=timedelta(hours=1))
    assert len(server.mails) == 2
    desk.over("disk")
    desk.send()

    assert "recovered" in server.mails[-1]["Subject"]
    desk.alarm("disk")
    desk.send_for(timedelta(hours=3))
    assert len(server.mails) == 5  # another alarm: its first message and its digest


def test_money_that_grows_after_it_was_acknowledged_is_told_at_once_and_goes_on(desk: Desk, server: Postbox) -> None:
    desk.alarm("held", "payment A: x")
    desk.send()
    desk.clock.advance(seconds=60)
    acknowledge(desk, "held")
    desk.send_for(timedelta(hours=30), every=timedelta(hours=1))
    assert len(server.mails) == 1

    desk.alarm("held", "payment B: y")
    desk.send()

    assert len(server.mails) == 2
    assert "by kim at 2026-11-23 06:01; more has come since" in server.text()
    desk.send_for(timedelta(hours=25), every=timedelta(hours=1))
    assert len(server.mails) == 3
    acknowledge(desk, "held")
    desk.send_for(timedelta(hours=30), every=timedelta(hours=1))
    assert len(server.mails) == 3


def test_a_difference_that_was_acknowledged_is_told_again_only_where_it_is_another_one(
    desk: Desk, server: Postbox
) -> None:
    desk.alarm("proof", "12 rows, 5 won")
    desk.send()
    desk.clock.advance(seconds=60)
    acknowledge(desk, "proof")

    desk.clock.advance(seconds=1800)
    desk.alarm("proof", "12 rows, 5 won")
    desk.send_for(timedelta(minutes=50))
    assert len(server.mails) == 1
    desk.alarm("proof", "13 rows, 90 won")
    desk.send()

    assert len(server.mails) == 2


def test_a_machines_problem_that_was_acknowledged_may_count_on(desk: Desk, server: Postbox) -> None:
    desk.alarm("cycles fail")
    desk.send()
    acknowledge(desk, "cycles fail")

    for _ in range(20):
        desk.clock.advance(seconds=1800)
        desk.alarm("cycles fail")
        desk.send()

    assert len(server.mails) == 1


@pytest.mark.parametrize("cause", ["stopped", "guard stopped", "password"])
def test_a_stop_that_was_acknowledged_is_told_again_on_the_next_work_days_morning(
    desk: Desk, server: Postbox, cause: str
) -> None:
    desk.clock.advance(seconds=4 * 24 * 3600 + 4 * 3600)  # Friday at ten
    desk.alarm(cause)
    desk.send()
    desk.clock.advance(seconds=60)
    acknowledge(desk, cause)

    desk.send_for(timedelta(hours=21), every=timedelta(hours=1))
    assert len(server.mails) == 1
    desk.send_for(timedelta(hours=3), every=timedelta(hours=1))
    assert len(server.mails) == 2  # Saturday after eight

    acknowledge(desk, cause)
    desk.send_for(timedelta(hours=40), every=timedelta(hours=1))
    assert len(server.mails) == 2  # Sunday is no work day
    desk.send_for(timedelta(hours=8), every=timedelta(hours=1))
    assert len(server.mails) == 3


def test_the_first_message_goes_out_although_somebody_has_seen_it_on_the_page(desk: Desk, server: Postbox) -> None:
    desk.alarm("disk")
    acknowledge(desk, "disk")

    desk.send()

    assert len(server.mails) == 1


def test_a_mail_about_a_payment_finds_it_in_the_erp_and_names_no_payer(folder: Path, server: Postbox) -> None:
    clock = FakeClock(MONDAY)
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    row = worker.erp.approve("홍길동", 12_500, number="00000042")
    worker.erp.refused_payers = {"홍길동"}
    worker.run_cycle()
    worker.close()
    desk = Desk(folder, server)

    desk.send()
    desk.ledger.close()

    said = server.text()
    assert f"{row.at:%Y-%m-%d %H:%M} 홍*동 12,500 won, approval 00000042, " in said
    assert "홍길동" not in said + server.html()


def test_a_mail_about_a_row_that_no_rule_covers_holds_all_its_cells(desk: Desk, server: Postbox) -> None:
    cells = {"time": "2026/11/23 오후 2:57:00", "payer": "홍길동", "amount": "9,000", "status": "부분취소",
             "approval_no": "00008888", "requester": "김담당", "acquirer": "KB국민카드", "method": "수기",
             "card": "4111-****-****-1111"}  # fmt: skip
    row = json.dumps(cells, ensure_ascii=False)
    desk.ledger.note_oddities([(row, "unknown status '부분취소'")], cycle=1, at=desk.clock())

    desk.send()

    said = server.text()
    assert (
        "row-1: 2026/11/23 오후 2:57:00 홍*동 9,000 부분취소 00008888 김*당 KB국민카드 수기 ••••, unknown status"
        in said
    )
    assert "홍길동" not in said + server.html()


def test_without_a_channel_alarms_are_kept_and_told_once_there_is_one(folder: Path, server: Postbox) -> None:
    desk = Desk(folder, server, SMTP_HOST="")
    desk.alarm("disk")
    desk.alarm("slot")
    desk.send_for(timedelta(hours=2))
    desk.send()
    assert [one.cause for one in desk.ledger.alarms()] == ["disk"]

    desk.values["SMTP_HOST"] = "127.0.0.1"
    desk.send()
    desk.ledger.close()

    assert server.subjects() == ["[daybreak] The disk is nearly full"]


# --- exactly once --------------------------------------------------------------------------------------------------


def test_a_report_goes_out_once_however_often_it_is_handed_over(desk: Desk, server: Postbox) -> None:
    assert desk.add("daily 2026-11-23")
    assert not desk.add("daily 2026-11-23")
    desk.send()
    assert not desk.add("daily 2026-11-23")
    desk.send()

    assert len(server.mails) == 1


@pytest.mark.parametrize("mode", ["drop", "die"])
def test_a_delivery_in_doubt_is_repeated_under_the_same_id(desk: Desk, server: Postbox, mode: str) -> None:
    desk.add("daily 2026-11-23")
    server.mode = mode
    desk.send()
    assert len(desk.waiting()) == 1

    server.mode = ""
    desk.send_for(timedelta(minutes=10))

    assert len(server.mails) == (2 if mode == "die" else 1)
    assert len(set(server.ids())) == 1
    assert desk.waiting() == []


def test_a_second_sender_does_nothing(desk: Desk, server: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.alarm("disk")
    with (desk.folder / "post.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        assert run_post(desk).returncode == 0
        assert server.mails == []

    assert run_post(desk).returncode == 0
    assert len(server.mails) == 1


# --- what a mail server may do -------------------------------------------------------------------------------------


def test_a_failed_delivery_is_tried_again_after_1_2_5_15_30_minutes_for_ever(desk: Desk, server: Postbox) -> None:
    server.down()
    desk.add("report")
    waits = []
    for _ in range(8):
        desk.send()
        (one,) = desk.ledger.undelivered()
        waits.append((one.next_try - desk.clock()).total_seconds() / 60)
        desk.clock.advance(seconds=(one.next_try - desk.clock()).total_seconds())

    assert waits == [1, 2, 5, 15, 30, 30, 30, 30]
    assert len(TRY_AGAIN_AFTER) == 5


def test_a_message_that_is_refused_keeps_no_other_back(desk: Desk, server: Postbox) -> None:
    server.dislikes = "bad"
    desk.add("a", "bad one")
    desk.add("b", "good one")

    desk.send()

    assert server.subjects() == ["good one"]
    assert "554 5.7.1 not here" in desk.waiting()[0]


def test_a_server_that_is_down_is_tried_once_a_run(desk: Desk, server: Postbox) -> None:
    server.down()
    for number in range(5):
        desk.add(f"report {number}")

    desk.send()

    assert [one.tries for one in desk.ledger.undelivered()] == [1, 0, 0, 0, 0]
    assert len({one.next_try for one in desk.ledger.undelivered()}) == 1
    server.up()
    desk.clock.advance(minutes=1)
    desk.send()
    assert len(server.mails) == 5


@pytest.mark.parametrize("limit", ["TIMEOUT", "WHOLE"])
def test_a_server_that_stalls_is_left(desk: Desk, server: Postbox, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(smtp, limit, 0.3)
    server.mode = "stall"
    desk.add("report")

    desk.send()

    assert len(desk.waiting()) == 1
    assert "timed out" in desk.waiting()[0] or "not done within" in desk.waiting()[0]


def test_a_clock_that_was_set_back_keeps_no_mail_back(desk: Desk, server: Postbox) -> None:
    server.down()
    desk.add("report")
    desk.send()
    server.up()

    desk.clock.advance(days=-3)
    desk.send()

    assert len(server.mails) == 1


def test_the_password_is_read_anew_and_shown_to_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert = certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert[0]))
    with Postbox(password=True, certificate=cert) as server:
        secret = folder / "mail-password"
        desk = Desk(folder, server, SMTP_TLS="starttls", SMTP_USER=USER, SMTP_PASSWORD_FILE=secret.name)
        secret.write_text("wr0ng pass\n")
        secret.chmod(0o600)
        desk.add("report")
        desk.send()
        (error,) = desk.waiting()
        assert "refused user or password" in error
        assert "wr0ng" not in error

        secret.write_text(f"{PASSWORD}\n")
        desk.send_for(timedelta(minutes=5))
        desk.ledger.close()

        assert len(server.mails) == 1


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_only_a_server_whose_certificate_is_trusted_gets_the_mail(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    cert = certificate(folder)
    with Postbox(certificate=cert, ssl=tls == "ssl") as server:
        desk = Desk(folder, server, SMTP_HOST="localhost", SMTP_TLS=tls)
        desk.add("report")
        desk.send()
        assert "CERTIFICATE_VERIFY_FAILED" in desk.waiting()[0]

        monkeypatch.setenv("SSL_CERT_FILE", str(cert[0]))
        desk.send_for(timedelta(minutes=5))
        desk.ledger.close()

        assert len(server.mails) == 1


def test_a_server_without_tls_gets_nothing_that_was_to_be_private(folder: Path, server: Postbox) -> None:
    desk = Desk(folder, server, SMTP_TLS="starttls")
    desk.add("report")

    desk.send()
    (error,) = desk.waiting()
    desk.ledger.close()

    assert server.mails == []
    assert "STARTTLS" in error


# --- privacy -------------------------------------------------------------------------------------------------------


def test_names_and_cards_stay_here(desk: Desk, server: Postbox) -> None:
    desk.alarm("layout", "row <b>1</b>: 4111-1111-1111-1111 and 4111********1111, half a letter \ud800")

    desk.send()

    assert "1111" not in server.text()
    assert "<b>1" not in server.html()
    assert "&lt;b&gt;1" in server.html()


# --- where no ledger helps -----------------------------------------------------------------------------------------


def test_a_damaged_ledger_keeps_no_alarm_back(desk: Desk, server: Postbox) -> None:
    desk.ledger.close()
    for path in desk.folder.glob("ledger.db*"):
        path.unlink()
    spool.put(desk.folder, NoteKind.ALERT, at=desk.clock(), text="the ledger is missing", cause="ledger")

    assert desk.send()
    assert desk.send()

    assert server.subjects() == ["[daybreak] The ledger can't be used"]
    assert len(list(spool.waiting(desk.folder))) == 1


def test_a_first_start_that_fails_is_told(folder: Path, server: Postbox) -> None:
    desk = Desk.__new__(Desk)
    desk.folder, desk.server, desk.clock = folder, server, FakeClock(MONDAY)
    desk.values = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(server.port),
        "SMTP_TLS": "off",
        "MAIL_FROM": "a@example.com",
        "MAIL_TO": "b@example.com",
    }
    assert desk.send()
    assert not (folder / "ledger.db").exists()
    spool.put(folder, NoteKind.ALERT, at=MONDAY, text="exit 78", cause="settings")

    assert desk.send()

    assert server.subjects() == ["[daybreak] The settings are wrong, nothing is posted"]


def test_a_sentence_is_sent_directly(desk: Desk, server: Postbox) -> None:
    done = run_post(desk, "--direct", "promise broken", text="worker (pid 7) is silent for 42 s")

    assert done.returncode == 0
    assert server.subjects() == ["[daybreak] The worker hung and was replaced"]
    assert "silent for 42 s" in server.text()

    server.down()
    assert run_post(desk, "--direct", "promise broken", text="again").returncode == 1


# --- notes of guards -----------------------------------------------------------------------------------------------


def test_a_note_that_is_handed_over_twice_stands_once(desk: Desk) -> None:
    spool.put(desk.folder, NoteKind.ALERT, at=desk.clock(), text="hangs", cause="promise broken", by="plugin:heartbeat")
    ((path, content),) = spool.waiting(desk.folder)
    desk.send()
    path.write_text(json.dumps(content))

    desk.send()

    assert len(desk.ledger.incidents(MONDAY)) == 1
    assert [one.count for one in desk.ledger.alarms()] == [1]
    assert list(spool.waiting(desk.folder)) == []


# --- other channels ------------------------------------------------------------------------------------------------

#: What Apprise is to us, in a file of the test's own: URLs it knows, and services that say no.
APPRISE = """
from pathlib import Path

class Apprise:
    def __init__(self):
        self._urls = []

    def add(self, url):
        if not url.startswith("file://"):
            return False
        self._urls.append(url)
        return True

    def notify(self, *, title, body):
        for url in self._urls:
            path = Path(url.removeprefix("file://"))
            if not path.parent.exists():
                return False
            with path.open("a") as file:
                file.write(title + "\\n")
        return True
"""


@pytest.fixture
def apprise(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file of two URLs; the second one's service does not answer yet."""
    (folder / "lib").mkdir()
    (folder / "lib" / "apprise.py").write_text(APPRISE)
    monkeypatch.syspath_prepend(folder / "lib")
    monkeypatch.delitem(sys.modules, "apprise", raising=False)
    urls = folder / "urls"
    urls.write_text(f"# our channels\nfile://{folder}/one\nfile://{folder}/later/two\n")
    urls.chmod(0o600)
    return urls


def test_each_url_gets_a_message_once(folder: Path, server: Postbox, apprise: Path) -> None:
    desk = Desk(folder, server, APPRISE_URLS_FILE=str(apprise))
    desk.add("report")
    desk.send()
    assert (folder / "one").read_text() == "report\n"
    assert desk.waiting() == ["URL 2 of APPRISE_URLS_FILE: the service did not take it"]

    (folder / "later").mkdir()
    desk.send_for(timedelta(hours=1))
    desk.ledger.close()

    assert (folder / "one").read_text() == (folder / "later" / "two").read_text() == "report\n"
    assert len(server.mails) == 1


def test_that_mail_does_not_get_out_is_told_where_something_does(folder: Path, server: Postbox, apprise: Path) -> None:
    (folder / "later").mkdir()
    desk = Desk(folder, server, APPRISE_URLS_FILE=str(apprise))
    server.down()
    desk.add("report")
    desk.send_for(timedelta(hours=3))
    assert (folder / "one").read_text().splitlines()[:2] == ["report", "[daybreak] Messages can't be delivered"]

    server.up()
    desk.send_for(timedelta(hours=1))
    assert desk.ledger.alarms() == []
    desk.ledger.close()

    first, second = server.subjects()
    assert first == "report"
    assert second.startswith("[daybreak] recovered, lasted")


def test_what_waits_for_a_channel_that_is_gone_takes_the_other(folder: Path, server: Postbox, apprise: Path) -> None:
    (folder / "later").mkdir()
    desk = Desk(folder, server)
    server.down()
    desk.add("report")
    desk.send()

    desk.values |= {"SMTP_HOST": "", "APPRISE_URLS_FILE": str(apprise)}
    desk.send()

    assert (folder / "one").read_text() == "report\n"
    assert desk.ledger.undelivered() == []
    desk.ledger.close()


# --- tests of the channels -----------------------------------------------------------------------------------------


def test_each_monday_the_channels_test_themselves_once(desk: Desk, server: Postbox) -> None:
    desk.ledger.begin_cycle(slot=desk.clock(), at=desk.clock())
    desk.send_for(timedelta(days=6, hours=23))
    assert server.mails == []

    for _ in range(3):
        desk.clock.advance(hours=2)
        desk.send()

    assert server.subjects() == ["[daybreak] test message: alarms reach you"]
    assert desk.ledger.note(sender.tested("mail")) > "2026-11-2"


def test_the_weekly_report_is_test_enough(desk: Desk, server: Postbox) -> None:
    desk.values["WEEKLY_AT"] = "06:00"
    desk.ledger.begin_cycle(slot=desk.clock(), at=desk.clock())
    desk.clock.advance(days=8)

    desk.send()

    assert server.mails == []


# --- helpers of this file ------------------------------------------------------------------------------------------


def fail_45_times(desk: Desk) -> None:
    """Let 45 cycles in a row fail, 24 a day, and the sender run when it is due."""
    alerts = Alerts(desk.folder, read(desk.values, desk.folder)[0], Plan())
    for number in range(1, 46):
        error = ErpUnavailable("opening the ERP: no answer within 60 s")
        alerts.failed(desk.ledger, error, number, at=desk.clock(), evidence=desk.folder / "evidence")
        desk.send_for(timedelta(minutes=30))
        if desk.clock().hour == 18:
            desk.send_for(timedelta(hours=12))


def run_post(desk: Desk, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run the sender as the worker does."""
    ini = desk.folder / "circus.ini"
    lines = "".join(f"{name} = {value}\n" for name, value in desk.values.items())
    ini.write_text(f"[env:worker]\nDATA_DIR = {desk.folder}\n{lines}")
    return subprocess.run(
        [sys.executable, "-m", "worker.alerts.sender", *arguments],
        input=text,
        env={**os.environ, "DAYBREAK_INI": str(ini), "DATA_DIR": str(desk.folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_stop_that_somebody_wanted_is_told_at_once_and_again_on_each_work_day(desk: Desk, server: Postbox) -> None:
    desk.alarm("stopped", "the worker is stopped by kim")

    desk.send_for(timedelta(days=8))  # a Monday, to the next Tuesday

    assert len(server.mails) == 1 + 6  # Tuesday to Saturday, and Monday
    desk.over("stopped")
    desk.send()
    assert "recovered" in server.subjects()[-1]


def test_nobody_is_reminded_on_a_holiday_nor_on_a_day_that_somebody_closed(folder: Path, server: Postbox) -> None:
    desk = Desk(folder, server, HOURS_SAT="")
    desk.clock.advance(seconds=(datetime(2026, 9, 22, 9, tzinfo=SEOUL) - desk.clock()).total_seconds())
    day_overrides.say(
        folder, date(2026, 9, 29), DayOverride(closed=True, why="company outing", by="kim"), now=desk.clock()
    )
    desk.alarm("stopped", "the worker is stopped by kim")

    desk.send_for(timedelta(days=9))  # a Tuesday, to the Thursday after Chuseok, which is 24 to 26 September

    told = [parsedate_to_datetime(mail["Date"]).astimezone(SEOUL).date().day for mail in server.mails]
    assert told == [22, 23, 28, 30, 1]
    desk.ledger.close()


def test_a_recipient_that_the_server_can_not_address_keeps_the_mail_from_nobody_else(folder: Path) -> None:
    with Postbox(utf8=False) as server:
        desk = Desk(folder, server, MAIL_TO="김철수@example.com, office@example.com, desk@회사.example")
        desk.alarm("disk")

        desk.send()
        desk.ledger.close()

        assert server.mails[0]["To"] == "office@example.com, desk@xn--vf4b131b.example"


def test_a_mail_that_some_got_is_not_sent_again_for_the_one_whom_the_server_can_not_address(folder: Path) -> None:
    with Postbox(utf8=False) as server:
        desk = Desk(folder, server, MAIL_TO="김철수@example.com, office@example.com")

        done = run_post(desk, "--direct", "disk", text="the disk is full")
        desk.ledger.close()

        assert done.returncode == 0
        assert [mail["To"] for mail in server.mails] == ["office@example.com"]
        assert "김철수@example.com was refused" in done.stderr


def test_a_machine_with_a_korean_name_can_still_send(
    desk: Desk, server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda: "경리부.local")
    desk.alarm("disk")

    desk.send()

    assert len(server.mails) == 1
