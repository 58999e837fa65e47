"""How things stand, as values: what `daybreak status --json` prints."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from worker.i18n.language import Language
from worker.ledger.state import State

#: States of a payment that nothing was sent for.
UNSENT = (State.SEEN, State.PLANNED, State.ARMED)


class Health(StrEnum):
    """One word for everything; the exit code of `daybreak status` is its position."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(slots=True)
class Status:
    """What `daybreak status --json` prints."""

    health: Health = Health.HEALTHY
    #: Sentences; none while healthy.
    problems: list[str] = field(default_factory=list)
    #: What a person must decide, in sentences. No reason to worry about the machine.
    attention: list[str] = field(default_factory=list)
    circus: dict[str, str] = field(default_factory=dict)
    worker: dict[str, Any] = field(default_factory=dict)
    lock: dict[str, Any] = field(default_factory=dict)
    last_cycle: dict[str, Any] | None = None
    next_cycle: str | None = None
    stats: dict[str, int] = field(default_factory=dict)
    recycle: dict[str, Any] = field(default_factory=dict)
    guards: dict[str, Any] = field(default_factory=dict)
    intent: str = ""
    ledger: dict[str, Any] = field(default_factory=dict)
    erp: dict[str, Any] = field(default_factory=dict)
    #: On the fullest of the disks that hold the data (MB).
    disk_free_mb: int = 0
    #: The worker's log of today: file, size (bytes), errors, warnings.
    log: dict[str, Any] = field(default_factory=dict)
    #: The slots of today by their state.
    slots: dict[str, int] = field(default_factory=dict)
    #: Of today: deposits, of those cancellations, won_in, won_out, won.
    money: dict[str, int] = field(default_factory=dict)
    #: `problem`: why the coming holidays are not known, or "".
    holidays: dict[str, str] = field(default_factory=dict)
    #: `open`: {cause, since, count, what}; `undelivered`: {subject, channel, since, tries, error}.
    alarms: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    language: str = Language.EN.value
    #: False: this user may not look, so all that is not said in `problems` is not known.
    known: bool = True

    def degrade(self, problem: str) -> None:
        """Add a problem that does not stop the work."""
        self.problems.append(problem)
        if self.health is Health.HEALTHY:
            self.health = Health.DEGRADED

    def down(self, problem: str) -> None:
        """Add a problem that does."""
        self.problems.insert(0, problem)
        self.health = Health.DOWN

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)
