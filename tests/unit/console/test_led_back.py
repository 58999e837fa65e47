"""A link of a mail, for who is not signed in: first the sign-in, then exactly there, and never elsewhere."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.fakes import SEOUL, Worker
from tests.unit.console.reader import OFFICE, PASSWORD, Reader
from worker.alerts.catalogue import CAUSES
from worker.alerts.cause import Screen
from worker.alerts.message import Frame, of_alarm
from worker.config.console_url import PageLinks
from worker.i18n.language import Language
from worker.ledger.alarms import Alarm

SignedIn = Callable[[str], Reader]

#: Where a mail leads.
LINKS = ["/waiting/row-1", "/reports?day=2026-01-05&show=week"]

#: What begins an address of another place for one browser or another, and what is no screen.
NO_SCREENS = [
    "//attacker.example", "///attacker.example", "https://attacker.example/", "/\\attacker.example", "\\\\attacker",
    "/waiting//attacker.example", "/.//attacker.example", "/%2f/attacker.example", "/@attacker.example",
    "javascript:alert(1)", "/waiting?x=\r\nSet-Cookie: a=b", "/waiting#//attacker.example", " /waiting", "waiting",
    "/nothing", "/today/run", "/waiting?" + "x" * 600,
]  # fmt: skip


def come_by(reader: Reader, link: str) -> None:
    """Follow a link up to the form of the sign-in."""
    assert reader.follow(reader.get(link)).status == 200


def wanted(text: str) -> str:
    """Return where the form of the sign-in leads on to."""
    found = re.search(r'name="next" value="([^"]*)"', text)
    assert found
    return found[1].replace("&amp;", "&")


@pytest.mark.parametrize("link", LINKS)
def test_the_sign_in_leads_to_what_was_asked_for(people: None, reader: Reader, link: str) -> None:
    door = reader.follow(reader.get(link))

    answer = reader.post("/sign-in", {"name": OFFICE, "password": PASSWORD, "next": wanted(door.text)})

    assert (answer.status, answer.headers["location"]) == (303, link)


def test_neither_a_wrong_password_nor_another_language_loses_the_way(people: None, reader: Reader) -> None:
    link = "/reports?day=2026-01-05&show=week"
    come_by(reader, link)
    wrong = reader.post("/sign-in", {"name": OFFICE, "password": "wrong", "next": link})
    assert wrong.status == 403
    assert wanted(wrong.text) == link
    back = re.search(r'name="back" value="([^"]*)"', wrong.text)
    assert back

    switched = reader.follow(reader.post("/language", {"language": "ko", "back": back[1].replace("&amp;", "&")}))

    assert "로그인" in switched.text
    assert wanted(switched.text) == link


def test_who_is_signed_in_already_is_led_on_at_once(signed_in: SignedIn) -> None:
    reader = signed_in(OFFICE)

    assert reader.get("/sign-in?next=%2Fwaiting").headers["location"] == "/waiting"


def test_it_leads_to_no_other_place(people: None, reader: Reader) -> None:
    door = reader.get(f"/sign-in?next={quote(NO_SCREENS[0], safe='')}")
    assert wanted(door.text) == "/"
    answer = reader.post("/sign-in", {"name": OFFICE, "password": PASSWORD, "next": NO_SCREENS[0]})
    assert (answer.status, answer.headers["location"]) == (303, "/")
    reader.see_a_form()

    for link in NO_SCREENS:
        assert reader.get(f"/sign-in?next={quote(link, safe='')}").headers["location"] == "/", link
        assert reader.post("/language", {"language": "en", "back": link}).headers["location"] == "/", link


def test_every_mail_about_a_cause_leads_to_a_screen(office: Reader) -> None:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    frame = Frame(language=Language.EN, zone=SEOUL, logs=Path("logs"), page=PageLinks(base="http://127.0.0.1:8810"))
    for number, (name, cause) in enumerate(CAUSES.items()):
        alarm = Alarm(id=number % 2, cause=name, what="x", facts={}, since=at, latest=at, count=1, told=0, told_at=None,
                      ended_at=None)  # fmt: skip
        links = re.findall(r"http://\S+", of_alarm(alarm, frame, stage="first").text)

        assert len(links) == (cause.screen is not Screen.NONE), name
        for link in links:
            parts = urlsplit(link)
            answer = office.get(parts.path + (f"?{parts.query}" if parts.query else ""))
            assert answer.status == (404 if parts.path == "/alarms/1" else 200), link
            assert "there is no such screen" not in answer.text, link


def test_the_page_of_an_alarm_says_what_its_mail_says_and_whether_it_is_over(worker: Worker, office: Reader) -> None:
    worker.ledger.raise_alarm("held", "payment A: <script>alert(1)</script>", at=worker.clock())
    (alarm,) = worker.ledger.alarms()
    first = office.get(f"/alarms/{alarm.id}").text
    worker.ledger.end_alarm("held", at=worker.clock())

    office.language = "ko"
    second = office.get(f"/alarms/{alarm.id}").text

    assert "Payments are held for a decision" in first
    assert '<span class="tag bad">is open</span>' in first
    assert "<script>alert" not in first
    assert '<a href="/waiting">See what waits</a>' in first
    assert CAUSES["held"].title(Language.KO) in second
    assert '<span class="tag off">종료됨</span>' in second
    for none in ("999", "0", "x", "-1", "9" * 30):
        assert office.get(f"/alarms/{none}").status == 404
