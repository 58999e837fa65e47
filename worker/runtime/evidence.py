"""Where the evidence of a batch is kept."""

from pathlib import Path


def evidence_of(data: Path, batch: int | None) -> Path | None:
    """Return the folder that holds a batch's evidence, or None."""
    if batch is None:
        return None
    return next((plan.parent for plan in (data / "evidence").glob(f"*/*/batch-{batch}-plan.json")), None)
