"""How states, kinds of payment, and who moved one are said."""

from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.state import State
from worker.payments.payment import PaymentKind

#: Who moves payments without being a person, and how that reads.
OURS = {
    "worker": Words("the worker"),
    "look-up": Words("a look-up in the ERP"),
    "recovery": Words("the worker, at its start"),
}


STATES = {
    "": Words("–"),
    State.SEEN: Words("seen"),
    State.PLANNED: Words("planned"),
    State.ARMED: Words("armed"),
    State.SENT: Words("sent"),
    State.POSTED: Words("posted"),
    State.REJECTED: Words("rejected"),
    State.IN_DOUBT: Words("in doubt"),
    State.HELD: Words("held"),
}


KINDS = {PaymentKind.APPROVAL: Words("approval"), PaymentKind.CANCELLATION: Words("cancellation")}


def who(by: str, language: Language) -> str:
    """Return who moved a payment: a part of daybreak in words, a person by name."""
    return OURS[by](language) if by in OURS else by
