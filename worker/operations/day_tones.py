"""Which days went well: a calendar of the reports, without making them."""

from collections.abc import Sequence
from datetime import date, timedelta

from worker.config.settings import Settings
from worker.i18n.language import Language
from worker.ledger.state import State
from worker.reports import assessment, figures
from worker.reports.figures import midnight
from worker.reports.records import Records
from worker.status.verdict import Tone


def tones(settings: Settings, days: Sequence[date]) -> dict[date, Tone]:
    """Return how each day went, of those that have begun and that the ledger knows. Raises LedgerError.

    What waits for a person counts for today, as on the screen Today, and for the day of the payment. A report made now
    of another day names it as well: there it would leave no day of the month good.
    """
    now, found = settings.now(), {}
    with Records(settings.data_dir, read_only=True) as records:
        held = [one.payment.time for one in records.in_state(State.HELD, State.IN_DOUBT, State.REJECTED)]
        odd = [one.seen_at.astimezone(settings.zone).date() for one in records.odd_rows() if one.settled_at is None]
        waits = [*(at.astimezone(settings.zone).date() for at in held), *odd]
        for day in days:
            if day > now.date():
                continue
            since, until = (midnight(one, settings.zone) for one in (day, day + timedelta(days=1)))
            read = figures.read(records, since, until, now=now, zone=settings.zone)
            if read.is_known:
                count = len(waits) if day == now.date() else waits.count(day)
                found[day] = assessment.assess(read, count, Language.EN).verdict.tone
    return found
