"""The settings: read from circus.ini and var/local.ini, checked as a whole, each mistake with its cure."""

import os
import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path

import pytest
from pydantic import ValidationError

from worker.config import ini
from worker.config.loading import checked, load
from worker.config.names import SETTINGS
from worker.config.settings import Settings
from worker.errors import SettingsError
from worker.runtime import installation, logs, mounts

PROJECT = Path(__file__).resolve().parents[3]

#: Settings of the demo alone, for tests.
NOT_IN_CIRCUS_INI = {"DEMO_KNOBS", "DEMO_PAYMENTS"}

REAL: Mapping[str, str] = {
    "ERP_URL": "https://login.example.com/",
    "ERP_COMPANY": "123456",
    "ERP_USER": "POSTER",
}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a password file as it should be."""
    path = tmp_path / "erp-password"
    path.write_text("p4ss word\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a circus.ini that is in force."""
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    for name in ini.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "var").mkdir()
    return tmp_path


def loaded(tmp_path: Path, **values: str) -> Settings:
    """Return the settings that these values make, in a folder of the test's own."""
    return load({"DATA_DIR": str(tmp_path / "var"), **values})


def problems(tmp_path: Path, **values: str) -> str:
    """Return what is said about wrong values."""
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, **values)
    return str(caught.value)


# --- defaults and the demo -----------------------------------------------------------------------------------------


def test_nothing_set_is_the_demo(tmp_path: Path) -> None:
    found = loaded(tmp_path)

    assert found.demo
    assert found.posting.posts
    assert found.erp.address == "http://127.0.0.1:8800/"
    assert found.erp.company == "DEMO01"
    assert found.erp.take_over
    assert found.posting.can_look_up
    assert found.erp.save_request is not None
    assert found.erp.password().get_secret_value() == "demo-pass-1"


def test_only_an_empty_address_means_the_demo(tmp_path: Path, secret: Path) -> None:
    found = loaded(tmp_path, **REAL, ERP_PASSWORD_FILE=str(secret))

    assert not found.demo
    assert not found.posting.posts
    assert not found.erp.take_over
    assert not found.posting.can_look_up
    assert found.erp.save_request is None
    assert (found.erp.company, found.erp.user, found.erp.origin) == ("123456", "POSTER", "https://login.example.com")


def test_the_demos_own_address_is_no_demo_when_somebody_writes_it_down(tmp_path: Path, secret: Path) -> None:
    values = {**REAL, "ERP_URL": "http://127.0.0.1:8800/", "ERP_PASSWORD_FILE": str(secret)}

    assert not loaded(tmp_path, **values).demo


def test_a_real_erp_is_written_only_in_production(tmp_path: Path, secret: Path) -> None:
    values = {**REAL, "ERP_PASSWORD_FILE": str(secret)}

    assert not loaded(tmp_path, **values).posting.posts
    assert not loaded(tmp_path, **values, MODE="test").posting.posts
    assert loaded(tmp_path, **values, MODE="production").posting.posts


@pytest.mark.parametrize("values", [{}, dict(REAL)], ids=["demo", "real"])
def test_beside_a_person_nothing_is_written_not_even_in_the_demo(
    tmp_path: Path, secret: Path, values: dict[str, str]
) -> None:
    more = {"ERP_PASSWORD_FILE": str(secret)} if values else {}

    found = loaded(tmp_path, **values, **more, MODE="shadow").posting

    assert (found.posts, found.shadows) == (False, True)
    assert found.of_test().shadows


@pytest.mark.parametrize("values", [{}, dict(REAL)], ids=["demo", "real"])
def test_without_a_key_in_the_remark_no_look_up_proves_anything(
    tmp_path: Path, secret: Path, values: dict[str, str]
) -> None:
    more = {"ERP_PASSWORD_FILE": str(secret)} if values else {}

    found = loaded(tmp_path, **values, **more, DEPOSIT_LIST="on", REMARK_KEY="off")

    assert not found.posting.can_look_up


def test_hours_dates_and_switches_are_read(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        HOURS_MON_FRI="07:30-24:00",
        HOURS_SAT="",
        EXTRA_DAYS_OFF="2026-05-04, 2026-06-03,",
        DAYS_OFF_CYCLE=" 11:45 ",
        REMARK_KEY="OFF",
        SIGN_IN_S="0.5",
    )

    assert found.schedule.hours_mon_fri == (450, 1440)
    assert found.schedule.hours_sat is None
    assert found.schedule.extra_days_off == {date(2026, 5, 4), date(2026, 6, 3)}
    assert found.schedule.days_off_cycle == time(11, 45)
    assert found.posting.remark_key is False
    assert found.erp.sign_in_s == 0.5


def test_the_cycle_of_days_off_can_be_switched_off(tmp_path: Path) -> None:
    assert loaded(tmp_path, DAYS_OFF_CYCLE="").schedule.days_off_cycle is None


def test_settings_never_change_after_the_start(tmp_path: Path) -> None:
    found = loaded(tmp_path)

    with pytest.raises(ValidationError, match="frozen"):
        found.posting.mode = "production"  # type: ignore[misc]


def test_time_is_told_in_the_zone_that_was_chosen(tmp_path: Path) -> None:
    assert str(loaded(tmp_path, TZ="America/New_York").now().tzinfo) == "America/New_York"


# --- what is wrong, and what to write instead ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("TZ", "Seoul", "write one like Asia/Seoul"),
        ("ERP_URL", "erp", "it must start with http:// or https://"),
        ("ERP_URL", "ftp://erp.example.com", "it must start with http:// or https://"),
        ("ERP_URL", "https://", "it must start with http:// or https://"),
        ("MODE", "live", "'test', 'shadow' or 'production'"),
        ("MODE", "", "'test', 'shadow' or 'production'"),
        ("TAKE_OVER", "maybe", "write on or off"),
        ("REMARK_KEY", "", "write on or off"),
        ("DEPOSIT_LIST", "2", "write on or off"),
        ("HEADED", "yes please", "write on or off"),
        ("SAVE_PATTERN", "(", "it is no regular expression"),
        ("CANCEL_NEW_NUMBER", "guess", "'hold' or 'match'"),
        ("CANCEL_IN_PLACE", "maybe", "write on or off"),
        ("HOLIDAYS", "Korea", "it is no country of the calendar; write its code, such as KR"),
        ("HOLIDAYS", "", "write its code, such as KR"),
        ("INTERVAL_MIN", "7", "it must divide 60 evenly: 1, 2, 3"),
        ("INTERVAL_MIN", "0", "greater than or equal to 1"),
        ("INTERVAL_MIN", "120", "less than or equal to 60"),
        ("INTERVAL_MIN", "half an hour", "a valid integer"),
        ("HOURS_MON_FRI", "6-18", "write it like 06:00-18:00"),
        ("HOURS_MON_FRI", "18:00-06:00", "the end must come after the start"),
        ("HOURS_MON_FRI", "06:00-06:00", "the end must come after the start"),
        ("HOURS_SAT", "06:00-24:30", "between 00:00 and 24:00"),
        ("HOURS_SAT", "06:75-14:00", "between 00:00 and 24:00"),
        ("EXTRA_DAYS_OFF", "4.5.2026", "write dates like 2026-05-04"),
        ("EXTRA_DAYS_ON", "2026-02-30", "write dates like 2026-05-04"),
        ("DAYS_OFF_CYCLE", "noon", "write it like 12:00"),
        ("DAYS_OFF_CYCLE", "25:00", "hour must be in 0..23"),
        ("DAYS_OFF_AFTER_H", "-1", "greater than or equal to 1"),
        ("BATCH_ROWS", "301", "less than or equal to 300"),
        ("BATCH_ROWS", "0", "greater than or equal to 1"),
        ("MAX_WON", "", "write whole won, such as 100,000,000"),
        ("MAX_WON", "100,00,000", "write whole won, such as 100,000,000"),
        ("MAX_WON", "1e8", "write whole won, such as 100,000,000"),
        ("MAX_WON", "-1", "write whole won, such as 100,000,000"),
        ("MAX_WON", "0", "greater than or equal to 1"),
        ("MAX_AHEAD_H", "0", "greater than or equal to 1"),
        ("MAX_DAY_TIMES", "-1", "greater than or equal to 0"),
        ("RESULT_S", "0", "greater than 0"),
        ("RESULT_S", "inf", "less than or equal to 3000"),
        ("RESULT_S", "nan", "less than or equal to 3000"),
        ("SETTLE_S", "a minute", "a valid number"),
        ("DEMO_PORT", "99999", "less than or equal to 65535"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write_instead(tmp_path: Path, name: str, value: str, instead: str) -> None:
    said = problems(tmp_path, **{name: value})

    assert f"{name}={value!r}: " in said
    assert instead in said


def test_every_mistake_is_named_in_one_message(tmp_path: Path) -> None:
    said = problems(tmp_path, TZ="Mars", MODE="live", INTERVAL_MIN="7", HOURS_SAT="late", ERP_URL="https://x.example",
                    ERP_PASSWROD_FILE="x")  # fmt: skip

    for name in ("TZ", "MODE", "INTERVAL_MIN", "HOURS_SAT", "ERP_COMPANY", "ERP_USER", "ERP_PASSWORD_FILE must be set",
                 "ERP_PASSWROD_FILE is no setting"):  # fmt: skip
        assert name in said


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ERP_PASSWORD", "do you mean ERP_PASSWORD_FILE?"),
        ("INTERVAL", "do you mean INTERVAL_MIN?"),
        ("REMARKKEY", "do you mean REMARK_KEY?"),
        ("XYZZY", "take the line out"),
    ],
)
def test_an_unknown_name_is_refused_with_the_one_that_may_be_meant(tmp_path: Path, name: str, meant: str) -> None:
    said = problems(tmp_path, **{name: "hunter2"})

    assert f"{name} is no setting; {meant}" in said
    assert "hunter2" not in said


def test_a_real_erp_wants_company_user_and_password_file(tmp_path: Path) -> None:
    said = problems(tmp_path, ERP_URL="https://login.example.com")

    for name in ("ERP_COMPANY", "ERP_USER", "ERP_PASSWORD_FILE"):
        assert f"{name} must be set, because ERP_URL is" in said


def test_a_data_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match=r"DATA_DIR='.*/file/var' can't be made"):
        load({"DATA_DIR": str(tmp_path / "file" / "var")})


def test_a_shells_own_variables_change_nothing(tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODE", "production")
    monkeypatch.setenv("ERP_URL", "https://elsewhere.example")
    monkeypatch.setenv("TZ", "America/New_York")

    found = loaded(tmp_path, **REAL, ERP_PASSWORD_FILE=str(secret))

    assert (found.posting.mode, found.erp.url, found.schedule.tz) == ("test", REAL["ERP_URL"], "Asia/Seoul")


# --- the password --------------------------------------------------------------------------------------------------


def test_the_password_is_read_without_its_line_end(tmp_path: Path, secret: Path) -> None:
    found = loaded(tmp_path, **REAL, ERP_PASSWORD_FILE=str(secret))

    assert found.erp.password().get_secret_value() == "p4ss word"


def test_the_password_is_read_without_what_notepad_puts_before_and_behind_it(tmp_path: Path, secret: Path) -> None:
    found = loaded(tmp_path, **REAL, ERP_PASSWORD_FILE=str(secret))

    secret.write_bytes(b"\xef\xbb\xbfp4ss word\r\n")

    assert found.erp.password().get_secret_value() == "p4ss word"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"HOURS_MON_FRI": "", "HOURS_SAT": "", "HOURS_SUN": "", "DAYS_OFF_CYCLE": ""},
            "DAYS_OFF_CYCLE are all empty, so no cycle is ever due",
        ),
        ({"TZ": "Etc/GMT+9"}, "TZ='Etc/GMT+9': these names count the other way round, so it is UTC-9"),
        ({"SAVE_PATTERN": ".*"}, "SAVE_PATTERN='.*': it matches any address"),
        ({"SAVE_PATTERN": "(save)?"}, "it matches any address"),
        ({**REAL, "ERP_URL": "http://erp.example.com", "MODE": "production"}, "ERP_URL begins with http://"),
        ({**REAL, "ERP_URL": "https://me:hunter2@erp.example.com"}, "ERP_URL holds a user or a password"),
        ({**REAL, "ERP_URL": "ftp://me:hunter2@erp.example.com"}, "ERP_URL='ftp://***@erp.example.com'"),
        (
            {"CONSOLE_URL": "http://me:hunter2@127.0.0.1:1"},
            "CONSOLE_URL='http://***@127.0.0.1:1': it holds a user",
        ),
        ({"CONSOLE_URL": "http://127.0.0.1:8810", "CONSOLE_PORT": ""}, "CONSOLE_URL is set, but CONSOLE_PORT is empty"),
        (
            {"SMTP_HOST": "mail.example.com", "MAIL_FROM": "a@b.c", "MAIL_TO": "a@b.c", "SMTP_PORT": "465"},
            "SMTP_PORT=465 is not for SMTP_TLS=starttls: write SMTP_TLS = ssl",
        ),
        (
            {"SMTP_HOST": "m.example", "MAIL_FROM": "a@b.c", "MAIL_TO": "a@b.c", "SMTP_PORT": "587", "SMTP_TLS": "ssl"},
            "SMTP_PORT=587 is not for SMTP_TLS=ssl: write SMTP_TLS = starttls",
        ),
    ],
)
def test_what_is_right_by_itself_and_can_not_work_is_refused_with_the_reason(
    tmp_path: Path, values: dict[str, str], said: str
) -> None:
    text = problems(tmp_path, **values)

    assert said in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1:8810", "ftp://127.0.0.1", "http://", "http://a/waiting", "http://a?x=1", "http://a#b", "http://a:0",
     "http://a:99999", "http://a b", "http://a\">b", "javascript:alert(1)", "http://업무.example"],
)  # fmt: skip
def test_what_is_no_address_of_the_page_is_refused(tmp_path: Path, text: str) -> None:
    assert "write the page's address alone" in problems(tmp_path, CONSOLE_URL=text)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8810", "https://page.example.com/", " http://[::1]:8810 "])
def test_an_address_of_the_page_is_taken_without_its_slash(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, CONSOLE_URL=text).channels.page.to("/waiting") == f"{text.strip().rstrip('/')}/waiting"


def test_plain_http_is_right_on_this_machine_and_while_nothing_is_posted(tmp_path: Path, secret: Path) -> None:
    values = {**REAL, "ERP_PASSWORD_FILE": str(secret)}

    assert loaded(tmp_path, **{**values, "ERP_URL": "http://127.0.0.1:8000/", "MODE": "production"}).posting.posts
    assert not loaded(tmp_path, **{**values, "ERP_URL": "http://erp.example.com/"}).posting.posts


def test_a_check_touches_nothing(tree: Path) -> None:
    (tree / "circus.ini").write_text("[env:worker]\nDATA_DIR = new\n", encoding="utf-8")
    before = sorted(tree.rglob("*"))

    found, wrong = checked()

    assert found is not None
    assert wrong == []
    assert sorted(tree.rglob("*")) == before


def test_the_password_is_read_anew_at_each_use(tmp_path: Path, secret: Path) -> None:
    found = loaded(tmp_path, **REAL, ERP_PASSWORD_FILE=str(secret))

    secret.write_text("another", encoding="utf-8")

    assert found.erp.password().get_secret_value() == "another"


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0o600, "No such file"),
        (b"", 0o600, "is empty"),
        (b"\n", 0o600, "is empty"),
        (b"secret-1", 0o640, "can be read by others: chmod 600"),
        (b"secret-1", 0o604, "can be read by others: chmod 600"),
        (b"secret-1\nsecret-1\n", 0o600, "more than one line"),
        (b"  \n", 0o600, "is empty"),
        (b" secret-1\n", 0o600, "begins or ends with a blank"),
        (b"'secret-1'\n", 0o600, "quotes around the password"),
        ("“secret-1”".encode(), 0o600, "quotes around the password"),
        ("secret-1".encode("utf-16"), 0o600, "it is not UTF-8 text; save it as UTF-8"),
        (b"secret-1\xff", 0o600, "it is not UTF-8 text; save it as UTF-8"),
    ],
    ids=[
        "missing",
        "empty",
        "an empty line",
        "readable by the group",
        "readable by all",
        "two lines",
        "blanks",
        "a blank before",
        "quotes",
        "quotes of a letter",
        "UTF-16",
        "not UTF-8",
    ],
)
def test_a_password_file_that_will_not_do_is_named_and_never_shown(
    tmp_path: Path, content: bytes | None, mode: int, said: str
) -> None:
    path = tmp_path / "pw"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)

    message = problems(tmp_path, **REAL, ERP_PASSWORD_FILE=str(path))

    assert f"ERP_PASSWORD_FILE={str(path)!r}" in message
    assert said in message
    assert "secret-1" not in message


def test_a_folder_is_no_password_file(tmp_path: Path) -> None:
    assert "Is a directory" in problems(tmp_path, **REAL, ERP_PASSWORD_FILE=str(tmp_path))


def test_a_relative_password_file_counts_from_circus_ini(tree: Path, secret: Path) -> None:
    found = loaded(tree, **REAL, ERP_PASSWORD_FILE=secret.name)

    assert found.erp.password().get_secret_value() == "p4ss word"


def test_nothing_that_is_printed_holds_the_password(tmp_path: Path, secret: Path) -> None:
    found = loaded(tmp_path, **REAL, ERP_PASSWORD_FILE=str(secret))

    erp = found.erp
    shown = f"{found!r} {found} {found.model_dump()} {erp.password()!r} {erp.password()} {erp.secret_version()}"

    assert "p4ss" not in shown


@pytest.mark.parametrize("name", ["erp-password", ""], ids=["relative", "absolute"])
def test_a_new_secret_is_noticed(tree: Path, secret: Path, name: str) -> None:
    found = loaded(tree, **REAL, ERP_PASSWORD_FILE=name or str(secret))
    before = found.erp.secret_version()

    secret.write_text("the right one", encoding="utf-8")
    os.utime(secret, ns=(1, 1))

    assert found.erp.secret_version() != before


def test_a_secret_that_is_gone_is_noticed_too(tmp_path: Path, secret: Path) -> None:
    found = loaded(tmp_path, **REAL, ERP_PASSWORD_FILE=str(secret))
    before = found.erp.secret_version()

    secret.unlink()

    assert found.erp.secret_version() != before


# --- the files -----------------------------------------------------------------------------------------------------


def test_local_ini_wins_over_circus_ini(tree: Path) -> None:
    (tree / "circus.ini").write_text("[env:worker]\nBATCH_ROWS = 50\nINTERVAL_MIN = 30\n", encoding="utf-8")
    (tree / "var" / "local.ini").write_text("[env:worker]\nBATCH_ROWS = 7\n", encoding="utf-8")

    found = load()

    assert (found.posting.batch_rows, found.schedule.interval_min) == (7, 30)
    assert found.data_dir == tree / "var"


def test_a_percent_sign_and_a_hash_in_a_value_are_taken_as_they_stand(tree: Path) -> None:
    (tree / "circus.ini").write_text("[env:worker]\nSAVE_PATTERN = /save%20all#x$\n", encoding="utf-8")

    assert load().erp.save_pattern == "/save%20all#x$"


def test_where_things_are_may_come_from_the_environment_what_is_done_never(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "circus.ini").write_text("[env:worker]\n", encoding="utf-8")
    monkeypatch.setenv("DATA_DIR", str(tree / "elsewhere"))
    monkeypatch.setenv("DEMO_PORT", "8900")
    monkeypatch.setenv("BATCH_ROWS", "9")

    found = load()

    assert (found.data_dir, found.erp.demo_port, found.posting.batch_rows) == (tree / "elsewhere", 8900, 50)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[env:worker]\nMODE = test\nMODE = production\n", "MODE stands there twice"),
        ("MODE = test\n", "before any section"),
        ("[env:worker]\njust words\n", r"neither a \[section\] nor NAME = value"),
        ("[env:worker\n", "the line is no section"),
    ],
    ids=["twice", "no section", "no value", "half a section"],
)
def test_a_damaged_local_ini_is_named_with_its_reason(tree: Path, text: str, said: str) -> None:
    (tree / "circus.ini").write_text("[env:worker]\n", encoding="utf-8")
    (tree / "var" / "local.ini").write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=rf"(?s)the settings are wrong:.*local\.ini, line \d: .*{said}"):
        load()


def test_a_missing_circus_ini_is_named(tree: Path) -> None:
    with pytest.raises(SettingsError, match=r"circus\.ini is missing"):
        load()


def test_the_projects_own_circus_ini_is_accepted(tree: Path) -> None:
    (tree / "circus.ini").write_text((PROJECT / "circus.ini").read_text(encoding="utf-8"), encoding="utf-8")

    assert load().demo


def test_circus_ini_says_the_defaults_that_the_code_has(tree: Path) -> None:
    (tree / "circus.ini").write_text((PROJECT / "circus.ini").read_text(encoding="utf-8"), encoding="utf-8")

    assert load() == load({"DATA_DIR": str(tree / "var")})


def test_circus_ini_explains_every_setting() -> None:
    text = (PROJECT / "circus.ini").read_text(encoding="utf-8")

    missing = {name for name in SETTINGS if not re.search(rf"^{name} =", text, re.MULTILINE)}

    assert missing == NOT_IN_CIRCUS_INI


def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Have a folder of ours be what this type of file system is mounted on."""
    here = str(tmp_path).replace(" ", "\\040")
    monkeypatch.setattr(mounts, "MOUNT_INFO", tmp_path / "mountinfo")
    lines = ("20 1 8:1 / / rw shared:1 - ext4 /dev/sda rw", f"30 20 0:50 /x {here} rw,relatime - {kind} server:/x rw")
    (tmp_path / "mountinfo").write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    "kind",
    [
        "nfs4", "cifs", "9p", "fuse.sshfs", "virtiofs", "fuse.grpcfuse", "vboxsf", "prl_fs", "fakeowner", "fuse.osxfs",
        "fuse.vmhgfs-fuse", "fuse.rclone", "fuse.glusterfs", "ceph", "fuse",
    ],
)  # fmt: skip
def test_a_folder_on_a_network_drive_or_of_the_machines_host_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounted(tmp_path, monkeypatch, kind)

    assert f"({kind}): the ledger needs a disk of this Linux machine" in problems(tmp_path)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuse.fuse-overlayfs", "fuseblk"])
def test_a_folder_on_a_disk_of_this_machine_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mounted(tmp_path, monkeypatch, kind)

    assert loaded(tmp_path).data_dir == tmp_path / "var"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REPORT_LANGUAGE", "korean", "REPORT_LANGUAGE='korean': write en or ko"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT='xml': input should be 'text' or 'json'"),
        ("KEEP_LOG_DAYS", "0", "KEEP_LOG_DAYS='0': input should be greater than or equal to 1"),
        ("KEEP_EVIDENCE_MB", "1", "KEEP_EVIDENCE_MB='1': input should be greater than or equal to 10"),
        ("EXTRA_DAYS_ON", "2026-5-4", "EXTRA_DAYS_ON='2026-5-4': write dates like 2026-05-04"),
    ],
)
def test_what_people_read_and_what_is_kept_is_checked(tmp_path: Path, name: str, value: str, said: str) -> None:
    assert said in problems(tmp_path, **{name: value})


def test_a_password_that_was_read_is_kept_out_of_the_logs(tmp_path: Path, secret: Path) -> None:
    loaded(tmp_path, **REAL, ERP_PASSWORD_FILE=str(secret)).erp.password()

    assert logs.redact("typed p4ss word, p4ss%20word") == "typed ***, ***"


# --- the way to the ERP --------------------------------------------------------------------------------------------


def test_the_proxys_login_stands_in_a_file_of_its_own_and_is_read_anew(tmp_path: Path) -> None:
    login = tmp_path / "proxy"
    login.touch(mode=0o600)
    login.write_text("kim:first\n", encoding="utf-8")

    found = loaded(tmp_path, PROXY_URL="http://proxy.example.com:3128", PROXY_LOGIN_FILE=str(login)).erp.proxy
    assert found is not None
    before = found.login()
    login.write_text("kim:sec:ond\n", encoding="utf-8")

    assert (found.host, found.port) == ("proxy.example.com", 3128)
    assert (before, found.login()) == ("kim:first", "kim:sec:ond")
    assert "kim" not in repr(found)
    assert logs.redact("sec:ond") == "***"
    assert loaded(tmp_path).erp.proxy is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://kim:p/4@ss@proxy.example.com:3128", "PROXY_LOGIN_FILE"),
        ("https://proxy.example.com:3128", "such as http://proxy.example.com:3128"),
        ("socks5://proxy.example.com:1080", "such as http://proxy.example.com:3128"),
        ("proxy.example.com:3128", "such as http://proxy.example.com:3128"),
        ("http://proxy.example.com", "such as http://proxy.example.com:3128"),
        ("http://proxy.example.com:99999", "such as http://proxy.example.com:3128"),
        ("http://proxy.example.com:3128/pac", "such as http://proxy.example.com:3128"),
    ],
)
def test_a_proxy_that_can_not_be_used_is_refused_and_no_password_is_repeated(
    tmp_path: Path, url: str, said: str
) -> None:
    found = problems(tmp_path, PROXY_URL=url)

    assert "PROXY_URL" in found
    assert said in found
    assert "p/4" not in found
    assert "ss@" not in found


@pytest.mark.parametrize(("text", "mode"), [("kim", 0o600), (":p4ss", 0o600), ("", 0o600), ("kim:p4ss", 0o640)])
def test_a_login_that_is_none_or_that_others_can_read_is_refused(tmp_path: Path, text: str, mode: int) -> None:
    login = tmp_path / "proxy"
    login.write_text(text, encoding="utf-8")
    login.chmod(mode)

    found = problems(tmp_path, PROXY_URL="http://proxy.example.com:3128", PROXY_LOGIN_FILE=str(login))

    assert "PROXY_LOGIN_FILE" in found
    assert "p4ss" not in found
    assert "PROXY_URL must be set" in problems(tmp_path, PROXY_LOGIN_FILE=str(login))


def test_hosts_beside_the_erps_are_read_and_what_is_none_is_refused(tmp_path: Path) -> None:
    assert loaded(tmp_path, ERP_HOSTS="CDN.example.net, *.example.org,").erp.hosts == {
        "cdn.example.net",
        "*.example.org",
    }

    for wrong in ("https://cdn.example.net", "*", "*.com"):
        assert f"ERP_HOSTS='a.example.com, {wrong}'" in problems(tmp_path, ERP_HOSTS=f"a.example.com, {wrong}")
