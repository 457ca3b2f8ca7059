"""The two forms of records in files: fixed length (`fields.Layout`) and CSV (RFC 4180), both strict and both exact.

A form turns a list of records, each item name -> text, into bytes and back. Characters are `connectors.kit.text`'s: 外字 cross
by the partner's table or not at all. What cannot be read is refused by the place of the record and the code point or byte,
never by its content; nothing is trimmed, substituted or interpreted (a leading = stays one).
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from connectors.kit import text
from connectors.kit.languages.fields import CP932, Charset, Field, Layout
from connectors.kit.text import NO_GAIJI, CharacterSet, Gaiji
from connectors.kit.text.charset import Stop, read
from connectors.kit.text.losses import REPLACEMENT
from hub.codes import kit
from hub.errors import Code, Refused

Record = Mapping[str, str]

_END: Final = b"\r\n"
BOM: Final = b"\xef\xbb\xbf"
_LAYOUT_CHARACTERS: Final = frozenset("\t\r\n")


class BadRecord(ValueError):
    """The next record cannot be read. `point` is a code point (U+E000) or a byte (0x81); `heading`: before all records."""

    def __init__(self, code: Code, point: str = "", *, heading: bool = False) -> None:
        super().__init__(code.id)
        self.code = code
        self.point = point
        self.heading = heading


class RecordForm(Protocol):
    """How records stand in a file. `mark` is what the file begins with."""

    @property
    def mark(self) -> bytes: ...

    def encode(self, records: Sequence[Record]) -> bytes:
        """Raises `Refused` for a value that would not come back as it is, `ValueError` for other names than the form's."""

    def decode(self, data: bytes) -> Iterator[Record]:
        """The records one by one. Raises `BadRecord` where the first stands that cannot be read."""


class FixedForm:
    """Records of a layout, each with CR LF behind it."""

    mark = b""

    def __init__(self, fields: Sequence[Field], charset: Charset = CP932, gaiji: Gaiji = NO_GAIJI) -> None:
        """Raises `ValueError` for a character set that `connectors.kit.text` does not know, and as `Layout`."""
        self._layout = Layout(fields, charset)
        self._set = CharacterSet(charset.codec)
        self._gaiji = gaiji

    def encode(self, records: Sequence[Record]) -> bytes:
        return b"".join(self._layout.encode(_shown(one, self._set, self._gaiji)) + _END for one in records)

    def decode(self, data: bytes) -> Iterator[Record]:
        size = self._layout.size + len(_END)
        for place in range(0, len(data), size):
            yield self._record(data[place : place + size])

    def _record(self, data: bytes) -> Record:
        record = data[: self._layout.size]
        _readable(record, self._set)
        if data[self._layout.size :] != _END:
            raise BadRecord(kit.FILE_RECORD)
        try:
            values = self._layout.decode(record)
        except ValueError:
            raise BadRecord(kit.FILE_RECORD) from None
        return _meant(values, self._gaiji)


class CsvForm:
    """A row of item names, then a row for each record; every field quoted when written. UTF-8 bears its mark (BOM)."""

    def __init__(
        self, columns: Sequence[str], charset: CharacterSet = CharacterSet.UTF_8, gaiji: Gaiji = NO_GAIJI
    ) -> None:
        """`charset`: UTF-8 or cp932. Raises `ValueError` for any other, and for no column or one twice."""
        if charset not in {CharacterSet.UTF_8, CharacterSet.CP932} or not columns or len(set(columns)) != len(columns):
            raise ValueError("UTF-8 or cp932, and each column once")
        self.mark = BOM if charset is CharacterSet.UTF_8 else b""
        self._columns = tuple(columns)
        self._set = charset
        self._gaiji = gaiji

    def encode(self, records: Sequence[Record]) -> bytes:
        rows = io.StringIO(newline="")
        writer = csv.writer(rows, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(self._columns)
        for record in records:
            if record.keys() != set(self._columns):
                raise ValueError("not the columns of the form")
            shown = _shown(record, self._set, self._gaiji)
            writer.writerow([shown[name] for name in self._columns])
        return rows.getvalue().encode(self._set)

    def decode(self, data: bytes) -> Iterator[Record]:
        rows = csv.reader(_lines(data, self._set), strict=True)
        if self._next(rows, heading=True) != list(self._columns):
            raise BadRecord(kit.FILE_RECORD, heading=True)
        while (row := self._next(rows)) is not None:
            yield self._record(row)

    @staticmethod
    def _next(rows: Iterator[list[str]], *, heading: bool = False) -> Sequence[str] | None:
        try:
            return next(rows, None)
        except csv.Error:
            raise BadRecord(kit.FILE_RECORD, heading=heading) from None
        except BadRecord as bad:
            raise BadRecord(bad.code, bad.point, heading=heading) from None

    def _record(self, row: Sequence[str]) -> Record:
        if len(row) != len(self._columns):
            raise BadRecord(kit.FILE_RECORD)
        for value in row:
            if control := _control(value):
                raise BadRecord(kit.FILE_RECORD, control)
        return _meant(dict(zip(self._columns, row, strict=True)), self._gaiji)


def _lines(data: bytes, charset: CharacterSet) -> Iterator[str]:
    """Lines with their ends, decoded one by one. In both sets the byte of a line feed is nothing else."""
    for line in io.BytesIO(data):
        _readable(line, charset)
        yield line.decode(charset)


def _readable(data: bytes, charset: CharacterSet) -> None:
    """Raises `BadRecord` for a byte outside the set, and for U+FFFD, which says that a character was lost before."""
    found = read(data, charset)
    if isinstance(found, Stop):
        raise BadRecord(kit.FILE_ENCODING, f"0x{data[found.offset]:02X}")
    if REPLACEMENT in found:
        raise BadRecord(kit.FILE_ENCODING, "U+FFFD")


def _meant(values: Record, gaiji: Gaiji) -> Record:
    """The partner's text as ours. Raises `BadRecord` for a 外字 that the table does not name."""
    try:
        return {name: gaiji.incoming(value, name) for name, value in values.items()}
    except Refused as refused:
        raise BadRecord(kit.FILE_GAIJI, str(refused.facts.get("point", ""))) from None


def _shown(values: Record, charset: CharacterSet, gaiji: Gaiji) -> Record:
    """Our text as the partner's. Raises `Refused` for what would not come back as it is."""
    shown = dict(values)
    for name, value in values.items():
        # Printable ASCII, as most of a wide record is, stands as it is in every set; a table could mean even that otherwise.
        if value.isascii() and value.isprintable() and gaiji.written.keys().isdisjoint(value):
            continue
        text.encode(value, charset, name, gaiji)
        if control := _control(value):
            raise Refused(kit.FIELD_CHARACTER, field=name, point=control)
        shown[name] = gaiji.outgoing(value, name)
    return shown


def _control(value: str) -> str:
    """The code point of the first control character that is no part of a text's layout; "" for none."""
    for character in value:
        if unicodedata.category(character) == "Cc" and character not in _LAYOUT_CHARACTERS:
            return f"U+{ord(character):04X}"
    return ""
