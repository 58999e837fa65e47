"""One visit to the ERP: a fresh browser behind relay and save gate, signed in as often as is safe, closed after."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from worker.browser import Evidence, Session, failure_means, open_browser
from worker.erp import Access, Erp, Pulse, find
from worker.errors import ErpError, ErpUnavailable, SignInRefused
from worker.heartbeat import Phase
from worker.pulse import Heart
from worker.refusals import Refusals
from worker.relay import Relay
from worker.runtime.skew import Skew
from worker.save_gate import SaveGate
from worker.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: How long a browser may take to start and to close (seconds).
BROWSER_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What there is while a visit lasts."""

    page: "Page"
    erp: Erp
    gate: SaveGate
    #: How far the ERP's clock and ours are apart.
    skew: Skew


@contextmanager
def visit(
    settings: Settings,
    *,
    heart: Heart,
    papers: Evidence,
    posts: bool,
    password: Callable[[], SecretStr] | None = None,
    progress: Callable[[], str] = lambda: "",
) -> Iterator[Visit]:
    """Open the browser and close all after. `posts` False keeps every save back.

    `password` in the place of the settings' own; `progress` says how far the posting is. Every Playwright error of the
    block becomes ErpUnavailable; what the page showed at a failure is kept in `papers`.
    """
    folder = settings.data_dir
    session = Session(folder / "session.json", owner=f"{settings.origin} {settings.company} {settings.user}")
    heart.step(Phase.SIGNING_IN, "starting the browser", BROWSER_S)
    relay = Relay()
    kind = find(settings.erp)
    gate = SaveGate(
        pattern=settings.save_request or (re.compile(kind.save_pattern) if kind.save_pattern else None),
        posts=posts,
        timeout=settings.result_s,
        relay=relay,
        wire=kind.wire,
    )
    browser = open_browser(
        chromium=settings.chromium,
        data_dir=folder,
        session=session,
        relay=relay,
        headed=settings.headed,
        timeout=settings.step_s,
    )
    with relay, browser as page:
        try:
            with failure_means(ErpUnavailable, "driving the ERP"):
                skew = Skew(settings.now)
                page.on("response", skew.note)
                erp = kind(
                    page,
                    access=access_of(settings, password or settings.password),
                    session=session,
                    gate=gate,
                    pulse=pulse_of(heart, progress),
                    snapshot=partial(papers.snapshot, page),
                )
                yield Visit(page=page, erp=erp, gate=gate, skew=skew)
        except ErpError as error:
            papers.snapshot(page, "failure")
            host = urlsplit(settings.address).hostname
            if isinstance(error, ErpUnavailable) and host in relay.problem.split(":"):
                error.args = (f"{error} ({relay.problem})",)
            raise
        finally:
            heart.step(Phase.CLOSING, "closing the browser", BROWSER_S, stoppable=False)


def sign_in(erp: Erp, settings: Settings) -> None:
    """Sign in, unless the same secret was refused too often already. Raises ErpError's children."""
    refusals = refusals_of(settings)
    refusals.demand_try()
    try:
        erp.sign_in()
    except SignInRefused:
        refusals.add()
        raise
    refusals.clear()


def refusals_of(settings: Settings) -> Refusals:
    """Return the count of refused sign-ins with the secret as it is now."""
    return Refusals(Path(settings.data_dir) / "refused.json", secret=settings.secret_version())


def access_of(settings: Settings, password: Callable[[], SecretStr]) -> Access:
    """Return who signs in where."""
    return Access(
        address=settings.address,
        company=settings.company,
        user=settings.user,
        password=password,
        take_over=settings.may_take_over,
        sign_in_s=settings.sign_in_s,
        list_s=settings.list_s,
        step_s=settings.step_s,
        result_s=settings.result_s,
        markers=settings.markers,
    )


def pulse_of(heart: Heart, progress: Callable[[], str]) -> Pulse:
    """Return what beats for a step inside the ERP: the phase is read off the step's first word."""
    phases = {
        "opening": Phase.SIGNING_IN,
        "signing": Phase.SIGNING_IN,
        "pasting": Phase.UPLOADING,
        "saving": Phase.SAVING,
    }

    def beat(step: str, seconds: float) -> None:
        if not step:
            heart.again()
            return
        phase = phases.get(step.split(" ", 1)[0], Phase.READING)
        heart.step(phase, step + progress() if phase in (Phase.UPLOADING, Phase.SAVING) else step, seconds)

    return beat
