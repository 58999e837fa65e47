"""The screen 알림: channels, open and past alarms, and who has acknowledged one, whatever gets in the way."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from tests.fakes import FakeClock, Worker
from tests.postbox import Postbox
from tests.rig import wait_until
from tests.unit.console.reader import KEEPER, OFFICE, Answer, Reader, without_a_ledger
from worker.alerts.catalogue import CAUSES
from worker.config.channels import Channel
from worker.console.alarm_words import CHANNELS
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.runtime import sqlite as sqlite3

SignedIn = Callable[[str], Reader]

#: What a test of the screen in Korean must find: no English is left between.
KOREAN = ("알림", "열린 알림", "알림 경로", "지난 알림", "확인했음", "확인하실 사항")


def raised(worker: Worker, cause: str, what: str = "it happened") -> int:
    worker.ledger.raise_alarm(cause, what, at=worker.clock())
    return next(one.id for one in worker.ledger.alarms() if one.cause == cause)


def stamp_in(answer: Answer) -> str:
    found = re.search(r'name="stamp" value="([0-9a-f]+)"', answer.text)
    assert found, answer.text
    return found[1]


def seen(reader: Reader, number: int) -> Answer:
    """Open an alarm and say that it was seen."""
    return reader.post(f"/alarms/{number}/acknowledge", {"stamp": stamp_in(reader.get(f"/alarms/{number}"))})


def rows(worker: Worker) -> list[tuple[int, str, int]]:
    found = worker.ledger._rows("SELECT alarm, by, count FROM acknowledgement ORDER BY id")
    return [(row["alarm"], row["by"], row["count"]) for row in found]


def test_an_alarm_says_in_the_offices_words_what_happened_and_what_to_do(worker: Worker, office: Reader) -> None:
    number = raised(worker, "held", "payment A: x")

    shown = unescape(office.get(f"/alarms/{number}").text)
    office.language = "ko"
    korean = unescape(office.get(f"/alarms/{number}").text)
    listed = office.get("/alarms").text

    cause = CAUSES["held"]
    for language, text in ((Language.EN, shown), (Language.KO, korean)):
        for said in (cause.title, cause.done, cause.todo):
            assert said(language) in text
    assert "payment A: x" in shown
    assert all(word in korean + listed for word in KOREAN)
    assert f'href="/alarms/{number}"' in listed


def test_an_alarm_about_a_payment_names_it_by_payer_amount_and_time_and_leads_to_it(
    worker: Worker, office: Reader
) -> None:
    worker.erp.approve("해오름상회", 12_300, number="")
    for _ in range(2):
        worker.run_cycle()
        worker.clock.advance(minutes=30)
    (held,) = worker.ledger.in_state(State.HELD)
    (alarm,) = [one for one in worker.ledger.alarms() if one.cause == "held"]
    paid = held.payment

    for path in ("/alarms", f"/alarms/{alarm.id}"):
        shown = unescape(office.get(path).text)
        assert f'href="/payments/{paid.key}">{paid.payer} {paid.won:,} won, {paid.time:%Y-%m-%d %H:%M}' in shown, path
    assert office.get(f"/payments/{paid.key}").status == 200


@pytest.mark.parametrize("facts", [{}, {"key": "NOSUCHKEY1"}, {"key": 7}])
def test_an_alarm_whose_payment_is_not_known_is_shown_all_the_same(
    worker: Worker, office: Reader, facts: dict[str, object]
) -> None:
    worker.ledger.raise_alarm("held", "it happened", at=worker.clock(), facts=facts)

    assert "it happened" in office.get("/alarms").text


def test_who_has_seen_an_alarm_stands_on_its_page_and_it_stays_open(worker: Worker, office: Reader) -> None:
    number = raised(worker, "cycles fail")

    answer = seen(office, number)

    assert (answer.status, answer.headers["location"]) == (303, f"/alarms/{number}")
    assert rows(worker) == [(number, OFFICE, 1)]
    (alarm,) = worker.ledger.alarms()
    assert alarm.ended_at is None
    shown = office.follow(answer).text
    assert OFFICE in shown
    assert "/acknowledge" not in shown
    assert "acknowledged" in office.get("/alarms").text.lower()


def test_a_form_that_is_sent_twice_acknowledges_once(worker: Worker, office: Reader) -> None:
    number = raised(worker, "cycles fail")
    form = {"stamp": stamp_in(office.get(f"/alarms/{number}"))}

    answers = [office.post(f"/alarms/{number}/acknowledge", form).status for _ in range(2)]

    assert answers == [303, 303]
    assert len(rows(worker)) == 1


def test_who_comes_second_is_told_who_was_first(worker: Worker, office: Reader, signed_in: SignedIn) -> None:
    number = raised(worker, "cycles fail")
    keeper = signed_in(KEEPER)
    form = {"stamp": stamp_in(keeper.get(f"/alarms/{number}"))}
    seen(office, number)

    late = keeper.post(f"/alarms/{number}/acknowledge", form)

    assert late.status == 409
    assert f"{OFFICE} has acknowledged this alarm at" in late.text
    assert [by for _, by, _ in rows(worker)] == [OFFICE]


def test_money_that_came_since_the_alarm_was_shown_is_not_acknowledged(worker: Worker, office: Reader) -> None:
    number = raised(worker, "held", "payment A: x")
    form = {"stamp": stamp_in(office.get(f"/alarms/{number}"))}
    raised(worker, "held", "payment B: y")

    refused = office.post(f"/alarms/{number}/acknowledge", form)

    assert refused.status == 409
    assert "more has come to this alarm since it was shown" in refused.text
    assert "payment B: y" in refused.text
    assert rows(worker) == []


def test_what_keeps_failing_can_be_acknowledged_as_it_was_shown(worker: Worker, office: Reader) -> None:
    number = raised(worker, "cycles fail")
    form = {"stamp": stamp_in(office.get(f"/alarms/{number}"))}
    raised(worker, "cycles fail")

    assert office.post(f"/alarms/{number}/acknowledge", form).status == 303
    assert rows(worker) == [(number, OFFICE, 2)]


def test_money_that_grows_after_it_was_acknowledged_asks_again(worker: Worker, office: Reader) -> None:
    number = raised(worker, "held", "payment A: x")
    seen(office, number)
    raised(worker, "held", "payment B: y")

    assert "More has come since it was acknowledged" in office.get(f"/alarms/{number}").text
    assert seen(office, number).status == 303
    assert [count for _, _, count in rows(worker)] == [1, 2]


def test_an_alarm_that_comes_again_is_a_new_one_that_nobody_has_seen(
    worker: Worker, clock: FakeClock, office: Reader
) -> None:
    first = raised(worker, "disk")
    seen(office, first)
    worker.ledger.end_alarm("disk", at=clock())
    clock.advance(seconds=60)

    second = raised(worker, "disk")

    assert second != first
    assert "/acknowledge" in office.get(f"/alarms/{second}").text
    assert "/acknowledge" not in office.get(f"/alarms/{first}").text
    assert OFFICE in office.get(f"/alarms/{first}").text


def test_an_alarm_that_has_ended_meanwhile_is_not_acknowledged(
    worker: Worker, clock: FakeClock, office: Reader
) -> None:
    number = raised(worker, "disk")
    form = {"stamp": stamp_in(office.get(f"/alarms/{number}"))}
    worker.ledger.end_alarm("disk", at=clock())

    refused = office.post(f"/alarms/{number}/acknowledge", form)

    assert refused.status == 422
    assert "this alarm ended at" in refused.text
    assert rows(worker) == []


def test_what_alarms_say_is_text_and_no_page(worker: Worker, office: Reader) -> None:
    number = raised(worker, "held", "<script>alert(1)</script>")

    for path in ("/alarms", f"/alarms/{number}"):
        assert "<script>alert" not in office.get(path).text
        assert "&lt;script&gt;" in office.get(path).text


def test_an_address_of_no_alarm_shows_and_changes_nothing(worker: Worker, office: Reader) -> None:
    raised(worker, "disk")
    office.see_a_form()

    for number in ("0", "999", "-1", "1e3", "..%2F..%2Fetc", "9" * 13, "%EF%BC%99", "%00", "1'--"):
        shown = office.get(f"/alarms/{number}")
        ordered = office.post(f"/alarms/{number}/acknowledge", {"stamp": "0" * 16})

        assert (shown.status, ordered.status) in ((404, 409), (404, 422), (404, 404)), number
    assert rows(worker) == []


def test_a_form_that_was_not_shown_acknowledges_nothing(worker: Worker, office: Reader) -> None:
    number = raised(worker, "disk")
    office.see_a_form()

    for stamp in ("", "0" * 16, "x" * 60_000, "\x00\x1b[2J", "’; DROP TABLE alarm"):
        answer = office.post(f"/alarms/{number}/acknowledge", {"stamp": stamp})

        assert answer.status in (409, 422), stamp
    assert rows(worker) == []


def test_a_page_that_is_none_shows_the_first_one(worker: Worker, clock: FakeClock, office: Reader) -> None:
    for _ in range(35):
        raised(worker, "disk")
        worker.ledger.end_alarm("disk", at=clock())

    for page in ("0", "-1", "x", "9" * 40, "", "2"):
        answer = office.get(f"/alarms?page={page}")

        assert answer.status == (200 if page in ("", "2") else 400), page
        assert answer.text.count('<th scope="row"><a href="/alarms/') == (5 if page == "2" else 30), page


def test_no_acknowledgement_is_ever_changed_or_taken_away(worker: Worker, data: Path, office: Reader) -> None:
    seen(office, raised(worker, "disk"))
    db = sqlite3.connect(data / "ledger.db")

    for order in ("UPDATE acknowledgement SET by = 'x'", "DELETE FROM acknowledgement"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(order)
    db.close()


# --- when something is in the way


def test_a_ledger_that_is_not_there_or_damaged_is_one_sentence_and_the_channels_stay(
    people: None, data: Path, signed_in: SignedIn
) -> None:
    office = signed_in(OFFICE)

    for answer in without_a_ledger(office, "/alarms", data):
        assert answer.status == 200
        assert answer.text.count('role="alert"') == 1
        assert "How people are told" in answer.text
        assert "No alarm is open" not in answer.text
    assert office.get("/alarms/1").status == 409


def test_a_ledger_that_is_locked_acknowledges_nothing_and_says_so(worker: Worker, data: Path, office: Reader) -> None:
    number = raised(worker, "disk")
    form = {"stamp": stamp_in(office.get(f"/alarms/{number}"))}
    other = sqlite3.connect(data / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    answer = office.post(f"/alarms/{number}/acknowledge", form)
    other.execute("ROLLBACK")
    other.close()

    assert answer.status == 409
    assert "database is locked" in answer.text
    assert rows(worker) == []
    assert office.post(f"/alarms/{number}/acknowledge", form).status == 303


def test_settings_that_are_wrong_are_said_and_the_alarms_are_shown(worker: Worker, data: Path, office: Reader) -> None:
    raised(worker, "settings", "BATCH_ROWS is no number")
    (data / "local.ini").write_text("[env:worker]\nBATCH_ROWS = many\n", encoding="utf-8")

    answer = office.get("/alarms")

    assert answer.status == 200
    assert CAUSES["settings"].title(Language.EN) in answer.text
    assert "BATCH_ROWS" in answer.text


# --- channels


@pytest.fixture
def mail(data: Path) -> Iterator[Postbox]:
    """A mail server that the settings name."""
    with Postbox() as server:
        lines = ["[env:worker]", "SMTP_HOST = 127.0.0.1", f"SMTP_PORT = {server.port}", "SMTP_TLS = off",
                 "MAIL_FROM = a@example.com", "MAIL_TO = b@example.com"]  # fmt: skip
        (data / "local.ini").write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield server


def test_a_channel_is_tested_by_a_button_and_shows_when_it_last_worked(
    mail: Postbox, worker: Worker, office: Reader
) -> None:
    before = office.get("/alarms").text
    assert "not tested as it is set now" in before
    assert "none yet" in before

    answer = office.post("/alarms/test", {"channel": "mail"})
    wait_until("the test", lambda: "the test message is delivered" in office.get("/alarms").text, 60)

    assert answer.status == 303
    assert len(mail.mails) == 1
    shown = office.get("/alarms").text
    assert "works" in shown
    assert f"by {OFFICE}" in shown


def test_a_test_that_fails_says_why(mail: Postbox, worker: Worker, data: Path, office: Reader) -> None:
    text = (data / "local.ini").read_text(encoding="utf-8")
    (data / "local.ini").write_text(text.replace(f"SMTP_PORT = {mail.port}", "SMTP_PORT = 9"), encoding="utf-8")
    office.get("/alarms")

    office.post("/alarms/test", {"channel": "mail"})

    wait_until("the failure", lambda: "Connection refused" in office.get("/alarms").text, 60)
    assert mail.mails == []


def test_a_channel_that_is_none_or_not_set_up_sends_nothing(mail: Postbox, worker: Worker, office: Reader) -> None:
    office.get("/alarms")

    for channel in ("", "sms", "mail\n", "x" * 60_000, "../mail"):
        assert office.post("/alarms/test", {"channel": channel}).status == 422, channel
    office.post("/alarms/test", {"channel": "apprise"})

    wait_until("the answer", lambda: "apprise is not set up" in office.get("/alarms").text, 60)
    assert mail.mails == []


@pytest.mark.parametrize(("channel", "to"), [("mail", "b@example.com"), ("keeper-mail", "k@example.com")])
def test_the_keepers_channel_is_shown_and_each_is_tested_alone(
    mail: Postbox, worker: Worker, data: Path, office: Reader, channel: str, to: str
) -> None:
    with (data / "local.ini").open("a", encoding="utf-8") as file:
        file.write("MAIL_TO_KEEPER = b@example.com, k@example.com\n")
    before = office.get("/alarms")
    office.language = "ko"
    korean = office.get("/alarms").text
    office.language = "en"

    office.post("/alarms/test", {"channel": channel})
    wait_until("the test", lambda: "the test message is delivered" in office.get("/alarms").text, 60)

    assert before.status == 200
    assert "Mail to the keeper of the machine" in before.text
    assert "장비 담당자 메일" in korean
    (sent,) = mail.mails
    assert to in str(sent["To"]).split(", ")
    assert f"{channel}: the test message is delivered" in office.get("/alarms").text


def test_every_channel_has_a_name() -> None:
    assert set(CHANNELS) == set(Channel)


# --- the day's screen and the next report


def test_the_days_screen_leads_to_the_alarm_and_names_who_has_seen_it(
    worker: Worker, data: Path, office: Reader
) -> None:
    number = raised(worker, "disk")
    seen(office, number)
    from worker.operations import status
    from worker.status import snapshot

    found = status.look()
    snapshot.write(data, found)

    (told,) = found.alarms["open"]
    assert (told["id"], told["acknowledged_by"]) == (number, OFFICE)
    assert json.loads((data / "status.json").read_text(encoding="utf-8"))["alarms"]["open"][0]["id"] == number
    shown = office.get("/").text
    assert f'href="/alarms/{number}"' in shown
    assert f"acknowledged by {OFFICE}" in shown


def test_a_ledger_of_before_gets_the_table_and_keeps_its_alarms(worker: Worker, data: Path, office: Reader) -> None:
    number = raised(worker, "disk")
    with Ledger(data, create=False) as ledger:
        ledger.take_down(6)

    assert seen(office, number).status == 303
    assert rows(worker) == [(number, OFFICE, 1)]


def test_reminders_of_an_alarm_that_was_seen_rest_but_not_its_end(
    mail: Postbox, worker: Worker, clock: FakeClock, office: Reader
) -> None:
    from worker.alerts import notifications
    from worker.config import loading

    found = loading.load().channels
    number = raised(worker, "disk")

    def is_due() -> bool:
        return bool(notifications.due(worker.ledger, found, at=clock(), is_off=lambda _: False))

    def tell() -> None:
        notifications.compose(worker.ledger, found, data=Path(), at=clock(), is_off=lambda _: False)

    tell()
    clock.advance(seconds=timedelta(hours=2).total_seconds())
    assert is_due()
    seen(office, number)
    assert not is_due()
    clock.advance(seconds=timedelta(days=3).total_seconds())
    assert not is_due()
    worker.ledger.end_alarm("disk", at=clock())
    assert is_due()
