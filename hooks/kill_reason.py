"""Why a process is ended on purpose: written by who ends it, read by the hook that sees it go."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.i18n import loaded, stored
from worker.runtime.files import read_json, write_private
from worker.runtime.process_identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A guard or the operator ends this very process."""

    identity: Identity
    #: In words: `planned 05:55`, `promise broken: uploading`.
    text: str
    #: True for a planned end: it is no crash and counts for no back-off.
    planned: bool


def write(folder: Path, reason: Reason) -> None:
    """Leave the reason for the process that is about to be signalled: nothing that outlives this boot."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        values = {
            "started": reason.identity.started,
            "boot": reason.identity.boot,
            "text": stored(reason.text),
            "planned": reason.planned,
        }
        write_private(folder / f"reason.{reason.identity.pid}.json", json.dumps(values), durable=False)


def take(folder: Path, identity: Identity) -> Reason | None:
    """Return and remove the reason left for this process; one for an earlier owner of the pid is dropped."""
    path = folder / f"reason.{identity.pid}.json"

    def left(values: Any) -> Reason:
        meant = Identity(pid=identity.pid, started=int(values["started"]), boot=str(values["boot"]))
        return Reason(identity=meant, text=loaded(str(values["text"])), planned=bool(values["planned"]))

    reason = read_json(path, left, None)
    with suppress(OSError):
        path.unlink(missing_ok=True)
    return reason if reason is not None and reason.identity == identity else None
