"""Pages of a grid as they stood still, and how pages that were read one after the other are joined.

A list is complete when it stood still, or when nothing happened to it but rows that slipped in above those on its
first page: then each page goes on where the one before it ended, and what slipped in stands on page 1 in the end.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: One row: {column id: text}. A column that the row lacks is simply not there.
GridRow = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page of a grid, as it stood still."""

    rows: tuple[GridRow, ...]
    page: int
    pages: int
    has_pager: bool = False
    #: A full page and no pager: the list ends there by chance, or the pager was not found.
    may_go_on: bool = False


def slipped_in(before: Sequence[GridRow], after: Sequence[GridRow]) -> list[GridRow] | None:
    """Return the rows that slipped in among those of a full page, pushing its last ones out.

    None for any other change: a row that left, moved or reads differently.
    """
    new: list[GridRow] = []
    stood = 0
    for row in after:
        if stood < len(before) and row == before[stood]:
            stood += 1
        else:
            new.append(row)
    # The last one must be an old one: else it may have come up from the next page, after one that left.
    only_pushed = len(before) == len(after) and stood > 0 and after[-1] == before[stood - 1]
    return new if only_pushed and not any(row in before for row in new) else None


def joined(pages: Sequence[Sequence[GridRow]], *, moved: int) -> list[GridRow] | None:
    """Return the rows of pages that were read one after the other while at most `moved` rows slipped in above them.

    A page begins with what was pushed out of the one before it, once more. None when a row stands twice for any other
    reason.
    """
    rows = list(pages[0])
    for before, page in itertools.pairwise(pages):
        most = min(moved, len(before), len(page))
        again = next(n for n in range(most, -1, -1) if list(page[:n]) == list(before[len(before) - n :]))
        moved -= again
        if any(row in before for row in page[again:]):
            return None
        rows.extend(page[again:])
    return rows
