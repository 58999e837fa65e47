"""Which of the columns that are shown is which field: by title, id and place, and what is refused."""

import pytest

from worker.erp.ecount.table import Head, how, keys
from worker.errors import ErpChanged

COLUMNS = {"time": ("DTM", "결제요청일시"), "status": ("TYPE", "결제상태"), "card": ("CARD_NO", "카드/식별번호")}


def heads(*columns: tuple[str, str]) -> list[Head]:
    return [Head(id=column, label=label) for column, label in columns]


def found(*columns: tuple[str, str]) -> list[str]:
    return keys(heads(*columns), COLUMNS, required=("time", "status"), assumed=("card",), title="the list")


def test_a_column_is_found_wherever_it_stands_by_its_title_and_id() -> None:
    assert found(("TYPE", "결제 상태"), ("X", "내역"), ("DTM", "결제요청일시")) == ["TYPE", "X", "DTM"]


def test_a_title_alone_is_enough_where_there_are_no_ids_or_nobody_has_confirmed_one() -> None:
    assert found(("", "결제요청일시"), ("", "결제상태"), ("", "품목")) == ["DTM", "TYPE", "·품목·2"]
    assert found(("DTM", "결제요청일시"), ("TYPE", "결제상태"), ("NEW", "카드/식별번호"))[2] == "CARD_NO"


def test_the_id_tells_two_columns_of_one_title_apart() -> None:
    assert found(("DTM", "결제요청일시"), ("NM", "결제상태"), ("TYPE", "결제상태")) == ["DTM", "NM", "TYPE"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            (("DTM", "결제요청일시"), ("NM", "결제상태")),
            "the column 결제상태 (TYPE) is missing; there are 결제요청일시 (DTM)",
        ),
        ((("DTM", "결제요청일시"), ("TYPE", "상태")), "the column TYPE is labelled '상태', not '결제상태'"),
        ((("", "결제요청일시"), ("", "결제상태"), ("", "결제상태")), "the column 결제상태 stands there more than once"),
        ((("TYPE", "결제상태"),), "the column 결제요청일시 (DTM) is missing"),
    ],
)
def test_what_is_no_such_column_is_refused_by_name(columns: tuple[tuple[str, str], ...], said: str) -> None:
    with pytest.raises(ErpChanged, match="The screen has changed") as raised:
        found(*columns)

    assert said in str(raised.value)


def test_how_a_column_is_found_is_said() -> None:
    there = heads(("DTM", "결제요청일시"), ("", "결제상태"), ("NEW", "카드/식별번호"))

    told = [how(there, *COLUMNS[field], is_assumed=field == "card") for field in COLUMNS]

    assert [is_there for is_there, _ in told] == [True, True, True]
    assert [str(text) for _, text in told] == [
        "by its title and id, column 1",
        "by its title, column 2",
        "by its title, column 3; its id is NEW",
    ]
