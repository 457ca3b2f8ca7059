"""The endpoint's own durable memory: outbox, handled messages, feed cursors, the last checkpoint it believed.

One SQLite file (WAL, synchronous=FULL). One transaction per handled batch and one per polled page: either the effect's
answer, its follow-ups and its dedup row are all there, or the message comes again (design promise 10). Bodies are sealed
with AES-256-GCM under the endpoint's store key; in clear stand ids, digests, levels, codes and the public checkpoint.
A store belongs to one thread at a time. Known hole: answers are kept for ever (no personal data; sealed all the same).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.kit.compose import Outgoing, channel
from connectors.kit.identity import Identity
from connectors.kit.sealing import Sealer
from connectors.kit.shelf import TABLES, Shelf
from hub.codes import kit
from hub.errors import HubError, IntegrityError, Misconfigured, Unavailable
from hub.messages import Level, Submission

FORMAT = "1"
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE outgoing (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE,
    answer INTEGER NOT NULL, waiting INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE INDEX outgoing_waiting ON outgoing (seq) WHERE waiting = 1;
CREATE TABLE handled (
    message_id TEXT NOT NULL, sender TEXT NOT NULL, digest TEXT NOT NULL, level TEXT NOT NULL, code TEXT NOT NULL,
    answer_id TEXT NOT NULL, PRIMARY KEY (message_id, sender)) WITHOUT ROWID;
CREATE TABLE cursors (feed TEXT PRIMARY KEY, position TEXT NOT NULL, ended INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE receipts (code TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""
# Of rooms that observe: the conversation of what was handed to them, before the partner can tell what followed from it.
# A store of before this table gets it when it is opened.
_CONVERSATIONS = """
CREATE TABLE IF NOT EXISTS conversations (message_id TEXT PRIMARY KEY, conversation TEXT NOT NULL) WITHOUT ROWID
"""
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA busy_timeout = 5000",
)
_SENTINEL = b"juki-hub endpoint store"


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a delivered message, for the life of the store: same (sender, id) again, same answer again."""

    message_id: str
    sender: str
    digest: str
    level: Level
    code: str
    answer_id: str


@dataclass(frozen=True, slots=True)
class Position:
    """How far a feed has been taken: `cursor` is "" at the beginning, `ended` when it said that no more can come."""

    cursor: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts without bodies: what waits for a receipt, and receipts by code ("" is a permit)."""

    waiting: int
    receipts: Mapping[str, int]


class EndpointStore:
    """Open with `create` (refuses an existing file) or `open` (refuses a missing one, and another endpoint's)."""

    def __init__(self, connection: sqlite3.Connection, sealer: Sealer, endpoint: str) -> None:
        self._db = connection
        self._sealer = sealer
        self._endpoint = endpoint
        self.shelf = Shelf(connection, sealer, self._writing, _translated)

    @classmethod
    def create(cls, path: Path, identity: Identity) -> EndpointStore:
        """A new store, readable by its owner alone. Raises `Misconfigured` when the file exists.

        It is made under another name and linked when whole, so that a crash never leaves half a store.
        """
        if path.exists():
            raise Misconfigured(kit.STORE_EXISTS)
        draft = path.with_name(f".{path.name}.new")
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        store = cls(_connect(draft), Sealer.of(identity), identity.endpoint)
        with store._writing() as db:
            for statement in _SCHEMA.split(";")[:-1]:
                db.execute(statement)
            meta = {"format": FORMAT.encode(), "owner": _owner(identity), "key": store._sealer.seal("key", _SENTINEL)}
            db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        store.close()  # the last connection moves the write-ahead file into the database
        _publish(draft, path)
        return cls.open(path, identity)

    @classmethod
    def open(cls, path: Path, identity: Identity) -> EndpointStore:
        """An existing store. Raises `Misconfigured` when it is missing or another's, `IntegrityError` when damaged."""
        if not path.is_file():
            raise Misconfigured(kit.STORE_MISSING)
        store = cls(_connect(path), Sealer.of(identity), identity.endpoint)
        with _translated():
            meta = dict(store._db.execute("SELECT name, value FROM meta").fetchall())
        if meta.get("format") != FORMAT.encode() or meta.get("owner") != _owner(identity):
            raise Misconfigured(kit.STORE_OF_OTHER, what="endpoint, zone, tenant or format")
        if not store._sealer.opens("key", meta.get("key", b""), _SENTINEL):
            raise Misconfigured(kit.STORE_OF_OTHER, what="store key")
        with store._writing() as db:
            for statement in (_CONVERSATIONS, *TABLES):
                db.execute(statement)
        return store

    def close(self) -> None:
        self._db.close()

    # --- one transaction each ---------------------------------------------------------------------------------------

    def commit_batch(
        self,
        handled: Sequence[Handled],
        outgoing: Sequence[Outgoing],
        checkpoint: str | None,
        again: Collection[str] = (),
        done: Collection[str] = (),
    ) -> None:
        """A handled batch: dedup rows, follow-ups and answers in the order given, the checkpoint note believed last.

        `again` are ids of earlier answers that must be sent once more, `done` digests of messages whose attachments go. Raises `Unavailable` when nothing was written,
        `IntegrityError` when an id was made twice.
        """
        with self._writing() as db:
            db.executemany(
                "INSERT INTO handled VALUES (?, ?, ?, ?, ?, ?)",
                [(h.message_id, h.sender, h.digest, h.level.value, h.code, h.answer_id) for h in handled],
            )
            self._insert_outgoing(outgoing)
            db.executemany("UPDATE outgoing SET waiting = 1 WHERE message_id = ? AND answer = 1", [(i,) for i in again])
            self.shelf.drop(db, done)
            self._keep_checkpoint(checkpoint)

    def remember(self, conversations: Mapping[str, str]) -> None:
        """Conversations by MessageId; the first of an id stays. Raises as `commit_batch`."""
        with self._writing() as db:
            db.executemany("INSERT OR IGNORE INTO conversations VALUES (?, ?)", conversations.items())

    def commit_poll(self, feed: str, position: Position, outgoing: Sequence[Outgoing]) -> None:
        """A polled page: its messages and the feed's new position. Raises as `commit_batch`."""
        with self._writing() as db:
            self._insert_outgoing(outgoing)
            db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)", (feed, position.cursor, int(position.ended)))

    def settle(self, receipts: Sequence[tuple[str, str]], checkpoint: str | None) -> None:
        """Receipts are logged: (message id, code, "" for a permit). Messages leave the store, answers stop waiting."""
        with self._writing() as db:
            self._keep_checkpoint(checkpoint)
            ids = [(message_id,) for message_id, _ in receipts]
            db.executemany("DELETE FROM outgoing WHERE message_id = ? AND answer = 0", ids)
            db.executemany("UPDATE outgoing SET waiting = 0 WHERE message_id = ?", ids)
            self.shelf.leave(db, ids)
            db.executemany(
                "INSERT INTO receipts VALUES (?, 1) ON CONFLICT (code) DO UPDATE SET count = count + 1",
                [(code,) for _, code in receipts],
            )

    # --- reading ----------------------------------------------------------------------------------------------------

    def waiting(self, limit: int) -> tuple[Outgoing, ...]:
        """Messages without a receipt, oldest first, as the same bytes every time."""
        with _translated():
            rows = self._db.execute(
                "SELECT message_id, answer, sealed FROM outgoing WHERE waiting = 1 ORDER BY seq LIMIT ?", (limit,)
            ).fetchall()
        return tuple(self._unsealed(*row) for row in rows)

    def known(self, message_ids: Collection[str]) -> tuple[Handled, ...]:
        """What was handled before under these message ids, by whomever they were sent; ids never seen are absent."""
        marks = ",".join("?" * len(message_ids))
        with _translated():
            rows = self._db.execute(
                f"SELECT * FROM handled WHERE message_id IN ({marks})",  # noqa: S608 - only question marks are put in
                tuple(message_ids),
            ).fetchall()
        return tuple(Handled(row[0], row[1], row[2], Level(row[3]), row[4], row[5]) for row in rows)

    def conversation(self, message_id: str) -> str | None:
        """The conversation of a message that was handed to this endpoint; None for one that was not."""
        with _translated():
            row = self._db.execute(
                "SELECT conversation FROM conversations WHERE message_id = ?", (message_id,)
            ).fetchone()
        return None if row is None else str(row[0])

    def answer(self, answer_id: str) -> Outgoing | None:
        """An answer given earlier, waiting or not."""
        with _translated():
            row = self._db.execute(
                "SELECT message_id, answer, sealed FROM outgoing WHERE message_id = ? AND answer = 1", (answer_id,)
            ).fetchone()
        return None if row is None else self._unsealed(*row)

    def position(self, feed: str) -> Position:
        with _translated():
            row = self._db.execute("SELECT position, ended FROM cursors WHERE feed = ?", (feed,)).fetchone()
        return Position() if row is None else Position(row[0], bool(row[1]))

    def checkpoint(self) -> str | None:
        """The note of the checkpoint that was believed last; None before the first delivery."""
        with _translated():
            row = self._db.execute("SELECT value FROM meta WHERE name = 'checkpoint'").fetchone()
        return None if row is None else bytes(row[0]).decode("utf-8")

    def tally(self) -> Tally:
        with _translated():
            waiting = self._db.execute("SELECT count(*) FROM outgoing WHERE waiting = 1").fetchone()[0]
            receipts = dict(self._db.execute("SELECT code, count FROM receipts ORDER BY code").fetchall())
        return Tally(waiting, receipts)

    # --- inside -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _keep_checkpoint(self, note: str | None) -> None:
        if note is not None:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('checkpoint', ?)", (note.encode("utf-8"),))

    def _insert_outgoing(self, outgoing: Sequence[Outgoing]) -> None:
        rows = [(o.message_id, int(o.is_answer), self._sealed(o)) for o in outgoing]
        try:
            self._db.executemany("INSERT INTO outgoing (message_id, answer, waiting, sealed) VALUES (?, ?, 1, ?)", rows)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(kit.OUTGOING_TWICE, endpoint=self._endpoint) from error
        for one in outgoing:
            self.shelf.put(self._db, one.message_id, one.files)

    def _sealed(self, outgoing: Outgoing) -> bytes:
        operator = outgoing.submission.operator
        plain = len(operator).to_bytes(4, "big") + operator + outgoing.submission.raw
        return self._sealer.seal(outgoing.message_id, plain)

    def _unsealed(self, message_id: str, answer: int, sealed: bytes) -> Outgoing:
        plain = self._sealer.open(message_id, sealed)
        end = 4 + int.from_bytes(plain[:4], "big")
        return Outgoing(message_id, Submission(plain[end:], plain[4:end], channel(self._endpoint)), bool(answer))


def _connect(path: Path) -> sqlite3.Connection:
    with _translated():
        # The worker opens the store in one thread and uses it in another, never in both at once.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(pragma).fetchall()
        return connection


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError as error:
        raise Misconfigured(kit.STORE_EXISTS) from error
    draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _owner(identity: Identity) -> bytes:
    return f"{identity.endpoint}\n{identity.zone}\n{identity.tenant}\n{identity.environment}".encode()


@contextmanager
def _translated() -> Iterator[None]:
    """sqlite3's exceptions stop here: full, locked and unwritable is `Unavailable`, everything else is damage."""
    try:
        yield
    except HubError:
        raise
    except sqlite3.OperationalError as error:
        raise Unavailable(kit.STORE_UNAVAILABLE, kind=_kind(error)) from error
    except sqlite3.Error as error:
        raise IntegrityError(kit.STORE_DAMAGED, kind=_kind(error)) from error


def _kind(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
