"""The steps to real money are read off the facts: whoever did them, in whatever order, and however often."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.fakes import RULES, SEOUL, FakeClock, FakeErp, Worker, with_rules
from worker.alerts import channel_tests
from worker.browser import save_gate
from worker.config import loading
from worker.config.channels import Channel
from worker.config.settings import Settings
from worker.control import control
from worker.erp import NotSent, trial_records
from worker.errors import DaybreakError, NotAdopted, Overtaken
from worker.ledger.ledger import Ledger
from worker.operations import adopting, going_live, orders, real_books, writing_settings
from worker.operations.adopting import PostedBefore
from worker.operations.going_live import Step
from worker.operations.orders import Place
from worker.operations.writing_settings import Change
from worker.posting.books import owner_of
from worker.runtime import desired_state
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.desired_state import DesiredState, Intent

REQUEST = "POST https://erp.example.com/ec5/view/action/BulkUpload"

NOW = datetime(2026, 11, 30, 9, tzinfo=SEOUL)


@pytest.fixture
def chosen(data: Path) -> Settings:
    """Settings of a real ERP, with people to be told."""
    values = {"ERP_URL": "https://erp.example.com/", "ERP_COMPANY": "AB", "ERP_USER": "u"}
    values |= {"SMTP_HOST": "smtp.example.com", "MAIL_FROM": "d@example.com", "MAIL_TO": "o@example.com"}
    writing_settings.apply(Change(values=values, secrets={"ERP_PASSWORD_FILE": SecretStr("four words it is")}))
    return loading.load()


@pytest.fixture
def worker(chosen: Settings, clock: FakeClock) -> Iterator[Worker]:
    """A worker in test mode whose ledger nobody has adopted."""
    erp = FakeErp(clock, posts=False)
    worker = Worker(chosen.data_dir, erp, clock, books=owner_of(chosen), rules=with_rules(RULES, mode="test"))
    yield worker
    worker.close()


def states(data: Path) -> str:
    """Return a letter for each step: d done, o open, b blocked."""
    return "".join(one.state.value[0] for one in going_live.steps(going_live.facts(data)))


def why(data: Path, step: Step) -> str:
    return next(one.why for one in going_live.steps(going_live.facts(data)) if one.step is step)


def connected(chosen: Settings) -> None:
    channel_tests.note(chosen.data_dir, chosen.channels, Channel.MAIL, at=NOW)
    trial_records.keep(chosen, CommandKind.LOGIN_TEST, CommandResult(is_well=True, lines=("in",)), why="")


def probed(chosen: Settings) -> None:
    trial_records.keep(chosen, CommandKind.PROBE, CommandResult(is_well=True, lines=("all",)), why="")


def adopted(data: Path) -> None:
    chosen = loading.load()
    before = PostedBefore(nothing=True)
    adopting.apply(chosen, before, by="kim", stamp=adopting.preview(chosen, before).stamp)


def test_an_empty_folder_has_two_steps_to_take_and_says_of_the_others_what_comes_first(data: Path) -> None:
    assert states(data) == "oobbbbbb"
    assert why(data, Step.SETTINGS) == "ERP_URL is empty: the demo runs"
    assert why(data, Step.CONNECT) == "step 2 comes first"
    assert why(data, Step.ADOPT) == "step 1 comes first"
    with pytest.raises(DaybreakError, match="step 1 comes first"):
        going_live.demand(data, Step.ADOPT)


def test_what_was_said_of_the_old_script_stays_and_can_be_said_twice(data: Path) -> None:
    going_live.say_old_script_is_off(data, by="kim", now=NOW)
    going_live.say_old_script_is_off(data, by="lee", now=NOW)

    said = going_live.facts(data).old_script
    assert said is not None
    assert said.by == "lee"
    assert states(data)[0] == "d"


def test_settings_that_are_wrong_name_the_problem_and_keep_everything_back(chosen: Settings) -> None:
    (chosen.data_dir / "erp-password").chmod(0o644)

    assert states(chosen.data_dir)[1:] == "obbbbbb"
    assert "can be read by others" in why(chosen.data_dir, Step.SETTINGS)


def test_a_sign_in_counts_for_the_account_and_the_password_that_it_was_tried_with(chosen: Settings) -> None:
    data = chosen.data_dir
    connected(chosen)
    assert states(data)[1:4] == "ddo"

    writing_settings.apply(Change(secrets={"ERP_PASSWORD_FILE": SecretStr("another one, longer")}))
    assert states(data)[2] == "o"

    connected(loading.load())
    writing_settings.apply(Change(values={"ERP_COMPANY": "CD"}))  # the wrong company: nothing of before counts
    assert states(data)[2:4] == "ob"


def test_who_looks_after_the_machine_must_be_reached_too_as_production_wants_it(chosen: Settings) -> None:
    connected(chosen)
    writing_settings.apply(Change(values={"MAIL_TO_KEEPER": "machine@example.com"}))
    assert states(chosen.data_dir)[2:4] == "ob"
    assert why(chosen.data_dir, Step.CONNECT).startswith("no test message has shown that MAIL_TO_KEEPER can be told")

    channel_tests.note(chosen.data_dir, loading.load().channels, Channel.KEEPER, at=NOW)
    assert states(chosen.data_dir)[2:4] == "do"


def test_a_password_that_was_refused_says_so(chosen: Settings) -> None:
    told = CommandResult(is_well=False, lines=("refused",))
    trial_records.keep(chosen, CommandKind.LOGIN_TEST, told, why="the ERP refused user or password")

    assert why(chosen.data_dir, Step.CONNECT) == "the ERP refused user or password"


def test_marks_that_were_corrected_are_to_be_looked_for_anew(chosen: Settings) -> None:
    connected(chosen)
    probed(chosen)
    assert states(chosen.data_dir)[3] == "d"

    writing_settings.apply(Change(markers={"column_status": "SETL_STAT_NM 결제상태"}))

    assert states(chosen.data_dir)[3] == "o"


def test_from_the_first_reading_to_production(chosen: Settings, worker: Worker) -> None:
    data = chosen.data_dir
    going_live.say_old_script_is_off(data, by="kim", now=NOW)
    connected(chosen)
    probed(chosen)
    worker.erp.approve("해오름상회", 123_450)
    with pytest.raises(NotAdopted):
        worker.run_cycle()
    assert states(data) == "ddddobbb"

    adopted(data)
    assert states(data) == "dddddobb"
    why_kept = save_gate.not_recognised(REQUEST, is_confirmed=False)
    keep_back(worker, why_kept)
    assert states(data) == "dddddobb"
    assert why(data, Step.TEST) == "the address of the save is not confirmed yet"
    with pytest.raises(Overtaken):
        going_live.confirm_save(data, "POST https://elsewhere.example.com/")

    assert going_live.confirm_save(data, REQUEST) == r"/action/BulkUpload\b"
    assert states(data) == "ddddddob"
    books = going_live.facts(data).books
    assert books.next is not None
    assert (books.next.payment.payer, books.first) == ("해오름상회", None)

    with pytest.raises(DaybreakError, match="does not wait any more"):
        real_books.post_first(data, "AAAAAAAAAA", by="kim")
    assert loading.load().posting.mode == "test"

    writing_settings.apply(Change(values={"MODE": "production"}))
    real_books.adopt_for_production(loading.load(), by="kim")
    real_books.adopt_for_production(loading.load(), by="kim")
    worker.books, worker.rules, worker.erp.posts = owner_of(loading.load()), RULES, True
    worker.run_cycle()
    desired_state.write(data, Intent(wanted=DesiredState.STOPPED, by="kim (page)", since=NOW))
    assert states(data) == "dddddddo"
    with pytest.raises(DaybreakError, match="the first row is out already"):
        real_books.post_first(data, books.next.payment.key, by="kim")

    desired_state.write(data, Intent(wanted=DesiredState.RUNNING, by="kim (page)", since=NOW))
    assert states(data) == "dddddddd"


def keep_back(worker: Worker, why_kept: str) -> None:
    """Run a cycle whose batch is kept back as the save gate keeps it back."""

    answer = NotSent(why=save_gate._all_but_the_save(why_kept))
    before = worker.erp.upload

    def upload(*args: object, **kwargs: object) -> object:
        before(*args, **kwargs)  # type: ignore[arg-type]
        return answer

    worker.erp.upload = upload  # type: ignore[method-assign, assignment]
    worker.run_cycle()
    worker.erp.upload = before  # type: ignore[method-assign]


def test_the_demo_s_books_are_put_aside_once_and_a_real_one_s_never(chosen: Settings, worker: Worker) -> None:
    data = chosen.data_dir
    worker.ledger.adopt(
        worker.books, by="worker", at=NOW, database="demo-1", note="nothing was posted: a new demo database", posted=()
    )
    worker.close()
    (data / "evidence").mkdir()
    (data / "users.json").write_text("{}", encoding="utf-8")
    assert "the demo's" in why(data, Step.SETTINGS)

    aside = real_books.put_demo_aside(chosen)

    assert aside.folder is not None
    assert {one.name for one in aside.folder.iterdir()} >= {"ledger.db", "evidence"}
    assert (data / "users.json").exists()
    assert not (data / "ledger.db").exists()
    with Ledger(data):
        pass
    adopted(data)
    assert real_books.put_demo_aside(chosen).folder is None
    assert (data / "ledger.db").exists()


@pytest.mark.parametrize(
    ("request_", "pattern"),
    [
        ("POST https://erp.example.com/ec5/view/action/BulkUpload", r"/action/BulkUpload\b"),
        ("POST model.account.statement.create", r"model\.account\.statement\.create\b"),
        ("POST https://erp.example.com/save.do", r"/save\.do\b"),
        ("POST https://erp.example.com/", r"https://erp\.example\.com/$"),
    ],
)
def test_the_pattern_of_a_save_is_the_end_of_its_address(request_: str, pattern: str) -> None:
    assert going_live.pattern_of(request_) == pattern


def test_a_record_that_is_damaged_counts_as_none(chosen: Settings) -> None:
    connected(chosen)
    (chosen.data_dir / "trials.json").write_text(json.dumps({"login-test": 1}), encoding="utf-8")

    assert states(chosen.data_dir)[2] == "o"


@pytest.mark.parametrize("wish", [DesiredState.STOPPED, DesiredState.PAUSED, DesiredState.RUNNING])
@pytest.mark.parametrize("mode", ["production", "test"])
def test_a_worker_that_a_person_stopped_and_that_would_post_is_not_started_by_a_change_of_settings(
    chosen: Settings, worker: Worker, monkeypatch: pytest.MonkeyPatch, wish: DesiredState, mode: str
) -> None:
    adopted(chosen.data_dir)
    writing_settings.apply(Change(values={"MODE": mode}))
    now = chosen.now()
    desired_state.write(chosen.data_dir, Intent(wanted=wish, by="lee", since=now, until=now + timedelta(hours=1)))
    ordered: list[str] = []
    monkeypatch.setattr(control, "find_circusd", lambda _: 1)
    for name in ("resume", "restart", "halt"):
        monkeypatch.setattr(orders, name, lambda *_, name=name, **__: ordered.append(name))

    real_books.start(Place(data=chosen.data_dir, now=now), by="kim")

    stopped = wish is not DesiredState.RUNNING
    assert ordered == ([] if stopped and mode == "production" else ["resume"] if stopped else ["restart"])


def test_a_copy_of_another_machine_s_books_is_not_adopted_by_the_way(chosen: Settings, worker: Worker) -> None:
    adopted(chosen.data_dir)
    there = replace(owner_of(chosen), machine="another")
    worker.ledger.adopt(there, by="kim", at=chosen.now(), note="there")
    writing_settings.apply(Change(values={"MODE": "production"}))

    with pytest.raises(NotAdopted, match="--this-machine"):
        real_books.adopt_for_production(loading.load(), by="lee")

    assert "--this-machine" in worker.ledger.why_no_posting(owner_of(loading.load()))


def test_without_a_list_of_deposits_the_first_row_waits_for_an_adoption_by_a_person(
    chosen: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.at = chosen.now() - timedelta(minutes=40)
    shadow = with_rules(RULES, mode="shadow", deposit_list=False)
    books = owner_of(chosen)
    worker = Worker(chosen.data_dir, FakeErp(clock), clock, books=replace(books, mode="shadow"), rules=shadow)
    worker.adopt()
    worker.run_cycle()
    worker.erp.enter(worker.erp.approve("해오름상회", 123_450))
    clock.advance(minutes=10)
    worker.run_cycle()
    clock.at = chosen.now()
    writing_settings.apply(Change(values={"MODE": "production"}))
    now = loading.load()
    worker.books, worker.rules = owner_of(now), with_rules(RULES, deposit_list=False)

    def read_list(_: Settings) -> None:
        with suppress(NotAdopted):
            worker.run_cycle()

    monkeypatch.setattr(adopting, "read_list", read_list)
    with pytest.raises(DaybreakError, match="daybreak adopt --list"):
        real_books.adopt_for_production(now, by="kim")

    assert worker.ledger.why_no_posting(owner_of(now))
    worker.close()


@pytest.mark.parametrize("is_read", [True, False])
def test_the_lists_are_read_once_more_before_the_first_row_beside_a_person(
    chosen: Settings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, is_read: bool
) -> None:
    clock.at = chosen.now() - timedelta(minutes=40)
    books, data = owner_of(chosen), chosen.data_dir
    worker = Worker(
        data, FakeErp(clock), clock, books=replace(books, mode="shadow"), rules=with_rules(RULES, mode="shadow")
    )
    worker.adopt()
    worker.run_cycle()
    row = worker.erp.approve("해오름상회", 123_450)
    clock.advance(minutes=10)
    worker.run_cycle()
    worker.erp.enter(row)  # the person goes on
    clock.at = chosen.now()
    writing_settings.apply(Change(values={"MODE": "production"}))
    now = loading.load()
    worker.books, worker.rules = owner_of(now), RULES

    def read_list(_: Settings) -> None:
        with suppress(NotAdopted):
            if is_read:
                worker.run_cycle()

    monkeypatch.setattr(adopting, "read_list", read_list)
    if not is_read:
        with pytest.raises(DaybreakError, match="could not be read once more"):
            real_books.adopt_for_production(now, by="kim")
        assert worker.ledger.why_no_posting(owner_of(now))
        worker.close()
        return

    real_books.adopt_for_production(now, by="kim")

    assert worker.ledger.why_no_posting(owner_of(now)) == ""
    worker.run_cycle()
    assert [slip.payer for slip in worker.erp.slips] == ["해오름상회"]
    worker.close()
