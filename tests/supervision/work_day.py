"""A tree on a work day: as on a real ERP, with mail, and with a wall clock that the test sets."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from tests.postbox import Postbox
from tests.rig import PROJECT, Circusd, wait_until
from tests.supervision.test_alarms import mailing
from tests.supervision.test_verbs import daybreak
from worker.alerts import notifications
from worker.browser.chromium import find_chromium
from worker.config import channels, ini
from worker.config.erp_settings import DEMO_COMPANY, DEMO_PASSWORD, DEMO_SAVE_PATTERN, DEMO_USER
from worker.demo.clock import KST
from worker.ledger.ledger import Ledger
from worker.runtime import installation
from worker.schedule.loop import Outcome


def morning() -> datetime:
    """Return six o'clock of today in Korea."""
    return datetime.now(KST).replace(hour=6, minute=0, second=20, microsecond=0)


class WorkDay(Circusd):
    """A tree that works as on a real ERP, on a work day, with a mail server; the test sets its wall clock.

    Its ERP is a demo that nothing happens in. `postbox` must be up. `recycle`: the days of the daily restart,
    by default none that comes. `page`: with the office's page.
    """

    def __init__(
        self, folder: Path, *, postbox: Postbox, at: datetime, recycle: str = "", page: bool = False, **settings: str
    ) -> None:
        self._ahead = folder / "ahead"
        super().__init__(
            folder,
            demo=True,
            page=page,
            settings=mailing(postbox),
            sections={"plugin:recycle": {"days": recycle or f"{at + timedelta(days=3):%a}".lower()}},
            environment={
                "PYTHONPATH": f"{PROJECT / 'tests' / 'clockwork'}{os.pathsep}{PROJECT}",
                "AHEAD": str(self._ahead),
                "HURRY": "1",
                # circusd gives it to all that it starts; given to circusd, its own clock goes as theirs do.
                installation.INI_VARIABLE: str(folder / "circus.ini"),
            },
        )
        self.browser = folder / "browser"
        self.browser.write_text(f'#!/bin/sh\nexec "{find_chromium()}" "$@"\n', encoding="utf-8")
        self.browser.chmod(0o700)
        self.password = folder / "password"
        self.password.write_text(DEMO_PASSWORD)
        self.password.chmod(0o600)
        self.write_ini(
            **{
                "ERP_URL": f"http://127.0.0.1:{self.demo_port}/",
                "ERP_COMPANY": DEMO_COMPANY,
                "ERP_USER": DEMO_USER,
                "ERP_PASSWORD_FILE": str(self.password),
                "CHROMIUM": str(self.browser),
                "MODE": "production",
                "SAVE_PATTERN": DEMO_SAVE_PATTERN,
                "DEPOSIT_LIST": "on",
                "EXTRA_DAYS_ON": f"{at:%Y-%m-%d}",
                "HOURS_SAT": "06:00-18:00",
                "HOURS_SUN": "06:00-18:00",
                "SUMMARY_SAT": "17:45",
                # Each time that the test sets the clock, the worker gives what an earlier life sent this long to be
                # stored.
                "SETTLE_S": "1",
                "DEMO_PAYMENTS": "5",
                "DEMO_KNOBS": json.dumps({"delays": 0, "arrivals_per_min": 0}),
                **settings,
            }
        )
        self.set_clock(at)
        for words in (("adopt", "--nothing", "--by", "a test", "--yes"), ("alert-test",)):
            done = daybreak(self, *words)
            assert done.returncode == 0, done.stdout + done.stderr
        postbox.mails.clear()

    def now(self) -> datetime:
        """Return what the tree takes for the time."""
        return datetime.now(KST) + timedelta(seconds=float(self._ahead.read_text(encoding="ascii")))

    def set_clock(self, at: datetime) -> None:
        """Set the tree's wall clock."""
        draft = self._ahead.with_suffix(".new")
        draft.write_text(f"{(at - datetime.now(KST)).total_seconds()}", encoding="ascii")
        draft.replace(self._ahead)

    def planned_cycle(self) -> datetime:
        """Wait until the worker is done with a cycle and has planned the next; return when that is."""

        def planned() -> datetime | None:
            beat = self.beat()
            at = datetime.fromisoformat(beat.next_cycle) if beat is not None and beat.next_cycle else None
            return at if at is not None and at > self.now() else None

        at = wait_until("a planned cycle", planned, 30)
        assert at is not None
        return at

    def skip_to_next_cycle(self) -> None:
        """Set the clock to the time for which the waiting worker has planned its next cycle."""
        self.set_clock(self.planned_cycle())

    def cycles(self, outcome: Outcome) -> int:
        """Return how many cycles ended so."""
        with Ledger(self.data, create=False) as ledger:
            return len(ledger.last_cycles(1000, outcome=outcome))

    def environment(self) -> dict[str, str]:
        """Return the environment of a program of ours that is run by hand in this tree."""
        return {**os.environ, **self._environment, "DAYBREAK_INI": str(self.ini), "DATA_DIR": str(self.data)}

    def has_written(self) -> bool:
        """True when every message that is due is written down."""
        with Ledger(self.data, create=False) as ledger:
            found = channels.read(ini.worker_settings(self.ini), self.folder)[0]
            return not notifications.due(ledger, found, at=self.now(), is_off=lambda _: False)

    def has_delivered(self) -> bool:
        """True when every message that is due is delivered."""
        with Ledger(self.data, create=False) as ledger:
            return self.has_written() and not ledger.undelivered()
