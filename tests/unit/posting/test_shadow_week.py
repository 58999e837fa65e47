"""Five days beside a person with planted differences: the score names exactly those, and nothing is ever saved."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from tests.fakes import BOOKS, FakeClock, FakeErp, Listed, Worker
from tests.unit.posting.beside_a_person import SHADOW
from worker.payments.payment import KST
from worker.posting import comparison
from worker.posting.comparison import Looked, Score

MONDAY = datetime(2026, 11, 30, 8, tzinfo=KST)


class Person:
    """Posts by hand twice a day, in an order of their own, and makes the mistakes that are planted."""

    def __init__(self, erp: FakeErp, random: Random) -> None:
        self._erp = erp
        self._random = random
        self.waiting: list[tuple[Listed, str]] = []

    def sit_down(self) -> None:
        """Work off what waits, but for what is put off to the next day."""
        rows, self.waiting = self.waiting, []
        self._random.shuffle(rows)
        for row, deed in rows:
            if deed == "later":
                self.waiting.append((row, "plain"))
                continue
            if deed not in ("reflects only", "forgets"):
                mistake: dict[str, object] = {
                    "amount": {"won": row.amount + 10},
                    "day": {"day": row.at.date() + timedelta(days=1)},
                    "account": {"account": "국민은행"},
                    "payer": {"payer": f"{row.payer}(주)"},
                }.get(deed, {})  # type: ignore[assignment]
                self._erp.enter(row, **mistake)  # type: ignore[arg-type]
            if deed not in ("forgets", "enters only"):
                row.is_reflected = True


def live(folder: Path, seed: int, planted: Counter[str]) -> tuple[Score, FakeErp]:
    """Live through five days of 40 payments each; `planted`: how often each mistake happens."""
    random = Random(seed)
    clock = FakeClock(MONDAY)
    erp = FakeErp(clock, posts=False)
    worker = Worker(folder, erp, clock, rules=SHADOW, books=replace(BOOKS, mode="shadow"))
    worker.adopt()
    worker.run_cycle()
    person = Person(erp, random)
    mistakes = [name for name, count in planted.items() for _ in range(count)]
    deeds = [*mistakes, *["plain"] * (200 - len(mistakes))]
    random.shuffle(deeds)
    made = 0
    pairs: list[Listed] = []
    for day in range(8):  # three more, in which nothing comes in
        for hour in range(10):
            clock.at = MONDAY + timedelta(days=day, hours=hour)
            if day < 5 and hour < 8:
                for _ in range(5):
                    row = erp.approve(f"가게 {made}", 1_000 * random.randint(1, 90), minutes_ago=random.uniform(1, 50))
                    if deeds[made] == "pair":
                        pairs.append(row)
                    else:
                        person.waiting.append((row, deeds[made]))
                    made += 1
            worker.run_cycle()
            if hour == 8:
                for row in pairs:
                    erp.cancel(row, model="A")  # in its own row, before the person sits down
            elif hour == 9:
                for row in pairs:
                    row.is_forced = True
                pairs.clear()
            if hour in (3, 9):
                person.sit_down()
    times = worker.ledger.shadow_times()
    assert times is not None
    assert made == 200
    span = Looked(since=times.since, now=times.last, reads_slips=True)
    score = comparison.score_of(comparison.compare(worker.ledger.own_deposits(), worker.ledger.hand_deposits(), span))
    worker.close()
    return score, erp


#: "later": a day later than the rest, which is no difference. "pair": cancelled in place before the person came.
PLANTED = Counter(
    {
        "amount": 3,
        "day": 2,
        "account": 2,
        "payer": 3,
        "reflects only": 2,
        "enters only": 2,
        "forgets": 4,
        "later": 5,
        "pair": 3,
    }
)


def test_the_score_finds_exactly_what_was_planted_and_nothing_was_ever_saved(folder: Path) -> None:
    score, erp = live(folder, 1, PLANTED)

    assert erp.uploads == 0
    assert all("#" not in one.remark for one in erp.slips)
    assert score.differs == {
        "amount": 3, "day": 2, "account": 2, "payer": 3, "not entered": 2, "not reflected": 2,
    }  # fmt: skip
    assert (score.different, score.missing_by_them, score.missing_by_us) == (14, 4, 0)
    assert (score.netted, score.open, score.total) == (2 * 3, 0, 200 + 3)
    assert score.same == 200 - 18 - 3


def test_a_person_without_a_mistake_is_equal(folder: Path) -> None:
    score, _ = live(folder, 3, Counter())

    assert (score.equal, score.total, score.later) == (200, 200, 0)
