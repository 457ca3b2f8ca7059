"""The data files of this room: rows of a CSV file, its `#` lines left out."""

from __future__ import annotations

import csv
from importlib import resources
from itertools import dropwhile


def read_text(name: str) -> str:
    """A data file as text. Raises `FileNotFoundError`."""
    return resources.files("connectors.juki.data").joinpath(name).read_text(encoding="utf-8")


def read_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file by column name, in the order of the file."""
    lines = dropwhile(lambda line: line.startswith("#"), read_text(name).splitlines())
    return tuple(csv.DictReader(lines, strict=True))
