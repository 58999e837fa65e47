"""What a command may ask of the worker besides its rhythm, and what comes of it."""

from dataclasses import dataclass
from enum import StrEnum


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
