"""The screen 처음 설정: from the demo to real money in eight steps, each by the operations of the command line.

What takes longer than a moment is done by a process of its own; what is shown is read off the facts each time.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.responses import Response

from worker.config import files, ini, loading, names
from worker.console import errands, evidence, setup_view, setup_words
from worker.console.upload import LONGEST_FILE
from worker.console.visit import Visit, go_to
from worker.console.waiting import away, led
from worker.errors import DaybreakError, SettingsError
from worker.i18n import message, reasons, said_by
from worker.operations import adopting, going_live, writing_settings
from worker.operations.going_live import Step
from worker.operations.settings import HIDDEN, without_login
from worker.operations.writing_settings import Change
from worker.runtime import clock, installation


async def screen(visit: Visit) -> Response:
    """Show the eight steps."""
    return await _shown(visit)


async def running(visit: Visit) -> Response:
    """Show how far the long step is; lead the whole screen on once it is over."""
    found = await away(errands.read, visit.site.data)
    if found is None or found.is_over or "hx-request" not in visit.request.headers:
        if "hx-request" in visit.request.headers:
            return Response(headers={"hx-redirect": "/setup"})
        return go_to("/setup")
    return visit.show("setup_running.html", errand=setup_view.errand_view(found, visit.language), text=_text(visit))


async def picture(visit: Visit) -> Response:
    """Show one picture of the last probe."""
    try:
        folder = await away(setup_view.picture_folder, visit.site.data)
        return await away(evidence.answer, folder, str(visit.request.path_params["id"]))
    except DaybreakError as error:
        return visit.sorry(said_by(error), 404)


async def stop(visit: Visit) -> Response:
    """Write down that the old script is off."""

    def act() -> None:
        now = clock.wall(visit.site.zone)
        going_live.say_old_script_is_off(visit.site.data, by=visit.by.name, now=now)

    return await _done(visit, act)


async def settings(visit: Visit) -> Response:
    """Store the settings and try them."""

    def act() -> None:
        _demand_rest(visit)
        change = _change(visit.form)
        _start(visit, "connect", first=lambda: writing_settings.apply(change, stamp=visit.form.get("stamp", "")))

    return await _done(visit, act)


async def connect(visit: Visit) -> Response:
    """Start the worker, send a test message, sign in and look at the screens."""
    return await _done(visit, lambda: _start(visit, "connect"))


async def probe(visit: Visit) -> Response:
    """Look at every screen."""
    learn = {"learn": "yes"} if visit.form.get("learn") else {}
    return await _done(visit, lambda: _due(visit, Step.PROBE, "probe", learn))


async def mark(visit: Visit) -> Response:
    """Correct one mark of the ERP's screens, and look again."""

    def act() -> None:
        _demand_rest(visit)
        name, value = visit.form.get("name", ""), visit.form.get("value", "").strip()
        change = Change(markers={name: value or None})
        _start(visit, "marks", first=lambda: writing_settings.apply(change, stamp=visit.form.get("stamp", "")))

    return await _done(visit, act)


async def adopt(visit: Visit) -> Response:
    """Take what somebody says was posted before, and read the list to hold it against."""
    order = {name: visit.form.get(name, "") for name in ("say", "until")}
    order["name"] = visit.file.name if visit.file is not None else ""

    def act() -> None:
        going_live.demand_unsaid(visit.site.data)
        _demand_rest(visit)
        chosen = loading.load()
        kept = _keep(visit, order)
        adopting.demand_sensible(chosen, setup_view.answer_of(order, kept))
        if kept is not None:
            order["file"] = kept.parent.name
        _start(visit, "read", order)

    return await _done(visit, act, order=order)


async def adopted(visit: Visit) -> Response:
    """Write down what was posted before, as it was shown."""
    form = visit.form

    def act() -> None:
        going_live.demand_unsaid(visit.site.data)
        chosen = loading.load()
        kept = adopting.kept_file(chosen, form["file"]) if form.get("file") else None
        before = setup_view.answer_of(form, kept)
        adopting.apply(chosen, before, by=visit.by.name, stamp=form.get("stamp", ""))

    return await _done(visit, act)


async def test(visit: Visit) -> Response:
    """Run once without saving."""
    return await _done(visit, lambda: _due(visit, Step.TEST, "test"))


async def pattern(visit: Visit) -> Response:
    """Remember which request saves."""
    return await _done(visit, lambda: going_live.confirm_save(visit.site.data, visit.form.get("request", "")))


async def row(visit: Visit) -> Response:
    """Post the one row that was shown."""
    return await _done(visit, lambda: _due(visit, Step.ROW, "row", {"key": visit.form.get("key", "")}))


async def production(visit: Visit) -> Response:
    """Start the worker for good."""
    return await _done(visit, lambda: _due(visit, Step.PRODUCTION, "production"))


# --- how a form is taken


async def _done(visit: Visit, act: Any, *, order: Mapping[str, str] | None = None) -> Response:
    """Do what a form asks for, once; whatever stands in the way is said on the same screen, with what was typed."""
    typed = {name: value for name, value in visit.form.items() if name != "token"}

    def acted() -> None:
        try:
            act()
        except SettingsError as error:  # it is about what was typed here
            raise DaybreakError(_first(error)) from error

    async def go() -> str:
        await away(acted)
        return "/setup"

    async def wrong(why: str, status: int) -> Response:
        return await _shown(visit, why=setup_view.named(why, order or {}), status=status, typed=typed)

    file = (visit.file.name, visit.file.size) if visit.file is not None else None
    return await led(visit, [typed, file], go, wrong=wrong)


def _first(error: SettingsError) -> str:
    """Return what is wrong with settings; of one problem that alone, without a heading."""
    return error.problems[0] if len(error.problems) == 1 else said_by(error)


def _demand_rest(visit: Visit) -> None:
    """Raise DaybreakError while a long step is under way: it works with the settings as they are."""
    step = errands.read(visit.site.data)
    if step is not None and not step.is_over:
        raise DaybreakError(message("another step is under way. Nothing was changed; wait for its end"))


def _due(visit: Visit, step: Step, what: str, order: Mapping[str, str] | None = None) -> None:
    going_live.demand(visit.site.data, step)
    _start(visit, what, order)


def _start(
    visit: Visit, what: str, order: Mapping[str, str] | None = None, *, first: Callable[[], object] = lambda: None
) -> None:
    now = clock.wall(visit.site.zone)
    errands.start(visit.site.data, what, by=visit.by.name, now=now, order=order, first=first)


def _change(form: Mapping[str, str]) -> Change:
    """Return what a form of settings changes: fields that say something else than what is in force."""
    in_use = ini.in_use().values()
    shipped = files.each(installation.ini_path())[0].get(names.WORKER, {})
    masked = setup_view.masked()
    values: dict[str, str | None] = {}
    secrets = {}
    for name in setup_view.FIELDS:
        if name not in form:
            continue
        goes = name in setup_view.CAN_GO and bool(form.get(setup_view.TAKE_OUT.format(name=name)))
        if goes and form[name].strip():
            raise DaybreakError(
                message("{name}: write a new value or tick that it goes, not both. Nothing was changed", name=name)
            )
        if name in writing_settings.SECRETS and form[name]:
            secrets[name] = SecretStr(form[name])
            continue
        value = form[name].strip()
        # What was shown masked and came back as it was shown stays as it is.
        if value in (in_use.get(name, ""), masked.get(name)) or (not value and name in setup_view.KEPT and not goes):
            continue
        if name in masked and f"//{HIDDEN}@" in value:
            raise DaybreakError(
                message("{name}: write user and password of the address in full. Nothing was changed", name=name)
            )
        values[name] = None if value == shipped.get(name, "") else value
    login = "PROXY_LOGIN_FILE"
    if "PROXY_URL" in values and not values["PROXY_URL"] and in_use.get(login) and login not in secrets:
        values[login] = None if not shipped.get(login) else ""  # without a proxy nothing asks for it
    return Change(values=values, secrets=secrets)


def _keep(visit: Visit, order: Mapping[str, str]) -> Path | None:
    """Keep the file that came along. Raises DaybreakError where one is missing or too long."""
    if order["say"] not in ("record", "list"):
        return None
    file = visit.file
    if file is None or not file.content:
        raise DaybreakError(message("choose the file: none came along, or it is empty. Nothing was changed"))
    if file.is_too_long:
        raise DaybreakError(
            message(
                "{name} has {size} MB, and a record has {most} at most: is it the right file? Nothing was changed",
                name=file.name,
                size=f"{file.size / 1e6:,.1f}",
                most=str(LONGEST_FILE // 1_000_000),
            )
        )
    return adopting.keep_file(loading.load(), file.name, file.content)


# --- how it is shown


def _text(visit: Visit) -> dict[str, str]:
    return {name: text(visit.language) for name, text in setup_words.SETUP_WORDS.items()}


async def _shown(visit: Visit, *, why: str = "", status: int = 200, typed: Mapping[str, str] | None = None) -> Response:
    values = await away(setup_view.values, visit.site.data, visit.site.zone, visit.language, typed or {})
    error = without_login(reasons.say(why, visit.language)) if why else ""
    return visit.show("setup.html", status, error=error, **values)
