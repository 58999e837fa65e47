"""A month of an office, played on a real tree: every row of its list is posted once, or rightly asked about."""
