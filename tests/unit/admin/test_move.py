"""Books on their way to another machine: packed whole, without secrets, and never posting from two places."""

import io
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.fakes import BOOKS, FakeClock, FakeErp, Fault, Worker, quick_folder
from worker.admin import move, move_in_words, restore
from worker.admin.move import Moved, NotMoved
from worker.errors import LedgerError, NotAdopted
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.ledger.copies import digest_of
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.runtime import sqlite as sqlite3

SETTINGS = """[env:worker]
# ours
ERP_URL = https://erp.example
ERP_COMPANY = AB
ERP_PASSWORD_FILE = var/erp-password
SMTP_PASSWORD_FILE = var/smtp-password
PING_URL = https://ping.example/uuid-of-ours
SMTP_HOST = https://me:hunter2@mail.example
"""

#: What must not get into an archive.
SECRETS = ("uuid-of-ours", "hunter2", "the-password")

THERE = replace(BOOKS, machine="m2")


@dataclass(slots=True)
class Places:
    """Two machines: each has a project with var/local.ini and a data folder."""

    here: Path
    there: Path
    archive: Path
    worker: Worker


@pytest.fixture
def places() -> Iterator[Places]:
    clock = FakeClock()
    with quick_folder() as folder:
        here, there = folder / "here", folder / "there"
        for place in (here, there):
            (place / "var").mkdir(parents=True)
        (here / "var" / "local.ini").write_text(SETTINGS, encoding="utf-8")
        (here / "var" / "erp-password").write_text("the-password", encoding="utf-8")
        kept = here / "var" / "evidence" / "20260108" / "cycle-1"
        kept.mkdir(parents=True)
        (kept / "batch-1-plan.json").write_text("[]")
        worker = Worker(here / "var", FakeErp(clock), clock)
        worker.adopt()
        worker.erp.approve("김밥천국", 12_000)
        worker.run_cycle()
        yield Places(here=here, there=there, archive=folder / "books.tar.gz", worker=worker)
        worker.close()


def leave(places: Places, *, although_in_doubt: bool = False) -> Moved:
    places.worker.close()
    return move.move(
        places.here / "var",
        places.here,
        places.archive,
        owner=BOOKS,
        by="kim",
        at=places.worker.clock(),
        although_in_doubt=although_in_doubt,
    )


def arrive(places: Places) -> Moved:
    return move.unpack(places.archive, places.there / "var", places.there, owner=None)


def newcomer(places: Places, machine: str = "m2") -> Worker:
    erp, clock = places.worker.erp, places.worker.clock
    return Worker(places.there / "var", erp, clock, books=replace(BOOKS, machine=machine))


def packed(archive: Path) -> dict[str, bytes]:
    found = {}
    with tarfile.open(archive) as file:
        for member in file:
            content = file.extractfile(member)
            assert content is not None
            found[member.name] = content.read()
    return found


# --- the way -------------------------------------------------------------------------------------------------------


def test_the_books_go_on_elsewhere_and_nothing_is_posted_twice_or_lost(places: Places) -> None:
    found = leave(places)
    places.worker.erp.approve("다른 집", 5_000)

    came = arrive(places)

    assert (found.payments, came.payments) == (1, 1)
    new = newcomer(places)
    with pytest.raises(NotAdopted, match=r"adopted for machine 'm1', not 'm2'.* daybreak adopt --this-machine"):
        new.run_cycle()
    assert new.ledger.adopt_machine("m2", by="kim", at=places.worker.clock()) == "moved from machine m1"
    assert new.ledger.why_no_posting(THERE) == ""
    new.run_cycle()
    assert places.worker.erp.books() == [("김밥천국", 12_000), ("다른 집", 5_000)]
    assert (places.there / "var" / "evidence" / "20260108" / "cycle-1" / "batch-1-plan.json").read_text() == "[]"
    assert (places.there / "var" / "local.ini").exists()
    new.close()


def test_what_was_packed_and_what_to_do_next_is_said_in_korean(places: Places) -> None:
    lines = [reasons.say(one, Language.KO) for one in move_in_words.left(leave(places))]

    assert lines[0] == f"결제 1건과 증빙 파일 1개를 {places.archive}에 담았습니다."
    assert lines[2] == "비밀 정보이므로 담지 않았습니다: PING_URL, SMTP_HOST."
    assert all(re.search("[가-힣]", one) for one in lines)


def test_the_side_that_was_left_refuses_with_a_sentence(places: Places) -> None:
    leave(places)
    places.worker.erp.approve("다른 집", 5_000)

    old = Worker(places.here / "var", places.worker.erp, places.worker.clock)
    with pytest.raises(
        NotAdopted, match=r"moved away on 2026-01-08T09:\S+ by kim, into books.tar.gz: this side is sealed"
    ):
        old.run_cycle()

    assert places.worker.erp.books() == [("김밥천국", 12_000)]
    assert "sealed" in old.ledger.why_other_books(BOOKS)
    with pytest.raises(NotAdopted, match="sealed"):
        old.ledger.adopt_machine("m9", by="kim", at=places.worker.clock())
    old.adopt()
    with pytest.raises(NotAdopted, match="sealed"):
        old.run_cycle()
    old.close()


def test_no_backup_takes_the_seal_away(places: Places) -> None:
    backup = places.here / "backup.db"
    places.worker.ledger.back_up(backup)
    leave(places)
    data = places.here / "var"

    with pytest.raises(LedgerError, match=r"moved away from here .* daybreak move --undo"):
        restore.restore(backup, data, BOOKS, by="kim", at=places.worker.clock())
    for part in data.glob("ledger.db*"):
        part.unlink()
    backup.replace(data / "ledger.db")

    with Ledger(data) as ledger:
        assert "sealed" in ledger.why_no_posting(BOOKS)


def test_no_secret_is_packed(places: Places) -> None:
    found = leave(places)

    everything = packed(places.archive)
    assert found.secrets == ("PING_URL", "SMTP_HOST")
    assert not any(secret.encode() in content for content in everything.values() for secret in SECRETS)
    assert "ERP_PASSWORD_FILE = var/erp-password" in everything["local.ini"].decode()
    assert places.archive.stat().st_mode & 0o777 == 0o600
    came = arrive(places)
    assert came.secrets == (
        "ERP_PASSWORD_FILE = var/erp-password",
        "SMTP_PASSWORD_FILE = var/smtp-password",
        "PING_URL",
        "SMTP_HOST",
    )


def test_settings_that_are_there_already_are_not_overwritten(places: Places) -> None:
    leave(places)
    (places.there / "var" / "local.ini").write_text("[env:worker]\nERP_COMPANY = AB\n")

    came = move.unpack(places.archive, places.there / "var", places.there, owner=THERE)

    assert came.settings == places.there / "var" / "local.ini.moved"
    assert (places.there / "var" / "local.ini").read_text() == "[env:worker]\nERP_COMPANY = AB\n"


def test_books_that_were_only_copied_are_looked_up_before_anything_is_posted(places: Places) -> None:
    places.worker.ledger.back_up(places.there / "var" / "ledger.db")
    places.worker.erp.approve("다른 집", 5_000)
    places.worker.run_cycle()
    new = newcomer(places)

    assert new.ledger.adopt_machine("m2", by="kim", at=places.worker.clock()) == "copied from machine m1"
    for _ in range(3):
        places.worker.clock.advance(minutes=5)
        try:
            new.run_cycle()
        except NotAdopted:
            continue

    assert places.worker.erp.books() == [("김밥천국", 12_000), ("다른 집", 5_000)]
    assert set(new.states().values()) == {"posted"}
    new.close()


def test_a_move_that_is_called_off_is_looked_up_as_well(places: Places) -> None:
    leave(places)
    places.worker.erp.approve("다른 집", 5_000)
    old = Worker(places.here / "var", places.worker.erp, places.worker.clock)

    old.ledger.unseal(by="kim", why="the other machine broke", at=places.worker.clock())

    assert old.ledger.sealed() == ""
    assert "a move that was called off" in old.ledger.why_no_posting(BOOKS)
    for _ in range(3):
        places.worker.clock.advance(minutes=5)
        try:
            old.run_cycle()
        except NotAdopted:
            continue
    assert places.worker.erp.books() == [("김밥천국", 12_000), ("다른 집", 5_000)]
    old.close()


# --- what is refused -----------------------------------------------------------------------------------------------


def test_what_is_in_doubt_stays_unless_it_is_told_to_go(places: Places) -> None:
    places.worker.erp.faults.append(Fault.LOST_AFTER)
    places.worker.erp.approve("의문", 3_000)
    places.worker.run_cycle()

    with pytest.raises(NotMoved, match=r"1 payments are in doubt.*--although-in-doubt\. Nothing was changed"):
        leave(places)
    with Ledger(places.here / "var") as ledger:
        assert ledger.sealed() == ""
    assert not places.archive.exists()

    leave(places, although_in_doubt=True)
    arrive(places)

    new = newcomer(places)
    assert len(new.ledger.in_state(State.IN_DOUBT)) == 1
    new.close()


def test_an_archive_that_can_not_be_written_seals_nothing(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(move, "_read_back", full)

    with pytest.raises(NotMoved, match=r"No space left on device\. Nothing was changed"):
        leave(places)

    with Ledger(places.here / "var") as ledger:
        assert ledger.sealed() == ""
    assert [path.name for path in places.archive.parent.iterdir() if path.name.startswith((".", "books"))] == []


def test_a_move_that_ended_between_the_seal_and_the_name_can_be_done_again(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise OSError(5, "Input/output error")

        patch.setattr(move, "put", killed)
        with pytest.raises(NotMoved, match="This side is sealed; try again"):
            leave(places)

    leave(places)
    arrive(places)

    new = newcomer(places)
    assert "--this-machine" in new.ledger.why_no_posting(THERE)
    new.close()


def test_books_are_packed_once_so_that_they_go_on_in_one_place(places: Places) -> None:
    leave(places)
    places.archive.rename(places.archive.with_name("elsewhere.tar.gz"))

    with pytest.raises(NotMoved, match=r"packed already, .* into books\.tar\.gz, and may go on in one place only"):
        leave(places)

    assert not places.archive.exists()


def rewritten(archive: Path, change: dict[str, bytes]) -> None:
    content = packed(archive) | change
    with tarfile.open(archive, "w:gz") as file:
        for name, text in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            file.addfile(member, io.BytesIO(text))


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("truncated", "it is damaged, cut off or no archive of daybreak move"),
        ("empty", "it is damaged, cut off or no archive of daybreak move"),
        ("missing", "there is no such file"),
        ("tampered", "generation is not what was packed"),
        ("outside", "it holds '../outside', which daybreak did not pack"),
        ("newer", "it was written by a newer daybreak"),
        ("another company", "it holds the books of company 'AB', the settings here are for 'CD'"),
        ("occupied", "books are kept in .* already"),
    ],
)
def test_what_is_no_sound_archive_for_this_place_is_not_unpacked(places: Places, how: str, what: str) -> None:
    leave(places)
    archive, data = places.archive, places.there / "var"
    owner = None
    if how == "truncated":
        archive.write_bytes(archive.read_bytes()[:-2000])
    elif how == "empty":
        archive.write_bytes(b"")
    elif how == "missing":
        archive.unlink()
    elif how == "tampered":
        rewritten(archive, {"generation": b"1\n0\n"})
    elif how == "outside":
        rewritten(archive, {"../outside": b"x"})
    elif how == "newer":
        _as_newer(archive, places.here / "newer.db")
    elif how == "another company":
        (data / "local.ini").write_text("[env:worker]\n")
        owner = replace(THERE, company="CD")
    else:
        (data / "ledger.db").write_bytes(b"")
    before = sorted(places.there.rglob("*"))

    with pytest.raises(NotMoved, match=what):
        move.unpack(archive, data, places.there, owner=owner)

    assert sorted(places.there.rglob("*")) == before


def _as_newer(archive: Path, scratch: Path) -> None:
    content = packed(archive)
    scratch.write_bytes(content["ledger.db"])
    db = sqlite3.connect(scratch)
    db.execute("PRAGMA user_version = 99")
    db.close()
    manifest = json.loads(content["manifest.json"])
    manifest["members"]["ledger.db"] = digest_of(scratch)
    rewritten(archive, {"ledger.db": scratch.read_bytes(), "manifest.json": json.dumps(manifest).encode()})
