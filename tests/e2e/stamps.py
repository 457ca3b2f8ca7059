"""Stamps (`hub log prove`) verified without the hub's code, by docs/spec/exchange-log.md alone: text, SHA-256, Ed25519."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.e2e.logfile import leaf_hash, node_hash

PREFIX = "— "


@dataclass(frozen=True)
class Key:
    """A vkey: name, four bytes of id, and the public key."""

    name: str
    id: bytes
    public: Ed25519PublicKey

    @classmethod
    def of(cls, vkey: str) -> Key:
        name, id_, key = vkey.strip().split("+", 2)
        data = b64decode(key, validate=True)
        assert data[0] == 1
        assert sha256(f"{name}\n".encode() + data).digest()[:4].hex() == id_
        return cls(name, bytes.fromhex(id_), Ed25519PublicKey.from_public_bytes(data[1:]))

    def text_of(self, note: str) -> str:
        """The text that this key signed; raises unless it did, in exactly one line."""
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        (mine,) = [line for line in signatures.splitlines() if line.startswith(f"{PREFIX}{self.name} ")]
        data = b64decode(mine.rsplit(" ", 1)[1], validate=True)
        assert data[:4] == self.id
        self.public.verify(data[4:], text.encode())
        return text


def log_key(zone_home: Path) -> Key:
    """The key of the zone's log, out of the key list that the pinned root signed."""
    root = Key.of((zone_home / "keys" / "root.vkey").read_text("utf-8"))
    listed = root.text_of((zone_home / "keys" / "keylist.txt").read_text("utf-8"))
    (line,) = [line for line in listed.splitlines() if line.startswith("log ")]
    return Key.of(line.split(" ")[3])


def proven(stamp: str, index: int, key: Key) -> dict[str, Any]:
    """The entry that a stamp proves to stand at `index`; raises where it does not."""
    head, _, note = stamp.partition("\n\n")
    title, extra, place, *path = head.split("\n")
    origin, size, root = key.text_of(note).splitlines()
    leaf = b64decode(extra.removeprefix("extra "), validate=True)
    assert (title, place, origin) == ("c2sp.org/tlog-proof@v1", f"index {index}", key.name)
    assert climbed(leaf_hash(leaf), index, int(size), map(b64decode, path)) == b64decode(root)
    return dict(json.loads(leaf))


def climbed(found: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2: the root to which an inclusion path leads."""
    at, last = index, size - 1
    assert at <= last
    for hash_ in path:
        assert last > 0
        if at & 1 or at == last:
            found = node_hash(hash_, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, hash_)
        at, last = at >> 1, last >> 1
    assert last == 0
    return found
