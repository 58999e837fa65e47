"""What became of each time at which a cycle was due: every one is a row in the ledger, none is forgotten.

The worker keeps the rows while it waits. What it could not run is closed as missed, with the reason that the ledger
and its own clocks know: asleep, paused, catching up, locked, down, or a machine that was paused or put back.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from worker.i18n import message
from worker.ledger.journal import Journal, SlotState
from worker.runtime.exit_codes import LOCK_HELD
from worker.schedule import calendar
from worker.schedule.loop import LATE, Outcome

log = logging.getLogger(__name__)

#: Slots of a longer absence are not written down.
LONGEST_ABSENCE = timedelta(days=60)

#: Longest time from the machine's waking to a guard's note of the sleep.
NOTICED = timedelta(seconds=60)

ASLEEP = message("asleep")
CATCHING_UP = message("catching up")
LOCKED = message("locked")
DOWN = message("down")

#: The wall clock jumped and no other clock did: for that time this machine never was.
PUT_BACK = message("the machine was paused or put back")

#: A worker that was there all the time, beside clocks that all went on, and did nothing.
STOOD_STILL = message("the worker stood still")

#: What a guard's note of each kind says of the machine.
_LULLS = {"sleep": ASLEEP, "jump": PUT_BACK}

#: Reasons that somebody chose or that explain themselves: nobody is told.
QUIET = (ASLEEP, CATCHING_UP, "paused", PUT_BACK)


class Slots:
    """The slots of one worker on one ledger; `started` is when this worker was."""

    def __init__(self, journal: Journal, plan: calendar.Plan, *, started: datetime) -> None:
        self._journal = journal
        self._plan = plan
        self._started = started
        #: When the machine did not run while this worker was there: from, to, and why.
        self._lulls: list[tuple[datetime, datetime, str]] = []
        known = journal.slots_known_until()
        # A demo that does not run is expected by nobody.
        self._until = started if known is None or plan.demo else max(known, started - LONGEST_ABSENCE)
        if known is None or plan.demo:
            last = calendar.last_slot(started, plan)
            first = [last.at] if last is not None and calendar.is_open(started, plan) else []
            journal.expect_slots(first, until=started)

    def slept(self, until: datetime, seconds: float) -> None:
        """Note that the machine slept for so many seconds until now, or until a moment ago: since the last look."""
        self._note_lull(until, seconds, ASLEEP)

    def jumped(self, until: datetime, seconds: float) -> None:
        """Note that the wall clock jumped by so many seconds, and no other did, since the last look."""
        if seconds > 0:
            self._note_lull(until, seconds, PUT_BACK)

    def keep(self, now: datetime) -> None:
        """Write down what has become due, and close what can't run any more. Raises LedgerError.

        Call it before each cycle, too: a slot must stand there to be closed.
        """
        if now < self._until:
            return
        due = [one.at for one in calendar.between(self._until, now, self._plan)]
        if due:
            self._journal.expect_slots(due, until=now)
        self._until = now
        current = calendar.last_slot(now, self._plan)
        if current is None:
            return
        # In a planned silence nothing is missed yet: what is open may still run after it.
        can_run = calendar.is_business_time(now, self._plan) or now - current.at < LATE
        last_call = current.at if can_run else current.at + timedelta(milliseconds=1)
        missed = self._journal.open_slots(last_call)
        if missed:
            wishes = [one for one in self._journal.incidents(missed[0].at - LONGEST_ABSENCE) if one["kind"] == "wish"]
            for slot in missed:
                self._miss(slot.at, self._why(slot.at, wishes), now)

    def close(self, slot: calendar.Slot, outcome: Outcome, *, now: datetime, why: str, cycle: int | None) -> None:
        """Write down how the cycle of a slot ended. A stopped one leaves it open: the next worker makes it up."""
        state = {
            Outcome.RAN: SlotState.RAN,
            Outcome.FAILED: SlotState.FAILED,
            Outcome.SKIPPED: SlotState.SKIPPED,
        }.get(outcome)
        if state is not None and not slot.test:
            self._journal.close_slot(slot.at, state, now=now, why=why, cycle=cycle)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _note_lull(self, until: datetime, seconds: float, why: str) -> None:
        since = min(self._until, until - timedelta(seconds=seconds))
        self._lulls = [*self._lulls[-20:], (since, until, why)]

    def _miss(self, at: datetime, why: str, now: datetime) -> None:
        self._journal.close_slot(at, SlotState.MISSED, now=now, why=why)
        local = at.astimezone(self._plan.zone)
        log.warning("the cycle of %s was missed: %s", f"{local:%Y-%m-%d %H:%M}", why)
        # Nobody expects a demo to run, nor what one that ended had begun.
        if not why.startswith(QUIET) and not (self._plan.demo and at < self._started):
            what = message("the cycle of {slot} was missed: {why}", slot=f"{local:%Y-%m-%d %H:%M}", why=why)
            self._journal.raise_alarm("slot", what, at=now, facts={"slot": at.isoformat()})

    def _why(self, at: datetime, wishes: Sequence[Mapping[str, object]]) -> str:
        if lull := next((why for start, end, why in self._lulls if start <= at <= end), "") or self._lull_before(at):
            return lull
        if by := _stopped_by(at, wishes):
            return message("paused by {by}", by=by)
        if self._journal.cycle_at(at) is not None:
            return CATCHING_UP
        if at >= self._started:
            return STOOD_STILL
        return LOCKED if self._found_lock(at) else DOWN

    def _lull_before(self, at: datetime) -> str:
        """Return why the machine did not run at that moment, as far as a guard has noted it, or an empty text."""
        for one in self._journal.incidents(at):
            facts, why = one["facts"], _LULLS.get(str(one["kind"]), "")
            if why and isinstance(facts, dict):
                over = datetime.fromisoformat(str(one["at"]))
                if over - timedelta(seconds=float(facts.get("seconds", 0))) - NOTICED <= at <= over:
                    return why
        return ""

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
