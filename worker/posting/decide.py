"""What becomes of each payment after a reading: the rules of judgement, pure, over one snapshot of lists and ledger."""

from dataclasses import replace
from datetime import datetime, timedelta

from worker.ledger.state import State
from worker.posting import brakes
from worker.posting.cancellations import Approvals
from worker.posting.chains import chains
from worker.posting.decision import Decision
from worker.posting.fresh_rows import FreshRows
from worker.posting.judge import is_booked
from worker.posting.known_rows import KnownRows
from worker.posting.snapshot import Snapshot, Tab
from worker.posting.unlisted import Unlisted

#: Longest interval of readings of 회계반영, as far back as 미반영 goes and what was posted before it.
REFLECTED_EVERY = timedelta(days=1)


def decide(snapshot: Snapshot) -> Decision:
    """Judge every row of one complete reading. Raises MoreNeeded for a tab that a rule needs."""
    return _Judge(snapshot).decide()


class _Judge(KnownRows, FreshRows, Unlisted):
    def decide(self) -> Decision:
        snapshot, matched = self._snapshot, self._matched
        self._read_daily()
        asked = brakes.question(snapshot, matched, self._edits, self._presence)
        if asked is not None:
            return Decision(question=asked)
        self._follow_answer()
        places = self._edits.places
        rows = [replace(one, key=places.get(one.key, one.key)) for one in matched.fresh]
        forms = chains(snapshot.pairings)
        self._approvals = Approvals(snapshot.entries.values(), rows, forms, snapshot.rules, snapshot.by_hand)
        self._judge_known()
        self._judge_fresh()
        self._judge_unlisted()
        self._judge_reflected()
        listed = {**matched.rows, **{one.key: one for one in matched.fresh}}
        listed |= matched.failed
        listed = {places.get(key, key): row for key, row in listed.items()}
        return Decision(
            steps=tuple(self._steps),
            listed={key: replace(row, key=key) for key, row in listed.items()},
            fresh=frozenset(one.key for one in matched.fresh if one.key not in places),
            failed=(*matched.failed.values(), *(one for one in matched.fresh if one.key in matched.fresh_failed)),
            deferred=tuple(matched.deferred),
            read_reflected=self._has_read_reflected(),
        )

    def _follow_answer(self) -> None:
        """Let the rows that a person calls the same take the place of what was never sent."""
        answer = self._snapshot.answer
        for row, key in (answer.same if answer is not None else {}).items():
            entry = self._snapshot.entries.get(key)
            is_unsent = entry is not None and entry.state in (State.SEEN, State.HELD) and not entry.excluded
            if is_unsent and row in self._edits.candidates and key not in self._edits.places.values():
                del self._edits.candidates[row]
                self._edits.places[row] = key

    def _read_daily(self) -> None:
        last, since = self._snapshot.last, self._daily_since()
        if since is None or last is None:
            return
        if last.reflected_at is None or self._snapshot.now - last.reflected_at >= REFLECTED_EVERY:
            self._snapshot.tab(Tab.REFLECTED, since)

    def _has_read_reflected(self) -> bool:
        reading, since = self._snapshot.tabs.get(Tab.REFLECTED), self._daily_since()
        return reading is not None and since is not None and (reading.rows is None or reading.since <= since)

    def _daily_since(self) -> datetime | None:
        """Return how far back 회계반영 is read once a day: to the oldest open row, and to what was posted before it.

        An approval that was reflected is not open any more, and may be older than every row that is.
        """
        window, reach = self._presence.window, self._snapshot.reach
        if reach is None:
            return window
        booked = (
            one.payment.time
            for one in self._snapshot.entries.values()
            if is_booked(one) and one.payment.time >= reach and not self._presence.is_listed(one.payment.key)
        )
        return min((*booked, *([window] if window else ())), default=None)
