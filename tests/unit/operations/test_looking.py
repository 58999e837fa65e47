"""The settings with their origin, the day's log by a filter, a check of the files, and the snapshot."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.fakes import SEOUL
from worker.config import ini
from worker.config.settings import Settings
from worker.errors import SettingsError
from worker.operations import log, settings, status, trials
from worker.operations.log import LogFilter, LogShown
from worker.operations.settings import Origin, SettingShown
from worker.runtime import installation
from worker.status.verdict import Health

DAY = date(2026, 11, 28)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a circus.ini and a local.ini of the test's own."""
    (tmp_path / "var").mkdir()
    (tmp_path / "circus.ini").write_text(
        "[plugin:heartbeat]\nuse = x\nevery = 3\n[env:worker]\nDATA_DIR = var\nBATCH_ROWS = 50\nMAX_WON = 1000\n"
        "PING_URL = https://user:pw@ping.example.com/0000-secret\n",
        encoding="utf-8",
    )
    (tmp_path / "var" / "local.ini").write_text("[env:worker]\nBATCH_ROWS = 20\n", encoding="utf-8")
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    for name in ini.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def shown(name: str, environ: dict[str, str] | None = None) -> SettingShown:
    return next(one for one in settings.listed(environ or {}).settings if one.name == name)


def test_each_setting_says_where_it_comes_from(files: Path) -> None:
    assert (shown("BATCH_ROWS").value, shown("BATCH_ROWS").origin) == ("20", Origin.LOCAL)
    assert shown("BATCH_ROWS").instead_of == "50"
    assert (shown("MAX_WON").value, shown("MAX_WON").origin, shown("MAX_WON").instead_of) == (
        "1000", Origin.INI, None,
    )  # fmt: skip
    assert (shown("TZ").value, shown("TZ").origin) == ("", Origin.DEFAULT)
    assert (shown("every").section, shown("every").value) == ("plugin:heartbeat", "3")
    by_hand = shown("DEMO_PORT", {"DEMO_PORT": "9000"})
    assert (by_hand.value, by_hand.origin) == ("9000", Origin.ENVIRONMENT)
    assert shown("MODE", {"MODE": "production"}).origin is Origin.DEFAULT


def test_no_secret_is_shown(files: Path) -> None:
    text = repr(settings.listed({}))

    assert "secret" not in text
    assert "pw" not in text
    assert "ping.example.com/***" in text


def test_what_is_wrong_is_said_with_the_settings_and_refused_by_the_check(files: Path) -> None:
    assert settings.listed({}).problems == ()
    assert "demo ERP" in trials.check().said
    (files / "var" / "local.ini").write_text("[env:worker]\nBATCH_ROWS = many\nMODE 7\n", encoding="utf-8")

    found = settings.listed({})

    assert found.is_last_good
    assert any("local.ini, line 3" in problem for problem in found.problems)
    with pytest.raises(SettingsError, match="BATCH_ROWS"):
        trials.check()


def test_the_snapshot_of_a_folder_where_nothing_runs_is_down(files: Path) -> None:
    assert status.look().verdict.health is Health.DOWN


# --- the log

WORKER = """2026-11-28 09:00:00.100+09:00 INFO    c12 worker.posting: deposit A posted
2026-11-28 09:00:02.000+09:00 ERROR   c12 worker.app: it failed
Traceback (most recent call last):
  ValueError: 7
2026-11-28 09:10:00.000+09:00 WARNING - worker: waits
"""
GUARDS = "2026-11-28 09:00:01.000+09:00 heartbeat[7] [ERROR] the worker hangs\n"


@pytest.fixture
def logs(chosen: Settings) -> Settings:
    folder = chosen.data_dir / "logs"
    folder.mkdir()
    (folder / "worker_20261128.log").write_text(WORKER, encoding="utf-8")
    (folder / "guards_20261128.log").write_text(GUARDS, encoding="utf-8")
    (folder / "worker_20261127.log").write_text(WORKER, encoding="utf-8")
    return chosen


def texts(found: LogShown) -> list[str]:
    return [one.text for one in found.lines]


def test_a_day_of_all_logs_is_in_order_with_the_stack_at_its_entry(logs: Settings) -> None:
    found = log.read(logs.data_dir, LogFilter(day=DAY), zone=SEOUL)

    assert texts(found) == [
        "worker.posting: deposit A posted",
        "the worker hangs",
        "worker.app: it failed\nTraceback (most recent call last):\n  ValueError: 7",
        "worker: waits",
    ]
    assert [(one.source, one.level, one.cycle) for one in found.lines] == [
        ("worker", "INFO", 12), ("guards", "ERROR", None), ("worker", "ERROR", 12), ("worker", "WARNING", None),
    ]  # fmt: skip
    assert log.sources(logs.data_dir, DAY) == ("guards", "worker")


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (LogFilter(day=DAY, level="WARNING"), 3),
        (LogFilter(day=DAY, level="ERROR", source="worker"), 1),
        (LogFilter(day=DAY, text="DEPOSIT a"), 1),
        (LogFilter(day=DAY, text="valueerror"), 1),
        (LogFilter(day=DAY, cycle=12), 2),
        (LogFilter(day=date(2026, 11, 1)), 0),
    ],
)
def test_a_filter_lets_through_what_is_wanted(logs: Settings, wanted: LogFilter, count: int) -> None:
    assert len(log.read(logs.data_dir, wanted, zone=SEOUL).lines) == count


def test_of_many_entries_the_newest_are_shown_and_the_others_counted(logs: Settings) -> None:
    found = log.read(logs.data_dir, LogFilter(day=DAY), zone=SEOUL, most=1)

    assert (texts(found), found.more) == (["worker: waits"], 3)


def test_a_log_in_json_is_read_as_well(logs: Settings) -> None:
    line = {"time": "2026-11-28 10:00:00.000+09:00", "level": "ERROR", "cycle": "c3", "message": "x", "exc_info": "y"}
    (logs.data_dir / "logs" / "circusd_20261128.log").write_text(json.dumps(line) + "\n{\n", encoding="utf-8")

    (found,) = log.read(logs.data_dir, LogFilter(day=DAY, source="circusd"), zone=SEOUL).lines

    assert (found.level, found.cycle, found.text) == ("ERROR", 3, "x\ny\n{")
