"""What waits for a person, through the real page and a real ledger: she states facts, and daybreak concludes."""

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.fakes import BLIND, SEOUL, Fault, Worker
from tests.unit.console.reader import OFFICE, Answer, Reader
from worker.ledger.entry import Entry
from worker.ledger.state import State
from worker.payments.payment import PaymentKind
from worker.status import snapshot
from worker.status.snapshot import Snapshot

SignedIn = Callable[[str], Reader]

PAYER = "해오름상회"


def entry(worker: Worker, key: str) -> Entry:
    found = worker.ledger.entry(key)
    assert found is not None
    return found


def refused(worker: Worker, payer: str = PAYER, amount: int = 123_450) -> str:
    """Have the ERP refuse a payment; return its key."""
    worker.erp.approve(payer, amount)
    worker.erp.refused_payers = {payer}
    worker.run_cycle()
    worker.erp.refused_payers = set()
    return worker.key(payer)


def in_doubt(worker: Worker, *, is_stored: bool, amount: int = 123_450) -> str:
    """Lose the answer of an upload in an ERP whose list can't be read; return the payment's key."""
    worker.rules = BLIND
    worker.erp.approve(PAYER, amount)
    worker.erp.faults = [Fault.LOST_AFTER if is_stored else Fault.LOST_BEFORE]
    worker.run_cycle()
    (found,) = worker.ledger.in_state(State.IN_DOUBT)
    return found.payment.key


def edited(worker: Worker, *, posted: bool = True) -> tuple[str, str]:
    """Have a payment's number edited; return the keys before and after."""
    return worker.edited(PAYER, 123_450, posted=posted)


def partly_cancelled(worker: Worker) -> str:
    """Take a part of a posted payment back; return the cancellation's key."""
    row = worker.erp.approve(PAYER, 100_000)
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    worker.erp.cancel(row).amount = 30_000
    worker.run_cycle()
    (found,) = worker.ledger.in_state(State.HELD)
    return found.payment.key


def asked(reader: Reader, key: str, **form: str) -> Answer:
    """Say something of a row; return the confirmation, or the row with what is wrong."""
    if form.get("say") == "count" and "counted" not in form:
        found = re.search(r'name="counted" value="(\w*)"', reader.get(f"/waiting/{key}").text)
        form["counted"] = found[1] if found else ""
    return reader.get(f"/waiting/{key}/decide?{urlencode(form)}")


def confirmed(reader: Reader, shown: Answer) -> Answer:
    """Press the confirmation's button."""
    path, form = confirmation(shown)
    return reader.post(path, form)


def confirmation(shown: Answer) -> tuple[str, dict[str, str]]:
    """Return where a confirmation leads, and its hidden fields."""
    found = re.search(
        r'<form method="post" action="(/(?:waiting|questions)/[^"]+)"[^>]*>(.*?)</form>', shown.text, re.DOTALL
    )
    assert found, plain(shown)
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', found[2])
    return found[1], {name: html.unescape(value) for name, value in fields if name != "token"}


def decided(reader: Reader, key: str, **form: str) -> Answer:
    """Say something of a row and confirm it; return the screen after."""
    done = confirmed(reader, asked(reader, key, **form))
    assert done.status == 303, plain(done)
    return reader.follow(done)


def plain(answer: Answer) -> str:
    """Return what is read on a screen."""
    text = re.sub(r"<(script|style)\b.*?</\1>", "", answer.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def alert(answer: Answer) -> str:
    """Return the sentence that says what is wrong."""
    found = re.search(r'role="alert">(.*?)</p>', answer.text)
    return html.unescape(found[1]) if found else ""


def later(worker: Worker) -> None:
    """Let the ten minutes pass, and a cycle run."""
    worker.clock.at = datetime.now(SEOUL) + timedelta(minutes=40)
    worker.run_cycle()


def posted(worker: Worker) -> int:
    return [slip.payer for slip in worker.erp.slips].count(PAYER)


# --- the list and the row


def test_nothing_waits_is_said_so(office: Reader) -> None:
    assert "Nothing waits for you." in plain(office.get("/waiting"))


def test_the_list_names_payer_amount_number_company_reason_and_wait(worker: Worker, office: Reader) -> None:
    key = refused(worker)
    number = entry(worker, key).payment.approval_no

    shown = office.get("/waiting")

    for text in (PAYER, "123,450", number, "KB국민카드", "rejected", "미등록코드[거래처]", "0 min", "about 6 days"):
        assert text in plain(shown)
    assert f'href="/waiting/{key}"' in shown.text


def test_today_leads_to_the_list(data: Path, worker: Worker, office: Reader) -> None:
    refused(worker)
    waits = worker.ledger.pending_counts()
    at = datetime.now(SEOUL)
    snapshot.write(
        data, Snapshot(written=at.isoformat(), valid_until=(at + timedelta(minutes=3)).isoformat(), waits=waits)
    )

    text = office.get("/").text

    assert re.search(r'role="status"><a href="/waiting">[^<]*1 to look at</a>', text)


def test_an_edited_row_stands_beside_the_old_one_with_the_cell_that_differs_marked(
    worker: Worker, office: Reader
) -> None:
    before, after = edited(worker)

    shown = office.get(f"/waiting/{after}")

    assert re.findall(r"<mark>(.*?)</mark>", shown.text) == [entry(worker, before).payment.approval_no]
    assert entry(worker, before).slip in plain(shown)
    assert "The row before is not on the ERP's list" in plain(shown)
    assert "posted" in plain(shown)


def test_a_cancellation_shows_its_other_half_and_the_sums(worker: Worker, office: Reader) -> None:
    key = partly_cancelled(worker)

    text = plain(office.get(f"/waiting/{key}"))

    assert "Approved 100,000 won Taken back so far 0 won This cancellation -30,000 won Left after it 70,000 won" in text
    assert "The other half" in text
    assert f"{PAYER}, 100,000" in text


def test_a_key_that_was_never_seen_and_one_that_is_none_are_one_sentence(office: Reader) -> None:
    for key in ("ABCDEFGHJK", "row-7", "row-99999999999999999999", "%3Cscript%3E", "a" * 300, "row-%C2%B2"):
        answer = office.get(f"/waiting/{key}")
        assert (answer.status, "was never seen" in alert(answer)) == (404, True), key
        assert "<script>" not in answer.text


# --- in doubt: a count


@pytest.mark.parametrize(("is_stored", "count", "deposits"), [(True, "1", 1), (False, "0", 1)])
def test_a_true_count_ends_with_one_deposit_whatever_had_happened(
    worker: Worker, office: Reader, is_stored: bool, count: str, deposits: int
) -> None:
    key = in_doubt(worker, is_stored=is_stored)
    day = f"{entry(worker, key).payment.time:%Y-%m-%d}"
    assert f"입금보고서조회 {day}, {PAYER}, 123,450 won: how many are there?" in plain(office.get(f"/waiting/{key}"))

    shown = asked(office, key, say="count", count=count)
    assert f"{PAYER}" in plain(shown)
    assert "123,450" in plain(shown)
    assert confirmed(office, shown).status == 303

    later(worker)
    assert posted(worker) == deposits
    assert entry(worker, key).state is State.POSTED


def test_a_count_that_can_not_be_is_asked_again_and_changes_nothing(worker: Worker, office: Reader) -> None:
    key = in_doubt(worker, is_stored=True)
    moves = worker.ledger.history(key)

    shown = asked(office, key, say="count", count="2")

    assert "2 were counted, and daybreak knows of 1 at most" in alert(shown)
    assert shown.status == 422
    assert f'action="/waiting/{key}/decide"' in shown.text
    assert worker.ledger.history(key) == moves


def test_of_two_in_doubt_one_that_stands_there_says_nothing_and_the_slip_does(worker: Worker, office: Reader) -> None:
    worker.rules = BLIND
    worker.erp.approve(PAYER, 5_000, minutes_ago=20)
    worker.erp.approve(PAYER, 5_000, minutes_ago=10)
    worker.erp.faults = [Fault.LOST_AFTER]
    worker.run_cycle()
    first, second = (one.payment.key for one in worker.ledger.in_state(State.IN_DOUBT))

    assert "name the slip" in alert(asked(office, first, say="count", count="1"))

    decided(office, first, say="by_hand", slip=worker.erp.slips[0].number)
    assert entry(worker, first).slip == worker.erp.slips[0].number
    decided(office, second, say="count", count="2")
    assert entry(worker, second).state is State.POSTED


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_a_count_is_asked_for_again_where_a_like_payment_was_posted_since(
    worker: Worker, office: Reader, is_confirmed: bool
) -> None:
    key = in_doubt(worker, is_stored=True)
    found = re.search(r'name="counted" value="(\w+)"', office.get(f"/waiting/{key}").text)
    assert found
    form = {"say": "count", "count": "1", "counted": found[1]}
    confirm = asked(office, key, **form)
    assert "what is in doubt was posted" in plain(confirm)
    worker.erp.approve(PAYER, 123_450)
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    answer = confirmed(office, confirm) if is_confirmed else asked(office, key, **form)

    assert "count once more" in alert(answer)
    assert entry(worker, key).state is State.IN_DOUBT
    later(worker)
    assert posted(worker) == 2


def test_a_count_of_none_may_also_need_no_deposit(worker: Worker, office: Reader) -> None:
    key = in_doubt(worker, is_stored=False)

    shown = asked(office, key, say="count", count="0", then="never")
    assert "It needs no deposit" in plain(shown)
    confirmed(office, shown)

    later(worker)
    assert (posted(worker), bool(entry(worker, key).excluded)) == (0, True)


@pytest.mark.parametrize(
    "count", ["", " ", "-1", "1000", "1.5", "many", "😀", "<script>alert(1)</script>", "1\x00", "٣", "9" * 5000]
)
def test_a_count_that_is_none_is_one_sentence_on_the_same_screen(worker: Worker, office: Reader, count: str) -> None:
    key = in_doubt(worker, is_stored=True)
    moves = worker.ledger.history(key)

    shown = asked(office, key, say="count", count=count)

    assert shown.status == 422
    assert "write a number from 0 to 999" in alert(shown)
    assert "<script>alert" not in shown.text
    assert worker.ledger.history(key) == moves


@pytest.mark.parametrize("slip", ["", "없음", "😀1", "<script>1</script>", "1\x07", "7" * 41, "1\u202e2\n3"])
def test_a_slip_that_is_none_is_one_sentence_on_the_same_screen(worker: Worker, office: Reader, slip: str) -> None:
    key = refused(worker)

    shown = asked(office, key, say="by_hand", slip=slip)

    assert shown.status == 422
    assert "copy it from the ERP" in alert(shown)
    assert entry(worker, key).state is State.REJECTED


@pytest.mark.parametrize("note", ["x" * 201, "a\x00b", "a\nb"])
def test_a_remark_that_can_not_be_kept_is_one_sentence(worker: Worker, office: Reader, note: str) -> None:
    key = refused(worker)

    shown = asked(office, key, say="never", note=note)

    assert (shown.status, "the remark" in alert(shown)) == (422, True)


# --- held and refused


def test_what_is_to_be_posted_goes_out_after_ten_minutes_and_no_cycle_before(worker: Worker, office: Reader) -> None:
    key = refused(worker)

    after = decided(office, key, say="not_posted")

    assert "it is posted from" in plain(after)
    worker.clock.at = datetime.now(SEOUL)
    worker.run_cycle()
    assert posted(worker) == 0
    later(worker)
    assert posted(worker) == 1
    assert {one["by"] for one in worker.ledger.history(key)} == {"worker", OFFICE}


def test_a_decision_is_taken_back_and_made_anew(worker: Worker, office: Reader) -> None:
    key = refused(worker)
    shown = decided(office, key, say="not_posted")

    path, form = confirmation(shown)
    assert path == f"/waiting/{key}/undo"
    undone = office.follow(office.post(path, form))

    assert "the decision is taken back" in plain(undone)
    assert entry(worker, key).state is State.REJECTED
    assert office.post(path, form).status == 303  # a second click
    decided(office, key, say="not_posted")
    assert "decided anew" in alert(office.post(path, {**form, "x": "1", "stamp": "2026-01-01T00:00:00+00:00"}))
    later(worker)
    assert posted(worker) == 1


@pytest.mark.parametrize("said", [{"say": "never"}, {"say": "by_hand", "slip": "2026/01/08 -7"}])
def test_what_was_said_to_need_nothing_more_is_taken_back_where_it_was_said_and_on_its_payments_screen(
    worker: Worker, office: Reader, said: dict[str, str]
) -> None:
    key = refused(worker)
    shown = decided(office, key, **said)
    assert "Is posted:" not in plain(shown)
    assert f'href="/waiting/{key}"' in office.get(f"/payments/{key}").text

    path, form = confirmation(office.get(f"/waiting/{key}"))
    assert (path, form) == confirmation(shown)
    undone = office.follow(office.post(path, form))

    assert "the decision is taken back" in plain(undone)
    assert entry(worker, key).state is State.REJECTED
    assert not entry(worker, key).excluded
    assert f'href="/waiting/{key}"' not in office.get(f"/payments/{key}").text
    later(worker)
    assert posted(worker) == 0
    decided(office, key, say="not_posted")
    later(worker)
    assert posted(worker) == 1


def test_what_has_gone_out_is_not_taken_back(worker: Worker, office: Reader) -> None:
    key = refused(worker)
    path, form = confirmation(decided(office, key, say="not_posted"))
    later(worker)

    answer = office.post(path, form)

    assert (answer.status, "can't be taken back any more" in alert(answer)) == (409, True)
    assert entry(worker, key).state is State.POSTED


def test_entered_by_hand_names_its_slip_and_is_never_posted(worker: Worker, office: Reader) -> None:
    key = refused(worker)

    decided(office, key, say="by_hand", slip=" 2026/01/08 -7 ")

    later(worker)
    assert (posted(worker), entry(worker, key).state, entry(worker, key).slip) == (0, State.POSTED, "2026/01/08 -7")


@pytest.mark.parametrize(("say", "more"), [("same", 0), ("other", 1)])
def test_the_same_payment_keeps_one_deposit_and_another_gets_its_own(
    worker: Worker, office: Reader, say: str, more: int
) -> None:
    _, after = edited(worker)

    decided(office, after, say=say)

    later(worker)
    assert posted(worker) == 1 + more


def test_the_same_payment_that_never_went_out_goes_out_once(worker: Worker, office: Reader) -> None:
    _, after = edited(worker, posted=False)

    shown = asked(office, after, say="same")
    assert "What becomes of the rows" in plain(shown)
    confirmed(office, shown)

    later(worker)
    assert posted(worker) == 1


def test_a_partial_cancellation_goes_out_with_its_own_amount(worker: Worker, office: Reader) -> None:
    key = partly_cancelled(worker)

    shown = asked(office, key, say="not_posted")
    assert f"Post -30,000 won for {PAYER}" in plain(shown)
    confirmed(office, shown)

    later(worker)
    assert worker.erp.books() == [(PAYER, -30_000), (PAYER, 100_000)]


def test_a_cancellation_of_more_than_is_left_is_one_sentence(worker: Worker, office: Reader) -> None:
    row = worker.erp.approve(PAYER, 100_000)
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    worker.erp.cancel(row).amount = 130_000
    worker.run_cycle()
    (held,) = worker.ledger.in_state(State.HELD)

    shown = asked(office, held.payment.key, say="not_posted")

    assert "would take back more than was approved" in alert(shown)
    assert held.payment.kind is PaymentKind.CANCELLATION


@pytest.mark.parametrize("say", ["", "posted", "same", "count", "<script>"])
def test_what_can_not_be_said_of_a_row_is_refused(worker: Worker, office: Reader, say: str) -> None:
    key = refused(worker)

    assert "this can't be said of this row" in alert(asked(office, key, say=say, count="0"))
    office.get("/waiting")
    assert office.post(f"/waiting/{key}/decide", {"say": say, "count": "0"}).status == 422
    assert entry(worker, key).state is State.REJECTED


def test_the_two_languages_show_the_same_row(worker: Worker, signed_in: SignedIn) -> None:
    key = refused(worker)
    reader = signed_in(OFFICE)
    reader.language = "ko"

    text = plain(reader.get(f"/waiting/{key}"))

    assert "ERP에서 무엇이 보입니까?" in text
    assert "입금이 필요 없습니다" in text
    confirm = plain(asked(reader, key, say="not_posted"))
    assert f"{PAYER} 123,450원 입금보고서에 올리기" in confirm
    assert "ERP 입금 목록에 없음" in confirm
