"""The worker's log: one file a day, kept 30 days, and never a reason to stop working."""

import faulthandler
import logging
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import SEOUL, THURSDAY
from worker import logs
from worker.logs import DailyFile, Stacks

log = logging.getLogger("worker.test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def daily(folder: Path) -> Iterator[DailyFile]:
    """Start the log; give the root logger back its handlers afterwards."""
    root, asyncio = logging.getLogger(), logging.getLogger("asyncio")
    before = (root.level, root.handlers[:], asyncio.level)
    yield logs.start(folder, "worker", SEOUL)
    logs.current_cycle = 0
    root.level, root.handlers[:], asyncio.level = before


@pytest.fixture
def stacks(daily: DailyFile) -> Iterator[Stacks]:
    """Return what writes stacks; close its file afterwards."""
    stacks = Stacks(daily)
    yield stacks
    faulthandler.unregister(signal.SIGUSR1)
    if stacks._file is not None:
        stacks._file.close()


def record(text: str, *values: object, at: datetime = THURSDAY) -> logging.LogRecord:
    """Return a record made at a time."""
    made = logging.LogRecord("worker.test", logging.INFO, "x.py", 1, text, values, None)
    made.created = at.timestamp()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_line_has_time_level_cycle_module_and_text(folder: Path, daily: DailyFile) -> None:
    logs.current_cycle = 12

    log.info("deposit %s posted as %s", "PAY-1", "D-7")

    (line,) = daily.path(datetime.now(SEOUL)).read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+09:00 INFO    c12 worker\.test: deposit PAY-1 posted as D-7", line
    )


def test_between_two_cycles_a_line_names_none(daily: DailyFile) -> None:
    log.info("waiting")

    assert " INFO    - worker.test: waiting" in daily.path(datetime.now(SEOUL)).read_text(encoding="utf-8")


def test_the_day_is_the_one_of_the_zone_that_was_chosen(folder: Path) -> None:
    handler = DailyFile(folder, "worker", SEOUL)

    handler.emit(record("late", at=datetime(2026, 1, 8, 14, 59, tzinfo=UTC)))
    handler.emit(record("early", at=datetime(2026, 1, 8, 15, 0, tzinfo=UTC)))

    assert names(folder) == ["worker_20260108.log", "worker_20260109.log"]


def test_files_are_kept_thirty_days_and_others_are_let_alone(folder: Path) -> None:
    folder.mkdir()
    for name in ("worker_20251208.log", "worker_20251209.log", "guards_20250101.log", "worker_old.log", "notes.txt"):
        (folder / name).touch()

    DailyFile(folder, "worker", SEOUL).emit(record("a new day"))

    assert names(folder) == ["guards_20250101.log", "notes.txt", "worker_20251209.log", "worker_20260108.log",
                             "worker_old.log"]  # fmt: skip


def test_what_is_old_is_removed_once_a_day(folder: Path) -> None:
    handler = DailyFile(folder, "worker", SEOUL)
    handler.emit(record("first"))
    (folder / "worker_20200101.log").touch()

    handler.emit(record("second"))
    assert "worker_20200101.log" in names(folder)

    handler.emit(record("next day", at=THURSDAY + timedelta(days=1)))
    assert "worker_20200101.log" not in names(folder)


def test_any_letter_can_be_logged(folder: Path) -> None:
    handler = DailyFile(folder, "worker", SEOUL)

    handler.emit(record("한빛상사 🍗 \ud83d \x00"))

    assert "한빛상사 🍗 \\ud83d" in handler.path(THURSDAY).read_text(encoding="utf-8")


def test_a_deleted_file_and_a_deleted_folder_are_made_again(folder: Path) -> None:
    handler = DailyFile(folder, "worker", SEOUL)
    handler.emit(record("first"))
    shutil.rmtree(folder)

    handler.emit(record("second"))

    assert "second" in handler.path(THURSDAY).read_text(encoding="utf-8")


def test_a_log_that_can_not_be_written_stops_nobody(folder: Path) -> None:
    folder.touch()

    DailyFile(folder, "worker", SEOUL).emit(record("lost"))

    assert folder.read_bytes() == b""


class Broken:
    """A value that can't be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("text", "values"), [("%s and %s", ("one",)), ("%d", ("three",)), ("%s", (Broken(),)), ("%(name)s", ({},))]
)
def test_a_line_that_can_not_be_put_together_stops_nobody(
    daily: DailyFile, capsys: pytest.CaptureFixture[str], text: str, values: tuple[object, ...]
) -> None:
    daily.handle(record(text, *values))

    daily.handle(record("the work goes on"))

    assert daily.path(THURSDAY).read_text(encoding="utf-8").count("\n") == 1
    assert "the work goes on" in daily.path(THURSDAY).read_text(encoding="utf-8")


def test_warnings_go_to_the_terminal_as_well(daily: DailyFile, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = logging.getLogger().handlers[1]
    assert isinstance(terminal, logging.StreamHandler)
    terminal.setStream(sys.stderr)

    log.info("just so")
    log.warning("look here")

    assert capsys.readouterr().err == "worker: look here\n"


def test_a_stack_is_written_into_the_days_file_when_it_is_asked_for(daily: DailyFile, stacks: Stacks) -> None:
    stacks.renew(THURSDAY)

    signal.raise_signal(signal.SIGUSR1)

    text = daily.path(THURSDAY).read_text(encoding="utf-8")
    assert "test_a_stack_is_written_into_the_days_file_when_it_is_asked_for" in text


def test_stacks_follow_the_day_and_a_deleted_file(daily: DailyFile, stacks: Stacks) -> None:
    stacks.renew(THURSDAY)
    daily.path(THURSDAY).unlink()

    stacks.renew(THURSDAY)
    signal.raise_signal(signal.SIGUSR1)
    stacks.renew(THURSDAY + timedelta(days=1))
    signal.raise_signal(signal.SIGUSR1)

    for day in (THURSDAY, THURSDAY + timedelta(days=1)):
        assert daily.path(day).read_text(encoding="utf-8").count("Current thread") == 1


def test_stacks_that_have_no_file_stop_nobody(folder: Path) -> None:
    folder.touch()

    Stacks(DailyFile(folder, "worker", SEOUL)).renew(THURSDAY)

    assert folder.is_file()
