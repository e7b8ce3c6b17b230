"""What an editor asks of the tool, over the Language Server Protocol."""
