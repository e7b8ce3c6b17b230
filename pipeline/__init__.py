"""The runtime that refactored tasks stand on: every LLM result is in the database before it is in a file."""
