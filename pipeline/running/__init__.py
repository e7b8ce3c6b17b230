"""One run of a plan: from its start to its end, and what a death leaves."""
