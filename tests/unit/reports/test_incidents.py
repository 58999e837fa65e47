"""The incident report: every gap is found and named, in our ledger and logs and in those of the script before."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import SEOUL, Plan, quick_folder
from worker.i18n.language import Language
from worker.ledger.journal import SlotState
from worker.ledger.ledger import Ledger
from worker.reports import incidents, old_logs


def at(text: str) -> datetime:
    """Return a local time such as `2026-01-13 18:01`."""
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def run(folder: Path, begun: datetime, *lines: tuple[datetime, str, str], name: str = "v9") -> None:
    """Write one file of the old script: begun as the run before it ended, its lines without a date."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"[{when:%H:%M:%S}] [{level}] {said}\n" for when, level, said in lines)
    (folder / f"{name}_{begun:%Y%m%d_%H%M%S}.log").write_text(text, encoding="utf-8")


def working_day(folder: Path, day: str, first: int = 7, last: str = "18:01") -> datetime:
    """Write the files of a day on which a cycle ended every 30 minutes; return the end of the last one."""
    end = begun = at(f"{day} {first:02}:00:12")
    while end + timedelta(minutes=30) <= at(f"{day} {last}:59"):
        end = begun + timedelta(minutes=30)
        run(
            folder,
            begun,
            (begun, "INFO", "[WAIT] 다음 사이클까지 30분 대기"),
            (begun + timedelta(minutes=15), "INFO", "[HEARTBEAT] 정상"),
            (end - timedelta(seconds=20), "INFO", "[SAVE] 저장 성공 확정: 7건"),
            (end, "INFO", "[CYCLE] 사이클 완료 (7건, 42.1초)"),
        )
        begun = end
    return end


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """Return logs with the freeze: the last line at 18:01, the next one at 14:48 the next day, in the same file."""
    end = working_day(tmp_path, "2026-01-13", last="18:00")
    run(
        tmp_path,
        end,
        (at("2026-01-13 18:01:03"), "ERROR", "[GRID] 목록을 불러오지 못했습니다"),
        (at("2026-01-14 14:48:10"), "INFO", "[WAIT] 근무 시간 확인"),
        (at("2026-01-14 15:02:00"), "INFO", "[CYCLE] 사이클 완료 (93건, 80.0초)"),
    )
    return tmp_path


def report(
    folder: Path, since: str, until: str, ledger: Ledger | None = None, language: Language = Language.EN
) -> tuple[incidents.Report, str]:
    """Return the report of a time, and what is printed of it."""
    found = incidents.analyze(
        at(since), at(until), ledger=ledger, why_no_ledger="", folder=folder, plan=Plan(), now=at("2026-12-01 12:00"),
        language=language,
    )  # fmt: skip
    return found, "\n".join(incidents.text(found, SEOUL, language))


# --- the script before


def test_the_freeze_is_found_and_named_with_its_length(frozen: Path) -> None:
    found, said = report(frozen, "2026-01-13 00:00", "2026-01-15 00:00")

    (gap,) = [one for one in found.events if one.kind == "gap" and one.length < timedelta(hours=24)][:1]
    assert (gap.at, gap.until) == (at("2026-01-13 18:01:03"), at("2026-01-14 14:48:10"))
    assert "2026-01-13 18:01:03 – 2026-01-14 14:48:10 (20 h 47 min)  GAP: no line in the old script's log" in said
    assert "suspected cause: the process froze, or the machine slept: the same run went on afterwards" in said
    assert "right before it: [GRID] 목록을 불러오지 못했습니다" in said
    assert "Longest: no line in the old script's log, 2026-01-13 18:01:03 to 2026-01-14 14:48:10, 20 h 47 min" in said
    assert "23 cycles finished, 154 deposits confirmed" in said


def test_it_is_told_in_korean_too(frozen: Path) -> None:
    _, said = report(frozen, "2026-01-13 12:00", "2026-01-14 15:00", language=Language.KO)

    assert "공백: 이전 스크립트의 로그에 기록이 없음" in said
    assert "20시간 47분" in said


def test_a_run_that_is_gone_is_told_from_one_that_froze(tmp_path: Path) -> None:
    working_day(tmp_path, "2026-01-13", last="12:00")
    working_day(tmp_path, "2026-01-14")

    found, said = report(tmp_path, "2026-01-13 06:00", "2026-01-14 12:00")

    (gap,) = [one for one in found.events if one.kind == "gap"]
    assert (gap.at, gap.until) == (at("2026-01-13 12:00:12"), at("2026-01-14 07:00:12"))
    assert "the process was gone: a new run began afterwards" in said


def test_whole_days_without_a_line_are_counted_by_the_next_files_name(tmp_path: Path) -> None:
    run(
        tmp_path,
        at("2026-05-29 17:00:00"),
        (at("2026-05-29 17:00:10"), "INFO", "대기"),
        (at("2026-06-01 16:20:10"), "INFO", "깨어남"),
        (at("2026-06-01 17:10:00"), "INFO", "사이클 완료 (49건)"),
    )
    run(tmp_path, at("2026-06-01 17:10:00"), (at("2026-06-01 17:40:01"), "INFO", "대기"))

    found, _ = report(tmp_path, "2026-05-29 00:00", "2026-06-01 18:00")

    (gap,) = [one for one in found.events if one.kind == "gap"]
    assert (gap.at, gap.until) == (at("2026-05-29 17:00:10"), at("2026-06-01 16:20:10"))


def test_a_log_that_simply_ends_is_a_gap_until_the_end_of_the_report(tmp_path: Path) -> None:
    working_day(tmp_path, "2026-01-13", last="12:00")

    _, said = report(tmp_path, "2026-01-13 06:00", "2026-01-13 20:00")

    assert "2026-01-13 12:00:12 – 20:00:00 (7 h 59 min)  GAP" in said
    assert "no line came after it" in said


def test_midnight_is_no_gap(tmp_path: Path) -> None:
    times = [at("2026-01-13 22:00") + timedelta(minutes=10 * number) for number in range(30)]
    run(tmp_path, times[0], *((when, "INFO", "업무 시간 아님") for when in times))

    lines = old_logs.read(tmp_path, SEOUL)

    assert [line.at for line in lines] == times
    assert not report(tmp_path, "2026-01-13 22:00", "2026-01-14 02:00")[0].events


def test_a_file_begun_before_midnight_may_have_its_first_line_after_it(tmp_path: Path) -> None:
    run(tmp_path, at("2026-01-13 23:59:58"), (at("2026-01-14 00:00:03"), "INFO", "대기"))

    assert [line.at for line in old_logs.read(tmp_path, SEOUL)] == [at("2026-01-14 00:00:03")]


def test_errors_alike_are_one_line_with_their_count(tmp_path: Path) -> None:
    start = at("2026-01-07 09:00")
    errors = [(start + timedelta(minutes=5 * n), "ERROR", f"Event loop is closed ({n})") for n in range(16)]
    run(tmp_path, start, *errors, (at("2026-01-07 10:20"), "INFO", "대기"))

    _, said = report(tmp_path, "2026-01-07 00:00", "2026-01-07 11:00")

    assert said.count("errors: ") == 1
    assert "09:00:00 – 10:15:00 (1 h 15 min)  errors: 16 times: Event loop is closed (0)" in said


def test_damaged_lines_and_names_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "v9_20260113_180000.log").write_bytes(b"\xff\xfe\n[99:99:99] [INFO] x\n[18:00:01] no level\n")
    (tmp_path / "v9_20261399_990000.log").write_text("[10:00:00] [INFO] never\n", encoding="utf-8")
    (tmp_path / "notes.log").write_text("[10:00:00] [INFO] never\n", encoding="utf-8")

    lines = old_logs.read(tmp_path, SEOUL)

    assert "no level" in [line.text for line in lines]
    assert "never" not in [line.text for line in lines]


# --- our own


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Return the ledger of a bad morning: Thursday, 2026-01-08."""
    with quick_folder() as folder, Ledger(folder) as ledger:
        ledger.begin_generation()

        def tell(when: str, kind: str, what: str, **facts: object) -> None:
            ledger.take_note(kind=kind, what=what, facts=facts, at=at(f"2026-01-08 {when}"))

        tell("05:55:00", "end", "worker (pid 10): planned 05:55", watcher="worker", pid=10, code=0, why="planned 05:55")
        tell("05:55:02", "start", "worker (pid 11)", watcher="worker", pid=11, why="planned 05:55")
        for hour, state, why in (
            ("06:00", "ran", ""),
            ("06:30", "failed", "the ERP is down"),
            ("07:00", "missed", "down"),
        ):
            slot = at(f"2026-01-08 {hour}")
            ledger.expect_slots([slot], until=slot)
            cycle = ledger.begin_cycle(slot=slot, at=slot) if state != "missed" else None
            if cycle:
                ledger.end_cycle(cycle, at=slot + timedelta(minutes=1), outcome=state, why=why, figures={})
            ledger.close_slot(slot, SlotState(state), now=slot, why=why, cycle=cycle)
        tell("06:40:00", "end", "worker (pid 11)", watcher="worker", pid=11, code=-9, why="promise broken: uploading")
        tell("06:40:00", "incident", "worker (pid 11) silent", phase="uploading", step="batch 3", silence=95.0)
        tell("07:25:00", "start", "worker (pid 12)", watcher="worker", pid=12, why="boot")
        tell("07:30:00", "sleep", "the machine slept", seconds=120)
        tell("07:31:00", "wish", "paused until 2026-01-08 09:00 by kim", wanted="paused")
        tell("07:32:00", "start", "demo (pid 13)", watcher="demo-erp", pid=13, why="boot")
        ledger.raise_alarm("slot", "the cycle of 07:00 was missed: down", at=at("2026-01-08 07:25"))
        yield ledger


def test_our_ledger_tells_every_stop_with_its_cause(tmp_path: Path, ledger: Ledger) -> None:
    _, said = report(tmp_path, "2026-01-08 05:00", "2026-01-08 07:40", ledger)

    assert "05:55:00 – 05:55:02 (2 s)  restart: pid 11" in said
    assert "06:30:00 – 06:31:00 (1 min 0 s)  failed cycle: #2" in said
    assert "suspected cause: the ERP is down" in said
    assert "06:38:25 – 06:40:00 (1 min 35 s)  SILENCE: the worker was silent while uploading, batch 3" in said
    assert "06:40:00 – 07:25:00 (45 min 0 s)  GAP: no worker ran" in said
    assert "suspected cause: promise broken: uploading" in said
    assert "07:00:00  slot: missed" in said
    assert "07:28:00 – 07:30:00 (2 min 0 s)  sleep: the machine slept" in said
    assert "operator: paused until 2026-01-08 09:00 by kim" in said
    assert "alarm: A cycle did not run when it was due: the cycle of 07:00 was missed: down" in said
    assert "Longest: no worker ran, 2026-01-08 06:40:00 to 2026-01-08 07:25:00, 45 min 0 s" in said
    assert "pid 13" not in said


def test_slots_that_no_worker_has_written_down_are_told_as_well(tmp_path: Path, ledger: Ledger) -> None:
    found, said = report(tmp_path, "2026-01-08 07:00", "2026-01-08 09:00", ledger)

    unknown = [f"{one.at.astimezone(SEOUL):%H:%M}" for one in found.events if one.kind == "slot" and one.what == "?"]
    assert unknown == ["07:30", "08:00", "08:30", "09:00"]
    assert "no worker has written what became of it" in said


def test_before_the_ledger_began_nothing_was_due(tmp_path: Path, ledger: Ledger) -> None:
    assert not report(tmp_path, "2026-01-07 06:00", "2026-01-07 18:00", ledger)[0].events


def test_a_worker_that_never_came_back_is_a_gap_to_the_end(tmp_path: Path, ledger: Ledger) -> None:
    end = {"watcher": "worker", "pid": 12, "code": 1, "why": "crash (exit 1)"}
    ledger.take_note(kind="end", what="worker (pid 12)", facts=end, at=at("2026-01-08 07:35"))

    _, said = report(tmp_path, "2026-01-08 07:33", "2026-01-08 08:00", ledger)

    assert "07:35:00 – 08:00:00 (25 min 0 s)  GAP: no worker ran" in said
    assert "suspected cause: crash (exit 1)" in said


def test_our_logs_give_their_clusters_of_errors_in_text_and_in_json(tmp_path: Path) -> None:
    (tmp_path / "worker_20260108.log").write_text(
        "2026-01-08 09:00:00.000+09:00 ERROR   c7 worker.app: cycle failed (1 in a row): the list is empty\n"
        "Traceback (most recent call last):\n"
        "2026-01-08 09:05:00.000+09:00 ERROR   c8 worker.app: cycle failed (2 in a row): the list is empty\n"
        "2026-01-08 09:06:00.000+09:00 INFO    - worker.app: cycle done\n",
        encoding="utf-8",
    )
    (tmp_path / "guards_20260108.log").write_text(
        "2026-01-08 09:10:00.000+09:00 [ALERT] heartbeat: worker (pid 7) silent for 40 s\n", encoding="utf-8"
    )
    (tmp_path / "circusd_20260108.log").write_text(
        '{"time": "2026-01-08 09:20:00.000+09:00", "level": "ERROR", "message": "a hook failed"}\n{"time": 3}\n{\n',
        encoding="utf-8",
    )

    found, said = report(tmp_path, "2026-01-08 00:00", "2026-01-09 00:00")

    assert [one.kind for one in found.events] == ["errors"] * 3
    assert "09:00:00 – 09:05:00 (5 min 0 s)  errors: 2 times: cycle failed (1 in a row): the list is empty" in said
    assert "09:10:00  errors: heartbeat: worker (pid 7) silent for 40 s" in said
    assert "a hook failed" in said
    assert "our logs in" in said


def test_a_quiet_time_is_said_to_be_one(tmp_path: Path) -> None:
    assert "Nothing went wrong in this time" in report(tmp_path, "2026-01-08 00:00", "2026-01-09 00:00")[1]
