"""The complete reading of the payment list."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from worker.i18n import message
from worker.payments.payment import KST, WINDOW, ListRow, ParsedList, parse_rows
from worker.posting.day_watch import news
from worker.posting.means import ERP_SAYS, Means, Part
from worker.runtime.heartbeat import Phase

log = logging.getLogger(__name__)


#: Rows of the list before an empty one that make the empty one worth an alarm.
MANY = 20


class ListReader(Part):
    """Reads the list, and tells people where it is not as one may expect."""

    def __init__(self, means: Means) -> None:
        super().__init__(means)
        self.read_at = means.now()

    def read(self) -> ParsedList:
        self._pulse(Phase.READING, message("reading the payments"), ERP_SAYS)
        # Rows are dated by the ERP's clock. With a clock of ours that is slow, what was listed long ago would be news.
        self.read_at = self._now() + timedelta(seconds=max(0.0, self._erp_ahead()))
        rows = self._erp.read_open(self._holds_the_last_reading)
        payments = parse_rows(rows)
        odd = [(json.dumps(asdict(one.row), ensure_ascii=False), one.why) for one in payments.oddities]
        for row, odd_why in self._ledger.note_oddities(odd, cycle=self._cycle, at=self._now()):
            log.error("a row that no rule covers is held for a person: %s: %s", odd_why, row)
        self.figures.listed = len(rows)
        self.figures.ignored = dict(payments.ignored)
        self.figures.odd = len(odd)
        self._watch_the_gap(len(rows))
        return payments

    def _holds_the_last_reading(self, rows: Sequence[ListRow]) -> bool:
        """True when all that the last complete reading held is still listed, or has left in a way that is known.

        Then the list is whole: new payments come at its other end.
        """
        last = self._ledger.entries(self._ledger.keys_listed_last())
        found = parse_rows(rows)
        places = {(one.time, one.amount, one.number or one.payer) for one in (*found.payments, *found.failed)}
        oldest = self._now().astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0) - WINDOW
        left = [
            entry.payment
            for entry in last.values()
            if entry.payment.time >= oldest
            and (entry.payment.time, entry.payment.amount, entry.payment.number or entry.payment.payer) not in places
        ]
        if not last or not left:
            return bool(last)
        reflected = parse_rows(self._erp.read_reflected(min(one.time for one in left))).counts
        return all(one.number and reflected[one.identity] for one in left)

    def _watch_the_gap(self, listed: int) -> None:
        """Raise an alarm when rows may have left the list unseen, or when a list of many is suddenly empty."""
        if self._last_good is not None and self._now() - self._last_good > WINDOW - timedelta(days=1):
            what = message(
                "the last complete reading was at {at}, and the list keeps a row for {days} days: rows may have left "
                "it unseen. Compare with the ERP",
                at=f"{self._last_good:%Y-%m-%d %H:%M}",
                days=WINDOW.days,
            )
            self._tell("gap in the list", what)
        before = self._ledger.last_cycles(1, outcome="ran")
        figures = before[0]["figures"] if before else {}
        many = figures.get("listed", 0) if isinstance(figures, dict) else 0
        if not listed and many >= MANY:
            what = message(
                "the list is empty, the reading before held {rows} rows. Look at it in the ERP", rows=str(many)
            )
            self._tell("empty list", what)

    def watch_the_day(self) -> None:
        """Raise an alarm, once, for a day that is far above every day before; it is posted like any other."""
        rules = self._rules
        for _, what in news(self._ledger, now=self._now(), most_won=rules.max_won, times=rules.max_day_times):
            self._tell("large day", what)

    def _tell(self, kind: str, what: str) -> None:
        log.error("%s: %s", kind, what)
        self._ledger.tell(kind, what, facts={"cycle": self._cycle}, at=self._now())
