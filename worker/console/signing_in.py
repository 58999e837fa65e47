"""Coming in and going: name and password, the first link, the switch of languages."""

import asyncio
import logging
import re

from starlette.responses import Response

from worker.admin import invitation, users
from worker.admin.users import Role, User
from worker.console import languages
from worker.console.visit import Visit, go_to, keep
from worker.errors import DaybreakError
from worker.i18n import message, reasons, said_by
from worker.i18n.language import Language
from worker.runtime import clock

log = logging.getLogger(__name__)

#: A switch of languages is kept so long (seconds).
YEAR = 365 * 24 * 3600

#: The screens of what waits, as the switch leads back to them.
_OF_ROWS = re.compile(r"/(?:waiting|questions)(?:/[A-Za-z0-9-]+){0,2}")


async def ask(visit: Visit) -> Response:
    """Show the form; who is signed in is led on."""
    return go_to("/") if visit.user else _door(visit, "")


async def sign_in(visit: Visit) -> Response:
    """Look at name and password, one at a time."""
    name, password = visit.form.get("name", "")[:200], visit.form.get("password", "")
    attempts = visit.site.attempts
    async with visit.site.at_the_door:
        if attempts.must_wait(name):
            log.warning("a sign-in has to wait after too many wrong passwords")
            return _door(visit, message("too many wrong passwords: wait a minute, then try again"), 429)
        known = users.read(visit.site.data)
        user = await asyncio.to_thread(users.signed_in, known, name, password)
        if user is None:
            attempts.failed(name)
            log.warning("a sign-in with a wrong name or password")
            return _door(visit, message("name or password is wrong"), 403)
        attempts.succeeded(name)
    log.info("%s signed in", user.name)
    return _enter(visit, user)


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    visit.site.sessions.end(visit.cookie)
    answer = go_to("/sign-in")
    answer.delete_cookie(visit.site.cookie, path="/", httponly=True, samesite="strict")
    return answer


async def welcome(visit: Visit) -> Response:
    """Ask who comes by the first link for a name and a password. Looking spends nothing."""
    token = visit.request.query_params.get("token", "")
    if not invitation.is_good(visit.site.data, token):
        raise _spent()
    return _welcome(visit, token, "")


async def join(visit: Visit) -> Response:
    """Make a user of who comes by the link: the keeper, if there is no user yet."""
    site, token = visit.site, visit.form.get("link", "")
    name, password = visit.form.get("name", ""), visit.form.get("password", "")
    async with site.at_the_door:
        if not invitation.is_good(site.data, token):
            raise _spent()
        if password != visit.form.get("again", ""):
            return _welcome(visit, token, message("the two passwords differ. Nothing was changed"))
        role = Role.OFFICE if users.read(site.data) else Role.KEEPER
        try:
            user = await asyncio.to_thread(users.add, site.data, name, role, password, now=clock.wall(site.zone))
        except DaybreakError as error:
            return _welcome(visit, token, said_by(error))
        if not invitation.spend(site.data, token):
            users.remove(site.data, user.name)
            raise _spent()
    log.info("%s came by the link, as %s", user.name, user.role)
    return _enter(visit, user)


async def switch(visit: Visit) -> Response:
    """Keep another language."""
    wanted = visit.form.get("language", "")
    back = visit.form.get("back", "/")
    answer = go_to(back if back in ("/", "/sign-in", "/people") or _OF_ROWS.fullmatch(back) else "/")
    if wanted in set(Language):
        keep(answer, languages.COOKIE, wanted, seconds=YEAR)
    return answer


def _spent() -> DaybreakError:
    return DaybreakError(
        message("this link has been used, or its ten minutes are over. A new one, on the machine: daybreak page")
    )


def _enter(visit: Visit, user: User) -> Response:
    """Begin a session, under a new cookie."""
    answer = go_to("/")
    keep(answer, visit.site.cookie, visit.site.sessions.begin(user))
    answer.delete_cookie(visit.site.form_cookie, path="/", httponly=True, samesite="strict")
    return answer


def _door(visit: Visit, why: str, status: int = 200) -> Response:
    said = reasons.say(why, visit.language) if why else ""
    return visit.show("sign_in.html", status, why=said, name=visit.form.get("name", "")[:200])


def _welcome(visit: Visit, token: str, why: str) -> Response:
    said = reasons.say(why, visit.language) if why else ""
    is_first = not users.read(visit.site.data)
    name = visit.form.get("name", "")[:200]
    return visit.show("welcome.html", 409 if why else 200, why=said, name=name, link=token, is_first=is_first)
