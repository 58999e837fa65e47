"""Files that are replaced in one step."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only we can read it, from its first byte on."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
