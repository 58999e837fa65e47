"""When a cycle is due, what runs it, and what became of each time at which one was due."""
