"""The demo's knobs: every fault and variant the ERP can show, each with its default and what it does.

Seconds in a knob are real seconds; only `delays` scales the ERP's own, ordinary slowness.
"""

import time
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from worker.demo.knobs import connection, life, lists, login, shell, upload
from worker.demo.knobs.knob import Knob, Value

KNOBS: Mapping[str, Knob] = {
    **connection.KNOBS,
    **login.KNOBS,
    **shell.KNOBS,
    **lists.KNOBS,
    **upload.KNOBS,
    **life.KNOBS,
}


class KnobError(ValueError):
    """The knob or its value is not one the demo knows; the message says what to write instead."""


class Knobs(Mapping[str, Value]):
    """The present values. They live in memory: a restart forgets them."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values: dict[str, Value] = {name: knob.default for name, knob in KNOBS.items()}
        self._until: dict[str, float] = {}
        self._first = dict(values)
        self.set(values)

    def set(self, values: Mapping[str, object]) -> None:
        """Set all or, if one of them is wrong, none; raise KnobError."""
        checked = {name: _checked(name, value) for name, value in values.items()}
        for name, value in checked.items():
            self._values[name] = value
            if KNOBS[name].runs_out:
                self._until[name] = time.monotonic() + float(value)

    def reset(self) -> None:
        """Go back to the values of the start."""
        self.set({name: knob.default for name, knob in KNOBS.items()} | self._first)

    def __getitem__(self, name: str) -> Value:
        if KNOBS[name].runs_out:
            return max(0.0, round(self._until.get(name, 0.0) - time.monotonic(), 3))
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(KNOBS)

    def __len__(self) -> int:
        return len(KNOBS)

    def number(self, name: str) -> float:
        """Return the value of a knob that is a number."""
        return float(self[name])

    def word(self, name: str) -> str:
        """Return the value of a knob that is text."""
        return str(self[name])

    def is_on(self, name: str) -> bool:
        """Tell whether a switch is on, or a number above zero."""
        return bool(self[name])

    def take(self, name: str) -> bool:
        """Use one of a countdown; False when none is left."""
        left = int(self[name])
        if left > 0:
            self._values[name] = left - 1
        return left > 0

    def take_word(self, name: str) -> str:
        """Return a fault's name and count it down by its `_times`; both go back to default at the end."""
        word, times = self.word(name), f"{name}_times"
        if word == KNOBS[name].default or not self.number(times):
            return word
        if self.take(times) and not self.number(times):
            self.set({key: KNOBS[key].default for key in (name, times)})
        return word


def _checked(name: str, value: object) -> Value:
    knob = KNOBS.get(name)
    if knob is None:
        near = get_close_matches(name, KNOBS, n=3, cutoff=0.4)
        near += [other for other in KNOBS if name.strip("_") and name in other and other not in near]
        hint = f"did you mean {', '.join(near[:6])}?" if near else "see GET /knobs for all of them"
        raise KnobError(f"there is no knob {name!r}; {hint}")
    if why := knob.why_refused(value):
        raise KnobError(f"knob {name} = {value!r}: {why}")
    return knob.cast(value)


__all__ = ["KNOBS", "Knob", "KnobError", "Knobs"]
