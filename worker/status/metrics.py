"""metrics.prom: figures for Prometheus' textfile collector, all from the ledger: a restart changes none."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from worker.ledger.ledger import Ledger
from worker.payments.payment import PaymentKind
from worker.runtime import clock, desired_state, gauges
from worker.runtime.files import write_private
from worker.runtime.process_identity import Identity
from worker.status import snapshot
from worker.version import version

if TYPE_CHECKING:
    from prometheus_client.core import Metric

NAME = gauges.NAME

#: How the kinds of deposits are called outside Korea.
KINDS = {PaymentKind.APPROVAL.value: "approval", PaymentKind.CANCELLATION.value: "cancellation"}


def write(path: Path, ledger: Ledger) -> None:
    """Replace the file in one step. Raises OSError, LedgerError."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(ledger, path.parent))
    write_private(path, generate_latest(registry), durable=False)  # written anew after a start


class _Figures:
    """Collects from one ledger."""

    def __init__(self, ledger: Ledger, data: Path) -> None:
        self._ledger = ledger
        self._data = data

    def describe(self) -> "Iterable[Metric]":
        """Name nothing beforehand: that would read the ledger twice."""
        return []

    def collect(self) -> "Iterable[Metric]":
        """Yield every figure."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

        ledger = self._ledger
        cycles = CounterMetricFamily("daybreak_cycles", "Cycles that ended, by how they did.", labels=["outcome"])
        for outcome, count in {"ran": 0, "failed": 0, "stopped": 0, **ledger.cycle_counts()}.items():
            cycles.add_metric([outcome or "unknown"], count)
        yield cycles

        totals = ledger.totals()
        ledger.note_totals(totals)
        deposits = CounterMetricFamily("daybreak_deposits", "Deposits confirmed, by kind.", labels=["kind"])
        won = CounterMetricFamily(
            "daybreak_won",
            "Won of the deposits confirmed, by kind; approval less cancellation came in.",
            labels=["kind"],
        )
        for kind, name in KINDS.items():
            deposits.add_metric([name], totals.deposits.get(kind, 0))
            won.add_metric([name], totals.won.get(kind, 0))
        yield deposits
        yield won

        waits = ledger.pending_counts()
        last = ledger.last_cycles(1)
        good = ledger.last_cycles(1, outcome="ran")
        figures = last[0]["figures"] if last else {}
        seconds = figures.get("seconds", 0.0) if isinstance(figures, dict) else 0.0
        figures_now = {
            "last_success_timestamp_seconds": (
                "When the last complete cycle ended; 0 if there was none.", _epoch(good[0]["ended"]) if good else 0,
            ),
            "cycle_duration_seconds": ("How long the last cycle took.", seconds),
            "held": ("Payments that a person must decide about before they are posted.", waits["held"]),
            "in_doubt": ("Payments that were sent without a clear answer.", waits["in_doubt"]),
            "rejected": ("Payments that the ERP refused.", waits["rejected"]),
            "odd_rows": ("Rows of the list that no rule covers.", waits["odd"]),
            "waiting": ("Rows that wait for a person, all of these.", sum(waits.values())),
            "alarms_open": ("Problems that last.", len(ledger.alarms())),
            gauges.PAUSED.removeprefix("daybreak_"): (gauges.PAUSED_TEXT, _paused_until(self._data)),
            "worker_start_time_seconds": ("When the worker was started.", _started()),
        }  # fmt: skip
        if found := snapshot.read(self._data):
            text = "How things stand by the worker's last snapshot: 0 healthy, 1 degraded, 2 down."
            figures_now["health"] = (text, found.verdict.exit_code)
        for name, (text, value) in figures_now.items():
            yield GaugeMetricFamily(f"daybreak_{name}", text, value=value)
        yield InfoMetricFamily("daybreak", "What is installed.", value={"version": version()})


def _paused_until(data: Path) -> float:
    wish = desired_state.read(data)
    return wish.until.timestamp() if wish.until is not None and wish.forbids(clock.wall(UTC)) else 0.0


def _epoch(text: object) -> float:
    return datetime.fromisoformat(str(text)).timestamp() if text else 0.0


@cache
def _started() -> float:
    """Return when this process was started: now, less its age by the clock that its start is written in."""
    age = clock.since_boot() - Identity.own().started / os.sysconf("SC_CLK_TCK")
    return round(clock.wall(UTC).timestamp() - age, 2)
