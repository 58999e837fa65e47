"""What waits for a person: the list of it, and one row of it."""

from dataclasses import dataclass

from worker.config.settings import Settings
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.pending_row import PendingRow
from worker.ledger.search_terms import named_key
from worker.operations.questions import QuestionShown, listed_in
from worker.posting import payment_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingList:
    """All that waits for a person."""

    #: The questions that stop posting as a whole: settings, screens, list.
    questions: tuple[QuestionShown, ...]
    #: Payments and rows that no rule covers, oldest first.
    rows: tuple[PendingRow, ...]
    #: The same in lines, each with its evidence and what it may be.
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """One payment or `row-N`, whether it waits or not."""

    #: As it stands, every move, and what it may be; empty for what was never seen.
    lines: tuple[str, ...]


def listed(settings: Settings, *, language: Language) -> WaitingList:
    """Return everything that waits for a person. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        rows = ledger.pending()
        return WaitingList(
            questions=listed_in(ledger, language=language),
            rows=tuple(rows),
            lines=tuple(payment_lines.waiting(ledger, rows, settings.data_dir, language)),
        )


def row(settings: Settings, key: str, *, language: Language) -> RowShown:
    """Return one payment with every move of it, or one row that no rule covers. Raises LedgerError."""
    key = named_key(key)
    with Ledger(settings.data_dir, create=False) as ledger:
        moves = payment_lines.history(ledger, key, zone=settings.zone, language=language)
        found = [] if moves else payment_lines.of_row(ledger, key, language=language)
        lines = (moves + payment_lines.may_be(ledger, key, language)) or found
        return RowShown(lines=tuple(lines))
