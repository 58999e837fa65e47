"""worker/config."""
