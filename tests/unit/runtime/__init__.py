"""worker/runtime."""
