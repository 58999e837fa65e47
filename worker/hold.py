"""For one release: an upgrader from before the rooms looks for this file; see worker/runtime/posting_freeze.py."""
