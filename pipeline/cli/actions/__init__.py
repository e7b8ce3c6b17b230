"""What each command does, apart from how it is called: nothing of this is loaded for `--help`."""
