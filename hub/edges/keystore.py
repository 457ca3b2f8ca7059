"""The key store: every secret's data key, in buckets of retention class x due day (JST), apart from journal and backups.

Destroying a key erases its record wherever a copy of the ciphertext lies (design section 3, Erasure). A due bucket goes by
its bucket key, at once; single keys go by deletion. Both overwrite (`secure_delete`) and empty the write-ahead file.

BUG: what the storage device keeps of overwritten blocks is out of reach; the master key must be destroyed with the disk.
BUG: a copy of the key store made earlier still holds the keys. Keep copies for days, not years, and never with the journal's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from hub.codes import jnl, key
from hub.edges.keytables import BUCKETS, DATA_KEYS, DOOMED, LIVE, STORE, VERSION, metadata
from hub.edges.prepared import Prepared
from hub.edges.sealing import (
    KEY_SIZE,
    NONCE_SIZE,
    Dice,
    bucket_place,
    data_key_place,
    new_key,
    pseudonym,
    pseudonym_key,
    seal,
    secret_place,
    unseal,
)
from hub.edges.sqlite import Database, create_database, open_database
from hub.errors import IntegrityError, Misconfigured, Unavailable
from hub.ports import SecretRow

FILE = "keys.sqlite"
PLACE = "keystore"
SLICE = 500  # keys deleted in one transaction: traffic never waits long for a sweep
_PROOF = (b"juki-hub key store 1", b"master")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as the journal keeps it: useless without the key that `key_id` names, and so are its pseudonyms."""

    index: int
    slot: str
    key_id: int
    ciphertext: bytes
    pseudonyms: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Re-wraps a data key under another bucket's key, for instance that of a legal hold."""

    key_id: int
    retention: str
    due: date


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A live bucket with its key opened; `wrapped` tells whether the stored one is still the same."""

    id: int
    wrapped: bytes
    key: bytes
    pseudonyms: bytes  # the key of its pseudonyms


class KeyStore:
    """An open key store. Threads may share it, and so may processes of one host: each sees what the others destroyed."""

    def __init__(self, database: Database, master: bytes) -> None:
        self._database = database
        self._master = master
        self._buckets: dict[tuple[str, date], _Bucket] = {}
        self._lock = threading.Lock()  # guards the cache, and keeps readers out of the way while the file is emptied

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def change(
        self, secrets: Sequence[SecretRow], moves: Sequence[Move] = (), doomed: Sequence[int] = ()
    ) -> tuple[Sealed, ...]:
        """Makes durable, in one transaction: new keys for `secrets`, the moves, and a mark on keys that are to go.

        Returns the ciphertexts in the order of `secrets`. A doomed key still opens its record until `shred`.
        Moves and marks of keys that are gone are passed over. Raises `Unavailable`; then nothing counts.
        """
        if not (secrets or moves or doomed):
            return ()
        with self._lock:
            try:
                with self._database.writing() as connection:
                    return self._change(connection, secrets, moves, doomed)
            except BaseException:
                self._buckets.clear()  # may name buckets that were never stored
                raise

    def open(self, sealed: Sequence[Sealed]) -> tuple[bytes | None, ...]:
        """The plaintexts in order; None where the key was destroyed. Raises `IntegrityError` on anything tampered."""
        wanted = sorted({secret.key_id for secret in sealed})
        with self._lock, self._database.reading() as connection:
            keys = self._data_keys(connection, wanted)
        return tuple(_opened(secret, keys.get(secret.key_id)) for secret in sealed)

    def shred(self, key_ids: Iterable[int]) -> int:
        """Destroys these keys; returns how many there were. They are in no file of the store when this returns."""
        count, remaining = 0, iter(sorted(set(key_ids)))
        with self._lock:
            while ids := list(islice(remaining, SLICE)):
                with self._database.writing() as connection:
                    count += connection.execute(delete(DATA_KEYS).where(DATA_KEYS.c.key_id.in_(ids))).rowcount
            self._empty_wal()
        return count

    def void_bucket(self, retention: str, due: date) -> None:
        """Destroys the bucket's key: from here on every copy of its data keys is unreadable. `clear` deletes those."""
        mine = (BUCKETS.c.retention == retention) & (BUCKETS.c.due == due.isoformat())
        with self._lock:
            self._buckets.pop((retention, due), None)
            with self._database.writing() as connection:
                connection.execute(update(BUCKETS).where(mine).values(wrapped=None))
            self._empty_wal()

    def clear(self) -> int:
        """Deletes the data keys of void buckets, slice by slice; returns how many. May be repeated after a failure."""
        count = 0
        while deleted := self._delete_slice():
            count += deleted
        with self._lock:
            with self._database.writing() as connection:
                connection.execute(delete(BUCKETS).where(BUCKETS.c.wrapped.is_(None)))
            self._empty_wal()
        return count

    def shred_bucket(self, retention: str, due: date) -> int:
        """`void_bucket` and `clear` in one; returns how many keys went."""
        self.void_bucket(retention, due)
        return self.clear()

    def bucket(self, retention: str, due: date) -> tuple[int, ...]:
        """The ids of the keys in a bucket."""
        ours = select(DATA_KEYS.c.key_id).join(BUCKETS).order_by(DATA_KEYS.c.key_id)
        ours = ours.where(BUCKETS.c.retention == retention, BUCKETS.c.due == due.isoformat())
        with self._lock, self._database.reading() as connection:
            return tuple(connection.scalars(ours))

    def due(self, today: date) -> tuple[tuple[str, date, int], ...]:
        """Buckets (class, due day, keys) whose due day has come, oldest first; also one whose shredding broke off."""
        counted = (
            select(BUCKETS.c.retention, BUCKETS.c.due, func.count(DATA_KEYS.c.key_id))
            .join(DATA_KEYS, isouter=True)
            .where((BUCKETS.c.due <= today.isoformat()) | BUCKETS.c.wrapped.is_(None))
            .group_by(BUCKETS.c.retention, BUCKETS.c.due)
            .having((func.count(DATA_KEYS.c.key_id) > 0) | (func.count(BUCKETS.c.wrapped) < func.count()))
            .order_by(BUCKETS.c.due, BUCKETS.c.retention)
        )
        with self._lock, self._database.reading() as connection:
            rows = connection.execute(counted).all()
        return tuple((retention, date.fromisoformat(due), keys) for retention, due, keys in rows)

    def bucket_of(self, key_id: int) -> tuple[str, date] | None:
        """Where a key lies; None when it is gone."""
        place = select(BUCKETS.c.retention, BUCKETS.c.due).join(DATA_KEYS).where(DATA_KEYS.c.key_id == key_id)
        with self._lock, self._database.reading() as connection:
            row = connection.execute(place).first()
        return None if row is None else (row.retention, date.fromisoformat(row.due))

    def pseudonyms(self, subjects: Sequence[str]) -> frozenset[bytes]:
        """What these tokens are called in every bucket that lives."""
        living = select(BUCKETS.c.retention, BUCKETS.c.due).where(text(LIVE))
        with self._lock, self._database.reading() as connection:
            places = [(row.retention, date.fromisoformat(row.due)) for row in connection.execute(living)]
            buckets = [bucket for place in places if (bucket := self._find(connection, *place)) is not None]
        return frozenset(pseudonym(bucket.pseudonyms, subject) for bucket in buckets for subject in subjects)

    def mark(self) -> int:
        """The largest id ever given to a key; 0 for none. Ids are never given twice."""
        with self._lock, self._database.reading() as connection:
            return _next_key(connection) - 1

    def unfinished(self, mark: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """For recovery: the keys made after `mark`, and the doomed ones."""
        after = select(DATA_KEYS.c.key_id).where(DATA_KEYS.c.key_id > mark)
        doomed = select(DATA_KEYS.c.key_id).where(text(DOOMED))
        with self._lock, self._database.reading() as connection:
            return tuple(connection.scalars(after)), tuple(connection.scalars(doomed))

    def missing(self, key_ids: Sequence[int]) -> frozenset[int]:
        """Those of these keys that the store does not hold."""
        held: set[int] = set()
        with self._lock, self._database.reading() as connection:
            for start in range(0, len(key_ids), SLICE):
                some = key_ids[start : start + SLICE]
                held.update(connection.scalars(select(DATA_KEYS.c.key_id).where(DATA_KEYS.c.key_id.in_(some))))
        return frozenset(key_ids) - held

    def spare(self, key_ids: Sequence[int]) -> None:
        """Takes the mark off doomed keys whose records turned out to stay."""
        if key_ids:
            with self._lock, self._database.writing() as connection:
                _DOOM.many(connection, [{"which": key_id, "mark": 0} for key_id in key_ids])

    def close(self) -> None:
        """Closes the files and forgets the keys."""
        with self._lock:
            self._buckets.clear()
            self._database.close()

    def _change(
        self, connection: Connection, secrets: Sequence[SecretRow], moves: Sequence[Move], doomed: Sequence[int]
    ) -> tuple[Sealed, ...]:
        sealed = self._seal(connection, secrets) if secrets else ()
        self._move(connection, moves)
        if doomed:
            _DOOM.many(connection, [{"which": key_id, "mark": 1} for key_id in doomed])
        return sealed

    def _seal(self, connection: Connection, secrets: Sequence[SecretRow]) -> tuple[Sealed, ...]:
        first = _next_key(connection)
        sealed, rows, dice = [], [], Dice(len(secrets))
        places = {(secret.retention, secret.due) for secret in secrets}
        buckets = {place: self._bucket(connection, *place) for place in places}
        for key_id, secret in enumerate(secrets, first):
            data_key, bucket = dice.take(KEY_SIZE), buckets[secret.retention, secret.due]
            place = secret_place(key_id, secret.index, secret.slot)
            ciphertext = seal(data_key, secret.plain, place, dice.take(NONCE_SIZE))
            names = tuple(sorted({pseudonym(bucket.pseudonyms, subject) for subject in secret.subjects}))
            sealed.append(Sealed(secret.index, secret.slot, key_id, ciphertext, names))
            wrapped = seal(bucket.key, data_key, data_key_place(key_id), dice.take(NONCE_SIZE))
            rows.append({"key_id": key_id, "bucket": bucket.id, "wrapped": wrapped, "doomed": 0})
        _INSERT_KEYS.many(connection, rows)
        _NEXT_KEY.one(connection, {"to_key": first + len(rows)})
        return tuple(sealed)

    def _move(self, connection: Connection, moves: Sequence[Move]) -> None:
        keys = self._data_keys(connection, [move.key_id for move in moves])
        rows = []
        for move in moves:
            if data_key := keys.get(move.key_id):
                bucket = self._bucket(connection, move.retention, move.due)
                wrapped = seal(bucket.key, data_key, data_key_place(move.key_id))
                rows.append({"which": move.key_id, "into": bucket.id, "as_": wrapped})
        if rows:
            _MOVE.many(connection, rows)

    def _data_keys(self, connection: Connection, key_ids: Sequence[int]) -> dict[int, bytes]:
        columns = (DATA_KEYS.c.key_id, DATA_KEYS.c.wrapped, BUCKETS.c.retention, BUCKETS.c.due)
        found: dict[int, bytes] = {}
        buckets: dict[tuple[str, str], _Bucket | None] = {}
        for start in range(0, len(key_ids), SLICE):
            ids = key_ids[start : start + SLICE]
            query = select(*columns).join(BUCKETS).where(DATA_KEYS.c.key_id.in_(ids), text(LIVE))
            for key_id, wrapped, retention, due in connection.execute(query):
                if (retention, due) not in buckets:
                    buckets[retention, due] = self._find(connection, retention, date.fromisoformat(due))
                if bucket := buckets[retention, due]:
                    found[key_id] = unseal(bucket.key, wrapped, data_key_place(key_id), "data key")
        return found

    def _bucket(self, connection: Connection, retention: str, due: date) -> _Bucket:
        """The live bucket, made when it is not there."""
        return self._find(connection, retention, due) or self._make(connection, retention, due)

    def _find(self, connection: Connection, retention: str, due: date) -> _Bucket | None:
        """As stored now: another process may have destroyed it, and a number that went with it can be given again."""
        row = _LIVE_BUCKET.one(connection, {"class": retention, "day": due.isoformat()}).first()
        if row is None:
            self._buckets.pop((retention, due), None)
            return None
        known = self._buckets.get((retention, due))
        if known is None or (known.id, known.wrapped) != (row.id, row.wrapped):
            bucket_key = unseal(self._master, row.wrapped, bucket_place(retention, due), "bucket key")
            known = self._buckets[retention, due] = _live(row.id, row.wrapped, bucket_key)
        return known

    def _make(self, connection: Connection, retention: str, due: date) -> _Bucket:
        bucket_key = new_key()
        wrapped = seal(self._master, bucket_key, bucket_place(retention, due))
        made = insert(BUCKETS).values(retention=retention, due=due.isoformat(), wrapped=wrapped)
        bucket_id = connection.scalars(made.returning(BUCKETS.c.id)).one()
        bucket = self._buckets[retention, due] = _live(bucket_id, wrapped, bucket_key)
        return bucket

    def _delete_slice(self) -> int:
        some = select(DATA_KEYS.c.key_id).join(BUCKETS).where(BUCKETS.c.wrapped.is_(None)).limit(SLICE)
        with self._lock, self._database.writing() as connection:
            return connection.execute(delete(DATA_KEYS).where(DATA_KEYS.c.key_id.in_(some))).rowcount

    def _empty_wal(self) -> None:
        if not self._database.empty_wal():
            raise Unavailable(key.SHRED_UNCONFIRMED)


_INSERT_KEYS = Prepared(insert(DATA_KEYS))
_LIVE_BUCKET = Prepared(
    select(BUCKETS.c.id, BUCKETS.c.wrapped).where(
        text(LIVE), BUCKETS.c.retention == bindparam("class"), BUCKETS.c.due == bindparam("day")
    )
)
_STORED_NEXT_KEY = Prepared(select(STORE.c.next_key))
_NEXT_KEY = Prepared(update(STORE).values(next_key=bindparam("to_key")))
_DOOM = Prepared(update(DATA_KEYS).where(DATA_KEYS.c.key_id == bindparam("which")).values(doomed=bindparam("mark")))
_MOVE = Prepared(
    update(DATA_KEYS)
    .where(DATA_KEYS.c.key_id == bindparam("which"))
    .values(bucket=bindparam("into"), wrapped=bindparam("as_"))
)


def _live(id_: int, wrapped: bytes, bucket_key: bytes) -> _Bucket:
    return _Bucket(id_, wrapped, bucket_key, pseudonym_key(bucket_key))


def create_keystore(directory: Path, master: bytes) -> KeyStore:
    """A new key store in a directory of its own. Raises `Misconfigured` when one is there or the key is no key."""
    _check_master(master)
    database = create_database(directory / FILE, PLACE)
    with database.writing() as connection:
        metadata.create_all(connection)
        proof = seal(master, *_PROOF)
        connection.execute(insert(STORE).values(id=1, next_key=1, proof=proof))
        connection.exec_driver_sql(f"PRAGMA user_version={VERSION}")
    return KeyStore(database, master)


def open_keystore(directory: Path, master: bytes) -> KeyStore:
    """An existing key store. Raises `Misconfigured` (missing, version) or `IntegrityError` (damaged, other master key)."""
    _check_master(master)
    database = open_database(directory / FILE, PLACE)
    try:
        _check_store(database, master)
    except BaseException:
        database.close()
        raise
    return KeyStore(database, master)


def require_sound(directory: Path, master: bytes) -> int:
    """The largest id that an existing key store ever gave, once every page of it was read. Raises as `open_keystore`."""
    _check_master(master)
    database = open_database(directory / FILE, PLACE)
    try:
        _check_store(database, master)
        with database.reading() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            if said != "ok":
                raise IntegrityError(jnl.DAMAGED, place=PLACE, reason="integrity_check")
            return _next_key(connection) - 1
    finally:
        database.close()


def require_own(file: Path, master: bytes) -> None:
    """Returns when `file` is a key store of this master key. Raises as `open_keystore`."""
    _check_master(master)
    database = open_database(file, PLACE)
    try:
        _check_store(database, master)
    finally:
        database.close()


def _next_key(connection: Connection) -> int:
    found = _STORED_NEXT_KEY.one(connection, {}).scalar()
    if not isinstance(found, int):
        raise IntegrityError(jnl.DAMAGED, place=PLACE, reason="row")
    return found


def _check_master(master: bytes) -> None:
    if len(master) != KEY_SIZE:
        raise Misconfigured(key.MASTER_MALFORMED, size=len(master))


def _check_store(database: Database, master: bytes) -> None:
    with database.reading() as connection:
        version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        if version != VERSION:
            raise Misconfigured(key.STORE_VERSION, found=version, wanted=VERSION)
        proof = connection.scalars(select(STORE.c.proof)).one_or_none()
    if proof is None:
        raise IntegrityError(jnl.DAMAGED, place=PLACE, reason="no row")
    try:
        unseal(master, proof, _PROOF[1], "master key")
    except IntegrityError as error:
        raise IntegrityError(key.MASTER_WRONG) from error


def _opened(secret: Sealed, data_key: bytes | None) -> bytes | None:
    if data_key is None:
        return None
    place = secret_place(secret.key_id, secret.index, secret.slot)
    return unseal(data_key, secret.ciphertext, place, secret.slot.split(" ")[0])  # of a part not which one
