"""Where the evidence of a batch or a cycle is kept."""

from pathlib import Path


def evidence_of(data: Path, batch: int | None, *, cycle: int = 0) -> Path | None:
    """Return the folder that holds a batch's evidence, else the cycle's, or None."""
    folder = data / "evidence"
    if batch is not None and (plan := next(folder.glob(f"*/*/batch-{batch}-plan.json"), None)):
        return plan.parent
    return next(folder.glob(f"*/cycle-{cycle}"), None) if cycle else None
