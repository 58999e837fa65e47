"""Makes one thing for the page, as `python -m worker.console.maker`: an order as JSON on its input, an answer as JSON.

The order: `what`, `folder` to write into, `language`, and what each needs. The answer: `file`, or `why` it was not
made, as messages are stored.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from worker.config import loading
from worker.config.settings import Settings
from worker.console import fields
from worker.console.search import wanted_of
from worker.errors import DaybreakError
from worker.i18n import message, said_by, stored
from worker.i18n.language import Language
from worker.operations import payments, reports
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
    try:
        answer = {"file": MAKERS[order["what"]](loading.load(), order, Path(order["folder"]))}
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


MAKERS: Mapping[str, Callable[[Settings, Mapping[str, str], Path], str]] = {
    "payments": _payments,
    "month": _month,
    "report": _report,
}


if __name__ == "__main__":
    sys.exit(main())
