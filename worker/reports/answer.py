"""Was this payment posted? The answer in one sentence, and what happened to it, line by line, in both languages."""

from datetime import datetime
from zoneinfo import ZoneInfo

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.entry import BEFORE_ADOPTION
from worker.ledger.search import Hit, OddRow, Sending, Step
from worker.ledger.state import State
from worker.ledger.words import KINDS, STATES, who

_POSTED = Words("yes, posted on {at} as slip {slip} (batch {batch})")
_POSTED_NO_SLIP = Words("yes, posted on {at} in batch {batch}; its slip number was not read")
_SETTLED_AS_POSTED = Words("yes, as {by} settled on {at}: {why}{slip}")
_SLIP = Words(" (slip {slip})")
_BEFORE = Words("not by daybreak: it counts as posted before, as {by} said on {at} ({why})")
_NEEDS_NONE = Words("no, because it needs no deposit: {why}")
_WAITS = Words("not yet, because it waits for the next cycle{why}")
_WAITS_UNTIL = Words("not yet, the first cycle from {at} on posts it{why}")
_NOT_ALLOWED = Words("no, because nothing is posted at present: {why}")
_UNDER_WAY = Words("not yet, because batch {batch} is being entered and has not been sent")
_SENT = Words("not known yet: batch {batch} was sent on {at} and its answer is awaited")
_IN_DOUBT = Words(
    "not known: it was sent in batch {batch} without a clear answer ({why}); a look-up or a person decides"
)
_REJECTED = Words("no, because it was refused: {why}")
_HELD = Words("no, because a person must decide first: {why}")

_PAYMENT = Words("#{key}  {at} {payer}, {won} won, {kind}{number}")
_NUMBER = Words(", approval number {number}")
_STEP = Words("{at}  {state} by {by}{batch}{generation}: {why}")
_BATCH = Words(", batch {batch}")
_GENERATION = Words(", generation {generation}")
_SENDING = Words(
    "batch {id}: cycle {cycle}, generation {generation}, {rows} rows, {won} won; sent {sent}; {outcome}: {answer}"
)
_NEVER_SENT = Words("never")
_UNSETTLED = Words("no answer yet")
_ODD = Words(
    "row-{id}  a row that no rule covers ({why}), seen on {at}: no, it was never taken for a payment; {settled}"
)
_ODD_OPEN = Words("it waits for a person (daybreak resolve)")
_ODD_SETTLED = Words("settled {settled}")


def answer(
    hit: Hit, *, zone: ZoneInfo, language: Language, why_no_posting: str = "", not_before: datetime | None = None
) -> str:
    """Say in one sentence whether a payment was posted.

    `why_no_posting`: why nothing is posted at present, or "". `not_before`: no cycle posts this payment before.
    """
    entry = hit.entry
    last = next((one for one in reversed(hit.steps) if not one.is_rename), None)
    by, at = (who(last.by, language), _time(last.at, zone)) if last else ("?", "?")
    why = reasons.say(entry.why, language)
    batch = entry.batch if entry.batch is not None else "?"
    if entry.excluded == BEFORE_ADOPTION:
        return _BEFORE(language, by=by, at=at, why=why)
    if entry.excluded:
        return _NEEDS_NONE(language, why=reasons.say(entry.excluded, language))
    if entry.state is State.POSTED:
        if last is not None and last.by != "worker":
            slip = _SLIP(language, slip=entry.slip) if entry.slip and entry.slip not in entry.why else ""
            return _SETTLED_AS_POSTED(language, by=by, at=at, why=why, slip=slip)
        text = _POSTED if entry.slip else _POSTED_NO_SLIP
        return text(language, at=at, slip=entry.slip, batch=batch)
    if entry.state is State.SEEN:
        if why_no_posting:
            return _NOT_ALLOWED(language, why=reasons.say(why_no_posting, language))
        why = f": {why}" if entry.why else ""
        if not_before is not None:
            return _WAITS_UNTIL(language, at=_time(not_before, zone), why=why)
        return _WAITS(language, why=why)
    if entry.state in (State.PLANNED, State.ARMED):
        return _UNDER_WAY(language, batch=batch)
    if entry.state is State.SENT:
        return _SENT(language, batch=batch, at=at)
    text = {State.IN_DOUBT: _IN_DOUBT, State.REJECTED: _REJECTED, State.HELD: _HELD}[entry.state]
    return text(language, batch=batch, why=why)


def is_posted(hit: Hit) -> bool | None:
    """Return whether daybreak posted it; None while that is not known."""
    if hit.entry.state in (State.SENT, State.IN_DOUBT) and not hit.entry.excluded:
        return None
    return hit.entry.state is State.POSTED


def payment_line(hit: Hit, language: Language) -> str:
    """Return what it is, in one line."""
    one = hit.entry.payment
    number = _NUMBER(language, number=one.approval_no) if one.approval_no else ""
    kind = KINDS[one.kind](language)
    at = f"{one.time:%Y-%m-%d %H:%M:%S}"
    return _PAYMENT(language, key=one.key, at=at, payer=one.payer, won=f"{one.won:,}", kind=kind, number=number)


def step_line(step: Step, *, zone: ZoneInfo, language: Language) -> str:
    """Return one move in one line."""
    return _STEP(
        language,
        at=_time(step.at, zone),
        state=STATES[State(step.after)](language),
        by=who(step.by, language),
        batch=_BATCH(language, batch=step.batch) if step.batch is not None else "",
        generation=_GENERATION(language, generation=step.generation) if step.generation is not None else "",
        why=reasons.say(step.why, language),
    )


def batch_line(batch: Sending, *, zone: ZoneInfo, language: Language) -> str:
    """Return one batch in one line."""
    return _SENDING(
        language,
        id=batch.id,
        cycle=batch.cycle,
        generation=batch.generation,
        rows=batch.rows,
        won=f"{batch.won:,}",
        sent=_time(batch.sent_at, zone) if batch.sent_at else _NEVER_SENT(language),
        outcome=batch.outcome or _UNSETTLED(language),
        answer=" ".join(batch.answer.split()) or "–",
    )


def odd_line(row: OddRow, *, zone: ZoneInfo, language: Language, if_open: Words = _ODD_OPEN) -> str:
    """Return a row that no rule covers in one line; `if_open`: what is said of one that nobody has settled."""
    settled = _ODD_SETTLED(language, settled=row.settled) if row.settled else if_open(language)
    why = reasons.say(row.why, language)
    return _ODD(language, id=row.id, why=why, at=_time(row.seen_at, zone), settled=settled)


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
