"""Holidays cost their process no more than they must: one country, or another process."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from worker.config import public_holidays
from worker.config.public_holidays import Library, holidays_of

LOADED = """
import sys
from worker.config.public_holidays import Library, holidays_of
Library.is_beside = {beside}
assert holidays_of(2026)
print(*sorted(name for name in sys.modules if name.split(".")[0] == "holidays"))
"""


def _loaded(*, beside: bool) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(beside=beside)], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_one_country_loads_no_other_one() -> None:
    countries = {name.removeprefix("holidays.countries.") for name in _loaded(beside=False) if ".countries." in name}

    assert countries == {"south_korea"}


def test_who_asks_beside_loads_nothing() -> None:
    assert _loaded(beside=True) == []


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Library, "is_beside", True)
    holidays_of.cache_clear()
    public_holidays._asked_beside.cache_clear()


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(("language", "country"), [("ko", "KR"), ("en", "KR"), ("ko", "US-CA")])
def test_it_is_told_the_same_beside(language: str, country: str) -> None:
    assert holidays_of(2026, language, country) == public_holidays._loaded(2026, language, country)


@pytest.mark.usefixtures("beside")
def test_of_many_who_ask_at_once_one_starts_a_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started, python = tmp_path / "started", tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho once >> "{started}"\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))

    with ThreadPoolExecutor(6) as readers:
        found = list(readers.map(holidays_of, [2026] * 6))

    assert all(one == found[0] for one in found)
    assert started.read_text(encoding="utf-8") == "once\n"


@pytest.mark.usefixtures("beside")
def test_a_country_that_nobody_knows_is_none_beside_either() -> None:
    with pytest.raises(NotImplementedError):
        holidays_of(2026, "ko", "ZZ")


@pytest.mark.usefixtures("beside")
def test_without_a_process_beside_it_loads_them_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))

    assert holidays_of(2026)[date(2026, 10, 9)] == "한글날"
