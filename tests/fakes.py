"""Stand-ins for what is slow or far away: a clock, an ERP without a browser, one worker's life around a ledger.

Faults are switches; what is judged are the slips that the ERP holds, never what was called.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.config.day_overrides import DayOverride
from worker.config.maintenance import Window
from worker.config.posting_settings import PostingSettings
from worker.erp import Answer, Listing, NotSent
from worker.erp import Slip as ShownSlip
from worker.errors import (
    DaybreakError,
    DepositInDoubt,
    EndUnproved,
    PasteLost,
    SaveBlocked,
    SessionExpired,
    StopRequested,
)
from worker.ledger.adopted import LedgerOwner
from worker.ledger.ledger import Ledger
from worker.ledger.readings import Act, Reading, Step
from worker.ledger.state import State
from worker.payments.payment import KST, Deposit, ListRow, Payment, PaymentKind
from worker.posting.cycle import Cycle
from worker.posting.figures import Figures
from worker.posting.means import Means
from worker.runtime import moment
from worker.runtime.heartbeat import Phase
from worker.runtime.moment import Moment
from worker.runtime.witness import Witness

SEOUL = ZoneInfo("Asia/Seoul")

#: A Thursday, in business hours.
THURSDAY = datetime(2026, 1, 8, 9, tzinfo=KST)

#: Whose books the tests write.
BOOKS = LedgerOwner(company="AB", origin="https://erp.example", machine="m1", mode="production")


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Yield a folder in memory: a ledger syncs each move to the disk, and hundreds of tests would wait for it."""
    memory = Path("/dev/shm")
    path = Path(tempfile.mkdtemp(prefix="daybreak-", dir=memory if memory.is_dir() else None))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def pasted(deposits: Sequence[Deposit]) -> str:
    """Return deposits as they are pasted: TAB between cells, CRLF between rows, no header."""
    return "\r\n".join("\t".join(one.cells()) for one in deposits)


class FakeClock:
    """A clock that passes only when somebody lets it."""

    def __init__(self, at: datetime = THURSDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        """Let `minutes=5` or the like pass; below zero, somebody sets the clock back."""
        self.at += timedelta(**by)


def shown_time(at: datetime) -> str:
    """Return a time as the ERP's list shows it."""
    local = at.astimezone(KST)
    half = "오전" if local.hour < 12 else "오후"
    return f"{local:%Y/%m/%d} {half} {local.hour % 12 or 12}:{local:%M:%S}"


@dataclass(slots=True)
class Listed:
    """One row of the ERP's payment list, as the ERP keeps it."""

    at: datetime
    payer: str
    amount: int
    approval_no: str
    status: str = "승인"
    is_reflected: bool = False
    has_left: bool = False
    #: Marked 강제회계반영: on neither of the tabs 미반영 and 회계반영.
    is_forced: bool = False
    acquirer: str = "KB국민카드"

    def row(self) -> ListRow:
        """Return the row as it is read off the screen."""
        return ListRow(
            time=shown_time(self.at),
            payer=self.payer,
            amount=f"{self.amount:,}",
            status=self.status,
            approval_no=self.approval_no,
            acquirer=self.acquirer,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One deposit in the ERP's books."""

    number: str
    upload: int
    payer: str
    amount: int
    remark: str
    entered_at: datetime
    #: True when the ERP itself stored a row a second time.
    is_copy: bool = False
    day: date | None = None
    account: str = ""


class Fault(StrEnum):
    """What goes wrong with one upload."""

    NONE = "nothing"
    PASTE_LOST = "the grid does not take the paste"
    NOT_ASKED = "F8 is swallowed: the page asks for no save"
    BLOCKED = "the save gate does not know the request"
    EXPIRED_BEFORE = "the session ends before the save"
    LOST_BEFORE = "the save goes out, and the line is cut before the ERP stores it"
    LOST_AFTER = "the ERP stores it, and the line is cut before the answer"
    STORED_LATE = "the worker stops waiting, and the ERP stores it 75 s later"
    NAMELESS = "the worker's own code fails after the ERP stored it"
    LIE = "the ERP confirms it and stores nothing"
    LIE_PARTLY = "the ERP confirms it and stores only the first row"
    TWICE = "the ERP stores it twice"
    NOTHING_COUNTED = "the answer counts 0 stored and 0 refused"
    ONE_LESS = "everything is stored, the answer counts one less"
    ONE_REFUSED = "the last row is refused, and the answer does not say which one"


#: Faults after which the ERP's own word must not be trusted; only a look-up finds them.
LIES = frozenset({Fault.LIE, Fault.LIE_PARTLY})


class FakeErp:
    """An ERP that never checks for duplicates. `slips` is the truth."""

    def __init__(self, clock: Callable[[], datetime] | None = None, *, posts: bool = True) -> None:
        """`posts` False: the gate before this ERP is in test mode."""
        self.now = clock or FakeClock()
        self.posts = posts
        self.rows: list[Listed] = []
        self.slips: list[Slip] = []
        #: One fault for each coming upload.
        self.faults: list[Fault] = []
        #: Payers whose rows the ERP refuses, and whether it says which rows those were.
        self.refused_payers: set[str] = set()
        #: Accounts whose rows it refuses, as it does with a wrong setting.
        self.refused_accounts: set[str] = set()
        #: One refused row has all of a batch refused; the reason given to the others, or None: the bad row's own.
        self.all_or_nothing = False
        self.reason_of_others: str | None = "다른 행의 오류로 저장하지 않음"
        #: The rows of each upload, in order.
        self.sizes: list[int] = []
        self.gives_reasons = True
        #: What the next call of a method raises instead of doing anything.
        self.fails: dict[str, Exception] = {}
        #: What happens right before the next call of a method.
        self.meanwhile: dict[str, Callable[[], object]] = {}
        #: The click on the other tab does nothing.
        self.tab_is_stuck = False
        #: This account's list has no tab 전체, or no tab 강제회계반영.
        self.tab_all_missing = False
        self.tab_forced_missing = False
        #: The list of deposits begins and ends so many days ago, and shows or hides that; a saved filter hides slips.
        self.deposit_days, self.deposit_until_days, self.shows_period = 30, 0, True
        self.deposit_filter: Callable[[Slip], bool] = lambda _: False
        #: Called at each numbered step of the protocol.
        self.tap: Callable[[str], None] = lambda _: None
        self.uploads = 0
        #: The list shows a full page and nothing that says whether it goes on.
        self.ends_unproved = False
        #: The ERP stores the rows that it says it refused.
        self.stores_what_it_refuses = False
        #: What is stored later, and when.
        self.late: list[tuple[datetime, list[Slip]]] = []
        self._numbers = 0

    # --- what people do ----------------------------------------------------------------------------------------------

    def approve(
        self, payer: str, amount: int = 10_000, *, number: str | None = None, minutes_ago: float = 10
    ) -> Listed:
        """List a payment that was approved."""
        self._numbers += 1
        at = (self.now() - timedelta(minutes=minutes_ago)).replace(microsecond=0)
        row = Listed(at, payer, amount, f"{self._numbers:08}" if number is None else number)
        self.rows.append(row)
        return row

    def cancel(self, row: Listed, *, model: str = "B") -> Listed:
        """Take a payment back: A turns its row, B adds one with the same number, C one with a number of its own."""
        if model == "A":
            row.status = "취소"
            return row
        self._numbers += 1
        number = row.approval_no if model == "B" else f"{self._numbers:08}"
        taken_back = replace(row, at=self.now().replace(microsecond=0), status="취소", approval_no=number)
        self.rows.append(taken_back)
        return taken_back

    def enter(
        self, row: Listed, *, won: int | None = None, day: date | None = None, account: str = "카드사", payer: str = ""
    ) -> Slip:
        """Enter a row's deposit by hand, as a person does: a remark of their own, and what they mistype."""
        self._numbers += 1
        day = day or row.at.date()
        amount = row.amount if row.status == "승인" else -row.amount
        slip = Slip(
            number=f"{day:%Y/%m/%d} -{self._numbers}", upload=0, payer=payer or row.payer,
            amount=amount if won is None else won, remark="카드 입금", entered_at=self.now(), day=day, account=account,
        )  # fmt: skip
        self.slips.append(slip)
        return slip

    # --- what the worker does ----------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        self._enter("sign_in")

    def database(self) -> str:
        return ""

    def has_deposits(self) -> bool:
        return bool(self.slips)

    def mend(self, release: Callable[[str], None]) -> Sequence[str]:  # noqa: ARG002
        """Nothing: this ERP stores a batch in one step."""
        return ()

    def read_open(self, is_whole: Callable[[Sequence[ListRow]], bool]) -> Sequence[ListRow]:
        self._enter("read_open")
        rows = self._open_rows()
        if self.ends_unproved and not is_whole(rows):
            raise EndUnproved("a full page and no pager")
        return rows

    def read_reflected(self, since: datetime) -> Sequence[ListRow]:
        self._enter("read_reflected")
        if self.tab_is_stuck:
            return self._open_rows()
        return self._list(lambda one: one.is_reflected and not one.is_forced, since)

    def read_all(self, since: datetime | None) -> Sequence[ListRow] | None:
        self._enter("read_all")
        return None if self.tab_all_missing else self._list(lambda _: True, since)

    def read_forced(self, since: datetime) -> Sequence[ListRow] | None:
        self._enter("read_forced")
        return None if self.tab_forced_missing else self._list(lambda one: one.is_forced, since)

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        self._enter("upload")
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        if fault is Fault.PASTE_LOST:
            raise PasteLost(fault)
        arm()
        self.tap("armed")
        if fault is Fault.NOT_ASKED or fault is Fault.BLOCKED:
            raise SaveBlocked(fault)
        if fault is Fault.EXPIRED_BEFORE:
            raise SessionExpired(fault)
        release(pasted(deposits))
        if not self.posts:
            return NotSent(why="MODE = test")
        self.tap("sent")
        if fault is Fault.LOST_BEFORE:
            raise DepositInDoubt(fault)
        refused = self._store(deposits, fault)
        self.tap("stored")
        if fault in (Fault.LOST_AFTER, Fault.STORED_LATE):
            raise DepositInDoubt(fault)
        if fault is Fault.NAMELESS:
            raise RuntimeError(fault)
        stored = len(deposits) - len(refused)
        if fault is Fault.NOTHING_COUNTED:
            return Answer(success=0, failure=0, text="성공 : 0건 실패 : 0건")
        if fault is Fault.ONE_LESS:
            stored -= 1
        tells = self.gives_reasons and fault is not Fault.ONE_REFUSED
        reasons = {number: self._reason(deposits[number]) for number in refused} if tells else {}
        text = f"성공 : {stored}건 실패 : {len(refused)}건"
        return Answer(success=stored, failure=len(refused), reasons=reasons, text=text)

    def look_up(
        self,
        keys: Collection[str],
        since: datetime | None,
        *,
        older: Collection[str] = (),  # noqa: ARG002 - it shows all
    ) -> Listing:
        self._enter("look_up")
        first, last = self.period or (date.min, date.max)
        shown = [
            slip
            for slip in reversed(self.slips)
            if first <= slip.entered_at.astimezone(KST).date() <= last
            and (since is None or slip.entered_at >= since)
            and not self.deposit_filter(slip)
        ]
        found: dict[str, list[str]] = {}
        for slip in shown:
            for key in keys:
                if f"#{key}" in slip.remark:
                    found.setdefault(key, []).append(slip.number)
        slips = [ShownSlip(number=one.number, remark=one.remark, entered_at=one.entered_at) for one in shown]
        return Listing(found=found, slips=slips, period=self.period)

    def read_deposits(self, since: datetime) -> Sequence[ShownSlip] | None:
        self._enter("read_deposits")
        return [
            ShownSlip(
                number=one.number, remark=one.remark, entered_at=one.entered_at, day=one.day, account=one.account,
                payer=one.payer, won=one.amount,
            )
            for one in reversed(self.slips)
            if one.entered_at >= since
        ]  # fmt: skip

    @property
    def period(self) -> tuple[date, date] | None:
        """The days that the list of deposits is narrowed to, as it shows them."""
        if not self.shows_period:
            return None
        today = self.now().astimezone(KST).date()
        return today - timedelta(days=self.deposit_days), today - timedelta(days=self.deposit_until_days)

    def sign_out(self) -> None:
        pass

    # --- inside ------------------------------------------------------------------------------------------------------

    def _enter(self, step: str) -> None:
        for due, slips in list(self.late):
            if self.now() >= due:
                self.slips += slips
                self.late.remove((due, slips))
        self.tap(step)
        if step in self.meanwhile:
            self.meanwhile.pop(step)()
        if step in self.fails:
            raise self.fails.pop(step)

    def _open_rows(self) -> list[ListRow]:
        return self._list(lambda one: not one.is_reflected and not one.is_forced)

    def _list(self, is_on_tab: Callable[[Listed], bool], since: datetime | None = None) -> list[ListRow]:
        oldest = max(self.now() - timedelta(days=7), since or datetime.min.replace(tzinfo=KST))
        found = [one for one in self.rows if is_on_tab(one) and not one.has_left and one.at >= oldest]
        return [one.row() for one in sorted(found, key=lambda one: one.at, reverse=True)]

    def _store(self, deposits: Sequence[Deposit], fault: Fault) -> list[int]:
        """Store what the fault leaves of a batch; return the numbers of the rows that were refused."""
        self.uploads += 1
        self.sizes.append(len(deposits))
        refused = [number for number, one in enumerate(deposits) if self._refuses(one)]
        if refused and self.all_or_nothing:
            refused = list(range(len(deposits)))
        if fault is Fault.ONE_REFUSED:
            refused = [len(deposits) - 1]
        kept = () if self.stores_what_it_refuses else refused
        slips = [self._slip(one) for number, one in enumerate(deposits) if number not in kept]
        if fault is Fault.STORED_LATE:
            self.late.append((self.now() + timedelta(seconds=75), slips))
            return refused
        if fault in LIES:
            slips = slips[:1] if fault is Fault.LIE_PARTLY else []
        self.slips += slips
        if fault is Fault.TWICE:
            self.slips += [replace(self._slip(one), is_copy=True) for one in deposits]
        return refused

    def _refuses(self, deposit: Deposit) -> bool:
        return deposit.payer in self.refused_payers or deposit.account in self.refused_accounts

    def _reason(self, deposit: Deposit) -> str:
        if deposit.account in self.refused_accounts:
            return f"입금계좌코드 미등록코드[{deposit.account}]"
        if deposit.payer in self.refused_payers or self.reason_of_others is None:
            return "미등록코드[거래처]"
        return self.reason_of_others

    def _slip(self, deposit: Deposit) -> Slip:
        self._numbers += 1
        cells = deposit.cells()
        return Slip(
            number=f"{cells[0]} -{self._numbers}",
            upload=self.uploads,
            payer=cells[6],
            amount=int(cells[7]),
            remark=cells[9],
            entered_at=self.now(),
            day=date(*map(int, cells[0].split("/"))),
            account=cells[3],
        )

    # --- what is judged ----------------------------------------------------------------------------------------------

    def books(self) -> list[tuple[str, int]]:
        """Return (payer, won) of every slip, sorted."""
        return sorted((slip.payer, slip.amount) for slip in self.slips)


#: How long a list may take to be drawn (seconds).
LIST_S = 30.0

#: What a worker is told unless a test says otherwise.
RULES = PostingSettings(mode="production", deposit_list=True)

#: For owners whose ERP shows no list of deposits, or who want no key in the remark.
BLIND = RULES.model_copy(update={"remark_key": False, "deposit_list": False})


def with_rules(rules: PostingSettings, **other: object) -> PostingSettings:
    """Return rules with some of them set otherwise, checked as a file's are."""
    return PostingSettings.model_validate({**rules.model_dump(), **other})


class Killed(BaseException):
    """The worker's process is gone. Nothing catches this, and nothing the worker does after it has any effect."""


#: The methods of the ledger that write.
WRITES = frozenset(
    {
        "adopt", "arm", "begin_cycle", "begin_generation", "end_cycle", "exclude", "judge", "mark_sent", "move",
        "note_brake", "note_compared", "note_look_up", "note_oddities",
        "plan", "recover", "settle", "take_back",
        "mark_older", "note_proved",
    }
)  # fmt: skip


class SteppedLedger(Ledger):
    """A ledger that calls `tap` before and after everything it writes."""

    def __init__(
        self,
        folder: Path,
        *,
        tap: Callable[[str], None],
        witness: Witness | None = None,
        here: Callable[[], Moment] = moment.here,
    ) -> None:
        self.tap = tap
        super().__init__(folder, witness=witness, here=here)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in WRITES:
            return found

        def stepped(*args: Any, **kwargs: Any) -> Any:
            self.tap(f"before {name}")
            result = found(*args, **kwargs)
            self.tap(f"after {name}")
            return result

        return stepped


def see(ledger: Ledger, payments: Sequence[Payment], *, cycle: int, at: datetime) -> frozenset[str]:
    """Write down a reading of these payments, as rules without a question do; return the keys that are new."""
    known = ledger.entries([one.key for one in payments])
    steps = [Step(act=Act.SEE, key=one.key, payment=one) for one in payments if one.key not in known]
    keys = [one.key for one in payments]
    ledger.judge(steps, Reading(cycle=cycle, at=at, rows=len(keys), keys=keys), at=at)
    return frozenset(one.key for one in steps)


@dataclass(slots=True)
class Papers:
    """Keeps the evidence of a cycle by name."""

    texts: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, content: str) -> None:
        self.texts[name] = content


class Worker:
    """One worker's life: a generation, and cycles one after the other. What worker/app does, without a browser."""

    def __init__(
        self,
        folder: Path,
        erp: FakeErp,
        clock: FakeClock,
        *,
        rules: PostingSettings = RULES,
        books: LedgerOwner = BOOKS,
        tap: Callable[[str], None] | None = None,
        witness: Witness | None = None,
        here: Callable[[], Moment] = moment.here,
    ) -> None:
        """`tap` is called with the name of each step of the protocol; what it raises ends the worker there."""
        self._tap = tap or (lambda _: None)
        self.erp = erp
        self.clock = clock
        self.rules = rules
        #: A cycle posts no more rows than so many; None: all that wait.
        self.most: int | None = None
        #: A cycle posts this payment alone, by its key; "": whichever waits.
        self.only = ""
        self.books = books
        self.papers = Papers()
        #: What was beaten: the phase, the step and the seconds that it may be silent.
        self.beats: list[tuple[Phase, str, float]] = []
        #: Somebody asks the worker to stop before the first step whose name begins so.
        self.stop_before = ""
        #: When the last complete cycle started.
        self.last_good: datetime | None = None
        #: The ERP's clock less ours (seconds).
        self.erp_ahead = 0.0
        self.ledger = SteppedLedger(folder, tap=self._tap, witness=witness, here=here)
        self.ledger.begin_generation()

    def tap(self, tap: Callable[[str], None]) -> None:
        """Call this from now on with the name of each step."""
        self._tap = self.ledger.tap = tap

    def adopt(self, *posted: str) -> None:
        """Say what was posted before this ledger: nothing, or payments by key."""
        self.ledger.adopt(self.books, by="operator", at=self.clock(), note="adopted", posted=posted)

    def run_cycle(self) -> Figures:
        """Run one cycle; what it raises is written down as in worker/app and raised on."""
        self.ledger.recover(at=self.clock())
        cycle = self.ledger.begin_cycle(slot=self.clock(), at=self.clock())
        figures = Figures()
        started = self.clock()
        self.erp.tap = self._tap
        try:
            self.erp.sign_in()
            Cycle(
                Means(
                    erp=self.erp,
                    ledger=self.ledger,
                    rules=self.rules,
                    most=self.most,
                    only=self.only,
                    list_s=LIST_S,
                    cycle=cycle,
                    now=self.clock,
                    pulse=self._pulse,
                    papers=self.papers,
                    last_good=self.last_good,
                    why_no_posting=lambda: self.ledger.why_no_posting(self.books),
                    still_ours=self._why_not_ours,
                    figures=figures,
                    erp_ahead=lambda: self.erp_ahead,
                )
            ).run()
        except DaybreakError as error:
            self.ledger.end_cycle(cycle, at=self.clock(), outcome="failed", why=str(error), figures={})
            raise
        self.ledger.end_cycle(cycle, at=self.clock(), outcome="ran", why="", figures=asdict(figures))
        self.last_good = started
        return figures

    def _why_not_ours(self) -> str:
        if not self.ledger.is_current():
            return "a newer worker has taken over the ledger"
        return self.ledger.why_unproved() if self.rules.can_look_up else ""

    def edited(self, payer: str, amount: int, *, posted: bool) -> tuple[str, str]:
        """Have a payment's number edited, posted before or not; return the keys before and after."""
        row = self.erp.approve(payer, amount)
        self.erp.faults = [] if posted else [Fault.PASTE_LOST]
        with suppress(PasteLost):
            self.run_cycle()
        before = self.key(payer)
        row.approval_no = "99887766"
        self.clock.advance(minutes=30)
        self.run_cycle()
        (after,) = {one.payment.key for one in self.ledger.in_state(State.HELD)} - {before}
        return before, after

    def states(self) -> dict[str, str]:
        """Return what the ledger says of each payment, by payer and kind: `김밥천국 승인` → `posted`."""
        found = {}
        for row in self.erp.rows:
            for entry in self.ledger.alike(row.payer, row.amount):
                name = f"{entry.payment.payer} {entry.payment.kind}"
                found[name] = f"excluded: {entry.excluded}" if entry.excluded else str(entry.state)
        return found

    def key(self, payer: str, kind: PaymentKind = PaymentKind.APPROVAL) -> str:
        """Return the key of the one payment of a payer."""
        (found,) = {
            entry.payment.key
            for row in self.erp.rows
            if row.payer == payer
            for entry in self.ledger.alike(row.payer, row.amount)
            if entry.payment.kind is kind
        }
        return found

    def close(self) -> None:
        """End the process as the kernel would: nothing more is written."""
        self.ledger.close()

    def _pulse(self, phase: Phase, step: str, seconds: float, *, stoppable: bool = True) -> None:
        self._tap(f"pulse: {step}")
        if stoppable and self.stop_before and step.startswith(self.stop_before):
            raise StopRequested(f"asked to stop before {step}")
        self.beats.append((phase, step, seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The settings that make a schedule, with the defaults of a real ERP."""

    demo: bool = False
    zone: ZoneInfo = SEOUL
    interval_min: int = 30
    holidays: str = "KR"
    hours_mon_fri: tuple[int, int] | None = (6 * 60, 18 * 60)
    hours_sat: tuple[int, int] | None = (6 * 60, 14 * 60)
    hours_sun: tuple[int, int] | None = None
    extra_days_off: frozenset[date] = frozenset()
    extra_days_on: frozenset[date] = frozenset()
    days_by_hand: Mapping[date, DayOverride] = field(default_factory=dict)
    days_off_cycle: time | None = time(12)
    days_off_after_h: int = 48
    maintenance: tuple[Window, ...] = ()
