"""A save of the upload popup: received, checked, stored, answered; or what the knobs make of it."""

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from worker.demo.behaviour import chance
from worker.demo.calls import Calls
from worker.demo.deposits import Entry
from worker.demo.erp import Erp
from worker.demo.page import render, session_of
from worker.demo.rules import entry_of
from worker.demo.sessions import Session
from worker.demo.wire import Wire, wire_of

Rows = list[list[str]]

#: Faults that keep the save from being stored.
NOT_STORED = ("dialog_only", "zero", "session_lost", "error_500", "cut_before")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveVerdict:
    """What the ERP makes of an upload."""

    entries: Sequence[Entry]
    #: Row number, from 1, and reason.
    refused: Sequence[tuple[int, str]]


class Save:
    """The save call. It has no fixed path: the knob `save_path` says where it is."""

    def __init__(self, erp: Erp, *, calls: Calls) -> None:
        self._erp = erp
        self._calls = calls

    async def answer(self, request: Request) -> Response:
        """Answer a request that no other route took."""
        if request.method != "POST" or request.url.path != self._path(request):
            return JSONResponse({"error": "no such action"}, 404)
        wire = wire_of(request.scope)
        try:
            rows = decoded(await request.body(), self._erp.knobs.word("payload_format"))
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": f"the body is not a save: {error}"}, 400)
        self._erp.stats.add("saves")
        session = session_of(request, self._erp)
        if session is None:
            self._receive(rows, "session_expired", wire)
            return self._calls.expired()
        return await self._save(rows, session, wire)

    def _path(self, request: Request) -> str:
        path = self._erp.knobs.word("save_path")
        if path.startswith("/"):
            return path
        return f"/{request.url.path.split('/')[1]}/api/{path}"

    async def _save(self, rows: Rows, session: Session, wire: Wire) -> Response:
        erp = self._erp
        fault = self._fault(wire)
        upload = self._receive(rows, fault, wire)
        if fault == "cut_before":
            await wire.cut()
            return Response()
        await asyncio.sleep(erp.knobs.number("commit_after_s") + erp.pause(chance.uniform(0.3, 1.0)))
        if fault == "error_500":
            return HTMLResponse(render("error.html"), 500)
        if fault == "session_lost":
            erp.sessions.end(session.sid, reason="lost")
            return self._calls.expired()
        verdict = self._judge(rows)
        if fault not in NOT_STORED:
            self._store(upload, verdict, session, twice=fault == "stored_twice")
        if fault.startswith("cut_after"):
            await wire.cut()
            return Response()
        if fault == "error_500_after":
            return HTMLResponse(render("error.html"), 500)
        if fault == "session_lost_after":
            erp.sessions.end(session.sid, reason="lost")
            return self._calls.expired()
        await asyncio.sleep(erp.knobs.number("result_delay_s") + erp.pause(chance.uniform(0.7, 3.0)))
        return JSONResponse(self._answer(verdict, fault))

    def _fault(self, wire: Wire) -> str:
        knobs = self._erp.knobs
        if knobs.word("save_fault") == "cut_after_reused" and wire.served < 2:
            return "none"
        return knobs.take_word("save_fault")

    def _receive(self, rows: Rows, fault: str, wire: Wire) -> int:
        name = "" if fault == "none" else fault
        return self._erp.deposits.receive(rows=len(rows), fault=name, reused_connection=wire.served > 1)

    def _judge(self, rows: Rows) -> SaveVerdict:
        knobs = self._erp.knobs
        picked = {int(number) for number in knobs.word("reject_rows").split(",") if number.strip()}
        knobs.set({"reject_rows": ""})
        entries: list[Entry] = []
        refused: list[tuple[int, str]] = []
        for number, row in enumerate(rows, 1):
            entry = f"거래처 미등록코드[{row[6]}]" if number in picked else entry_of(row, knobs)
            if isinstance(entry, str):
                refused.append((number, entry))
            else:
                entries.append(entry)
        if refused and knobs.is_on("all_or_nothing"):
            numbers = {number for number, _ in refused}
            others = [(k, "다른 행의 오류로 저장하지 않았습니다.") for k in range(1, len(rows) + 1) if k not in numbers]
            return SaveVerdict(entries=[], refused=sorted([*refused, *others]))
        return SaveVerdict(entries=entries, refused=refused)

    def _store(self, upload: int, verdict: SaveVerdict, session: Session, *, twice: bool) -> None:
        for _ in range(2 if twice else 1):
            self._erp.deposits.store(upload, verdict.entries, writer=session.user)
        if self._erp.knobs.is_on("reflect_on_upload"):
            self._erp.reflect_posted(self._erp.clock.now())

    def _answer(self, verdict: SaveVerdict, fault: str) -> dict[str, Any]:
        ok, bad = len(verdict.entries), len(verdict.refused)
        if fault == "zero":
            ok = bad = 0
        return {
            "text": self._erp.knobs.word("result_text").format(ok=ok, bad=bad),
            "refused": [{"row": number, "reason": reason} for number, reason in verdict.refused],
            "show": fault if fault in ("no_dialog", "native_alert", "notice_first", "behind") else "dialog",
            "popup_stays": self._erp.knobs.is_on("popup_stays"),
        }


def decoded(body: bytes, how: str) -> Rows:
    """Return the rows of a save's body; raise ValueError, KeyError or TypeError if it is not one."""
    text = body.decode()
    if how == "plain":
        return [[*line.split("\t"), *[""] * 12][:12] for line in text.splitlines() if line]
    if how == "form":
        text = parse_qs(text, strict_parsing=True)["data"][0]
    elif how == "base64":
        text = base64.b64decode(json.loads(text)["d"]).decode()
    return [[*map(str, row), *[""] * 12][:12] for row in json.loads(text)["rows"]]
