"""The Windows side of WSL 2: a PowerShell script that starts the distribution at boot and keeps the host awake."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

SCRIPT = """\
# daybreak on the Windows side of WSL 2. Written by ./scripts/install; run it in a PowerShell of an administrator:
#
#   powershell -ExecutionPolicy Bypass -File daybreak-windows.ps1            (-Remove undoes it)
#
# 1. "%(name)s start": at boot and each minute, without anybody signing in, starts the distribution unless it runs, and
#    keeps it running. WSL ends a distribution in which nothing runs that Windows started, systemd services or not.
#    Windows asks for your password, because a task that runs without a sign-in needs it.
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
$awake = %(awake)s
if ($Remove) {
    foreach ($task in $start, $awake) {
        Unregister-ScheduledTask -TaskName $task -Confirm:$false -ErrorAction SilentlyContinue
    }
    Write-Output "$start and $awake are removed."
    return
}
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew `
    -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -StartWhenAvailable -WakeToRun `
    -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
$credential = Get-Credential -UserName "$env:USERDOMAIN\\$env:USERNAME" -Message 'For the tasks of daybreak'
$who = @{ User = $credential.UserName; Password = $credential.GetNetworkCredential().Password }

$keep = New-ScheduledTaskAction -Execute $wsl -Argument %(keep)s
$often = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 1)
Register-ScheduledTask -Force -TaskName $start -Action $keep -Settings $settings @who `
    -Trigger (New-ScheduledTaskTrigger -AtStartup), $often | Out-Null

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
Start-ScheduledTask -TaskName $start
Write-Output "$start and $awake are registered."
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


def is_wsl(release: str) -> bool:
    """True under WSL, by the kernel's release."""
    return "microsoft" in release.lower()


def file_in(project: Path) -> Path:
    """Return where the script is written."""
    return project / "var" / "daybreak-windows.ps1"


def write(path: Path, *, name: str, user: str, distribution: str, settings: Mapping[str, str]) -> None:
    """Write the script so that Windows PowerShell reads it: a mark of its encoding, lines that end as there."""
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
