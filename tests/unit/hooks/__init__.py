"""What circusd and the guards run."""
