"""The export of a log: one text file of checkpoints and leaves, enough for anybody to verify it with public keys alone.

    juki-hub/export@v1
    origin <origin>
    checkpoint <base64 of a signed note>     ascending by size
    leaf <base64 of an entry>                in order, from index 0
    end <number of leaves>

Checkpoints stand first, so that a reader can check each root as it passes that size and keep no leaf in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.text import base64_bytes, base64_text

HEADER = "juki-hub/export@v1"


@dataclass(frozen=True, slots=True)
class Export:
    """An export being read: `leaves` can be walked once, and raises `IntegrityError` at a line that is not of the format."""

    origin: str
    notes: tuple[str, ...]
    leaves: Iterator[bytes]


def export_lines(origin: str, notes: Iterable[str], leaves: Iterable[bytes]) -> Iterator[str]:
    """The lines of an export, each with its newline."""
    yield f"{HEADER}\n"
    yield f"origin {origin}\n"
    for note in notes:
        yield f"checkpoint {base64_text(note.encode())}\n"
    count = 0
    for leaf in leaves:
        yield f"leaf {base64_text(leaf)}\n"
        count += 1
    yield f"end {count}\n"


def parse_export(lines: Iterable[str]) -> Export:
    """An export from its lines, which are read as far as the first leaf. Raises `IntegrityError`."""
    words = _words(lines)
    if next(words, None) != (1, HEADER, ""):
        raise IntegrityError(log.EXPORT_MALFORMED, line=1)
    _, name, origin = next(words, (2, "", ""))
    if name != "origin" or not origin:
        raise IntegrityError(log.EXPORT_MALFORMED, line=2)
    notes: list[str] = []
    for number, name, value in words:
        if name != "checkpoint":
            return Export(origin, tuple(notes), _leaves(number, name, value, words))
        notes.append(_note(number, value))
    raise IntegrityError(log.EXPORT_MALFORMED, line=3 + len(notes))


def _leaves(number: int, name: str, value: str, words: Iterator[tuple[int, str, str]]) -> Iterator[bytes]:
    count = 0
    while name == "leaf":
        yield _bytes(number, value)
        count += 1
        number, name, value = next(words, (number + 1, "", ""))
    if name != "end" or value != str(count) or next(words, None) is not None:
        raise IntegrityError(log.EXPORT_MALFORMED, line=number)


def _words(lines: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """(line number, first word, rest); raises where a line is not exactly what `export_lines` writes."""
    for number, line in enumerate(lines, start=1):
        name, space, value = line.removesuffix("\n").partition(" ")
        if not line.endswith("\n") or bool(space) != bool(value):
            raise IntegrityError(log.EXPORT_MALFORMED, line=number)
        yield number, name, value


def _note(number: int, value: str) -> str:
    try:
        return _bytes(number, value).decode("utf-8")
    except UnicodeDecodeError as error:
        raise IntegrityError(log.EXPORT_MALFORMED, line=number) from error


def _bytes(number: int, value: str) -> bytes:
    try:
        return base64_bytes(value)
    except ValueError as error:
        raise IntegrityError(log.EXPORT_MALFORMED, line=number) from error
