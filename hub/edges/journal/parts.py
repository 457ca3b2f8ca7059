"""Parts of attachments in the journal: kept loose, tied to an entry, handed out and erased (ADR 14).

A part is sealed before anybody knows the index of its entry, and tying it must not copy it: so its ciphertext is bound to
its key and to its place in its attachment, and not to an entry (docs/spec/exchange-log.md section 10).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from hub.codes import jnl
from hub.edges.journal.conditions import unsettled
from hub.edges.journal.rows import PLACE
from hub.edges.journal.tables import LOOSE, OUTGOING, PART_CONTENTS, PARTS, TIED
from hub.edges.keystore import Sealed
from hub.edges.prepared import Prepared
from hub.errors import IntegrityError
from hub.messages import Part
from hub.ports import PartRow, SecretRow, TieRow

CLASS: Final = "spool"  # the bucket of parts without a message
NO_ENTRY: Final = -1

_Place = tuple[str, str, int, int]  # message, sha256, size, position

_INSERT = Prepared(insert(PARTS))
_TIE = Prepared(
    update(PARTS).where(PARTS.c.key_id == bindparam("which"), text(LOOSE)).values(idx=bindparam("to_entry"))
)
_COUNT_LOOSE = Prepared(select(func.count()).where(PARTS.c.sender == bindparam("by"), text(LOOSE)))
_ROWS = select(PARTS.c.key_id, PARTS.c.sha256, PARTS.c.size, PARTS.c.position)
_OF_MESSAGE = Prepared(
    _ROWS.where(PARTS.c.message == bindparam("of"), PARTS.c.sender == bindparam("by"), text(LOOSE)).order_by(
        PARTS.c.sha256, PARTS.c.position
    )
)
_INSERT_CONTENT = Prepared(insert(PART_CONTENTS))
_CIPHERTEXT = Prepared(select(PART_CONTENTS.c.ciphertext).where(PART_CONTENTS.c.key_id == bindparam("which")))
# The one entry's parts are few; the condition on OUTGOING says whether this recipient may have them.
_HANDED = Prepared(
    select(PARTS.c.key_id, PART_CONTENTS.c.ciphertext)
    .select_from(PARTS)
    .join(PART_CONTENTS)
    .join(OUTGOING, OUTGOING.c.idx == PARTS.c.idx)
    .where(PARTS.c.idx == bindparam("at"), PARTS.c.sha256 == bindparam("of"), PARTS.c.position == bindparam("place"))
    .where(OUTGOING.c.recipient == bindparam("to"), unsettled(OUTGOING))
)


_OF_ENTRY = Prepared(
    select(PARTS.c.key_id, PART_CONTENTS.c.ciphertext)
    .select_from(PARTS)
    .join(PART_CONTENTS)
    .where(PARTS.c.idx == bindparam("at"), PARTS.c.sha256 == bindparam("of"), PARTS.c.position == bindparam("place"))
)


def secret(part: Part, due: date) -> SecretRow:
    """What the key store is to seal."""
    return SecretRow(NO_ENTRY, _slot(part.sha256, part.position), part.content, CLASS, due)


def new(connection: Connection, sender: str, parts: Sequence[Part], most: int) -> list[Part]:
    """Those that are not here yet, each once, as many as this sender may still leave here."""
    messages = sorted({part.message for part in parts})
    columns = (PARTS.c.message, PARTS.c.sha256, PARTS.c.size, PARTS.c.position)
    here = connection.execute(select(*columns).where(PARTS.c.message.in_(messages), PARTS.c.sender == sender))
    seen = {tuple(row) for row in here}
    fresh = {_place(part): part for part in parts if _place(part) not in seen}
    free = most - int(_COUNT_LOOSE.one(connection, {"by": sender}).scalar_one())
    return list(fresh.values())[: max(free, 0)]


def store(connection: Connection, sender: str, parts: Sequence[Part], sealed: Sequence[Sealed]) -> None:
    """Writes their rows."""
    _INSERT.many(
        connection,
        [
            {
                "key_id": one.key_id,
                "message": part.message,
                "sender": sender,
                "sha256": part.sha256,
                "size": part.size,
                "position": part.position,
                "idx": None,
            }
            for part, one in zip(parts, sealed, strict=True)
        ],
    )
    _INSERT_CONTENT.many(connection, [{"key_id": one.key_id, "ciphertext": one.ciphertext} for one in sealed])


def erase(connection: Connection, key_ids: Sequence[int]) -> None:
    """Deletes those of these keys' records that are parts."""
    connection.execute(delete(PART_CONTENTS).where(PART_CONTENTS.c.key_id.in_(key_ids)))
    connection.execute(delete(PARTS).where(PARTS.c.key_id.in_(key_ids)))


def tie(connection: Connection, tied: Sequence[TieRow]) -> None:
    """Gives loose parts to their entries. Raises `IntegrityError` when one of them is not loose (any more)."""
    rows = [{"which": key_id, "to_entry": row.index} for row in tied for key_id in row.keys]
    if rows and _TIE.many(connection, rows) != len(rows):
        raise IntegrityError(jnl.CONFLICT, place=PLACE)


def loose(connection: Connection, sender: str, message: str) -> tuple[PartRow, ...]:
    """The parts that wait for this message."""
    return tuple(PartRow(*row) for row in _OF_MESSAGE.one(connection, {"of": message, "by": sender}))


def among(connection: Connection, key_ids: Sequence[int]) -> list[int]:
    """Those of these keys that are of parts."""
    return list(connection.scalars(select(PARTS.c.key_id).where(PARTS.c.key_id.in_(key_ids)).order_by(PARTS.c.key_id)))


def loose_keys(connection: Connection, messages: Collection[str]) -> list[int]:
    """The keys of what waits for these messages, whoever sent it."""
    if not messages:
        return []
    found = select(PARTS.c.key_id).where(PARTS.c.message.in_(sorted(messages)), text(LOOSE))
    return list(connection.scalars(found))


def entry_keys(connection: Connection, indexes: Collection[int]) -> dict[int, list[int]]:
    """The keys of what these entries carry, by entry; entries without attachments are absent."""
    if not indexes:
        return {}
    keys: dict[int, list[int]] = {}
    found = select(PARTS.c.idx, PARTS.c.key_id).where(PARTS.c.idx.in_(sorted(indexes)), text(TIED))
    for index, key_id in connection.execute(found):
        keys.setdefault(index, []).append(key_id)
    return keys


def sealed(connection: Connection, part: PartRow) -> Sealed | None:
    """The ciphertext of a part, unless it was erased."""
    ciphertext = _CIPHERTEXT.one(connection, {"which": part.key_id}).scalar()
    return None if ciphertext is None else Sealed(NO_ENTRY, _slot(part.sha256, part.position), part.key_id, ciphertext)


def handed(connection: Connection, index: int, recipient: str, sha256: str, position: int) -> Sealed | None:
    """The ciphertext of a part of an unsettled delivery to this recipient."""
    if "\0" in sha256:  # no text that PostgreSQL could look for
        return None
    asked = {"at": index, "of": sha256, "place": position, "to": recipient}
    row = _HANDED.one(connection, asked).first()
    return None if row is None else Sealed(NO_ENTRY, _slot(sha256, position), row.key_id, row.ciphertext)


def carried(connection: Connection, index: int, sha256: str, position: int) -> Sealed | None:
    """The ciphertext of a part of what this entry's message carries, unless it was erased."""
    row = _OF_ENTRY.one(connection, {"at": index, "of": sha256, "place": position}).first()
    return None if row is None else Sealed(NO_ENTRY, _slot(sha256, position), row.key_id, row.ciphertext)


def _slot(sha256: str, position: int) -> str:
    return f"part {sha256} {position}"


def _place(part: Part) -> _Place:
    return part.message, part.sha256, part.size, part.position
