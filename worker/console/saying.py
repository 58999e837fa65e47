"""What a person says of a row that waits: which facts may be said of it, and the decision that follows from one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from worker.config.settings import Settings
from worker.errors import DaybreakError, Overtaken
from worker.i18n import Message, message
from worker.ledger.state import State
from worker.operations import counting
from worker.operations.decisions import Decision, Verdict
from worker.operations.open_rows import RowFacts
from worker.payments import why
from worker.payments.text import narrow

#: Characters of a slip and of a remark.
LONGEST_SLIP, LONGEST_NOTE = 40, 200

#: Deposits that can be counted.
MOST = 999

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]")

#: What a slip number consists of in the ERPs that there are: with a digit, and no sign that a name has.
_SLIP = re.compile(r"[\w /.#-]*[0-9][\w /.#-]*")


class Saying(StrEnum):
    """What may be said of a row."""

    COUNT = "count"
    BY_HAND = "by_hand"
    NOT_POSTED = "not_posted"
    NEVER = "never"
    SAME = "same"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a user said of a row, and what follows from it."""

    saying: Saying
    #: None: nothing certain follows; it is asked again.
    decision: Decision | None
    #: What was said, as it goes into the record.
    fact: Message
    #: What follows from a count.
    conclusion: Message | None = None


def offered(facts: RowFacts) -> tuple[Saying, ...]:
    """Return what may be said of a row, the usual first; nothing of one that does not wait."""
    row = facts.row
    if not row.waits:
        return ()
    if row.entry is None:
        return Saying.NEVER, Saying.BY_HAND
    if row.entry.state is State.IN_DOUBT:
        return Saying.COUNT, Saying.BY_HAND
    if facts.forms_unclear:
        return ()
    if facts.forms:
        return Saying.SAME, Saying.OTHER
    return Saying.NOT_POSTED, Saying.BY_HAND, Saying.NEVER


def is_partial(facts: RowFacts) -> bool:
    """True for a cancellation that waits because it takes back a part."""
    reason = facts.row.why
    return getattr(reason, "id", "") == why.partial("", total=0, back=0, left=0).id


def said(settings: Settings, facts: RowFacts, form: Mapping[str, str]) -> Said:
    """Return what a form says. Raises DaybreakError, a sentence for its sender, for what can't be said of this row."""
    text = form.get("say", "")
    saying = next((one for one in offered(facts) if one == text), None)
    if saying is None:
        raise DaybreakError(message("this can't be said of this row (any more): look at how it stands below"))
    note = note_of(form.get("note", ""))
    if saying is Saying.COUNT:
        return _counted(settings, facts, form, note)
    if saying is Saying.BY_HAND:
        slip = _slip(form.get("slip", ""))
        fact = message("it stands in the ERP under the slip {slip}", slip=slip)
        return _plain(facts, saying, Verdict.BY_HAND, fact, note, slip=slip)
    if saying is Saying.NOT_POSTED:
        fact = message("it does not stand in the ERP's deposit list")
        return _plain(facts, saying, Verdict.NOT_POSTED, fact, note)
    if saying is Saying.NEVER:
        return _plain(facts, saying, Verdict.NEVER, message("it needs no deposit"), note)
    if saying is Saying.SAME:
        return _plain(facts, saying, Verdict.SAME, message("it is the same payment as the row before"), note)
    return _plain(facts, saying, Verdict.OTHER, message("it is another payment than the row before"), note)


def _counted(settings: Settings, facts: RowFacts, form: Mapping[str, str], note: str) -> Said:
    count = _count(form.get("count", ""))
    asked = counting.question(settings, facts.row.key)
    if form.get("counted") != asked.stamp:
        raise Overtaken(
            message("what is known of such deposits has changed since they were counted: count once more, please")
        )
    concluded = counting.conclude(asked, count)
    fact = message("{count} such deposits stand in the ERP's deposit list", count=count)
    verdict = concluded.verdict
    if verdict is Verdict.NOT_POSTED and form.get("then") == "never":
        verdict = Verdict.NEVER
    if verdict is None:
        return Said(saying=Saying.COUNT, decision=None, fact=fact, conclusion=concluded.said)
    found = _plain(facts, Saying.COUNT, verdict, fact, note)
    return Said(saying=found.saying, decision=found.decision, fact=found.fact, conclusion=concluded.said)


def _plain(facts: RowFacts, saying: Saying, verdict: Verdict, fact: Message, note: str, *, slip: str = "") -> Said:
    reason = message("{fact} ({note})", fact=fact, note=note) if note else fact
    return Said(
        saying=saying, decision=Decision(key=facts.row.key, verdict=verdict, why=reason, slip=slip), fact=reason
    )


def _count(text: str) -> int:
    plain = narrow(text[:40]).strip()
    found = re.fullmatch(r"([0-9]{1,3}) ?건?", plain)
    if found is None or len(text) > 40 or _CONTROL.search(text.strip()):
        raise DaybreakError(message("how many there are: write a number from 0 to {most}", most=MOST))
    return int(found[1])


def _slip(text: str) -> str:
    plain = text.strip()
    if not plain:
        raise DaybreakError(message("the slip number is missing: copy it from the ERP, such as 2026/01/08 -7"))
    if len(plain) > LONGEST_SLIP or _CONTROL.search(plain) or not _SLIP.fullmatch(narrow(plain)):
        raise DaybreakError(message("that is no slip number: copy it from the ERP, such as 2026/01/08 -7"))
    return narrow(plain)


def note_of(text: str) -> str:
    """Return a remark as it is kept. Raises DaybreakError for one that is too long or can't be seen."""
    plain = text.strip()
    if len(plain) > LONGEST_NOTE:
        raise DaybreakError(message("the remark is too long: write {most} characters at most", most=LONGEST_NOTE))
    if _CONTROL.search(plain):
        raise DaybreakError(message("the remark holds characters that can't be seen: type it anew"))
    return plain
