"""The tables of the ledger, and how each earlier form of them becomes the next."""

import re

#: PRAGMA application_id: "dayb".
APPLICATION = 0x64617962

#: PRAGMA user_version.
SCHEMA = 9


_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE adoption (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, company TEXT NOT NULL, origin TEXT NOT NULL,
    machine TEXT NOT NULL, mode TEXT NOT NULL, database TEXT NOT NULL, generation INTEGER NOT NULL,
    until TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE payment (
    key TEXT PRIMARY KEY, version INTEGER NOT NULL, time TEXT NOT NULL, payer TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), kind TEXT NOT NULL, approval_no TEXT NOT NULL, ordinal INTEGER NOT NULL,
    requester TEXT NOT NULL, acquirer TEXT NOT NULL, raw_time TEXT NOT NULL,
    state TEXT NOT NULL, excluded TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '',
    cleared TEXT NOT NULL DEFAULT '',
    batch INTEGER REFERENCES batch (id), approval_key TEXT REFERENCES payment (key), slip TEXT NOT NULL DEFAULT '',
    first_cycle INTEGER NOT NULL, last_cycle INTEGER NOT NULL, seen_at TEXT NOT NULL, posted_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_open ON payment (state) WHERE state <> 'posted' AND excluded = '';
CREATE INDEX payment_posted ON payment (posted_at) WHERE posted_at IS NOT NULL;
CREATE INDEX payment_likeness ON payment (payer, amount);
CREATE INDEX payment_cycle ON payment (last_cycle);
CREATE INDEX payment_batch ON payment (batch) WHERE batch IS NOT NULL;
CREATE TABLE move (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, at TEXT NOT NULL,
    by TEXT NOT NULL, batch INTEGER, generation INTEGER, why TEXT NOT NULL
) STRICT;
CREATE INDEX move_key ON move (key);
CREATE TRIGGER move_is_written_once BEFORE UPDATE ON move BEGIN SELECT RAISE (ABORT, 'moves are append-only'); END;
CREATE TRIGGER move_is_kept BEFORE DELETE ON move BEGIN SELECT RAISE (ABORT, 'moves are append-only'); END;
CREATE TABLE batch (
    id INTEGER PRIMARY KEY, cycle INTEGER NOT NULL, generation INTEGER NOT NULL, plan TEXT NOT NULL,
    rows INTEGER NOT NULL, won INTEGER NOT NULL, planned_at TEXT NOT NULL, armed_at TEXT, sent_at TEXT,
    settled_at TEXT, outcome TEXT NOT NULL DEFAULT '', answer TEXT NOT NULL DEFAULT '',
    looked_up_at TEXT, missing INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX batch_open ON batch (id) WHERE settled_at IS NULL;
CREATE TABLE cycle (
    id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, slot TEXT NOT NULL, started TEXT NOT NULL, ended TEXT,
    outcome TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '', figures TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX cycle_started ON cycle (started);
CREATE INDEX cycle_open ON cycle (id) WHERE ended IS NULL;
CREATE TABLE oddity (
    id INTEGER PRIMARY KEY, row TEXT NOT NULL UNIQUE, why TEXT NOT NULL, first_cycle INTEGER NOT NULL,
    last_cycle INTEGER NOT NULL, seen_at TEXT NOT NULL, settled TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX oddity_open ON oddity (last_cycle) WHERE settled = '';
CREATE TABLE proof (day TEXT PRIMARY KEY, at TEXT NOT NULL, pasted TEXT NOT NULL, posted TEXT NOT NULL) STRICT;
CREATE TABLE incident (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL, facts TEXT NOT NULL
) STRICT;
"""

_SLOTS_AND_ALARMS = """
CREATE TABLE slot (
    at TEXT PRIMARY KEY, state TEXT NOT NULL, why TEXT NOT NULL DEFAULT '', cycle INTEGER, closed_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX slot_open ON slot (at) WHERE state = 'open';
CREATE TABLE alarm (
    id INTEGER PRIMARY KEY, cause TEXT NOT NULL, what TEXT NOT NULL, facts TEXT NOT NULL DEFAULT '{}',
    since TEXT NOT NULL, latest TEXT NOT NULL, count INTEGER NOT NULL DEFAULT 1,
    told INTEGER NOT NULL DEFAULT 0, told_at TEXT, ended_at TEXT
) STRICT;
CREATE UNIQUE INDEX alarm_open ON alarm (cause) WHERE ended_at IS NULL;
CREATE TABLE mail (
    id INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, key TEXT UNIQUE, at TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE delivery (
    mail INTEGER NOT NULL REFERENCES mail (id), channel TEXT NOT NULL, sent_at TEXT, tries INTEGER NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL, error TEXT NOT NULL DEFAULT '', PRIMARY KEY (mail, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_open ON delivery (next_try) WHERE sent_at IS NULL;
CREATE INDEX incident_at ON incident (at);
"""

_MOVES_BY_TIME = """
CREATE INDEX move_at ON move (at);
"""

#: By what people know of a payment, and which ones were ever doubtful: their evidence is kept.
_WAYS_TO_FIND = """
CREATE INDEX payment_payer ON payment (payer, time);
CREATE INDEX payment_amount ON payment (amount, time);
CREATE INDEX payment_time ON payment (time);
CREATE INDEX payment_approval_no ON payment (approval_no) WHERE approval_no <> '';
CREATE INDEX payment_slip ON payment (REPLACE (slip, ' ', '')) WHERE slip <> '';
CREATE INDEX payment_slips ON payment (slip) WHERE INSTR (slip, ',') > 0;
CREATE INDEX move_doubtful ON move (key) WHERE after IN ('held', 'in_doubt', 'rejected');
"""

#: So that counting the cycles of ten years does not read them.
_CYCLES_BY_OUTCOME = """
CREATE INDEX cycle_outcome ON cycle (outcome) WHERE ended IS NOT NULL;
"""

#: Readings, the pairs of rows that may be one payment, and every form in which a payment was listed before. The SQL
#: function real_number is worker.payments.text's. A ledger of before begins with its last complete reading.
_READINGS = """
CREATE TABLE reading (
    id INTEGER PRIMARY KEY, cycle INTEGER NOT NULL, at TEXT NOT NULL, rows INTEGER NOT NULL, requested TEXT NOT NULL,
    deferred TEXT NOT NULL, reflected_at TEXT
) STRICT;
CREATE TABLE pairing (
    id INTEGER PRIMARY KEY, new TEXT NOT NULL, old TEXT NOT NULL, rule TEXT NOT NULL, gone INTEGER NOT NULL,
    reading INTEGER NOT NULL, answer TEXT NOT NULL DEFAULT '', UNIQUE (new, old)
) STRICT;
CREATE INDEX pairing_old ON pairing (old);
CREATE TABLE form (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, at TEXT NOT NULL, reading INTEGER NOT NULL, payer TEXT NOT NULL,
    approval_no TEXT NOT NULL
) STRICT;
CREATE INDEX form_key ON form (key);
CREATE INDEX form_at ON form (at);
ALTER TABLE payment ADD COLUMN number TEXT NOT NULL DEFAULT '';
ALTER TABLE payment ADD COLUMN last_reading INTEGER NOT NULL DEFAULT 0;
UPDATE payment SET number = real_number (approval_no) WHERE approval_no <> '';
INSERT INTO reading (id, cycle, at, rows, requested, deferred)
    SELECT 1, id, started, COALESCE (json_extract (figures, '$.listed'), 0), '[]', '[]'
    FROM cycle WHERE outcome = 'ran' ORDER BY id DESC LIMIT 1;
UPDATE payment SET last_reading = 1 WHERE last_cycle = (SELECT cycle FROM reading WHERE id = 1);
CREATE INDEX payment_number ON payment (number) WHERE number <> '';
CREATE INDEX payment_reading ON payment (last_reading) WHERE last_reading > 0;
"""

#: So that what takes an approval back, and the pairs that nobody has decided, are found without reading all of them.
_HALVES_AND_OPEN_PAIRS = """
CREATE INDEX payment_approval_key ON payment (approval_key) WHERE approval_key IS NOT NULL;
CREATE INDEX pairing_open ON pairing (id) WHERE answer = '';
"""

#: Who has seen an alarm, and what stood in it then. Written once: nothing takes an acknowledgement away.
_ACKNOWLEDGEMENTS = """
CREATE TABLE acknowledgement (
    id INTEGER PRIMARY KEY, alarm INTEGER NOT NULL REFERENCES alarm (id), at TEXT NOT NULL, by TEXT NOT NULL,
    count INTEGER NOT NULL, what TEXT NOT NULL
) STRICT;
CREATE INDEX acknowledgement_alarm ON acknowledgement (alarm);
CREATE TRIGGER acknowledgement_is_written_once BEFORE UPDATE ON acknowledgement
    BEGIN SELECT RAISE (ABORT, 'acknowledgements are append-only'); END;
CREATE TRIGGER acknowledgement_is_kept BEFORE DELETE ON acknowledgement
    BEGIN SELECT RAISE (ABORT, 'acknowledgements are append-only'); END;
"""

#: What would have been posted, and what a person entered meanwhile: MODE = shadow.
_BY_HAND = """
CREATE TABLE compared (
    key TEXT PRIMARY KEY, paid_at TEXT NOT NULL, day TEXT NOT NULL, account TEXT NOT NULL, payer TEXT NOT NULL,
    won INTEGER NOT NULL, due_at TEXT, why TEXT NOT NULL, approval TEXT NOT NULL, reflected_at TEXT, left_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX compared_paid ON compared (paid_at);
CREATE TABLE entered (
    number TEXT PRIMARY KEY, entered_at TEXT NOT NULL, day TEXT NOT NULL, account TEXT NOT NULL, payer TEXT NOT NULL,
    won INTEGER, gone_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX entered_at ON entered (entered_at);
"""

#: What makes each form of the tables from the one before; a new ledger goes through all of them.
STEPS = (
    _FIRST,
    _SLOTS_AND_ALARMS,
    _MOVES_BY_TIME,
    _WAYS_TO_FIND,
    _CYCLES_BY_OUTCOME,
    _READINGS,
    _HALVES_AND_OPEN_PAIRS,
    _ACKNOWLEDGEMENTS,
    _BY_HAND,
)


def way_back(step: str) -> tuple[str, ...] | None:
    """Return the statements that take away what a step has added, newest first; None for a step that did more than add.

    By them a newer daybreak hands its ledger to an older one: no payment and no move is touched. A step fills by INSERT
    and UPDATE only what it has added itself, which goes with it.
    """
    gone = []
    for statement in step.split(";\n"):
        if not statement.strip() or re.match(r"\s*(INSERT|UPDATE) ", statement):
            continue
        if column := re.match(r"\s*ALTER TABLE (\w+) ADD COLUMN (\w+) ", statement):
            gone.append(f"ALTER TABLE {column[1]} DROP COLUMN {column[2]}")
            continue
        added = re.match(r"\s*CREATE (?:UNIQUE )?(TABLE|INDEX|TRIGGER) (\w+) ", statement)
        if added is None:
            return None
        gone.append(f"DROP {added[1]} {added[2]}")
    return tuple(reversed(gone))
