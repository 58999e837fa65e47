"""A look at the screens before a day's first cycle: what has changed is told before money moves, and nothing else."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import Office
from worker.erp.ecount import look
from worker.i18n import loaded
from worker.posting import morning, screen_question
from worker.posting.morning import FILE, NOTE
from worker.schedule.loop import Outcome

#: Each of these takes two cycles with a browser of its own: the suite tries a few of a kind.
deep = pytest.mark.deep

#: Calls the tab that is read by another word, or the page itself by another title; the ids stay.
RENAMED = """new MutationObserver(() => {
  for (const one of document.querySelectorAll('%s')) if (one.textContent === '%s') one.textContent = '%s';
}).observe(document, {childList: true, subtree: true});"""
TAB_RENAMED = RENAMED % ("#tabUnReflect span", "미반영", "처리대기")
PAGE_RENAMED = RENAMED % (".page-name", "결제내역조회", "결제현황")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a look take its time on a machine that is busy with other work."""
    monkeypatch.setattr(morning, "LOOK_S", 120.0)
    monkeypatch.setattr(look, "WAIT_S", 40.0)


@pytest.fixture
def real(open_office: OpenOffice, erp: DemoErp) -> Office:
    """An office whose screens were seen at its first good cycle, on the morning after."""
    erp.add(amount=1000)
    office = open_office(real=True, DEPOSIT_LIST="on")
    assert office.cycle().outcome is Outcome.RAN
    wake(office)
    erp.add(amount=2000)
    return office


def wake(office: Office) -> None:
    """Let it be the next morning: nobody has looked yet, and the worker is the one that the night's recycle started."""
    path = office.folder / FILE
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["looked"] == office.settings.now().date().isoformat()
    path.write_text(json.dumps({**kept, "looked": "2020-01-01"}), encoding="utf-8")
    office.restart()


def told(office: Office) -> Mapping[str, str]:
    """Return {cause: what people are told} of the open alarms."""
    return {one.cause: one.what for one in office.alarms()}


@pytest.mark.parametrize(
    "knobs",
    [
        pytest.param({}, marks=deep),
        {"layers": True, "overlay_s": 1},
        pytest.param({"one_page_pager": "absent"}, marks=deep),
        pytest.param({"page_size": 1}, marks=deep),
        pytest.param({"default_tab": "last"}, marks=deep),
        pytest.param({"editor_open": False, "popup_rows": 20}, marks=deep),
        pytest.param({"subtotal_rows": True, "cloned_left": True}, marks=deep),
        pytest.param({"linked_cells": "required", "hidden_columns": False}, marks=deep),
        pytest.param({"menu_folded": True, "menu_ids": "ma"}, marks=deep),
        pytest.param({"payments_hidden": "가온"}, marks=deep),
    ],
    ids=str,
)
def test_what_varies_by_itself_is_not_told(real: Office, erp: DemoErp, knobs: dict[str, object]) -> None:
    erp.knobs(**knobs)

    report = real.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert told(real) == {}
    assert real.ledger.note(NOTE) == ""


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"columns": "other_order"}, "결제내역조회: the columns stand in another order: 결제상태, 승인번호"),
        pytest.param({"columns": "other_company"}, "columns that are gone: 결제사, 카드/식별번호", marks=deep),
        pytest.param({"tab_forced_missing": True}, "결제내역조회: not there any more: tab_forced", marks=deep),
        pytest.param(
            {"column_ids": False},
            "found by its words alone, before by its words and its id: column_time, column_payer",
            marks=deep,
        ),
        pytest.param({"upload_columns": "short"}, "웹자료올리기: columns that are gone: 프로젝트, 부서", marks=deep),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_has_changed_is_told_once_before_anything_is_posted(
    real: Office, erp: DemoErp, knobs: dict[str, object], said: str
) -> None:
    before = len(erp.slips())
    erp.knobs(**knobs)
    seen: list[tuple[str, int]] = []
    real.when("starting the browser", lambda: None)
    real.when("starting the browser", lambda: seen.append((told(real).get("screens", ""), len(erp.slips()))))

    report = real.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert said in seen[0][0]
    assert seen[0][1] == before
    assert real.won() == [1000, 2000]
    assert said in loaded(real.ledger.note(NOTE))

    wake(real)
    real.ledger.end_alarm("screens", at=real.settings.now())
    assert real.cycle().outcome is Outcome.RAN
    assert told(real) == {}
    assert real.ledger.note(NOTE) == ""


@pytest.mark.parametrize(
    ("knobs", "script", "said"),
    [
        pytest.param({"status_column": "none"}, "", "the column 결제상태 (SETL_STATUS_TYPE) is missing", marks=deep),
        ({"upload_columns": "other_order"}, "", "The template of the upload has changed; nothing was pasted"),
        pytest.param({}, PAGE_RENAMED, "on the screen 결제내역조회: its page is titled 결제현황", marks=deep),
    ],
    ids=["column", "template", "title"],
)
def test_what_the_cycle_will_refuse_is_told_in_time(
    real: Office, erp: DemoErp, knobs: dict[str, object], script: str, said: str
) -> None:
    erp.knobs(**knobs)
    real.script = script
    real.heart.next_cycle = real.settings.now() + timedelta(seconds=100)

    assert real.asked() is None

    assert said in told(real)["layout"]
    assert "the next cycle will read or post nothing" in told(real)["layout"]
    assert real.cycle().outcome is Outcome.FAILED
    assert real.won() == [1000]


@pytest.mark.parametrize(
    ("knobs", "script", "said"),
    [
        ({"status_column": "both"}, "", "the title 결제상태 (column_status) stands over 2 columns"),
        pytest.param(
            {},
            TAB_RENAMED,
            "미반영 (tab_open) does not stand there any more; what has its id is called otherwise",
            marks=deep,
        ),
    ],
    ids=["a title twice", "a tab of another name"],
)
def test_what_could_mean_something_else_stops_posting_until_a_person_has_looked(
    real: Office, erp: DemoErp, knobs: dict[str, object], script: str, said: str
) -> None:
    erp.knobs(**knobs)
    real.script = script

    report = real.cycle()

    assert report.outcome is Outcome.FAILED
    assert said in report.why
    assert "daybreak resolve screens --seen --why TEXT" in report.why
    assert said in told(real)["layout"]
    assert real.cycle().outcome is Outcome.FAILED, "it asks until somebody answers"
    assert real.won() == [1000]

    screen_question.answer(real.ledger, by="김하늘", why="it is the same list", at=real.settings.now())
    assert real.cycle().outcome is Outcome.RAN
    assert real.won() == [1000, 2000]
    assert any("the screens are right as they are, says 김하늘" in one for one in real.incidents("screens"))
    wake(real)
    assert real.cycle().outcome is Outcome.RAN, "what a person has seen is the usual from then on"
    assert told(real) == {}


@pytest.mark.deep
def test_an_erp_that_goes_back_to_what_it_was_is_asked_about_no_more(real: Office, erp: DemoErp) -> None:
    erp.knobs(status_column="both")
    assert real.cycle().outcome is Outcome.FAILED
    erp.knobs(status_column="type")

    report = real.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert screen_question.read(real.ledger) is None
    assert real.won() == [1000, 2000]


@pytest.mark.deep
def test_a_look_that_fails_stops_no_cycle(real: Office, erp: DemoErp) -> None:
    path = real.folder / FILE
    kept = path.read_text(encoding="utf-8")
    erp.knobs(errors_s=60)
    real.heart.next_cycle = real.settings.now() + timedelta(seconds=100)
    assert real.asked() is None
    erp.knobs(errors_s=0)

    report = real.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert told(real) == {}
    assert json.loads(path.read_text(encoding="utf-8"))["good"] == json.loads(kept)["good"]


def test_screens_that_are_not_drawn_in_time_are_no_change_and_not_waited_for(
    real: Office, erp: DemoErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(morning, "LOOK_S", 2.0)
    monkeypatch.setattr(look, "WAIT_S", 1.0)
    erp.knobs(never_loads=True)
    real.heart.next_cycle = real.settings.now() + timedelta(seconds=100)
    real.steps.clear()

    assert real.asked() is None

    [begun] = [at for at, _, words in real.steps if words == "looking at 결제내역조회"]
    [closed] = [at for at, _, words in real.steps if words == "closing the browser"]
    assert closed - begun < 25, "a list would be waited for for 30 s"
    assert told(real) == {}


def test_the_look_is_made_ahead_once_a_day_and_kept_for_us_alone(real: Office, erp: DemoErp) -> None:
    logins = erp.stats()["logins"]
    real.steps.clear()
    assert real.asked() is None
    assert not real.steps, "the next cycle is not known to be due"
    real.heart.next_cycle = real.settings.now() + timedelta(seconds=100)

    assert real.asked() is None
    looked = [words for _, _, words in real.steps if words.startswith("looking at")]
    assert looked == [f"looking at {name}" for name in ("결제내역조회", "입금보고서", "입금보고서조회", "로그인")]
    real.steps.clear()
    assert real.asked() is None
    assert real.cycle().outcome is Outcome.RAN
    assert not [words for _, _, words in real.steps if words.startswith("looking at")]
    assert (real.folder / FILE).stat().st_mode & 0o777 == 0o600
    assert erp.stats()["logins"] == logins, "the stored session is enough"
