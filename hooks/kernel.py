"""What we ask of the kernel: end with our parent, take in the children of children (prctl(2))."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Be sent this signal when the process `parent` ends; end now if it has ended already."""
    _prctl(_PR_SET_PDEATHSIG, number)
    # It may have died before the line above: then nobody would ever send the signal.
    if os.getppid() != parent:
        raise SystemExit(f"the parent (pid {parent}) has ended; so does pid {os.getpid()}")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, however detached it is."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
