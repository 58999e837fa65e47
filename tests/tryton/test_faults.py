"""Single calls that get lost, come late or twice, servers and sessions that end: the books must come out right."""

from pathlib import Path

import pytest

from tests.tryton.desk import Desk
from tests.tryton.proxy import Fault, FaultProxy
from tests.tryton.server import TrytonServer
from worker.erp.tryton.wire import CREATE, POST, VALIDATE

#: The call by which posted lines are looked up.
LOOK_UP = "model.account.statement.line.group.search"

#: Cycles in which three faults, one after the other, must have been overcome.
CYCLES = 12


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
def test_whatever_becomes_of_the_three_writes_each_payment_is_posted_once_and_nothing_is_left(
    fault: Fault, server: TrytonServer, proxy: FaultProxy, folder: Path
) -> None:
    server.keep_only(2)
    for method in (CREATE, VALIDATE, POST):
        proxy.fault(method, fault)

    # With a batch for each payment one is in doubt while the other one is struck.
    with Desk(folder, proxy.port, BATCH_ROWS="1") as desk:
        ends = desk.until_done(cycles=CYCLES)
        if proxy.wait():
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


@pytest.mark.parametrize("fault", [Fault.DROP_REQUEST, Fault.UNAVAILABLE], ids=lambda fault: fault.name.lower())
def test_a_list_that_the_server_did_not_answer_is_not_taken_for_an_empty_one(
    fault: Fault, server: TrytonServer, proxy: FaultProxy, folder: Path
) -> None:
    server.keep_only(1)
    proxy.fault(POST, Fault.DROP_ANSWER)

    with Desk(folder, proxy.port) as desk:
        desk.cycle()
        for _ in range(2):  # two look-ups that agree would settle the doubt
            proxy.fault(LOOK_UP, fault)
            desk.cycle()
        ends = desk.until_done(cycles=CYCLES)

    assert (LOOK_UP, fault) in proxy.struck
    assert not server.why_wrong(), "\n".join(ends)


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
