"""What Circus runs: hooks inside circusd and the two guards beside it."""
