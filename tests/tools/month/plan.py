"""The month as data: what happens to the ERP's list before each reading, and what must come of each row. Pure."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from worker.demo import names
from worker.demo.clock import KST

#: The readings of a day, as slots of the schedule.
READINGS = (time(8, 30), time(11, 30), time(14, 30), time(17, 30))

#: Payments of an ordinary day, and of one without readings (a weekend, a holiday).
A_DAY, A_DAY_OFF = 45, 15

#: How many times as many payments come on the month's last day.
MONTH_END = 10

#: What stands where an approval number should, and is none.
ODD_NUMBERS = ("-", "없음", "00000000", "\u200b", "1.23457E+7", "0", "N/A", "—", "\u3164", "")

#: Fields of the row that an edit changes, and how often it is planted.
EDITS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("number",), 2),
    (("payer", "number"), 2),
    (("no number",), 1),
    (("second",), 2),
    (("payer", "second"), 2),
    (("amount",), 2),
    (("payer", "amount"), 2),
    (("number", "second"), 2),
    (("number", "amount"), 2),
    (("second", "amount"), 1),
    (("cancellation's number",), 1),
    (("number beside a request",), 1),
)

#: Rows of a list whose every second is another one in one reading: that is asked once, for all of it.
SHIFTED = 14

#: Customers that get another name in a month.
RENAMES = 40

#: Rows older than this are left alone: they may leave the list before the next reading.
YOUNG = timedelta(days=5)

#: A customer's new name is given to the rows of so many days.
LISTED = timedelta(days=7)


@dataclass(slots=True, kw_only=True)
class Row:
    """One row of the ERP's list through the month."""

    id: int
    #: What was planted with it.
    what: str
    customer: int | None
    #: Index of the first reading that lists it.
    first: int
    #: Every form it has had, in the words of the control API; the last one is how it stands at the end.
    forms: list[dict[str, Any]]
    #: What the books must hold for it: the deposit's day and won.
    deposits: list[tuple[date, int]] = field(default_factory=list)
    #: True when a person must be asked about it, and still is at the end of the month.
    is_asked: bool = False
    #: True when a person may be asked about it for a while.
    may_wait: bool = False
    #: True once something other than a rename has happened to it.
    is_taken: bool = False

    @property
    def now(self) -> dict[str, Any]:
        """How it stands."""
        return self.forms[-1]

    @property
    def at(self) -> datetime:
        """When it was requested, as it stands."""
        return datetime.fromisoformat(self.now["requested_at"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row is added (`fields` is all of it), or some of its fields are changed."""

    row: int
    fields: dict[str, Any]
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One cycle: what happens before it, and when it comes."""

    at: datetime
    changes: list[Change] = field(default_factory=list)
    #: A cycle that keeps every save back.
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What will happen, and every row of it."""

    readings: Sequence[Reading]
    rows: Sequence[Row]
    #: How often each kind of thing was planted.
    counts: dict[str, int]


def plan(days: Sequence[date], *, seed: int) -> Month:
    """Return a month on these work days, the last one with the month's end. It needs ten days at least."""
    if len(days) < 10:
        raise ValueError(f"a month of {len(days)} work days: ten are needed for all that is planted")
    return _Planner(days, seed).month()


class _Planner:
    """Goes through the readings in order, and lets happen before each what is due."""

    def __init__(self, days: Sequence[date], seed: int) -> None:
        self._days = days
        self._chance = Random(seed)
        self._rows: list[Row] = []
        self._counts: dict[str, int] = defaultdict(int)
        self._numbers: set[str] = set()
        #: What is due before the reading of an index.
        self._due: dict[int, list[Callable[[int], object]]] = defaultdict(list)
        #: Test readings, by the index of the ordinary one that they follow, and what comes before each.
        self._tests: dict[int, Callable[[int], object]] = {}
        self._customers = [names.GENERIC_PAYER, *names.PAYERS]
        self._customers += [f"{name} {place}호" for name in names.PAYERS for place in (2, 3)]
        self._changes: list[Change] = []
        self._touched: set[int] = set()
        self._is_reflected: set[int] = set()

    # --- the calendar

    def _at(self, index: int) -> datetime:
        day, number = divmod(index, len(READINGS))
        return datetime.combine(self._days[day], READINGS[number], KST)

    def _span(self, index: int) -> tuple[datetime, datetime]:
        """Return the first and last second of what comes between the reading before and this one, on its day."""
        end = self._at(index) - timedelta(minutes=1)
        start = self._at(index - 1) if index % len(READINGS) else datetime.combine(end.date(), time(0, 30), KST)
        return start + timedelta(minutes=25), end

    def _second(self, index: int, *, later_than: datetime | None = None) -> datetime:
        start, end = self._span(index)
        start = max(start, later_than + timedelta(seconds=30)) if later_than else start
        return start + timedelta(seconds=self._chance.randrange(int((end - start).total_seconds())))

    # --- the month

    def month(self) -> Month:
        self._schedule()
        readings: list[Reading] = []
        for index in range(len(self._days) * len(READINGS)):
            self._changes, self._touched = [], set()
            for happen in self._due[index]:
                happen(index)
            self._arrivals(index)
            readings.append(Reading(at=self._at(index), changes=self._changes))
            if index in self._tests:
                self._changes, self._touched = [], set()
                self._tests[index](index)
                at = self._at(index) + timedelta(minutes=20)
                readings.append(Reading(at=at, changes=self._changes, is_test=True))
        return Month(readings=readings, rows=self._rows, counts=dict(self._counts))

    def _schedule(self) -> None:
        """Spread what is planted over the month; what has a sequel comes early enough for it."""
        last = len(self._days) * len(READINGS) - 1
        month_end = last - len(READINGS) + 1

        def some(count: int, first: int, until: int) -> list[int]:
            return sorted(self._chance.choice(range(first, until)) for _ in range(count))

        def come(what: Callable[[int], object], indices: Sequence[int]) -> None:
            for index in indices:
                self._due[index].append(what)

        for day in range(1, len(self._days)):
            if self._is_after_a_gap(day):
                come(partial(self._reflect, share=0.5), [day * len(READINGS)])
        come(partial(self._reflect, share=1.0), [month_end])
        # Renames come first: to rows that were read; what is new comes under the new name.
        for number in range(RENAMES):
            index = 5 + number // 5 * ((month_end - 5) * 5 // RENAMES) + self._chance.randrange(2)
            come(partial(self._rename, is_generic=number in (2, 23)), [index])
        for number, index in enumerate(self._chance.sample(range(2, month_end - 8), 3)):
            come(partial(self._burst, number=number), [index])
        day = self._chance.randrange(1, len(self._days) - 1)
        come(self._equal, [day * len(READINGS) + number % len(READINGS) for number in range(30)])
        for number, index in enumerate(some(20, 0, month_end - 9)):
            come(partial(self._cancelled_and_paid_again, in_place=number % 2 == 0), [index])
        for number, index in enumerate(some(9, 0, month_end - 9)):
            come(partial(self._partly_cancelled, times=2 if number == 4 else 1), [index])
        for form, index in zip(ODD_NUMBERS, some(len(ODD_NUMBERS), 0, month_end - 5), strict=True):
            come(partial(self._odd_number, form=form), [index])
        for number, index in enumerate(some(6, 0, month_end - 6)):
            come(partial(self._late_number, later=1 if number < 3 else 3), [index])
        come(self._pending, some(15, 0, last - 1))
        come(self._failed, some(15, 0, last))
        come(self._instalments, some(5, 0, last))
        come(self._failed_cancellation, some(3, 8, month_end))
        come(self._used_again, some(3, 8, month_end))
        come(self._reformat, some(10, 8, month_end))
        come(self._return, some(5, 8, month_end - 2))
        for number, index in enumerate(some(6, 0, month_end - 9)):
            come(partial(self._cancelled_after, in_place=number % 2 == 0), [index])
        self._tests = dict.fromkeys(self._chance.sample(range(4, month_end - 8), 5), self._unreflect)
        come(self._listed_twice, some(3, 0, last))
        # Not beside rows that are listed late for another reason: those a person must see after such a question.
        come(self._shift, [month_end - 4])
        edits = [fields for fields, count in EDITS for _ in range(count)]
        self._chance.shuffle(edits)
        # Few at a time: many edits in one reading would rather be a changed screen.
        places = [index for index in range(8, month_end) for _ in range(2) if not 4 <= month_end - index <= 6]
        for fields, index in zip(edits, sorted(self._chance.sample(places, len(edits))), strict=True):
            come(partial(self._edit, fields=fields), [index])

    def _is_after_a_gap(self, number: int) -> bool:
        return (self._days[number] - self._days[number - 1]).days > 1

    # --- rows

    def _number(self) -> str:
        while (number := names.approval_no(self._chance)).lstrip("0") in self._numbers:
            pass
        self._numbers.add(number.lstrip("0"))
        return number

    def _customer(self) -> int:
        return 0 if self._chance.random() < 0.2 else self._chance.randrange(1, len(self._customers))

    def _add(
        self, index: int, what: str, *, at: datetime, customer: int | None = None, is_posted: bool = True, **fields: Any
    ) -> Row:
        """Add a row; unless `is_posted` is False, its deposit is expected."""
        if customer is None and "payer" not in fields:
            customer = self._customer()
        whole = names.payment(self._chance) | {"approval_no": self._number()} | fields
        if customer is not None:
            whole["payer"] = self._customers[customer]
        whole |= {"requested_at": at.replace(microsecond=0).isoformat(), "reflected": False}
        row = Row(id=len(self._rows), what=what, customer=customer, first=index, forms=[whole])
        if is_posted:
            won = -whole["amount"] if whole["status"] == "취소" else whole["amount"]
            row.deposits.append((at.date(), won))
        self._rows.append(row)
        self._changes.append(Change(row=row.id, fields=whole, is_new=True))
        self._touched.add(row.id)
        return row

    def _change(self, row: Row, **fields: Any) -> None:
        row.forms.append(row.now | fields)
        self._changes.append(Change(row=row.id, fields=fields, is_new=False))
        self._touched.add(row.id)
        if "reflected" in fields:
            (self._is_reflected.add if fields["reflected"] else self._is_reflected.discard)(row.id)

    def _open(self, index: int, *, reflected: bool = False) -> list[Row]:
        """Return the plain posted rows that the last readings have listed, and that stand on a tab."""
        return [
            row
            for row in self._rows
            if row.first < index
            and not row.is_taken
            and row.deposits
            and not row.is_asked
            and row.id not in self._touched
            and (row.id in self._is_reflected) == reflected
            and self._at(index) - row.at < YOUNG
        ]

    def _pick(self, index: int, *, reflected: bool = False) -> Row:
        """Return a plain posted row of an ordinary day, and let nothing else happen to it but renames."""
        rows = [row for row in self._open(index, reflected=reflected) if row.what == "ordinary"]
        row = self._chance.choice(rows)
        row.is_taken = True
        return row

    # --- what happens

    def _arrivals(self, index: int) -> None:
        day, number = divmod(index, len(READINGS))
        is_month_end = day == len(self._days) - 1
        count = A_DAY * (MONTH_END if is_month_end else 1)
        share = count * (number + 1) // len(READINGS) - count * number // len(READINGS)
        for _ in range(share):
            self._add(index, "month's end" if is_month_end else "ordinary", at=self._second(index))
        if number == 0 and day > 0:
            for gone in range(1, (self._days[day] - self._days[day - 1]).days):
                morning = datetime.combine(self._days[day - 1] + timedelta(days=gone), time(9), KST)
                for _ in range(A_DAY_OFF):
                    at = morning + timedelta(seconds=self._chance.randrange(12 * 3600))
                    self._add(index, "day off", at=at)
        self._counts["payments"] = len(self._rows)

    def _reflect(self, index: int, *, share: float) -> None:
        """Somebody reflects what was posted: half of it each week, all of it before the month's end."""
        rows = self._open(index)
        for row in self._chance.sample(rows, int(len(rows) * share)):
            self._change(row, reflected=True)
            self._counts["reflected"] += 1

    def _rename(self, index: int, *, is_generic: bool) -> None:
        """A customer gets another name: in every row of theirs that is listed."""
        listed = [
            row
            for row in self._rows
            if row.customer is not None and row.first < index and self._at(index) - row.at < LISTED
        ]
        customers = sorted({row.customer for row in listed if row.customer is not None} - {0})
        customer = 0 if is_generic else self._chance.choice(customers)
        self._counts["renames"] += 1
        self._customers[customer] = f"{self._customers[customer].split(' (')[0]} ({self._counts['renames']}차)"
        for row in listed:
            if row.customer == customer:
                self._change(row, payer=self._customers[customer])
                self._counts["renamed rows"] += 1

    def _burst(self, index: int, *, number: int) -> None:
        """Fifty requests of one second and amount: of the generic payer, of everybody, of one; half of these later."""
        at, amount = self._second(index), names.amount(self._chance)
        one = self._chance.randrange(1, len(self._customers))
        customer = {0: 0, 1: None, 2: one}[number]
        rows = [
            self._add(index, "burst", at=at, amount=amount, customer=customer) for _ in range(25 if number == 2 else 50)
        ]
        self._counts["bursts"] += 1
        if number == 2:

            def come_late(index: int) -> None:
                for row in self._chance.sample(rows, 10):
                    if row.id not in self._touched:
                        row.is_taken = True
                        self._change(row, reflected=True)
                for _ in range(25):
                    self._add(index, "burst", at=at, amount=amount, customer=one)

            self._due[index + 1].append(come_late)

    def _equal(self, index: int) -> None:
        """One of thirty equal payments of one customer on one day."""
        self._counts["equal"] += 1
        self._add(index, "equal", at=self._second(index), amount=55_000, customer=7)

    def _cancelled_and_paid_again(self, index: int, *, in_place: bool) -> None:
        customer = self._customer()
        row = self._add(index, "paid again", at=self._second(index), customer=customer)
        row.is_taken = True

        def again(index: int) -> None:
            at = self._second(index) - timedelta(minutes=10)
            self._cancel(index, row, at=at, in_place=in_place)
            self._add(
                index, "paid again", at=at + timedelta(minutes=3), amount=row.now["amount"], customer=customer
            ).is_taken = True
            self._counts["paid again"] += 1

        self._due[index + self._chance.randrange(1, 6)].append(again)

    def _cancel(self, index: int, row: Row, *, at: datetime, in_place: bool) -> Row:
        """Cancel a row whole: the row itself turns, or one of its own comes with its number."""
        if in_place:
            self._change(row, status="취소")
            row.deposits.append((row.at.date(), -row.now["amount"]))
            return row
        same = {name: row.now[name] for name in ("amount", "acquirer", "card", "approval_no", "requester")}
        of_whom: dict[str, Any] = (
            {"customer": row.customer} if row.customer is not None else {"payer": row.now["payer"]}
        )
        cancellation = self._add(index, row.what, at=at, status="취소", **of_whom, **same)
        cancellation.is_taken = True
        return cancellation

    def _partly_cancelled(self, index: int, *, times: int) -> None:
        """Part of a payment is taken back; of one in two equal parts."""
        row = self._add(index, "partial", at=self._second(index), amount=90_000)
        row.is_taken = True

        def take_back(index: int) -> None:
            same = {name: row.now[name] for name in ("acquirer", "card", "approval_no", "requester")}
            partial = self._add(
                index, "partial", at=self._second(index), customer=row.customer, status="취소", amount=30_000,
                is_posted=False, **same,
            )  # fmt: skip
            partial.is_taken = partial.is_asked = True
            self._counts["partial"] += 1

        for number in range(times):
            self._due[index + self._chance.randrange(1, 4) + 2 * number].append(take_back)

    def _odd_number(self, index: int, *, form: str) -> None:
        """An approval whose number is none. Two of them are renamed later: still one question each."""
        count = self._counts["odd numbers"] = self._counts["odd numbers"] + 1
        row = self._add(
            index,
            "odd number",
            at=self._second(index),
            payer=f"번호없는 고객 {count}",
            approval_no=form,
            is_posted=False,
        )
        row.is_taken = row.is_asked = True
        if count in (3, 7):

            def rename(_: int) -> None:
                self._change(row, payer=f"번호없는 고객 {count} (개명)")

            self._due[index + 3].append(rename)

    def _late_number(self, index: int, *, later: int) -> None:
        """An approval gets its number so many readings later."""
        row = self._add(index, "late number", at=self._second(index), payer=f"늦은 번호 {index}", approval_no="")
        row.is_taken = row.may_wait = True

        def get_number(_: int) -> None:
            self._change(row, approval_no=self._number())
            self._counts["late numbers"] += 1

        self._due[index + later].append(get_number)

    def _pending(self, index: int) -> None:
        """A request that is approved in place, one reading later."""
        row = self._add(
            index, "pending", at=self._second(index), status="요청중", approval_no="", acquirer="", is_posted=False
        )
        row.is_taken = True

        def approve(_: int) -> None:
            acquirer = self._chance.choice(names.ACQUIRERS)
            self._change(row, status="승인", approval_no=self._number(), acquirer=acquirer)
            row.deposits.append((row.at.date(), row.now["amount"]))
            self._counts["pending"] += 1

        self._due[index + 1].append(approve)

    def _failed(self, index: int) -> None:
        """A request that failed, and the next one that did not."""
        at = self._second(index) - timedelta(minutes=5)
        failed = self._add(
            index, "failed", at=at, status="승인실패", approval_no="", acquirer="", is_posted=False
        )  # fmt: skip
        failed.is_taken = True
        self._add(
            index, "failed", at=at + timedelta(minutes=2), customer=failed.customer, amount=failed.now["amount"]
        ).is_taken = True
        self._counts["failed"] += 1

    def _failed_cancellation(self, index: int) -> None:
        row = self._pick(index)
        same = {name: row.now[name] for name in ("amount", "acquirer", "card", "approval_no")}
        self._add(
            index, "failed cancellation", at=self._second(index), customer=row.customer, status="취소실패",
            is_posted=False, **same,
        ).is_taken = True  # fmt: skip
        self._counts["failed cancellations"] += 1

    def _used_again(self, index: int) -> None:
        """Another acquirer gives a number that was given before."""
        row = self._pick(index)
        acquirer = self._chance.choice([name for name in names.ACQUIRERS if name != row.now["acquirer"]])
        self._add(
            index, "number used again", at=self._second(index), amount=row.now["amount"],
            approval_no=row.now["approval_no"], acquirer=acquirer,
        ).is_taken = True  # fmt: skip
        self._counts["used again"] += 1

    def _instalments(self, index: int) -> None:
        at, customer, amount = self._second(index) - timedelta(minutes=2), self._customer(), names.amount(self._chance)
        for number in range(3):
            self._add(
                index, "instalment", at=at + timedelta(seconds=20 * number), customer=customer, amount=amount
            ).is_taken = True
        self._counts["instalments"] += 1

    def _reformat(self, index: int) -> None:
        """A number is written with more or fewer zeros before it: the same number."""
        row = self._pick(index)
        number = row.now["approval_no"]
        self._change(row, approval_no=number.lstrip("0") if number.startswith("0") else f"00{number}")
        self._counts["reformatted"] += 1

    def _unreflect(self, index: int) -> None:
        """A row is read and not posted, reflected by hand, and after that un-reflected: the readings contradict."""
        at = self._at(index) + timedelta(minutes=self._chance.randrange(2, 18))
        row = self._add(index, "un-reflected", at=at, is_posted=False)
        row.is_taken = row.is_asked = True
        self._counts["un-reflected"] += 1
        self._due[index + 1].append(lambda _: self._change(row, reflected=True))
        self._due[index + 1 + self._chance.randrange(1, 4)].append(lambda _: self._change(row, reflected=False))

    def _return(self, index: int) -> None:
        """A row that was posted and reflected comes back to the first tab: nothing new."""
        row = self._pick(index)
        self._change(row, reflected=True)
        self._due[index + 1].append(lambda _: self._change(row, reflected=False))
        self._counts["returned"] += 1

    def _cancelled_after(self, index: int, *, in_place: bool) -> None:
        """A payment is posted, reflected, and then cancelled."""
        row = self._add(index, "cancelled after", at=self._second(index))
        row.is_taken = True
        self._due[index + 1].append(lambda _: self._change(row, reflected=True))

        def cancel(index: int) -> None:
            self._counts["cancelled after"] += 1
            if in_place:
                # It never stands in the open list again: nobody but a person can take the deposit back.
                self._change(row, status="취소")
                row.is_asked = True
            else:
                self._cancel(index, row, at=self._second(index), in_place=False)

        self._due[index + self._chance.randrange(3, 6)].append(cancel)

    def _edit(self, index: int, *, fields: tuple[str, ...]) -> None:
        """Somebody corrects a row that was posted: the books have it, and a person must look."""
        if fields == ("cancellation's number",):
            self._edit_cancellation(index)
            return
        if fields == ("number beside a request",):
            self._edit_beside_a_request(index)
            return
        row = self._pick(index)
        row.what, row.is_asked = f"edit: {' and '.join(fields)}", True
        new: dict[str, Any] = {}
        for name in fields:
            new |= self._edited(row, name)
        self._change(row, **new)
        self._counts["edits"] += 1

    def _edited(self, row: Row, name: str) -> dict[str, Any]:
        if name == "second":
            other = row.at + timedelta(seconds=self._chance.choice((-3, -1, 2, 40)))
            return {"requested_at": other.isoformat()}
        if name == "amount":
            return {"amount": row.now["amount"] + 10 * self._chance.randrange(1, 90)}
        if name == "payer":
            row.customer = None
            return {"payer": f"{row.now['payer']} (정정)"}
        return {"approval_no": "" if name == "no number" else self._number()}

    def _edit_beside_a_request(self, index: int) -> None:
        """Two customers pay alike in one second. One request is approved later, while the other one is corrected."""
        row = self._add(index, "edit: number beside a request", at=self._second(index))
        other = (row.customer or 0) % (len(self._customers) - 1) + 1
        pending = self._add(
            index, "pending", at=row.at, customer=other, amount=row.now["amount"], status="요청중", approval_no="",
            acquirer="", is_posted=False,
        )  # fmt: skip
        row.is_taken = pending.is_taken = row.is_asked = True

        def go_on(_: int) -> None:
            self._change(row, approval_no=self._number())
            # Of another acquirer it would be no question from the start.
            self._change(pending, status="승인", approval_no=self._number(), acquirer=row.now["acquirer"])
            pending.deposits.append((pending.at.date(), pending.now["amount"]))
            self._counts["edits"] += 1

        self._due[index + 1].append(go_on)

    def _listed_twice(self, index: int) -> None:
        """Two rows agree in everything: the first is posted, the second is asked about."""
        row = self._add(index, "listed twice", at=self._second(index))
        same = {name: row.now[name] for name in ("amount", "acquirer", "card", "approval_no", "requester")}
        twin = self._add(index, "listed twice", at=row.at, customer=row.customer, is_posted=False, **same)
        row.is_taken = twin.is_taken = twin.is_asked = True
        self._counts["listed twice"] += 1

    def _shift(self, index: int) -> None:
        """The ERP shows many rows with another second: one question, and a person says that they are the same."""
        rows = [row for row in self._open(index) if row.what == "ordinary"]
        for row in self._chance.sample(rows, SHIFTED):
            row.is_taken = True
            row.what = "shifted"
            self._change(row, requested_at=(row.at - timedelta(seconds=1)).isoformat())
        self._counts["shifted lists"] += 1

    def _edit_cancellation(self, index: int) -> None:
        """The number of a cancellation that was posted is corrected."""
        rows = [
            row
            for row in self._rows
            if row.now["status"] == "취소"
            and row.what == "paid again"
            and row.first < index
            and row.forms[0]["status"] == "취소"
            and row.id not in self._touched
            and self._at(index) - row.at < YOUNG
        ]
        if not rows:
            self._due[index + 1].append(self._edit_cancellation)
            return
        row = self._chance.choice(rows)
        row.what, row.is_asked = "edit: cancellation's number", True
        self._change(row, approval_no=self._number())
        self._counts["edits"] += 1
