"""Each rule taken out, one at a time: a test of this folder, by name, must go wrong without it."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import RULES, FakeClock, FakeErp, Worker, quick_folder, with_rules
from tests.unit.posting import test_brakes as brake
from tests.unit.posting import test_cancellations as back
from tests.unit.posting import test_candidates as pairs
from tests.unit.posting import test_edits as edit
from tests.unit.posting import test_exclusions as out
from tests.unit.posting import test_identity as known
from tests.unit.posting import test_must_pass as daily
from tests.unit.posting import test_reach as reach
from tests.unit.posting.desk import ANCHOR
from worker.errors import IllegalMove
from worker.ledger import ledger
from worker.ledger.readings import BrakeAnswer
from worker.ledger.verdicts import RowVerdict
from worker.payments import payment as payments
from worker.payments import why
from worker.payments.payment import Identity, Payment
from worker.posting import brakes, decide, edits, judge, matching, presence
from worker.posting.cancellations import Approvals, Taken
from worker.posting.matching import Matched
from worker.posting.presence import Presence
from worker.posting.snapshot import Adoption, Snapshot

Patch = pytest.MonkeyPatch

#: What a test raises whose world is another than it says.
WRONG = (AssertionError, ValueError, IndexError, IllegalMove, pytest.fail.Exception)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A rule that is taken out, and the test that must notice."""

    take_out: Callable[[Patch], None]
    test: Callable[..., None]
    #: What the test is told, beside worker and ERP.
    told: Mapping[str, Any] = field(default_factory=dict)


def gives(place: object, name: str, value: object) -> Callable[[Patch], None]:
    """Let a function of the rules give the same answer always."""
    return lambda patch: patch.setattr(place, name, lambda *_, **__: value)


def is_now(place: object, name: str, value: object) -> Callable[[Patch], None]:
    """Put another value in the place of one."""
    return lambda patch: patch.setattr(place, name, value)


def without_rule(name: str) -> Callable[[Patch], None]:
    """Take one rule of edits out."""
    return lambda patch: patch.setattr(edits, "RULES", {key: rule for key, rule in edits.RULES.items() if key != name})


def matched_without(name: str) -> Callable[[Patch], None]:
    """Let matching forget one of the things that it finds."""

    def match(snapshot: Snapshot) -> Matched:
        found = matching.match(snapshot)
        getattr(found, name).clear()
        return found

    return lambda patch: patch.setattr(judge, "match", match)


def payer_counts(patch: Patch) -> None:
    def identity(payment: Payment) -> Identity:
        return payment.kind, payment.time, payment.amount, payment.number, payment.payer

    patch.setattr(Payment, "identity", property(identity))


def payer_never_counts(patch: Patch) -> None:
    def identity(payment: Payment) -> Identity:
        return payment.kind, payment.time, payment.amount, payment.number, ""

    patch.setattr(Payment, "identity", property(identity))


def first_only(patch: Patch) -> None:
    named = Approvals._named
    patch.setattr(Approvals, "_named", lambda *args: named(*args)[:1])


def parts_are_posted(patch: Patch) -> None:
    def amount(self: Approvals, cancellation: Payment, approval: Payment) -> Taken:
        self.take(approval.key, cancellation)
        return Taken(approval=approval.key)

    patch.setattr(Approvals, "_amount", amount)


def answers_cover_all(patch: Patch) -> None:
    patch.setattr(BrakeAnswer, "covers", lambda self, _brake, about: any(about <= one for one in self.about.values()))


def adopts_nothing_requested(patch: Patch) -> None:
    real = Adoption.__init__

    def init(self: Adoption, *, requested: frozenset[object] = frozenset(), **others: Any) -> None:
        real(self, **others)

    patch.setattr(Adoption, "__init__", init)


def never_fresh(patch: Patch) -> None:
    real = Adoption.__init__

    def init(self: Adoption, *, is_fresh: bool = False, **others: Any) -> None:
        real(self, **others)

    patch.setattr(Adoption, "__init__", init)


def rows_are_strangers(patch: Patch) -> None:
    find = edits._Finder.find

    def alone(self: edits._Finder) -> edits.Edits:
        # After the known ones are in.
        self._add = lambda payment: None  # type: ignore[method-assign] # noqa: ARG005
        return find(self)

    patch.setattr(edits._Finder, "find", alone)


def places_for_all(patch: Patch) -> None:
    def take(self: edits._Finder, rows: Sequence[Payment], old: Sequence[Payment], found: edits.Edits) -> None:
        found.places |= {row.key: one.key for row, one in zip(rows, old, strict=False)}

    patch.setattr(edits._Finder, "_take", take)


A, B = edit.EDITS["a"], edit.EDITS["b"]
E = edit.EDITS["e: second and won"]
HELD = edit.test_an_edit_of_a_posted_row_is_held_with_its_candidate
TURNS = out.test_an_unsent_row_that_turns_in_place_is_never_posted_as_what_it_is_no_more

MUTANTS: dict[str, Mutant] = {
    # identity
    "the payer is part of the identity": Mutant(
        take_out=payer_counts,
        test=known.test_a_posted_row_whose_payer_is_renamed_is_written_down_and_neither_posted_nor_held,
    ),
    "the payer never counts": Mutant(
        take_out=payer_never_counts,
        test=edit.test_a_row_without_a_number_after_a_reflected_one_of_another_payer_is_a_payment_of_its_own,
    ),
    "a number is what is shown": Mutant(
        take_out=is_now(payments, "real_number", lambda text: text),
        test=known.test_a_number_written_in_another_way_is_that_number,
        told={"shown": "20001"},
    ),
    "two rows of one identity are two payments": Mutant(
        take_out=matched_without("twins"),
        test=known.test_of_two_rows_of_one_reading_with_one_second_won_and_number_the_second_is_held,
        told={"payer": "다른 손님"},
    ),
    "nothing stands under 회계반영": Mutant(
        take_out=gives(matching, "reflected_rows", 0),
        test=known.test_a_twin_that_comes_after_the_first_was_reflected_is_a_payment_of_its_own,
        told={"between": 1},
    ),
    # edits
    "no (a)": Mutant(
        take_out=without_rule("a"), test=edit.test_an_edit_together_with_a_rename_is_held, told={"changes": A}
    ),
    "no (b)": Mutant(
        take_out=without_rule("b"), test=edit.test_more_new_rows_than_requests_that_are_gone_are_asked_about
    ),
    "no (c)": Mutant(
        take_out=without_rule("c"),
        test=edit.test_a_row_with_a_known_number_is_held_though_the_known_one_is_listed_as_well,
        told={"name": "c"},
    ),
    "no (e)": Mutant(take_out=without_rule("e"), test=HELD, told={"changes": E}),
    "no (d)": Mutant(
        take_out=gives(edits, "number_came", value=False),
        test=edit.test_a_row_that_gets_its_number_is_posted_once_under_the_key_it_had,
    ),
    "no (f)": Mutant(
        take_out=gives(edits, "payer_edited", value=False),
        test=edit.test_a_posted_row_without_a_number_that_is_renamed_is_not_posted_again,
    ),
    "late approvals are edits": Mutant(
        take_out=gives(edits._Finder, "_late_approvals", frozenset()),
        test=edit.test_a_request_that_is_approved_is_news_though_a_row_of_its_second_and_won_vanished,
    ),
    "every row is an edit by two fields": Mutant(
        take_out=gives(edits._Finder, "_is_late", value=True), test=edit.test_payer_won_and_day_alone_make_no_edit
    ),
    "two acquirers may pair": Mutant(
        take_out=gives(edits, "other_acquirer", value=False),
        test=edit.test_a_row_of_another_acquirer_is_never_an_edit,
        told={"changes": A},
    ),
    "what stands under another tab has vanished": Mutant(
        take_out=gives(Presence, "is_gone", value=True),
        test=edit.test_a_row_like_one_that_stands_under_another_tab_is_another_payment,
        told={"tab": "is_reflected", "has_all": True},
    ),
    "nothing ever vanishes": Mutant(take_out=gives(Presence, "is_gone", value=False), test=HELD, told={"changes": B}),
    "no question settles itself": Mutant(
        take_out=gives(decide._Judge, "_judge_pairings", None), test=edit.test_an_edit_that_is_undone_settles_itself
    ),
    "a released row is not paired again": Mutant(
        take_out=gives(decide._Judge, "_pair_again", None),
        test=edit.test_a_released_row_is_asked_about_again_when_a_row_like_it_was_posted_meanwhile,
    ),
    "a verdict covers one row": Mutant(
        take_out=gives(ledger.Ledger, "open_forms", ()),
        test=edit.test_an_unsent_row_and_its_edit_make_one_question_and_one_answer_settles_both,
        told={"name": "b", "verdict": RowVerdict.NOT_POSTED, "asks_for": "the new form"},
    ),
    "rows of one reading are strangers": Mutant(
        take_out=rows_are_strangers,
        test=pairs.test_of_two_new_rows_of_one_reading_with_one_number_the_later_one_is_held,
        told={"changes": {"amount": 12_000}},
    ),
    "several may take one place": Mutant(
        take_out=places_for_all,
        test=pairs.test_two_numbers_for_one_row_that_had_none_are_both_asked_about,
        told={"is_posted": True},
    ),
    "another acquirer may take a place": Mutant(
        take_out=gives(edits, "other_acquirer", value=False),
        test=pairs.test_a_row_with_a_number_of_another_acquirer_takes_no_place,
    ),
    "a row that waits for its number is told apart elsewhere": Mutant(
        take_out=gives(edits._Finder, "_has_left_waiting", value=False),
        test=reach.test_no_hold_is_left_by_a_number_that_comes_while_an_equal_row_stands_elsewhere,
        told={"is_forced": True},
    ),
    # cancellations
    "the first approval of a number is meant": Mutant(
        take_out=first_only,
        test=back.test_of_two_approvals_of_one_number_the_payer_breaks_the_tie_or_a_person_does,
        told={"payer": "모르는 손님"},
    ),
    "forms of one approval are two": Mutant(
        take_out=gives(decide, "chains", {}), test=back.test_two_forms_of_one_approval_are_one_candidate
    ),
    "what is first listed as 취소 is left out": Mutant(
        take_out=gives(Approvals, "_unknown", Taken(excluded=why.NEVER_SEEN_APPROVED)),
        test=back.test_an_approval_that_was_never_seen_is_told_as_that_or_left_out_by_a_setting,
        told={"is_silent": False},
    ),
    "partial cancellations are posted": Mutant(
        take_out=parts_are_posted, test=back.test_equal_partial_cancellations_are_not_edits_of_each_other
    ),
    "a person may take back more than was approved": Mutant(
        take_out=gives(ledger.Ledger, "_refuse_too_much_back", None),
        test=back.test_what_would_take_back_more_than_was_approved_is_refused,
    ),
    "a failed cancellation is always asked about": Mutant(
        take_out=gives(decide._Judge, "_has_approval", value=False),
        test=back.test_a_failed_cancellation_whose_approval_is_listed_for_the_first_time_changes_nothing,
    ),
    "a failed cancellation is never asked about": Mutant(
        take_out=gives(decide._Judge, "_has_approval", value=True),
        test=back.test_a_failed_cancellation_of_a_number_that_nobody_knows_is_held,
    ),
    "nobody looks for a minus under 회계반영": Mutant(
        take_out=gives(decide._Judge, "_judge_reflected", None),
        test=back.test_an_approval_that_was_reflected_and_then_cancelled_in_place_is_asked_about,
    ),
    "회계반영 is read no further back than 미반영": Mutant(
        take_out=gives(decide._Judge, "_daily_since", None),
        test=reach.test_an_approval_older_than_the_list_that_was_reflected_and_then_cancelled_is_asked_about,
        told={"is_list_empty": False},
    ),
    "an approval may come back unasked": Mutant(
        take_out=gives(decide._Judge, "_judge_approved_again", None),
        test=back.test_an_approval_that_is_listed_again_whose_posted_cancellation_is_gone_is_asked_about,
        told={"model": "B"},
    ),
    "a row that turned has left": Mutant(
        take_out=gives(Presence, "has_turned", value=False),
        test=back.test_an_unsent_approval_that_turns_in_place_comes_to_nothing,
    ),
    # exclusions
    "an exclusion is a verdict": Mutant(
        take_out=matched_without("contradicted"),
        test=out.test_a_row_that_was_reflected_and_then_un_reflected_is_held_with_both_readings,
        told={"verdict": RowVerdict.NEVER},
    ),
    "a minus that was left out stays out": Mutant(
        take_out=gives(decide._Judge, "_judge_excluded_minus", None),
        test=out.test_the_minus_of_a_row_that_was_cancelled_approved_again_and_posted_is_asked_about,
    ),
    "강제회계반영 is nowhere": Mutant(
        take_out=gives(presence.Presence, "stands_under", value=False),
        test=out.test_an_unposted_row_under_the_forced_tab_is_asked_about,
        told={"verdict": RowVerdict.NEVER},
    ),
    "an adoption covers requests": Mutant(
        take_out=adopts_nothing_requested,
        test=out.test_a_request_that_the_adoption_saw_is_posted_when_it_is_approved,
        told={"cycles_before": 0, "cycles_between": 1},
    ),
    "an adoption covers nothing": Mutant(
        take_out=gives(decide._Judge, "_before_adoption", {}),
        test=out.test_what_was_approved_at_the_adoption_is_not_posted_however_it_is_edited,
    ),
    # brakes
    "no brake at edits": Mutant(
        take_out=gives(brakes, "_edited", None),
        test=brake.test_ten_edits_of_one_reading_stop_posting_with_one_question,
        told={"changes": {"won": 7}},
    ),
    "no brake at a list of strangers": Mutant(
        take_out=gives(brakes, "_unknown", None),
        test=brake.test_twenty_rows_none_of_which_is_known_stop_posting,
    ),
    "a list of strangers is never believed": Mutant(
        take_out=never_fresh,
        test=reach.test_a_list_of_strangers_is_believed_at_the_first_reading_after_an_adoption_alone,
        told={"is_adopted": True},
    ),
    "no brake at what is hidden": Mutant(
        take_out=gives(brakes, "_hidden", None),
        test=brake.test_five_known_rows_that_stand_nowhere_stop_posting,
        told={"has_all": True, "is_sent": True},
    ),
    "no brake at a list that a filter has emptied": Mutant(
        take_out=gives(brakes, "_emptied", None),
        test=brake.test_a_list_that_is_empty_because_of_a_filter_is_not_believed,
        told={"count": 1, "has_all": True},
    ),
    "a brake at an old list that is empty": Mutant(
        take_out=is_now(brakes, "KEPT_FOR", timedelta(days=9)),
        test=brake.test_a_list_that_is_empty_because_its_rows_are_old_is_believed,
    ),
    "a brake at every edit": Mutant(
        take_out=is_now(brakes, "PAIRS", 1), test=edit.test_nine_edits_of_one_reading_are_nine_questions
    ),
    "a brake at any new list": Mutant(
        take_out=is_now(brakes, "HIDDEN", 1), test=brake.test_four_rows_that_stand_nowhere_stop_nothing
    ),
    "a few strangers are a brake": Mutant(
        take_out=is_now(brakes, "UNKNOWN", 2), test=brake.test_nineteen_strangers_stop_nothing
    ),
    "what comes late after an answer is posted": Mutant(
        take_out=gives(decide._Judge, "_is_late", value=False),
        test=brake.test_a_late_row_in_no_pair_is_held_after_an_answer,
    ),
    "one answer covers all questions": Mutant(
        take_out=answers_cover_all, test=brake.test_that_it_is_the_right_list_says_nothing_of_the_edits_in_it
    ),
    # the other side
    "everything is held": Mutant(
        take_out=gives(decide._Judge, "_beyond_limits", "held"),
        test=daily.test_equal_payments_of_one_customer_on_one_day,
    ),
}


@contextmanager
def played(test: Callable[..., None], told: Mapping[str, Any]) -> Iterator[Callable[[], None]]:
    """Yield a test of this folder with a world of its own, ready to run."""
    asks = inspect.signature(test).parameters
    with quick_folder() as folder:
        clock = FakeClock()
        erp = FakeErp(clock)
        erp.approve(ANCHOR, 1_000, number="88000001", minutes_ago=3 * 24 * 60)
        worker = Worker(
            folder, erp, clock, rules=with_rules(RULES, cancel_new_number="match" if "matching" in asks else "hold")
        )
        if "newcomer" not in asks:
            worker.adopt()
        given = {"erp": erp, "clock": clock, "folder": folder, **told}
        given |= {name: worker for name in ("worker", "matching", "newcomer") if name in asks}
        yield lambda: test(**{name: given[name] for name in asks})
        worker.close()


@pytest.mark.parametrize("name", MUTANTS)
def test_without_this_rule_something_goes_wrong(name: str, monkeypatch: Patch) -> None:
    mutant = MUTANTS[name]
    with played(mutant.test, mutant.told) as play:
        play()
    mutant.take_out(monkeypatch)

    with played(mutant.test, mutant.told) as play, pytest.raises(WRONG):
        play()
