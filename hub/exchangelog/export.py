"""The export of a log: one text file of checkpoints and leaves, enough for anybody to verify it with public keys alone.

    juki-hub/export@v1
    origin <origin>
    checkpoint <base64 of a signed note>     ascending by size
    leaf <base64 of an entry>                in order, from index 0
    end <number of leaves>

Checkpoints stand first, so that a reader can check each root as it passes that size and keep no leaf in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.text import base64_bytes, base64_text

HEADER = "juki-hub/export@v1"
MAX_LINE = 1 << 20  # characters of a line: the largest note (hub.exchangelog.note) and the largest entry are smaller

Words = tuple[int, str, str]  # number of a line, its first word, the rest


class Export:
    """An export being read, line by line: `notes` and then `leaves`, each once. Whoever asks for the leaves first gets no notes.

    `start` is the index of its first leaf; behind its last stands the index of the one that would follow.
    """

    def __init__(self, origin: str, words: Iterator[Words], start: int = 0) -> None:
        self.origin, self.start = origin, start
        self._words = words
        self._first: Words | None = None  # the line behind the checkpoints

    @property
    def notes(self) -> Iterator[str]:
        """The signed checkpoints; "", which nobody signed, for one that is not even text: the leaves can be judged all the same."""
        number = 2
        for number, name, value in self._words:
            if name != "checkpoint":
                self._first = (number, name, value)
                return
            yield _note(value)
        self._first = (number + 1, "", "")

    @property
    def leaves(self) -> Iterator[bytes]:
        """The entries' bytes from index 0. Raises `IntegrityError` at a line that is not of the format, as where the last is missing."""
        if self._first is None:
            deque(self.notes, maxlen=0)
        index, (number, name, value) = self.start, self._first or (0, "", "")
        while name == "leaf":
            yield _bytes(number, value)
            index += 1
            number, name, value = next(self._words, (number + 1, "", ""))
        if name != "end" or value != str(index) or next(self._words, None) is not None:
            raise IntegrityError(log.EXPORT_MALFORMED, line=number)


def export_lines(origin: str, notes: Iterable[str], leaves: Iterable[bytes]) -> Iterator[str]:
    """The lines of an export, each with its newline."""
    yield f"{HEADER}\n"
    yield f"origin {origin}\n"
    yield from body_lines(notes, leaves, 0)


def body_lines(notes: Iterable[str], leaves: Iterable[bytes], start: int) -> Iterator[str]:
    """What stands behind the head of an export, or of an archive whose first leaf has the index `start`."""
    for note in notes:
        yield f"checkpoint {base64_text(note.encode())}\n"
    index = start
    for leaf in leaves:
        yield f"leaf {base64_text(leaf)}\n"
        index += 1
    yield f"end {index}\n"


def parse_export(lines: Iterable[str]) -> Export:
    """An export from its lines, of which only the first two are read here. Raises `IntegrityError` unless it begins as one."""
    words = split(lines)
    if next(words, None) != (1, HEADER, ""):
        raise IntegrityError(log.EXPORT_MALFORMED, line=1)
    _, name, origin = next(words, (2, "", ""))
    if name != "origin" or not origin:
        raise IntegrityError(log.EXPORT_MALFORMED, line=2)
    return Export(origin, words)


def split(lines: Iterable[str]) -> Iterator[Words]:
    """(line number, first word, rest); both blank where a line is not one that exports and archives have."""
    for number, line in enumerate(lines, start=1):
        name, space, value = line.removesuffix("\n").partition(" ")
        if line.endswith("\n") and len(line) <= MAX_LINE and (value or (number == 1 and not space)):
            yield number, name, value
        else:
            yield number, "", ""


def _note(value: str) -> str:
    try:
        return base64_bytes(value).decode("utf-8")
    except ValueError:
        return ""


def _bytes(number: int, value: str) -> bytes:
    try:
        return base64_bytes(value)
    except ValueError as error:
        raise IntegrityError(log.EXPORT_MALFORMED, line=number) from error
