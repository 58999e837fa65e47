"""Which slip is which deposit, and what a comparison finds: for any lists, in any order."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.ledger.compared import HandDeposit, OwnDeposit
from worker.payments.payment import KST
from worker.posting.comparison import Difference, Looked, Result, compare, pairs, score_from, score_of

MORNING = datetime(2026, 11, 30, 9, tzinfo=KST)

LOOKED = Looked(since=MORNING, now=MORNING + timedelta(hours=12), reads_slips=True)

#: Few of each, so that like ones meet.
OWN = st.lists(
    st.builds(
        lambda minute, payer, won, is_due: (minute, payer, won, is_due),
        st.integers(0, 120),
        st.sampled_from(["해오름상회", "달빛서점", "가람상사"]),
        st.sampled_from([10_000, 20_000, -10_000]),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=8,
)

#: What a person does with a deposit: nothing, or an entry with one of these mistakes.
DEEDS = st.sampled_from(["nothing", "same", "same", "amount", "day", "account", "payer", "reflects only"])


def own_of(number: int, minute: int, payer: str, won: int, *, is_due: bool) -> OwnDeposit:
    at = MORNING + timedelta(minutes=minute)
    return OwnDeposit(
        key=f"K{number}", paid_at=at, day=at.date(), account="카드사", payer=payer, won=won,
        due_at=at + timedelta(minutes=30) if is_due else None,
    )  # fmt: skip


def slip_of(own: OwnDeposit, number: int, *, minutes: int = 60) -> HandDeposit:
    return HandDeposit(
        number=f"{own.day} -{number}", entered_at=own.paid_at + timedelta(minutes=minutes), day=own.day,
        account=own.account, payer=own.payer, won=own.won,
    )  # fmt: skip


@given(OWN, st.lists(DEEDS, min_size=8, max_size=8), st.integers())
def test_each_side_is_told_once_and_no_order_changes_a_word(
    rows: list[tuple[int, str, int, bool]], deeds: list[str], seed: int
) -> None:
    own = [own_of(number, *row[:3], is_due=row[3]) for number, row in enumerate(rows)]
    slips: list[HandDeposit] = []
    for number, (one, deed) in enumerate(zip(own, deeds, strict=False)):
        changed: dict[str, dict[str, Any]] = {
            "same": {},
            "amount": {"won": one.won + 7},
            "day": {"day": one.day - timedelta(days=1)},
            "account": {"account": "국민은행"},
            "payer": {"payer": "딴상회"},
        }
        if deed in changed:
            slips.append(replace(slip_of(one, number), **changed[deed]))
        elif deed == "reflects only":
            own[number] = replace(one, reflected_at=one.paid_at + timedelta(hours=1))

    found = compare(own, slips, LOOKED)

    keys = [pair.own.key for pair in found if pair.own is not None]
    numbers = [pair.number for pair in found if pair.by_hand is not None]
    assert len(keys) == len(set(keys))
    assert len(numbers) == len(set(numbers))
    assert {one.key for one in own if one.due_at is not None} <= set(keys)
    if own:
        assert {one.number for one in slips if one.account == "카드사"} <= set(numbers)
    for pair in found:
        if pair.own is not None and pair.by_hand is not None and pair.result is Result.SAME:
            assert (pair.own.won, pair.own.payer, pair.own.day) == (
                pair.by_hand.won,
                pair.by_hand.payer,
                pair.by_hand.day,
            )
    shuffled, other = list(own), list(slips)
    random.Random(seed).shuffle(shuffled)
    random.Random(seed + 1).shuffle(other)
    assert compare(shuffled, other, LOOKED) == found


@given(OWN)
def test_a_person_who_posts_all_as_we_would_is_equal(rows: list[tuple[int, str, int, bool]]) -> None:
    own = [own_of(number, *row[:3], is_due=True) for number, row in enumerate(rows)]
    slips = [slip_of(one, number, minutes=40) for number, one in enumerate(own)]

    score = score_of(compare(own, slips, LOOKED))

    assert (score.equal, score.total, score.open, score.later) == (len(own), len(own), 0, 0)


def test_two_that_could_be_meant_are_taken_for_neither() -> None:
    own = [
        own_of(number, number, payer, 10_000, is_due=True) for number, payer in enumerate(("해오름상회", "달빛서점"))
    ]
    slip = replace(slip_of(own[0], 1), payer="딴상회")

    assert pairs(own, [slip]) == {}
    assert list(pairs(own[:1], [slip])) == ["K0"]


@pytest.mark.parametrize("is_due", [True, False])
def test_of_two_equal_payments_the_one_that_is_reflected_takes_the_slip(is_due: bool) -> None:
    waiting = own_of(1, 0, "해오름상회", 10_000, is_due=True)
    finished = own_of(2, 5, "해오름상회", 10_000, is_due=is_due)
    finished = replace(finished, reflected_at=finished.paid_at + timedelta(hours=1))

    assert list(pairs([waiting, finished], [slip_of(finished, 1)])) == ["K2"]


def test_a_slip_of_before_its_payment_is_not_its_own() -> None:
    own = own_of(1, 0, "해오름상회", 10_000, is_due=True)

    assert pairs([own], [slip_of(own, 1, minutes=-61)]) == {}
    assert pairs([own], [slip_of(own, 1, minutes=-59)])


def test_a_list_without_payers_or_accounts_is_compared_by_what_it_shows() -> None:
    own = own_of(1, 0, "해오름상회", 10_000, is_due=True)
    slip = replace(slip_of(own, 1), payer="", account="", day=None)

    (found,) = compare([own], [slip], LOOKED)
    assert (found.result, found.differs) == (Result.SAME, ())
    other = replace(slip, won=1)
    assert [one.result for one in compare([own], [other], LOOKED)] == [Result.OPEN]


def test_what_was_entered_before_it_was_compared_counts_for_nothing() -> None:
    own = replace(own_of(1, 0, "해오름상회", 10_000, is_due=True), paid_at=MORNING - timedelta(hours=3))
    before = slip_of(own, 1, minutes=10)

    assert compare([own], [before], LOOKED) == ()
    assert compare([], [before], LOOKED) == ()


def test_a_pair_that_neither_posts_is_equal_only_if_the_sum_is() -> None:
    approval = replace(own_of(1, 0, "해오름상회", 10_000, is_due=True), left_at=MORNING)
    back = replace(own_of(2, 5, "해오름상회", -10_000, is_due=True), left_at=MORNING, approval="K1")

    assert [one.result for one in compare([approval, back], [], LOOKED)] == [Result.NETTED] * 2
    part = replace(back, won=-4_000)
    assert [one.result for one in compare([approval, part], [], LOOKED)] == [Result.MISSING_BY_THEM] * 2


def test_a_score_survives_its_json() -> None:
    own = own_of(1, 0, "해오름상회", 10_000, is_due=True)
    score = score_of(compare([own], [replace(slip_of(own, 1), day=date(2026, 11, 29))], LOOKED))

    assert score.differs == {str(Difference.DAY): 1}
    assert score_from(score.as_dict()) == score
