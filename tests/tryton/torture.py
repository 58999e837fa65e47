"""The torture on Tryton: `./scripts/torture N --erp tryton`: the faults of the tree, and calls that a proxy harms."""

import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.rig import Circusd
from tests.tools.torture.bench import SETTINGS, Tree
from tests.tools.torture.faults import FAULTS
from tests.tryton.proxy import Fault, FaultProxy
from tests.tryton.server import TrytonServer
from tests.tryton.tree import prepare, tree_settings
from worker.erp.tryton.wire import CREATE, POST, VALIDATE

#: Of the faults there are, those that harm the tree and not the demo ERP.
OF_THE_TREE = (
    "kill-worker", "kill-driver", "kill-browser", "kill-worker-saving", "kill-driver-saving", "kill-browser-saving",
    "freeze-worker", "freeze-browser-saving", "thaw-worker-saving", "kill-circusd", "erp-restart",
)  # fmt: skip

#: Patience of a client that loads itself anew for each list, on a busy machine (seconds).
PATIENCE = {"SIGN_IN_S": "30", "LIST_S": "20", "STEP_S": "12", "RESULT_S": "8", "SETTLE_S": "3"}

#: A delayed call comes this much later (seconds).
LATE_S = 12.0


class TrytonErp:
    """What the torture asks of an ERP, answered by a Tryton server behind a proxy."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tryton-")
        self.server = TrytonServer(Path(self._folder.name))
        self.proxy = FaultProxy(self.server.port, late_s=LATE_S)
        self.proxy.kill, self.proxy.start = self.server.kill, self.server.start
        self.proxy.end_sessions = self.server.end_sessions
        self._is_filled = False

    def start(self) -> None:
        """Start the server; the first time on a database in which nothing waits."""
        if self._is_filled:
            self.server.start()
            return
        self._is_filled = True
        self.server.reset()
        self.server.keep_only(0)

    def kill(self) -> None:
        """Kill the server."""
        self.server.kill()

    def stop(self) -> None:
        """End for good."""
        self.server.kill()
        self.proxy.__exit__()
        self._folder.cleanup()

    def add(self, **payment: Any) -> None:
        """Let a payment wait."""
        self.server.add(str(payment["payer"]), int(payment["amount"]), str(payment["approval_no"]))

    def slips(self) -> list[dict[str, Any]]:
        """Return every line of every statement: a leftover counts as much as a deposit."""
        return [{"payer": one.party, "amount": one.amount} for one in self.server.lines()]

    def uploads(self) -> list[dict[str, Any]]:
        """Return the state of every statement."""
        return [{"state": state} for state in self.server.statements()]

    def knobs(self, **_: object) -> None:
        """Nothing: it has none."""


class TrytonTree(Tree):
    """A tree on a Tryton."""

    deadline = 300.0  # field by field, by several cycles, on a busy machine

    def __init__(self, folder: Path, number: int, chance: random.Random, *, pages: int = 0) -> None:
        super().__init__(folder, number, chance, pages=pages)
        self.erp = TrytonErp()  # type: ignore[assignment]

    @property
    def tryton(self) -> TrytonErp:
        """The ERP, by its own type."""
        return self.erp  # type: ignore[return-value]

    def start(self) -> None:
        """Start circusd on this tree's folder."""
        settings = {**tree_settings(self.tryton.proxy.port), **SETTINGS, **PATIENCE, "BATCH_ROWS": "4"}
        self._circus = Circusd(self.folder, settings=settings, page=self.has_page)
        self._circus.write_ini()
        prepare(self._circus.data, settings)
        self._circus.start()
        self.until("a first beat", lambda: self.beat() is not None, 60)

    def at_step(self, seconds: float = 60.0) -> str:
        """Wait for a step; a batch takes its time until there are so many."""
        return super().at_step(seconds)

    def at_save(self, seconds: float = 120.0, late: float | None = None) -> str:
        """Wait for the save of a batch that is entered field by field."""
        return super().at_save(seconds, late)

    def is_settled(self) -> bool:
        """True when all is posted, no doubt is left, and nothing is half done."""
        return super().is_settled() and not [one for one in self.tryton.server.statements() if one != "posted"]

    def judge(self, *, own_fault: bool) -> str:
        """Judge the books, and that each number stands in them once."""
        found = super().judge(own_fault=own_fault)
        return found if found != "ok" else (self.tryton.server.why_wrong() or "ok")


def _call(method: str, what: Fault) -> Callable[[TrytonTree], str]:
    def fault(tree: TrytonTree) -> str:
        tree.tryton.proxy.fault(method, what)
        tree.ask()
        return method.rpartition(".")[2]

    return fault


#: Name → fault.
ALL: Mapping[str, Callable[[Any], str]] = {
    **{name: FAULTS[name] for name in OF_THE_TREE},
    **{
        f"{what.name.lower().replace('_', '-')}-{method.rpartition('.')[2].partition('_')[0]}": _call(method, what)
        for method in (CREATE, VALIDATE, POST)
        for what in Fault
    },
}
