"""The nine steps: their text, and where each goes. The only package that knows their names."""
