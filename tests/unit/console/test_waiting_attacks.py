"""What must decide nothing and show nothing: other sites, forged forms, scripts in names, paths, a broken ledger."""

import re
import resource
from collections.abc import Callable
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.fakes import Worker
from tests.unit.console.reader import Reader
from tests.unit.console.test_waiting import alert, asked, confirmation, confirmed, decided, entry, plain, refused
from worker.ledger.state import State
from worker.runtime import sqlite as sqlite3

SignedIn = Callable[[str], Reader]

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://attacker.example"}, {"Origin": None}, {"Sec-Fetch-Site": "cross-site"}], ids=str
)
def test_a_decision_of_another_sites_page_changes_nothing(
    worker: Worker, office: Reader, headers: dict[str, str | None]
) -> None:
    key = refused(worker)
    path, form = confirmation(asked(office, key, say="never"))

    answer = office.ask("POST", path, body=urlencode({"token": office.token, **form}), headers=headers)

    assert answer.status == 403
    assert entry(worker, key).state is State.REJECTED


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_a_decision_without_its_forms_token_changes_nothing(worker: Worker, office: Reader, token: str) -> None:
    key = refused(worker)
    path, form = confirmation(asked(office, key, say="never"))

    assert office.post(path, {**form, "token": token}).status == 403
    assert entry(worker, key).state is State.REJECTED


def test_looking_at_a_confirmation_decides_nothing_however_often(worker: Worker, office: Reader) -> None:
    key = refused(worker)
    before = worker.ledger.history(key)

    for _ in range(3):
        asked(office, key, say="never", stamp="x", token=office.token)

    assert worker.ledger.history(key) == before


@pytest.mark.parametrize("stamp", ["", "x", "a:b:c", "0" * 9000, "\x00"])
def test_a_forged_stamp_decides_nothing(worker: Worker, office: Reader, stamp: str) -> None:
    key = refused(worker)
    path, form = confirmation(asked(office, key, say="never"))

    answer = office.post(path, {**form, "stamp": stamp})

    assert (answer.status, bool(alert(answer))) == (409, True)
    assert entry(worker, key).state is State.REJECTED


def test_a_script_in_a_payers_name_is_shown_and_never_run(worker: Worker, office: Reader) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    key = refused(worker, evil)

    for shown in (
        office.get("/waiting"),
        office.get(f"/waiting/{key}"),
        asked(office, key, say="not_posted"),
        office.follow(confirmed(office, asked(office, key, say="not_posted"))),
    ):
        assert "<script>alert" not in shown.text
        assert "<img src=x" not in shown.text
        assert "<script>alert(1)</script>" in plain(shown) or "alert(1)" in plain(shown)
        assert not handlers(shown.text)


def handlers(text: str) -> list[str]:
    """Return the attributes of a screen that would run something."""
    found = list[str]()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(f"{tag} {name}" for name, _ in attrs if name.startswith("on"))

    Tags().feed(text)
    return found


def test_a_remark_stands_in_the_record_as_it_was_written(worker: Worker, office: Reader) -> None:
    key = refused(worker)

    decided(office, key, say="never", note="현금 정산 😀 <b>")

    assert "it needs no deposit (현금 정산 😀 <b>)" in str(worker.ledger.history(key)[-1]["why"])
    assert "현금 정산 😀 &lt;b&gt;" in office.get(f"/waiting/{key}").text


# --- evidence


@pytest.fixture
def kept(worker: Worker, data: Path) -> tuple[str, Path]:
    """Return a payment and the folder of its batch's evidence."""
    key = refused(worker)
    folder = data / "evidence" / "20261130" / "cycle-1"
    folder.mkdir(parents=True)
    (folder / f"batch-{entry(worker, key).batch}-plan.json").write_text('{"plan": "<b>"}', encoding="utf-8")
    (folder / "answer.png").write_bytes(PNG)
    (folder / "answer.html").write_text("<script>alert(1)</script>", encoding="utf-8")
    (folder / "fake.png").write_text("<script>alert(1)</script>", encoding="utf-8")
    (folder / "secret.key").write_text("secret", encoding="utf-8")
    (folder / "linked.txt").symlink_to(data / "ledger.db")
    return key, folder


def addresses(shown: str) -> list[str]:
    return sorted(set(re.findall(r'href="(/waiting/\w+/evidence/[^"]+)"', shown)))


def test_evidence_is_a_picture_or_text_and_nothing_that_runs(office: Reader, kept: tuple[str, Path]) -> None:
    key, _ = kept
    shown = office.get(f"/waiting/{key}").text
    assert "secret.key" not in shown
    assert "linked.txt" not in shown
    found = addresses(shown)
    assert len(found) == 4

    kinds = []
    for address in found:
        answer = office.get(address)
        assert answer.headers["x-content-type-options"] == "nosniff"
        if answer.status == 404:
            kinds.append("none")
            continue
        kinds.append({"image/png": "picture", "text/plain; charset=utf-8": "text"}[answer.headers["content-type"]])

    assert sorted(kinds) == ["none", "picture", "text", "text"]


@pytest.mark.parametrize(
    "id",
    [
        "answer.png",
        "../../../ledger.db",
        "..%2f..%2f..%2fledger.db",
        "%2e%2e%2fledger.db",
        "0" * 24,
        "linked.txt",
        "%00",
    ],
)
def test_no_path_is_an_id_of_evidence(office: Reader, kept: tuple[str, Path], id: str) -> None:
    key, _ = kept

    answer = office.get(f"/waiting/{key}/evidence/{id}")

    assert answer.status in (400, 404)
    assert "SQLite" not in answer.text


def test_the_evidence_of_one_row_is_none_of_another(worker: Worker, office: Reader, kept: tuple[str, Path]) -> None:
    key, folder = kept
    other = refused(worker, "서울상회")
    (address, *_) = addresses(office.get(f"/waiting/{key}").text)

    assert office.get(address.replace(key, other)).status == 404
    for file in folder.iterdir():
        file.unlink()
    assert office.get(address).status == 404


# --- a ledger that can't be read or written


def test_a_locked_ledger_is_one_sentence_and_nothing_is_half_done(worker: Worker, data: Path, office: Reader) -> None:
    key = refused(worker)
    shown = asked(office, key, say="never")
    with closing(sqlite3.connect(data / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = confirmed(office, shown)
        other.execute("ROLLBACK")

    assert (answer.status, "locked" in alert(answer)) == (409, True)
    assert entry(worker, key).state is State.REJECTED
    assert confirmed(office, shown).status == 303


@pytest.mark.parametrize("content", [b"", b"no ledger at all" * 400], ids=["empty", "damaged"])
def test_a_damaged_ledger_is_one_sentence(worker: Worker, data: Path, office: Reader, content: bytes) -> None:
    worker.close()
    for path in data.glob("ledger.db*"):
        path.unlink()
    (data / "ledger.db").write_bytes(content)

    for path_ in ("/waiting", "/waiting/ABCDEFGHJK", "/questions/list"):
        answer = office.get(path_)
        assert (answer.status, "ledger" in alert(answer)) == (409, True)


def test_a_ledger_of_a_newer_version_is_one_sentence(worker: Worker, data: Path, office: Reader) -> None:
    worker.close()
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        db.execute("PRAGMA user_version = 999")

    answer = office.get("/waiting")

    assert (answer.status, bool(alert(answer))) == (409, True)


def test_a_full_disk_is_one_sentence_and_nothing_is_half_done(worker: Worker, data: Path, office: Reader) -> None:
    """No file may grow, as on a full disk."""
    key = refused(worker)
    shown = asked(office, key, say="never")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, most))
    try:
        answer = confirmed(office, shown)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    assert (answer.status, bool(alert(answer))) == (409, True)
    assert entry(worker, key).state is State.REJECTED
    assert confirmed(office, shown).status == 303
