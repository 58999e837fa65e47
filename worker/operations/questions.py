"""The questions that stop posting as a whole, about the settings, the screens and the list: shown, and answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n import Message, message, reasons
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.people import demand_own_name
from worker.ledger.state import State
from worker.posting import list_question, payment_lines, refused, screen_question


class Question(StrEnum):
    """What is asked about; the order in which people are asked."""

    #: The ERP refuses every row for one reason.
    SETTINGS = "settings"
    #: The ERP's screens are not read as they were.
    SCREENS = "screens"
    #: A whole list is not believed.
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShown:
    """A question as a person is shown it."""

    question: Question
    #: What is asked, a line each.
    lines: tuple[str, ...]
    #: True when it is answered, and the next cycle follows the answer.
    is_answered: bool
    #: Another one as soon as the question or its answer is; goes back with the answer.
    stamp: str
    #: LIST: from when on a cycle follows the answer, and until when it can be taken back; None: the next one does.
    effect_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person says to one of the questions."""

    question: Question
    #: The reason, a message or a person's own words; goes into the record.
    why: str
    #: LIST: which new rows are known payments: all, none, or KEY[=KNOWN] with commas.
    same: str = ""
    #: LIST: it is the right list, and nothing of it is hidden.
    is_right: bool = False
    #: SETTINGS: they are right; each refused row is decided by itself. Else they are mended.
    rows_own: bool = False


def listed(settings: Settings, *, language: Language) -> tuple[QuestionShown, ...]:
    """Return every question that is asked. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        return listed_in(ledger, language=language)


def listed_in(ledger: Ledger, *, language: Language) -> tuple[QuestionShown, ...]:
    """Return every question that an open ledger asks."""
    shown = (show_in(ledger, one, language=language) for one in Question)
    return tuple(one for one in shown if one is not None)


def standing(settings: Settings) -> dict[Question, bool]:
    """Return which questions are asked, and whether each is answered. Reads no row. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        notes = {
            Question.SETTINGS: refused.read(ledger),
            Question.SCREENS: screen_question.read(ledger),
            Question.LIST: list_question.read(ledger),
        }
        return {one: getattr(note, "is_answered", False) for one, note in notes.items() if note is not None}


def show(settings: Settings, question: Question, *, language: Language) -> QuestionShown | None:
    """Return a question as it stands; None where nothing is asked. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        return show_in(ledger, question, language=language)


def show_in(ledger: Ledger, question: Question, *, language: Language) -> QuestionShown | None:
    """Return a question as it stands in an open ledger; None where nothing is asked."""
    effect_at = None
    match question:
        case Question.LIST:
            asked = list_question.read(ledger)
            if asked is None:
                return None
            lines, is_answered = payment_lines.of_list(ledger, asked, language), asked.is_answered
            effect_at = asked.effect_at
        case Question.SCREENS:
            screens = screen_question.read(ledger)
            if screens is None:
                return None
            lines, is_answered = [reasons.say(screens.said, language)], screens.is_answered
        case Question.SETTINGS:
            refusal = refused.read(ledger)
            if refusal is None:
                return None
            lines, is_answered = [reasons.say(refusal.said(ledger.counts().get(State.SEEN, 0)), language)], False
    return QuestionShown(
        question=question,
        lines=tuple(lines),
        is_answered=is_answered,
        stamp=_version(ledger, question),
        effect_at=effect_at,
    )


def answer(
    settings: Settings, said: Answer, *, by: str, stamp: str = "", effect_after: timedelta = timedelta(0)
) -> str:
    """Write an answer down; return what follows from it, as a message.

    `effect_after`: LIST: no cycle follows it before; until then `undo_list` takes it back. `stamp`: that of the
    question as it was shown; "" where the person saw nothing. Raises Overtaken where the question or its answer has
    changed since, IllegalMove where nothing is asked or the answer does not fit, DaybreakError without a reason,
    LedgerError.
    """
    demand_own_name(by)
    if not said.why.strip():
        raise DaybreakError(message("answering the question about the {what}: a reason is needed", what=said.question))
    # A message stays one: each reader gets it in a language of their own.
    why, at = said.why if isinstance(said.why, Message) else said.why.strip(), settings.now()
    with Ledger(settings.data_dir, create=False) as ledger:
        if stamp and stamp != _version(ledger, said.question):
            raise ledger.overtaken(said.question)
        match said.question:
            case Question.LIST:
                return list_question.answer(
                    ledger,
                    same=said.same,
                    is_right=said.is_right,
                    by=by,
                    why=why,
                    at=at,
                    as_of=stamp,
                    effect_after=effect_after,
                )
            case Question.SCREENS:
                return screen_question.answer(ledger, by=by, why=why, at=at, as_of=stamp)
            case Question.SETTINGS:
                return refused.settle(ledger, rows_own=said.rows_own, by=by, why=why, at=at, as_of=stamp)


def undo_list(settings: Settings, *, by: str, stamp: str = "") -> str:
    """Take the answer about the list back, before a cycle may follow it; return what follows, as a message.

    Raises IllegalMove where it is too late for that, Overtaken where something else was answered since, LedgerError.
    """
    with Ledger(settings.data_dir, create=False) as ledger:
        ledger.undo_brake_answer(by=by, at=settings.now(), as_of=stamp)
    return message("The answer about the list is taken back, and the question is asked again.")


def _version(ledger: Ledger, question: Question) -> str:
    if question is Question.LIST:
        return ledger.brake_version()
    return ledger.note_version(screen_question.NOTE if question is Question.SCREENS else refused.NOTE)
