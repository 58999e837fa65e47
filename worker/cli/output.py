"""What a verb prints, and the one question that it asks."""

import sys
from typing import TextIO

import typer
from rich.console import Console, RenderableType

from worker.config import reader
from worker.errors import DaybreakError
from worker.i18n import message
from worker.runtime.terminal import printable


def console() -> Console:
    """Return where to print: as wide as the terminal; without one, as wide as the text is."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 1000)


def show(shown: RenderableType) -> None:
    """Print something laid out; into a file or a pipe without the blanks that fill its lines up."""
    screen = console()
    if screen.is_terminal:
        screen.print(shown)
        return
    with screen.capture() as captured:
        screen.print(shown)
    print_text("\n".join(line.rstrip() for line in captured.get().splitlines()))


def print_text(text: object = "", file: TextIO | None = None) -> None:
    """Print text, whatever it holds: a payer's name moves no cursor, and a console shows what it can of it."""
    print(printable(str(text)), file=file or sys.stdout)


def tell(sentence: str) -> None:
    """Print a sentence in the language of the settings."""
    print_text(reader.in_words(sentence))


def has_terminal() -> bool:
    """True where a person can be asked."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def demand(question: str) -> None:
    """Go on only after a yes. Raises DaybreakError where there is no terminal to ask on."""
    if not has_terminal():
        raise DaybreakError(
            message(
                "{question} No terminal to ask on. Nothing was changed. Pass --yes to confirm",
                question=question,
            )
        )
    if not typer.confirm(reader.in_words(question), default=False):
        tell(message("Nothing was changed."))
        raise typer.Exit(1)
