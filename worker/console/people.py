"""The keeper's list of who may use the page: a link for one more or for a new password, and the end of one."""

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from worker.admin import invitation, users
from worker.admin.invitation import Holder
from worker.admin.users import User
from worker.console import words
from worker.console.once import form_id
from worker.console.visit import Visit, go_to
from worker.errors import DaybreakError
from worker.i18n import message, reasons, said_by
from worker.ledger.people import compared


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """A link that was just made, and for whose new password; "": for one more user."""

    address: str
    name: str = ""


async def screen(visit: Visit) -> Response:
    """Show every user with the role; of one that was chosen, ask whether it shall be removed."""
    return await _show(visit, chosen=visit.request.query_params.get("remove", ""))


async def invite(visit: Visit) -> Response:
    """Make a link for one more user of the office, as `daybreak page` does; an earlier one is worth nothing then.

    With a name, the link has that user choose a new password; the old one works until then.
    """
    try:
        user = await asyncio.to_thread(_user, visit, visit.form["name"]) if "name" in visit.form else None
    except DaybreakError as error:
        return await _show(visit, why=said_by(error), status=409)
    holder = Holder(name=user.name, stamp=user.stamp) if user else None
    try:
        token = await asyncio.to_thread(invitation.issue, visit.site.data, holder)
    except OSError as error:
        raise DaybreakError(
            message("making the link failed: {error}. Nothing was changed", error=str(error))
        ) from error
    address = f"http://{visit.request.headers['host']}/welcome?token={token}"
    return await _show(visit, link=_Link(address=address, name=user.name if user else ""))


async def remove(visit: Visit) -> Response:
    """Remove a user, who is signed out by it. Nobody removes who is signed in: one keeper stays."""
    name, stamp = visit.form.get("name", ""), visit.form.get("seen", "")

    async def act() -> str:
        if compared(name) == compared(visit.by.name):
            raise DaybreakError(message("you are signed in by this name: another keeper can remove it"))
        if not stamp:
            raise DaybreakError(message("this form is too old: go back, load the screen anew and try again"))
        await asyncio.to_thread(users.remove, visit.site.data, name, known_by=stamp)
        return "/people"

    async def wrong(why: str, _: int) -> Response:
        return await _show(visit, why=why, status=409)

    sent = form_id(visit.by.name, visit.request.url.path, name, stamp)
    path = await visit.site.once.path(sent, act, wrong=wrong)
    return go_to(path) if isinstance(path, str) else path


def _user(visit: Visit, name: str) -> User:
    """Return a user. Raises DaybreakError."""
    if user := users.read(visit.site.data).get(compared(name)):
        return user
    raise DaybreakError(message("{name} is no user of the page any more", name=name[: users.LONGEST_NAME]))


async def _show(
    visit: Visit, *, link: _Link | None = None, chosen: str = "", why: str = "", status: int = 200
) -> Response:
    known = await asyncio.to_thread(users.read, visit.site.data)
    found = [
        {
            "name": one.name,
            "role": words.ROLES[one.role](visit.language),
            "since": one.since[:16].replace("T", " "),
            "seen": one.stamp,
            "is_you": name == compared(visit.by.name),
            "is_chosen": name == compared(chosen),
        }
        for name, one in known.items()
    ]
    return visit.show(
        "people.html",
        status,
        people=found,
        chosen=next((one for one in found if one["is_chosen"] and not one["is_you"]), None),
        link=link,
        why=reasons.say(why, visit.language) if why else "",
    )
