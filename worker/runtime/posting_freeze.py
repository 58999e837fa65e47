"""While an upgrade is not finished no version posts anything: so the old ledger can always be put back."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from worker.i18n import message
from worker.runtime import installation
from worker.runtime.files import read_json

#: Time after which an upgrade counts as interrupted and raises an alarm.
TOO_LONG = timedelta(minutes=30)


def path_in(project: Path) -> Path:
    """Return the file that is there from before the old tree ends until the new one is verified."""
    return project / "var" / "upgrade.json"


def read(project: Path) -> Mapping[str, Any] | None:
    """Return what an unfinished upgrade has written down, or None. A file that can't be read is one all the same."""
    return read_json(path_in(project), dict, None, damaged=lambda _: {})


def why(now: datetime) -> str:
    """Say why nothing may be posted from this folder now, or return an empty text."""
    found = read(installation.ini_path().parent)
    if found is None:
        return ""
    old, new = str(found.get("old", "?")), str(found.get("new", "?"))
    if is_interrupted(now):
        return message(
            "the upgrade from {old} to {new} was interrupted, and nothing is posted. Settle it with: ./scripts/upgrade "
            "--back",
            old=old,
            new=new,
        )
    return message(
        "the upgrade from {old} to {new} is under way: nothing is posted until it is verified", old=old, new=new
    )


def is_interrupted(now: datetime) -> bool:
    """True when an upgrade has not ended for so long that it never will by itself."""
    found = read(installation.ini_path().parent)
    if found is None:
        return False
    since = None
    with suppress(KeyError, TypeError, ValueError):
        since = datetime.fromisoformat(found["at"])
    return since is None or not -TOO_LONG < now - since < TOO_LONG
