"""The content of one message as CSV: a row of item names, then a row for each record. UTF-8, without the mark of a batch file.

For partners who read by the names in the first row, so that each of them may have columns of its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from connectors.kit.languages.records import CsvForm, Record


def written(columns: Sequence[str], records: Sequence[Record]) -> bytes:
    """Raises as `CsvForm.encode`."""
    return CsvForm(columns).encode(records)


def read(content: bytes) -> Sequence[Record]:
    """The records by the names of the first row. Raises `ValueError` for what `written` does not write."""
    heading = content[: content.find(b"\n") + 1].decode("utf-8")
    try:
        columns = next(csv.reader(io.StringIO(heading, newline=""), strict=True), [])
    except csv.Error:
        raise ValueError("no row of names") from None
    return tuple(CsvForm(columns).decode(content))
