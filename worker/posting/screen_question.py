"""The question about changed screens: noted by the look that asks it, shown and answered by a person."""

import json
from dataclasses import dataclass
from datetime import datetime

from worker.errors import IllegalMove
from worker.i18n import Message, loaded, message, stored
from worker.ledger.journal import Journal

#: The note in the ledger that stops posting until a person has looked, or a look finds the screens as they were.
NOTE = "screens_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenQuestion:
    """The question as it was noted."""

    #: What has changed, a line each.
    text: str
    at: datetime
    is_answered: bool = False

    @property
    def said(self) -> Message:
        """Return why nothing is posted, and what to do, as a sentence."""
        if self.is_answered:
            return message("the question about the screens is answered; the next cycle follows the answer")
        return message(
            "what is read may be something else than before, nothing is read or posted: {changes}\n"
            'Look at it in the ERP. If it is right, say so on the page, under "To look at". On the command line: '
            "daybreak resolve screens --seen --why TEXT (daybreak probe keeps pictures). If the ERP goes back to what "
            "it was, the next look asks no more",
            changes=self.text,
        )


def note(ledger: Journal, text: Message, *, at: datetime) -> None:
    """Ask a person about changes; the same ones asked about already stay as they are. Raises LedgerError."""
    before = read(ledger)
    if before is None or before.text != text:
        _write(ledger, ScreenQuestion(text=text, at=at))


def end(ledger: Journal) -> None:
    """Forget the question: it was followed, or there is nothing to ask any more. Raises LedgerError."""
    ledger.set_note(NOTE, "")


def read(ledger: Journal) -> ScreenQuestion | None:
    """Return the question that stops posting, or None."""
    if not (noted := ledger.note(NOTE)):
        return None
    found = json.loads(noted)
    return ScreenQuestion(
        text=loaded(found["text"]), at=datetime.fromisoformat(found["at"]), is_answered=bool(found["answered"])
    )


def why_nothing_is_posted(ledger: Journal) -> Message | None:
    """Say what has changed and what to type, or that the answer is awaited; None where nothing is asked."""
    asked = read(ledger)
    return asked.said if asked is not None else None


def answer(ledger: Journal, *, by: str, why: str, at: datetime, as_of: str = "") -> Message:
    """Write down who says that the screens are right as they are; return what follows. Raises IllegalMove.

    `as_of`: the ledger's `note_version` when the person was asked. Raises Overtaken where it is another one now.
    """
    asked = read(ledger)
    if asked is None:
        raise IllegalMove(message("the screens raise no question"))
    said = message("the screens are right as they are, says {by}: {why}", by=by, why=why)
    answered = ScreenQuestion(text=asked.text, at=asked.at, is_answered=True)
    facts = {"changes": str(asked.text)}
    ledger.answer_note(NOTE, {NOTE: _noted(answered)}, kind="screens", what=said, facts=facts, at=at, as_of=as_of)
    return message("Answered: the screens are right as they are. The next cycle goes on from here.")


def _write(ledger: Journal, asked: ScreenQuestion) -> None:
    ledger.set_note(NOTE, _noted(asked))


def _noted(asked: ScreenQuestion) -> str:
    noted = {"text": stored(asked.text), "at": asked.at.isoformat(), "answered": asked.is_answered}
    return json.dumps(noted, ensure_ascii=False)
