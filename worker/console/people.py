"""The keeper's list of who may use the page."""

import asyncio

from starlette.responses import Response

from worker.admin import users
from worker.console import words
from worker.console.visit import Visit


async def screen(visit: Visit) -> Response:
    """Show every user with the role."""
    found = [
        {"name": one.name, "role": words.ROLES[one.role](visit.language), "since": one.since[:16].replace("T", " ")}
        for one in (await asyncio.to_thread(users.read, visit.site.data)).values()
    ]
    return visit.show("people.html", people=found)
