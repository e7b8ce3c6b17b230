"""The database: primary storage of plans, LLM interactions and plan content."""
