"""worker/reports."""
