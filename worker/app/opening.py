"""The ledger, opened with a generation of the worker's own, and closed."""

import logging
from contextlib import suppress
from functools import partial

from worker.admin.backup import ask_newest
from worker.admin.upkeep import Upkeep
from worker.app.keeping import Keeping
from worker.errors import LedgerError
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.runtime import clock
from worker.runtime.heartbeat import Phase
from worker.runtime.stop import SLICED
from worker.schedule.missed_runs import Slots
from worker.schedule.past import past_of

log = logging.getLogger(__name__)


class Opening(Keeping):
    """Opens what the worker works on, and closes it in order."""

    def open_ledger(self) -> Ledger:
        """Return the ledger, opened with a generation of our own. Raises LedgerError: then nothing is posted."""
        if self._ledger is None:
            ledger = Ledger(self._folder, witness=self._witness)
            try:
                if ledger.ended_badly():
                    ledger.demand_sound(partial(self._beat_at_start, message("checking the ledger after a crash")))
                asked = partial(self._beat_at_start, message("looking at the newest backup"))
                copied = {} if self._witness is None else ask_newest(self._settings, asked)
                self._heart.generation = ledger.begin_generation(copied)
            except (LedgerError, OSError):
                ledger.close()
                raise
            self._ledger = ledger
            if older := ledger.why_older():
                log.error("%s", older)
            log.info("the ledger is open, generation %s", ledger.generation)
            self._past = past_of(ledger)
            self._slots = Slots(ledger, self._settings.schedule, started=self._started)
            self._upkeep = Upkeep(self._settings, ledger)
            self._refresh_stats()
            with suppress(LedgerError):
                self._note_witness(ledger)
                self._watch_the_clock(ledger)
        return self._ledger

    def close(self) -> None:
        """Close the ledger; the last ping gets a moment to go out."""
        with suppress(LedgerError):
            self._keep_slots()
            if self._ledger is not None:
                self._keep_beats(self._ledger, is_end=True)
        self._awake.release()
        self._ping.close()
        self._alerts.close()
        self._report_scheduler.close()
        self._backups.close()
        if self._ledger is not None:
            with suppress(LedgerError):
                self._ledger.note_end()
            self._ledger.close()

    def _beat_at_start(self, step: str) -> None:
        """Beat, about once a second, however often it is called."""
        if clock.ticks() - self._beaten_at_start >= 1.0:
            self._beaten_at_start = clock.ticks()
            self._heart.beat(Phase.STARTING, patience=SLICED, step=step)
