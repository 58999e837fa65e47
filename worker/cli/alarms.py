"""`daybreak alarms` and `alert-test`."""

import typer

from worker.alerts import listing
from worker.cli.options import InLanguage
from worker.cli.output import print_text, tell
from worker.config import loading, reader
from worker.i18n import joined, message
from worker.operations import alarms as operations


def alarms(language: InLanguage = None) -> None:
    """Print every alarm: its cause, what happened, what daybreak did, what to do. Changes nothing."""
    print_text("\n".join(listing.lines(language or reader.language())))


def alert_test() -> None:
    """Send one test message on every channel now. Exit code 1 if one fails. Writes down what went well."""
    tested = operations.try_channels(loading.load())
    for test in tested.tests:
        if test.is_out:
            tell(message("{channel}: the test message is delivered.", channel=str(test.channel)))
        if test.problem:
            tell(joined([str(test.channel), test.problem], ": "))
    if tested.unwritten:
        tell(message("That could not be written down: {error}", error=tested.unwritten))
    raise typer.Exit(0 if tested.is_well else 1)
