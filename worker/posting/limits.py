"""What is too much to be believed: a payment above a sum or dated ahead is held, a day far above all others is told."""

from collections.abc import Collection
from datetime import datetime, timedelta

from worker.i18n import Message, message
from worker.ledger.totals import ListedDay
from worker.payments.payment import KST, Payment

#: Days with payments needed before a day is compared with them: a new ledger has seen nothing yet.
LEAST_DAYS = 10

#: Approvals of a day below which their number alone is not worth a message, however few came before.
LEAST_COUNT = 20


def why_beyond_limits(payment: Payment, *, most_won: int, now: datetime, most_ahead_h: int = 24) -> Message | None:
    """Say why a payment or cancellation must not be posted unasked, or None: what reaches a limit is within it."""
    if payment.amount > most_won:
        return message(
            "it is of {won} won, above the limit of {limit} won (MAX_WON)", won=payment.amount, limit=most_won
        )
    if payment.time - now > timedelta(hours=most_ahead_h):
        return message(
            "it is dated {time}, more than {hours} h ahead (MAX_AHEAD_H)",
            time=f"{payment.time.astimezone(KST):%Y-%m-%d %H:%M:%S}",
            hours=most_ahead_h,
        )
    return None


def why_far_above(listed: ListedDay, before: Collection[ListedDay], *, times: int) -> Message | None:
    """Say that a day has more than so many times the approvals, or their won, of the highest day before, or None.

    None as well before LEAST_DAYS days with payments, and with `times` 0.
    """
    if not times or len(before) < LEAST_DAYS:
        return None
    count, won = max(one.count for one in before), max(one.won for one in before)
    if listed.won <= times * won and not (listed.count > times * count and listed.count >= LEAST_COUNT):
        return None
    return message(
        "{day}: {count} approvals of {won} won are listed, more than {times} times the highest day before ({most} "
        "approvals; {most_won} won)",
        day=f"{listed.day}",
        count=listed.count,
        won=listed.won,
        times=times,
        most=count,
        most_won=won,
    )
