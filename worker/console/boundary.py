"""What every request meets before anything of ours looks at it, and what every answer carries.

A page of another site may make the reader's browser ask us anything; a name of its own may lead to 127.0.0.1 (DNS
rebinding). So only our own names are answered, and only our own pages may change something.
"""

import asyncio
import logging
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

#: Bytes of a request's body.
LONGEST_BODY = 65_536

#: Where a file may be sent: what is too long of it is told its sender by the screen, which reads it to its end.
UPLOADS = frozenset({"/setup/adopt"})

#: Longest time of a request and its answer (seconds): the connection of a slower client is closed.
LONGEST_S = 30.0

#: Nothing of another place, nothing inline, in no frame. The address is kept to ourselves; `no-referrer` would also
#: take the Origin from our own forms (Fetch, 3.2), which is what they are known by.
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

#: The methods of the page.
LOOKS, CHANGES = frozenset({"GET", "HEAD"}), "POST"


class TooLarge(Exception):
    """A body is longer than any form of ours; raised where it is read."""


class Boundary:
    """Wraps the application for one port."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return
        begun = False

        async def sending(sent: Message) -> None:
            nonlocal begun
            if sent["type"] == "http.response.start":
                begun = True
                own = {name for name, _ in sent.get("headers", ())}
                more = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in own]
                if b"cache-control" not in own:
                    more.append((b"cache-control", b"no-store"))
                sent = {**sent, "headers": [*sent.get("headers", ()), *more]}
            await send(sent)

        try:
            async with asyncio.timeout(LONGEST_S):
                if refusal := self._why_not(scope):
                    await _refuse(sending, *refusal)
                else:
                    await self._app(scope, receive if _may_be_long(scope) else _limited(receive), sending)
        except TimeoutError:
            if not begun:
                await _refuse(sending, 408, "this took too long; try again")

    def _why_not(self, scope: Scope) -> tuple[int, str] | None:
        headers = _only(scope)
        host = headers.get("host")
        if host not in self._hosts:
            return 421, "this page is at http://127.0.0.1 and its port, under no other name"
        if scope["method"] not in (*LOOKS, CHANGES):
            return 405, "this page knows GET and POST"
        if scope["method"] == CHANGES and (
            headers.get("origin") != f"http://{host}" or headers.get("sec-fetch-site", "same-origin") != "same-origin"
        ):
            return 403, "this form was not sent by a page of ours"
        return None


def _may_be_long(scope: Scope) -> bool:
    """True for what may hold a file: it is read without being kept; any other form is kept whole until it is read."""
    kind = _only(scope).get("content-type", "").partition(";")[0].strip()
    return scope["path"] in UPLOADS and kind == "multipart/form-data"


def _only(scope: Scope) -> Mapping[str, str]:
    """Return the headers by name; one that stands there twice is worth nothing."""
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        found[name] = value.decode("latin-1") if name not in found else ""
    return found


def _limited(receive: Receive) -> Receive:
    """Return what receives a body, up to the longest."""
    total = 0

    async def receiving() -> Message:
        nonlocal total
        received = await receive()
        total += len(received.get("body", b""))
        if total > LONGEST_BODY:
            raise TooLarge
        return received

    return receiving


async def _refuse(send: Send, status: int, why: str) -> None:
    body = f"{why}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    # The rest of a body that is not read must not be taken for the next request.
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
