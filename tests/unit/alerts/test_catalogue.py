"""What raises an alarm and what ends it, in which words, and what of it may leave this machine."""

import re
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fakes import RULES, SEOUL, FakeClock, FakeErp, Fault, Plan, Worker, with_rules
from tests.postbox import Postbox, certificate
from tests.rig import wait_until
from worker.alerts import certificates, monitors
from worker.alerts.catalogue import CAUSES, cause_of
from worker.alerts.certificates import Server
from worker.alerts.monitors import ENDED_BY_SUCCESS, Alerts, cause_of_failure, why_no_payments
from worker.config import channels
from worker.config.posting_settings import PostingSettings
from worker.errors import (
    AccountInUse,
    ErpChanged,
    ErpUnavailable,
    IllegalMove,
    LedgerError,
    NotAdopted,
    PasteLost,
    ProofFailed,
    SettingsError,
    SignInRefused,
)
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.oddities import ODD
from worker.ledger.state import ALARMING, State
from worker.ledger.verdicts import RowVerdict
from worker.payments.privacy import masked, scrubbed
from worker.runtime import child_process, spool
from worker.runtime.child_process import Errand
from worker.runtime.disks import LOW_DISK

#: A Monday, after business hours.
EVENING = datetime(2026, 11, 23, 18, 5, tzinfo=SEOUL)


@pytest.fixture
def worker(folder: Path) -> Iterator[Worker]:
    """Return a worker with an adopted ledger and an ERP of its own."""
    found = a_worker(folder)
    yield found
    found.close()


def open_causes(ledger: Ledger) -> list[str]:
    """Return the causes of the open alarms."""
    return [one.cause for one in ledger.alarms()]


# --- the table -----------------------------------------------------------------------------------------------------


def test_every_cause_says_all_in_both_languages() -> None:
    for name, cause in CAUSES.items():
        for words in (cause.title, cause.done, cause.todo):
            english, korean = words(Language.EN), words(Language.KO)
            assert english, name
            assert korean, name
            assert english.isascii() or "…" in english, name
            assert any("가" <= letter <= "힣" for letter in korean), name
            assert "{" not in english + korean, name


def test_every_cause_that_anybody_raises_has_words() -> None:
    raised = {*ALARMING.values(), ODD, *ENDED_BY_SUCCESS, *_named_in_the_code()}

    assert raised <= CAUSES.keys()
    assert {"promise broken", "recycle", "memory", "stuck", "circusd", "disk", "no payments", "backup"} <= raised
    assert cause_of("something else") is CAUSES["guard"]


def _named_in_the_code() -> set[str]:
    """Return every word that stands where a cause stands."""
    found = set()
    for folder in ("worker", "hooks"):
        for path in (Path(__file__).parents[3] / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(r'cause="([a-z ]+)"', text))
            found |= set(
                re.findall(r'(?:raise_alarm|end_alarm|_raise_alarm|ledger\.tell)\(\s*(?:db, )?"([a-z ]+)"', text)
            )
            found |= set(re.findall(r'\btell\((?:ledger, )?"([a-z ]+)"', text))
    return found


# --- rows that wait ------------------------------------------------------------------------------------------------


def test_rows_in_doubt_are_an_alarm_until_the_last_is_settled(folder: Path) -> None:
    worker = a_worker(folder, rules=with_rules(RULES, deposit_list=False))
    worker.erp.approve("김밥천국", 15_000)
    worker.erp.approve("이서연", 22_000)
    worker.erp.faults.append(Fault.LOST_AFTER)
    worker.run_cycle()
    (alarm,) = worker.ledger.alarms()
    assert (alarm.cause, alarm.count) == ("in doubt", 2)

    for payer in ("김밥천국", "이서연"):
        assert open_causes(worker.ledger) == ["in doubt"]
        worker.ledger.resolve(worker.key(payer), RowVerdict.POSTED, by="operator", why="seen", at=worker.clock())

    assert open_causes(worker.ledger) == []
    worker.close()


def test_a_look_up_that_settles_the_doubt_ends_the_alarm(worker: Worker) -> None:
    worker.erp.approve("김밥천국", 15_000)
    worker.erp.faults.append(Fault.LOST_AFTER)
    worker.run_cycle()
    assert open_causes(worker.ledger) == ["in doubt"]

    worker.clock.advance(minutes=30)
    worker.run_cycle()

    assert open_causes(worker.ledger) == []


def test_refused_rows_are_an_alarm_until_they_are_settled(worker: Worker) -> None:
    worker.erp.approve("김밥천국", 15_000)
    worker.erp.refused_payers.add("김밥천국")
    worker.run_cycle()
    assert open_causes(worker.ledger) == ["rejected"]

    worker.ledger.resolve(worker.key("김밥천국"), RowVerdict.NEVER, by="operator", why="by hand", at=worker.clock())

    assert open_causes(worker.ledger) == []


def test_a_held_row_is_an_alarm_until_it_is_settled(worker: Worker) -> None:
    worker.erp.approve("이서연", 22_000, number="")
    for _ in range(2):
        worker.run_cycle()
        worker.clock.advance(minutes=30)
    assert open_causes(worker.ledger) == ["held"]

    worker.ledger.resolve(worker.key("이서연"), RowVerdict.NEVER, by="operator", why="a test", at=worker.clock())

    assert open_causes(worker.ledger) == []


def test_an_alarm_is_written_with_its_fact_or_not_at_all(folder: Path) -> None:
    worker = a_worker(folder)
    worker.erp.approve("이서연", 22_000)
    worker.run_cycle()
    key = worker.key("이서연")
    with pytest.raises(IllegalMove):
        worker.ledger.move(key, State.SEEN, State.HELD, at=worker.clock(), by="worker", why="too late")

    assert open_causes(worker.ledger) == []
    worker.close()


def test_an_odd_row_is_an_alarm_until_it_is_settled(worker: Worker) -> None:
    worker.ledger.note_oddities([("{}", "no amount"), ("[]", "no time")], cycle=1, at=worker.clock())
    worker.ledger.note_oddities([("{}", "no amount")], cycle=2, at=worker.clock())
    (alarm,) = worker.ledger.alarms()
    assert (alarm.cause, alarm.count) == (ODD, 2)

    for one in worker.ledger.open_oddities():
        assert open_causes(worker.ledger) == [ODD]
        worker.ledger.settle_oddity(one.id, by="operator", why="seen", at=worker.clock())

    assert open_causes(worker.ledger) == []


def test_a_deposit_that_stands_twice_and_an_empty_list_are_told(worker: Worker) -> None:
    worker.erp.approve("김밥천국", 15_000)
    worker.erp.faults.append(Fault.TWICE)
    worker.run_cycle()
    assert "stored twice" in open_causes(worker.ledger)

    for number in range(25):
        worker.erp.approve(f"고객 {number}", 1000 + number)
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    for row in worker.erp.rows:
        row.is_reflected = True
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    assert "empty list" in open_causes(worker.ledger)


# --- cycles that fail ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "failures", "cause"),
    [
        (ErpUnavailable("down"), 1, ""),
        (ErpUnavailable("down"), 2, ""),
        (ErpUnavailable("down"), 3, "cycles fail"),
        (ErpUnavailable("down"), 44, "cycles fail"),
        (PasteLost("gone"), 3, "cycles fail"),
        (OSError("no space"), 3, "cycles fail"),
        (ErpChanged("no column"), 1, "layout"),
        (SignInRefused("no"), 1, "password"),
        (AccountInUse("busy"), 1, "account in use"),
        (LedgerError("damaged"), 1, "ledger"),
        (NotAdopted("nobody said"), 1, "adoption"),
        (SettingsError("no password file"), 1, "settings"),
        (ProofFailed("sums"), 5, ""),
    ],
)
def test_a_failed_cycle_is_told_by_what_to_do_about_it(error: Exception, failures: int, cause: str) -> None:
    assert cause_of_failure(error, failures) == cause


def test_a_good_cycle_ends_what_it_proves_to_be_over(folder: Path) -> None:
    clock = FakeClock(EVENING)
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        teller = an_alerts(folder)
        for number, error in enumerate((ErpChanged("a"), SignInRefused("b"), ErpUnavailable("c")), 1):
            teller.failed(ledger, error, number, at=clock(), evidence=folder / "no")
        ledger.raise_alarm("disk", "full", at=clock())
        assert open_causes(ledger) == ["layout", "password", "cycles fail", "disk"]

        teller.ran(ledger, at=clock())

        assert open_causes(ledger) == ["disk"]


def test_without_a_ledger_an_alarm_goes_to_the_spool_once_an_hour(folder: Path) -> None:
    teller = an_alerts(folder)
    for _ in range(3):
        teller.failed(None, LedgerError("the ledger is damaged"), 1, at=EVENING, evidence=folder)

    ((_, note),) = spool.waiting(folder)

    assert (note["kind"], note["cause"], note["text"]) == ("alert", "ledger", "the ledger is damaged")


# --- the disk, the day, the certificate ----------------------------------------------------------------------------


class Usage(NamedTuple):
    """What shutil.disk_usage returns."""

    total: int
    used: int
    free: int


def test_a_full_disk_is_told_once_and_ends_when_there_is_space(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [LOW_DISK - 1]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, free[0]))
    monkeypatch.setattr(monitors, "DISK_EVERY", 0.0)
    with Ledger(folder) as ledger:
        teller = an_alerts(folder)
        seen = []
        for one in (LOW_DISK - 1, 1, LOW_DISK + 1, 2 * LOW_DISK):
            free[0] = one
            teller.look(ledger, at=EVENING)
            seen.append([(alarm.cause, alarm.count) for alarm in ledger.alarms()])

    assert seen == [[("disk", 1)], [("disk", 1)], [("disk", 1)], []]


@pytest.mark.parametrize(
    ("today", "weeks", "is_told"),
    [
        (0, [3, 1, 2, 5], True),
        (1, [3, 1, 2, 5], False),
        (None, [3, 1, 2, 5], False),
        (0, [3, 1, 0, 5], False),
        (0, [3, 1, None, 5], False),
        (0, [3, 1, 2], False),
    ],
    ids=["none", "some", "nothing could be read", "one such day had none", "one was not read", "too young"],
)
def test_a_day_without_payments_is_strange_if_its_weekday_always_has_some(
    folder: Path, today: int | None, weeks: list[int | None], is_told: bool
) -> None:
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        for week, new in enumerate([today, *weeks]):
            at = EVENING - timedelta(weeks=week, hours=4)
            number = ledger.begin_cycle(slot=at, at=at)
            outcome = "failed" if new is None else "ran"
            ledger.end_cycle(number, at=at, outcome=outcome, why="", figures={"new": new or 0})

        assert bool(why_no_payments(ledger, Plan(), EVENING)) is is_told


def test_weeks_with_a_holiday_do_not_count(folder: Path) -> None:
    plan = Plan(extra_days_off=frozenset({date(2026, 11, 16)}))
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        for week in (0, 2, 3, 4, 5):
            at = EVENING - timedelta(weeks=week, hours=4)
            number = ledger.begin_cycle(slot=at, at=at)
            ledger.end_cycle(number, at=at, outcome="ran", why="", figures={"new": min(week, 1)})

        assert "no new payment was listed on 2026-11-23" in why_no_payments(ledger, plan, EVENING)


@pytest.mark.parametrize(("hours", "told"), [(1, ["no payments"]), (4, [])], ids=["read to its end", "machine off"])
def test_a_day_whose_last_hours_were_not_read_says_nothing_of_its_payments(
    folder: Path, hours: int, told: list[str]
) -> None:
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        for week in range(5):
            at = EVENING - timedelta(weeks=week, hours=hours)
            number = ledger.begin_cycle(slot=at, at=at)
            ledger.end_cycle(number, at=at, outcome="ran", why="", figures={"new": min(week, 1)})

        an_alerts(folder).look(ledger, at=EVENING)

        assert [one.cause for one in ledger.alarms()] == told


@contextmanager
def tls_server(folder: Path, days: int) -> Iterator[Server]:
    """Run a server that shows a certificate which ends in so many days."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(folder, days=days))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(plain, server_side=True) as private:
                        private.recv(1)
                except OSError:
                    plain.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Server(host="localhost", port=listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(("days", "said"), [(5, "ends on"), (90, "")])
def test_a_certificate_near_its_end_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, days: int, said: str
) -> None:
    with tls_server(folder, days) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "cert.pem"))

        why = certificates.why_alarming(server, at=datetime.now(UTC))

    assert why is not None
    assert said in why
    assert bool(why) is bool(said)


def test_a_certificate_that_nobody_trusts_is_told_and_one_not_seen_says_nothing(folder: Path) -> None:
    with tls_server(folder, 90) as server:
        assert "is not valid" in (certificates.why_alarming(server, at=datetime.now(UTC)) or "")

    assert certificates.why_alarming(server, at=datetime.now(UTC)) is None


def test_a_mail_servers_certificate_is_seen_behind_starttls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert = certificate(folder, days=3)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert[0]))
    with Postbox(certificate=cert) as box:
        server = Server(host="localhost", port=box.port, starttls=True)

        assert "in 2 days" in (certificates.why_alarming(server, at=datetime.now(UTC)) or "")


def test_only_real_servers_are_looked_at() -> None:
    values = {"SMTP_HOST": "mail.example.com", "MAIL_FROM": "a@example.com", "MAIL_TO": "b@example.com"}
    real, local = channels.read(values, Path())[0], channels.Channels()

    assert [one.host for one in certificates.servers("https://erp.example.com/x", real)] == [
        "erp.example.com", "mail.example.com",
    ]  # fmt: skip
    assert certificates.servers("", local) == []
    assert certificates.servers("http://erp.example.com", local) == []
    assert certificates.servers("https://127.0.0.1:8800/", local) == []


# --- what leaves this machine --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("payer", "shown"), [("홍길동", "홍*동"), ("해오름마트상회", "해오름**상회"),
    ("[홍길동]", "[홍**]"), ("김밥천국", "김**국"), ("John Smith", "John***ith"), (" 이 ", "*"), ("", "–"),
    ("\u200b김밥", "김*"), ("\u3164", "–")])  # fmt: skip
def test_a_payer_is_shown_without_the_middle(payer: str, shown: str) -> None:
    assert masked(payer) == shown


@pytest.mark.parametrize(
    "card",
    ["4111111111111111", "4111-1111-1111-1111", "4111 1111 1111 1111", "4111-****-****-1111", "4111********1111",
     "411111******1111", "3782-8224-6310-005", "4111\u00a01111\u00a01111\u00a01111",
     "4111\u200b1111\u200b1111\u200b1111"],
)  # fmt: skip
def test_no_card_gets_through(card: str) -> None:
    assert scrubbed(f"row 3: {card} refused") == "row 3: •••• refused"


@pytest.mark.parametrize(
    "text",
    ["payment ABCDEFGHIJ of 1,234,567 won at 2026-11-23 09:12:33, approval 12345678", "evidence/20261123/cycle-1234",
     "worker (pid 12345, 20261123) silent for 42 s"],
)  # fmt: skip
def test_what_is_no_card_stays(text: str) -> None:
    assert scrubbed(text) == text


def test_names_are_masked_wherever_they_stand() -> None:
    assert scrubbed("the grid shows '김밥천국 본점' for 김밥천국", ["김밥천국", "김밥천국 본점", "x"]) == (
        "the grid shows '김밥천**본점' for 김**국"
    )


@pytest.mark.parametrize(
    "shown",
    ["김밥\u200b천국 본점", "김밥천국\u00a0본점", "김밥천국  본점", "\u1100\u1175\u11b7밥천국\t본점"],
    ids=ascii,
)
def test_a_name_is_masked_as_others_wrote_it(shown: str) -> None:
    text = f"  row 3: {shown} is unknown\n  row 4"

    assert scrubbed(text, ["김밥천국 본점"]) == "  row 3: 김밥천**본점 is unknown\n  row 4"
    assert scrubbed("row 3: 김밥천국 본점", [shown]) == "row 3: 김밥천**본점"


# --- the settings --------------------------------------------------------------------------------------------------


def test_everything_wrong_about_channels_is_said_with_what_to_write(folder: Path) -> None:
    (folder / "urls").write_text("json://x\n")
    (folder / "urls").chmod(0o644)
    values = {
        "SMTP_HOST": "mail.example.com",
        "SMTP_PORT": "many",
        "SMTP_TLS": "off",
        "SMTP_USER": "me",
        "MAIL_FROM": "Office",
        "MAIL_TO": "a@example.com; b@example.com",
        "APPRISE_URLS_FILE": "urls",
        "REPORT_LANGUAGE": "fr",
    }

    said = "\n".join(channels.read(values, folder)[1])

    for part in ("SMTP_PORT='many'", "SMTP_TLS='off' is for a server on this machine", "SMTP_PASSWORD_FILE must be set",
                 "MAIL_FROM='Office'", "MAIL_TO: 'a@example.com; b@example.com' is no address",
                 "can be read by others: chmod 600", "write en or ko"):  # fmt: skip
        assert part in said


def test_the_ports_follow_the_way_of_privacy() -> None:
    values = {"SMTP_HOST": "localhost", "MAIL_FROM": "a@example.com", "MAIL_TO": "b@example.com"}

    found = [channels.read({**values, "SMTP_TLS": tls}, Path())[0].smtp for tls in ("", "starttls", "ssl", "off")]

    assert [one.port for one in found if one] == [587, 587, 465, 25]


def test_a_missing_mail_password_is_wrong_settings(folder: Path) -> None:
    values = {"SMTP_HOST": "localhost", "MAIL_FROM": "a@example.com", "MAIL_TO": "b@example.com", "SMTP_USER": "me"}

    (said,) = channels.read({**values, "SMTP_PASSWORD_FILE": "none"}, folder)[1]

    assert "SMTP_PASSWORD_FILE=" in said
    assert "Put the password there" in said


# --- the errand ----------------------------------------------------------------------------------------------------


def test_one_sender_at_a_time_and_never_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "slow.py").write_text("import pathlib, sys\nsys.stdin.read()\npathlib.Path('began').touch()\n")
    monkeypatch.chdir(folder)
    one = Errand("slow")

    assert one.run("text")
    assert not one.run("text")
    wait_until("its end", one.is_done)
    assert (folder / "began").exists()
    assert not one.run("text")  # a moment lies between two runs

    monkeypatch.setattr(child_process, "PAUSE", 0.0)
    assert one.run("text")
    one.close()


def test_a_program_that_fails_is_started_less_and_less_often(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = [1000.0]
    monkeypatch.setattr("worker.runtime.clock.ticks", lambda: ticks[0])
    one = Errand("no_such_program")
    starts = []
    for _ in range(200):
        if one.run():
            starts.append(ticks[0])
            wait_until("its end", lambda: not one.is_running())
        ticks[0] += 5

    assert [later - sooner for sooner, later in pairwise(starts)][:4] == [10, 20, 40, 80]


def test_the_senders_next_run_is_left_in_a_file(folder: Path) -> None:
    assert child_process.overdue(folder, EVENING) is None
    child_process.leave_word(folder, EVENING)

    assert child_process.overdue(folder, EVENING - timedelta(seconds=1)) is None
    assert child_process.overdue(folder, EVENING + timedelta(seconds=30)) == 30
    child_process.leave_word(folder, None)
    assert child_process.overdue(folder, EVENING) is None


# --- helpers of this file ------------------------------------------------------------------------------------------


def a_worker(folder: Path, rules: PostingSettings = RULES) -> Worker:
    clock = FakeClock()
    found = Worker(folder, FakeErp(clock), clock, rules=rules)
    found.adopt()
    return found


def an_alerts(folder: Path) -> Alerts:
    return Alerts(folder, channels.Channels(), Plan())
