"""What the worker can judge of itself: settings, disk, ledger. `daybreak status` asks the same from outside."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.alerts import channel_tests
from worker.alerts.acknowledged import rests
from worker.alerts.catalogue import cause_of
from worker.alerts.lateness import LATE_AFTER
from worker.config.channels import Channel
from worker.config.settings import Settings
from worker.erp.visit import refusals_of
from worker.errors import SignInRefused
from worker.i18n import loaded, message, said_by
from worker.ledger.ledger import Ledger
from worker.ledger.notes import AWAKE, SHADOW_SCORE, WITNESS
from worker.ledger.pending import WAITS
from worker.ledger.state import State
from worker.ledger.totals import added
from worker.posting import comparison, list_question, morning, score_words, screen_question
from worker.posting.books import owner_of
from worker.runtime import clock, posting_freeze, sqlite
from worker.runtime.disks import LOW_DISK, Disk
from worker.runtime.mounts import is_elsewhere
from worker.schedule import calendar
from worker.schedule.library_age import why_holidays_unknown
from worker.status import restored, timeline
from worker.status.findings import Findings
from worker.status.snapshot import MOST_ROWS

#: States of a payment that nothing was sent for.
UNSENT = (State.SEEN, State.PLANNED, State.ARMED)

#: Alarms of which a snapshot has a sentence of its own.
SAID = frozenset(
    {
        *WAITS.values(),
        *("cycles fail", "alarms", "adoption", "upgrade", "holidays", "password"),
        # About a process that does not run: whether it does is seen, and the alarm ends with the next good cycle.
        *("stopped", "guard stopped", "settings", "crash loop"),
    }
)


def look_at_settings(found: Findings, chosen: Settings) -> None:
    """Say what the settings keep from being posted or told."""
    found.parts["language"] = chosen.report_language.value
    found.parts["erp"] = {
        "address": chosen.erp.address,
        "company": chosen.erp.company,
        "demo": chosen.demo,
        "mode": chosen.posting.mode,
    }
    if not chosen.demo and not chosen.pings.ping_url:
        found.degrade(
            message(
                "nobody off this host is told when it dies: set PING_URL to a dead-man service, or to off if none is "
                "wanted"
            )
        )
    if why := channel_tests.why_not_production(chosen):
        found.degrade(why)
    if not chosen.demo and not chosen.channels.names:
        what = message("set SMTP_HOST, MAIL_FROM and MAIL_TO, then prove it with: daybreak alert-test")
        found.degrade(message("nobody is told of problems: {what}", what=what))
    try:
        refusals_of(chosen).demand_try()
    except SignInRefused as error:  # everything beats, and nothing is read
        found.degrade(said_by(error))
    if unfinished := posting_freeze.why(clock.wall(chosen.zone)):
        found.degrade(unfinished)
    if unnoticed := why_rollback_unnoticed(chosen):
        found.attention.append(unnoticed)
    problem = "" if chosen.demo else why_holidays_unknown(chosen.now().date())
    found.parts["holidays"] = {"problem": problem}
    if problem:
        found.attention.append(problem)


def why_rollback_unnoticed(chosen: Settings) -> str:
    """Say that a snapshot of the whole machine could be taken back without a sign, or return an empty text."""
    if not chosen.posting.posts or chosen.demo or chosen.posting.can_look_up:
        return ""
    if chosen.retention.backup_folder is not None and is_elsewhere(
        chosen.retention.backup_folder.absolute(), chosen.data_dir
    ):
        return ""
    return message(
        "a snapshot of this machine that is taken back could not be noticed, and payments would be posted twice: set "
        "DEPOSIT_LIST = on where the list can be read, or a BACKUP_DIR on another file system. Never take a snapshot "
        "back without daybreak adopt afterwards"
    )


def look_at_disks(found: Findings, data: Path, measured: Sequence[Disk]) -> None:
    """Say how full the disks are that hold the data, the data's own first; an open alarm has said so already."""
    free_mb = []
    is_told = any(one["cause"] == "disk" for one in found.parts.get("alarms", {}).get("open", ()))
    for number, one in enumerate(measured):
        free_mb.append(one.free // 1024**2)
        if one.free < LOW_DISK and not is_told:
            where = data if number == 0 else one.place
            found.degrade(
                message(
                    "only {free} MB are free where {folder} lies; below that the ledger is in danger",
                    free=str(free_mb[-1]),
                    folder=str(where),
                )
            )
    found.parts["disk_free_mb"] = min(free_mb, default=0)


def look_at_ledger(found: Findings, ledger: Ledger, chosen: Settings | None, zone: ZoneInfo, now: datetime) -> None:
    """Say what the ledger knows, and what keeps it from being posted. Raises LedgerError."""
    counts = ledger.counts()
    cycles = ledger.last_cycles(2)
    found.parts["waits"] = ledger.pending_counts(counts)
    found.parts["pending"] = tuple(ledger.pending(most=MOST_ROWS))
    found.parts["ledger"] = {
        "waiting": counts,
        "odd_rows": found.parts["waits"]["odd"],
        "sqlite": sqlite.described(),
    }
    if cycles:
        found.parts["last_cycle"] = _local(cycles[0], zone)
    _look_at_day(found, ledger, zone, now)
    _look_at_alarms(found, ledger, zone, chosen)
    found.attention += [loaded(text) for name in (AWAKE, WITNESS, morning.NOTE) if (text := ledger.note(name))]
    why = _why_no_posting(found, ledger, chosen)
    asked = screen_question.why_nothing_is_posted(ledger) or list_question.why_nothing_is_posted(ledger)
    is_first = not cycles or (len(cycles) == 1 and cycles[0]["id"] == 1 and not cycles[0]["ended"])
    if why and not (chosen and chosen.demo and is_first):  # the demo is adopted in its first cycle
        found.degrade(why)
    if asked:
        found.degrade(asked)
    # One that is under way says nothing yet.
    last = next((one for one in cycles if one["outcome"]), {})
    if last.get("outcome") == "failed" and not why and not asked:
        at = _local(last, zone)["ended"]
        found.degrade(message("the last cycle failed at {at}: {why}", at=at, why=last["why"]))
    unsent = sum(counts.get(state.value, 0) for state in UNSENT)
    if chosen is not None and chosen.posting.shadows and (text := ledger.note(SHADOW_SCORE)):
        found.parts["shadow"] = json.loads(text)
        found.attention.append(score_words.standing(comparison.score_from(found.parts["shadow"])))
    elif unsent and chosen is not None and chosen.posting.mode == "test":
        found.degrade(
            message("MODE is test: {count} payments wait, and nothing is posted until MODE = production", count=unsent)
        )


def _why_no_posting(found: Findings, ledger: Ledger, chosen: Settings | None) -> str:
    if chosen is None:
        return ""
    why = ledger.why_no_posting(owner_of(chosen))
    how_far = restored.progress(ledger, chosen.posting, zone=chosen.zone)
    if how_far:
        found.parts["ledger"]["restored"] = how_far
        if not ledger.why_other_books(owner_of(chosen)):
            return how_far
    return why


def _local(cycle: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Return a cycle with its times in the zone of the settings."""
    times = {name: datetime.fromisoformat(str(cycle[name])) for name in ("slot", "started", "ended") if cycle[name]}
    return {**cycle, **{name: at.astimezone(zone).isoformat("T", "seconds") for name, at in times.items()}}


def _look_at_day(found: Findings, ledger: Ledger, zone: ZoneInfo, now: datetime) -> None:
    """Take the day's money, cycles and slots from the ledger: all of one moment."""
    today = now.astimezone(zone).date()
    cards = ledger.money_by_card(today, zone)
    money = added(cards.values())
    start = datetime.combine(today, time(), zone)
    found.parts["stats"] = ledger.stats(today, zone)
    found.parts["money"] = {**asdict(money), "won": money.won}
    found.parts["cards"] = tuple(
        {"card": card, **asdict(one), "won": one.won}
        for card, one in sorted(cards.items(), key=lambda item: (-item[1].won_in, item[0]))
    )
    found.parts["slots"] = dict(Counter(one.state.value for one in ledger.slots(start, start + timedelta(days=1))))
    if (last := ledger.last_batch()) is not None:
        at = (last.settled_at or last.planned_at).astimezone(zone).isoformat("T", "seconds")
        found.parts["batch"] = {"at": at, "rows": last.rows, "won": last.won, "outcome": last.outcome}


def look_at_timeline(found: Findings, ledger: Ledger, chosen: Settings, now: datetime) -> None:
    """Draw the day's cycles, and see how long a payment waits by the hours of business. Raises LedgerError."""
    found.parts["marks"] = timeline.marks(now, chosen.schedule, ledger)
    silence = calendar.silence_at(now, chosen.schedule)
    times = {} if silence is None else {"since": silence.since, "until": silence.until}
    found.parts["maintenance"] = {name: at.isoformat("T", "minutes") for name, at in times.items()}
    oldest = ledger.oldest_unposted()
    if oldest is None:
        return
    waited = calendar.open_time(oldest.time, now, chosen.schedule)
    found.parts["oldest"] = {
        "key": oldest.key,
        "time": oldest.time.isoformat(),
        "payer": oldest.payer,
        "won": oldest.amount,
        "state": oldest.state.value,
        "open_min": int(waited.total_seconds() // 60),
        "is_late": chosen.posting.posts and waited >= LATE_AFTER,
    }


def _look_at_alarms(found: Findings, ledger: Ledger, zone: ZoneInfo, chosen: Settings | None) -> None:
    """Say which problems are open, and which messages have not got out."""

    def local(at: datetime) -> str:
        return at.astimezone(zone).isoformat("T", "seconds")

    names = chosen.channels.names if chosen else tuple(Channel)
    alarms, late = ledger.alarms(), [one for one in ledger.undelivered() if one.error and one.channel in names]
    found.parts["alarms"] = {
        "open": [
            {
                "id": one.id,
                "cause": one.cause,
                "since": local(one.since),
                "count": one.count,
                "what": one.what,
                "acknowledged_by": one.acknowledged.by if one.acknowledged and rests(one) else "",
                "acknowledged_at": local(one.acknowledged.at) if one.acknowledged and rests(one) else "",
            }
            for one in alarms
        ],
        "undelivered": [
            {
                "subject": one.subject,
                "channel": one.channel,
                "since": local(one.at),
                "tries": one.tries,
                "error": one.error,
            }
            for one in late
        ],
    }
    for one in alarms:
        if cause_of(one.cause).lasts and one.cause not in SAID:
            found.degrade(one.what)
    if late:
        found.degrade(
            message(
                "{count} messages could not be delivered since {since}: {error}",
                count=str(len(late)),
                since=f"{late[0].at.astimezone(zone):%Y-%m-%d %H:%M}",
                error=late[0].error,
            )
        )
