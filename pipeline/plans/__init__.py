"""Plans that are there: shown, compared with their files, deleted."""
