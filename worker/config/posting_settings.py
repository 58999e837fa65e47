"""The settings about posting: what may be sent, what is held for a person, and what stands in a deposit."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from worker.config.fields import Switch, Won
from worker.config.group import Group


class PostingSettings(Group):
    """What the operator decided about posting. The demo posts in test mode, too, and has a list of deposits."""

    mode: Literal["test", "shadow", "production"] = "test"
    #: Each deposit carries a key in its remark.
    remark_key: Switch = True
    #: The ERP's list of deposits may be read.
    deposit_list: Switch = False
    #: match: a cancellation with a number of its own belongs to the one approval of its payer and amount.
    cancel_new_number: Literal["hold", "match"] = "hold"
    #: What is first listed as 취소 needs no deposit: this account's cancellations turn the approval's own row.
    cancel_in_place: Switch = False
    batch_rows: Annotated[int, Field(ge=1, le=300)] = 50
    #: A payment above this sum (won), or dated further ahead of the clock (hours), is held for a person.
    max_won: Won = 100_000_000
    max_ahead_h: Annotated[int, Field(ge=1, le=720)] = 24
    #: Factor over the highest of the last 60 days above which a day's payments raise an alarm; 0: never.
    max_day_times: Annotated[int, Field(ge=0, le=100)] = 3
    account_card: str = ""
    account_code: str = "1089"
    settle_s: Annotated[float, Field(gt=0, le=3000)] = 60

    def of_demo(self) -> "PostingSettings":
        """Return these settings as they count in demo mode."""
        return self.model_copy(update={"mode": "shadow" if self.shadows else "production", "deposit_list": True})

    def of_test(self) -> "PostingSettings":
        """Return these settings for a cycle in which no save may be sent."""
        return self if self.shadows else self.model_copy(update={"mode": "test"})

    @property
    def posts(self) -> bool:
        """True when a save may really be sent."""
        return self.mode == "production"

    @property
    def shadows(self) -> bool:
        """True when a person posts by hand and what would go out is compared: nothing is entered or saved."""
        return self.mode == "shadow"

    @property
    def can_look_up(self) -> bool:
        """True when deposits can be found again by their key."""
        return self.remark_key and self.deposit_list

    @property
    def card_account(self) -> str:
        """The account of deposits that come through a card company."""
        return self.account_card or "카드사"

    @property
    def settle(self) -> timedelta:
        """How long the ERP may take to store what was sent."""
        return timedelta(seconds=self.settle_s)
