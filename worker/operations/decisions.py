"""A person's decision about one row that waits: first what it would do, then the decision itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from worker.config.settings import Settings
from worker.errors import DaybreakError, IllegalMove, Overtaken
from worker.i18n import Message, message
from worker.i18n.language import Language
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.oddities import Oddity
from worker.ledger.search_terms import named_key
from worker.ledger.state import ALARMING, State
from worker.ledger.verdicts import RowVerdict
from worker.operations import odd_rows
from worker.payments.payment import KST
from worker.posting import payment_lines

#: Shortest time from a decision on the page to the posting that it leads to.
EFFECT_AFTER = timedelta(minutes=10)


class Verdict(StrEnum):
    """What a person says about a row."""

    #: It stands in the ERP: never post it.
    POSTED = "posted"
    #: A person entered its deposit; the slip is named.
    BY_HAND = "by hand"
    #: It does not stand there: post it.
    NOT_POSTED = "not posted"
    #: It does not, and needs no deposit.
    NEVER = "never"
    #: It is the payment that it looks like: one deposit for both.
    SAME = "same"
    #: It is another payment than the one that it looks like: a deposit of its own.
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision."""

    #: The payment's key, with or without #, or row-N.
    key: str
    verdict: Verdict
    #: The reason; goes into the record.
    why: str
    #: The ERP's slip number, where it is known.
    slip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a decision would do, before anybody has confirmed it."""

    decision: Decision
    #: The row and all that may be the same payment, the newest form first; empty for row-N.
    before: tuple[Entry, ...]
    #: The same rows after the decision.
    after: tuple[Entry, ...]
    #: A row that no rule covers, or None.
    odd: Oddity | None
    #: The row with its payer and amount, and what it may be, a line each.
    shown: tuple[str, ...]
    #: What is to be confirmed.
    question: Message
    #: What becomes of the row.
    becomes: Message
    #: Another one as soon as one of the rows is decided or moved; goes back with the decision.
    stamp: str

    @property
    def posts(self) -> bool:
        """True when a deposit goes out by it."""
        return any(_is_to_be_posted(one) for one in self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a decision did."""

    key: str
    #: The row, and all that was settled with it, the newest form first; empty for row-N.
    rows: tuple[Entry, ...]
    #: What became of the row.
    said: Message
    #: No cycle posts it before; None: the next one does, or it is not posted at all.
    effect_at: datetime | None = None


def preview(settings: Settings, decision: Decision, *, language: Language) -> Preview:
    """Return what a decision would do; nothing is changed.

    Raises IllegalMove where the row does not wait for a person or the decision does not fit, DaybreakError without a
    reason or slip, LedgerError.
    """
    decision = _whole(decision)
    key = decision.key
    with Ledger(settings.data_dir, create=False) as ledger:
        shown = tuple(payment_lines.subject(ledger, key, language))
        if (number := odd_rows.number_of(key)) is not None:
            odd = ledger.oddity(number)
            if odd is None or odd.settled:
                raise _not_waiting(number, odd)
            return Preview(
                decision=decision,
                before=(),
                after=(),
                odd=odd,
                shown=shown,
                question=_question(_simple(decision.verdict)),
                becomes=_settled_odd(key),
                stamp=key,
            )
        stamp = _stamp(ledger.stand(key))  # first: what changes from here on is noticed
        verdict = _row_verdict(ledger, decision)
        after = ledger.foresee(
            key, verdict, by="-", why=decision.why, at=settings.now(), slip=decision.slip,
            is_apart=decision.verdict is Verdict.OTHER,
        )  # fmt: skip
        entries = ledger.entries([one.payment.key for one in after])
        return Preview(
            decision=decision,
            before=tuple(entries[one.payment.key] for one in after),
            after=after,
            odd=None,
            shown=shown,
            question=_question(verdict),
            becomes=_becomes(next(one for one in after if one.payment.key == key), language),
            stamp=stamp,
        )


def apply(
    settings: Settings,
    decision: Decision,
    *,
    by: str,
    stamp: str,
    language: Language,
    effect_after: timedelta = timedelta(0),
) -> Decided:
    """Make a decision that was shown as a preview. `stamp`: the preview's.

    `effect_after`: what is to be posted goes out that long after at the earliest. Until it has gone out the decision
    can be taken back.

    Raises Overtaken where a row of it was decided or moved since, with who did that and when; else as `preview`.
    """
    decision = _whole(decision)
    key, at = decision.key, settings.now()
    with Ledger(settings.data_dir, create=False) as ledger:
        if (number := odd_rows.number_of(key)) is not None:
            odd = ledger.oddity(number)
            if odd is None or odd.settled:
                raise _not_waiting(number, odd)
            ledger.settle_oddity(number, by=by, why=f"{_simple(decision.verdict)}: {decision.why}", at=at)
            return Decided(key=key, rows=(), said=_settled_odd(key))
        as_of = _read(stamp)
        ledger.demand_as_of(key, as_of)
        verdict = _row_verdict(ledger, decision)
        keys = ledger.resolve(
            key,
            verdict,
            by=by,
            why=decision.why,
            at=at,
            slip=decision.slip,
            as_of=as_of,
            effect_after=effect_after,
            is_apart=decision.verdict is Verdict.OTHER,
        )
        entries = ledger.entries(keys)
        effect_at = next((one.effect_at for one in ledger.open_decisions() if one.key in keys), None)
        rows = tuple(entries[one] for one in keys)
        return Decided(key=key, rows=rows, said=_becomes(entries[key], language, effect_at), effect_at=effect_at)


def _whole(decision: Decision) -> Decision:
    """Return a decision with a plain key. Raises DaybreakError where something of it is missing."""
    key = named_key(decision.key)
    if not decision.why.strip():
        raise DaybreakError(message("deciding about {key}: a reason is needed", key=key))
    if decision.verdict is Verdict.BY_HAND and not decision.slip.strip():
        raise DaybreakError(message("deciding about {key}: the slip of what was entered by hand is needed", key=key))
    return replace(decision, key=key, slip=decision.slip.strip())


def _not_waiting(number: int, odd: Oddity | None) -> IllegalMove:
    if odd is None:
        return IllegalMove(message("row {number} is not one that waits for a person", number=str(number)))
    return Overtaken(
        message(
            "row {number} is not one that waits for a person: settled {settled}",
            number=str(number),
            settled=odd.settled,
        )
    )


def _simple(verdict: Verdict) -> RowVerdict:
    """Return what a verdict means for a row that stands alone."""
    if verdict in (Verdict.POSTED, Verdict.BY_HAND):
        return RowVerdict.POSTED
    return RowVerdict.NOT_POSTED if verdict in (Verdict.NOT_POSTED, Verdict.OTHER) else RowVerdict.NEVER


def _row_verdict(ledger: Ledger, decision: Decision) -> RowVerdict:
    """Return what a decision means for this row. Raises IllegalMove for `same` or `other` where there is no pair."""
    if decision.verdict not in (Verdict.SAME, Verdict.OTHER):
        return _simple(decision.verdict)
    forms = ledger.open_forms(decision.key)
    entry = ledger.entry(decision.key)
    if not forms or entry is None or entry.state is State.IN_DOUBT:
        raise IllegalMove(
            message("payment {key}: no other row is asked about with it. Nothing was changed", key=decision.key)
        )
    # Where none of them was settled the payment is still to be posted: once, in its newest form.
    is_settled = any(one.excluded or one.state not in ALARMING for one in forms)
    return RowVerdict.NEVER if decision.verdict is Verdict.SAME and is_settled else RowVerdict.NOT_POSTED


def _is_to_be_posted(entry: Entry) -> bool:
    return entry.state is State.SEEN and not entry.excluded


def _question(verdict: RowVerdict) -> Message:
    if verdict is RowVerdict.POSTED:
        return message("Does it stand in the ERP, so that it is never posted?")
    if verdict is RowVerdict.NOT_POSTED:
        return message("Is it missing in the ERP, so that it is to be posted?")
    return message("Does it need no deposit, so that it is never posted?")


def _settled_odd(key: str) -> Message:
    return message("{key} is settled. Such a row is never posted by daybreak.", key=key)


def _becomes(entry: Entry, language: Language, effect_at: datetime | None = None) -> Message:
    """Return what becomes of a payment that a person has settled, or would."""
    key, payment = entry.payment.key, payment_lines.described(entry.payment, language)
    if entry.excluded:
        return message("{key} is settled: it needs no deposit and is never posted. {payment}", key=key, payment=payment)
    if entry.state is State.POSTED:
        return message("{key} is settled: it is in the ERP and is never posted. {payment}", key=key, payment=payment)
    if effect_at is not None:
        return message(
            "{key} is settled: a cycle posts it from {at} on, and until then it can be taken back. {payment}",
            key=key,
            at=f"{effect_at.astimezone(KST):%H:%M}",
            payment=payment,
        )
    return message("{key} is settled: the next cycle posts it. {payment}", key=key, payment=payment)


def _stamp(stand: Mapping[str, int]) -> str:
    return ",".join(f"{key}:{move}" for key, move in sorted(stand.items()))


def _read(stamp: str) -> dict[str, int]:
    """Return what a stamp says. Raises Overtaken for one that no preview made."""
    try:
        return {key: int(move) for key, _, move in (part.rpartition(":") for part in stamp.split(","))}
    except ValueError:
        raise Overtaken(message("the decision does not go with what was shown: look at the row again")) from None
