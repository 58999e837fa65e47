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
from worker.i18n.language import Language
from worker.runtime.terminal import printable
from worker.status import checklist
from worker.status import snapshot as state
from worker.status.status import Health, Status

#: `daybreak status --watch` looks so often (seconds).
WATCH_EVERY = 2.0


MARKS = {
    checklist.CheckVerdict.WELL: "green",
    checklist.CheckVerdict.LOOK: "yellow",
    checklist.CheckVerdict.BAD: "bold red",
    checklist.CheckVerdict.PLAIN: "dim",
}


COLOURS = {Health.HEALTHY: "green", Health.DEGRADED: "yellow", Health.DOWN: "red"}


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
        print_text(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        show(_shown(found))
    raise typer.Exit(list(Health).index(found.health))


def _watch() -> None:
    """Draw the checklist again and again; Ctrl-C ends it."""
    screen = console()
    with suppress(KeyboardInterrupt), ExitStack() as held:
        live = held.enter_context(Live(console=screen, auto_refresh=False, screen=True)) if screen.is_terminal else None
        while True:
            found = state.look()
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


def _shown(found: Status) -> Group:
    """Return the headline, the problems, what needs a person, and the checklist."""
    language, colour = Language(found.language), COLOURS[found.health]
    parts: list[RenderableType] = [Text(checklist.HEALTHS[found.health](language), f"bold {colour}")]
    problems = [printable(one) for one in checklist.problems(found, language)]
    parts += [Text.assemble(("  • ", colour), problem) for problem in problems]
    name = checklist.FOR_A_PERSON(language)
    parts += [Text.assemble((f"  {name}: ", "cyan"), printable(one)) for one in checklist.attention(found, language)]
    if not found.known:
        return Group(*parts)
    table = Table(
        Column(), Column(no_wrap=True), Column(overflow="fold"), show_header=False, box=None, padding=(0, 1, 0, 1)
    )
    for line in checklist.lines(found, language):
        table.add_row(Text(line.verdict, MARKS[line.verdict]), Text(line.name), Text(printable(line.text)))
    return Group(*parts, table)
