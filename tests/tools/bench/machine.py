"""Names the machine that the figures are from: what it is, and how busy it was with other work."""

import os
import platform
import subprocess
from contextlib import suppress
from pathlib import Path

from worker.browser.chromium import ChromiumMissing, find_chromium


def facts() -> dict[str, object]:
    """Return what matters of this machine."""
    return {
        "cpu": _value("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int((_value("/proc/meminfo", "MemTotal") or "0").split()[0]) // 1024,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "chromium": _chromium(),
        "load": [round(one, 1) for one in os.getloadavg()],
    }


def sentence(found: dict[str, object]) -> str:
    """Say it in one line."""
    load = found["load"]
    busy = f"load {load[0]} at the start" if isinstance(load, list) else ""
    return (
        f"{found['cpu']}, {found['cores']} cores, {found['memory_mb']} MB, {found['system']}, "
        f"Python {found['python']}, {found['chromium']}, {busy}"
    )


def _value(path: str, name: str) -> str:
    with suppress(OSError):
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return ""


def _chromium() -> str:
    try:
        program = find_chromium()
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20)
    except (ChromiumMissing, OSError, subprocess.TimeoutExpired):
        return "no Chromium"
    return done.stdout.strip() or str(program.name)
