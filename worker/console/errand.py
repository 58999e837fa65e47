"""Does one long step of going live for the page, as `python -m worker.console.errand`: what the command line would do.

A process of its own, as a command in a terminal is: it goes on when the page is closed, and when the page's program is
replaced. It reads an order as JSON on its input and keeps what came of it in the data folder.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.config import ini, loading
from worker.console import errands
from worker.console.errands import Errand
from worker.errors import DaybreakError
from worker.i18n import Message, message, said_by
from worker.operations import adopting, alarms, cycles, going_live, orders, real_books, trials
from worker.operations.going_live import Step
from worker.runtime import logs, private
from worker.runtime.commands import CommandKind

log = logging.getLogger(__name__)

#: It says what it is doing, as a message.
Tell = Callable[[Message], None]

#: Whether it went well, and what came of it.
Ended = tuple[bool, str]


def main() -> int:
    """Do what is asked for on the standard input; return 0."""
    private.umask()
    order = json.loads(sys.stdin.buffer.read())
    data = ini.data_dir()
    errand = errands.begun(data, order)

    def tell(step: Message) -> None:
        errands.note(data, errand, step)

    said: str = message("it failed; see the page's log, console_….log")
    is_well = False
    try:
        is_well, said = ERRANDS[errand.what](data, errand, tell)
    except (DaybreakError, OSError) as error:
        said = said_by(error)
    except Exception:  # a step that trips must not seem to be under way for ever
        logs.start(data / "logs", "console", ZoneInfo(ini.in_use().values().get("TZ") or "Asia/Seoul"))
        log.exception("%s of %s failed", errand.what, errand.by)
    errands.end(data, errand, said, is_well=is_well)
    return 0


def _connect(data: Path, errand: Errand, tell: Tell) -> Ended:
    """Start the worker with the settings as they are, send a test message, sign in, and look at every screen."""
    if not real_books.is_demos(data):  # else that is put right here
        going_live.demand(data, Step.CONNECT)
    tell(message("starting the worker with these settings"))
    real_books.start(orders.here(), by=errand.signed)
    settings = loading.load()
    unsent = ""
    if settings.channels.names:
        tell(message("sending a test message to everybody who is told of problems"))
        unsent = next((one.problem for one in alarms.try_channels(settings).tests if not one.is_out), "")
    tell(message("signing in at the ERP"))
    signed = trials.run(settings, CommandKind.LOGIN_TEST)
    if not signed.is_well:
        return False, message("the sign-in did not work: {why}", why=signed.lines[-1])
    if unsent:
        return False, message("the test message did not get out: {problem}", problem=unsent)
    if not settings.channels.names:
        return False, message("nobody would be told of problems: name a mail server and an address")
    return _probe(data, errand, tell)


def _marks(data: Path, errand: Errand, tell: Tell) -> Ended:
    """Start the worker with the marks as they are now, and look at every screen."""
    tell(message("starting the worker with these settings"))
    real_books.start(orders.here(), by=errand.signed)
    return _probe(data, errand, tell)


def _probe(data: Path, errand: Errand, tell: Tell) -> Ended:
    going_live.demand(data, Step.PROBE)
    tell(message("looking at every screen of the ERP; nothing is entered"))
    found = trials.run(loading.load(), CommandKind.LEARN if errand.order.get("learn") else CommandKind.PROBE)
    if found.is_well:
        return True, message("Every screen is the one daybreak knows.")
    known = going_live.facts(data).probe
    if known is None or known.why:
        return False, message("the screens could not be looked at: {why}", why=known.why if known else found.lines[-1])
    return False, message("Not every mark of the screens was found.")


def _read(data: Path, errand: Errand, tell: Tell) -> Ended:  # noqa: ARG001
    """Read the list, so that there is something to hold an answer against."""
    going_live.demand(data, Step.ADOPT)
    tell(message("reading the list of payments; nothing is saved"))
    adopting.read_list(loading.load())
    return True, message("The list is read.")


def _test(data: Path, errand: Errand, tell: Tell) -> Ended:  # noqa: ARG001
    going_live.demand(data, Step.TEST)
    tell(message("doing everything up to the save, which is kept back"))
    ended = cycles.run(loading.load(), test=True)
    if ended.is_well and going_live.facts(data).books.planned is None:
        return False, message("It ran, and no payment waits to be posted: do it once more when one does.")
    return ended.is_well, ended.said


def _row(data: Path, errand: Errand, tell: Tell) -> Ended:
    tell(message("posting one row, with the worker stopped"))
    ended = real_books.post_first(data, errand.order.get("key", ""), by=errand.signed)
    if ended.is_well and not ended.posted_count:
        return False, message("It ran, and this row was not posted: {why}", why=ended.why_not_sent or ended.said)
    return ended.is_well, ended.said


def _production(data: Path, errand: Errand, tell: Tell) -> Ended:
    tell(message("starting the worker"))
    real_books.go(data, by=errand.signed)
    return True, message("The worker runs and posts what waits.")


ERRANDS: Mapping[str, Callable[[Path, Errand, Tell], Ended]] = {
    "connect": _connect,
    "marks": _marks,
    "probe": _probe,
    "read": _read,
    "test": _test,
    "row": _row,
    "production": _production,
}


if __name__ == "__main__":
    sys.exit(main())
