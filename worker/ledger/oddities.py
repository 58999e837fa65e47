"""Rows that no rule covers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from worker.errors import IllegalMove
from worker.i18n import loaded, message, stored
from worker.ledger.database import moment_of, utc
from worker.ledger.journal import Journal
from worker.ledger.people import demand_own_name
from worker.payments import privacy
from worker.runtime import sqlite as sqlite3

#: The cause under which people are told of rows that no rule covers, until none is left.
ODD = "odd row"

#: The cells of a row that name somebody.
PEOPLE = ("payer", "requester")


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """A row that no rule covers, as JSON text, waiting for a person."""

    id: int
    row: str
    why: str
    #: When, by whom and why; "" while it waits.
    settled: str = ""
    #: When it was first read.
    seen_at: datetime | None = None

    @property
    def settled_at(self) -> datetime | None:
        """When a person has settled it, or None."""
        return datetime.fromisoformat(self.settled.partition(" ")[0]) if self.settled else None

    @property
    def settled_by(self) -> str:
        """Who has settled it, or ""."""
        return self.settled.partition(" ")[2].partition(": ")[0]

    def parts(self) -> dict[str, str]:
        """Return its cells by name."""
        return _cells(self.row)

    def cells(self) -> str:
        """Return all its cells in one line, as they are listed."""
        return _line(_cells(self.row))

    def masked(self, payers: Iterable[str] = ()) -> str:
        """Return all its cells as they may be mailed: no card number, none of these payers nor its own by name."""
        cells = _cells(self.row)
        names = [cells[name] for name in PEOPLE if name in cells]
        shown = {name: privacy.masked(cell) if name in PEOPLE and cell else cell for name, cell in cells.items()}
        return privacy.scrubbed(_line(shown), [*names, *payers])


def _cells(row: str) -> dict[str, str]:
    """Return the cells of a row by name; what is no row of the list is one cell."""
    found = json.loads(row)
    return {name: str(cell) for name, cell in found.items()} if isinstance(found, dict) else {"": str(found)}


def _line(cells: Mapping[str, str]) -> str:
    return " ".join(" ".join(cells.values()).split())


class Oddities(Journal):
    """The part of the ledger that keeps such rows until a person has settled them."""

    def note_oddities(self, rows: Iterable[tuple[str, str]], *, cycle: int, at: datetime) -> list[tuple[str, str]]:
        """Write down rows (as JSON text, with the reason) that can't be taken for money; return those that are new."""
        new = []
        with self._write() as db:
            for row, why in rows:
                done = db.execute("UPDATE oddity SET last_cycle = ? WHERE row = ?", (cycle, row))
                if done.rowcount == 0:
                    db.execute(
                        "INSERT INTO oddity (row, why, first_cycle, last_cycle, seen_at) VALUES (?, ?, ?, ?, ?)",
                        (row, stored(why), cycle, cycle, utc(at)),
                    )
                    new.append((row, why))
                    what = message("a row that no rule covers: {why}", why=why)
                    self._raise_alarm(db, ODD, what, at=at, facts={"cycle": cycle})
        return new

    def open_oddities(self) -> list[Oddity]:
        """Return every odd row that nobody has settled."""
        rows = self._rows("SELECT * FROM oddity INDEXED BY oddity_open WHERE settled = '' ORDER BY id")
        return [_oddity(row) for row in rows]

    def oddity(self, number: int) -> Oddity | None:
        """Return one odd row, settled or not; None if there is none of that number."""
        row = self._row("SELECT * FROM oddity WHERE id = ?", (number,))
        return _oddity(row) if row else None

    def settle_oddity(self, number: int, *, by: str, why: str, at: datetime) -> None:
        """Note that a person has dealt with an odd row."""
        demand_own_name(by)
        with self._write(fenced=False) as db:
            settled = f"{utc(at)} {by}: {why}"
            done = db.execute("UPDATE oddity SET settled = ? WHERE id = ? AND settled = ''", (settled, number))
            if done.rowcount != 1:
                raise IllegalMove(message("row {number} is not one that waits for a person", number=str(number)))
            if db.execute("SELECT 1 FROM oddity WHERE settled = '' LIMIT 1").fetchone() is None:
                self._end_alarm(db, ODD, at=at)

    def reopen_oddity(self, number: int, *, by: str, why: str, at: datetime, settled: str) -> None:
        """Have an odd row wait again that a person has settled; its reason tells what was said of it, and by whom.

        `settled`: what is taken back. Raises IllegalMove where something else was said since.
        """
        demand_own_name(by)
        with self._write(fenced=False) as db:
            before = self.oddity(number)
            if before is None or not before.settled or before.settled != settled:
                raise IllegalMove(
                    message(
                        "row {number}: there is no decision that can be taken back. Nothing was changed",
                        number=str(number),
                    )
                )
            again = message("{before}. {by} has taken back: {settled}", before=before.why, by=by, settled=settled)
            if why:
                again = message(
                    "{before}. {by} has taken back ({why}): {settled}",
                    before=before.why, by=by, why=why, settled=settled,
                )  # fmt: skip
            db.execute("UPDATE oddity SET settled = '', why = ? WHERE id = ?", (stored(again), number))
            what = message("a row that no rule covers: {why}", why=again)
            self._raise_alarm(db, ODD, what, at=at, facts={"row": number})


def _oddity(row: sqlite3.Row) -> Oddity:
    return Oddity(
        id=row["id"],
        row=row["row"],
        why=loaded(row["why"]),
        settled=row["settled"],
        seen_at=moment_of(row["seen_at"]),
    )
