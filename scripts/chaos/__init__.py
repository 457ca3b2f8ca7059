"""Chaos: days of the ward on real servers while processes, nodes and the database are killed, stopped and frozen (`make chaos`)."""
