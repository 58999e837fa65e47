"""Keeps the always-on worker small: what a cycle took goes back to the system when it is over."""

import ctypes
import gc
from contextlib import suppress

#: mallopt(3): maximum number of heaps. The relay's short-lived threads would each leave one of their own behind.
_ARENA_MAX, _ARENAS = -8, 2

#: mallopt(3): blocks of this size and more are given back as soon as they are free (bytes). glibc else raises the limit
#: to the largest block that was ever freed, and keeps what lies below it.
_MMAP_THRESHOLD, _LARGE = -3, 1 << 20


def share_heaps() -> None:
    """Have all threads share a few heaps; call it before the first of them. Does nothing without glibc."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)


def keep_no_large_blocks() -> None:
    """Have each large block go back to the system when it is free. Does nothing without glibc."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Collect what is not referred to any more, and give free memory back. Takes some 20 ms."""
    gc.collect()
    trim()


def trim() -> None:
    """Give back what is free already. Takes less than a millisecond; does nothing without glibc."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
