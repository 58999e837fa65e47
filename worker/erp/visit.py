"""One visit to the ERP: a fresh browser behind relay and save gate, signed in as often as is safe, closed after."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from worker.browser.launch import Evidence, Session, failure_means, is_answering, open_browser
from worker.browser.proxy import Ways
from worker.browser.save_gate import SaveGate
from worker.config.settings import Settings
from worker.erp import Erp, ProgressReporter, find
from worker.erp.asked_hosts import AskedHosts
from worker.erp.refusals import Refusals
from worker.errors import ErpChanged, ErpError, ErpUnavailable, SignInRefused
from worker.i18n import message, said_by
from worker.runtime import hosts
from worker.runtime.heartbeat import Phase
from worker.runtime.reaper import end_browsers
from worker.runtime.site import host_of
from worker.runtime.skew import Skew
from worker.runtime.stop import HeartbeatWriter
from worker.runtime.upstream import Upstream

if TYPE_CHECKING:
    from playwright.sync_api import Page

log = logging.getLogger(__name__)

#: How long a browser may take to start and to close (seconds).
BROWSER_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What there is while a visit lasts."""

    page: "Page"
    erp: Erp
    gate: SaveGate
    #: Makes the connections; knows which hosts were refused.
    upstream: Upstream
    #: What the pages asked refused hosts for.
    asked: AskedHosts
    #: How far the ERP's clock and ours are apart.
    skew: Skew


@contextmanager
def visit(
    settings: Settings,
    *,
    heart: HeartbeatWriter,
    papers: Evidence,
    posts: bool,
    progress: Callable[[str], str] = lambda step: step,
) -> Iterator[Visit]:
    """Open the browser and close all after. `posts` False keeps every save back.

    `progress` adds to a step how far the posting is. Every Playwright error of the block becomes ErpUnavailable; what
    the page showed at a failure is kept in `papers`.
    """
    folder, access = settings.data_dir, settings.erp
    session = Session(folder / "session.json", owner=access.account)
    heart.step(Phase.SIGNING_IN, message("starting the browser"), BROWSER_S)
    upstream = upstream_of(settings)
    asked = AskedHosts()
    ways = Ways(upstream)
    kind = find(access.name)
    gate = SaveGate(
        pattern=access.save_request or (re.compile(kind.save_pattern) if kind.save_pattern else None),
        posts=posts,
        timeout=access.result_s,
        ways=ways,
        wire=kind.wire,
        is_sealed=settings.posting.shadows,
    )
    browser = open_browser(
        chromium=access.chromium,
        data_dir=folder,
        session=session,
        ways=ways,
        headed=access.headed,
        timeout=access.step_s,
    )
    with ways, browser as page:
        try:
            with failure_means(ErpUnavailable, message("driving the ERP")):
                skew = Skew(settings.now)
                page.on("response", skew.note)
                asked.watch(page)
                erp = kind(
                    page,
                    access=access,
                    session=session,
                    gate=gate,
                    pulse=pulse_of(heart, progress),
                    snapshot=partial(papers.snapshot, page),
                )
                yield Visit(page=page, erp=erp, gate=gate, upstream=upstream, asked=asked, skew=skew)
        except ErpError as error:
            if is_answering(page):
                papers.snapshot(page, "failure")
            else:
                # What gives no sign of life does not close either, and the next beat would hide that.
                log.warning("the page gives no sign of life: its browser is ended")
                end_browsers(folder)
            _explain(error, upstream, asked, own=host_of(access.address))
            raise
        finally:
            _tell_refused(upstream, asked)
            heart.step(Phase.CLOSING, message("closing the browser"), BROWSER_S, stoppable=False)


def upstream_of(settings: Settings) -> Upstream:
    """Return what makes a visit's connections: to the ERP's hosts alone, through the office's proxy if there is one."""
    erp = settings.erp
    family = getattr(find(erp.name), "hosts", None)
    listed = hosts.of(
        erp.address,
        family=family(erp.address) if family else (),
        written=erp.hosts,
        learnt=hosts.learnt(settings.data_dir, origin=erp.origin),
    )
    return Upstream(allows=listed.allows, proxy=erp.proxy)


def _tell_refused(upstream: Upstream, asked: AskedHosts) -> None:
    """Log which hosts were refused how often: a warning for what the ERP's pages asked for."""
    counts = upstream.refused
    by_pages = asked.by_pages(counts)
    own = [host for host in counts if host not in by_pages]
    for level, names, who in (
        (logging.WARNING, by_pages, "the ERP's pages"),
        (logging.INFO, own, "the browser itself"),
    ):
        if names:
            told = ", ".join(f"{host} ({counts[host]})" for host in names)
            log.log(level, "%s asked for hosts that are not the ERP's, and were refused: %s", who, told)


def _explain(error: ErpError, upstream: Upstream, asked: AskedHosts, *, own: str) -> None:
    """Add to a failure what the way to the ERP had to do with it: a proxy, a host that did not answer or was refused.

    A page that lacks what it asked for may fail in any way; who reads that must not have to guess.
    """
    if not isinstance(error, ErpUnavailable | ErpChanged):
        return
    host, why = upstream.problem
    if why and (host_of(f"//{host}") == own or upstream.proxy is not None):
        error.args = (message("{error}. On the way there: {why}", error=said_by(error), why=why),)
    if needed := asked.needed(upstream.refused):
        error.args = (
            message(
                "{error}. Its pages asked for {hosts}, and were refused: if that is the ERP's, name it in ERP_HOSTS",
                error=said_by(error),
                hosts=", ".join(needed),
            ),
        )


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
    return Refusals(Path(settings.data_dir) / "refused.json", secret=settings.erp.secret_version())


def pulse_of(heart: HeartbeatWriter, progress: Callable[[str], str]) -> ProgressReporter:
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
        heart.step(phase, progress(step) if phase in (Phase.UPLOADING, Phase.SAVING) else step, seconds)

    return beat
