"""`daybreak resolve`."""

import getpass
from typing import Annotated

import typer

from worker.cli.output import demand, print_text, tell
from worker.config import loading, reader, settings
from worker.errors import DaybreakError
from worker.i18n import message
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.ledger.search_terms import named_key
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.posting import list_question, payment_lines, refused, screen_question

#: What `daybreak resolve` calls the wait for the settings.
SETTINGS = "settings"


#: What it calls the questions about a whole list and about changed screens.
LIST, SCREENS = "list", "screens"


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
    why: Annotated[str, typer.Option(help="The reason; goes into the record.")] = "",
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
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Take the answer without asking first.")] = False,
) -> None:
    """List what is in doubt, held or refused, with the evidence; settle one of them, with a reason.

    Where the ERP refuses every row for one reason, all of them wait for one answer: daybreak resolve settings --mended.
    Where a whole list is not believed, so does everything: daybreak resolve list shows the question and answers it;
    so does daybreak resolve screens where the ERP's screens are not read as they were.
    Without a verdict it changes nothing. Before a verdict it shows what that is about, and asks.
    """
    chosen = loading.load()
    key = named_key(key)
    with Ledger(chosen.data_dir, create=False) as ledger:
        if not key:
            _list_waiting(ledger, chosen)
            return
        if key == LIST or same or right:
            _resolve_list(ledger, chosen, key, same=same, right=right, by=by or getpass.getuser(), why=why, yes=yes)
            return
        if key == SCREENS or seen:
            _resolve_screens(ledger, chosen, key, seen=seen, by=by or getpass.getuser(), why=why, yes=yes)
            return
        if key == SETTINGS or mended or rows:
            _resolve_settings(ledger, chosen, key, mended=mended, rows=rows, by=by or getpass.getuser(), why=why)
            return
        verdicts = [
            verdict
            for verdict, said in (
                (RowVerdict.POSTED, posted),
                (RowVerdict.NOT_POSTED, not_posted),
                (RowVerdict.NEVER, never),
            )
            if said
        ]
        if not verdicts:
            moves = payment_lines.history(ledger, key, zone=chosen.zone, language=chosen.report_language)
            found = [] if moves else payment_lines.of_row(ledger, key, language=chosen.report_language)
            moves += payment_lines.may_be(ledger, key, chosen.report_language)
            print_text("\n".join(moves or found) or reader.in_words(message("{key} was never seen", key=key)))
            return
        if len(verdicts) > 1 or not why.strip():
            raise DaybreakError(
                message("resolving {key}: say one of --posted, --not-posted, --never, and --why", key=key)
            )
        who, language = by or getpass.getuser(), chosen.report_language
        shown = payment_lines.subject(ledger, key, language)
        if shown and not yes:
            print_text("\n".join(shown))
            demand(_question(verdicts[0]))
        if key.startswith("row-") and key[4:].isdigit():
            ledger.settle_oddity(int(key[4:]), by=who, why=f"{verdicts[0]}: {why}", at=chosen.now())
            tell(message("{key} is settled. Such a row is never posted by daybreak.", key=key))
            return
        linked = ledger.resolve(key, verdicts[0], by=who, why=why, at=chosen.now(), slip=slip)
        tell(_settled(ledger, key, language))
        if len(linked) > 1:
            print_text("\n".join(payment_lines.became(ledger, linked, language)))


def _question(verdict: RowVerdict) -> str:
    if verdict is RowVerdict.POSTED:
        return message("Does it stand in the ERP, so that it is never posted?")
    if verdict is RowVerdict.NOT_POSTED:
        return message("Is it missing in the ERP, so that it is to be posted?")
    return message("Does it need no deposit, so that it is never posted?")


def _settled(ledger: Ledger, key: str, language: Language) -> str:
    """Return what becomes of a payment that a person has settled, as the ledger has it now."""
    entry = ledger.entry(key)
    assert entry is not None, "it was settled"
    payment = payment_lines.described(entry.payment, language)
    if entry.excluded:
        return message("{key} is settled: it needs no deposit and is never posted. {payment}", key=key, payment=payment)
    if entry.state is State.POSTED:
        return message("{key} is settled: it is in the ERP and is never posted. {payment}", key=key, payment=payment)
    return message("{key} is settled: the next cycle posts it. {payment}", key=key, payment=payment)


def _resolve_list(
    ledger: Ledger, chosen: settings.Settings, key: str, *, same: str, right: bool, by: str, why: str, yes: bool
) -> None:
    """Show the question about the whole list, or answer it."""
    if key != LIST or (same and right) or ((same or right) and not why.strip()):
        raise DaybreakError(
            message(
                "answering the question about the list: write daybreak resolve list with one of --same and --right, "
                "and --why TEXT"
            )
        )
    if same or right:
        if not yes and (asked := list_question.read(ledger)):
            print_text("\n".join(payment_lines.of_list(ledger, asked, chosen.report_language)))
            demand(message("Is that your answer for the whole list?"))
        tell(list_question.answer(ledger, same=same, is_right=right, by=by, why=why.strip(), at=chosen.now()))
    elif asked := list_question.read(ledger):
        print_text("\n".join(payment_lines.of_list(ledger, asked, chosen.report_language)))
    else:
        tell(message("The list raises no question."))


def _resolve_screens(
    ledger: Ledger, chosen: settings.Settings, key: str, *, seen: bool, by: str, why: str, yes: bool
) -> None:
    """Show the question about changed screens, or answer it."""
    if key != SCREENS or (seen and not why.strip()):
        raise DaybreakError(
            message("answering the question about the screens: write daybreak resolve screens --seen --why TEXT")
        )
    if seen:
        if not yes and (changed := screen_question.why_nothing_is_posted(ledger)):
            tell(changed)
            demand(message("Was that looked at in the ERP, and is it right?"))
        tell(screen_question.answer(ledger, by=by, why=why.strip(), at=chosen.now()))
    else:
        tell(screen_question.why_nothing_is_posted(ledger) or message("The screens raise no question."))


def _resolve_settings(
    ledger: Ledger, chosen: settings.Settings, key: str, *, mended: bool, rows: bool, by: str, why: str
) -> None:
    """Say what waits for the settings, or let posting go on."""
    refusal = refused.read(ledger)
    if key != SETTINGS or (mended and rows) or (rows and not why.strip()):
        raise DaybreakError(
            message(
                "resolving the wait for the settings: write daybreak resolve settings --mended, or daybreak resolve "
                "settings --rows --why TEXT"
            )
        )
    if mended or rows:
        tell(refused.settle(ledger, rows_own=rows, by=by, why=why.strip() or "-", at=chosen.now()))
    elif refusal is None:
        tell(message("Nothing waits for the settings."))
    else:
        tell(refusal.said(ledger.counts().get(State.SEEN, 0)))


def _list_waiting(ledger: Ledger, chosen: settings.Settings) -> None:
    if refusal := refused.read(ledger):
        tell(refusal.said(ledger.counts().get(State.SEEN, 0)))
        print_text()
    if changed := screen_question.why_nothing_is_posted(ledger):
        tell(changed)
        print_text()
    if asked := list_question.read(ledger):
        print_text("\n".join(payment_lines.of_list(ledger, asked, chosen.report_language)))
        print_text()
    found = payment_lines.waiting(ledger, chosen.data_dir, chosen.report_language)
    if not found and refusal is None and asked is None and changed is None:
        tell(message("Nothing waits for a person."))
    if found:
        print_text("\n".join(found))
        print_text()
        tell(message("Settle one with: daybreak resolve KEY --posted | --not-posted | --never --why TEXT"))
