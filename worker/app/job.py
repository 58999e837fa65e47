"""The worker's job between two waits: browser, ERP, ledger and cycle put together, and how each cycle ended."""

import logging
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from worker.alerts import spool_import
from worker.alerts.dead_man import lines
from worker.app.asked import Asked
from worker.app.attending import Attending
from worker.app.opening import Opening
from worker.errors import (
    AgeUnproved,
    DaybreakError,
    EndUnproved,
    ErpChanged,
    ErpUnavailable,
    LedgerError,
    ListDoubted,
    SaveBlocked,
    StopRequested,
    Superseded,
)
from worker.i18n import message, said_by
from worker.ledger.ledger import Ledger
from worker.posting.figures import Figures
from worker.runtime import logs, memory, posting_freeze
from worker.runtime.files import write_private
from worker.schedule import calendar
from worker.schedule.loop import Outcome, Past

log = logging.getLogger(__name__)

#: What a cycle has posted: told where the worker runs in a terminal, beside what is held.
POSTED = f"{__name__}.posted"


#: Cycles in a row that may post nothing because a look-up comes first: two prove a restored ledger, unless they find
#: what it lacks.
MOST_LOOK_UPS = 5


#: Margin after the time to settle.
A_MOMENT = timedelta(seconds=1)


class Job(Opening, Asked, Attending):
    """One worker's cycles, one after the other, on one ledger and one lock."""

    def run_cycle(self, slot: calendar.Slot) -> Outcome:
        """Run one cycle for a slot and write down how it ended.

        Raises Superseded when another worker has taken over; crashes only on what has no name.
        """
        now = self._settings.now
        held = posting_freeze.why(now())
        if held:
            log.warning("%s", held)
        self._was_held = bool(held)
        posting = self._settings.posting
        self._rules = posting.of_test() if slot.test or held else posting
        self._most = slot.rows
        self._only = slot.only
        try:
            ledger = self.open_ledger()
            with suppress(LedgerError):
                spool_import.take(ledger, self._folder)  # what a guard has seen says why a slot was missed
            self._keep_slots()
            if slot.only_if_stale and not self._is_stale(slot):
                young = message("the day off needs no cycle: the last full read is younger than DAYS_OFF_AFTER_H")
                log.info("%s", young)
                self._close_slot(slot, Outcome.SKIPPED, young, None)
                return Outcome.SKIPPED
            self._recover(ledger)
            self._prove_yesterday(ledger)
            number = ledger.begin_cycle(slot=slot.at, at=now())
        except (LedgerError, OSError) as error:
            if self._ledger is not None and (lost := self._why_not_ours(self._ledger)):
                raise Superseded(message("this worker ends: {why}", why=lost)) from error
            return self._failed(error)
        logs.current_cycle = number
        self._ping.start()
        started = now()
        watch = time.monotonic()
        figures = Figures()
        problem: BaseException | None = None
        try:
            self._attend(ledger, number, figures)
            outcome, why = Outcome.RAN, ""
        except StopRequested as error:
            outcome, why, problem = Outcome.STOPPED, said_by(error), error
        except (DaybreakError, OSError) as error:
            outcome, why, problem = Outcome.FAILED, said_by(error), error
        looks_up_first = problem is not None and self._looks_up_first(ledger, problem)
        if looks_up_first:
            outcome = Outcome.STOPPED
        seconds = time.monotonic() - watch
        if outcome is not Outcome.RAN and (lost := self._why_not_ours(ledger)):
            raise Superseded(message("this worker ends: {why}", why=lost))
        with suppress(LedgerError):
            found = {**asdict(figures), "seconds": round(seconds, 3)}
            ledger.end_cycle(number, at=now(), outcome=outcome, why=why, figures=found)
            self._close_slot(slot, outcome, why, number)
            self._refresh_stats()
        self._note(outcome, problem, started=started, seconds=seconds, figures=figures)
        if looks_up_first:
            self._ping.success(why)
            again = now() + self._settings.posting.settle + A_MOMENT
            self._past = Past(last_good=self._past.last_good, again_at=again)
        self._tell(outcome, problem, evidence=self._folder / "evidence" / f"{started:%Y%m%d}" / f"cycle-{number}")
        if outcome is Outcome.RAN:
            self._morning.after_good_cycle(ledger)
        if self._upkeep is not None:
            with suppress(LedgerError):
                self._upkeep.after_cycle()
        logs.current_cycle = 0
        memory.give_back()
        return outcome

    def _looks_up_first(self, ledger: Ledger, error: BaseException) -> bool:
        """True for a cycle that posts nothing because a look-up must come first, as it has to: that is no failure.

        A restored ledger is proved by some cycles; a save is kept back when the machine is paused or put back under it.
        Where that does not come to an end it is a failure like any other.
        """
        with suppress(LedgerError):
            if isinstance(error, AgeUnproved) or (
                isinstance(error, SaveBlocked) and self._must_prove and ledger.why_unproved()
            ):
                self._looked_up += 1
                return self._looked_up <= MOST_LOOK_UPS
        return False

    def _close_slot(self, slot: calendar.Slot, outcome: Outcome, why: str, cycle: int | None) -> None:
        if self._slots is not None:
            with suppress(LedgerError):
                self._slots.close(slot, outcome, now=self._settings.now(), why=why, cycle=cycle)

    def _recover(self, ledger: Ledger) -> None:
        counts = ledger.recover(at=self._settings.now())
        if any(counts.values()):
            log.warning("recovered from an interrupted batch: %s", counts)

    def _is_stale(self, slot: calendar.Slot) -> bool:
        age = timedelta(hours=self._settings.schedule.days_off_after_h)
        return self._past.last_good is None or slot.at - self._past.last_good >= age

    def _failed(self, error: BaseException) -> Outcome:
        self._note(Outcome.FAILED, error, started=self._settings.now(), seconds=0, figures=Figures())
        self._tell(Outcome.FAILED, error, evidence=self._folder / "evidence")
        return Outcome.FAILED

    def _tell(self, outcome: Outcome, error: BaseException | None, *, evidence: Path) -> None:
        """Have people told of a cycle that failed, or that things go well again."""
        at = self._settings.now()
        if outcome is Outcome.FAILED and self._is_planned(error):
            log.info("nobody is told: the ERP is planned to be away")
        elif outcome is Outcome.FAILED:
            self._alerts.failed(self._ledger, error, self._past.failures, at=at, evidence=evidence)
        elif outcome is Outcome.RAN and self._ledger is not None:
            self._alerts.ran(self._ledger, at=at)

    def _is_planned(self, error: BaseException | None) -> bool:
        """True for a failure that the planned absence of the ERP explains: it was not there, or showed a notice."""
        if isinstance(error, EndUnproved | ListDoubted) or not isinstance(error, ErpUnavailable | ErpChanged):
            return False
        return calendar.silence_at(self._settings.now(), self._settings.schedule) is not None

    def _note(
        self, outcome: Outcome, error: BaseException | None, *, started: datetime, seconds: float, figures: Figures
    ) -> None:
        """Log the end of a cycle, remember it for the next start, and tell who watches from outside."""
        why = said_by(error) if error is not None else ""
        self._heart.progress()
        body = lines({**asdict(figures), "seconds": round(seconds, 1)})
        silent = self._alerts.undelivered(self._ledger, at=self._settings.now())
        if outcome is Outcome.RAN:
            if silent:
                # The one who is called off this host is the only one who can learn of it.
                self._ping.fail(silent, body)
            else:
                self._ping.success(body)
            logging.getLogger(POSTED if figures.posted else __name__).info(
                "cycle done in %.1f s: %s listed, %s new, %s posted, %s held, %s in doubt, %s not sent",
                seconds, figures.listed, figures.new, figures.posted, figures.held, figures.in_doubt, figures.not_sent,
            )  # fmt: skip
            self._past = Past(last_good=started)
            self._looked_up = 0
            with suppress(OSError):
                write_private(self._folder / "last_success", f"{self._settings.now().isoformat()}\n")
        elif outcome is Outcome.FAILED:
            failures = self._past.failures + 1
            self._past = Past(last_good=self._past.last_good, failed_at=self._settings.now(), failures=failures)
            log.error("cycle failed (%s in a row): %s", failures, why)
            if self._is_planned(error) and not silent:
                self._ping.success(f"{why}\n{body}")
            else:
                self._ping.fail(why, f"{silent}\n{body}" if silent else body)
        else:
            log.info("cycle ended early: %s", why)
