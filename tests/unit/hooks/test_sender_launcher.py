"""When a guard starts the sender, and how long something has waited."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hooks.guards.sender_launcher import is_wanted, oldest_note
from worker.runtime import spool
from worker.runtime.spool import NoteKind


@pytest.mark.parametrize(
    ("is_alone", "note_age", "overdue", "wanted"),
    [
        (True, None, None, False),
        (True, 0.0, None, True),
        (True, None, 0.0, True),
        (False, 29.0, None, False),
        (False, 30.0, None, True),
        (False, 5.0, 30.0, True),
        (False, None, None, False),
    ],
)
def test_a_guard_takes_over_at_once_when_alone_and_else_after_30_s(
    is_alone: bool, note_age: float | None, overdue: float | None, wanted: bool
) -> None:
    assert is_wanted(is_alone=is_alone, note_age=note_age, overdue=overdue) is wanted


def test_the_age_of_a_note_is_read_off_its_name(tmp_path: Path) -> None:
    assert oldest_note(tmp_path, 0) is None
    spool.put(tmp_path, NoteKind.ALERT, at=datetime.now(UTC), text="one")

    now = datetime.now(UTC).timestamp()

    assert 0 <= (oldest_note(tmp_path, now) or 0) < 60
    assert (oldest_note(tmp_path, now + 40) or 0) >= 40
    assert oldest_note(tmp_path, now - 1000) == 0
