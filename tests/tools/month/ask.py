"""What a ledger asks: about every row that waits for a person, and about a list that is not believed."""

import json
from datetime import datetime

from tests.tools.month.judge import Asked
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.payments.payment import parse_amount, parse_time


def asked_in(ledger: Ledger) -> list[Asked]:
    """Return every row that waits for a person: held, refused, in doubt, or covered by no rule."""
    found = [_asked(entry) for entry in ledger.in_state(State.HELD, State.REJECTED, State.IN_DOUBT)]
    return found + [_odd(one.row, one.why) for one in ledger.open_oddities()]


def answer_list(ledger: Ledger, *, at: datetime) -> str:
    """Say that the new rows of a list that is not believed are the known payments; return the question, or ""."""
    asked = ledger.brake()
    if asked is None:
        return ""
    pairs = asked["pairs"]
    assert isinstance(pairs, dict)
    same = {row: keys[0] for row, keys in pairs.items()}
    ledger.answer_brake(same, by="the month", why="the ERP shows them with another second", at=at)
    return f"{asked['text']}"


def _asked(entry: Entry) -> Asked:
    payment = entry.payment
    return Asked(
        at=payment.time,
        payer=payment.payer,
        amount=payment.amount,
        status=str(payment.kind),
        number=payment.approval_no,
        why=f"{entry.state}: {entry.why}",
    )


def _odd(row: str, why: str) -> Asked:
    shown = json.loads(row)
    return Asked(
        at=parse_time(shown["time"]),
        payer=shown["payer"],
        amount=parse_amount(shown["amount"]),
        status=shown["status"],
        number=shown["approval_no"],
        why=f"odd: {why}",
    )
