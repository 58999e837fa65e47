"""What ./scripts/install writes: read by systemd's own checker, whatever the folder is called."""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from tests.fakes import see
from worker.admin import service, wsl
from worker.admin.service import NotInstalled, Place
from worker.cli import commands
from worker.control import control
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.payments.payment import KST, Payment, PaymentKind
from worker.runtime.process_identity import Identity

FOLDERS = ["daybreak", "두 번째 폴더", "100%h of $HOME; #1"]


def place(tmp_path: Path, folder: str = "daybreak", *, system: bool = True) -> Place:
    """Return the place of a project with an environment of its own."""
    project = tmp_path / folder
    program = project / ".venv" / "bin" / "circusd"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return Place(
        project=project, data=project / "var", system=system, name="daybreak", user="root", home=tmp_path / "home"
    )


def verified(text: str, tmp_path: Path, *, system: bool) -> str:
    """Return what `systemd-analyze verify` says about a unit."""
    file = tmp_path / "daybreak-under-test.service"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", *([] if system else ["--user"]), "verify", "--man=no", str(file)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    return f"{done.stdout}{done.stderr}{'' if done.returncode == 0 else f'exit {done.returncode}'}".strip()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("system", [True, False])
def test_systemd_accepts_the_unit(tmp_path: Path, folder: str, system: bool) -> None:
    where = place(tmp_path, folder, system=system)

    assert verified(service.unit(where), tmp_path, system=system) == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemds_checker_would_notice_a_path_that_is_quoted_wrong(tmp_path: Path) -> None:
    where = place(tmp_path, "두 번째 폴더")

    wrong = service.unit(where).replace("ExecStart=" + '"', "ExecStart=").replace('" circus.ini', " circus.ini")

    assert "is not executable" in verified(wrong, tmp_path, system=True)


def test_the_unit_says_what_design_promises(tmp_path: Path) -> None:
    lines = service.unit(place(tmp_path)).splitlines()

    for line in (
        "Type=notify", "NotifyAccess=all", "WatchdogSec=60", "Restart=always", "RestartSec=2", "KillMode=process",
        "TimeoutStopSec=100", "StartLimitIntervalSec=0", "NoNewPrivileges=yes",
        "ProtectSystem=strict", "ProtectHome=read-only", "CapabilityBoundingSet=", "UMask=0077",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK", "User=root",
    ):  # fmt: skip
        assert line in lines
    assert any(line.startswith("MemoryMax=") for line in lines)
    assert any(line.startswith("TasksMax=") for line in lines)


def test_the_unit_may_write_where_the_second_witness_of_the_ledger_stands(tmp_path: Path) -> None:
    (of_root,) = (line for line in service.unit(place(tmp_path)).splitlines() if line.startswith("ReadWritePaths="))
    other = replace(place(tmp_path, "other"), user="no-such-user")
    (of_a_user,) = (line for line in service.unit(other).splitlines() if line.startswith("ReadWritePaths="))

    assert '"-/var/lib/daybreak"' in of_root
    assert f'"-{tmp_path}/home/.local/state/daybreak"' in of_a_user


def test_the_unit_may_write_the_copies_of_backups_and_is_handed_the_secrets_that_settings_want(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = replace(place(tmp_path), backup=Path("/mnt/away copies"), credentials=("erp", "proxy"))
    text = service.unit(where)

    (writable,) = (line for line in text.splitlines() if line.startswith("ReadWritePaths="))
    assert '"-/mnt/away copies" "-/tmp"' in writable
    assert "LoadCredential=erp:/etc/credstore/erp\nLoadCredential=proxy:/etc/credstore/proxy\n" in text
    values = {
        "ERP_PASSWORD_FILE": "credential:erp",
        "SMTP_PASSWORD_FILE": "var/smtp",
        "PROXY_LOGIN_FILE": "credential:a b",
    }
    assert service._credentials(values) == {"erp"}
    assert "LoadCredential" not in service.unit(replace(where, system=False))


def test_what_a_strict_unit_may_write_is_there_before_it_starts(tmp_path: Path) -> None:
    of_root = place(tmp_path)
    of_a_user = replace(of_root, user="nobody")

    assert service.plan(of_root)[:2] == [
        ["mkdir", "-p", "-m", "700", str(of_root.data)],
        ["mkdir", "-p", "-m", "700", "/var/lib/daybreak"],
    ]
    assert service.plan(of_a_user)[0] == ["runuser", "-u", "nobody", "--", *service.plan(of_root)[0]]


def test_a_users_unit_asks_for_nothing_that_needs_root(tmp_path: Path) -> None:
    text = service.unit(place(tmp_path, system=False))

    assert "Protect" not in text
    assert "User=" not in text
    assert "WantedBy=default.target" in text


def test_a_machine_without_systemd_is_told_that_nothing_restarts_circusd(tmp_path: Path) -> None:
    where = place(tmp_path)

    why = service.why_not_here(where, {}, booted=tmp_path / "nowhere")

    assert "no systemd runs" in why
    assert "nothing restarts circusd" in why


def test_a_user_without_a_systemd_of_his_own_is_told_what_to_do(tmp_path: Path) -> None:
    where = place(tmp_path, system=False)

    assert "sudo ./scripts/install" in service.why_not_here(where, {}, booted=tmp_path)

    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd" / "private").touch()
    assert service.why_not_here(where, {"XDG_RUNTIME_DIR": str(tmp_path)}, booted=tmp_path) == ""


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a systemctl and a loginctl on PATH that write down how they were called; return the file."""
    called = tmp_path / "called"
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("systemctl", "loginctl"):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {shlex.quote(str(called))}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(service, "why_not_here", lambda _: "")
    monkeypatch.setattr(control, "find_circusd", lambda _: None)
    return called


def test_without_yes_nothing_is_changed(tmp_path: Path, systemctl: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = place(tmp_path, system=False)

    service.install(where, {}, really=False)

    said = capsys.readouterr().out
    assert not where.file.exists()
    assert not systemctl.exists()
    assert str(where.file) in said
    assert "WatchdogSec=60" in said
    assert "Would run: systemctl --user enable daybreak.service" in said
    assert "./scripts/install --yes" in said


def test_yes_installs_and_remove_undoes_it(tmp_path: Path, systemctl: Path) -> None:
    where = place(tmp_path, system=False)

    service.install(where, {}, really=True)
    assert where.file.read_text(encoding="utf-8") == service.unit(where)
    service.install(where, {}, really=True)
    service.remove(where, {}, really=False)
    assert where.file.exists()
    service.remove(where, {}, really=True)

    assert not where.file.exists()
    calls = systemctl.read_text().splitlines()
    assert calls[:4] == [
        "loginctl enable-linger root",
        "systemctl --user daemon-reload",
        "systemctl --user enable daybreak.service",
        "systemctl --user restart daybreak.service",
    ]
    assert calls[-2:] == ["systemctl --user disable --now daybreak.service", "systemctl --user daemon-reload"]
    with pytest.raises(NotInstalled, match="nothing is installed"):
        service.remove(where, {}, really=True)


def test_remove_says_what_stays(tmp_path: Path, systemctl: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = place(tmp_path, system=False)
    service.install(where, {}, really=True)
    (where.data / "evidence").mkdir(parents=True)
    settings = {"ERP_PASSWORD_FILE": "var/erp-password", "BACKUP_DIR": "/mnt/away", "SMTP_PASSWORD_FILE": ""}

    service.remove(where, settings, really=True)

    said = capsys.readouterr().out
    for part in ("evidence", "var/erp-password: a secret", "/mnt/away: copies", "disable-linger"):
        assert part in said.partition("What stays")[2]
    assert "SMTP_PASSWORD_FILE" not in said


@pytest.mark.parametrize("state", [State.IN_DOUBT, State.SENT])
def test_nothing_is_removed_while_something_is_in_doubt_unless_it_is_told(
    tmp_path: Path, systemctl: Path, state: State
) -> None:
    where = place(tmp_path, system=False)
    service.install(where, {}, really=True)
    where.data.mkdir(parents=True, exist_ok=True)
    with Ledger(where.data) as ledger:
        now = datetime(2026, 1, 8, 9, tzinfo=KST)
        one = Payment(key="A" * 10, time=now, payer="집", amount=1, kind=PaymentKind.APPROVAL, approval_no="1")
        ledger.begin_generation()
        see(ledger, [one], cycle=ledger.begin_cycle(slot=now, at=now), at=now)
        ledger._db.execute("UPDATE payment SET state = ?", (state,))

    for really in (False, True):
        with pytest.raises(NotInstalled, match=r"1 payments are in doubt.*daybreak resolve.*Nothing was changed"):
            service.remove(where, {}, really=really)
    assert where.file.exists()

    service.remove(where, {}, really=True, although_in_doubt=True)
    assert not where.file.exists()


def test_a_ledger_that_can_not_be_read_may_hold_a_doubt(tmp_path: Path, systemctl: Path) -> None:
    where = place(tmp_path, system=False)
    service.install(where, {}, really=True)
    where.data.mkdir(parents=True, exist_ok=True)
    (where.data / "ledger.db").write_bytes(b"damaged" * 1000)

    with pytest.raises(NotInstalled, match="whether something is in doubt can't be told"):
        service.remove(where, {}, really=True)


@pytest.mark.parametrize("folder", ['a "b"', "it's", "back\\slash"])
def test_a_folder_whose_name_systemd_takes_from_nobody_is_refused(tmp_path: Path, systemctl: Path, folder: str) -> None:
    where = place(tmp_path, folder)

    with pytest.raises(NotInstalled, match="systemd starts no program whose path holds"):
        service.install(where, {}, really=True)


def test_the_unit_of_another_folder_is_left_alone(tmp_path: Path, systemctl: Path) -> None:
    where = place(tmp_path, system=False)
    other = replace(where, project=tmp_path / "other")
    service.install(other, {}, really=True)

    with pytest.raises(NotInstalled, match="belongs to another folder"):
        service.install(where, {}, really=True)
    with pytest.raises(NotInstalled, match="belongs to another folder"):
        service.remove(where, {}, really=True)

    assert other.file.read_text(encoding="utf-8") == service.unit(other)


def test_a_tree_that_was_started_by_hand_must_end_first(
    tmp_path: Path, systemctl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = place(tmp_path, system=False)
    monkeypatch.setattr(control, "find_circusd", lambda _: Identity.own())

    with pytest.raises(NotInstalled, match="daybreak stop"):
        service.install(where, {}, really=True)

    assert not where.file.exists()


def test_a_command_that_fails_is_told_in_its_own_words(
    tmp_path: Path, systemctl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin" / "systemctl").write_text("#!/bin/sh\necho Failed to connect to bus >&2\nexit 1\n")

    with pytest.raises(NotInstalled, match="Failed to connect to bus"):
        service.install(place(tmp_path, system=False), {}, really=True)


def test_the_windows_side_wakes_the_host_for_the_business_hours_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "var" / "x.ps1"
    settings = {"HOURS_MON_FRI": "07:30-19:00", "HOURS_SAT": "", "HOURS_SUN": "", "TZ": "Asia/Seoul"}

    wsl.write(path, name="daybreak", user="kim", distribution="Ubuntu 24.04 둘", settings=settings)

    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw
    text = raw.decode("utf-8-sig")
    assert """'-d "Ubuntu 24.04 둘" -u kim --exec sleep infinity'""" in text
    assert "-DaysOfWeek Monday,Tuesday,Wednesday,Thursday,Friday -At '07:30'" in text
    assert "-lt [TimeSpan]'19:00'" in text
    assert "-AtStartup" in text
    assert "-WakeToRun" in text
    assert "%" not in text


def test_the_windows_side_starts_wsl_by_its_path_at_boot_and_each_minute() -> None:
    text = wsl.script(name="daybreak", user="kim", distribution="Ubuntu", settings={})

    assert "Join-Path $env:SystemRoot 'System32\\wsl.exe'" in text
    assert "-Execute $wsl -Argument" in text
    assert "-RepetitionInterval (New-TimeSpan -Minutes 1)" in text
    assert "-RepetitionDuration" not in text  # without end
    assert text.count("-AtStartup") == 2  # what keeps the host awake is armed at a start as well
    assert "$minute = 'daybreak minute'" in text
    assert "-TaskName $minute -Action $keep -Settings $once @who -Trigger $often" in text
    assert "instanceIdleTimeout=-1" in text
    assert "[version]'2.6.0'" in text


@pytest.mark.parametrize("answer", ["\\\\wsl.localhost\\Ubuntu 24.04\\", "\\\\wsl$\\Ubuntu 24.04\\"])
def test_the_distributions_name_is_known_under_sudo_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    program = tmp_path / "wslpath"
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' '{answer}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert wsl.distribution({}) == "Ubuntu 24.04"
    assert wsl.distribution({"WSL_DISTRO_NAME": "Debian"}) == "Debian"


class Windows:
    """Programs of Windows that write down what they are asked, found by their full path as `wslpath` gives it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        #: What `wsl.exe --version` says.
        self.version = "WSL version: 2.6.1.0"
        self._put("wslpath", f"echo {root}/System32/${{2##*\\\\}}")
        self._put(
            "System32/schtasks.exe",
            f'[ ! -e {root}/refuses ] || {{ echo Access is denied. >&2; exit 1; }}; echo "$*" >>{root}/asked',
        )
        self._put("System32/wsl.exe", f"cat {root}/version")

    def _put(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def says(self, version: str) -> None:
        """Have WSL be of this version; Windows writes UTF-16."""
        (self.root / "version").write_bytes(f"WSL 버전: {version}\r\n커널 버전: 6.6.87.2-1\r\n".encode("utf-16-le"))

    def refuse(self) -> None:
        """Let the user not change tasks."""
        (self.root / "refuses").touch()

    def asked(self) -> list[str]:
        """Return what the task scheduler was asked."""
        path = self.root / "asked"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Windows:
    """Return a Windows around this distribution; its programs stand in no PATH, only `wslpath` does."""
    found = Windows(tmp_path / "windows")
    monkeypatch.setenv("PATH", f"{tmp_path / 'windows'}:/usr/bin:/bin")
    return found


def with_script(tmp_path: Path, name: str = "daybreak") -> Path:
    """Return a project whose Windows side is written."""
    wsl.write(wsl.file_in(tmp_path), name=name, user="kim", distribution="Ubuntu", settings={})
    return tmp_path


def test_a_stop_switches_the_trigger_of_each_minute_off_and_a_start_on_again(tmp_path: Path, windows: Windows) -> None:
    project = with_script(tmp_path, "it's daybreak")

    off = wsl.switch_minute(project, on=False)
    on = wsl.switch_minute(project, on=True)

    assert windows.asked() == [
        "/Change /TN it's daybreak minute /DISABLE",
        "/End /TN it's daybreak minute",
        "/Change /TN it's daybreak minute /ENABLE",
    ]
    assert off.startswith("The task of Windows that holds this distribution each minute is off: it's daybreak minute.")
    assert on == "The task of Windows that holds this distribution each minute is on: it's daybreak minute."


def test_what_windows_refuses_is_said_with_what_to_type(tmp_path: Path, windows: Windows) -> None:
    windows.refuse()

    said = wsl.switch_minute(with_script(tmp_path), on=False)

    assert "Access is denied." in said
    assert "In a PowerShell of an administrator: Disable-ScheduledTask -TaskName 'daybreak minute'" in said


def test_without_the_windows_side_or_out_of_its_reach_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert wsl.switch_minute(tmp_path, on=True) == ""
    assert "Windows can't be asked from here" in wsl.switch_minute(with_script(tmp_path), on=True)


@pytest.mark.parametrize("release", ["6.6.87.2-microsoft-standard-WSL2", "6.1.0-28-amd64"])
def test_daybreak_stop_does_it_under_wsl_alone(
    tmp_path: Path, windows: Windows, monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    (tmp_path / "circus.ini").write_text("[env:worker]\n")
    monkeypatch.setenv("DAYBREAK_INI", str(with_script(tmp_path) / "circus.ini"))
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release=release))
    monkeypatch.setattr(control, "find_circusd", lambda _: None)

    done = CliRunner().invoke(commands.app, ["stop"])

    assert done.exit_code == 0
    is_wsl = "microsoft" in release
    assert ("daybreak minute" in done.output) is is_wsl
    assert bool(windows.asked()) is is_wsl


@pytest.mark.parametrize(
    ("version", "is_too_old"), [("2.6.0.0", False), ("2.6.1.0", False), ("2.10.0", False), ("2.5.10.0", True)]
)
def test_a_version_of_wsl_that_ends_what_runs_is_warned_about(windows: Windows, version: str, is_too_old: bool) -> None:
    windows.says(version)

    why = wsl.why_too_old(wsl.version())

    assert bool(why) is is_too_old
    assert ("wsl --update" in why) is is_too_old


def test_a_wsl_that_gives_no_answer_is_warned_about_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert "of an unknown version" in wsl.why_too_old(wsl.version())


def test_under_wsl_a_users_unit_must_be_asked_for_by_name() -> None:
    service._demand_system_on_wsl("6.1.0-28-amd64")

    with pytest.raises(NotInstalled, match=r"sudo \./scripts/install"):
        service._demand_system_on_wsl("6.6.87.2-microsoft-standard-WSL2")


def test_wsl_is_known_by_its_kernel() -> None:
    assert wsl.is_wsl("5.15.167.4-microsoft-standard-WSL2")
    assert not wsl.is_wsl("6.1.0-28-amd64")


def test_the_script_shows_what_it_would_do_or_why_it_can_not() -> None:
    done = subprocess.run([sys.executable, "-m", "worker.admin.service", "--print"], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "Type=notify" in done.stdout


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_interrupted_upgrade_is_settled_before_the_service_starts(tmp_path: Path, folder: str) -> None:
    where = place(tmp_path, folder)
    line = next(one for one in service.unit(where).splitlines() if one.startswith("ExecStartPre="))
    # As systemd reads it: %% is %, $$ is $, quotes hold a word together.
    command = shlex.split(line.removeprefix("ExecStartPre=").replace("%%", "%").replace("$$", "$"))
    recover = where.project / "var" / "recover"

    before = subprocess.run(command, capture_output=True, text=True)
    recover.parent.mkdir()
    recover.write_text("#!/bin/sh\necho settled\nexit 3\n", encoding="utf-8")
    recover.chmod(0o755)
    after = subprocess.run(command, capture_output=True, text=True)

    assert (before.returncode, before.stdout) == (0, "")
    assert (after.returncode, after.stdout) == (3, "settled\n")
