"""Money is told to the office, the machine to its keeper, what stops posting to both; neither waits for the other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.postbox import Postbox
from tests.unit.alerts.test_notifications import Desk, run_post
from worker.alerts import channel_tests, sender, smtp
from worker.alerts.catalogue import CAUSES, LATE
from worker.config.channels import Audience, Channel, read
from worker.config.loading import load
from worker.operations import alarms

OFFICE, KEEPER = "office@example.com", "keeper@example.com"

#: One cause of each kind.
MONEY, MACHINE, BOTH = "held", "disk", "layout"


@pytest.fixture
def desk(folder: Path, server: Postbox) -> Iterator[Desk]:
    """A desk with an office, and a keeper of an address of its own."""
    found = Desk(folder, server, MAIL_TO=OFFICE, MAIL_TO_KEEPER=KEEPER)
    yield found
    found.ledger.close()


def told(server: Postbox) -> list[tuple[str, str]]:
    """Return to whom each mail went, and its subject."""
    return [(str(mail["To"]), subject.removeprefix("[daybreak] ")) for mail, subject in
            zip(server.mails, server.subjects(), strict=True)]  # fmt: skip


def test_all_that_is_about_money_reaches_the_office() -> None:
    assert [name for name, cause in CAUSES.items() if cause.money and cause.concerns is Audience.KEEPER] == []


def test_no_acknowledgement_hushes_for_good_that_nothing_is_posted_or_told() -> None:
    stops = {name for name, cause in CAUSES.items() if cause.lasts and cause.concerns is Audience.BOTH}

    resting = {name for name in (*stops, "guard stopped", "alarms") if CAUSES[name].rests_a_day}

    assert resting == {*stops, "guard stopped", "alarms"} - {LATE}  # one more late payment is told at once


@pytest.mark.parametrize(
    ("cause", "to"),
    [(MONEY, [OFFICE]), (MACHINE, [KEEPER]), (BOTH, [OFFICE, KEEPER])],
    ids=["money", "machine", "both"],
)
def test_a_problem_and_its_end_are_told_to_whom_it_concerns(
    desk: Desk, server: Postbox, cause: str, to: list[str]
) -> None:
    desk.alarm(cause)
    desk.send()
    desk.clock.advance(minutes=5)
    desk.over(cause)
    desk.send()

    assert [address for address, _ in told(server)] == to * 2
    assert len(set(server.ids())) == 2


def test_without_an_address_of_its_own_the_keeper_is_the_office(folder: Path, server: Postbox) -> None:
    desk = Desk(folder, server, MAIL_TO=OFFICE, MAIL_TO_KEEPER="")
    for cause in (MONEY, MACHINE, BOTH):
        desk.alarm(cause)

    desk.send()
    desk.ledger.close()

    assert [address for address, _ in told(server)] == [OFFICE] * 3


def test_who_is_office_and_keeper_gets_one_mail(folder: Path, server: Postbox) -> None:
    desk = Desk(folder, server, MAIL_TO=f"{OFFICE}, Boss@example.com", MAIL_TO_KEEPER=f"{KEEPER}, boss@example.com")
    desk.alarm(BOTH)
    desk.alarm(MACHINE)

    desk.send()
    desk.ledger.close()

    assert sorted(address for address, _ in told(server)) == [
        KEEPER, f"{KEEPER}, boss@example.com", f"{OFFICE}, Boss@example.com",
    ]  # fmt: skip


def test_a_report_goes_to_the_office_alone(desk: Desk, server: Postbox) -> None:
    desk.add("daily 2026-11-23")

    desk.send()

    assert told(server) == [(OFFICE, "report")]


def test_a_keeper_whose_address_is_dead_costs_the_office_no_mail_and_the_office_hears_of_it(
    desk: Desk, server: Postbox
) -> None:
    server.unknown.add(KEEPER)
    for cause in (MACHINE, "chores", "backup"):
        desk.alarm(cause)
    desk.send()
    desk.alarm(MONEY)
    desk.alarm(BOTH)

    desk.send()

    assert [address for address, _ in told(server)] == [OFFICE] * 2
    assert all("550 5.1.1 no such user" in error for error in desk.waiting())
    desk.send_for(timedelta(hours=2))
    assert (OFFICE, "Messages can't be delivered") in told(server)


def test_a_keeper_whose_server_never_answers_is_tried_after_the_office(
    desk: Desk, server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first mail that gets no answer costs more time than a run has.
    monkeypatch.setattr(smtp, "TIMEOUT", 3.0)
    monkeypatch.setattr(sender, "LAST_START", 2.0)
    server.stalls.add(KEEPER)
    desk.alarm(MACHINE)
    desk.alarm(BOTH)
    desk.alarm(MONEY)

    desk.send()

    assert [address for address, _ in told(server)] == [OFFICE] * 2


def test_what_waits_for_a_keeper_who_is_named_no_more_goes_to_the_office(desk: Desk, server: Postbox) -> None:
    server.unknown.add(KEEPER)
    desk.alarm(MACHINE)
    desk.send()
    assert server.mails == []

    desk.values["MAIL_TO_KEEPER"] = ""
    desk.send()

    assert told(server) == [(OFFICE, "The disk is nearly full")]


def test_a_wrong_address_of_the_keeper_leaves_the_office_its_mails(folder: Path) -> None:
    mail = {"SMTP_HOST": "mail.example.com", "MAIL_FROM": "a@example.com", "MAIL_TO": OFFICE}

    found, problems = read({**mail, "MAIL_TO_KEEPER": "nobody"}, folder)

    assert found.names == (Channel.MAIL,)
    assert problems == ["MAIL_TO_KEEPER: 'nobody' is no address like machine@example.com; put commas between addresses"]


def test_what_no_ledger_takes_goes_to_whom_it_concerns_and_where_nobody_is_there_to_the_others(
    desk: Desk, server: Postbox
) -> None:
    assert run_post(desk, "--direct", "promise broken", text="it hangs").returncode == 0
    server.unknown.add(KEEPER)
    assert run_post(desk, "--direct", "promise broken", text="it hangs again").returncode == 0

    assert [address for address, _ in told(server)] == [KEEPER, OFFICE]


@pytest.mark.parametrize(("weekly", "to"), [("", [OFFICE, KEEPER]), ("06:00", [KEEPER])])
def test_each_monday_every_address_is_tested_that_gets_no_weekly_report(
    desk: Desk, server: Postbox, weekly: str, to: list[str]
) -> None:
    desk.values["WEEKLY_AT"] = weekly
    desk.ledger.begin_cycle(slot=desk.clock(), at=desk.clock())
    desk.clock.advance(days=8)

    desk.send()

    assert told(server) == [(address, "test message: alarms reach you") for address in to]


def test_a_test_reaches_both_addresses_and_production_wants_both_proved(folder: Path, server: Postbox) -> None:
    (folder / "secret").touch(mode=0o600)
    (folder / "secret").write_text("p4ss word", encoding="utf-8")
    real = {"ERP_URL": "https://erp.example.com", "ERP_COMPANY": "1", "ERP_USER": "u", "MODE": "production"}
    mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port), "SMTP_TLS": "off", "MAIL_FROM": "a@example.com"}
    chosen = load(
        {"DATA_DIR": str(folder), **real, "ERP_PASSWORD_FILE": str(folder / "secret"), **mail, "MAIL_TO": OFFICE,
         "MAIL_TO_KEEPER": KEEPER, "CONSOLE_URL": "http://127.0.0.1:8810"}
    )  # fmt: skip
    server.unknown.add(KEEPER)
    first = alarms.try_channels(chosen)
    assert [(one.channel, one.is_out) for one in first.tests] == [(Channel.MAIL, True), (Channel.KEEPER, False)]
    assert "has shown that MAIL_TO_KEEPER can be told" in channel_tests.why_not_production(chosen)

    server.unknown.clear()
    second = alarms.try_channels(chosen)

    assert second.is_well
    assert [address for address, _ in told(server)] == [OFFICE, OFFICE, KEEPER]
    assert "http://127.0.0.1:8810/\n" in server.text()
    assert channel_tests.why_not_production(chosen) == ""
