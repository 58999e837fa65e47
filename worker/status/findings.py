"""What is found while somebody looks at how things stand, put together to a snapshot at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from worker.i18n import message
from worker.status.snapshot import Snapshot


@dataclass(slots=True)
class Findings:
    """What was found so far."""

    problems: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    is_down: bool = False
    #: The operator wants it to be down, and nothing else stops it.
    is_wanted: bool = False
    #: The other fields of the snapshot.
    parts: dict[str, Any] = field(default_factory=dict)

    def degrade(self, problem: str) -> None:
        """Add a problem that does not stop the work."""
        self.problems.append(problem)

    def down(self, problem: str, *, is_wanted: bool = False) -> None:
        """Add a problem that does. `is_wanted`: the operator has stopped or paused the work."""
        self.problems.insert(0, problem)
        self.is_wanted = is_wanted and (self.is_wanted or not self.is_down)
        self.is_down = True

    def copy(self) -> "Findings":
        """Return findings to which more can be added."""
        return replace(self, problems=[*self.problems], attention=[*self.attention], parts={**self.parts})

    def snapshot(self) -> Snapshot:
        """Return all that was found."""
        attention = (*self.attention, *waiting(self.parts.get("waits", {})))
        return Snapshot(
            problems=tuple(dict.fromkeys(self.problems)),
            attention=attention,
            is_down=self.is_down,
            is_wanted=self.is_wanted,
            **self.parts,
        )


def waiting(waits: Mapping[str, int]) -> list[str]:
    """Return a sentence for each kind of row that waits for a person. `waits`: a snapshot's."""
    held, in_doubt, rejected, odd = (waits.get(state, 0) for state in ("held", "in_doubt", "rejected", "odd"))
    said = {
        message("{count} held: decide each with `daybreak resolve`", count=held): held,
        message(
            "{count} in doubt: looked up in the ERP where that is possible, else `daybreak resolve`", count=in_doubt
        ): in_doubt,
        message("{count} refused by the ERP: see `daybreak resolve`", count=rejected): rejected,
        message("{count} rows that no rule covers: see `daybreak resolve`", count=odd): odd,
    }
    return [sentence for sentence, count in said.items() if count]
