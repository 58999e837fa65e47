"""How many such deposits stand in the ERP: a person counts, daybreak concludes what was posted."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from worker.config.settings import Settings
from worker.errors import IllegalMove
from worker.i18n import Message, message
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.search_terms import named_key
from worker.ledger.state import State
from worker.operations.decisions import Verdict
from worker.payments.payment import Deposit, clean, deposit_of

#: Who says that a deposit is posted without being a person.
SHOWN_BY = frozenset({"worker", "look-up"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountQuestion:
    """What a person is to count in the ERP's deposit list."""

    key: str
    #: The deposit's day in the ERP.
    day: date
    #: As it was sent: the ERP's deposit keeps that name, whatever the payment is called since.
    payer: str
    #: Won, below zero for a cancellation.
    won: int
    #: Deposits of that day, payer and won that the ERP has shown.
    shown: int
    #: Payments of that day, payer and won whose deposit may stand there all the same: a person may have entered it.
    perhaps: int
    #: Payments of that day, payer and won that are in doubt, this one among them.
    in_doubt: tuple[str, ...]
    #: A payment of that day and won has this name and another one: which of them was counted can't be told.
    is_renamed: bool = False

    @property
    def stamp(self) -> str:
        """Another word as soon as a count would mean something else."""
        told = (self.day, self.payer, self.won, self.shown, self.perhaps, *self.in_doubt, self.is_renamed)
        return hashlib.sha256("\0".join(map(str, told)).encode("utf-8", "replace")).hexdigest()[:16]


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
        sent = _sent(ledger, entry)
        payer, won = sent.payer, sent.amount
        day = date.fromisoformat(sent.date.replace("/", "-"))
        shown, perhaps, in_doubt, is_renamed = 0, 0, list[str](), False
        for one in ledger.of_day(day, abs(won)):
            names = {clean(one.payment.payer), _sent(ledger, one).payer}
            if one.payment.won != won or payer not in names:
                continue
            is_renamed = is_renamed or len(names) > 1
            if one.state is State.IN_DOUBT and not one.excluded:
                in_doubt.append(one.payment.key)
            elif one.state is State.POSTED and not one.excluded and _is_shown(ledger, one.payment.key):
                shown += 1
            else:
                perhaps += 1
        return CountQuestion(
            key=key,
            day=day,
            payer=payer,
            won=won,
            shown=shown,
            perhaps=perhaps,
            in_doubt=tuple(in_doubt),
            is_renamed=is_renamed,
        )


def _sent(ledger: Ledger, entry: Entry) -> Deposit:
    """Return the deposit that was sent for a payment, or the one that would be."""
    planned = ledger.planned(entry.batch) if entry.batch is not None else {}
    return planned.get(entry.payment.key) or deposit_of(entry.payment, account_card="", account_code="", with_key=False)


def conclude(asked: CountQuestion, count: int) -> Conclusion:
    """Return what a count means. Only one that leaves no other explanation is a verdict: else it is asked again."""
    most = asked.shown + asked.perhaps + len(asked.in_doubt)
    if asked.is_renamed:
        return Conclusion(
            verdict=None,
            said=message(
                "the payer {payer} has another name now, and either may stand in the ERP: a count tells nothing "
                "certain; name the slip",
                payer=asked.payer,
            ),
        )
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
