"""What happens in plans, as server-sent events."""
