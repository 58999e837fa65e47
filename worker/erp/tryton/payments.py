"""Receivable Payments: what waits under "To Process", and what people took further by hand."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from worker.erp import ProgressReporter
from worker.erp.tryton import markers
from worker.erp.tryton.client import Client, Screen
from worker.errors import ErpChanged
from worker.i18n import message
from worker.payments.payment import KST, ListRow, PaymentKind

COLUMNS: Final = ("Reference", "Party", "Amount", "Date", "State")

#: What the client calls the state of a payment, in words of worker.payments.payment.
_STATES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("Submitted", "Approved", "Processing", "Succeeded"), PaymentKind.APPROVAL),
    "Draft": "요청중",
    "Failed": "승인실패",
}


class PaymentList:
    """Reads payments, whole lists only."""

    def __init__(self, client: Client, *, pulse: ProgressReporter) -> None:
        self._client = client
        self._pulse = pulse

    def read_open(self) -> Sequence[ListRow]:
        """Return all payments under "To Process"; the server's own counter says how many there are."""
        model, name = markers.PAYMENTS
        waiting = Screen(
            model=model,
            name=name,
            domain=[["kind", "=", "receivable"]],
            tab="To Process",
            tab_domain=[["state", "=", "submitted"]],
        )
        return self._read(waiting)

    def read_reflected(self, since: datetime) -> Sequence[ListRow]:
        """Return all payments since a day that a person has approved or processed by hand."""
        return self._read_since(since, ["state", "in", ["approved", "processing", "succeeded"]])

    def read_all(self, since: datetime | None) -> Sequence[ListRow]:
        """Return all payments since a day, in every state."""
        return self._read_since(since)

    def _read_since(self, since: datetime | None, *narrowed: list[object]) -> Sequence[ListRow]:
        model, name = markers.PAYMENTS
        domain: list[object] = [["kind", "=", "receivable"], *narrowed]
        if since is not None:
            day = since.astimezone(KST)
            date = {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}
            domain.append(["date", ">=", date])
        return self._read(Screen(model=model, name=name, domain=domain))

    def _read(self, screen: Screen) -> Sequence[ListRow]:
        self._pulse(message("reading {title}", title=screen.name), 2 * self._client.list_s)
        return [_row(row) for row in self._client.rows(screen, COLUMNS)]


def _row(row: Mapping[str, str]) -> ListRow:
    return ListRow(
        time=f"{as_date(row['Date'])} 오전 12:00:00",  # a payment has a day, no hour
        payer=row["Party"],
        amount=row["Amount"],
        status=_STATES.get(row["State"], row["State"]),
        approval_no=row["Reference"],
    )


def as_date(text: str) -> str:
    """Return `11/25/2026`, as the client shows a date, as `2026/11/25`."""
    found = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text)
    if not found:
        raise ErpChanged(
            message(
                "reading a date: {found} is not like 11/25/2026. Is the ERP user's language English?", found=repr(text)
            )
        )
    return f"{found[3]}/{found[1]}/{found[2]}"


def shown_date(text: str) -> str:
    """Return `2026/11/25` as the client takes and shows it, `11/25/2026`."""
    year, month, day = text.split("/")
    return f"{month}/{day}/{year}"
