"""A backlog for one recipient that is down, and what it costs the others (`python -m scripts.backlog`)."""
