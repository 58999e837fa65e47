"""The ERP's HTML views: the entrance, signing in, the shell."""

import asyncio
import json
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from worker.demo.behaviour import behaviour, chance
from worker.demo.erp import Erp
from worker.demo.sessions import Session

STATIC = Path(__file__).parent / "static"
LOGIN = "/ec5/view/app.login/erp_login?lan_type=ko-KR"
MEDIA = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def render(name: str, **values: object) -> str:
    """Fill a page's `{{name}}` places; a value that is not text goes in as JSON for a script."""
    page = (STATIC / name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = escape(value) if isinstance(value, str) else json.dumps(value).replace("<", "\\u003c")
        page = page.replace("{{" + key + "}}", text)
    return page


def cookies(request: Request) -> dict[str, str]:
    """Return the request's cookies; the session's holds a `=`, which not every parser likes."""
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name: value.strip('"') for name, _, value in pairs if name}


class Screens:
    """The views of both origins."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    def routes(self) -> list[BaseRoute]:
        """Return what is served."""
        views = "/ec{zone:int}/view"
        return [
            Route("/", self.entrance),
            Route("/Login/", self.doorway),
            Route(f"{views}/app.login/erp_login", self.login),
            Route(f"{views}/app.login/erp_login_processor", self.sign_in, methods=["POST"]),
            Route(f"{views}/app.login/erp_login_second", self.second_factor),
            Route(f"{views}/app.login/erp_login_handoff", self.hand_off),
            Route(f"{views}/app.login/erp_login_device", self.register, methods=["POST"]),
            Route(f"{views}/app.login/erp_login_enter", self.enter, methods=["POST"]),
            Route(f"{views}/app.login/erp_logout", self.sign_out),
            Route(f"{views}/erp", self.shell),
            Route(f"{views}/erp_content", self.content),
            Route("/static/{name}", self.static),
        ]

    def session(self, request: Request) -> Session | None:
        """Return the session a request belongs to, if it is alive."""
        sid = request.query_params.get("ec_req_sid", "")
        return self._erp.sessions.find(cookies(request).get("ECOUNT_SessionId", ""), sid)

    async def static(self, request: Request) -> Response:
        """Serve a script, a style sheet or the picture."""
        file = STATIC / request.path_params["name"]
        if file.suffix not in MEDIA or not file.is_file():
            return Response(status_code=404)
        headers = {"Cache-Control": "no-cache"}
        return Response(file.read_bytes(), media_type=MEDIA[file.suffix], headers=headers)

    async def entrance(self, _: Request) -> Response:
        """Send the visitor to the login host's page."""
        return RedirectResponse("/Login/?lan_type=ko-KR", 302)

    async def doorway(self, request: Request) -> Response:
        """Send the visitor, by script, to the zone."""
        zone = f"http://localhost:{request.scope['server'][1]}{LOGIN}"
        wait = self._erp.pause(chance.uniform(0.3, 1.0))
        return HTMLResponse(render("doorway.html", go={"to": zone, "after_s": wait}))

    async def login(self, _: Request) -> Response:
        """Show the sign-in form."""
        if self._erp.knobs.take("login_500"):
            return HTMLResponse(render("error.html"), 500)
        return HTMLResponse(render("login.html", notice=self._erp.knobs.is_on("login_notice")))

    async def sign_in(self, request: Request) -> Response:
        """Check credentials; answer where to go, or why not."""
        erp = self._erp
        await asyncio.sleep(erp.knobs.number("login_delay_s") + erp.pause(chance.uniform(0.2, 0.8)))
        if erp.knobs.take("login_500"):
            return HTMLResponse(render("error.html"), 500)
        form = {key: values[-1] for key, values in parse_qs((await request.body()).decode()).items()}
        why = erp.sessions.refusal(form.get("com_code", ""), form.get("id", ""), form.get("passwd", ""))
        if why is not None:
            erp.stats.add("failed_logins")
            return JSONResponse({"error_code": "98", "error_msg": why})
        if erp.knobs.is_on("second_factor"):
            return JSONResponse({"to": "/ec5/view/app.login/erp_login_second?lan_type=ko-KR"})
        session = erp.sessions.begin()
        code = "0" if erp.sessions.knows(cookies(request).get("EcNewDeviceKey", "")) else "505"
        to = f"/ec5/view/app.login/erp_login_handoff?ec_req_sid={session.sid}"
        # A value with a `=` in it must not be quoted, so the header is written by hand.
        header = {"Set-Cookie": f"ECOUNT_SessionId={session.cookie}; Path=/; HttpOnly; SameSite=Lax"}
        return JSONResponse({"error_code": code, "to": to}, headers=header)

    async def second_factor(self, _: Request) -> Response:
        """Ask for a code that nobody has."""
        return HTMLResponse(render("second.html"))

    async def hand_off(self, request: Request) -> Response:
        """Show the page between the sign-in form and the shell."""
        session = self.session(request)
        if session is None:
            return RedirectResponse(LOGIN, 302)
        known = self._erp.sessions.knows(cookies(request).get("EcNewDeviceKey", ""))
        knobs = self._erp.knobs
        state = {
            "sid": session.sid,
            "new_device": not known,
            "in_frame": knobs.is_on("shell_in_frame"),
            "stays": knobs.is_on("redirect_never"),
            "wait_s": self._erp.pause(chance.uniform(0.3, 1.0)),
            "login": LOGIN,
        }
        return HTMLResponse(render("handoff.html", state=state))

    async def register(self, request: Request) -> Response:
        """Register the browser as a known device."""
        if self.session(request) is None:
            return JSONResponse({"to": LOGIN})
        response = JSONResponse({})
        response.set_cookie("EcNewDeviceKey", self._erp.sessions.register(), max_age=365 * 86400, httponly=True)
        return response

    async def enter(self, request: Request) -> Response:
        """Make the session live, unless the user is signed in elsewhere and `kick` was not asked for."""
        session = self.session(request)
        if session is None:
            return JSONResponse({"to": LOGIN})
        if not self._erp.sessions.enter(session, kick=request.query_params.get("kick") == "1"):
            return JSONResponse({"rival": True})
        self._erp.stats.add("logins")
        return JSONResponse({"to": self._shell_url(session)})

    def _shell_url(self, session: Session) -> str:
        zone = int(self._erp.knobs.number("zone_number"))
        home = "menuType=MENUTREE_000001&menuSeq=MENUTREE_000001&groupSeq=MENUTREE_000001&prgId=MAIN&depth=1"
        return f"/ec{zone}/view/erp?w_flag=1&ec_req_sid={session.sid}#{home}"

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        if session := self.session(request):
            self._erp.sessions.end(session.sid, reason="signed out")
        return RedirectResponse(LOGIN, 302)

    async def shell(self, request: Request) -> Response:
        """Show the shell; a session that was never entered enters here, if nobody is in its way."""
        session = self.session(request)
        if session is None or (session.state == "pending" and not self._enter(session)):
            return RedirectResponse(LOGIN, 302)
        await asyncio.sleep(self._erp.knobs.number("shell_delay_s"))
        return HTMLResponse(self._shell_page("shell.html", session, request))

    async def content(self, request: Request) -> Response:
        """Show one page without the shell, for the frame inside it."""
        session = self.session(request)
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
