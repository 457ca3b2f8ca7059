"""外字 tables: what a partner's user-defined codes mean, in MJ characters (with their selectors) or 行政事務標準文字 of plane 16.

A user-defined code means nothing outside the system that defined it, so it crosses the edge by a table or not at all, in both
directions. A table is a text file:

    F040<tab>U+8FBB U+E0101<tab>remark    a code of cp932's area F040-F9FC, or U+E000; and what it is here
    U+E000-U+E3FF<tab>=                   codes that both sides have agreed to mean the same by: kept as they are
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from connectors.kit.text.characters import characters, named
from connectors.kit.text.charset import OWN, CharacterSet, read
from connectors.kit.text.tables import character, fault, rows
from hub.codes import kit
from hub.errors import Faults, HubError, Misconfigured, Refused

_CODE: Final = re.compile("F[0-9][4-9A-F][0-9A-F]")
_RANGE: Final = re.compile("(U\\+[0-9A-F]{4,6})-(U\\+[0-9A-F]{4,6})")
_KEPT: Final = "="


@dataclass(frozen=True, slots=True)
class Gaiji:
    """A partner's table. `meant`: its code point -> our character; `written`: our character -> its code point.

    Where several codes mean one character, the first of the file is written.
    """

    meant: Mapping[str, str]
    written: Mapping[str, str]

    def incoming(self, text: str, place: str) -> str:
        """`text` with the partner's codes as our characters. Raises `Refused` GAIJI_UNKNOWN."""
        if OWN.search(text) is None:
            return text
        return "".join(self._known(found, self.meant, place, number) for number, found in _numbered(text))

    def outgoing(self, text: str, place: str) -> str:
        """`text` with our characters as the partner's codes, one for one. Raises `Refused` GAIJI_UNKNOWN or UNENCODABLE."""
        if not self.written and OWN.search(text) is None:
            return text
        shown = tuple(self._known(found, self.written, place, number) for number, found in _numbered(text))
        found = characters("".join(shown))
        if found != shown:
            # A selector without a character of its own has come to stand after a code, and would change it.
            number = next(
                number for number, pair in enumerate(zip(found, shown, strict=False), 1) if len(set(pair)) > 1
            )
            raise Refused(kit.UNENCODABLE, place=place, position=number + 1, point=named(shown[number]))
        return "".join(shown)

    @staticmethod
    def _known(found: str, table: Mapping[str, str], place: str, number: int) -> str:
        shown = table.get(found)
        if shown is not None:
            return shown
        if OWN.search(found):
            raise Refused(kit.GAIJI_UNKNOWN, place=place, position=number, point=named(found))
        return found


NO_GAIJI: Final = Gaiji(MappingProxyType({}), MappingProxyType({}))


def read_gaiji(text: str, table: str) -> Gaiji:
    """The table in `text`; `table` names it in errors. Raises `Faults` with every `Misconfigured` TEXT_TABLE of it."""
    meant: dict[str, str] = {}
    faults: list[HubError] = []
    for line, cells in rows(text):
        try:
            for code, shown in _pairs(cells, table, line):
                if code in meant:
                    raise fault(table, line, "each code once")
                meant[code] = shown
        except Misconfigured as error:
            faults.append(error)
    if faults:
        raise Faults(tuple(faults))
    written: dict[str, str] = {}
    for code, shown in meant.items():
        written.setdefault(shown, code)
    return Gaiji(MappingProxyType(meant), MappingProxyType(written))


def _pairs(cells: list[str], table: str, line: int) -> Iterator[tuple[str, str]]:
    if len(cells) not in {2, 3}:
        raise fault(table, line, "2-3 cells")
    if cells[1] == _KEPT:
        yield from ((code, code) for code in _codes(cells[0], table, line))
        return
    shown = character(cells[1], table, line)
    if OWN.search(shown):
        raise fault(table, line, "a character of everybody's")
    yield _code(cells[0], table, line), shown


def _codes(cell: str, table: str, line: int) -> Iterator[str]:
    match = _RANGE.fullmatch(cell)
    first, last = (_code(end, table, line) for end in (match.groups() if match else (cell, cell)))
    if ord(first) > ord(last) or (ord(first) < 0xF0000) is not (ord(last) < 0xF0000):
        raise fault(table, line, "a range of one area")
    yield from map(chr, range(ord(first), ord(last) + 1))


def _code(cell: str, table: str, line: int) -> str:
    """The partner's code point: as it stands, or as cp932 reads it."""
    found = read(bytes.fromhex(cell), CharacterSet.CP932) if _CODE.fullmatch(cell) else character(cell, table, line)
    if not isinstance(found, str) or len(found) != 1 or not OWN.search(found):
        raise fault(table, line, "a user-defined code")
    return found


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    return enumerate(characters(text), start=1)
