"""Keeps the always-on worker small: what a cycle took goes back to the system when it is over."""

import ctypes
import gc
from contextlib import suppress

#: mallopt(3): at most so many heaps. The relay's short-lived threads would each leave one of their own behind.
_ARENA_MAX, _ARENAS = -8, 2


def share_heaps() -> None:
    """Have all threads share a few heaps; call it before the first of them. Does nothing without glibc."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Find what nobody refers to any more, and give free memory back. Takes some 20 ms."""
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
