"""The status page while the worker is down: plugin:heartbeat writes it, under a real circusd."""

from collections.abc import Callable

from tests.rig import Circusd, wait_until
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.status import page, snapshot
from worker.status.snapshot import Snapshot
from worker.status.verdict import Tone

Make = Callable[..., Circusd]


def shown(circus: Circusd, health: str, tone: Tone, words: str) -> Snapshot | None:
    """Return what the page shows once it has this colour and says these words."""
    found = snapshot.read(circus.data)
    if found is None or (found.verdict.health, found.verdict.tone) != (health, tone):
        return None
    if words not in reasons.say(found.doing, Language.KO):
        return None
    return found if words in (circus.data / page.NAME).read_text(encoding="utf-8") else None


def test_the_guard_writes_the_page_when_no_worker_does(make: Make) -> None:
    with make(settings={"REPORT_LANGUAGE": "ko"}) as circus:
        first = circus.beating()
        circus.ctl("stop", "worker")
        wait_until("a yellow page", lambda: shown(circus, "down", Tone.LOOK, "중지되어 있습니다"))

        circus.ctl("start", "worker")
        circus.beating(other_than=first)
        circus.tell("hang")
        wait_until("a red page", lambda: shown(circus, "down", Tone.BAD, "응답이 없어 새로 시작하고 있습니다"))
