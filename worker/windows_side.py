"""The Windows side of WSL 2: a PowerShell script that starts the distribution at boot and keeps the host awake."""

from collections.abc import Mapping
from pathlib import Path

SCRIPT = """\
# daybreak on the Windows side of WSL 2. Written by ./scripts/install; run it in a PowerShell of an administrator:
#
#   powershell -ExecutionPolicy Bypass -File daybreak-windows.ps1            (-Remove undoes it)
#
# 1. "%(name)s start": at boot, without anybody signing in, starts the distribution and keeps it running. WSL ends a
#    distribution in which nothing runs that Windows started, systemd services or not. Windows asks for your password,
#    because a task that runs without a sign-in needs it.
# 2. "%(name)s awake": wakes the host on work days and keeps it from going to sleep during business hours (%(from)s to
#    %(to)s by the clock of Windows; daybreak's own zone is %(zone)s).
param([switch]$Remove)
$ErrorActionPreference = 'Stop'
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

$keep = New-ScheduledTaskAction -Execute 'wsl.exe' -Argument %(keep)s
Register-ScheduledTask -Force -TaskName $start -Action $keep -Settings $settings @who `
    -Trigger (New-ScheduledTaskTrigger -AtStartup) | Out-Null

# ES_CONTINUOUS + ES_SYSTEM_REQUIRED (SetThreadExecutionState): the host stays awake while this process lives.
$stay = @'
$import = '[DllImport("kernel32.dll")] public static extern uint SetThreadExecutionState(uint flags);'
Add-Type -Namespace W -Name P -MemberDefinition $import
[W.P]::SetThreadExecutionState([uint32]2147483649) | Out-Null
while ((Get-Date).TimeOfDay -lt [TimeSpan]%(until)s) { Start-Sleep -Seconds 30 }
'@
$encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($stay))
$hold = New-ScheduledTaskAction -Execute 'powershell.exe' `
    -Argument "-NoProfile -WindowStyle Hidden -EncodedCommand $encoded"
Register-ScheduledTask -Force -TaskName $awake -Action $hold -Settings $settings @who `
    -Trigger (New-ScheduledTaskTrigger -Weekly -DaysOfWeek %(days)s -At %(at)s) | Out-Null
Start-ScheduledTask -TaskName $start
Write-Output "$start and $awake are registered."
"""


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
        "start": _literal(f"{name} start"),
        "awake": _literal(f"{name} awake"),
        "keep": _literal(f'-d "{distribution}" -u {user} --exec sleep infinity'),
        "from": first,
        "to": last,
        "zone": settings.get("TZ", "Asia/Seoul"),
        "until": _literal("23:59:59" if last == "24:00" else last),
        "at": _literal(first),
        "days": ",".join(days),
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
