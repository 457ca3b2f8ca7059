"""What a server that is missing, does not start or does not answer raises: one kind, with a sentence for a person."""

from __future__ import annotations


class ServerError(RuntimeError):
    """The sentence says which server, what was expected, and holds the end of its log where there is one."""
