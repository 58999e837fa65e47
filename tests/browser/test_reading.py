"""Reading the payment list: complete, each row once, each cell in its place; or nothing is posted."""

from functools import partial

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import Office
from worker.ledger.state import State
from worker.schedule.loop import Outcome

#: Draws every page of rows with another amount first, and as it should be an instant later.
DRAWN_TWICE = """
const own = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
Object.defineProperty(Element.prototype, 'innerHTML', {...own, set(html) {
  if (this.tagName !== 'TBODY' || !html) return own.set.call(this, html);
  own.set.call(this, html.replace(/(<span data-column-id="SETL_AMT">)[^<]*/g, (_, span) => span + '7'));
  const instant = new MessageChannel();
  instant.port1.onmessage = () => own.set.call(this, html);
  instant.port2.postMessage(0);
}});
"""

#: Leaves the rows of the page before under every second page's number for an instant; writes beside all rows later.
DRAWN_LATE = """
const own = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
let shown = '', count = 0;
Object.defineProperty(Element.prototype, 'innerHTML', {...own, set(html) {
  if (this.tagName !== 'TBODY' || !html) return own.set.call(this, html);
  const draw = () => {
    own.set.call(this, html);
    setTimeout(() => {
      this.querySelectorAll('td.no button').forEach(one => one.textContent += ' ·');
      shown = own.get.call(this);
    }, 1);
  };
  if (!shown || ++count % 2) return draw();
  own.set.call(this, shown);
  setTimeout(draw, 10);
}});
"""

#: Begins one page, when it is drawn for the first time, with a row of the page before, for longer than a look takes.
DRAWN_MIXED = """
const own = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
let row = '', isDone = false;
Object.defineProperty(Element.prototype, 'innerHTML', {...own, set(html) {
  own.set.call(this, html);
  if (this.tagName !== 'TBODY' || !html) return;
  if (row && !isDone && html.includes('>1,007<')) {
    isDone = true;
    this.rows[0].outerHTML = row;
    setTimeout(() => own.set.call(this, html), 200);
  }
  row = this.rows[0].outerHTML;
}});
"""

#: Leaves the rows of the page before under each number but the first, for longer than a page has to stand still.
DRAWN_TOO_LATE = """
const own = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
let shown = '';
Object.defineProperty(Element.prototype, 'innerHTML', {...own, set(html) {
  if (this.tagName !== 'TBODY' || !html) return own.set.call(this, html);
  own.set.call(this, html.includes('>1,005<') ? html : shown);
  shown = html;
  setTimeout(() => own.set.call(this, html), 200);
}});
"""


def test_206_rows_on_three_pages_are_posted_once_each(open_office: OpenOffice, erp: DemoErp) -> None:
    erp.reset(payments=206)
    erp.knobs(header_repeated=True)
    office = open_office(BATCH_ROWS=200)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 206
    [held] = office.states()
    assert held < 0, "the week holds one cancellation without its approval"
    assert sorted([*office.won(), held]) == office.due()
    assert office.states() == {held: State.HELD}


def fill(erp: DemoErp, count: int) -> None:
    """List so many payments, all approved."""
    erp.control("/payments", [{"amount": 1000} for _ in range(count)])


def test_a_full_page_is_whole_where_its_pager_says_that_it_is_the_only_one(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    fill(erp, 100)

    report = open_office(BATCH_ROWS=100).cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 100


def test_a_full_page_without_a_pager_is_not_believed_to_be_all(open_office: OpenOffice, erp: DemoErp) -> None:
    fill(erp, 100)
    erp.knobs(one_page_pager="absent")

    report = open_office().cycle()

    assert report.outcome is Outcome.FAILED
    assert "no pager" in report.why
    assert not erp.uploads()


@pytest.mark.deep
def test_a_full_page_without_a_pager_is_whole_where_a_longer_tab_shows_its_own(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    fill(erp, 100)
    erp.knobs(one_page_pager="absent")
    erp.add(amount=2000, reflected=True)

    report = open_office(BATCH_ROWS=100).cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 100


@pytest.mark.deep
def test_a_list_that_grew_to_a_full_page_is_whole_and_one_whose_row_was_edited_is_not(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    fill(erp, 99)
    erp.knobs(one_page_pager="absent")
    office = open_office(BATCH_ROWS=100)
    office.cycle()
    last = erp.add(amount=2000)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 100
    assert 2000 in office.won()

    erp.change(last["id"], payer="somebody else", approval_no="99999999", amount=2500)
    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "no pager" in report.why


@pytest.mark.deep
def test_deposits_are_found_or_proved_missing_though_their_list_ends_at_a_full_page(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    office = open_office(BATCH_ROWS=60, RESULT_S=3)
    erp.knobs(one_page_pager="absent")
    for count in (60, 39):
        fill(erp, count)
        assert office.cycle().outcome is Outcome.RAN
    erp.add(amount=2000)
    erp.knobs(save_fault="no_dialog")
    office.cycle()
    assert (len(erp.slips()), office.states()) == (100, {2000: State.IN_DOUBT})

    erp.add(amount=3000)
    erp.knobs(save_fault="cut_before")
    office.cycle()
    assert (len(erp.slips()), office.states()) == (100, {3000: State.IN_DOUBT})
    for _ in range(2):
        office.cycle()

    assert office.states() == {}
    assert office.won()[-2:] == [2000, 3000]
    assert len(erp.slips()) == 101


def test_a_lost_click_slow_pages_and_rows_alike_to_the_last_letter_lose_nothing(office: Office, erp: DemoErp) -> None:
    alike: dict[str, object] = {"requested_at": office.settings.now().isoformat(), "method": "카드"}
    alike |= {"acquirer": "신한카드", "card": "990000**********", "requester": "WEB01"}
    # Newest first, so that page 1 ends between the two of 4000.
    for won in (1000, 2000, 3000, 4000, 4000, 6000, 7000):
        erp.add(amount=won, payer=f"새빛 {won}", approval_no=f"{won:08d}", **alike)
    erp.knobs(page_size=3, pager_ignored=1, page2_delay_s=0.2, progress_mark=False)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 7, "twins are two rows, whatever is decided about them"
    assert sorted({*office.won()}) == [1000, 2000, 3000, 4000, 6000, 7000]


@pytest.mark.deep
def test_a_payment_that_stands_on_two_pages_because_a_row_slipped_in_is_posted_once(
    office: Office, erp: DemoErp
) -> None:
    for won in range(1000, 1005):
        erp.add(amount=won)
    erp.knobs(page_size=3, row_inserted=1)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == len(erp.payments()) == 6
    assert office.won() == office.due()


def test_a_list_that_grows_with_every_page_that_is_turned_is_read_at_once(office: Office, erp: DemoErp) -> None:
    for won in range(1000, 1008):
        erp.add(amount=won)
    erp.knobs(page_size=3)
    steps = ["결제내역조회, page 2", "결제내역조회, page 3", "결제내역조회, page 3", "결제내역조회, page 1"]
    for won, step in enumerate(steps * 4, 2000):
        office.when(step, partial(erp.add, amount=won))

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won()[:8] == list(range(1000, 1008))
    assert set(office.won()[8:]) <= set(range(2000, 2016))
    office.cycle()
    assert office.won() == office.due(), "each once"


@pytest.mark.parametrize(
    "script",
    [pytest.param(DRAWN_TWICE, marks=pytest.mark.deep), pytest.param(DRAWN_LATE, marks=pytest.mark.deep), DRAWN_MIXED],
    ids=["twice", "late", "mixed"],
)
def test_rows_that_are_not_there_at_once_are_read_as_they_stay(office: Office, erp: DemoErp, script: str) -> None:
    for won in range(1000, 1020):
        erp.add(amount=won)
    erp.knobs(page_size=2)
    office.script = script

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == list(range(1000, 1020))


def test_a_page_that_goes_on_showing_the_one_before_is_not_believed(office: Office, erp: DemoErp) -> None:
    for won in range(1000, 1006):
        erp.add(amount=won)
    erp.knobs(page_size=2)
    office.script = DRAWN_TOO_LATE

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "the list kept changing" in report.why
    assert not erp.uploads()


@pytest.mark.deep
def test_a_row_that_leaves_while_pages_are_turned_has_the_list_read_anew(office: Office, erp: DemoErp) -> None:
    payments = [erp.add(amount=won) for won in range(1000, 1008)]
    erp.knobs(page_size=3)
    office.when("결제내역조회, page 2", partial(erp.change, payments[-2]["id"], reflected=True))
    office.when("결제내역조회, page 2", partial(erp.add, amount=2000))

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 8
    assert office.won() == office.due()


@pytest.mark.deep
def test_rows_that_come_long_after_their_header_are_waited_for(office: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)
    office.when("reading the payments", lambda: erp.knobs(rows_late_s=1.5))
    office.when("deciding", lambda: erp.knobs(rows_late_s=0))

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000]


def test_an_empty_list_is_believed_only_when_the_erp_says_so(office: Office, erp: DemoErp) -> None:
    report = office.cycle()
    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 0
    office.restart(LIST_S=2)

    for fault in ({"rows_never": True, "progress_mark": False}, {"never_loads": True}):
        erp.knobs(**fault)
        report = office.cycle()

        assert report.outcome is Outcome.FAILED
        assert "결제내역조회" in report.why


def test_without_the_status_column_nothing_is_posted(office: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)

    for other in ("nm", "none"):
        erp.knobs(status_column=other)
        report = office.cycle()
        assert report.outcome is Outcome.FAILED
        assert "결제상태 (SETL_STATUS_TYPE) is missing" in report.why

    assert not erp.uploads()


@pytest.mark.deep
def test_amounts_and_statuses_are_understood_in_any_dress_and_posted_once(office: Office, erp: DemoErp) -> None:
    paid = erp.add(amount=1234500)
    erp.cancel(paid["id"])
    erp.knobs(amount_text="nbsp", status_text="wide_space", status_column="both")
    office.cycle()
    erp.knobs(amount_text="full_width", status_text="full_width")

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [-1234500, 1234500]


def test_only_approved_rows_are_posted_and_an_absent_cell_shifts_no_other(office: Office, erp: DemoErp) -> None:
    for status in ("승인실패", "요청중", "승인", "취소실패"):
        erp.add(amount=1000, payer="새빛", status=status)
    erp.add(amount=0)
    erp.add(amount=-500)
    erp.add(amount=2000, payer="다온")
    erp.knobs(empty_cells="absent", approval_absent_row=1)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.slips() == [("새빛", 1000)]
    assert len(office.ledger.open_oddities()) == 2
    erp.knobs(approval_absent_row=0)
    office.cycle()
    assert office.slips() == [("새빛", 1000), ("다온", 2000)]


def test_rows_of_another_tab_are_never_posted(office: Office, erp: DemoErp) -> None:
    for won in range(1000, 1005):
        erp.add(amount=won, reflected=True)
    erp.add(amount=2000)
    office.cycle()
    office.restart(LIST_S=3)
    erp.add(amount=3000)
    erp.knobs(default_tab="last")

    for fault, said in (("ignored", "did not become the active one"), ("wrong_rows", "stand under both tabs")):
        erp.knobs(tab_return=fault)
        report = office.cycle()

        assert report.outcome is Outcome.FAILED
        assert said in report.why

    assert office.won() == [2000]


@pytest.mark.parametrize(
    "knobs",
    [
        pytest.param({"content_in_frame": True}, marks=pytest.mark.deep),
        {"shell_in_frame": True, "content_in_frame": True},
        pytest.param({"zone_number": 56, "menu_missing": True, "page_size": 2}, marks=pytest.mark.deep),
        pytest.param({"redirect_never": True}, marks=pytest.mark.deep),
    ],
    ids="+".join,
)
def test_the_shell_and_its_pages_are_found_wherever_they_stand(
    open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    # A third of the time is given to the way that never ends.
    office = open_office(signed_in=False, SIGN_IN_S=12 if "redirect_never" in knobs else 60)
    for won in (1000, 2000, 3000):
        erp.add(amount=won)
    erp.knobs(**knobs)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000, 2000, 3000]
    warnings = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert ["opening the shell directly" in one for one in warnings] == [True] * ("redirect_never" in knobs)


@pytest.mark.deep
def test_a_pager_that_stands_in_one_box_with_the_rows_is_found_and_used(office: Office, erp: DemoErp) -> None:
    for won in range(1000, 1007):
        erp.add(amount=won)
    erp.knobs(page_size=2)
    office.script = """new MutationObserver(() => {
      const pager = document.querySelector('.wrapper-grid-pagination'), rows = document.querySelector('.grid-wrap');
      if (pager && rows && !rows.contains(pager)) rows.prepend(pager);
    }).observe(document, {childList: true, subtree: true});"""

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == list(range(1000, 1007))


@pytest.mark.deep
def test_pages_are_turned_unpainted_and_a_person_sees_everything_again_after(office: Office, erp: DemoErp) -> None:
    for won in range(1000, 1007):
        erp.add(amount=won)
    erp.knobs(page_size=2)
    seen = []

    def look() -> None:
        frames = [one for one in office.page.frames if one.url.startswith("http")]
        seen.append(min(float(one.evaluate("getComputedStyle(document.body).opacity")) for one in frames))

    office.when("결제내역조회, page 3", look)
    office.when("pasting", look)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert seen == [0, 1]
