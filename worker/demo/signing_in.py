"""The views of signing in: the entrance, the form, the hand-off page."""

import asyncio
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from worker.demo.behaviour import chance
from worker.demo.erp import Erp
from worker.demo.page import LOGIN, cookies, render, session_of
from worker.demo.sessions import Session


class SigningIn:
    """From the login host's address to a live session."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    def routes(self) -> list[BaseRoute]:
        """Return what is served."""
        views = "/ec{zone:int}/view/app.login"
        return [
            Route("/", self.entrance),
            Route("/Login/", self.doorway),
            Route(f"{views}/erp_login", self.login),
            Route(f"{views}/erp_login_processor", self.sign_in, methods=["POST"]),
            Route(f"{views}/erp_login_second", self.second_factor),
            Route(f"{views}/erp_login_handoff", self.hand_off),
            Route(f"{views}/erp_login_device", self.register, methods=["POST"]),
            Route(f"{views}/erp_login_enter", self.enter, methods=["POST"]),
            Route(f"{views}/erp_logout", self.sign_out),
        ]

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
        session = session_of(request, self._erp)
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
        if session_of(request, self._erp) is None:
            return JSONResponse({"to": LOGIN})
        response = JSONResponse({})
        response.set_cookie("EcNewDeviceKey", self._erp.sessions.register(), max_age=365 * 86400, httponly=True)
        return response

    async def enter(self, request: Request) -> Response:
        """Make the session live, unless the user is signed in elsewhere and `kick` was not asked for."""
        session = session_of(request, self._erp)
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
        if session := session_of(request, self._erp):
            self._erp.sessions.end(session.sid, reason="signed out")
        return RedirectResponse(LOGIN, 302)
