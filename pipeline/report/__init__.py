"""A plan as the database has it, as lines on a terminal and as a page."""
