"""The page of one payment: the answer, what happened to it, its batches and the evidence of them."""

import asyncio
from typing import Any

from starlette.responses import Response

from worker.console import evidence
from worker.console.evidence_names import caption
from worker.console.search_words import OUTCOMES, STANDINGS, TONES
from worker.console.visit import Visit
from worker.console.waiting_words import WON
from worker.i18n import message, reasons
from worker.ledger.search import Hit, Sending, Step
from worker.ledger.standing import standing_of
from worker.ledger.state import State
from worker.ledger.words import KINDS, STATES, who
from worker.operations import payments, undo
from worker.operations.payments import PaymentShown
from worker.reports import answer


async def screen(visit: Visit) -> Response:
    """Show one payment, by its key."""
    found = await asyncio.to_thread(_find, visit.request.path_params["key"])
    if found is None:
        return visit.sorry(message("there is no payment with this key"), 404)
    return visit.show("payment.html", **await asyncio.to_thread(_values, found, visit))


def _find(key: str) -> PaymentShown | None:
    from worker.config import loading

    return payments.one(loading.load(), key.upper())


def _values(shown: PaymentShown, visit: Visit) -> dict[str, Any]:
    hit = shown.hit
    entry, language, zone = hit.entry, visit.language, visit.site.zone
    one, standing = entry.payment, standing_of(entry)
    said = answer.answer(
        hit, zone=zone, language=language, why_no_posting=shown.why_no_posting, not_before=shown.not_before
    )
    return {
        "payment": one,
        "title": f"{one.payer}, {one.won:,}",
        "won": WON(language, won=f"{one.won:,}"),
        "kind": KINDS[one.kind](language),
        "standing": STANDINGS[standing](language),
        "tone": TONES[standing],
        "answer": f"{said[:1].upper()}{said[1:]}",
        "slip": entry.slip,
        "seen_at": _time(visit, hit.seen_at),
        "posted_at": _time(visit, hit.posted_at) if hit.posted_at else "",
        "approval_key": entry.approval_key or "",
        "is_decided": _is_decided(one.key),
        "steps": [_step(step, visit) for step in hit.steps],
        "batches": [_batch(batch, visit) for batch in hit.batches],
        "pictures": _evidence(hit, visit),
    }


def _is_decided(key: str) -> bool:
    from worker.config import loading

    return undo.about(loading.load(), key) is not None


def _step(step: Step, visit: Visit) -> dict[str, Any]:
    return {
        "at": _time(visit, step.at),
        "state": STATES[State(step.after)](visit.language),
        "is_rename": step.is_rename,
        "by": who(step.by, visit.language),
        "batch": step.batch,
        "why": reasons.say(step.why, visit.language),
    }


def _batch(batch: Sending, visit: Visit) -> dict[str, Any]:
    words = [_outcome(one, visit) for one in batch.outcome.split(", ") if one]
    return {
        "id": batch.id,
        "cycle": batch.cycle,
        "sent_at": _time(visit, batch.sent_at) if batch.sent_at else "",
        "rows": batch.rows,
        "won": batch.won,
        "outcome": ", ".join(words) or "–",
        "answer": " ".join(reasons.say(batch.answer, visit.language).split()),
    }


def _outcome(word: str, visit: Visit) -> str:
    text = OUTCOMES.get(word) or (STATES[State(word)] if word in set(State) else None)
    return text(visit.language) if text else word


def _evidence(hit: Hit, visit: Visit) -> list[dict[str, Any]]:
    """Return the evidence of each cycle that touched the payment, without that of other batches in it."""
    own = {f"batch-{one.id}-" for one in hit.batches}
    cycles = dict.fromkeys([*(one.cycle for one in hit.batches), hit.entry.first_cycle])
    found = []
    for cycle in cycles:
        folder = evidence.folder_of(visit.site.data, cycle)
        pieces = evidence.pieces(folder) if folder else []
        shown = [
            {
                "href": f"/evidence/{cycle}/{one.id}",
                "name": caption(one.name, visit.language),
                "is_picture": one.is_picture,
            }
            for one in pieces
            if not one.name.startswith("batch-") or any(one.name.startswith(name) for name in own)
        ]
        if shown:
            found.append({"cycle": cycle, "pieces": shown})
    return found


def _time(visit: Visit, at: Any) -> str:
    return f"{at.astimezone(visit.site.zone):%Y-%m-%d %H:%M:%S}"
