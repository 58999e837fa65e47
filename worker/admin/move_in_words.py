"""What was packed or unpacked, in words, and what is left to do."""

from collections.abc import Iterator
from pathlib import Path

from worker.admin.move import Moved
from worker.i18n import message


def left(found: Moved) -> Iterator[str]:
    """Say what was packed, and what to do on the other machine."""
    yield message(
        "Packed {payments} payments and {files} files of evidence into {path}.",
        payments=found.payments,
        files=found.evidence,
        path=str(found.path),
    )
    yield message("This side is sealed: its worker refuses from now on, and says so. Nothing was removed here.")
    if found.secrets:
        yield message("Not packed, because they are secrets: {names}.", names=", ".join(found.secrets))
    yield message("No file of a password is packed either. On the other machine:")
    yield message(
        "  1. ./scripts/start --setup-only, then .venv/bin/daybreak move --unpack {path}", path=found.path.name
    )
    yield message("  2. put the files of the passwords there (mode 0600), as it says then")
    yield message("  3. .venv/bin/daybreak adopt --this-machine, then ./scripts/start")


def arrived(found: Moved, data: Path) -> Iterator[str]:
    """Say what was unpacked, and what is left to do."""
    yield message(
        "Unpacked {payments} payments and {files} files of evidence into {folder}.",
        payments=found.payments,
        files=found.evidence,
        folder=str(data),
    )
    if found.settings is not None and found.settings.suffix == ".moved":
        yield message(
            "There are settings here already; the moved ones are {path}. Compare them.", path=str(found.settings)
        )
    elif found.settings is not None:
        yield message("The settings are {path}.", path=str(found.settings))
    for secret in found.secrets:
        yield message("  to be put there by you: {name}", name=secret)
    yield message("Then, when the other machine's worker has ended: daybreak adopt --this-machine")
