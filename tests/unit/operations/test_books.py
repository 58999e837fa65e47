"""Backups, a restore, a move and an adoption: what was shown is what is done, or nothing."""

from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, Worker, see
from worker.config.settings import Settings
from worker.errors import AlreadyRunning, DaybreakError, LedgerError, Overtaken
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.operations import adopting, copies, moving
from worker.operations.adopting import PostedBefore
from worker.operations.moving import Side
from worker.posting.books import owner_of


def adopt(worker: Worker, chosen: Settings) -> None:
    """Have the worker write the books that the settings name."""
    worker.books = owner_of(chosen)
    worker.adopt()


def test_a_backup_is_made_listed_rehearsed_and_put_back(worker: Worker, chosen: Settings, erp: FakeErp) -> None:
    adopt(worker, chosen)
    path = copies.back_up(chosen)
    erp.approve("김밥천국")
    worker.run_cycle()

    (listed,) = copies.listed(chosen.data_dir)
    rehearsed = copies.rehearse(chosen, path, language=Language.EN)

    assert (listed.path, listed.size) == (path, path.stat().st_size)
    assert rehearsed.outlook.unknown.total() == 1
    assert any("does not know 1 payments" in line for line in rehearsed.lines)
    worker.close()
    with copies.without_a_worker(chosen):
        restored = copies.restore(chosen, path, by="kim", stamp=rehearsed.stamp)
        with pytest.raises(AlreadyRunning), copies.without_a_worker(chosen):
            pass
    assert restored.aside is not None
    with Ledger(chosen.data_dir, create=False) as ledger:
        assert ledger.older()
        assert "김밥천국" not in [one.payment.payer for one in ledger.known(since=None).values()]


def test_another_file_than_the_one_that_was_rehearsed_is_not_put_back(worker: Worker, chosen: Settings) -> None:
    adopt(worker, chosen)
    path = copies.back_up(chosen)
    rehearsed = copies.rehearse(chosen, path, language=Language.EN)
    path.unlink()
    worker.ledger.raise_alarm("held", "x", at=worker.clock())
    copies.back_up(chosen, path)

    with pytest.raises(Overtaken, match="another file since it was rehearsed"):
        copies.restore(chosen, path, by="kim", stamp=rehearsed.stamp)

    assert not worker.ledger.older()
    with pytest.raises(DaybreakError, match="is there already"):
        copies.back_up(chosen, path)


def unadopted(folder: Path, clock: FakeClock, erp: FakeErp) -> Worker:
    """Return a worker whose ledger has seen two payments, and whose past nobody has told."""
    worker = Worker(folder, erp, clock)
    erp.approve("김밥천국", minutes_ago=90)
    erp.approve("서울상회", minutes_ago=10)
    with pytest.raises(LedgerError):
        worker.run_cycle()
    return worker


def test_an_adoption_does_what_was_shown(folder: Path, clock: FakeClock, erp: FakeErp, chosen: Settings) -> None:
    worker = unadopted(folder, clock, erp)
    before = PostedBefore(until="2026-01-08 08:00")

    found = adopting.preview(chosen, before)
    assert [one.payer for one in found.proposal.posted] == ["김밥천국"]
    assert not worker.ledger.knows_what_was_posted(owner_of(chosen))
    adopting.apply(chosen, before, by="kim", stamp=found.stamp)

    assert worker.states() == {"김밥천국 승인": "excluded: posted before the adoption", "서울상회 승인": "seen"}
    worker.close()


def test_an_adoption_of_something_else_than_was_shown_is_none(
    folder: Path, clock: FakeClock, erp: FakeErp, chosen: Settings
) -> None:
    worker = unadopted(folder, clock, erp)
    before = PostedBefore(until="2026-01-08 08:00")
    found = adopting.preview(chosen, before)
    erp.approve("해오름상회", minutes_ago=120)
    with pytest.raises(LedgerError):
        worker.run_cycle()

    with pytest.raises(Overtaken, match="what waits has changed"):
        adopting.apply(chosen, before, by="kim", stamp=found.stamp)

    assert set(worker.states().values()) == {"seen"}
    worker.close()


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (PostedBefore(nothing=True, until="2026-01-08"), "--nothing excludes"),
        (PostedBefore(), "what was posted before daybreak"),
        (PostedBefore(until="2126-01-08"), "and it is"),
        (PostedBefore(record=Path("/nowhere/record.json")), "record"),
    ],
)
def test_an_answer_that_makes_no_sense_adopts_nothing(chosen: Settings, before: PostedBefore, why: str) -> None:
    with pytest.raises(DaybreakError, match=why):
        adopting.preview(chosen, before)

    assert not (chosen.data_dir / "ledger.db").exists()


def test_books_that_are_packed_are_sealed_until_the_move_is_called_off(
    worker: Worker, chosen: Settings, tmp_path: Path
) -> None:
    adopt(worker, chosen)
    see(worker.ledger, [], cycle=1, at=worker.clock())
    worker.close()
    side = Side(data=chosen.data_dir, project=tmp_path, settings=chosen)
    (tmp_path / "circus.ini").write_text("[env:worker]\n", encoding="utf-8")

    with moving.without_a_worker(side):
        with pytest.raises(DaybreakError, match="were not moved away"):
            moving.call_off(side, by="kim", why="x")
        packed = moving.pack(side, tmp_path / "books.tar.gz", by="kim")
        with pytest.raises(DaybreakError, match="say --why"):
            moving.call_off(side, by="kim", why=" ")

    assert packed.path == tmp_path / "books.tar.gz"
    with Ledger(chosen.data_dir, create=False) as ledger:
        assert ledger.sealed()
    moving.call_off(side, by="kim", why="the new machine is broken")
    with Ledger(chosen.data_dir, create=False) as ledger:
        assert not ledger.sealed()
