"""The library of machines without another safe SQLite answers as the usual one does."""

import os
import sqlite3 as python_own
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from worker.runtime import apsw_database
from worker.runtime.sqlite import choose

PROJECT = Path(__file__).resolve().parents[3]

#: Takes the usual libraries away, then runs pytest.
WITH_APSW = """
import sqlite3, sys
sys.modules["pysqlite3"] = None
sqlite3.sqlite_version_info = (3, 40, 1)
from worker.runtime import sqlite
assert sqlite.described().endswith("(apsw)"), sqlite.described()
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.fixture(params=["usual", "apsw"])
def library(request: pytest.FixtureRequest) -> ModuleType:
    return choose() if request.param == "usual" else apsw_database


@pytest.fixture
def db(library: ModuleType) -> Iterator[Any]:
    opened = library.connect(":memory:", isolation_level=None)
    opened.executescript("CREATE TABLE pay (id INTEGER PRIMARY KEY, payer TEXT UNIQUE NOT NULL, won INTEGER);")
    yield opened
    opened.close()


def test_rows_changed_and_the_newest_number_are_told(db: Any) -> None:
    first = db.execute("INSERT INTO pay (payer, won) VALUES (?, ?)", ("가온", 1000))
    many = db.executemany("INSERT OR IGNORE INTO pay (payer, won) VALUES (?, ?)", [("나루", 2000), ("가온", 1)])
    changed = db.execute("  UPDATE pay SET won = won + :more", {"more": 1})
    none = db.execute("DELETE FROM pay WHERE won = 5")
    asked = db.execute("SELECT * FROM pay")

    assert [one.rowcount for one in (first, many, changed, none, asked)] == [1, 1, 2, 0, -1]
    assert first.lastrowid == 1
    assert db.total_changes == 4


def test_a_row_is_asked_by_place_and_by_name(library: ModuleType, db: Any) -> None:
    db.execute("INSERT INTO pay (payer, won) VALUES ('가온', 1000)")
    db.row_factory = library.Row

    (row,) = db.execute("SELECT payer, won AS Won FROM pay").fetchall()
    (same,) = db.execute("SELECT payer, won AS Won FROM pay")

    assert (row[0], row["payer"], row["WON"], row[-1], row[:1]) == ("가온", "가온", 1000, 1000, ("가온",))
    assert (tuple(row), dict(row), len(row), row.keys()) == (
        ("가온", 1000),
        {"payer": "가온", "Won": 1000},
        2,
        ["payer", "Won"],
    )
    assert row == same
    assert len({row, same}) == 1
    assert row != ("가온", 1000)
    with pytest.raises(IndexError):
        row["none"]


def test_answers_come_one_by_one_and_the_last_ends_the_statement(db: Any) -> None:
    db.executemany("INSERT INTO pay (payer) VALUES (?)", [("가",), ("나",)])

    asked = db.execute("SELECT payer FROM pay ORDER BY id")

    assert (asked.fetchone(), asked.fetchone(), asked.fetchone()) == (("가",), ("나",), None)
    assert asked.fetchall() == []
    assert db.execute("SELECT 1 WHERE 0").fetchone() is None
    held = db.execute("PRAGMA user_version")
    held.fetchone()
    db.execute("BEGIN")
    db.execute("INSERT INTO pay (payer) VALUES ('다')")
    db.execute("COMMIT")
    db.executescript("DROP TABLE pay;")


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELEC", "OperationalError"),
        ("SELECT * FROM none", "OperationalError"),
        ("INSERT INTO pay (payer) VALUES ('가온')", "IntegrityError"),
        ("INSERT INTO pay (payer) VALUES (NULL)", "IntegrityError"),
        ("INSERT INTO pay (id, payer) VALUES ('x', 'y')", "IntegrityError"),
        ("ROLLBACK", "OperationalError"),
    ],
)
def test_errors_are_those_of_the_interface(library: ModuleType, db: Any, sql: str, error: str) -> None:
    db.execute("INSERT INTO pay (payer) VALUES ('가온')")

    with pytest.raises(getattr(library, error)) as raised:
        db.execute(sql)

    assert isinstance(raised.value, library.Error)
    assert isinstance(raised.value, library.DatabaseError)


def test_what_is_no_database_or_damaged_is_told_as_that(library: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough to be read as one" * 40, encoding="ascii")
    db = library.connect(tmp_path / "text")
    with pytest.raises(library.DatabaseError) as raised:
        db.execute("SELECT * FROM sqlite_master")
    assert not isinstance(raised.value, library.OperationalError)
    db.close()

    with pytest.raises(library.OperationalError):
        library.connect(f"file:{tmp_path}/none?mode=ro", uri=True).execute("SELECT 1 FROM sqlite_master")


def test_a_connection_with_a_level_begins_by_itself_and_ends_with_its_block(
    library: ModuleType, tmp_path: Path
) -> None:
    db = library.connect(tmp_path / "x.db")
    with db:
        db.execute("CREATE TABLE pay (won INTEGER)")
        db.execute("INSERT INTO pay VALUES (1)")
        assert db.in_transaction
    assert not db.in_transaction
    with suppress(KeyError), db:
        db.execute("INSERT INTO pay VALUES (2)")
        raise KeyError
    db.execute("INSERT INTO pay VALUES (3)")
    db.rollback()

    assert db.execute("SELECT won FROM pay").fetchall() == [(1,)]
    db.close()


def test_who_finds_it_locked_waits_as_long_as_was_said(library: ModuleType, tmp_path: Path) -> None:
    one, other = (library.connect(tmp_path / "x.db", isolation_level=None, timeout=0.05) for _ in range(2))
    one.execute("BEGIN IMMEDIATE")

    with pytest.raises(library.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")

    one.execute("ROLLBACK")
    other.execute("BEGIN IMMEDIATE")
    other.close()
    one.close()


def test_sql_calls_a_function_of_ours(db: Any) -> None:
    db.create_function("twice", 1, lambda won: won * 2, deterministic=True)

    assert db.execute("SELECT twice(21)").fetchone() == (42,)


def test_a_long_statement_beats_and_can_be_ended(library: ModuleType, db: Any) -> None:
    count = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT MAX(i) FROM n"
    beats: list[int] = []
    db.set_progress_handler(lambda: beats.append(1), 1000)
    assert db.execute(count).fetchone() == (50000,)
    assert len(beats) > 10

    db.set_progress_handler(lambda: 1, 1000)
    with pytest.raises(library.OperationalError, match="interrupt"):
        db.execute(count).fetchone()

    db.set_progress_handler(None, 1000)
    assert db.execute(count).fetchone() == (50000,)


def test_a_copy_is_made_page_by_page_while_it_is_open(library: ModuleType, db: Any, tmp_path: Path) -> None:
    db.executemany("INSERT INTO pay (payer) VALUES (?)", [(f"{number:0500}",) for number in range(200)])
    copy = library.connect(tmp_path / "copy.db", isolation_level=None)
    left: list[int] = []

    db.backup(copy, pages=5, progress=lambda _, remaining, __: left.append(remaining))

    assert left == sorted(left, reverse=True)
    assert len(left) > 3
    assert copy.execute("SELECT COUNT(*) FROM pay").fetchone() == (200,)
    copy.close()


def test_what_one_library_wrote_the_other_reads(tmp_path: Path) -> None:
    written = apsw_database.connect(tmp_path / "x.db", isolation_level=None)
    written.execute("PRAGMA journal_mode = WAL")
    written.executescript("CREATE TABLE pay (payer TEXT); INSERT INTO pay VALUES ('가온');")
    written.close()

    with python_own.connect(tmp_path / "x.db") as db:
        assert db.execute("SELECT payer FROM pay").fetchall() == [("가온",)]


@pytest.mark.deep
@pytest.mark.parametrize(
    "tests",
    ["tests/unit/ledger", "tests/unit/posting/test_cycle.py", "tests/unit/posting/test_absence.py", "tests/unit/admin"],
)
def test_the_ledger_is_as_safe_on_it(tests: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    done = subprocess.run(
        [sys.executable, "-c", WITH_APSW, tests, "-q", "-p", "no:cacheprovider", "--color=no"],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=600,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-3000:]


def test_without_another_safe_library_it_is_the_one() -> None:
    code = WITH_APSW.partition("import pytest")[0]

    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
