"""One knob: its default, its meaning, the values it takes."""

from collections.abc import Callable
from dataclasses import dataclass

Value = bool | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """The type of `default` is the type of the knob; numbers are never below zero."""

    default: Value
    about: str
    #: The only words a knob that is text may take; empty means any text.
    among: tuple[str, ...] = ()
    #: True for seconds that run down by themselves from the moment they are set.
    runs_out: bool = False
    #: Says what is wrong with a value of the right type, or None.
    check: Callable[[str], str | None] | None = None

    def why_refused(self, value: object) -> str | None:
        """Say what to write instead, or None if the value is fine."""
        match self.default:
            case bool():
                return None if isinstance(value, bool) else "write true or false"
            case int():
                is_whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
                return None if is_whole else "write a whole number, 0 or more"
            case float():
                is_number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
                return None if is_number else "write a number, 0 or more"
            case _:
                if not isinstance(value, str):
                    return "write a text"
                if self.among and value not in self.among:
                    return f"write one of {', '.join(self.among)}"
                return self.check(value) if self.check else None

    def cast(self, value: object) -> Value:
        """Return the value in the knob's own type."""
        return float(value) if isinstance(self.default, float) else value  # type: ignore[arg-type,return-value]
