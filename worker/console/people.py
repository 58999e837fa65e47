"""The keeper's list of who may use the page, and the link by which one more comes."""

import asyncio

from starlette.responses import Response

from worker.admin import invitation, users
from worker.console import words
from worker.console.visit import Visit
from worker.errors import DaybreakError
from worker.i18n import message


async def screen(visit: Visit) -> Response:
    """Show every user with the role."""
    return await _show(visit)


async def invite(visit: Visit) -> Response:
    """Make a link for one more user of the office, as `daybreak page` does; an earlier one is worth nothing then."""
    try:
        token = await asyncio.to_thread(invitation.issue, visit.site.data)
    except OSError as error:
        raise DaybreakError(
            message("making the link failed: {error}. Nothing was changed", error=str(error))
        ) from error
    return await _show(visit, link=f"http://{visit.request.headers['host']}/welcome?token={token}")


async def _show(visit: Visit, *, link: str = "") -> Response:
    found = [
        {"name": one.name, "role": words.ROLES[one.role](visit.language), "since": one.since[:16].replace("T", " ")}
        for one in (await asyncio.to_thread(users.read, visit.site.data)).values()
    ]
    return visit.show("people.html", people=found, link=link)
