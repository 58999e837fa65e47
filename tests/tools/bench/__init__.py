"""`./scripts/bench`: what everything costs in time, memory and wake-ups, beside what it may cost."""
