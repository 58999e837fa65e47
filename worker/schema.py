"""For one release: the upgrader of 1.0 reads this number here; the tables are in worker/ledger/schema.py."""

SCHEMA = 6
