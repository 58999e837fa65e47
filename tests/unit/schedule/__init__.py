"""worker/schedule."""
