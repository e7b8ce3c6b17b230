"""The second way to write the steps: `with self.database_steps() as steps:` around the method's statements."""
