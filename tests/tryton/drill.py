"""The drill on Tryton: `./scripts/drill --erp tryton`: the faults of the supervision, on a tree over a real ERP."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.tools.drill.bench import Tree
from tests.tryton.server import TrytonServer
from tests.tryton.tree import prepare, tree_settings
from worker.runtime import sqlite as sqlite3

#: Of the drill's faults, those whose repair an ERP has a part in; the guards' own need none.
NAMES = (
    "kill-worker", "freeze-waiting", "freeze-worker", "freeze-driver", "freeze-browser", "freeze-renderer",
    "crash-loop", "kill-guard", "freeze-guard-and-worker", "kill-circusd", "restart-in-batch", "recycle",
)  # fmt: skip

#: So many payments wait from the start.
PAYMENTS = 4


class TrytonTree(Tree):
    """A tree with the default guards on a Tryton."""

    reading = "reading"  # its screens say which list they read
    is_sliced = False

    def __init__(self, folder: Path, *, pages: int = 0) -> None:  # the parent's own __init__ plants one on the demo
        self._temp = tempfile.TemporaryDirectory(prefix="tryton-")
        self.server = TrytonServer(Path(self._temp.name))
        self.server.reset()
        self.server.keep_only(PAYMENTS)
        settings = tree_settings(self.server.port)
        self.plant(folder, settings, demo=False, pages=pages)
        prepare(self.data, settings)

    def close(self) -> None:
        """End the tree, then the server."""
        super().close()
        self.server.kill()
        self._temp.cleanup()

    @contextmanager
    def slowed(self, knobs: Mapping[str, object]) -> Iterator[None]:  # noqa: ARG002 - it has no knobs
        """Change nothing: this ERP is as slow as it is."""
        yield

    def add(self, payer: str, won: int, number: str) -> bool:
        """Have one payment wait; return False while the server holds its database."""
        try:
            self.server.add(payer, won, number)
        except sqlite3.OperationalError:
            return False
        return True

    def posted(self) -> list[str]:
        """Return the number of every line, whatever its state: a leftover counts as much as a deposit."""
        return [one.number for one in self.server.lines()]
