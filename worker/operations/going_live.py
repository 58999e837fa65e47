"""The way to real money in eight steps: which are done, which is next and what keeps one back, read off the facts.

Nothing here remembers how far somebody has come: settings, ledger and the last trials say it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from worker.alerts import channel_tests
from worker.browser import save_gate
from worker.config import loading
from worker.config.settings import Settings
from worker.erp import trial_records
from worker.erp.trial_records import TrialRecord
from worker.errors import DaybreakError, Overtaken
from worker.i18n import message
from worker.ledger.adopted import LedgerOwner
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.operations import writing_settings
from worker.operations.writing_settings import Change
from worker.payments.payment import Deposit
from worker.posting.books import owner_of
from worker.runtime import desired_state
from worker.runtime.commands import CommandKind
from worker.runtime.desired_state import Intent
from worker.runtime.files import read_json, write_private

#: In the data folder: who has said that the old script is off, and when.
OLD_SCRIPT = "old_script.json"


class Step(StrEnum):
    """The steps, in their order."""

    STOP = "stop"
    SETTINGS = "settings"
    CONNECT = "connect"
    PROBE = "probe"
    ADOPT = "adopt"
    TEST = "test"
    ROW = "row"
    PRODUCTION = "production"


class StepState(StrEnum):
    """How a step stands."""

    DONE = "done"
    OPEN = "open"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One step."""

    step: Step
    state: StepState
    #: What is missing, or what keeps it back; "" for one that is done or can simply be taken.
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a person has said, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The last batch that was made and not sent, because nobody meant it to be."""

    number: int
    at: datetime
    deposits: tuple[Deposit, ...]
    #: The request that carried it where SAVE_PATTERN did not know it, as `METHOD address`; "" where it did.
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the ledger says of it."""

    #: True: these are the demo's books.
    is_demos: bool = False
    #: True: somebody has said what was posted before, for this company at this address.
    is_adopted: bool = False
    #: Why nothing may be posted from here in production, or "".
    why_no_posting: str = ""
    adopted_at: datetime | None = None
    #: Payments that count as posted before.
    before: int = 0
    #: When the list was read last by a cycle that went well.
    read_at: datetime | None = None
    planned: Planned | None = None
    #: The first payment that went out.
    first: Entry | None = None
    #: The next one that would go out.
    next: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the steps are read off."""

    #: None while a value of them can't be used.
    settings: Settings | None
    problems: tuple[str, ...]
    old_script: Statement | None
    #: Whom no message that got through would reach, as the channels are set now, or "".
    why_untold: str
    login: TrialRecord | None
    probe: TrialRecord | None
    books: Books
    wish: Intent


def facts(data: Path) -> Facts:
    """Read the facts. Raises LedgerError for books that can't be read."""
    settings, problems = loading.checked()
    wish, said = desired_state.read(data), _old_script(data)
    if settings is None:
        return Facts(
            settings=None, problems=tuple(problems), old_script=said, why_untold="", login=None, probe=None,
            books=Books(), wish=wish,
        )  # fmt: skip
    return Facts(
        settings=settings,
        problems=tuple(problems),
        old_script=said,
        why_untold=channel_tests.why_untested(data, settings.channels),
        login=trial_records.read(settings, CommandKind.LOGIN_TEST),
        probe=trial_records.read(settings, CommandKind.PROBE),
        books=_books(settings),
        wish=wish,
    )


def steps(found: Facts) -> tuple[StepShown, ...]:
    """Say how each step stands. A step that facts show to be done is done, whoever did it and wherever."""
    missing = _missing(found)
    shown: list[StepShown] = []
    for step in Step:
        why = missing[step]
        if why is None:
            shown.append(StepShown(step=step, state=StepState.DONE))
            continue
        before = next((one for one in NEEDS[step] if missing[one] is not None), None)
        if before is not None:
            number = list(Step).index(before) + 1
            blocked = message("step {number} comes first", number=number)
            shown.append(StepShown(step=step, state=StepState.BLOCKED, why=blocked))
        else:
            shown.append(StepShown(step=step, state=StepState.OPEN, why=why))
    return tuple(shown)


#: What must be done before a step, the first of it first.
NEEDS: Mapping[Step, tuple[Step, ...]] = {
    Step.STOP: (),
    Step.SETTINGS: (),
    Step.CONNECT: (Step.SETTINGS,),
    Step.PROBE: (Step.SETTINGS, Step.CONNECT),
    Step.ADOPT: (Step.STOP, Step.SETTINGS, Step.CONNECT, Step.PROBE),
    Step.TEST: (Step.SETTINGS, Step.CONNECT, Step.PROBE, Step.ADOPT),
    Step.ROW: (Step.SETTINGS, Step.CONNECT, Step.PROBE, Step.ADOPT, Step.TEST),
    Step.PRODUCTION: (Step.SETTINGS, Step.CONNECT, Step.ADOPT, Step.TEST, Step.ROW),
}


def demand(data: Path, step: Step) -> Facts:
    """Return the facts for who takes a step. Raises DaybreakError, with the reason, for one that is kept back."""
    found = facts(data)
    shown = next(one for one in steps(found) if one.step is step)
    if shown.state is StepState.BLOCKED:
        raise DaybreakError(message("this step is not due yet: {why}. Nothing was changed", why=shown.why))
    return found


def say_old_script_is_off(data: Path, *, by: str, now: datetime) -> None:
    """Write down that somebody has switched the old script off, on every machine. Raises OSError."""
    values = {"by": by, "at": now.isoformat(timespec="seconds")}
    write_private(data / OLD_SCRIPT, json.dumps(values, ensure_ascii=False))


def _old_script(data: Path) -> Statement | None:
    def made(values: Any) -> Statement:
        return Statement(by=str(values["by"]), at=datetime.fromisoformat(values["at"]))

    return read_json(data / OLD_SCRIPT, made, None)


def _missing(found: Facts) -> Mapping[Step, str | None]:
    """Return what is missing of each step by itself; None for one that is done."""
    books = found.books
    return {
        Step.STOP: None if found.old_script or books.is_adopted else "",
        Step.SETTINGS: _no_settings(found),
        Step.CONNECT: _no_connection(found),
        Step.PROBE: _no_probe(found),
        Step.ADOPT: None if books.is_adopted else "",
        Step.TEST: _no_test(found),
        Step.ROW: _no_row(found),
        Step.PRODUCTION: _no_production(found),
    }


def demand_unsaid(data: Path) -> None:
    """Raise DaybreakError where it is not due to say what was posted before, and Overtaken where it is said already."""
    books = demand(data, Step.ADOPT).books
    if books.is_adopted:
        raise Overtaken(message("what was posted before is said already. Nothing was changed; look at step 5 again"))


def _no_settings(found: Facts) -> str | None:
    if found.problems:
        return found.problems[0]
    if found.settings is None or found.settings.demo:
        return message("ERP_URL is empty: the demo runs")
    if found.books.is_demos:
        return message("the books in this folder are the demo's: they are put aside when the settings are stored")
    return None


def _no_connection(found: Facts) -> str | None:
    login, read_at = found.login, found.books.read_at
    if login is not None and not login.is_well and (read_at is None or read_at < login.at):
        return login.why or _last(login)
    if login is None and read_at is None and found.books.first is None:
        return ""
    if found.settings is not None and not found.settings.channels.names:
        return message("nobody would be told of problems: name a mail server and an address")
    return found.why_untold or None


def _no_probe(found: Facts) -> str | None:
    if found.books.first is not None:
        return None
    probe = found.probe
    if probe is None:
        return ""
    if probe.is_well or probe.has_none:
        return None
    return probe.why or message("marks of the ERP's screens are missing")


def _no_test(found: Facts) -> str | None:
    if found.books.first is not None:
        return None
    planned, settings = found.books.planned, found.settings
    if planned is None:
        return ""
    pattern = settings.erp.save_request if settings is not None else None
    address = planned.request.partition(" ")[2]
    if pattern is None or (address and not pattern.search(address)):
        return message("the address of the save is not confirmed yet")
    return None


def _no_row(found: Facts) -> str | None:
    first = found.books.first
    if first is None:
        return ""
    if first.state is State.POSTED:
        return None
    if first.state is State.SENT:
        return message("a deposit is on its way; its answer is read now")
    return message("what became of the first row is not certain: decide it under To look at")


def _no_production(found: Facts) -> str | None:
    if found.settings is None or found.settings.demo or found.settings.posting.mode != "production":
        return ""
    if found.books.why_no_posting:
        return found.books.why_no_posting
    if found.wish.wanted is not desired_state.DesiredState.RUNNING:
        return message("the worker is {wish}", wish=found.wish.said())
    return None


def _last(trial: TrialRecord) -> str:
    return trial.lines[-1] if trial.lines else ""


def _books(settings: Settings) -> Books:
    if not (settings.data_dir / "ledger.db").exists():
        return Books()
    with Ledger(settings.data_dir, create=False) as ledger:
        is_demos = any(ledger.adopted_databases())
        if is_demos or settings.demo:
            return Books(is_demos=is_demos)
        owner = owner_of(settings)
        real = LedgerOwner(company=owner.company, origin=owner.origin, machine=owner.machine, mode="production")
        if ledger.is_about_another(owner):  # nothing of it was done for this company
            return Books(why_no_posting=ledger.why_no_posting(real))
        cycles = ledger.last_cycles(1, "ran")
        planned = _planned(ledger)
        return Books(
            is_adopted=ledger.knows_what_was_posted(owner),
            why_no_posting=ledger.why_no_posting(real),
            adopted_at=ledger.adopted_at(),
            before=ledger.adopted_before(),
            read_at=datetime.fromisoformat(str(cycles[0]["ended"])).astimezone(settings.zone) if cycles else None,
            planned=planned,
            first=ledger.first_sent(),
            next=_next(ledger, planned),
        )


def _planned(ledger: Ledger) -> Planned | None:
    batch = ledger.last_batch()
    if batch is None or not save_gate.is_test(batch.answer):
        return None
    return Planned(
        number=batch.id,
        at=batch.planned_at,
        deposits=tuple(ledger.planned(batch.id).values()),
        request=save_gate.request_of(batch.answer),
    )


def _next(ledger: Ledger, planned: Planned | None) -> Entry | None:
    """Return the first payment of the last test that still waits: that one would go out first."""
    if planned is None:
        return None
    entries = ledger.entries([one.key for one in planned.deposits])
    waiting = (entries[one.key] for one in planned.deposits if one.key in entries)
    return next((one for one in waiting if one.state is State.SEEN and not one.excluded), None)


def pattern_of(request: str) -> str:
    """Return what SAVE_PATTERN would be for a request, `METHOD address`: the end of its address, as an expression."""
    address = request.partition(" ")[2]
    if "://" not in address:  # an ERP that names its writes in the body
        return re.escape(address) + r"\b"
    parts = [one for one in urlsplit(address).path.split("/") if one][-2:]
    if not parts or not re.search(r"\w$", parts[-1]):
        return re.escape(address) + "$"
    return "/" + re.escape("/".join(parts)) + r"\b"


def confirm_save(data: Path, request: str) -> str:
    """Remember that a request is the one that saves, as the last run without saving has shown it; return the pattern.

    Raises Overtaken where another one was shown since, DaybreakError, SettingsError.
    """
    planned = demand(data, Step.TEST).books.planned
    if planned is None or planned.request != request:
        raise Overtaken(
            message("the last run without saving has asked for another address than the one shown: look at it again")
        )
    pattern = pattern_of(request)
    writing_settings.apply(Change(values={"SAVE_PATTERN": pattern}))
    return pattern
