"""Where a reader is led after the sign-in or another form: to a screen of ours that was asked for, never elsewhere."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.routing import Match, Route

#: Signs of an address that is led back to.
LONGEST = 500

#: A path and its question as links of ours have them. No second slash, colon, backslash or dot begins another address.
_OWN = re.compile(r"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)?(?:\?[A-Za-z0-9_.~%&=+:,-]*)?")

#: The first screen.
HOME = "/"


def own(request: Request, wanted: str) -> str:
    """Return the address if it is that of a screen of this page, else the first screen's."""
    if len(wanted) > LONGEST or not _OWN.fullmatch(wanted):
        return HOME
    asked = {"type": "http", "method": "GET", "path": wanted.partition("?")[0]}
    is_screen = any(
        isinstance(route, Route) and route.matches(asked)[0] is Match.FULL for route in request.app.router.routes
    )
    return wanted if is_screen else HOME


def to_sign_in(request: Request) -> str:
    """Return the address of the sign-in, which leads on to what is asked for here."""
    if request.method != "GET":
        return "/sign-in"
    question = request.url.query
    wanted = own(request, request.url.path + (f"?{question}" if question else ""))
    return "/sign-in" if wanted == HOME else f"/sign-in?next={quote(wanted, safe='')}"
