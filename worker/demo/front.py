"""What every request meets first: the right app for its port, and the network's faults."""

import asyncio
import logging
import time
from contextlib import suppress

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from worker.demo.erp import Erp
from worker.demo.wire import Wire, wire_of

log = logging.getLogger(__name__)


class Front:
    """The ASGI application of both ports."""

    def __init__(self, erp: Erp, *, screens: ASGIApp, control: ASGIApp, control_port: int) -> None:
        self._erp = erp
        self._screens = screens
        self._control = control
        self._control_port = control_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire = wire_of(scope)
        wire.served += 1
        try:
            if scope["server"][1] == self._control_port:
                await self._control(scope, receive, send)
            elif await self._is_let_in(wire, scope, receive, send):
                await self._screens(scope, receive, send)
        except asyncio.CancelledError:
            # The server stops and waits no longer for this answer.
            with suppress(asyncio.CancelledError):
                await wire.cut()
        except Exception:
            log.exception("%s %s", scope["method"], scope["path"])
            await wire.cut()
        finally:
            wire.idle_since = time.monotonic()

    async def _is_let_in(self, wire: Wire, scope: Scope, receive: Receive, send: Send) -> bool:
        knobs = self._erp.knobs
        self._erp.stats.add("requests")
        self._erp.stats.add("connections", wire.served == 1)
        if knobs.is_on("idle_close_s") and wire.idle_s >= knobs.number("idle_close_s"):
            await wire.cut()
            return False
        if knobs.is_on("refuse_s"):
            await wire.cut()
            return False
        if knobs.is_on("silent_s"):
            while left := knobs.number("silent_s"):
                await asyncio.sleep(min(left, 0.2))
            await wire.cut()
            return False
        if knobs.is_on("errors_s"):
            await PlainTextResponse("Internal Server Error", 500)(scope, receive, send)
            return False
        await asyncio.sleep(knobs.number("slow_s"))
        return True
