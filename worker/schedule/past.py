"""What the ledger knows of earlier cycles."""

from datetime import datetime

from worker.ledger.ledger import Ledger
from worker.schedule.loop import Outcome, Past


def past_of(ledger: Ledger) -> Past:
    """Read from the ledger what matters of earlier cycles."""
    good = ledger.last_cycles(1, outcome=Outcome.RAN)
    last_good = datetime.fromisoformat(str(good[0]["started"])) if good else None
    failures, failed_at = 0, None
    for cycle in ledger.last_cycles(20):
        if cycle["outcome"] != Outcome.FAILED:
            break
        failures += 1
        failed_at = failed_at or datetime.fromisoformat(str(cycle["ended"] or cycle["started"]))
    return Past(last_good=last_good, failed_at=failed_at, failures=failures)
