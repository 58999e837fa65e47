"""The Windows side of WSL 2: a PowerShell script that starts the distribution at boot and keeps the host awake."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from worker.config import reader
from worker.i18n import message

SCRIPT = """\
# daybreak on the Windows side of WSL 2. Written by ./scripts/install; run it in a PowerShell of an administrator:
#
#   powershell -ExecutionPolicy Bypass -File daybreak-windows.ps1            (-Remove undoes it)
#
# 1. "%(name)s start" at boot and "%(name)s minute" each minute, without anybody signing in, start the distribution
#    unless it runs, and keep it running. WSL ends a distribution in which nothing runs that Windows started, systemd
#    services or not. Windows asks for your password, because a task that runs without a sign-in needs it.
#    `daybreak stop` in the distribution switches "%(name)s minute" off, ./scripts/start switches it on again.
# 2. "%(name)s awake": wakes the host on work days and keeps it from going to sleep during business hours (%(from)s to
#    %(to)s by the clock of Windows; daybreak's own zone is %(zone)s).
param([switch]$Remove)
$ErrorActionPreference = 'Stop'
# By its full path: a task has no search path of yours.
$wsl = Join-Path $env:SystemRoot 'System32\\wsl.exe'
$said = (& $wsl --version 2>$null) -replace "`0", ''
$found = $said | Select-String -Pattern '\\d+(\\.\\d+){2,3}' | Select-Object -First 1
if (-not $found -or [version]$found.Matches[0].Value -lt [version]'%(least)s') {
    Write-Warning "This WSL is older than %(least)s, which ends what runs in the background: wsl --update"
}
Write-Output "In $env:UserProfile\\.wslconfig, so that WSL never ends a distribution that is idle:"
Write-Output '    [general]'
Write-Output '    instanceIdleTimeout=-1'
$start = %(start)s
$minute = %(minute)s
$awake = %(awake)s
if ($Remove) {
    foreach ($task in $start, $minute, $awake) {
        Unregister-ScheduledTask -TaskName $task -Confirm:$false -ErrorAction SilentlyContinue
    }
    Write-Output "$start, $minute and $awake are removed."
    return
}
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew `
    -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -StartWhenAvailable -WakeToRun `
    -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
$credential = Get-Credential -UserName "$env:USERDOMAIN\\$env:USERNAME" -Message 'For the tasks of daybreak'
$who = @{ User = $credential.UserName; Password = $credential.GetNetworkCredential().Password }

$keep = New-ScheduledTaskAction -Execute $wsl -Argument %(keep)s
$often = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 1)
# Windows itself begins neither of them again when it fails: what is switched off stays so.
$once = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew `
    -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -Force -TaskName $start -Action $keep -Settings $once @who `
    -Trigger (New-ScheduledTaskTrigger -AtStartup) | Out-Null
Register-ScheduledTask -Force -TaskName $minute -Action $keep -Settings $once @who -Trigger $often | Out-Null

# ES_CONTINUOUS + ES_SYSTEM_REQUIRED (SetThreadExecutionState): the host stays awake while this process lives.
$stay = @'
$import = '[DllImport("kernel32.dll")] public static extern uint SetThreadExecutionState(uint flags);'
Add-Type -Namespace W -Name P -MemberDefinition $import
if ((Get-Date).DayOfWeek.ToString() -notin %(names)s) { return }
while ((Get-Date).TimeOfDay -lt [TimeSpan]%(until)s) {
    if ((Get-Date).TimeOfDay -ge [TimeSpan]%(at)s) {
        [W.P]::SetThreadExecutionState([uint32]2147483649) | Out-Null
    }
    Start-Sleep -Seconds 30
}
'@
$encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($stay))
$hold = New-ScheduledTaskAction -Execute 'powershell.exe' `
    -Argument "-NoProfile -WindowStyle Hidden -EncodedCommand $encoded"
Register-ScheduledTask -Force -TaskName $awake -Action $hold -Settings $settings @who `
    -Trigger (New-ScheduledTaskTrigger -Weekly -DaysOfWeek %(days)s -At %(at)s), `
        (New-ScheduledTaskTrigger -AtStartup) | Out-Null
Start-ScheduledTask -TaskName $minute
Write-Output "$start, $minute and $awake are registered."
"""


#: The first version of WSL that does not end what runs in the background (github.com/microsoft/WSL/releases).
LEAST = "2.6.0"


def distribution(environ: Mapping[str, str]) -> str:
    """Return the name of this distribution; sudo takes the variable away, and `wslpath` still knows it."""
    if named := environ.get("WSL_DISTRO_NAME", ""):
        return named
    try:
        done = subprocess.run(["wslpath", "-w", "/"], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "Ubuntu"
    # \\wsl.localhost\NAME\, or \\wsl$\NAME\ on older ones.
    words = [word for word in done.stdout.strip().split("\\") if word]
    return words[1] if len(words) > 1 else "Ubuntu"


def version() -> str:
    """Return which WSL this is, such as 2.6.1, or an empty text: an old one, or one that gives no answer."""
    program = _program(r"C:\Windows\System32\wsl.exe")
    # A text of Windows: UTF-16, or UTF-8 where WSL_UTF8 is set.
    said = _run([program, "--version"])[1].replace("\0", "") if program else ""
    found = re.search(r"\d+(\.\d+){2,3}", said)
    return found[0] if found else ""


def why_too_old(found: str) -> str:
    """Say that this version of WSL ends what runs in the background, or return an empty text."""
    least = tuple(int(part) for part in LEAST.split("."))
    if found and tuple(int(part) for part in found.split(".")) >= least:
        return ""
    return message(
        "this WSL is {found}, and one older than {least} ends what runs in the background. In PowerShell: wsl --update",
        found=found or message("of an unknown version"),
        least=LEAST,
    )


def switch_minute(project: Path, *, on: bool) -> str:
    """Switch the trigger of each minute on or off; return what was done or is left to do, "" where there is none.

    Never raises: it is the last word of a stop, or the first of a start, and neither depends on it.
    """
    try:
        written = re.search(r"^\$minute = '((?:[^']|'')+)'", file_in(project).read_text("utf-8-sig"), re.MULTILINE)
    except (OSError, ValueError):
        return ""
    if written is None:
        return ""
    task = written[1].replace("''", "'")
    program = _program(r"C:\Windows\System32\schtasks.exe")
    orders = (
        [["/Change", "/TN", task, "/ENABLE"]] if on else [["/Change", "/TN", task, "/DISABLE"], ["/End", "/TN", task]]
    )
    results = [_run([program, *words]) for words in orders] if program else [(False, "")]
    is_done, said = results[0]
    if is_done and on:
        return message("The task of Windows that holds this distribution each minute is on: {task}.", task=task)
    if is_done:
        return message(
            "The task of Windows that holds this distribution each minute is off: {task}. ./scripts/start, or "
            ".venv/bin/python -m worker.admin.wsl on, switches it on again.",
            task=task,
        )
    return message(
        "switching the task of Windows that holds this distribution each minute: {said}. In a PowerShell of an "
        "administrator: {verb} -TaskName '{task}'",
        said=said or message("Windows can't be asked from here"),
        verb="Enable-ScheduledTask" if on else "Disable-ScheduledTask",
        task=task,
    )


def _program(place: str) -> str:
    """Return a program of Windows by its full path as this distribution sees it, or an empty text.

    Under sudo and in a service the folders of Windows stand in no PATH, and a drive may be mounted anywhere.
    """
    is_known, path = _run(["wslpath", "-u", place])
    return path if is_known else ""


def _run(command: list[str]) -> tuple[bool, str]:
    """Return whether a program did what it was asked, and what it said."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    said = (done.stdout if done.returncode == 0 else done.stderr or done.stdout).decode("utf-8", "replace")
    return done.returncode == 0, " ".join(said.split())


def is_wsl(release: str) -> bool:
    """True under WSL, by the kernel's release."""
    return "microsoft" in release.lower()


def file_in(project: Path) -> Path:
    """Return where the script is written."""
    return project / "var" / "daybreak-windows.ps1"


def write(path: Path, *, name: str, user: str, distribution: str, settings: Mapping[str, str]) -> None:
    """Write the script in the form that Windows PowerShell reads: UTF-8 with a byte order mark, and CRLF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = script(name=name, user=user, distribution=distribution, settings=settings)
    path.write_text(text, encoding="utf-8-sig", newline="\r\n")


def script(*, name: str, user: str, distribution: str, settings: Mapping[str, str]) -> str:
    """Return the script for the settings' business hours."""
    days, first, last = _business(settings)
    return SCRIPT % {
        "name": name,
        "least": LEAST,
        "start": _literal(f"{name} start"),
        "minute": _literal(f"{name} minute"),
        "awake": _literal(f"{name} awake"),
        "keep": _literal(f'-d "{distribution}" -u {user} --exec sleep infinity'),
        "from": first,
        "to": last,
        "zone": settings.get("TZ", "Asia/Seoul"),
        "until": _literal("23:59:59" if last == "24:00" else last),
        "at": _literal(first),
        "days": ",".join(days),
        "names": ", ".join(_literal(day) for day in days),
    }


def _business(settings: Mapping[str, str]) -> tuple[list[str], str, str]:
    """Return the days on which somebody works, the earliest start and the latest end."""
    weeks = (
        ("HOURS_MON_FRI", "06:00-18:00", ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]),
        ("HOURS_SAT", "06:00-14:00", ["Saturday"]),
        ("HOURS_SUN", "", ["Sunday"]),
    )
    days: list[str] = []
    hours: list[tuple[str, str]] = []
    for key, default, weekdays in weeks:
        start, dash, end = settings.get(key, default).strip().partition("-")
        if dash:
            days += weekdays
            hours.append((start, end))
    if not hours:
        return weeks[0][2], "06:00", "18:00"
    return days, min(start for start, _ in hours), max(end for _, end in hours)


def _literal(text: str) -> str:
    """Return a text as PowerShell's literal: nothing in it is expanded."""
    return "'" + text.replace("'", "''") + "'"


def main(words: list[str]) -> int:
    """`python -m worker.admin.wsl on` or `off`: the trigger of each minute; silent where there is none."""
    if words not in (["on"], ["off"]):
        sys.stderr.write("usage: python -m worker.admin.wsl on|off\n")
        return 2
    if is_wsl(os.uname().release) and (
        said := switch_minute(Path(__file__).resolve().parent.parent, on=words == ["on"])
    ):
        sys.stdout.write(f"{reader.in_words(said)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
