"""What restoring a backup means, in plain words and in both languages."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.config.posting_settings import PostingSettings
from worker.i18n.language import Language
from worker.i18n.words import Words


@dataclass(slots=True)
class Outlook:
    """What restoring a backup means."""

    backup: Path
    #: The backup's last sign of life.
    taken: datetime | None = None
    payments: int = 0
    #: What waits in it, by state.
    waiting: Counter[str] = field(default_factory=Counter)
    #: What the present ledger has settled and the backup does not know: payments by what became of them.
    unknown: Counter[str] = field(default_factory=Counter)
    unknown_won: int = 0
    #: Why the present ledger can't be compared, or "".
    present_problem: str = ""
    #: Deposits without keys were sent since: no look-up finds them.
    is_blind: bool = False
    #: The machine in its adoption is another one.
    is_from_elsewhere: bool = False


_BACKUP = Words("{backup} is a whole ledger with {payments} payments; its last entry is of {taken}.")
_NOTHING_LOST = Words("It knows everything that the present ledger has settled.")
_LOST = Words(
    "It does not know {count} payments ({won} won) that the present ledger has settled since: {parts}. "
    "None of them is posted again by itself: they are looked up in the ERP, and held for a person if it does not "
    "show them."
)
_NO_PRESENT = Words(
    "The present ledger can't be compared with it ({why}): what was posted since is known to the ERP alone."
)
_WAITING = Words("Waiting in it: {parts}.")
_NONE = Words("nothing")
_STEPS = Words(
    "After it is restored nothing is posted until it is proved: (1) the next cycle reads the list and looks up all "
    "that "
    "waits in the ERP's deposit list; (2) a second look-up, at least {settle} s later, must find nothing more. "
    "Normally "
    "that is done with the second cycle; `daybreak status` shows how far it is. What was found is posted, the rest "
    "waits "
    "and is posted then."
)
_BY_HAND = Words(
    "After it is restored nothing is posted until a person has compared: nothing can be looked up here (REMARK_KEY or "
    "DEPOSIT_LIST is off, or was off meanwhile). (1) The next cycle reads the list; (2) compare it with the deposits "
    "in the ERP; (3) say "
    "what was "
    "posted: daybreak adopt --until TIME, --list FILE or --nothing."
)
_ELSEWHERE = Words("It was kept on another machine: posting here needs `daybreak adopt --this-machine` as well.")
_AGAIN = Words("Reports and alarms of that time may be mailed again.")

_PARTS = {
    "posted": Words("posted"),
    "excluded": Words("excluded"),
    "held": Words("held"),
    "in_doubt": Words("in doubt"),
    "rejected": Words("refused"),
    "sent": Words("sent, no answer yet"),
    "seen": Words("not sent yet"),
    "planned": Words("planned"),
    "armed": Words("armed"),
}


def lines(found: Outlook, posting: PostingSettings, *, zone: ZoneInfo, language: Language) -> Iterator[str]:
    """Yield what restoring means, a sentence or two a line."""
    taken = f"{found.taken.astimezone(zone):%Y-%m-%d %H:%M:%S}" if found.taken else "–"
    yield _BACKUP(language, backup=found.backup, payments=f"{found.payments:,}", taken=taken)
    yield _WAITING(language, parts=_parts(found.waiting, language))
    if found.present_problem:
        yield _NO_PRESENT(language, why=found.present_problem)
    elif found.unknown:
        count, won = f"{found.unknown.total():,}", f"{found.unknown_won:,}"
        yield _LOST(language, count=count, won=won, parts=_parts(found.unknown, language))
    else:
        yield _NOTHING_LOST(language)
    can_prove = posting.can_look_up and not found.is_blind
    yield _STEPS(language, settle=f"{posting.settle_s:g}") if can_prove else _BY_HAND(language)
    if found.is_from_elsewhere:
        yield _ELSEWHERE(language)
    yield _AGAIN(language)


def _parts(counts: Counter[str], language: Language) -> str:
    parts = [f"{count:,} {_PARTS[name](language)}" for name, count in sorted(counts.items()) if count]
    return ", ".join(parts) or _NONE(language)
