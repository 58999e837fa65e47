"""`python -m tests.tools.simulate MONTHS [--seed S]`: random months of a payment list's life before the real rules.

No browser: worker/posting and the ledger, before an ERP in memory, four readings a day. Between two readings
people and machines edit, remove, rename, reflect, filter and cancel at harsh rates; a person answers truthfully what is
asked.
The books are judged row by row: each row knows what it truly is, however it was listed.
"""

import argparse
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes import FakeClock, FakeErp, Listed, Worker, quick_folder
from worker.errors import DaybreakError, ErpUnavailable, IllegalMove, ListDoubted
from worker.ledger.entry import Entry
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments.payment import KST, Identity, ListRow, PaymentKind, key_of, parse_rows

#: A Monday, before the first reading.
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=KST)

#: Hours of the readings of a work day.
READINGS = (8, 11, 14, 17)

PAYERS = ("온라인결제", *(f"가게 {number}" for number in range(40)))

AMOUNTS = (5_000, 10_000, 10_000, 15_000, 20_000, 33_000, 45_000, 120_000)

ACQUIRERS = ("KB국민카드", "신한카드", "비씨카드사", "")

#: What happens to a row so often in a month of 22 days, on average.
RATES = {
    "rename": 40,
    "number": 8,
    "late number": 10,
    "reformat": 10,
    "amount": 3,
    "second": 3,
    "two": 4,
    "unreflect": 5,
    "reflect early": 5,
    "cancel in place": 10,
    "cancel": 15,
    "partial": 6,
    "uncancel": 2,
    "remove": 3,
    "cancel failed": 2,
}

#: Stories after which a question about a row is rightly asked.
ASKED = frozenset(
    {
        "number", "no number", "amount", "second", "two", "unreflect", "reflect early", "partial", "uncancel", "remove",
        "cancel failed", "hidden", "first cancelled", "reflected then cancelled",
    }
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Line(Listed):
    """A row of the list, and what it truly is."""

    acquirer: str = ""
    #: The approval that this row cancels.
    of: "Line | None" = None
    #: Deposits that are due for this row, by sign; None: a person took it over.
    due: int = 1
    #: Signs of the deposits that were entered for it.
    entered: list[int] = field(default_factory=list)
    stories: set[str] = field(default_factory=set)
    is_hidden: bool = False
    #: Every form in which it was ever listed.
    forms: set[Identity] = field(default_factory=set)

    def note_form(self) -> None:
        """Remember how it is listed now."""
        found = parse_rows([self.row()])
        for one in (*found.payments, *found.failed):
            self.forms.add(one.identity)


class Office(FakeErp):
    """The ERP with the office before it."""

    def _list(self, is_on_tab: Callable[[Listed], bool], since: datetime | None = None) -> list[ListRow]:
        return FakeErp._list(self, lambda one: is_on_tab(one) and not getattr(one, "is_hidden", False), since)


@dataclass(slots=True)
class Tally:
    """What one month came to."""

    deposits: int = 0
    twice: int = 0
    lost: int = 0
    minus_lost: int = 0
    needless: int = 0
    holds: int = 0
    misfires: int = 0
    brakes: int = 0
    #: What went wrong, in words.
    stories: list[str] = field(default_factory=list)


class Month:
    """One month."""

    def __init__(self, seed: int, worker: Worker, erp: Office, clock: FakeClock, *, days: int, rate: float) -> None:
        self.random = random.Random(seed)
        self.worker, self.erp, self.clock = worker, erp, clock
        self.days, self.rate = days, rate
        self.tally = Tally()
        self.lines: list[Line] = []
        self.numbers = 10_000_000 + seed * 1_000
        self.slips = 0
        self.asked: set[str] = set()
        self.filtered = 0
        self.burst: list[Line] = []

    # --- life ---------------------------------------------------------------------------------------------------------

    def run(self) -> Tally:
        """Live through the month and judge it."""
        for day in range(self.days):
            date = MONDAY + timedelta(days=day // 5 * 7 + day % 5)
            for hour in READINGS:
                self.clock.at = date.replace(hour=hour)
                self.buy(last=hour == READINGS[0])
                self.happen()
                self.read()
            self.answer(0.8)
            if day % 5 == 4:
                self.reflect_half()
        for _ in range(3):
            self.clock.at += timedelta(hours=3)
            self.unhide()
            self.answer(1.0)
            self.read()
        self.judge()
        return self.tally

    def number(self) -> str:
        self.numbers += self.random.randrange(1, 7_000)
        return f"{self.numbers % 100_000_000:08}"

    def add(
        self, at: datetime, *, status: str = "승인", payer: str = "", amount: int = 0, number: str | None = None
    ) -> Line:
        line = Line(
            at.replace(microsecond=0),
            payer or self.random.choice(PAYERS),
            amount or self.random.choice(AMOUNTS),
            self.number() if number is None else number,
            status=status,
            acquirer=self.random.choice(ACQUIRERS),
        )
        self.lines.append(line)
        self.erp.rows.append(line)
        return line

    def buy(self, *, last: bool) -> None:
        """List what came in since the last reading: some still requested, some in bursts of one second."""
        span = (15 if last else 3) * 3600 - 60
        for _ in range(self.random.randrange(8, 15)):
            at = self.clock.at - timedelta(seconds=self.random.randrange(30, span))
            chance = self.random.random()
            if chance < 0.05:
                self.add(at, status="요청중", number="").due = 0
            elif chance < 0.07:
                self.add(at, status="승인실패", number="").due = 0
            else:
                line = self.add(at, number="" if chance > 0.98 else None)
                if not line.approval_no:
                    line.stories.add("late number")
        for line in self.lines:
            if line.status == "요청중" and self.random.random() < 0.6:
                line.status = "승인" if self.random.random() < 0.7 else "승인실패"
                line.approval_no = self.number() if line.status == "승인" else ""
                line.due = 1 if line.status == "승인" else 0
        if self.random.random() < 3 / (self.days * len(READINGS)) * self.rate:
            at, amount = self.clock.at - timedelta(minutes=5), self.random.choice(AMOUNTS)
            for _ in range(self.random.randrange(10, 30)):
                line = self.add(at, amount=amount)
                if self.random.random() < 0.3:
                    line.status, line.approval_no, line.due = "요청중", "", 0

    def happen(self) -> None:
        """Let people edit what is listed."""
        self.unhide()
        for name, rate in RATES.items():
            chance = rate * self.rate / (self.days * len(READINGS))
            while chance > 0:
                if self.random.random() < chance:
                    self.change(name)
                chance -= 1
        if self.random.random() < 2 * self.rate / (self.days * len(READINGS)):
            self.filtered = self.random.randrange(1, 3)
            for line in self.open():
                if self.random.random() < 0.5:
                    line.is_hidden = True
                    line.stories.add("hidden")

    def unhide(self) -> None:
        self.filtered -= 1
        if self.filtered < 0:
            for line in self.lines:
                line.is_hidden = False

    def open(self, status: str = "승인") -> list[Line]:
        """Return the rows under 미반영 that people see."""
        oldest = self.clock.at - timedelta(days=6, hours=20)
        return [
            one
            for one in self.lines
            if one.status == status and not one.is_reflected and not one.has_left and one.at >= oldest
        ]

    def change(self, name: str) -> None:
        """Do one thing to one row."""
        rows = self.open()
        if not rows:
            return
        line = self.random.choice(rows)
        match name:
            case "rename":
                old = line.payer
                for one in rows if self.random.random() < 0.1 else [line]:
                    if one.payer == old:
                        one.payer = f"{old.split(' (')[0]} ({self.random.randrange(1000)})"
                return
            case "number":
                line.approval_no = self.number()
            case "late number":
                waiting = [one for one in rows if not one.approval_no and "no number" not in one.stories]
                for one in waiting[:1]:
                    one.approval_no = self.number()
                return
            case "reformat":
                line.approval_no = line.approval_no.lstrip("0") or line.approval_no
                return
            case "amount":
                line.amount += 1_000
            case "second":
                line.at += timedelta(seconds=self.random.randrange(1, 40))
            case "two":
                what = self.random.choice(("payer", "amount", "second"))
                line.approval_no = self.number()
                if what == "payer":
                    line.payer += " 수정"
                elif what == "amount":
                    line.amount += 500
                else:
                    line.at += timedelta(seconds=1)
            case "unreflect":
                reflected = [
                    one
                    for one in self.lines
                    if one.is_reflected and one.status == "승인" and one.at > self.clock.at - timedelta(days=5)
                ]
                if not reflected:
                    return
                line = self.random.choice(reflected)
                line.is_reflected = False
                if not line.entered:
                    line.due = 1
            case "reflect early":
                fresh = [one for one in rows if not one.entered]
                if not fresh:
                    return
                line = self.random.choice(fresh)
                line.is_reflected = True
                line.due = 0
            case "cancel in place":
                line.status, line.due = "취소", 0
                return
            case "uncancel":
                cancelled = [one for one in self.open("취소") if one.of is None]
                if not cancelled:
                    return
                line = self.random.choice(cancelled)
                line.status, line.due = "승인", 1
            case "cancel" | "partial":
                if not line.approval_no or any(one.of is line for one in self.lines):
                    return
                part = line.amount if name == "cancel" else line.amount // 5
                taken = self.add(
                    self.clock.at - timedelta(minutes=3), payer=line.payer, amount=part, number=line.approval_no
                )
                taken.status, taken.due, taken.of, taken.acquirer = "취소", -1, line, line.acquirer
                line.stories.add(name)
                if name == "partial":
                    taken.stories.add("partial")
                return
            case "remove":
                line.has_left = True
                line.due = 1 if line.entered else 0
            case "cancel failed":
                line.status = "취소실패"
            case _:
                return
        line.stories.add(name)

    def reflect_half(self) -> None:
        """The accountant's work of the week: half of what is listed and posted."""
        for line in self.open() + self.open("취소"):
            if line.entered and self.random.random() < 0.5:
                line.is_reflected = True

    # --- the worker and the person ------------------------------------------------------------------------------------

    def read(self) -> None:
        """Run a cycle, sometimes one whose session is lost in the middle; answer a question about the list."""
        for line in self.lines:
            line.note_form()
        if self.random.random() < 5 * self.rate / (self.days * len(READINGS)):
            self.erp.fails[self.random.choice(("read_reflected", "upload", "read_all", "look_up"))] = ErpUnavailable(
                "lost"
            )
        for _ in range(3):
            try:
                self.worker.run_cycle()
            except ListDoubted as error:
                self.tally.brakes += 1
                if not any(one.is_hidden for one in self.lines) and "edited" not in str(error):
                    self.tally.misfires += 1
                self.count_slips()
                self.answer_list()
                continue
            except DaybreakError:
                pass
            break
        self.erp.fails.clear()
        self.count_slips()

    def answer_list(self) -> None:
        """Say truthfully which rows are which; a filter is taken away first."""
        self.filtered = 0
        self.unhide()
        asked = self.worker.ledger.brake()
        assert asked is not None
        pairs = asked["pairs"]
        assert isinstance(pairs, dict)
        same = {}
        named = {key_of(form, 0): line for line in self.lines for form in line.forms}
        for row, keys in pairs.items():
            for key in keys:
                entry = self.worker.ledger.entry(key)
                if entry is not None and row in named and self.line_of(entry) is named[row]:
                    same[row] = key
        self.worker.ledger.answer_brake(same, by="kim", why="looked", at=self.clock())

    def line_of(self, entry: Entry) -> Line | None:
        """Return the row that a payment is, by any form in which it was listed."""
        lines = [one for one in self.lines if entry.payment.identity in one.forms]
        if not lines and entry.payment.kind is PaymentKind.APPROVAL:
            return None
        return min(lines, key=lambda one: len(one.entered), default=None)

    def count_slips(self) -> None:
        """Write each new deposit to its row."""
        for slip in self.erp.slips[self.slips :]:
            entry = self.worker.ledger.entry(slip.remark.rsplit("#", 1)[1])
            assert entry is not None
            line = self.line_of(entry)
            assert line is not None, entry
            line.entered.append(1 if slip.amount > 0 else -1)
        self.slips = len(self.erp.slips)

    def answer(self, share: float) -> None:
        """Decide what waits, as the books are."""
        ledger = self.worker.ledger
        for entry in ledger.in_state(State.HELD, State.REJECTED):
            key = entry.payment.key
            if key not in self.asked:
                self.asked.add(key)
                self.tally.holds += 1
                line = self.line_of(entry)
                stories = (line.stories | (line.of.stories if line.of else set())) if line else {"?"}
                if not stories & ASKED and entry.payment.number and "listed as 취소" not in entry.why:
                    self.tally.needless += 1
                    self.tally.stories.append(f"needless: {entry.payment} {entry.why} {stories}")
            if self.random.random() > share:
                continue
            line = self.line_of(entry)
            if line is None:
                continue
            sign = 1 if entry.payment.kind is PaymentKind.APPROVAL else -1
            missing = line.due - sum(line.entered)
            verdict = RowVerdict.NOT_POSTED if missing == sign else RowVerdict.NEVER
            if line.entered and verdict is RowVerdict.NEVER:
                verdict = RowVerdict.POSTED if self.random.random() < 0.5 else RowVerdict.NEVER
            if not entry.payment.number and verdict is RowVerdict.NOT_POSTED and self.random.random() < 0.5:
                continue  # the number may still come
            try:
                ledger.resolve(key, verdict, by="kim", why="looked", at=self.clock())
            except IllegalMove:
                continue

    # --- judgement ----------------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Compare what stands in the books with what is due, row by row."""
        waiting = [self.line_of(one) for one in self.worker.ledger.in_state(State.HELD, State.IN_DOUBT, State.REJECTED)]
        asked = {id(one) for one in waiting if one is not None}
        for line in self.lines:
            self.tally.deposits += len(line.entered)
            plus, minus = line.entered.count(1), line.entered.count(-1)
            total = plus - minus
            if total == line.due or id(line) in asked:
                continue
            story = (
                f"{line.at:%d %H:%M:%S} {line.payer} {line.amount} {line.status} {line.approval_no!r} due {line.due}"
            )
            story += f" entered {line.entered} {sorted(line.stories)}"
            if (total > line.due and line.due >= 0 and plus > 1) or (total < line.due and line.due < 0):
                self.tally.twice += 1
                self.tally.stories.append(f"twice: {story}")
            elif line.due < total:
                self.tally.minus_lost += 1
                self.tally.stories.append(f"minus lost: {story}")
            elif line.at >= self.clock.at - timedelta(days=400):
                self.tally.lost += 1
                self.tally.stories.append(f"lost: {story}")


def live(seed: int, *, days: int = 22, rate: float = 1.0) -> Tally:
    """Live through one random month and return what it came to."""
    logging.disable(logging.CRITICAL)
    try:
        with quick_folder() as folder:
            clock = FakeClock(MONDAY)
            erp = Office(clock)
            worker = Worker(folder, erp, clock)
            worker.adopt()
            try:
                return Month(seed, worker, erp, clock, days=days, rate=rate).run()
            finally:
                worker.close()
    finally:
        logging.disable(logging.NOTSET)


def main() -> int:
    """Live through so many months; print what each came to, and the mean."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.simulate", description=__doc__)
    parser.add_argument("months", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=22)
    parser.add_argument("--quiet", action="store_true", help="the mean alone")
    chosen = parser.parse_args()
    sums: Counter[str] = Counter()
    names = ("deposits", "twice", "lost", "minus_lost", "holds", "needless", "brakes", "misfires")
    began = time.monotonic()
    for seed in range(chosen.seed, chosen.seed + chosen.months):
        tally = live(seed, days=chosen.days)
        sums.update({name: getattr(tally, name) for name in names})
        if not chosen.quiet:
            print(seed, {name: getattr(tally, name) for name in names}, flush=True)
            print("\n".join(f"    {one}" for one in tally.stories), flush=True)
    seconds = time.monotonic() - began
    print(f"{chosen.months} months of {chosen.days} days, seeds from {chosen.seed}, {seconds:.0f} s; a month:")
    for name in names:
        print(f"  {name:12s} {sums[name] / chosen.months:10.2f}")
    return 0 if not sums["twice"] and not sums["lost"] and not sums["minus_lost"] else 1


if __name__ == "__main__":
    sys.exit(main())
