"""The look at the ERP's screens before a day's first cycle: what has changed is told before money moves.

It is a visit of its own, which enters nothing, minutes before the day's first slot; where no worker waited then, right
before the first cycle. What it saw is kept beside the ledger; a good cycle makes it what the next day is compared with.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from worker.browser.launch import Evidence
from worker.config.settings import Settings
from worker.erp import find
from worker.erp.sight import Sight, as_json, of_json
from worker.erp.visit import sign_in, visit
from worker.errors import DaybreakError, LedgerError, ScreensDoubted, StopRequested
from worker.i18n import Message, joined, message, stored
from worker.ledger.ledger import Ledger
from worker.posting import screen_question
from worker.posting.screens import changes, why_refused
from worker.runtime.files import read_json, write_private
from worker.runtime.stop import HeartbeatWriter
from worker.schedule import calendar

log = logging.getLogger(__name__)

#: What was seen, in the data folder.
FILE = "screens.json"

#: The note in the ledger that says what has changed since the last good cycle, for the state of things.
NOTE = "screens"

#: How long before a day's first cycle the look begins.
EARLY = timedelta(minutes=2)

#: Longest time of the look at all screens together (seconds): with what is under way then it ends within 10 s.
LOOK_S = 8.0


class Morning:
    """The looks of one worker."""

    def __init__(self, settings: Settings, *, heart: HeartbeatWriter, tell: Callable[[str, Message], None]) -> None:
        """`tell(cause, what)` has people told at once."""
        self._settings = settings
        self._heart = heart
        self._tell = tell
        self._path = settings.data_dir / FILE
        self._of = f"{settings.erp.origin} {settings.erp.company}"
        #: The last days on which an early look, and one right before or after a cycle, was tried.
        self._tried_early: date | None = None
        self._tried: date | None = None
        #: The day that was looked at, where this worker knows it.
        self._looked: date | None = None

    def look_early(self, ledger: Ledger, *, last_good: datetime | None) -> bool:
        """Look once, if the next cycle is due within minutes and is its day's first; return True if it did.

        Call it while the worker waits. Raises LedgerError.
        """
        due = self._heart.next_cycle
        now = self._settings.now()
        if due is None or not timedelta(0) < due - now <= EARLY:
            return False
        if calendar.silence_at(now, self._settings.schedule) is not None:
            return False  # the ERP is planned to be away: the cycle looks right before it reads
        day = due.astimezone(self._settings.zone).date()
        if day in (self._tried_early, self._looked) or not self._is_due(day, last_good):
            return False
        self._tried_early = day
        with suppress(StopRequested):  # the stop then comes between two steps
            self._look(ledger, day)
        return True

    def before_cycle(self, ledger: Ledger, *, last_good: datetime | None) -> None:
        """Look, unless that was done today, and follow what a person has answered.

        Raises ScreensDoubted while a person has to look first, LedgerError, StopRequested.
        """
        asked = screen_question.read(ledger)
        today = self._settings.now().date()
        if asked is not None and asked.is_answered:
            log.info("the screens are believed as they are: a person has looked at them")
            self._accept()
            screen_question.end(ledger)
        elif asked is not None or (today not in (self._tried, self._looked) and self._is_due(today, last_good)):
            self._tried = today
            self._look(ledger, today)
            asked = screen_question.read(ledger)
            if asked is not None:
                raise ScreensDoubted(asked.said)

    def after_good_cycle(self, ledger: Ledger) -> None:
        """Make what was seen before it the usual; where nothing was ever seen at a real ERP, look now."""
        kept, today = self._kept(), self._settings.now().date()
        if kept["seen"]:
            self._accept()
        elif not kept["good"] and not self._settings.demo and self._tried != today and self._can_look:
            self._tried = today
            with suppress(StopRequested, LedgerError):
                self._look(ledger, today)
            self._accept()

    # --- inside ----------------------------------------------------------------------------------------------------

    @property
    def _can_look(self) -> bool:
        """True where the ERP's package knows how to look at its screens."""
        return hasattr(find(self._settings.erp.name), "look")

    def _is_due(self, day: date, last_good: datetime | None) -> bool:
        """True when this day was not looked at, and something was kept, or an earlier day had a good cycle."""
        kept = self._kept()
        if kept["looked"] == day.isoformat() or not self._can_look:
            self._looked = day
            return False
        was_before = last_good is not None and last_good.astimezone(self._settings.zone).date() < day
        return bool(kept["good"]) or was_before

    def _look(self, ledger: Ledger, day: date) -> None:
        """Look, and tell what is to be told. A look that fails is logged. Raises StopRequested, LedgerError."""
        settings = self._settings
        papers = Evidence(settings.data_dir, now=settings.now(), name=f"look-{settings.now():%H%M%S}")
        seen: list[Sight] = []
        try:
            with visit(settings, heart=self._heart, papers=papers, posts=False) as there:
                look: Callable[..., Iterable[Sight]] | None = getattr(there.erp, "look", None)
                if look is not None:
                    sign_in(there.erp, settings)
                    seen.extend(look(seconds=LOOK_S, with_deposits=settings.posting.can_look_up))
        except (StopRequested, LedgerError):
            raise
        except (DaybreakError, OSError) as error:
            log.warning("the look at the screens failed, the cycle is not kept back by that: %s", error)
            return
        finally:
            self._heart.progress()
        log.info("looked at the screens: %s", ", ".join(one.screen for one in seen) or "none was drawn in time")
        self._looked = day
        self._judge(ledger, seen, day)

    def _judge(self, ledger: Ledger, seen: list[Sight], day: date) -> None:
        """Compare with the last good cycle's screens and tell what differs. Raises LedgerError."""
        kept = self._kept()
        good = _sights(kept["good"])
        self._keep({**kept, "looked": day.isoformat(), "seen": {**kept["seen"], **as_json(seen)}})
        refused, found = why_refused(seen), changes(good, seen)
        doubts = [one.what for one in found if one.holds]
        others = [one.what for one in found if not one.holds]
        ledger.set_note(NOTE, stored(_since_good(others)) if others else "")
        if doubts:
            screen_question.note(ledger, joined(doubts), at=self._settings.now())
            asked = screen_question.read(ledger)
            assert asked is not None, "it was just noted"
            log.error("%s", asked.said)
            self._tell("layout", asked.said)
        elif any(one.money for one in seen):
            screen_question.end(ledger)
        if refused:
            what = message(
                "the next cycle will read or post nothing, as the screens are now: {why}", why=joined(refused)
            )
            log.error("%s", what)
            self._tell("layout", what)
        if others:
            log.warning("%s", _since_good(others))
            self._tell("screens", _since_good(others))

    def _accept(self) -> None:
        """Take what was seen last for the usual."""
        kept = self._kept()
        self._keep({**kept, "good": {**kept["good"], **kept["seen"]}, "seen": {}})

    def _kept(self) -> dict[str, Any]:
        """Return what was kept of these books; nothing where the file is damaged or of other books."""
        return read_json(self._path, self._of_these, None) or {"looked": "", "good": {}, "seen": {}}

    def _of_these(self, kept: Any) -> dict[str, Any] | None:
        if kept["of"] != self._of:
            return None
        _sights(kept["good"]), _sights(kept["seen"])
        return {"looked": str(kept["looked"]), "good": kept["good"], "seen": kept["seen"]}

    def _keep(self, kept: Mapping[str, Any]) -> None:
        """Write it down; a disk that takes no write costs the comparison."""
        try:
            write_private(self._path, json.dumps({"of": self._of, **kept}, ensure_ascii=False, indent=1))
        except OSError as error:
            log.warning("keeping what the screens look like: %s", error)


def _sights(kept: Mapping[str, Any]) -> dict[str, Sight]:
    return {screen: of_json(screen, seen) for screen, seen in kept.items()}


def _since_good(what: list[Message]) -> Message:
    return message("the ERP's screens are not what they were at the last good cycle: {changes}", changes=joined(what))
