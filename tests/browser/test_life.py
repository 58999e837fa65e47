"""Signs of life: a step that waits for a slow ERP beats all the while; a frozen page silences it."""

from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGCONT, SIGSTOP

import psutil
import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import Chromium
from worker.erp.ecount import life, shell
from worker.erp.ecount.life import Life
from worker.schedule.loop import Outcome

#: How long each thing takes that is waited for (seconds): a wait that is not sliced beats no sooner.
DELAY = 9.0

#: The longest silence of a wait that is sliced finely, on a busy machine (seconds).
LONGEST = 8.0


@pytest.fixture(autouse=True)
def fine_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slice ten times as finely: the waits can be as much shorter."""
    slices = life.SLICE / 10
    for module in (life, shell):
        monkeypatch.setattr(module, "SLICE", slices)
    # A question that meets a page which is just leaving waits for so long.
    monkeypatch.setattr(shell, "ASK_WITHIN", shell.ASK_WITHIN / 2)


@contextmanager
def frozen_pages() -> Iterator[None]:
    """Stop every page of this process's browsers for the length of a block."""
    found = [one for one in psutil.Process().children(recursive=True) if "--type=renderer" in one.cmdline()]
    try:
        for one in found:
            one.send_signal(SIGSTOP)
        yield
    finally:
        for one in found:
            one.send_signal(SIGCONT)


@pytest.mark.parametrize(
    "knobs",
    [
        {"rows_late_s": DELAY},
        pytest.param({"page2_delay_s": DELAY, "page_size": 2}, marks=pytest.mark.deep),
        pytest.param({"shell_delay_s": DELAY}, marks=pytest.mark.deep),
        pytest.param({"uploader_late_s": DELAY}, marks=pytest.mark.deep),
    ],
    ids=lambda knobs: next(iter(knobs)),
)
def test_a_step_that_waits_long_beats_all_the_while(
    open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object]
) -> None:
    for won in (1000, 2000, 3000):
        erp.add(amount=won)
    office = open_office(LIST_S=60, STEP_S=40)
    erp.knobs(**knobs)
    office.when("opening the stored session", office.heart.take_beats)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["seconds"] > DELAY
    assert office.heart.take_beats().longest < LONGEST
    assert office.won() == [1000, 2000, 3000]


def test_a_sign_in_whose_every_page_is_slow_beats_all_the_while(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(signed_in=False, SIGN_IN_S=120, LIST_S=60)
    erp.knobs(slow_s=0.3, shell_delay_s=DELAY, login_delay_s=DELAY)
    found = []

    def signed_in() -> None:
        found.append(office.heart.take_beats().longest)
        erp.knobs(slow_s=0)

    office.when("signing in", office.heart.take_beats)
    office.when("reading", signed_in)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert found[0] < LONGEST


def test_a_frozen_page_gives_no_sign_whether_it_stands_or_is_to_arrive(
    erp: DemoErp, chromium: Chromium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life, "SLICE", 0.0)
    monkeypatch.setattr(life, "FRESH_FOR", 0.0)
    monkeypatch.setattr(life, "SIGN_WITHIN", 2.0)
    beats: list[str] = []
    address = f"{erp.zone}/ec5/view/app.login/erp_login"

    def has_sign() -> bool:
        beats.clear()
        watched.breathe([])
        return bool(beats)

    with chromium.browser.new_context() as context:
        page = context.new_page()
        watched = Life(page, pulse=lambda step, _: beats.append(step), is_any_stopped=lambda: False)
        page.goto(address)
        assert has_sign()
        with frozen_pages():
            assert not has_sign()
        assert has_sign()

        erp.knobs(slow_s=3)
        page.evaluate("address => { location.href = address; }", f"{address}?again=1")
        while not watched.is_on_way:
            page.wait_for_timeout(10)
        with frozen_pages():
            assert has_sign(), "the server has not answered: its browser vouches for the page"
            with page.expect_event("response", timeout=30_000):
                pass
            assert not has_sign(), "it never arrives"
        page.wait_for_url("**again=1")
        assert has_sign()


def test_a_stopped_page_of_our_own_browser_is_seen_while_it_waits_for_a_server(
    erp: DemoErp, chromium: Chromium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life, "SLICE", 0.0)
    beats: list[str] = []

    with chromium.browser.new_context() as context:
        page = context.new_page()
        watched = Life(page, pulse=lambda step, _: beats.append(step))
        page.goto(f"{erp.zone}/ec5/view/app.login/erp_login")
        erp.knobs(slow_s=3)
        page.evaluate("() => { location.search = '?again=1'; }")
        while not watched.is_on_way:
            page.wait_for_timeout(10)
        with frozen_pages():
            watched.breathe([])
            assert beats == []
        watched.breathe([])

    assert beats == [""]


def test_nothing_is_touched_while_a_save_is_awaited(open_office: OpenOffice, erp: DemoErp) -> None:
    erp.add(amount=1000)
    office = open_office()
    erp.knobs(result_delay_s=DELAY)
    office.when("saving", office.heart.take_beats)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.heart.take_beats().longest > DELAY, "the beat before the save is the last until it is answered"
    assert office.won() == [1000]
