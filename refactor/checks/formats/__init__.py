"""The output formats of check, one module a format."""
