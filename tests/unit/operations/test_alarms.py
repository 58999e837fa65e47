"""Who has seen an alarm: written once, by a name, about what was shown."""

from contextlib import closing

import pytest

from tests.fakes import Worker
from worker.config.settings import Settings
from worker.errors import DaybreakError, LedgerError, Overtaken
from worker.operations import alarms
from worker.runtime import sqlite as sqlite3


def raised(worker: Worker, cause: str, what: str = "x") -> int:
    worker.ledger.raise_alarm(cause, what, at=worker.clock())
    return next(one.id for one in worker.ledger.alarms() if one.cause == cause)


def test_who_has_seen_an_alarm_is_written_down_with_the_time_and_what_was_known(
    worker: Worker, chosen: Settings
) -> None:
    number = raised(worker, "held")

    done = alarms.acknowledge(chosen.data_dir, number, by=" 박경리 ", at=worker.clock())

    (seen,) = done.acknowledgements
    assert (seen.by, seen.at, done.rests, done.is_open) == ("박경리", worker.clock(), True, True)
    raised(worker, "held", "y")
    (shown,) = alarms.listed(chosen.data_dir).open
    assert (shown.rests, shown.is_worse) == (False, True)
    alarms.acknowledge(chosen.data_dir, number, by="kim", at=worker.clock(), stamp=shown.stamp)
    assert [one.by for one in alarms.one(chosen.data_dir, number).acknowledgements] == ["박경리", "kim"]


def test_another_stamp_than_the_one_that_was_shown_acknowledges_nothing(worker: Worker, chosen: Settings) -> None:
    number = raised(worker, "in doubt")
    stamp = alarms.one(chosen.data_dir, number).stamp
    raised(worker, "in doubt", "another row")

    with pytest.raises(Overtaken, match="more has come to this alarm"):
        alarms.acknowledge(chosen.data_dir, number, by="kim", at=worker.clock(), stamp=stamp)

    assert alarms.one(chosen.data_dir, number).acknowledgements == ()


def test_a_second_person_is_told_of_the_first(worker: Worker, chosen: Settings) -> None:
    number = raised(worker, "disk")
    alarms.acknowledge(chosen.data_dir, number, by="kim", at=worker.clock())

    with pytest.raises(Overtaken, match="kim has acknowledged this alarm at"):
        alarms.acknowledge(chosen.data_dir, number, by="lee", at=worker.clock())


@pytest.mark.parametrize("by", ["", "   ", "x" * 201, "a\nb", "\x1b[2J"])
def test_nobody_acknowledges_without_a_name(worker: Worker, chosen: Settings, by: str) -> None:
    number = raised(worker, "disk")

    with pytest.raises(DaybreakError, match="say who does it"):
        alarms.acknowledge(chosen.data_dir, number, by=by, at=worker.clock())

    assert alarms.one(chosen.data_dir, number).acknowledgements == ()


def test_what_is_over_or_was_never_there_is_not_acknowledged(worker: Worker, chosen: Settings) -> None:
    number = raised(worker, "disk")
    worker.ledger.end_alarm("disk", at=worker.clock())

    for wrong, why in ((number, "this alarm ended at"), (number + 1, "there is no alarm")):
        with pytest.raises(DaybreakError, match=why):
            alarms.acknowledge(chosen.data_dir, wrong, by="kim", at=worker.clock())


def test_a_ledger_that_another_one_writes_says_so_and_takes_nothing(worker: Worker, chosen: Settings) -> None:
    number = raised(worker, "disk")
    with closing(sqlite3.connect(chosen.data_dir / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(LedgerError, match="locked"):
            alarms.acknowledge(chosen.data_dir, number, by="kim", at=worker.clock())

        other.execute("ROLLBACK")
    assert alarms.one(chosen.data_dir, number).acknowledgements == ()
