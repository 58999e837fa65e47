"""Coming in and going: name and password, a link for who has none yet or none any more, the switch of languages."""

import asyncio
import logging
import time
from urllib.parse import quote

from starlette.responses import Response

from worker.admin import invitation, users
from worker.admin.users import Role, User
from worker.console import languages, leading
from worker.console.once import form_id
from worker.console.visit import Site, Visit, go_to, keep
from worker.errors import DaybreakError
from worker.i18n import message, reasons
from worker.i18n.language import Language
from worker.ledger import people
from worker.runtime import clock

log = logging.getLogger(__name__)

#: How long a switch of languages is kept (seconds).
YEAR = 365 * 24 * 3600


async def ask(visit: Visit) -> Response:
    """Show the form; who is signed in is led on."""
    return go_to(_next(visit)) if visit.user else _door(visit, "")


async def sign_in(visit: Visit) -> Response:
    """Look at name and password, one at a time."""
    name, password = visit.form.get("name", "")[:200], visit.form.get("password", "")
    site, attempts = visit.site, visit.site.attempts
    known = await asyncio.to_thread(users.read, site.data)
    is_user = people.compared(name) in known
    if not is_user and not attempts.must_wait(name) and not attempts.looks_at_unknown():
        # Somebody tries name after name: it is told as late as a wrong password, and costs this machine nothing.
        await asyncio.sleep(site.look_s)
        return _refused(visit, name, is_user=False)
    async with site.at_the_door:
        if attempts.must_wait(name):
            log.warning("a sign-in has to wait after too many wrong passwords")
            return _door(visit, message("too many wrong passwords: wait a minute, then try again"), 429)
        begun = time.monotonic()
        user = await asyncio.to_thread(users.signed_in, known, name, password)
        site.look_s = time.monotonic() - begun
        if user is None:
            return _refused(visit, name, is_user=is_user)
        attempts.succeeded(name)
    log.info("%s signed in", user.name)
    return await _enter(visit, user)


def _refused(visit: Visit, name: str, *, is_user: bool) -> Response:
    visit.site.attempts.failed(name, is_user=is_user)
    log.warning("a sign-in with a wrong name or password")
    return _door(visit, message("name or password is wrong"), 403)


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    await asyncio.to_thread(visit.site.sessions.end, visit.cookie)
    answer = go_to("/sign-in")
    answer.delete_cookie(visit.site.cookie, path="/", httponly=True, samesite="strict")
    return answer


async def welcome(visit: Visit) -> Response:
    """Ask who comes by a link for a name and a password, or for the next password. Looking spends nothing."""
    token = visit.request.query_params.get("token", "")
    if not await asyncio.to_thread(invitation.is_good, visit.site.data, token):
        raise _spent()
    return await _welcome(visit, token, "")


async def join(visit: Visit) -> Response:
    """Make a user of who comes by the link: the keeper, if there is no user yet. Two clicks make one.

    By the link of a user that there is, set that one's password; the name is that of the link.
    """
    site, token = visit.site, visit.form.get("link", "")
    holder = await asyncio.to_thread(invitation.holder_of, site.data, token)
    name, password = holder.name if holder else visit.form.get("name", ""), visit.form.get("password", "")
    if password != visit.form.get("again", "") and await asyncio.to_thread(invitation.is_good, site.data, token):
        return await _welcome(visit, token, message("the two passwords differ. Nothing was changed"))

    async def wrong(why: str, _: int) -> Response:
        return await _welcome(visit, token, why)

    sent = form_id(visit.request.url.path, token, name, password)
    made = await site.once.path(sent, lambda: _made(visit, token, name, password), wrong=wrong)
    if not isinstance(made, str):
        return made
    async with site.at_the_door:
        known = await asyncio.to_thread(users.read, site.data)
        user = await asyncio.to_thread(users.signed_in, known, name, password) if made else None
    if user is None:
        raise _spent()
    return await _enter(visit, user)


async def _made(visit: Visit, token: str, name: str, password: str) -> str:
    """Spend the link for a user; return its name, or "" where the link is spent. Raises DaybreakError."""
    site = visit.site
    async with site.at_the_door:
        try:
            user = await asyncio.to_thread(_joined, site, token, name, password)
        except OSError as error:
            log.error("a user could not be added: %s", error)
            raise DaybreakError(message("the disk takes no write: {error}", error=str(error))) from error
    if user is None:
        return ""
    log.info("%s came by the link, as %s", user.name, user.role)
    return user.name


def _joined(site: Site, token: str, name: str, password: str) -> User | None:
    """Spend the link for a user; None where it is spent. Raises DaybreakError, OSError: the link is good again then."""
    holder = invitation.holder_of(site.data, token)
    with invitation.spending(site.data, token) as is_ours:
        if not is_ours:
            return None
        if holder is not None:
            return users.set_password(
                site.data, holder.name, password, now=clock.wall(site.zone), known_by=holder.stamp
            )
        role = Role.OFFICE if users.read(site.data) else Role.KEEPER
        return users.add(site.data, name, role, password, now=clock.wall(site.zone))


async def switch(visit: Visit) -> Response:
    """Keep another language, and lead back to the same screen."""
    wanted = visit.form.get("language", "")
    answer = go_to(leading.own(visit.request, visit.form.get("back", "")))
    if wanted in set(Language):
        keep(answer, languages.COOKIE, wanted, seconds=YEAR)
    return answer


def _spent() -> DaybreakError:
    return DaybreakError(
        message("this link has been used, or its ten minutes are over. A new one, on the machine: daybreak page")
    )


def _next(visit: Visit) -> str:
    """Return the screen that was asked for before the sign-in, else the first one."""
    asked = visit.form.get("next") or visit.request.query_params.get("next", "")
    return leading.own(visit.request, asked)


async def _enter(visit: Visit, user: User) -> Response:
    """Begin a session, under a new cookie."""
    answer = go_to(_next(visit))
    keep(answer, visit.site.cookie, await asyncio.to_thread(visit.site.sessions.begin, user))
    answer.delete_cookie(visit.site.form_cookie, path="/", httponly=True, samesite="strict")
    return answer


def _door(visit: Visit, why: str, status: int = 200) -> Response:
    said = reasons.say(why, visit.language) if why else ""
    wanted = _next(visit)
    back = f"/sign-in?next={quote(wanted, safe='')}" if wanted != leading.HOME else "/sign-in"
    name = visit.form.get("name", "")[:200]
    return visit.show("sign_in.html", status, why=said, name=name, next=wanted, here=back)


async def _welcome(visit: Visit, token: str, why: str) -> Response:
    said = reasons.say(why, visit.language) if why else ""
    is_first = not await asyncio.to_thread(users.read, visit.site.data)
    holder = await asyncio.to_thread(invitation.holder_of, visit.site.data, token)
    name = holder.name if holder else visit.form.get("name", "")[:200]
    here = f"/welcome?token={quote(token)}"
    return visit.show(
        "welcome.html", 409 if why else 200, why=said, name=name, link=token, is_first=is_first, here=here,
        is_known=holder is not None,
    )  # fmt: skip
