"""How Tryton's calls are told apart, and what of a new statement the save gate lets pass: every line as planned."""

import copy
import json
import re
from typing import Any

import pytest

from worker.erp.tryton.wire import CREATE, DELETE, POST, SAVES, VALIDATE, Entry, Rpc, Step
from worker.payments.payment import Deposit


def deposit(key: str, won: int) -> Deposit:
    return Deposit(
        key=key,
        date="2026/11/24",
        account="카드사",
        account_code="1089",
        payer="한빛상사",
        amount=won,
        remark=f"#{key}",
    )


PLAN = [deposit("AAAAAAAAAA", 12_000), deposit("BBBBBBBBBB", 5_500)]


def statement() -> dict[str, Any]:
    """Return the arguments of the call that stores PLAN, as the client sends them."""
    day = {"__class__": "date", "year": 2026, "month": 11, "day": 24}
    lines = [
        {"number": one.key, "date": day, "amount": {"__class__": "Decimal", "decimal": str(one.amount)}, "party": 3}
        for one in PLAN
    ]
    total = {"__class__": "Decimal", "decimal": "17500"}
    return {"name": "daybreak AAAAAAAAAA", "journal": 1, "total_amount": total, "lines": [["create", lines]]}


def body(method: str, *params: object) -> str:
    return json.dumps({"id": 7, "method": method, "params": [*params, {"company": 1}]})


ENTRY = Entry("daybreak AAAAAAAAAA", PLAN)


def test_a_statement_as_planned_may_pass() -> None:
    sent = body(CREATE, [statement()])

    assert ENTRY.is_in(sent)
    assert ENTRY.why_not(sent) == ""


def _without_a_line(one: dict[str, Any]) -> None:
    del one["lines"][0][1][1]


def _with_a_line_more(one: dict[str, Any]) -> None:
    one["lines"][0][1].append(copy.deepcopy(one["lines"][0][1][0]))


def _in_another_order(one: dict[str, Any]) -> None:
    one["lines"][0][1].reverse()


def _another_amount(one: dict[str, Any]) -> None:
    one["lines"][0][1][0]["amount"]["decimal"] = "12001"


def _another_day(one: dict[str, Any]) -> None:
    one["lines"][0][1][0]["date"]["day"] = 25


def _another_number(one: dict[str, Any]) -> None:
    one["lines"][0][1][1]["number"] = "AAAAAAAAAA"


def _another_total(one: dict[str, Any]) -> None:
    one["total_amount"]["decimal"] = "17501"


def _another_name(one: dict[str, Any]) -> None:
    one["name"] = "mine"


def _not_new(one: dict[str, Any]) -> None:
    one["lines"].append(["write", [4], {"amount": None}])


@pytest.mark.parametrize(
    "change",
    [
        _without_a_line, _with_a_line_more, _in_another_order, _another_amount, _another_day, _another_number,
        _another_total, _another_name, _not_new,
    ],
)  # fmt: skip
def test_a_statement_that_differs_is_kept_back(change: Any) -> None:
    changed = statement()
    change(changed)

    assert ENTRY.why_not(body(CREATE, [changed]))


def test_a_step_is_for_one_statement_alone() -> None:
    assert Step(POST, 4).is_in(body(POST, [4]))
    assert Step(POST, 4).why_not(body(POST, [4])) == ""
    assert Step(POST, 4).why_not(body(POST, [5]))
    assert Step(POST, 4).why_not(body(POST, [4, 5]))
    assert not Step(POST, 4).is_in(body(VALIDATE, [4]))


@pytest.mark.parametrize(
    "method", [CREATE, VALIDATE, POST, DELETE, "model.account.move.post", "model.account.payment.write"]
)
def test_what_writes_to_the_books_is_a_save_and_never_taken_for_reading(method: str) -> None:
    sent = body(method, [1])

    assert re.search(SAVES, Rpc().address("http://127.0.0.1:8000/daybreak/rpc/", sent))
    assert not Rpc().only_reads("POST", sent)


@pytest.mark.parametrize(
    "method",
    [
        "model.account.statement.read", "model.account.statement.line.on_change", "model.party.party.autocomplete",
        "model.account.payment.search_count", "common.db.login", "model.ir.ui.view_tree_state.set",
    ],
)  # fmt: skip
def test_what_a_form_asks_for_only_reads(method: str) -> None:
    sent = body(method, [1])

    assert not re.search(SAVES, Rpc().address("http://127.0.0.1:8000/daybreak/rpc/", sent))
    assert Rpc().only_reads("POST", sent)


def test_what_is_no_call_is_not_taken_for_reading() -> None:
    assert Rpc().only_reads("GET", "")
    assert not Rpc().only_reads("POST", "")
    assert not Rpc().only_reads("POST", "a=b")
    assert not Rpc().only_reads("POST", "[1]")
