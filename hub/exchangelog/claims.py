"""What a verifier compares of a leaf: its hash, and what it claims of its place in the log. Reading a leaf is most of the work
of verifying one, and says nothing of its neighbours: so it can be done by many hands (hub.app.manyhands).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from hub.errors import IntegrityError
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Admin, Answered, Config, Erase, Exchange, Hold, Release
from hub.exchangelog.line import FOLLOWS
from hub.exchangelog.shapes import Seen
from hub.exchangelog.tree import leaf_hash


class Claims(NamedTuple):
    """Of an entry that is one. `config`: the config entry that it cites; `cited`: the entry that it is about; None: it cites none.

    `seen`: the checkpoint that an answer names. `is_config` and `follows`: what a config entry says of the origin before.
    """

    origin: str
    time: str
    after: int
    config: int | None = None
    cited: int | None = None
    seen: Seen | None = None
    is_config: bool = False
    follows: str = ""


EntryRow = tuple[int, bytes, bytes | None]  # index, leaf, leaf hash (None in an export, which has no such column)
Read = tuple[EntryRow, bytes, Claims | None]  # the row, its leaf's true hash, and its claims: None of what is no entry
Reading = Callable[[Iterable[EntryRow]], Iterator[Read]]


def claims(leaf: bytes) -> Claims | None:
    """None where these bytes are no entry."""
    try:
        entry = entries.parse(leaf)
    except IntegrityError:
        return None
    if isinstance(entry, Config):
        return Claims(entry.origin, entry.time, entry.after, is_config=True, follows=entry.digests.get(FOLLOWS, ""))
    return Claims(
        entry.origin,
        entry.time,
        entry.after,
        entry.config if isinstance(entry, Exchange) else None,
        entry.entry if isinstance(entry, Hold | Release | Erase | Admin) else None,
        entry.seen if isinstance(entry, Answered) else None,
    )


def one_by_one(rows: Iterable[EntryRow]) -> Iterator[Read]:
    """Reads them here, in order."""
    return ((row, leaf_hash(row[1]), claims(row[1])) for row in rows)
