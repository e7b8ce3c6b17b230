"""What the tool knows of the world beyond the target's code, as declarations: which calls ask a language model."""
