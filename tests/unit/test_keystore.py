"""The key store: durable keys, buckets, and keys that are gone from every file once they are shredded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.codes import jnl, key
from hub.edges import keystore as module
from hub.edges.keystore import KeyStore, Move, Sealed, create_keystore, open_keystore
from hub.errors import IntegrityError, Misconfigured
from hub.ports import SecretRow

MASTER = bytes(range(32))
DUE = date(2026, 5, 1)
HOLD = ("hold", date(9999, 12, 31))


def row(index: int, plain: bytes = b"plain", retention: str = "standard", due: date = DUE) -> SecretRow:
    return SecretRow(index, "body", plain, retention, due)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyStore]:
    with create_keystore(tmp_path, MASTER) as made:
        yield made


def wrapped(path: Path, column: str = "SELECT wrapped FROM data_keys ORDER BY key_id") -> list[bytes]:
    """The wrapped keys as they lie in the file, read past the store."""
    with closing(sqlite3.connect(path / module.FILE)) as connection:
        return [value for (value,) in connection.execute(column)]


def in_files(path: Path, needle: bytes) -> bool:
    """Whether any file of the store holds these bytes."""
    return any(needle in file.read_bytes() for file in path.iterdir())


class TestChange:
    def test_opens_what_it_sealed(self, store: KeyStore) -> None:
        """Each record opens under its own key, in the order asked."""
        sealed = store.change([row(0, b"one"), row(1, b"two"), row(2, b"")])

        assert store.open(sealed[::-1]) == (b"", b"two", b"one")
        assert [secret.key_id for secret in sealed] == [1, 2, 3]

    def test_keys_outlive_the_process(self, store: KeyStore, tmp_path: Path) -> None:
        """The keys are durable when `change` returns: another process reads them while this one is open."""
        sealed = store.change([row(0)])
        with open_keystore(tmp_path, MASTER) as other:
            assert other.open(sealed) == (b"plain",)

    def test_nothing_to_do_writes_nothing(self, store: KeyStore) -> None:
        """An empty change gives no key."""
        assert store.change([]) == ()
        assert store.mark() == 0

    def test_key_ids_are_never_given_twice(self, store: KeyStore, tmp_path: Path) -> None:
        """Also not after the last key was destroyed and the store was opened anew."""
        (first,) = store.change([row(0)])
        store.shred([first.key_id])
        with open_keystore(tmp_path, MASTER) as other:
            (second,) = other.change([row(0)])

        assert (first.key_id, second.key_id) == (1, 2)
        assert store.open([first, second]) == (None, b"plain")

    def test_no_plaintext_and_no_plain_key_reaches_the_disk(self, store: KeyStore, tmp_path: Path) -> None:
        """The files hold wrapped keys only: neither the master key nor a record's bytes are in them."""
        store.change([row(0, b"a plaintext that nobody may find")])

        assert not in_files(tmp_path, MASTER)
        assert not in_files(tmp_path, b"a plaintext that nobody may find")

    @pytest.mark.parametrize("field", ["index", "slot", "key_id", "ciphertext"])
    def test_anything_swapped_is_refused(self, store: KeyStore, field: str) -> None:
        """A ciphertext belongs to its key, entry and slot."""
        one, other = store.change([row(0), SecretRow(1, "private", b"other", "standard", DUE)])
        swapped = {
            name: getattr(other if name == field else one, name) for name in ("index", "slot", "key_id", "ciphertext")
        }
        with pytest.raises(IntegrityError) as caught:
            store.open([Sealed(**swapped)])

        assert caught.value.code == key.SECRET_UNREADABLE


class TestMove:
    def test_moved_key_lives_in_its_new_bucket(self, store: KeyStore) -> None:
        """A legal hold re-wraps one key: its old bucket goes without it."""
        one, other = store.change([row(0), row(1)])
        store.change([], [Move(one.key_id, *HOLD)])
        store.shred_bucket("standard", DUE)

        assert store.open([one, other]) == (b"plain", None)
        assert store.bucket_of(one.key_id) == HOLD

    def test_a_move_leaves_no_copy_under_the_old_bucket(self, store: KeyStore, tmp_path: Path) -> None:
        """Once the old bucket is shredded, no file holds the key as it was wrapped there."""
        (one,) = store.change([row(0)])
        (old,) = wrapped(tmp_path)
        assert in_files(tmp_path, old)
        store.change([], [Move(one.key_id, *HOLD)])
        store.shred_bucket("standard", DUE)

        assert not in_files(tmp_path, old)
        assert store.open([one]) == (b"plain",)

    def test_a_key_that_is_gone_is_passed_over(self, store: KeyStore) -> None:
        """Moves and marks of destroyed keys do nothing."""
        (one,) = store.change([row(0)])
        store.shred([one.key_id])
        store.change([], [Move(one.key_id, *HOLD)], [one.key_id])

        assert store.open([one]) == (None,)


class TestShred:
    def test_shredded_key_is_in_no_file(self, store: KeyStore, tmp_path: Path) -> None:
        """The wrapped bytes are in the database or the write-ahead file before, and nowhere after."""
        sealed = store.change([row(index) for index in range(40)])
        keys = wrapped(tmp_path)
        assert all(in_files(tmp_path, one) for one in keys)

        assert store.shred([secret.key_id for secret in sealed[:20]]) == 20
        assert [in_files(tmp_path, one) for one in keys] == [False] * 20 + [True] * 20
        assert store.open(sealed) == (None,) * 20 + (b"plain",) * 20

    def test_shredded_bucket_is_in_no_file(self, store: KeyStore, tmp_path: Path) -> None:
        """The bucket's key and all its data keys are gone from every file; the next bucket stays whole."""
        count = module.SLICE + 7
        doomed = store.change([row(index) for index in range(count)])
        kept = store.change([row(index, due=DUE + timedelta(days=1)) for index in range(3)])
        keys, buckets = wrapped(tmp_path), wrapped(tmp_path, "SELECT wrapped FROM buckets ORDER BY id")

        assert store.shred_bucket("standard", DUE) == count
        assert [in_files(tmp_path, one) for one in buckets] == [False, True]
        assert [one for one in keys[:count] if in_files(tmp_path, one)] == []
        assert store.open([*doomed[:2], *kept]) == (None, None, *(b"plain",) * 3)

    def test_shredding_twice_is_nothing(self, store: KeyStore) -> None:
        """What is gone stays gone, and counts no more."""
        (one,) = store.change([row(0)])

        assert (store.shred([one.key_id]), store.shred([one.key_id])) == (1, 0)
        assert store.shred_bucket("standard", DUE) == 0

    def test_a_bucket_may_be_filled_again(self, store: KeyStore) -> None:
        """A record sealed into a bucket that was shredded gets a new bucket key."""
        (old,) = store.change([row(0)])
        store.shred_bucket("standard", DUE)
        (new,) = store.change([row(1)])

        assert store.open([old, new]) == (None, b"plain")

    def test_a_shredding_that_broke_off_is_due_still(self, store: KeyStore, tmp_path: Path) -> None:
        """A void bucket opens nothing, is listed as due whatever its day, and `clear` ends it."""
        sealed = store.change([row(index) for index in range(3)])
        store.void_bucket("standard", DUE)
        assert store.open(sealed) == (None,) * 3
        with open_keystore(tmp_path, MASTER) as other:
            assert other.due(DUE - timedelta(days=9)) == (("standard", DUE, 3),)
            assert other.shred_bucket("standard", DUE) == 3
            assert other.due(DUE) == ()


class TestDue:
    def test_lists_what_has_come_oldest_first(self, store: KeyStore) -> None:
        """Buckets with their number of keys; a bucket without keys is not listed."""
        early = DUE - timedelta(days=1)
        sealed = store.change([row(0), row(1), row(2, due=early), row(3, retention="file3", due=early)])
        store.shred([sealed[3].key_id])

        assert store.due(early) == (("standard", early, 1),)
        assert store.due(DUE) == (("standard", early, 1), ("standard", DUE, 2))
        assert store.bucket("standard", DUE) == (1, 2)
        assert store.bucket_of(99) is None


class TestRecovery:
    def test_names_keys_after_a_mark_and_doomed_ones(self, store: KeyStore) -> None:
        """What a crash may have left; a spared key is ordinary again."""
        sealed = store.change([row(index) for index in range(4)])
        store.change([], (), [1, 2])

        assert store.unfinished(3) == ((4,), (1, 2))
        assert store.open(sealed) == (b"plain",) * 4
        store.spare([1])
        assert store.unfinished(4) == ((), (2,))


class TestOpening:
    def test_never_made_anew(self, store: KeyStore, tmp_path: Path) -> None:
        """Creating refuses an existing store, opening a missing one."""
        assert store.mark() == 0
        with pytest.raises(Misconfigured) as existing:
            create_keystore(tmp_path, MASTER)
        with pytest.raises(Misconfigured) as missing:
            open_keystore(tmp_path / "elsewhere", MASTER)

        assert (existing.value.code, missing.value.code) == (jnl.EXISTS, jnl.MISSING)

    def test_files_are_private(self, store: KeyStore, tmp_path: Path) -> None:
        """Nobody but the owner reads the files, the write-ahead file included."""
        store.change([row(0)])

        assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}

    @pytest.mark.parametrize("size", [0, 31, 33])
    def test_master_key_has_32_bytes(self, tmp_path: Path, size: int) -> None:
        """Any other length is no key."""
        with pytest.raises(Misconfigured) as caught:
            create_keystore(tmp_path, bytes(size))

        assert caught.value.code == key.MASTER_MALFORMED

    def test_other_master_key_is_an_integrity_error(self, store: KeyStore, tmp_path: Path) -> None:
        """The store knows its master key at once, not at the first record."""
        store.close()
        with pytest.raises(IntegrityError) as caught:
            open_keystore(tmp_path, bytes(32))

        assert caught.value.code == key.MASTER_WRONG

    def test_other_version_is_refused(self, store: KeyStore, tmp_path: Path) -> None:
        """A store of another release is not touched."""
        store.close()
        with closing(sqlite3.connect(tmp_path / module.FILE)) as connection:
            connection.execute("PRAGMA user_version=2")
        with pytest.raises(Misconfigured) as caught:
            open_keystore(tmp_path, MASTER)

        assert caught.value.code == key.STORE_VERSION


class TestProcesses:
    def test_a_bucket_that_another_process_destroyed_takes_no_key_any_more(
        self, store: KeyStore, tmp_path: Path
    ) -> None:
        """What is sealed after the other's sweep lies in a new bucket, under another key, and opens."""
        old = store.change([row(0)])
        with open_keystore(tmp_path, MASTER) as other:
            assert other.open(old) == (b"plain",)
            store.shred_bucket("standard", DUE)
            new = other.change([row(1, b"later")])

        with open_keystore(tmp_path, MASTER) as third:
            assert third.open([*old, *new]) == (None, b"later")

    def test_ids_of_keys_are_given_once_among_processes(self, store: KeyStore, tmp_path: Path) -> None:
        """Two processes in turns give ids that follow each other."""
        with open_keystore(tmp_path, MASTER) as other:
            made = [one for n in range(3) for one in (*store.change([row(n)]), *other.change([row(n + 10)]))]
            opened = other.open(made)

        assert ([one.key_id for one in made], set(opened)) == ([1, 2, 3, 4, 5, 6], {b"plain"})
