"""Single calls that get lost, come late or twice, servers and sessions that end: the books must come out right."""

from pathlib import Path

import pytest

from tests.tryton.desk import Desk
from tests.tryton.proxy import Fault, FaultProxy
from tests.tryton.server import TrytonServer
from worker.erp.tryton.wire import CREATE, POST, VALIDATE

#: Cycles in which three faults, one after the other, must have been overcome.
CYCLES = 12


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
def test_whatever_becomes_of_the_three_writes_each_payment_is_posted_once_and_nothing_is_left(
    fault: Fault, server: TrytonServer, proxy: FaultProxy, folder: Path
) -> None:
    server.keep_only(2)
    for method in (CREATE, VALIDATE, POST):
        proxy.fault(method, fault)

    with Desk(folder, proxy.port) as desk:
        ends = desk.until_done(cycles=CYCLES)
        proxy.wait()
        desk.cycle()  # what came late is mended in the next cycle

    assert {method for method, _ in proxy.struck} == {CREATE, VALIDATE, POST}
    assert not server.why_wrong(), "\n".join(ends)


def test_a_call_that_the_client_repeats_by_itself_is_stopped_at_the_gate(
    server: TrytonServer, proxy: FaultProxy, folder: Path
) -> None:
    server.keep_only(2)
    proxy.fault(CREATE, Fault.UNAVAILABLE)

    with Desk(folder, proxy.port) as desk:
        desk.cycle()

    assert proxy.passed.count(CREATE) == 1


def test_a_worker_that_ends_between_two_writes_leaves_nothing_half_done(
    server: TrytonServer, proxy: FaultProxy, folder: Path
) -> None:
    server.keep_only(2)
    proxy.fault(VALIDATE, Fault.DROP_REQUEST)

    with Desk(folder, proxy.port) as desk:
        desk.cycle()
        left = server.statements()
        desk.restart()
        ends = desk.until_done(cycles=CYCLES)

    assert left == ["draft"]
    assert not server.why_wrong(), "\n".join(ends)
