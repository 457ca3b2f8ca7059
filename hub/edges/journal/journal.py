"""The journal: fulfils Log, Checkpoints, NodeReader, Memory, Outgoing, Parts, Retention and History of `hub.ports`.

Order of a commit: keys durable in the key store, then one transaction for everything, then the doomed keys destroyed.
What a crash leaves between the steps (keys without records, keys marked but not destroyed) goes with the next commit,
which the signer allows only on the log that it remembers: a restored old journal never makes keys vanish.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Self

from sqlalchemy import Connection

from hub.codes import key
from hub.edges.database import Store
from hub.edges.journal import parts, reading, rows, standing, waiting, writing
from hub.edges.journal.shape import BODY, check
from hub.edges.keystore import KeyStore, Move, Sealed
from hub.errors import IntegrityError, Unavailable
from hub.messages import Part
from hub.ports import (
    Commit,
    Ending,
    Head,
    Known,
    OutgoingState,
    PartRow,
    Pending,
    RebucketRow,
    SecretRow,
    Standing,
)

Renew = Callable[[int, str], str]  # the stamp of an entry as it is handed out, from the one that is stored

FEW = 16  # parts of attachments that are erased in one transaction


class Journal:
    """An open journal. Threads may share it; commits take turns."""

    def __init__(self, database: Store, keystore: KeyStore) -> None:
        self._database = database
        self._keystore = keystore
        self._turn = threading.Lock()
        self.renew: Renew = _as_it_is
        self._mended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database; the key store belongs to whoever opened it."""
        self._database.close()

    # --- Log, Checkpoints, NodeReader, History ------------------------------------------------------------------------

    def head(self) -> Head:
        """The durable end of the log, once no commit of unknown outcome is under way any more."""
        with self._database.settled() as connection:
            return reading.head(connection)

    def commit(self, commit: Commit) -> None:
        """Makes all of `commit` durable, or nothing (see `hub.ports.Log`).

        Secrets whose due day is None in `rebucketed` are unreadable when this returns, unless the key store failed at
        that last step: then before the next commit.
        """
        check(commit)
        with self._turn:
            moves, doomed = self._changes(commit)
            self._write(
                commit.secrets,
                moves,
                doomed,
                lambda connection, sealed: writing.store(connection, commit, sealed, doomed),
            )

    def root_at(self, size: int) -> bytes | None:
        """The root that was published for `size`."""
        with self._database.reading() as connection:
            return reading.root_at(connection, size)

    def nodes(self, nodes: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
        """Subtree hashes (level, index) in the order asked. Raises `IntegrityError` when one is missing."""
        with self._database.reading() as connection:
            return reading.nodes(connection, nodes)

    @contextmanager
    def snapshot(self) -> Iterator[reading.Snapshot]:
        """The whole log as of now."""
        with self._database.reading() as connection:
            yield reading.Snapshot(connection)

    def secret(self, index: int, slot: str) -> bytes | None:
        """A record's plaintext; None when there is none, or it was erased."""
        with self._database.reading() as connection:
            sealed = reading.secret(connection, index, slot)
        return None if sealed is None else self._opened([sealed])[0]

    def concerning(self, subjects: Collection[str]) -> tuple[int, ...]:
        """The entries about a person with one of these tokens, as far as the buckets of their private parts live."""
        pseudonyms = sorted(self._keystore.pseudonyms(sorted(set(subjects))))
        with self._database.reading() as connection:
            return reading.named(connection, pseudonyms)

    # --- Memory, Outgoing ---------------------------------------------------------------------------------------------

    def known(self, keys: Collection[tuple[str, str]]) -> tuple[Known, ...]:
        """The first outcomes of these (sender, message id) pairs."""
        with self._database.reading() as connection:
            found = reading.known(connection, keys)
        return tuple(replace(one, receipt=self.renew(one.index, one.receipt)) for one in found)

    def ready(
        self, recipients: Collection[str], busy: Collection[int], now: datetime, limit: int
    ) -> tuple[Pending, ...]:
        """At most `limit` ready deliveries by log index, shared in turns between the recipients."""
        with self._database.reading() as connection:
            chosen = waiting.choose(connection, recipients, busy, now, limit)
            found = waiting.fetch(connection, chosen) if chosen else ()
        return self._with_bodies(found)

    def count_ready(self, recipient: str, now: datetime) -> int:
        """How many deliveries are ready for this recipient."""
        with self._database.reading() as connection:
            return waiting.count(connection, recipient, now)

    def leading(self, message_id: str, recipient: str) -> tuple[Pending, ...]:
        """The deliveries of this message id that lead their lanes to this recipient."""
        with self._database.reading() as connection:
            chosen = waiting.of_message(connection, message_id, recipient)
            found = waiting.fetch(connection, chosen) if chosen else ()
        return self._with_bodies(found)

    def postpone(self, index: int, until: datetime, code: str) -> None:
        """Counts a failed attempt and backs off until then; its lane waits."""
        with self._database.writing() as connection:
            writing.postpone(connection, index, until, code)

    def addressed(self, message_id: str, sender: str, recipient: str) -> OutgoingState | None:
        """The delivery that an answer line names."""
        with self._database.reading() as connection:
            return reading.addressed(connection, message_id, sender, recipient)

    def states(self, indexes: Collection[int]) -> dict[int, str]:
        """How these deliveries stand."""
        with self._database.reading() as connection:
            return reading.states(connection, sorted(indexes))

    def conversations(self, message_id: str, recipient: str) -> frozenset[str]:
        """The conversations of the deliveries of this message id to this recipient."""
        with self._database.reading() as connection:
            return reading.conversations(connection, message_id, recipient)

    def stopped(self) -> tuple[Standing, ...]:
        """The deliveries that wait for persons, by log index."""
        with self._database.reading() as connection:
            return standing.stopped(connection)

    def standing(self, message_id: str) -> tuple[Standing, ...]:
        """The deliveries of this message id."""
        with self._database.reading() as connection:
            return standing.of_message(connection, message_id)

    def unordered(self, sender: str, recipient: str, types: Collection[str], before: int) -> tuple[Pending, ...]:
        """What waits of these types without a lane."""
        with self._database.reading() as connection:
            chosen = waiting.without_lane(connection, sender, recipient, types, before)
            found = waiting.fetch(connection, chosen) if chosen else ()
        return self._with_bodies(found)

    def endings(self) -> tuple[Ending, ...]:
        """The messages that end others and are not done with it."""
        with self._database.reading() as connection:
            return waiting.endings(connection)

    def finish(self, endings: Collection[int]) -> None:
        """These messages have ended all that they end."""
        with self._database.writing() as connection:
            writing.finish(connection, sorted(endings))

    def tally(self) -> dict[str, dict[str, int]]:
        """Counts by recipient and state."""
        with self._database.reading() as connection:
            return reading.tally(connection)

    # --- Parts --------------------------------------------------------------------------------------------------------

    def keep(self, sender: str, new: Sequence[Part], due: date, most: int) -> int:
        """Makes parts durable until their message comes (see `hub.ports.Parts`)."""
        with self._turn:
            with self._database.settled() as connection:
                fresh = parts.new(connection, sender, new, most)
            if fresh:
                secrets = [parts.secret(part, due) for part in fresh]

                def store(connection: Connection, sealed: Sequence[Sealed]) -> None:
                    self._database.shed(connection)  # of the parts before
                    writing.keep(connection, sender, fresh, sealed)

                self._write(secrets, (), (), store)
        return len(fresh)

    def loose(self, sender: str, message: str) -> tuple[PartRow, ...]:
        """The parts that wait for the message with this digest."""
        with self._database.reading() as connection:
            return parts.loose(connection, sender, message)

    def content(self, part: PartRow) -> bytes | None:
        """Its plaintext; None when it was erased."""
        with self._database.reading() as connection:
            sealed = parts.sealed(connection, part)
            self._database.shed(connection)
        return None if sealed is None else self._opened([sealed])[0]

    def handed(self, index: int, recipient: str, sha256: str, position: int) -> bytes | None:
        """A part of what an unsettled delivery to this recipient carries."""
        with self._database.reading() as connection:
            sealed = parts.handed(connection, index, recipient, sha256, position)
            self._database.shed(connection)
        return None if sealed is None else self._opened([sealed])[0]

    def carried(self, index: int, sha256: str, position: int) -> bytes | None:
        """A part of what an entry's message carries; None when there is none, or it was erased."""
        with self._database.reading() as connection:
            sealed = parts.carried(connection, index, sha256, position)
            self._database.shed(connection)
        return None if sealed is None else self._opened([sealed])[0]

    def forget(self, messages: Collection[str]) -> int:
        """Erases what waits for these messages: after a failure, the same again does the rest."""
        with self._turn:
            with self._database.settled() as connection:
                keys = parts.loose_keys(connection, messages)
            if keys:
                self._write((), (), keys, lambda connection, _: writing.erase(connection, keys))
        return len(keys)

    # --- Retention ----------------------------------------------------------------------------------------------------

    def due(self, today: date) -> tuple[tuple[str, date, int], ...]:
        """Buckets (class, due day, keys) whose due day has come, oldest first."""
        return self._keystore.due(today)

    def waiting(self, retention: str, due: date) -> tuple[int, ...]:
        """The deliveries that would end undelivered if this bucket were shredded now."""
        keys = self._keystore.bucket(retention, due)
        with self._database.reading() as connection:
            return reading.waiting(connection, keys)

    def shred(self, retention: str, due: date) -> int:
        """Destroys the bucket: ciphertexts first, slice by slice, then its keys, which is what erases every copy.

        Returns how many keys went. A delivery that still waits ends as `expired`. After a failure the bucket is due
        still, and shredding it again does the rest.
        """
        for some in writing.slices(self._keystore.bucket(retention, due)):
            for few in self._few(some):
                with self._database.writing() as connection:
                    writing.erase(connection, few)
        with self._turn:  # nothing may move into the bucket between its last ciphertext and its key
            self._erase_stored(self._keystore.bucket(retention, due))
            self._keystore.void_bucket(retention, due)
        return self._keystore.clear()

    # --- after a loss -------------------------------------------------------------------------------------------------

    def keyless(self) -> frozenset[int]:
        """The key ids of ciphertexts that no key opens any more, though nobody erased them."""
        with self._database.reading() as connection:
            ids = sorted(reading.all_keys(connection))
        return self._keystore.missing(ids)

    def places(self, ids: Collection[int]) -> tuple[tuple[int, str], ...]:
        """To which records (index, slot) these keys belong; one of an attachment to the body."""
        with self._database.reading() as connection:
            return tuple(sorted(set(reading.places(connection, sorted(ids)))))

    def bury(self) -> int:
        """Deletes every ciphertext that no key opens any more, and ends what still waits for it; returns how many there were."""
        with self._turn:
            gone = sorted(self.keyless())
            for some in writing.slices(gone):
                with self._database.writing() as connection:
                    writing.erase(connection, some)
        return len(gone)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _few(self, keys: Sequence[int]) -> Iterator[Sequence[int]]:
        """The same keys, those of parts a few at a time: whoever writes meanwhile waits for no more than some megabytes."""
        with self._database.reading() as connection:
            large = parts.among(connection, keys)
        yield from (large[start : start + FEW] for start in range(0, len(large), FEW))
        if rest := sorted(frozenset(keys).difference(large)):
            yield rest

    def _with_bodies(self, found: Sequence[tuple[Pending, Sealed]]) -> tuple[Pending, ...]:
        bodies = self._opened([sealed for _, sealed in found])
        return tuple(
            replace(pending, delivery=replace(pending.delivery, raw=body, stamp=self._stamp(pending)))
            for (pending, _), body in zip(found, bodies, strict=True)
            if body is not None
        )

    def _stamp(self, pending: Pending) -> str:
        return self.renew(pending.delivery.index, pending.delivery.stamp)

    def _write(
        self,
        secrets: Sequence[SecretRow],
        moves: Sequence[Move],
        doomed: Sequence[int],
        store: Callable[[Connection, tuple[Sealed, ...]], None],
    ) -> None:
        """The three steps; `store` writes the rows."""
        left = () if self._mended else self._left_over()
        self._mended = False  # until all three steps are done
        sealed = self._keystore.change(secrets, moves, (*left, *doomed))
        with self._database.writing() as connection:
            store(connection, sealed)
        self._mended = self._destroyed((*left, *doomed))

    def _changes(self, commit: Commit) -> tuple[list[Move], list[int]]:
        """Keys that move, and keys that are to be destroyed."""
        moves, doomed = self._rebucketing(commit.rebucketed)
        moves += [Move(key_id, row.retention, row.due) for row in commit.tied for key_id in row.keys]
        if commit.dropped:
            tied = {key_id for row in commit.tied for key_id in row.keys}
            with self._database.settled() as connection:
                loose = parts.loose_keys(connection, commit.dropped)
            doomed += [key_id for key_id in loose if key_id not in tied]
        return moves, doomed

    def _rebucketing(self, wanted: Sequence[RebucketRow]) -> tuple[list[Move], list[int]]:
        """Moves, and keys to be destroyed; records that were erased meanwhile are passed over. Attachments go with the body."""
        if not wanted:
            return [], []
        with self._database.reading() as connection:
            ids = reading.key_ids(connection, [(row.index, row.slot) for row in wanted])
            attached = parts.entry_keys(connection, {row.index for row in wanted if row.slot == BODY})
        found = [(row, ids[row.index, row.slot]) for row in wanted if (row.index, row.slot) in ids]
        found += [(row, key_id) for row in wanted if row.slot == BODY for key_id in attached.get(row.index, ())]
        moves = [Move(key_id, row.retention, row.due) for row, key_id in found if row.due is not None]
        return moves, [key_id for row, key_id in found if row.due is None]

    def _destroyed(self, doomed: Sequence[int]) -> bool:
        """Whether nothing is left to mend. The commit is durable by now, so a failure here must not look like its own."""
        if not doomed:
            return True
        try:
            self._keystore.shred(doomed)
        except Unavailable:
            return False
        return True

    def _left_over(self) -> tuple[int, ...]:
        """Keys without records, left by a crash or a failed commit; marked keys whose records stayed are spared.

        They are destroyed only after the next commit: one whose outcome is in doubt could come back from the write-ahead
        file after a crash until something is written over it, and would then miss its keys.
        """
        with self._database.settled() as connection:
            mark = reading.key_mark(connection)
        store_mark = self._keystore.mark()
        if store_mark < mark:
            raise IntegrityError(key.STORE_BEHIND, store=store_mark, journal=mark)
        orphans, doomed = self._keystore.unfinished(mark)
        with self._database.reading() as connection:
            stored = reading.stored_keys(connection, (*orphans, *doomed))
        if stored & frozenset(orphans):
            raise rows.damaged("log_head")
        self._keystore.spare(sorted(frozenset(doomed) & stored))
        return tuple(sorted((frozenset(orphans) | frozenset(doomed)) - stored))

    def _erase_stored(self, ids: Sequence[int]) -> None:
        with self._database.reading() as connection:
            stored = sorted(reading.stored_keys(connection, ids))
        if stored:
            with self._database.writing() as connection:
                writing.erase(connection, stored)

    def _opened(self, sealed: Sequence[Sealed]) -> tuple[bytes | None, ...]:
        """The plaintexts; None for a record that was erased since it was read. A record without key is a fault."""
        plain = self._keystore.open(sealed)
        gone = [secret.key_id for secret, body in zip(sealed, plain, strict=True) if body is None]
        if gone:
            with self._database.reading() as connection:
                stored = reading.stored_keys(connection, gone)
            if stored:
                raise IntegrityError(key.KEY_GONE, count=len(stored))
        return plain


def _as_it_is(_: int, stored: str) -> str:
    return stored
