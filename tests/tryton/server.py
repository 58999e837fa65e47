"""A Tryton server for tests: a copy of the filled database, started, killed, judged. ./scripts/tryton installs it."""

import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.rig import PROJECT, free_ports, wait_until
from worker.runtime import sqlite as sqlite3

HOME = PROJECT / "var" / "tryton"
DATABASE, LOGIN = "daybreak", "daybreak"

#: Seconds until a server that was started answers, on a busy machine.
STARTS_WITHIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a statement, as the database has it."""

    number: str
    amount: int
    party: str
    date: str
    statement: int
    state: str
    #: The state of its move: draft, posted, or "" without one.
    move: str


class TrytonServer:
    """One server on one copy of the database; a context manager."""

    def __init__(self, folder: Path) -> None:
        if not (HOME / "seeded.sqlite").exists():
            raise AssertionError("Tryton is not set up: ./scripts/tryton --setup-only")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (self.port,) = free_ports(1)
        self.password = HOME / "password"
        self._file = folder / f"{DATABASE}.sqlite"
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.reset()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def output(self) -> str:
        """What the server wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    # --- life

    def reset(self) -> None:
        """Begin with the database as it was filled."""
        self.kill()
        for suffix in ("-wal", "-shm", "-journal"):
            Path(f"{self._file}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(HOME / "seeded.sqlite", self._file)
        self.start()

    def start(self) -> None:
        """Start the server and wait for its first answer."""
        config = self.folder / "trytond.conf"
        root = HOME / "client" / "node_modules" / "tryton-sao"
        config.write_text(
            f"[database]\nuri = sqlite://\npath = {self.folder}\n"
            f"[web]\nlisten = 127.0.0.1:{self.port}\nroot = {root}\n",
            encoding="utf-8",
        )
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(HOME / "env" / "bin" / "trytond"), "-c", str(config), "-d", DATABASE],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},
            )
        wait_until("Tryton's first answer", self._answers, STARTS_WITHIN)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def kill(self) -> None:
        """End the server at once, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again on the same database."""
        self.kill()
        self.start()

    # --- the books

    def _query(self, text: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self._file, timeout=20)) as db:
            return db.execute(text).fetchall()

    def payments(self) -> int:
        """Return how many payments wait to be processed."""
        return len(self._query("SELECT id FROM account_payment WHERE state = 'submitted'"))

    def keep_only(self, count: int) -> None:
        """Let only so many payments wait."""
        with closing(sqlite3.connect(self._file, timeout=20)) as db, db:
            db.execute(
                "UPDATE account_payment SET state = 'draft' WHERE id NOT IN"
                " (SELECT id FROM account_payment ORDER BY id LIMIT ?)",
                (count,),
            )

    def add(self, payer: str, won: int, number: str) -> None:
        """Let a new party's payment wait, as a copy of one that is there."""
        with closing(sqlite3.connect(self._file, timeout=20)) as db, db:
            party = _copy(db, "party_party", {"name": payer, "code": number})
            # A payment's own number is unique; its reference is the approval's.
            own = {"reference": number, "number": f"T{number}", "state": "submitted"}
            _copy(db, "account_payment", {"party": party, "amount": str(won).encode("ascii"), **own})

    def wanted(self) -> list[tuple[str, int, str]]:
        """Return (party, won, day) of every payment that waits, sorted: what must stand in posted lines, once each."""
        found = self._query(
            "SELECT party_party.name, account_payment.amount, account_payment.date FROM account_payment"
            " JOIN party_party ON party_party.id = account_payment.party WHERE account_payment.state = 'submitted'"
        )
        return sorted((str(party), _won(amount), str(day)) for party, amount, day in found)

    def lines(self) -> list[Line]:
        """Return every line of every statement, whatever its state."""
        found = self._query(
            "SELECT line.number, line.amount, party_party.name, line.date, statement.id, statement.state,"
            " coalesce(account_move.state, '') FROM account_statement_line AS line"
            " JOIN account_statement AS statement ON statement.id = line.statement"
            " LEFT JOIN party_party ON party_party.id = line.party"
            " LEFT JOIN account_move ON account_move.id = line.move ORDER BY line.id"
        )
        return [
            Line(
                number=str(number),
                amount=_won(amount),
                party=str(party),
                date=str(day),
                statement=int(str(statement)),
                state=str(state),
                move=str(move),
            )
            for number, amount, party, day, statement, state, move in found
        ]

    def statements(self) -> list[str]:
        """Return the state of every statement."""
        return [str(state) for (state,) in self._query("SELECT state FROM account_statement ORDER BY id")]

    def why_wrong(self) -> str:
        """Judge the books: every payment in exactly one posted line, each number once, nothing left half done."""
        lines = self.lines()
        problems = []
        if [one for one in self.statements() if one != "posted"]:
            problems.append(f"statements are left over: {self.statements()}")
        if odd := [one for one in lines if (one.state, one.move) != ("posted", "posted")]:
            problems.append(f"{len(odd)} lines are not posted: {odd[:3]}")
        numbers = [one.number for one in lines]
        if twice := {one for one in numbers if numbers.count(one) > 1}:
            problems.append(f"posted twice: {sorted(twice)}")
        found = sorted((one.party, one.amount, one.date) for one in lines)
        if found != self.wanted():
            problems.append(f"{len(found)} lines stand for {len(self.wanted())} payments")
        return "; ".join(problems)

    def end_sessions(self) -> None:
        """End everybody's session: the next call is answered with 401."""
        with closing(sqlite3.connect(self._file, timeout=20)) as db, db:
            db.execute("DELETE FROM ir_session")


def _won(amount: object) -> int:
    """Return an amount as the database has it: a decimal number in bytes."""
    return int(float(amount.decode("ascii") if isinstance(amount, bytes) else str(amount)))


def _copy(db: sqlite3.Connection, table: str, changes: Mapping[str, object]) -> int:
    """Copy the first row of a table, with changes; return the copy's id."""
    cursor = db.execute(f"SELECT * FROM {table} ORDER BY id LIMIT 1")
    names = [one[0] for one in cursor.description]
    row = {**dict(zip(names, cursor.fetchone(), strict=True)), **changes}
    del row["id"]
    marks = ", ".join("?" * len(row))
    columns = ", ".join(f'"{name}"' for name in row)
    done = db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))
    return int(done.lastrowid or 0)
