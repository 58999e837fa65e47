"""What one reading decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from worker.ledger.readings import Step
from worker.payments.payment import Payment
from worker.posting.brakes import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one reading decides."""

    steps: tuple[Step, ...] = ()
    #: The payments that 미반영 holds, by key, each as it is listed.
    listed: Mapping[str, Payment] = field(default_factory=dict)
    #: Of these, those never seen before.
    fresh: frozenset[str] = frozenset()
    #: Rows of a failed cancellation that count as payments: their approval stands.
    failed: tuple[Payment, ...] = ()
    #: Rows that the next reading decides.
    deferred: tuple[Payment, ...] = ()
    #: The question that stops this reading: then nothing else is decided.
    question: Question | None = None
    #: True when 회계반영 was read as far back as it is at least once a day.
    read_reflected: bool = False
