"""A row that waits, as the screen shows it: plain texts in one reader's language. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from worker.console import waiting_words as words
from worker.console.saying import Saying, is_partial, offered
from worker.i18n import Message, reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.entry import Entry
from worker.ledger.state import State
from worker.ledger.words import KINDS, STATES, who
from worker.operations.counting import CountQuestion
from worker.operations.open_rows import DecisionShown, OpenRow, RowFacts
from worker.payments import why
from worker.payments.payment import Payment

#: Amount, payer and the rest of a payment, by the names of their labels.
COMPARED = ("paid_at", "payer", "amount", "kind", "approval_no", "acquirer")

#: The same of a row that no rule covers: the names of its cells, which are shown as they stand there.
CELLS = {
    "at": "time",
    "payer": "payer",
    "won": "amount",
    "kind": "status",
    "approval_no": "approval_no",
    "acquirer": "acquirer",
}


def texts(language: Language) -> dict[str, str]:
    """Return the screen's own labels by their names."""
    return {name: text(language) for name, text in words.WAITING_WORDS.items()}


def listed(row: OpenRow, *, now: datetime, language: Language) -> dict[str, Any]:
    """Return a row of the list."""
    left = row.leaves_at - now if row.leaves_at is not None else None
    found: dict[str, Any] = {
        "key": row.key,
        "state": state_of(row, language),
        "why": reason(row, language),
        "waits": _length(now - row.since, language) if row.since is not None else words.UNKNOWN(language),
        "left": _left(left, language),
        "is_urgent": left is not None and left < timedelta(days=2),
        "odd": "",
    }
    if row.entry is None:
        cells = row.odd.parts() if row.odd is not None else {}
        told = {name: cells.get(cell, "") for name, cell in CELLS.items()}
        return {**found, **told, "odd": row.odd.cells() if row.odd is not None else ""}
    return {**found, **payment(row.entry.payment, language)}


def other_cells(row: OpenRow) -> dict[str, str]:
    """Return the cells of a row that no rule covers, those left out that have a place of their own."""
    cells = row.odd.parts() if row.odd is not None else {}
    return {name: cell for name, cell in cells.items() if cell and name not in CELLS.values()}


def payment(shown: Payment, language: Language) -> dict[str, str]:
    """Return a payment's cells."""
    at = f"{shown.time:%Y-%m-%d %H:%M:%S}"
    return {
        "at": at,
        "paid_at": at,
        "payer": shown.payer,
        "won": words.WON(language, won=f"{shown.won:,}"),
        "amount": words.WON(language, won=f"{shown.won:,}"),
        "kind": KINDS[shown.kind](language),
        "approval_no": shown.approval_no or "–",
        "acquirer": shown.acquirer or "–",
    }


def state_of(row: OpenRow, language: Language) -> str:
    """Return a row's state in words."""
    if row.entry is None:
        return words.STATES["odd"](language)
    return entry_state(row.entry, language)


def entry_state(entry: Entry, language: Language) -> str:
    """Return a payment's state in words."""
    return words.NO_DEPOSIT(language) if entry.excluded else STATES[entry.state](language)


def reason(row: OpenRow, language: Language) -> str:
    """Return why a row waits in one sentence of the office's words."""
    given = row.why
    if row.entry is not None and row.entry.state is State.IN_DOUBT:
        return words.IN_DOUBT(language)
    if isinstance(given, Message):
        if given.id == why.edited("", why.LEFT).id:
            return words.EDITED(language, how=reasons.say(str_or_message(given.args["how"]), language))
        if given.id == why.partial("", total=0, back=0, left=0).id:
            won = {name: f"{int(str(given.args[name])):,}" for name in ("total", "back", "left")}
            return words.PARTIAL(language, **won)
    return reasons.say(given, language)


def str_or_message(value: object) -> str:
    """Return a message's field as it is rendered: a message stays one."""
    return value if isinstance(value, str) else str(value)


def compared(facts: RowFacts, language: Language) -> dict[str, Any] | None:
    """Return this row and what may be the same payment side by side; None where there is nothing to compare."""
    if facts.row.entry is None or not facts.forms:
        return None
    own = payment(facts.row.entry.payment, language)
    others = [payment(one.payment, language) for one in facts.forms]
    return {
        "rows": [
            {
                "name": name,
                "own": own[name],
                "others": [{"text": one[name], "differs": one[name] != own[name]} for one in others],
            }
            for name in COMPARED
        ],
        "others": [
            {"key": one.payment.key, "state": entry_state(one, language), "slip": one.slip or "–"}
            for one in facts.forms
        ],
    }


def listed_still(facts: RowFacts, zone: ZoneInfo, language: Language) -> list[str]:
    """Say for each row before whether the ERP's list still holds it."""
    if facts.read_at is None or facts.row.entry is None:
        return []
    at = f"{facts.read_at.astimezone(zone):%m-%d %H:%M}"
    return [
        (words.STILL_LISTED if one.payment.key in facts.listed else words.NOT_LISTED)(language, at=at)
        for one in facts.forms
    ]


def other_half(facts: RowFacts, language: Language) -> list[dict[str, str]]:
    """Return the approval that a cancellation takes back, or what takes an approval back."""
    halves = [facts.part_of.approval] if facts.part_of is not None else list(facts.taken_back_by)
    return [
        {
            **payment(one.payment, language),
            "key": one.payment.key,
            "state": entry_state(one, language),
            "slip": one.slip or "–",
        }
        for one in halves
    ]


def parts(facts: RowFacts, language: Language) -> list[dict[str, str]]:
    """Return what was approved, taken back and is left of a partial cancellation, in won."""
    if facts.part_of is None or facts.row.entry is None or not is_partial(facts):
        return []
    amounts = (
        ("approved", facts.part_of.approval.payment.amount),
        ("back", -facts.part_of.back),
        ("this_back", facts.row.entry.payment.won),
        ("left", facts.part_of.left),
    )
    return [{"name": name, "won": words.WON(language, won=f"{won:,}")} for name, won in amounts]


def moves(facts: RowFacts, zone: ZoneInfo, language: Language) -> list[dict[str, str]]:
    """Return what has happened to a row, the oldest first."""
    return [
        {
            "at": f"{datetime.fromisoformat(str(one['at'])).astimezone(zone):%Y-%m-%d %H:%M:%S}",
            "state": STATES[State(str(one["after"]))](language),
            "who": who(str(one["by"]), language),
            "why": reasons.say(str_or_message(one["why"]), language),
        }
        for one in facts.moves
    ]


def choices(
    facts: RowFacts, counted: CountQuestion | None, deposit_list: str, language: Language
) -> list[dict[str, Any]]:
    """Return the forms of what may be said, each with its button and what the button does."""
    said = []
    for saying in offered(facts):
        button, effect = _button(facts, saying)
        said.append({"say": saying.value, "button": button, "effect": effect, "question": ""})
        if saying is Saying.COUNT and counted is not None:
            said[-1]["question"] = words.COUNT(
                language,
                screen=deposit_list,
                day=f"{counted.day:%Y-%m-%d}",
                payer=counted.payer,
                won=f"{counted.won:,}",
            )
    return said


def _button(facts: RowFacts, saying: Saying) -> tuple[str, str]:
    """Return the names of a button's text and of its effect's."""
    if saying is Saying.NEVER and facts.row.entry is None:
        return "odd_button", "odd_effect"
    if saying is Saying.NOT_POSTED and is_partial(facts):
        return "partial_button", "partial_effect"
    is_refused = facts.row.entry is not None and facts.row.entry.state is State.REJECTED
    if saying is Saying.NOT_POSTED and is_refused:
        return "again_button", "not_posted_effect"
    return f"{saying.value}_button", f"{saying.value}_effect"


def open_decisions(found: Sequence[DecisionShown], zone: ZoneInfo, language: Language) -> list[dict[str, str]]:
    """Return the decisions that can be taken back."""
    return [
        {
            **(payment(one.entry.payment, language) if one.entry is not None else _odd_payment(one)),
            "key": one.decision.key,
            "stamp": one.decision.at.isoformat(),
            "decided": f"{one.decision.by}, {one.decision.at.astimezone(zone):%m-%d %H:%M}",
            "effect": words.TAKES_EFFECT(language, when=effect(one.decision.effect_at, zone, language))
            if one.decision.posts
            else entry_state(one.entry, language)
            if one.entry is not None
            else words.DONE_ODD(language),
        }
        for one in found
    ]


def _odd_payment(one: DecisionShown) -> dict[str, str]:
    return {"payer": one.odd.cells() if one.odd is not None else one.decision.key, "won": "", "at": ""}


def effect(at: datetime | None, zone: ZoneInfo, language: Language) -> str:
    """Say from when on a decision is followed."""
    return words.FROM(language, at=f"{at.astimezone(zone):%H:%M}") if at else words.NEXT_CYCLE(language)


def _length(lasts: timedelta, language: Language) -> str:
    minutes = max(0, int(lasts.total_seconds() // 60))
    if minutes < 120:
        return words.MINUTES(language, count=f"{minutes:,}")
    text, unit = (words.HOURS, 60) if minutes < 2880 else (words.DAYS, 1440)
    return text(language, count=f"{minutes // unit:,}")


def _left(left: timedelta | None, language: Language) -> str:
    if left is None:
        return words.UNKNOWN(language)
    text: Words = words.GONE if left <= timedelta(0) else words.DAYS_LEFT
    return text(language, count=f"{max(1, left.days):,}") if left > timedelta(0) else text(language)
