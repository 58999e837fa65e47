"""Verbs that read the records: `analyze`, `find`, `report`, `export`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.options import InLanguage
from worker.cli.output import print_text
from worker.config import loading
from worker.operations import lookup, reports
from worker.reports import incidents
from worker.runtime import time_words


def analyze_(
    since: Annotated[
        str, typer.Argument(metavar="FROM", help='2026-01-13, "2026/01/13 오후 6:00", or 18:00 for today.')
    ],
    until: Annotated[str, typer.Argument(metavar="TO", help="The same; a day alone means its end.")],
    folder: Annotated[
        Path | None, typer.Option("--logs", help="Read the logs here, ours or the old script's; default: our own.")
    ] = None,
) -> None:
    """Tell what went wrong between two times: gaps, silences, restarts, missed cycles, errors. Changes nothing.

    Reads the ledger and our logs, and the text logs of the script that did this job before.
    """
    chosen = loading.load()
    found = reports.analyze(chosen, since, until, folder=folder)
    print_text("\n".join(incidents.text(found, chosen.zone, chosen.report_language)))


def find(
    text: Annotated[
        str,
        typer.Argument(help="A payer, an amount, an approval number, a day, a key or a slip number.", metavar="TEXT"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Show so many payments, the newest.")] = lookup.MOST,
) -> None:
    """Say whether a payment was posted, and everything that happened to it. Changes nothing.

    TEXT is a payer or a part of the name, 123,450 or 123450원, an approval number, a day like 2026-11-25, 2026/11/25 or
    11-25, a minute like 2026/11/25 오후 6:00, a key with or without #, a whole remark, or a slip number. Exit code 1
    when no payment is found.
    """
    chosen = loading.load()
    found = lookup.find(chosen, text, most=most)
    if as_json:
        print_text(json.dumps(found.as_dict(chosen.zone, chosen.report_language), ensure_ascii=False, indent=1))
    else:
        print_text("\n".join(found.lines(chosen.zone, chosen.report_language)))
    raise typer.Exit(0 if found.total or found.odd else 1)


def report(
    what: Annotated[
        str, typer.Argument(metavar="[day|week|month|FROM..TO]", help="Or days like 2026-11-02..2026-11-06.")
    ] = "day",
    day: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="A day of that day, week or month; default: today.")
    ] = None,
    language: InLanguage = None,
    show: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
) -> None:
    """Make the report of a day, a week, a month or any days: a page in the reports folder, and its text here.

    Reads the ledger, mails nothing.
    """
    wanted = time_words.day(day, what="--date") if day is not None else None
    printed = reports.report(loading.load(), what, day=wanted, language=language)
    print_text(printed.mail.text)
    print_text(printed.path)
    if show:
        typer.launch(str(printed.path))


def export(
    first: Annotated[str, typer.Argument(metavar="FROM", help="A day or a month: 2026-11-01, 2026/11/01 or 2026-11.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="The same; the end of it is included.")],
    folder: Annotated[Path | None, typer.Option("--to", help="Default: exports/ in the data folder.")] = None,
    language: InLanguage = None,
) -> None:
    """Write payments, deposits, totals and the history of moves of these days as CSV and xlsx. Changes nothing.

    Payments by the day on which they were first listed, deposits by the day on which they were confirmed: as the daily
    reports count them. Exit code 1 when the totals and the daily reports differ.
    """
    made = reports.export(loading.load(), first, last, folder=folder, language=language)
    print_text("\n".join([*made.sentences, str(made.folder)]))
    raise typer.Exit(1 if made.different else 0)
