"""The office around one worker: time that passes, the list as people change it, what waits for them, what they say."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from tests.fakes import FakeErp, Listed, Worker
from worker.errors import DaybreakError, ListDoubted, PasteLost
from worker.ledger.entry import Entry
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments.payment import PaymentKind

#: An old payment that stays listed, so that everything younger stands inside the window.
ANCHOR = "첫 손님"


def again(worker: Worker, *, cycles: int = 1, minutes: float = 30) -> None:
    """Run more cycles, each so many minutes after the last; what one raises is noted by the ledger alone."""
    for _ in range(cycles):
        worker.clock.advance(minutes=minutes)
        try:
            worker.run_cycle()
        except DaybreakError:
            continue


def see_unsent(worker: Worker) -> None:
    """Run a cycle that reads and decides, and whose upload is certainly not sent: what is new stays unsent."""
    uploads = worker.erp.uploads
    worker.clock.advance(minutes=30)

    def lose() -> None:
        raise PasteLost("the grid does not take the paste")

    worker.erp.meanwhile["upload"] = lose
    with suppress(PasteLost):
        worker.run_cycle()
    worker.erp.meanwhile.pop("upload", None)
    assert worker.erp.uploads == uploads


def deposits(erp: FakeErp) -> list[tuple[str, int]]:
    """Return (payer, won) of every slip but the oldest payment's, sorted."""
    return [one for one in erp.books() if one[0] != ANCHOR]


def won(erp: FakeErp) -> list[int]:
    """Return the won of every slip but the oldest payment's, sorted."""
    return sorted(amount for _, amount in deposits(erp))


def held(worker: Worker) -> list[Entry]:
    """Return what waits for a person, oldest first."""
    return worker.ledger.in_state(State.HELD)


def whys(worker: Worker) -> list[str]:
    """Return the reasons, by their ids, of what waits for a person."""
    return [str(getattr(one.why, "id", one.why)) for one in held(worker)]


def entries(worker: Worker) -> list[Entry]:
    """Return everything that the ledger knows but the oldest payment, in the order in which it was listed."""
    found = worker.ledger.known(since=min(one.at for one in worker.erp.rows))
    return [one for one in found.values() if one.payment.payer != ANCHOR]


def entry_of(worker: Worker, row: Listed) -> Entry:
    """Return what the ledger has of a listed row as it stands."""
    kind = PaymentKind.CANCELLATION if row.status == "취소" else PaymentKind.APPROVAL
    (found,) = [
        one
        for one in worker.ledger.alike(row.payer, row.amount)
        if (one.payment.time, one.payment.kind, one.payment.approval_no) == (row.at, kind, row.approval_no)
    ]
    return found


def key_of(worker: Worker, row: Listed) -> str:
    """Return the key under which the ledger knows a listed row as it stands."""
    return entry_of(worker, row).payment.key


def say(worker: Worker, key: str, verdict: RowVerdict) -> None:
    """Settle what waits, as `daybreak resolve` does."""
    worker.ledger.resolve(key, verdict, by="kim", why="looked", at=worker.clock())


def is_asked(worker: Worker) -> str:
    """Run a cycle that must end with a question about the whole list; return which brake asked."""
    worker.clock.advance(minutes=30)
    try:
        worker.run_cycle()
    except ListDoubted:
        asked = worker.ledger.brake()
        assert asked is not None
        return str(asked["brake"])
    raise AssertionError("the list was believed")


def answer(worker: Worker, *, same: bool) -> None:
    """Answer a question about the whole list: all its rows are the known payments, or none of them is."""
    asked = worker.ledger.brake()
    assert asked is not None
    pairs = asked["pairs"]
    assert isinstance(pairs, dict)
    said = {row: keys[0] for row, keys in pairs.items()} if same else {}
    worker.ledger.answer_brake(said, by="kim", why="looked", at=worker.clock())


def copy(erp: FakeErp, row: Listed, **changes: object) -> Listed:
    """List one more row like another, but for these fields."""
    made = replace(row, **changes)  # type: ignore[arg-type] # dataclasses.replace checks the names itself
    erp.rows.append(made)
    return made


def many(erp: FakeErp, count: int, payer: str = "손님", *, minutes_ago: float = 10) -> Sequence[Listed]:
    """List so many payments, one a second, each of a payer, an amount and a number of its own."""
    return [
        erp.approve(f"{payer} {one}", 10_000 + 100 * one, minutes_ago=minutes_ago - one / 60) for one in range(count)
    ]
