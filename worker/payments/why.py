"""Why a payment is held, excluded or released: the reasons of the rules of judgement, as messages."""

from collections.abc import Sequence

from worker.i18n import Message, message

# --- held: a person decides ------------------------------------------------------------------------------------------

NO_NUMBER = message("approved, but without an approval number")
LEFT = message("left the list before it was posted")
TWIN = message("listed twice: another row has its second, amount and approval number")
FORCED = message("found under 강제회계반영 before it was posted")
FAILED = message("its cancellation failed, and its approval was never posted")
FIRST_CANCELLED = message("a cancellation whose approval is not known: listed as 취소 when first seen")
CANCELLED_THERE = message("shows as cancelled under 회계반영, after its approval was reflected")
REFLECTED_AFTER = message("was released, and stands under 회계반영 now: did somebody enter its deposit by hand?")
LATE = message("first listed long after it was made, after a question about the list")
REQUESTED_THEN = message("of before the adoption, and approved only since the last reading before it: was it posted?")

# --- excluded: it needs no deposit -----------------------------------------------------------------------------------

REFLECTED = message("reflected by hand")
BY_HAND = message("left the list while a person posted by hand")
CANCELLED_FIRST = message("cancelled before it was posted")
TAKES_BACK_NOTHING = message("takes back an approval that was never posted")
UNDONE = message("an edit that was undone: the row before it is listed again")
NEVER_SEEN_APPROVED = message("cancelled before it was first listed")

# --- released: it is posted like any other ---------------------------------------------------------------------------

BACK = message("listed again")
ANOTHER = message("the row that it was taken for is listed again: it is another payment")
HAS_NUMBER = message("listed with its approval number now")
HAS_APPROVAL = message("its approval is known now")


def edited(keys: str, how: Message) -> Message:
    """Return why a row is held that may be an edit of known ones; `keys` name them, with commas."""
    return message("may be the same payment as {keys}: {how}", keys=keys, how=how)


#: What differs, by the rule that found the pair.
HOW = {
    "a": message("the time differs"),
    "b": message("the approval number differs, and that row is listed no more"),
    "c": message("the amount differs"),
    "e": message("two of its fields differ, and that row is listed no more"),
    "f": message("the payer differs, neither has an approval number, and that row is listed no more"),
}


def replaced(key: str) -> Message:
    """Return why an unsent payment is held whose row may have been edited into another."""
    return message("left the list before it was posted; {key} may be the same payment", key=key)


def same_as(key: str) -> Message:
    """Return why a row needs no deposit that is another payment in a newer form."""
    return message("it is the payment {key}, edited in the ERP", key=key)


def decided_unlisted(said: str) -> Message:
    """Return why a payment needs no deposit by the word of a person who could not see it on the list."""
    return message("{said} (it was not on the list then)", said=said)


def contradicted(before: str) -> Message:
    """Return why a payment is held that was excluded by an earlier reading, or while it was not listed."""
    if is_reason(before, decided_unlisted("")):
        return message("{before}, and is listed as open again: does it still need no deposit?", before=before)
    return message("was excluded by an earlier reading ({before}), and is listed as open again", before=before)


def partial(approval: str, *, total: int, back: int, left: int) -> Message:
    """Return why a partial cancellation is held; won."""
    return message(
        "a partial cancellation of {approval}: approved {total} won, taken back so far {back} won, left after it "
        "{left} won",
        approval=approval,
        total=total,
        back=back,
        left=left,
    )


def taken_back(approval: str, by: str) -> Message:
    """Return why a cancellation is held whose approval was taken back already."""
    return message("its approval {approval} was taken back already, by {by}", approval=approval, by=by)


def ambiguous(approvals: str) -> Message:
    """Return why a cancellation is held that several approvals may be meant by."""
    return message("a cancellation of one of {approvals}: which one is not certain", approvals=approvals)


def approval_excluded(approval: str, excluded: str) -> Message:
    """Return why a cancellation is held whose approval needed no deposit."""
    return message("its approval {approval} needed no deposit ({excluded})", approval=approval, excluded=excluded)


def cancelled_after_reflection(approval: str) -> Message:
    """Return why a cancellation is held that only 회계반영 shows."""
    return message("{approval} was posted and reflected, and shows as cancelled under 회계반영 now", approval=approval)


def approved_again(cancellation: str) -> Message:
    """Return why an approval is held that is listed again after its cancellation was posted."""
    return message(
        "listed as approved again; its cancellation {cancellation} was posted and is gone", cancellation=cancellation
    )


def said_posted(before: str) -> Message:
    """Return why a payment waits again of which a person had said that it is posted; `before`: why it waited then."""
    return message(
        "{before}; somebody said that it is posted and took that back: it is posted by a person's decision only",
        before=before,
    )


def may_be_posted(before: str) -> Message:
    """Return why a payment waits that may have been posted before an adoption; `before`: why it waited until then."""
    return message(
        "{before}; it may have been posted before the adoption: it is posted by a person's decision only", before=before
    )


def was_said_posted(reason: str) -> bool:
    """True for such a wait: a person may have entered the deposit, and no rule ends it by posting the payment."""
    return is_reason(reason, said_posted(""), may_be_posted(""))


def first_reason(reason: str) -> str:
    """Return why a payment waited at first, whatever was said of it meanwhile."""
    before = reason.args["before"] if isinstance(reason, Message) and was_said_posted(reason) else reason
    return before if isinstance(before, str) else reason


def number_came(before: str, after: str) -> Message:
    """Return what is written down when a known payment is listed in another form."""
    return message("listed as {after} now, before as {before}", after=after, before=before)


def stored_twice(key: str, slips: Sequence[str]) -> Message:
    """Return what is told of a deposit that the ERP holds more than once; `slips` are its numbers there."""
    return message(
        "deposit {key} stands in the ERP {count} times: {slips}", key=key, count=len(slips), slips=", ".join(slips)
    )


def is_reason(text: str, *reasons: Message) -> bool:
    """True when a stored reason is one of these: compared by its id."""
    return getattr(text, "id", text) in {one.id for one in reasons}
