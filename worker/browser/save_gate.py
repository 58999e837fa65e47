"""The save gate: nothing is saved but what the ledger armed.

What saves and what only reads is told by the ERP's package (`Wire`): here by the method of HTTP and the address, there
by a name in the body. Where a save takes more than one request, each is asked for on its own (`Write`).

Nothing that a browser does can be un-sent, and a browser repeats a POST by itself when a reused connection is cut. So
the save request is held in the browser; the live worker sends it itself, once, and hands the answer to the page. From
the moment a save is asked for, every other writing request is aborted and recorded, and the browser itself has no way
to the network: whatever becomes of worker or driver, what is held can't leave. What the page only reads meanwhile is
fetched for it. The driver, which sends what is fetched, has a way out for just as long as each fetch takes; for a save
only once the ledger has committed `sent`.
"""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from worker.browser.proxy import Passage, Ways
from worker.browser.request_body import carries, decoded, why_not_planned
from worker.errors import SaveBlocked
from worker.i18n import Message, message, said_by
from worker.payments.payment import Deposit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Request, Route

log = logging.getLogger(__name__)

#: Methods that change nothing on a server (RFC 9110, 9.2.1).
READING = frozenset({"GET", "HEAD", "OPTIONS"})


#: Why a save that went out is in doubt while its answer is awaited.
NO_ANSWER = message("the save went out, no answer came")


class Outcome(StrEnum):
    """What became of the save of one batch."""

    NOT_ASKED = "the page asked for no save"
    KEPT_BACK = "kept back"  # certainly not sent, and that is a fault
    TEST_MODE = "test mode"  # certainly not sent, and nobody meant it to be
    ANSWERED = "answered"  # sent, and the server's answer was handed to the page
    IN_DOUBT = "in doubt"  # sent, or perhaps; no answer came


class Wire(Protocol):
    """How an ERP's requests are told apart."""

    #: True when the address alone tells which request saves; False when every request has to be looked into.
    by_address: bool

    def address(self, url: str, body: str) -> str:
        """Return what SAVE_PATTERN is compared with."""

    def only_reads(self, method: str, body: str) -> bool:
        """True for a request that certainly changes nothing in the ERP's books."""


class Plain:
    """An ERP that reads by GET and saves at an address of its own."""

    by_address = True

    def address(self, url: str, body: str) -> str:  # noqa: ARG002 - the protocol's
        """Return the request's address."""
        return url

    def only_reads(self, method: str, body: str) -> bool:  # noqa: ARG002
        """True for the methods that change nothing on a server."""
        return method in READING


class Write(Protocol):
    """One request that the page is about to make."""

    def is_in(self, body: str) -> bool:
        """True when a body speaks of this write."""

    def why_not(self, body: str) -> str:
        """Say how a body differs from what was planned, or return an empty text."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The one request that saves a whole batch, whatever its packing."""

    plan: Sequence[Deposit]

    def is_in(self, body: str) -> bool:
        """True when the body carries the batch."""
        return carries(list(decoded(body)), self.plan)

    def why_not(self, body: str) -> str:
        """Compare every cell, in order."""
        return why_not_planned(list(decoded(body)), self.plan)


@dataclass(slots=True)
class Ask:
    """One write that the page is about to ask for, and what came of it."""

    write: Write
    #: Called with the payload right before the request is sent; whatever it raises keeps the request back.
    release: Callable[[str], None]
    outcome: Outcome = Outcome.NOT_ASKED
    why: str = ""
    #: What `release` raised.
    error: BaseException | None = None
    #: True once the page has its answer, or was refused one: nothing is held any more.
    is_over: bool = False
    #: Other writing requests that were aborted, as `METHOD address`.
    strays: list[str] = field(default_factory=list)
    #: What the driver's relay let out for it; None while it was never let out.
    passage: Passage | None = None

    @property
    def is_known(self) -> bool:
        """True once the write is out, or was kept back and let go of: before that the browser still holds it."""
        if self.outcome in (Outcome.KEPT_BACK, Outcome.TEST_MODE):
            return self.is_over
        return self.outcome is not Outcome.NOT_ASKED or self.error is not None


class SaveGate:
    """Holds the save requests of one browser context. `pattern` is the save's address, None while not confirmed."""

    def __init__(
        self,
        *,
        pattern: re.Pattern[str] | None,
        posts: bool,
        timeout: float,
        ways: Ways,
        wire: Wire | None = None,
        is_sealed: bool = False,
    ) -> None:
        """`posts` False keeps every save back (test mode). `timeout`: seconds the server has to answer.

        `is_sealed` takes no batch at all: none is entered, so that there is nothing to save (MODE = shadow).
        """
        self._pattern = pattern
        self._posts = posts and not is_sealed
        self._is_sealed = is_sealed
        self._timeout = timeout
        self._relay = ways.browser
        self._driver = ways.driver
        self._wire = wire or Plain()
        self._ask: Ask | None = None
        #: Every batch that was entered in this context.
        self._plans: list[Sequence[Deposit]] = []
        self._context: BrowserContext | None = None
        #: True while no request may write, whatever it is.
        self._is_closed = False
        #: Requests that nobody had asked for and that were stopped.
        self.stopped: list[str] = []

    def guard(self, context: "BrowserContext") -> None:
        """Stand before the save's address for as long as the context lives."""
        self._context = context
        if not self._wire.by_address:
            context.route("**/*", self._on_request)
        elif self._pattern is not None:
            context.route(self._pattern, self._on_request)

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Let this context only read for a block: what writes is stopped, whatever it is and wherever it goes."""
        assert self._context is not None, "guard comes first"
        if self._wire.by_address:
            self._context.route("**/*", self._on_request)
        self._is_closed = True
        try:
            yield
        finally:
            self._is_closed = False

    def watch(self, plan: Sequence[Deposit]) -> None:
        """Know a batch before it is entered: from here on no request may carry it, wherever it goes, but an `ask`ed."""
        self._demand_unsealed()
        assert self._context is not None, "guard comes first"
        if not self._plans and self._wire.by_address:
            self._context.route("**/*", self._on_request)
        self._plans.append(plan)

    def ask(self, plan: Sequence[Deposit], release: Callable[[str], None]) -> Ask:
        """Expect the save of a watched batch, once. Until `done`, every other writing request is aborted."""
        assert plan in self._plans, "watch comes first"
        return self.ask_for(Batch(plan), release)

    def ask_for(self, write: Write, release: Callable[[str], None]) -> Ask:
        """Expect one write, once. Until `done`, every other writing request is aborted."""
        self._demand_unsealed()
        self._relay.shut()
        self._ask = Ask(write=write, release=release)
        return self._ask

    def _demand_unsealed(self) -> None:
        """Raise SaveBlocked in a visit that may enter nothing."""
        if self._is_sealed:
            raise SaveBlocked(message("entering a batch: MODE = shadow enters and saves nothing. Nothing was sent"))

    def done(self) -> None:
        """Let the page read again. Saves stay shut out; so does this whole browser if a save may still be held."""
        if self._ask is not None and self._ask.is_over:
            self._relay.open()
        self._ask = None

    def _on_request(self, route: "Route", request: "Request") -> None:
        # An exception here would leave the request hanging and the page with it: it is stopped, and the ask knows why.
        try:
            self._decide(route, request)
        except Exception as error:
            ask = self._ask
            if ask is not None and ask.error is None:
                ask.error = error
            log.exception("the save gate failed on %s %s", request.method, _address(request))
            with suppress(Exception):  # it may have been answered already
                route.abort()

    def _decide(self, route: "Route", request: "Request") -> None:
        body = (request.post_data_buffer or b"").decode("utf-8", "replace")
        is_save = self._pattern is not None and self._pattern.search(self._wire.address(request.url, body)) is not None
        ask = self._ask
        if not is_save and self._wire.only_reads(request.method, body):
            if ask is None:
                route.continue_()
            else:
                self._fetch(route, request)
            return
        name = self._name(request, body)
        if ask is None:
            if is_save or self._is_closed or self._is_ours(list(decoded(body))):
                self.stopped.append(name)
                log.error("a save that nobody armed was stopped: %s", name)
                route.abort()
                return
            route.continue_()
            return
        if ask.outcome is not Outcome.NOT_ASKED or not ask.write.is_in(body):
            ask.strays.append(name)
            log.warning("while a save was expected, another request was stopped: %s", ask.strays[-1])
            route.abort()
            return
        why = differs = ask.write.why_not(body)
        if not why and not is_save:
            why = not_recognised(name, is_confirmed=self._pattern is not None)
        if self._posts and not why:
            self._send(route, request, ask, body)
            return
        ask.outcome, ask.why = Outcome.KEPT_BACK, why
        try:
            if not self._posts:
                ask.release(body)
                if not differs:
                    ask.outcome, ask.why = Outcome.TEST_MODE, _all_but_the_save(why)
        finally:
            route.abort()
            ask.is_over = True

    def _name(self, request: "Request", body: str) -> str:
        """Return how a request is named to people: its address without the query, which may hold the session's id."""
        return f"{request.method} {self._wire.address(_address(request), body)}"

    def _fetch(self, route: "Route", request: "Request") -> None:
        """Read something for a page that has no way to the network."""
        try:
            with self._driver.reading():
                response = route.fetch(headers=_alone(request), max_retries=0, timeout=self._timeout * 1000)
        except Exception as error:
            log.info("%s was not read while a save was expected: %s", _address(request), _first_line(error))
            route.abort()
            return
        route.fulfill(response=response)

    def _is_ours(self, texts: Sequence[str]) -> bool:
        """True for a body that carries a batch of ours, or any deposit of it that has a key."""
        whole = "\n".join(texts)
        return any(carries(texts, plan) or any(f"#{one.key}" in whole for one in plan) for plan in self._plans)

    def _send(self, route: "Route", request: "Request", ask: Ask, payload: str) -> None:
        try:
            ask.release(payload)
        except Exception as error:
            ask.outcome, ask.why, ask.error = Outcome.KEPT_BACK, said_by(error), error
            route.abort()
            ask.is_over = True
            return
        # From here on nobody can say that it was not sent.
        ask.outcome, ask.why = Outcome.IN_DOUBT, NO_ANSWER
        try:
            with self._driver.saving() as ask.passage:
                response = route.fetch(
                    headers=_alone(request), max_retries=0, max_redirects=0, timeout=self._timeout * 1000
                )
        except Exception as error:
            ask.why = message("the save went out, no answer came: {error}", error=_first_line(error))
            route.abort()
            ask.is_over = True
            return
        ask.outcome, ask.why = Outcome.ANSWERED, f"HTTP {response.status}"
        route.fulfill(response=response)
        ask.is_over = True


def not_recognised(request: str, *, is_confirmed: bool) -> Message:
    """Say that a request carries the batch and is not known as the save; `is_confirmed`: there is a SAVE_PATTERN."""
    if is_confirmed:
        return message(
            "save not recognised: {request} carries the batch, but it does not match SAVE_PATTERN", request=request
        )
    return message(
        "save not recognised: {request} carries the batch, but no SAVE_PATTERN is confirmed: if that is the ERP's "
        "save, write the end of its address into var/local.ini under [env:worker] as SAVE_PATTERN = /..., in force at "
        "the worker's next start",
        request=request,
    )


def request_of(why: str) -> str:
    """Return the request that carried a batch and was not known as the save, as `METHOD address`; "" for none.

    `why`: why a batch was not sent, as the ledger has it.
    """
    found: object = why
    while isinstance(found, Message):
        if found.id in _NOT_RECOGNISED:
            return str(found.args["request"])
        found = found.args.get("why")
    return ""


def is_test(why: str) -> bool:
    """True where a batch was kept back on purpose: everything but its save was done."""
    return isinstance(why, Message) and why.id in _ALL_BUT_THE_SAVE


def and_then(ask: Ask, error: BaseException) -> Message:
    """Say what came of a save that was asked for, and what went wrong after."""
    return message("{why}; then {error}", why=ask.why, error=said_by(error))


def _all_but_the_save(why: str) -> Message:
    """Say that a save that was not meant to go out was kept back; `why`: what else would have kept it back, or ""."""
    if not why:
        return message("nothing is to be saved in this cycle; everything was done but the save")
    return message("nothing is to be saved in this cycle; everything was done but the save ({why})", why=why)


def _alone(request: "Request") -> dict[str, str]:
    """Return a request's headers, asking for a connection that ends with it.

    The driver sends what it fetches over connections that it keeps, and a save that meets a server closing an idle one
    gets no answer: doubt about what never arrived. The word on the save alone would not help: measured, it still goes
    out over a kept connection, and ends it. So every fetch of the gate carries it, and there is none to be kept.
    """
    return {**request.headers, "connection": "close"}


def _address(request: "Request") -> str:
    """Return where a request goes, without its query: that may hold the session's id."""
    parts = urlsplit(request.url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


#: Ids of the messages by which a batch was kept back: callers compare ids, never text.
_NOT_RECOGNISED = frozenset(not_recognised("", is_confirmed=known).id for known in (True, False))
_ALL_BUT_THE_SAVE = frozenset(_all_but_the_save(why).id for why in ("", "-"))
