"""A simulated week with planted incidents: the real cycle and ledger against an ERP whose slips are the truth."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path

from tests.fakes import SEOUL, FakeClock, FakeErp, Fault, Listed, Plan, Worker
from worker.errors import DaybreakError, ErpUnavailable
from worker.i18n import message
from worker.ledger import beats
from worker.ledger.journal import SlotState
from worker.runtime.beats import Beats
from worker.schedule import calendar
from worker.schedule.calendar import Slot
from worker.schedule.loop import Outcome
from worker.schedule.missed_runs import Slots

#: The week: Monday 16 to Sunday 22 November 2026, no holiday in it.
MONDAY = date(2026, 11, 16)

#: A payer whose name would run, if a report let it.
HTML_PAYER = "<script>document.title='run'</script><img src=x onerror=alert(1)>"

PAYERS = ("김밥천국", "한빛상사", "(주)새봄유통", "푸른약국", "가온전자", "달빛서점", "Blue Cafe", "누리마트")


def at(day: int, clock: str) -> datetime:
    """Return a time of the week: 0 is Monday."""
    return datetime.combine(MONDAY + timedelta(days=day), time.fromisoformat(clock), SEOUL)


class Week:
    """The week as it went. `until`: when it is looked at."""

    def __init__(self, folder: Path, *, until: datetime | None = None) -> None:
        self.folder = folder
        self.until = until or at(7, "06:00")
        self.clock = FakeClock(at(0, "05:50"))
        self.erp = FakeErp(self.clock)
        self.worker = Worker(folder, self.erp, self.clock)
        self.worker.tap(self._pass)
        self.plan = Plan()
        self.slots = Slots(self.worker.ledger, self.plan, started=self.clock())
        self._made = 0
        #: What is to happen right before the first cycle at or after a time.
        self._planted = list(self._plan())

    def run(self) -> "Week":
        """Let the week pass."""
        self.worker.adopt()
        self._note(at(0, "05:50"), "start", watcher="worker", pid=100, why="boot")
        self._note(at(0, "05:50"), "start", watcher="demo-erp", pid=101, why="boot")
        due = [slot for day in range(8) for slot in calendar.slots(MONDAY + timedelta(days=day), self.plan)]
        for slot in due:
            if slot.at >= self.until:
                break
            self._until(slot.at)
            self._attend(slot)
        self._until(self.until)
        return self

    # --- what was planted --------------------------------------------------------------------------------------------

    def _plan(self) -> Iterator[tuple[datetime, str]]:
        for day in range(7):
            if day != 5:  # on Saturday the daily fresh start did not come
                yield at(day, "05:55"), "recycle"
            yield at(day, "23:59:59"), "midnight"
        yield at(1, "09:58"), "ERP down"
        yield at(2, "13:12"), "hung"
        yield at(2, "16:10"), "crash"
        yield at(3, "13:10"), "slept"
        yield at(4, "09:05"), "paused"
        yield at(4, "10:20"), "resumed"

    def _happen(self, what: str, when: datetime) -> None:
        if what == "recycle":
            self._end(when + timedelta(seconds=1), "planned 05:55", after=1.2)
            due = when.isoformat()
            text = message(
                "{result} in {seconds} s, worker (pid {pid})", result=message("done"), seconds="1.9", pid="100"
            )
            self._note(when + timedelta(seconds=3), "recycle", text=text, due=due, done=due, seconds=1.9)
        elif what == "midnight":
            day = when.astimezone(SEOUL).date()
            self.worker.ledger.prove_day(day, SEOUL, at=when + timedelta(seconds=30))
            longest = 70.0 if day == MONDAY else 42.0
            beats.add(self.worker.ledger, day.isoformat(), Beats(count=12_000, longest=longest, at=when))
        elif what == "ERP down":
            self.erp.fails["sign_in"] = ErpUnavailable("opening the ERP: not there after 60 s")
        elif what == "hung":
            self._note(
                when + timedelta(seconds=41), "incident", text="worker (pid 100) silent for 41 s", silence=41.0,
                phase="uploading", step="a batch of 3", generation=1,
            )  # fmt: skip
            self._end(when + timedelta(seconds=41), "promise broken: uploading", after=1.5)
        elif what == "crash":
            self._end(when, "crash (exit 1)", after=1.0)
        elif what == "slept":
            self._note(when, "sleep", text="the machine slept for 1:25:00", seconds=85 * 60)
            self.slots.slept(when, 85 * 60)
            self.worker.ledger.raise_alarm("slot", "the cycle of 12:00 was missed: asleep", at=when)
            self.worker.ledger.end_alarm("slot", at=when + timedelta(minutes=30))
        elif what == "paused":
            until = at(4, "10:20").isoformat()
            self._note(when, "wish", text="paused", wanted="paused", by="kim (daybreak pause)", until=until)
            self._note(when + timedelta(seconds=1), "end", watcher="worker", pid=100, why="operator", code=0, lived=9.0)
        elif what == "resumed":
            self._note(when + timedelta(seconds=2), "start", watcher="worker", pid=105, why="operator")

    def _end(self, when: datetime, why: str, *, after: float) -> None:
        self._note(when, "end", watcher="worker", pid=100, why=why, code=1, lived=1000.0)
        self._note(when + timedelta(seconds=after), "start", watcher="worker", pid=101, why=why)

    @staticmethod
    def _is_away(when: datetime) -> bool:
        """True while the machine sleeps, and during the pause."""
        return at(3, "11:45") < when < at(3, "13:10") or at(4, "09:05") < when < at(4, "10:20")

    # --- what people buy ---------------------------------------------------------------------------------------------

    def _attend(self, slot: Slot) -> None:
        """Run the cycle of a slot unless nobody is there to."""
        self._buy(slot.at)
        if self._is_away(slot.at):
            return
        self.slots.keep(self.clock())
        if slot.only_if_stale:
            why = "the day off needs no cycle: the last full read is younger than DAYS_OFF_AFTER_H"
            self.slots.close(slot, Outcome.SKIPPED, now=self.clock(), why=why, cycle=None)
            return
        outcome, why = Outcome.RAN, ""
        try:
            self.worker.run_cycle()
        except DaybreakError as error:
            outcome, why = Outcome.FAILED, str(error)
        number = self.worker.ledger.last_cycles(1)[0]["id"]
        assert isinstance(number, int)
        self.slots.close(slot, outcome, now=self.clock(), why=why, cycle=number)

    def _buy(self, when: datetime) -> None:
        """List what came in before a cycle; some of it is taken back, and some of it makes work."""
        if when.astimezone(SEOUL).weekday() == 6:
            return
        local = when.astimezone(SEOUL)
        for number in range(1 + (self._made * 7 + local.hour) % 2):
            self._made += 1
            payer = PAYERS[(self._made + number) % len(PAYERS)]
            row = self.erp.approve(f"{payer} {self._made}", 1_000 * (3 + self._made % 37), minutes_ago=5 + number)
            if self._made % 17 == 0:
                self.erp.cancel(row)
        special = f"{local:%w %H:%M}"
        if special == "1 10:00":
            self.erp.faults.append(Fault.TWICE)
        elif special == "2 14:00":
            stray = Listed(when - timedelta(minutes=4), HTML_PAYER, 77_000, "00009999", status="취소")
            self.erp.rows.append(stray)
        elif special == "3 11:00":
            self.erp.refused_payers.add("거부상사")
            self.erp.approve("거부상사", 45_000)
        elif special == "5 15:00":
            self.erp.rows.append(Listed(when - timedelta(minutes=3), "알수없음", 9_000, "00008888", status="부분취소"))
        elif special == "5 16:00":
            # Read, and reflected by somebody before anything is posted.
            self.erp.approve("반영상사", 31_000, number="00007777")
            self.worker.most = 0
        elif special == "5 16:30":
            next(one for one in self.erp.rows if one.payer == "반영상사").is_reflected = True
            self.worker.most = None

    # --- inside ------------------------------------------------------------------------------------------------------

    def _until(self, when: datetime) -> None:
        """Let time pass; what was planted happens at its own time."""
        while self._planted and (first := min(self._planted))[0] <= when:
            self._planted.remove(first)
            self.clock.at = max(self.clock.at, first[0])
            self._happen(first[1], first[0])
        self.clock.at = max(self.clock.at, when)
        if not self._is_away(when):
            self.slots.keep(self.clock())

    def _pass(self, step: str) -> None:
        if step.startswith("pulse"):
            self.clock.advance(seconds=0.7)
        elif step == "sent":
            self.clock.advance(seconds=1.6)

    def _note(self, when: datetime, kind: str, *, text: str = "", **facts: object) -> None:
        self.worker.ledger.take_note(kind=kind, what=text or kind, facts=facts, at=when)

    # --- what is true ------------------------------------------------------------------------------------------------

    def booked(self, since: datetime, until: datetime) -> Mapping[str, tuple[int, int]]:
        """Return (slips, won) that the ERP entered in this time, in and out, its own copies left out."""
        slips = [one for one in self.erp.slips if since <= one.entered_at < until and not one.is_copy]
        coming, going = [one for one in slips if one.amount > 0], [one for one in slips if one.amount < 0]
        return {
            "in": (len(coming), sum(one.amount for one in coming)),
            "out": (len(going), -sum(one.amount for one in going)),
        }

    def slots_by_state(self) -> dict[str, int]:
        """Return how many slots came to which state, as the ledger has them."""
        found: dict[str, int] = {}
        for one in self.worker.ledger.slots(at(0, "00:00"), at(7, "00:00")):
            found[str(one.state)] = found.get(str(one.state), 0) + 1
        return found

    def close(self) -> None:
        """Close the ledger."""
        self.worker.close()


@contextmanager
def a_week(folder: Path, *, until: datetime | None = None) -> Iterator[Week]:
    """Yield a week that has passed."""
    week = Week(folder, until=until)
    try:
        yield week.run()
    finally:
        with suppress(Exception):
            week.close()


__all__ = ["HTML_PAYER", "MONDAY", "SlotState", "Week", "a_week", "at"]
