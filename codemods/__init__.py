"""Understanding Luigi tasks, inserting the database-first steps, proving that nothing else changed.

Data flows one way: discover, analyze, plan, transform, verify. Analysis never writes and the target's
code is parsed, never imported or executed.
"""
