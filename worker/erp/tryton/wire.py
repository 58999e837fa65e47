"""How Tryton's requests are told apart: each is a POST to one address, with the name of its method in the body."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from worker.browser.save_gate import READING
from worker.i18n import message
from worker.payments.payment import Deposit

STATEMENT: Final = "model.account.statement"
CREATE, VALIDATE, POST, DELETE = (f"{STATEMENT}.{name}" for name in ("create", "validate_statement", "post", "delete"))

#: What writes to the books by way of this client: none of it leaves unasked.
SAVES: Final = (
    r"#model\.account\.(statement|move|payment|invoice)(\.\w+)*\."
    r"(create|write|delete|copy|validate_statement|post|cancel|draft|reconcile|submit|approve|succeed|fail|process\w*)$"
)

#: Calls that change nothing in the books: what a list or a form asks for, and the client's own housekeeping.
_READS: Final = re.compile(
    r"common\.[\w.]+"
    r"|model\.(ir|res)\.[\w.]+"
    r"|model\.[\w.]+\.(read|search|search_read|search_count|fields_get|fields_view_get|view_toolbar_get|default_get"
    r"|autocomplete|resources|pre_validate|on_change\w*|get_\w+|list_\w+)"
)


def call(body: str) -> tuple[str, list[Any]]:
    """Return a body's method and arguments; both empty for what is no call."""
    try:
        found = json.loads(body)
        return str(found["method"]), list(found["params"])
    except (ValueError, KeyError, TypeError):
        return "", []


class Rpc:
    """Tells Tryton's calls apart by their methods."""

    by_address = False

    def address(self, url: str, body: str) -> str:
        """Return the address with the method behind it, as the client itself writes it."""
        method, _ = call(body)
        return f"{url}#{method}" if method else url

    def only_reads(self, method: str, body: str) -> bool:
        """True for GET, and for calls that only read."""
        return method in READING or _READS.fullmatch(call(body)[0]) is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """The call that stores a new statement with a whole batch."""

    name: str
    plan: Sequence[Deposit]

    def is_in(self, body: str) -> bool:
        """True for the call that creates a statement."""
        return call(body)[0] == CREATE

    def why_not(self, body: str) -> str:
        """Compare name, sum, and of every line number, date and amount, in order."""
        try:
            (statement,) = call(body)[1][0]
            found = [_line(line) for kind, lines in statement["lines"] if kind == "create" for line in lines]
            total = _number(statement["total_amount"])
            kinds = [kind for kind, _ in statement["lines"]]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            return message("the payload is no new statement: {error}", error=repr(error))
        if statement.get("name") != self.name:
            return message(
                "the payload's statement is {found}, planned was {planned}",
                found=repr(statement.get("name")),
                planned=repr(self.name),
            )
        if kinds != ["create"] or len(found) != len(self.plan):
            return message(
                "the payload holds {lines} lines, planned were {planned}", lines=len(found), planned=len(self.plan)
            )
        for number, (line, one) in enumerate(zip(found, self.plan, strict=True), 1):
            if line != (one.key, one.date, one.amount):
                return message(
                    "line {number} of the payload is {found}, planned was {planned}",
                    number=number,
                    found=str(line),
                    planned=str((one.key, one.date, one.amount)),
                )
        if total != (planned := sum(one.amount for one in self.plan)):
            return message(
                "the payload's control total is {total}, planned were {planned}",
                total=str(total),
                planned=str(planned),
            )
        return ""


@dataclass(frozen=True, slots=True)
class Step:
    """A call on one statement that is there already: validate, post or delete it."""

    method: str
    statement: int

    def is_in(self, body: str) -> bool:
        """True for a call of this method."""
        return call(body)[0] == self.method

    def why_not(self, body: str) -> str:
        """Compare which statement it is."""
        arguments = call(body)[1]
        if not arguments or arguments[0] != [self.statement]:
            return message(
                "the payload is for {found}, planned was {planned}",
                found=str(arguments[:1]),
                planned=f"[{self.statement}]",
            )
        return ""


def _line(line: Any) -> tuple[str, str, int]:
    date = line["date"]
    return (
        str(line["number"]),
        f"{date['year']:04}/{date['month']:02}/{date['day']:02}",
        _number(line["amount"]),
    )


def _number(value: Any) -> int:
    text = str(value["decimal"] if isinstance(value, dict) else value)
    whole = int(float(text))
    if float(text) != whole:
        raise ValueError(message("{text} is not a whole number of won", text=text))
    return whole
