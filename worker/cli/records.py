"""Verbs that read the records: `analyze`, `find`, `report`, `export`."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.output import print_text
from worker.config import loading
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message, said_by
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.search import Archive
from worker.posting import refused
from worker.posting.books import owner_of
from worker.reports import find as finding
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
    now = chosen.now()
    first = time_words.moment(since, what="FROM", now=now, is_end=False)
    last = time_words.moment(until, what="TO", now=now)
    if first >= last:
        raise DaybreakError(message("reading FROM and TO: {since} is not before {until}", since=since, until=until))
    logs = folder or chosen.data_dir / "logs"
    if folder is not None and not folder.is_dir():
        raise DaybreakError(message("reading the logs: {folder} is no folder", folder=str(folder)))
    with ExitStack() as held:
        ledger, why = None, ""
        try:
            ledger = held.enter_context(Ledger(chosen.data_dir, create=False, patience=1.0))
        except LedgerError as error:
            why = said_by(error)
        report = incidents.analyze(
            first,
            last,
            ledger=ledger,
            why_no_ledger=why,
            folder=logs,
            plan=chosen,
            now=now,
            language=chosen.report_language,
        )
    print_text("\n".join(incidents.text(report, chosen.zone, chosen.report_language)))


def find(
    text: Annotated[
        str,
        typer.Argument(help="A payer, an amount, an approval number, a day, a key or a slip number.", metavar="TEXT"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Show so many payments, the newest.")] = 20,
) -> None:
    """Say whether a payment was posted, and everything that happened to it. Changes nothing.

    TEXT is a payer or a part of the name, 123,450 or 123450원, an approval number, a day like 2026-11-25, 2026/11/25 or
    11-25, a minute like 2026/11/25 오후 6:00, a key with or without #, a whole remark, or a slip number. Exit code 1
    when no payment is found.
    """
    chosen = loading.load()
    with Archive(chosen.data_dir, read_only=True) as archive:
        found = finding.find(
            archive,
            text,
            data=chosen.data_dir,
            today=chosen.now().date(),
            most=most,
            why_no_posting=archive.why_no_posting(owner_of(chosen)) or refused.why_nothing_is_sent(archive),
        )
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
    language: Annotated[Language | None, typer.Option(help="Default: REPORT_LANGUAGE.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
) -> None:
    """Make the report of a day, a week, a month or any days: a page in the reports folder, and its text here.

    Reads the ledger, mails nothing.
    """
    from worker.reports import on_demand  # jinja2 and pygal only for this verb

    wanted = time_words.day(day, what="--date") if day is not None else None
    printed = on_demand.make(loading.load(), what, wanted, language)
    print_text(printed.mail.text)
    print_text(printed.path)
    if show:
        typer.launch(str(printed.path))


def export(
    first: Annotated[str, typer.Argument(metavar="FROM", help="A day or a month: 2026-11-01, 2026/11/01 or 2026-11.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="The same; the end of it is included.")],
    folder: Annotated[Path | None, typer.Option("--to", help="Default: exports/ in the data folder.")] = None,
    language: Annotated[Language | None, typer.Option(help="Default: REPORT_LANGUAGE.")] = None,
) -> None:
    """Write payments, deposits, totals and the history of moves of these days as CSV and xlsx. Changes nothing.

    Payments by the day on which they were first listed, deposits by the day on which they were confirmed: as the daily
    reports count them. Exit code 1 when the totals and the daily reports differ.
    """
    from worker.reports.export import on_demand  # openpyxl only for this verb

    made = on_demand.make(loading.load(), first, last, folder=folder, language=language)
    print_text("\n".join([*made.sentences, str(made.folder)]))
    raise typer.Exit(1 if made.different else 0)
