"""A second worker forced past the lock: `python -m tests.tools.torture.second INI DATA` runs a cycle on its ledger.

What no operator can do: the locks are left out, and the browser of the other one is let live, so that ledger and save
gate stand alone.
"""

import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from worker.app.job import Job
from worker.browser import launch
from worker.config import ini, loading
from worker.runtime.locks import Lock
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule.calendar import Slot


class Pretended(Lock):
    """A lock that nobody holds and that says it is held."""

    def is_held(self) -> bool:
        """Lie."""
        return True


def main() -> None:
    """Run one cycle."""
    file, data = Path(sys.argv[1]), Path(sys.argv[2])
    chosen = loading.load({**ini.worker_settings(file), "DATA_DIR": str(data)})
    heart = HeartbeatWriter(data / "second.txt", version="second", now=chosen.now, stop=Stop())
    job = Job(chosen, heart=heart, lock=Pretended(data / "second.lock", version="second"))
    job.open_ledger()
    with patch.multiple(launch, end_browsers=lambda _: [], sweep=lambda _: Path(tempfile.mkdtemp(prefix="s-"))):
        job.run_cycle(Slot(at=chosen.now()))
    job.close()


if __name__ == "__main__":
    main()
