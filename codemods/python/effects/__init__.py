"""What a function in sight does to files: which paths it opens and how, in terms of its parameters."""
