"""An HTTP connection that can be cut without an answer, and that knows how often it was used."""

import asyncio
import time
from typing import ClassVar

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Both ends of a connection. One end alone names two: a client may use a port of its own for either port of ours.
Ends = tuple[tuple[str, int | None] | None, tuple[str, int | None] | None]


class Wire(H11Protocol):
    """One TCP connection of a client."""

    _open: ClassVar[dict[Ends, "Wire"]] = {}

    #: Requests that came over this connection so far.
    served = 0
    #: When it was last done with one, in seconds of time.monotonic().
    idle_since = 0.0

    @property
    def idle_s(self) -> float:
        """Seconds since this connection's last request was done with; 0 for its first one."""
        return time.monotonic() - self.idle_since if self.served > 1 else 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection by its ends."""
        super().connection_made(transport)
        self._open[self.client, self.server] = self

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self._open.pop((self.client, self.server), None)

    async def cut(self) -> None:
        """Close the connection now; whatever is still answered goes nowhere."""
        self.transport.close()
        # connection_lost comes in the loop's next round; only then uvicorn drops the answer.
        for _ in range(3):
            await asyncio.sleep(0)


def wire_of(scope: Scope) -> Wire:
    """Return the connection a request came over."""
    return Wire._open[tuple(scope["client"]), tuple(scope["server"])]
