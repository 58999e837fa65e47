"""`daybreak alarms`."""

from typing import Annotated

import typer

from worker.alerts import listing
from worker.cli.output import print_text
from worker.config import reader
from worker.i18n.language import Language


def alarms(
    language: Annotated[Language | None, typer.Option(help="Default: REPORT_LANGUAGE.")] = None,
) -> None:
    """Print every alarm: its cause, what happened, what daybreak did, what to do. Changes nothing."""
    print_text("\n".join(listing.lines(language or reader.language())))
