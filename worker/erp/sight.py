"""What one look at a screen saw of what the work rests on: by what it is found, its columns, what would be refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Way(StrEnum):
    """By what a mark is found: the words that people read on the screen, a technical id, or both."""

    WORDS_AND_ID = "words and id"
    WORDS = "words"
    ID = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One screen. What varies by itself is not in it: counts of rows, a pager, notices and layers, an open editor."""

    #: What the screen is called.
    screen: str
    #: {mark: by what it was found}. A mark that is not there is not in it.
    marks: Mapping[str, Way] = field(default_factory=dict)
    #: (id, title) of the columns that are shown, left to right.
    columns: tuple[tuple[str, str], ...] = ()
    #: {mark: the words that people read there} of what decides which rows and which money are read.
    money: Mapping[str, str] = field(default_factory=dict)
    #: Why the work on this screen would be refused, in sentences.
    refusals: tuple[str, ...] = ()
    #: True where payments can't be read or posted without this screen.
    is_needed: bool = True

    def count(self, title: str) -> int:
        """Return how many columns have a title."""
        return sum(label == title for _, label in self.columns)


def as_json(sights: Iterable[Sight]) -> dict[str, Any]:
    """Return {screen: what was seen there} as plain values."""
    return {
        one.screen: {"marks": dict(one.marks), "columns": one.columns, "refusals": [str(text) for text in one.refusals]}
        for one in sights
    }


def of_json(screen: str, kept: Mapping[str, Any]) -> Sight:
    """Return a sight as it was kept. Raises KeyError, ValueError or TypeError for what is none."""
    return Sight(
        screen=screen,
        marks={str(name): Way(way) for name, way in kept["marks"].items()},
        columns=tuple((str(column), str(label)) for column, label in kept["columns"]),
        refusals=tuple(map(str, kept["refusals"])),
    )
