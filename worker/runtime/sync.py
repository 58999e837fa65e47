"""What is written, and stays written through a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
