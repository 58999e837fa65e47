"""`./scripts/tryton --tree` ends here: daybreak's whole process tree, with a folder of its own, on that Tryton."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.rig import BIN, Circusd, is_listening
from tests.tryton.desk import settings_for
from tests.tryton.server import HOME
from worker.alerts import channel_tests
from worker.config import loading
from worker.config.channels import Channel
from worker.control import requests
from worker.ledger.ledger import Ledger
from worker.posting.books import owner_of

#: Nobody listens there: this tree is watched by whoever tries it.
MAIL = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": "9", "SMTP_TLS": "off", "MAIL_FROM": "a@example.com"}


def tree_settings(port: int) -> dict[str, str]:
    """Return [env:worker] of a tree on the Tryton at this port: a cycle every five minutes, day and night."""
    hours = {f"HOURS_{days}": "00:00-24:00" for days in ("MON_FRI", "SAT", "SUN")}
    found = {**settings_for(port), **hours, **MAIL, "MAIL_TO": "b@example.com"}
    return {**found, "INTERVAL_MIN": "5", "BATCH_ROWS": "10", "PING_URL": "off", "PING_GUARDS_URL": "off"}


def prepare(data: Path, values: Mapping[str, str]) -> None:
    """Declare, once, that nothing was posted before and that people can be told; ask for a cycle at once."""
    data.mkdir(parents=True, exist_ok=True)
    chosen = loading.load({**values, "DATA_DIR": str(data)})
    with Ledger(data) as ledger:
        ledger.begin_generation()
        if ledger.why_no_posting(owner_of(chosen)):
            ledger.adopt(owner_of(chosen), by="the set-up", at=chosen.now(), note="nothing was posted", posted=())
    channel_tests.note(data, chosen.channels, Channel.MAIL, at=chosen.now())
    ask(data)


def ask(data: Path) -> None:
    """Ask the worker for a cycle, as `daybreak once` does."""
    (data / requests.FILE).write_text(json.dumps({"test": False}), encoding="ascii")


def main(port: int) -> int:
    """Write circus.ini into var/tryton/tree and run circusd there, in the foreground."""
    if not is_listening(port):
        print(f"nobody serves Tryton on port {port}: ./scripts/tryton in another terminal first", file=sys.stderr)
        return 1
    values = tree_settings(port)
    circus = Circusd(HOME / "tree", settings=values)
    circus.write_ini()
    prepare(circus.data, values)
    print(f"the tree in {circus.folder}; its ledger, logs and status page in {circus.data}; Ctrl-C ends it", flush=True)
    os.chdir(circus.folder)
    search = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    os.execve(BIN / "circusd", [str(BIN / "circusd"), "circus.ini"], {**os.environ, "PATH": search})
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
