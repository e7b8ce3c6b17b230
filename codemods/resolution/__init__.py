"""Names to definitions: modules on disk, imports, classes and their members. Parses, never imports."""
