"""How many such deposits stand in the ERP: a person counts, daybreak concludes what was posted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from worker.config.settings import Settings
from worker.errors import IllegalMove
from worker.i18n import Message, message
from worker.ledger.ledger import Ledger
from worker.ledger.search_terms import named_key
from worker.ledger.state import State
from worker.operations.decisions import Verdict

#: Who says that a deposit is posted without being a person.
SHOWN_BY = frozenset({"worker", "look-up"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountQuestion:
    """What a person is to count in the ERP's deposit list."""

    key: str
    #: The deposit's day in the ERP.
    day: date
    payer: str
    #: Won, below zero for a cancellation.
    won: int
    #: Deposits of that day, payer and won that the ERP has shown.
    shown: int
    #: Payments of that day, payer and won whose deposit may stand there: entered or vouched for by a person.
    perhaps: int
    #: Payments of that day, payer and won that are in doubt, this one among them.
    in_doubt: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What follows from a count."""

    #: posted or not posted, of every payment in doubt alike; None: it says nothing certain.
    verdict: Verdict | None
    said: Message


def question(settings: Settings, key: str) -> CountQuestion:
    """Return what is to be counted for a payment in doubt. Raises IllegalMove for any other, LedgerError."""
    key = named_key(key)
    with Ledger(settings.data_dir, create=False) as ledger:
        entry = ledger.entry(key)
        if entry is None or entry.excluded or entry.state is not State.IN_DOUBT:
            raise IllegalMove(message("payment {key} is not in doubt: nothing is to be counted for it", key=key))
        payment = entry.payment
        shown, perhaps, in_doubt = 0, 0, list[str]()
        for one in ledger.alike(payment.payer, payment.amount):
            if one.payment.won != payment.won or one.payment.time.date() != payment.time.date():
                continue
            if one.excluded or one.state is State.SENT:
                perhaps += 1
            elif one.state is State.IN_DOUBT:
                in_doubt.append(one.payment.key)
            elif one.state is State.POSTED:
                is_shown = _is_shown(ledger, one.payment.key)
                shown, perhaps = shown + is_shown, perhaps + (not is_shown)
        return CountQuestion(
            key=key,
            day=payment.time.date(),
            payer=payment.payer,
            won=payment.won,
            shown=shown,
            perhaps=perhaps,
            in_doubt=tuple(in_doubt),
        )


def conclude(asked: CountQuestion, count: int) -> Conclusion:
    """Return what a count means. Only one that leaves no other explanation is a verdict: else it is asked again."""
    most = asked.shown + asked.perhaps + len(asked.in_doubt)
    if count < asked.shown or count < 0:
        return Conclusion(
            verdict=None,
            said=message(
                "daybreak has seen {shown} such deposits in the ERP, and {count} were counted: count again, with the "
                "same day, payer and amount",
                shown=asked.shown,
                count=count,
            ),
        )
    if count == asked.shown:
        return Conclusion(
            verdict=Verdict.NOT_POSTED,
            said=message(
                "{count} stand there, and all of them are known: what is in doubt was not posted", count=count
            ),
        )
    if count == most:
        return Conclusion(
            verdict=Verdict.POSTED,
            said=message("{count} stand there, as many as there can be: what is in doubt was posted", count=count),
        )
    if count > most:
        return Conclusion(
            verdict=None,
            said=message(
                "{count} were counted, and daybreak knows of {most} at most: count again, or name the slip",
                count=count,
                most=most,
            ),
        )
    return Conclusion(
        verdict=None,
        said=message(
            "{count} stand there, between {shown} and {most}: which of them is in doubt can't be told; name the slip",
            count=count,
            shown=asked.shown,
            most=most,
        ),
    )


def _is_shown(ledger: Ledger, key: str) -> bool:
    """True when the ERP itself has shown that a payment is posted."""
    moves: Collection[dict[str, object]] = ledger.history(key)
    return any(one["after"] == State.POSTED and one["before"] and one["by"] in SHOWN_BY for one in moves)
