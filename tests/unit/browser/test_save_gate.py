"""What the save gate reads in a request: whatever its packing, the batch as planned and nothing else."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import pasted
from worker.browser.proxy import Ways
from worker.browser.request_body import carries, decoded, why_not_planned
from worker.browser.save_gate import Batch, SaveGate, not_recognised
from worker.errors import SaveBlocked
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.payments.payment import Deposit, clean, short_key
from worker.runtime.upstream import Upstream

STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=25)

#: Names that a decoder may take for something packed.
ODD_PAYERS = (
    '{"a": 1}',
    '["x", "y"]',
    '"quoted"',
    "[1]",
    "1234567890123456789012345678901234567890",
    "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn",
    "a=b",
    "x=1&y=%41",
    "null",
    "1,000",
    "가/나 다",
    "👍 가게",
)


def deposit(number: int, payer: str, amount: int, *, with_key: bool = True) -> Deposit:
    key = short_key(f"{number} {payer} {amount}")
    name = clean(payer)
    remark = f"카드결제 {name} #{key}" if with_key else f"카드결제 {name}"
    return Deposit(
        key=key, date="2026/01/08", account="카드사", account_code="1089", payer=name, amount=amount, remark=remark
    )


def batch(*, with_key: bool = True) -> list[Deposit]:
    """Return three deposits, two of them of one payer and amount."""
    rows = [("한빛상사", 12_000), ("김밥천국", -5_000), ("한빛상사", 12_000)]
    return [deposit(number, payer, amount, with_key=with_key) for number, (payer, amount) in enumerate(rows)]


def packed_base64(text: str) -> str:
    """Pack a text so that no padding is needed; what becomes of padding has a test of its own."""
    data = text.encode()
    return base64.b64encode(data + b"\n" * (-len(data) % 3)).decode()


def rows(plan: list[Deposit]) -> list[list[str]]:
    return [list(one.cells()) for one in plan]


def objects(plan: list[Deposit]) -> list[dict[str, object]]:
    """Return the rows as an ERP's page may send them: names of its own, the amount as a number."""
    return [
        {"IO_DATE": one.date.replace("/", ""), "ACC": one.account, "CD": one.account_code, "CUST": one.payer,
         "AMT": one.amount, "FEE": None, "REMARK": one.remark, "CHK": True}
        for one in plan
    ]  # fmt: skip


PACKINGS: dict[str, Callable[[list[Deposit]], str]] = {
    "plain": pasted,
    "lines without CR": lambda plan: pasted(plan).replace("\r\n", "\n") + "\n",
    "JSON rows": lambda plan: json.dumps({"data": rows(plan)}, ensure_ascii=False),
    "JSON with escapes": lambda plan: json.dumps({"data": rows(plan)}),
    "JSON objects": lambda plan: json.dumps({"BulkDatas": objects(plan), "session": "AB-1"}),
    "JSON that holds the text": lambda plan: json.dumps({"clip": pasted(plan)}),
    "JSON in JSON": lambda plan: json.dumps({"data": json.dumps(objects(plan))}),
    "a form": lambda plan: urlencode({"token": "x1", "data": pasted(plan)}),
    "a form with JSON": lambda plan: urlencode({"data": json.dumps(objects(plan))}),
    "Base64": lambda plan: packed_base64(pasted(plan)),
    "Base64 for addresses": lambda plan: packed_base64(pasted(plan)).translate(str.maketrans("+/", "-_")),
    "Base64 in JSON": lambda plan: json.dumps({"payload": packed_base64(json.dumps(objects(plan)))}),
    "a form with Base64": lambda plan: urlencode({"payload": packed_base64(pasted(plan))}),
}


def seen(plan: list[Deposit], packing: str) -> list[str]:
    return list(decoded(PACKINGS[packing](plan)))


def differs(found: list[Deposit], plan: list[Deposit], packing: str) -> str:
    """Say how a request with these deposits differs from a plan."""
    return why_not_planned(seen(found, packing), plan)


# --- the batch as planned ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_key", [True, False], ids=["with keys", "without keys"])
def test_a_batch_is_known_and_found_as_planned_however_it_is_packed(with_key: bool) -> None:
    plan = batch(with_key=with_key)

    found = {packing: (carries(seen(plan, packing), plan), differs(plan, plan, packing)) for packing in PACKINGS}

    assert found == dict.fromkeys(PACKINGS, (True, ""))


@pytest.mark.parametrize("payer", ODD_PAYERS)
def test_a_payer_that_looks_like_something_packed_confuses_nobody(payer: str) -> None:
    both = [deposit(1, "한빛상사", 1_000), deposit(2, payer, 2_000)]
    keyless = [deposit(3, payer, 2_000, with_key=False)]

    for plan in (both, both[1:], keyless):
        found = {packing: (carries(seen(plan, packing), plan), differs(plan, plan, packing)) for packing in PACKINGS}

        assert found == dict.fromkeys(PACKINGS, (True, ""))


@pytest.mark.parametrize("packing", ["plain", "JSON objects"])
def test_a_payer_whose_name_begins_like_a_remark_is_one_row(packing: str) -> None:
    plan = [deposit(1, "카드결제 상사", 1_000)]

    assert why_not_planned(seen(plan, packing), plan) == ""


def test_base64_with_padding_is_read_as_such() -> None:
    plan = [deposit(1, "한빛상사x", 1_000)]
    data = pasted(plan).encode()
    body = base64.b64encode(data + b"\n" * (1 + -len(data) % 3)).decode()

    assert body.endswith("=")
    assert carries(list(decoded(body)), plan)


PAYERS = st.one_of(st.text(min_size=1, max_size=40), st.sampled_from(ODD_PAYERS)).filter(
    lambda name: clean(name) != "" and not clean(name).startswith("카드결제")
)
PLANS = st.lists(st.tuples(PAYERS, st.integers(-(10**9), 10**9).filter(bool)), min_size=1, max_size=4).map(
    lambda found: [deposit(number, payer, amount) for number, (payer, amount) in enumerate(found)]
)


@STEADY
@given(PLANS, st.sampled_from(sorted(PACKINGS)))
def test_whatever_is_planned_is_recognised(plan: list[Deposit], packing: str) -> None:
    texts = seen(plan, packing)

    assert carries(texts, plan)
    assert why_not_planned(texts, plan) == ""


# --- anything else -------------------------------------------------------------------------------------------------


def one_digit(plan: list[Deposit]) -> list[Deposit]:
    return [plan[0], replace(plan[1], amount=-5_001), plan[2]]


def one_digit_more(plan: list[Deposit]) -> list[Deposit]:
    return [plan[0], plan[1], replace(plan[2], amount=120_000)]


CHANGES: dict[str, Callable[[list[Deposit]], list[Deposit]]] = {
    "a digit changed": one_digit,
    "a digit added": one_digit_more,
    "the sign lost": lambda plan: [plan[0], replace(plan[1], amount=5_000), plan[2]],
    "amounts exchanged": lambda plan: [replace(plan[0], amount=-5_000), replace(plan[1], amount=12_000), plan[2]],
    "a payer changed": lambda plan: [replace(plan[0], payer="한빛상회"), *plan[1:]],
    "a date changed": lambda plan: [*plan[:2], replace(plan[2], date="2026/01/09")],
    "an account changed": lambda plan: [replace(plan[0], account="토스페이"), *plan[1:]],
    "an account code changed": lambda plan: [replace(plan[0], account_code="1098"), *plan[1:]],
    "a remark lost": lambda plan: [replace(plan[0], remark=""), *plan[1:]],
    "the last row missing": lambda plan: plan[:2],
    "the first row missing": lambda plan: plan[1:],
    "a row added at the end": lambda plan: [*plan, plan[1]],
    "a row added at the start": lambda plan: [deposit(9, "남의 집", 7), *plan],
    "a row sent twice": lambda plan: [plan[0], plan[0], *plan[1:]],
    "the batch sent twice": lambda plan: plan + plan,
    "rows swapped": lambda plan: [plan[1], plan[0], plan[2]],
    "rows turned round": lambda plan: [plan[2], plan[1], plan[0]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_differs_from_the_plan_is_told_however_it_is_packed(change: str) -> None:
    plan = batch()

    missed = [packing for packing in PACKINGS if not differs(CHANGES[change](plan), plan, packing)]

    assert missed == []


@pytest.mark.parametrize(
    "change", [one for one in CHANGES if one != "rows turned round"]
)  # turned round they are the same
def test_what_differs_from_the_plan_is_told_without_keys_too(change: str) -> None:
    plan = batch(with_key=False)

    missed = [packing for packing in PACKINGS if not differs(CHANGES[change](plan), plan, packing)]

    assert missed == []


@STEADY
@given(PLANS, st.data(), st.sampled_from(sorted(PACKINGS)))
def test_any_other_amount_in_any_row_is_told(plan: list[Deposit], data: st.DataObject, packing: str) -> None:
    number = data.draw(st.integers(0, len(plan) - 1))
    other = data.draw(st.integers(-(10**9), 10**9).filter(lambda won: won and won != plan[number].amount))
    changed = [*plan[:number], replace(plan[number], amount=other), *plan[number + 1 :]]

    assert why_not_planned(seen(changed, packing), plan) != ""


def test_what_is_told_names_the_row_and_the_cell() -> None:
    plan = batch()

    assert (
        why_not_planned(seen(one_digit(plan), "plain"), plan)
        == "row 2 of the payload lacks '-5000' where it was planned"
    )
    assert why_not_planned(seen([*plan, plan[0]], "plain"), plan) == "the payload holds 4 rows, planned were 3"


@pytest.mark.parametrize("texts", [[], [""], ["nothing of it"]])
def test_an_empty_request_is_not_the_batch(texts: list[str]) -> None:
    assert not carries(texts, batch())
    assert not carries(texts, batch(with_key=False))
    assert why_not_planned(texts, batch()) != ""


# --- whose request is it? ------------------------------------------------------------------------------------------


def test_a_request_without_one_of_the_keys_is_not_the_batchs() -> None:
    plan = batch()

    assert not carries(seen(plan[:2], "plain"), plan)
    assert carries(seen([*plan, deposit(9, "남의 집", 7)], "plain"), plan)  # it is; the plan check stops it


def test_without_keys_the_first_and_the_last_row_tell() -> None:
    plan = [deposit(n, payer, 1_000 * n, with_key=False) for n, payer in enumerate(("가", "나", "다"), 1)]

    assert carries(seen(plan, "plain"), plan)
    assert not carries(seen(plan[:2], "plain"), plan)
    assert not carries(seen(plan[1:], "plain"), plan)


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_save_of_another_batch_is_not_this_ones(packing: str) -> None:
    other = [deposit(number, "남의 집", 700 + number) for number in range(3)]

    assert not carries(seen(other, packing), batch())


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", '{"keepalive": true}', "a=1&b=2", "ping", json.dumps({"log": "click #save"})]
)
def test_what_a_page_sends_by_the_way_is_not_the_batch(body: str) -> None:
    assert not carries(list(decoded(body)), batch())


# --- decoding ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("", []),
        ("  \r\n", []),
        ("a\tb\r\nc", ["a", "b", "c"]),
        ('{"a": ["x", {"b": 1, "c": null}], "d": true}', ["x", "1", "True"]),
        ('"\\uce74\\ub4dc"', ["카드"]),
        ("a=1&b=%EC%B9%B4", ["a", "1", "b", "카"]),
        ("{not json}", ["{not json}"]),
        ("%%%", ["%%%"]),
        ("//////////////////////////////", ["//////////////////////////////"]),  # Base64 of what is no text
    ],
)
def test_a_body_is_taken_apart_in_order(body: str, texts: list[str]) -> None:
    assert list(decoded(body)) == texts


def test_what_is_packed_ten_times_ends_the_search() -> None:
    text = "카드결제"
    for _ in range(10):
        text = packed_base64(text)

    assert list(decoded(text))


def test_json_nested_too_deep_is_not_the_batch_but_no_failure() -> None:
    body = "[" * 100_000 + "]" * 100_000

    assert not carries(list(decoded(body)), batch())


@STEADY
@given(st.text())
def test_no_body_at_all_makes_the_gate_stumble(body: str) -> None:
    texts = list(decoded(body))

    assert all(isinstance(text, str) for text in texts)


def test_who_has_confirmed_no_pattern_is_told_what_to_write_in_both_languages() -> None:
    said = not_recognised("POST https://erp.example.com/save", is_confirmed=False)

    assert "SAVE_PATTERN = /..." in said
    assert "SAVE_PATTERN = /... 형식으로 적어" in reasons.say(said, Language.KO)


def test_a_sealed_gate_takes_no_batch_and_expects_no_save() -> None:
    gate = SaveGate(pattern=None, posts=True, timeout=1, ways=Ways(Upstream(allows=lambda *_: False)), is_sealed=True)

    with pytest.raises(SaveBlocked, match="MODE = shadow"):
        gate.watch(batch())
    with pytest.raises(SaveBlocked, match="MODE = shadow"):
        gate.ask_for(Batch(batch()), release=lambda _: None)
