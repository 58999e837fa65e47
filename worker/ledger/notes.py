"""The names of the notes that a ledger keeps about itself, in its table `meta`."""

#: The ledger's own id, and the moment in which it was last known to be no older than the ERP.
LEDGER_ID, PROVED = "ledger_id", "proved"

#: What a check of the file found, and the generation whose worker ended in order.
DAMAGED, ENDED = "damaged", "ended"

#: From when a restored ledger is; its presence alone keeps it from posting.
OLDER = "older"

#: As JSON, that and whereto the books were moved away; whence they came.
SEALED, MOVED_FROM = "sealed", "moved_from"

#: As JSON, what the ledger that a backup replaced knew.
KNOWN = "replaced_knows"

#: As JSON, the question about a whole list, its answer, and requests older than an adoption.
BRAKE, BRAKE_ANSWER, ASKED_BEFORE = "brake", "brake_answer", "asked_before"

#: As JSON, the decisions by which a deposit goes out and that can still be taken back.
OPEN_DECISIONS = "open_decisions"

#: As JSON, the decisions by which nothing goes out and that can still be taken back.
SETTLED_DECISIONS = "settled_decisions"

#: As JSON, the deposits in the ERP that have our form and that this ledger does not know.
UNKNOWN_SLIPS = "unknown_slips"

#: As JSON, from when to when it was compared with what a person posts by hand; and the newest score.
SHADOW, SHADOW_SCORE = "shadow", "shadow_score"

#: Why this machine may fall asleep, and why no witness stands outside DATA_DIR.
AWAKE, WITNESS = "awake", "witness"
