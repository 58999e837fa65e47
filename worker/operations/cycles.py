"""A cycle now: run here, or asked of the running worker; and what came of it."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from worker.browser.launch import Evidence
from worker.config.settings import Settings
from worker.control import requests
from worker.errors import DaybreakError, LedgerError
from worker.i18n import Message, message
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.runtime import desired_state
from worker.runtime.commands import CommandKind

#: The outcome of a cycle that went well.
RAN = "ran"

#: Maximum posted payments that are named.
MOST = 20

#: The figures of a cycle that are told; one that a failed cycle did not come to is 0, but for those that wait.
NAMES = ("listed", "new", "posted", "not_sent", "held", "in_doubt", "rejected", "waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleEnd:
    """How a cycle ended, and what it did."""

    #: ran, failed, stopped …
    outcome: str
    #: Why it did not go well, or "".
    why: str
    #: Deposits that the ERP refused, for a person to decide.
    refusals: int = 0
    #: Rows, by NAMES; empty where the list was not read.
    figures: Mapping[str, int] = field(default_factory=dict)
    #: What it posted, oldest first, MOST at most; and how many that were in all.
    posted: tuple[Entry, ...] = ()
    posted_count: int = 0
    #: Why rows were kept back, or "".
    why_not_sent: str = ""
    #: The folder with what was planned, sent and shown, while it is kept.
    evidence: Path | None = None

    @property
    def is_well(self) -> bool:
        """True when it ran and the ERP took every deposit."""
        return self.outcome == RAN and not self.refusals

    @property
    def said(self) -> Message:
        """Return how it ended, as a sentence."""
        if self.outcome == RAN and self.refusals:
            return message("The ERP refused {count} deposits of this cycle. See: daybreak resolve", count=self.refusals)
        if not self.why:
            is_good = self.outcome == RAN
            return message("The cycle ran.") if is_good else message("The cycle {outcome}.", outcome=self.outcome)
        if self.outcome == "failed":
            return message("The cycle failed: {why}", why=self.why)
        if self.outcome == "stopped":
            return message("The cycle stopped: {why}", why=self.why)
        return message("The cycle {outcome}: {why}", outcome=self.outcome, why=self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleAsked:
    """A cycle that the running worker was asked for."""

    #: The newest cycle that had ended when it was asked for, or 0.
    after: int


def wish_against(settings: Settings) -> Message | None:
    """Say that the worker is paused or stopped; a cycle by hand is not kept back by that. None while it may run."""
    wish = desired_state.read(settings.data_dir)
    if not wish.forbids(settings.now()):
        return None
    return message("The worker is {wish}. A cycle by hand is not kept back by that.", wish=wish.said())


def ask(settings: Settings, *, test: bool = False, rows: int | None = None) -> CycleAsked:
    """Ask the running worker for a cycle and return at once; `ended` tells what came of it.

    `test`: every save is kept back. `rows`: post so many rows at most. Raises DaybreakError where no worker runs.
    """
    if not requests.has_worker(settings.data_dir):
        raise DaybreakError(message("asking for a cycle: no worker runs. Start it first: daybreak resume"))
    return _ask(settings, test=test, rows=rows)


def ended(settings: Settings, asked: CycleAsked) -> CycleEnd | None:
    """Return how the cycle that was asked for ended; None while it waits or runs. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        return _ended(ledger, settings, asked)


def run(
    settings: Settings, *, test: bool = False, rows: int | None = None, only: str = "", wait: float = 600
) -> CycleEnd:
    """Have the running worker run a cycle and wait for its end; without one, run it here under the worker's locks.

    Only for the main thread of a program: a cycle that runs here listens to signals. `only`: post this payment alone,
    by its key. `wait` in seconds. Raises DaybreakError when none has ended by then.
    """
    if requests.has_worker(settings.data_dir):
        return _by_worker(settings, _ask(settings, test=test, rows=rows, only=only), wait=wait)
    from worker.app import by_hand  # a whole worker, for who runs one here alone

    outcome, why = by_hand.run_once(settings, test=test, rows=rows, only=only)
    with suppress(LedgerError), Ledger(settings.data_dir, create=False) as ledger:
        return newest(ledger, settings, outcome=outcome, why=why)
    return CycleEnd(outcome=outcome, why=why)


def _ask(settings: Settings, *, test: bool, rows: int | None, only: str = "") -> CycleAsked:
    with Ledger(settings.data_dir, create=False) as ledger:
        found = ledger.last_cycles(1)
    asked = CycleAsked(after=int(str(found[0]["id"])) if found and found[0]["ended"] else 0)
    requests.leave(settings.data_dir, CommandKind.CYCLE, test=test, rows=rows, only=only)
    return asked


def _ended(ledger: Ledger, settings: Settings, asked: CycleAsked) -> CycleEnd | None:
    found = ledger.last_cycles(1)
    is_taken = not (settings.data_dir / requests.FILE).exists()
    if not is_taken or not found or not found[0]["ended"] or found[0]["id"] == asked.after:
        return None
    return newest(ledger, settings, outcome=str(found[0]["outcome"]), why=cast("str", found[0]["why"]))


def _by_worker(settings: Settings, asked: CycleAsked, *, wait: float) -> CycleEnd:
    deadline = time.monotonic() + wait
    with Ledger(settings.data_dir, create=False) as ledger:
        while time.monotonic() < deadline:
            if found := _ended(ledger, settings, asked):
                return found
            time.sleep(requests.LOOK_EVERY)
    (settings.data_dir / requests.FILE).unlink(missing_ok=True)
    raise DaybreakError(
        message(
            "asking the running worker for a cycle: none ended within {seconds} s. See daybreak status",
            seconds=f"{wait:g}",
        )
    )


def newest(ledger: Ledger, settings: Settings, *, outcome: str, why: str) -> CycleEnd:
    """Return what the newest cycle of a ledger did, beside how it ended; only that while it has not ended."""
    found = ledger.last_cycles(1)
    if not found or not found[0]["ended"]:
        return CycleEnd(outcome=outcome, why=why)
    cycle = found[0]
    figures = cycle["figures"] if isinstance(cycle["figures"], dict) else {}
    told: dict[str, int] = {}
    if figures.get("listed"):
        told = {name: int(figures.get(name, 0)) for name in NAMES}
        if cycle["outcome"] != RAN and not told["waiting"]:  # they are counted at a cycle's end
            told["waiting"] = ledger.counts().get(State.SEEN, 0)
    posted = ledger.posted_in(int(str(cycle["id"])))
    last = ledger.last_batch() if figures.get("not_sent") else None
    started = datetime.fromisoformat(str(cycle["started"])).astimezone(settings.zone)
    folder = Evidence(settings.data_dir, now=started, name=f"cycle-{cycle['id']}").folder
    return CycleEnd(
        outcome=outcome,
        why=why,
        refusals=int(figures.get("rejected", 0)),
        figures=told,
        posted=tuple(posted[:MOST]),
        posted_count=len(posted),
        why_not_sent=last.answer if last is not None else "",
        evidence=folder if folder.exists() else None,
    )
