"""Finds the Chromium that the worker drives, and says how to start it. Never imports Playwright.

`python -m worker.admin.chromium` prints the path; with `--check` it also makes sure that it runs.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from worker.errors import DaybreakError
from worker.i18n import message

#: Programs as their packages name them, the likeliest first.
PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
)

#: Where packages put them, for a service that runs with a short PATH. The snap comes last: it has a /tmp of its own.
PLACES = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
    "/opt/microsoft/msedge/msedge",
    "/snap/bin/chromium",
)

#: Where Playwright unpacks them, relative to its folder of browsers; the names changed over the years.
DOWNLOADS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium_headless_shell-*/chrome-*linux*/*headless[_-]shell",
)

#: What Chromium does by itself: traffic that has no business on an accountant's machine.
QUIET = (
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

#: Features that are switched off by Playwright. Chromium obeys the last `--disable-features` alone, which is ours.
OFF_BY_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
)

#: The pop-ups of the address bar, pages of their own that nobody sees: half of what opening a window costs.
ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")

#: Below this, in bytes, pages crash for want of shared memory (a container's default is 64 MB).
SMALL_SHARED_MEMORY = 512 * 1024 * 1024

#: Seconds `--version` may take; a snap's first start is slow.
VERSION_WITHIN = 10.0

HOW_TO_GET_ONE = message("./scripts/start --setup-only gets one; or name yours: CHROMIUM = /path in var/local.ini")


class ChromiumMissing(DaybreakError):
    """There is no Chromium here that could be started. The text says where we looked and what to type."""


def find_chromium(configured: str | None = None) -> Path:
    """Return the Chromium to drive: the configured one, else Playwright's newest, else the system's.

    Starts nothing. Raises ChromiumMissing when there is none, or when the configured one is not a program.
    """
    if configured:
        chosen = Path(configured).expanduser()
        if not is_program(chosen):
            raise ChromiumMissing(
                message(
                    "looking for Chromium: CHROMIUM = {path} is not a program that can be started. "
                    "Correct it in var/local.ini, or leave it empty to have one found",
                    path=configured,
                )
            )
        return chosen
    for found in (*downloaded(), *installed()):
        if is_program(found) and not is_stub(found):
            return found
    raise ChromiumMissing(
        message(
            "looking for Chromium: none in {folder} (Playwright's), none on PATH ({names}), none in {places}. {cure}",
            folder=str(downloads_folder()),
            names=", ".join(PROGRAMS),
            places=", ".join(PLACES),
            cure=HOW_TO_GET_ONE,
        )
    )


def is_program(path: Path) -> bool:
    """True for a file that we may execute."""
    return path.is_file() and os.access(path, os.X_OK)


def is_stub(path: Path) -> bool:
    """True for Ubuntu's chromium-browser, a script that only asks for the snap, while the snap is missing."""
    with path.open("rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and b"/snap/bin/chromium" in start and not is_program(Path("/snap/bin/chromium"))


def downloads_folder() -> Path:
    """Return the folder into which `playwright install` puts browsers."""
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if named == "0":  # Playwright's word for: inside its own package
        package = importlib.util.find_spec("playwright")
        inside = Path(package.origin).parent if package and package.origin else Path("playwright")
        return inside / "driver" / "package" / ".local-browsers"
    if named:
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def downloaded() -> list[Path]:
    """Return Playwright's Chromiums, the newest first; of one revision, the full browser before the shell."""
    found: list[tuple[int, int, Path]] = []
    for rank, pattern in enumerate(DOWNLOADS):
        for program in downloads_folder().glob(pattern):
            folder = program.parent.parent
            revision = re.search(r"-(\d+)$", folder.name)
            # Playwright writes the marker last: without it, the download broke off.
            if revision and (folder / "INSTALLATION_COMPLETE").exists():
                found.append((-int(revision[1]), rank, program))
    return [program for _, _, program in sorted(found)]


def installed() -> Iterator[Path]:
    """Yield where the system's packages put their browsers, programs on PATH first."""
    for name in PROGRAMS:
        if program := shutil.which(name):
            yield Path(program)
    yield from map(Path, PLACES)


def launch_flags() -> list[str]:
    """Return the flags this machine needs beyond Playwright's own."""
    flags = [*QUIET, f"--disable-features={','.join(OFF_BY_PLAYWRIGHT + ADDRESS_BAR)}"]
    if os.geteuid() == 0:  # Chromium's sandbox refuses to run as root
        flags.append("--no-sandbox")
    if has_little_shared_memory():
        flags.append("--disable-dev-shm-usage")
    return flags


def has_little_shared_memory(folder: Path = Path("/dev/shm")) -> bool:
    """True when pages would run out of shared memory there."""
    try:
        return shutil.disk_usage(folder).total < SMALL_SHARED_MEMORY
    except OSError:
        return True


def why_not_running(chromium: Path, *, within: float = VERSION_WITHIN) -> str | None:
    """Start it with `--version` and say why it does not run, or return None when it does."""
    try:
        trial = subprocess.Popen(
            [chromium, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return str(error)
    with trial:
        try:
            said = trial.communicate(timeout=within)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            os.killpg(trial.pid, signal.SIGKILL)  # it is often a script: the program behind it must end too
            return f"gave no answer to --version within {within:g} s"
    if trial.returncode == 0:
        return None
    return f"--version ended with exit code {trial.returncode}: {' '.join(said.split())[-300:]}"
