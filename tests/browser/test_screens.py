"""What is uncertain of the real screens, each alone: read rightly and posted once, or refused by name."""

from datetime import timedelta

import pytest

from tests.browser.conftest import OpenOffice
from tests.browser.variants import READ, READ_TOO, REFUSED
from tests.erp import DemoErp
from tests.office import Office
from worker.schedule.loop import Outcome

#: Alone, for `--deep`, which tries them in pairs as well.
deep = pytest.mark.deep

#: Payments of each test: three pages of three, and one more.
WON = (1000, 2000, 3000, 4000, 5000, 6000, 7000)


def fill(erp: DemoErp) -> None:
    """List the payments, three on a page."""
    for won in WON:
        erp.add(amount=won)
    erp.knobs(page_size=3)


@pytest.mark.parametrize(
    "knobs",
    [*READ, *(pytest.param(one, marks=deep) for one in READ_TOO)],
    ids=lambda knobs: "+".join(f"{k}={v}" for k, v in knobs.items()),
)
def test_each_variant_is_read_rightly_and_posted_once(
    open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object]
) -> None:
    fill(erp)
    erp.knobs(**knobs)

    report = open_office(STEP_S=8).cycle()

    assert report.outcome is Outcome.RAN, report.why
    erp.knobs(generation="old")
    assert sorted(slip["amount"] for slip in erp.slips()) == list(WON)
    assert all(slip["date"] and slip["payer"] and slip["memo"].startswith("카드결제 ") for slip in erp.slips())


@pytest.mark.parametrize(
    ("knobs", "said"),
    [*REFUSED[:1], *(pytest.param(*one, marks=deep) for one in REFUSED[1:])],
    ids=lambda value: str(value)[:50],
)
def test_what_can_not_be_read_or_pasted_is_refused_by_name(
    open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object], said: str
) -> None:
    fill(erp)
    erp.knobs(**knobs)

    report = open_office(STEP_S=3, LIST_S=5).cycle()

    assert report.outcome is Outcome.FAILED
    assert said in report.why
    assert erp.slips() == []
    assert erp.uploads() == []


def test_a_list_that_a_saved_filter_has_emptied_is_not_believed_until_it_shows_its_rows_again(
    office: Office, erp: DemoErp
) -> None:
    erp.add(amount=1000, payer="가온")
    erp.add(amount=2000, payer="가온")
    assert office.cycle().outcome is Outcome.RAN
    erp.add(amount=3000, payer="가온")
    erp.knobs(payments_hidden="가온")

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "the list is empty, and of 2 payments of the last reading that it should still show 2 stand on" in report.why
    erp.knobs(payments_hidden="")
    assert office.cycle().outcome is Outcome.RAN
    assert office.won() == [1000, 2000, 3000]


@pytest.mark.deep
def test_the_zones_path_is_kept_when_the_shell_is_loaded_anew(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(STEP_S=4, signed_in=False)
    erp.add(amount=1000)
    erp.add(amount=2000)
    erp.knobs(zone_number=56, paste_fault="half")

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000, 2000]
    assert "/ec56/view/erp" in (office.folder / "session.json").read_text(encoding="utf-8")


def test_more_than_ten_pages_are_read_by_arrows_that_move_by_ten(office: Office, erp: DemoErp) -> None:
    for won in range(1000, 1024):
        erp.add(amount=won)
    erp.knobs(page_size=1)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == list(range(1000, 1024))


@pytest.mark.deep
def test_sums_are_no_payments_and_shift_nothing(office: Office, erp: DemoErp) -> None:
    for won in range(1000, 1065):
        erp.add(amount=won)
    erp.knobs(subtotal_rows=True, header_repeated=True, cloned_left=True)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 65
    assert sum(office.won()) == sum(range(1000, 1065))
    assert office.ledger.open_oddities() == []


@pytest.mark.parametrize(
    "payer", ["ecount 대리점", *(pytest.param(one, marks=deep) for one in ("ECOUNT", "eCount 나루", "가나 Ecount"))]
)
def test_a_payer_at_whose_name_a_paste_would_split_is_posted_whole(office: Office, erp: DemoErp, payer: str) -> None:
    erp.add(amount=1000, payer="가온")
    erp.add(amount=2000, payer=payer)
    erp.add(amount=3000, payer="다온")

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000, 2000, 3000]
    assert len(erp.uploads()) == 1
    [split] = [name for name, won in office.slips() if won == 2000]
    assert split != payer
    assert split.replace("ｅ", "e").replace("Ｅ", "E") == payer


@pytest.mark.deep
def test_a_row_that_could_be_taken_for_titles_never_stands_first(office: Office, erp: DemoErp) -> None:
    start = office.settings.now() - timedelta(hours=1)
    for minute, (won, payer) in enumerate(((1000, "금액"), (2000, "나루"), (3000, "적요명"))):
        erp.add(amount=won, payer=payer, requested_at=(start + timedelta(minutes=minute)).isoformat())
    erp.knobs(reject_rows="2")

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert sorted(office.slips()) == [("나루", 2000), ("적요명", 3000)]
    assert list(office.states()) == [1000], "the second row of the paste is the payment that was refused"


def test_a_batch_of_nothing_but_titles_is_refused_by_name(office: Office, erp: DemoErp) -> None:
    erp.add(amount=1000, payer="금액")

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "holds the title of a column" in report.why
    assert erp.uploads() == []


@pytest.mark.parametrize(
    "fault", ["shifted", *(pytest.param(one, marks=deep) for one in ("lower", "two_cells", "twice", "editor_keeps"))]
)
def test_a_paste_that_lands_elsewhere_is_done_again_before_anything_is_saved(
    open_office: OpenOffice, erp: DemoErp, fault: str
) -> None:
    office = open_office(STEP_S=2)
    for won in (1000, 2000, 3000):
        erp.add(amount=won)
    erp.knobs(paste_fault=fault)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000, 2000, 3000]
    assert [one["rows"] for one in erp.uploads()] == [3]
