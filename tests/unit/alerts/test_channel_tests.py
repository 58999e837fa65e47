"""Real money is posted only where a message has proved that people can be told of trouble."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes import SEOUL
from tests.postbox import Postbox
from worker.alerts import channel_tests
from worker.app.by_hand import run_once
from worker.cli.commands import app
from worker.config import ini, loading
from worker.config.channels import Channel
from worker.config.settings import Settings
from worker.errors import SettingsError
from worker.runtime import installation

NOW = datetime(2026, 11, 24, 9, tzinfo=SEOUL)
MAIL = {"SMTP_HOST": "mail.example.com", "MAIL_FROM": "a@example.com", "MAIL_TO": "b@example.com"}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    found = tmp_path / "pw"
    found.touch(mode=0o600)
    found.write_text("p4ss word", encoding="utf-8")
    return found


def loaded(secret: Path, **values: str) -> Settings:
    real = {"ERP_URL": "https://erp.example.com", "ERP_COMPANY": "1", "ERP_USER": "u", "ERP_PASSWORD_FILE": str(secret)}
    return loading.load({"DATA_DIR": str(secret.parent / "var"), **real, "MODE": "production", **values})


def test_production_without_any_channel_is_refused_with_what_to_set(secret: Path) -> None:
    with pytest.raises(SettingsError, match=r"nobody is told of problems. Set SMTP_HOST.*daybreak alert-test"):
        channel_tests.demand(loaded(secret))


def test_production_is_refused_until_a_message_got_through(secret: Path) -> None:
    chosen = loaded(secret, **MAIL)
    assert "no test message has shown" in channel_tests.why_not_production(chosen)

    channel_tests.note(chosen.data_dir, chosen.channels, Channel.MAIL, at=NOW)

    channel_tests.demand(chosen)


@pytest.mark.parametrize(
    "change", [{"MAIL_TO": "c@example.com"}, {"SMTP_HOST": "other.example.com"}, {"SMTP_PORT": "2525"}]
)
def test_a_channel_that_was_changed_since_its_test_is_not_tested(change: dict[str, str], secret: Path) -> None:
    before = loaded(secret, **MAIL)
    channel_tests.note(before.data_dir, before.channels, Channel.MAIL, at=NOW)

    assert "was changed since its last test" in channel_tests.why_not_production(loaded(secret, **{**MAIL, **change}))


def test_one_tested_channel_of_two_is_enough_and_its_addresses_count_as_its_setting(secret: Path) -> None:
    urls = secret.with_name("urls")
    urls.touch(mode=0o600)
    urls.write_text("json://localhost\n", encoding="utf-8")
    mail = loaded(secret, **MAIL)
    both = mail.model_copy(update={"channels": replace(mail.channels, apprise=urls)})
    channel_tests.note(both.data_dir, both.channels, Channel.APPRISE, at=NOW)

    assert channel_tests.why_not_production(both) == ""

    urls.write_text("json://elsewhere\n", encoding="utf-8")
    assert "was changed since its last test" in channel_tests.why_not_production(both)


@pytest.mark.parametrize("values", [{"MODE": "test"}, {"ERP_URL": ""}])
def test_neither_test_mode_nor_the_demo_needs_a_channel(values: dict[str, str], secret: Path) -> None:
    channel_tests.demand(loaded(secret, **values))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"mail": 7}'])
def test_a_damaged_file_proves_nothing(text: str, secret: Path) -> None:
    chosen = loaded(secret, **MAIL)
    channel_tests.path_in(chosen.data_dir).write_text(text, encoding="utf-8")

    assert "no test message has shown" in channel_tests.why_not_production(chosen)


def test_the_file_tells_nothing_of_the_channel(secret: Path) -> None:
    chosen = loaded(secret, **MAIL)

    channel_tests.note(chosen.data_dir, chosen.channels, Channel.MAIL, at=NOW)

    found = channel_tests.path_in(chosen.data_dir)
    assert "example.com" not in found.read_text(encoding="utf-8")
    assert found.stat().st_mode & 0o077 == 0


def test_a_cycle_by_hand_in_production_is_refused_too_but_for_a_test_one(secret: Path) -> None:
    with pytest.raises(SettingsError, match="daybreak alert-test"):
        run_once(loaded(secret), test=False)


def test_the_verb_remembers_what_got_through_before_there_is_any_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    for name in ini.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    with Postbox() as server:
        (tmp_path / "circus.ini").write_text(
            f"[env:worker]\nDATA_DIR = var\nSMTP_HOST = 127.0.0.1\nSMTP_PORT = {server.port}\nSMTP_TLS = off\n"
            "MAIL_FROM = a@example.com\nMAIL_TO = b@example.com\n",
            encoding="utf-8",
        )

        done = CliRunner().invoke(app, ["alert-test"])

    assert (done.exit_code, done.output) == (0, "mail: the test message is delivered.\n")
    assert channel_tests.is_tested(tmp_path / "var", loading.load().channels, Channel.MAIL)
