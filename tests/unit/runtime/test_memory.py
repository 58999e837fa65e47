"""What a cycle took goes back when it is over."""

import gc
import weakref

from worker.runtime import memory


class Ring:
    """Refers to itself: only the collector finds it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_nobody_refers_to_any_more_is_gone_after_a_cycle() -> None:
    gc.disable()
    try:
        memory.share_heaps()
        ring = weakref.ref(Ring())
        assert ring() is not None

        memory.give_back()

        assert ring() is None
    finally:
        gc.enable()
