"""The one question about a whole list: noted by the cycle that does not believe it, shown and answered by a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worker.errors import IllegalMove
from worker.i18n import Message, message
from worker.ledger.ledger import Ledger
from worker.payments.payment import KST, Payment, PaymentKind
from worker.posting.brakes import Brake, Question

#: What `--same` says of all rows at once.
ALL, NONE = "all", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuestion:
    """A question as it was noted."""

    brake: Brake
    text: str
    #: The rows that no ledger holds yet, as they were listed, by their provisional keys.
    rows: Mapping[str, Payment] = field(default_factory=dict)
    #: {new row: the known payments that it may be}.
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The rows and the known payments that it names.
    about: frozenset[str] = frozenset()
    #: True when a person has answered it and no reading has followed that yet.
    is_answered: bool = False
    #: From when on a cycle follows the answer; None: the next one does, or there is none.
    effect_at: datetime | None = None

    @property
    def how(self) -> Message:
        """What to type."""
        if self.brake is Brake.EDITED:
            return message(
                "Answer with: daybreak resolve list --same all | none | KEY[,KEY] --why TEXT. KEY is a new row that is "
                "the known payment below it, KEY=KNOWN chooses one of several; every other row is another payment and "
                "is posted."
            )
        if self.brake is Brake.UNKNOWN:
            return message(
                "If it is the right list: daybreak resolve list --right --why TEXT. If not, mend it in the ERP: the "
                "next reading asks no more."
            )
        return message(
            "If nothing is hidden, and these payments have left the list: daybreak resolve list --right --why TEXT. If "
            "not, take the filter away in the ERP: the next reading asks no more."
        )


def said(text: str) -> Message:
    """Return why nothing is posted, and what to do, as a sentence."""
    return message(
        "the list is not believed, nothing is posted: {question} Look at it in the ERP, then answer on the page, under "
        '"To look at". On the command line: daybreak resolve list',
        question=text,
    )


def note(ledger: Ledger, question: Question) -> None:
    """Write down a question with all that is needed to show it: its new rows stand in no ledger yet."""
    noted = {
        "brake": question.brake,
        "pairs": question.pairs,
        "about": sorted(question.about),
        "rows": {one.key: _plain(one) for one in question.rows},
    }
    ledger.note_brake(noted, question.text)


def read(ledger: Ledger) -> ListQuestion | None:
    """Return the question that stops posting, or None."""
    noted = ledger.brake()
    if noted is None:
        return None
    rows, pairs, about, text = noted.get("rows", {}), noted["pairs"], noted["about"], noted["text"]
    assert isinstance(rows, dict)
    assert isinstance(pairs, dict)
    assert isinstance(about, list)
    assert isinstance(text, str)
    brake = Brake(str(noted["brake"]))
    answer = ledger.brake_answer()
    is_answered = answer is not None and answer.covers(brake, frozenset(about))
    return ListQuestion(
        brake=brake,
        text=text,
        rows={key: _payment(key, row) for key, row in rows.items()},
        pairs={row: tuple(keys) for row, keys in pairs.items()},
        about=frozenset(about),
        is_answered=is_answered,
        effect_at=answer.effect_at if answer is not None and is_answered else None,
    )


def why_nothing_is_posted(ledger: Ledger) -> Message | None:
    """Say that a list is not believed and what to type, or that the answer is awaited; None where nothing is asked."""
    asked = read(ledger)
    if asked is None:
        return None
    if asked.is_answered and asked.effect_at is not None:
        return message(
            "the question about the list is answered; a cycle follows the answer from {at} on",
            at=f"{asked.effect_at.astimezone(KST):%H:%M}",
        )
    if asked.is_answered:
        return message("the question about the list is answered; the next cycle follows the answer")
    return said(asked.text)


def answer(
    ledger: Ledger,
    *,
    same: str,
    is_right: bool,
    by: str,
    why: str,
    at: datetime,
    as_of: str = "",
    effect_after: timedelta = timedelta(0),
) -> Message:
    """Answer the question in the words of the command line; return what that means. Raises IllegalMove.

    `same`: all, none, or new rows with commas, each as KEY or KEY=KNOWN. `is_right`: the list is believed as it is.
    `as_of`: what the ledger's `brake_version` told when the person was asked. Raises Overtaken where that has changed.
    `effect_after`: no cycle follows it before; until then the ledger's `undo_brake_answer` takes it back.
    """
    asked = read(ledger)
    if asked is None:
        raise IllegalMove(message("the list raises no question"))
    if asked.brake is Brake.EDITED and (is_right or not same):
        raise IllegalMove(
            message(
                "answering the question about the list: it asks which rows are the same payments. Write --same all, "
                "--same none or --same KEY[,KEY]. Nothing was changed"
            )
        )
    if asked.brake is not Brake.EDITED and same not in ("", NONE):
        raise IllegalMove(
            message(
                "answering the question about the list: it asks about no pair of payments. Write --right if the list "
                "is right as it is. Nothing was changed"
            )
        )
    chosen = _chosen(asked, same) if asked.brake is Brake.EDITED else {}
    ledger.answer_brake(chosen, by=by, why=why, at=at, as_of=as_of, effect_after=effect_after)
    if asked.brake is not Brake.EDITED:
        return message("Answered: the list is right. The next cycle goes on from here.")
    return message(
        "Answered: {same} of {count} rows are payments that are known, the others are payments of their own. The next "
        "cycle goes on from here.",
        same=len(chosen),
        count=len(asked.pairs),
    )


def _chosen(asked: ListQuestion, same: str) -> dict[str, str]:
    """Return {new row: the known payment that it is}; no known payment is taken twice. Raises IllegalMove."""
    if same == NONE:
        return {}
    words = asked.pairs if same == ALL else [one.strip().lstrip("#") for one in same.split(",") if one.strip()]
    named = dict(one.upper().partition("=")[::2] for one in words)
    if strange := sorted(named.keys() - asked.pairs.keys()):
        raise IllegalMove(message("the question does not hold {rows}", rows=", ".join(strange)))
    may_be = {row: (key.lstrip("#"),) if key else asked.pairs[row] for row, key in named.items()}
    taken: dict[str, str] = {}
    for row in may_be:
        if not _give(row, may_be, taken, set()):
            raise IllegalMove(
                message(
                    "answering the question about the list: {row} can't be {keys} as well: each known payment is one "
                    "row. Name the rows that are the same one by one. Nothing was changed",
                    row=row,
                    keys=", ".join(may_be[row]),
                )
            )
    return {row: key for key, row in taken.items()}


def _give(row: str, may_be: Mapping[str, Collection[str]], taken: dict[str, str], tried: set[str]) -> bool:
    """Give a row one of its known payments, moving others to another one of theirs where that is needed."""
    for key in may_be[row]:
        if key in tried:
            continue
        tried.add(key)
        if key not in taken or _give(taken[key], may_be, taken, tried):
            taken[key] = row
            return True
    return False


def _plain(row: Payment) -> dict[str, object]:
    return {
        "time": row.time.isoformat(),
        "payer": row.payer,
        "amount": row.amount,
        "kind": row.kind,
        "approval_no": row.approval_no,
    }


def _payment(key: str, row: Mapping[str, object]) -> Payment:
    return Payment(
        key=key,
        time=datetime.fromisoformat(str(row["time"])),
        payer=str(row["payer"]),
        amount=int(str(row["amount"])),
        kind=PaymentKind(str(row["kind"])),
        approval_no=str(row["approval_no"]),
    )
