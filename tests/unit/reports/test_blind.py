"""Without a key in the remark and without a list of deposits: nothing twice, and every doubt is a person's."""

from datetime import timedelta
from pathlib import Path

from tests.fakes import BLIND, LIES, SEOUL, FakeClock, FakeErp, Fault, Worker
from worker.errors import DaybreakError
from worker.i18n.language import Language
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.reports import assessment, figures
from worker.reports.records import Records
from worker.status.verdict import Tone

#: All that may become of a save, but for an ERP that says what is not so: only its list would tell.
FAULTS = [fault for fault in Fault if fault not in (Fault.TWICE, *LIES)]


def live_through(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    """Let one payment after the other suffer each fault, with a new worker after each."""
    for number, fault in enumerate(FAULTS):
        erp.approve(f"고객 {number}", 1000 + number)
        erp.faults = [fault]
        worker = Worker(folder, erp, clock, rules=BLIND)
        if not number:
            worker.adopt()
        for _ in range(3):
            clock.advance(minutes=5)
            try:
                worker.run_cycle()
            except (DaybreakError, RuntimeError):
                continue
        worker.close()


def test_whatever_becomes_of_a_save_nothing_is_posted_twice_and_the_day_tells_what_waits(folder: Path) -> None:
    clock = FakeClock()
    erp = FakeErp(clock)
    began = clock() - timedelta(hours=1)

    live_through(folder, erp, clock)

    assert len(erp.books()) == len(set(erp.books())), "something stands there twice"
    with Records(folder) as records:
        found = figures.read(records, began, clock(), now=clock(), zone=SEOUL)
        rows = records.pending()
    doubts = [one for one in rows if one.state == State.IN_DOUBT]
    clear = {one.won for one in rows}
    assert doubts, "not every doubt can be settled without a look"
    assert found.money.became["in_doubt"].count == len(doubts)
    assert found.money.became["in_doubt"].won == sum(one.won or 0 for one in doubts)
    posted = {won for _, won in erp.books()}
    assert posted - clear == {1000 + number for number in range(len(FAULTS))} - clear, "what does not wait is posted"
    assert found.money.posted.count == len(posted - clear)
    verdict = assessment.assess(found, len(rows), Language.EN)
    assert verdict.verdict.tone is not Tone.GOOD
    assert str(len(rows)) in verdict.badge(Language.EN)
    assert str(len(rows)) in " ".join(verdict.sentences)


def test_a_person_settles_each_doubt_and_then_all_is_posted_once(folder: Path) -> None:
    clock = FakeClock()
    erp = FakeErp(clock)
    live_through(folder, erp, clock)
    worker = Worker(folder, erp, clock, rules=BLIND)
    stands = {won for _, won in erp.books()}
    for entry in worker.ledger.in_state(State.IN_DOUBT, State.REJECTED, State.HELD):
        verdict = RowVerdict.POSTED if entry.payment.won in stands else RowVerdict.NOT_POSTED
        worker.ledger.resolve(entry.payment.key, verdict, by="kim", why="looked in the ERP", at=clock())

    worker.run_cycle()

    assert erp.books() == sorted((f"고객 {number}", 1000 + number) for number in range(len(FAULTS)))
    assert not worker.ledger.in_state(State.IN_DOUBT, State.REJECTED, State.HELD, State.SEEN)
    worker.close()
