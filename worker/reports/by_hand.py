"""How what would have been posted compares with what a person posted by hand, for one time."""

from datetime import datetime

from worker.posting import comparison
from worker.posting.comparison import Looked, Score
from worker.reports.records import Records


def score(records: Records, since: datetime, end: datetime) -> Score | None:
    """Return the score of what was due, or done by hand alone, in this time; None where that was not compared."""
    times = records.shadow_times()
    if times is None or times.since >= end or times.last < since:
        return None
    span = Looked(since=times.since, now=times.last, reads_slips=times.reads_slips)
    found = comparison.compare(records.own_deposits(), records.hand_deposits(), span)
    return comparison.score_of(one for one in found if since <= one.at < end)
