"""The status page while the worker is down: plugin:heartbeat writes it, under a real circusd."""

from collections.abc import Callable

from tests.rig import Circusd, wait_until
from worker.status import page
from worker.status.page import View

Make = Callable[..., Circusd]


def shown(circus: Circusd, health: str, words: str) -> View | None:
    """Return the page once it has this colour and says these words."""
    found = page.read(circus.data / page.NAME)
    return found if found is not None and found.health == health and words in found.doing else None


def test_the_guard_writes_the_page_when_no_worker_does(make: Make) -> None:
    with make(settings={"REPORT_LANGUAGE": "ko"}) as circus:
        first = circus.beating()
        circus.ctl("stop", "worker")
        wait_until("a yellow page", lambda: shown(circus, "degraded", "중지되어 있습니다"))

        circus.ctl("start", "worker")
        circus.beating(other_than=first)
        circus.tell("hang")
        wait_until("a red page", lambda: shown(circus, "down", "응답이 없어 새로 시작하고 있습니다"))
