"""The shell, and the scripts, styles and picture that all views use."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from worker.demo.behaviour import behaviour
from worker.demo.erp import Erp
from worker.demo.page import LOGIN, STATIC, render, session_of
from worker.demo.sessions import Session

MEDIA = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Shell:
    """One page; its scripts draw the rest."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    def routes(self) -> list[BaseRoute]:
        """Return what is served."""
        return [
            Route("/ec{zone:int}/view/erp", self.shell),
            Route("/ec{zone:int}/view/erp_content", self.content),
            Route("/static/{name}", self.static),
        ]

    async def static(self, request: Request) -> Response:
        """Serve a script, a style sheet or the picture."""
        file = STATIC / request.path_params["name"]
        if file.suffix not in MEDIA or not file.is_file():
            return Response(status_code=404)
        headers = {"Cache-Control": "no-cache"}
        return Response(file.read_bytes(), media_type=MEDIA[file.suffix], headers=headers)

    async def shell(self, request: Request) -> Response:
        """Show the shell; a session that was never entered enters here, if nobody is in its way."""
        session = session_of(request, self._erp)
        if session is None or (session.state == "pending" and not self._enter(session)):
            return RedirectResponse(LOGIN, 302)
        await asyncio.sleep(self._erp.knobs.number("shell_delay_s"))
        return HTMLResponse(self._shell_page("shell.html", session, request))

    async def content(self, request: Request) -> Response:
        """Show one page without the shell, for the frame inside it."""
        session = session_of(request, self._erp)
        if session is None:
            return RedirectResponse(LOGIN, 302)
        return HTMLResponse(self._shell_page("content.html", session, request))

    def _enter(self, session: Session) -> bool:
        entered = self._erp.sessions.enter(session)
        self._erp.stats.add("logins", int(entered))
        return entered

    def _shell_page(self, name: str, session: Session, request: Request) -> str:
        knobs = self._erp.knobs
        boot: dict[str, Any] = {
            "sid": session.sid,
            "api": f"/ec{request.path_params['zone']}/api/",
            "content": f"/ec{request.path_params['zone']}/view/erp_content?ec_req_sid={session.sid}",
            "logout": f"/ec{request.path_params['zone']}/view/app.login/erp_logout?ec_req_sid={session.sid}",
            "login": LOGIN,
            "behaviour": behaviour(self._erp),
        }
        return render(
            name,
            boot=boot,
            database=self._erp.database,
            user=session.user,
            no_menu="no-menu" if knobs.is_on("menu_missing") else "",
        )
