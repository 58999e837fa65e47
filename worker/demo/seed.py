"""The payments a new demo begins with: a week of an invented company, with every oddity of the real list."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from worker.demo import names
from worker.demo.clock import KST, stored
from worker.demo.erp import Erp

#: How many a new demo lists in 미반영, and of which week.
COUNT, SEED = 206, 1
#: Fewer than this are all plain approved payments: small tests want no surprises.
WHOLE_WEEK = 40
REFLECTED, FORCED = 40, 3

Payment = dict[str, Any]


def plant(erp: Erp, *, count: int, seed: int) -> None:
    """Fill an empty ERP: `count` rows in 미반영, and for a whole week some in the other two tabs."""
    random = Random(seed)
    now = erp.clock.now()
    payments = list(_oddities(random, now)) if count >= WHOLE_WEEK else []
    newest = [timedelta(minutes=minutes) for minutes in (3, 8, 15)]
    while len(payments) < count:
        at = now - newest.pop(0) if newest else _some_time(random, now)
        failed = count >= WHOLE_WEEK and random.random() < 0.04
        payments.append(_payment(random, at, status="승인실패" if failed else "승인"))
    if count >= WHOLE_WEEK:
        for reflected in [True] * REFLECTED + ["forced"] * FORCED:
            at = _some_time(random, now - timedelta(days=1))
            payments.append(_payment(random, at, reflected=reflected))
    erp.payments.add(sorted(payments, key=lambda payment: str(payment["requested_at"])))


def _oddities(random: Random, now: datetime) -> Iterator[Payment]:
    """Yield the rows that have a twin, or lack one: 21 in all."""
    for _ in range(3):
        first, second = _pair(random, now, timedelta(minutes=random.randrange(2, 7)))
        yield _attempt(first, "승인실패")
        yield second
    for _ in range(2):
        first, second = _pair(random, now, timedelta(seconds=37))
        yield _attempt(first, "요청중")
        yield second
    for hours in (0.2, 3, 26):
        first, second = _pair(random, now, timedelta(hours=hours))
        yield first
        yield second | {"status": "취소"}
    first, second = _pair(random, now, timedelta(hours=2))
    yield first
    yield _attempt(second, "취소실패")
    # Its 승인 was long before the list's window.
    yield _payment(random, _some_time(random, now), status="취소")
    first, second = _pair(random, now, timedelta())
    yield first | {"approval_no": "00071234"}
    yield second | {"approval_no": "00071235"}


def _pair(random: Random, now: datetime, apart: timedelta) -> tuple[Payment, Payment]:
    """Return the same payment twice, the second `apart` later and not after now."""
    at = _some_time(random, now - timedelta(minutes=20) - apart)
    first = _payment(random, at)
    return first, first | {"requested_at": stored(at + apart)}


def _payment(random: Random, at: datetime, *, status: str = "승인", **fields: object) -> Payment:
    payment = names.payment(random) | {"requested_at": stored(at)} | fields
    return payment | {"status": status} if status in ("승인", "취소") else _attempt(payment, status)


def _attempt(payment: Payment, status: str) -> Payment:
    """Return what the list shows of an attempt that failed or still runs: neither card nor number."""
    return payment | {"status": status, "acquirer": "", "card": "", "approval_no": ""}


def _some_time(random: Random, until: datetime) -> datetime:
    """Return a moment of the seven days up to `until`, by how busy they are."""
    days = [until.date() - timedelta(days=ago) for ago in range(7)]
    [day] = random.choices(days, [_busyness(day, until) for day in days])
    opens = datetime.combine(day, time(7), KST)
    closes = min(datetime.combine(day, time(21, 30), KST), until - timedelta(minutes=4))
    return opens + random.random() * (closes - opens)


def _busyness(day: date, until: datetime) -> float:
    """Return about how many payments a day sees; today counts as far as it has gone."""
    usual = 42.0 if day.weekday() < 5 else 12.0 if day.weekday() == 5 else 1.0
    if day != until.date():
        return usual
    hours = (until - timedelta(minutes=10) - datetime.combine(day, time(7), KST)) / timedelta(hours=1)
    return usual * min(max(hours / 14.5, 0.0), 1.0)
