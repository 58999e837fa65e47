"""The parts of one worker."""

import logging
from datetime import date

from worker.admin.backup import Backups
from worker.admin.upkeep import Upkeep
from worker.alerts.dead_man import Ping
from worker.alerts.monitors import Alerts
from worker.config.maintenance import Silence
from worker.config.settings import Settings
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.posting.morning import Morning
from worker.reports.scheduler import Scheduler
from worker.runtime import clock
from worker.runtime.awake import Awake
from worker.runtime.heartbeat import Heartbeat
from worker.runtime.locks import Lock
from worker.runtime.moment import Jumps
from worker.runtime.stop import HeartbeatWriter
from worker.runtime.witness import Witness, folders
from worker.schedule.loop import Past
from worker.schedule.missed_runs import Slots
from worker.status.page_writer import LivePage

log = logging.getLogger(__name__)


#: Interval of looks at the alarms about what was stopped (seconds).
STOPS_EVERY = 10.0


class Parts:
    """What the worker's job works with, from its start to its end."""

    def __init__(self, settings: Settings, *, heart: HeartbeatWriter, lock: Lock) -> None:
        self._settings = settings
        self._heart = heart
        self._lock = lock
        self._folder = settings.data_dir
        self._ledger: Ledger | None = None
        self._past = Past()
        self._started = settings.now()
        self._slots: Slots | None = None
        self._upkeep: Upkeep | None = None
        self._slept = clock.slept()
        self._awake = Awake()
        self._ping = Ping(settings.pings.ping_url, name="cycles", proxy=settings.erp.proxy)
        self._alerts = Alerts(settings.data_dir, settings.channels, settings.schedule, posts=settings.posting.posts)
        self._report_scheduler = Scheduler(settings)
        self._day = settings.now().date()
        self._beats_kept = clock.ticks()
        #: The day on which the deposits of the day before were proved.
        self._proved: date | None = None
        #: What counts in the cycle under way, and how many rows it posts at most; None: all that wait.
        self._rules = settings.posting
        self._most: int | None = None
        self._only = ""
        #: True once a cycle saved nothing because an upgrade was not finished.
        self._was_held = False
        self._morning = Morning(settings, heart=heart, tell=self._tell_now)
        self._backups = Backups(settings)
        self._live = LivePage(settings)
        #: The demo has none: its ledger may begin anew at any time.
        self._witness = None if settings.demo else Witness(folders())
        self._beaten_at_start = 0.0
        #: Since when it is known that the clock was set, in seconds since boot; None while it was not.
        self._set_at: float | None = None
        #: How many cycles in a row posted nothing because a look-up had to come first.
        self._looked_up = 0
        self._jumps = Jumps()
        #: The planned silence of the ERP that was written down last.
        self._silence: Silence | None = None
        self._stops_at = -STOPS_EVERY
        heart.on_beat = self._show
        for name, text in settings.erp.markers.items():
            log.warning("the marker %s is %r, by [markers] in local.ini", name, text)

    def _show(self, beat: Heartbeat) -> None:
        self._live.show(beat, ledger=self._ledger)

    def _tell_now(self, cause: str, what: str) -> None:
        """Have people told before anything else is done."""
        at = self._settings.now()
        self._alerts.tell(self._ledger, cause, what, at=at)
        self._alerts.look(self._ledger, at=at)

    def past(self) -> Past:
        """Return what matters of earlier cycles for the next start."""
        return self._past

    @property
    def _must_prove(self) -> bool:
        """True when a save needs a look-up in this life of the machine before it, and one is possible."""
        return self._rules.posts and self._rules.can_look_up

    def _why_not_ours(self, ledger: Ledger) -> str:
        if not self._lock.is_held():
            return message("the lock {path} is not ours any more", path=str(self._folder / "runtime.lock"))
        if not ledger.is_current():
            return message("a newer worker has taken over the ledger, or its file was replaced")
        return ""

    def _refresh_stats(self) -> None:
        """Read the day's figures from the ledger: a restart changes none of them."""
        if self._ledger is not None:
            self._day = self._settings.now().date()
            self._heart.stats = self._ledger.stats(self._day, self._settings.zone)
