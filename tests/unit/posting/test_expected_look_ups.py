"""A cycle that posts nothing because a look-up must come first, as it has to, is no failure: nobody is told of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine

from tests.fakes import THURSDAY, FakeErp, quick_folder
from worker.app import attending
from worker.app.job import MOST_LOOK_UPS, Job
from worker.config import loading
from worker.config.settings import Settings
from worker.errors import EndUnproved
from worker.posting.books import owner_of
from worker.runtime.locks import Lock
from worker.runtime.moment import Moment
from worker.runtime.skew import Skew
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule.calendar import Slot
from worker.schedule.loop import Outcome, next_start

ERP = {
    "ERP_URL": "https://erp.example.com",
    "ERP_COMPANY": "1",
    "ERP_USER": "u",
    "MODE": "production",
    "ACCOUNT_CARD": "card",
    "SAVE_PATTERN": "/save",
    "DEPOSIT_LIST": "on",
    "SETTLE_S": "60",
    "PING_URL": "off",
}


class Office:
    """The job of a worker at a fake ERP, without a browser, on a clock that passes when it is told to."""

    def __init__(self, folder: Path, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "pw").write_text("secret")
        (folder / "pw").chmod(0o600)
        self._clock = clock
        self.settings: Settings = loading.load(
            {**ERP, "DATA_DIR": str(folder), "ERP_PASSWORD_FILE": str(folder / "pw")}
        )
        self.erp = FakeErp(self.settings.now)

        @contextmanager
        def there(*_: object, **__: object) -> Iterator[SimpleNamespace]:
            yield SimpleNamespace(erp=self.erp, skew=Skew(self.settings.now))

        monkeypatch.setattr(attending, "visit", there)
        monkeypatch.setattr(attending, "sign_in", lambda erp, _: erp.sign_in())
        monkeypatch.setattr(Job, "_let_settle", lambda *_: None)
        heart = HeartbeatWriter(folder / "heartbeat.txt", version="test", now=self.settings.now, stop=Stop())
        self._lock = Lock(folder / "runtime.lock", version="test")
        self._lock.__enter__()
        self.job = Job(self.settings, heart=heart, lock=self._lock)
        self.said: list[str] = []
        monkeypatch.setattr(self.job._ping, "success", lambda _: self.said.append("well"))
        monkeypatch.setattr(self.job._ping, "fail", lambda *_: self.said.append("failed"))
        self.ledger = self.job.open_ledger()
        self.ledger.adopt(owner_of(self.settings), by="lee", at=self.settings.now(), note="nothing was posted")

    def run(self) -> Outcome:
        """Run one cycle now; then a minute passes."""
        outcome = self.job.run_cycle(Slot(at=self.settings.now()))
        self._clock.shift(timedelta(minutes=1, seconds=2))
        return outcome

    def told(self) -> list[str]:
        """Return the causes of which people are told."""
        return [one.cause for one in self.ledger.alarms()]

    def close(self) -> None:
        self.job.close()
        self._lock.__exit__(None, None, None)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Office]:
    monkeypatch.setenv("DAYBREAK_STATE_DIR", str(tmp_path / "state"))
    with quick_folder() as folder, time_machine.travel(THURSDAY, tick=False) as clock:
        found = Office(folder, clock, monkeypatch)
        yield found
        found.close()


def test_the_look_ups_of_a_restored_ledger_are_told_to_nobody_and_follow_each_other_soon(office: Office) -> None:
    office.erp.approve("김밥천국")
    office.ledger.mark_older("generation 4 of 5, batch 1 of 2")

    first = office.run()
    again = next_start(office.settings.now(), office.settings.schedule, office.job.past())
    second = office.run()

    assert (first, second) == (Outcome.STOPPED, Outcome.RAN)
    assert again is not None
    assert again[0] <= office.settings.now()
    assert office.erp.books() == [("김밥천국", 10_000)]
    assert office.told() == []
    assert office.said == ["well", "well"]
    assert office.job.past().failures == 0


def test_look_ups_that_come_to_no_end_are_a_failure_like_any_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.erp.approve("김밥천국")
    office.ledger.mark_older("generation 4 of 5, batch 1 of 2")
    monkeypatch.setattr(office.ledger, "no_longer_older", lambda **_: None)

    outcomes = [office.run() for _ in range(MOST_LOOK_UPS + 1)]

    assert outcomes == [Outcome.STOPPED] * MOST_LOOK_UPS + [Outcome.FAILED]
    assert office.told() == ["adoption"]
    assert office.said[-1] == "failed"


def test_a_list_that_proves_nothing_is_a_failure_at_once(office: Office) -> None:
    office.erp.approve("김밥천국")
    office.ledger.mark_older("generation 4 of 5, batch 1 of 2")
    office.erp.fails["look_up"] = EndUnproved("the list may hold more than it shows")

    assert office.run() is Outcome.FAILED

    assert office.told() == ["layout"]


def test_a_save_that_is_kept_back_because_the_machine_was_put_back_under_it_is_no_failure(office: Office) -> None:
    office.erp.approve("김밥천국")
    here = office.ledger._here()

    def jump(step: str) -> None:
        if step == "armed":
            office.ledger._here = lambda: Moment(boot=here.boot, offset=here.offset + 3600)

    office.erp.tap = jump

    outcomes = [office.run(), office.run()]

    assert outcomes == [Outcome.STOPPED, Outcome.RAN]
    assert office.erp.books() == [("김밥천국", 10_000)]
    assert office.told() == []
    assert office.said == ["well", "well"]


def test_where_nothing_can_be_looked_up_a_restored_ledger_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.erp.approve("김밥천국")
    office.ledger.mark_older("generation 4 of 5, batch 1 of 2")
    posting = office.settings.posting.model_copy(update={"deposit_list": False})
    office.job._settings = office.settings.model_copy(update={"posting": posting})

    assert office.run() is Outcome.FAILED

    assert office.told() == ["adoption"]
