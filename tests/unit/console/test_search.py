"""A payment is found by one field, the answer first; lists are filtered and turned over; bad input is one sentence."""

import http.client
import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import openpyxl
import pytest

from tests.fakes import SEOUL, FakeClock, FakeErp, Worker
from tests.unit.console.reader import OFFICE, Reader
from worker.ledger.verdicts import RowVerdict
from worker.operations import payments

SignedIn = Callable[[str], Reader]

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def worker(data: Path) -> Iterator[Worker]:
    """A ledger with 61 deposits, one that the ERP refused, and a name that would run if a page let it."""
    clock = FakeClock()
    erp = FakeErp(clock)
    worker = Worker(data, erp, clock)
    worker.adopt()
    for number in range(60):
        erp.approve(f"달빛서점 {number}", 1_000 + number)
    erp.approve(EVIL, 77_000)
    erp.refused_payers.add("거부상사")
    erp.approve("거부상사", 45_000)
    worker.run_cycle()
    yield worker
    worker.close()


@pytest.fixture
def reader(worker: Worker, signed_in: SignedIn) -> Reader:
    return signed_in(OFFICE)


def days(worker: Worker, **other: str) -> str:
    day = f"{worker.clock():%Y-%m-%d}"
    return f"/payments?{urlencode({'from': day, 'to': day, **other})}"


def test_the_answer_comes_first_in_one_word(reader: Reader) -> None:
    refused, posted, none = (reader.get(f"/payments?q={quote(text)}").text for text in ("45,000", "1,007", "없는상사"))

    assert refused.index("Refused by the ERP</span></p>") < refused.index("<table")
    assert "no, because it was refused" in refused
    assert posted.index("Posted to the ERP</span></p>") < posted.index("<table")
    assert "No payment was found." in none


def test_a_decided_payment_is_posted_from_its_time_on_says_the_screen_and_its_page(
    worker: Worker, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "owner_of", lambda _: worker.books)
    key, now = worker.key("거부상사"), datetime.now(SEOUL)
    worker.ledger.resolve(
        key, RowVerdict.NOT_POSTED, by="kim", why="mended", at=now, effect_after=timedelta(minutes=10)
    )
    said = f"the first cycle from {now + timedelta(minutes=10):%Y-%m-%d %H:%M:%S} on posts it"

    assert said in reader.get(f"/payments?q={quote('거부상사')}").text
    assert said in reader.get(f"/payments/{key}").text


def test_a_row_that_no_rule_covers_leads_to_where_it_is_decided(worker: Worker, reader: Reader) -> None:
    worker.erp.approve("별난상사", 9_900).status = "이상한 상태"
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    (odd,) = worker.ledger.open_oddities()

    shown = reader.get(f"/payments?q={quote('별난상사')}").text

    assert f'<a href="/waiting/row-{odd.id}">row-{odd.id} ' in shown
    assert "daybreak resolve" not in shown
    assert reader.get(f"/waiting/row-{odd.id}").status == 200


def test_a_list_has_pages_of_fifty_and_filters_by_state_and_card(worker: Worker, reader: Reader) -> None:
    first, second = reader.get(days(worker)).text, reader.get(days(worker, page="2")).text
    refused = reader.get("/payments?state=rejected").text
    card = reader.get(days(worker, card="다른카드")).text

    assert (first.count('scope="row"'), second.count('scope="row"')) == (50, 12)
    assert "62 payments" in first
    assert not set(keys(first)) & set(keys(second))
    assert (refused.count('scope="row"'), "거부상사" in refused) == (1, True)
    assert "No payment was found." in card


def test_cancellations_alone_are_listed(worker: Worker, reader: Reader) -> None:
    worker.erp.cancel(worker.erp.rows[0])
    worker.run_cycle()

    cancellations = reader.get(days(worker, kind="취소")).text
    approvals = reader.get(days(worker, kind="승인")).text

    assert "1 payments" in cancellations
    assert f"-{worker.erp.rows[0].amount:,}" in cancellations
    assert "62 payments" in approvals
    assert reader.get("/payments?kind=x").status == 400


def keys(text: str) -> list[str]:
    return [part.split('"')[0] for part in text.split('<a href="/payments/')[1:]]


def test_a_text_and_a_filter_narrow_together(worker: Worker, reader: Reader) -> None:
    assert "60 payments" in reader.get(f"/payments?q={quote('달빛')}&state=posted").text
    assert "No payment was found." in reader.get(f"/payments?q={quote('달빛')}&state=rejected").text


def test_what_is_shown_is_given_as_a_workbook(worker: Worker, reader: Reader) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", reader.port, timeout=30)
    cookie = "; ".join(f"{name}={value}" for name, value in reader.cookies.items())
    address = days(worker, state="rejected").replace("/payments?", "/payments/workbook?")
    connection.request("GET", address, headers={"Cookie": cookie})
    answer = connection.getresponse()
    book = openpyxl.load_workbook(io.BytesIO(answer.read()))
    connection.close()

    assert "attachment" in str(answer.getheader("content-disposition"))
    rows = [row for row in book.worksheets[0].iter_rows(values_only=True) if row[4] is not None]
    assert [row[4] for row in rows[1:2]] == ["거부상사"]
    assert len(rows) == 2
    assert not list((worker.ledger._path.parent / "page").iterdir())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("q=" + "x" * 201, "the text is too long"),
        ("from=2026-02-30", "is no day"),
        ("to=tomorrow", "is no day"),
        ("from=2026-03-02&to=2026-03-01", "comes before"),
        ("from=2000-01-01", "at most"),
        ("state=sold", "is no state of a payment"),
        ("state=%3Cscript%3E", "is no state of a payment"),
        ("card=" + "x" * 101, "no card company"),
        ("page=0", "is no number"),
        ("page=-1", "is no number"),
        ("page=99999999999", "is no number"),
        ("page=%F0%9F%98%80", "is no number"),
        ("page=9", "there is no page 9"),
    ],
)
def test_what_can_not_be_meant_is_one_sentence_on_the_same_screen(reader: Reader, asked: str, said: str) -> None:
    answer = reader.get(f"/payments?{asked}")

    assert answer.status == 400
    assert answer.text.count('role="alert"') == 1
    assert said in answer.text
    assert 'name="q"' in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "text", ["\N{GRINNING FACE}", "\0\x01\x1b[31m", "%", "'; DROP TABLE payment; --", EVIL, "' OR 1=1"]
)
def test_no_text_breaks_the_search_or_runs(worker: Worker, reader: Reader, text: str) -> None:
    answer = reader.get(f"/payments?q={quote(text)}")

    assert answer.status == 200
    assert EVIL not in answer.text
    assert "\x1b" not in answer.text


def test_a_payment_has_a_page_with_what_happened_and_its_evidence(worker: Worker, reader: Reader) -> None:
    found = reader.get(f"/payments?q={quote('77,000')}")
    (key,) = keys(found.text)
    batch = worker.ledger._row(
        "SELECT batch.id, cycle FROM batch JOIN payment ON batch = batch.id WHERE key = ?", (key,)
    )
    assert batch is not None
    folder = worker.ledger._path.parent / "evidence" / "20260108" / f"cycle-{batch['cycle']}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "list.html").write_text(EVIL, encoding="utf-8")
    (folder / "batch-999-plan.json").write_text("another batch", encoding="utf-8")
    (folder / "secret.key").write_text("secret", encoding="utf-8")
    (folder / "away.txt").symlink_to("/etc/passwd")

    page = reader.get(f"/payments/{key}").text
    links = [part.split('"')[0] for part in page.split('href="/evidence/')[1:]]
    shown = [reader.get(f"/evidence/{link}") for link in links]

    assert "Posted to the ERP" in page
    assert EVIL not in page
    assert "list.html" in page
    assert not any(name in page for name in ("batch-999", "secret.key", "away.txt"))
    (kept,) = [one for one in shown if EVIL in one.text]
    assert kept.headers["content-type"] == "text/plain; charset=utf-8"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in kept.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/payments/AAAAAAAAAA", "/payments/x", "/payments/..%2f..%2fledger.db", "/evidence/1/0000000000000000",
        "/evidence/..%2f..%2f1/x", "/evidence/1/..%2f..%2fledger.db", "/evidence/%D9%A1/x", "/evidence/-1/x",
        "/evidence/9999999999999999999999/x",
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_so(reader: Reader, path: str) -> None:
    assert reader.get(path).status == 404
