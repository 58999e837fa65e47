"""The heartbeat file: what is written is what is read, whatever becomes of the disk."""

import errno
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.i18n import message, reasons
from worker.i18n.language import Language
from worker.runtime import heartbeat
from worker.runtime.heartbeat import CEILING, SIZE, Heartbeat, Phase
from worker.runtime.process_identity import Identity

BEAT = Heartbeat(
    identity=Identity(pid=812, started=123456, boot="a-boot"),
    phase=Phase.WAITING,
    patience=10,
    at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    ticks=1234.5,
    stats={"total": 3, "success": 2, "failure": 1, "count": 40, "cancellations": 2},
    generation=7,
    version="0.1.0",
    step="page 2 of 3",
    next_cycle="2026-11-23T08:30:00+09:00",
    progress=1230.25,
)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.txt"

    BEAT.write(path)

    assert heartbeat.read(path) == BEAT
    assert path.stat().st_size == SIZE
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_ends_in_one_line_end_and_shows_no_blank_line(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.txt"

    BEAT.write(path)

    assert "\n\n" not in path.read_text(encoding="utf-8")
    assert path.read_bytes().endswith(b" \n")


def test_a_look_at_a_beat_writes_nothing_to_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.txt"
    BEAT.write(path)
    os.utime(path, (0, 1))

    heartbeat.read(path)

    assert path.stat().st_atime == 0


def test_the_first_line_is_the_time_and_the_rest_is_key_value() -> None:
    first, *rest = BEAT.text().splitlines()

    assert datetime.fromisoformat(first) == BEAT.at
    assert rest[0] == "PID: 812"
    assert all(": " in f"{line} " for line in rest)


def test_a_step_is_read_in_any_language() -> None:
    step = message("saving {count} deposits", count=40)

    text = replace(BEAT, step=step).text()
    found = heartbeat.parse(text)

    assert found is not None
    assert found.step == step
    assert reasons.say(found.step, Language.KO) == "입금 40건 저장"
    assert "\nStep: saving 40 deposits\n" in text, "who types the file out reads words, and so does an older guard"


@pytest.mark.parametrize("sign", ["x", "결", "\n", '"'])
@given(count=st.integers(0, 400))
def test_a_beat_of_any_step_fits_the_file(sign: str, count: int) -> None:
    step = message("opening {title}", title=sign * count)

    assert len(replace(BEAT, step=step).text().encode()) <= heartbeat.SIZE


def test_a_step_too_long_for_the_file_is_kept_in_words() -> None:
    step = message("reading {title}", title="x" * 300)

    found = heartbeat.parse(replace(BEAT, step=step).text())

    assert found is not None
    assert found.step == step[: heartbeat.LONGEST_STEP]


@given(step=st.text(max_size=300))
def test_no_step_breaks_the_form(step: str) -> None:
    found = heartbeat.parse(replace(BEAT, step=step).text())

    assert found is not None
    assert found.identity == BEAT.identity
    assert found.progress == BEAT.progress


@given(data=st.binary(max_size=5000))
def test_no_content_is_an_error(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("beat") / "heartbeat.txt"
    path.write_bytes(data)

    assert heartbeat.read(path) is None


@pytest.mark.parametrize("patience", ["nan", "inf", "-inf", "1e999"])
def test_no_promise_is_endless(patience: str) -> None:
    found = heartbeat.parse(BEAT.text().replace("Patience: 10", f"Patience: {patience}"))

    assert found is None or found.is_broken(found.ticks + CEILING + 1)


@pytest.mark.parametrize("ticks", ["nan", "inf", "-inf"])
def test_a_beat_without_a_time_is_none(ticks: str) -> None:
    assert heartbeat.parse(BEAT.text().replace("Ticks: 1234.500", f"Ticks: {ticks}")) is None


def test_a_promise_is_broken_only_after_its_patience() -> None:
    assert not BEAT.is_broken(BEAT.ticks + 10)
    assert BEAT.is_broken(BEAT.ticks + 10.1)
    assert not BEAT.is_broken(BEAT.ticks - 100)


def test_a_full_disk_is_written_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "heartbeat.txt"
    BEAT.write(path)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        replace(BEAT, ticks=2000.0).write(path)

    assert heartbeat.parse(path.read_text()) == replace(BEAT, ticks=2000.0)
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_takes_no_beat_is_replaced_by_memory_that_the_reader_knows(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "heartbeat.txt"

    BEAT.write(path)

    assert heartbeat.read(path) == BEAT
    heartbeat.fallback(path).unlink()
