"""What is posted: each payment once, exactly as planned, and nothing that nobody armed."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import SAVE_PATTERN, Office
from worker.errors import Superseded
from worker.ledger.state import State
from worker.runtime import installation, posting_freeze
from worker.schedule.loop import Outcome

#: What a person's F8 does to the page.
F8 = "() => document.dispatchEvent(new KeyboardEvent('keydown', {key: 'F8', bubbles: true}))"

#: The page's own `fetch`, with a change to what a save sends.
SPOILT = """const real = window.fetch;
window.fetch = (url, options) => real(
  url, String(url).includes('BulkUpload') ? {...options, body: options.body.replace('41000', '41001')} : options);
"""


def evidence(office: Office, pattern: str) -> list[Path]:
    """Return the files of evidence whose names match."""
    return sorted(office.folder.glob(f"evidence/*/*/{pattern}"))


def test_payments_alike_but_for_their_number_are_both_posted(office: Office, erp: DemoErp) -> None:
    second = {"amount": 1000, "payer": "새빛", "requested_at": office.settings.now().isoformat()}
    erp.add(**second, approval_no="00000001")
    office.cycle()
    erp.add(**second, approval_no="00000002")

    office.cycle()

    assert office.slips() == [("새빛", 1000), ("새빛", 1000)]


def test_payers_of_every_kind_are_posted_once_under_their_name(office: Office, erp: DemoErp) -> None:
    posted = {
        "가온\t나루\n다온": "가온 나루 다온",
        '=HYPERLINK("x")': '＝HYPERLINK("x")',
        "+82-2-000": "＋82-2-000",
        "@가람 = 1&b=2": "＠가람 = 1&b=2",
        "새빛 🙂 꽃방": "새빛 🙂 꽃방",
        "카드결제 고객": "카드결제 고객",
        "긴이름" * 100: ("긴이름" * 100)[:100],
        '"따옴표" 상사, 1,000원': '"따옴표" 상사, 1,000원',
        "  빈칸 　사이  ": "빈칸 사이",
        "숨은\u200b글\u3164자 \u202e가게": "숨은글자 가게",
    }
    for payer in posted:
        erp.add(payer=payer, amount=1000)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert sorted(payer for payer, _ in office.slips()) == sorted(posted.values())
    assert all(slip["memo"].startswith(f"카드결제 {slip['payer']} #") for slip in erp.slips())


def test_a_save_is_known_in_whatever_form_it_travels(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(BATCH_ROWS=1)
    for won, how in enumerate(("form", "base64", "plain"), 1000):
        erp.add(amount=won, payer=f"가온=나루&{won}")
        office.when("a batch of", partial(erp.knobs, payload_format=how))

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert sorted(office.slips()) == [("가온=나루&1000", 1000), ("가온=나루&1001", 1001), ("가온=나루&1002", 1002)]


@pytest.mark.deep
def test_a_popup_that_comes_late_and_stays_is_used_once(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(BATCH_ROWS=2)
    for won in (1000, 2000, 3000):
        erp.add(amount=won)
    erp.knobs(uploader_late_s=0.3, uploader_swallowed=1, popup_grid_late_s=0.3)
    erp.knobs(popup_stays=True, discard_question=True)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000, 2000, 3000]
    assert erp.stats()["form_saves"] == 0


def test_a_paste_that_is_lost_is_done_again_before_anything_is_saved(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(BATCH_ROWS=2, STEP_S=2)
    faults: list[dict[str, object]] = [{"paste_fault": "half"}, {"paste_fault": "shifted"}, {"focus_stolen": 1}]
    for won in (1000, 2000, 3000, 4000, 5000, 6000):
        erp.add(amount=won)
    for fault in faults:
        office.when("a batch of", partial(erp.knobs, **fault))

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000, 2000, 3000, 4000, 5000, 6000]
    assert [one["rows"] for one in erp.uploads()] == [2, 2, 2]


@pytest.mark.parametrize(
    "knobs",
    [
        pytest.param({"grid_overlay": True}, marks=pytest.mark.deep),
        {"paste_fault": "first_row", "paste_fault_times": 0},
    ],
)
def test_what_cannot_be_pasted_is_never_saved(open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object]) -> None:
    office = open_office(STEP_S=3)
    erp.add(amount=1000)
    erp.add(amount=2000)
    erp.knobs(**knobs)

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "tried 3 times. Nothing was saved" in report.why
    assert not erp.uploads()
    assert erp.stats()["form_saves"] == 0
    assert set(office.states().values()) == {State.SEEN}
    [picture] = evidence(office, "failure.png")
    assert picture.stat().st_mode & 0o077 == 0


def test_a_session_that_ends_between_reading_and_saving_is_begun_again(office: Office, erp: DemoErp) -> None:
    for logins, how in enumerate(("dialog", "redirect"), 2):
        erp.add(amount=1000 * logins)
        erp.knobs(expired_style=how)
        office.when("pasting", lambda: erp.control("/sessions/expire", {}))

        report = office.cycle()

        assert report.outcome is Outcome.RAN, report.why
        assert erp.stats()["logins"] == logins
    assert office.won() == [2000, 3000]


def test_nothing_is_posted_while_an_upgrade_is_not_finished_and_all_of_it_right_afterwards(
    office: Office, erp: DemoErp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    journal = posting_freeze.path_in(tmp_path)
    journal.parent.mkdir(exist_ok=True)
    journal.write_text("{}", encoding="utf-8")
    erp.add(payer="새빛", amount=1000)

    report = office.cycle()
    early = office.job.asked()
    journal.unlink()
    slot = office.job.asked()
    again = office.job.asked()

    assert (report.outcome, report.figures["not_sent"], office.slips()) == (Outcome.RAN, 1, [])
    assert early is None
    assert slot is not None
    assert again is None
    office.cycle(at=slot.at)
    assert office.slips() == [("새빛", 1000)]


@pytest.mark.parametrize(
    "pattern", [SAVE_PATTERN, pytest.param("", marks=pytest.mark.deep)], ids=["confirmed", "unconfirmed"]
)
def test_test_mode_sends_nothing_and_keeps_what_it_would_have_sent(
    open_office: OpenOffice, erp: DemoErp, pattern: str
) -> None:
    office = open_office(real=True, MODE="test", SAVE_PATTERN=pattern)
    erp.add(amount=41000, payer="새빛")

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["not_sent"] == 1
    assert not erp.uploads()
    assert office.states() == {41000: State.SEEN}
    [payload] = evidence(office, "batch-1-payload.txt")
    assert "새빛" in payload.read_text(encoding="utf-8")
    assert payload.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "pattern", [r"/action/SaveAll\b", pytest.param("", marks=pytest.mark.deep)], ids=["another", "none"]
)
def test_a_save_that_nobody_confirmed_is_kept_back(open_office: OpenOffice, erp: DemoErp, pattern: str) -> None:
    office = open_office(real=True, SAVE_PATTERN=pattern)
    erp.add(amount=1000)

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "save not recognised" in report.why
    assert "app.deposit/action/BulkUpload" in report.why
    assert not erp.uploads()
    assert office.states() == {1000: State.SEEN}


@pytest.mark.deep
def test_a_second_request_at_the_save_is_stopped_and_told(
    office: Office, erp: DemoErp, caplog: pytest.LogCaptureFixture
) -> None:
    erp.add(amount=1000)
    erp.knobs(save_beacon=True)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000]
    assert erp.stats()["tracks"] == 0
    assert "app.log/action/Track" in caplog.text


def a_person(office: Office) -> None:
    """Press F8 in the worker's page and wait until the request has failed."""
    with office.page.expect_event("requestfailed", timeout=10_000):
        office.page.evaluate(F8)


def a_beacon(office: Office) -> None:
    """Have the page itself send the grid as a beacon, which outlives it."""
    with office.page.expect_event("requestfailed", timeout=10_000):
        office.page.evaluate(
            """() => {
              const cells = [...document.querySelectorAll('[data-container=popup-body] tbody tr:first-child td')];
              const rows = [cells.map(cell => cell.textContent)];
              const sid = new URLSearchParams(location.search).get('ec_req_sid');
              navigator.sendBeacon(`/ec5/api/app.deposit/action/BulkUpload?ec_req_sid=${sid}`, JSON.stringify({rows}));
            }"""
        )


@pytest.mark.parametrize(("somebody", "pattern"), [(a_person, SAVE_PATTERN), (a_beacon, "")])
def test_a_save_that_nobody_armed_is_stopped(
    open_office: OpenOffice, erp: DemoErp, somebody: Callable[[Office], None], pattern: str
) -> None:
    office = open_office(real=True, STEP_S=3, SAVE_PATTERN=pattern)
    erp.add(amount=1000)
    uploads: list[Sequence[object]] = []

    def act_and_count() -> None:
        somebody(office)
        uploads.append(erp.uploads())

    office.when("saving", act_and_count)

    office.cycle()

    assert [len(one) for one in uploads] == [0]
    assert len(erp.uploads()) <= (1 if pattern else 0)


def test_a_payload_that_the_page_changed_by_a_digit_is_kept_back(office: Office, erp: DemoErp) -> None:
    erp.add(amount=41000)
    office.script = SPOILT

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "41000" in report.why
    assert not erp.uploads()
    assert office.states() == {41000: State.SEEN}


def test_a_worker_that_was_replaced_after_it_armed_saves_nothing(
    open_office: OpenOffice, erp: DemoErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_office()
    erp.add(amount=1000)
    arm = first.ledger.arm

    def arm_late(*args: object, **named: object) -> None:
        arm(*args, **named)  # type: ignore[arg-type]
        # A second worker, past every lock, does its whole work now.
        second = open_office(signed_in=False)
        assert second.cycle().outcome is Outcome.RAN

    monkeypatch.setattr(first.ledger, "arm", arm_late)

    with pytest.raises(Superseded):
        first.cycle()

    assert first.won() == [1000]
    assert len(erp.uploads()) == 1


@pytest.mark.parametrize("fault", [pytest.param("cut_after", marks=pytest.mark.deep), "cut_after_reused"])
def test_a_connection_that_is_cut_after_the_commit_brings_no_second_upload(
    open_office: OpenOffice, erp: DemoErp, fault: str
) -> None:
    office = open_office(BATCH_ROWS=1)
    for won in (1000, 2000, 3000):
        erp.add(amount=won)
    erp.knobs(save_fault=fault)

    office.cycle()
    office.cycle()

    assert office.won() == [1000, 2000, 3000]
    assert [one["rows"] for one in erp.uploads()] == [1, 1, 1]


@pytest.mark.deep
def test_a_server_that_closes_idle_connections_leaves_no_save_in_doubt(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(BATCH_ROWS=1)
    for won in range(1000, 1006):
        erp.add(amount=won)
    erp.knobs(idle_close_s=0.001)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["in_doubt"] == 0
    assert office.won() == list(range(1000, 1006))
    assert [one["reused_connection"] for one in erp.uploads()] == [False] * 6


@pytest.mark.deep
def test_a_ledger_of_one_company_learns_nothing_of_another_ones_payments(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(real=True)
    erp.add(amount=1000)
    office.cycle()
    erp.add(amount=2000)
    office.restart(ERP_COMPANY="OTHER1")

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "nothing is read: the ledger was adopted for company 'DEMO01', not 'OTHER1'" in report.why
    assert office.states() == {}
    assert office.won() == [1000]


def test_a_batch_that_was_sent_is_settled_though_somebody_asks_to_stop(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(BATCH_ROWS=1)
    erp.add(amount=1000)
    erp.add(amount=2000)

    def ask_to_stop() -> None:
        office.stop.reason = "SIGTERM"

    office.when("saving", ask_to_stop)

    report = office.cycle()

    assert report.outcome is Outcome.STOPPED, report.why
    [won] = office.won()
    assert office.states() == {3000 - won: State.SEEN}
