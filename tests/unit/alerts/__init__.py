"""worker/alerts."""
