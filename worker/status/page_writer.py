"""Keeps the status page true while the worker runs: gathers what it shows, and writes it when something changes."""

import logging
import shutil
from datetime import datetime, time, timedelta

from worker.config.settings import Settings
from worker.i18n import reasons
from worker.i18n.words import Words
from worker.ledger import needs
from worker.ledger.adopted import LedgerOwner
from worker.ledger.journal import SlotState
from worker.ledger.ledger import Ledger
from worker.posting import list_question, screen_question
from worker.runtime.disks import LOW_DISK
from worker.runtime.heartbeat import Heartbeat, Phase
from worker.schedule import calendar
from worker.schedule.loop import Past
from worker.status import page
from worker.status.page import Health, TimelineMark, View

log = logging.getLogger(__name__)

FAILED = Words("the last cycle failed: {why}")
NO_LEDGER = Words("the ledger is not open: nothing is posted. See today's worker log")
DISK = Words("only {free} MB are free where the data lies")


class LivePage:
    """The page of one worker."""

    def __init__(self, settings: Settings, owner: LedgerOwner) -> None:
        self._settings = settings
        self._owner = owner
        self._path = settings.data_dir / page.NAME
        self._shown: tuple[str, str, str] | None = None
        self._written: datetime | None = None
        self._phase = ""
        self._since = settings.now()
        self._failed = False

    def show(self, beat: Heartbeat, *, ledger: Ledger | None, past: Past) -> None:
        """Write the page if the beat brings something new, but not too often. Never raises."""
        if beat.phase != self._phase:
            self._phase, self._since = beat.phase, beat.at
        showing = (beat.phase, beat.step, beat.next_cycle)
        age = beat.at - self._written if self._written else None
        wait = page.REWRITE if showing == self._shown else page.AT_MOST
        is_last = beat.phase is Phase.STOPPING
        if not is_last and age is not None and timedelta(0) <= age < wait:
            return
        self._shown, self._written = showing, beat.at
        try:
            page.write(self._path, self.view(beat, ledger=ledger, past=past))
        except Exception:  # a beat may come in the middle of a save: nothing about a page is worth more than that
            if not self._failed:
                log.exception("writing the status page %s failed; the work goes on", self._path)
            self._failed = True
        else:
            self._failed = False

    def view(self, beat: Heartbeat, *, ledger: Ledger | None, past: Past) -> View:
        """Return what the page shows. Raises LedgerError."""
        settings = self._settings
        language = settings.report_language
        problems = [] if ledger is not None else [NO_LEDGER(language)]
        waiting: list[str] = []
        batch: dict[str, object] = {}
        today: dict[str, int] = dict(beat.stats)
        if ledger is not None:
            problems += self._problems(ledger, past)
            waiting = needs.sentences(ledger.counts(), len(ledger.open_oddities()), language)
            # Number and sum of one moment: the beat's number is that of the last cycle's end.
            money = ledger.money(beat.at.astimezone(settings.zone).date(), settings.zone)
            today |= {"count": money.deposits, "cancellations": money.cancellations, "won": money.won}
            if (last := ledger.last_batch()) is not None:
                at = (last.settled_at or last.planned_at).isoformat()
                batch = {"at": at, "rows": last.rows, "won": last.won, "outcome": last.outcome}
        free = shutil.disk_usage(settings.data_dir).free
        if free < LOW_DISK:
            problems.append(DISK(language, free=f"{free // 1024**2:,}"))
        patience = timedelta(seconds=beat.patience)
        # After its last beat a worker renews nothing: whoever comes next does, or it turns red soon.
        true_for = patience if beat.phase is Phase.STOPPING else max(page.TRUE_FOR, patience + page.MARGIN)
        return View(
            language=language.value,
            health=(Health.DEGRADED if problems else Health.HEALTHY).value,
            problems=problems,
            doing=beat.phase.value,
            step=beat.step,
            since=self._since.isoformat(),
            written=beat.at.isoformat(),
            valid_until=(beat.at + true_for).isoformat(),
            next_cycle=beat.next_cycle if _is_to_come(beat) else "",
            batch=batch,
            today=today,
            needs=waiting,
            marks=marks(beat.at, settings, ledger),
            erp=f"{settings.address} ({self._owner.mode})",
            version=beat.version,
        )

    def _problems(self, ledger: Ledger, past: Past) -> list[str]:
        language = self._settings.report_language
        why = ledger.why_no_posting(self._owner)
        found = [why] if why and not self._settings.demo else []
        if asked := screen_question.why_nothing_is_posted(ledger) or list_question.why_nothing_is_posted(ledger):
            found.append(reasons.say(asked, language))
        elif past.failures and not why:
            last = next((one for one in ledger.last_cycles(20) if one["outcome"] == "failed"), {})
            found.append(FAILED(language, why=reasons.say(str(last.get("why", "")), language)))
        return found + [one.what for one in ledger.alarms() if one.cause not in needs.CAUSES]


def _is_to_come(beat: Heartbeat) -> bool:
    """True when the next cycle that a beat names is not the one that is due or under way already."""
    return bool(beat.next_cycle) and datetime.fromisoformat(beat.next_cycle) > beat.at


def marks(now: datetime, settings: calendar.Plan, ledger: Ledger | None) -> tuple[TimelineMark, ...]:
    """Return the day's timeline: what became of the cycles that were due, and those to come."""
    day = now.astimezone(settings.zone).date()
    midnight = datetime.combine(day, time(), settings.zone)
    known = ledger.slots(midnight, midnight + timedelta(days=1)) if ledger is not None else []
    states = {one.at.astimezone(settings.zone).replace(tzinfo=None): one.state for one in known}
    for slot in calendar.slots(day, settings):
        if slot.at > now:
            states.setdefault(slot.at.replace(tzinfo=None), SlotState.OPEN)
    minutes = 1 if settings.demo else settings.interval_min
    local = now.astimezone(settings.zone).replace(tzinfo=None)
    return page.joined(
        [
            TimelineMark(start=at.hour * 60 + at.minute, minutes=minutes, state="due" if at > local else state.value)
            for at, state in sorted(states.items())
        ]
    )
