"""Inside circusd's only thread: nothing here sleeps or waits."""
