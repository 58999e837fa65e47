"""Deposits in the ERP of our form that are not ours: another daybreak posts there, or this ledger is an old copy."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from worker.erp import Slip
from worker.i18n import message
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.posting.remark import key_of

log = logging.getLogger(__name__)


def compare(ledger: Ledger, slips: Iterable[Slip], *, at: datetime, explained_until: datetime | None = None) -> int:
    """Hold the deposits on a list against the ledger; return how many payments are posted by that.

    Only what was entered after the adoption counts. A payment that waits, and whose deposit stands there, is posted. A
    deposit that this ledger never sent, or one more than it knows of a payment that it posted, is noted: from then on
    `Ledger.why_unknown_slips` says why nothing is posted. Those entered up to `explained_until` are explained by what
    is going on, such as the restoring of a backup.
    """
    shown = _ours(slips, since=ledger.adopted_at())
    entries = ledger.entries(shown)
    known = ledger.known_to_replaced().keys()
    unknown: list[Slip] = []
    posted = 0
    for key, of_key in shown.items():
        entry = entries.get(key)
        if entry is None:
            unknown += [] if key in known else of_key
            continue
        if entry.state is State.POSTED:
            unknown += of_key[max(1, len(_numbers(entry.slip))) :]
        elif entry.state in (State.SEEN, State.HELD):
            if key not in known and not was_sent(ledger, key):
                unknown += of_key
            if not entry.excluded:
                _note_posted(ledger, entry, of_key, at=at)
                posted += 1
    noted = ledger.note_unknown_slips(
        {one.number: one.entered_at for one in unknown if one.entered_at is not None},
        explained_until=explained_until,
        at=at,
    )
    for number in noted:
        log.error("deposit %s is of our form, and this ledger does not know it", number)
    return posted


def _ours(slips: Iterable[Slip], *, since: datetime | None) -> Mapping[str, list[Slip]]:
    """Return {key: slips, the oldest first} of all that have our form."""
    found: dict[str, list[tuple[datetime, Slip]]] = {}
    for slip in slips:
        key = key_of(slip.remark)
        if key and slip.entered_at is not None and since is not None and slip.entered_at > since:
            found.setdefault(key, []).append((slip.entered_at, slip))
    return {
        key: [slip for _, slip in sorted(of_key, key=lambda one: (one[0], one[1].number))]
        for key, of_key in found.items()
    }


def _numbers(text: str) -> list[str]:
    return [one for one in text.split(", ") if one]


def was_sent(ledger: Ledger, key: str) -> bool:
    """True where a payment's deposit ever left from here."""
    return any(move["after"] == State.SENT for move in ledger.history(key))


def _note_posted(ledger: Ledger, entry: Entry, slips: Iterable[Slip], *, at: datetime) -> None:
    key, before, numbers = entry.payment.key, entry.state, ", ".join(one.number for one in slips)
    why = message("found in the deposit list as {slips}", slips=numbers)
    if before is State.SEEN:
        ledger.move(key, before, State.HELD, at=at, by="look-up", why=why)
    ledger.move(key, State.HELD, State.POSTED, at=at, by="look-up", why=why, slip=numbers)
    log.warning("payment %s is not to be posted any more: %s", key, why)
