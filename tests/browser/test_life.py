"""Signs of life: a step that waits for a slow ERP beats every few seconds; a save is left alone."""

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from worker.errors import StopRequested
from worker.loop import Outcome
from worker.pulse import SLICED

#: What a slice may take on a busy machine; a beat that comes later than SLICED after the one before is a false alarm.
LONGEST = SLICED / 2


@pytest.mark.parametrize(
    "knobs",
    [{"rows_late_s": 14}, {"page2_delay_s": 14, "page_size": 2}, {"shell_delay_s": 14}, {"uploader_late_s": 14}],
    ids=lambda knobs: next(iter(knobs)),
)
def test_a_step_that_waits_long_beats_all_the_while(
    open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object]
) -> None:
    for won in (1000, 2000, 3000):
        erp.add(amount=won)
    office = open_office(LIST_S=60, STEP_S=40)
    office.heart.take_beats()
    erp.knobs(**knobs)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["seconds"] > 14
    assert office.heart.take_beats().longest < LONGEST
    assert office.won() == [1000, 2000, 3000]


def test_a_sign_in_whose_every_page_is_slow_beats_all_the_while(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(signed_in=False, SIGN_IN_S=120, LIST_S=60)
    erp.knobs(slow_s=1, shell_delay_s=12, login_delay_s=12)
    office.heart.take_beats()
    found = []

    def signed_in() -> None:
        found.append(office.heart.take_beats().longest)
        erp.knobs(slow_s=0)

    office.when("reading", signed_in)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert found[0] < LONGEST


def test_nothing_is_touched_while_a_save_is_awaited(open_office: OpenOffice, erp: DemoErp) -> None:
    erp.add(amount=1000)
    office = open_office()
    erp.knobs(result_delay_s=8)
    office.when("saving", office.heart.take_beats)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.heart.take_beats().longest > 8, "the beat before the save is the last until it is answered"
    assert office.won() == [1000]


def test_a_beat_in_a_slice_is_no_progress_and_hears_no_request_to_stop(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office()
    office.heart.step(office.steps[0][1] if office.steps else office.heart._at[0], "reading", 30)
    office.stop.reason = "SIGTERM"

    office.heart.again()

    with pytest.raises(StopRequested):
        office.heart.step(office.heart._at[0], "reading", 30)
