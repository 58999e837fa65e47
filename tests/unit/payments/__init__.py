"""worker/payments."""
