"""Keeps status.json and the status page true while the worker runs: written when something changes, not too often."""

import logging
import shutil
from datetime import datetime, timedelta

from worker.config.settings import Settings
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.runtime.disks import Disk
from worker.runtime.heartbeat import Heartbeat, Phase
from worker.status import inside, page, processes, snapshot
from worker.status.findings import Findings
from worker.status.snapshot import Snapshot

log = logging.getLogger(__name__)


class LivePage:
    """The page of one worker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._data = settings.data_dir
        self._shown: tuple[str, str, str] | None = None
        self._written: datetime | None = None
        self._phase = ""
        self._since = settings.now()
        self._failed = False
        #: What the settings say, and when that was looked at.
        self._settled: tuple[datetime, Findings] | None = None

    def show(self, beat: Heartbeat, *, ledger: Ledger | None) -> None:
        """Write both files if the beat brings something new, but not too often. Never raises."""
        if beat.phase != self._phase:
            self._phase, self._since = beat.phase, beat.at
        showing = (beat.phase, beat.step, beat.next_cycle)
        age = beat.at - self._written if self._written else None
        wait = page.REWRITE if showing == self._shown else page.AT_MOST
        is_last = beat.phase is Phase.STOPPING
        if not is_last and age is not None and timedelta(0) <= age < wait:
            return
        self._shown, self._written = showing, beat.at
        try:
            found = self.snapshot(beat, ledger=ledger)
            snapshot.write(self._data, found)
            page.write(self._data, found)
        except Exception:  # a beat may come in the middle of a save: nothing about a page is worth more than that
            if not self._failed:
                log.exception("writing the status page %s failed; the work goes on", self._data / page.NAME)
            self._failed = True
        else:
            self._failed = False

    def snapshot(self, beat: Heartbeat, *, ledger: Ledger | None) -> Snapshot:
        """Return how things stand, as far as the worker can judge it. Raises LedgerError."""
        settings = self._settings
        found = self._of_settings(beat.at).copy()
        if ledger is not None:
            inside.look_at_ledger(found, ledger, settings, settings.zone, beat.at)
            inside.look_at_timeline(found, ledger, settings, beat.at)
        elif beat.phase is not Phase.STARTING:
            found.degrade(message("the ledger is not open: nothing is posted. See today's worker log"))
        free = shutil.disk_usage(self._data).free
        inside.look_at_disks(found, self._data, [Disk(place=self._data, free=free)])
        patience = timedelta(seconds=beat.patience)
        # After its last beat a worker renews nothing: whoever comes next does, or it turns red soon.
        true_for = patience if beat.phase is Phase.STOPPING else max(page.TRUE_FOR, patience + page.MARGIN)
        said = processes.said_by_beat(beat, beat.at)
        found.parts = {
            **said,
            **found.parts,
            "worker": processes.of_beat(beat, beat.ticks),
            "since": self._since.isoformat(),
            "written": beat.at.isoformat(),
            "valid_until": (beat.at + true_for).isoformat(),
        }
        return found.snapshot()

    def _of_settings(self, at: datetime) -> Findings:
        """Return what the settings say, looked at once a minute."""
        if self._settled is None or not timedelta(0) <= at - self._settled[0] < page.REWRITE:
            found = Findings()
            inside.look_at_settings(found, self._settings)
            self._settled = at, found
        return self._settled[1]
