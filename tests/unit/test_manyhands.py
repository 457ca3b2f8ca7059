"""hub.app.manyhands: leaves read by several processes, in order, with the same answers as by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from hub.app import manyhands
from hub.app.manyhands import reading
from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog.claims import EntryRow, one_by_one
from tests.exchangelog_samples import build

LEAVES = [leaf for batch in build().batches for leaf in batch.leaves]
ROWS: list[EntryRow] = [(index, leaf, None) for index, leaf in enumerate([*LEAVES, b"no entry", b""] * 3)]


def test_the_same_as_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of what is no entry; more batches than are under way at a time."""
    monkeypatch.setattr(manyhands, "_BATCH", 7)
    monkeypatch.setattr(manyhands, "_WORTH", 0)
    assert list(reading(0, 2)(ROWS)) == list(one_by_one(ROWS))


def test_what_breaks_off_breaks_off_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows before it are given first."""
    monkeypatch.setattr(manyhands, "_BATCH", 7)
    monkeypatch.setattr(manyhands, "_WORTH", 0)

    def broken() -> Iterator[EntryRow]:
        yield from ROWS[:10]
        raise IntegrityError(log.EXPORT_MALFORMED, line=12)

    read = reading(0, 2)(broken())
    assert list(islice(read, 10)) == list(one_by_one(ROWS[:10]))
    with pytest.raises(IntegrityError, match="HUB-LOG-007"):
        next(read)


@pytest.mark.parametrize(("size", "hands"), [(10, None), (10, 8), (10**9, 1)])
def test_where_it_does_not_pay(size: int, hands: int | None) -> None:
    assert reading(size, hands) is one_by_one
