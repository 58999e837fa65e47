"""Statements: a batch is one statement. Entered, read back, then saved, validated and posted: three writes, three asks.

Only the first one may never be done twice, and what it makes is a draft, which is no deposit. A statement that is there
is validated and posted once, whoever asks how often; so what broke off is finished or removed without any risk.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from worker.browser.launch import failure_means, poll
from worker.browser.save_gate import Ask, Outcome, SaveGate, Write, and_then
from worker.erp import Answer, NotSent, ProgressReporter
from worker.erp.tryton import markers, wire
from worker.erp.tryton.client import Client, Screen, refused
from worker.erp.tryton.line_groups import LineGroups
from worker.erp.tryton.payments import shown_date
from worker.errors import DepositInDoubt, ErpChanged, ErpError, ErpUnavailable, PasteLost, SaveBlocked, SessionExpired
from worker.i18n import during, message, said_by
from worker.payments.payment import Deposit

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

log = logging.getLogger(__name__)

#: How often a statement is entered before the batch is given up.
TRIES = 3

_LINES = """(table) => {
  const text = e => (e?.textContent ?? '').trim();
  const heads = [...table.querySelectorAll('thead th[id]')].map(th => [th.id, text(th.querySelector('label'))]);
  const entry = '.widget-editable.edited input:not([type=number]):not([type=date])';
  return [...table.querySelectorAll('tbody tr:not(.more-row)')].map(tr => {
    const row = {};
    for (const [id, label] of heads) {
      const cell = tr.querySelector(`td[headers="${id}"] .cell`);
      const input = cell?.querySelector(entry);
      row[label] = input ? input.value.trim() : text(cell?.querySelector('.widget'));
    }
    return row;
  });
}"""


class Statements:
    """Enters statements, and mends those of ours that broke off."""

    def __init__(
        self,
        client: Client,
        *,
        gate: SaveGate,
        pulse: ProgressReporter,
        snapshot: Callable[[str], None],
        groups: LineGroups,
        result_s: float,
    ) -> None:
        self._client = client
        self._page = client.page
        self._gate = gate
        self._pulse = pulse
        self._snapshot = snapshot
        self._groups = groups
        self._result_s = result_s
        #: One write: its button, the question whether one is sure, the answer, and what the form shows then.
        self._write_s = result_s + 3 * client.step_s
        self._count = 0

    # --- entering ----------------------------------------------------------------------------------------------------

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        """Enter one batch as a statement and post it. See worker.erp.Erp.upload for what the errors mean."""
        name = f"{markers.OURS}{deposits[0].key}"
        doing = message("saving {count} deposits", count=len(deposits))
        self._fill(name, deposits)
        self._count += 1
        self._pulse(doing, self._write_s)
        arm()
        saved = self._write(wire.Entry(name, deposits), release, markers.SAVE, doing)
        if saved.outcome is Outcome.TEST_MODE:
            self._snapshot(f"upload-{self._count}")
            return NotSent(why=saved.why)
        # From here on the ERP holds a part of the batch: whatever happens now is doubt, and `mend` is for it.
        try:
            with failure_means(ErpUnavailable, doing):
                statement = self._shown_id('"draft"', doing)
                self._validate(statement, release)
                self._post(statement, release)
        except DepositInDoubt:
            raise
        except Exception as error:
            raise DepositInDoubt(during(doing, said_by(error))) from error
        finally:
            self._snapshot(f"upload-{self._count}")
        return Answer(success=len(deposits), failure=0, text=f"statement {statement} {name} is posted")

    def _fill(self, name: str, deposits: Sequence[Deposit]) -> None:
        """Enter until the form shows exactly the batch."""
        problem = ""
        for attempt in range(1, TRIES + 1):
            try:
                problem = self._enter(name, deposits)
            except SessionExpired:
                raise
            except ErpUnavailable as error:
                problem = said_by(error)
            if not problem:
                return
            log.warning("entering %s lines, try %s: %s", len(deposits), attempt, problem)
            self._snapshot(f"entering-{attempt}")
        raise PasteLost(
            message(
                "entering {count} lines: {problem}; tried {tries} times. Nothing was saved",
                count=len(deposits), problem=problem, tries=TRIES,
            )
        )  # fmt: skip

    def _enter(self, name: str, deposits: Sequence[Deposit]) -> str:
        """Enter a whole statement into a fresh form; return what is wrong with it then, or an empty text."""
        client, step = self._client, self._client.step_s * 1000
        doing = message("entering {count} lines", count=len(deposits))
        self._pulse(message("pasting {count} lines: the form", count=len(deposits)), client.list_s + 4 * client.step_s)
        # What a list is narrowed to, its new records are born with, and can't be anything else: only the state here.
        client.open(self._list([["state", "=", "draft"]]))
        with failure_means(ErpUnavailable, doing):
            self._page.locator(markers.NEW).click(timeout=step)
            form = self._page.locator(markers.NAME)
            form.fill(name, timeout=step)
            form.press("Tab")
            client.idle(doing)
            self._choose_journal(deposits[0].account, doing)
            self._number(self._page, markers.TOTAL, sum(one.amount for one in deposits))
            client.idle(doing)
            lines = self._lines()
            for number, one in enumerate(deposits):
                pasting = message("pasting line {number} of {count}", number=number + 1, count=len(deposits))
                self._pulse(pasting, 6 * client.step_s)
                self._enter_line(lines, number, one)
        return self._difference(name, deposits)

    def _choose_journal(self, account: str, doing: str) -> None:
        """Choose the journal until the form keeps it: a redraw may wipe what was chosen."""
        journal = self._page.locator(markers.JOURNAL)
        offered: list[str] = []

        def chosen(seen: Any) -> Any:
            nonlocal offered
            if seen["busy"]:
                return None
            if self._page.locator(f"{markers.TOTAL}:visible").count():
                return True  # only the form of a chosen journal asks for its control
            offered = [one.strip() for one in journal.locator("option").all_inner_texts()]
            if account in offered:
                journal.select_option(label=account)
                journal.press("Tab")
            return None

        try:
            self._client.wait_for(chosen, seconds=self._client.step_s, doing=doing)
        except SessionExpired:
            raise
        except ErpUnavailable as error:
            if offered and account not in offered:
                there = ", ".join(one for one in offered if one)
                why = message(
                    "no statement journal is called {account} (ACCOUNT_CARD), but {there}",
                    account=repr(account), there=there,
                )  # fmt: skip
                raise ErpChanged(during(doing, why)) from error
            raise
        self._client.idle(doing)

    def _list(self, domain: Sequence[object]) -> Screen:
        model, title = markers.STATEMENTS
        return Screen(model=model, name=title, domain=domain)

    def _lines(self) -> "Locator":
        """Return the table of lines: the one under the heading Lines that is shown."""
        return self._page.locator(markers.LINES).first

    def _number(self, place: "Locator | Page", selector: str, value: int) -> None:
        """Enter a number: its field is two inputs, of which the focus shows the other one."""
        field = place.locator(f"{selector}:visible")
        # What the focus shows is found anew.
        field.focus(timeout=self._client.step_s * 1000)
        field.fill(str(value), timeout=self._client.step_s * 1000)
        field.press("Tab")

    def _enter_line(self, lines: "Locator", number: int, one: Deposit) -> None:
        """Enter one line, field by field: what a field changes elsewhere is there before the next one is touched."""
        client, step = self._client, self._client.step_s * 1000
        doing = message("entering line {number}", number=number + 1)
        rows = lines.locator("tbody tr:not(.more-row)")
        lines.locator(markers.NEW_LINE).click(timeout=step)
        client.settle(lambda _: rows.count() == number + 1, seconds=client.step_s, doing=doing)
        row = rows.nth(number)
        for name, text in (("number", one.key), ("date", shown_date(one.date))):
            field = row.locator(f"input[name={name}]")
            field.fill(text, timeout=step)
            field.press("Tab")
            client.idle(doing)
        self._number(row, "input[name=amount]", one.amount)
        client.idle(doing)
        self._choose_party(row, one.payer, doing)

    def _choose_party(self, row: "Locator", payer: str, doing: str) -> None:
        """Choose the one party of that name; leaving the field with an unknown one would open a search."""
        row.locator("input[name=party]").fill(payer, timeout=self._client.step_s * 1000)
        offered = row.locator(".dropdown-completion:visible li.completion")

        def found(seen: Any) -> Any:
            texts = [] if seen["busy"] else [one.strip() for one in offered.all_inner_texts()]
            return texts if payer in texts else None

        choosing = during(doing, message("choosing {payer}", payer=repr(payer)))
        texts = self._client.wait_for(found, seconds=self._client.step_s, doing=choosing)
        if (count := texts.count(payer)) != 1:
            why = message(
                "{count} parties are called {payer}. Give them different names", count=count, payer=repr(payer)
            )
            raise ErpChanged(during(doing, why))
        offered.nth(texts.index(payer)).locator("a").click(timeout=self._client.step_s * 1000)
        self._client.idle(doing)

    def _difference(self, name: str, deposits: Sequence[Deposit]) -> str:
        """Say how the form differs from the batch, field by field, or return an empty text."""
        self._client.idle(message("reading the lines back"))
        if (shown := self._page.locator(markers.NAME).input_value()) != name:
            return message("the name is {found}, entered was {meant}", found=repr(shown), meant=repr(name))
        total = self._page.locator(f"{markers.TOTAL}:visible").input_value()
        wanted = sum(one.amount for one in deposits)
        if total.replace(",", "") != str(wanted):
            return message("the control total is {found}, entered was {meant}", found=repr(total), meant=str(wanted))
        rows: list[dict[str, str]] = self._lines().locator("table.tree").evaluate(_LINES)
        if len(rows) != len(deposits):
            return message("the form holds {lines} lines, entered were {count}", lines=len(rows), count=len(deposits))
        for number, (row, one) in enumerate(zip(rows, deposits, strict=True), 1):
            meant = {"Number": one.key, "Date": shown_date(one.date), "Amount": str(one.amount), "Party": one.payer}
            for label, text in meant.items():
                if row.get(label, "").replace(",", "") != text.replace(",", ""):
                    return message(
                        "line {number}, {label}: the form holds {found}, entered was {meant}",
                        number=number, label=label, found=repr(row.get(label)), meant=repr(text),
                    )  # fmt: skip
        return ""

    # --- the three writes --------------------------------------------------------------------------------------------

    def _write(self, write: Write, release: Callable[[str], None], button: str, doing: str) -> Ask:
        """Ask for one write by its button. What it raises says that the write certainly did not go out, or doubt."""
        ask = self._gate.ask_for(write, release)
        try:
            with failure_means(ErpUnavailable, doing):
                self._page.locator(button).click(timeout=self._client.step_s * 1000)
                self._client.wait_for(self._outcome(ask), seconds=self._client.step_s, doing=doing)
                # It stands at the gate, or has left it: the server may take its time over it.
                poll(
                    self._page,
                    lambda: ask.is_over or ask.error is not None or None,
                    seconds=self._result_s + 1,
                    doing=doing,
                )
        except ErpError as error:
            if ask.outcome in (Outcome.IN_DOUBT, Outcome.ANSWERED):
                raise DepositInDoubt(during(doing, and_then(ask, error))) from error
            if isinstance(error, SessionExpired):
                raise
            why = message("the page asked for no {button}: {error}", button=button, error=said_by(error))
            raise SaveBlocked(during(doing, why)) from error
        finally:
            self._gate.done()
        if ask.outcome is Outcome.IN_DOUBT:
            raise DepositInDoubt(during(doing, ask.why))
        if ask.outcome in (Outcome.KEPT_BACK, Outcome.NOT_ASKED):
            raise ask.error or SaveBlocked(during(doing, ask.why))
        return ask

    def _outcome(self, ask: Ask) -> Callable[[Any], bool | None]:
        """Ask if anything became of the write; where the client asks whether one is sure, say yes."""

        def asked(seen: Any) -> bool | None:
            if ask.outcome is not Outcome.NOT_ASKED or ask.error is not None:
                return True
            said = seen["dialogs"]
            if len(said) == 1 and any(one in said[0] for one in (markers.ASKS_TO_POST, markers.ASKS_TO_DELETE)):
                with suppress(ErpError), failure_means(ErpUnavailable, message("confirming")):
                    self._page.locator(markers.CONFIRM).click(timeout=2000)
            return None

        return asked

    def _validate(self, statement: int, release: Callable[[str], None]) -> None:
        doing = message("validating statement {number}", number=str(statement))
        self._pulse(during(message("saving"), doing), self._write_s)
        self._write(wire.Step(wire.VALIDATE, statement), release, markers.VALIDATE, doing)
        self._shown_id('"validated"', doing)

    def _post(self, statement: int, release: Callable[[str], None]) -> None:
        doing = message("posting statement {number}", number=str(statement))
        self._pulse(during(message("saving"), doing), self._write_s)
        self._write(wire.Step(wire.POST, statement), release, markers.POST, doing)
        self._shown_id('"posted"', doing)

    def _shown_id(self, state: str, doing: str) -> int:
        """Wait until the form shows a state, saved: only a record that is stored has its id in the address.

        The server has answered by then: what is waited for is an ordinary step of the client.
        """

        def shown(seen: Any) -> Any:
            if seen["dialogs"]:
                raise ErpUnavailable(refused(doing, seen))
            return seen["state"] == state and _id(seen["address"])

        return _id(self._client.settle(shown, seconds=self._client.step_s, doing=doing)["address"])

    # --- what broke off ----------------------------------------------------------------------------------------------

    def mend(self, release: Callable[[str], None]) -> Sequence[str]:
        """Post our validated statements, take our drafts away; nothing of ours that is neither is left."""
        ours = self._list([["state", "in", ["draft", "validated"]], ["name", "like", f"{markers.OURS}%"]])
        done: list[str] = []
        self._pulse(message("reading what broke off"), 2 * self._client.list_s)
        left = self._left(ours)
        while left:
            saving = message("saving what broke off: {count} statements", count=len(left))
            self._pulse(saving, self._client.list_s + self._client.step_s)
            done.append(self._mend_first(left[0], release))
            self._pulse(message("reading what broke off"), 2 * self._client.list_s)
            before, left = left, self._left(ours)
            if len(left) >= len(before):
                raise ErpUnavailable(message("mending {name}: it is still there afterwards", name=before[0]["Name"]))
        return done

    def _left(self, ours: Screen) -> Sequence[Mapping[str, str]]:
        rows = self._client.rows(ours, ("Name", "State"))
        return [row for row in rows if row["Name"].startswith(markers.OURS)]

    def _mend_first(self, row: Mapping[str, str], release: Callable[[str], None]) -> str:
        """Mend the first statement of the list that is shown."""
        doing = message("opening {title}", title=row["Name"])
        with failure_means(ErpUnavailable, doing):
            cell = self._page.locator(f"{markers.LIST} tbody tr").first.locator("td[data-title='Name: '] .widget")
            cell.dblclick(timeout=self._client.step_s * 1000)
            seen = self._client.settle(
                lambda seen: seen["state"] != "" and _id(seen["address"]), seconds=self._client.list_s, doing=doing
            )
            statement = _id(seen["address"])
            if self._page.locator(markers.NAME).input_value() != row["Name"]:
                raise ErpUnavailable(during(doing, message("another statement has opened")))
            try:
                if seen["state"] == '"draft"':
                    self._delete(statement, release)
                    return f"statement {statement} {row['Name']}, a draft, was taken away"
                self._finish(statement, row["Name"], release)
            except DepositInDoubt as error:
                # Doing it again does no harm: the next cycle looks whether it is still to be done.
                doing = message("mending {name}", name=row["Name"])
                raise ErpUnavailable(during(doing, said_by(error))) from error
        return f"statement {statement} {row['Name']}, validated, was posted"

    def _delete(self, statement: int, release: Callable[[str], None]) -> None:
        doing = message("deleting statement {number}", number=str(statement))
        self._pulse(during(message("saving"), doing), self._client.step_s + self._write_s)
        with failure_means(ErpUnavailable, doing):
            self._page.locator(markers.MENU).click(timeout=self._client.step_s * 1000)
        self._write(wire.Step(wire.DELETE, statement), release, markers.DELETE, doing)

    def _finish(self, statement: int, name: str, release: Callable[[str], None]) -> None:
        """Post a validated statement, unless one of its keys is posted already."""
        rows: list[dict[str, str]] = self._lines().locator("table.tree").evaluate(_LINES)
        keys = [row.get("Number", "") for row in rows]
        if again := self._groups.find([key for key in keys if key]):
            raise ErpChanged(
                message(
                    "mending {name}: {keys} stand in a posted statement too. Cancel statement {number} by hand",
                    name=name, keys=", ".join(again), number=str(statement),
                )
            )  # fmt: skip
        saving = message("saving what broke off: {name}", name=name)
        self._pulse(saving, self._client.list_s + 2 * self._client.step_s)
        self._client.open(self._list([["id", "=", statement]]))
        cell = self._page.locator(f"{markers.LIST} tbody tr").first.locator("td[data-title='Name: '] .widget")
        cell.dblclick(timeout=self._client.step_s * 1000)
        self._shown_id('"validated"', message("opening {title}", title=name))
        self._post(statement, release)


def _id(address: str) -> int:
    """Return the record's id of an address like `#db/model/account.statement/12;…`, or 0 without one."""
    found = re.search(r"/model/account\.statement/(\d+)", address)
    return int(found[1]) if found else 0
