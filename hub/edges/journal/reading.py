"""Questions to the journal that no traffic waits for long: its end, what is known, answers, proofs and the log itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    LargeBinary,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)

from hub.codes import jnl
from hub.edges.journal import rows
from hub.edges.journal.conditions import unsettled
from hub.edges.journal.tables import (
    KEYS_USED,
    KNOWN,
    LOG_CHECKPOINTS,
    LOG_ENTRIES,
    LOG_HEAD,
    LOG_NODES,
    OUTGOING,
    PARTS,
    PSEUDONYMS,
    SECRETS,
    TALLY,
    metadata,
)
from hub.edges.journal.writing import slices
from hub.edges.keystore import Sealed
from hub.edges.prepared import Prepared
from hub.errors import IntegrityError
from hub.ports import CheckpointRow, EntryRow, Head, Known, NodeRow, OutgoingState
from hub.retention import LEGAL_HOLD

_STREAMED = 1000  # rows fetched at a time where a whole table is read

_HEAD = Prepared(select(LOG_HEAD.c.size, LOG_HEAD.c.edge, LOG_HEAD.c.note))
_FIRST_BEHIND = Prepared(select(func.min(LOG_CHECKPOINTS.c.size)).where(LOG_CHECKPOINTS.c.size > bindparam("index")))
_KNOWN = select(
    KNOWN.c.sender, KNOWN.c.message_id, KNOWN.c.digest, KNOWN.c.idx, KNOWN.c.permit, KNOWN.c.code, KNOWN.c.receipt
)
_ADDRESSED = Prepared(
    select(
        OUTGOING.c.idx,
        KNOWN.c.digest,
        OUTGOING.c.state,
        OUTGOING.c.retention,
        OUTGOING.c.expires_at,
        OUTGOING.c.conversation_id,
    )
    .select_from(KNOWN)
    .join(OUTGOING, OUTGOING.c.idx == KNOWN.c.idx)
    .where(KNOWN.c.message_id == bindparam("message_id"), KNOWN.c.sender == bindparam("sender"))
    .where(OUTGOING.c.recipient == bindparam("recipient"))
)
_CONVERSATIONS = Prepared(
    select(OUTGOING.c.conversation_id)
    .select_from(KNOWN)  # by its key: OUTGOING has no index over message ids
    .join(OUTGOING, OUTGOING.c.idx == KNOWN.c.idx)
    .where(KNOWN.c.message_id == bindparam("message_id"), OUTGOING.c.recipient == bindparam("recipient"))
)

# A note as its bytes: one that is no UTF-8 any more is a changed note, to be found as such, and no fault of the database.
# In PostgreSQL a cast would take backslashes for escapes.
_OCTETS: Mapping[str, Callable[[ColumnElement[str]], ColumnElement[bytes]]] = {
    "sqlite": lambda note: cast(note, LargeBinary),
    "postgresql": lambda note: func.convert_to(note, literal_column("'UTF8'"), type_=LargeBinary),
}
_WHOLE_HEAD = {
    dialect: select(LOG_HEAD.c.id, LOG_HEAD.c.size, LOG_HEAD.c.edge, octets(LOG_HEAD.c.note))
    for dialect, octets in _OCTETS.items()
}
_CHECKPOINTS = {
    dialect: select(LOG_CHECKPOINTS.c.size, LOG_CHECKPOINTS.c.root, octets(LOG_CHECKPOINTS.c.note)).order_by(
        LOG_CHECKPOINTS.c.size
    )
    for dialect, octets in _OCTETS.items()
}
_NODE = Prepared(
    select(LOG_NODES).where(LOG_NODES.c.level == bindparam("level"), LOG_NODES.c.idx == bindparam("index"))
)
_ROOT_AT = Prepared(select(LOG_CHECKPOINTS.c.root).where(LOG_CHECKPOINTS.c.size == bindparam("size")))


def head(connection: Connection) -> Head:
    """The durable end."""
    row = _HEAD.one(connection, {}).one_or_none()
    if row is None:
        raise rows.damaged("log_head")
    size = rows.typed(row.size, int, "log_head")
    return Head(size, rows.edge(rows.typed(row.edge, bytes, "log_head"), size), rows.typed(row.note, str, "log_head"))


def known(connection: Connection, keys: Collection[tuple[str, str]]) -> tuple[Known, ...]:
    """The first outcomes of these (sender, message id) pairs."""
    wanted, ids = frozenset(keys), sorted({message_id for _, message_id in keys})
    found = (
        rows.known(row)
        for some in slices(ids)
        for row in connection.execute(_KNOWN.where(KNOWN.c.message_id.in_(some)))
    )
    return tuple(one for one in found if (one.sender, one.message_id) in wanted)


def addressed(connection: Connection, message_id: str, sender: str, recipient: str) -> OutgoingState | None:
    """The delivery of this message, if it went to this recipient."""
    names = {"message_id": message_id, "sender": sender, "recipient": recipient}
    row = _ADDRESSED.one(connection, names).one_or_none()
    return (
        None
        if row is None
        else OutgoingState(
            row.idx, row.digest, row.state, row.retention, rows.expiry(row.expires_at), row.conversation_id
        )
    )


def states(connection: Connection, indexes: Sequence[int]) -> dict[int, str]:
    """How these deliveries stand; what is no delivery is absent."""
    columns = (OUTGOING.c.idx, OUTGOING.c.state)
    return {
        index: state
        for some in slices(indexes)
        for index, state in connection.execute(select(*columns).where(OUTGOING.c.idx.in_(some)))
    }


@dataclass(frozen=True, slots=True)
class Carriage:
    """How the delivery of a permit stands: `state` is one of STATES, `attempts` counts those that failed, `code` is the last's."""

    index: int
    state: str
    attempts: int
    code: str


def carriages(connection: Connection, indexes: Sequence[int]) -> tuple[Carriage, ...]:
    """Those of these entries that are deliveries."""
    columns = (OUTGOING.c.idx, OUTGOING.c.state, OUTGOING.c.attempts, OUTGOING.c.code)
    return tuple(
        Carriage(*row)
        for some in slices(indexes)
        for row in connection.execute(select(*columns).where(OUTGOING.c.idx.in_(some)))
    )


def bodies(connection: Connection, indexes: Sequence[int]) -> frozenset[int]:
    """Those of these entries whose body has not been erased."""
    return frozenset(
        index
        for some in slices(indexes)
        for index in connection.scalars(select(SECRETS.c.idx).where(SECRETS.c.idx.in_(some), SECRETS.c.slot == "body"))
    )


def conversations(connection: Connection, message_id: str, recipient: str) -> frozenset[str]:
    """The conversations of the deliveries of this message id to this recipient."""
    found = _CONVERSATIONS.one(connection, {"message_id": message_id, "recipient": recipient})
    return frozenset(found.scalars())


def tally(connection: Connection) -> dict[str, dict[str, int]]:
    """Counts by recipient and state."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for recipient, state, count in connection.execute(select(TALLY).where(TALLY.c.deliveries > 0)):
        counts[recipient][state] = count
    return dict(counts)


def root_at(connection: Connection, size: int) -> bytes | None:
    """The root of the checkpoint of this size."""
    root = _ROOT_AT.one(connection, {"size": size}).scalar()
    return None if root is None else rows.typed(root, bytes, "log_checkpoints")


def nodes(connection: Connection, wanted: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
    """Stored subtree hashes in the order asked. Raises `IntegrityError` naming the first that is missing."""
    found: dict[tuple[int, int], bytes] = {}
    for level, index in dict.fromkeys(wanted):
        stored = _NODE.one(connection, {"level": level, "index": index}).first()
        if stored is not None:
            found[level, index] = rows.node(stored).hash
    for level, index in wanted:
        if (level, index) not in found:
            raise IntegrityError(jnl.NODES_MISSING, level=level, index=index)
    return tuple(found[place] for place in wanted)


def secret(connection: Connection, index: int, slot: str) -> Sealed | None:
    """The ciphertext in this slot of an entry, unless it was erased."""
    query = select(SECRETS.c.key_id, SECRETS.c.ciphertext).where(SECRETS.c.idx == index, SECRETS.c.slot == slot)
    row = connection.execute(query).one_or_none()
    return None if row is None else Sealed(index, slot, row.key_id, row.ciphertext)


def key_ids(connection: Connection, places: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The keys of these (index, slot) places; erased ones are absent."""
    wanted, indexes = frozenset(places), sorted({index for index, _ in places})
    columns = (SECRETS.c.idx, SECRETS.c.slot, SECRETS.c.key_id)
    found = {
        (index, slot): key_id
        for some in slices(indexes)
        for index, slot, key_id in connection.execute(select(*columns).where(SECRETS.c.idx.in_(some)))
    }
    return {place: key_id for place, key_id in found.items() if place in wanted}


def stored_keys(connection: Connection, ids: Sequence[int]) -> frozenset[int]:
    """Those of these keys whose ciphertexts are here."""
    return frozenset(
        key_id
        for column in (SECRETS.c.key_id, PARTS.c.key_id)
        for some in slices(ids)
        for key_id in connection.scalars(select(column).where(column.in_(some)))
    )


def covering(connection: Connection, indexes: Sequence[int]) -> dict[int, int]:
    """The size of the first checkpoint behind each of these entries."""
    found = {index: _FIRST_BEHIND.one(connection, {"index": index}).scalar() for index in indexes}
    return {index: size for index, size in found.items() if isinstance(size, int)}


def all_keys(connection: Connection) -> Iterator[int]:
    """The key of every ciphertext that is here."""
    for column in (SECRETS.c.key_id, PARTS.c.key_id):
        for (key_id,) in stream(connection, select(column)):
            yield key_id


def held_keys(connection: Connection) -> Iterator[int]:
    """Those of records, and of parts of attachments, whose delivery is on legal hold."""
    held = select(OUTGOING.c.idx).where(OUTGOING.c.retention == LEGAL_HOLD)
    for table in (SECRETS, PARTS):
        yield from connection.scalars(select(table.c.key_id).where(table.c.idx.in_(held)))


def places(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
    """To which record of which entry each of these keys belongs; a part of an attachment to the body. Loose parts are passed over."""
    for some in slices(ids):
        found = select(SECRETS.c.idx, SECRETS.c.slot).where(SECRETS.c.key_id.in_(some))
        yield from ((row.idx, row.slot) for row in connection.execute(found))
        tied = select(PARTS.c.idx).where(PARTS.c.key_id.in_(some), PARTS.c.idx.is_not(None))
        yield from ((index, "body") for index in connection.scalars(tied))


def named(connection: Connection, pseudonyms: Sequence[bytes]) -> tuple[int, ...]:
    """The entries with a record of one of these pseudonyms."""
    found: set[int] = set()
    for some in slices(pseudonyms):
        query = select(SECRETS.c.idx).join(PSEUDONYMS, PSEUDONYMS.c.key_id == SECRETS.c.key_id)
        found.update(connection.scalars(query.where(PSEUDONYMS.c.pseudonym.in_(some))))
    return tuple(sorted(found))


def persons(connection: Connection, indexes: Sequence[int]) -> tuple[int, int]:
    """Distinct pseudonyms among the private parts of these entries, and how many of the entries have none."""
    found, named_ = set[bytes](), set[int]()
    for some in slices(indexes):
        query = select(PSEUDONYMS.c.pseudonym, SECRETS.c.idx).join(SECRETS, SECRETS.c.key_id == PSEUDONYMS.c.key_id)
        for pseudonym, index in connection.execute(query.where(SECRETS.c.idx.in_(some))):
            found.add(pseudonym)
            named_.add(index)
    return len(found), len(indexes) - len(named_)


def waiting(connection: Connection, ids: Sequence[int]) -> tuple[int, ...]:
    """The deliveries that still wait for a body under one of these keys, by index."""
    bodies = select(SECRETS.c.idx).where(SECRETS.c.slot == "body")
    return tuple(
        index
        for some in slices(ids)
        for index in connection.scalars(
            select(OUTGOING.c.idx)
            .where(OUTGOING.c.idx.in_(bodies.where(SECRETS.c.key_id.in_(some))), unsettled(OUTGOING))
            .order_by(OUTGOING.c.idx)
        )
    )


def size_on_server(connection: Connection) -> int:
    """The bytes that tables and indexes take; 0 in SQLite."""
    if connection.dialect.name != "postgresql":
        return 0
    sizes = (func.pg_total_relation_size(name, type_=BigInteger) for name in metadata.tables)
    return sum(connection.execute(select(*sizes)).one())


def key_mark(connection: Connection) -> int:
    """The largest data key id that a commit used."""
    return rows.typed(connection.scalars(select(KEYS_USED.c.mark)).one_or_none(), int, "keys_used")


def stream(connection: Connection, query: Executable) -> Iterator[Sequence[Any]]:
    """The rows one by one, whoever stops before the last; none but a few are in memory."""
    with connection.execute(query, execution_options={"yield_per": _STREAMED}) as result:
        yield from result


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole log as stored at one moment, for verification and export; traffic goes on meanwhile.

    Every row is given, also those that should not be there; a row that has not the form of its table raises
    `IntegrityError`. Streams: nothing is held in memory.
    """

    connection: Connection

    def head(self) -> Head:
        """The durable end. Raises `IntegrityError` unless there is exactly one, and in its form."""
        found = self.connection.execute(_WHOLE_HEAD[self.connection.dialect.name]).all()
        if len(found) != 1 or found[0].id != 1:
            raise rows.damaged("log_head")
        _, size, edge, note = found[0]
        size = rows.typed(size, int, "log_head")
        return Head(size, rows.edge(rows.typed(edge, bytes, "log_head"), size), _text(note, "log_head"))

    def entries(self, start: int | None = None, stop: int | None = None) -> Iterator[EntryRow]:
        """Leaves by index, from `start` (inclusive) to `stop` (exclusive)."""
        query = select(LOG_ENTRIES).order_by(LOG_ENTRIES.c.idx)
        query = query if start is None else query.where(LOG_ENTRIES.c.idx >= start)
        query = query if stop is None else query.where(LOG_ENTRIES.c.idx < stop)
        return map(rows.entry, self._stream(query))

    def nodes(self) -> Iterator[NodeRow]:
        """Subtrees by level and index."""
        return map(rows.node, self._stream(select(LOG_NODES).order_by(LOG_NODES.c.level, LOG_NODES.c.idx)))

    def checkpoints(self) -> Iterator[CheckpointRow]:
        """Checkpoints by size."""
        found = self._stream(_CHECKPOINTS[self.connection.dialect.name])
        return (rows.checkpoint((size, root, _text(note, "log_checkpoints"))) for size, root, note in found)

    def _stream(self, query: Executable) -> Iterator[Sequence[object]]:
        return stream(self.connection, query)


def _text(note: object, table: str) -> str:
    return rows.typed(note, bytes, table).decode("utf-8", "replace")  # no signature holds over what was replaced
