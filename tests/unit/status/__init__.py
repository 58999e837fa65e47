"""worker/status."""
