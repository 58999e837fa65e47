"""A batch that the ERP refused whole: do the settings stand in its way, or one of its rows? Pure, but for the note.

The rows are not refused one by one: each would have to be resolved alone, and a wrong setting refuses all of them. The
first row of each account is sent alone. Refused for the same reason, it is the settings: nothing more is sent until a
person says that they are mended. Accepted, the rest is halved until the bad row is found.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from worker.erp import Answer
from worker.errors import IllegalMove
from worker.i18n import Message, message
from worker.ledger.journal import Journal
from worker.payments.payment import Deposit

#: The note in the ledger that stops posting until a person or a changed setting ends it.
NOTE = "refused_for_settings"

#: The note with the reason that a person has said to be the rows' own, until a deposit is stored again.
ROWS_NOTE = "refused_for_rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows of one batch that go to one account, all refused."""

    deposits: tuple[Deposit, ...]
    #: The ERP's reason for each; empty texts where it gave none.
    reasons: tuple[str, ...]

    def blames_settings(self, alone: str, *, rows_own: str = "") -> bool:
        """True when its first row, refused alone for this reason, shows that no row of the group can be stored.

        That is where all had one reason, and it is still that one. `rows_own`: a reason of which a person has said that
        it is about the rows.
        """
        shared = {_masked(reason) for reason in self.reasons}
        if len(self.deposits) < 2 or len(shared) > 1 or (rows_own and rows_own in (_masked(alone), *shared)):
            return False
        return shared == {""} or _masked(alone) in ("", *shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The settings that stand in every row of a batch."""

    account_card: str
    account_code: str
    remark_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing is sent at present, as it is noted."""

    #: In the ERP's words.
    reason: str
    #: The one of the row that was sent alone.
    batch: int
    at: datetime
    accounts: Accounts

    def said(self, waiting: int) -> Message:
        """Return it as a sentence that says what to do."""
        return message(
            "posting: the ERP refused a batch whole, and its first row alone (batch {batch}), for one reason: "
            "{reason}. {waiting} payments wait and none is sent. Correct the settings (ACCOUNT_CARD {card}, "
            'ACCOUNT_CODE {code}) or what the ERP lacks, then say so on the page, under "To look at". On the command '
            "line: daybreak resolve settings --mended",
            batch=str(self.batch),
            reason=self.reason or message("none given"),
            waiting=waiting,
            card=repr(self.accounts.account_card),
            code=repr(self.accounts.account_code),
        )


def is_whole(deposits: Sequence[Deposit], answer: Answer) -> bool:
    """True when the ERP counts every row of a batch as refused and none as stored."""
    return bool(deposits) and answer.success == 0 and answer.failure == len(deposits)


def is_suspect(deposits: Sequence[Deposit], answer: Answer) -> bool:
    """True when an answer, as far as it can be believed without the ERP's list, refuses a batch or an account whole."""
    if is_whole(deposits, answer):
        return True
    named = len(answer.reasons) == answer.failure == len(deposits) - answer.success
    refused = {one.key for number, one in enumerate(deposits) if number in answer.reasons} if named else set[str]()
    return next(groups(deposits, answer, refused), None) is not None


def groups(deposits: Sequence[Deposit], answer: Answer, refused: Collection[str]) -> Iterator[Group]:
    """Yield the groups of rows that are to be sent again in smaller batches; `refused`: keys that are not stored.

    Where the ERP refused a batch of several rows whole, each account is a group. Otherwise an account is a group only
    if all of its rows were refused for the same reason and came from more than one payer.
    """
    whole = is_whole(deposits, answer) and len(deposits) > 1 and all(one.key in refused for one in deposits)
    by_account: dict[tuple[str, str], list[tuple[Deposit, str]]] = {}
    for number, one in enumerate(deposits):
        by_account.setdefault((one.account, one.account_code), []).append((one, answer.reasons.get(number, "")))
    for rows in by_account.values():
        group = Group(deposits=tuple(one for one, _ in rows), reasons=tuple(reason for _, reason in rows))
        if whole or (all(one.key in refused for one in group.deposits) and _is_one_reason(group)):
            yield group


def _is_one_reason(group: Group) -> bool:
    reasons = {_masked(reason) for reason in group.reasons}
    return len(reasons) == 1 and reasons != {""} and len({one.payer for one in group.deposits}) > 1


def _masked(reason: str) -> str:
    """Return a reason without its numbers: rows, dates and amounts differ where the cause is one."""
    return re.sub(r"\d+", "#", " ".join(reason.split()))


# --- the note


def read(ledger: Journal) -> Refusal | None:
    """Return why nothing is sent at present, or None."""
    if not (text := ledger.note(NOTE)):
        return None
    noted: Mapping[str, str | int | dict[str, str | bool]] = json.loads(text)
    accounts = noted["accounts"]
    assert isinstance(accounts, dict), "as it was written"
    return Refusal(
        reason=str(noted["reason"]),
        batch=int(str(noted["batch"])),
        at=datetime.fromisoformat(str(noted["at"])),
        accounts=Accounts(
            account_card=str(accounts["account_card"]),
            account_code=str(accounts["account_code"]),
            remark_key=bool(accounts["remark_key"]),
        ),
    )


def write(ledger: Journal, refusal: Refusal) -> None:
    """Note that nothing is sent until a person says that it is mended."""
    ledger.set_note(NOTE, json.dumps({**asdict(refusal), "at": refusal.at.isoformat()}, ensure_ascii=False))


def why_nothing_is_sent(ledger: Journal) -> str:
    """Say so where the ERP refuses all rows for one reason, or return an empty text."""
    refusal = read(ledger)
    return message("the ERP refuses every deposit: {reason}", reason=refusal.reason) if refusal else ""


def end(ledger: Journal) -> None:
    """Let posting go on: the settings have changed."""
    ledger.set_note(NOTE, "")


def settle(ledger: Journal, *, rows_own: bool, by: str, why: str, at: datetime, as_of: str = "") -> Message:
    """Let posting go on, as a person says, and write that down; return what follows. Raises IllegalMove.

    `rows_own`: the settings are right; rows that are refused for that reason are refused one by one. `as_of`: the
    ledger's `note_version` when the person was asked. Raises Overtaken where it is another one now.
    """
    refusal = read(ledger)
    if refusal is None:
        raise IllegalMove(message("settling the settings: nothing waits for them. Nothing was changed"))
    if rows_own:
        said = message("the settings are right, says {by}, the rows are not: {why}", by=by, why=why)
        then = message("The next cycle sends what waits; each row that the ERP refuses is then resolved by itself.")
    else:
        said = message("the settings are mended, says {by}: {why}", by=by, why=why)
        then = message("The next cycle sends what waits, or at once: daybreak once")
    notes = {NOTE: "", **({ROWS_NOTE: _masked(refusal.reason)} if rows_own else {})}
    facts = {"reason": refusal.reason, "batch": refusal.batch}
    ledger.answer_note(NOTE, notes, kind="settings", what=said, facts=facts, at=at, as_of=as_of)
    return then


def rows_own(ledger: Journal) -> str:
    """Return the reason of which a person has said that it is about the rows, or an empty text."""
    return ledger.note(ROWS_NOTE)


def note_stored(ledger: Journal) -> None:
    """Forget what was said of the rows: a deposit was stored since."""
    ledger.set_note(ROWS_NOTE, "")
