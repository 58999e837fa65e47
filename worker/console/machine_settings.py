"""The part 설정 of the screen 장비: the settings as they are in force, with where each stands and what is wrong."""

import asyncio
from typing import Any

from starlette.responses import Response

from worker.console import machine_words as own
from worker.console.visit import Visit
from worker.i18n import reasons


async def screen(visit: Visit) -> Response:
    """Show the settings that somebody has set, or all of them."""
    shows_all = visit.request.query_params.get("all") == "yes"
    async with visit.site.at_the_machine:
        values = await asyncio.to_thread(_values, visit, shows_all)
    return visit.show("machine_settings.html", part="settings", shows_all=shows_all, **values)


def _values(visit: Visit, shows_all: bool) -> dict[str, Any]:
    from worker.operations import settings

    found, language = settings.listed(), visit.language
    sections: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(found.settings, key=lambda one: one.origin in (settings.Origin.DEFAULT, settings.Origin.INI)):
        if not one.value and one.origin in (settings.Origin.DEFAULT, settings.Origin.INI) and not shows_all:
            continue
        sections.setdefault(one.section, []).append(
            {
                "name": one.name,
                "value": one.value,
                "is_default": one.origin is settings.Origin.DEFAULT,
                "is_own": one.origin is settings.Origin.LOCAL,
                "origin": own.ORIGINS[one.origin](language, line=str(one.line)),
                "instead_of": one.instead_of,
            }
        )
    problems = [settings.without_login(reasons.say(one, language)) for one in found.problems]
    return {"sections": sections, "settings_problems": problems, "is_last_good": found.is_last_good}
