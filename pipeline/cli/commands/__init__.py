"""How each command of `pipeline` is called, one module each; what it does is in the action of the same name."""
