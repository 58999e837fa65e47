"""The running worker as circusd and its own files know it: who runs, what it is asked for, and its answer."""
