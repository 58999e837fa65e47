"""The data calls behind the pages: lists, reflection, what the scripts report."""

import asyncio
import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from worker.demo import columns, names
from worker.demo.behaviour import behaviour, chance, use
from worker.demo.erp import Erp
from worker.demo.page import session_of
from worker.demo.payments import TABS

log = logging.getLogger(__name__)


class Calls:
    """POST, and a few GET, to `/ecN/api/app.{module}/action/{name}?ec_req_sid=…`."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    def routes(self) -> list[BaseRoute]:
        """Return what is served."""
        api = "/ec{zone:int}/api"
        return [
            Route(f"{api}/app.payment/action/ListPayments", self.list_payments, methods=["POST"]),
            Route(f"{api}/app.payment/action/Reflect", self.reflect, methods=["POST"]),
            Route(f"{api}/app.deposit/action/ListDeposits", self.list_deposits, methods=["POST"]),
            Route(f"{api}/app.deposit/action/Save", self.save_form, methods=["POST"]),
            Route(f"{api}/app.log/action/Track", self.track, methods=["POST"]),
            Route(f"{api}/app.common/action/Behaviour", self.behave),
            Route(f"{api}/app.common/action/Use", self.count_use),
        ]

    def expired(self) -> Response:
        """Answer a call whose session is over."""
        return JSONResponse({"expired": self._erp.knobs.word("expired_style")})

    async def list_payments(self, request: Request) -> Response:
        """Answer one page of one tab."""
        if session_of(request, self._erp) is None:
            return self.expired()
        erp, asked = self._erp, await request.json()
        number, tab = max(1, int(asked.get("page", 1))), str(asked.get("tab", "unreflected"))
        if tab not in TABS:
            return JSONResponse({"error": f"there is no tab {tab!r}"}, 400)
        erp.db["last_tab"] = tab
        if number > 1:
            await asyncio.sleep(erp.knobs.number("page2_delay_s"))
            if erp.knobs.take("row_inserted"):
                erp.payments.add([names.payment(chance)])
        size = max(1, int(erp.knobs.number("page_size")))
        total = erp.payments.count(tab)
        rows = erp.payments.page(tab, number=number, size=size)
        erp.stats.add("pages")
        erp.stats.add("rows", len(rows))
        shape = columns.of_payments(erp.knobs)
        told = [columns.payment_row(row, k, shape, erp.knobs) for k, row in enumerate(rows, 1)]
        return self._page(shape, told, number=number, total=total, size=size)

    async def list_deposits(self, request: Request) -> Response:
        """Answer one page of the deposit list."""
        if session_of(request, self._erp) is None:
            return self.expired()
        erp, asked = self._erp, await request.json()
        number, memo = max(1, int(asked.get("page", 1))), str(asked.get("search", ""))
        size = max(1, int(erp.knobs.number("page_size")))
        rows = erp.deposits.page(memo, number=number, size=size)
        erp.stats.add("deposit_pages")
        erp.stats.add("deposit_rows", len(rows))
        told = [columns.deposit_row(row) for row in rows]
        total = erp.deposits.count(memo)
        return self._page(columns.DEPOSITS, told, number=number, total=total, size=size, period=erp.deposits.period())

    def _page(
        self,
        shape: list[columns.Column],
        rows: list[dict[str, Any]],
        *,
        number: int,
        total: int,
        size: int,
        period: str = "",
    ) -> Response:
        return JSONResponse(
            {
                "columns": [
                    {
                        "id": column.id,
                        "label": column.label,
                        "kind": column.kind,
                        "linked": columns.is_linked(column, self._erp.knobs),
                    }
                    for column in shape
                ],
                "rows": rows,
                "first": (number - 1) * size + 1,
                "page": number,
                "pages": max(1, -(-total // size)),
                "total": total,
                "period": period,
                "behaviour": behaviour(self._erp),
            }
        )

    async def reflect(self, request: Request) -> Response:
        """Do what a person does with 회계반영, 강제회계반영 and 반영취소."""
        if session_of(request, self._erp) is None:
            return self.expired()
        asked = await request.json()
        self._erp.payments.mark([int(number) for number in asked["ids"]], TABS[str(asked["to"])] or "")
        return JSONResponse({})

    async def save_form(self, request: Request) -> Response:
        """Refuse F8 on the empty input form; a worker that does this made an error."""
        if session_of(request, self._erp) is None:
            return self.expired()
        self._erp.stats.add("form_saves")
        log.warning("F8 was pressed without the upload popup; a worker must never do that")
        return JSONResponse({"text": "거래처를 입력바랍니다."})

    async def track(self, request: Request) -> Response:
        """Count a report that nobody needs."""
        if session_of(request, self._erp) is None:
            return self.expired()
        self._erp.stats.add("tracks")
        return JSONResponse({})

    async def behave(self, request: Request) -> Response:
        """Answer how the next page or popup behaves."""
        if session_of(request, self._erp) is None:
            return self.expired()
        return JSONResponse({"behaviour": behaviour(self._erp)})

    async def count_use(self, request: Request) -> Response:
        """Count one use of a fault that happens in the browser."""
        if session_of(request, self._erp) is None:
            return self.expired()
        return JSONResponse({"used": use(self._erp, request.query_params.get("knob", ""))})
