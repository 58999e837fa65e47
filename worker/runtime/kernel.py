"""What we ask of the kernel: end with our parent, take in the children of children (prctl(2))."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(number: signal.Signals, *, parent: int | None = None) -> None:
    """Be sent this signal when the parent ends; at once if it has ended already. Raises OSError.

    `parent`: who it was, if that is known; else whoever it is now, but no process 1.
    """
    expected = parent or os.getppid()
    _prctl(_PR_SET_PDEATHSIG, number)
    # It may have died before the line above: then the signal would never be sent.
    if os.getppid() != expected or (parent is None and expected == 1):
        os.kill(os.getpid(), number)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, however detached it is. Raises OSError."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
