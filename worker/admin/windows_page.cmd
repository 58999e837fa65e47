@echo off
rem daybreak: opens the office's page on this computer. It holds a key: give it to nobody.
setlocal
set "DAYBREAK_FILE=%~f0"
powershell.exe -NoProfile -ExecutionPolicy Bypass -Command "$text = [IO.File]::ReadAllText($env:DAYBREAK_FILE, [Text.Encoding]::UTF8); & ([ScriptBlock]::Create($text.Substring($text.IndexOf('#' + ' The rest is PowerShell'))))"
if errorlevel 1 pause
exit /b %errorlevel%
# The rest is PowerShell, in UTF-8: cmd reads no line of it.
$ErrorActionPreference = 'Stop'
$id = '@ID@'
$port = @PORT@
$sshPort = @SSH_PORT@
$user = '@USER@'
$machines = @(@MACHINES@)
$check = '@CHECK@'
$known = @'
@KNOWN@
'@
$key = @'
@KEY@
'@
# In the language of this Windows.
if ([Globalization.CultureInfo]::CurrentUICulture.Name -like 'ko*') {
    $texts = @{
@TEXTS_KO@
    }
} else {
    $texts = @{
@TEXTS_EN@
    }
}
$address = "http://127.0.0.1:$port/"
$here = Join-Path $env:LOCALAPPDATA 'daybreak'
$opened = $false
$short = 0

function Test-Port([string]$machine, [int]$number, [int]$milliseconds) {
    $probe = New-Object Net.Sockets.TcpClient
    try { return $probe.ConnectAsync($machine, $number).Wait($milliseconds) }
    catch { return $false }
    finally { $probe.Close() }
}

function Stop-With([string]$text) {
    Write-Host ''
    Write-Host $text -ForegroundColor Yellow
    [void](Read-Host $texts.ENTER)
    exit 0
}

$Host.UI.RawUI.WindowTitle = $texts.TITLE
if (Test-Port '127.0.0.1' $port 1000) {
    Start-Process $address
    exit 0
}
$ssh = Join-Path $env:SystemRoot 'System32\OpenSSH\ssh.exe'
if (-not (Test-Path -LiteralPath $ssh)) {
    $found = Get-Command ssh.exe -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $found) { Stop-With $texts.NO_SSH }
    $ssh = $found.Path
}
Write-Host $texts.CONNECTING
[void](New-Item -ItemType Directory -Force -Path $here)
$file = Join-Path $here "$id.key"
if (Test-Path -LiteralPath $file) { Remove-Item -Force -LiteralPath $file }
# ssh takes a key with the line ends of Unix alone, and only one that nobody else may read.
[IO.File]::WriteAllText($file, (($key -replace "`r", '').Trim() + "`n"))
if ($known.Trim()) {
    [IO.File]::WriteAllText((Join-Path $here "$id.known"), (($known -replace "`r", '').Trim() + "`n"))
}
$me = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
& (Join-Path $env:SystemRoot 'System32\icacls.exe') $file /inheritance:r /grant:r "*${me}:(F)" | Out-Null

$machine = $machines | Where-Object { Test-Port $_ $sshPort 3000 } | Select-Object -First 1
if (-not $machine) { Stop-With $texts.NO_MACHINE }
# The files are named without their folder: its path may hold blanks and letters of any language.
$arguments = @(
    '-N', '-T', '-F', 'none', '-i', "$id.key", '-p', "$sshPort",
    '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-o', 'BatchMode=yes',
    '-o', 'HostKeyAlias=daybreak', '-o', "UserKnownHostsFile=$id.known", '-o', "StrictHostKeyChecking=$check",
    '-o', 'UpdateHostKeys=no', '-o', 'ExitOnForwardFailure=yes', '-o', 'ConnectTimeout=10',
    '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=3',
    '-L', "127.0.0.1:${port}:127.0.0.1:${port}", "$user@$machine"
)
while ($true) {
    $began = Get-Date
    $tunnel = Start-Process -FilePath $ssh -ArgumentList $arguments -NoNewWindow -PassThru -WorkingDirectory $here
    while (-not $tunnel.HasExited -and -not (Test-Port '127.0.0.1' $port 300) -and
           (Get-Date) -lt $began.AddSeconds(20)) { Start-Sleep -Milliseconds 200 }
    if (-not $tunnel.HasExited -and -not $opened) {
        $opened = $true
        Start-Process $address
        Write-Host $texts.OPEN
    }
    $tunnel.WaitForExit()
    if ((Get-Date) -gt $began.AddSeconds(60)) { $short = 0 }
    $short += 1
    if (-not $opened -or $short -ge 5) { Stop-With $texts.REFUSED }
    Write-Host $texts.AGAIN
    Start-Sleep -Seconds 5
}
