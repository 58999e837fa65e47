"""The page over a ledger that holds something of everything, so that no screen of it is empty."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import BLIND, SEOUL, FakeClock, FakeErp, Fault, Worker
from tests.unit.console.reader import KEEPER, OFFICE, PASSWORD, served
from tests.unit.operations.test_questions import ask
from worker.admin import invitation, users
from worker.admin.users import Role
from worker.config import loading
from worker.i18n.language import Language
from worker.ledger.state import State
from worker.operations import decisions
from worker.operations.decisions import EFFECT_AFTER, Decision, Verdict
from worker.operations.questions import Question
from worker.posting.books import owner_of
from worker.runtime import installation
from worker.status import snapshot
from worker.status.snapshot import Snapshot, TimelineMark

#: The smallest picture that a browser shows.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg=="
)

#: A name that is as long as the ERP lets one be, without a blank where a line may end.
LONG_NAME = "주식회사대한민국서울특별시강남구해오름상회유통물류본부제일지점"

#: Who pays.
NAMES = ("가게", LONG_NAME, "새봄유통", "또미등록상사", "미등록상사", "달빛서점", "해오름상회")

INI = """[circus]
endpoint = tcp://127.0.0.1:9
[env:worker]
DATA_DIR = var
TZ = Asia/Seoul
ERP_URL = https://erp.example.com
ERP_COMPANY = 1
ERP_USER = u
ERP_PASSWORD_FILE = {secret}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOffice:
    """A page that is served, and what it can be asked for."""

    port: int
    data: Path
    #: A row each, by what is the matter with it, and a posted payment with its evidence.
    keys: dict[str, str]
    today: datetime

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def invitation(self) -> str:
        """Return a link's token that is good."""
        return invitation.issue(self.data)


@contextmanager
def page_office(folder: Path) -> Iterator[PageOffice]:
    """Serve the page of a furnished installation of a real ERP, on a port of its own."""
    data = _installed(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(installation.INI_VARIABLE, str(data.parent / "circus.ini"))
        now = datetime.now(SEOUL).replace(microsecond=0)
        for name, role in ((KEEPER, Role.KEEPER), (OFFICE, Role.OFFICE)):
            users.add(data, name, role, PASSWORD, now=now)
        keys = _ledger(data, now)
        _says(data, now)
        with served(data) as port:
            yield PageOffice(port=port, data=data, keys=keys, today=now)


def _installed(folder: Path) -> Path:
    data = folder / "project" / "var"
    data.mkdir(parents=True)
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text("p4ss word", encoding="utf-8")
    (data.parent / "circus.ini").write_text(INI.format(secret=secret), encoding="utf-8")
    return data


def _ledger(data: Path, now: datetime) -> dict[str, str]:
    """Fill the ledger; return the keys of the rows that screens are about."""
    clock = FakeClock(now - timedelta(hours=8))
    books = replace(owner_of(loading.load()), mode="production")
    worker = Worker(data, FakeErp(clock), clock, books=books)
    worker.adopt()
    erp = worker.erp
    for number in range(60):
        erp.approve(f"가게 {number:02}", 10_000 + 700 * number, minutes_ago=120 + number)
    taken = erp.approve(LONG_NAME, 100_000, minutes_ago=90)
    worker.run_cycle()
    found = {"posted": worker.key("가게 07")}
    _keep_evidence(data, worker, found["posted"])
    found["before"], found["edited"] = worker.edited("새봄유통", 123_450, posted=True)
    clock.advance(minutes=30)
    erp.cancel(taken).amount = 30_000
    worker.run_cycle()
    (found["partial"],) = {one.payment.key for one in worker.ledger.in_state(State.HELD)} - {found["edited"]}
    for name, payer in (("refused", "미등록상사"), ("decided", "또미등록상사")):
        erp.approve(payer, 45_000)
        erp.refused_payers = {payer}
        clock.advance(minutes=30)
        worker.run_cycle()
        found[name] = worker.key(payer)
    worker.rules = BLIND
    erp.approve("달빛서점", 67_800)
    erp.faults = [Fault.LOST_AFTER]
    clock.advance(minutes=30)
    worker.run_cycle()
    (found["in_doubt"],) = (one.payment.key for one in worker.ledger.in_state(State.IN_DOUBT))
    row = '{"time": "2026-01-08 09:00:00", "payer": "<i>해오름상회", "amount": "?", "status": "승인"}'
    worker.ledger.note_oddities([(row, "the amount ? is none")], cycle=1, at=clock())
    for question in Question:
        ask(worker, question)
    worker.close()
    _decide(found["decided"])
    return found


def _decide(key: str) -> None:
    """Have a row posted: for ten minutes that can be taken back."""
    settings = loading.load()
    decision = Decision(key=key, verdict=Verdict.NOT_POSTED, why="looked")
    shown = decisions.preview(settings, decision, language=Language.KO)
    decisions.apply(settings, decision, by=OFFICE, stamp=shown.stamp, language=Language.KO, effect_after=EFFECT_AFTER)


def _keep_evidence(data: Path, worker: Worker, key: str) -> None:
    entry = worker.ledger.entry(key)
    assert entry is not None
    folder = data / "evidence" / f"{worker.clock():%Y%m%d}" / "cycle-1"
    folder.mkdir(parents=True)
    (folder / "upload-1.png").write_bytes(PICTURE)
    (folder / f"batch-{entry.batch}-plan.json").write_text("[]", encoding="utf-8")


def _says(data: Path, now: datetime) -> None:
    """Write what the worker says of itself, with something in every part of the first screen."""
    states = ("ran", "failed", "missed", "skipped", "open", "due")
    marks = tuple(TimelineMark(start=540 + 30 * n, minutes=30, state=one) for n, one in enumerate(states))
    snapshot.write(
        data,
        Snapshot(
            written=now.isoformat(),
            valid_until=(now + timedelta(hours=2)).isoformat(),
            doing="waiting",
            last_cycle={"outcome": "ran", "started": now.isoformat(), "why": ""},
            next_cycle=(now + timedelta(minutes=25)).isoformat(),
            money={"deposits": 31, "cancellations": 3, "won_in": 2_492_780, "won_out": 102_970, "won": 2_389_810},
            marks=marks,
            waits={"held": 2, "in_doubt": 1, "rejected": 2, "odd": 1},
            problems=("no backup for 3 days",),
            attention=("PING_URL is empty",),
            alarms={"open": [{"cause": "page", "since": now.isoformat(), "count": 1, "what": "the page ended"}]},
        ),
    )
