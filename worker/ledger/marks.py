"""How far a copy of a ledger had come, read from its file."""

import json
import re
from contextlib import closing
from pathlib import Path

from worker.ledger.notes import LEDGER_ID
from worker.runtime import sqlite as sqlite3
from worker.runtime.witness import WitnessMark, parse


def mark_of(path: Path, *, beyond: int) -> dict[str, WitnessMark]:
    """Return {ledger id: how far it had come} of a copy. Raises LedgerError or sqlite3.Error for what is none of ours.

    Of the batches after `beyond` it says which was the last without keys. The file is only read, whoever else has it.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        meta = dict(db.execute("SELECT key, value FROM meta WHERE key IN (?, 'generation')", (LEDGER_ID,)).fetchall())
        number = id_of(meta.get(LEDGER_ID, ""))
        if not number:
            return {}
        sent = "SELECT id, plan FROM batch WHERE sent_at IS NOT NULL AND id > ? ORDER BY id"
        batch = keyless = 0
        for batch, plan in db.execute(sent, (beyond,)):
            keyless = keyless if has_keys(plan) else batch
    generation = parse(meta.get("generation", "0")) or WitnessMark()
    return {number: WitnessMark(generation=generation.generation, batch=batch, keyless=keyless)}


def id_of(text: str) -> str:
    """Return an id as `begin_generation` makes one; anything else, from a file of whomever, names no file of ours."""
    return text if re.fullmatch(r"[0-9a-f]{32}", text) else ""


def has_keys(plan: str) -> bool:
    """True when every deposit of a batch, as JSON text, carries its key in the remark."""
    return all(f"#{one['key']}" in one["remark"] for one in json.loads(plan))
