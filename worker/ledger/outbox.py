"""The outbox in the ledger: every message to people, and on which channel it still has to go out."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.i18n import loaded
from worker.ledger.alarms import Alarm, storable
from worker.ledger.database import moment_of, utc
from worker.ledger.journal import Journal

#: Waits after failed deliveries, one after the other; the last one counts for all later failures.
TRY_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30))

#: No delivery is ever planned further ahead: one that is was planned by a clock that has been set back since.
FURTHEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message, the same for every channel and every try."""

    id: int
    message_id: str
    #: Makes a message exactly one: a second one with the same key is not written. Empty: none.
    key: str
    at: datetime
    subject: str
    text: str
    html: str
    #: The message that began the thread, or "".
    answers: str = ""
    #: All ways by which it goes out, or has.
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message on one channel that has not gone out."""

    mail: int
    channel: str
    at: datetime
    subject: str
    tries: int
    next_try: datetime
    #: Why the last try failed, or "".
    error: str


class Mailbox(Journal):
    """The part of the ledger that tells people."""

    def add_mail(
        self,
        *,
        key: str,
        subject: str,
        text: str,
        html: str = "",
        at: datetime,
        channels: Sequence[str],
        domain: str = "daybreak.invalid",
        alarm: Alarm | None = None,
    ) -> bool:
        """Write a message down, to go out on these channels; return False if one with this key was written before.

        With `alarm`, the same transaction notes that people are told of it.
        """
        with self._write(fenced=False) as db:
            done = db.execute(
                "INSERT OR IGNORE INTO mail (message_id, key, at, subject, text, html) VALUES (?, ?, ?, ?, ?, ?)",
                (f"<{uuid.uuid4().hex}@{domain}>", key or None, utc(at), subject, text, html),
            )
            is_new = done.rowcount == 1
            if is_new:
                db.executemany(
                    "INSERT INTO delivery (mail, channel, next_try) VALUES (?, ?, ?)",
                    [(done.lastrowid, str(channel), utc(at)) for channel in channels],
                )
            if alarm is not None:
                # Its end is told of once: `told_at` comes after `ended_at` then, and only then.
                ended = db.execute("SELECT ended_at FROM alarm WHERE id = ?", (alarm.id,)).fetchone()["ended_at"]
                told_at = at
                if ended and alarm.ended_at is None:
                    told_at = min(at, datetime.fromisoformat(ended))
                elif ended:
                    told_at = max(at, datetime.fromisoformat(ended) + timedelta(milliseconds=1))
                db.execute("UPDATE alarm SET told = told + 1, told_at = ? WHERE id = ?", (utc(told_at), alarm.id))
        return is_new

    def mail(self, number: int) -> Mail:
        """Return one message."""
        (row,) = self._rows("SELECT * FROM mail WHERE id = ?", (number,))
        key = row["key"] or ""
        ways = self._rows("SELECT channel FROM delivery WHERE mail = ? ORDER BY channel", (number,))
        first = self._row("SELECT message_id FROM mail WHERE key = ?", (f"{key.rpartition(' ')[0]} 1",))
        return Mail(
            id=row["id"],
            message_id=row["message_id"],
            key=key,
            at=datetime.fromisoformat(row["at"]),
            subject=row["subject"],
            text=row["text"],
            html=row["html"],
            answers=first["message_id"] if first and first["message_id"] != row["message_id"] else "",
            channels=tuple(one["channel"] for one in ways),
        )

    def undelivered(self) -> list[Delivery]:
        """Return every delivery that has not gone out, oldest first."""
        rows = self._rows(
            "SELECT d.*, m.at, m.subject FROM delivery d INDEXED BY delivery_open JOIN mail m ON m.id = d.mail "
            "WHERE d.sent_at IS NULL ORDER BY d.mail, d.channel"
        )
        return [
            Delivery(
                mail=row["mail"],
                channel=row["channel"],
                at=datetime.fromisoformat(row["at"]),
                subject=row["subject"],
                tries=row["tries"],
                next_try=datetime.fromisoformat(row["next_try"]),
                error=loaded(row["error"]),
            )
            for row in rows
        ]

    def note_sent(self, delivery: Delivery, *, at: datetime, note: str = "") -> None:
        """Write down that a delivery has gone out; `note` is what the server refused of it."""
        with self._write(fenced=False) as db:
            db.execute(
                "UPDATE delivery SET sent_at = ?, error = ? WHERE mail = ? AND channel = ?",
                (utc(at), note, delivery.mail, delivery.channel),
            )

    def note_failed(self, delivery: Delivery, *, at: datetime, error: str) -> datetime:
        """Write down that a delivery failed or is in doubt; return when it is tried again. It is never given up."""
        wait = TRY_AGAIN_AFTER[min(delivery.tries, len(TRY_AGAIN_AFTER) - 1)]
        self._wait(delivery, at + wait, error=error, tries=delivery.tries + 1)
        return at + wait

    def put_off(self, delivery: Delivery, *, until: datetime, error: str) -> None:
        """Let a delivery wait that was not tried, because another one on its channel has just failed."""
        self._wait(delivery, until, error=error, tries=delivery.tries)

    def _wait(self, delivery: Delivery, until: datetime, *, error: str, tries: int) -> None:
        with self._write(fenced=False) as db:
            db.execute(
                "UPDATE delivery SET next_try = ?, error = ?, tries = ? WHERE mail = ? AND channel = ?",
                (utc(until), storable(error), tries, delivery.mail, delivery.channel),
            )

    def readdress(self, deliveries: Iterable[Delivery], channels: Sequence[str], *, at: datetime) -> None:
        """Move deliveries of a channel that is configured no more to those that are."""
        with self._write(fenced=False) as db:
            for one in deliveries:
                db.executemany(
                    "INSERT OR IGNORE INTO delivery (mail, channel, next_try) VALUES (?, ?, ?)",
                    [(one.mail, str(channel), utc(at)) for channel in channels],
                )
                db.execute(
                    "DELETE FROM delivery WHERE mail = ? AND channel = ? AND sent_at IS NULL", (one.mail, one.channel)
                )

    def last_sent_at(self, channel: str) -> datetime | None:
        """Return when a message last went out on a channel, or None."""
        row = self._row("SELECT MAX(sent_at) AS at FROM delivery WHERE channel = ?", (channel,))
        return moment_of(row["at"]) if row else None

    def listed_payers(self, most: int = 3000) -> list[str]:
        """Return the payers of the newest payments: what must not leave this machine by accident."""
        rows = self._rows(
            "SELECT DISTINCT payer FROM (SELECT payer FROM payment ORDER BY last_cycle DESC LIMIT ?)", (most,)
        )
        return [row["payer"] for row in rows]
