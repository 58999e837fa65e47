"""How things stand, as one snapshot."""

from worker.status import look as looking
from worker.status.snapshot import Snapshot


def look() -> Snapshot:
    """Look at everything. Never raises for what is broken: that is what it tells."""
    return looking.look()
