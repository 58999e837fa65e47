"""`daybreak set` and `daybreak begin`: what the page's going live does, at the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from worker.cli.commands import app
from worker.config import loading

ERP = ("ERP_URL=https://erp.example.com/", "ERP_COMPANY=AB", "ERP_USER=u")


@pytest.fixture
def do(project: Path) -> Callable[..., Result]:
    return lambda *words, given="": CliRunner().invoke(app, list(words), input=given)


def test_settings_a_secret_and_a_mark_are_stored_together(do: Callable[..., Result]) -> None:
    words = ("set", *ERP, "--password", "ERP_PASSWORD_FILE", "--mark", "tab_open=a#tabX")

    done = do(*words, given="four words it is\n")

    assert done.exit_code == 0, done.exception
    chosen = loading.load()
    assert (chosen.erp.company, chosen.erp.markers["tab_open"]) == ("AB", "a#tabX")
    assert chosen.erp.password().get_secret_value() == "four words it is"
    assert "four words" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ERP_URL",), "ERP_URL is no NAME=VALUE"),
        (("INTERVAL_MIN=7",), "it must divide 60 evenly"),
        (("--password", "ERP_USER"), "ERP_USER names no secret"),
    ],
)
def test_what_can_t_be_stored_is_refused(do: Callable[..., Result], words: tuple[str, ...], said: str) -> None:
    done = do("set", *words, given="x y z w\n")

    assert done.exit_code == 1
    assert said in str(done.exception)


def test_without_a_demo_there_is_nothing_to_put_aside(do: Callable[..., Result]) -> None:
    assert "so that the demo goes on" in str(do("begin").exception)
    do("set", *ERP, "--password", "ERP_PASSWORD_FILE", given="four words it is\n")

    assert "nothing was changed" in do("begin").stdout
