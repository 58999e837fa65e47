"""What a command may have done at the ERP besides a cycle: one test of the sign-in, a probe of every screen.

Nothing is posted: every save is kept back, and no batch is ever entered.
"""

import logging
import time
from collections.abc import Collection

from pydantic import SecretStr

from worker.browser.launch import Evidence
from worker.config.settings import Settings
from worker.erp import trial_records
from worker.erp.findings import FindingVerdict, of_hosts, printed
from worker.erp.refusals import MOST
from worker.erp.visit import Visit, refusals_of, sign_in, visit
from worker.errors import DaybreakError, ErpError, SignInRefused, StopRequested
from worker.i18n import Message, message, reasons, said_by
from worker.i18n.words import Words
from worker.runtime import hosts
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.stop import HeartbeatWriter

log = logging.getLogger(__name__)

SIGNED_IN = Words("signed in as {who} at {address} in {seconds:.1f} s, by password. Nothing was posted")
BY_SESSION = Words(
    "the stored session of {who} at {address} works, and the ERP shows no link to sign out ({why}): the password was "
    "not tried. To try it: circusctl stop worker, sign that session out by hand, remove {file}, and once more"
)
REFUSED = Words(
    "Refused {count} of {most} times with this password; after that daybreak signs in no more until the password file "
    "is replaced"
)
NO_PROBE = Words("the ERP package {erp} has no probe: nothing was looked at")


def run(what: CommandKind, settings: Settings, *, heart: HeartbeatWriter) -> CommandResult:
    """Do it; a failure with a name is an answer, and what came of it is kept. Raises StopRequested."""
    log.info("%s: asked for by hand, nothing will be posted", what)
    why = ""
    try:
        if what is CommandKind.LOGIN_TEST:
            told = login_test(settings, heart=heart)
        else:
            told = probe(settings, heart=heart, learns=what is CommandKind.LEARN)
    except StopRequested:
        raise
    except (DaybreakError, OSError) as error:  # a look that fails is no reason for the worker to end
        why = said_by(error)
        lines = [reasons.say(said_by(error), settings.report_language)]
        if isinstance(error, SignInRefused) and (count := refusals_of(settings).count):
            lines.append(REFUSED(settings.report_language, count=min(count, MOST), most=MOST))
        told = CommandResult(is_well=False, lines=tuple(lines))
    log.info("%s: %s", what, told.lines[-1])
    trial_records.keep(settings, what, told, why=why)
    return told


def login_test(settings: Settings, *, heart: HeartbeatWriter) -> CommandResult:
    """Sign in once, by the password as its file holds it now."""
    tried: list[float] = []

    def password() -> SecretStr:
        found = settings.erp.password()
        tried.append(time.monotonic())
        return found

    papers = Evidence(settings.data_dir, now=settings.now(), name=f"login-test-{settings.now():%H%M%S}")
    who = f"{settings.erp.company}/{settings.erp.user}"
    begun = time.monotonic()
    erp = settings.erp.model_copy(update={"password_from": password})
    asking = settings.model_copy(update={"erp": erp})
    with visit(asking, heart=heart, papers=papers, posts=False) as there:
        sign_in(there.erp, settings)
        if not tried:  # by the stored session, which proves nothing about the password
            try:
                there.erp.sign_out()
            except ErpError as error:
                file, why = settings.data_dir / "session.json", reasons.say(said_by(error), settings.report_language)
                words = BY_SESSION(settings.report_language, who=who, address=settings.erp.address, why=why, file=file)
                return CommandResult(is_well=False, lines=(words,))
            begun = time.monotonic()
            sign_in(there.erp, settings)
    seconds = time.monotonic() - begun
    return CommandResult(
        is_well=True,
        lines=(SIGNED_IN(settings.report_language, who=who, address=settings.erp.address, seconds=seconds),),
    )


def probe(settings: Settings, *, heart: HeartbeatWriter, learns: bool = False) -> CommandResult:
    """Walk every screen and say which of its marks are there; keep a picture of each.

    What the pages asked other hosts for is said as well. `learns`: those that they may need are the ERP's from now on.
    """
    papers = Evidence(settings.data_dir, now=settings.now(), name=f"probe-{settings.now():%H%M%S}")
    there: Visit | None = None
    try:
        with visit(settings, heart=heart, papers=papers, posts=False) as opened:
            there = opened
            walk = getattr(opened.erp, "probe", None)
            if walk is None:
                none = NO_PROBE(settings.report_language, erp=settings.erp.name)
                return CommandResult(is_well=False, lines=(none,), has_none=True)
            found = list(
                walk(
                    sign_in=lambda: sign_in(opened.erp, settings),
                    picture=papers.snapshot,
                    with_deposits=settings.posting.can_look_up,
                )
            )
    except ErpError as error:  # a host that was refused may be why
        if there is None or isinstance(error, SignInRefused):
            raise
        said = [reasons.say(said_by(error), settings.report_language)]
        said += [
            one.text(settings.report_language)
            for one in (*of_hosts(_refused(there)), *_learnt(there, settings, learns=learns))
        ]
        return CommandResult(is_well=False, lines=tuple(said))
    trial_records.keep_findings(papers, found)
    lines = list(
        printed(
            found,
            folder=papers.folder,
            stopped=there.gate.stopped,
            language=settings.report_language,
            refused=_refused(there),
        )
    )
    lines += [one.text(settings.report_language) for one in _learnt(there, settings, learns=learns)]
    is_well = not any(one.verdict is FindingVerdict.MISSING for one in found)
    return CommandResult(is_well=is_well, lines=tuple(lines), folder=papers.folder)


def _refused(there: Visit) -> dict[str, Collection[str]]:
    """Return {host that was refused: what a page may need of it}."""
    refused = there.upstream.refused
    needed = there.asked.needed(refused)
    return {host: needed.get(host, ()) for host in refused}


def _learnt(there: Visit, settings: Settings, *, learns: bool) -> list[Message]:
    """Take what the pages may need into the ERP's list, if that is wanted; say what that was."""
    needed = there.asked.needed(there.upstream.refused)
    if not learns or not needed:
        return []
    hosts.learn(settings.data_dir, needed, origin=settings.erp.origin)
    return [
        message(
            "Learnt, and the ERP's from the next browser on: {hosts}. Probe again; to take one out: {file}",
            hosts=", ".join(needed),
            file=str(settings.data_dir / hosts.LEARNT),
        )
    ]
