"""The worker with a browser of its own: started for a cycle, and nothing of it left when the cycle is over."""

import os
import signal
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.erp import DemoErp
from tests.office import Office
from worker.browser import launch
from worker.erp.ecount import life, shell
from worker.runtime.heartbeat import Phase
from worker.runtime.reaper import browser_flag, mark
from worker.schedule.loop import Outcome
from worker.status import metrics, snapshot


def test_each_cycle_starts_a_browser_and_leaves_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        DemoErp(payments=0) as erp,
        Office(erp, tmp_path / "var", chromium=None, signed_in=False, adopted=False) as office,
    ):
        seen: list[list[int]] = []
        # The driver keeps what it compiled of itself; it starts as well where nothing can be kept.
        for won, compiled in ((1000, tmp_path / "compiled"), (2000, Path("/dev/null/compiled"))):
            monkeypatch.setattr(launch, "COMPILED", compiled)
            erp.add(amount=won)
            office.when("a batch of", lambda: seen.append(browsers(office)))

            report = office.cycle()

            assert report.outcome is Outcome.RAN, report.why
            assert not browsers(office)
            assert "NODE_COMPILE_CACHE" not in os.environ
            assert not list((Path(tempfile.gettempdir()) / f"daybreak-{mark(office.folder)}").iterdir())
        assert office.won() == [1000, 2000]
        shown = snapshot.read(office.folder)
        assert shown is not None
        assert shown.doing in set(Phase)
        assert (office.folder / metrics.NAME).read_text(encoding="utf-8").count('_cycles_total{outcome="ran"} 2.0') == 1
        assert erp.stats()["logins"] == 1
    assert list((tmp_path / "compiled").iterdir())
    assert all(seen)
    assert not set(seen[0]) & set(seen[1])


@pytest.mark.deep
def test_a_frozen_browser_fails_the_step_and_is_ended_instead_of_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, seconds in (
        (life, "SIGN_WITHIN", 1.0),
        (shell, "ASK_WITHIN", 500),
        (launch, "ANSWERS_WITHIN", 2.0),
    ):
        monkeypatch.setattr(module, name, seconds)
    with (
        DemoErp(payments=0) as erp,
        Office(erp, tmp_path / "var", chromium=None, signed_in=False, adopted=False, SIGN_IN_S=2) as office,
    ):
        office.when("signing in", lambda: send(office, signal.SIGSTOP))

        report = office.cycle()

        assert report.outcome is Outcome.FAILED
        assert "its browser is ended" in caplog.text
        assert not browsers(office)

        monkeypatch.undo()
        office.restart(SIGN_IN_S=60)
        report = office.cycle()

        assert report.outcome is Outcome.RAN, report.why


def send(office: Office, number: signal.Signals) -> None:
    """Send a signal to everything of this office's browsers."""
    for pid in browsers(office):
        for one in (*psutil.Process(pid).children(recursive=True), psutil.Process(pid)):
            one.send_signal(number)


def browsers(office: Office) -> list[int]:
    """Return the processes of this office's browsers."""
    flag = browser_flag(office.folder)
    return [one.pid for one in psutil.process_iter(["cmdline"]) if flag in (one.info["cmdline"] or [])]
