"""The gate: running the rules, its cache, its baseline."""
