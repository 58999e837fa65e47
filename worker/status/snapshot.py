"""How things stand, as one frozen value: what status, page, metrics and the guards show, each in its own way.

The worker writes it to $DATA_DIR/status.json beside the page. `daybreak status` looks from outside and makes its own.
Light: the guard that writes the page while no worker runs reads it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from worker.i18n import Message, loaded, stored
from worker.i18n.language import Language
from worker.ledger.pending_row import PendingRow
from worker.runtime.files import read_json, write_private
from worker.status.verdict import Verdict, judge

NAME = "status.json"

#: Maximum rows of those that wait for a person; the rest is counted.
MOST_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineMark:
    """A stretch of the day's timeline: minutes from midnight, and what became of the cycles due there."""

    start: int
    minutes: int
    #: open, ran, failed, skipped, missed, due: still to come, or planned: the ERP is planned to be away.
    state: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How things stand. Times are ISO with offset, or empty; sentences are messages."""

    #: The work stands still.
    is_down: bool = False
    #: The operator has stopped or paused it.
    is_wanted: bool = False
    #: What is not well; none while healthy.
    problems: tuple[str, ...] = ()
    #: What a person must decide or know. No reason to worry about the machine.
    attention: tuple[str, ...] = ()
    #: How many rows wait for a person: {held, in_doubt, rejected, odd: count}.
    waits: Mapping[str, int] = field(default_factory=dict)
    #: The oldest of them.
    pending: tuple[PendingRow, ...] = ()
    #: When it was made, and up to when it is to be believed.
    written: str = ""
    valid_until: str = ""
    #: A phase of the heartbeat, or a guard's message; since when, and the step in it.
    doing: str = ""
    since: str = ""
    step: str = ""
    circus: Mapping[str, str] = field(default_factory=dict)
    worker: Mapping[str, Any] = field(default_factory=dict)
    lock: Mapping[str, Any] = field(default_factory=dict)
    last_cycle: Mapping[str, Any] | None = None
    #: The next one that is not due or under way already.
    next_cycle: str | None = None
    stats: Mapping[str, int] = field(default_factory=dict)
    recycle: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)
    intent: str = ""
    ledger: Mapping[str, Any] = field(default_factory=dict)
    erp: Mapping[str, Any] = field(default_factory=dict)
    #: On the fullest of the disks that hold the data (MB).
    disk_free_mb: int = 0
    #: The worker's log of today: file, size (bytes), errors, warnings.
    log: Mapping[str, Any] = field(default_factory=dict)
    #: The slots of today by their state.
    slots: Mapping[str, int] = field(default_factory=dict)
    #: Today's cycles and the times at which they are due.
    marks: tuple[TimelineMark, ...] = ()
    #: In MODE = shadow, how it compares with what a person posts: worker/posting/comparison.py, Score.as_dict.
    shadow: Mapping[str, Any] = field(default_factory=dict)
    #: While the ERP is planned to be away: `since` and `until`; else empty.
    maintenance: Mapping[str, str] = field(default_factory=dict)
    #: Of today: deposits, of those cancellations, won_in, won_out, won.
    money: Mapping[str, int] = field(default_factory=dict)
    #: The same by card company, the most won first: card, deposits, cancellations, won_in, won_out, won.
    cards: tuple[Mapping[str, Any], ...] = ()
    #: The payment that was made first of all that are not posted: key, time, payer, won, state, open_min, is_late.
    #: `open_min`: how much business time has passed since (minutes). Empty: there is none.
    oldest: Mapping[str, Any] = field(default_factory=dict)
    #: Of the last batch: at, rows, won (signed), outcome.
    batch: Mapping[str, Any] = field(default_factory=dict)
    #: `problem`: why the coming holidays are not known, or "".
    holidays: Mapping[str, str] = field(default_factory=dict)
    #: `open`: {id, cause, since, count, what, acknowledged_by, acknowledged_at}; `undelivered`: {subject, channel,
    #: since, tries, error}.
    alarms: Mapping[str, Any] = field(default_factory=dict)
    language: str = Language.EN.value
    #: False: this user may not look, or nothing is left of what a worker knew. Only `problems` say anything then.
    known: bool = True

    @property
    def verdict(self) -> Verdict:
        """What it comes to."""
        waiting = sum(self.waits.values())
        return judge(is_down=self.is_down, is_wanted=self.is_wanted, problems=len(self.problems), waiting=waiting)

    def as_dict(self) -> dict[str, Any]:
        """Return it as values for JSON: sentences in English, and under `messages` what they were made of, by place."""
        verdict = self.verdict
        values = {
            "health": verdict.health.value,
            "verdict": {"tone": verdict.tone.value, "waiting": verdict.waiting},
            **{one.name: getattr(self, one.name) for one in fields(self)},
            "pending": [one.plain() for one in self.pending],
            "marks": [{one.name: getattr(mark, one.name) for one in fields(mark)} for mark in self.marks],
        }
        messages = {place: json.loads(stored(text)) for place, text in _messages(values, "")}
        return {**_plain(values), "messages": messages}


def of(values: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot that such values hold. Raises KeyError, TypeError, ValueError for others."""
    values = {**values}
    for place, text in values.get("messages", {}).items():
        _put(values, place.split("/"), loaded(json.dumps(text, ensure_ascii=False)))
    known = {one.name: values[one.name] for one in fields(Snapshot) if one.name in values}
    for name in ("problems", "attention", "cards"):
        known[name] = tuple(known.get(name, ()))
    known["pending"] = tuple(PendingRow.of(one) for one in known["pending"])
    known["marks"] = tuple(TimelineMark(**one) for one in known["marks"])
    return Snapshot(**known)


def read(data: Path) -> Snapshot | None:
    """Return the snapshot in a data folder, or None if there is none that can be read."""
    return read_json(data / NAME, of, None)


def write(data: Path, snapshot: Snapshot) -> None:
    """Replace the file in one step. Raises OSError when the disk takes no write."""
    # Written anew every few seconds, and after a start.
    write_private(data / NAME, json.dumps(snapshot.as_dict(), ensure_ascii=False), durable=False)


def _messages(value: object, place: str) -> Iterator[tuple[str, Message]]:
    """Yield the messages in nested values, each with its place: `problems/0`."""
    if isinstance(value, Message):
        yield place, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _messages(one, f"{place}/{name}" if place else str(name))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _messages(one, f"{place}/{number}")


def _plain(value: Any) -> Any:
    """Return nested values of which nothing is shared with a snapshot."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _put(values: Any, place: list[str], message: str) -> None:
    """Put a message at its place in nested values. Raises LookupError, TypeError, ValueError where there is none."""
    name, *rest = place
    key: Any = int(name) if isinstance(values, list) else name
    if rest:
        _put(values[key], rest, message)
    elif values[key] is not None:
        values[key] = message
