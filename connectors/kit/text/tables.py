"""Tables of characters as text files: a line a row, cells between tabs, `#` begins a remark line.

A character stands as its code points (`U+845B U+E0100`), so that no editor and no normalisation can change it unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from typing import Final

from connectors.kit.text.characters import characters
from hub.codes import kit
from hub.errors import Misconfigured

_POINTS: Final = re.compile("U\\+([0-9A-F]{4,6})(?: U\\+([0-9A-F]{4,6}))?")


def own_table(name: str) -> str:
    """A table that the kit ships."""
    return resources.files("connectors.kit.text.data").joinpath(name).read_text(encoding="utf-8")


def rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line and not line.startswith("#"):
            yield number, line.split("\t")


def character(cell: str, table: str, line: int) -> str:
    """The one character that `cell` names. Raises `Misconfigured` TEXT_TABLE."""
    match = _POINTS.fullmatch(cell)
    points = [int(point, 16) for point in match.groups() if point] if match else []
    if not points or any(point > 0x10FFFF or 0xD800 <= point < 0xE000 for point in points):
        raise fault(table, line, "U+XXXX")
    made = "".join(map(chr, points))
    if len(characters(made)) != 1:
        raise fault(table, line, "one character")
    return made


def fault(table: str, line: int, rule: str) -> Misconfigured:
    """What is wrong with a line; `rule` names what was expected."""
    return Misconfigured(kit.TEXT_TABLE, table=table, line=line, rule=rule)
