"""daybreak, the people's command: its verbs, put together."""

import io
import sys
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from worker.cli.adopt import adopt
from worker.cli.alarms import alarms, alert_test
from worker.cli.books import backup, move, restore
from worker.cli.first_use import begin, set_
from worker.cli.once import once
from worker.cli.orders import pause, resume, stop
from worker.cli.output import print_text
from worker.cli.page import page, user
from worker.cli.records import analyze_, export, find, report
from worker.cli.resolve import resolve
from worker.cli.schedule import schedule
from worker.cli.status import status
from worker.cli.trial import check, login_test, probe
from worker.config import reader
from worker.errors import DaybreakError, SettingsError
from worker.i18n import said_by
from worker.runtime import private
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.version import version

#: The verbs, in the order in which `daybreak --help` lists them.
VERBS: Mapping[str, Callable[..., None]] = {
    "status": status,
    "check": check,
    "set": set_,
    "begin": begin,
    "schedule": schedule,
    "analyze": analyze_,
    "find": find,
    "adopt": adopt,
    "resolve": resolve,
    "once": once,
    "probe": probe,
    "login-test": login_test,
    "report": report,
    "export": export,
    "backup": backup,
    "restore": restore,
    "move": move,
    "pause": pause,
    "resume": resume,
    "stop": stop,
    "page": page,
    "alarms": alarms,
    "alert-test": alert_test,
}

app = typer.Typer(
    name="daybreak",
    help="Posts the card payments of a web ERP as deposits, once each, and never stops silently.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for _name, _verb in VERBS.items():
    app.command(_name)(_verb)
app.add_typer(user)


@app.callback(invoke_without_command=True)
def _main(show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if show_version:
        print_text(version())
        raise typer.Exit


def main() -> None:
    """Run the command; a failure with a name is one sentence and exit code 1."""
    private.umask()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except DaybreakError as error:
        print_text(f"daybreak: {reader.in_words(said_by(error))}", file=sys.stderr)
        sys.exit(SETTINGS_WRONG if isinstance(error, SettingsError) else 1)
    except OSError as error:
        # A disk that takes no write, a folder of somebody else's: one sentence, as for any failure with a name.
        print_text(f"daybreak: {error}", file=sys.stderr)
        sys.exit(1)
