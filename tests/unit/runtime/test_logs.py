"""The worker's log: one file a day, kept 30 days, and never a reason to stop working."""

import faulthandler
import io
import json
import logging
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from hooks.logs import daily_file, name_zone
from tests.fakes import SEOUL, THURSDAY
from worker.runtime import logs
from worker.runtime.logs import DailyFile, Stacks

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

    assert re.fullmatch(r"\S+ \S+ KST \[WARNING\] worker: look here\n", capsys.readouterr().err)


@pytest.mark.usefixtures("daily")
def test_what_is_told_goes_to_the_terminal_beside_the_warnings_with_the_zone_of_its_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.start(tmp_path, "worker", SEOUL, told=("worker.news",))

    logging.getLogger("worker.news").info("192 posted")
    logging.getLogger("worker.other").info("just so")
    logging.getLogger("worker.other").error("1 held")

    told, held = capsys.readouterr().err.splitlines()
    assert told.endswith(" KST [INFO] worker: 192 posted")
    assert held.endswith(" KST [ERROR] worker: 1 held")


def test_circusds_lines_on_the_terminal_name_the_zone_of_the_settings() -> None:
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S"))
    circus = logging.getLogger("circus")
    circus.addHandler(handler)

    name_zone(SEOUL)
    circus.removeHandler(handler)

    record = logging.LogRecord("circus", logging.INFO, __file__, 0, "it runs", (), None)
    record.created = datetime(2026, 1, 8, tzinfo=UTC).timestamp()
    assert handler.format(record) == "2026-01-08 09:00:00 KST circus: it runs"


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


@pytest.fixture
def known_secrets() -> Iterator[None]:
    """Forget afterwards what a test asked to hide."""
    before = set(logs._secrets)
    yield
    logs._secrets.clear()
    logs._secrets.update(before)


@pytest.mark.usefixtures("known_secrets")
def test_no_form_of_a_secret_reaches_the_log_or_the_terminal(
    daily: DailyFile, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = logging.getLogger().handlers[1]
    assert isinstance(terminal, logging.StreamHandler)
    terminal.setStream(sys.stderr)
    secret = 'p&ss "w" 한'
    logs.hide(secret)
    forms = (secret, "p%26ss%20%22w%22%20%ED%95%9C", "p%26ss+%22w%22+%ED%95%9C", "p&amp;ss &quot;w&quot; 한")

    for form in (*forms, json.dumps(secret), json.dumps({"passwd": secret}, ensure_ascii=False)):
        log.warning("refused: %s", form)
    try:
        raise ValueError(f"typed {secret}")
    except ValueError:
        log.exception("it broke")

    written = daily.path(datetime.now(SEOUL)).read_text(encoding="utf-8") + capsys.readouterr().err
    assert "p&ss" not in written
    assert "p%26ss" not in written
    assert "p&amp;ss" not in written
    assert "typed ***" in written
    assert written.count("refused: ") == 12


@pytest.mark.usefixtures("known_secrets")
def test_a_closed_terminal_and_a_value_that_breaks_tell_no_secret(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def __str__(self) -> str:
            raise ValueError("typed p4ss word")

    logs.hide("p4ss word")
    handler = DailyFile(folder, "worker", SEOUL)
    closed = io.StringIO()
    closed.close()
    terminal = logs.Terminal(closed)

    handler.handle(record("typed %s", Broken()))
    terminal.handle(record("typed %s", "p4ss word"))

    said = capsys.readouterr().err
    assert "p4ss" not in said
    assert said.count("[ERROR] a line of the log is lost (x.py, line 1): ValueError: ") == 2


def test_a_secret_typed_as_one_is_never_written_at_all(daily: DailyFile) -> None:
    log.info("signing in with %s, %r", SecretStr("s3cret"), [SecretStr("s3cret")])

    assert "s3cret" not in daily.path(datetime.now(SEOUL)).read_text(encoding="utf-8")


def test_a_full_day_is_told_once_and_takes_only_what_matters_up_to_the_brim(folder: Path) -> None:
    handler = DailyFile(folder, "worker", SEOUL, full=1000, brim=2000)

    for _ in range(50):
        handler.emit(record("x" * 70))
    for number in range(50):
        loud = record(f"trouble {number}")
        loud.levelno, loud.levelname = logging.ERROR, "ERROR"
        handler.emit(loud)

    path = handler.path(THURSDAY)
    text = path.read_text(encoding="utf-8")
    assert text.count("the log is full for today (0.001 MB): only warnings and errors from here on") == 1
    assert 9 < text.count("x" * 70) < 12
    assert text.index("trouble 0") > text.index("full for today")
    assert "trouble 49" not in text
    assert 1900 < path.stat().st_size <= 2000


def test_the_next_day_begins_with_room(folder: Path) -> None:
    handler = DailyFile(folder, "worker", SEOUL, full=100, brim=200)
    handler.emit(record("x" * 120))

    handler.emit(record("a new day", at=THURSDAY + timedelta(days=1)))

    assert "a new day" in handler.path(THURSDAY + timedelta(days=1)).read_text(encoding="utf-8")


def test_how_long_logs_are_kept_can_be_chosen(folder: Path) -> None:
    folder.mkdir()
    for name in ("worker_20260105.log", "worker_20260106.log"):
        (folder / name).touch()

    DailyFile(folder, "worker", SEOUL, kept_days=2).emit(record("a new day"))

    assert names(folder) == ["worker_20260106.log", "worker_20260108.log"]


def test_on_request_each_line_is_one_json_object(folder: Path) -> None:
    root, asyncio = logging.getLogger(), logging.getLogger("asyncio")
    before = (root.level, root.handlers[:], asyncio.level)
    try:
        daily = logs.start(folder, "worker", SEOUL, as_json=True)
        logs.current_cycle = 7
        log.info("한빛상사: %s posted", 3)
        try:
            raise ValueError("no")
        except ValueError:
            log.exception("it broke")
    finally:
        logs.current_cycle = 0
        root.level, root.handlers[:], asyncio.level = before

    first, second = map(json.loads, daily.path(datetime.now(SEOUL)).read_text(encoding="utf-8").splitlines())
    assert datetime.fromisoformat(first.pop("time")).utcoffset() == timedelta(hours=9)
    assert first == {"level": "INFO", "cycle": "c7", "logger": "worker.test", "message": "한빛상사: 3 posted"}
    assert second["message"] == "it broke"
    assert "ValueError: no" in second["exc_info"]


@pytest.mark.parametrize(
    ("written", "kept"), [({}, 30), ({"KEEP_LOG_DAYS": "5"}, 5), ({"KEEP_LOG_DAYS": "x"}, 30),
                          ({"KEEP_LOG_DAYS": "99999999999"}, 30)]
)  # fmt: skip
def test_guards_and_circusd_keep_their_logs_as_the_worker_does(
    tmp_path: Path, written: dict[str, str], kept: int
) -> None:
    handler = daily_file(tmp_path, "guards", "%(message)s", written)

    assert handler._kept == timedelta(days=kept)


def test_guards_write_json_too(tmp_path: Path) -> None:
    handler = daily_file(tmp_path, "guards", "%(message)s", {"LOG_FORMAT": "json"})

    handler.emit(record("[OK] heartbeat: started"))

    found = json.loads(handler.path(THURSDAY).read_text(encoding="utf-8"))
    assert found["message"] == "[OK] heartbeat: started"
    assert found["time"].startswith("2026-01-08 09:00:00")
