"""Who comes in, by what, for how long."""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.fakes import SEOUL
from tests.unit.console.reader import KEEPER, OFFICE, PASSWORD, Reader, served
from worker.admin import invitation, users
from worker.admin.users import Role
from worker.console import sessions
from worker.runtime import clock

SignedIn = Callable[[str], Reader]


def test_the_first_link_makes_a_keeper_and_the_next_one_a_user_of_the_office(data: Path, reader: Reader) -> None:
    for name, role in (("이첫째", Role.KEEPER), ("최둘째", Role.OFFICE)):
        link = invitation.issue(data)
        assert reader.get(f"/welcome?token={link}").status == 200
        form = {"link": link, "name": name, "password": PASSWORD, "again": PASSWORD}
        answer = reader.post("/welcome", form)

        assert answer.status == 303
        assert answer.headers["location"] == "/"
        assert reader.is_in()
        assert users.read(data)[name].role is role
        reader = Reader(reader.port)


def test_a_link_is_good_once(data: Path, reader: Reader) -> None:
    link = invitation.issue(data)
    reader.get(f"/welcome?token={link}")
    form = {"link": link, "name": "이첫째", "password": PASSWORD, "again": PASSWORD}
    assert reader.post("/welcome", form).status == 303

    other = Reader(reader.port)
    other.get("/sign-in")

    assert other.post("/welcome", {**form, "name": "남"}).status == 409
    assert other.get(f"/welcome?token={link}").status == 409
    assert list(users.read(data)) == ["이첫째"]


def test_of_many_who_come_by_one_link_at_once_one_gets_in(data: Path) -> None:
    link = invitation.issue(data)
    barrier = threading.Barrier(8)
    got: list[bool] = []

    def come() -> None:
        barrier.wait(10)
        with invitation.spending(data, link) as is_ours:
            got.append(is_ours)

    comers = [threading.Thread(target=come) for _ in range(8)]
    for one in comers:
        one.start()
    for one in comers:
        one.join(10)

    assert sorted(got) == [False] * 7 + [True]
    assert not invitation.is_good(data, link)
    assert not list(data.glob("page_link*"))


@pytest.mark.parametrize("newer", [False, True])
def test_a_link_whose_user_could_not_be_added_stays_good_unless_there_is_a_newer_one(data: Path, newer: bool) -> None:
    link = second = invitation.issue(data)

    def add() -> None:
        nonlocal second
        with invitation.spending(data, link) as is_ours:
            assert is_ours
            assert not invitation.is_good(data, link)
            if newer:
                second = invitation.issue(data)
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        add()

    assert invitation.is_good(data, second)
    assert invitation.is_good(data, link) is not newer
    assert [one.name for one in data.glob("page_link*")] == ["page_link.json"]


def test_a_link_ends_after_ten_minutes_and_with_the_next_one(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = invitation.issue(data)
    second = invitation.issue(data)
    assert (invitation.is_good(data, first), invitation.is_good(data, second)) == (False, True)

    later = clock.since_boot() + invitation.LASTS
    monkeypatch.setattr(clock, "since_boot", lambda: later)

    assert not invitation.is_good(data, second)


def test_only_hashes_are_kept_and_nobody_else_may_read_them(data: Path, people: None, reader: Reader) -> None:
    link = invitation.issue(data)
    reader.sign_in(KEEPER)
    (cookie,) = reader.cookies.values()

    for name in ("users.json", "page_link.json", "page_sessions.json"):
        path = data / name
        assert path.stat().st_mode & 0o077 == 0
        assert not [secret for secret in (PASSWORD, link, cookie) if secret in path.read_text(encoding="utf-8")]


def test_a_damaged_file_of_users_lets_nobody_in_and_makes_nobody_a_keeper(
    data: Path, people: None, signed_in: SignedIn, port: int
) -> None:
    reader = signed_in(KEEPER)
    link = invitation.issue(data)
    (data / "users.json").write_text("{}", encoding="utf-8")

    assert reader.get("/").status == 503
    other = Reader(port)
    other.get("/sign-in")
    assert other.post("/sign-in", {"name": KEEPER, "password": PASSWORD}).status == 409
    form = {"link": link, "name": "남", "password": PASSWORD, "again": PASSWORD}
    assert other.post("/welcome", form).status == 409
    assert (data / "users.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize(
    ("name", "password", "again"),
    [
        ("", PASSWORD, PASSWORD),
        ("a\nb", PASSWORD, PASSWORD),
        ("x" * 41, PASSWORD, PASSWORD),
        ("이첫째", "short", "short"),
        ("이첫째", "aaaaaaaaaa", "aaaaaaaaaa"),
        ("Long Name 1", "long name 1", "long name 1"),
        ("이첫째", PASSWORD, f"{PASSWORD} "),
    ],
)
def test_a_name_or_password_that_is_none_is_refused_and_the_link_stays_good(
    data: Path, reader: Reader, name: str, password: str, again: str
) -> None:
    link = invitation.issue(data)
    reader.get(f"/welcome?token={link}")

    answer = reader.post("/welcome", {"link": link, "name": name, "password": password, "again": again})

    assert answer.status == 409
    assert 'role="alert"' in answer.text
    assert not users.read(data)
    assert invitation.is_good(data, link)


def test_the_cookie_is_seen_by_no_script_and_sent_by_no_other_site(people: None, reader: Reader) -> None:
    answer = reader.sign_in(OFFICE)

    (cookie,) = [one for one in answer.cookies if one.startswith(f"daybreak_{reader.port}=")]
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()


def test_signing_out_ends_the_session_for_who_has_kept_the_cookie(signed_in: SignedIn) -> None:
    reader = signed_in(OFFICE)
    kept = dict(reader.cookies)
    reader.see_a_form()

    assert reader.post("/sign-out", {}).headers["location"] == "/sign-in"

    reader.cookies = kept
    assert not reader.is_in()
    assert reader.get("/").headers["location"] == "/sign-in"


def test_a_session_ends_after_twelve_hours(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = signed_in(OFFICE)
    began = clock.since_boot()
    monkeypatch.setattr(clock, "since_boot", lambda: began + sessions.LASTS - 60)
    assert reader.is_in()

    monkeypatch.setattr(clock, "since_boot", lambda: began + sessions.LASTS + 1)

    assert not reader.is_in()
    assert reader.get("/").headers["location"] == "/sign-in"


@pytest.mark.parametrize("change", ["password", "removed"])
def test_a_session_ends_with_the_password_and_with_the_user(data: Path, signed_in: SignedIn, change: str) -> None:
    reader, other = signed_in(OFFICE), signed_in(KEEPER)
    if change == "password":
        users.set_password(data, OFFICE, "다른 비밀번호 12", now=datetime.now(SEOUL))
    else:
        users.remove(data, OFFICE)

    assert not reader.is_in()
    assert reader.get("/").headers["location"] == "/sign-in"
    assert other.is_in()


def test_a_page_that_was_started_anew_knows_who_is_signed_in(data: Path, people: None) -> None:
    with served(data) as port:
        reader = Reader(port)
        reader.sign_in(OFFICE)
    cookie = reader.cookies[f"daybreak_{port}"]

    with served(data) as port:
        again = Reader(port, cookies={f"daybreak_{port}": cookie})

        assert again.is_in()


def test_sessions_of_an_earlier_boot_are_none(data: Path, signed_in: SignedIn) -> None:
    reader = signed_in(OFFICE)
    (cookie,) = reader.cookies.values()
    path = data / "page_sessions.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "boot": "another"}))

    assert sessions.Sessions(data).user(cookie, users.read(data)) is None


def test_another_machine_user_of_the_same_name_in_other_letters_is_the_same(data: Path, people: None) -> None:
    with pytest.raises(Exception, match="already"):
        users.add(data, f" {KEEPER} ", Role.OFFICE, PASSWORD, now=datetime.now(SEOUL))


def test_two_clicks_on_a_link_make_one_user_who_is_in(data: Path, reader: Reader) -> None:
    link = invitation.issue(data)
    reader.get(f"/welcome?token={link}")
    form = {"link": link, "name": "이첫째", "password": PASSWORD, "again": PASSWORD}
    token, cookies = reader.token, dict(reader.cookies)
    assert reader.post("/welcome", form).status == 303
    second = Reader(reader.port, cookies=dict(cookies), token=token)

    assert second.post("/welcome", form).status == 303

    assert second.is_in()
    assert list(users.read(data)) == ["이첫째"]
    other = Reader(reader.port, cookies=dict(cookies), token=token)
    assert other.post("/welcome", {**form, "password": "another password"}).status == 409


def test_a_keeper_makes_the_link_for_one_more_user(data: Path, signed_in: SignedIn, port: int) -> None:
    keeper = signed_in(KEEPER)
    keeper.get("/people")

    shown = keeper.post("/people/link", {}).text

    link = shown.partition("/welcome?token=")[2].partition('"')[0]
    assert f'value="http://127.0.0.1:{port}/welcome?token={link}"' in shown
    new = Reader(port)
    new.get(f"/welcome?token={link}")
    assert new.post("/welcome", {"link": link, "name": "이새봄", "password": PASSWORD, "again": PASSWORD}).status == 303
    assert users.read(data)["이새봄"].role is Role.OFFICE
