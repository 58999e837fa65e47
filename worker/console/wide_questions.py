"""The questions that stop posting as a whole: shown with each row that they name, answered, and confirmed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import Response

from worker.config import loading
from worker.config.settings import Settings
from worker.console import row_view
from worker.console import waiting_words as own
from worker.console.once import WRONG
from worker.console.saying import note_of
from worker.console.visit import Visit, go_to
from worker.console.waiting import away, common, led
from worker.errors import DaybreakError, LedgerError, SettingsError
from worker.i18n import Message, message, reasons, said_by
from worker.i18n.language import Language
from worker.operations import open_rows, questions
from worker.operations.decisions import EFFECT_AFTER
from worker.operations.questions import Answer, Question
from worker.posting.list_question import ListQuestion

#: What each question can be answered with; `list` asks either about pairs or about the list as it is.
ANSWERS: Mapping[Question, tuple[str, ...]] = {
    Question.SETTINGS: ("settings_mended", "settings_rows"),
    Question.SCREENS: ("screens_seen",),
}

#: What a person says by it, as it goes into the record.
FACTS: Mapping[str, Message] = {
    "settings_mended": message("it is mended"),
    "settings_rows": message("the settings are right: the rows are asked about one by one"),
    "screens_seen": message("looked at in the ERP: the screens are right"),
    "list_right": message("looked at in the ERP: the list is right, and nothing is hidden"),
    "list_all": message("looked at in the ERP: all rows are the known payments"),
    "list_each": message("looked at in the ERP: each row as it was chosen"),
}

#: The choice that a row is no known payment.
OTHER = "other"


async def screen(visit: Visit) -> Response:
    """Show a question with what may be answered."""
    return await _shown(visit)


async def confirm(visit: Visit) -> Response:
    """Show what an answer means, and ask; nothing is changed."""
    form = dict(visit.request.query_params)
    if "say" not in form:
        return go_to(f"/questions/{_named(visit)}")
    try:
        values = await away(_confirmation, _named(visit), form, visit.language)
    except (LedgerError, SettingsError):
        raise
    except DaybreakError as error:
        return await _shown(visit, why=said_by(error), status=WRONG, form=form)
    return visit.show("question_confirm.html", **values)


async def answer(visit: Visit) -> Response:
    """Write an answer down, once."""
    form = {name: value for name, value in visit.form.items() if name != "token"}

    async def act() -> str:
        await away(_answer, _named(visit), form, visit.by.name)
        return "/waiting"

    return await led(visit, form, act, wrong=lambda why, status: _shown(visit, why=why, status=status, form=form))


async def take_back(visit: Visit) -> Response:
    """Take the answer about the list back, once."""
    stamp = visit.form.get("stamp", "")

    async def act() -> str:
        await away(_take_back, _named(visit), stamp, visit.by.name)
        return f"/questions/{_named(visit)}"

    return await led(visit, stamp, act, wrong=lambda why, status: _shown(visit, why=why, status=status))


def _take_back(name: Question, stamp: str, by: str) -> None:
    if name is not Question.LIST or not stamp:
        raise DaybreakError(message("this form is not whole: go back and answer anew"))
    questions.undo_list(loading.load(), by=by, stamp=stamp)


async def _shown(visit: Visit, *, why: str = "", status: int = 200, form: Mapping[str, str] | None = None) -> Response:
    values = await away(_values, _named(visit), visit.language, form or {})
    error = reasons.say(why, visit.language) if why else ""
    if values is None:
        if error:
            return visit.sorry(why, status)
        return go_to("/waiting")
    return visit.show("question.html", status, error=error, **values)


def _named(visit: Visit) -> Question:
    """Return the question that an address names. Raises DaybreakError for another word."""
    try:
        return Question(str(visit.request.path_params["name"]))
    except ValueError:
        raise DaybreakError(message("there is no such screen")) from None


def _values(name: Question, language: Language, form: Mapping[str, str]) -> dict[str, Any] | None:
    settings = loading.load()
    shown = questions.show(settings, name, language=language)
    if shown is None:
        return None
    asked = open_rows.list_question(settings) if name is Question.LIST else None
    pairs = _pairs(settings, asked, form, language)
    lines = [reasons.say(open_rows.asked(settings, name), language)]
    if name is Question.LIST and not pairs:
        lines += shown.lines[1:-1]  # the rows that it names; the last line says what to type
    return {
        **common(settings, language),
        "name": name.value,
        "title": own.QUESTIONS[name](language),
        "lines": lines,
        "is_answered": shown.is_answered,
        "effect": own.FOLLOWED(language, at=_clock(shown.effect_at, settings)) if shown.effect_at else "",
        "may_undo": shown.effect_at is not None and settings.now() < shown.effect_at,
        "stamp": shown.stamp,
        "pairs": pairs,
        "answers": [one for one in _answers(name, asked) if one != "list_each"],
        "note": form.get("note", "")[:200],
    }


def _answers(name: Question, asked: ListQuestion | None) -> tuple[str, ...]:
    if name is not Question.LIST:
        return ANSWERS[name]
    return ("list_each", "list_all") if asked is not None and asked.pairs else ("list_right",)


def _pairs(
    settings: Settings, asked: ListQuestion | None, form: Mapping[str, str], language: Language
) -> list[dict[str, Any]]:
    """Return each new row with the known payments that it may be."""
    if asked is None or not asked.pairs:
        return []
    known = {key: open_rows.row(settings, key) for keys in asked.pairs.values() for key in keys}
    found = []
    for row in sorted(asked.rows.values(), key=lambda one: (one.time, one.key)):
        may_be = []
        for key in asked.pairs.get(row.key, ()):
            facts = known.get(key)
            if facts is not None and facts.row.entry is not None:
                state = row_view.entry_state(facts.row.entry, language)
                may_be.append({**row_view.payment(facts.row.entry.payment, language), "key": key, "state": state})
        if may_be:
            chosen = form.get(f"row-{row.key}", "")
            found.append({**row_view.payment(row, language), "key": row.key, "may_be": may_be, "chosen": chosen})
    return found


def _confirmation(name: Question, form: Mapping[str, str], language: Language) -> dict[str, Any]:
    settings = loading.load()
    shown = questions.show(settings, name, language=language)
    if shown is None:
        raise DaybreakError(message("this question is not asked any more"))
    # The rows alone say which payment each is: an address that says more would show one answer and send another.
    said, same = _said(settings, name, {field: value for field, value in form.items() if field != "same"})
    return {
        **common(settings, language),
        "name": name.value,
        "title": own.QUESTIONS[name](language),
        "fact": reasons.say(FACTS[said], language),
        "effect": own.WAITING_WORDS[f"{said}_effect"](language),
        "goes_out": _goes_out(settings, said, same, language) if name is Question.LIST else "",
        "becomes": [one for one in _pairs(settings, _asked(settings, name), form, language) if said == "list_each"],
        "other": OTHER,
        "stamp": shown.stamp,
        "form": {"say": said, "same": same, "note": note_of(form.get("note", ""))},
    }


def _goes_out(settings: Settings, said: str, same: str, language: Language) -> str:
    """Say how many new deposits an answer about the list lets out at most, of how much, and from when on."""
    asked = open_rows.list_question(settings)
    known = {one.partition("=")[0] for one in same.split(",")}
    rows = [] if said == "list_all" or asked is None else [one for key, one in asked.rows.items() if key not in known]
    at = _clock(settings.now() + EFFECT_AFTER, settings)
    if not rows:
        return own.NOT_BEFORE(language, at=at)
    return own.GOES_OUT(language, at=at, count=f"{len(rows):,}", won=f"{sum(one.won for one in rows):,}")


def _clock(at: datetime, settings: Settings) -> str:
    return f"{at.astimezone(settings.zone):%H:%M}"


def _asked(settings: Settings, name: Question) -> ListQuestion | None:
    return open_rows.list_question(settings) if name is Question.LIST else None


def _said(settings: Settings, name: Question, form: Mapping[str, str]) -> tuple[str, str]:
    """Return which answer a form gives, and which rows are which known payments."""
    asked = _asked(settings, name)
    said = form.get("say", "")
    if said not in _answers(name, asked):
        raise DaybreakError(message("choose one of the answers"))
    if said != "list_each" or asked is None:
        return said, "all" if said == "list_all" else ""
    if "same" in form:
        return said, form["same"]
    chosen = {key: form.get(f"row-{key}", "") for key in asked.pairs}
    if [key for key, known in chosen.items() if known != OTHER and known not in asked.pairs[key]]:
        raise DaybreakError(message("choose for every row which payment it is"))
    same = ",".join(f"{key}={known}" for key, known in sorted(chosen.items()) if known != OTHER)
    return said, same or "none"


def _answer(name: Question, form: Mapping[str, str], by: str) -> None:
    settings = loading.load()
    said, same = _said(settings, name, form)
    if not form.get("stamp"):
        raise DaybreakError(message("this form is not whole: go back and answer anew"))
    note = note_of(form.get("note", ""))
    why = message("{fact} ({note})", fact=FACTS[said], note=note) if note else FACTS[said]
    questions.answer(
        settings,
        Answer(
            question=name,
            why=why,
            same=same,
            is_right=said == "list_right",
            rows_own=said == "settings_rows",
        ),
        by=by,
        stamp=form["stamp"],
        effect_after=EFFECT_AFTER,
    )
