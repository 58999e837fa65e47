"""What waits for a person as facts rather than lines: each row with all that a decision about it may need."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worker.config.settings import Settings
from worker.errors import IllegalMove
from worker.i18n import Message, message, said_by
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.oddities import Oddity
from worker.ledger.open_decisions import OpenDecision
from worker.ledger.pending_row import ODD
from worker.ledger.readings import Pairing
from worker.ledger.search_terms import named_key
from worker.ledger.state import ALARMING, State
from worker.operations import odd_rows
from worker.operations.questions import Question
from worker.payments.payment import WINDOW, PaymentKind
from worker.posting import refused, screen_question
from worker.posting.list_question import ListQuestion
from worker.posting.list_question import read as read_question
from worker.runtime.evidence import evidence_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRow:
    """One row that waits: a payment, or a row that no rule covers."""

    #: The payment's key, or `row-N`.
    key: str
    #: One of these two.
    entry: Entry | None = None
    odd: Oddity | None = None
    why: str = ""
    #: Since when it waits; None: not known.
    since: datetime | None = None
    #: When the ERP's list ends to show it; None: not known.
    leaves_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """True as long as nobody has decided."""
        if self.entry is not None:
            return self.entry.state in ALARMING and not self.entry.excluded
        return self.odd is not None and not self.odd.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOf:
    """An approval that a cancellation takes back; won."""

    approval: Entry
    #: What other cancellations have taken back, and take back for certain.
    back: int
    #: What is left of it once this one is posted too.
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """Everything about one row."""

    row: OpenRow
    #: What may be the same payment, this row left out, the newest form first.
    forms: tuple[Entry, ...] = ()
    #: Why that can't be said, or "".
    forms_unclear: str = ""
    #: The pairs that name this row, decided or not.
    pairs: tuple[Pairing, ...] = ()
    #: When the list was last read, and which of the rows above stood there.
    read_at: datetime | None = None
    listed: frozenset[str] = frozenset()
    #: Of a cancellation.
    part_of: PartOf | None = None
    #: Of an approval: what takes it back.
    taken_back_by: tuple[Entry, ...] = ()
    #: Every move, oldest first.
    moves: tuple[Mapping[str, object], ...] = ()
    #: The folder of its batch's evidence.
    evidence: Path | None = None
    #: The decision about it that can still be taken back.
    decided: OpenDecision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionShown:
    """A decision that can still be taken back, with the payment or the row without a rule that it is about."""

    decision: OpenDecision
    entry: Entry | None = None
    odd: Oddity | None = None


def listed(settings: Settings) -> tuple[OpenRow, ...]:
    """Return everything that waits for a person, the oldest first. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        pending = ledger.pending()
        entries = ledger.entries([one.key for one in pending if one.state != ODD])
        odd = {odd_rows.name_of(one): one for one in ledger.open_oddities()}
        return tuple(
            _odd(odd[one.key]) if one.state == ODD else _payment(ledger, settings, entries[one.key])
            for one in pending
            if one.key in odd or one.key in entries
        )


def decisions(settings: Settings, *, about: str = "") -> tuple[DecisionShown, ...]:
    """Return the decisions by which a deposit goes out and that can be taken back, the oldest first.

    `about`: a row; the decision about that one too, whatever it says. Raises LedgerError.
    """
    with Ledger(settings.data_dir, create=False) as ledger:
        found = ledger.open_decisions()
        about = named_key(about) if about else ""
        if (number := odd_rows.number_of(about)) is not None:
            odd = odd_rows.decision_about(ledger, number, settings.now())
            shown = [DecisionShown(decision=odd, odd=ledger.oddity(number))] if odd is not None else []
            entries = ledger.entries([one.key for one in found])
            return (*(DecisionShown(decision=one, entry=entries[one.key]) for one in found), *shown)
        more = ledger.decision_about(about, settings.now()) if about else None
        if more is not None and not more.posts:
            found.append(more)
        entries = ledger.entries([one.key for one in found])
        return tuple(DecisionShown(decision=one, entry=entries[one.key]) for one in found)


def list_question(settings: Settings) -> ListQuestion | None:
    """Return the question about the whole list, with its rows and pairs; None: none is asked. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        return read_question(ledger)


def asked(settings: Settings, question: Question) -> str:
    """Return what a question about everything says, without what to type; "": not asked. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        if question is Question.LIST:
            doubted = read_question(ledger)
            return doubted.text if doubted is not None else ""
        if question is Question.SCREENS:
            changed = screen_question.read(ledger)
            return changed.text if changed is not None else ""
        refusal = refused.read(ledger)
        if refusal is None:
            return ""
        return message(
            "the ERP refuses every deposit for one reason: {reason}. {waiting} payments wait, and none is sent "
            "(account {card}, account code {code})",
            reason=refusal.reason or message("none given"),
            waiting=ledger.counts().get(State.SEEN, 0),
            card=refusal.accounts.account_card or "–",
            code=refusal.accounts.account_code or "–",
        )


def row(settings: Settings, key: str) -> RowFacts | None:
    """Return everything about a payment or `row-N`, waiting or not; None where there is none. Raises LedgerError."""
    key = named_key(key)
    with Ledger(settings.data_dir, create=False) as ledger:
        if key.startswith(odd_rows.PREFIX):
            number = odd_rows.number_of(key)
            odd = ledger.oddity(number) if number is not None else None
            return RowFacts(row=_odd(odd)) if odd is not None else None
        entry = ledger.entry(key)
        return _facts(ledger, settings, entry) if entry is not None else None


def _facts(ledger: Ledger, settings: Settings, entry: Entry) -> RowFacts:
    key = entry.payment.key
    forms, unclear = list[Entry](), ""
    try:
        forms = [one for one in ledger.open_forms(key) if one.payment.key != key]
    except IllegalMove as error:
        unclear = said_by(error)
    last = ledger.last_reading()
    return RowFacts(
        row=_payment(ledger, settings, entry),
        forms=tuple(forms),
        forms_unclear=unclear,
        pairs=tuple(ledger.pairings([key])),
        read_at=last.at if last else None,
        listed=last.keys if last else frozenset(),
        part_of=_part_of(ledger, entry),
        taken_back_by=tuple(ledger.taking_back(key)),
        moves=tuple(ledger.history(key)),
        evidence=evidence_of(settings.data_dir, entry.batch),
        decided=ledger.decision_about(key, settings.now()),
    )


def _part_of(ledger: Ledger, entry: Entry) -> PartOf | None:
    approval = ledger.entry(entry.approval_key) if entry.approval_key else None
    if approval is None or entry.payment.kind is not PaymentKind.CANCELLATION:
        return None
    back = sum(
        one.payment.amount
        for one in ledger.taking_back(approval.payment.key)
        if one.payment.key != entry.payment.key and not one.excluded and one.state not in (State.HELD, State.REJECTED)
    )
    return PartOf(approval=approval, back=back, left=approval.payment.amount - back - entry.payment.amount)


def _payment(ledger: Ledger, settings: Settings, entry: Entry) -> OpenRow:
    moves = ledger.history(entry.payment.key)
    since = datetime.fromisoformat(str(moves[-1]["at"])) if moves else None
    is_known = settings.demo or settings.erp.name == "ecount"
    return OpenRow(
        key=entry.payment.key,
        entry=entry,
        why=entry.excluded or entry.why,
        since=since,
        leaves_at=_leaves_at(entry.payment.time) if is_known else None,
    )


def _leaves_at(time: datetime) -> datetime | None:
    try:
        return time + WINDOW
    except OverflowError:  # an old ledger may hold the year 9999
        return None


def _odd(odd: Oddity) -> OpenRow:
    return OpenRow(key=odd_rows.name_of(odd), odd=odd, why=odd.why, since=odd.seen_at)


def no_such_row(key: str) -> Message:
    """Return what is said of a key that stands nowhere."""
    return message("{key} was never seen", key=key)
