"""Payments, what has become of them and what waits for a person, in lines that a person reads."""

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.errors import IllegalMove
from worker.i18n import message, reasons, said_by
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.pending_row import ODD, PendingRow
from worker.ledger.state import ALARMING, State
from worker.ledger.words import STATES, who
from worker.payments.payment import KST, Payment, PaymentKind
from worker.posting.list_question import ListQuestion

_ODD = Words("odd")
_NUMBER = Words(", approval {number}")
_PAYMENT = Words("{at} {payer}, {won} won, {kind}{number}")
_SETTLED = Words("settled: {settled}")
_EVIDENCE = Words("evidence: {folder}")
_BATCH = Words(", batch {batch}")
_MOVE = Words("{at} {before}{after} by {by}{batch}: {why}")


def waiting(ledger: Ledger, rows: Iterable[PendingRow], data: Path, language: Language) -> list[str]:
    """Return rows that wait for a person in lines, each with its evidence and what it may be."""
    found: list[str] = []
    for row in rows:
        found += _head(row.key, row.state, _what(row, language), row.why, language)
        if row.state != ODD:
            found += [f"    {line}" for line in may_be(ledger, row.key, language)]
        if folder := row.evidence(data):
            found.append(f"    {_EVIDENCE(language, folder=folder)}")
    return found


def _what(row: PendingRow, language: Language) -> str:
    if row.time is None or row.won is None:
        return row.payer
    kind = PaymentKind.APPROVAL if row.won > 0 else PaymentKind.CANCELLATION
    return _described(row.time, row.payer, row.won, kind, row.approval_no, language)


def _head(key: str, state: str, what: str, why: str, language: Language) -> list[str]:
    """Return the lines that say what waits, and why."""
    named = _ODD if state == ODD else STATES[State(state)]
    return [f"{key}  {named(language)}  {what}", f"    {reasons.say(why, language)}"]


def of_row(ledger: Ledger, key: str, *, language: Language) -> list[str]:
    """Return what `row-N` is, and who settled it when and why; nothing if there is no such row."""
    found = ledger.oddity(int(key[4:])) if key.startswith("row-") and key[4:].isdigit() else None
    if found is None:
        return []
    lines = _head(key, ODD, found.cells(), found.why, language)
    return [*lines, f"    {_SETTLED(language, settled=found.settled)}"] if found.settled else lines


def subject(ledger: Ledger, key: str, language: Language) -> list[str]:
    """Return a payment or `row-N` that waits, with what it may be; nothing where it does not wait for a person."""
    if key.startswith("row-"):
        return of_row(ledger, key, language=language)
    entry = ledger.entry(key)
    if entry is None or entry.excluded or entry.state not in ALARMING:
        return []
    return [with_state(entry, language, with_why=True), *(f"    {line}" for line in may_be(ledger, key, language))]


def may_be(ledger: Ledger, key: str, language: Language) -> list[str]:
    """Return a line for each payment that this one may be another form of; none where that is decided."""
    try:
        forms = ledger.open_forms(key)
    except IllegalMove as error:
        return [reasons.say(said_by(error), language)]
    return [
        message("may be {payment}", payment=with_state(one, language)).text(language)
        for one in forms
        if one.payment.key != key
    ]


def became(ledger: Ledger, keys: Collection[str], language: Language) -> list[str]:
    """Return what has become of linked payments by a verdict, one line each."""
    found = ledger.entries(keys)
    return [with_state(found[key], language, with_why=True) for key in keys if key in found]


def with_state(entry: Entry, language: Language, *, with_why: bool = False) -> str:
    """Return a payment with its key, how it stands and its slip in one line."""
    state = message("needs no deposit").text(language) if entry.excluded else STATES[entry.state](language)
    slip = message(", slip {slip}", slip=entry.slip).text(language) if entry.slip else ""
    why = f": {reasons.say(entry.excluded or entry.why, language)}" if with_why else ""
    return f"{entry.payment.key}  {state}{slip}  {described(entry.payment, language)}{why}"


def of_list(ledger: Ledger, asked: ListQuestion, language: Language) -> list[str]:
    """Return the question about the whole list: each new row with the known payments that it may be, and what to type.

    A question without pairs shows its new rows, or the known payments that are listed no more.
    """
    lines = [reasons.say(asked.text, language)]
    keys = {key for known in asked.pairs.values() for key in known} | (asked.about - asked.rows.keys())
    known = ledger.entries(keys)
    new = {
        key: f"{key}  {message('new').text(language)}  {described(row, language)}" for key, row in asked.rows.items()
    }
    shown = {**{key: with_state(entry, language) for key, entry in known.items()}, **new}
    for row in sorted(asked.rows.values(), key=lambda one: (one.time, one.key)):
        lines.append(new[row.key])
        lines += [
            f"    {message('may be {payment}', payment=shown[key]).text(language)}"
            for key in asked.pairs.get(row.key, ())
            if key in shown
        ]
    if not asked.rows:
        lines += [with_state(one, language) for one in sorted(known.values(), key=lambda one: one.payment.time)]
    if asked.is_answered and asked.effect_at is not None:
        at = f"{asked.effect_at.astimezone(KST):%H:%M}"
        said = message("It is answered; a cycle follows the answer from {at} on.", at=at)
        return [*lines, said.text(language)]
    if asked.is_answered:
        return [*lines, message("It is answered; the next cycle follows the answer.").text(language)]
    return [*lines, asked.how.text(language)]


def described(payment: Payment, language: Language) -> str:
    """Return a payment in one line."""
    return _described(payment.time, payment.payer, payment.won, payment.kind, payment.approval_no, language)


def _described(at: datetime, payer: str, won: int, kind: PaymentKind, approval_no: str, language: Language) -> str:
    number = _NUMBER(language, number=approval_no) if approval_no else ""
    return _PAYMENT(language, at=f"{at:%Y-%m-%d %H:%M:%S}", payer=payer, won=f"{won:,}", kind=kind, number=number)


def history(ledger: Ledger, key: str, *, zone: ZoneInfo, language: Language) -> list[str]:
    """Return a payment as it stands, and every move of it, one line each."""
    entry = ledger.entry(key)
    lines = [with_state(entry, language)] if entry else []
    for move in ledger.history(key):
        at = datetime.fromisoformat(str(move["at"])).astimezone(zone)
        batch = _BATCH(language, batch=move["batch"]) if move["batch"] else ""
        before = f"{STATES[State(str(move['before']))](language)} → " if move["before"] else ""
        lines.append(
            _MOVE(
                language,
                at=f"{at:%Y-%m-%d %H:%M:%S}",
                before=before,
                after=STATES[State(str(move["after"]))](language),
                by=who(str(move["by"]), language),
                batch=batch,
                why=reasons.say(str(move["why"]), language),
            )
        )
    return lines
