"""A table's columns: which of those that are shown is which field, by title, id and place. None decides alone.

A title that is there once is the column, wherever it stands. The id narrows where two columns have one title, and
refuses where the title stands over a column that is known to be another.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from worker.erp.sight import Way
from worker.errors import ErpChanged
from worker.i18n import message


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column that is shown: the id that its cells carry, or an empty text, and its title."""

    id: str
    label: str


def compact(label: str) -> str:
    """Return a title without blanks: the screens break and space them as they like."""
    return re.sub(r"\s+", "", label)


def keys(
    heads: Sequence[Head],
    columns: Mapping[str, tuple[str, str]],
    *,
    required: Collection[str],
    assumed: Collection[str],
    title: str,
) -> list[str]:
    """Return what each column's cells are called: the known id for a known column, else its own.

    `columns`: field → (id, label); `assumed`: fields with an unconfirmed id, so that their title is enough.
    Raises ErpChanged where a required column is missing, stands there twice, or is another one.
    """
    found: dict[int, str] = {}
    for field, (column, label) in columns.items():
        place = _place(heads, column, compact(label), is_assumed=field in assumed)
        if isinstance(place, int):
            found[place] = column
        elif field in required:
            raise ErpChanged(_why(heads, column, label, place, title=title))
    return [found.get(k) or head.id or f"·{head.label}·{k}" for k, head in enumerate(heads)]


def _place(heads: Sequence[Head], column: str, label: str, *, is_assumed: bool) -> int | str:
    """Return a column's place, or why it is not there: "missing", "twice", "label"."""
    titled = [k for k, head in enumerate(heads) if compact(head.label) == label]
    exact = [k for k in titled if heads[k].id == column]
    if len(exact) == 1:
        return exact[0]
    nameless = [k for k in titled if not heads[k].id or is_assumed]
    if len(titled) > 1 and (exact or nameless):
        return "twice"
    if nameless:
        return nameless[0]
    return "label" if any(head.id == column for head in heads) else "missing"


def way(heads: Sequence[Head], column: str, label: str, *, is_assumed: bool) -> Way | None:
    """Return by what a column is found; None where it is not, or not surely."""
    place = _place(heads, column, compact(label), is_assumed=is_assumed)
    if not isinstance(place, int):
        return None
    return Way.WORDS_AND_ID if heads[place].id == column else Way.WORDS


def how(heads: Sequence[Head], column: str, label: str, *, is_assumed: bool) -> tuple[bool, str]:
    """Say whether a column is there, and by what it is found: its title, its id, its place from the left."""
    place = _place(heads, column, compact(label), is_assumed=is_assumed)
    there = ", ".join(f"{head.id} {head.label}".strip() for head in heads)
    if place == "twice":
        return False, message("its title stands there more than once: {there}", there=there)
    if place == "label":
        other = next(head.label for head in heads if head.id == column)
        return False, message("its label is {label}", label=repr(other))
    if not isinstance(place, int):
        return False, message("there are: {there}", there=there)
    if not heads[place].id:
        return True, message("by its title, column {place}", place=place + 1)
    if heads[place].id != column:
        return True, message("by its title, column {place}; its id is {other}", place=place + 1, other=heads[place].id)
    return True, message("by its title and id, column {place}", place=place + 1)


def _why(heads: Sequence[Head], column: str, label: str, problem: str, *, title: str) -> str:
    there = ", ".join(f"{head.label} ({head.id})" if head.id else head.label for head in heads)
    if problem == "twice":
        return message(
            "reading {title}: the column {label} stands there more than once; there are {there}. "
            "The screen has changed",
            title=title, label=label, there=there,
        )  # fmt: skip
    if problem == "label":
        other = next(head.label for head in heads if head.id == column)
        return message(
            "reading {title}: the column {column} is labelled {other}, not {label}. The screen has changed",
            title=title, column=column, other=repr(other), label=repr(label),
        )  # fmt: skip
    return message(
        "reading {title}: the column {label} ({column}) is missing; there are {there}. The screen has changed",
        title=title, label=label, column=column, there=there,
    )  # fmt: skip
