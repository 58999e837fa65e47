"""For one release: an upgrader from before the rooms reads it here; the tables are in worker/ledger/schema.py."""

SCHEMA = 9
