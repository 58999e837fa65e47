"""`daybreak page` and `daybreak user`."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from worker.admin import invitation, users
from worker.admin.users import Role
from worker.cli.commands import app

PASSWORD = "four words of mine"


@pytest.fixture
def do(data: Path) -> Callable[..., Result]:
    return lambda *words, given="": CliRunner().invoke(app, list(words), input=given)


def test_a_user_is_added_listed_given_another_password_and_removed(data: Path, do: Callable[..., Result]) -> None:
    assert do("user", "add", "김 관리", "--role", "keeper", given=f"{PASSWORD}\n").exit_code == 0
    first = users.read(data)["김 관리"]
    assert first.role is Role.KEEPER
    assert PASSWORD not in (data / "users.json").read_text(encoding="utf-8")
    assert re.search(r"김 관리 +keeper", do("user", "list").stdout)

    assert do("user", "password", "김 관리", given="another password\n").exit_code == 0
    assert users.read(data)["김 관리"].stamp != first.stamp
    assert users.signed_in(users.read(data), "김 관리", "another password") is not None
    assert users.signed_in(users.read(data), "김 관리", PASSWORD) is None

    assert do("user", "remove", "김 관리").exit_code == 0
    assert not users.read(data)
    assert "daybreak page" in do("user", "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("user", "add", "kim"), "there is one of this name already"),
        (("user", "remove", "lee"), "lee is no user"),
        (("user", "password", "lee"), "lee is no user"),
    ],
)
def test_what_can_not_be_done_is_said(data: Path, do: Callable[..., Result], words: tuple[str, ...], said: str) -> None:
    do("user", "add", "Kim", given=f"{PASSWORD}\n")
    before = (data / "users.json").read_bytes()

    result = do(*words, given=f"{PASSWORD}\n")

    assert said in str(result.exception)
    assert (data / "users.json").read_bytes() == before


def test_the_link_names_the_port_and_a_good_token(data: Path, do: Callable[..., Result]) -> None:
    said = do("page").stdout

    found = re.search(r"http://127\.0\.0\.1:8810/welcome\?token=(\S+)", said)
    assert found
    assert invitation.is_good(data, found[1])


def test_a_start_gives_a_link_only_while_there_is_no_user(data: Path, do: Callable[..., Result]) -> None:
    assert "token=" in do("page", "--if-new").stdout
    do("user", "add", "kim", given=f"{PASSWORD}\n")
    invitation.path_in(data).unlink()

    said = do("page", "--if-new").stdout

    assert "http://127.0.0.1:8810/" in said
    assert "token=" not in said
    assert not invitation.path_in(data).exists()


def test_without_a_port_there_is_no_link(project: Path, do: Callable[..., Result]) -> None:
    (project / "circus.ini").write_text("[env:worker]\nDATA_DIR = var\nCONSOLE_PORT =\n", encoding="utf-8")

    assert "CONSOLE_PORT is empty" in str(do("page").exception)
