"""For one release: the upgrader of 1.0 looks for this file; the code is in worker/runtime/posting_freeze.py."""
