"""Alembic's scripts for the journal. A released revision is never edited: the next one changes the schema."""
