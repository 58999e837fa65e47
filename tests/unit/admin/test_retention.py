"""Old evidence goes, by age and by size; what somebody still needs stays."""

from datetime import date
from pathlib import Path

import pytest

from worker.admin.retention import Pruned, prune

TODAY = date(2026, 6, 30)


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Return a folder of four cycles, 1000 bytes each, the last one of today."""
    for number, day in enumerate(("20260101", "20260501", "20260629", "20260630"), start=1):
        keep(tmp_path / day / f"cycle-{number}")
    return tmp_path


def keep(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / f"batch-{folder.name[6:]}-plan.json").write_bytes(b"x" * 1000)


def cycles(evidence: Path) -> list[str]:
    return sorted(f"{path.parent.name}/{path.name}" for path in evidence.glob("*/*"))


def clear(evidence: Path, *, days: int = 90, most: int = 10**9, needed: tuple[int, ...] = ()) -> Pruned:
    return prune(evidence, today=TODAY, days=days, most=most, needed=needed)


def test_what_is_too_old_goes_with_its_folder(evidence: Path) -> None:
    done = clear(evidence)

    assert cycles(evidence) == ["20260501/cycle-2", "20260629/cycle-3", "20260630/cycle-4"]
    assert not (evidence / "20260101").exists()
    assert done == Pruned(folders=1, size=1000, over=0)


def test_of_too_much_the_oldest_goes_first(evidence: Path) -> None:
    done = clear(evidence, days=365, most=2500)

    assert cycles(evidence) == ["20260629/cycle-3", "20260630/cycle-4"]
    assert done == Pruned(folders=2, size=2000, over=0)


def test_what_somebody_must_still_decide_stays_however_old_and_however_much(evidence: Path) -> None:
    done = clear(evidence, most=500, needed=(1, 3))

    assert cycles(evidence) == ["20260101/cycle-1", "20260629/cycle-3", "20260630/cycle-4"]
    assert done == Pruned(folders=1, size=1000, over=2500)


def test_todays_evidence_is_never_touched(evidence: Path) -> None:
    clear(evidence, days=1, most=0)

    assert cycles(evidence) == ["20260630/cycle-4"]


def test_what_is_not_ours_is_let_alone(evidence: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    keep(elsewhere / "cycle-9")
    (evidence / "20250101").symlink_to(elsewhere)
    (evidence / "notes").mkdir()
    (evidence / "99999999").mkdir()
    (evidence / "readme.txt").touch()

    clear(evidence, days=1)

    assert (elsewhere / "cycle-9").exists()
    assert (evidence / "notes").exists()
    assert (evidence / "99999999").exists()


def test_a_folder_that_does_not_exist_holds_nothing(tmp_path: Path) -> None:
    assert clear(tmp_path / "none") == Pruned(folders=0, size=0, over=0)
