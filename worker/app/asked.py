"""What commands ask the running worker for, and what it does for itself between cycles."""

import logging

from worker.app.parts import Parts
from worker.control import requests
from worker.erp import checks
from worker.erp.visit import refusals_of
from worker.errors import LedgerError, SignInRefused, StopRequested
from worker.i18n import reasons, said_by
from worker.runtime import posting_freeze
from worker.runtime.commands import CommandKind, CommandResult
from worker.schedule import calendar

log = logging.getLogger(__name__)


class Asked(Parts):
    """Takes requests, and does those that are no cycle."""

    def asked(self) -> calendar.Slot | None:
        """Return the cycle that was asked for with `daybreak once`, and forget the request."""
        wanted = requests.take(self._folder)
        if wanted is None:
            self._look_early()
            return self._held_back()
        if wanted.what is not CommandKind.CYCLE:
            requests.answer(self._folder, wanted, self.errand(wanted.what))
            return None
        return calendar.Slot(at=self._settings.now(), test=wanted.test, rows=wanted.rows, only=wanted.only)

    def _look_early(self) -> None:
        """Look at the ERP's screens minutes before the day's first cycle: what has changed is told in time."""
        if self._ledger is None:
            return
        try:
            if self._morning.look_early(self._ledger, last_good=self._past.last_good):
                self._tell_refusals()
        except LedgerError as error:
            log.error("looking at the screens: %s", error)

    def errand(self, what: CommandKind) -> CommandResult:
        """Do what a command asked for that is no cycle: a look at the ERP that posts nothing."""
        try:
            return checks.run(what, self._settings, heart=self._heart)
        except StopRequested as error:
            return CommandResult(is_well=False, lines=(reasons.say(said_by(error), self._settings.report_language),))
        finally:
            self._heart.progress()
            self._tell_refusals()

    def _tell_refusals(self) -> None:
        """Tell at once that no more sign-ins are made, whoever's try was the last one."""
        try:
            refusals_of(self._settings).demand_try()
        except SignInRefused as error:
            try:
                is_told = self._ledger is not None and any(one.cause == "password" for one in self._ledger.alarms())
            except LedgerError:
                is_told = False
            if not is_told:
                self._alerts.tell(self._ledger, "password", said_by(error), at=self._settings.now())

    def _held_back(self) -> calendar.Slot | None:
        """Return a cycle for what an upgrade held back, once it is finished."""
        now = self._settings.now()
        if not self._was_held or posting_freeze.why(now):
            return None
        self._was_held = False
        return calendar.Slot(at=now) if calendar.is_open(now, self._settings.schedule) else None
