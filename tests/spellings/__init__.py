"""Spellings of one thing that the analysis has to see through: each is right when it is run, or refused."""
