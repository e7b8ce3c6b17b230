"""What is printed: text, JSON, status, explanations, progress."""
