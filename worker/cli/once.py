"""`daybreak once`."""

from typing import Annotated

import typer

from worker.cli import ended
from worker.cli.options import Wait
from worker.cli.output import print_text, tell
from worker.config import loading
from worker.ledger.search_terms import named_key
from worker.operations import cycles


def once(
    test: Annotated[bool, typer.Option("--test", help="Everything up to the save, which is kept back.")] = False,
    rows: Annotated[
        int | None, typer.Option(min=1, max=300, help="Post so many rows at most, the oldest first; the rest waits.")
    ] = None,
    only: Annotated[
        str, typer.Option(metavar="KEY", help="Post this payment alone, by its key; nothing if it does not wait.")
    ] = "",
    wait: Wait = 600,
) -> None:
    """Run one cycle now. Asks the running worker; without one, takes the lock and runs it here.

    Exit code 1 when it failed, or when the ERP refused deposits of it.
    """
    chosen = loading.load()
    if not test and (wish := cycles.wish_against(chosen)):
        tell(wish)
    found = cycles.run(chosen, test=test, rows=rows, only=named_key(only) if only else "", wait=wait)
    tell(found.said)
    print_text("\n".join(ended.lines(found, chosen.report_language)))
    raise typer.Exit(0 if found.is_well else 1)
