"""Makes one thing for the page, as `python -m worker.console.maker`: an order as JSON on its input, an answer as JSON.

The order: `what`, `language`, and what each needs, such as a `folder` to write into. The answer: `file` or `said`, or
`why` it was not made, as messages are stored.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from worker.config import loading
from worker.config.channels import Channel
from worker.config.settings import Settings
from worker.console import fields
from worker.console.search import wanted_of
from worker.errors import DaybreakError
from worker.i18n import joined, message, said_by, stored
from worker.i18n.language import Language
from worker.operations import alarms, copies, payments, reports
from worker.runtime import private
from worker.runtime.kernel import die_with_parent

#: It gives way to the worker and to the page (nice(2)).
NICE = 5


def main() -> int:
    """Make what is asked for on the standard input; return 0."""
    private.umask()
    die_with_parent(signal.SIGKILL)
    os.nice(NICE)
    order = json.loads(sys.stdin.buffer.read())
    what = order["what"]
    try:
        if what in SAYERS:
            answer = {"said": stored(SAYERS[what](loading.load(), order))}
        else:
            answer = {"file": MAKERS[what](loading.load(), order, Path(order["folder"]))}
    except (DaybreakError, OSError) as error:
        answer = {"why": stored(said_by(error))}
    sys.stdout.write(json.dumps(answer))
    return 0


def _payments(settings: Settings, order: Mapping[str, str], folder: Path) -> str:
    payments.workbook(settings, wanted_of(order), folder / "payments.xlsx", language=Language(order["language"]))
    return "payments.xlsx"


def _month(settings: Settings, order: Mapping[str, str], folder: Path) -> str:
    month = fields.month(order["month"])
    sheet = reports.month_sheet(settings, month, folder=folder, language=Language(order["language"]))
    if sheet.different:
        raise DaybreakError(
            message(
                "the workbook of {month} does NOT agree with the daily reports of {days}. Keep the ledger and ask the "
                "keeper of the machine",
                month=order["month"],
                days=", ".join(day.isoformat() for day in sheet.different),
            )
        )
    return str(sheet.path.relative_to(folder))


def _report(settings: Settings, order: Mapping[str, str], folder: Path) -> str:
    day, language = fields.day(order["day"]), Language(order["language"])
    printed = reports.report(settings, order["period"], day=day, language=language, folder=folder)
    return printed.path.name


def _channel(settings: Settings, order: Mapping[str, str]) -> str:
    """Send a test message on one channel."""
    tested = alarms.try_channels(settings, only=Channel(order["channel"]))
    (test,) = tested.tests
    if not test.is_out:
        raise DaybreakError(joined([str(test.channel), test.problem], ": "))
    said: list[str] = [message("{channel}: the test message is delivered.", channel=str(test.channel))]
    said += [joined([str(test.channel), test.problem], ": ")] if test.problem else []
    said += [message("That could not be written down: {error}", error=tested.unwritten)] if tested.unwritten else []
    return joined(said)


def _backup(settings: Settings, _: Mapping[str, str]) -> str:
    return message("The ledger is backed up to {path}.", path=str(copies.back_up(settings)))


def _rehearse(settings: Settings, order: Mapping[str, str]) -> str:
    backup = copies.named(settings.data_dir, order["backup"])
    found = copies.rehearse(settings, backup.path, language=Language(order["language"]))
    return joined([*found.lines, message("The rehearsal went well. Nothing was changed.")])


#: What is done and said.
SAYERS: Mapping[str, Callable[[Settings, Mapping[str, str]], str]] = {
    "channel": _channel,
    "backup": _backup,
    "rehearse": _rehearse,
}

MAKERS: Mapping[str, Callable[[Settings, Mapping[str, str], Path], str]] = {
    "payments": _payments,
    "month": _month,
    "report": _report,
}


if __name__ == "__main__":
    sys.exit(main())
