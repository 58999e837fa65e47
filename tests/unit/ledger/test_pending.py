"""What waits for a person: one list, oldest first, whatever it waits for."""

import json
from datetime import timedelta
from pathlib import Path

from tests.fakes import FakeClock, FakeErp, Fault, Worker
from worker.i18n.language import Language
from worker.ledger.database import utc
from worker.ledger.pending import WAITS
from worker.ledger.pending_row import ODD
from worker.ledger.verdicts import RowVerdict
from worker.posting.payment_lines import waiting


def a_worker(folder: Path) -> Worker:
    """Return a worker with a row that is held, one that no rule covers, and one in doubt, in this order of time."""
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    worker.erp.approve("무명", 5_000, number="")
    worker.run_cycle()
    row = json.dumps({"payer": "홍길동", "amount": "?"}, ensure_ascii=False)
    worker.ledger.note_oddities([(row, "the amount ? is none")], cycle=1, at=clock() + timedelta(minutes=10))
    clock.advance(minutes=30)
    worker.erp.faults.append(Fault.LOST_BEFORE)
    worker.erp.approve("의문상회", 3_000)
    worker.run_cycle()
    return worker


def test_all_that_waits_is_one_list_with_what_is_known_of_each(tmp_path: Path) -> None:
    worker = a_worker(tmp_path)

    held, odd, doubt = worker.ledger.pending()

    assert [held.state, doubt.state, odd.state] == ["held", "in_doubt", ODD]
    assert (held.payer, held.won, held.approval_no, held.key) == ("무명", 5_000, "", worker.key("무명"))
    assert doubt.batch is not None
    assert doubt.approval_no
    assert (odd.key, odd.time, odd.won, odd.payer, odd.mailed) == ("row-1", None, None, "홍길동 ?", "홍*동 ?")
    assert held.time is not None
    assert held.since - held.time >= timedelta(minutes=30)  # by a look at the next cycle it was still without a number
    assert worker.clock() - odd.since == timedelta(minutes=20)
    assert worker.ledger.pending_counts() == {"held": 1, "in_doubt": 1, "rejected": 0, ODD: 1}
    assert [one.key for one in worker.ledger.pending(most=2)] == [held.key, odd.key]
    assert worker.ledger.pending(["in_doubt"]) == [doubt]
    assert WAITS["in_doubt"] == "in doubt"
    lines = waiting(worker.ledger, worker.ledger.pending(), tmp_path, Language.EN)
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [held.key, "row-1", doubt.key]
    worker.close()


def test_it_waits_since_it_came_to_wait_whatever_is_noted_of_it_later(tmp_path: Path) -> None:
    worker = a_worker(tmp_path)
    held = worker.ledger.pending(["held"])
    later = worker.clock() + timedelta(hours=3)
    move = (held[0].key, "held", "held", utc(later), "worker", "listed under another name")
    with worker.ledger._write() as db:
        db.execute("INSERT INTO move (key, before, after, at, by, why) VALUES (?, ?, ?, ?, ?, ?)", move)

    assert worker.ledger.pending(["held"]) == held
    worker.close()


def test_what_a_person_has_settled_waits_no_more(tmp_path: Path) -> None:
    worker = a_worker(tmp_path)
    for row in worker.ledger.pending():
        if row.state == ODD:
            worker.ledger.settle_oddity(1, by="kim", why="looked", at=worker.clock())
        else:
            worker.ledger.resolve(row.key, RowVerdict.NEVER, by="kim", why="looked", at=worker.clock())

    assert worker.ledger.pending() == []
    assert sum(worker.ledger.pending_counts().values()) == 0
    worker.close()
