"""What a commit must say of itself before a byte of it is stored; a commit that contradicts itself is a program fault."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hub.codes import jnl
from hub.errors import IntegrityError
from hub.ports import STATES, Commit

BODY = "body"


def check(commit: Commit) -> None:
    """Raises `IntegrityError` naming the first rule that `commit` breaks."""
    for rule, kept in _rules(commit):
        if not kept:
            raise IntegrityError(jnl.COMMIT_MALFORMED, rule=rule)


def _rules(commit: Commit) -> Iterator[tuple[str, bool]]:
    start, size = commit.expected_size, commit.expected_size + len(commit.entries)
    new = range(start, size)
    permitted = {(row.sender, row.message_id, row.index) for row in commit.known if row.permit}
    bodies = {row.index for row in commit.secrets if row.slot == BODY}
    moved = [row.index for row in commit.settled]
    yield "entries", bool(commit.entries) and start >= 0
    yield "entries-contiguous", all(row.index == at for at, row in zip(new, commit.entries, strict=True))
    yield "checkpoint-size", commit.checkpoint.size == size
    yield "edge-size", len(commit.edge) == size.bit_count()
    yield "known-index", all(row.index in new for row in commit.known)
    yield "secret-index", all(row.index in new for row in commit.secrets)
    # Nothing is delivered that is not in the log as `permit`, and nothing without its body (design promise 1).
    yield "outgoing-known", all((row.sender, row.message_id, row.index) in permitted for row in commit.outgoing)
    yield "outgoing-body", all(row.index in bodies for row in commit.outgoing)
    yield "outgoing-order", _ascending([row.index for row in commit.outgoing])
    yield "settled-once", len(set(moved)) == len(moved)
    yield "settled-state", all(row.state in STATES for row in commit.settled)
    yield "settled-answer", all(row.answer_index is None or row.answer_index < size for row in commit.settled)
    tied = [key_id for row in commit.tied for key_id in row.keys]
    yield "tied-body", all(row.index in bodies for row in commit.tied)
    yield "tied-once", len(set(tied)) == len(tied)
    yield "rebucketed-old", all(row.index < start for row in commit.rebucketed)


def _ascending(indexes: list[int]) -> bool:
    # A lane's first row must be inserted first: the insert decides which one leads.
    return all(one < other for one, other in pairwise(indexes))
