"""The screen 결제 찾기: one field, the answer first; filters; fifty at a time; the same as a workbook."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from worker.console import fields, making
from worker.console.search_words import FOUND, FOUND_MORE, PAGE_OF, STANDINGS, TONES, WAITS_FOR_YOU
from worker.console.visit import Visit
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message, reasons, said_by
from worker.ledger.search import Hit, OddRow
from worker.ledger.search_list import MOST_COUNTED, Narrowing
from worker.ledger.standing import Standing, standing_of
from worker.ledger.words import KINDS
from worker.operations import payments
from worker.operations.payments import PAGE, PaymentPage, Wanted
from worker.payments.payment import PaymentKind
from worker.reports import answer

#: Maximum signs of a card company's name.
LONGEST_CARD = 100

#: The fields of the screen, as they stand in its address.
FIELDS = ("q", "state", "kind", "from", "to", "card")


async def screen(visit: Visit) -> Response:
    """Show the field, the filters and a page of payments; what can't be looked for is said there."""
    asked = {name: visit.request.query_params.get(name, "") for name in (*FIELDS, "page")}
    page, why, status = None, "", 200
    try:
        wanted, number = wanted_of(asked), fields.number(asked["page"] or "1", most=MOST_COUNTED // PAGE)
        page = await asyncio.to_thread(_listed, wanted, number)
    except LedgerError as error:
        why, status = said_by(error), 503
    except DaybreakError as error:
        why, status = said_by(error), 400
    return visit.show("search.html", status, **_values(visit, asked, page, why))


async def workbook(visit: Visit) -> Response:
    """Give what is shown as an xlsx."""
    asked = {name: visit.request.query_params.get(name, "") for name in FIELDS}
    wanted_of(asked)
    return await making.download(visit, {"what": "payments", **asked}, name="daybreak_payments.xlsx")


def wanted_of(asked: Mapping[str, str]) -> Wanted:
    """Return what is looked for by the fields of the screen. Raises DaybreakError."""
    standing = asked["state"]
    if standing and standing not in set(Standing):
        raise DaybreakError(
            message("{text} is no state of a payment. Choose one of the list", text=fields.shown(standing))
        )
    kind = asked["kind"]
    if kind and kind not in set(PaymentKind):
        raise DaybreakError(message("{text} is no kind of payment. Choose one of the list", text=fields.shown(kind)))
    if len(asked["card"]) > LONGEST_CARD:
        raise DaybreakError(message("this is no card company. Choose one of the list"))
    narrowing = Narrowing(
        standing=Standing(standing) if standing else None,
        since=fields.day(asked["from"]) if asked["from"] else None,
        until=fields.day(asked["to"]) if asked["to"] else None,
        acquirer=fields.text(asked, "card"),
        kind=PaymentKind(kind) if kind else None,
    )
    return Wanted(text=fields.text(asked, "q"), narrowing=narrowing)


def _listed(wanted: Wanted, number: int) -> PaymentPage:
    from worker.config import loading

    return payments.listed(loading.load(), wanted, number=number)


def _values(visit: Visit, asked: Mapping[str, str], page: PaymentPage | None, why: str) -> dict[str, Any]:
    language = visit.language
    kept = {name: asked[name] for name in FIELDS if asked[name]}
    chosen = page.wanted.narrowing if page else None
    rows = [_row(hit, visit) for hit in page.hits] if page else []
    if page and len(rows) == 1 and page.total == 1:
        rows[0]["answer"] = _answer(page.hits[0], page, visit)
    cards = {*(page.acquirers if page else ()), asked["card"][:LONGEST_CARD]} - {""}
    return {
        "why": reasons.say(why, language) if why else "",
        "asked": {name: fields.text(asked, name)[: payments.LONGEST_TEXT] for name in FIELDS},
        "since": chosen.since.isoformat() if chosen and chosen.since else "",
        "until": chosen.until.isoformat() if chosen and chosen.until else "",
        "standings": [(one.value, text(language)) for one, text in STANDINGS.items()],
        "kinds": [(one.value, text(language)) for one, text in KINDS.items()],
        "cards": sorted(cards),
        "page": page,
        "found": (FOUND_MORE if page.is_more else FOUND)(language, count=f"{page.total:,}") if page else "",
        "page_of": PAGE_OF(language, number=page.number, count=page.pages) if page else "",
        "rows": rows,
        "odd": [_odd(one, visit) for one in page.odd] if page else [],
        "earlier": _address({**kept, "page": str(page.number - 1)}) if page and page.number > 1 else "",
        "later": _address({**kept, "page": str(page.number + 1)}) if page and page.number < page.pages else "",
        "workbook": f"/payments/workbook?{urlencode(kept)}",
    }


def _odd(row: OddRow, visit: Visit) -> dict[str, str]:
    line = answer.odd_line(row, zone=visit.site.zone, language=visit.language, if_open=WAITS_FOR_YOU)
    return {"line": line, "href": f"/waiting/row-{row.id}"}


def _address(kept: Mapping[str, str]) -> str:
    return f"/payments?{urlencode(kept)}"


def _row(hit: Hit, visit: Visit) -> dict[str, Any]:
    one, language = hit.entry.payment, visit.language
    standing = standing_of(hit.entry)
    return {
        "key": one.key,
        "standing": STANDINGS[standing](language),
        "tone": TONES[standing],
        "time": f"{one.time:%Y-%m-%d %H:%M:%S}",
        "payer": one.payer,
        "won": one.won,
        "kind": KINDS[one.kind](language),
        "approval_no": one.approval_no,
        "acquirer": one.acquirer,
        "slip": hit.entry.slip,
    }


def _answer(hit: Hit, page: PaymentPage, visit: Visit) -> str:
    return answer.answer(
        hit,
        zone=visit.site.zone,
        language=visit.language,
        why_no_posting=page.why_no_posting,
        not_before=page.not_yet.get(hit.entry.payment.key),
    )
