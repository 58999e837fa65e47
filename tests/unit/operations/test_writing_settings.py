"""Settings are stored as a whole or not at all: local.ini and the files of secrets, with everything checked before."""

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from worker.config import files, loading
from worker.errors import DaybreakError, Overtaken, SettingsError
from worker.operations import writing_settings
from worker.operations.writing_settings import Change

ERP = {"ERP_URL": "https://erp.example.com/", "ERP_COMPANY": "AB", "ERP_USER": "daybreak"}
WORD = {"ERP_PASSWORD_FILE": SecretStr("네 낱말 비밀번호")}


def local(project: Path) -> str:
    path = files.local_ini(project / "circus.ini")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def store(values: Mapping[str, str | None] = ERP, secrets: Mapping[str, SecretStr] = WORD, **more: str) -> None:
    writing_settings.apply(Change(values=values, secrets=secrets), **more)


def test_settings_and_a_password_are_stored_and_the_worker_would_start_with_them(project: Path) -> None:
    store()

    chosen = loading.load()
    assert (chosen.erp.address, chosen.erp.company, chosen.erp.user) == tuple(ERP.values())
    assert chosen.erp.password().get_secret_value() == "네 낱말 비밀번호"
    secret = project / "var" / "erp-password"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "비밀번호" not in local(project)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"ERP_URL": "erp.example.com"}, "it must start with http:// or https://"),
        ({"INTERVAL_MIN": "7"}, "it must divide 60 evenly"),
        ({"MODE": "production # now"}, "a comment stands behind MODE"),
        ({"ERP_USER": '"daybreak"'}, "quotes around it"),
        ({"ERP_USER": "a\n[markers]"}, "no single line of text"),
        ({"ERP_USER": ""}, "ERP_USER must be set"),
        ({"NOTHING": "1"}, "NOTHING is no setting"),
        ({"SMTP_HOST": "smtp.example.com"}, "MAIL_FROM"),
    ],
)
def test_what_can_t_be_used_is_refused_and_nothing_is_half_written(
    project: Path, values: dict[str, str], why: str
) -> None:
    store()
    before = local(project)

    with pytest.raises(DaybreakError, match=why):
        store({**ERP, **values}, {"ERP_PASSWORD_FILE": SecretStr("another password")})

    assert local(project) == before
    assert loading.load().erp.password().get_secret_value() == "네 낱말 비밀번호"


def test_the_first_settings_that_are_refused_leave_no_password_behind(project: Path) -> None:
    with pytest.raises(SettingsError):
        store({"ERP_URL": "nowhere"})

    assert not (project / "var" / "erp-password").exists()


@pytest.mark.parametrize("word", ["", "  ", " blank first", '"quoted"', "two\nlines", "zero\0"])
def test_what_no_password_looks_like_is_refused_without_saying_it(project: Path, word: str) -> None:
    with pytest.raises(SettingsError) as error:
        store(secrets={"ERP_PASSWORD_FILE": SecretStr(word)})

    assert not word.strip() or word not in str(error.value)
    assert local(project) == ""


def test_of_two_people_the_second_is_told_and_overrules_nobody(project: Path) -> None:
    shown = writing_settings.version()
    store(stamp=shown)

    with pytest.raises(Overtaken, match="somebody else has changed them"):
        store({"ERP_USER": "other"}, {}, stamp=shown)

    assert loading.load().erp.user == "daybreak"


def test_a_mark_that_nobody_knows_is_refused_and_a_right_one_is_stored(project: Path) -> None:
    store()

    with pytest.raises(SettingsError, match=r"\[markers\] column_state is no marker"):
        writing_settings.apply(Change(markers={"column_state": "X 결제상태"}))
    writing_settings.apply(Change(markers={"column_status": "SETL_STAT_NM 결제상태"}))

    assert loading.load().erp.markers == {"column_status": "SETL_STAT_NM 결제상태"}


def test_a_password_file_that_is_named_keeps_its_place(project: Path) -> None:
    (project / "secret").touch(mode=0o600)
    (project / "secret").write_text("old", encoding="utf-8")
    store({**ERP, "ERP_PASSWORD_FILE": "secret"}, {})

    store({}, {"ERP_PASSWORD_FILE": SecretStr("new one")})

    assert (project / "secret").read_text(encoding="utf-8") == "new one\n"
    assert not (project / "var" / "erp-password").exists()


@pytest.mark.parametrize("name", ["column_status = X\n[env]\nMODE", "column_status = X", "", "[env]", "#a"])
def test_a_name_is_no_more_than_a_name(project: Path, name: str) -> None:
    store()
    before = local(project)

    with pytest.raises(DaybreakError, match="is no name of a setting"):
        writing_settings.apply(Change(markers={name: "production"}))

    assert local(project) == before
