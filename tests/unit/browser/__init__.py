"""worker/browser."""
