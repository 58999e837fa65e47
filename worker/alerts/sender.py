"""The sender, run as `python -m worker.alerts.sender`: the only process that tells people. One at a time, at most 90 s.

It takes the spool into the ledger, writes the messages that are due, and sends what is ripe. The worker and
plugin:heartbeat start it; it needs neither. `--direct CAUSE` sends the sentence on its input without any ledger.
"""

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from datetime import time as clock_time
from functools import cache
from pathlib import Path
from typing import Any

from worker.alerts import apprise_urls, certificates, notifications, smtp, spool_import, standing
from worker.alerts import channel_tests as proofs
from worker.alerts.catalogue import SILENT_AFTER, cause_of
from worker.alerts.message import Frame, Letter, of_guard, of_test
from worker.alerts.notifications import frame_of, no_standing
from worker.alerts.smtp import NotDelivered
from worker.config import channels, ini
from worker.config.channels import Audience, Channel, Channels
from worker.errors import LedgerError, SettingsError
from worker.i18n import joined, loaded, message, said_by
from worker.i18n.language import Language
from worker.ledger.database import utc
from worker.ledger.ledger import Ledger
from worker.ledger.outbox import Delivery
from worker.runtime import child_process, clock, installation, logs, private, spool
from worker.runtime.files import read_json, write_private
from worker.runtime.locks import alone
from worker.runtime.spool import NoteKind
from worker.runtime.witness import read_mark
from worker.schedule.work_days import days_off

log = logging.getLogger("worker.alerts.sender")

#: Time of a run after which no delivery is begun (seconds): with the longest delivery a run stays below 90.
LAST_START = 45.0

#: What was told of a spool that no ledger takes.
TOLD = "post_told.json"

#: Certificates are looked at and, on Mondays, the channels are tested at this time.
DAILY_AT = clock_time(6, 0)

#: The note in the ledger with the day on which the certificates were seen last.
LOOKED = "certificates_looked"

EXIT_FAILED = 1


def tested(channel: str) -> str:
    """Return the name of the note that holds when a test last went out on a channel."""
    return f"alert_tested {channel}"


class Sender:
    """One run on one data folder; `values` are the settings' text."""

    def __init__(
        self,
        data: Path,
        values: Mapping[str, str],
        *,
        folder: Path,
        now: Callable[[], datetime],
        standing: Callable[[Language], str] = no_standing,
    ) -> None:
        """`standing`: says how all stands; asked once, and only where a problem is told."""
        self._data = data
        self._standing = cache(standing)
        self._values = values
        self._found, problems = channels.read(values, folder)
        self._now = now
        self._is_off = days_off(values, data)
        self._end = time.monotonic() + LAST_START
        for problem in problems:
            log.error("%s", problem)

    @property
    def found(self) -> Channels:
        """The ways to people."""
        return self._found

    def run(self) -> bool:
        """Do all that is due; return False when something did not get out and no ledger knows when to try again."""
        is_new = not (self._data / "ledger.db").exists() and not read_mark(self._data).generation
        if is_new and not (self._found.names and self._alerts()):
            return True
        try:
            with Ledger(self._data) as ledger:
                self._run(ledger)
            return True
        except LedgerError as error:
            log.error("%s", error)
            return self._without_ledger()

    def _run(self, ledger: Ledger) -> None:
        spool_import.take(ledger, self._data)
        self._daily(ledger)
        self._compose(ledger)
        self.deliver(ledger)
        # What has just got out, or has not, may itself begin or end an alarm.
        if self._compose(ledger):
            self.deliver(ledger)
        self._write_due(ledger)

    def _compose(self, ledger: Ledger) -> int:
        return notifications.compose(
            ledger, self._found, data=self._data, at=self._now(), is_off=self._is_off, standing=self._standing
        )

    # --- sending ---------------------------------------------------------------------------------------------------

    def deliver(self, ledger: Ledger) -> bool:
        """Send what is ripe, oldest first; return False when something failed. A channel that fails waits whole.

        The keeper's mails come last: an address that takes its time costs the office's mails none of this run's.
        """
        failed: dict[str, tuple[datetime, str]] = {}
        is_well = True
        for one in sorted(ledger.undelivered(), key=lambda one: one.channel == Channel.KEEPER):
            if one.channel not in self._found.names or not notifications.is_ripe(one, at=self._now()):
                continue
            if one.channel in failed:
                until, why = failed[one.channel]
                ledger.put_off(one, until=until, error=why)
                continue
            if time.monotonic() > self._end:
                return False
            try:
                self._send(ledger, one)
            except (NotDelivered, SettingsError) as error:
                is_well = False
                until = ledger.note_failed(one, at=self._now(), error=said_by(error))
                log.warning("%s could not be delivered, try %s: %s", one.subject, one.tries + 1, error)
                if not getattr(error, "only_this", False):
                    failed[one.channel] = (until, said_by(error))
        return is_well

    def _send(self, ledger: Ledger, delivery: Delivery) -> None:
        mail = ledger.mail(delivery.mail)
        note = ""
        if delivery.channel != Channel.APPRISE:
            text = Letter(subject=mail.subject, text=mail.text, html=mail.html)
            to = self._found.addresses(delivery.channel, mail.channels)
            note = by_mail(self._found, text, message_id=mail.message_id, at=mail.at, answers=mail.answers, to=to)
        else:
            name = f"apprise {mail.id}"
            have, problem = apprise_urls.send(
                self._found.urls(),
                subject=mail.subject,
                text=mail.text,
                done=ledger.note(name).split(),
                proxy=self._found.proxy,
            )
            if problem:
                ledger.set_note(name, " ".join(have))
                raise NotDelivered(problem)
        ledger.note_sent(delivery, at=self._now(), note=note)
        if mail.key.startswith(("self-test ", "weekly ")):
            ledger.set_note(tested(delivery.channel), utc(self._now()))
            with suppress(OSError):
                proofs.note(self._data, self._found, Channel(delivery.channel), at=self._now())
        log.info("%s is delivered by %s%s", mail.subject, delivery.channel, f"; {note}" if note else "")

    # --- what is due without an alarm ------------------------------------------------------------------------------

    def _daily(self, ledger: Ledger) -> None:
        """Once a day look at the certificates; on Mondays test the channels that the weekly report does not."""
        now = self._now().astimezone(self._found.zone)
        if now.time() < DAILY_AT:
            return
        if ledger.note(LOOKED) != now.date().isoformat():
            ledger.set_note(LOOKED, now.date().isoformat())
            self._look_at_certificates(ledger)
        year, week, weekday = now.isocalendar()
        monday = datetime.combine(now.date() - timedelta(days=weekday - 1), DAILY_AT, self._found.zone)
        key = f"self-test {year}W{week:02}"
        reported = self._found.ways_to(Audience.OFFICE) if self._values.get("WEEKLY_AT") else ()
        untested = [one for one in self._found.names if one not in reported]
        if untested and self._ran_before(ledger, monday):
            text = self_test(self._found, at=now)
            notifications.add_mail(ledger, key=key, **text.fields(), at=now, found=self._found, to=untested)

    @staticmethod
    def _ran_before(ledger: Ledger, moment: datetime) -> bool:
        first = ledger.first_cycle_at()
        return first is not None and first < moment

    def _look_at_certificates(self, ledger: Ledger) -> None:
        now = self._now()
        seen = [
            certificates.why_alarming(one, at=now, proxy=self._found.proxy)
            for one in certificates.servers(self._values.get("ERP_URL", ""), self._found)
        ]
        if problems := [one for one in seen if one]:
            ledger.raise_alarm("certificate", joined(problems, "; "), at=now)
        elif None not in seen:
            ledger.end_alarm("certificate", at=now)

    def _write_due(self, ledger: Ledger) -> None:
        """Leave word when the next run is due."""
        now = self._now().astimezone(self._found.zone)
        tomorrow = datetime.combine(now.date() + timedelta(days=now.time() >= DAILY_AT), DAILY_AT, self._found.zone)
        times = (
            [tomorrow, notifications.next_due(ledger, self._found, at=now, is_off=self._is_off)]
            if self._found.names
            else []
        )
        child_process.leave_word(self._data, min((one for one in times if one is not None), default=None))

    # --- without a ledger ------------------------------------------------------------------------------------------

    def _alerts(self) -> list[tuple[Path, dict[str, Any]]]:
        return [(path, content) for path, content in spool.waiting(self._data) if content["kind"] == NoteKind.ALERT]

    def _without_ledger(self) -> bool:
        """Tell what the guards and the worker left in the spool, once an hour and cause; the notes stay there."""
        if not self._found.names:
            return True
        file = self._data / TOLD
        told: dict[str, str] = read_json(file, dict, {})
        now, is_well = self._now(), True
        newest = {str(content.get("cause") or spool_import.GUARD): (path, content) for path, content in self._alerts()}
        for cause, (path, content) in newest.items():
            name, _, at = told.get(cause, "").partition(" ")
            if name == path.name or (at and timedelta(0) <= now - datetime.fromisoformat(at) < SILENT_AFTER):
                continue
            frame = frame_of(self._found, self._data, self._standing, at=now)
            if direct(self._found, content["text"], frame, cause=cause, at=now):
                told[cause] = f"{path.name} {now.isoformat()}"
            else:
                is_well = False
        with suppress(OSError):
            write_private(file, json.dumps(told))
        return is_well


def by_mail(
    found: Channels, text: Letter, *, message_id: str, at: datetime, to: Sequence[str], answers: str = ""
) -> str:
    """Send one mail; return which recipients were refused and why, or an empty text.

    `to`: its addresses; without any nothing is sent, because each reader gets it another way. Raises NotDelivered,
    SettingsError.
    """
    if found.smtp is not None and not to:
        return ""
    if found.smtp is None:
        raise NotDelivered(message("no mail server is set: SMTP_HOST is empty or wrong"))
    server = replace(found.smtp, recipients=tuple(to))
    mail = smtp.mail_of(
        server,
        subject=text.subject,
        text=text.text,
        html=text.html,
        message_id=message_id,
        at=at.astimezone(found.zone),
        answers=answers,
    )
    return smtp.send(server, mail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of one message on one channel."""

    #: True: it went out, to some of the recipients at least. Sent again it would come to them twice.
    is_out: bool
    #: What went wrong, or who was refused, or an empty text.
    problem: str


def at_once(
    found: Channels, text: Letter, *, at: datetime, to: Sequence[Channel] | None = None
) -> dict[Channel, Tried]:
    """Send a message on these channels, without any on every one, now, and without any ledger.

    Returns what became of it on each.
    """
    results = {}
    ways = found.names if to is None else to
    message_id = f"<{time.time_ns()}.{os.getpid()}@{found.domain}>"
    for channel in ways:
        problem, is_out = "", True
        try:
            if channel is not Channel.APPRISE:
                problem = by_mail(found, text, message_id=message_id, at=at, to=found.addresses(channel, ways))
            else:
                problem = apprise_urls.send(found.urls(), subject=text.subject, text=text.text, proxy=found.proxy)[1]
                is_out = not problem
        except (NotDelivered, SettingsError) as error:
            problem, is_out = said_by(error), False
        results[channel] = Tried(is_out=is_out, problem=problem)
    return results


def direct(found: Channels, sentence: str, frame: Frame, *, cause: str, at: datetime) -> bool:
    """Tell people a sentence now, without any ledger; return True when it got out somewhere.

    Where no reader whom it concerns can be reached, every other reader is told.
    """
    text = of_guard(sentence, frame, cause=cause, at=at)
    ways = found.ways_to(cause_of(cause).concerns)
    others = [one for one in found.names if one not in ways]
    is_out = not found.names
    for to in (ways, others):
        results = {} if is_out else at_once(found, text, at=at, to=to)
        for channel, tried in results.items():
            if tried.problem and tried.is_out:
                log.warning("%s is delivered by %s; %s", text.subject, channel, tried.problem)
            elif tried.problem:
                log.warning("%s could not be delivered by %s: %s", text.subject, channel, tried.problem)
        is_out = is_out or any(tried.is_out for tried in results.values())
    return is_out


def self_test(found: Channels, *, at: datetime) -> Letter:
    """Return a message that proves a channel."""
    frame = Frame(language=found.language, zone=found.zone, logs=Path(), page=found.page)
    return of_test(frame, name=socket.gethostname(), at=at)


def main(arguments: list[str]) -> int:
    """Run once; return 0 when nothing is left that could be sent now, 1 when something failed."""
    private.umask()
    data, values, folder = ini.data_dir(), channels.values_in_use(), installation.ini_path().parent
    found = channels.read(values, folder)[0]
    kept = values.get("KEEP_LOG_DAYS", "").strip()
    logs.start(
        data / "logs",
        "worker",
        found.zone,
        kept_days=int(kept) if kept.isdigit() and int(kept) else logs.KEPT_DAYS,
        as_json=values.get("LOG_FORMAT", "").strip() == "json",
    )
    if arguments[:1] == ["--direct"]:
        sentence = loaded(sys.stdin.read())
        cause = arguments[1] if len(arguments) > 1 else spool_import.GUARD
        now = clock.wall(found.zone)
        is_well = direct(found, sentence, frame_of(found, data, standing.in_words, at=now), cause=cause, at=now)
        return 0 if is_well else EXIT_FAILED
    try:
        with alone(data / "post.lock") as is_ours:
            if not is_ours:
                return 0
            sender = Sender(data, values, folder=folder, now=lambda: clock.wall(found.zone), standing=standing.in_words)
            return 0 if sender.run() else EXIT_FAILED
    except (LedgerError, OSError) as error:
        log.error("%s", error)
        return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
