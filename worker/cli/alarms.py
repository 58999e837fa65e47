"""`daybreak alarms` and `alert-test`."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated

import typer

from worker.alerts import listing
from worker.cli.options import By, InLanguage, who
from worker.cli.output import print_text, tell
from worker.config import loading, reader
from worker.errors import DaybreakError
from worker.i18n import joined, message
from worker.operations import alarms as operations
from worker.operations import orders
from worker.operations.alarms import AlarmShown


def alarms(
    language: InLanguage = None,
    only_open: Annotated[
        bool, typer.Option("--open", help="Only those that are open now, with their numbers.")
    ] = False,
    acknowledge: Annotated[
        int | None,
        typer.Option("--acknowledge", metavar="NUMBER", min=1, max=10**12, help="You have seen it: reminders stop."),
    ] = None,
    by: By = "",
) -> None:
    """Print the open alarms, and every alarm that there may be: what happened, what daybreak did, what to do.

    An alarm that is acknowledged stays open until its cause is gone; one about money is reminded of again where it
    grows. Without --acknowledge it changes nothing.
    """
    chosen = language or reader.language()
    place = orders.here()

    def show(found: Iterable[AlarmShown]) -> None:
        for one in found:
            print_text("\n".join(listing.of_alarm(one.alarm, chosen, zone=place.now.tzinfo)))

    if acknowledge is not None:
        show([operations.acknowledge(place.data, acknowledge, by=who(by), at=place.now)])
        tell(message("Alarm {number} is acknowledged: reminders stop, and it stays open.", number=str(acknowledge)))
        return
    if only_open:
        found = operations.listed(place.data).open
        show(found)
        if not found:
            tell(message("No alarm is open."))
        return
    with suppress(DaybreakError):  # the catalogue is there without a ledger, too
        if found := operations.listed(place.data).open:
            show(found)
            print_text()
    print_text("\n".join(listing.lines(chosen)))


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
