"""Plans on several machines: workers that share a scheduler, luigid, and a database that holds all content."""
