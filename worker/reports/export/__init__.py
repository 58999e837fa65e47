"""What an auditor takes along: payments, deposits, moves and their totals as CSV and xlsx."""
