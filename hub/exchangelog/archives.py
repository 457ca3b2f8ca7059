"""Archives: a log cut at checkpoints into files, each bound to the one before it by its SHA-256, enough to verify any run of them.

    juki-hub/archive@v1
    origin <origin>
    previous <SHA-256 of the archive before it, in hex, or - for the first>
    start <index of the first leaf>
    edge <the tree's right edge at that size: base64 of its hashes, the largest subtree first, or - for no leaves>
    checkpoint <base64 of a signed note>     those of sizes from `start` to the end, ascending; before the first leaf there is none
    leaf <base64 of an entry>                in order
    end <index behind the last leaf>

Where they are cut follows from the log and the wished length alone, so the same log gives the same bytes on any day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.export import Export, Words, body_lines, split
from hub.exchangelog.text import base64_bytes, base64_text, decimal
from hub.exchangelog.tree import HASH_SIZE, Frontier

HEADER: Final = "juki-hub/archive@v1"
EVERY: Final = 50_000  # leaves
_NOTHING: Final = "-"


@dataclass(frozen=True, slots=True)
class Head:
    """What an archive says of its place: `previous` is "" for the first."""

    origin: str
    previous: str
    tree: Frontier


def cuts(sizes: Iterable[int], every: int) -> Iterator[int]:
    """Where a log with checkpoints of these sizes (ascending) is cut: at the last one of each `every` leaves that are complete."""
    last, wanted, before = 0, every, 0
    for size in sizes:
        while size > wanted:
            if before > last:
                yield before
                last = before
            wanted += every
        if size == wanted:
            yield size
            last, wanted = size, wanted + every
        before = size


def archive_lines(head: Head, notes: Iterable[str], leaves: Iterable[bytes]) -> Iterator[str]:
    """The lines of an archive, each with its newline."""
    yield f"{HEADER}\n"
    yield f"origin {head.origin}\n"
    yield f"previous {head.previous or _NOTHING}\n"
    yield f"start {head.tree.size}\n"
    yield f"edge {base64_text(b''.join(head.tree.edge)) if head.tree.size else _NOTHING}\n"
    yield from body_lines(notes, leaves, head.tree.size)


def parse_archive(lines: Iterable[str]) -> tuple[Head, Export]:
    """An archive from its lines, of which only the head is read here. Raises `IntegrityError` HUB-LOG-007 unless it begins as one."""
    words = split(lines)
    if next(words, None) != (1, HEADER, ""):
        raise IntegrityError(log.EXPORT_MALFORMED, line=1)
    origin = _value(words, 2, "origin")
    previous = _value(words, 3, "previous")
    start, edge = _value(words, 4, "start"), _value(words, 5, "edge")
    if previous != _NOTHING and not _is_digest(previous):
        raise IntegrityError(log.EXPORT_MALFORMED, line=3)
    try:
        size = decimal(start)
        hashes = b"" if edge == _NOTHING else base64_bytes(edge)
        tree = Frontier(size, tuple(hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)))
    except (ValueError, IntegrityError):
        raise IntegrityError(log.EXPORT_MALFORMED, line=4) from None
    if (previous == _NOTHING) != (size == 0) or (edge == _NOTHING) != (size == 0):
        raise IntegrityError(log.EXPORT_MALFORMED, line=4)
    head = Head(origin, "" if previous == _NOTHING else previous, tree)
    return head, Export(origin, words, size)


def _value(words: Iterator[Words], line: int, name: str) -> str:
    _, found, value = next(words, (line, "", ""))
    if found != name:
        raise IntegrityError(log.EXPORT_MALFORMED, line=line)
    return value


def _is_digest(text: str) -> bool:
    return len(text) == 2 * HASH_SIZE and all(letter in "0123456789abcdef" for letter in text)
