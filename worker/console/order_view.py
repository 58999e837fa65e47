"""The last order, as the screens that give orders show it."""

from typing import Any

from worker.console import words
from worker.console.orders import Order
from worker.console.visit import Visit
from worker.i18n import reasons
from worker.i18n.language import Language


def of(visit: Visit, *kinds: str) -> dict[str, Any]:
    """Return for a template the last order where it is one of these kinds of one track, and whether it is under way."""
    last = visit.site.orders.last(*kinds)
    if last is None:
        return {"order": None, "is_under_way": False}
    return {"order": shown(last, visit.language), "is_under_way": not last.outcome}


def shown(order: Order, language: Language) -> dict[str, Any]:
    """Return an order in words: what, by whom, when, and what came of it, a line each."""
    outcome = reasons.say(order.outcome, language) if order.outcome else words.UNDER_WAY(language)
    first, *more = outcome.splitlines() or [""]
    what = words.ORDERS[order.what](language)
    what = f"{what}: {order.about}" if order.about else what
    return {
        "is_well": order.is_well,
        "text": words.ORDERED(language, what=what, who=order.by, at=f"{order.at:%H:%M}", outcome=first),
        "more": more,
    }
