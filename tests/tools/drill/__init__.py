"""`./scripts/drill`: a tree of its own, broken on purpose, and how long it takes to come back."""
