"""What the screen of going live shows: the eight steps as the facts have them, and what belongs to each."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.config import ini
from worker.console import errands, evidence, row_view, setup_compared, setup_words, waiting_words
from worker.console.errands import Errand
from worker.control import requests
from worker.erp import trial_records
from worker.erp.findings import DEPOSIT_COLUMN, SIGNS, WORDS, Finding, FindingVerdict
from worker.errors import DaybreakError
from worker.i18n import reasons, said_by
from worker.i18n.language import Language
from worker.ledger.state import State
from worker.operations import adopting, going_live, settings, writing_settings
from worker.operations.adopting import PostedBefore
from worker.operations.going_live import Facts, Planned, StepState
from worker.payments.payment import Payment

#: The fields, by their group; those of a secret hold nothing that is there.
NEEDED = ("ERP_URL", "ERP_COMPANY", "ERP_USER", "ERP_PASSWORD_FILE")
TOLD = (
    "SMTP_HOST", "MAIL_FROM", "MAIL_TO", "REPORT_LANGUAGE", "SMTP_PORT", "SMTP_TLS", "SMTP_USER", "SMTP_PASSWORD_FILE",
)  # fmt: skip
ALSO_TOLD = ("MAIL_TO_KEEPER", "CONSOLE_URL", "PING_URL")
MORE = (
    "ACCOUNT_CARD", "ACCOUNT_CODE", "HOURS_MON_FRI", "HOURS_SAT", "HOURS_SUN", "MAINTENANCE", "BATCH_ROWS",
    "DEPOSIT_LIST", "ERP_HOSTS", "PROXY_URL", "PROXY_LOGIN_FILE",
)  # fmt: skip
GROUPS: Mapping[str, tuple[str, ...]] = {"needed": NEEDED, "told": TOLD, "also_told": ALSO_TOLD, "more": MORE}
FIELDS = tuple(field for fields in GROUPS.values() for field in fields)
CHOICES: Mapping[str, tuple[str, ...]] = {
    "SMTP_TLS": ("starttls", "ssl", "off"),
    "DEPOSIT_LIST": ("off", "on"),
    "REPORT_LANGUAGE": ("ko", "en"),
}

#: Fields that are left empty to stay as they are: a reader shall not see what stands there.
KEPT = frozenset({*writing_settings.SECRETS, "PING_URL"})

#: Those of them that daybreak can do without; what stands there is taken out by a tick, in a field of this name.
CAN_GO = KEPT - {"ERP_PASSWORD_FILE"}
TAKE_OUT = "out-{name}"


def masked() -> Mapping[str, str]:
    """Return the settings of the form that are shown without who signs in: {name: what is shown}."""
    shown = {one.name: one.value for one in settings.listed().settings if one.section == "env:worker"}
    in_use = ini.in_use().values()
    return {name: shown[name] for name in FIELDS if name in shown and shown[name] != in_use.get(name, "")}


#: Rows of a table.
MOST = 50


def values(data: Path, zone: ZoneInfo, language: Language, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return everything that the screen shows. `typed`: fields of a form that was refused. Raises LedgerError."""
    found = going_live.facts(data)
    shown = going_live.steps(found)
    errand = errands.read(data)
    done = sum(one.state is StepState.DONE for one in shown)
    return {
        "text": {name: text(language) for name, text in setup_words.SETUP_WORDS.items()},
        "nonce": secrets.token_hex(8),
        "steps": [
            {
                "id": one.step.value,
                "number": number,
                "title": setup_words.TITLES[one.step](language),
                "state": one.state.value,
                "said": setup_words.STATES[one.state](language),
                "why": settings.without_login(reasons.say(one.why, language)) if one.why else "",
            }
            for number, one in enumerate(shown, start=1)
        ],
        "done": setup_words.SETUP_WORDS["step_of"](language, done=done),
        "is_done": done == len(shown),
        "is_running": requests.has_worker(data),
        "errand": errand_view(errand, language),
        "groups": _groups(language, typed),
        "stamp": writing_settings.version(),
        "old_script": _old_script(found, zone, language),
        "connection": _connection(found, zone, language),
        "probe": _probe(found, zone, language),
        "adoption": _adoption(found, zone, errand, language, typed),
        "test": _test(found, zone, language),
        "row": _row(found, language),
        "compared": setup_compared.shown(found, zone, language),
    }


def errand_view(errand: Errand | None, language: Language) -> dict[str, Any] | None:
    """Return the long step that is under way or ended last, in words."""
    if errand is None:
        return None
    text = errand.said if errand.is_over else errand.step
    return {
        "what": setup_words.ERRANDS[errand.what](language),
        "by": errand.by,
        "at": f"{errand.at:%H:%M}",
        "is_over": errand.is_over,
        "is_well": errand.is_well,
        "text": settings.without_login(reasons.say(text, language)) if text else "",
    }


def _groups(language: Language, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    listed = [one for one in settings.listed().settings if one.section == "env:worker"]
    known = {one.name: one.value for one in listed}
    in_use = ini.in_use().values()
    if not in_use.get("ERP_URL"):
        # The language in which a person sets it up, until another one was chosen.
        kept = {one.name for one in listed if one.origin in (settings.Origin.LOCAL, settings.Origin.ENVIRONMENT)}
        known |= {"REPORT_LANGUAGE": language.value} if "REPORT_LANGUAGE" not in kept else {}
    return [
        {
            "name": name,
            "fields": [
                {
                    "name": field,
                    "label": label,
                    "means": setup_words.FIELDS[field][1](language),
                    "value": "" if field in KEPT else typed.get(field, known.get(field, "")),
                    "choices": CHOICES.get(field, ()),
                    "is_secret": field in writing_settings.SECRETS,
                    "is_kept": field in KEPT and bool(in_use.get(field)),
                    "out": TAKE_OUT.format(name=field) if field in CAN_GO and in_use.get(field) else "",
                    "is_out": bool(typed.get(TAKE_OUT.format(name=field))),
                    "out_label": setup_words.SETUP_WORDS["take_out"](language, field=label),
                }
                for field, label in ((one, setup_words.FIELDS[one][0](language)) for one in fields)
            ],
        }
        for name, fields in GROUPS.items()
    ]


def _old_script(found: Facts, zone: ZoneInfo, language: Language) -> str:
    if found.old_script is None:
        return ""
    return setup_words.SETUP_WORDS["stop_said"](language, by=found.old_script.by, at=_at(found.old_script.at, zone))


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _connection(found: Facts, zone: ZoneInfo, language: Language) -> list[dict[str, Any]]:
    texts, lines = setup_words.SETUP_WORDS, []
    if found.login is not None:
        name = "signed_in" if found.login.is_well else "not_signed_in"
        lines.append({"ok": found.login.is_well, "text": texts[name](language, at=_at(found.login.at, zone))})
    if found.settings is not None and found.settings.channels.names:
        name = "message_not" if found.why_untold else "message_out"
        lines.append({"ok": not found.why_untold, "text": texts[name](language)})
    return lines


def _probe(found: Facts, zone: ZoneInfo, language: Language) -> dict[str, Any] | None:
    if found.probe is None:
        return None
    marks = trial_records.findings(found.probe.folder)
    pictures = {one.name: one.id for one in evidence.pieces(found.probe.folder) if one.is_picture}
    screens: dict[str, dict[str, Any]] = {}
    for one in marks:
        place = screens.setdefault(
            one.screen,
            {"name": one.screen, "picture": pictures.get(f"{one.picture}.png", ""), "marks": [], "missing": 0},
        )
        is_missing = one.verdict is FindingVerdict.MISSING
        place["missing"] += is_missing
        place["marks"].append(
            {
                "sign": SIGNS[one.verdict],
                "said": WORDS[one.verdict](language),
                "name": one.name,
                "value": one.value,
                "note": reasons.say(one.note, language) if one.note else "",
                "is_missing": is_missing,
                "can_correct": is_missing and bool(one.value),
                "label": setup_words.SETUP_WORDS["correct"](language, name=one.name),
            }
        )
    counts = {verdict: sum(one.verdict is verdict for one in marks) for verdict in FindingVerdict}
    return {
        "is_well": found.probe.is_well,
        "said": setup_words.SETUP_WORDS["probe_at"](
            language,
            at=_at(found.probe.at, zone),
            found=counts[FindingVerdict.FOUND],
            missing=counts[FindingVerdict.MISSING],
        ),
        "screens": list(screens.values()),
        "look_ups": setup_words.SETUP_WORDS["look_ups"](language) if _can_look_up(found, marks) else "",
    }


def _can_look_up(found: Facts, marks: Sequence[Finding]) -> bool:
    """True when every column of the list of deposits was found, and looking deposits up is still off."""
    if found.settings is None or found.settings.posting.deposit_list:
        return False
    columns = [one.verdict for one in marks if one.name.startswith(DEPOSIT_COLUMN)]
    return bool(columns) and all(verdict is FindingVerdict.FOUND for verdict in columns)


def picture_folder(data: Path) -> Path | None:
    """Return the folder of the last probe's pictures."""
    found = going_live.facts(data).probe
    return found.folder if found is not None else None


def answer_of(form: Mapping[str, str], record: Path | None) -> PostedBefore:
    """Return what a form says was posted before; `record`: the file of it."""
    say = form.get("say", "")
    return PostedBefore(
        nothing=say == "nothing",
        until=form.get("until", "") if say == "until" else None,
        listed=record if say == "list" else None,
        record=record if say == "record" else None,
    )


def _adoption(
    found: Facts, zone: ZoneInfo, errand: Errand | None, language: Language, typed: Mapping[str, str]
) -> dict[str, Any]:
    books = found.books
    shown: dict[str, Any] = {
        "said": "",
        "preview": None,
        "say": typed.get("say", ""),
        "until": typed.get("until", ""),
        "why": "",
    }
    if books.adopted_at is not None and books.is_adopted:
        shown["said"] = setup_words.SETUP_WORDS["adopted_said"](
            language, at=_at(books.adopted_at, zone), before=f"{books.before:,}"
        )
    if found.settings is None or books.is_adopted or errand is None:
        return shown
    if errand.what != "read" or not errand.is_over or not errand.is_well:
        return shown
    order = errand.order
    try:
        file = adopting.kept_file(found.settings, order["file"]) if order.get("file") else None
        preview = adopting.preview(found.settings, answer_of(order, file))
    except DaybreakError as error:
        return {**shown, "why": reasons.say(named(said_by(error), order), language)}
    proposal = preview.proposal
    doubtful = {one.key: reasons.say(why, language) for one, why in proposal.doubtful}
    groups = (
        ("matched", proposal.posted),
        ("ambiguous", tuple(one for one, _ in proposal.doubtful)),
        ("left", proposal.left),
    )
    shown["preview"] = {
        "say": setup_words.SETUP_WORDS[f"by_{order.get('say', 'nothing')}"](language),
        "file": order.get("name", ""),
        "until": order.get("until", ""),
        "groups": [_group(name, rows, doubtful, language) for name, rows in groups],
        "unmatched": [f"{one:%Y-%m-%d %H:%M:%S}" for one in proposal.unmatched[:MOST]],
        "more_unmatched": len(proposal.unmatched) - MOST,
        "stamp": preview.stamp,
        "form": {name: order.get(name, "") for name in ("say", "until", "file")},
    }
    return shown


def _group(name: str, rows: Sequence[Payment], why: Mapping[str, str], language: Language) -> dict[str, Any]:
    texts = setup_words.SETUP_WORDS
    return {
        "name": name,
        "total": texts["total"](language, count=f"{len(rows):,}", won=f"{sum(one.won for one in rows):,}"),
        "rows": [{**row_view.payment(one, language), "why": why.get(one.key, "")} for one in rows[:MOST]],
        "more": texts["and_more"](language, count=f"{len(rows) - MOST:,}") if len(rows) > MOST else "",
    }


def named(said: str, order: Mapping[str, str]) -> str:
    """Return a sentence about a file with the name that its sender knows, in the place of where we keep it."""
    from worker.i18n import Message

    if not isinstance(said, Message) or not order.get("name"):
        return said
    args = {
        name: order["name"] if name == "path" else named(one, order) if isinstance(one, Message) else one
        for name, one in said.args.items()
    }
    return Message(said.id, args)


def _test(found: Facts, zone: ZoneInfo, language: Language) -> dict[str, Any] | None:
    planned, chosen = found.books.planned, found.settings
    if chosen is None or chosen.demo:
        return None
    pattern = chosen.erp.save_request
    shown: dict[str, Any] = {"pattern": "", "rows": [], "request": "", "suggested": "", "at": "", "payload": ""}
    if pattern is not None:
        shown["pattern"] = setup_words.SETUP_WORDS["pattern_known"](language, pattern=pattern.pattern)
    if planned is None:
        return shown if shown["pattern"] else None
    shown["at"] = setup_words.SETUP_WORDS["would_go"](language, at=_at(planned.at, zone))
    shown["rows"] = [
        {
            "day": one.date,
            "account": f"{one.account} {one.account_code}".strip(),
            "payer": one.payer,
            "won": waiting_words.WON(language, won=f"{one.amount:,}"),
            "remark": one.remark,
        }
        for one in planned.deposits[:MOST]
    ]
    shown["payload"] = payload(chosen.data_dir, planned)
    if planned.request and not (pattern and pattern.search(planned.request.partition(" ")[2])):
        shown["request"] = planned.request
        shown["suggested"] = going_live.pattern_of(planned.request)
    return shown


def payload(data: Path, planned: Planned) -> str:
    """Return what was entered, as the evidence has it while it is kept."""
    found = sorted((data / "evidence").glob(f"*/cycle-*/batch-{planned.number}-payload.txt"))
    try:
        text = found[-1].read_text(encoding="utf-8", errors="replace")[:20_000] if found else ""
    except OSError:
        return ""
    return re.sub(r"[^\x20-\x7e\n\t\u00a0-\uffff]", "?", text)


def _row(found: Facts, language: Language) -> dict[str, Any]:
    books = found.books
    shown: dict[str, Any] = {"next": None, "first": None, "button": "", "waits": False}
    if books.first is not None:
        entry = books.first
        shown["first"] = {
            **row_view.payment(entry.payment, language),
            "key": entry.payment.key,
            "slip": entry.slip or "–",
            "state": row_view.entry_state(entry, language),
        }
        shown["waits"] = entry.state not in (State.POSTED, State.SENT)
    elif books.next is not None:
        payment = books.next.payment
        shown["next"] = {
            **row_view.payment(payment, language),
            "key": payment.key,
            "state": row_view.entry_state(books.next, language),
        }
        shown["button"] = setup_words.SETUP_WORDS["row_button"](language, payer=payment.payer, won=f"{payment.won:,}")
    return shown
