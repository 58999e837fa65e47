"""How it compares with the person beside it: the operation, the state of things, the reports."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.fakes import BOOKS, RULES, SEOUL, FakeClock, FakeErp, Worker, with_rules
from worker.config import loading
from worker.i18n.language import Language
from worker.ledger.notes import SHADOW_SCORE
from worker.operations import shadow
from worker.posting.comparison import Result
from worker.reports import figures, lines
from worker.reports.records import Records
from worker.status import inside
from worker.status.checklist import lines as checklist
from worker.status.findings import Findings


def beside_a_person(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    """Compare three payments: one as we would, one with another amount, one that the person has not posted yet."""
    worker = Worker(
        folder, erp, clock, rules=with_rules(RULES, mode="shadow"),
        books=replace(BOOKS, mode="shadow"),
    )  # fmt: skip
    worker.adopt()
    worker.run_cycle()
    clock.advance(minutes=1)
    rows = [erp.approve(payer, 41_000) for payer in ("해오름상회", "달빛서점", "가람상사")]
    clock.advance(minutes=29)
    worker.run_cycle()
    clock.advance(minutes=5)
    erp.enter(rows[0])
    erp.enter(rows[1], won=14_000)
    for row in rows[:2]:
        row.is_reflected = True
    clock.advance(minutes=25)
    worker.run_cycle()
    worker.close()


def test_nothing_was_ever_compared(folder: Path) -> None:
    chosen = loading.load({"DATA_DIR": str(folder), "MODE": "shadow"})

    assert shadow.look(chosen) is None
    assert (chosen.posting.posts, chosen.posting.shadows) == (False, True)


def test_slips_of_before_are_not_compared_once_their_list_is_read_no_more(
    folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    beside_a_person(folder, erp, clock)
    rules = with_rules(RULES, mode="shadow", deposit_list=False)
    worker = Worker(folder, erp, clock, rules=rules, books=replace(BOOKS, mode="shadow"))
    row = erp.approve("가람상사", 41_000)
    clock.advance(minutes=30)
    worker.run_cycle()
    erp.enter(row)
    row.is_reflected = True
    clock.advance(days=2)
    worker.run_cycle()
    told = worker.ledger.note(SHADOW_SCORE)
    worker.close()

    found = shadow.look(loading.load({"DATA_DIR": str(folder), "MODE": "shadow"}))

    # Else what was reflected since would be told as reflected without a slip.
    assert found is not None
    assert (found.reads_slips, found.score.different) == (False, 0)
    assert json.loads(told) == found.score.as_dict()


def test_the_operation_tells_score_and_findings(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    beside_a_person(folder, erp, clock)

    found = shadow.look(loading.load({"DATA_DIR": str(folder), "MODE": "shadow"}), Language.KO)

    assert found is not None
    assert (found.is_on, found.reads_slips, found.more) == (True, True, 0)
    assert (found.score.same, found.score.different, found.score.open) == (1, 1, 1)
    assert found.headline.text(Language.KO) == "2건 중 1건 일치, 수기 처리보다 늦은 건 없음"
    (one,) = found.findings
    assert (one.result, one.differs, bool(one.key), bool(one.slip)) == (Result.DIFFERENT, ("금액",), True, True)
    assert "41,000" in one.said.text(Language.KO)
    assert "14,000" in one.said.text(Language.KO)


def test_status_and_report_tell_the_same_score(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    beside_a_person(folder, erp, clock)
    chosen = loading.load({"DATA_DIR": str(folder), "MODE": "shadow"})
    found = Findings()

    with Records(folder, create=False) as records:
        inside.look_at_settings(found, chosen)
        inside.look_at_ledger(found, records, chosen, SEOUL, clock())
        now = clock()
        day = timedelta(days=1)
        week = figures.read(records, now - 3 * day, now + day, now=now, zone=SEOUL)
        before = figures.read(records, now - 9 * day, now - 8 * day, now=now, zone=SEOUL)

    state = found.snapshot()
    assert (state.erp["mode"], state.shadow["equal"], state.shadow["total"]) == ("shadow", 1, 2)
    said = "1 of 2 equal, none later than the person"
    assert any(one.text.startswith(said) for one in checklist(state, Language.EN))
    assert any(said in one for one in state.attention)
    assert lines.compared(week, Language.EN) == [
        said, "different: 1", "2 earlier than the person, by 5 minutes at most", "not compared yet: 1",
    ]  # fmt: skip
    assert lines.compared(before, Language.EN) == []
