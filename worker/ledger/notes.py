"""The names of the notes that a ledger keeps about itself, in its table `meta`."""

#: The ledger's own id, and the moment in which it was last known to be no older than the ERP.
LEDGER_ID, PROVED = "ledger_id", "proved"

#: What a check of the file found, and the generation whose worker ended in order.
DAMAGED, ENDED = "damaged", "ended"

#: From when a restored ledger is; its presence alone keeps it from posting.
OLDER = "older"
