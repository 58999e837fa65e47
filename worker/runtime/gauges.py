"""One gauge in metrics.prom, written while no worker writes the file: whether silence is planned."""

import os
from pathlib import Path

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
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text("\n".join(kept) + "\n", encoding="utf-8")
    draft.replace(path)
