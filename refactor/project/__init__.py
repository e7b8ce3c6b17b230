"""What is looked at: configuration, files, selection, order, git."""
