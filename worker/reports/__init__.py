"""Reports: what the ledger tells about a day, a week or a month, as mail, page and plain text."""
