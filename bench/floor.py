"""The least that a hub of this kind does: read the bytes, hold the signature against a pinned key, store a group durably.

    parse -> canonical form -> digest -> ECDSA -> SQLite commit of fifty (FULL)

No schema, no law, no evidence, no delivery, no answer; one key is pinned, and no attack is tried. It is a measure of
what the rest costs, never a verifier: hub.xmlsig says what a verifier has to do.
"""

from __future__ import annotations

import base64
import sqlite3
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from bench.figures import Run
from bench.plan import GROUP
from connectors.kit.identity import Identity

_DS = "{http://www.w3.org/2000/09/xmldsig#}"


def run(place: Path, sender: Identity, messages: Sequence[bytes], events: int) -> Run:
    """All messages into a new journal in `place`. Raises `cryptography.exceptions.InvalidSignature`, `ValueError`."""
    key = sender.certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("the benchmark's keys are P-256")
    place.mkdir(parents=True)
    journal = sqlite3.connect(place / "journal.sqlite", isolation_level=None)
    journal.execute("PRAGMA journal_mode=WAL")
    journal.execute("PRAGMA synchronous=FULL")
    journal.execute("CREATE TABLE journal (digest BLOB PRIMARY KEY, body BLOB NOT NULL)")
    start, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(messages), GROUP):
        rows = [(_verified(raw, key), raw) for raw in messages[first : first + GROUP]]
        journal.execute("BEGIN IMMEDIATE")
        journal.executemany("INSERT INTO journal VALUES (?, ?)", rows)
        journal.execute("COMMIT")
    end, used = time.perf_counter(), time.process_time() - cpu
    journal.close()
    return Run(len(messages), events, end - start, used)


def _verified(raw: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """SHA-256 of the bytes, once the last child's signature holds over everything else."""
    root = etree.fromstring(raw)
    signature = root[-1]
    info, value = signature[0], base64.b64decode(signature[1].text or "")
    signed = _canonical(info)
    root.remove(signature)
    if base64.b64decode(info.findtext(f"{_DS}Reference/{_DS}DigestValue") or "") != sha256(_canonical(root)).digest():
        raise ValueError("the digest is of other bytes")
    half = len(value) // 2
    pair = (int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
    key.verify(encode_dss_signature(*pair), signed, ec.ECDSA(SHA256()))
    return sha256(raw).digest()


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
