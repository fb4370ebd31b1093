"""Alembic's scripts. Each migration is frozen: it imports nothing of ours, so that it does tomorrow
what it does today."""
