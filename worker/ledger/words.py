"""How states, kinds of payment, and who moved one are said."""

from worker.i18n.language import Language, Words
from worker.ledger.state import State
from worker.payments.payment import Kind

#: Who moves payments without being a person, and how that reads.
OURS = {
    "worker": Words("the worker", "처리 프로그램"),
    "look-up": Words("a look-up in the ERP", "ERP 자동 조회"),
    "recovery": Words("the worker, at its start", "처리 프로그램(재시작 시)"),
}


STATES = {
    "": Words("–", "–"),
    State.SEEN: Words("seen", "접수"),
    State.PLANNED: Words("planned", "전송 예정"),
    State.ARMED: Words("armed", "저장 준비"),
    State.SENT: Words("sent", "전송"),
    State.POSTED: Words("posted", "입금 처리"),
    State.REJECTED: Words("rejected", "ERP 거부"),
    State.IN_DOUBT: Words("in doubt", "저장 여부 확인 필요"),
    State.HELD: Words("held", "보류"),
}


KINDS = {Kind.APPROVAL: Words("approval", "승인"), Kind.CANCELLATION: Words("cancellation", "취소")}


def who(by: str, language: Language) -> str:
    """Return who moved a payment: a part of daybreak in words, a person by name."""
    return OURS[by](language) if by in OURS else by
