"""The bodies and private parts of a home, opened as docs/spec/exchange-log.md section 10 says: nothing of the hub is imported.

Needs the journal, the key store and the master key, and of libraries `cryptography` alone. Reads, and writes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Place = tuple[int, str]  # index of the entry, slot


def unsealed(key: bytes, sealed: bytes, place: str) -> bytes:
    """nonce (12 bytes) ‖ AES-256-GCM, the place as associated data."""
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], place.encode())


def bucket_key(master: bytes, wrapped: bytes, retention: str, due: str) -> bytes:
    return unsealed(master, wrapped, f"juki-hub bucket 1\n{retention}\n{due}")


def data_key(bucket: bytes, wrapped: bytes, key_id: int) -> bytes:
    return unsealed(bucket, wrapped, f"juki-hub data key 1\n{key_id}")


def secret(key: bytes, ciphertext: bytes, key_id: int, index: int, slot: str) -> bytes:
    return unsealed(key, ciphertext, f"juki-hub secret 1\n{key_id}\n{index}\n{slot}")


def opened(home: Path, slot: str = "body") -> dict[int, bytes]:
    """By index of the entry, what this slot holds; what was erased is absent."""
    master = (home / "keys" / "master.key").read_bytes()
    keys = dict(_data_keys(master, home / "keystore" / "keys.sqlite"))
    journal = home / "journal" / "journal.sqlite"
    rows = _rows(journal, "SELECT key_id, idx, slot, ciphertext FROM secrets")
    return {
        index: secret(keys[key_id], ciphertext, key_id, index, found)
        for key_id, index, found, ciphertext in rows
        if found == slot and key_id in keys
    }


def parts(home: Path) -> dict[tuple[int, str], list[bytes]]:
    """By index of the entry and digest of the attachment, its parts in order; what was erased, or has no entry, is absent."""
    master = (home / "keys" / "master.key").read_bytes()
    keys = dict(_data_keys(master, home / "keystore" / "keys.sqlite"))
    query = (
        "SELECT key_id, idx, sha256, position, ciphertext FROM parts JOIN part_contents USING (key_id)"
        " WHERE idx IS NOT NULL ORDER BY idx, sha256, position"
    )
    found: dict[tuple[int, str], list[bytes]] = {}
    for key_id, index, sha256, position, ciphertext in _rows(home / "journal" / "journal.sqlite", query):
        if key_id in keys:
            plain = secret(keys[key_id], ciphertext, key_id, -1, f"part {sha256} {position}")
            found.setdefault((index, sha256), []).append(plain)
    return found


def _data_keys(master: bytes, keystore: Path) -> Iterator[tuple[int, bytes]]:
    query = (
        "SELECT key_id, data_keys.wrapped, retention, due, buckets.wrapped"
        " FROM data_keys JOIN buckets ON buckets.id = data_keys.bucket WHERE buckets.wrapped IS NOT NULL"
    )
    for key_id, wrapped, retention, due, bucket in _rows(keystore, query):
        yield key_id, data_key(bucket_key(master, bucket, retention, due), wrapped, key_id)


def _rows(path: Path, query: str) -> list[tuple]:  # type: ignore[type-arg]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return list(database.execute(query))
