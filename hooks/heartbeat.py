"""The guard of the worker's promises: a worker that breaks one is replaced, with everything it started."""

import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from hooks import backoff, kill_reason
from hooks.guards import status_fallback
from hooks.guards.guard import Guard, unreadable
from hooks.guards.heartbeat_options import options
from hooks.guards.limits import interval, memory_of, resident, says_it_waits, why_stuck
from hooks.guards.liveness import Watch, remaining, why_silent
from hooks.guards.page_watch import PageWatch
from hooks.guards.process_picture import STATES, STOPPED, picture
from hooks.guards.status_fallback import Standing
from hooks.guards.systemd_notify import Watchdog
from worker.alerts.dead_man import Ping
from worker.config import ini, office_proxy, refused
from worker.i18n import joined, message, said_by
from worker.runtime import clock, desired_state, gauges, installation, reaper
from worker.runtime.circus_client import NoAnswer, Refused, Running
from worker.runtime.desired_state import Intent
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.runtime.heartbeat import AT_REST, PHASES, Heartbeat, now_ticks
from worker.runtime.moment import Jumps, put_back
from worker.runtime.process_identity import Identity
from worker.runtime.spool import NoteKind

WORKER = "worker"

#: Statuses of our own: circusd did not answer; circusd was not asked.
UNKNOWN, NOT_ASKED = "unknown", "not asked"

#: Time that a worker takes to write its stacks down (seconds).
STACKS = 0.3

#: What grows by less than this between two looks is no sleep of the machine (seconds).
LEAST_SLEEP = 5.0

#: Delay of the look at a promise that ends before the next regular look (seconds).
LATE = 0.05

#: Interval of looks at memory and progress (seconds).
LIMITS_EVERY = 10.0

#: Interval of looks at the files of settings (seconds).
FILES_EVERY = 10.0

#: Time for a worker that was asked to end: the batch that it may have sent, and a margin (seconds).
TO_END = 100.0

#: Looks for each question to circusd, while the worker that circusd ran last keeps its promise: a worker that has
#: ended or gone silent is seen without it, and each question wakes four threads.
ASK_EVERY = 3

#: Time without a worker, and without a reason on disk, that is reported (seconds).
NOBODY = 30.0

#: Time without a worker after which this guard has people told (seconds).
NO_WORKER = 3.0

#: Longest interval at which [OK] is written (seconds).
SAY_OK = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacing:
    """A process that was ended, until the next one beats."""

    old: Identity
    why: str
    since: float


class HeartbeatCheck(Guard):
    """Options: every (s), ceiling (min), first_beat (s), memory (MB). See circus.ini."""

    name = "heartbeat"
    partner = "recycle"

    def take_options(self, written: Mapping[str, str]) -> None:
        self.options, problems = options(written)
        self.problems.extend(problems)
        self.every = self.options.every
        self._watch = Watch(self.data / "heartbeat.txt")
        proxy = office_proxy.read(self.settings, installation.ini_path().parent)
        ping = Ping(self.settings.get("PING_GUARDS_URL", ""), name="guards", proxy=proxy)
        self._watchdog = Watchdog(self.data, circus=self.circus, partner=self.partner, ping=ping)
        self._replacing: Replacing | None = None
        self._last: Identity | None = None
        self._unasked = 0
        self._said = ("", 0.0)
        self._slept = clock.slept()
        self._jumps = Jumps()
        self._limits_at = 0.0
        self._cycles = Ping(self.settings.get("PING_URL", ""), name="cycles during a pause", proxy=proxy)
        self._paused_until = 0.0
        self._files_at = -FILES_EVERY
        self._unreadable = ""
        self._rested = now_ticks()
        self._ended: tuple[Identity, float] | None = None
        self._stuck: tuple[Identity, int] | None = None
        self._off_since: float | None = None
        self._nobody_since: float | None = None
        self._notice = status_fallback.Notice(self.data, self.settings.get("REPORT_LANGUAGE", ""))
        self._page = PageWatch(self.data, partial(self.alert, cause="page"))

    def look(self) -> None:
        self._note_sleep()
        self._look_at_files()
        running = self._running()
        self._look_at(running)
        self._page.look()
        self._watchdog.look(answers=running.status not in (UNKNOWN, NOT_ASKED), say=lambda: self._said[0])

    def _look_at(self, running: Running) -> None:
        if running.identity is None:
            self._nobody_since = self._nobody_since or now_ticks()
            self._look_at_nothing(running.status)
            return
        self._nobody_since = None
        self._off_since = None
        if self._paused_until:
            self._gauge(0.0)
        worker = running.identity
        beat = self._watch.beat(worker)
        why = why_silent(
            beat,
            running=worker,
            waited=self._watch.waited(worker, self.options.first_beat),
            ticks=now_ticks(),
            ceiling=self.options.ceiling,
            first_beat=self.options.first_beat,
        )
        if why is not None:
            self.replace(worker, beat, why)
            return
        if beat is not None:
            left = remaining(beat, ticks=now_ticks(), ceiling=self.options.ceiling)
            if left < self.every:
                self.look_again(left + LATE)
            self._notice.leave()
            self._prove(worker, beat)
            if running.status != UNKNOWN:
                self.say(message("worker (pid {pid}) keeps its promises", pid=str(worker.pid)))
            self._look_at_limits(worker, beat)

    def _note_sleep(self) -> None:
        grown = clock.slept() - self._slept
        self._slept += grown
        if grown > LEAST_SLEEP:
            span = str(timedelta(seconds=round(grown)))
            text = message("the machine slept for {span}; nobody is restarted for that", span=span)
            self.ok(text)
            self.spool(NoteKind.SLEEP, text, seconds=round(grown))
        if jump := self._jumps.seconds():
            what = message("{what}; nobody is restarted or told for that", what=put_back(jump))
            self.ok(what)
            self.spool(NoteKind.JUMP, what, seconds=round(jump))

    def _look_at_files(self) -> None:
        """Tell it at once when the files of settings can't be read any more: the next start would be too late."""
        if now_ticks() - self._files_at < FILES_EVERY:
            return
        self._files_at = now_ticks()
        problem = unreadable(ini.in_use())
        if problem != self._unreadable:
            self._unreadable = problem
            if problem:
                self.alert(problem, cause="settings file")
            else:
                self.ok("the settings can be read again")

    def _running(self) -> Running:
        """Return what circusd says; what it ran last while it does not answer, or need not be asked."""
        if (
            self._last is not None
            and self._unasked + 1 < ASK_EVERY
            and not self._watchdog.is_due
            and self._watch.keeps_promise(self._last, self.options.ceiling)
        ):
            self._unasked += 1
            return Running(status=NOT_ASKED, identity=self._last)
        try:
            running = self.circus.running(WORKER)
        except (NoAnswer, Refused) as error:
            alive = self._last if self._last is not None and not reaper.is_gone(self._last) else None
            self.say(
                message("no answer: {error}; going on with the worker it ran last", error=said_by(error)),
                cause="circusd",
            )
            return Running(status=UNKNOWN, identity=alive)
        self._unasked = 0 if running.identity else ASK_EVERY
        self._last = running.identity or self._last
        return running

    def _look_at_nothing(self, status: str) -> None:
        """Say why no worker runs; raise an alarm unless the operator wants it so."""
        if status == UNKNOWN:
            return
        wanted = desired_state.read(self.data)
        exits = backoff.load(self.data / "backoff.json")
        if status == "stopped" and wanted.forbids(self.now()):
            self.say(message("no worker runs: {wish}", wish=wanted.said()), cause="stopped")
            self._note_pause(wanted)
            self._notice.say(status_fallback.wished(wanted), Standing.WANTED, now=self.now())
        elif status == "stopped" and exits.code == SETTINGS_WRONG:
            named = refused.read(self.data)
            problem = joined(named, "; ") if named else message("today's worker log names them")
            self.say(
                message(
                    "the worker refuses its settings (exit 78) and stays stopped: {problem}. Correct them, then: "
                    "circusctl start worker",
                    problem=problem,
                ),
                cause="settings",
            )
            self._notice.say(status_fallback.refused(problem), Standing.DOWN, now=self.now())
        elif exits.until and exits.count:
            last = exits.reason or backoff.describe(exits.code)
            row = message("the worker ended {count} times in a row (last: {why})", count=exits.count, why=last)
            cause = "crash loop" if backoff.is_alarming(exits) else ""
            self.say(message("{why}, next start at {at}", why=row, at=exits.until[11:19]), cause=cause)
            said = status_fallback.crashed(exits.count, why=last, at=exits.until[11:19])
            standing = Standing.DOWN if backoff.is_alarming(exits) else Standing.BACK_SOON
            self._notice.say(said, standing, now=self.now())
        else:
            self._off_since = self._off_since or now_ticks()
            if now_ticks() - self._off_since > NOBODY:
                why = message(
                    "no worker runs for {seconds} s ({status}) and nobody wants that: see circusd's log",
                    seconds=f"{NOBODY:.0f}",
                    status=status,
                )
                self.say(why, cause="guard")
                self._notice.say(status_fallback.NOBODY, Standing.DOWN, now=self.now())

    def _note_pause(self, wanted: Intent) -> None:
        """Tell the dead-man service of the cycles that their silence is planned, and Prometheus until when."""
        if wanted.until is None:
            return
        self._cycles.every(interval(self.settings), f"{wanted}\n")
        self._gauge(wanted.until.timestamp())

    def _gauge(self, until: float) -> None:
        if self._paused_until != until:
            self._paused_until = until
            with suppress(OSError):
                gauges.put(self.data / gauges.NAME, gauges.PAUSED, gauges.PAUSED_TEXT, until)

    def has_nobody(self) -> bool | None:
        return self._nobody_since is not None and now_ticks() - self._nobody_since > NO_WORKER

    # --- limits

    def _look_at_limits(self, worker: Identity, beat: Heartbeat) -> None:
        ticks = now_ticks()
        if beat.phase in AT_REST:
            self._rested = ticks
        if self._ended is not None and self._ended[0] == worker:
            if ticks - self._ended[1] > TO_END:
                why_not = message("has not ended {seconds} s after it was asked to", seconds=f"{TO_END:.0f}")
                self.replace(worker, beat, why_not)
            return
        if ticks - self._limits_at < LIMITS_EVERY:
            return
        self._limits_at = ticks
        # To find a worker's children takes a look at every process of the machine; at rest it has no browser.
        tree = [worker] if beat.phase in AT_REST else reaper.tree(worker)
        if resident(tree) > self.options.memory and (held := memory_of(tree)) > self.options.memory:
            much = message(
                "holds {held} MB, more than {most} MB",
                held=f"{held / 1e6:.0f}",
                most=f"{self.options.memory / 1e6:.0f}",
            )
            self._ask_to_end(worker, much, cause="memory")
        elif ticks - self._rested > self.options.ceiling:
            too_long = message("is in one cycle for {minutes} min", minutes=f"{self.options.ceiling / 60:.0f}")
            self._ask_to_end(worker, too_long, cause="stuck")
        elif (why := why_stuck(beat, ticks=ticks, now=self.now(), interval=interval(self.settings))) is not None:
            self._tell_stuck(worker, beat, why)
        elif self._stuck is not None and self._stuck[1] != beat.stats.get("success", 0):
            self._stuck = None

    def _tell_stuck(self, worker: Identity, beat: Heartbeat, why: str) -> None:
        """Tell it once a worker. Until a cycle succeeds replace one worker at most, and none that waits for the ERP."""
        if self._stuck is not None and self._stuck[0] == worker:
            return
        first = self._stuck is None
        self._stuck = (worker, beat.stats.get("success", 0))
        if first and not says_it_waits(beat):
            self._ask_to_end(worker, why, cause="stuck")
        else:
            self.alert(
                message(
                    "worker (pid {pid}) {why}; a new one would not help: look at the ERP and the worker's log",
                    pid=str(worker.pid),
                    why=why,
                ),
                cause="stuck",
            )

    def _ask_to_end(self, worker: Identity, why: str, *, cause: str) -> None:
        self.alert(
            message("worker (pid {pid}) {why}: asking it to end between two steps", pid=str(worker.pid), why=why),
            cause=cause,
        )
        kill_reason.write(self.data / "guards", kill_reason.Reason(identity=worker, text=why, planned=True))
        if worker.signal(signal.SIGTERM):
            self._ended = (worker, now_ticks())
            self._replacing = Replacing(old=worker, why=why, since=now_ticks())

    # --- replacing

    def replace(self, worker: Identity, beat: Heartbeat | None, why: str) -> None:
        """End the worker and everything below it; circusd starts the next one."""
        tree = reaper.tree(worker)
        seen = picture(tree)
        status = next((str(one["state"]) for one in seen if one["pid"] == worker.pid), "")
        stopped = status in STOPPED
        pid, state = str(worker.pid), STATES.get(status, status) or message("gone")
        said = (
            message(
                "worker (pid {pid}, {state}) {why}: killing it (a stopped process writes no stacks)",
                pid=pid,
                state=state,
                why=why,
            )
            if stopped
            else message("worker (pid {pid}, {state}) {why}: killing it", pid=pid, state=state, why=why)
        )
        self.alert(said, cause="promise broken")
        phase = PHASES[beat.phase] if beat else message("before the first beat")
        reason = message("promise broken: {phase}", phase=phase)
        kill_reason.write(self.data / "guards", kill_reason.Reason(identity=worker, text=reason, planned=False))
        if not stopped and worker.signal(signal.SIGUSR1):
            time.sleep(STACKS)
        left = reaper.end(tree)
        if left:
            pids = str([one.pid for one in left])
            self.alert(
                message("still there after SIGKILL: {pids}; the next worker starts beside them", pids=pids),
                cause="promise broken",
            )
        self._notice.say(status_fallback.REPLACED, Standing.DOWN, now=self.now())
        self.spool(
            NoteKind.INCIDENT,
            message("worker (pid {pid}, {state}) {why}", pid=pid, state=state, why=why),
            phase=str(phase),
            step=beat.step if beat else "",
            silence=round(beat.silence(now_ticks()), 1) if beat else None,
            generation=beat.generation if beat else None,
            processes=seen,
            left=[one.pid for one in left],
        )
        self._replacing = Replacing(old=worker, why=why, since=now_ticks())

    def _prove(self, worker: Identity, beat: Heartbeat) -> None:
        if self._replacing is not None and worker != self._replacing.old:
            self.ok(
                f"worker (pid {worker.pid}) beats, {beat.ticks - self._replacing.since:.1f} s"
                f" after pid {self._replacing.old.pid} was ended"
            )
            self._replacing = None

    def say(self, sentence: str, *, cause: str = "") -> None:
        """Write a sentence when it changes, and every hour; with a cause it is an alert."""
        said, at = self._said
        if said == sentence and now_ticks() - at < SAY_OK:
            return
        self._said = (sentence, now_ticks())
        if cause:
            self.alert(sentence, cause=cause)
        else:
            self.ok(sentence)
