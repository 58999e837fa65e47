"""A worker that compares with a person who posts by hand, and what that person does."""

from dataclasses import replace
from pathlib import Path

from tests.fakes import BOOKS, RULES, FakeClock, FakeErp, Listed, Worker, with_rules

SHADOW = with_rules(RULES, mode="shadow")

BLIND = with_rules(SHADOW, deposit_list=False)


def started(folder: Path, erp: FakeErp, clock: FakeClock) -> Worker:
    """Return a worker that compares since a reading of an empty list, a minute ago."""
    worker = Worker(folder, erp, clock, rules=SHADOW, books=replace(BOOKS, mode="shadow"))
    erp.posts = False
    worker.adopt()
    worker.run_cycle()
    clock.advance(minutes=1)
    return worker


def cycle(worker: Worker, *, minutes: int = 30) -> None:
    worker.clock.advance(minutes=minutes)
    worker.run_cycle()


def finish(worker: Worker, row: Listed) -> None:
    """Post and reflect a row by hand, as it is."""
    worker.erp.enter(row)
    row.is_reflected = True
