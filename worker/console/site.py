"""The page's application: which address is which screen, who may see it, and that a form is one of ours."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from worker.admin import users
from worker.admin.users import Role, User
from worker.console import (
    alarms,
    calendar,
    evidence,
    languages,
    leading,
    machine,
    machine_log,
    machine_settings,
    making,
    pages,
    payment,
    people,
    reports,
    search,
    setup,
    signing_in,
    today,
    upload,
    waiting,
    wide_questions,
)
from worker.console.attempts import Attempts
from worker.console.boundary import Boundary, TooLarge
from worker.console.orders import Orders
from worker.console.sessions import Sessions, is_form_token
from worker.console.state import Watcher
from worker.console.tones import Tones
from worker.console.visit import Screen, Site, Visit, form_of, go_to, new_cookie
from worker.errors import DaybreakError
from worker.i18n import message, said_by
from worker.i18n.language import Language

log = logging.getLogger(__name__)

#: Who is let in. Nobody in particular: the address is open to whoever is not signed in.
ANYBODY, OFFICE, KEEPER = None, Role.OFFICE, Role.KEEPER

#: Every address: (method, path, screen, who). What is not here does not exist.
ROUTES: tuple[tuple[str, str, Screen, Role | None], ...] = (
    ("GET", "/sign-in", signing_in.ask, ANYBODY),
    ("POST", "/sign-in", signing_in.sign_in, ANYBODY),
    ("GET", "/welcome", signing_in.welcome, ANYBODY),
    ("POST", "/welcome", signing_in.join, ANYBODY),
    ("POST", "/language", signing_in.switch, ANYBODY),
    ("POST", "/sign-out", signing_in.sign_out, OFFICE),
    ("GET", "/", today.screen, OFFICE),
    ("GET", "/today", today.parts, OFFICE),
    ("POST", "/today/run", today.run, OFFICE),
    ("POST", "/today/pause", today.pause, OFFICE),
    ("POST", "/today/resume", today.resume, OFFICE),
    ("GET", "/waiting", waiting.screen, OFFICE),
    ("GET", "/waiting/{key}", waiting.row, OFFICE),
    ("GET", "/waiting/{key}/decide", waiting.confirm, OFFICE),
    ("POST", "/waiting/{key}/decide", waiting.decide, OFFICE),
    ("POST", "/waiting/{key}/undo", waiting.take_back, OFFICE),
    ("GET", "/waiting/{key}/evidence/{id}", waiting.piece, OFFICE),
    ("GET", "/questions/{name}", wide_questions.screen, OFFICE),
    ("GET", "/questions/{name}/answer", wide_questions.confirm, OFFICE),
    ("POST", "/questions/{name}/answer", wide_questions.answer, OFFICE),
    ("POST", "/questions/{name}/undo", wide_questions.take_back, OFFICE),
    ("GET", "/payments", search.screen, OFFICE),
    ("GET", "/payments/workbook", search.workbook, OFFICE),
    ("GET", "/payments/{key}", payment.screen, OFFICE),
    ("GET", "/evidence/{cycle}/{id}", evidence.show, OFFICE),
    ("GET", "/reports", reports.screen, OFFICE),
    ("GET", "/reports/page", reports.page, OFFICE),
    ("GET", "/reports/workbook", reports.workbook, OFFICE),
    ("GET", "/days", calendar.screen, OFFICE),
    ("POST", "/days/close", calendar.close, OFFICE),
    ("POST", "/days/open", calendar.open_, OFFICE),
    ("POST", "/days/undo", calendar.undo, OFFICE),
    ("GET", "/alarms", alarms.screen, OFFICE),
    ("POST", "/alarms/test", alarms.test, OFFICE),
    ("GET", "/alarms/{id}", alarms.alarm, OFFICE),
    ("POST", "/alarms/{id}/acknowledge", alarms.acknowledge, OFFICE),
    ("GET", "/machine", machine.screen, KEEPER),
    ("POST", "/machine/restart", machine.restart, KEEPER),
    ("POST", "/machine/backup", machine.backup, KEEPER),
    ("POST", "/machine/rehearse", machine.rehearse, KEEPER),
    ("GET", "/machine/log", machine_log.screen, KEEPER),
    ("GET", "/machine/settings", machine_settings.screen, KEEPER),
    ("GET", "/people", people.screen, KEEPER),
    ("POST", "/people/link", people.invite, KEEPER),
    ("POST", "/people/remove", people.remove, KEEPER),
    ("GET", "/setup", setup.screen, KEEPER),
    ("GET", "/setup/running", setup.running, KEEPER),
    ("GET", "/setup/picture/{id}", setup.picture, KEEPER),
    ("POST", "/setup/stop", setup.stop, KEEPER),
    ("POST", "/setup/settings", setup.settings, KEEPER),
    ("POST", "/setup/connect", setup.connect, KEEPER),
    ("POST", "/setup/probe", setup.probe, KEEPER),
    ("POST", "/setup/mark", setup.mark, KEEPER),
    ("POST", "/setup/adopt", setup.adopt, KEEPER),
    ("POST", "/setup/adopted", setup.adopted, KEEPER),
    ("POST", "/setup/test", setup.test, KEEPER),
    ("POST", "/setup/pattern", setup.pattern, KEEPER),
    ("POST", "/setup/row", setup.row, KEEPER),
    ("POST", "/setup/production", setup.production, KEEPER),
)

#: Loads itself once more, as a page of ours.
_ASK_AGAIN = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>daybreak</title>'


def app_of(data: Path, zone: ZoneInfo, port: int) -> ASGIApp:
    """Build the page of one installation."""
    making.clear(data)
    site = Site(
        data=data,
        zone=zone,
        port=port,
        sessions=Sessions(data),
        attempts=Attempts(),
        orders=Orders(data, zone),
        watcher=Watcher(data, zone),
        tones=Tones(),
        at_the_door=asyncio.Lock(),
    )
    routes = [Route(path, _endpoint(site, screen, who), methods=[method]) for method, path, screen, who in ROUTES]
    routes.append(Route("/files/{name}", _file, methods=["GET"]))
    missing = _endpoint(site, _missing, ANYBODY)

    async def not_found(request: Request, _: Exception) -> Response:
        return await missing(request)

    async def too_large(_: Request, __: Exception) -> Response:
        # What is left of the body must not be taken for the next request.
        return PlainTextResponse("this form is too long\n", status_code=413, headers={"connection": "close"})

    async def failed(request: Request, error: Exception) -> Response:
        log.error("answering %s %s failed", request.method, request.url.path, exc_info=error)
        return PlainTextResponse("this failed; see the page's log\n", status_code=500)

    handlers = {404: not_found, 405: not_found, TooLarge: too_large, Exception: failed}
    return Boundary(Starlette(routes=routes, exception_handlers=handlers), port=port)


def _endpoint(site: Site, screen: Screen, who: Role | None) -> Callable[[Request], Awaitable[Response]]:
    return partial(_answer, site, screen, who)


async def _answer(site: Site, screen: Screen, who: Role | None, request: Request) -> Response:
    language = languages.of(request.cookies.get(languages.COOKIE, ""), request.headers.get("accept-language", ""))
    cookie = request.cookies.get(site.cookie, "")
    try:
        user = site.sessions.user(cookie, await asyncio.to_thread(users.read, site.data)) if cookie else None
    except DaybreakError as error:
        visit = _visit(site, request, language, None)
        log.error("%s", said_by(error))
        return visit.sorry(said_by(error), 503)
    visit = _visit(site, request, language, user)
    if who is not ANYBODY and user is None:
        return _to_the_door(request)
    if who is KEEPER and user is not None and user.role is not Role.KEEPER:
        return visit.sorry(message("this is for the keeper of the machine; you are signed in as the office"), 403)
    if request.method == "POST":
        sent = await upload.read(request) if upload.is_multipart(request) else None
        form = sent.fields if sent is not None else await form_of(request)
        if not is_form_token(visit.cookie, form.get("token", "")):
            return visit.sorry(message("this form is too old: go back, load the screen anew and try again"), 403)
        visit = replace(visit, form=form, file=sent.file if sent is not None else None)
    try:
        return await screen(visit)
    except DaybreakError as error:
        return visit.sorry(said_by(error), 409)


def _visit(site: Site, request: Request, language: Language, user: User | None) -> Visit:
    # Forms answer to the session's cookie; of who is not signed in, to a cookie of their own.
    cookie = request.cookies.get(site.cookie if user else site.form_cookie, "") or new_cookie()
    return Visit(site=site, request=request, language=language, user=user, cookie=cookie, form={})


def _to_the_door(request: Request) -> Response:
    """Lead to the sign-in; a part of a screen that refreshes itself leads the whole screen there."""
    if "hx-request" in request.headers:
        return Response(headers={"hx-redirect": "/sign-in"})
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        # By a link in a mail: the browser keeps the cookie back until a page of ours asks.
        return HTMLResponse(_ASK_AGAIN)
    return go_to(leading.to_sign_in(request))


async def _missing(visit: Visit) -> Response:
    return visit.sorry(message("there is no such screen"), 404)


async def _file(request: Request) -> Response:
    found = pages.file(request.path_params["name"])
    if found is None:
        return PlainTextResponse("there is no such file\n", status_code=404)
    forever = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=found.kind, headers=forever)
