"""What each process of a tree is and does, by psutil: for people, and for the note of an incident."""

from collections.abc import Mapping

import psutil

from worker.i18n import Message, message
from worker.runtime.process_identity import Identity

#: How a process stands, by psutil's word for it.
STATES: Mapping[str, Message] = {
    psutil.STATUS_SLEEPING: message("sleeping"),
    psutil.STATUS_RUNNING: message("running"),
    psutil.STATUS_STOPPED: message("stopped"),
    psutil.STATUS_TRACING_STOP: message("tracing-stop"),
    psutil.STATUS_DISK_SLEEP: message("disk-sleep"),
    psutil.STATUS_ZOMBIE: message("zombie"),
}

#: A process that runs no code: it writes no stacks either.
STOPPED = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)


def picture(tree: list[Identity]) -> list[dict[str, object]]:
    """Return what each process of a tree is and does, for the incident: pid, name, state, memory in MB."""
    found: list[dict[str, object]] = []
    for one in tree:
        try:
            process = psutil.Process(one.pid)
            with process.oneshot():
                found.append(
                    {
                        "pid": one.pid,
                        "name": process.name(),
                        "state": process.status(),
                        "mb": round(process.memory_info().rss / 1e6),
                    }
                )
        except psutil.Error:
            continue
    return found
