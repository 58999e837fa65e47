"""Says which process a pid means: a pid alone is reused, and has killed strangers in more than one project."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@cache
def boot_id() -> str:
    """Return the id of this boot of the machine (kernel, /proc/sys/kernel/random/boot_id)."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def start_ticks(pid: int) -> int | None:
    """Return when the process started, in clock ticks since boot (field 22 of /proc/PID/stat), or None if it is gone.

    Unlike a start time in seconds of the day, this never changes when the clock is set.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The name, in brackets, may hold spaces and brackets: count from the last one.
    return int(stat[stat.rindex(b")") + 2 :].split()[19])


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One process, for ever: its pid, its start in clock ticks since boot, and the boot."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """Return the process that has this pid now, or None."""
        started = start_ticks(pid)
        return None if started is None else cls(pid=pid, started=started, boot=boot_id())

    @classmethod
    def own(cls) -> "Identity":
        """Return the identity of this process."""
        identity = cls.of(os.getpid())
        assert identity is not None, "a running process has a start time"
        return identity

    def is_alive(self) -> bool:
        """True while this very process exists, a zombie included."""
        return self == Identity.of(self.pid)

    def signal(self, number: int) -> bool:
        """Send a signal to this very process; return False if it is gone. Checks who has the pid right before."""
        if not self.is_alive():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True
