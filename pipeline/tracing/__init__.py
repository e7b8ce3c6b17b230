"""Traces: which one a call is part of."""
