"""What tries the settings and the ERP: a check of the files, a test of the sign-in, a probe of every screen."""

from dataclasses import dataclass
from pathlib import Path

from worker.alerts import channel_tests
from worker.config import ini, loading
from worker.config.settings import Settings
from worker.control import requests
from worker.control.requests import Request
from worker.erp import playback
from worker.errors import DaybreakError
from worker.i18n import Message, message
from worker.runtime.commands import CommandKind, CommandResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Settings with which the worker would start."""

    said: Message


def check() -> Checked:
    """Try circus.ini and var/local.ini as they are; change nothing. Raises SettingsError that names each problem."""
    chosen, problems = loading.checked()
    if chosen is not None and not problems and (why := channel_tests.why_not_production(chosen)):
        problems.append(why)
    if problems:
        raise ini.wrong(problems)
    assert chosen is not None, "what is not there has a problem"
    where = (
        message("the demo ERP")
        if chosen.demo
        else message(
            "{address}, company {company}, MODE = {mode}",
            address=chosen.erp.address,
            company=chosen.erp.company,
            mode=chosen.posting.mode,
        )
    )
    return Checked(said=message("The settings can be used: {where}.", where=where))


def run(settings: Settings, what: CommandKind, *, wait: float = 600) -> CommandResult:
    """Have the running worker do a trial and wait for its answer; without one, do it here under the worker's locks.

    Only for the main thread of a program: what is done here listens to signals. `wait` in seconds. Raises
    DaybreakError when no answer comes by then.
    """
    if requests.has_worker(settings.data_dir):
        return requests.wait(settings.data_dir, requests.leave(settings.data_dir, what), seconds=wait)
    from worker.app import by_hand  # a whole worker, for who runs one here alone

    return by_hand.run_errand(settings, what)


def ask(settings: Settings, what: CommandKind) -> Request:
    """Ask the running worker for a trial and return at once; `answered` tells what came of it.

    Raises DaybreakError where no worker runs.
    """
    if not requests.has_worker(settings.data_dir):
        raise DaybreakError(message("asking for a {what}: no worker runs. Start it first: daybreak resume", what=what))
    return requests.leave(settings.data_dir, what)


def answered(settings: Settings, asked: Request) -> CommandResult | None:
    """Return the worker's answer to a trial that was asked for; None while there is none."""
    return requests.answer_to(settings.data_dir, asked)


def replay(settings: Settings, folder: Path, *, mask: bool = False) -> tuple[str, ...]:
    """Play kept pages back and return what the probe says of them; no ERP and no worker is asked.

    `mask`: on copies without personal data, kept in its folder masked/.
    """
    return tuple(playback.play(settings, folder, mask=mask))
