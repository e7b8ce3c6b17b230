"""Changing files: rewriting, writing, committing, verifying."""
