"""What an auditor takes along: whole, safe to open, and adding up to the reports and to what the ERP holds."""

import csv
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine

from tests.fakes import BOOKS, SEOUL, quick_folder, see
from tests.week import MONDAY, Week, a_week, at
from worker.config import loading
from worker.errors import DaybreakError
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.payments.payment import KST, Payment, PaymentKind
from worker.reports import figures
from worker.reports.export import on_demand, sheets
from worker.reports.export.on_demand import Exported, span
from worker.reports.export.sheets import CsvFile, Table, safe, workbook
from worker.reports.records import Records

SUNDAY = MONDAY + timedelta(days=6)
WEEK = (MONDAY.isoformat(), SUNDAY.isoformat())


@pytest.fixture(scope="module")
def week() -> Iterator[Week]:
    with quick_folder() as folder, a_week(folder) as week:
        yield week


def export(folder: Path, first: str, last: str, language: Language = Language.EN) -> Exported:
    with time_machine.travel(at(7, "06:00"), tick=False):
        target = folder / "exports" / language
        chosen = loading.load({"DATA_DIR": str(folder)})
        return on_demand.make(chosen, first, last, folder=target, language=language)


def table(made: Exported, name: str) -> list[dict[str, str]]:
    with (made.folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made(week: Week) -> Exported:
    return export(week.folder, *WEEK)


def test_the_deposits_are_those_that_the_erp_holds(week: Week, made: Exported) -> None:
    slips = sorted((one.payer, one.amount, one.remark) for one in week.erp.slips if not one.is_copy)

    rows = table(made, "deposits")

    assert len(rows) > 100
    assert sorted((row["Payer"], int(row["Won"]), row["Remark"]) for row in rows) == slips
    assert {number for row in rows for number in row["Slip"].split(", ")} == {one.number for one in week.erp.slips}


def test_every_payment_of_the_time_is_there_once(week: Week, made: Exported) -> None:
    rows = table(made, "payments")

    assert len(rows) == len({row["Key"] for row in rows}) == len(week.worker.ledger._rows("SELECT key FROM payment"))
    assert {row["State"] for row in rows} >= {"posted", "held", "rejected"}
    assert [row["Needs no deposit, because"] for row in rows if row["Payer"] == "반영상사"] == ["reflected by hand"]


def test_the_totals_of_each_day_are_those_of_its_report(week: Week, made: Exported) -> None:
    totals = {row["Day"]: row for row in table(made, "totals")}

    with Records(week.folder, read_only=True) as records:
        days = [MONDAY + timedelta(days=number) for number in range(7)]
        told = figures.by_day(records, days, now=at(7, "06:00"), zone=SEOUL)

    assert made.different == ()
    for day, found in told:
        money, row = found.money, totals.get(day.isoformat())
        if row is None:
            assert money.seen.count == money.posted.count == 0
            continue
        assert (int(row["Payments listed"]), int(row["Won listed"])) == (money.seen.count, money.seen.won)
        assert int(row["Deposits posted"]) == money.posted.count
        assert int(row["Money in (approvals)"]) == money.approvals.won
        assert int(row["Money out (cancellations)"]) == money.cancellations.won
    assert sum(int(row["Won"]) for row in table(made, "deposits")) == int(totals["Total"]["Difference"])
    assert made.sentences[-1] == "The totals agree with the daily reports of these days."


def test_a_ledger_that_was_tampered_with_does_not_agree_with_its_reports(week: Week) -> None:
    with quick_folder() as folder:
        with Records(week.folder, read_only=True) as records:
            records.back_up(folder / "ledger.db")
        with Ledger(folder) as ledger:
            ledger._db.execute("UPDATE payment SET posted_at = NULL WHERE key = (SELECT MIN(key) FROM payment)")

        found = export(folder, *WEEK)

    assert len(found.different) == 1
    assert "do NOT agree" in found.sentences[-1]


def test_the_history_says_who_moved_what_and_why(week: Week, made: Exported) -> None:
    rows = table(made, "moves")

    assert len(rows) == len(week.worker.ledger._rows("SELECT id FROM move"))
    assert all(row["By"] and row["Why"] for row in rows)
    refused = [row for row in rows if row["To"] == "rejected"]
    assert [(row["From"], row["By"]) for row in refused] == [("sent", "the worker")] * len(refused)


def test_the_workbook_holds_the_same_as_the_tables(made: Exported) -> None:
    book = openpyxl.load_workbook(made.folder / "daybreak.xlsx")

    assert book.sheetnames == ["Payments", "Deposits", "Totals", "History"]
    for sheet, name in zip(book, ("payments", "deposits", "totals", "moves"), strict=True):
        head, *rows = sheet.iter_rows(values_only=True)
        told = [list(row.values()) for row in table(made, name)]
        assert [list(map(plain, row)) for row in rows[: len(told)]] == [list(map(plain, row)) for row in told]
        assert list(table(made, name)[0]) == list(head)
    assert isinstance(book["Deposits"]["D2"].value, int)


def plain(cell: object) -> str:
    """Return a cell as text, whether it is a day, a time or a text of either."""
    if isinstance(cell, datetime):
        text = f"{cell:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")
    else:
        text = "" if cell is None else str(cell)
    return re.sub(r"^(\d{4})/(\d\d)/(\d\d)$", r"\1-\2-\3", text)


def test_an_accountant_finds_the_columns_first_real_days_filters_and_sums(made: Exported) -> None:
    sheet = openpyxl.load_workbook(made.folder / "daybreak.xlsx")["Deposits"]
    rows = table(made, "deposits")

    heads = ["Date entered", "Slip", "Payer", "Won", "Approval number", "Remark"]
    assert [cell.value for cell in sheet[1]][:6] == heads
    assert isinstance(sheet["A2"].value, datetime)
    assert isinstance(sheet["J2"].value, datetime)
    assert sheet.auto_filter.ref == f"A1:N{len(rows) + 1}"
    assert sheet.max_row == len(rows) + 2
    assert sheet.cell(len(rows) + 2, 1).value == "Total"
    assert sheet.cell(len(rows) + 2, 4).value == sum(int(row["Won"]) for row in rows)


def test_keys_and_days_of_a_workbook_lead_to_the_page_where_it_has_an_address(
    week: Week, made: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "http://127.0.0.1:8810"
    monkeypatch.setattr(sheets, "MOST_LINKS", 50)
    with time_machine.travel(at(7, "06:00"), tick=False):
        chosen = loading.load({"DATA_DIR": str(week.folder), "CONSOLE_URL": url})
        linked = on_demand.make(chosen, *WEEK, folder=week.folder / "linked", language=Language.EN)

    book = openpyxl.load_workbook(linked.folder / "daybreak.xlsx")

    for name, column in (("Payments", "A"), ("Deposits", "K"), ("History", "B")):
        cells = [cell for cell in book[name][column][1:50] if cell.hyperlink]
        assert len(cells) > 40
        assert all(cell.hyperlink.target == f"{url}/payments/{cell.value}" for cell in cells)
        assert linked_cells(book[name]) == 50
    days = [cell for cell in book["Totals"]["A"] if cell.hyperlink]
    assert [cell.hyperlink.target for cell in days][:1] == [f"{url}/reports?day={MONDAY}&show=day"]
    assert isinstance(days[0].value, datetime)
    assert all(table(linked, name) == table(made, name) for name in ("payments", "deposits", "totals", "moves"))
    assert not any(linked_cells(sheet) for sheet in openpyxl.load_workbook(made.folder / "daybreak.xlsx"))


def linked_cells(sheet: Any) -> int:
    """Return how many cells of a sheet lead somewhere."""
    return sum(cell.hyperlink is not None for row in sheet for cell in row)


def test_it_says_what_a_spreadsheet_does_to_a_csv(made: Exported) -> None:
    assert "leading zeros" in made.sentences[1]


def test_only_the_owner_can_read_what_was_written(made: Exported) -> None:
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()} == {0o600}
    assert not list(made.folder.parent.glob(".*"))


def test_it_is_written_in_korean_too(week: Week) -> None:
    made = export(week.folder, *WEEK, language=Language.KO)

    assert "상태" in table(made, "payments")[0]
    assert {row["구분"] for row in table(made, "deposits")} == {"승인", "취소"}
    assert openpyxl.load_workbook(made.folder / "daybreak.xlsx").sheetnames == ["결제", "입금", "합계", "처리 이력"]
    assert made.sentences[-1] == "합계가 해당 일자의 일일 보고서와 일치합니다."


def test_a_month_without_data_gives_headers_and_a_sentence(week: Week) -> None:
    made = export(week.folder, "2025-02", "2025-02")

    assert made.sentences == (
        "The ledger knows nothing of 2025-02-01 to 2025-02-28: the files hold their headers and no rows.",
    )
    assert table(made, "payments") == table(made, "deposits") == table(made, "totals") == table(made, "moves") == []
    assert (made.folder / "deposits.csv").read_text(encoding="utf-8-sig").startswith("Date entered,Slip,Payer,Won,")
    assert openpyxl.load_workbook(made.folder / "daybreak.xlsx")["Payments"].max_row == 1
    assert made.different == ()


def test_a_day_counts_by_the_clock_of_the_office_not_of_greenwich(week: Week) -> None:
    monday, tuesday = (export(week.folder, day.isoformat(), day.isoformat()) for day in (MONDAY, MONDAY + timedelta(1)))

    assert {row["Posted at"][:10] for row in table(monday, "deposits")} == {"2026-11-16"}
    assert {row["Posted at"][:10] for row in table(tuesday, "deposits")} == {"2026-11-17"}


def test_nothing_is_left_of_an_export_that_fails(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: CsvFile, row: object) -> None:
        raise OSError(28, "No space left on device")

    with quick_folder() as folder:
        monkeypatch.setattr(CsvFile, "add", full)
        with pytest.raises(DaybreakError, match=r"No space left on device\. Nothing was written"):
            on_demand.make(loading.load({"DATA_DIR": str(week.folder)}), *WEEK, folder=folder, language=None)
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("2026-11-01", "2026-11-30", (date(2026, 11, 1), date(2026, 11, 30))),
        ("2026-11", "2026-11", (date(2026, 11, 1), date(2026, 11, 30))),
        ("2026/2", "2026.2", (date(2026, 2, 1), date(2026, 2, 28))),
        ("2026. 11. 3.", "2026/11/4", (date(2026, 11, 3), date(2026, 11, 4))),
    ],
)
def test_a_time_is_days_or_months(first: str, last: str, found: tuple[date, date]) -> None:
    assert span(first, last) == found


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("2026-13", "2026-12", '"2026-13" is no day and no month. Write a day like 2026-11-01'),
        ("2026-11-31", "2026-12", '"2026-11-31" is no day and no month'),
        ("yesterday", "today", '"yesterday" is no day and no month'),
        ("2026-12", "2026-11", "2026-11 comes before 2026-12"),
    ],
)
def test_a_time_that_is_none_is_refused_with_what_to_write(first: str, last: str, problem: str) -> None:
    with pytest.raises(DaybreakError, match=problem):
        span(first, last)


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
def test_no_cell_is_a_formula(sign: str, tmp_path: Path) -> None:
    made = Table(name="t", title="t", headers=("payer", "won"))
    text = f"{sign}HYPERLINK(1)"

    file = CsvFile(tmp_path / "t.csv", made)
    file.add([text, -1])
    file.close()
    with workbook(tmp_path / "t.xlsx") as book:
        book.begin(made)
        book.add([text, -1])

    lines = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1] == f"'{text},-1"
    cells = openpyxl.load_workbook(tmp_path / "t.xlsx")["t"]
    assert (cells["A2"].value, cells["A2"].data_type, cells["B2"].value) == (f"'{text}", "s", -1)


def test_a_cell_stays_in_its_line_and_holds_no_card_number() -> None:
    assert safe("가나\n다\t=1") == "가나 다 =1"
    assert safe("\t=1") == "' =1"
    assert safe("홍길동 1234-5678-9012-3456") == "홍길동 ••••"
    assert safe("1234567890123456", is_code=True) == "1234567890123456"
    assert safe("\x0b\ud800") == "  "
    assert safe(-5) == -5


def test_a_table_that_is_too_long_for_a_sheet_goes_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)

    with workbook(tmp_path / "t.xlsx") as book:
        book.begin(Table(name="t", title="t", headers=("n",)))
        for number in range(5):
            book.add([number])

    found = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert {sheet.title: [row[0] for row in sheet.iter_rows(values_only=True)] for sheet in found} == {
        "t": ["n", 0, 1],
        "t 2": ["n", 2, 3],
        "t 3": ["n", 4],
    }


def test_a_payer_that_is_a_formula_or_a_card_number_gets_out_as_neither(tmp_path: Path) -> None:
    now = datetime(2026, 1, 8, 9, tzinfo=KST)
    payer = Payment(
        key="AAAAAAAAAA",
        time=now,
        payer="=cmd|' /C calc'!A0",
        amount=1,
        kind=PaymentKind.CANCELLATION,
        approval_no="00000001",
    )
    card = replace(payer, key="BBBBBBBBBB", payer="김 5432-1098-7654-3210")
    with Ledger(tmp_path) as ledger:
        ledger.begin_generation()
        ledger.adopt(BOOKS, by="lee", at=now, note="nothing")
        see(ledger, [payer, card], cycle=ledger.begin_cycle(slot=now, at=now), at=now)

    rows = table(export(tmp_path, "2026-01", "2026-01"), "payments")

    assert [row["Payer"] for row in rows] == ["'=cmd|' /C calc'!A0", "김 ••••"]
    assert [row["Won"] for row in rows] == ["-1", "-1"]
    assert [row["Approval number"] for row in rows] == ["00000001"] * 2
