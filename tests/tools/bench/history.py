"""Fills a ledger with years of settled payments in bulk, by SQL: every row that the worker would have written."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from worker.ledger.ledger import Ledger
from worker.payments.payment import IDENTITY_VERSION, KST
from worker.posting.figures import Figures
from worker.runtime import sqlite as sqlite3

#: The payments of such a history are spread over so long, and the newest of them is so old.
YEARS, LATEST = timedelta(days=3652), timedelta(days=8)

#: Payments of one batch and of one cycle.
TOGETHER = 14

#: What became of each payment, with how many seconds lie between.
MOVES = (("", "seen", 0), ("seen", "planned", 2), ("planned", "armed", 3), ("armed", "sent", 4), ("sent", "posted", 6))


def fill(folder: Path, payments: int, *, now: datetime) -> None:
    """Make a ledger and write so many payments into it, all posted; nobody may have it open."""
    Ledger(folder).close()
    if not payments:
        return
    db = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    try:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -200000")
        db.execute("PRAGMA temp_store = MEMORY")
        indexes = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        db.execute("BEGIN")
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        _write(db, payments, now)
        for _, sql in indexes:
            db.execute(sql)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()


def _write(db: sqlite3.Connection, payments: int, now: datetime) -> None:
    oldest = now - LATEST - YEARS
    step = YEARS.total_seconds() / payments
    figures = json.dumps({**asdict(Figures(listed=206, new=TOGETHER, posted=TOGETHER, batches=1)), "seconds": 4.2})
    values = {
        "n": payments, "version": IDENTITY_VERSION, "step": step, "together": TOGETHER, "figures": figures,
        "zero": oldest.timestamp(), "zone": KST.utcoffset(None).total_seconds(),
    }  # fmt: skip
    # A key looks like a real one, in the letters of Base32, and comes in no order: an odd factor makes each number
    # another one, once.
    key = "printf('H%09X', (i * 2654435761) % 68719476736)"
    for digit, letter in zip("0189", "ZYWV", strict=True):
        key = f"replace({key}, '{digit}', '{letter}')"
    db.execute(
        f"""CREATE TEMP TABLE made AS
        WITH RECURSIVE up (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM up WHERE i + 1 < :n)
        SELECT i, {key} AS key, 1 + i / :together AS batch,
            :zero + i * :step AS at, 'payer ' || (i * 7919 % 4000) AS payer, 1000 + i * 37 % 300000 AS amount
        FROM up""",
        values,
    )
    moment = "strftime('%Y-%m-%dT%H:%M:%f', {at}, 'unixepoch') || '+00:00'"
    posted, seen = (moment.format(at=f"made.at + {seconds}") for seconds in (1806, 1800))
    local = "strftime('%Y-%m-%dT%H:%M:%S', made.at + :zone, 'unixepoch') || '+09:00'"
    db.execute(
        f"""INSERT INTO cycle (generation, slot, started, ended, outcome, figures)
        SELECT 1, {seen}, {seen}, {posted}, 'ran', :figures FROM made WHERE i % :together = 0 ORDER BY i""",
        values,
    )
    db.execute(
        f"""INSERT OR IGNORE INTO slot (at, state, cycle, closed_at)
        SELECT {seen}, 'ran', batch, {posted} FROM made WHERE i % :together = 0""",
        values,
    )
    db.execute(
        f"""INSERT INTO batch (id, cycle, generation, plan, rows, won, planned_at, armed_at, sent_at, settled_at,
            outcome, answer)
        SELECT batch, batch, 1, json_group_array(json_object('key', key, 'date', '2020-01-01', 'account', '카드사',
            'account_code', '1089', 'payer', payer, 'amount', amount, 'remark', '카드결제 ' || payer || ' #' || key)),
            COUNT(*), SUM(amount), {seen}, {seen}, {seen}, {posted}, 'posted', '성공 : 14건 실패 : 0건'
        FROM made GROUP BY batch""",
        values,
    )
    db.execute(
        f"""INSERT INTO payment (key, version, time, payer, amount, kind, approval_no, ordinal, requester, acquirer,
            raw_time, state, batch, slip, first_cycle, last_cycle, seen_at, posted_at)
        SELECT key, :version, {local}, payer, amount, '승인', printf('%08d', i), 1, 'USER01', 'KB국민카드',
            '2020/01/01 오전 8:07:05', 'posted', batch, '2020/01/01 -' || i, batch, batch, {seen}, {posted}
        FROM made ORDER BY key""",
        values,
    )
    by = "CASE {after} WHEN 1 THEN NULL ELSE batch END"
    for number, (before, after, seconds) in enumerate(MOVES, 1):
        at = moment.format(at=f"made.at + {1800 + seconds}")
        db.execute(
            f"""INSERT INTO move (id, key, before, after, at, by, batch, generation, why)
            SELECT i * {len(MOVES)} + {number}, key, '{before}', '{after}', {at}, 'worker', {by.format(after=number)},
                1, '{after}' FROM made ORDER BY i""",
            values,
        )
    db.execute("DROP TABLE made")
