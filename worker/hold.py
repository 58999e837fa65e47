"""For one release: an upgrader from before the rooms looks for this file; the code is in worker/runtime/posting_freeze.py."""
