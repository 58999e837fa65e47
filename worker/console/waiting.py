"""The screen of what waits: the list, a row with what may be said of it, a confirmation, the decision and its undoing.

She states facts, daybreak concludes: each form says what stands in the ERP, and the operations say what follows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from starlette.responses import Response

from worker.config import loading
from worker.config.settings import Settings
from worker.console import evidence, row_view, words
from worker.console import waiting_words as own
from worker.console.evidence_names import caption
from worker.console.once import OVERTAKEN, WRONG, form_id
from worker.console.saying import Said, Saying, offered, said
from worker.console.visit import Visit, go_to
from worker.errors import DaybreakError, LedgerError, Overtaken, SettingsError
from worker.i18n import message, reasons, said_by
from worker.i18n.language import Language
from worker.ledger.entry import Entry
from worker.ledger.search_terms import named_key
from worker.ledger.state import State
from worker.ledger.words import OURS_IN_MESSAGES
from worker.operations import counting, decisions, open_rows, questions, undo
from worker.operations.decisions import EFFECT_AFTER, Preview
from worker.operations.open_rows import RowFacts

P = ParamSpec("P")
T = TypeVar("T")

#: Characters of a key in an address.
LONGEST_KEY = 24

#: A second form about a decision that was taken back is told by this.
UNDONE = frozenset(
    {message("the decision of {before} is taken back by {by}", before="", by="").id,
     message("the decision of {before} is taken back by {by}: {why}", before="", by="", why="").id}
)  # fmt: skip


async def away(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what reads or writes files outside the event loop; what the disk refuses is a sentence."""
    try:
        return await asyncio.to_thread(act, *args, **kwargs)
    except OSError as error:
        raise DaybreakError(
            message("this could not be done: {error}. Nothing was changed", error=str(error))
        ) from error


# --- the list


async def screen(visit: Visit) -> Response:
    """Show everything that waits."""
    return visit.show("waiting.html", **await away(_list, visit.language, visit.request.query_params.get("done", "")))


def _list(language: Language, done: str) -> dict[str, Any]:
    settings = loading.load()
    now = settings.now()
    asked = questions.standing(settings)
    return {
        **common(settings, language),
        "done": _done(settings, done, language) if done else "",
        "questions": [
            {
                "name": question.value,
                "title": own.QUESTIONS[question](language),
                "line": reasons.say(open_rows.asked(settings, question), language),
                "is_answered": is_answered,
            }
            for question, is_answered in asked.items()
        ],
        "rows": [row_view.listed(one, now=now, language=language) for one in open_rows.listed(settings)],
        "open": row_view.open_decisions(
            open_rows.decisions(settings, about=done[:LONGEST_KEY]), settings.zone, language
        ),
    }


def common(settings: Settings, language: Language) -> dict[str, Any]:
    """Return what every screen about what waits shows."""
    return {"text": row_view.texts(language), "zone": words.zone_of(str(settings.zone), language)}


def _done(settings: Settings, key: str, language: Language) -> str:
    """Say what has become of a row, as the ledger has it now; "" where there is nothing to say."""
    facts = open_rows.row(settings, key[:LONGEST_KEY])
    if facts is None:
        return ""
    entry = facts.row.entry
    if entry is None:
        return "" if facts.row.waits else own.DONE_ODD(language)
    told = {"payer": entry.payment.payer, "won": f"{entry.payment.won:,}"}
    if facts.row.waits:
        is_undone = getattr(facts.moves[-1]["why"], "id", "") in UNDONE if facts.moves else False
        return own.DONE_UNDONE(language, **told) if is_undone else ""
    if facts.decided is not None and facts.decided.effect_at is not None and facts.decided.key == entry.payment.key:
        at = f"{facts.decided.effect_at.astimezone(settings.zone):%H:%M}"
        return own.DONE_POSTS(language, at=at, **told)
    return own.DONE(language, state=row_view.entry_state(entry, language), **told)


# --- one row


async def row(visit: Visit) -> Response:
    """Show a row with everything that is known of it."""
    return await shown_row(visit)


async def shown_row(
    visit: Visit, *, why: str = "", status: int = 200, form: Mapping[str, str] | None = None
) -> Response:
    """Show a row; `why`: what is wrong with the form that was sent."""
    values = await away(_row, key_of(visit), visit.language, form or {})
    if values is None:
        return visit.sorry(open_rows.no_such_row(key_of(visit)), 404)
    error = reasons.say(why, visit.language) if why else ""
    return visit.show("waiting_row.html", status, error=error, **values)


def key_of(visit: Visit) -> str:
    """Return the key that an address names, no longer than any is."""
    return named_key(str(visit.request.path_params["key"])[:LONGEST_KEY])


def _row(key: str, language: Language, form: Mapping[str, str]) -> dict[str, Any] | None:
    settings = loading.load()
    facts = open_rows.row(settings, key)
    if facts is None:
        return None
    names_screens = settings.erp.name == "ecount"
    deposit_list = own.DEPOSIT_LIST if names_screens else own.ANY_DEPOSIT_LIST(language)
    payment_list = own.PAYMENT_LIST if names_screens else own.ANY_PAYMENT_LIST(language)
    is_counted = Saying.COUNT in offered(facts)
    counted = counting.question(settings, key) if is_counted else None
    entry = facts.row.entry
    return {
        **common(settings, language),
        "row": row_view.listed(facts.row, now=settings.now(), language=language),
        "waits": facts.row.waits,
        "slip": entry.slip if entry is not None else "",
        "cells": row_view.other_cells(facts.row),
        "settled": facts.row.odd.settled if facts.row.odd is not None else "",
        "compared": row_view.compared(facts, language),
        "listed_still": row_view.listed_still(facts, settings.zone, language),
        "unclear": reasons.say(facts.forms_unclear, language) if facts.forms_unclear else "",
        "newer": [one.new for one in facts.pairs if one.old == key and not one.answer] if facts.forms_unclear else [],
        "parts": row_view.parts(facts, language),
        "halves": row_view.other_half(facts, language),
        "moves": row_view.moves(facts, settings.zone, language),
        "evidence": [
            {"id": one.id, "name": caption(one.name, language), "is_picture": one.is_picture}
            for one in evidence.pieces(facts.evidence)
        ],
        "counted": counted.stamp if counted is not None else "",
        "choices": row_view.choices(facts, counted, deposit_list, language),
        "screen": deposit_list if is_counted or not facts.row.waits else payment_list,
        "search": _search(settings, facts),
        "form": {name: form.get(name, "")[:200] for name in ("count", "slip", "note")},
        "said": form.get("say", ""),
        "undo": row_view.open_decisions(
            [one for one in open_rows.decisions(settings, about=key) if key in (one.decision.key, *one.decision.rows)],
            settings.zone,
            language,
        ),
    }


def _search(settings: Settings, facts: RowFacts) -> list[str]:
    """Return the words by which the ERP finds it: the payer, the number, and what the remark carries."""
    entry = facts.row.entry
    if entry is None:
        return []
    found = [entry.payment.payer, entry.payment.approval_no]
    if settings.posting.remark_key and (entry.batch is not None or entry.state is State.IN_DOUBT):
        found.append(f"#{entry.payment.key}")
    return [one for one in found if one]


async def piece(visit: Visit) -> Response:
    """Return one piece of a row's evidence."""

    def read() -> Response:
        facts = open_rows.row(loading.load(), key_of(visit))
        return evidence.answer(facts.evidence if facts is not None else None, str(visit.request.path_params["id"]))

    try:
        return await away(read)
    except (LedgerError, SettingsError):
        raise
    except DaybreakError as error:
        return visit.sorry(said_by(error), 404)


# --- the confirmation, and the decision


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was said of a row, with what it would do."""

    facts: RowFacts
    said: Said
    preview: Preview | None


async def confirm(visit: Visit) -> Response:
    """Show what follows from what was said, and ask; nothing is changed."""
    form = dict(visit.request.query_params)
    if "say" not in form:
        return go_to(f"/waiting/{key_of(visit)}")
    try:
        values = await away(_confirmation, key_of(visit), form, visit.language)
    except (LedgerError, SettingsError):
        raise
    except DaybreakError as error:
        return await shown_row(visit, why=said_by(error), status=WRONG, form=form)
    if isinstance(values, str):
        return await shown_row(visit, why=values, status=WRONG, form=form)
    return visit.show("waiting_confirm.html", **values)


async def decide(visit: Visit) -> Response:
    """Make the decision that was confirmed, once."""
    form = {name: value for name, value in visit.form.items() if name != "token"}

    async def act() -> str:
        return f"/waiting?done={await away(_decide, key_of(visit), form, visit.by.name, visit.language)}"

    return await led(visit, form, act, wrong=lambda why, status: shown_row(visit, why=why, status=status, form=form))


async def take_back(visit: Visit) -> Response:
    """Take a decision back, once."""
    stamp = visit.form.get("stamp", "")

    async def act() -> str:
        await away(_undo, key_of(visit), stamp, visit.by.name)
        return f"/waiting?done={key_of(visit)}"

    return await led(visit, stamp, act, wrong=lambda why, _: shown_row(visit, why=why, status=OVERTAKEN))


async def led(
    visit: Visit, form: object, act: Callable[[], Awaitable[str]], *, wrong: Callable[[str, int], Awaitable[Response]]
) -> Response:
    """Do what a form asks for, once, and lead its sender on; `wrong` shows the form again with what is wrong."""
    sent = form_id(visit.by.name, visit.request.url.path, form)
    path = await visit.site.once.path(sent, act, wrong=wrong)
    return go_to(path) if isinstance(path, str) else path


def _ask(settings: Settings, key: str, form: Mapping[str, str], language: Language) -> _Asked:
    facts = open_rows.row(settings, key)
    if facts is None:
        raise DaybreakError(open_rows.no_such_row(key))
    if not facts.row.waits:
        raise _overtaken(facts, settings)
    answer = said(settings, facts, form)
    preview = None
    if answer.decision is not None:
        preview = decisions.preview(settings, answer.decision, language=language)
    return _Asked(facts=facts, said=answer, preview=preview)


def _overtaken(facts: RowFacts, settings: Settings) -> Overtaken:
    """Say who has decided meanwhile, and when."""
    if not facts.moves:
        settled = facts.row.odd.settled if facts.row.odd is not None else ""
        return Overtaken(message("{key} does not wait any more: {settled}", key=facts.row.key, settled=settled))
    last, by = row_view.moves(facts, settings.zone, Language.EN)[-1], str(facts.moves[-1]["by"])
    if by in OURS_IN_MESSAGES:
        return Overtaken(
            message(
                "{key} does not wait any more: settled by {who} at {at}. Nothing was changed",
                key=facts.row.key,
                who=OURS_IN_MESSAGES[by],
                at=last["at"],
            )
        )
    return Overtaken(
        message(
            "{key} does not wait any more: {who} has decided that at {at}. Nothing was changed",
            key=facts.row.key,
            who=by,
            at=last["at"],
        )
    )


def _confirmation(key: str, form: Mapping[str, str], language: Language) -> dict[str, Any] | str:
    """Return what the confirmation shows, or the sentence by which it is asked again."""
    settings = loading.load()
    asked = _ask(settings, key, form, language)
    preview = asked.preview
    if preview is None:
        assert asked.said.conclusion is not None, "what has no decision says why"
        return asked.said.conclusion
    subject = _subject(asked, preview)
    says_count = asked.said.saying is Saying.COUNT
    return {
        **common(settings, language),
        "row": row_view.listed(asked.facts.row, now=settings.now(), language=language),
        "fact": reasons.say(asked.said.fact, language),
        "conclusion": reasons.say(asked.said.conclusion, language) if asked.said.conclusion else "",
        "effect": _effect(preview, subject, settings.now() + EFFECT_AFTER, settings, language),
        "button": _button(preview, subject, language),
        "becomes": [
            {
                **row_view.payment(after.payment, language),
                "key": after.payment.key,
                "before": row_view.entry_state(before, language),
                "after": row_view.entry_state(after, language),
            }
            for before, after in zip(preview.before, preview.after, strict=True)
        ],
        "stamp": preview.stamp,
        "form": {name: form[name] for name in ("say", "count", "counted", "slip", "note", "then") if form.get(name)},
        "may_say_never": says_count and preview.posts,
    }


def _decide(key: str, form: Mapping[str, str], by: str, language: Language) -> str:
    """Make a decision; return the key of the row."""
    settings = loading.load()
    asked = _ask(settings, key, form, language)
    if asked.said.decision is None:
        assert asked.said.conclusion is not None, "what has no decision says why"
        raise DaybreakError(asked.said.conclusion)
    stamp = form.get("stamp", "")
    done = decisions.apply(
        settings, asked.said.decision, by=by, stamp=stamp, language=language, effect_after=EFFECT_AFTER
    )
    return done.key


def _undo(key: str, stamp: str, by: str) -> None:
    settings = loading.load()
    found = undo.about(settings, key)
    if found is not None and found.at.isoformat() != stamp:
        raise Overtaken(
            message("{key} was decided anew since it was shown. Nothing was changed; look at it again", key=key)
        )
    undo.undo(settings, key, by=by)


def _subject(asked: _Asked, preview: Preview) -> Entry | None:
    """Return the payment that the decision's effect is about: the one that goes out, else the row itself."""
    out = [one for one in preview.after if one.state is State.SEEN and not one.excluded]
    return out[0] if out else next((one for one in preview.after if one.payment.key == asked.facts.row.key), None)


def _effect(preview: Preview, subject: Entry | None, at: datetime, settings: Settings, language: Language) -> str:
    if subject is None:
        return own.IS_SETTLED(language)
    told = {"payer": subject.payment.payer, "won": f"{subject.payment.won:,}"}
    if preview.posts:
        return own.POSTS(language, at=f"{at.astimezone(settings.zone):%H:%M}", **told)
    return (own.IS_NEVER if subject.excluded else own.IS_POSTED)(language, **told)


def _button(preview: Preview, subject: Entry | None, language: Language) -> str:
    if subject is None:
        return own.IS_SETTLED_BUTTON(language)
    told = {"payer": subject.payment.payer, "won": f"{subject.payment.won:,}"}
    if preview.posts:
        return own.POSTS_BUTTON(language, **told)
    return (own.IS_NEVER_BUTTON if subject.excluded else own.IS_POSTED_BUTTON)(language, **told)
