"""Looking at the ERP without doing anything to it: the probe, the test of the sign-in, the first row alone."""

import json

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import PASSWORD, Office
from worker.control import requests
from worker.erp.refusals import MOST
from worker.runtime.commands import CommandKind, CommandResult
from worker.schedule.loop import Outcome

SCREENS = ("로그인", "ERP", "결제내역조회", "입금보고서", "웹자료올리기", "입금보고서조회")


@pytest.fixture
def real(open_office: OpenOffice) -> Office:
    """An office at a demo that plays a real ERP, in test mode, with the deposit list confirmed."""
    return open_office(real=True, signed_in=False, MODE="test", DEPOSIT_LIST="on")


def sentences(told: CommandResult, sign: str) -> list[str]:
    """Return the lines that begin with a sign."""
    return [line.strip() for line in told.lines if line.strip().startswith(sign)]


# --- the probe


def test_the_probe_finds_every_mark_pictures_every_screen_and_saves_nothing(real: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)

    told = real.errand(CommandKind.PROBE)

    assert told.is_well, "\n".join(told.lines)
    assert sentences(told, "✗") == []
    assert [line.partition("  (")[0] for line in told.lines if "picture:" in line] == list(SCREENS)
    pictures = sorted((real.folder / "evidence").glob("*/probe-*/*.png"))
    assert len(pictures) == len(SCREENS)
    assert all(one.stat().st_size > 1000 and one.stat().st_mode & 0o077 == 0 for one in pictures)
    assert "Every screen is the one daybreak knows." in told.lines
    assert erp.uploads() == []
    assert erp.slips() == []
    assert erp.stats()["logins"] == 1
    assert real.ledger.last_cycles(1) == []


@pytest.mark.deep
def test_the_probe_says_of_a_long_list_that_its_rows_and_its_pager_are_there_and_by_what(
    real: Office, erp: DemoErp
) -> None:
    erp.reset(payments=206)

    told = real.errand(CommandKind.PROBE)

    assert told.is_well, "\n".join(told.lines)
    found = {line.split()[1]: line for line in sentences(told, "✓")}
    assert "100 rows on page 1 of 3" in found["row"]
    assert "100 rows on page 1 of 3" in found["pager"]
    assert "by its title and id, column 1" in found["column_time"]
    assert "by its text and id" in found["tab_open"]
    assert "by its text and id" in found["uploader"]
    assert "the editor of its first cell is open" in found["upload_labels"]
    assert not any("pager" in line or " row" in line for line in sentences(told, "·"))


@pytest.mark.parametrize(
    ("knobs", "missing"),
    [
        ({"rows_never": True}, "결제내역조회"),
        pytest.param({"one_page_pager": "absent"}, "pager", marks=pytest.mark.deep),
        pytest.param({"columns": "other_company"}, "", marks=pytest.mark.deep),
    ],
    ids=["rows", "pager", "optional columns"],
)
def test_what_must_be_on_this_screen_is_missing_where_it_is_not_seen(
    open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object], missing: str
) -> None:
    erp.control("/payments", [{"amount": 1000} for _ in range(100)])
    erp.knobs(**knobs)
    office = open_office(real=True, MODE="test", LIST_S=4)

    told = office.errand(CommandKind.PROBE)

    assert told.is_well == (not missing)
    if missing:
        assert any(missing in line for line in sentences(told, "✗")), "\n".join(told.lines)
    else:
        assert {line.split()[1] for line in sentences(told, "!")} >= {"column_acquirer", "column_card"}


@pytest.mark.parametrize(
    "knobs",
    [
        {"generation": "new"},
        pytest.param({"column_ids": False}, marks=pytest.mark.deep),
        pytest.param({"report_button": True}, marks=pytest.mark.deep),
    ],
    ids=str,
)
def test_the_probe_knows_the_screens_of_either_generation(real: Office, erp: DemoErp, knobs: dict[str, object]) -> None:
    erp.add(amount=1000)
    erp.knobs(**knobs)

    told = real.errand(CommandKind.PROBE)

    assert told.is_well, "\n".join(told.lines)
    assert any("question for the account's owner" in line for line in told.lines) == ("report_button" in knobs)


def test_the_probe_names_what_is_missing_and_how_to_mend_it(real: Office, erp: DemoErp) -> None:
    erp.knobs(status_column="nm")

    told = real.errand(CommandKind.PROBE)

    assert not told.is_well
    missing = sentences(told, "✗")
    assert len(missing) == 1
    assert missing[0].startswith("✗ column_status")
    assert "MISSING" in missing[0]
    assert "SETL_STAT_NM 결제상태" in missing[0]
    assert "Now it is column_status = SETL_STATUS_TYPE 결제상태." in told.lines[-1]


@pytest.mark.deep
def test_the_probe_refuses_an_override_that_matches_two_elements(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(real=True, markers={"company": "input[name=com_code]"})

    told = office.errand(CommandKind.PROBE)

    assert not told.is_well
    assert "matches 2 elements, it must match one; by [markers] in local.ini" in sentences(told, "✗")[0]
    assert erp.slips() == []


@pytest.mark.deep
def test_the_deposit_list_is_needed_only_where_it_is_used(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(real=True, DEPOSIT_LIST="off", markers={"deposit_column_remark": "NOTE 비고"})

    told = office.errand(CommandKind.PROBE)

    assert told.is_well, "\n".join(told.lines)
    assert any("deposit_column_remark" in line for line in sentences(told, "!"))


def test_while_the_upload_stands_there_nothing_can_be_written(real: Office, erp: DemoErp) -> None:
    real.script = (
        "setInterval(() => { if (document.querySelector('[data-container=popup-body]'))"
        " fetch('/stray', {method: 'POST'}); }, 20)"
    )

    told = real.errand(CommandKind.PROBE)

    assert any("Requests that were stopped: POST" in line and "/stray" in line for line in told.lines)


def test_a_refused_probe_counts_and_stops_at_the_limit(real: Office, erp: DemoErp) -> None:
    real.change_password("wrong")

    told = [real.errand(CommandKind.PROBE) for _ in range(MOST + 1)]

    assert not any(one.is_well for one in told)
    assert "not signing in" in told[-1].lines[0]
    assert erp.stats()["logins"] == 0
    assert f"Refused {MOST} of {MOST} times" in told[-1].lines[-1]


def test_the_running_worker_answers_a_probe_while_it_waits(real: Office, erp: DemoErp) -> None:
    asked = requests.leave(real.folder, CommandKind.PROBE)

    assert real.asked() is None

    assert requests.wait(real.folder, asked, seconds=1).is_well
    assert real.asked() is None
    assert erp.slips() == []


@pytest.mark.deep
def test_a_probe_by_a_worker_that_is_asked_to_stop_says_so(real: Office) -> None:
    real.stop.reason = "SIGTERM"

    told = real.errand(CommandKind.PROBE)

    assert not told.is_well
    assert "asked to stop (SIGTERM)" in told.lines[0]


# --- the test of the sign-in


def test_a_login_test_signs_in_by_password_once_and_posts_nothing(real: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)

    told = real.errand(CommandKind.LOGIN_TEST)

    assert told.is_well, told.lines
    assert told.lines[0].startswith("signed in as DEMO01/DAYBREAK at http://")
    assert erp.stats()["logins"] == 1
    assert erp.uploads() == []


@pytest.mark.deep
def test_a_login_test_is_no_test_of_the_stored_session(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(real=True, signed_in=True)
    office.cycle()
    before = erp.stats()["logins"]

    told = office.errand(CommandKind.LOGIN_TEST)

    assert told.is_well, told.lines
    assert erp.stats()["logins"] == before + 1
    assert office.cycle().outcome is Outcome.RAN


@pytest.mark.deep
def test_a_wrong_password_is_tried_twice_and_a_replaced_file_clears_it(real: Office, erp: DemoErp) -> None:
    real.change_password("wrong")

    told = [real.errand(CommandKind.LOGIN_TEST) for _ in range(MOST + 2)]

    assert [one.is_well for one in told] == [False] * (MOST + 2)
    assert "Refused 1 of 2 times" in told[0].lines[-1]
    assert all("not signing in" in one.lines[0] for one in told[MOST:])

    real.change_password(PASSWORD)

    assert real.errand(CommandKind.LOGIN_TEST).is_well


def test_a_password_file_that_others_can_read_is_refused_at_the_next_sign_in(real: Office, erp: DemoErp) -> None:
    real.secret.chmod(0o644)

    told, report = real.errand(CommandKind.LOGIN_TEST), real.cycle()

    assert not told.is_well
    assert "can be read by others: chmod 600" in told.lines[0]
    assert report.outcome is Outcome.FAILED
    assert "can be read by others: chmod 600" in report.why
    assert erp.stats()["logins"] == 0


@pytest.mark.deep
def test_a_password_file_that_was_replaced_while_the_worker_runs_is_read_at_the_next_sign_in(
    real: Office, erp: DemoErp
) -> None:
    real.change_password("wrong")
    assert real.cycle().outcome is Outcome.FAILED

    new = real.secret.with_name("new")
    new.touch(mode=0o600)
    new.write_text(PASSWORD, encoding="utf-8")
    new.replace(real.secret)

    assert real.cycle().outcome is Outcome.RAN


# --- one batch of one row


def test_a_cycle_asked_for_one_row_posts_the_oldest_and_leaves_the_rest(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office()
    for amount in (3000, 1000, 2000):
        erp.add(amount=amount)
    (office.folder / requests.FILE).write_text(json.dumps({"test": False, "rows": 1}), encoding="ascii")

    slot = office.asked()
    assert slot is not None
    report = office.cycle(rows=slot.rows)

    assert report.outcome is Outcome.RAN, report.why
    assert len(erp.slips()) == 1
    assert [one["rows"] for one in erp.uploads()] == [1]
    assert report.figures["waiting"] == 2
