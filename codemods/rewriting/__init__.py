"""Text out: weaving, taking out, proving. The only package that uses LibCST."""
