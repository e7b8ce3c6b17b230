"""One module a command, imported when it is called; each holds a click command named like the module."""
