"""`daybreak status`."""

import json
import sys
import time
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from worker.cli.output import console, print_text, show
from worker.config import loading
from worker.errors import SettingsError
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.operations import status as operations
from worker.runtime.terminal import printable
from worker.status import checklist
from worker.status.snapshot import Snapshot
from worker.status.verdict import Tone

#: Interval of `daybreak status --watch` (seconds).
WATCH_EVERY = 2.0


MARKS = {
    checklist.CheckVerdict.WELL: "green",
    checklist.CheckVerdict.LOOK: "yellow",
    checklist.CheckVerdict.BAD: "bold red",
    checklist.CheckVerdict.PLAIN: "dim",
}


COLOURS = {Tone.GOOD: "green", Tone.LOOK: "yellow", Tone.BAD: "red"}


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every 2 seconds, until Ctrl-C.")] = False,
) -> None:
    """Say how things stand. Changes nothing. Exit code: 0 healthy, 1 degraded, 2 down.

    Rows that wait for a person are named beside the word and leave it healthy.
    """
    if watch:
        _watch()
        return
    found = operations.look()
    if as_json:
        print_text(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        show(_shown(found))
    raise typer.Exit(found.verdict.exit_code)


def _watch() -> None:
    """Draw the checklist again and again; Ctrl-C ends it."""
    screen = console()
    with suppress(KeyboardInterrupt), ExitStack() as held:
        live = held.enter_context(Live(console=screen, auto_refresh=False, screen=True)) if screen.is_terminal else None
        while True:
            found = operations.look()
            shown = Group(_shown(found), Text(f"{_now():%Y-%m-%d %H:%M:%S %Z}", "dim"))
            if live is None:  # a file or a pipe gets one look after another
                show(shown)
                sys.stdout.flush()
            else:
                live.update(shown, refresh=True)
            time.sleep(WATCH_EVERY)


def _now() -> datetime:
    """Return the time in the zone of the settings; in the machine's where they are wrong."""
    try:
        return loading.load().now()
    except SettingsError:
        return datetime.now().astimezone()


def _shown(found: Snapshot) -> Group:
    """Return the headline, the problems, what needs a person, and the checklist."""
    language, colour = Language(found.language), COLOURS[found.verdict.tone]

    def said(sentence: str) -> str:
        return printable(reasons.say(sentence, language))

    parts: list[RenderableType] = [Text(found.verdict.text(language), f"bold {colour}")]
    parts += [Text.assemble(("  • ", colour), said(problem)) for problem in found.problems]
    name = checklist.FOR_A_PERSON(language)
    parts += [Text.assemble((f"  {name}: ", "cyan"), said(one)) for one in found.attention]
    if not found.known:
        return Group(*parts)
    table = Table(
        Column(), Column(no_wrap=True), Column(overflow="fold"), show_header=False, box=None, padding=(0, 1, 0, 1)
    )
    for line in checklist.lines(found, language):
        table.add_row(Text(line.verdict, MARKS[line.verdict]), Text(line.name), Text(printable(line.text)))
    return Group(*parts, table)
