"""What the operator decided about posting."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator decided about posting."""

    posts: bool
    batch_rows: int
    #: The cycle posts no more rows than so many; None: all that wait.
    most: int | None = None
    card_account: str
    account_code: str
    remark_key: bool
    can_look_up: bool
    match_new_number: bool
    #: An approval that is first listed as 취소 is silently left out.
    skip_first_cancelled: bool = False
    settle: timedelta
    list_s: float
    #: What is beyond these is held: see worker/posting/limits.py.
    most_won: int = 100_000_000
    most_ahead: timedelta = timedelta(hours=24)
    #: A day above so many times the highest before is told; 0: never.
    day_times: int = 3
