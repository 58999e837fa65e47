"""When the next process may start: on values alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from hooks import backoff
from hooks.backoff import Exits, after_exit, delay
from hooks.kill_reason import Reason, take, write
from worker.i18n import Message, message
from worker.runtime.process_identity import Identity


def crash(exits: Exits, *, code: int = 1, lived: float = 0.1, asked: bool = False, success: str = "") -> Exits:
    return after_exit(exits, code=code, lived=lived, asked=asked, reason="", success=success)


def test_the_first_start_is_at_once_then_the_wait_doubles_to_the_cap_for_ever() -> None:
    exits, waits = Exits(), []
    for _ in range(13):
        exits = crash(exits)
        waits.append(delay(exits))

    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert delay(replace(exits, count=10_000)) == 300


def test_somebody_is_told_at_the_third_exit_and_when_the_wait_is_the_longest() -> None:
    assert [count for count in range(100) if backoff.is_alarming(Exits(count=count, code=1))] == [3, 11]


def test_only_a_success_clears_the_count() -> None:
    exits = crash(crash(Exits(success="yesterday"), success="yesterday"), success="yesterday", lived=9999)
    assert exits.count == 2

    assert crash(exits, success="today").count == 1


@pytest.mark.parametrize(
    ("code", "lived", "asked", "counts"),
    [
        (1, 100.0, False, True),
        (-9, 100.0, False, True),
        (1, 0.1, True, False),
        (-9, 0.1, True, False),
        (0, 100.0, False, False),
        (0, 0.1, False, True),
        (75, 0.1, False, False),
        (78, 0.1, False, False),
    ],
)
def test_what_counts_as_a_crash(code: int, lived: float, asked: bool, counts: bool) -> None:
    assert crash(Exits(count=5), code=code, lived=lived, asked=asked).count == (6 if counts else 5)


def test_a_held_lock_waits_a_little_and_wrong_settings_wait_for_the_operator() -> None:
    assert delay(crash(Exits(count=9), code=75)) == backoff.WAIT_FOR_LOCK
    assert delay(crash(Exits(), code=78)) is None


def test_the_count_is_kept_and_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "new" / "backoff.json"
    exits = Exits(count=4, code=-9, reason="promise broken: reading", success="s", until="2026-11-23T09:00:00+09:00")
    backoff.save(path, exits)
    assert backoff.load(path) == exits

    path.write_bytes(b"\xff\xfe")

    assert backoff.load(path) == Exits()


def test_why_a_process_was_ended_stays_a_message_on_its_way_to_the_count(tmp_path: Path) -> None:
    why = message("promise broken: {phase}", phase=message("reading"))
    write(tmp_path, Reason(identity=Identity.own(), text=why, planned=False))

    taken = take(tmp_path, Identity.own())
    assert taken is not None
    backoff.save(tmp_path / "backoff.json", Exits(count=1, reason=taken.text))

    kept = backoff.load(tmp_path / "backoff.json").reason
    assert (kept, isinstance(kept, Message)) == ("promise broken: reading", True)


def test_where_the_disk_takes_no_write_the_count_is_kept_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "fallback", lambda path: tmp_path / "memory" / path.name)
    path = tmp_path / "backoff.json"
    path.mkdir()

    backoff.save(path, Exits(count=2))
    assert backoff.load(path) == Exits(count=2)

    path.rmdir()
    backoff.save(path, Exits(count=3))
    assert backoff.load(path) == Exits(count=3)
    assert not (tmp_path / "memory" / path.name).exists()
