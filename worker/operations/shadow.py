"""How daybreak compares with the person beside it: MODE = shadow."""

from dataclasses import dataclass
from datetime import datetime

from worker.config.settings import Settings
from worker.i18n import Message
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.posting import comparison, score_words
from worker.posting.comparison import Compared, Looked, Result, Score

#: Findings that say what is not equal, at most; the rest is counted.
MOST = 50

#: What a person looks at.
_NOT_EQUAL = frozenset({Result.DIFFERENT, Result.MISSING_BY_US, Result.MISSING_BY_THEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One deposit that is not equal, or that is not compared yet."""

    result: Result
    #: In which fields it differs, in the reader's language.
    differs: tuple[str, ...]
    #: The payment, or "" for a slip that stands alone; and the slip, or "".
    key: str
    slip: str
    #: All of it in one sentence.
    said: Message
    #: Why daybreak would not post it, or "".
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a comparison comes to."""

    #: MODE = shadow is in force.
    is_on: bool
    #: From when to when it was compared, in the zone of the settings.
    since: datetime
    last: datetime
    #: False: the list of deposits can't be read; slips are not compared, and what was reflected counts as posted.
    reads_slips: bool
    score: Score
    #: The score in a sentence, and what is not equal, a sentence each.
    headline: Message
    details: tuple[Message, ...]
    #: What is not equal, newest first.
    findings: tuple[Finding, ...]
    #: Findings beyond MOST.
    more: int


def look(settings: Settings, language: Language | None = None) -> Comparison | None:
    """Return how it compares; None where nothing was ever compared. Raises LedgerError."""
    if not (settings.data_dir / "ledger.db").exists():
        return None
    with Ledger(settings.data_dir, read_only=True) as ledger:
        times = ledger.shadow_times()
        if times is None:
            return None
        span = Looked(since=times.since, now=times.last, reads_slips=times.reads_slips)
        found = comparison.compare(ledger.own_deposits(), ledger.hand_deposits(), span)
    score = comparison.score_of(found)
    shown = [one for one in reversed(found) if one.result in _NOT_EQUAL]
    return Comparison(
        is_on=settings.posting.shadows,
        since=times.since.astimezone(settings.zone),
        last=times.last.astimezone(settings.zone),
        reads_slips=span.reads_slips,
        score=score,
        headline=score_words.headline(score),
        details=score_words.details(score),
        findings=tuple(_finding(one, language or settings.report_language) for one in shown[:MOST]),
        more=max(0, len(shown) - MOST),
    )


def _finding(one: Compared, language: Language) -> Finding:
    return Finding(
        result=one.result,
        differs=tuple(score_words.DIFFERENCES[name](language) for name in one.differs),
        key=one.own.key if one.own is not None else "",
        slip=one.number,
        said=score_words.said(one),
        why=one.own.why if one.own is not None else "",
    )
