"""The library under every database: a safe one is taken, an affected one opens nothing and says what helps."""

import json
import re
import sqlite3
import sys
from pathlib import Path
from types import ModuleType

import pytest

from worker.errors import LedgerError
from worker.i18n.language import Language
from worker.i18n.reasons import say
from worker.ledger.ledger import Ledger
from worker.runtime import sqlite
from worker.status.look import look

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 49, 9), False),
        ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True),
        ((3, 52, 0), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_a_version_is_safe_from_the_one_on_that_mended_it(version: tuple[int, ...], safe: bool) -> None:
    assert sqlite.is_safe(version) is safe


def library(name: str, *version: int) -> ModuleType:
    """Return a library that calls itself so."""
    made = ModuleType(name)
    made.sqlite_version_info = version  # type: ignore[attr-defined]
    made.sqlite_version = ".".join(map(str, version))  # type: ignore[attr-defined]
    return made


def test_the_first_safe_library_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in (("first", (3, 51, 2)), ("second", (3, 53, 4)), ("third", (3, 54, 0))):
        monkeypatch.setitem(sys.modules, name, library(name, *version))

    assert sqlite.choose(["none_such", "first", "second", "third"]).__name__ == "second"
    assert sqlite.choose(["first", "none_such"]).__name__ == "first"
    assert sqlite.choose(["none_such"]) is sqlite3


def test_this_very_environment_has_a_safe_one() -> None:
    assert sqlite.why_unsafe() == ""
    assert re.fullmatch(r"3\.\d+\.\d+ \(\w+\)", sqlite.described())


def test_an_affected_library_opens_nothing_and_says_what_helps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_library", library("sqlite3", 3, 40, 1))

    with pytest.raises(LedgerError, match=r"SQLite 3\.40\.1 \(sqlite3\) can corrupt .* Install a Python whose"):
        Ledger(folder)

    assert not list(folder.glob("ledger.db*"))
    assert "SQLite 3.40.1 (sqlite3)에는" in say(sqlite.why_unsafe(), Language.KO)


def test_the_state_of_things_names_the_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(folder))
    Ledger(folder).close()

    found = json.loads(json.dumps(look().as_dict()))

    assert found["ledger"]["sqlite"] == sqlite.described()


def test_the_state_of_things_says_that_the_library_is_an_affected_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(folder))
    monkeypatch.setattr(sqlite, "_library", library("sqlite3", 3, 51, 2))

    found = look()

    assert any(problem.startswith("SQLite 3.51.2 (sqlite3) can corrupt a ledger") for problem in found.problems)


def test_the_lock_brings_a_library_with_digests_for_each_python_that_has_one() -> None:
    for name in ("requirements.txt", "requirements-test.txt"):
        text = (PROJECT / "scripts" / name).read_text(encoding="utf-8")
        found = re.search(r"^pysqlite3==\S+ ; (.*?)\\\n((?:    --hash=sha256:\w{64}.*\n)+)", text, re.MULTILINE)

        assert found is not None
        assert "platform_machine == 'x86_64'" in found[1]
        assert found[2].count("--hash") == 4
