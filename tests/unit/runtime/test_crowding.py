"""How crowded the machine is: by what each turn is waited for, and forgotten soon."""

from pathlib import Path

import pytest

from worker.runtime.crowding import CROWDED, ORDINARY, Crowding


def note(path: Path, *, waited: float, turns: int) -> None:
    path.write_text(f"123456789 {round(waited * 1e9)} {turns}\n", encoding="ascii")


@pytest.mark.parametrize(
    ("each", "stretch"),
    [(0.0, 1.0), (ORDINARY, 1.0), ((ORDINARY + CROWDED) / 2, 1.5), (CROWDED, 2.0), (10 * CROWDED, 2.0)],
)
def test_a_promise_is_stretched_by_what_a_turn_is_waited_for(tmp_path: Path, each: float, stretch: float) -> None:
    path = tmp_path / "schedstat"
    note(path, waited=7.0, turns=1000)
    crowding = Crowding(path)

    note(path, waited=7.0 + 100 * each, turns=1100)

    assert crowding.stretch() == pytest.approx(stretch)


def test_a_crowd_that_has_gone_is_forgotten_within_a_few_beats(tmp_path: Path) -> None:
    path = tmp_path / "schedstat"
    note(path, waited=0.0, turns=0)
    crowding = Crowding(path)
    note(path, waited=100 * CROWDED, turns=100)
    assert crowding.stretch() == 2.0

    for turns in range(200, 600, 100):
        note(path, waited=100 * CROWDED, turns=turns)
        last = crowding.stretch()

    assert last == 1.0


def test_a_kernel_that_counts_nothing_stretches_nothing(tmp_path: Path) -> None:
    crowding = Crowding(tmp_path / "nowhere")
    assert crowding.stretch() == 1.0

    (tmp_path / "nowhere").write_text("not counted\n", encoding="ascii")

    assert crowding.stretch() == 1.0


def test_what_this_kernel_says_can_be_read() -> None:
    assert 1.0 <= Crowding().stretch() <= 2.0
