"""A ledger that is taken back to an earlier day: with its folder, with all but one file, with the whole machine."""

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes import BLIND, BOOKS, RULES, FakeClock, FakeErp, Worker
from worker.admin import backup, restore
from worker.admin.move import move, unpack
from worker.app.job import Job
from worker.config import loading, settings
from worker.errors import DaybreakError, NotAdopted, SaveBlocked
from worker.i18n import Message, loaded
from worker.i18n.language import Language
from worker.i18n.reasons import say
from worker.ledger.ledger import Ledger
from worker.posting.books import owner_of
from worker.runtime import clock as clocks
from worker.runtime import moment, mounts, witness
from worker.runtime.locks import Lock
from worker.runtime.moment import Moment
from worker.runtime.process_identity import boot_id
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.runtime.witness import Witness, WitnessMark, folders, furthest, parse
from worker.status import inside
from worker.status.look import look

#: The machine as it is when a test begins.
TODAY = Moment(boot="boot-1", offset=1000.0)


#: Settings of a real ERP.
REAL = {"ERP_URL": "https://erp.example/", "ERP_COMPANY": "AB", "ERP_USER": "X", "MODE": "production"}


class Machine:
    """A data folder, a folder of state outside it, a life of the machine, and one worker after the other."""

    def __init__(self, folder: Path, erp: FakeErp, clock: FakeClock) -> None:
        self.data, self.state = folder / "var", folder / "state"
        self.data.mkdir()
        self.erp, self.clock = erp, clock
        self.moment = TODAY
        self.rules = RULES
        self.worker = self.start()
        self.worker.adopt()

    def start(self) -> Worker:
        """Start the next worker."""
        outside = Witness([self.state])
        self.worker = Worker(
            self.data, self.erp, self.clock, rules=self.rules, witness=outside, here=lambda: self.moment
        )
        return self.worker

    def copy(self, *names: str) -> Callable[[], None]:
        """Copy these folders now; return what brings them back and starts the next worker."""
        kept = self.data.with_name("kept")
        self.worker.ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for name in names:
            shutil.copytree(self.data.with_name(name), kept / name)

        def bring_back() -> None:
            self.worker.close()
            for name in names:
                shutil.rmtree(self.data.with_name(name))
                shutil.copytree(kept / name, self.data.with_name(name))
            self.start()

        return bring_back

    def cycles(self, count: int) -> list[str]:
        """Run cycles, five minutes apart; return what each said that it raised."""
        found = []
        for _ in range(count):
            self.clock.advance(minutes=5)
            try:
                self.worker.run_cycle()
            except DaybreakError as error:
                found.append(str(error))
            else:
                found.append("")
        return found


@pytest.fixture
def machine(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Machine]:
    made = Machine(folder, erp, clock)
    yield made
    made.worker.close()


def alarms(machine: Machine) -> list[str]:
    return [one.cause for one in machine.worker.ledger.alarms()]


# --- the folder is put back ----------------------------------------------------------------------------------------


def test_what_was_posted_after_a_copy_of_the_folder_is_not_posted_again(machine: Machine, erp: FakeErp) -> None:
    """`cp -r var` of yesterday brings the file `generation` back too."""
    bring_back = machine.copy("var")
    for number in range(5):
        erp.approve(f"가게 {number}", 10_000 + number)
    assert machine.cycles(1) == [""]
    posted = erp.books()
    bring_back()
    erp.approve("새 가게", 7_000)

    said = machine.cycles(4)

    assert "older than its surroundings (generation 1 of 1, batch 0 of 1)" in said[0]
    assert said[-1] == ""
    assert sorted(erp.books()) == sorted([*posted, ("새 가게", 7_000)])


def test_where_nothing_can_be_looked_up_such_a_copy_posts_nothing_and_waits_for_a_person(
    machine: Machine, erp: FakeErp
) -> None:
    machine.worker.close()
    machine.rules = BLIND
    machine.start()
    bring_back = machine.copy("var")
    erp.approve("김밥천국")
    assert machine.cycles(1) == [""]
    bring_back()

    said = machine.cycles(3)

    assert all("REMARK_KEY = off" in one and one.endswith("daybreak adopt") for one in said)
    assert erp.books() == [("김밥천국", 10_000)]
    machine.worker.adopt(machine.worker.key("김밥천국"))
    erp.approve("새 가게")
    assert machine.cycles(1) == [""]
    assert erp.books() == [("김밥천국", 10_000), ("새 가게", 10_000)]


def test_a_ledger_that_is_proved_stays_so_at_the_next_starts(machine: Machine, erp: FakeErp) -> None:
    bring_back = machine.copy("var")
    erp.approve("김밥천국")
    machine.cycles(1)
    bring_back()
    machine.cycles(3)

    for _ in range(2):
        machine.worker.close()
        machine.start()
        assert machine.worker.ledger.why_no_posting(BOOKS) == ""


def test_a_ledger_that_begins_anew_is_for_adoption_to_judge_and_not_for_the_witness_of_another(
    machine: Machine, erp: FakeErp
) -> None:
    erp.approve("김밥천국")
    machine.cycles(2)
    machine.worker.close()
    shutil.rmtree(machine.data)
    machine.data.mkdir()

    worker = machine.start()

    assert worker.ledger.generation == 1
    assert worker.ledger.older() == ""
    assert "no adoption record" in worker.ledger.why_no_posting(BOOKS)
    assert len(list(machine.state.iterdir())) == 2


def test_a_witness_that_is_gone_is_no_obstacle_and_is_made_anew(machine: Machine, erp: FakeErp) -> None:
    machine.worker.close()
    shutil.rmtree(machine.state)

    machine.start()
    erp.approve("김밥천국")

    assert machine.cycles(1) == [""]
    assert (machine.state / machine.worker.ledger.id).read_text() == "2\n1\n0\n"


def test_what_is_written_before_a_save_leaves_is_there_when_it_has_left(machine: Machine, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    seen: list[str] = []
    path = machine.state / machine.worker.ledger.id

    machine.worker.tap(lambda step: seen.append(path.read_text()) if step == "after mark_sent" else None)
    machine.cycles(1)

    assert seen == ["1\n1\n0\n"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert machine.state.stat().st_mode & 0o777 == 0o700


# --- a witness that is odd -----------------------------------------------------------------------------------------


def test_a_witness_of_the_future_is_settled_once_and_stays_so(machine: Machine, erp: FakeErp) -> None:
    path = machine.state / machine.worker.ledger.id
    machine.worker.close()
    path.write_text("5000\n800\n0\n")
    machine.start()
    erp.approve("김밥천국")

    said = machine.cycles(3)

    assert "batch 0 of 800" in said[0]
    assert said[-1] == ""
    assert erp.books() == [("김밥천국", 10_000)]
    assert path.read_text() == "5001\n801\n0\n"
    machine.worker.close()
    assert machine.start().ledger.older() == ""


@pytest.mark.parametrize(
    "text", ["", "garbage", "1\n2\n3\n4", "-5", "١٢", "9" * 5000, "1000000000001", "1.5", "\x00\x01", "1 2\n\xff"]
)
def test_garbage_says_nothing_and_is_overwritten(machine: Machine, text: str) -> None:
    path = machine.state / machine.worker.ledger.id
    machine.worker.close()
    path.write_text(text, encoding="latin-1" if text != "١٢" else "utf-8")

    assert parse(text) is None
    assert machine.start().ledger.older() == ""
    assert path.read_text() == "2\n0\n0\n"


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "another user's"])
def test_what_is_no_file_of_ours_says_nothing_and_keeps_nobody_from_posting(
    machine: Machine, erp: FakeErp, kind: str
) -> None:
    path = machine.state / machine.worker.ledger.id
    machine.worker.close()
    path.unlink()
    other = machine.data.with_name("other")
    other.write_text("900\n900\n900\n")
    if kind == "link":
        path.symlink_to(other)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_text("900\n900\n900\n")
        try:
            os.chown(path, 65534, 65534)
        except PermissionError:
            pytest.skip("only root can give a file away")

    machine.start()
    erp.approve("김밥천국")

    assert machine.cycles(1) == [""]
    assert other.read_text() == "900\n900\n900\n"
    assert bool(machine.worker.ledger._witness and machine.worker.ledger._witness.problem) is (kind == "folder")


@pytest.mark.parametrize("kind", ["a file", "a link", "a link to nowhere", "another user's", "on a network drive"])
def test_a_folder_that_can_not_serve_is_told_and_posting_goes_on(
    machine: Machine, erp: FakeErp, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.worker.close()
    shutil.rmtree(machine.state)
    elsewhere = machine.data.with_name("elsewhere")
    elsewhere.mkdir()
    if kind == "a file":
        machine.state.write_text("")
    elif kind == "a link":
        machine.state.symlink_to(elsewhere)
    elif kind == "a link to nowhere":
        machine.state.symlink_to(elsewhere / "nowhere")
    elif kind == "another user's":
        machine.state.mkdir()
        try:
            os.chown(machine.state, 65534, 65534)
        except PermissionError:
            pytest.skip("only root can give a folder away")
    else:
        monkeypatch.setattr(mounts, "MOUNT_INFO", elsewhere / "mountinfo")
        (elsewhere / "mountinfo").write_text(f"30 20 0:50 / {machine.state} rw - nfs4 server:/home rw\n")

    machine.start()
    erp.approve("김밥천국")

    assert machine.cycles(1) == [""]
    assert erp.books() == [("김밥천국", 10_000)]
    outside = machine.worker.ledger._witness
    assert outside is not None
    assert isinstance(outside.problem, Message)
    assert "Posting goes on" in outside.problem
    assert "입금은 계속" in outside.problem.text(Language.KO)
    assert [path.name for path in elsewhere.iterdir()] in ([], ["mountinfo"])


def test_a_folder_that_others_may_enter_is_closed(machine: Machine) -> None:
    machine.worker.close()
    machine.state.chmod(0o777)

    machine.start()

    assert machine.state.stat().st_mode & 0o777 == 0o700


def test_the_folder_is_the_machines_for_root_and_the_users_own_for_anybody_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert folders({"XDG_STATE_HOME": "/home/lee/state"}) == (Path("/var/lib/daybreak"),)

    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    monkeypatch.setattr(pwd, "getpwuid", lambda _: type("Entry", (), {"pw_dir": "/home/lee"}))
    of_home = Path("/home/lee/.local/state/daybreak")
    assert folders({"HOME": "/root"}) == (of_home,)
    assert folders({"XDG_STATE_HOME": "/data/state"}) == (Path("/data/state/daybreak"), of_home)
    assert folders({"XDG_STATE_HOME": "not/absolute"}) == (of_home,)
    assert folders({witness.VARIABLE: str(tmp_path)}) == (tmp_path,)


def test_a_witness_is_believed_wherever_it_stands(tmp_path: Path) -> None:
    """A tree that is started by a shell, and then by a service, finds XDG_STATE_HOME set only once."""
    Witness([tmp_path / "one"]).write("id", WitnessMark(generation=3, batch=9))
    Witness([tmp_path / "two"]).write("id", WitnessMark(generation=4, batch=8))

    assert Witness([tmp_path / "three", tmp_path / "one", tmp_path / "two"]).read("id") == WitnessMark(
        generation=4, batch=9
    )
    assert furthest([]) == WitnessMark()


# --- whose it is ---------------------------------------------------------------------------------------------------


def test_two_ledgers_of_one_user_have_a_witness_each(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    first = Machine(folder / "one", erp, clock)
    second = Machine(folder / "two", FakeErp(clock), clock)
    second.state = first.state
    second.worker.close()
    second.start()
    erp.approve("김밥천국")
    first.cycles(3)

    second.worker.close()
    assert second.start().ledger.older() == ""
    assert first.worker.ledger.id != second.worker.ledger.id
    first.worker.close()
    second.worker.close()


def test_a_second_tree_on_a_copy_of_the_folder_notices_that_the_first_went_on(machine: Machine, erp: FakeErp) -> None:
    machine.worker.ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(machine.data, machine.data.with_name("copied"))
    erp.approve("김밥천국")
    machine.cycles(1)
    machine.worker.close()
    machine.data = machine.data.with_name("copied")

    machine.start()
    said = machine.cycles(3)

    assert "batch 0 of 1" in said[0]
    assert erp.books() == [("김밥천국", 10_000)]


def test_a_restored_backup_and_moved_books_keep_the_id(machine: Machine, erp: FakeErp, tmp_path: Path) -> None:
    own = machine.worker.ledger.id
    machine.worker.ledger.back_up(tmp_path / "backup.db")
    erp.approve("김밥천국")
    machine.cycles(1)
    machine.worker.close()
    restore.restore(tmp_path / "backup.db", machine.data, BOOKS, by="kim", at=machine.clock())
    machine.start()
    machine.cycles(3)
    assert machine.worker.ledger.id == own
    assert machine.worker.ledger.older() == ""
    machine.worker.close()

    move(machine.data, tmp_path, tmp_path / "books.tar.gz", owner=BOOKS, by="kim", at=machine.clock())
    unpack(tmp_path / "books.tar.gz", tmp_path / "there", tmp_path, owner=BOOKS)
    machine.data = tmp_path / "there"

    assert machine.start().ledger.id == own
    assert machine.worker.ledger.older() == ""
    assert erp.books() == [("김밥천국", 10_000)]


def test_a_backup_from_before_there_were_ids_takes_that_of_the_ledger_it_replaces(
    machine: Machine, tmp_path: Path
) -> None:
    own = machine.worker.ledger.id
    machine.worker.ledger._db.execute("DELETE FROM meta WHERE key = 'ledger_id'")
    machine.worker.ledger.back_up(tmp_path / "backup.db")
    machine.worker.ledger._db.execute("INSERT INTO meta VALUES ('ledger_id', ?)", (own,))
    machine.worker.close()

    restore.restore(tmp_path / "backup.db", machine.data, BOOKS, by="kim", at=machine.clock())

    with Ledger(machine.data) as ledger:
        assert ledger.id == own


@pytest.mark.parametrize("odd", ["../var/local.ini", "/etc/passwd", "", "x" * 300, "A" * 32])
def test_an_id_that_nobody_here_has_made_names_no_file(machine: Machine, odd: str) -> None:
    """A backup from elsewhere could hold any text."""
    machine.worker.ledger.set_note("ledger_id", odd)
    machine.worker.close()

    worker = machine.start()

    assert re.fullmatch("[0-9a-f]{32}", worker.ledger.id)
    assert worker.ledger.id in {path.name for path in machine.state.iterdir()}
    assert not (machine.data / "local.ini").exists()


# --- the newest copy elsewhere -------------------------------------------------------------------------------------


@pytest.fixture
def chosen(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    """Return settings with a BACKUP_DIR, as this process and those that it starts read them."""
    folder = machine.data.parent
    ini = folder / "circus.ini"
    ini.write_text(f"[env:worker]\nDATA_DIR = {machine.data}\nBACKUP_DIR = {folder}/away\n", encoding="utf-8")
    monkeypatch.setenv("DAYBREAK_INI", str(ini))
    return loading.load()


def test_the_newest_copy_elsewhere_tells_when_all_of_this_machine_is_taken_back(
    machine: Machine, erp: FakeErp, chosen: settings.Settings
) -> None:
    bring_back = machine.copy("var", "state")
    erp.approve("김밥천국")
    machine.cycles(1)
    backup.run(chosen)
    bring_back()
    assert machine.worker.ledger.older() == ""
    beats: list[None] = []

    copied = backup.ask_newest(chosen, lambda: beats.append(None))
    assert copied == {machine.worker.ledger.id: WitnessMark(generation=1, batch=1)}
    assert beats
    machine.worker.ledger.begin_generation(copied)

    assert machine.worker.ledger.older() == "generation 2 of 2, batch 0 of 1"
    machine.cycles(3)
    assert erp.books() == [("김밥천국", 10_000)]


def test_a_copy_that_shows_batches_without_keys_leaves_it_to_a_person(
    machine: Machine, erp: FakeErp, chosen: settings.Settings
) -> None:
    bring_back = machine.copy("var", "state")
    machine.worker.rules = BLIND
    erp.approve("김밥천국")
    machine.cycles(1)
    backup.run(chosen)
    bring_back()

    machine.worker.ledger.begin_generation(backup.newest(chosen))

    assert machine.worker.ledger.older_is_blind()


def test_a_copy_that_is_damaged_or_of_other_books_says_nothing(machine: Machine, chosen: settings.Settings) -> None:
    backup.run(chosen)
    (away,) = (machine.data.parent / "away").glob("*/*.db")
    shutil.copyfile(away, away.with_name("ledger_20200101.db"))
    away.write_bytes(b"garbage" * 1000)

    found = backup.newest(chosen)
    away.with_name("ledger_20200101.db").unlink()

    assert found == {machine.worker.ledger.id: WitnessMark(generation=1)}
    assert backup.newest(chosen) == {}
    machine.worker.ledger.begin_generation({"another id": WitnessMark(generation=99, batch=99)})
    assert machine.worker.ledger.older() == ""


def test_a_disk_that_does_not_answer_costs_a_while_and_says_nothing(
    chosen: settings.Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(sleeper))
    monkeypatch.setattr(backup, "ASKED_FOR", 0.6)
    started: list[subprocess.Popen[bytes]] = []
    real: Any = subprocess.Popen

    def popen(*asked: Any, **more: Any) -> subprocess.Popen[bytes]:
        child: subprocess.Popen[bytes] = real(*asked, **more)
        started.append(child)
        return child

    monkeypatch.setattr(subprocess, "Popen", popen)

    assert backup.ask_newest(chosen, lambda: None) == {}

    started[0].returncode = None
    assert started[0].wait(5) == -9


# --- the whole machine is taken back -------------------------------------------------------------------------------


def test_a_snapshot_of_the_whole_machine_posts_nothing_twice(machine: Machine, erp: FakeErp) -> None:
    bring_back = machine.copy("var", "state")
    erp.approve("김밥천국")
    machine.cycles(1)
    bring_back()
    assert machine.worker.ledger.older() == ""
    machine.moment = Moment(boot="boot-2", offset=1000.4)
    erp.approve("새 가게", 7_000)

    said = machine.cycles(4)

    assert "the machine was started, and 1 payments that wait here are in the ERP's list" in said[0]
    assert "컴퓨터가 새로 시작되었습니다" in say(said[0], Language.KO)
    assert said[-1] == ""
    assert sorted(erp.books()) == sorted([("김밥천국", 10_000), ("새 가게", 7_000)])


def test_a_snapshot_with_its_memory_is_noticed_by_the_jump_of_its_clock(machine: Machine, erp: FakeErp) -> None:
    bring_back = machine.copy("var", "state")
    erp.approve("김밥천국")
    machine.cycles(1)
    bring_back()
    machine.moment = replace(TODAY, offset=TODAY.offset + 86_400)

    said = machine.cycles(3)

    assert "the machine was paused or put back: its clock jumped by +86,400 s, and 1 payments" in said[0]
    assert said[-1] == ""
    assert erp.books() == [("김밥천국", 10_000)]


@pytest.mark.parametrize(
    "moment", [replace(TODAY, boot="boot-2"), replace(TODAY, offset=1.0), replace(TODAY, offset=90_000.0)]
)
def test_an_ordinary_start_or_a_clock_that_was_set_costs_one_look_up_and_no_alarm(
    machine: Machine, erp: FakeErp, moment: Moment
) -> None:
    looked: list[str] = []
    machine.worker.tap(lambda step: looked.append(step) if step == "look_up" else None)
    machine.moment = moment
    erp.approve("김밥천국")
    assert machine.cycles(1) == [""]
    assert len(looked) == 2  # before the save, and as always after it
    erp.approve("새 가게")

    assert machine.cycles(1) == [""]

    assert len(looked) == 3
    assert alarms(machine) == []
    assert len(erp.books()) == 2


def test_with_nothing_that_waits_nothing_is_looked_up(machine: Machine, erp: FakeErp) -> None:
    looked: list[str] = []
    machine.worker.tap(lambda step: looked.append(step) if step == "look_up" else None)
    machine.moment = replace(TODAY, boot="boot-2")

    assert machine.cycles(2) == ["", ""]

    assert looked == []


def test_a_clock_that_jumps_in_the_middle_of_a_cycle_stops_the_save(machine: Machine, erp: FakeErp) -> None:
    """The worker of a snapshot goes on where it was: it may have been about to press Save."""
    erp.approve("김밥천국")

    def jump(step: str) -> None:
        if step == "after arm":
            machine.moment = replace(TODAY, offset=TODAY.offset + 3600)

    machine.worker.tap(jump)
    with pytest.raises(SaveBlocked, match=r"the machine was paused or put back: its clock jumped by \+3,600 s"):
        machine.worker.run_cycle()
    assert erp.books() == []
    machine.worker.tap(lambda _: None)

    assert machine.cycles(1) == [""]

    assert erp.books() == [("김밥천국", 10_000)]


def test_where_nothing_can_be_looked_up_a_start_of_the_machine_is_no_obstacle(machine: Machine, erp: FakeErp) -> None:
    machine.worker.close()
    machine.rules = BLIND
    machine.start()
    machine.moment = replace(TODAY, boot="boot-2")
    erp.approve("김밥천국")

    assert machine.cycles(1) == [""]

    assert erp.books() == [("김밥천국", 10_000)]


def test_a_rejected_look_up_posts_nothing(machine: Machine, erp: FakeErp) -> None:
    machine.moment = replace(TODAY, boot="boot-2")
    erp.approve("김밥천국")
    erp.fails["look_up"] = NotAdopted("the list can't be read")

    assert machine.cycles(1) == ["the list can't be read"]

    assert erp.books() == []


@pytest.mark.parametrize("before", ["", "garbage", "boot-1", "boot-1 nan-", "boot-1 1 2"])
def test_a_moment_that_was_never_written_down_counts_as_a_start(before: str) -> None:
    assert TODAY.why_apart(before) == "the machine was started"
    assert TODAY.why_apart(str(TODAY)) == ""
    assert TODAY.why_apart("boot-1 1002.9") == ""


# --- the worker's job ----------------------------------------------------------------------------------------------


def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **values: str) -> Job:
    """Return the job of a worker at a real ERP, or in the demo."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0o600)
    monkeypatch.setenv(witness.VARIABLE, str(tmp_path / "state"))
    chosen = loading.load(
        {**REAL, "ERP_PASSWORD_FILE": str(tmp_path / "secret"), "DATA_DIR": str(tmp_path / "var"), **values}
    )
    heart = HeartbeatWriter(chosen.data_dir / "heartbeat.txt", version="test", now=chosen.now, stop=Stop())
    return Job(chosen, heart=heart, lock=Lock(chosen.data_dir / "runtime.lock", version="test"))


def test_a_worker_at_a_real_erp_has_a_witness_and_the_demo_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = job(tmp_path, monkeypatch, ERP_URL="", MODE="test")
    demo.open_ledger()
    demo.close()
    assert not (tmp_path / "state").exists()
    shutil.rmtree(tmp_path / "var")

    real = job(tmp_path, monkeypatch)
    ledger = real.open_ledger()

    assert [path.name for path in (tmp_path / "state").iterdir()] == [ledger.id]
    assert ledger.note("witness") == ""
    real.close()


def test_that_no_witness_can_be_written_is_noted_for_the_state_of_things_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("a file")
    real = job(tmp_path, monkeypatch)
    ledger = real.open_ledger()
    assert "Posting goes on" in loaded(ledger.note("witness"))
    real.close()
    (tmp_path / "state").unlink()

    again = job(tmp_path, monkeypatch)

    assert again.open_ledger().note("witness") == ""
    again.close()


def test_after_a_jump_of_the_clock_what_an_earlier_life_sent_has_time_to_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = job(tmp_path, monkeypatch, DEPOSIT_LIST="on", SETTLE_S="0.5")
    ledger = real.open_ledger()
    ledger.adopt(owner_of(real._settings), by="lee", at=real._settings.now(), note="nothing was posted")
    assert seconds_of(lambda: real._let_settle(ledger)) < 0.3
    ledger._here = lambda: Moment(boot=boot_id(), offset=1.0)

    waited = seconds_of(lambda: real._let_settle(ledger))
    again = seconds_of(lambda: real._let_settle(ledger))

    assert 0.4 < waited < 5
    assert again < 0.3
    real.close()


def seconds_of(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


# --- what the state of things says ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, True),
        ({"BACKUP_DIR": "near"}, True),
        ({"BACKUP_DIR": "far"}, False),
        ({"DEPOSIT_LIST": "on"}, False),
        ({"DEPOSIT_LIST": "on", "REMARK_KEY": "off"}, True),
        ({"MODE": "test"}, False),
        ({"ERP_URL": ""}, False),
    ],
)
def test_that_a_rollback_could_not_be_noticed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, str], told: bool
) -> None:
    lines = ("20 1 8:1 / / rw - ext4 /dev/sda rw", f"30 20 0:50 / {tmp_path}/far rw - nfs4 server:/x rw")
    (tmp_path / "mountinfo").write_text("\n".join(lines))
    monkeypatch.setattr(mounts, "MOUNT_INFO", tmp_path / "mountinfo")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0o600)
    folder = {"BACKUP_DIR": str(tmp_path / more["BACKUP_DIR"])} if "BACKUP_DIR" in more else {}
    values = {"ERP_PASSWORD_FILE": str(tmp_path / "secret"), "ACCOUNT_CARD": "x", "SAVE_PATTERN": "x"}
    chosen = loading.load({**REAL, **values, "DATA_DIR": str(tmp_path / "var"), **more, **folder})

    assert bool(inside.why_rollback_unnoticed(chosen)) is told


def test_the_state_of_things_says_that_no_witness_can_be_written(machine: Machine, chosen: settings.Settings) -> None:
    machine.worker.ledger.set_note("witness", json.dumps({"id": "writing", "args": {}}))

    assert "writing" in [str(one) for one in look().attention]


def test_a_process_that_has_to_wait_between_two_looks_at_the_clocks_sees_no_jump(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    since_boot = clocks.since_boot
    waited: list[float] = []

    def late() -> float:
        """Let 30 s pass after the first look."""
        waited.append(30.0 if len(waited) == 1 else 0.0)
        return since_boot() + sum(waited)

    jumps = moment.Jumps()
    monkeypatch.setattr(clocks, "since_boot", late)
    monkeypatch.setattr(moment, "time", SimpleNamespace(time=lambda: time.time() + sum(waited)))

    assert jumps.seconds() == 0.0
    monkeypatch.setattr(moment, "time", SimpleNamespace(time=lambda: time.time() + sum(waited) + 60))
    assert jumps.seconds() == pytest.approx(60, abs=1)
    assert jumps.seconds() == 0.0
