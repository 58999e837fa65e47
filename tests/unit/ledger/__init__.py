"""worker/ledger."""
