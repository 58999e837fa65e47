"""What a command may ask of the worker besides its rhythm, and what comes of it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class CommandKind(StrEnum):
    """What is asked for."""

    CYCLE = "cycle"
    PROBE = "probe"
    #: A probe that takes the hosts which its pages need into the ERP's list.
    LEARN = "probe --learn"
    LOGIN_TEST = "login-test"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What came of a request: whether all is well, and the lines to print."""

    is_well: bool
    lines: tuple[str, ...]
    #: Where its pictures and pages are kept, as the one who did it knows; None for who reads the answer.
    folder: Path | None = None
    #: True where the ERP's package can't do it at all.
    has_none: bool = False
