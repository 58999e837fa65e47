"""worker/admin."""
