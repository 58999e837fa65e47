"""The ledger: what was seen, what was posted, and every step between; its database, outbox and search."""
