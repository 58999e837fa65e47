"""The chores of the worker: what is looked after beside the cycles."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from worker.alerts import spool_import
from worker.app.parts import STOPS_EVERY, Parts
from worker.config.settings import Settings
from worker.errors import LedgerError
from worker.i18n import message, stored
from worker.ledger import beats
from worker.ledger.ledger import Ledger
from worker.ledger.notes import AWAKE, WITNESS
from worker.runtime import clock, heartbeat, stopped_watchers
from worker.runtime.chores import Chore, Chores
from worker.runtime.locks import Lock
from worker.runtime.moment import put_back
from worker.runtime.stop import HeartbeatWriter
from worker.schedule import calendar

log = logging.getLogger(__name__)


#: Interval at which the count of beats is written down (seconds).
BEATS_EVERY = 600.0


#: What grows by less than this between two looks is no sleep of the machine (seconds).
LEAST_SLEEP = 5.0


class Keeping(Parts):
    """Keeps slots, beats, clock, witness, reports and backups."""

    def __init__(self, settings: Settings, *, heart: HeartbeatWriter, lock: Lock) -> None:
        super().__init__(settings, heart=heart, lock=lock)
        self._chores = Chores(
            self._table(),
            tell=lambda what: self._alerts.tell(self._ledger, "chores", what, at=settings.now()),
            mended=lambda: self._ledger.end_alarm("chores", at=settings.now()) if self._ledger else None,
        )

    def chores(self) -> None:
        """Look after everything but the next cycle: what guards and hooks had to tell, a new day, people, backups."""
        self._chores.run()

    def _table(self) -> tuple[Chore, ...]:
        """Return the chores, in their order."""
        now = self._settings.now

        def of_ledger(name: str, do: Callable[[Ledger], object]) -> Chore:
            """Return a chore that waits until the ledger is open."""
            return Chore(name=name, do=lambda: None if self._ledger is None else do(self._ledger))

        return (
            Chore(name=message("keeping the machine awake"), do=self._stay_awake),
            of_ledger(message("taking notes into the ledger"), lambda ledger: spool_import.take(ledger, self._folder)),
            Chore(name=message("keeping the slots"), do=self._keep_slots),
            of_ledger(message("keeping the beats"), self._keep_beats),
            of_ledger(message("keeping the witness"), self._note_witness),
            of_ledger(message("watching the clock"), self._watch_the_clock),
            of_ledger(message("beginning a new day"), self._begin_day),
            of_ledger(message("proving yesterday"), self._prove_yesterday),
            of_ledger(message("backing up"), lambda ledger: self._backups.look(ledger, now=now())),
            of_ledger(message("making reports"), lambda ledger: self._report_scheduler.look(ledger, now=now())),
            of_ledger(message("keeping planned silences"), self._keep_silence),
            Chore(name=message("upkeep"), do=lambda: self._upkeep.look(self._past.last_good) if self._upkeep else None),
            of_ledger(message("ending alarms about stops"), self._end_stops),
            Chore(name=message("telling people"), do=lambda: self._alerts.look(self._ledger, at=now())),
        )

    def _note_witness(self, ledger: Ledger) -> None:
        """Report, in the snapshot, that no file outside DATA_DIR says how far this ledger has come."""
        problem = self._witness.problem if self._witness is not None else ""
        if problem and ledger.note(WITNESS) != stored(problem):
            log.warning("%s", problem)
        ledger.set_note(WITNESS, stored(problem))

    def _watch_the_clock(self, ledger: Ledger) -> None:
        """Remember since when this life of the machine is not proved: what an earlier one sent needs time to settle."""
        if not ledger.why_unproved():
            self._set_at = None
        elif not ledger.was_proved_since_boot():
            self._set_at = 0.0
        elif self._set_at is None:
            self._set_at = clock.since_boot()

    def _begin_day(self, ledger: Ledger) -> None:  # noqa: ARG002 - a chore of the ledger's
        if self._settings.now().date() != self._day:
            self._refresh_stats()

    def _end_stops(self, ledger: Ledger) -> None:
        """End the alarms about what was stopped and runs again: this worker, both guards."""
        if clock.ticks() - self._stops_at < STOPS_EVERY:
            return
        self._stops_at = clock.ticks()
        causes = {one.cause for one in ledger.alarms()}
        if "stopped" in causes:
            ledger.end_alarm("stopped", at=self._settings.now())
        if "guard stopped" in causes and self._guards_run():
            ledger.end_alarm("guard stopped", at=self._settings.now())

    def _guards_run(self) -> bool:
        """True while both guards beat. One that was stopped does not count, although its last promise still holds."""
        if any(name.startswith("plugin:") for name in stopped_watchers.read(self._folder)):
            return False
        beats = [heartbeat.read(self._folder / "guards" / f"{name}.txt") for name in ("heartbeat", "recycle")]
        ticks = heartbeat.now_ticks()
        return all(one is not None and one.identity.is_alive() and not one.is_broken(ticks) for one in beats)

    def _stay_awake(self) -> None:
        """Keep the machine awake while cycles are due. The demo is no reason to."""
        if self._settings.demo or not calendar.is_business_time(self._settings.now(), self._settings.schedule):
            self._awake.release()
        else:
            self._awake.hold()
        if self._ledger is not None:
            with suppress(LedgerError):
                self._ledger.set_note(AWAKE, stored(self._awake.problem))

    def _keep_silence(self, ledger: Ledger) -> None:
        """Write a planned silence down once, and ping where cycles would: outside nobody knows of any maintenance."""
        now = self._settings.now()
        silence = calendar.silence_at(now, self._settings.schedule)
        if silence is None:
            self._silence = None
            return
        if silence != self._silence:
            self._silence = silence
            what = message("planned maintenance of the ERP until {until}", until=f"{silence.until:%Y-%m-%d %H:%M}")
            log.info("%s", what)
            ledger.take_note(kind="planned", what=what, facts={"until": silence.until.isoformat()}, at=silence.since)
        if calendar.is_business_time(now, self._settings.schedule):
            seconds = self._settings.schedule.interval_min * 60.0
            self._ping.every(seconds, f"maintenance until: {silence.until.isoformat()}\n")

    def _keep_slots(self) -> None:
        grown = clock.slept() - self._slept
        self._slept += grown
        jump = self._jumps.seconds()
        if jump:
            log.info("%s", put_back(jump))
        if self._slots is None:
            return
        if jump:
            self._slots.jumped(self._settings.now(), jump)
        if grown > LEAST_SLEEP:
            log.info("the machine slept for %s", timedelta(seconds=round(grown)))
            self._slots.slept(self._settings.now(), grown)
        self._slots.keep(self._settings.now())

    def _keep_beats(self, ledger: Ledger, *, is_end: bool = False) -> None:
        """Write down how regularly we beat: every few minutes, and at the end of a day."""
        is_new_day = self._settings.now().date() != self._day
        if is_end or is_new_day or clock.ticks() - self._beats_kept >= BEATS_EVERY:
            self._beats_kept = clock.ticks()
            beats.add(ledger, self._day.isoformat(), self._heart.take_beats())

    def _prove_yesterday(self, ledger: Ledger) -> None:
        """Once after midnight: what was pasted that day must be what stands as posted."""
        today = self._settings.now().date()
        if today == self._proved:
            return
        day = today - timedelta(days=1)
        if ledger.is_proved(day):
            self._proved = today
            return
        pasted, posted = ledger.prove_day(day, self._settings.zone, at=self._settings.now())
        say = log.info if pasted == posted else log.error
        say("proof of %s: pasted and posted %s deposits of %s won, the ledger has %s of %s", day, *pasted, *posted)
        self._proved = today
