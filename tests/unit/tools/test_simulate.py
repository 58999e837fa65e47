"""Random days of a payment list's life: nothing is posted twice, nothing is lost, nobody is asked for nothing."""

import pytest

from tests.tools.simulate import live


@pytest.mark.parametrize("seed", range(1, 5))
def test_random_days_of_a_lists_life_double_and_lose_nothing(seed: int) -> None:
    tally = live(seed, days=6, rate=2.0)

    assert tally.deposits > 200
    assert (tally.twice, tally.lost, tally.minus_lost) == (0, 0, 0), tally.stories
    assert tally.needless <= 5, tally.stories


def test_a_simulation_notices_payments_that_are_posted_under_a_second_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.posting.edits.RULES", {})

    assert sum(live(seed, days=6, rate=2.0).twice for seed in range(1, 3)) > 0
