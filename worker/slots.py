"""What became of each time at which a cycle was due: every one is a row in the ledger, none is forgotten.

The worker keeps the rows while it waits. What it could not run is closed as missed, with the reason that the ledger
and its own clocks know: asleep, paused, catching up, clock set, locked or down.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from worker import schedule
from worker.journal import Journal, SlotState
from worker.loop import LATE, Outcome

log = logging.getLogger(__name__)

#: Slots of a longer absence are not written down.
LONGEST_ABSENCE = timedelta(days=60)

#: Exit code of a worker that found the lock held.
LOCK_HELD = 75

#: A guard notes a sleep so long after the machine woke, at most.
NOTICED = timedelta(seconds=60)

ASLEEP = "asleep"
CATCHING_UP = "catching up"
LOCKED = "locked"
DOWN = "down"
CLOCK_SET = "clock set"

#: Reasons that somebody chose or that explain themselves: nobody is told.
QUIET = (ASLEEP, CATCHING_UP, "paused")


class Slots:
    """The slots of one worker on one ledger; `started` is when this worker was."""

    def __init__(self, journal: Journal, plan: schedule.Plan, *, started: datetime) -> None:
        self._journal = journal
        self._plan = plan
        self._started = started
        #: When the machine slept while this worker ran: from, to.
        self._sleeps: list[tuple[datetime, datetime]] = []
        known = journal.slots_known_until()
        # A demo that does not run is expected by nobody.
        self._until = started if known is None or plan.demo else max(known, started - LONGEST_ABSENCE)
        if known is None or plan.demo:
            last = schedule.last_slot(started, plan)
            first = [last.at] if last is not None and schedule.is_open(started, plan) else []
            journal.expect_slots(first, until=started)

    def slept(self, until: datetime, seconds: float) -> None:
        """Note that the machine slept for so many seconds until now, or until a moment ago: since the last look."""
        since = min(self._until, until - timedelta(seconds=seconds))
        self._sleeps = [*self._sleeps[-20:], (since, until)]

    def keep(self, now: datetime) -> None:
        """Write down what has become due, and close what can't run any more. Raises LedgerError.

        Call it before each cycle, too: a slot must stand there to be closed.
        """
        if now < self._until:
            return
        due = [one.at for one in schedule.between(self._until, now, self._plan)]
        if due:
            self._journal.expect_slots(due, until=now)
        self._until = now
        current = schedule.last_slot(now, self._plan)
        if current is None:
            return
        can_run = schedule.is_open(now, self._plan) or now - current.at < LATE
        last_call = current.at if can_run else current.at + timedelta(milliseconds=1)
        missed = self._journal.open_slots(last_call)
        if missed:
            wishes = [one for one in self._journal.incidents(missed[0].at - LONGEST_ABSENCE) if one["kind"] == "wish"]
            for slot in missed:
                self._miss(slot.at, self._why(slot.at, wishes), now)

    def close(self, slot: schedule.Slot, outcome: Outcome, *, now: datetime, why: str, cycle: int | None) -> None:
        """Write down how the cycle of a slot ended. A stopped one leaves it open: the next worker makes it up."""
        state = {
            Outcome.RAN: SlotState.RAN,
            Outcome.FAILED: SlotState.FAILED,
            Outcome.SKIPPED: SlotState.SKIPPED,
        }.get(outcome)
        if state is not None and not slot.test:
            self._journal.close_slot(slot.at, state, now=now, why=why, cycle=cycle)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _miss(self, at: datetime, why: str, now: datetime) -> None:
        self._journal.close_slot(at, SlotState.MISSED, now=now, why=why)
        local = at.astimezone(self._plan.zone)
        log.warning("the cycle of %s was missed: %s", f"{local:%Y-%m-%d %H:%M}", why)
        if not why.startswith(QUIET):
            self._journal.raise_alarm(
                "slot", f"the cycle of {local:%Y-%m-%d %H:%M} was missed: {why}", at=now, facts={"slot": at.isoformat()}
            )

    def _why(self, at: datetime, wishes: Sequence[Mapping[str, object]]) -> str:
        if any(start <= at <= end for start, end in self._sleeps) or self._slept_before(at):
            return ASLEEP
        if by := _stopped_by(at, wishes):
            return f"paused by {by}"
        if self._journal.cycle_at(at) is not None:
            return CATCHING_UP
        if at >= self._started:
            return CLOCK_SET  # this worker has waited ever since, and for that time it never was
        return LOCKED if self._found_lock(at) else DOWN

    def _slept_before(self, at: datetime) -> bool:
        """True when a guard noted a sleep of the machine over that moment."""
        for one in self._journal.incidents(at):
            facts = one["facts"]
            if one["kind"] == "sleep" and isinstance(facts, dict):
                woke = datetime.fromisoformat(str(one["at"]))
                if woke - timedelta(seconds=float(facts.get("seconds", 0))) - NOTICED <= at <= woke:
                    return True
        return False

    def _found_lock(self, at: datetime) -> bool:
        """True when the last worker that ended before then had found the lock held."""
        ends = [
            one["facts"]
            for one in self._journal.incidents(at - timedelta(days=1))
            if one["kind"] == "end" and str(one["at"]) <= self._journal.text_of(at)
        ]
        last = next((facts for facts in reversed(ends) if isinstance(facts, dict)), {})
        return last.get("watcher") == "worker" and last.get("code") == LOCK_HELD


def _stopped_by(at: datetime, wishes: Sequence[Mapping[str, object]]) -> str:
    """Return who had stopped or paused the worker at that moment, or an empty text."""
    said = [one for one in wishes if datetime.fromisoformat(str(one["at"])) <= at]
    facts = said[-1]["facts"] if said else {}
    if not isinstance(facts, dict) or facts.get("wanted") not in ("paused", "stopped"):
        return ""
    until = facts.get("until")
    if facts["wanted"] == "paused" and until and datetime.fromisoformat(str(until)) <= at:
        return ""
    return str(facts.get("by") or "an operator")
