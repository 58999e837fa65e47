"""What differs between two looks at a screen: told in words, and what of it stops posting."""

from dataclasses import replace

import pytest

from worker.erp.sight import Sight, Way, as_json, of_json
from worker.posting.screens import changes, why_refused

BOTH, WORDS, ID = Way.WORDS_AND_ID, Way.WORDS, Way.ID

LIST = Sight(
    screen="list",
    marks={"tab_open": BOTH, "column_amount": BOTH, "column_card": BOTH},
    columns=(("DTM", "time"), ("AMT", "amount"), ("CARD", "card")),
    money={"tab_open": "open", "column_amount": "amount"},
)


def told(now: Sight, before: Sight = LIST) -> list[tuple[str, bool]]:
    """Return what differs, and whether it stops posting."""
    return [(str(one.what), one.holds) for one in changes({before.screen: before}, [now])]


def test_a_screen_as_it_was_or_never_seen_before_differs_in_nothing() -> None:
    assert told(LIST) == []
    assert changes({}, [LIST]) == []


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((("DTM", "time"), ("AMT", "amount")), ["list: columns that are gone: card"]),
        ((*LIST.columns, ("X", "note")), ["list: columns that are new: note"]),
        (
            (("AMT", "amount"), ("DTM", "time"), ("CARD", "card")),
            ["list: the columns stand in another order: amount, time, card"],
        ),
        ((("DTM", "time"), ("AMT", "amount"), ("CARD", "means")), ["list: the column card is titled means"]),
        ((("X", "note"), *LIST.columns), ["list: columns that are new: note"]),
    ],
    ids=["gone", "new", "moved", "renamed", "new on the left"],
)  # fmt: skip
def test_columns_are_told_by_their_titles_and_stop_nothing(
    columns: tuple[tuple[str, str], ...], said: list[str]
) -> None:
    assert told(replace(LIST, columns=columns)) == [(one, False) for one in said]


def test_marks_that_are_found_in_one_other_way_are_told_together() -> None:
    now = replace(LIST, marks={"tab_open": BOTH, "column_amount": WORDS, "column_card": WORDS})

    assert told(now) == [
        ("list: found by its words alone, before by its words and its id: column_amount, column_card", False)
    ]


def test_marks_that_come_and_go_are_told() -> None:
    now = replace(LIST, marks={"tab_open": BOTH, "column_amount": BOTH, "tab_all": ID})

    assert told(now) == [("list: there now: tab_all", False), ("list: not there any more: column_card", False)]


def test_what_money_is_read_by_under_other_words_stops_posting() -> None:
    now = replace(LIST, marks={**LIST.marks, "tab_open": ID, "column_card": ID})

    assert told(now) == [
        ("list: open (tab_open) does not stand there any more; what has its id is called otherwise", True),
        ("list: found by its id alone, before by its words and its id: column_card", False),
    ]
    assert told(now, before=now) == [], "what a person has seen is the usual"


def test_a_title_that_stands_twice_stops_posting_only_where_money_is_read_by_it() -> None:
    twice = replace(LIST, columns=(*LIST.columns, ("AMT2", "amount"), ("CARD2", "card")))

    assert told(twice) == [("list: the title amount (column_amount) stands over 2 columns", True)]
    assert told(twice, before=twice) == []


def test_what_would_be_refused_is_named_unless_the_work_goes_on_without() -> None:
    refused = replace(LIST, refusals=("no amount",))
    optional = replace(refused, is_needed=False)

    assert why_refused([LIST, refused, optional]) == ["on the screen list: no amount"]
    assert told(refused) == []
    assert told(optional) == [("on the screen list: no amount", False)]
    assert told(optional, before=optional) == []


def test_a_sight_is_kept_and_comes_back_as_it_was() -> None:
    kept = as_json([replace(LIST, refusals=("no amount",))])

    back = of_json("list", kept["list"])

    assert (back.marks, back.columns, back.refusals) == (LIST.marks, LIST.columns, ("no amount",))
