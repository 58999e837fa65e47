"""The month without a browser: the same plan on the real ledger and cycle, before an ERP in memory; in seconds."""

import logging
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Self

from tests.fakes import RULES, FakeClock, FakeErp, Listed, Worker, quick_folder, with_rules
from tests.tools.month.ask import answer_list, asked_in
from tests.tools.month.judge import Asked
from tests.tools.month.plan import Change, Reading
from worker.demo.clock import KST
from worker.errors import DaybreakError
from worker.payments.payment import ListRow

#: A Monday; its third week's Thursday and Friday are off.
MONDAY = date(2026, 11, 30)
OFF = frozenset(MONDAY + timedelta(days=number) for number in (17, 18))


@dataclass(slots=True)
class Line(Listed):
    """A row with an acquirer of its own."""

    acquirer: str = ""

    def row(self) -> ListRow:
        """Return the row as it is read off the screen."""
        return replace(Listed.row(self), acquirer=self.acquirer)


class Rehearsal:
    """Stands in for the tree."""

    def __init__(self) -> None:
        self._held = ExitStack()
        #: Cycles that failed: when, and why.
        self.failures: list[tuple[datetime, str]] = []
        #: Questions about a whole list.
        self.questions: list[str] = []
        #: How long each cycle took (seconds).
        self.seconds: list[float] = []
        self._lines: dict[int, Line] = {}

    def __enter__(self) -> Self:
        logging.disable(logging.CRITICAL)  # what is wrong stands in the table
        with ExitStack() as held:
            held.callback(logging.disable, logging.NOTSET)
            self._clock = FakeClock(datetime.combine(MONDAY, datetime.min.time(), KST))
            self.erp = FakeErp(self._clock)
            self._worker = Worker(held.enter_context(quick_folder()), self.erp, self._clock)
            held.callback(self._worker.close)
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @staticmethod
    def days(count: int) -> list[date]:
        """Return so many work days."""
        days = (MONDAY + timedelta(days=number) for number in range(2 * count + 10))
        return [day for day in days if day.weekday() < 5 and day not in OFF][:count]

    def start(self, at: datetime) -> None:
        """Adopt that nothing was posted."""
        self._clock.at = at
        self._worker.adopt()

    def read(self, reading: Reading) -> None:
        """Let happen what comes before a reading, and have it read."""
        self._clock.at = reading.at + timedelta(seconds=2)
        for change in reading.changes:
            self._change(change)
        self.erp.posts = not reading.is_test
        self._worker.rules = with_rules(RULES, mode="test" if reading.is_test else "production")
        began = time.monotonic()
        if why := self._run_cycle():
            if question := answer_list(self._worker.ledger, at=self._clock()):
                self.questions.append(question)
                self._clock.advance(minutes=16)
                why = self._run_cycle()
            if why:
                self.failures.append((reading.at, why))
        self.seconds.append(time.monotonic() - began)

    def _run_cycle(self) -> str:
        """Run one; return why it failed, or an empty text."""
        try:
            self._worker.run_cycle()
        except DaybreakError as error:
            return f"{error}"
        return ""

    def _change(self, change: Change) -> None:
        if change.is_new:
            line = self._lines[change.row] = Line(at=reading_time(change), payer="", amount=0, approval_no="")
            self.erp.rows.append(line)
        line = self._lines[change.row]
        names = {"requested_at": "at", "reflected": "is_reflected"}
        for name, value in change.fields.items():
            target = names.get(name, name)
            if hasattr(line, target):
                setattr(line, target, datetime.fromisoformat(value) if target == "at" else value)

    # --- what is judged

    def slips(self) -> list[dict[str, Any]]:
        """Return all deposits that the ERP has."""
        return [
            {"date": slip.number.split(" ")[0], "payer": slip.payer, "amount": slip.amount} for slip in self.erp.slips
        ]

    def asked(self) -> list[Asked]:
        """Return every row that waits for a person."""
        return asked_in(self._worker.ledger)

    def alarms(self) -> list[str]:
        """Return every open alarm: its cause and what it says."""
        return [f"{alarm.cause}: {alarm.what}" for alarm in self._worker.ledger.alarms()]


def reading_time(change: Change) -> datetime:
    """Return when the row of a change was requested."""
    return datetime.fromisoformat(change.fields["requested_at"])
