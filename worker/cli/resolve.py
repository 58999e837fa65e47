"""`daybreak resolve`."""

from typing import Annotated

import typer

from worker.cli.options import By, Why, Yes, who
from worker.cli.output import demand, print_text, tell
from worker.config import loading, reader
from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n import message
from worker.ledger.search_terms import named_key
from worker.operations import decisions, questions, waiting
from worker.operations import undo as undoing
from worker.operations.decisions import Decision, Verdict
from worker.operations.questions import Answer, Question
from worker.posting.payment_lines import with_state


def resolve(
    key: Annotated[
        str,
        typer.Argument(
            help="The payment's key, row-N, settings, list or screens. Without it: the list of all that waits."
        ),
    ] = "",
    posted: Annotated[bool, typer.Option("--posted", help="It stands in the ERP: never post it.")] = False,
    not_posted: Annotated[bool, typer.Option("--not-posted", help="It does not: post it in the next cycle.")] = False,
    never: Annotated[bool, typer.Option("--never", help="It does not, and needs no deposit.")] = False,
    why: Why = "",
    slip: Annotated[str, typer.Option(help="The ERP's slip number, if you know it.")] = "",
    mended: Annotated[
        bool, typer.Option("--mended", help="With KEY settings: what the ERP refused every row for is mended.")
    ] = False,
    rows: Annotated[
        bool, typer.Option("--rows", help="With KEY settings: they are right; have each refused row decided by itself.")
    ] = False,
    same: Annotated[
        str,
        typer.Option(
            metavar="all|none|KEY[,KEY]",
            help="With KEY list: which new rows are the known payments that they look like; the others are posted.",
        ),
    ] = "",
    right: Annotated[
        bool, typer.Option("--right", help="With KEY list: it is the right list, and nothing of it is hidden.")
    ] = False,
    seen: Annotated[
        bool, typer.Option("--seen", help="With KEY screens: what has changed on them was looked at, and is right.")
    ] = False,
    undo: Annotated[
        bool,
        typer.Option(
            "--undo", help="Take the decision about it back: to post it, until it has gone out; any other for 7 days."
        ),
    ] = False,
    by: By = "",
    yes: Yes = False,
) -> None:
    """List what is in doubt, held or refused, with the evidence; settle one of them, with a reason.

    Where the ERP refuses every row for one reason, all of them wait for one answer: daybreak resolve settings --mended.
    Where a whole list is not believed, so does everything: daybreak resolve list shows the question and answers it;
    so does daybreak resolve screens where the ERP's screens are not read as they were.
    Without a verdict it changes nothing. Before a verdict it shows what that is about, and asks.
    """
    chosen = loading.load()
    key = named_key(key)
    if not key and undo:
        raise DaybreakError(message("taking a decision back: say of which payment, daybreak resolve KEY --undo"))
    if not key:
        _list_waiting(chosen)
    elif key == Question.LIST and undo:
        tell(questions.undo_list(chosen, by=who(by)))
    elif key == Question.LIST or same or right:
        _resolve_list(chosen, key, same=same, right=right, by=who(by), why=why, yes=yes)
    elif key == Question.SCREENS or seen:
        _resolve_screens(chosen, key, seen=seen, by=who(by), why=why, yes=yes)
    elif key == Question.SETTINGS or mended or rows:
        _resolve_settings(chosen, key, mended=mended, rows=rows, by=who(by), why=why)
    else:
        said = ((Verdict.POSTED, posted), (Verdict.NOT_POSTED, not_posted), (Verdict.NEVER, never))
        verdicts = [verdict for verdict, is_said in said if is_said]
        if undo:
            if verdicts:
                raise DaybreakError(message("resolving {key}: --undo stands alone, with --why", key=key))
            _undo(chosen, key, by=who(by), why=why)
            return
        if not verdicts:
            _show_row(chosen, key)
            return
        if len(verdicts) > 1 or not why.strip():
            raise DaybreakError(
                message("resolving {key}: say one of --posted, --not-posted, --never, and --why", key=key)
            )
        _resolve_row(chosen, Decision(key=key, verdict=verdicts[0], why=why, slip=slip), by=who(by), yes=yes)


def _show_row(chosen: Settings, key: str) -> None:
    shown = waiting.row(chosen, key, language=chosen.report_language)
    print_text("\n".join(shown.lines) or reader.in_words(message("{key} was never seen", key=key)))


def _undo(chosen: Settings, key: str, *, by: str, why: str) -> None:
    """Take a decision back; say what waits again."""
    done = undoing.undo(chosen, key, by=by, why=why)
    tell(done.said)
    print_text("\n".join(with_state(one, chosen.report_language, with_why=True) for one in done.rows))


def _resolve_row(chosen: Settings, decision: Decision, *, by: str, yes: bool) -> None:
    """Show what a decision is about, ask, and make it; say what became of which payment."""
    language = chosen.report_language
    found = decisions.preview(chosen, decision, language=language)
    if not yes:
        print_text("\n".join(found.shown))
        demand(found.question)
    done = decisions.apply(chosen, decision, by=by, stamp=found.stamp, language=language)
    tell(done.said)
    if len(done.rows) > 1:
        print_text("\n".join(with_state(one, language, with_why=True) for one in done.rows))


def _resolve_list(chosen: Settings, key: str, *, same: str, right: bool, by: str, why: str, yes: bool) -> None:
    """Show the question about the whole list, or answer it."""
    if key != Question.LIST or (same and right) or ((same or right) and not why.strip()):
        raise DaybreakError(
            message(
                "answering the question about the list: write daybreak resolve list with one of --same and --right, "
                "and --why TEXT"
            )
        )
    if not same and not right:
        _show(chosen, Question.LIST, message("The list raises no question."))
        return
    answer = Answer(question=Question.LIST, why=why, same=same, is_right=right)
    _answer(chosen, answer, message("Is that your answer for the whole list?"), by=by, yes=yes)


def _resolve_screens(chosen: Settings, key: str, *, seen: bool, by: str, why: str, yes: bool) -> None:
    """Show the question about changed screens, or answer it."""
    if key != Question.SCREENS or (seen and not why.strip()):
        raise DaybreakError(
            message("answering the question about the screens: write daybreak resolve screens --seen --why TEXT")
        )
    if not seen:
        _show(chosen, Question.SCREENS, message("The screens raise no question."))
        return
    answer = Answer(question=Question.SCREENS, why=why)
    _answer(chosen, answer, message("Was that looked at in the ERP, and is it right?"), by=by, yes=yes)


def _resolve_settings(chosen: Settings, key: str, *, mended: bool, rows: bool, by: str, why: str) -> None:
    """Say what waits for the settings, or let posting go on."""
    if key != Question.SETTINGS or (mended and rows) or (rows and not why.strip()):
        raise DaybreakError(
            message(
                "resolving the wait for the settings: write daybreak resolve settings --mended, or daybreak resolve "
                "settings --rows --why TEXT"
            )
        )
    if not mended and not rows:
        _show(chosen, Question.SETTINGS, message("Nothing waits for the settings."))
        return
    answer = Answer(question=Question.SETTINGS, why=why.strip() or "-", rows_own=rows)
    tell(questions.answer(chosen, answer, by=by))


def _show(chosen: Settings, question: Question, nothing: str) -> None:
    """Print a question, or that there is none."""
    if found := questions.show(chosen, question, language=chosen.report_language):
        print_text("\n".join(found.lines))
    else:
        tell(nothing)


def _answer(chosen: Settings, answer: Answer, confirmation: str, *, by: str, yes: bool) -> None:
    """Show a question, ask whether the answer is meant, and write it down."""
    found = questions.show(chosen, answer.question, language=chosen.report_language)
    if found is not None and not yes:
        print_text("\n".join(found.lines))
        demand(confirmation)
    tell(questions.answer(chosen, answer, by=by, stamp=found.stamp if found else ""))


def _list_waiting(chosen: Settings) -> None:
    found = waiting.listed(chosen, language=chosen.report_language)
    for question in found.questions:
        print_text("\n".join(question.lines))
        print_text()
    if not found.rows and not found.questions:
        tell(message("Nothing waits for a person."))
    if found.rows:
        print_text("\n".join(found.lines))
        print_text()
        tell(message("Settle one with: daybreak resolve KEY --posted | --not-posted | --never --why TEXT"))
