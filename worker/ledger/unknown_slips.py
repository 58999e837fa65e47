"""Deposits in the ERP that have our form and that this ledger does not know."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from worker.i18n import message
from worker.ledger.adopted import Adopted
from worker.ledger.database import utc
from worker.ledger.notes import UNKNOWN_SLIPS
from worker.payments.payment import KST


class UnknownSlips(Adopted):
    """The part of the ledger that remembers such deposits until an adoption vouches for them."""

    def why_unknown_slips(self) -> str:
        """Say that deposits of our form stand in the ERP that this ledger does not know, or return an empty text.

        An adoption ends it: who adopts has compared the lists, and vouches for what stood there by then.
        """
        adopted = self.adopted_at()
        unknown = {
            number: datetime.fromisoformat(one["entered"])
            for number, one in self._unknown_slips().items()
            if not one["explained"] and (adopted is None or datetime.fromisoformat(one["noted"]) > adopted)
        }
        if not unknown:
            return ""
        first = min(unknown, key=lambda number: unknown[number])
        return message(
            "the ERP holds deposits in daybreak's own form that this ledger does not know: {count}, the first of them "
            "{slip}, entered {entered}. Another daybreak posts to this company, or this ledger is an old copy. Switch "
            "the other one off, compare the ERP's list of deposits with what waits, then run: daybreak adopt",
            count=len(unknown),
            slip=first,
            entered=f"{unknown[first]:%Y-%m-%d %H:%M:%S}",
        )

    def note_unknown_slips(
        self, slips: Mapping[str, datetime], *, explained_until: datetime | None, at: datetime
    ) -> list[str]:
        """Remember deposits of our form that this ledger does not know: {slip number: when it was entered}.

        Those entered up to `explained_until` are no reason for anything. Returns the numbers that are new and are one.
        """
        noted = self._unknown_slips()
        new = {number: entered_at for number, entered_at in slips.items() if number not in noted}
        if not new:
            return []
        for number, entered_at in new.items():
            noted[number] = {
                "entered": entered_at.astimezone(KST).isoformat(),
                "noted": utc(at),
                "explained": explained_until is not None and entered_at <= explained_until,
            }
        with self._write() as db:
            db.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", (UNKNOWN_SLIPS, json.dumps(noted, ensure_ascii=False))
            )
        return [number for number in new if not noted[number]["explained"]]

    def _unknown_slips(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads(self._meta(UNKNOWN_SLIPS) or "{}")
        return found
