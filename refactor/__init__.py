"""The command line: bytes, then files, then paths, then commands.

What the codemods understand is shown and written here, never decided.
"""
