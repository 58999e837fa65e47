"""The keeper's list of users: a link for a new password, and the end of a user."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.fakes import SEOUL
from tests.unit.console.reader import KEEPER, OFFICE, Reader
from worker.admin import users
from worker.admin.users import Role
from worker.ledger.people import compared

SignedIn = Callable[[str], Reader]

NEXT = "다섯 낱말 비밀번호 하나 더"

_LINK = re.compile(r'/welcome\?token=([\w-]+)"')
_SEEN = re.compile(r'name="seen" value="([^"]+)"')


@pytest.fixture
def keeper(signed_in: SignedIn) -> Reader:
    keeper = signed_in(KEEPER)
    keeper.get("/people")
    return keeper


def link_for(keeper: Reader, name: str) -> str:
    """Make a link for a user's new password; return its token."""
    answer = keeper.post("/people/link", {"name": name})
    assert answer.status == 200
    found = _LINK.search(answer.text)
    assert found is not None
    return found[1]


def seen_of(keeper: Reader, name: str) -> str:
    """Ask for the end of a user; return what the form of the confirmation carries."""
    found = _SEEN.search(keeper.get(f"/people?remove={name_in_address(name)}").text)
    assert found is not None
    return found[1]


def name_in_address(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


def password_form(link: str, **more: str) -> dict[str, str]:
    return {"link": link, "password": NEXT, "again": NEXT, **more}


def test_who_forgot_the_password_chooses_another_one_by_the_keepers_link(
    data: Path, keeper: Reader, signed_in: SignedIn
) -> None:
    before, stays = signed_in(OFFICE), signed_in(KEEPER)
    link = link_for(keeper, OFFICE)
    assert before.is_in()  # the link alone changes nothing
    comer = Reader(keeper.port)
    assert OFFICE in comer.get(f"/welcome?token={link}").text

    answer = comer.post("/welcome", password_form(link, name="남"))

    assert answer.status == 303
    assert comer.is_in()
    assert not before.is_in()
    assert stays.is_in()
    assert sorted(users.read(data)) == sorted(map(compared, (KEEPER, OFFICE)))
    assert users.read(data)[OFFICE].role is Role.OFFICE
    other = Reader(keeper.port)
    assert other.sign_in(OFFICE).status == 403
    assert other.sign_in(OFFICE, NEXT).status == 303
    assert other.get(f"/welcome?token={link}").status == 409


def test_a_weak_next_password_is_refused_and_the_link_stays_good(keeper: Reader) -> None:
    link = link_for(keeper, OFFICE)
    comer = Reader(keeper.port)
    comer.get(f"/welcome?token={link}")

    assert comer.post("/welcome", {"link": link, "password": "kurz", "again": "kurz"}).status == 409
    assert comer.post("/welcome", {**password_form(link), "again": "another one"}).status == 409
    assert comer.post("/welcome", password_form(link)).status == 303


def test_a_link_is_for_the_password_that_the_user_had_then(data: Path, keeper: Reader) -> None:
    link = link_for(keeper, OFFICE)
    users.set_password(data, OFFICE, "of the command line", now=datetime.now(SEOUL))
    comer = Reader(keeper.port)
    comer.get(f"/welcome?token={link}")

    assert comer.post("/welcome", password_form(link)).status == 409
    assert comer.sign_in(OFFICE, "of the command line").status == 303


def test_a_link_of_who_was_removed_makes_no_user(data: Path, keeper: Reader) -> None:
    link = link_for(keeper, OFFICE)
    users.remove(data, OFFICE)
    comer = Reader(keeper.port)
    comer.get(f"/welcome?token={link}")

    assert comer.post("/welcome", password_form(link, name="남")).status == 409
    assert list(users.read(data)) == [compared(KEEPER)]


def test_a_removed_user_is_signed_out_and_comes_in_no_more(data: Path, keeper: Reader, signed_in: SignedIn) -> None:
    office = signed_in(OFFICE)
    form = {"name": OFFICE, "seen": seen_of(keeper, OFFICE)}
    assert office.is_in()

    answer = keeper.post("/people/remove", form)

    assert answer.status == 303
    assert OFFICE not in keeper.follow(answer).text
    assert not office.is_in()
    assert office.sign_in(OFFICE).status == 403
    assert keeper.post("/people/remove", form).status == 303  # the second click of two
    assert list(users.read(data)) == [compared(KEEPER)]


def test_nobody_removes_who_is_signed_in(data: Path, keeper: Reader) -> None:
    assert _SEEN.search(keeper.get(f"/people?remove={name_in_address(KEEPER)}").text) is None

    answer = keeper.post("/people/remove", {"name": f" {KEEPER}", "seen": users.read(data)[KEEPER].stamp})

    assert answer.status == 409
    assert "another keeper can remove it" in answer.text
    assert KEEPER in users.read(data)


def test_who_was_added_anew_by_the_same_name_is_another_one(data: Path, keeper: Reader) -> None:
    seen = seen_of(keeper, OFFICE)
    users.remove(data, OFFICE)
    users.add(data, OFFICE, Role.OFFICE, NEXT, now=datetime.now(SEOUL))

    assert keeper.post("/people/remove", {"name": OFFICE, "seen": seen}).status == 409
    assert keeper.post("/people/remove", {"name": OFFICE, "seen": ""}).status == 409
    assert OFFICE in users.read(data)


def test_the_office_makes_no_link_and_removes_nobody(data: Path, signed_in: SignedIn) -> None:
    office = signed_in(OFFICE)
    office.see_a_form()

    assert office.post("/people/link", {"name": KEEPER}).status == 403
    assert office.post("/people/remove", {"name": KEEPER, "seen": users.read(data)[KEEPER].stamp}).status == 403
    assert KEEPER in users.read(data)
