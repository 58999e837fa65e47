"""One gauge in metrics.prom, written while no worker writes the file: whether silence is planned."""

from pathlib import Path

from worker.runtime.files import write_private

#: The file of figures for Prometheus' textfile collector; worker/status/metrics.py writes the whole of it.
NAME = "metrics.prom"

#: The end of a pause, as seconds since 1970; 0 while none holds.
PAUSED = "daybreak_paused_until_timestamp_seconds"
PAUSED_TEXT = "Until when an operator has paused the worker; 0 if it is not paused."


def put(path: Path, name: str, text: str, value: float) -> None:
    """Set one gauge and leave every other line as it is. Raises OSError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    kept = [line for line in lines if name not in line.split()[:3]]
    kept += [f"# HELP {name} {text}", f"# TYPE {name} gauge", f"{name} {value:.1f}"]
    write_private(path, "\n".join(kept) + "\n", durable=False)  # written anew after a start
