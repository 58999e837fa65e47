"""`daybreak adopt --list`: a list says what was posted before, line by line, or is refused as a whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, Worker
from worker.errors import DaybreakError, NotAdopted
from worker.i18n import said_by
from worker.i18n.language import Language
from worker.i18n.reasons import say
from worker.ledger.state import State
from worker.payments.payment import Payment
from worker.posting import adoption


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    """Return a worker that has read four payments, two of one number, and whose ledger nobody has adopted."""
    for payer, number in (("하나", "00710001"), ("둘", "30012345"), ("셋", "30012346")):
        erp.approve(payer, number=number)
    erp.approve("넷", 20_000, number="30012346", minutes_ago=20)  # a number that another acquirer has used as well
    worker = Worker(folder, erp, clock)
    with pytest.raises(NotAdopted):
        worker.run_cycle()
    yield worker
    worker.close()


def payments(worker: Worker) -> dict[str, Payment]:
    return {entry.payment.payer: entry.payment for entry in worker.ledger.in_state(State.SEEN)}


def named(worker: Worker, path: Path, content: str | bytes) -> list[str]:
    """Return the payers that a list with this content would adopt."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return sorted(one.payer for one in adoption.propose(worker.ledger, listed=path).posted)


def test_before_the_first_reading_no_number_of_payments_is_claimed(
    folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    worker = Worker(folder, erp, clock)

    said = "\n".join(adoption.propose(worker.ledger, until=clock()).lines)

    assert "known after the first reading" in said
    assert "0 payments" not in said
    worker.close()


def refusal(worker: Worker, path: Path, content: str | bytes) -> DaybreakError:
    with pytest.raises(DaybreakError) as refused:
        named(worker, path, content)
    assert "Nothing was changed" in str(refused.value)
    return refused.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949"])
@pytest.mark.parametrize("header", ["", "승인번호\r\n", "Approval No.\r\n", "\r\n  \r\n승인 번호,\r\n"])
def test_a_list_is_understood_in_every_encoding_with_a_header_or_without(
    worker: Worker, tmp_path: Path, encoding: str, header: str
) -> None:
    content = f"{header}00710001\r\n\r\n30012345\r\n".encode(encoding)

    assert named(worker, tmp_path / "list.csv", content) == ["둘", "하나"]


@pytest.mark.parametrize(
    "line",
    [
        "00710001", "710001", "0000710001", "710001.0", "'00710001", '"00710001"', '="00710001"', " 00710001 ,,",
        "\u200b00710001\ufeff", "００７１０００１", "00710001\t",
    ],
)  # fmt: skip
def test_a_number_is_known_though_a_spreadsheet_has_changed_its_form(worker: Worker, tmp_path: Path, line: str) -> None:
    assert named(worker, tmp_path / "list.csv", f"{line}\n") == ["하나"]


def test_a_payment_is_named_by_its_key_where_its_number_names_two(worker: Worker, tmp_path: Path) -> None:
    key = payments(worker)["셋"].key

    for line in (key, key.lower(), f"#{key}"):
        assert named(worker, tmp_path / "list.csv", f"{line}\n") == ["셋"]


@pytest.mark.parametrize("content", ["", "\n \r\n\t\n", "\ufeff", "승인번호\n", "no payment\n", ",,\n"])
def test_a_list_that_names_nothing_would_be_nothing_and_is_refused_as_that(
    worker: Worker, tmp_path: Path, content: str
) -> None:
    error = refusal(worker, tmp_path / "list.csv", content)

    assert "names no payment. That would mean that nothing was posted before; if it is so, say --nothing" in str(error)


def test_all_bad_lines_are_named_at_once_each_with_what_is_wrong(worker: Worker, tmp_path: Path) -> None:
    content = "승인번호\n30012345\n1.23457E+7\n30012346\n99999999\n00710001,10000\n승인\n0071000¹\nAAAAAAAAAA\n"

    error = refusal(worker, tmp_path / "list.csv", content)

    assert "7 of the 8 lines of" in str(error)
    assert str(error).splitlines()[1:-1] == [
        '  line 3: "1.23457E+7" is a number that a spreadsheet has rounded: make the column text before saving it',
        '  line 4: "30012346" names 2 waiting payments: write the key of the one that was posted',
        '  line 5: "99999999" names no waiting payment',
        '  line 6: "00710001,10000" has 2 columns: keep the approval number only',
        '  line 7: "승인" names no waiting payment',
        '  line 8: "0071000¹" names no waiting payment',
        '  line 9: "AAAAAAAAAA" names no waiting payment',
    ]
    assert '  5번째 줄: "99999999" 에 해당하는 대기 중인 결제가 없습니다' in say(said_by(error), Language.KO)


def test_of_a_long_list_of_bad_lines_the_first_are_shown(worker: Worker, tmp_path: Path) -> None:
    error = refusal(worker, tmp_path / "list.csv", "".join(f"9{number:07}\n" for number in range(200)))

    assert "200 of the 200 lines" in str(error)
    assert "  … and 180 more" in str(error).splitlines()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04 a workbook", "Save that sheet as CSV or text first"),
        (b"\xd0\xcf\x11\xe0 an older one", "Save that sheet as CSV or text first"),
        (b"\x81\xff\xff", "it is no text in UTF-8, UTF-16 or CP949"),
        (b"\x01\x02\x03", "it is no text in UTF-8, UTF-16 or CP949"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_list_is_named_as_what_it_is(
    worker: Worker, tmp_path: Path, content: bytes | None, why: str
) -> None:
    path = tmp_path / "list.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(DaybreakError, match=why):
        adoption.propose(worker.ledger, listed=path)


def test_what_is_taken_for_a_header_is_said(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("승인번호\n30012345\n", encoding="utf-8")

    assert f'By {path}: its first line, "승인번호", is taken for a header.' in (
        adoption.propose(worker.ledger, listed=path).lines
    )


def test_a_list_needs_payments_to_be_held_against(folder: Path, erp: FakeErp, clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("30012345\n", encoding="utf-8")
    worker = Worker(folder, erp, clock)

    with pytest.raises(DaybreakError, match="First: daybreak once --test"):
        adoption.propose(worker.ledger, listed=path)
    worker.close()
