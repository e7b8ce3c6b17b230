"""Pipelines as other people write them: generated, refactored or refused, and run before and after."""
