"""A backup in the ledger's place: refused when it does not belong there, explained, proved, and settled step by "
"step."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import BLIND, BOOKS, RULES, SEOUL, FakeClock, FakeErp, Fault, Worker, with_rules
from worker.admin import restore as restoring
from worker.admin import restore_preview
from worker.admin.restore_preview import Outlook
from worker.errors import LedgerError, NotAdopted, PasteLost
from worker.i18n import korean, reasons
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.verdicts import RowVerdict
from worker.runtime import sqlite as sqlite3
from worker.status import restored


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()


def back_up(worker: Worker, folder: Path) -> Path:
    worker.ledger.back_up(folder / "backup.db")
    return folder / "backup.db"


def restore(worker: Worker, folder: Path, backup: Path) -> tuple[Worker, Outlook]:
    """Restore with the worker stopped, and start the next one."""
    worker.close()
    found, _ = restoring.restore(backup, folder, BOOKS, by="kim", at=worker.clock())
    return Worker(folder, worker.erp, worker.clock), found


def cycles(worker: Worker, count: int) -> None:
    for _ in range(count):
        worker.clock.advance(minutes=5)
        try:
            worker.run_cycle()
        except NotAdopted:
            continue


def said(found: Outlook, language: Language = Language.EN, *, can_look_up: bool = True) -> str:
    posting = RULES if can_look_up else BLIND
    return "\n".join(restore_preview.lines(found, posting, zone=SEOUL, language=language))


def progress(worker: Worker, *, can_look_up: bool = True) -> str:
    return restored.progress(worker.ledger, RULES if can_look_up else BLIND, zone=SEOUL)


def digest(folder: Path) -> dict[str, str]:
    """Return what stands in a folder, but for what readers of a ledger tell each other."""
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.endswith("-shm")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# --- what is refused -----------------------------------------------------------------------------------------------


def spoil(backup: Path, how: str) -> str:
    """Make a backup one that must be refused; return what is said of it."""
    if how == "truncated":
        backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
        return "it is damaged, cut off or no ledger at all"
    if how == "empty":
        backup.write_bytes(b"")
        return "it is no ledger of daybreak"
    if how == "garbage":
        backup.write_bytes(b"garbage" * 1000)
        return "it is damaged, cut off or no ledger at all"
    if how == "missing":
        backup.unlink()
        return "there is no such file"
    db = sqlite3.connect(backup)
    if how == "newer":
        db.execute("PRAGMA user_version = 99")
        what = r"it was written by a newer daybreak \(schema 99, this one knows \d+\): install that one first"
    elif how == "another company":
        db.execute("UPDATE adoption SET company = 'OTHER'")
        what = "it holds the books of company 'OTHER', these settings are for 'AB'"
    elif how == "another ERP":
        db.execute("UPDATE adoption SET origin = 'https://other.example'")
        what = "it holds the books of the ERP at 'https://other.example', these settings are for"
    else:
        db.execute("PRAGMA application_id = 1")
        what = "it is no ledger of daybreak"
    db.commit()
    db.close()
    return what


@pytest.mark.parametrize(
    "how", ["truncated", "empty", "garbage", "missing", "newer", "another company", "another ERP", "another program"]
)
def test_what_does_not_belong_here_is_refused_and_the_ledger_stays_untouched(
    worker: Worker, folder: Path, erp: FakeErp, how: str
) -> None:
    for number in range(40):
        erp.approve(f"가게 {number}")
    worker.run_cycle()
    backup = back_up(worker, folder)
    worker.close()
    what = spoil(backup, how)
    before = digest(folder)

    for act in (restoring.rehearse, lambda *asked: restoring.restore(*asked, by="kim", at=worker.clock())):
        with pytest.raises(LedgerError, match=f"restoring .*: {what}.*Nothing was changed"):
            act(backup, folder, BOOKS)

        assert digest(folder) == before


# --- what it means -------------------------------------------------------------------------------------------------


def test_a_rehearsal_says_what_it_means_and_changes_nothing(worker: Worker, folder: Path, erp: FakeErp) -> None:
    erp.approve("김밥천국", 12_000, minutes_ago=20)
    backup = back_up(worker, folder)
    worker.run_cycle()
    erp.approve("보류상사", number="")
    cycles(worker, 2)
    before = digest(folder)

    found = restoring.rehearse(backup, folder, BOOKS)

    assert digest(folder) == before
    text = said(found)
    assert "backup.db is a whole ledger with 0 payments" in text
    assert (
        "It does not know 2 payments (22,000 won) that the present ledger has settled since: 1 held, 1 posted." in text
    )
    assert "(2) a second look-up, at least 60 s later" in text
    assert "daybreak adopt --until TIME" in said(found, can_look_up=False)
    assert "현재 장부에서 처리된 2건(22,000원)" in said(found, Language.KO)


def test_a_ledger_that_can_not_be_read_is_no_hindrance(worker: Worker, folder: Path, erp: FakeErp) -> None:
    erp.approve("김밥천국", minutes_ago=20)
    worker.run_cycle()
    backup = back_up(worker, folder)
    erp.approve("다른 집")
    cycles(worker, 1)
    worker.close()
    for path in folder.glob("ledger.db*"):
        path.write_bytes(b"damaged" * 2000)

    newer, found = restore(worker, folder, backup)
    cycles(newer, 3)

    assert "can't be compared" in said(found)
    assert erp.books() == [("김밥천국", 10_000), ("다른 집", 10_000)]
    assert set(newer.states().values()) == {"posted"}
    newer.close()


def test_a_missing_ledger_is_restored_too(worker: Worker, folder: Path, erp: FakeErp) -> None:
    erp.approve("김밥천국", minutes_ago=20)
    backup = back_up(worker, folder)
    cycles(worker, 1)
    worker.close()
    for path in folder.glob("ledger.db*"):
        path.unlink()

    newer, _ = restore(worker, folder, backup)
    cycles(newer, 3)

    assert erp.books() == [("김밥천국", 10_000)]
    newer.close()


def test_what_was_posted_without_keys_since_is_for_a_person_to_compare(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    backup = back_up(worker, folder)
    worker.rules = with_rules(worker.rules, remark_key=False, deposit_list=False)
    erp.approve("김밥천국", minutes_ago=20)
    cycles(worker, 1)

    newer, found = restore(worker, folder, backup)
    cycles(newer, 3)

    assert "was off meanwhile" in said(found)
    assert "nothing can be looked up here" in progress(newer)
    assert erp.books() == [("김밥천국", 10_000)]
    newer.close()


# --- how it is settled ---------------------------------------------------------------------------------------------


def test_the_steps_to_posting_again_are_told_one_by_one(worker: Worker, folder: Path, erp: FakeErp) -> None:
    erp.approve("김밥천국", minutes_ago=20)
    backup = back_up(worker, folder)
    cycles(worker, 1)
    erp.approve("다른 집")
    newer, _ = restore(worker, folder, backup)

    told = [progress(newer)]
    for _ in range(3):
        cycles(newer, 1)
        told.append(progress(newer))

    assert "0 payments wait; step 1 of 2" in told[0]
    assert "1 payments wait; step 2 of 2: the look-up of 09:10:00 found 1" in told[1]
    assert told[-1] == ""
    assert "1/2단계" not in told[-1]
    assert erp.books() == [("김밥천국", 10_000), ("다른 집", 10_000)]
    incidents = [str(one["what"]) for one in newer.ledger.incidents(newer.clock() - timedelta(days=1))]
    assert any(one.startswith("the ledger was restored from backup.db") and one.endswith("by kim") for one in incidents)
    assert "the restored ledger is proved: 1 payments are not in the ERP's list and wait" in incidents
    newer.close()


def test_what_people_decided_after_the_backup_is_not_posted_against_them(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    """A backup knows nothing of a deposit that somebody entered by hand, without a key: no look-up finds that."""
    erp.approve("현금상사", number="")
    worker.run_cycle()
    backup = back_up(worker, folder)
    cycles(worker, 1)
    key = worker.key("현금상사")
    worker.ledger.resolve(key, RowVerdict.POSTED, by="lee", why="entered by hand", at=worker.clock())
    erp.rows[0].approval_no = ""
    newer, _ = restore(worker, folder, backup)

    cycles(newer, 4)

    assert erp.books() == []
    entry = newer.ledger.entry(key)
    assert entry is not None
    assert entry.state == "held"
    newer.close()


def test_what_an_adoption_after_the_backup_excluded_is_held_and_not_posted(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    erp.approve("김밥천국", minutes_ago=30)
    erp.faults.append(Fault.PASTE_LOST)
    with pytest.raises(PasteLost):
        worker.run_cycle()
    backup = back_up(worker, folder)
    key = worker.key("김밥천국")
    worker.ledger.adopt(BOOKS, by="lee", at=worker.clock(), note="posted before: 1 by list", posted=[key])
    newer, _ = restore(worker, folder, backup)

    cycles(newer, 4)

    assert erp.books() == []
    entry = newer.ledger.entry(key)
    assert entry is not None
    assert entry.why == "the ledger that a backup replaced has it as excluded (posted before the adoption)"
    assert reasons.say(entry.why, Language.KO) == (
        "백업으로 바뀌기 전 장부에 제외(도입 전에 이미 입금 처리되었습니다) 상태로 있습니다"
    )
    newer.ledger.resolve(key, RowVerdict.NOT_POSTED, by="lee", why="it was not", at=newer.clock())
    cycles(newer, 2)
    assert erp.books() == [("김밥천국", 10_000)]
    newer.close()


def test_an_adoption_in_the_middle_does_not_let_go_of_what_was_known(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    worker.rules = with_rules(worker.rules, deposit_list=False)
    backup = back_up(worker, folder)
    erp.approve("김밥천국", minutes_ago=20)
    cycles(worker, 1)
    newer, _ = restore(worker, folder, backup)
    newer.rules = with_rules(newer.rules, deposit_list=False)
    newer.adopt()

    cycles(newer, 3)

    assert erp.books() == [("김밥천국", 10_000)]
    assert set(newer.states().values()) == {"held"}
    newer.close()


def test_a_backup_of_the_same_moment_is_settled_too_before_anything_is_posted(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    backup = back_up(worker, folder)
    newer, found = restore(worker, folder, backup)
    erp.approve("김밥천국")

    assert "It knows everything" in said(found)
    assert progress(newer) != ""
    assert progress(newer, can_look_up=False).endswith("then: daybreak adopt")
    assert reasons.say(progress(newer), Language.KO) == korean.say(progress(newer))
    assert "(백업)" in korean.say(progress(newer))
    cycles(newer, 3)

    assert erp.books() == [("김밥천국", 10_000)]
    newer.close()


def test_a_restored_ledger_that_is_settled_stays_so_at_the_next_start(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    backup = back_up(worker, folder)
    erp.approve("김밥천국", minutes_ago=20)
    cycles(worker, 1)
    newer, _ = restore(worker, folder, backup)
    cycles(newer, 3)
    assert progress(newer) == ""
    newer.close()

    with Ledger(folder) as again:
        again.begin_generation()
        assert again.older() == ""


def test_a_restore_that_was_killed_between_its_two_renames_can_be_done_again(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    erp.approve("김밥천국", minutes_ago=20)
    worker.run_cycle()
    backup = back_up(worker, folder)
    worker.close()
    (folder / "ledger.db").rename(folder / "ledger-replaced-1.db")
    (folder / "ledger.db-wal").write_bytes(b"what the killed one left")

    newer, _ = restore(worker, folder, backup)
    cycles(newer, 3)

    assert erp.books() == [("김밥천국", 10_000)]
    assert set(newer.states().values()) == {"posted"}
    newer.close()
