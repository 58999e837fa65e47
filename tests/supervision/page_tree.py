"""A tree on a Tuesday morning with a day behind it, and what its ledger and the demo's books say of it."""

import subprocess
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from tests.postbox import Postbox
from tests.rig import BIN, is_listening, wait_until
from tests.supervision.work_day import WorkDay, morning
from worker.config.public_holidays import holidays_of
from worker.demo.clock import KST
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.open_decisions import OpenDecision
from worker.payments.payment import PaymentKind
from worker.runtime.heartbeat import Phase

#: What stands in the demo's list when a day begins.
Payment = dict[str, Any]


def quiet_tuesday() -> date:
    """Return the next Tuesday that, as the Monday before it and the Friday of the week after, is a plain work day.

    All of them are of one month, so that a calendar shows them together.
    """
    days = (morning().date() + timedelta(days=number) for number in range(1, 200))
    return next(
        day
        for day in days
        if day.weekday() == 1
        and 2 <= day.day <= 18
        and not {day - timedelta(days=1), day, next_friday(day)} & set(holidays_of(day.year))
    )


def next_friday(day: date) -> date:
    """Return the Friday of the week after a day's."""
    return day + timedelta(days=11 - day.weekday())


class PageTree(WorkDay):
    """The tree, with the office's page; what its save does not see it asks a person, as it may read no deposit list."""

    def __init__(self, folder: Path, *, postbox: Postbox) -> None:
        self.tuesday = quiet_tuesday()
        self.monday = self.tuesday - timedelta(days=1)
        at = datetime.combine(self.monday, time(17, 40, 20), KST)
        super().__init__(
            folder, postbox=postbox, at=at, page=True, DEPOSIT_LIST="off", DEMO_PAYMENTS="0", REPORT_LANGUAGE="ko"
        )

    def began(self) -> None:
        """Wait until all that a reader meets is there."""
        self.beating(deadline=60)
        wait_until("the ERP", lambda: is_listening(self.demo_control_port), 30)
        wait_until("the page", lambda: is_listening(self.page_port), 30)
        self.erp("/clock", {"now": self.now().isoformat()})

    def go_to(self, at: datetime) -> None:
        """Set the clocks of the tree and of the ERP."""
        self.set_clock(at)
        self.erp("/clock", {"now": at.isoformat()})

    def pays(self, payer: str, amount: int, **other: Any) -> Payment:
        """Have the ERP list one more payment; return it as the ERP stores it."""
        (paid,) = self.erp(
            "/payments", [{"payer": payer, "amount": amount, "status": "승인", "reflected": False, **other}]
        )
        return dict(paid)

    def takes_back(self, paid: Payment, **other: Any) -> None:
        """Have the ERP list a cancellation of a payment."""
        same = {
            name: paid[name] for name in ("payer", "amount", "requester", "method", "acquirer", "card", "approval_no")
        }
        self.pays(**{**same, "status": "취소", **other})

    def verb(self, *words: str) -> str:
        """Run the people's command by this tree's clock; return what it says."""
        done = subprocess.run(
            [str(BIN / "daybreak"), *words], env=self.environment(), capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def cycle(self) -> None:
        """Have a whole cycle run."""
        self.verb("once")

    def later(self, *, minutes: int) -> None:
        """Let some time pass, and a cycle run."""
        self.go_to(self.now() + timedelta(minutes=minutes))
        self.cycle()

    # --- what is true, outside the page

    def books(self, payer: str) -> list[int]:
        """Return the won of a payer's deposits in the ERP's books."""
        return sorted(int(one["amount"]) for one in self.erp("/slips") if one["payer"] == payer)

    def posted(self, *, without: str, on: date | None = None) -> list[int]:
        """Return the won of the deposits in the ERP's books but for one payer's: all, or those entered on a day."""
        return sorted(
            int(one["amount"])
            for one in self.erp("/slips")
            if one["payer"] != without and (on is None or one["entered_at"].startswith(f"{on}"))
        )

    def entry(self, payer: str, amount: int, kind: PaymentKind = PaymentKind.APPROVAL) -> Entry:
        """Return what the ledger says of the one payment of a payer and an amount."""
        with Ledger(self.data, create=False) as ledger:
            (found,) = (one for one in ledger.alike(payer, amount) if one.payment.kind is kind)
        return found

    def decided(self) -> list[OpenDecision]:
        """Return the decisions that can still be taken back."""
        with Ledger(self.data, create=False) as ledger:
            return ledger.open_decisions()

    def moves(self, key: str) -> list[dict[str, object]]:
        """Return what became of a payment, the oldest first."""
        with Ledger(self.data, create=False) as ledger:
            return list(ledger.history(key))

    def cycles_so_far(self) -> int:
        """Return how many cycles have begun."""
        with Ledger(self.data, create=False) as ledger:
            found = ledger.last_cycles(1)
        return int(str(found[0]["id"])) if found else 0

    def is_at_rest(self) -> bool:
        """True while the worker waits for its next cycle."""
        beat = self.beat()
        return beat is not None and beat.phase is Phase.WAITING
