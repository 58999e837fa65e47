"""What passes between the ledger and the rules of judgement: readings, pairings, and the steps of a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from worker.i18n import Message
from worker.payments.payment import Identity, Payment, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReading:
    """The last reading that decided something."""

    #: When its cycle began to read.
    at: datetime
    #: Rows listed under 미반영, whatever their status.
    rows: int
    #: The payments that it held, by key.
    keys: frozenset[str]
    #: Requests without an answer, each as often as it was listed.
    requested: Sequence[Request] = ()
    #: Rows on which a decision was put off until the next reading.
    deferred: frozenset[Identity] = frozenset()
    #: When 회계반영 was last read as far back as 미반영 goes, or None.
    reflected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One complete reading, as it is written down with what it decided."""

    cycle: int
    #: When its cycle began to read.
    at: datetime
    #: Rows listed under 미반영, whatever their status, and the payments among them, by key.
    rows: int
    keys: Sequence[str]
    requested: Sequence[Request] = ()
    deferred: Sequence[Identity] = ()
    #: When 회계반영 was read as far back as 미반영 goes, or None: not in this reading.
    reflected_at: datetime | None = None
    #: Requests of before the adoption's time that are not approved yet.
    asked_before: Sequence[Request] = ()


#: The rules of pairs that are no edits: an approval listed again after its cancellation was posted, and a payment that
#: a person released and that was reflected since.
AGAIN, RELEASED = "again", "released"
QUESTIONS = frozenset({AGAIN, RELEASED})

#: What may be decided of a pairing: the two are one payment, or two.
SAME, DIFFERENT = "same", "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two keys that may be one payment: `new` may be an edit of `old`."""

    new: str
    old: str
    rule: str
    #: True when the old row was listed no more.
    gone: bool
    #: What was decided, or "" while it is a question.
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrakeAnswer:
    """What a person said of a list that was not believed, to every question that it raised since the last reading."""

    #: {brake: the rows and keys that its question named}.
    about: Mapping[str, frozenset[str]]
    #: {provisional key of a new row: the known payment that it is}; a row of the question left out is another payment.
    same: Mapping[str, str] = field(default_factory=dict)
    #: Who said it last, and why.
    said: str = ""
    #: When it was said, and from when on a cycle follows it; None: the next one does, whatever the clock says.
    at: datetime | None = None
    effect_at: datetime | None = None

    def covers(self, brake: str, about: frozenset[str]) -> bool:
        """True when a question of this brake, about no more than this, was answered."""
        return brake in self.about and about <= self.about[brake]


class Act(StrEnum):
    """What is done with a payment in the ledger."""

    SEE = "see"  # written down for the first time, waiting to be posted
    HOLD = "hold"  # from seen to held
    RELEASE = "release"  # from held to seen
    EXCLUDE = "exclude"  # seen or held; it needs no deposit
    CONTRADICT = "contradict"  # excluded by a reading, held now
    FORM = "form"  # listed with another payer, number or acquirer
    LINK = "link"  # a cancellation and its approval
    PAIR = "pair"  # two keys that may be one payment
    ANSWER = "answer"  # a pairing is decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of the ledger. Steps are made in order, all or none."""

    act: Act
    key: str
    why: Message | str = ""
    #: SEE, FORM: the payment as it is listed.
    payment: Payment | None = None
    #: LINK: the approval. PAIR, ANSWER: the older key.
    other: str = ""
    rule: str = ""
    gone: bool = False
