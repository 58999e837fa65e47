"""What an earlier daybreak must find in a ledger that is taken back to its form."""

from dataclasses import replace
from itertools import count

from worker.ledger.database import ALIAS, Database
from worker.ledger.entry import BEFORE_ADOPTION, entry_of
from worker.ledger.state import State
from worker.payments.payment import first_key_of
from worker.runtime import sqlite as sqlite3

#: The schema from which on payments are known by identity 2.
_IDENTITY_2 = 6


class Aliases(Database):
    """The part of the ledger that gives payments of a newer identity the keys of an older one."""

    def _before_taking_down(self, db: sqlite3.Connection, version: int) -> None:
        """Let a daybreak of identity 1 find every payment that it may list again: it would post what it can't find.

        A row of its own key says that the payment needs no deposit; what waits, a person settles under its own key.
        """
        super()._before_taking_down(db, version)
        if version >= _IDENTITY_2:
            return
        changed = db.execute("SELECT * FROM payment WHERE version >= 2 OR key IN (SELECT key FROM form)").fetchall()
        for row in sorted(changed, key=lambda one: one["ordinal"]):
            entry = entry_of(row)
            requester = entry.payment.requester if self._with_requester() else ""
            # It counts rows that agree in its own identity, the payer included: the first that no other one stands for.
            for ordinal in count():
                payment = replace(entry.payment, ordinal=ordinal)
                key = first_key_of(payment, requester=requester)
                is_own = key == entry.payment.key
                if is_own or not db.execute("SELECT 1 FROM payment WHERE key = ?", (key,)).fetchone():
                    break
            if is_own:
                continue
            is_settled = entry.state is State.POSTED or entry.excluded == BEFORE_ADOPTION
            db.execute(
                "INSERT INTO payment (key, version, time, payer, amount, kind, approval_no, ordinal, requester, "
                "acquirer, raw_time, state, excluded, why, approval_key, first_cycle, last_cycle, seen_at) "
                "VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'seen', ?, ?, ?, ?, ?, ?)",
                (
                    key, row["time"], row["payer"], row["amount"], row["kind"], row["approval_no"], payment.ordinal,
                    row["requester"], row["acquirer"], row["raw_time"],
                    BEFORE_ADOPTION if is_settled else f"{ALIAS}{entry.payment.key}",
                    f"{ALIAS}{entry.payment.key}", row["approval_key"], row["first_cycle"], row["last_cycle"],
                    row["seen_at"],
                ),
            )  # fmt: skip

    def _with_requester(self) -> bool:
        """True when the requester's id was part of identity 1 here: an earlier daybreak asked at the first adoption."""
        return self._meta("with_requester") == "1"
