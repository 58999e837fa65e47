"""Search, reports, exports and alarms, as a page asks for them."""

import openpyxl
import pytest

from tests.fakes import FakeErp, Worker
from tests.postbox import Postbox
from worker.alerts.catalogue import CAUSES
from worker.config import loading
from worker.config.channels import Channel
from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n.language import Language
from worker.operations import alarms, lookup, reports


def test_a_payment_is_found_with_its_moves(worker: Worker, chosen: Settings, erp: FakeErp) -> None:
    erp.approve("김밥천국", 12_500)
    worker.run_cycle()

    found = lookup.find(chosen, "12,500")

    assert [one.entry.payment.payer for one in found.hits] == ["김밥천국"]
    assert found.hits[0].steps[-1].after == "posted"
    assert lookup.find(chosen, "서울상회").total == 0


def test_a_report_and_the_sheet_of_a_month_hold_what_was_posted(worker: Worker, erp: FakeErp) -> None:
    real = loading.load({"DATA_DIR": str(worker.ledger._path.parent), "REPORT_LANGUAGE": "ko"})
    erp.approve("김밥천국", 12_500)
    worker.run_cycle()
    day = worker.clock().date()

    printed = reports.report(real, reports.Period.DAY, day=day, language=Language.EN)
    sheet = reports.month_sheet(real, day, language=Language.EN)

    assert "김밥천국" not in printed.mail.text
    assert "12,500" in printed.mail.text
    assert sheet.different == ()
    book = openpyxl.load_workbook(sheet.path, read_only=True)
    cells = [cell for name in book.sheetnames for row in book[name].iter_rows(values_only=True) for cell in row]
    book.close()
    assert "김밥천국" in cells


def test_an_incident_report_refuses_times_out_of_order(worker: Worker, chosen: Settings) -> None:
    found = reports.analyze(chosen, "2026-01-08", "2026-01-09")

    assert found.since < found.until
    with pytest.raises(DaybreakError, match="is not before"):
        reports.analyze(chosen, "2026-01-10", "2026-01-09")


def test_open_and_past_alarms_come_with_the_words_of_their_cause(worker: Worker, chosen: Settings) -> None:
    worker.ledger.raise_alarm("held", "payment A: x", at=worker.clock())
    worker.ledger.raise_alarm("in doubt", "payment B: y", at=worker.clock())
    worker.ledger.end_alarm("held", at=worker.clock())

    found = alarms.listed(chosen.data_dir, past=10)

    (one,), (past,) = found.open, found.past
    assert (one.alarm.cause, one.is_open, one.cause) == ("in doubt", True, CAUSES["in doubt"])
    assert (past.alarm.cause, past.is_open, found.past_count) == ("held", False, 1)
    assert alarms.catalogue() is CAUSES


def test_a_channel_is_proved_by_a_message_that_got_through(worker: Worker) -> None:
    data = {"DATA_DIR": str(worker.ledger._path.parent)}
    with Postbox() as server:
        mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port), "SMTP_TLS": "off"}
        chosen = loading.load({**data, **mail, "MAIL_FROM": "a@example.com", "MAIL_TO": "b@example.com"})
        (before,) = alarms.channels(chosen)

        tested = alarms.try_channels(chosen)

    (after,) = alarms.channels(chosen)
    assert (before.is_proved, before.tested_at) == (False, None)
    assert (tested.is_well, [one.channel for one in tested.tests]) == (True, [Channel.MAIL])
    assert after.is_proved
    assert after.tested_at is not None
    unreached = alarms.try_channels(chosen)
    assert (unreached.is_well, bool(unreached.tests[0].problem)) == (False, True)
    with pytest.raises(DaybreakError, match="none is configured"):
        alarms.try_channels(loading.load(data))
