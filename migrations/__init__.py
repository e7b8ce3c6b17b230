"""Alembic's history of the pipeline's tables. Run by pipeline.database.migrate, which knows the URL."""
