"""daybreak, the people's command: one verb each, thin."""

import getpass
import io
import json
import os
import sys
import time
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from worker.__main__ import EXIT_SETTINGS, run_errand, run_once
from worker.admin import move as moving
from worker.admin import restore as restoring
from worker.admin import restore_preview, wsl
from worker.admin.upkeep import why_holidays_unknown
from worker.alerts import channel_tests, sender, spool_import
from worker.app import whom
from worker.cli import ended
from worker.config import day_overrides as days_by_hand
from worker.config import ini, settings
from worker.config.day_overrides import Said
from worker.erp import playback
from worker.errors import DaybreakError, LedgerError, SettingsError
from worker.i18n import message, reasons, said_by
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.search import Archive
from worker.ledger.search_terms import named_key
from worker.ledger.state import State
from worker.ledger.verdicts import Verdict
from worker.posting import adoption, list_question, old_record, refused, screen_question
from worker.posting import pending as waits
from worker.reports import find as finding
from worker.reports import incidents
from worker.runtime import control, desired_state, private, requests, time_words
from worker.runtime.locks import Lock
from worker.runtime.requests import What
from worker.runtime.terminal import printable
from worker.schedule import agenda
from worker.status import checklist
from worker.status import snapshot as state
from worker.version import version

app = typer.Typer(
    name="daybreak",
    help="Posts the card payments of a web ERP as deposits, once each, and never stops silently.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

#: `daybreak status --watch` looks so often (seconds).
WATCH_EVERY = 2.0

#: What `daybreak resolve` calls the wait for the settings.
SETTINGS = "settings"

#: What it calls the questions about a whole list and about changed screens.
LIST, SCREENS = "list", "screens"

MARKS = {
    checklist.Verdict.WELL: "green",
    checklist.Verdict.LOOK: "yellow",
    checklist.Verdict.BAD: "bold red",
    checklist.Verdict.PLAIN: "dim",
}
COLOURS = {state.Health.HEALTHY: "green", state.Health.DEGRADED: "yellow", state.Health.DOWN: "red"}


@app.callback(invoke_without_command=True)
def _main(show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if show_version:
        _print(version())
        raise typer.Exit


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every 2 seconds, until Ctrl-C.")] = False,
) -> None:
    """Say how things stand. Changes nothing. Exit code: 0 healthy, 1 degraded, 2 down."""
    if watch:
        _watch()
        return
    found = state.look()
    if as_json:
        _print(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        _console().print(_shown(found))
    raise typer.Exit(list(state.Health).index(found.health))


def _watch() -> None:
    """Draw the checklist again and again; Ctrl-C ends it."""
    with suppress(KeyboardInterrupt), Live(console=_console(), auto_refresh=False, screen=sys.stdout.isatty()) as live:
        while True:
            found = state.look()
            live.update(Group(_shown(found), Text(f"{datetime.now().astimezone():%H:%M:%S}", "dim")), refresh=True)
            time.sleep(WATCH_EVERY)


def _console() -> Console:
    """Return where to print: as wide as the terminal; without one, as wide as the text is."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 1000)


def _shown(found: state.Status) -> Group:
    """Return the headline, the problems, what needs a person, and the checklist."""
    language, colour = Language(found.language), COLOURS[found.health]
    parts: list[RenderableType] = [Text(checklist.HEALTHS[found.health](language), f"bold {colour}")]
    problems = [printable(one) for one in checklist.problems(found, language)]
    parts += [Text.assemble(("  • ", colour), problem) for problem in problems]
    name = checklist.FOR_A_PERSON(language)
    parts += [Text.assemble((f"  {name}: ", "cyan"), printable(one)) for one in checklist.attention(found, language)]
    table = Table(
        Column(), Column(no_wrap=True), Column(overflow="fold"), show_header=False, box=None, padding=(0, 1, 0, 1)
    )
    for line in checklist.lines(found, language):
        table.add_row(Text(line.verdict, MARKS[line.verdict]), Text(line.name), Text(printable(line.text)))
    return Group(*parts, table)


@app.command()
def check() -> None:
    """Try circus.ini and var/local.ini as they are, and name all that is wrong with them. Changes nothing, asks nobody.

    Exit code: 0 the worker would start with them, 78 it would refuse them.
    """
    chosen, problems = settings.checked()
    if chosen is not None and not problems and (why := channel_tests.why_not_production(chosen)):
        problems.append(why)
    if problems:
        raise ini.wrong(problems)
    assert chosen is not None, "what is not there has a problem"
    where = "the demo ERP" if chosen.demo else f"{chosen.address}, company {chosen.company}, MODE = {chosen.mode}"
    _tell(message("The settings can be used: {where}.", where=where))


@app.command()
def schedule(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list, one object a day.")] = False,
    days: Annotated[int, typer.Option(min=1, max=366, help="So many days from today.")] = 14,
    close: Annotated[
        str | None, typer.Option(metavar="DAY", help="Make this day (2026-11-28) a day off; needs --why.")
    ] = None,
    open_: Annotated[
        str | None, typer.Option("--open", metavar="DAY", help="Make this day a work day; needs --why.")
    ] = None,
    undo: Annotated[str | None, typer.Option(metavar="DAY", help="Take back what was said of this day.")] = None,
    why: Annotated[str, typer.Option(help="The reason; goes into the record.")] = "",
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
) -> None:
    """Show when cycles are due in the next two weeks, and which days are off.

    With --close, --open or --undo it first changes one day: in force at the next slot, without a restart. Else it
    changes nothing.
    """
    chosen = settings.load()
    language = chosen.report_language
    first = chosen.now().date()
    said = (("--close", close), ("--open", open_), ("--undo", undo))
    if changed := [time_words.day(words, what=option) for option, words in said if words is not None]:
        if len(changed) > 1:
            raise DaybreakError("changing the schedule: say one of --close, --open, --undo at a time")
        if chosen.demo:
            raise DaybreakError("changing the schedule: the demo works at any hour of any day; set ERP_URL first")
        who = by or getpass.getuser()
        (day,) = changed
        if undo is not None:
            days_by_hand.undo(chosen.data_dir, day, by=who, why=why, now=chosen.now())
        else:
            word = Said(closed=close is not None, why=why.strip(), by=who)
            days_by_hand.say(chosen.data_dir, day, word, now=chosen.now())
        _take_notes(chosen)
        if not first <= day < first + timedelta(days=days):
            first = day - timedelta(days=day.weekday())  # show the week that was changed
            days = 7
    found = list(agenda.days(first, days, chosen, language))
    if as_json:
        _print(json.dumps([one.as_dict() for one in found], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in agenda.TITLES:
        table.add_column(title(language))
    for one in found:
        cells = agenda.cells(one, language)
        table.add_row(*(Text(cell, "dim" if one.off else "") for cell in cells))
    _console().print(table)
    if problem := days_by_hand.why_damaged(chosen.data_dir):
        _console().print(Text(reasons.say(problem, language), "yellow"))
    if problem := why_holidays_unknown(chosen.now().date()):
        _console().print(Text(reasons.say(problem, language), "yellow"))


def _take_notes(chosen: settings.Settings) -> None:
    """Have the ledger take what was just left in the spool; while it can't be opened, a worker does it later."""
    with suppress(LedgerError), Ledger(chosen.data_dir, create=False, patience=2.0) as ledger:
        spool_import.take(ledger, chosen.data_dir)


@app.command("analyze")
def analyze_(
    since: Annotated[
        str, typer.Argument(metavar="FROM", help='2026-01-13, "2026/01/13 오후 6:00", or 18:00 for today.')
    ],
    until: Annotated[str, typer.Argument(metavar="TO", help="The same; a day alone means its end.")],
    folder: Annotated[
        Path | None, typer.Option("--logs", help="Read the logs here, ours or the old script's; default: our own.")
    ] = None,
) -> None:
    """Tell what went wrong between two times: gaps, silences, restarts, missed cycles, errors. Changes nothing.

    Reads the ledger and our logs, and the text logs of the script that did this job before.
    """
    chosen = settings.load()
    now = chosen.now()
    first = time_words.moment(since, what="FROM", now=now, is_end=False)
    last = time_words.moment(until, what="TO", now=now)
    if first >= last:
        raise DaybreakError(f"reading FROM and TO: {since} is not before {until}")
    logs = folder or chosen.data_dir / "logs"
    if folder is not None and not folder.is_dir():
        raise DaybreakError(f"reading the logs: {folder} is no folder")
    with ExitStack() as held:
        ledger, why = None, ""
        try:
            ledger = held.enter_context(Ledger(chosen.data_dir, create=False, patience=1.0))
        except LedgerError as error:
            why = str(error)
        report = incidents.analyze(
            first,
            last,
            ledger=ledger,
            why_no_ledger=why,
            folder=logs,
            plan=chosen,
            now=now,
            language=chosen.report_language,
        )
    _print("\n".join(incidents.text(report, chosen.zone, chosen.report_language)))


@app.command()
def find(
    text: Annotated[
        str,
        typer.Argument(help="A payer, an amount, an approval number, a day, a key or a slip number.", metavar="TEXT"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Show so many payments, the newest.")] = 20,
) -> None:
    """Say whether a payment was posted, and everything that happened to it. Changes nothing.

    TEXT is a payer or a part of the name, 123,450 or 123450원, an approval number, a day like 2026-11-25, 2026/11/25 or
    11-25, a minute like 2026/11/25 오후 6:00, a key with or without #, a whole remark, or a slip number. Exit code 1
    when no payment is found.
    """
    chosen = settings.load()
    with Archive(chosen.data_dir, read_only=True) as archive:
        found = finding.find(
            archive,
            text,
            data=chosen.data_dir,
            today=chosen.now().date(),
            most=most,
            why_no_posting=archive.why_no_posting(whom(chosen)) or refused.why_nothing_is_sent(archive),
        )
    if as_json:
        _print(json.dumps(found.as_dict(chosen.zone, chosen.report_language), ensure_ascii=False, indent=1))
    else:
        _print("\n".join(found.lines(chosen.zone, chosen.report_language)))
    raise typer.Exit(0 if found.total or found.odd else 1)


@app.command()
def adopt(
    nothing: Annotated[bool, typer.Option("--nothing", help="Nothing was posted before: post all that waits.")] = False,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Every payment up to this time (in TZ) was posted before: 2026-11-28 (to its end), "
            '"2026/11/28 18:00", 오후 6:00 (today).',
        ),
    ] = None,
    listed: Annotated[
        Path | None,
        typer.Option("--list", help="A file with one approval number or key a line: these were posted before."),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", help="The old script's record file: a JSON list of times, one for each posted payment."
        ),
    ] = None,
    this_machine: Annotated[
        bool, typer.Option("--this-machine", help="These books are kept on this machine from now on; nothing else.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="The old script is off; ask nothing.")] = False,
) -> None:
    """Say what was posted before daybreak, so that it may post from here on.

    Writes one adoption record into the ledger, for this company, ERP address, machine and mode. Without it nothing is
    posted. Shows first what it will do, and asks.
    """
    chosen = settings.load()
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    if this_machine:
        if nothing or until is not None or listed is not None or record is not None:
            raise DaybreakError("adopting: --this-machine stands alone; what was posted before is not asked again")
        _adopt_this_machine(chosen, by or getpass.getuser(), yes=yes)
        return
    if nothing and (until is not None or listed is not None or record is not None):
        raise DaybreakError("adopting: --nothing excludes --until, --list and --record")
    boundary = adoption.boundary(until, chosen.now()) if until is not None else None
    if not nothing and until is None and listed is None and record is None:
        adoption.demand_an_answer(chosen.data_dir, whom(chosen))
    if not chosen.demo:
        adoption.refuse_the_demos(chosen.data_dir)
    if record is not None:
        old_record.read(record)  # what is wrong with it is said before anything is done
        _tell("Reading the list, to hold the record against it; nothing is saved.")
        outcome, why = _cycle(chosen, test=True, rows=None, wait=600)
        adoption.demand_reading(chosen.data_dir, outcome=outcome, why=why)
    with Ledger(chosen.data_dir) as ledger:
        found = adoption.propose(ledger, until=boundary, listed=listed, record=record)
        _print(f"ERP {chosen.origin}, company {chosen.company}, {whom(chosen).mode} mode, ledger in {chosen.data_dir}.")
        for line in found.lines:
            _tell(line)
        if not yes:
            _demand("Is the old script switched off, on every machine?")
            _demand("Is that what you mean?")
        ledger.adopt(
            whom(chosen),
            by=by or getpass.getuser(),
            at=chosen.now(),
            note=found.note,
            posted=[one.key for one in found.posted],
            held=found.held,
            recorded=found.recorded,
            until=boundary,
        )
    _tell("Adopted. The next cycle goes on from here.")


def _adopt_this_machine(chosen: settings.Settings, who: str, *, yes: bool) -> None:
    with Ledger(chosen.data_dir, create=False) as ledger:
        _print(f"ERP {chosen.origin}, company {chosen.company}, ledger in {chosen.data_dir}, machine {chosen.machine}.")
        if not yes:
            _demand("Has the other machine's worker ended, for ever?")
        note = ledger.adopt_machine(chosen.machine, by=who, at=chosen.now())
        _tell(f"Adopted for this machine ({note}).")
        if ledger.older():
            _tell("These books did not come by daybreak move: what waits is looked up in the ERP before it is posted.")


@app.command()
def resolve(
    key: Annotated[
        str,
        typer.Argument(
            help="The payment's key, row-N, settings, list or screens. Without it: the list of all that waits."
        ),
    ] = "",
    posted: Annotated[bool, typer.Option("--posted", help="It stands in the ERP: never post it.")] = False,
    not_posted: Annotated[bool, typer.Option("--not-posted", help="It does not: post it in the next cycle.")] = False,
    never: Annotated[bool, typer.Option("--never", help="It does not, and needs no deposit.")] = False,
    why: Annotated[str, typer.Option(help="The reason; goes into the record.")] = "",
    slip: Annotated[str, typer.Option(help="The ERP's slip number, if you know it.")] = "",
    mended: Annotated[
        bool, typer.Option("--mended", help="With KEY settings: what the ERP refused every row for is mended.")
    ] = False,
    rows: Annotated[
        bool, typer.Option("--rows", help="With KEY settings: they are right; have each refused row decided by itself.")
    ] = False,
    same: Annotated[
        str,
        typer.Option(
            metavar="all|none|KEY[,KEY]",
            help="With KEY list: which new rows are the known payments that they look like; the others are posted.",
        ),
    ] = "",
    right: Annotated[
        bool, typer.Option("--right", help="With KEY list: it is the right list, and nothing of it is hidden.")
    ] = False,
    seen: Annotated[
        bool, typer.Option("--seen", help="With KEY screens: what has changed on them was looked at, and is right.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
) -> None:
    """List what is in doubt, held or refused, with the evidence; settle one of them, with a reason.

    Where the ERP refuses every row for one reason, all of them wait for one answer: daybreak resolve settings --mended.
    Where a whole list is not believed, so does everything: daybreak resolve list shows the question and answers it;
    so does daybreak resolve screens where the ERP's screens are not read as they were.
    Without a verdict it changes nothing.
    """
    chosen = settings.load()
    key = named_key(key)
    with Ledger(chosen.data_dir, create=False) as ledger:
        if not key:
            _list_waiting(ledger, chosen)
            return
        if key == LIST or same or right:
            _resolve_list(ledger, chosen, key, same=same, right=right, by=by or getpass.getuser(), why=why)
            return
        if key == SCREENS or seen:
            _resolve_screens(ledger, chosen, key, seen=seen, by=by or getpass.getuser(), why=why)
            return
        if key == SETTINGS or mended or rows:
            _resolve_settings(ledger, chosen, key, mended=mended, rows=rows, by=by or getpass.getuser(), why=why)
            return
        verdicts = [
            verdict
            for verdict, said in (
                (Verdict.POSTED, posted),
                (Verdict.NOT_POSTED, not_posted),
                (Verdict.NEVER, never),
            )
            if said
        ]
        if not verdicts:
            moves = waits.history(ledger, key, zone=chosen.zone, language=chosen.report_language)
            found = [] if moves else waits.of_row(ledger, key, language=chosen.report_language)
            moves += waits.may_be(ledger, key, chosen.report_language)
            _print("\n".join(moves or found) or reasons.here(f"{key} was never seen"))
            return
        if len(verdicts) > 1 or not why.strip():
            raise DaybreakError(f"resolving {key}: say one of --posted, --not-posted, --never, and --why")
        who = by or getpass.getuser()
        linked: tuple[str, ...] = ()
        if key.startswith("row-") and key[4:].isdigit():
            ledger.settle_oddity(int(key[4:]), by=who, why=f"{verdicts[0]}: {why}", at=chosen.now())
        else:
            linked = ledger.resolve(key, verdicts[0], by=who, why=why, at=chosen.now(), slip=slip)
        _tell(f"{key} is settled: {verdicts[0]}.")
        if len(linked) > 1:
            _print("\n".join(waits.became(ledger, linked, chosen.report_language)))


def _resolve_list(
    ledger: Ledger, chosen: settings.Settings, key: str, *, same: str, right: bool, by: str, why: str
) -> None:
    """Show the question about the whole list, or answer it."""
    if key != LIST or (same and right) or ((same or right) and not why.strip()):
        raise DaybreakError(
            message(
                "answering the question about the list: write daybreak resolve list with one of --same and --right, "
                "and --why TEXT"
            )
        )
    if same or right:
        _tell(list_question.answer(ledger, same=same, is_right=right, by=by, why=why.strip(), at=chosen.now()))
    elif asked := list_question.read(ledger):
        _print("\n".join(waits.of_list(ledger, asked, chosen.report_language)))
    else:
        _tell(message("The list raises no question."))


def _resolve_screens(ledger: Ledger, chosen: settings.Settings, key: str, *, seen: bool, by: str, why: str) -> None:
    """Show the question about changed screens, or answer it."""
    if key != SCREENS or (seen and not why.strip()):
        raise DaybreakError(
            message("answering the question about the screens: write daybreak resolve screens --seen --why TEXT")
        )
    if seen:
        _tell(screen_question.answer(ledger, by=by, why=why.strip(), at=chosen.now()))
    else:
        _tell(screen_question.why_nothing_is_posted(ledger) or message("The screens raise no question."))


def _resolve_settings(
    ledger: Ledger, chosen: settings.Settings, key: str, *, mended: bool, rows: bool, by: str, why: str
) -> None:
    """Say what waits for the settings, or let posting go on."""
    refusal = refused.read(ledger)
    if key != SETTINGS or (mended and rows) or (rows and not why.strip()):
        raise DaybreakError(
            message(
                "resolving the wait for the settings: write daybreak resolve settings --mended, or daybreak resolve "
                "settings --rows --why TEXT"
            )
        )
    if mended or rows:
        _tell(refused.settle(ledger, rows_own=rows, by=by, why=why.strip() or "-", at=chosen.now()))
    elif refusal is None:
        _tell(message("Nothing waits for the settings."))
    else:
        _tell(refusal.said(ledger.counts().get(State.SEEN, 0)))


def _list_waiting(ledger: Ledger, chosen: settings.Settings) -> None:
    if refusal := refused.read(ledger):
        _tell(refusal.said(ledger.counts().get(State.SEEN, 0)))
        _print()
    if changed := screen_question.why_nothing_is_posted(ledger):
        _tell(changed)
        _print()
    if asked := list_question.read(ledger):
        _print("\n".join(waits.of_list(ledger, asked, chosen.report_language)))
        _print()
    found = waits.waiting(ledger, chosen.data_dir, language=chosen.report_language)
    if not found and refusal is None and asked is None and changed is None:
        _tell("Nothing waits for a person.")
    for one in found:
        _print("\n".join(one.lines(chosen.report_language)))
    if found:
        _print()
        _tell("Settle one with: daybreak resolve KEY --posted | --not-posted | --never --why TEXT")


@app.command()
def once(
    test: Annotated[bool, typer.Option("--test", help="Everything up to the save, which is kept back.")] = False,
    rows: Annotated[
        int | None, typer.Option(min=1, max=300, help="Post so many rows at most, the oldest first; the rest waits.")
    ] = None,
    wait: Annotated[float, typer.Option(help="Give up waiting for the running worker after so many seconds.")] = 600,
) -> None:
    """Run one cycle now. Asks the running worker; without one, takes the lock and runs it here.

    Exit code 1 when it failed, or when the ERP refused deposits of it.
    """
    chosen = settings.load()
    wish = desired_state.read(chosen.data_dir)
    if wish.forbids(chosen.now()) and not test:
        _tell(f"The worker is {wish}. A cycle by hand is not kept back by that.")
    outcome, why = _cycle(chosen, test=test, rows=rows, wait=wait)
    refusals, said = 0, list[str]()
    with suppress(LedgerError), Ledger(chosen.data_dir, create=False) as ledger:
        refusals = ended.refused(ledger)
        said = list(ended.lines(ledger, data=chosen.data_dir, zone=chosen.zone, language=chosen.report_language))
    if outcome == "ran" and refusals:
        _tell(message("The ERP refused {count} deposits of this cycle. See: daybreak resolve", count=refusals))
    else:
        _tell(f"The cycle {outcome}: {why}" if why else f"The cycle {outcome}.")
    _print("\n".join(said))
    raise typer.Exit(0 if outcome == "ran" and not refusals else 1)


def _cycle(chosen: settings.Settings, *, test: bool, rows: int | None, wait: float) -> tuple[str, str]:
    """Have the running worker run a cycle, or run it here; return how it ended, and why."""
    if requests.has_worker(chosen.data_dir):
        return _once_by_worker(chosen, test=test, rows=rows, wait=wait)
    return run_once(chosen, test=test, rows=rows)


def _once_by_worker(chosen: settings.Settings, *, test: bool, rows: int | None, wait: float) -> tuple[str, str]:
    """Leave a request for the running worker and wait for the cycle that it makes of it."""
    with Ledger(chosen.data_dir, create=False) as ledger:
        newest = ledger.last_cycles(1)
        last = newest[0]["id"] if newest and newest[0]["ended"] else 0
        requests.leave(chosen.data_dir, What.CYCLE, test=test, rows=rows)
        path = chosen.data_dir / requests.FILE
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            found = ledger.last_cycles(1)
            if not path.exists() and found and found[0]["id"] != last and found[0]["ended"]:
                return str(found[0]["outcome"]), str(found[0]["why"])
            time.sleep(requests.LOOK_EVERY)
    path.unlink(missing_ok=True)
    raise DaybreakError(f"asking the running worker for a cycle: none ended within {wait:g} s. See daybreak status")


@app.command()
def probe(
    wait: Annotated[float, typer.Option(help="Give up waiting for the running worker after so many seconds.")] = 600,
    replay: Annotated[
        Path | None,
        typer.Option(help="Play the kept pages (.html) of this folder back instead: no ERP and no worker is asked."),
    ] = None,
    mask: Annotated[
        bool, typer.Option("--mask", help="With --replay: on copies without personal data, kept in its folder masked/.")
    ] = False,
    learn: Annotated[
        bool, typer.Option("--learn", help="Let the browser reach the other hosts that these screens need from now on.")
    ] = False,
) -> None:
    """Sign in and walk every screen of the ERP, read only; say which of its marks are there. Exit code 1: one lacks.

    Asks the running worker; without one, takes its lock. Enters nothing, saves nothing; a picture of each screen stays
    in the evidence. A refused sign-in counts like the worker's own.
    """
    if mask and replay is None:
        raise DaybreakError(message("probing: --mask goes with --replay FOLDER"))
    if learn and replay is not None:
        raise DaybreakError(message("probing: --learn asks the ERP itself; leave --replay away"))
    if replay is None:
        _errand(What.LEARN if learn else What.PROBE, wait)
        return
    print("\n".join(playback.play(settings.load(), replay, mask=mask)))


@app.command("login-test")
def login_test(
    wait: Annotated[float, typer.Option(help="Give up waiting for the running worker after so many seconds.")] = 600,
) -> None:
    """Sign in once with the password as its file holds it now; post nothing. Exit code 1: it did not work.

    Asks the running worker; without one, takes its lock. A refusal counts like the worker's own: after two with the
    same password nobody tries again.
    """
    _errand(What.LOGIN_TEST, wait)


def _errand(what: What, wait: float) -> None:
    """Have the running worker do it, or do it here; print what it has to say."""
    chosen = settings.load()
    if requests.has_worker(chosen.data_dir):
        told = requests.wait(chosen.data_dir, requests.leave(chosen.data_dir, what), seconds=wait)
    else:
        told = run_errand(chosen, what)
    _print("\n".join(told.lines))
    raise typer.Exit(0 if told.is_well else 1)


@app.command()
def report(
    what: Annotated[
        str, typer.Argument(metavar="[day|week|month|FROM..TO]", help="Or days like 2026-11-02..2026-11-06.")
    ] = "day",
    day: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="A day of that day, week or month; default: today.")
    ] = None,
    language: Annotated[Language | None, typer.Option(help="Default: REPORT_LANGUAGE.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
) -> None:
    """Make the report of a day, a week, a month or any days: a page in the reports folder, and its text here.

    Reads the ledger, mails nothing.
    """
    from worker.reports import asked  # jinja2 and pygal only for this verb

    wanted = time_words.day(day, what="--date") if day is not None else None
    printed = asked.make(settings.load(), what, wanted, language)
    _print(printed.mail.text)
    _print(printed.path)
    if show:
        typer.launch(str(printed.path))


@app.command()
def export(
    first: Annotated[str, typer.Argument(metavar="FROM", help="A day or a month: 2026-11-01, 2026/11/01 or 2026-11.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="The same; the end of it is included.")],
    folder: Annotated[Path | None, typer.Option("--to", help="Default: exports/ in the data folder.")] = None,
    language: Annotated[Language | None, typer.Option(help="Default: REPORT_LANGUAGE.")] = None,
) -> None:
    """Write payments, deposits, totals and the history of moves of these days as CSV and xlsx. Changes nothing.

    Payments by the day on which they were first listed, deposits by the day on which they were confirmed: as the daily
    reports count them. Exit code 1 when the totals and the daily reports differ.
    """
    from worker.reports.export import asked  # openpyxl only for this verb

    made = asked.make(settings.load(), first, last, folder=folder, language=language)
    _print("\n".join([*made.sentences, str(made.folder)]))
    raise typer.Exit(1 if made.different else 0)


@app.command()
def backup(
    target: Annotated[Path | None, typer.Argument(help="File to write; default: backups/ in the data folder.")] = None,
) -> None:
    """Write a consistent, proved copy of the ledger while the worker runs. Changes nothing else."""
    chosen = settings.load()
    path = target or chosen.data_dir / "backups" / f"ledger_{chosen.now():%Y%m%d_%H%M%S}.db"
    if target is not None and os.path.lexists(target):
        raise DaybreakError(f"backing up the ledger: {target} is there already. Name a file that is not")
    with Ledger(chosen.data_dir, create=False) as ledger:
        ledger.back_up(path)
    _tell(f"The ledger is backed up to {path}.")


@app.command()
def restore(
    backup_file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup of the ledger.")],
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Only try it, and say what it would mean.")] = False,
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Put a backup in the ledger's place; the old one is put aside. The worker must be stopped.

    What was posted after the backup is then unknown: nothing is posted until that is looked up in the ERP or adopted.
    A damaged file, one of a newer version or of other books is refused. It is rehearsed first, and proved afterwards.
    """
    chosen = settings.load()
    found = restoring.rehearse(backup_file, chosen.data_dir, whom(chosen))
    said = restore_preview.lines(
        found,
        can_look_up=chosen.can_look_up,
        settle_s=chosen.settle_s,
        zone=chosen.zone,
        language=chosen.report_language,
    )
    _print("\n".join(said))
    if rehearse:
        _tell("The rehearsal went well. Nothing was changed.")
        return
    with Lock(chosen.data_dir / "runtime.lock", version=version(), zone=chosen.zone):
        if not yes:
            _demand(f"Replace the ledger in {chosen.data_dir} with {backup_file}?")
        who = by or getpass.getuser()
        _, aside = restoring.restore(backup_file, chosen.data_dir, whom(chosen), by=who, at=chosen.now())
    _tell(f"Restored and proved. The old ledger is now {aside}." if aside else "Restored and proved.")
    _tell("Start the worker: circusctl start worker")


def _demand(question: str) -> None:
    """Go on only after a yes."""
    if not sys.stdin.isatty() and sys.stdin.closed:
        raise DaybreakError(f"{question} Nobody is here to answer; say --yes if it is so")
    if not typer.confirm(question, default=False):
        _tell("Nothing was changed.")
        raise typer.Exit(1)


@app.command()
def move(
    target: Annotated[
        Path | None, typer.Argument(metavar="TARGET.tar.gz", help="The archive to write, for the other machine.")
    ] = None,
    archive: Annotated[
        Path | None, typer.Option("--unpack", metavar="FILE", help="On the other machine: unpack it here.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Call a move off: the other side never posted.")] = False,
    why: Annotated[str, typer.Option(help="The reason for calling it off; goes into the record.")] = "",
    although: Annotated[
        bool, typer.Option("--although-in-doubt", help="Move, although payments are in doubt.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Move the books to another machine: ledger, evidence and settings without secrets, in one archive.

    This side is sealed: its worker refuses from then on. The worker must be stopped. On the other machine:
    daybreak move --unpack FILE, the files of the secrets, then daybreak adopt --this-machine.
    """
    chosen = settings.load() if archive is None else _settings_or_none()
    if sum((target is not None, archive is not None, undo)) != 1:
        raise DaybreakError("moving: say one of TARGET.tar.gz, --unpack FILE and --undo")
    data = chosen.data_dir if chosen else ini.data_dir()
    project, who = ini.ini_path().parent, by or getpass.getuser()
    with Lock(data / "runtime.lock", version=version(), zone=chosen.zone if chosen else None):
        if archive is not None:
            found = moving.unpack(archive, data, project, whom=whom(chosen) if chosen else None)
            _tell("\n".join(moving.arrived(found, data)))
            return
        assert chosen is not None, "settings were loaded"
        if undo:
            if not why.strip():
                raise DaybreakError("calling a move off: say --why")
            if not yes:
                _demand("Is it certain that the other side has posted nothing and never will?")
            with Ledger(data, create=False) as ledger:
                if not ledger.sealed():
                    raise DaybreakError("calling a move off: these books were not moved away. Nothing was changed")
                ledger.unseal(by=who, why=why, at=chosen.now())
            _tell("The move is called off. What waits is looked up in the ERP before anything is posted here.")
            return
        assert target is not None, "one of three was said"
        if not yes:
            _demand(f"Pack the books of {data} into {target}, and never post from here again?")
        packed = moving.move(
            data, project, target, whom=whom(chosen), by=who, at=chosen.now(), although_in_doubt=although
        )
    _tell("\n".join(moving.left(packed)))


def _settings_or_none() -> settings.Settings | None:
    """Return the settings where some are made already; before a move arrives there may be none."""
    try:
        return settings.load()
    except SettingsError:
        return None


@app.command()
def pause(
    how_long: Annotated[
        str, typer.Argument(metavar="TIME", help='2h, 30m, 1h30m, or a time in TZ: "2026-11-24 06:00", 18:00 (today).')
    ],
) -> None:
    """Stop the worker until a time, across reboots; it starts again by itself then.

    Writes the wish down, then stops the worker: a batch under way is finished first.
    """
    chosen = settings.load()
    now = chosen.now()
    until = control.end_of_pause(how_long, now)
    _tell(control.pause(chosen.data_dir, until=until, by=f"{getpass.getuser()} (daybreak pause)", now=now))


@app.command()
def resume() -> None:
    """End a pause or a stop: start the worker, and wait for its first beat."""
    data, now = _where()
    _tell(control.resume(data, by=f"{getpass.getuser()} (daybreak resume)", now=now))


@app.command()
def stop() -> None:
    """End the whole tree: circusd, the worker, the guards, the demo ERP. A batch that was sent is finished first.

    No wish is written down: the next start of circusd runs the worker again. Under WSL, Windows no longer holds the
    distribution each minute either.
    """
    data, _ = _where()
    _tell(control.stop(data))
    if wsl.is_wsl(os.uname().release) and (said := wsl.switch_minute(ini.ini_path().parent.resolve(), on=False)):
        _tell(said)


@app.command("alert-test")
def alert_test() -> None:
    """Send one test message on every channel now. Exit code 1 if one fails. Writes down what went well."""
    chosen = settings.load()
    if not chosen.channels.names:
        raise DaybreakError(
            "testing the channels: none is configured. Set SMTP_HOST, MAIL_FROM and MAIL_TO, or APPRISE_URLS_FILE"
        )
    now = chosen.now()
    results = sender.at_once(chosen.channels, sender.self_test(chosen.channels, at=now), at=now)
    for channel, tried in results.items():
        if tried.is_out:
            _tell(f"{channel}: the test message is delivered.")
        if tried.problem:
            _tell(f"{channel}: {tried.problem}")
    proved = [channel for channel, tried in results.items() if tried.is_out]
    try:
        for channel in proved:
            channel_tests.note(chosen.data_dir, chosen.channels, channel, at=now)
        if (chosen.data_dir / "ledger.db").exists():
            with Ledger(chosen.data_dir, create=False) as ledger:
                for channel in proved:
                    ledger.set_note(sender.tested(channel), now.isoformat(timespec="seconds"))
    except (LedgerError, OSError) as error:
        _tell(f"That could not be written down: {error}")
    raise typer.Exit(0 if all(tried.is_out for tried in results.values()) else 1)


def _print(text: object = "", file: TextIO | None = None) -> None:
    """Print text, whatever it holds: a payer's name moves no cursor, and a console shows what it can of it."""
    print(printable(str(text)), file=file or sys.stdout)


def _tell(sentence: str) -> None:
    """Print a sentence in the language of the settings."""
    _print(reasons.here(sentence))


def _where() -> tuple[Path, datetime]:
    """Return the data folder and the time; settings that are wrong are no reason not to stop."""
    try:
        chosen = settings.load()
    except SettingsError:
        return ini.data_dir(), datetime.now().astimezone()
    return chosen.data_dir, chosen.now()


def main() -> None:
    """Run the command; a failure with a name is one sentence and exit code 1."""
    private.umask()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except DaybreakError as error:
        _print(f"daybreak: {reasons.here(said_by(error))}", file=sys.stderr)
        sys.exit(EXIT_SETTINGS if isinstance(error, SettingsError) else 1)
    except OSError as error:
        # A disk that takes no write, a folder of somebody else's: one sentence, as for any failure with a name.
        _print(f"daybreak: {error}", file=sys.stderr)
        sys.exit(1)
