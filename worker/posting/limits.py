"""Payments that are too large or too far ahead to be believed without a person."""

from datetime import datetime, timedelta

from worker.i18n import Message, message
from worker.payments import Payment

#: A payment may be dated so far ahead of our clock.
AHEAD = timedelta(hours=24)


def why_beyond_limits(payment: Payment, *, most_won: int, now: datetime) -> Message | None:
    """Return why a payment is held for its size or date, or None. `most_won`: 0 is no limit."""
    if most_won and payment.amount > most_won:
        return message("{won} won is more than {most} won", won=payment.amount, most=most_won)
    if payment.time > now + AHEAD:
        return message("it is dated {at}, more than 24 hours ahead", at=f"{payment.time:%Y-%m-%d %H:%M:%S}")
    return None
