"""Whether a ledger's file is whole: SQLite's own checks, and a count of what waits by the table and by its index.

A damaged page does not have to raise an error. An index that lacks an entry hides a payment from every question that is
answered by it, and only a comparison with the table shows that.
"""

from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import NamedTuple

from worker.runtime import sqlite as sqlite3

#: Steps of SQLite's machine between two signs of life in a check.
STEPS_BETWEEN = 100_000

#: Maximum keys in one question.
_AT_ONCE = 5_000


def why_not_sound(db: sqlite3.Connection, alive: Callable[[], None]) -> str:
    """Say what SQLite's quick check finds, or return an empty text: pages and rows, but no index against its table.

    Raises sqlite3.Error where the file can't even be read. `alive` is called all the time meanwhile; it must not raise.
    """
    return _check(db, "PRAGMA quick_check(1)", alive)


def why_not_whole(db: sqlite3.Connection, alive: Callable[[], None]) -> str:
    """Say what the full check finds, every index compared with its table, or return an empty text. Raises likewise."""
    return _check(db, "PRAGMA integrity_check(1)", alive)


def _check(db: sqlite3.Connection, question: str, alive: Callable[[], None]) -> str:
    db.set_progress_handler(alive, STEPS_BETWEEN)
    try:
        found = str(db.execute(question).fetchone()[0])
    finally:
        db.set_progress_handler(None, STEPS_BETWEEN)
    return "" if found == "ok" else " ".join(found.split())


class Miscount(NamedTuple):
    """How the index of what waits differs from the table."""

    #: Payments that wait and that the index lacks: planning would never see them.
    missing: int
    #: Entries of the index that are not so in the table.
    wrong: int


def miscount(db: sqlite3.Connection, listed: Collection[str], since: str) -> Miscount:
    """Compare the index of what waits with the table. Raises sqlite3.Error.

    Looked up in the table are the keys that are listed, those of payments that are younger than `since` by the index of
    times, and those in the index itself: a table of a million payments is too long to be read in every cycle.
    """
    waits = "SELECT key, state FROM payment INDEXED BY payment_open WHERE state <> 'posted' AND excluded = ''"
    times = "SELECT key, state, excluded FROM payment INDEXED BY payment_time WHERE time >= ?"
    db.execute("BEGIN")  # one moment: a person may settle a payment meanwhile
    try:
        by_index: dict[str, str] = dict(db.execute(waits))
        rows = {row[0]: row for row in db.execute(times, (since,))}
        rows |= {row[0]: row for row in _rows(db, {*listed, *by_index} - rows.keys())}
    finally:
        db.execute("ROLLBACK")
    by_table = {key: state for key, state, excluded in rows.values() if state != "posted" and excluded == ""}
    wrong = sum(by_table.get(key) != state for key, state in by_index.items())
    return Miscount(missing=len(by_table.keys() - by_index.keys()), wrong=wrong)


def _rows(db: sqlite3.Connection, keys: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (key, state, excluded) of these keys, as the table itself has them."""
    left = iter(keys)
    while part := tuple(islice(left, _AT_ONCE)):  # itertools.batched comes with Python 3.12
        marks = ",".join("?" * len(part))
        yield from db.execute(f"SELECT key, state, excluded FROM payment NOT INDEXED WHERE key IN ({marks})", part)
