"""How the worker ends: it was asked to, another one has the lock, its settings are wrong. All else is a crash."""

STOPPED, LOCK_HELD, SETTINGS_WRONG = 0, 75, 78
