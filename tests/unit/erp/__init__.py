"""worker/erp."""
