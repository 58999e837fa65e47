"""How states, kinds of payment, and who moved one are said."""

from worker.i18n import message
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


#: The same, and the states, as parts of a message that is kept.
OURS_IN_MESSAGES = {
    "worker": message("the worker"),
    "look-up": message("a look-up in the ERP"),
    "recovery": message("the worker, at its start"),
}
STATES_IN_MESSAGES = {
    State.SEEN: message("seen"),
    State.PLANNED: message("planned"),
    State.ARMED: message("armed"),
    State.SENT: message("sent"),
    State.POSTED: message("posted"),
    State.REJECTED: message("rejected"),
    State.IN_DOUBT: message("in doubt"),
    State.HELD: message("held"),
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
