"""The options that several verbs share, each declared once, and who decides where nobody is named."""

import getpass
from typing import Annotated

import typer

from worker.i18n.language import Language
from worker.ledger.people import demand_own_name

By = Annotated[str, typer.Option("--by", help="Who decides this; goes into the record.")]
Why = Annotated[str, typer.Option("--why", help="The reason; goes into the record.")]
Yes = Annotated[bool, typer.Option("--yes", help="Answer every question with yes; ask nothing.")]
Wait = Annotated[float, typer.Option("--wait", help="Give up waiting for the running worker after so many seconds.")]
InLanguage = Annotated[Language | None, typer.Option("--language", help="Default: REPORT_LANGUAGE.")]


def who(by: str) -> str:
    """Return who decides: the name that was given, else the system's user. Raises DaybreakError for one of ours."""
    return demand_own_name(by or getpass.getuser())
