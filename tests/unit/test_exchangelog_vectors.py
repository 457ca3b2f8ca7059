"""The vectors of docs/spec/exchange-log.md, derived again from the specification alone.

Nothing of the hub is imported: standard library, and `cryptography` for Ed25519 and AES-GCM. Written against the
specification's sections, so that the two can be read side by side.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests import opensecrets

FOLDER = Path(__file__).parents[1] / "vectors" / "exchangelog"
SPECIFICATION = Path(__file__).parents[2] / "docs" / "spec" / "exchange-log.md"


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


KEYS, PRIVATE, ENTRIES, LOG = load("keys.json"), load("private.json"), load("entries.json"), load("log.json")
SEALED = load("sealed.json")
LEAVES = [leaf.encode() for leaf in LOG["leaves"]]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def jcs(value: object) -> bytes:
    """RFC 8785 where all keys are ASCII and all numbers are integers."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def split(count: int) -> int:
    """The largest power of two smaller than the count."""
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, by recursion over the leaves."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), mth(leaves[k:])]
    return [*path(index - k, leaves[k:]), mth(leaves[:k])]


def subproof(old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """RFC 6962 section 2.1.2."""
    if old == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(old - k, leaves[k:], False), mth(leaves[:k])]


def key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def vkey(name: str, seed: str) -> str:
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key().public_bytes_raw()
    return "+".join((name, key_id(name, public).hex(), b64(b"\x01" + public)))


def note(text: str, name: str, seed: str) -> str:
    """A signed note made anew: Ed25519 is deterministic, so it must come out the same."""
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    public = private.public_key().public_bytes_raw()
    return f"{text}\n— {name} {b64(key_id(name, public) + private.sign(text.encode()))}\n"


def checkpoint(leaves: list[bytes]) -> str:
    return f"{KEYS['origin']}\n{len(leaves)}\n{b64(mth(leaves))}\n"


def sizes() -> list[int]:
    return [int(text.split("\n")[1]) for text in LOG["checkpoints"]]


class TestKeys:
    def test_vkeys(self) -> None:
        """Section 6: name+id+base64(0x01 || key)."""
        assert vkey(KEYS["origin"], KEYS["log_seed"]) == KEYS["log_vkey"]
        assert vkey(KEYS["root_name"], KEYS["root_seed"]) == KEYS["root_vkey"]

    def test_keylist(self) -> None:
        """Section 8: the list is a note of the root over four kinds of words."""
        text = f"juki-hub/keylist@v1\nsequence 1\nlog 2026-04-01T00:00:00.000Z - {KEYS['log_vkey']}\n"

        assert note(text, KEYS["root_name"], KEYS["root_seed"]) == KEYS["keylist"]

    def test_next_keylist(self) -> None:
        """Section 8: a new epoch is a new origin; the old log's line gets an end."""
        lines = KEYS["next_keylist"].split("\n")

        assert lines[:2] == ["juki-hub/keylist@v1", "sequence 2"]
        assert lines[2] == f"log 2026-04-01T00:00:00.000Z 2027-04-01T00:00:00.000Z {KEYS['log_vkey']}"
        assert lines[3].startswith(f"log 2027-04-01T00:00:00.000Z - {KEYS['origin']}/2+")
        text = "\n".join(lines[:4]) + "\n"
        assert note(text, KEYS["root_name"], KEYS["root_seed"]) == KEYS["next_keylist"]

    def test_followed_keylist(self) -> None:
        """Where the sample log ended, by the root of its last checkpoint, and the specification's own example."""
        origin, size, root = LOG["checkpoints"][-1].split("\n")[:3]
        ended = f"ended {size} {root} - {origin} {origin}/2"
        logs = [line for line in KEYS["next_keylist"].split("\n") if line.startswith("log ")]
        text = "\n".join(["juki-hub/keylist@v1", "sequence 3", *logs, ended, ""])

        assert note(text, KEYS["root_name"], KEYS["root_seed"]) == KEYS["followed_keylist"]
        assert ended in SPECIFICATION.read_text("utf-8")


class TestPrivate:
    def test_commitment(self) -> None:
        """Section 4: SHA-256(salt || JCS(private))."""
        part = {name: PRIVATE[name] for name in ("approvers", "operator", "reason", "subjects")}
        opening = bytes.fromhex(PRIVATE["salt"]) + jcs(part)

        assert opening.hex() == PRIVATE["opening"]
        assert sha256(opening).hexdigest() == PRIVATE["commit"]


class TestEntries:
    @pytest.mark.parametrize("vector", ENTRIES, ids=lambda vector: vector["kind"])
    def test_leaf(self, vector: dict[str, str]) -> None:
        """Sections 2 and 5: canonical bytes, version first, and the leaf hash."""
        value = json.loads(vector["leaf"])

        assert jcs(value).decode() == vector["leaf"]
        assert vector["leaf"].startswith('{"_v":1,')
        assert value["kind"] == vector["kind"]
        assert leaf_hash(vector["leaf"].encode()).hex() == vector["leaf_hash"]

    def test_every_kind_has_a_vector(self) -> None:
        """Section 3: ten kinds."""
        kinds = {
            "permit",
            "refuse",
            "answer",
            "hold",
            "release",
            "erase",
            "config",
            "admin",
            "statement",
            "observation",
        }

        assert {vector["kind"] for vector in ENTRIES} == kinds


class TestLog:
    def test_checkpoints(self) -> None:
        """Section 6: origin, size and root of the leaves so far, signed by the log's key."""
        made = [note(checkpoint(LEAVES[:size]), KEYS["origin"], KEYS["log_seed"]) for size in sizes()]

        assert made == LOG["checkpoints"]

    def test_nodes(self) -> None:
        """Section 5: every complete subtree, leaves included, once."""
        made = [
            [level, index, mth(LEAVES[index << level : index + 1 << level]).hex()]
            for level in range(len(LEAVES).bit_length())
            for index in range(len(LEAVES) >> level)
        ]

        assert made == LOG["nodes"]

    def test_stamps(self) -> None:
        """Section 7: the entry as extra data, its index, its path in the tree of its batch, and the checkpoint."""

        def made() -> Iterator[str]:
            for index, leaf in enumerate(LEAVES):
                place, size = next((n, size) for n, size in enumerate(sizes()) if size > index)
                hashes = "".join(f"{b64(hash_)}\n" for hash_ in path(index, LEAVES[:size]))
                head = f"c2sp.org/tlog-proof@v1\nextra {b64(leaf)}\nindex {index}\n"
                yield f"{head}{hashes}\n{LOG['checkpoints'][place]}"

        assert list(made()) == LOG["stamps"]

    def test_a_stamp_verifies_from_its_text_alone(self) -> None:
        """Section 7: what a recipient does, with the public key only."""
        public = base64.b64decode(KEYS["log_vkey"].split("+", 2)[2])[1:]
        for stamp in LOG["stamps"]:
            head, text, signatures = re.fullmatch(r"(?s)(.*?)\n\n(.*\n)\n(.*)", stamp).groups()  # type: ignore[union-attr]
            _, extra, index, *hashes = head.split("\n")
            _, size, root = text.rstrip("\n").split("\n")
            blob = base64.b64decode(signatures.split(" ")[2])
            assert blob[:4] == key_id(KEYS["origin"], public)
            Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], text.encode())

            found = climb(
                leaf_hash(base64.b64decode(extra[6:])), int(index[6:]), int(size), [base64.b64decode(h) for h in hashes]
            )
            assert b64(found) == root

    def test_consistency(self) -> None:
        """Section 5: the proof between every two checkpoints."""
        for vector in LOG["consistency"]:
            made = subproof(vector["old"], LEAVES[: vector["new"]], True)

            assert [b64(hash_) for hash_ in made] == vector["path"]

    def test_entries_say_where_checkpoints_stood(self) -> None:
        """Section 9: `after` is the size of the last checkpoint before the entry's commit."""
        ends = [0, *sizes()]
        expected = [max(end for end in ends if end <= index) for index in range(len(LEAVES))]

        assert [json.loads(leaf)["after"] for leaf in LEAVES] == expected

    def test_export(self) -> None:
        """Section 9: header, origin, checkpoints, leaves, end."""
        lines = ["juki-hub/export@v1", f"origin {KEYS['origin']}"]
        lines += [f"checkpoint {b64(text.encode())}" for text in LOG["checkpoints"]]
        lines += [f"leaf {b64(leaf)}" for leaf in LEAVES]
        lines += [f"end {len(LEAVES)}"]

        assert [f"{line}\n" for line in lines] == LOG["export"]

    def test_the_fork_is_signed_as_well(self) -> None:
        """Section 9: two checkpoints of one size and two roots under one key: what only an outside copy shows."""
        public = base64.b64decode(KEYS["log_vkey"].split("+", 2)[2])[1:]
        for text, other in zip(LOG["checkpoints"], LOG["forked_checkpoints"], strict=True):
            body, _, signature = other.rpartition("\n\n")
            Ed25519PublicKey.from_public_bytes(public).verify(
                base64.b64decode(signature.split(" ")[2])[4:], f"{body}\n".encode()
            )
            same = int(body.split("\n")[1]) <= LOG["forked_from"]
            assert (other == text) is same


class TestSealed:
    """Section 10: what a body needs, years later, to be read: master key, key store, journal, and the specification."""

    def test_the_master_key_is_the_one_of_this_key_store(self) -> None:
        """The proof opens to its sentence."""
        found = opensecrets.unsealed(bytes.fromhex(SEALED["master"]), bytes.fromhex(SEALED["proof"]), "master")

        assert found == b"juki-hub key store 1"

    def test_bucket_keys(self) -> None:
        """Each under the master key, bound to its retention class and due day."""
        assert [bucket_key(bucket).hex() for bucket in SEALED["buckets"]] == [one["key"] for one in SEALED["buckets"]]

    @pytest.mark.parametrize("secret", SEALED["secrets"], ids=lambda secret: secret["slot"])
    def test_a_secret_opens_to_what_its_entry_says(self, secret: dict[str, Any]) -> None:
        """From the master key down to the plaintext, by whichever bucket its data key lies in."""
        for wrap in secret["wrapped"]:
            bucket = bucket_key(SEALED["buckets"][wrap["bucket"]])
            key = opensecrets.data_key(bucket, bytes.fromhex(wrap["wrapped"]), secret["key_id"])
            ciphertext = bytes.fromhex(secret["ciphertext"])
            plain = opensecrets.secret(key, ciphertext, secret["key_id"], secret["idx"], secret["slot"])

            assert (key.hex(), plain.hex()) == (secret["key"], secret["plain"])
            assert len(ciphertext) == len(plain) + 12 + 16
            assert sha256(plain).hexdigest() == secret["sha256"]

    def test_the_opening_is_the_one_of_the_commitment(self) -> None:
        """Sections 4 and 10: SHA-256 of an opened private part is the entry's `commit`."""
        assert SEALED["secrets"][1]["sha256"] == PRIVATE["commit"]

    @pytest.mark.parametrize("place", [(42, 7, "body"), (41, 8, "body"), (41, 7, "private")])
    def test_means_nothing_in_another_place(self, place: tuple[int, int, str]) -> None:
        """Key id, index and slot are bound to the ciphertext."""
        secret = SEALED["secrets"][0]
        with pytest.raises(InvalidTag):
            opensecrets.secret(bytes.fromhex(secret["key"]), bytes.fromhex(secret["ciphertext"]), *place)


def bucket_key(bucket: dict[str, str]) -> bytes:
    wrapped = bytes.fromhex(bucket["wrapped"])
    return opensecrets.bucket_key(bytes.fromhex(SEALED["master"]), wrapped, bucket["retention"], bucket["due"])


def climb(hash_: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """The root from a leaf hash upwards: by recursion from the top, unlike the algorithm of RFC 9162."""
    if size == 1:
        assert not hashes
        return hash_
    k = split(size)
    if index < k:
        return sha256(b"\x01" + climb(hash_, index, k, hashes[:-1]) + hashes[-1]).digest()
    return sha256(b"\x01" + hashes[-1] + climb(hash_, index - k, size - k, hashes[:-1])).digest()
