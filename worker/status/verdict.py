"""How things stand in one word and one colour: the only judgement that status, page, report and mail show.

Light: the guard that writes the page uses it.
"""

from dataclasses import dataclass
from enum import StrEnum

from worker.i18n.language import Language
from worker.i18n.words import Words


class Health(StrEnum):
    """One word for everything; the exit code of `daybreak status` is its position."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


class Tone(StrEnum):
    """Green, amber or red."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


#: The sign of each colour, for who sees none.
MARKS = {Tone.GOOD: "✓", Tone.LOOK: "!", Tone.BAD: "✗"}

_HEALTHS = {Health.HEALTHY: Words("healthy"), Health.DEGRADED: Words("degraded"), Health.DOWN: Words("down")}

_WAITING = Words("{word} · {count} to look at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What it comes to. A machine that is well while rows wait for a person is healthy, and never plain green."""

    health: Health
    #: Rows that wait for a person.
    waiting: int = 0
    #: The operator has stopped or paused the work: down, and no fault.
    is_wanted: bool = False

    @property
    def tone(self) -> Tone:
        """The colour."""
        if self.health is Health.DOWN and not self.is_wanted:
            return Tone.BAD
        return Tone.LOOK if self.waiting or self.health is not Health.HEALTHY else Tone.GOOD

    @property
    def mark(self) -> str:
        """The colour's sign."""
        return MARKS[self.tone]

    @property
    def exit_code(self) -> int:
        """What `daybreak status` ends with: rows that wait for a person are no fault of the machine."""
        return list(Health).index(self.health)

    def text(self, language: Language) -> str:
        """Return it in words: healthy · 5 to look at."""
        return self.said(_HEALTHS[self.health](language), language)

    def said(self, word: str, language: Language) -> str:
        """Return a word for the health, with how many rows wait."""
        return _WAITING(language, word=word, count=f"{self.waiting:,}") if self.waiting else word


def judge(*, is_down: bool = False, is_wanted: bool = False, problems: int = 0, waiting: int = 0) -> Verdict:
    """Return the verdict. `is_down`: the work stands still, or money is wrong; `is_wanted`: the operator wants it so.

    `problems`: how much else is not well; `waiting`: rows that wait for a person.
    """
    health = Health.DOWN if is_down else Health.DEGRADED if problems else Health.HEALTHY
    return Verdict(health=health, waiting=waiting, is_wanted=is_wanted)
