"""The control API: what a test does to the demo, and how it learns what really happened."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from worker.demo import seed
from worker.demo.clock import read
from worker.demo.erp import Erp
from worker.demo.knobs import KNOBS, KnobError
from worker.demo.payments import PaymentError


class RequestError(ValueError):
    """The request makes no sense; the message says what to send."""


class Control:
    """JSON in, JSON out; a wrong request is answered 400 with one sentence."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    def routes(self) -> list[BaseRoute]:
        """Return what is served."""
        table: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", "/health", self.health),
            ("GET", "/payments", self.payments),
            ("POST", "/payments", self.add_payments),
            ("PATCH", "/payments/{id:int}", self.change_payment),
            ("POST", "/payments/{id:int}/cancel", self.cancel_payment),
            ("GET", "/slips", self.slips),
            ("GET", "/uploads", self.uploads),
            ("GET", "/stats", self.stats),
            ("POST", "/stats/reset", self.reset_stats),
            ("GET", "/knobs", self.knobs),
            ("POST", "/knobs", self.set_knobs),
            ("GET", "/clock", self.clock),
            ("POST", "/clock", self.set_clock),
            ("GET", "/sessions", self.sessions),
            ("POST", "/sessions/expire", self.expire),
            ("POST", "/sessions/rival", self.rival),
            ("POST", "/reset", self.reset),
        ]
        return [Route(path, _answer(do), methods=[method]) for method, path, do in table]

    def health(self) -> dict[str, Any]:
        """Tell that the demo answers, and which database it serves."""
        return {"ok": True, "database": self._erp.database, "now": self._erp.clock.now().isoformat()}

    def payments(self) -> list[dict[str, Any]]:
        """Return all payments, also those outside the list's window."""
        return self._erp.payments.all()

    def add_payments(self, body: Any) -> list[dict[str, Any]]:
        """Store a list of payments (or one); what is not given is invented."""
        given = body if isinstance(body, list) else [body]
        if not all(isinstance(payment, dict) for payment in given):
            raise RequestError("send a list of objects, one a payment")
        return self._erp.payments.add(given)

    def change_payment(self, body: Any, *, id: int) -> dict[str, Any]:
        """Change any field of a payment."""
        return self._erp.payments.change(id, _object(body))

    def cancel_payment(self, *, id: int) -> dict[str, Any]:
        """Cancel a payment the way the knob `cancel_model` says."""
        return self._erp.payments.cancel(id)

    def slips(self) -> list[dict[str, Any]]:
        """Return all deposits ever stored."""
        return self._erp.deposits.slips()

    def uploads(self) -> list[dict[str, Any]]:
        """Return one entry per save request that reached the ERP."""
        return self._erp.deposits.uploads()

    def stats(self) -> dict[str, int]:
        """Return the counters."""
        return self._erp.stats.all()

    def reset_stats(self) -> dict[str, int]:
        """Set the counters to zero."""
        self._erp.stats.reset()
        return self._erp.stats.all()

    def knobs(self) -> dict[str, Any]:
        """Return each knob's value, default and meaning."""
        return {
            name: {"value": value, "default": KNOBS[name].default, "about": KNOBS[name].about}
            | ({"among": KNOBS[name].among} if KNOBS[name].among else {})
            for name, value in self._erp.knobs.items()
        }

    def set_knobs(self, body: Any) -> dict[str, Any]:
        """Set some knobs, all or none; return the values of all."""
        self._erp.set_knobs(_object(body))
        return dict(self._erp.knobs)

    def clock(self) -> dict[str, Any]:
        """Return the ERP's time and its distance from the host's."""
        clock = self._erp.clock
        return {"now": clock.now().isoformat(), "offset_s": clock.offset.total_seconds()}

    def set_clock(self, body: Any) -> dict[str, Any]:
        """Set the time, or the distance from the host's; it goes on running."""
        match _object(body):
            case {"now": str(now)}:
                try:
                    self._erp.clock.set(read(now))
                except ValueError as error:
                    raise RequestError(f"now = {now!r}: write an ISO time") from error
            case {"offset_s": int() | float() as offset}:
                self._erp.clock.offset = timedelta(seconds=offset)
            case _:
                raise RequestError('send {"now": ISO time} or {"offset_s": seconds}')
        self._erp.keep_clock()
        return self.clock()

    def sessions(self) -> list[dict[str, Any]]:
        """Return all sessions."""
        return self._erp.sessions.all()

    def expire(self) -> dict[str, Any]:
        """End all sessions, as after a long idle time."""
        return {"ended": self._erp.sessions.end_all(reason="expired")}

    def rival(self, body: Any) -> dict[str, Any]:
        """Sign the same user in elsewhere; with {"kick": true} this throws the others out."""
        if _object(body).get("kick"):
            self._erp.sessions.end_all(reason="kicked")
        return {"sid": self._erp.sessions.begin(state="live", rival=True).sid}

    def reset(self, body: Any) -> dict[str, Any]:
        """Begin anew: {"payments": how many are listed, "seed": which}.

        The knobs go back to those of the demo's start, the clock to the host's.
        """
        asked = _object(body)
        count, number = asked.get("payments", seed.COUNT), asked.get("seed", seed.SEED)
        if not isinstance(count, int) or not isinstance(number, int) or count < 0:
            raise RequestError('send {"payments": whole number, "seed": whole number}, or nothing')
        self._erp.reset()
        seed.plant(self._erp, count=count, seed=number)
        return self.health()


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise RequestError("send a JSON object")
    return body


def _answer(do: Callable[..., Any]) -> Callable[[Request], Any]:
    """Make a route of a method: body in, if it takes one; path parameters in; JSON out."""
    takes_body = "body" in do.__code__.co_varnames[: do.__code__.co_argcount]

    async def endpoint(request: Request) -> Response:
        try:
            raw = await request.body()
            body = json.loads(raw) if raw else {}
            answer = do(*([body] if takes_body else []), **request.path_params)
        except json.JSONDecodeError as error:
            return JSONResponse({"error": f"the body is not JSON: {error}"}, 400)
        except (RequestError, KnobError, PaymentError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(answer)

    return endpoint
