"""The worker's job between two waits: browser, ERP, ledger and cycle put together, and how each cycle ended."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from worker.admin.upkeep import Upkeep
from worker.alerts import spool_import
from worker.alerts.dead_man import Ping, lines
from worker.alerts.monitors import Alerts
from worker.browser.launch import Evidence
from worker.config.settings import Settings
from worker.erp import Erp, checks
from worker.erp.visit import Visit, refusals_of, sign_in, visit
from worker.errors import (
    AgeUnproved,
    DaybreakError,
    LedgerError,
    NotAdopted,
    SaveBlocked,
    SessionExpired,
    SignInRefused,
    StopRequested,
    Superseded,
)
from worker.i18n import message, said_by, stored
from worker.ledger import beats
from worker.ledger.backup import Backups, ask_newest
from worker.ledger.ledger import Ledger
from worker.ledger.notes import AWAKE, WITNESS
from worker.posting.books import whom
from worker.posting.cycle import Cycle
from worker.posting.figures import Figures, progress
from worker.posting.means import Means
from worker.posting.morning import Morning
from worker.posting.rules import Rules
from worker.reports.clerk import Clerk
from worker.runtime import clock, heartbeat, logs, memory, posting_freeze, requests
from worker.runtime.awake import Awake
from worker.runtime.chores import Chore, Chores
from worker.runtime.heartbeat import Heartbeat, Phase
from worker.runtime.locks import Lock
from worker.runtime.moment import Jumps, put_back
from worker.runtime.requests import Told, What
from worker.runtime.skew import Skew
from worker.runtime.stop import SLICED, Heart
from worker.runtime.witness import Witness, folders
from worker.schedule import calendar
from worker.schedule.loop import Outcome, Past
from worker.schedule.missed_runs import Slots
from worker.schedule.past import past_of
from worker.status.page_writer import LivePage

log = logging.getLogger(__name__)


#: The count of beats is written down so often (seconds).
BEATS_EVERY = 600.0

#: Alarms about what was stopped are looked at so often (seconds).
STOPS_EVERY = 10.0

#: Cycles in a row that may post nothing because a look-up comes first: two prove a restored ledger, unless they find
#: what it lacks.
MOST_LOOK_UPS = 5

#: What comes after the time to settle comes so much later.
A_MOMENT = timedelta(seconds=1)

#: What grows by less than this between two looks is no sleep of the machine (seconds).
LEAST_SLEEP = 5.0


class Job:
    """One worker's cycles, one after the other, on one ledger and one lock."""

    def __init__(self, settings: Settings, *, heart: Heart, lock: Lock) -> None:
        self._settings = settings
        self._heart = heart
        self._lock = lock
        self._folder = settings.data_dir
        self._ledger: Ledger | None = None
        self._past = Past()
        self._started = settings.now()
        self._slots: Slots | None = None
        self._upkeep: Upkeep | None = None
        self._slept = clock.slept()
        self._awake = Awake()
        self._ping = Ping(settings.ping_url, name="cycles", proxy=settings.proxy)
        self._alerts = Alerts(settings.data_dir, settings.channels, settings)
        self._clerk = Clerk(settings)
        self._day = settings.now().date()
        self._beats_kept = clock.ticks()
        #: The day on which the deposits of the day before were proved.
        self._proved: date | None = None
        self._posts = settings.posts
        self._most: int | None = None
        #: True once a cycle saved nothing because an upgrade was not finished.
        self._was_held = False
        self._morning = Morning(settings, heart=heart, tell=self._tell_now)
        self._backups = Backups(settings)
        self._live = LivePage(settings, whom(settings))
        #: The demo has none: it may begin anew whenever somebody likes.
        self._witness = None if settings.demo else Witness(folders())
        self._beaten_at_start = 0.0
        #: Since when it is known that the clock was set, in seconds since boot; None while it was not.
        self._set_at: float | None = None
        #: How many cycles in a row posted nothing because a look-up had to come first.
        self._looked_up = 0
        self._jumps = Jumps()
        self._stops_at = -STOPS_EVERY
        self._chores = Chores(
            self._table(),
            tell=lambda what: self._alerts.tell(self._ledger, "chores", what, at=settings.now()),
            mended=lambda: self._ledger.end_alarm("chores", at=settings.now()) if self._ledger else None,
        )
        heart.on_beat = self._show
        for name, text in settings.markers.items():
            log.warning("the marker %s is %r, by [markers] in local.ini", name, text)

    def open_ledger(self) -> Ledger:
        """Return the ledger, opened with a generation of our own. Raises LedgerError: then nothing is posted."""
        if self._ledger is None:
            ledger = Ledger(self._folder, witness=self._witness)
            try:
                if ledger.ended_badly():
                    ledger.demand_sound(partial(self._beat_at_start, "checking the ledger after a crash"))
                asked = partial(self._beat_at_start, "looking at the newest backup")
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
            self._slots = Slots(ledger, self._settings, started=self._started)
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
        self._clerk.close()
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

    def _note_witness(self, ledger: Ledger) -> None:
        """Have the state of things say that nobody outside DATA_DIR knows how far this ledger has come."""
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

    def _let_settle(self, ledger: Ledger) -> None:
        """After a start of the machine, give what an earlier life sent time to be stored, before it is looked up.

        Raises StopRequested.
        """
        self._watch_the_clock(ledger)
        if self._set_at is None or not self._must_prove or ledger.why_no_posting(whom(self._settings)):
            return
        while (left := self._set_at + self._settings.settle_s - clock.since_boot()) > 0:
            self._heart.step(Phase.SETTLING, "waiting for what an earlier life of the machine sent", 1.0)
            time.sleep(min(left, 1.0))

    @property
    def _must_prove(self) -> bool:
        """True when a save needs a look-up in this life of the machine before it, and one is possible."""
        return self._posts and self._settings.can_look_up

    def past(self) -> Past:
        """Return what matters of earlier cycles for the next start."""
        return self._past

    def _show(self, beat: Heartbeat) -> None:
        self._live.show(beat, ledger=self._ledger, past=self._past)

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
            of_ledger(message("making reports"), lambda ledger: self._clerk.look(ledger, now=now())),
            Chore(name=message("upkeep"), do=lambda: self._upkeep.look(self._past.last_good) if self._upkeep else None),
            of_ledger(message("ending alarms about stops"), self._end_stops),
            Chore(name=message("telling people"), do=lambda: self._alerts.look(self._ledger, at=now())),
        )

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
        beats = [heartbeat.read(self._folder / "guards" / f"{name}.txt") for name in ("heartbeat", "recycle")]
        return all(one is not None and not one.is_broken(heartbeat.now_ticks()) for one in beats)

    def _stay_awake(self) -> None:
        """Keep the machine awake while cycles are due. The demo is no reason to."""
        if self._settings.demo or not calendar.is_open(self._settings.now(), self._settings):
            self._awake.release()
        else:
            self._awake.hold()
        if self._ledger is not None:
            with suppress(LedgerError):
                self._ledger.set_note(AWAKE, self._awake.problem)

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

    def asked(self) -> calendar.Slot | None:
        """Return the cycle that somebody asked for with `daybreak once`, and forget the request."""
        wanted = requests.take(self._folder)
        if wanted is None:
            self._look_early()
            return self._held_back()
        if wanted.what is not What.CYCLE:
            requests.answer(self._folder, wanted, self.errand(wanted.what))
            return None
        return calendar.Slot(at=self._settings.now(), test=wanted.test, rows=wanted.rows)

    def _look_early(self) -> None:
        """Look at the ERP's screens minutes before the day's first cycle: what has changed is told in time."""
        if self._ledger is None:
            return
        try:
            if self._morning.look_early(self._ledger, last_good=self._past.last_good):
                self._tell_refusals()
        except LedgerError as error:
            log.error("looking at the screens: %s", error)

    def _tell_now(self, cause: str, what: str) -> None:
        """Have people told before anything else is done."""
        at = self._settings.now()
        self._alerts.tell(self._ledger, cause, what, at=at)
        self._alerts.look(self._ledger, at=at)

    def errand(self, what: What) -> Told:
        """Do what a command asked for that is no cycle: a look at the ERP that posts nothing."""
        try:
            return checks.run(what, self._settings, heart=self._heart)
        except StopRequested as error:
            return Told(is_well=False, lines=(f"{error}",))
        finally:
            self._heart.progress()
            self._tell_refusals()

    def _tell_refusals(self) -> None:
        """Tell at once that no more sign-ins are made, whoever's try was the last one."""
        try:
            refusals_of(self._settings).demand_try()
        except SignInRefused as error:
            try:
                is_told = self._ledger is not None and any(one.cause == "password" for one in self._ledger.alarms())
            except LedgerError:
                is_told = False
            if not is_told:
                self._alerts.tell(self._ledger, "password", str(error), at=self._settings.now())

    def _held_back(self) -> calendar.Slot | None:
        """Return a cycle for what an upgrade held back, once it is finished."""
        now = self._settings.now()
        if not self._was_held or posting_freeze.why(now):
            return None
        self._was_held = False
        return calendar.Slot(at=now) if calendar.is_open(now, self._settings) else None

    def run_cycle(self, slot: calendar.Slot) -> Outcome:
        """Run one cycle for a slot and write down how it ended.

        Raises Superseded when another worker has taken over; crashes only on what has no name.
        """
        now = self._settings.now
        held = posting_freeze.why(now())
        if held:
            log.warning("%s", held)
        self._was_held = bool(held)
        self._posts = self._settings.posts and not slot.test and not held
        self._most = slot.rows
        try:
            ledger = self.open_ledger()
            with suppress(LedgerError):
                spool_import.take(ledger, self._folder)  # what a guard has seen says why a slot was missed
            self._keep_slots()
            if slot.only_if_stale and not self._is_stale(slot):
                why = "the day off needs no cycle: the last full read is younger than DAYS_OFF_AFTER_H"
                log.info("%s", why)
                self._close_slot(slot, Outcome.SKIPPED, why, None)
                return Outcome.SKIPPED
            self._recover(ledger)
            self._prove_yesterday(ledger)
            number = ledger.begin_cycle(slot=slot.at, at=now())
        except (LedgerError, OSError) as error:
            if self._ledger is not None and (lost := self._why_not_ours(self._ledger)):
                raise Superseded(f"this worker ends: {lost}") from error
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
            outcome, why = Outcome.STOPPED, str(error)
        except (DaybreakError, OSError) as error:
            outcome, why, problem = Outcome.FAILED, said_by(error), error
        looks_up_first = problem is not None and self._looks_up_first(ledger, problem)
        if looks_up_first:
            outcome = Outcome.STOPPED
        seconds = time.monotonic() - watch
        if outcome is not Outcome.RAN and (lost := self._why_not_ours(ledger)):
            raise Superseded(f"this worker ends: {lost}")
        with suppress(LedgerError):
            found = {**asdict(figures), "seconds": round(seconds, 3)}
            ledger.end_cycle(number, at=now(), outcome=outcome, why=why, figures=found)
            self._close_slot(slot, outcome, why, number)
            self._refresh_stats()
        self._note(outcome, why, started=started, seconds=seconds, figures=figures)
        if looks_up_first:
            self._ping.success(why)
            again = now() + timedelta(seconds=self._settings.settle_s) + A_MOMENT
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

    # --- inside ----------------------------------------------------------------------------------------------------

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

    def _attend(self, ledger: Ledger, number: int, figures: Figures) -> None:
        """Open a browser, sign in, run the cycle, close all. Raises NotAdopted, unread, at books of somebody else."""
        settings = self._settings
        if why := ledger.why_other_books(whom(settings)):
            raise NotAdopted(f"nothing is read: {why}")
        self._morning.before_cycle(ledger, last_good=self._past.last_good)
        self._let_settle(ledger)
        papers = Evidence(self._folder, now=settings.now(), name=f"cycle-{number}")
        sent = partial(progress, figures, settings.batch_rows)
        with visit(settings, heart=self._heart, papers=papers, posts=self._posts, progress=sent) as there:
            try:
                self._stay(ledger, there, number, papers, figures)
            finally:
                self._compare_clocks(ledger, there.skew)

    def _compare_clocks(self, ledger: Ledger, skew: Skew) -> None:
        """Have people told when this machine's clock and the ERP's are too far apart, and of the end of that."""
        if skew.seconds is None:
            return
        with suppress(LedgerError):
            if skew.is_too_far:
                seconds = round(abs(skew.seconds))
                what = (
                    message("this machine's clock is {seconds} s behind the ERP's: set it by NTP", seconds=seconds)
                    if skew.seconds > 0
                    else message(
                        "this machine's clock is {seconds} s ahead of the ERP's: set it by NTP", seconds=seconds
                    )
                )
                log.error("%s", what)
                self._alerts.tell(ledger, "clock", what, at=self._settings.now())
            else:
                ledger.end_alarm("clock", at=self._settings.now())

    def _stay(self, ledger: Ledger, there: Visit, number: int, papers: Evidence, figures: Figures) -> None:
        """Sign in and run the cycle; where the session ends under it, sign in once more and begin anew.

        What was sent until then has its outcome in the ledger: the second pass posts only what is left.
        """
        for is_last in (False, True):
            try:
                sign_in(there.erp, self._settings)
                self._adopt_demo(ledger, there.erp)
                self._cycle(ledger, there, number, papers, figures).run()
            except SessionExpired as error:
                if is_last:
                    raise
                log.warning("the session ended in the middle of the cycle, signing in once more: %s", error)
            else:
                return

    def _cycle(self, ledger: Ledger, there: Visit, number: int, papers: Evidence, figures: Figures) -> Cycle:
        settings = self._settings
        rules = Rules(
            posts=self._posts,
            batch_rows=settings.batch_rows,
            most=self._most,
            card_account=settings.card_account,
            account_code=settings.account_code,
            remark_key=settings.remark_key,
            can_look_up=settings.can_look_up,
            match_new_number=settings.cancel_new_number == "match",
            skip_first_cancelled=settings.cancel_in_place,
            settle=timedelta(seconds=settings.settle_s),
            list_s=settings.list_s,
            most_won=settings.max_won,
            most_ahead=timedelta(hours=settings.max_ahead_h),
            day_times=settings.max_day_times,
        )
        return Cycle(
            Means(
                erp=there.erp,
                ledger=ledger,
                rules=rules,
                cycle=number,
                now=settings.now,
                pulse=self._heart.step,
                papers=papers,
                last_good=self._past.last_good,
                why_no_posting=lambda: ledger.why_no_posting(whom(settings)),
                still_ours=lambda: self._why_not_ours(ledger) or (ledger.why_unproved() if self._must_prove else ""),
                figures=figures,
                finishing=self._heart.finishing,
                erp_ahead=lambda: there.skew.seconds or 0.0,
            )
        )

    def _adopt_demo(self, ledger: Ledger, erp: Erp) -> None:
        """In the demo alone, adopt "nothing was posted" if its database is new and its deposit list is empty."""
        if not self._settings.demo or not ledger.why_no_posting(whom(self._settings)):
            return
        database = erp.database()
        if database and database not in ledger.adopted_databases() and not erp.has_deposits():
            note = "nothing was posted: a new demo database without deposits"
            at = self._settings.now()
            ledger.adopt(whom(self._settings), by="worker", at=at, database=database, note=note, posted=())
            log.info("the ledger is adopted: %s", note)

    def _why_not_ours(self, ledger: Ledger) -> str:
        if not self._lock.is_held():
            return f"the lock {self._folder / 'runtime.lock'} is not ours any more"
        if not ledger.is_current():
            return "a newer worker has taken over the ledger, or its file was replaced"
        return ""

    def _recover(self, ledger: Ledger) -> None:
        counts = ledger.recover(at=self._settings.now())
        if any(counts.values()):
            log.warning("recovered from an interrupted batch: %s", counts)

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

    def _is_stale(self, slot: calendar.Slot) -> bool:
        age = timedelta(hours=self._settings.days_off_after_h)
        return self._past.last_good is None or slot.at - self._past.last_good >= age

    def _failed(self, error: BaseException) -> Outcome:
        self._note(Outcome.FAILED, f"{error}", started=self._settings.now(), seconds=0, figures=Figures())
        self._tell(Outcome.FAILED, error, evidence=self._folder / "evidence")
        return Outcome.FAILED

    def _tell(self, outcome: Outcome, error: BaseException | None, *, evidence: Path) -> None:
        """Have people told of a cycle that failed, or that things go well again."""
        at = self._settings.now()
        if outcome is Outcome.FAILED:
            self._alerts.failed(self._ledger, error, self._past.failures, at=at, evidence=evidence)
        elif outcome is Outcome.RAN and self._ledger is not None:
            self._alerts.ran(self._ledger, at=at)

    def _note(self, outcome: Outcome, why: str, *, started: datetime, seconds: float, figures: Figures) -> None:
        """Log the end of a cycle, remember it for the next start, and tell who watches from outside."""
        self._heart.progress()
        body = lines({**asdict(figures), "seconds": round(seconds, 1)})
        silent = self._alerts.undelivered(self._ledger, at=self._settings.now())
        if outcome is Outcome.RAN:
            if silent:
                # The one who is called off this host is the only one who can learn of it.
                self._ping.fail(silent, body)
            else:
                self._ping.success(body)
            log.info(
                "cycle done in %.1f s: %s listed, %s new, %s posted, %s held, %s in doubt, %s not sent",
                seconds, figures.listed, figures.new, figures.posted, figures.held, figures.in_doubt, figures.not_sent,
            )  # fmt: skip
            self._past = Past(last_good=started)
            self._looked_up = 0
            with suppress(OSError):
                (self._folder / "last_success").write_text(f"{self._settings.now().isoformat()}\n", encoding="ascii")
        elif outcome is Outcome.FAILED:
            failures = self._past.failures + 1
            self._past = Past(last_good=self._past.last_good, failed_at=self._settings.now(), failures=failures)
            log.error("cycle failed (%s in a row): %s", failures, why)
            self._ping.fail(why, f"{silent}\n{body}" if silent else body)
        else:
            log.info("cycle ended early: %s", why)

    def _refresh_stats(self) -> None:
        """Read the day's figures from the ledger: a restart changes none of them."""
        if self._ledger is not None:
            self._day = self._settings.now().date()
            self._heart.stats = self._ledger.stats(self._day, self._settings.zone)
