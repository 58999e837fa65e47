"""What happened to a list between two looks at its first page, and how pages read meanwhile are joined."""

from hypothesis import given
from hypothesis import strategies as st

from worker.erp.ecount.sheets import GridRow, joined, slipped_in


def rows(names: str) -> list[GridRow]:
    return [{"name": name} for name in names]


def test_rows_that_slip_in_are_told_from_those_that_leave_or_change() -> None:
    assert slipped_in(rows("abc"), rows("abc")) == []
    assert slipped_in(rows("abc"), rows("nab")) == rows("n")
    assert slipped_in(rows("abc"), rows("ana")) is None, "a row that is there twice is not understood"
    assert slipped_in(rows("abc"), rows("anb")) == rows("n"), "one that was requested a second earlier"
    for after in ("acd", "abd", "aBc", "bac", "nop", "ab", "nac", "nbc"):
        assert slipped_in(rows("abc"), rows(after)) is None, after


@given(
    total=st.integers(4, 40),
    size=st.integers(3, 10),
    arrivals=st.lists(st.integers(0, 2), min_size=1, max_size=15),
)
def test_pages_read_one_after_the_other_make_the_whole_list_whatever_slips_in_above(
    total: int, size: int, arrivals: list[int]
) -> None:
    listed = [{"name": str(number)} for number in range(total)]
    pages, moved = [listed[:size]], 0
    while len(pages) * size < len(listed):
        new = arrivals[len(pages) % len(arrivals)]
        listed = [{"name": f"{len(pages)}.{one}"} for one in range(new)] + listed
        pages.append(listed[len(pages) * size : (len(pages) + 1) * size])
        moved += new

    assert joined(pages, moved=moved) == listed[moved:]


def test_a_row_that_stands_on_two_pages_for_another_reason_is_not_joined() -> None:
    assert joined([rows("abc"), rows("cde")], moved=1) == rows("abcde")
    assert joined([rows("abc"), rows("dbe")], moved=1) is None
    assert joined([rows("abc"), rows("bcd")], moved=1) is None, "two were pushed out, but only one slipped in"
