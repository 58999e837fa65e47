"""The worker with a browser of its own: started for a cycle, and nothing of it left when the cycle is over."""

import tempfile
from pathlib import Path

import psutil

from tests.erp import DemoErp
from tests.office import Chromium, Office
from worker import metrics, page
from worker.heartbeat import Phase
from worker.loop import Outcome
from worker.reaper import browser_flag, mark


def test_each_cycle_starts_a_browser_and_leaves_nothing_of_it(tmp_path: Path) -> None:
    with (
        DemoErp(payments=0) as erp,
        Office(erp, tmp_path / "var", chromium=None, signed_in=False, adopted=False) as office,
    ):
        seen: list[list[int]] = []
        for won in (1000, 2000):
            erp.add(amount=won)
            office.when("a batch of", lambda: seen.append(browsers(office)))

            report = office.cycle()

            assert report.outcome is Outcome.RAN, report.why
            assert not browsers(office)
            assert not list((Path(tempfile.gettempdir()) / f"daybreak-{mark(office.folder)}").iterdir())
        assert office.won() == [1000, 2000]
        shown = page.read(office.folder / page.NAME)
        assert shown is not None
        assert shown.doing in set(Phase)
        assert (office.folder / metrics.NAME).read_text(encoding="utf-8").count('_cycles_total{outcome="ran"} 2.0') == 1
        assert erp.stats()["logins"] == 1
    assert all(seen)
    assert not set(seen[0]) & set(seen[1])


def test_a_window_is_one_page_and_nothing_that_nobody_sees(chromium: Chromium) -> None:
    with chromium.browser.new_context() as context:
        context.new_page()
        devtools = chromium.browser.new_browser_cdp_session()
        found = devtools.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
        devtools.detach()

    assert {one["type"] for one in found} <= {"page", "tab", "browser"}, found


def browsers(office: Office) -> list[int]:
    """Return the processes of this office's browsers."""
    flag = browser_flag(office.folder)
    return [one.pid for one in psutil.process_iter(["cmdline"]) if flag in (one.info["cmdline"] or [])]
