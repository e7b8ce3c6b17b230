"""What is asked by programs."""
