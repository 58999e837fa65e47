"""One cycle in a browser, from sign-in to the end."""

import logging
import time
from contextlib import suppress
from functools import partial

from worker.app.keeping import Keeping
from worker.browser.launch import Evidence
from worker.erp import Erp
from worker.erp.visit import Visit, sign_in, visit
from worker.errors import LedgerError, NotAdopted, SessionExpired
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.posting.books import owner_of
from worker.posting.cycle import Cycle
from worker.posting.figures import Figures, progress
from worker.posting.means import Means
from worker.runtime import clock
from worker.runtime.heartbeat import Phase
from worker.runtime.skew import Skew

log = logging.getLogger(__name__)


class Attending(Keeping):
    """Opens a browser, signs in, and has the cycle run."""

    def _attend(self, ledger: Ledger, number: int, figures: Figures) -> None:
        """Open a browser, sign in, run the cycle, close all. Raises NotAdopted, unread, at books of somebody else."""
        settings = self._settings
        if why := ledger.why_other_books(owner_of(settings)):
            raise NotAdopted(message("nothing is read: {why}", why=why))
        self._morning.before_cycle(ledger, last_good=self._past.last_good)
        self._let_settle(ledger)
        papers = Evidence(self._folder, now=settings.now(), name=f"cycle-{number}")
        sent = partial(progress, figures, settings.posting.batch_rows)
        with visit(settings, heart=self._heart, papers=papers, posts=self._rules.posts, progress=sent) as there:
            try:
                self._stay(ledger, there, number, papers, figures)
            finally:
                self._compare_clocks(ledger, there.skew)

    def _let_settle(self, ledger: Ledger) -> None:
        """After a start of the machine, give what an earlier life sent time to be stored, before it is looked up.

        Raises StopRequested.
        """
        self._watch_the_clock(ledger)
        if self._set_at is None or not self._must_prove or ledger.why_no_posting(owner_of(self._settings)):
            return
        while (left := self._set_at + self._settings.posting.settle_s - clock.since_boot()) > 0:
            self._heart.step(Phase.SETTLING, message("waiting for what an earlier life of the machine sent"), 1.0)
            time.sleep(min(left, 1.0))

    def _compare_clocks(self, ledger: Ledger, skew: Skew) -> None:
        """Have people told when this machine's clock and the ERP's are too far apart, and of the end of that."""
        if skew.seconds is None:
            return
        with suppress(LedgerError):
            if skew.is_too_far:
                seconds = round(abs(skew.seconds))
                what = (
                    message("this machine's clock is {seconds} s behind the ERP's: set it by NTP", seconds=seconds)
                    if skew.seconds > 0
                    else message(
                        "this machine's clock is {seconds} s ahead of the ERP's: set it by NTP", seconds=seconds
                    )
                )
                log.error("%s", what)
                self._alerts.tell(ledger, "clock", what, at=self._settings.now())
            else:
                ledger.end_alarm("clock", at=self._settings.now())

    def _stay(self, ledger: Ledger, there: Visit, number: int, papers: Evidence, figures: Figures) -> None:
        """Sign in and run the cycle; where the session ends under it, sign in once more and begin anew.

        What was sent until then has its outcome in the ledger: the second pass posts only what is left.
        """
        for is_last in (False, True):
            try:
                sign_in(there.erp, self._settings)
                self._adopt_demo(ledger, there.erp)
                self._cycle(ledger, there, number, papers, figures).run()
            except SessionExpired as error:
                if is_last:
                    raise
                log.warning("the session ended in the middle of the cycle, signing in once more: %s", error)
            else:
                return

    def _cycle(self, ledger: Ledger, there: Visit, number: int, papers: Evidence, figures: Figures) -> Cycle:
        settings = self._settings
        return Cycle(
            Means(
                erp=there.erp,
                ledger=ledger,
                rules=self._rules,
                most=self._most,
                only=self._only,
                list_s=settings.erp.list_s,
                cycle=number,
                now=settings.now,
                pulse=self._heart.step,
                papers=papers,
                last_good=self._past.last_good,
                why_no_posting=lambda: ledger.why_no_posting(owner_of(settings)),
                still_ours=lambda: self._why_not_ours(ledger) or (ledger.why_unproved() if self._must_prove else ""),
                figures=figures,
                finishing=self._heart.finishing,
                erp_ahead=lambda: there.skew.seconds or 0.0,
            )
        )

    def _adopt_demo(self, ledger: Ledger, erp: Erp) -> None:
        """In the demo alone, adopt "nothing was posted" if its database is new and its deposit list is empty."""
        if not self._settings.demo or not ledger.why_no_posting(owner_of(self._settings)):
            return
        database = erp.database()
        if database and database not in ledger.adopted_databases() and not erp.has_deposits():
            note = "nothing was posted: a new demo database without deposits"
            at = self._settings.now()
            ledger.adopt(owner_of(self._settings), by="worker", at=at, database=database, note=note, posted=())
            log.info("the ledger is adopted: %s", note)
