"""What must change nothing and tell nothing: no sign-in, other sites, forged forms, guessed passwords, slow clients."""

import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.rig import wait_until
from tests.unit.console.reader import KEEPER, OFFICE, PASSWORD, Reader
from worker.admin import invitation, users
from worker.admin.users import Role, User
from worker.console import attempts as wrong
from worker.console import server
from worker.console.attempts import Attempts
from worker.console.boundary import LONGEST_BODY
from worker.console.site import KEEPER as FOR_KEEPERS
from worker.console.site import ROUTES
from worker.runtime import desired_state

SignedIn = Callable[[str], Reader]

#: What an attacker would order.
PAUSE = {"how": "hour"}

ALL = [(method, path, who) for method, path, _, who in ROUTES]


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, who in ALL if who is not None])
def test_without_a_sign_in_every_screen_and_every_order_leads_to_the_door(
    data: Path, people: None, reader: Reader, method: str, path: str
) -> None:
    reader.get("/sign-in")

    answer = reader.get(path) if method == "GET" else reader.post(path, PAUSE)

    # A screen is come back to after the sign-in; an order is not.
    back = {f"/sign-in?next={quote(path, safe='')}"} if method == "GET" else set()
    assert answer.headers["location"] in {"/sign-in", *back}
    assert (answer.status, answer.text) == (303, "")
    assert not desired_state.path_in(data).exists()


def test_a_link_of_another_site_shows_nothing_and_asks_once_more_as_ours(people: None, reader: Reader) -> None:
    answer = reader.get("/", Sec_Fetch_Site="cross-site")

    assert (answer.status, 'http-equiv="refresh" content="0"' in answer.text) == (200, True)
    assert len(answer.text) < 200
    assert reader.get("/", Sec_Fetch_Site="same-origin").headers["location"] == "/sign-in"


def test_a_part_that_refreshes_itself_leads_the_whole_screen_to_the_door(people: None, reader: Reader) -> None:
    answer = reader.get("/today", HX_Request="true")

    assert (answer.headers["hx-redirect"], answer.text) == ("/sign-in", "")


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, who in ALL if who is FOR_KEEPERS])
def test_the_office_is_told_what_is_the_keepers_alone(signed_in: SignedIn, method: str, path: str) -> None:
    office, keeper = signed_in(OFFICE), signed_in(KEEPER)

    refused = office.get(path) if method == "GET" else office.post(path, {})

    assert refused.status == 403
    assert "this is for the keeper of the machine" in refused.text
    assert KEEPER not in refused.text
    # A form without its token is refused as well, after who sends it: nothing is done here.
    allowed = keeper.get(path) if method == "GET" else keeper.post(path, {"token": "0" * 64})
    assert "this is for the keeper of the machine" not in allowed.text
    assert (allowed.status == 403) == (method == "POST")


def test_there_is_a_screen_for_keepers_alone() -> None:
    assert [path for _, path, who in ALL if who is Role.KEEPER]


@pytest.mark.parametrize("token", ["", "0" * 64, "한글"])
def test_an_order_without_the_token_of_its_form_changes_nothing(data: Path, signed_in: SignedIn, token: str) -> None:
    reader = signed_in(OFFICE)
    reader.see_a_form()

    answer = reader.post("/today/pause", {**PAUSE, "token": token})

    assert answer.status == 403
    assert not desired_state.path_in(data).exists()


def test_the_token_of_another_readers_form_changes_nothing(data: Path, signed_in: SignedIn) -> None:
    reader, other = signed_in(OFFICE), signed_in(KEEPER)
    other.get("/people")

    assert reader.post("/today/pause", {**PAUSE, "token": other.token}).status == 403
    assert not desired_state.path_in(data).exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://attacker.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_an_order_of_another_sites_page_changes_nothing(
    data: Path, signed_in: SignedIn, headers: dict[str, str | None]
) -> None:
    reader = signed_in(OFFICE)
    reader.see_a_form()
    body = urlencode({**PAUSE, "token": reader.token})

    answer = reader.ask("POST", "/today/pause", body=body, headers=headers)

    assert answer.status == 403
    assert not desired_state.path_in(data).exists()


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1", "localhost:1", "127.0.0.1.nip.example:{port}", None])
def test_under_no_other_name_is_anything_answered(signed_in: SignedIn, host: str | None) -> None:
    reader = signed_in(KEEPER)
    named = host.format(port=reader.port) if host else None

    answer = reader.get("/people", Host=named)

    assert answer.status in (400, 421)
    assert KEEPER not in answer.text
    assert reader.get("/people", Host=f"localhost:{reader.port}").status == 200


def test_two_host_headers_are_worth_nothing(people: None, port: int) -> None:
    answer = raw(port, f"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: attacker.example\r\n\r\n")

    assert answer.split(" ", 2)[1] in ("400", "421")


def raw(port: int, text: str) -> str:
    """Send bytes as they are and return the answer's beginning."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text.encode())
        return connection.recv(4096).decode()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_no_other_method_is_known(signed_in: SignedIn, method: str) -> None:
    assert signed_in(KEEPER).ask(method, "/people").status == 405


@pytest.mark.parametrize("path", ["/files/../site.py", "/files/..%2fsite.py", "/files/style.css/../../site.py", "/x"])
def test_no_path_leads_out_of_the_page(signed_in: SignedIn, path: str) -> None:
    answer = signed_in(KEEPER).get(path)

    assert answer.status == 404
    assert "import" not in answer.text


@pytest.mark.parametrize("path", ["/sign-in", "/people", "/nothing", "/files/style.css", "/files/nothing"])
def test_every_answer_carries_what_keeps_other_sites_out(signed_in: SignedIn, path: str) -> None:
    found = signed_in(KEEPER).get(path).headers

    policy = found["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"
    assert found["cache-control"] == ("public, max-age=31536000, immutable" if path.endswith(".css") else "no-store")
    assert "server" not in found


def test_nothing_in_a_page_is_inline_code(signed_in: SignedIn) -> None:
    reader = signed_in(KEEPER)
    for path in ("/", "/people", "/nothing"):
        text = reader.get(path).text

        assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", text)
        assert all("src=" in one for one in re.findall(r"<script[^>]*>", text))


def test_a_name_with_a_script_is_shown_and_never_run(data: Path, reader: Reader) -> None:
    evil = "<script>alert(1)</script>"
    link = invitation.issue(data)
    reader.get(f"/welcome?token={link}")
    reader.post("/welcome", {"link": link, "name": evil, "password": PASSWORD, "again": PASSWORD})

    text = reader.get("/people").text

    assert evil not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize("name", [OFFICE, "nobody"])
def test_five_wrong_passwords_are_followed_by_a_wait_for_the_right_one_too(
    people: None, reader: Reader, name: str
) -> None:
    answers = [reader.sign_in(name, f"wrong password {number}") for number in range(5)]
    assert [one.status for one in answers] == [403] * 5

    waiting = reader.sign_in(name, PASSWORD)

    assert waiting.status == 429
    assert "wait a minute" in waiting.text
    assert not reader.is_in()
    assert Reader(reader.port).sign_in(KEEPER).status == 303


def test_an_unknown_name_is_answered_like_a_wrong_password(people: None, reader: Reader) -> None:
    def tried(name: str) -> str:
        return reader.sign_in(name, "wrong password").text.replace(name, "").replace(reader.token, "")

    assert tried(OFFICE) == tried("nobody")


def test_an_unknown_name_costs_as_much_as_a_wrong_password(data: Path, people: None) -> None:
    known = users.read(data)

    def cost(name: str) -> float:
        """The least of three looks, in seconds of this thread's own."""
        costs = []
        for _ in range(3):
            begun = time.thread_time()
            assert users.signed_in(known, name, "wrong password") is None
            costs.append(time.thread_time() - begun)
        return min(costs)

    assert 0.3 < cost(OFFICE) / cost("nobody") < 3


def test_a_wait_ends_and_old_mistakes_do_not_add_up() -> None:
    now = [0.0]
    tried = Attempts(now=lambda: now[0])
    for _ in range(wrong.MOST):
        tried.failed("Kim", is_user=True)
    assert tried.must_wait(" kim ")

    now[0] += wrong.WAIT
    assert not tried.must_wait("kim")
    tried.failed("kim", is_user=True)
    assert not tried.must_wait("kim")


def test_a_thousand_unknown_names_cost_sixty_looks_and_little_memory_and_hide_no_users_mistakes() -> None:
    now = [0.0]
    tried = Attempts(now=lambda: now[0])
    for _ in range(wrong.MOST):
        tried.failed("kim", is_user=True)
    looks = 0
    for number in range(2000):
        now[0] += 0.001
        looks += tried.looks_at_unknown()
        tried.failed(f"name {number}", is_user=False)

    assert looks == wrong.MOST_UNKNOWN
    assert len(tried._unknown) <= wrong.NAMES
    assert tried.must_wait("kim")
    now[0] += wrong.WAIT
    assert tried.looks_at_unknown()


def test_who_tries_name_after_name_keeps_nobody_out(
    data: Path, people: None, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong, "MOST_UNKNOWN", 3)
    looked: list[str] = []
    signed_in = users.signed_in

    def look(known: users.Users, name: str, password: str) -> User | None:
        looked.append(name)
        return signed_in(known, name, password)

    monkeypatch.setattr(users, "signed_in", look)
    attacker = Reader(port)
    answers = [attacker.sign_in(f"name {number}", "wrong password") for number in range(8)]
    link = invitation.issue(data)

    assert {one.status for one in answers} == {403}
    assert Reader(port).sign_in(OFFICE).status == 303
    assert Reader(port).sign_in(OFFICE, "wrong password").status == 403
    new = Reader(port)
    new.get(f"/welcome?token={link}")
    form = {"link": link, "name": "최둘째", "password": PASSWORD, "again": PASSWORD}
    assert new.post("/welcome", form).status == 303
    assert [one for one in looked if one.startswith("name")] == [f"name {number}" for number in range(3)]


def test_a_form_that_is_too_long_is_refused(signed_in: SignedIn) -> None:
    reader = signed_in(OFFICE)
    reader.see_a_form()

    assert reader.post("/today/pause", {"how": "x" * LONGEST_BODY}).status == 413


def test_a_slow_client_is_left_and_others_are_answered_meanwhile(
    people: None, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.5)
    slow = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(50)]
    for one in slow[1:]:  # the first one says nothing at all
        one.sendall(b"GET / HTTP/1.1\r\nHost: ")
    try:
        assert Reader(port).sign_in(OFFICE).status == 303
        for one in slow:
            wait_until("the end of a slow connection", lambda one=one: ended(one))  # type: ignore[misc]
    finally:
        for one in slow:
            one.close()


def ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionError:
        return True


def test_fifty_pages_at_once_are_all_answered(signed_in: SignedIn) -> None:
    reader = signed_in(OFFICE)
    found: list[int] = []

    def look() -> None:
        own = Reader(reader.port, cookies=dict(reader.cookies))
        found.append(own.get("/today", HX_Request="true").status)

    threads = [threading.Thread(target=look) for _ in range(50)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)

    assert found == [200] * 50
