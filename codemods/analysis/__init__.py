"""From a task class to what it does: calls, writes, contents. Reads only."""
