"""The screen of going live: bad input is one sentence on the same screen, and of two people one acts."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.fakes import RULES, SEOUL, FakeClock, FakeErp, Worker, with_rules
from tests.rig import wait_until
from tests.unit.console.reader import KEEPER, Answer, Reader
from tests.unit.operations.test_going_live import REQUEST, keep_back
from worker.alerts import channel_tests
from worker.browser import save_gate
from worker.browser.launch import Evidence
from worker.config import files, loading
from worker.config.channels import Channel
from worker.console import errands, setup, upload
from worker.console.errands import Errand
from worker.erp import trial_records
from worker.erp.findings import Finding, FindingVerdict
from worker.errors import DaybreakError, NotAdopted
from worker.operations import adopting, going_live, real_books, writing_settings
from worker.operations.adopting import PostedBefore
from worker.operations.writing_settings import Change
from worker.posting.books import owner_of
from worker.runtime import desired_state, installation, locks
from worker.runtime import sqlite as sqlite3
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.desired_state import DesiredState, Intent

SignedIn = Callable[[str], Reader]

NOW = datetime(2026, 11, 30, 9, tzinfo=SEOUL)

ERP = {"ERP_URL": "https://erp.example.com/", "ERP_COMPANY": "AB", "ERP_USER": "u"}

SECRET = "four words it is"

CP949 = "거래처,금액\n해오름상회,123450\n".encode("cp949")
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.fixture
def keeper(data: Path, signed_in: SignedIn) -> Reader:
    reader = signed_in(KEEPER)
    reader.get("/setup")
    return reader


@pytest.fixture
def real(data: Path) -> None:
    """A real ERP, named, signed in at and probed; the old script is off."""
    told = {"SMTP_HOST": "127.0.0.1", "SMTP_TLS": "off", "MAIL_FROM": "d@example.com", "MAIL_TO": "o@example.com"}
    writing_settings.apply(Change(values={**ERP, **told}, secrets={"ERP_PASSWORD_FILE": SecretStr(SECRET)}))
    chosen = loading.load()
    channel_tests.note(data, chosen.channels, Channel.MAIL, at=NOW)
    going_live.say_old_script_is_off(data, by="kim", now=NOW)
    trial_records.keep(chosen, CommandKind.LOGIN_TEST, CommandResult(is_well=True, lines=("in",)), why="")
    trial_records.keep(chosen, CommandKind.PROBE, CommandResult(is_well=True, lines=("all",)), why="")


@pytest.fixture
def listed(data: Path, real: None, clock: FakeClock) -> Iterator[Worker]:
    """The list of that ERP, read; nobody has said what was posted before."""
    chosen = loading.load()
    worker = Worker(
        data, FakeErp(clock, posts=False), clock, books=owner_of(chosen), rules=with_rules(RULES, mode="test")
    )
    worker.erp.approve("해오름상회", 123_450)
    with pytest.raises(NotAdopted):
        worker.run_cycle()
    yield worker
    worker.close()


def stamp(answer: Answer) -> str:
    return answer.text.partition('name="stamp" value="')[2].partition('"')[0]


def adoption_stamp(answer: Answer) -> str:
    form = answer.text.partition('action="/setup/adopted"')[2]
    return form.partition('name="stamp" value="')[2].partition('"')[0]


def local() -> str:
    path = files.local_ini(installation.ini_path())
    return path.read_text(encoding="utf-8") if path.exists() else ""


def alert(answer: Answer) -> str:
    assert answer.text.count('role="alert"') == 1, answer.text
    return unescape(answer.text.partition('role="alert">')[2].partition("</p>")[0])


def over(data: Path) -> Errand:
    """Return the step that was asked for, once it has ended."""
    found = wait_until("the end of the step", lambda: (one := errands.read(data)) and one.is_over and one, 60)
    assert isinstance(found, Errand)
    return found


def send_file(reader: Reader, say: str, name: str, content: bytes) -> Answer:
    """Send the form of step 5 with a file, as a browser does."""
    fields = {"token": reader.token, "nonce": "n", "say": say, "until": ""}
    parts = [f'Content-Disposition: form-data; name="{one}"\r\n\r\n{value}' for one, value in fields.items()]
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: x\r\n\r\n'
    body = "".join(f"--edge\r\n{one}\r\n" for one in parts).encode() + b"--edge\r\n" + head.encode() + content
    return reader.ask_bytes("/setup/adopt", body + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge")


# --- the steps


def test_a_keeper_sees_which_step_is_next_and_what_keeps_the_others_back(keeper: Reader) -> None:
    shown = keeper.get("/setup").text

    assert "0 of 8 steps are done" in shown
    assert "step 2 comes first" in shown
    assert shown.count("<form") - shown.count('action="/language"') - shown.count('action="/sign-out"') == 2


def test_a_step_can_be_taken_twice_and_by_two_people(data: Path, keeper: Reader, signed_in: SignedIn) -> None:
    other = signed_in(KEEPER)
    other.get("/setup")

    assert keeper.post("/setup/stop", {"nonce": "1"}).status == 303
    assert keeper.post("/setup/stop", {"nonce": "1"}).status == 303
    assert other.post("/setup/stop", {"nonce": "2"}).status == 303

    assert "1 of 8 steps are done" in keeper.get("/setup").text


@pytest.mark.parametrize(
    "path",
    ["/setup/probe", "/setup/adopt", "/setup/adopted", "/setup/test", "/setup/pattern", "/setup/row"],
)
def test_a_step_that_is_not_due_is_refused_in_one_sentence(data: Path, keeper: Reader, path: str) -> None:
    answer = keeper.post(path, {"nonce": "1", "say": "nothing", "key": "AAAAAAAAAA", "request": "POST x"})

    assert "this step is not due yet" in alert(answer)
    assert not errands.is_under_way(data)


# --- settings


def test_mails_are_to_have_the_language_in_which_a_first_use_is_set_up(data: Path, keeper: Reader) -> None:
    chosen = "<option selected>ko</option><option>en</option>"
    assert chosen in keeper.get("/setup", Accept_Language="ko").text
    assert chosen not in keeper.get("/setup", Accept_Language="en").text

    writing_settings.apply(Change(values={"REPORT_LANGUAGE": "en"}))
    assert chosen not in keeper.get("/setup", Accept_Language="ko").text


def test_once_an_erp_is_set_the_language_of_mails_is_as_it_stands(data: Path, real: None, keeper: Reader) -> None:
    assert "<option selected>ko</option>" not in keeper.get("/setup", Accept_Language="ko").text


def test_settings_are_stored_by_two_clicks_once_and_a_tree_that_does_not_run_is_named(
    data: Path, keeper: Reader
) -> None:
    form = {**ERP, "ERP_PASSWORD_FILE": SECRET, "stamp": stamp(keeper.get("/setup")), "nonce": "1"}

    answer = keeper.post("/setup/settings", form)
    assert keeper.post("/setup/settings", form).status == 303

    assert (answer.status, answer.headers["location"]) == (303, "/setup")
    chosen = loading.load()
    assert (chosen.erp.company, chosen.erp.password().get_secret_value()) == ("AB", SECRET)
    ended = over(data)
    assert not ended.is_well
    assert "circusd does not run" in ended.said
    assert "circusd does not run" in unescape(keeper.get("/setup").text)
    assert SECRET not in keeper.get("/setup").text


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"ERP_URL": "erp.example.com"}, "ERP_URL='erp.example.com': it must start with http:// or https://"),
        ({"ERP_URL": "<script>alert(1)</script>"}, "it must start with http:// or https://"),
        ({"ERP_USER": "u\r\n[markers]"}, "is no single line of text"),
        ({"ERP_PASSWORD_FILE": " four words"}, "it begins or ends with a blank"),
        ({"HOURS_MON_FRI": "9 to 5"}, "write it like 06:00-18:00"),
        ({"SMTP_HOST": "smtp.example.com", "SMTP_PORT": "http"}, "SMTP_PORT"),
    ],
)
def test_a_setting_that_is_wrong_is_named_and_nothing_is_stored(
    data: Path, keeper: Reader, typed: dict[str, str], why: str
) -> None:
    form = {**ERP, "ERP_PASSWORD_FILE": SECRET, **typed, "stamp": stamp(keeper.get("/setup")), "nonce": "1"}

    answer = keeper.post("/setup/settings", form)

    assert answer.status == 422
    assert why in alert(answer)
    assert local() == ""
    assert not (data / "erp-password").exists()
    assert SECRET not in answer.text
    assert "<script>alert" not in answer.text
    assert errands.read(data) is None


def test_of_two_people_who_store_at_once_the_second_is_told(data: Path, keeper: Reader) -> None:
    seen = stamp(keeper.get("/setup"))
    writing_settings.apply(Change(values=ERP, secrets={"ERP_PASSWORD_FILE": SecretStr(SECRET)}))

    answer = keeper.post("/setup/settings", {"ERP_COMPANY": "CD", "stamp": seen, "nonce": "1"})

    assert answer.status == 409
    assert "somebody else has changed them" in alert(answer)
    assert loading.load().erp.company == "AB"


def test_an_address_that_is_shown_without_its_login_is_kept_by_a_form_that_is_not_changed(
    real: None, keeper: Reader
) -> None:
    with_login = "https://u:geheim@erp.example.com/"
    path = files.local_ini(installation.ini_path())
    path.write_text(path.read_text("utf-8").replace(ERP["ERP_URL"], with_login), encoding="utf-8")
    shown = keeper.get("/setup")
    assert "geheim" not in shown.text
    typed = {"ERP_URL": "https://***@erp.example.com/", "ERP_COMPANY": "CD", "nonce": "1"}

    assert dict(setup._change(typed).values) == {"ERP_COMPANY": "CD"}
    refused = keeper.post("/setup/settings", {**typed, "ERP_URL": "https://***@other.example.com/"})
    assert "write user and password of the address in full" in alert(refused)
    assert "***" not in local()


def test_what_is_wrong_is_said_without_who_signs_in(keeper: Reader) -> None:
    answer = keeper.post("/setup/settings", {**ERP, "SMTP_HOST": "smtp://u:geheim@mail.example.com", "nonce": "1"})

    assert answer.status == 422
    assert "SMTP_HOST" in alert(answer)
    assert "geheim" not in alert(answer)


OPTIONAL = {
    "MAIL_TO_KEEPER": "machine@example.com",
    "CONSOLE_URL": "http://127.0.0.1:8810",
    "MAINTENANCE": "sun 02:00-06:00",
    "PING_URL": "https://ping.example.com/geheim",
    "SMTP_USER": "d",
    "SMTP_PASSWORD_FILE": "mail word",
    "PROXY_URL": "http://proxy.example.com:3128",
    "PROXY_LOGIN_FILE": "kim:proxy word",
}


def store(keeper: Reader, data: Path, typed: dict[str, str]) -> Answer:
    """Send the form of settings as it is shown, with these fields typed into it; wait for the step that it starts."""
    shown = keeper.get("/setup").text
    fields = dict(re.findall(r'<input type="(?:text|password)" id="f-\w+" name="(\w+)" value="([^"]*)"', shown))
    nonce = shown.partition('name="nonce" value="')[2].partition('"')[0]
    answer = keeper.post("/setup/settings", {**fields, **typed, "stamp": stamp(keeper.get("/setup")), "nonce": nonce})
    if answer.status == 303:
        over(data)
    return answer


def test_what_may_be_set_may_be_taken_out_again_and_nothing_goes_by_itself(
    data: Path, real: None, keeper: Reader
) -> None:
    before = local()
    assert store(keeper, data, OPTIONAL).status == 303
    chosen, stored = loading.load(), local()
    assert chosen.channels.smtp is not None
    assert chosen.channels.smtp.keepers == ("machine@example.com",)
    assert chosen.erp.proxy is not None
    assert chosen.erp.proxy.login() == "kim:proxy word"
    shown = keeper.get("/setup").text
    for secret in ("geheim", "mail word", "proxy word"):
        assert secret not in stored.replace(OPTIONAL["PING_URL"], "") + shown

    # A form that is sent as it is shown changes nothing, although it does not hold what stands there.
    assert store(keeper, data, {}).status == 303
    assert local() == stored

    gone = dict.fromkeys(OPTIONAL, "") | {"out-PING_URL": "yes", "out-SMTP_PASSWORD_FILE": "yes"}
    assert store(keeper, data, gone).status == 303
    assert local() == before


def keep_optional() -> None:
    secrets = {name: SecretStr(value) for name, value in OPTIONAL.items() if name in writing_settings.SECRETS}
    writing_settings.apply(
        Change(values={name: value for name, value in OPTIONAL.items() if name not in secrets}, secrets=secrets)
    )


@pytest.mark.parametrize("name", ["PING_URL", "SMTP_PASSWORD_FILE", "PROXY_LOGIN_FILE"])
def test_a_new_value_and_its_removal_at_once_are_refused(data: Path, real: None, keeper: Reader, name: str) -> None:
    keep_optional()
    before = local()

    answer = store(keeper, data, {name: "https://other.example.com/x", f"out-{name}": "yes"})

    assert answer.status == 422
    assert f"{name}: write a new value or tick that it goes, not both" in alert(answer)
    assert local() == before
    # The tick stands as it was sent, as all that was typed.
    assert f'name="out-{name}" value="yes" checked' in answer.text


def test_the_password_of_the_erp_can_not_be_taken_out(data: Path, real: None, keeper: Reader) -> None:
    before = local()

    assert store(keeper, data, {"out-ERP_PASSWORD_FILE": "yes"}).status == 303

    assert local() == before
    assert loading.load().erp.password().get_secret_value() == SECRET


# --- long steps


@contextmanager
def step_of_another(data: Path, *, is_over: bool) -> Iterator[subprocess.Popen[bytes]]:
    """Have a process hold the lock of a step, of which the file says this, until its input is closed."""
    holder = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"
    values = {"what": "test", "by": "kim", "at": NOW.isoformat(), "order": {}, "step": "", "said": "", "is_well": True}
    (data / errands.FILE).write_text(json.dumps({**values, "is_over": is_over}), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(data / errands.LOCK)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        yield child


def test_while_a_step_is_under_way_nobody_starts_another_or_changes_what_it_works_with(
    data: Path, real: None, keeper: Reader
) -> None:
    with step_of_another(data, is_over=False):
        assert "another step is under way (kim, 09:00)" in alert(keeper.post("/setup/probe", {"nonce": "1"}))
        refused = keeper.post("/setup/settings", {"ERP_COMPANY": "CD", "nonce": "2"})
        assert "another step is under way" in alert(refused)
        assert 'hx-get="/setup/running"' in keeper.get("/setup").text
        assert keeper.get("/setup/running", HX_Request="true").status == 200
        # What goes before a step is not done where another one was quicker.
        done: list[str] = []
        with pytest.raises(DaybreakError, match="Nothing was started"):
            errands.start(data, "connect", by="lee", now=NOW, first=lambda: done.append("changed"))
        assert done == []

    assert loading.load().erp.company == "AB"
    # Its process is gone: what it was at is said, and the way is free.
    shown = keeper.get("/setup").text
    assert "it was interrupted" in shown
    assert keeper.get("/setup/running", HX_Request="true").headers["hx-redirect"] == "/setup"


def test_a_click_right_after_the_end_of_a_step_waits_for_its_process_to_leave(
    data: Path, real: None, keeper: Reader
) -> None:
    with step_of_another(data, is_over=True) as child, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(keeper.post, "/setup/settings", {"ERP_COMPANY": "CD", "nonce": "1"})
        with pytest.raises(TimeoutError):
            answer.result(timeout=2 * locks.FOR_ASKERS)
        assert loading.load().erp.company == "AB"
        assert child.stdin is not None
        child.stdin.close()

        assert answer.result().status == 303
    assert loading.load().erp.company == "CD"
    assert over(data).what == "connect"


# --- what was posted before


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("old.csv", CP949, "old.csv is no JSON (Expecting value: line 1 column 1 (char 0)) and holds no line like"),
        ("picture.png", PICTURE, "picture.png: it is no text in UTF-8, UTF-16 or CP949"),
        ("book.xlsx", b"PK\x03\x04rest", "book.xlsx: it is a workbook"),
        ("empty.json", b"", "none came along, or it is empty"),
        ("none.json", b"[]", "none.json holds no time at all"),
        ("../../etc/x.json", b'["never"]', 'x.json can\'t be followed:\n  entry 1: "never" is no time'),
    ],
)
def test_a_file_of_another_program_is_refused_in_one_sentence(
    data: Path, listed: Worker, keeper: Reader, name: str, content: bytes, why: str
) -> None:
    answer = send_file(keeper, "record", name, content)

    assert answer.status == 422
    assert why in alert(answer)
    assert str(data) not in alert(answer)
    assert errands.read(data) is None


def test_a_file_of_200_mb_is_refused_with_its_size_and_kept_nowhere(data: Path, listed: Worker, keeper: Reader) -> None:
    answer = send_file(keeper, "record", "dump.json", bytes(200_000_000))

    assert alert(answer).startswith("dump.json has 200.0 MB, and a record has 5 at most")
    assert not (data / "adoption").exists()


def test_a_file_with_a_forged_form_is_not_looked_at(data: Path, listed: Worker, keeper: Reader) -> None:
    keeper.token = "0" * 64

    answer = send_file(keeper, "record", "record.json", record_of(listed))

    assert answer.status == 403
    assert not (data / "adoption").exists()


def test_a_long_body_is_taken_where_a_file_may_be_sent_alone(keeper: Reader) -> None:
    assert keeper.ask_bytes("/setup/test", bytes(100_000), "multipart/form-data; boundary=x").status == 413


def test_only_a_form_with_a_file_may_be_long(keeper: Reader) -> None:
    body = f"token={keeper.token}&x=".encode() + b"y" * 100_000

    assert keeper.ask_bytes("/setup/adopt", body, "application/x-www-form-urlencoded").status == 413
    assert keeper.ask_bytes("/setup/adopt", body, "text/plain; multipart/form-data").status == 413


def record_of(worker: Worker) -> bytes:
    (row,) = worker.erp.rows
    at = row.at.astimezone(SEOUL)
    half = "오전" if at.hour < 12 else "오후"
    return json.dumps([f"{at:%Y/%m/%d} {half} {at.hour % 12 or 12}:{at:%M:%S}"]).encode()


def answered(data: Path, keeper: Reader, content: bytes) -> None:
    """Leave the answer with its file as a step that has read the list leaves it."""
    kept = adopting.keep_file(loading.load(), "record.json", content)
    order = {"say": "record", "until": "", "name": "record.json", "file": kept.parent.name}
    errands.end(data, Errand(what="read", by=KEEPER, at=NOW, order=order), "", is_well=True)


def test_a_record_is_shown_as_matched_before_anybody_agrees_and_then_adopted(
    data: Path, listed: Worker, keeper: Reader
) -> None:
    answered(data, keeper, record_of(listed))

    shown = unescape(keeper.get("/setup").text)

    assert "Posted before: will not be posted: 1 payments, 123,450 won" in shown
    assert "Not posted before: will be posted: 0 payments, 0 won" in shown
    form = {"say": "record", "until": "", "file": shown.partition('name="file" value="')[2][:24], "nonce": "1"}
    assert keeper.post("/setup/adopted", {**form, "stamp": "0" * 24}).status == 409
    right = {**form, "stamp": adoption_stamp(keeper.get("/setup")), "nonce": "2"}
    assert keeper.post("/setup/adopted", right).status == 303
    assert listed.ledger.knows_what_was_posted(owner_of(loading.load()))
    assert "1 payments count as posted before" in keeper.get("/setup").text


@pytest.mark.parametrize("file", ["", "0" * 24, "../../users.json", "x" * 5000])
def test_a_file_that_was_never_sent_is_nobody_s(listed: Worker, keeper: Reader, file: str) -> None:
    answer = keeper.post("/setup/adopted", {"say": "record", "file": file, "stamp": "x", "nonce": "1"})

    assert answer.status in (409, 422)
    assert not listed.ledger.knows_what_was_posted(owner_of(loading.load()))


# --- beside a person


def test_who_begins_production_sees_how_daybreak_compares_with_the_person(
    data: Path, real: None, clock: FakeClock, keeper: Reader
) -> None:
    assert "Compared with what was posted by hand" not in keeper.get("/setup").text
    writing_settings.apply(Change(values={"MODE": "shadow"}))
    rules = with_rules(RULES, mode="shadow")
    worker = Worker(data, FakeErp(clock), clock, books=owner_of(loading.load()), rules=rules)
    worker.adopt()
    worker.run_cycle()
    rows = [worker.erp.approve(payer, 41_000) for payer in ("해오름상회", "달빛서점")]
    clock.advance(minutes=10)
    worker.run_cycle()
    worker.erp.enter(rows[0])
    worker.erp.enter(rows[1], won=14_000)
    for row in rows:
        row.is_reflected = True
    clock.advance(minutes=10)
    worker.run_cycle()

    shown = unescape(keeper.get("/setup").text)

    step = shown.partition('id="row"')[2].partition('id="production"')[0]
    assert "1 of 2 equal, none later than the person" in step
    assert "different: 1" in step
    assert f'<a href="/payments/{worker.key("달빛서점")}">' in step
    assert "Posting this row ends the comparison" in step
    worker.close()


# --- left, come back to, done twice, done by two


def steps(reader: Reader) -> str:
    """Return a letter for each step as a reader sees it: g done, l to do now, o not yet."""
    return "".join(re.findall(r'<section id="\w+" class="space note (\w)', reader.get("/setup").text))


@pytest.fixture
def beginning(listed: Worker) -> Worker:
    """The list is read, and somebody has said that nothing was posted before."""
    chosen = loading.load()
    before = PostedBefore(nothing=True)
    adopting.apply(chosen, before, by="kim", stamp=adopting.preview(chosen, before).stamp)
    return listed


def row_is_out(worker: Worker) -> str:
    """Run without saving, then post the row for real money; return its key."""
    keep_back(worker, save_gate.not_recognised(REQUEST, is_confirmed=False))
    writing_settings.apply(Change(values={"SAVE_PATTERN": going_live.pattern_of(REQUEST), "MODE": "production"}))
    real_books.adopt_for_production(loading.load(), by="kim")
    worker.books, worker.rules, worker.erp.posts = owner_of(loading.load()), RULES, True
    worker.run_cycle()
    return worker.key("해오름상회")


def test_a_step_is_where_it_was_left_for_whoever_comes(
    data: Path, beginning: Worker, keeper: Reader, signed_in: SignedIn
) -> None:
    other = signed_in(KEEPER)
    assert steps(other) == "gggggloo"
    keep_back(beginning, save_gate.not_recognised(REQUEST, is_confirmed=False))

    # What the one has seen, the other answers; then the first one answers as well.
    assert "Is this address the save request?" in keeper.get("/setup").text
    other.get("/setup")
    for nonce, reader in enumerate((other, keeper)):
        answer = reader.post("/setup/pattern", {"request": REQUEST, "nonce": str(nonce)})
        assert answer.status == 303
    assert steps(keeper) == steps(other) == "ggggggl" + "o"
    assert loading.load().erp.save_request is not None
    assert local().count("SAVE_PATTERN") == 1

    # A new run asks by another address: what was shown before is not confirmed in its place.
    keep_back(beginning, save_gate.not_recognised("POST https://erp.example.com/other/Save", is_confirmed=False))
    late = keeper.post("/setup/pattern", {"request": REQUEST, "nonce": "3"})
    assert late.status == 409
    assert "has asked for another address than the one shown" in alert(late)


def test_what_was_posted_before_is_said_once(data: Path, listed: Worker, keeper: Reader) -> None:
    errands.end(
        data,
        Errand(what="read", by=KEEPER, at=NOW, order={"say": "nothing", "until": "", "name": ""}),
        "",
        is_well=True,
    )
    form = {"say": "nothing", "until": "", "file": "", "stamp": adoption_stamp(keeper.get("/setup"))}
    assert keeper.post("/setup/adopted", {**form, "nonce": "1"}).status == 303

    # The other person's screen still shows the question, and its stamp would still fit: nothing was posted before.
    for path in ("/setup/adopted", "/setup/adopt"):
        late = keeper.post(path, {**form, "nonce": "2"})
        assert late.status == 409
        assert "what was posted before is said already" in alert(late)
    assert errands.read(data) is not None
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        assert db.execute("SELECT COUNT(*) FROM adoption").fetchone() == (1,)


def test_a_row_that_is_out_is_not_posted_again_by_who_comes_second(
    data: Path, beginning: Worker, keeper: Reader
) -> None:
    key = row_is_out(beginning)
    desired_state.write(data, Intent(wanted=DesiredState.RUNNING, by="kim", since=NOW))

    assert keeper.post("/setup/row", {"key": key, "nonce": "1"}).status == 303

    ended = over(data)
    assert (ended.what, ended.is_well) == ("row", False)
    assert f"the first row is out already: {key}. Nothing was sent" in unescape(keeper.get("/setup").text)
    assert len(beginning.erp.slips) == 1
    # Nor is the worker that posts by itself stopped for it.
    assert desired_state.read(data).wanted is DesiredState.RUNNING


def test_production_is_not_said_to_work_while_no_tree_runs(data: Path, beginning: Worker, keeper: Reader) -> None:
    row_is_out(beginning)
    desired_state.write(data, Intent(wanted=DesiredState.STOPPED, by="kim (page)", since=NOW))
    assert steps(keeper) == "gggggggl"

    assert keeper.post("/setup/production", {"nonce": "1"}).status == 303

    ended, shown = over(data), unescape(keeper.get("/setup").text)
    assert not ended.is_well
    assert "resuming: circusd does not run, and nothing without it" in shown
    assert "no worker runs at the moment" in shown
    assert "The worker posts by itself" not in shown
    assert "daybreak works on your ERP" not in shown


def refuse(why: str) -> None:
    """Keep a test of the sign-in, with the settings as they are, that the ERP refused."""
    refused = CommandResult(is_well=False, lines=("refused",))
    trial_records.keep(loading.load(), CommandKind.LOGIN_TEST, refused, why=why)


def test_a_sign_in_that_is_refused_is_said_and_the_next_steps_wait(real: None, keeper: Reader) -> None:
    refuse("the ERP refused user or password")

    assert steps(keeper) == "gglgoooo"
    assert "the ERP refused user or password" in keeper.get("/setup").text
    assert "step 3 comes first" in alert(keeper.post("/setup/adopt", {"say": "nothing", "nonce": "1"}))


def test_the_wrong_company_in_production_takes_over_nothing_and_the_right_one_is_as_before(
    data: Path, beginning: Worker, keeper: Reader
) -> None:
    row_is_out(beginning)
    desired_state.write(data, Intent(wanted=DesiredState.RUNNING, by="kim", since=NOW))
    assert steps(keeper) == "gggggggg"

    writing_settings.apply(Change(values={"ERP_COMPANY": "CD"}))
    # No step of the other company's is taken for this one's: neither its sign-in nor its first row.
    assert steps(keeper) == "ggloooo" + "o"
    refuse("the ERP knows no company CD")
    assert "the ERP knows no company CD" in keeper.get("/setup").text

    writing_settings.apply(Change(values={"ERP_COMPANY": "AB"}))
    assert steps(keeper) == "gggggggg"
    # A refusal counts although cycles went well before it; with another password nothing is known yet.
    refuse("the ERP refused user or password")
    assert steps(keeper) == "gglggggg"
    writing_settings.apply(Change(secrets={"ERP_PASSWORD_FILE": SecretStr("another one, longer")}))
    assert steps(keeper) == "gggggggg"


# --- the screens


def test_that_deposits_can_be_looked_up_is_said_until_it_is_done(data: Path, real: None, keeper: Reader) -> None:
    said = "The list of deposits was found, too."

    def probed(*verdicts: FindingVerdict, name: str = "deposit_column_slip", other: str = "found") -> str:
        papers = Evidence(data, now=NOW, name="probe-090000")
        mark = Finding(screen="입금보고서조회", name=name, value="v", verdict=FindingVerdict.FOUND, note="", picture="")
        elsewhere = replace(mark, screen="결제내역조회", name="tab_open", verdict=FindingVerdict(other))
        trial_records.keep_findings(papers, [elsewhere, *(replace(mark, verdict=one) for one in verdicts)])
        told = CommandResult(is_well=True, lines=("all",), folder=papers.folder)
        trial_records.keep(loading.load(), CommandKind.PROBE, told, why="")
        return keeper.get("/setup").text

    assert said not in probed(FindingVerdict.FOUND, FindingVerdict.LACKS)
    assert said not in probed(FindingVerdict.FOUND, FindingVerdict.NOT_NOW)
    assert said not in probed(FindingVerdict.FOUND, name="uploader"), "that list was not looked at"
    assert said in probed(FindingVerdict.FOUND, FindingVerdict.FOUND)
    assert said in probed(FindingVerdict.FOUND, other="lacks"), "what lacks elsewhere says nothing of that list"
    writing_settings.apply(Change(values={"DEPOSIT_LIST": "on"}))
    assert said not in probed(FindingVerdict.FOUND)


def test_a_mark_that_matches_two_elements_is_shown_with_its_picture_and_can_be_corrected(
    data: Path, real: None, keeper: Reader
) -> None:
    chosen = loading.load()
    papers = Evidence(data, now=NOW, name="probe-090000")
    note = "2 elements match"
    mark = Finding(
        screen="결제내역조회",
        name="tab_open",
        value="a.tab",
        verdict=FindingVerdict.MISSING,
        note=note,
        picture="1-list",
    )
    trial_records.keep_findings(papers, [mark, replace(mark, name="tab_all", verdict=FindingVerdict.FOUND, note="")])
    (papers.folder / "1-list.png").write_bytes(PICTURE)
    told = CommandResult(is_well=False, lines=("one is missing",), folder=papers.folder)
    trial_records.keep(chosen, CommandKind.PROBE, told, why="")
    shown = keeper.get("/setup")

    assert "2 elements match" in shown.text
    picture = shown.text.partition('src="/setup/picture/')[2].partition('"')[0]
    assert keeper.get(f"/setup/picture/{picture}").content == PICTURE
    assert keeper.get("/setup/picture/" + "0" * 24).status == 404
    refused = keeper.post("/setup/mark", {"name": "tab_nothing", "value": "a#x", "nonce": "1"})
    assert "tab_nothing is no marker" in alert(refused)
    assert keeper.post("/setup/mark", {"name": "tab_open", "value": "a#tabX", "nonce": "2"}).status == 303
    assert loading.load().erp.markers == {"tab_open": "a#tabX"}
    over(data)


# --- the form that sends a file


def test_a_file_holds_what_it_holds_and_its_beginning_is_kept() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="say"\r\n\r\nrecord\r\n'
    body += b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\none\r\ntwo--x\n\r\n--x--\r\n'

    found = upload.parsed(body, b"x", total=len(body))

    assert found.fields == {"say": "record"}
    assert found.file is not None
    assert (found.file.name, found.file.content) == ("a.csv", b"one\r\ntwo--x\n")


@pytest.mark.parametrize("body", [b"", b"x", os.urandom(500), b"--x", b"--x\r\n\r\n\r\n--x--", b"--x\r\nname=\r\n--x"])
def test_what_is_no_form_holds_nothing(body: bytes) -> None:
    found = upload.parsed(body, b"x", total=len(body))

    assert (dict(found.fields), found.file) == ({}, None)
