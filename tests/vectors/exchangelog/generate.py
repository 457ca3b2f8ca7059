"""Writes the test vectors of docs/spec/exchange-log.md beside itself, from fixed keys: python -m tests.vectors.exchangelog.generate

tests/unit/test_exchangelog_vectors.py derives every value again with code that shares nothing with hub.exchangelog.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from hub.edges.sealing import bucket_place, data_key_place, seal, secret_place
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.export import export_lines
from hub.exchangelog.keylist import OPEN, Ended, KeyList, LogKey
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.private import Private
from hub.exchangelog.text import base64_text
from hub.exchangelog.tree import leaf_hash
from tests.exchangelog_samples import (
    KEYLIST,
    LOG_KEY,
    LOG_SEED,
    ORIGIN,
    ROOT_NAME,
    ROOT_SEED,
    Place,
    answer,
    build,
    config,
    observed,
    others,
    permit,
    refuse,
    refuse_unproven,
    root_private,
)

FOLDER = Path(__file__).parent


def keys() -> Mapping[str, object]:
    closed = (
        replace(LOG_KEY, until="2027-04-01T00:00:00.000Z"),
        LogKey(VerifierKey(f"{ORIGIN}/2", bytes(range(64, 96))), "2027-04-01T00:00:00.000Z"),
    )
    return {
        "origin": ORIGIN,
        "log_seed": LOG_SEED.hex(),
        "log_vkey": LOG_KEY.key.encode(),
        "root_name": ROOT_NAME,
        "root_seed": ROOT_SEED.hex(),
        "root_vkey": VerifierKey.of(ROOT_NAME, root_private()).encode(),
        "keylist": KEYLIST.sign(ROOT_NAME, root_private()),
        "next_keylist": KeyList(2, closed).sign(ROOT_NAME, root_private()),
        "followed_keylist": KeyList(3, closed, (_ended(),)).sign(ROOT_NAME, root_private()),
    }


def _ended() -> Ended:
    """The log of log.json ended with its last checkpoint, and goes on under another origin."""
    last = build().batches[-1].checkpoint
    return Ended(last.size, last.root, OPEN, ORIGIN, f"{ORIGIN}/2")


def private() -> Mapping[str, object]:
    salt = bytes(range(96, 128))
    part = Private(("Yk3n0l9i0m2q1kV8d1o7cQ",), '{"staff":"S0042"}', "転入届", ("S0007", "S0008"))
    opening = part.opening(salt)
    return {
        "salt": salt.hex(),
        "subjects": part.subjects,
        "operator": part.operator,
        "reason": part.reason,
        "approvers": part.approvers,
        "opening": opening.hex(),
        "commit": sha256(opening).hexdigest(),
    }


def every_kind() -> list[Mapping[str, object]]:
    place = Place(7, 5)
    seen = Checkpoint(ORIGIN, 5, bytes(range(32)))
    samples = [
        config(place),
        permit(place, 1),
        permit(place, 2, "戸籍住民課"),
        refuse(place, 3),
        refuse_unproven(place, 4),
        answer(place, 5, seen),
        observed(place, 6),
        observed(place, 7, "HUB-DOM-001"),
        *others(place),
    ]
    leaves = [entries.encode(sample) for sample in samples]
    return [
        {"kind": one.KIND, "leaf": leaf.decode(), "leaf_hash": leaf_hash(leaf).hex()}
        for one, leaf in zip(samples, leaves, strict=True)
    ]


def log() -> Mapping[str, object]:
    whole, other = build(), build(twist=2)
    sizes = [batch.checkpoint.size for batch in whole.batches]
    pairs = [(old, new) for old in sizes for new in sizes if old < new]
    return {
        "leaves": [leaf.decode() for leaf in whole.leaves],
        "checkpoints": whole.notes,
        "nodes": [[level, index, hash_.hex()] for level, index, hash_ in whole.nodes],
        "stamps": [stamp.encode() for batch in whole.batches for stamp in batch.stamps],
        "consistency": [
            {"old": old, "new": new, "path": [base64_text(hash_) for hash_ in whole.consistency(old, new)]}
            for old, new in pairs
        ],
        "export": list(export_lines(ORIGIN, whole.notes, whole.leaves)),
        "forked_from": 2,
        "forked_checkpoints": other.notes,
    }


def sealed() -> Mapping[str, object]:
    """A body and an opening with their keys, and the body's key once more in the bucket of a legal hold."""
    master, number = bytes(range(128, 160)), iter(range(1, 100))

    def fresh(size: int) -> bytes:
        return sha256(b"vector %d" % next(number)).digest()[:size]

    def bucket(retention: str, due: date) -> dict[str, object]:
        key = fresh(32)
        wrapped = seal(master, key, bucket_place(retention, due), fresh(12))
        return {"retention": retention, "due": due.isoformat(), "key": key.hex(), "wrapped": wrapped.hex()}

    buckets = [bucket("standard", date(2026, 5, 1)), bucket("record-p7y", date(2033, 4, 1))]
    buckets.append(bucket("legal-hold", date(2046, 4, 1)))
    secrets: list[Mapping[str, object]] = []
    opening = bytes.fromhex(str(private()["opening"]))
    for key_id, (slot, plain) in enumerate((("body", "<Envelope>転入</Envelope>".encode()), ("private", opening)), 41):
        key, place = fresh(32), secret_place(key_id, 7, slot)
        wraps = {
            one: seal(bytes.fromhex(str(buckets[one]["key"])), key, data_key_place(key_id), fresh(12)).hex()
            for one in ([0, 2] if slot == "body" else [1])
        }
        ciphertext = seal(key, plain, place, fresh(12)).hex()
        secrets.append(
            {
                "key_id": key_id,
                "idx": 7,
                "slot": slot,
                "key": key.hex(),
                "wrapped": [{"bucket": one, "wrapped": wrapped} for one, wrapped in wraps.items()],
                "ciphertext": ciphertext,
                "plain": plain.hex(),
                "sha256": sha256(plain).hexdigest(),
            }
        )
    proof = seal(master, b"juki-hub key store 1", b"master", fresh(12)).hex()
    return {"master": master.hex(), "proof": proof, "buckets": buckets, "secrets": secrets}


def files() -> Mapping[str, str]:
    """The text of every vector file by its name."""
    made = {
        "keys.json": keys(),
        "private.json": private(),
        "entries.json": every_kind(),
        "log.json": log(),
        "sealed.json": sealed(),
    }
    return {name: json.dumps(value, ensure_ascii=False, indent=1) + "\n" for name, value in made.items()}


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
