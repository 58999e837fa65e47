"""One process of a real tree is replaced by an order: the fresh one is there when the order has returned."""

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.rig import Circusd
from worker.operations import orders
from worker.operations.orders import Place
from worker.runtime import desired_state, installation, spool
from worker.runtime.circus_client import NotDone
from worker.runtime.desired_state import DesiredState

Make = Callable[..., Circusd]


def place(circus: Circusd, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv(installation.INI_VARIABLE, str(circus.ini))
    return Place(data=circus.data, now=datetime.now().astimezone())


@pytest.mark.parametrize("name", ["worker", "plugin:heartbeat"])
def test_a_restart_returns_when_a_fresh_process_is_there_and_tells_who_asked(
    make: Make, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with make() as circus:
        circus.beating()
        before = circus.pid(name)

        done = orders.restart(place(circus, monkeypatch), name, by="kim")

        after = circus.pid(name)
        assert after not in (None, before)
        assert done.said == (f"{name} was restarted (pid {after}).",)
        assert desired_state.read(circus.data).wanted is DesiredState.RUNNING
        told = [content["text"] for _, content in spool.waiting(circus.data) if content["kind"] == "order"]
        assert told == [f"{name} is restarted by kim"]


def test_a_paused_worker_and_an_unknown_process_are_not_restarted(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    with make() as circus:
        first = circus.beating()
        here = place(circus, monkeypatch)
        with pytest.raises(NotDone, match=r"no such process\. There are: .*worker"):
            orders.restart(here, "wroker", by="kim")
        assert circus.pid() == first
        orders.pause(here, "2h", by="kim")

        with pytest.raises(NotDone, match=r"paused until .* by kim .*daybreak resume"):
            orders.restart(here, "worker", by="lee")

        assert orders.wanted(here).wanted is DesiredState.PAUSED
        assert circus.pid() is None
