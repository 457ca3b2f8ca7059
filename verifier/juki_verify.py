#!/usr/bin/env python3
"""A second verifier of the 交換記録 (exchange log), version 1: one file, the standard library and `cryptography`.

Written from docs/spec/exchange-log.md alone, so that it can contradict the hub's own verifier. It follows the
specification's order; `§` in a docstring names the section that a function implements. It needs no network, no secret
(but for `secret`) and writes nothing (but for `secret --output`).

    juki_verify.py export  FILE        --root-key VKEY|@FILE --key-list FILE [--checkpoint FILE ...] ...
    juki_verify.py archives FILE ...   --root-key VKEY|@FILE --key-list FILE [--checkpoint FILE ...] ...
    juki_verify.py journal FILE.sqlite --root-key VKEY|@FILE --key-list FILE [--checkpoint FILE ...] ...
    juki_verify.py stamp   FILE        --root-key VKEY|@FILE --key-list FILE --origin O [--message FILE] ...
    juki_verify.py timestamp FILE      --root-key VKEY|@FILE --key-list FILE --response FILE --tsa-ca FILE
    juki_verify.py bundle FILE         --root-key VKEY|@FILE [--signer-ca FILE] [--tsa-ca FILE] [--witness VKEY] ...
    juki_verify.py opening FILE        --commit HEX
    juki_verify.py secret              --master-key FILE --key-store FILE --journal FILE --index N --slot SLOT

A log whose key changed is one log: the key list says where each origin ended and which one goes on. A kept checkpoint
whose key is in doubt counts only by the word of a `--witness VKEY` or an authority of `--tsa-ca FILE`, whose response is
looked for beside it (`FILE.note`, `FILE.tsr`); any other is left out, and their number is said.

Exit status: 0 it holds, 4 the evidence is broken, 2 usage or unreadable input.
Nothing that was read is printed as it came: what a forger wrote shall not reach the reviewer's terminal.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import io
import json
import re
import sqlite3
import sys
import zipfile
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise, product, takewhile
from pathlib import Path
from struct import error as struct_error
from typing import Any, BinaryIO, Final, NoReturn
from xml.etree import ElementTree as ET

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

HOLDS: Final = 0
UNUSABLE: Final = 2
BROKEN: Final = 4


class MalformedError(ValueError):
    """What was read is not in its one spelling; the argument says in ASCII which part is not."""


class UnusableError(Exception):
    """The input cannot be read at all, or the command makes no sense: (Japanese, English). Exit status 2."""


# --- Conventions (the specification's head) ---------------------------------------------------------------------------

MAX_DECIMAL: Final = 2**53 - 1
DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
HASH_SIZE: Final = 32


def decode_base64(text: bytes) -> bytes:
    """RFC 4648 section 4 with padding, on one line, unused bits zero: whatever would not be written so is refused."""
    try:
        data = binascii.a2b_base64(text)
    except binascii.Error:
        raise MalformedError("base64") from None
    if binascii.b2a_base64(data, newline=False) != text:
        raise MalformedError("base64")
    return data


def encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def parse_decimal(text: str) -> int:
    """No sign, no leading zero, at most 2^53 - 1."""
    if not DECIMAL.fullmatch(text) or int(text) > MAX_DECIMAL:
        raise MalformedError("decimal")
    return int(text)


def decode_utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("utf-8") from None


# --- §2 Canonical JSON ------------------------------------------------------------------------------------------------


def _refuse_number(_: str) -> NoReturn:
    raise MalformedError("json number")


# Python sorts keys by code point and JCS by UTF-16 unit: with keys in ASCII, which every form below demands, it is one.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_DECODER: Final = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number)


def parse_json(data: bytes) -> object:
    """§2: the value, if `data` is its one spelling. Written again and compared, which finds doubled and unsorted keys,
    other escapes, white space and lone surrogates. Depth and size of integers are bounded by the form that each caller
    holds against the value.
    """
    try:
        text = data.decode("utf-8")
        value: object = _DECODER.decode(text)
        same = _ENCODER.encode(value) == text
    except (ValueError, RecursionError):
        raise MalformedError("json") from None
    if not same:
        raise MalformedError("json spelling")
    return value


# --- §3 Entry ---------------------------------------------------------------------------------------------------------

Check = Callable[[Any], bool]


def matches(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def list_of(item: Check, least: int, most: int) -> Check:
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(item, value))


def object_of(members: Mapping[str, Check]) -> Check:
    return lambda value: (
        isinstance(value, dict)
        and value.keys() == members.keys()
        and all(members[name](value[name]) for name in members)
    )


_TIME_FORM: Final = matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_DATE_FORM: Final = matches(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_time(value: Any) -> bool:
    """`YYYY-MM-DDThh:mm:ss.sssZ`, a time that exists. Two such texts compare as the times do."""
    if not _TIME_FORM(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_date(value: Any) -> bool:
    if not _DATE_FORM(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_decimal(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_DECIMAL


def is_positive(value: Any) -> bool:
    return is_decimal(value) and value > 0


def is_root(value: Any) -> bool:
    """32 bytes in base64."""
    if not isinstance(value, str):
        return False
    try:
        return len(decode_base64(value.encode("utf-8"))) == HASH_SIZE
    except MalformedError:
        return False


is_origin: Final = matches(r"[!-*,-~]{1,255}")
is_hash: Final = matches(r"[0-9a-f]{64}")
is_token: Final = matches(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}")
is_uuid7: Final = matches(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
is_code: Final = matches(r"HUB-[A-Z]{3}-[0-9]{3}")
_PLAIN: Final = r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
is_about: Final = matches(_PLAIN + r"{1,200}")
_JAPANESE: Final = r"\u3041-\u3096\u30a1-\u30fa\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff"
is_endpoint: Final = matches(
    r"(?=.{1,40}\Z)(?:[a-z][a-z0-9-]*"
    rf"|[A-Za-z0-9]*[{_JAPANESE}][A-Za-z0-9{_JAPANESE}\u30fb\u30fc\uff08\uff09]*)"
)
is_type: Final = matches(r"[A-Z]{2}-[A-Z0-9]{2,8}|ANSWER")
is_level: Final = one_of("connector-accepted", "partner-confirmed")


def keys_of(least: int, most: int) -> Check:
    """Fingerprints of keys; one that stood twice would count as two persons."""
    form = list_of(is_hash, least, most)
    return lambda value: form(value) and len(set(value)) == len(value)


is_seen: Final = object_of({"origin": is_origin, "root": is_root, "size": is_decimal})
is_legal: Final = object_of(
    {
        "digest": is_hash,
        "item": matches(_PLAIN + r"{1,64}"),
        "kind": one_of("提供", "移転", "利用", "委託", "入手"),
        "table": is_token,
    }
)


def is_digests(value: Any) -> bool:
    """An object of 1..1000 tokens to 64 hex."""
    return (
        isinstance(value, dict)
        and 1 <= len(value) <= 1000
        and all(map(is_token, value))
        and all(map(is_hash, value.values()))
    )


def is_line(value: Any) -> bool:
    """`[message, digest, level, code]`, with a code exactly when the level is `rejected` (message.md §7)."""
    if not isinstance(value, list) or len(value) != 4:
        return False
    message, digest, level, code = value
    if level == "rejected":
        return is_uuid7(message) and is_hash(digest) and is_code(code)
    return is_uuid7(message) and is_hash(digest) and is_level(level) and code == ""


def blank_of(name: str) -> str | None:
    """`""`, or null for `legal` and `entry`."""
    return None if name in {"legal", "entry"} else ""


def only_blank(name: str) -> Check:
    blank = blank_of(name)
    return lambda value: value is None if blank is None else value == ""


def or_blank(name: str, check: Check) -> Check:
    blank = only_blank(name)
    return lambda value: blank(value) or check(value)


_COMMON: Final[dict[str, Check]] = {
    "_v": lambda value: type(value) is int and value == 1,
    "kind": lambda value: isinstance(value, str),
    "time": is_time,
    "origin": is_origin,
    "tenant": matches(r"[0-9]{6}"),
    "environment": one_of("production", "test", "demo"),
    "after": is_decimal,
    "commit": is_hash,
}
_ABOUT_MESSAGE: Final[dict[str, Check]] = {
    "message": is_uuid7,
    "conversation": is_uuid7,
    "type": is_type,
    "version": is_positive,
    "sender": is_endpoint,
    "recipient": is_endpoint,
    "digest": is_hash,
    "config": is_decimal,
    "legal": is_legal,
    "code": is_code,
}


def _form(members: Mapping[str, Check], blank: str = "", always_blank: str = "") -> dict[str, Check]:
    """The members of one kind with their checks; `blank` may be blank, `always_blank` must be."""
    form = {**_COMMON, **members}
    form |= {name: or_blank(name, form[name]) for name in blank.split()}
    form |= {name: only_blank(name) for name in always_blank.split()}
    return form


FORMS: Final[dict[str, dict[str, Check]]] = {
    "permit": _form(_ABOUT_MESSAGE, always_blank="code"),
    "refuse": _form(
        {**_ABOUT_MESSAGE, "version": is_decimal, "channel": is_token, "signature": matches(r"(?s:.{1,16384})")},
        blank="commit legal message conversation type sender recipient signature",
    ),
    "answer": _form({**_ABOUT_MESSAGE, "lines": list_of(is_line, 1, 1000), "seen": is_seen}, always_blank="code legal"),
    "hold": _form(
        {"message": is_uuid7, "entry": is_decimal, "code": is_code, "statement": is_hash, "keys": keys_of(0, 1)},
        blank="commit statement",
    ),
    "release": _form(
        {"message": is_uuid7, "entry": is_decimal, "statement": is_hash, "keys": keys_of(1, 16)}, blank="commit"
    ),
    "erase": _form(
        {
            "retention": is_token,
            "due": is_date,
            "count": is_decimal,
            "message": is_uuid7,
            "entry": is_decimal,
            "slot": one_of("body", "private"),
        },
        blank="commit due message entry slot",
    ),
    "config": _form({"digests": is_digests}, blank="commit"),
    "admin": _form(
        {"action": is_token, "about": is_about, "entry": is_decimal, "keys": keys_of(0, 16)}, blank="commit about entry"
    ),
    "statement": _form({"about": is_about, "statement": is_hash, "keys": keys_of(1, 16)}, blank="commit"),
    "observation": _form(
        {
            **_ABOUT_MESSAGE,
            "version": is_decimal,
            "channel": is_token,
            "about": is_about,
            "count": is_decimal,
            "counterpart": matches(r"[a-z][a-z0-9-]{0,39}"),
            "at": is_time,
            "evidence": is_hash,
        },
        blank="commit code channel about message conversation type sender recipient digest counterpart at evidence",
        always_blank="legal",
    ),
}

Members = Mapping[str, Any]


def _refuse_rule(entry: Members) -> bool:
    """The version belongs to the type: 0 exactly where the type is blank."""
    return bool(entry["version"]) == bool(entry["type"])


def _hold_rule(entry: Members) -> bool:
    """Put on hold by one person's statement, or without any: then statement and commit are blank and nobody is named."""
    if entry["statement"]:
        return len(entry["keys"]) == 1
    return not entry["keys"] and not entry["commit"]


def _erase_rule(entry: Members) -> bool:
    """Either `due` alone, or `message`, `entry` and `slot` together and a count of 1."""
    one_record = [entry["message"] != "", entry["entry"] is not None, entry["slot"] != ""]
    if entry["due"] == "":
        return all(one_record) and entry["count"] == 1
    return not any(one_record)


_OBSERVED: Final = (
    "about",
    "at",
    "conversation",
    "counterpart",
    "digest",
    "evidence",
    "message",
    "recipient",
    "sender",
    "type",
)
_FLOW: Final = re.compile(r"flow:[!-~]+")


def _observation_rule(entry: Members) -> bool:
    """§3.2: signed, or counted, and nothing between the two."""
    filled = [entry[name] != "" for name in _OBSERVED]
    if all(filled):
        flow = _FLOW.fullmatch(entry["about"]) is not None
        return flow and entry["version"] >= 1 and entry["count"] == 1 and entry["channel"] != ""
    counted = entry["version"] == 0 and entry["count"] >= 1 and entry["code"] != "" and entry["channel"] != ""
    return counted and not any(filled)


_RULES: Final[dict[str, Callable[[Members], bool]]] = {
    "refuse": _refuse_rule,
    "hold": _hold_rule,
    "erase": _erase_rule,
    "observation": _observation_rule,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """§3: one entry whose form holds. `config` is None where its kind cites none."""

    kind: str
    origin: str
    time: str
    after: int
    config: int | None
    members: Members


def parse_entry(leaf: bytes) -> Entry:
    """§3: the entry, if the leaf is one of version 1; the fault names the member at fault."""
    value = parse_json(leaf)
    if not isinstance(value, dict):
        raise MalformedError("no object")
    kind = value.get("kind")
    form = FORMS.get(kind) if isinstance(kind, str) else None
    if form is None or not isinstance(kind, str):
        raise MalformedError("member kind")
    if value.keys() != form.keys():
        raise MalformedError("set of members")
    for name, check in form.items():
        if not check(value[name]):
            raise MalformedError(f"member {name}")
    rule = _RULES.get(kind)
    if rule is not None and not rule(value):
        raise MalformedError(f"blanks of {kind}")
    return Entry(kind, value["origin"], value["time"], value["after"], value.get("config"), value)


# --- §4 Private part and commitment -----------------------------------------------------------------------------------

is_private: Final = object_of(
    {
        "approvers": list_of(lambda value: isinstance(value, str), 0, 10**6),
        "operator": lambda value: isinstance(value, str),
        "reason": lambda value: isinstance(value, str),
        "subjects": list_of(lambda value: isinstance(value, str), 0, 10**6),
    }
)
SALT_SIZE: Final = 32


def check_opening(opening: bytes, commit: str) -> None:
    """§4: an opening is a salt and the canonical private part, and the commitment is its SHA-256."""
    if hashlib.sha256(opening).hexdigest() != commit:
        raise MalformedError("commit differs")
    if len(opening) < SALT_SIZE or not is_private(parse_json(opening[SALT_SIZE:])):
        raise MalformedError("private part")


# --- §5 Leaf and tree -------------------------------------------------------------------------------------------------

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class RightEdge:
    """§5: the roots of the complete subtrees of the leaves so far, largest first: all that a tree of any size needs."""

    def __init__(self) -> None:
        self.size = 0
        self.hashes: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Takes a leaf hash. Each trailing 1 bit of the old size is a complete subtree on the left to join with."""
        merges = self.size
        while merges & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
            merges >>= 1
        self.hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """§5: RFC 9162 section 2.1.3.2, of a leaf hash."""
    if index >= size:
        return False
    fn, sn, computed = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            computed = node_hash(step, computed)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            computed = node_hash(computed, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and computed == root


def consistency_holds(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> bool:
    """§5: RFC 9162 section 2.1.4.2. From the empty tree only its one root and the empty proof are accepted."""
    if old.size == 0:
        return old.root == EMPTY_ROOT and not path and (new.size > 0 or new.root == EMPTY_ROOT)
    if old.size >= new.size:
        return old == new and not path
    steps = list(path) if old.size & (old.size - 1) else [old.root, *path]
    if not steps:
        return False
    fn, sn = old.size - 1, new.size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(step, first), node_hash(step, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old.root and second == new.root


# --- §6 Keys and checkpoints ------------------------------------------------------------------------------------------

ED25519: Final = b"\x01"
COSIGNATURE: Final = b"\x04"
KEY_ID_SIZE: Final = 4
MAX_SIGNATURES: Final = 64
_NAME: Final = re.compile(r"[^\s+\x00-\x20]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    name: str
    key_id: bytes
    public: Ed25519PublicKey


def parse_vkey(text: str) -> VerifierKey:
    """§6: `name+hex(id)+base64(0x01 ‖ public key)`."""
    return _parse_key(text, ED25519)


def parse_witness_key(text: str) -> VerifierKey:
    """§6, c2sp.org/tlog-cosignature: a witness's vkey, of type 0x04."""
    return _parse_key(text, COSIGNATURE)


def _parse_key(text: str, kind: bytes) -> VerifierKey:
    parts = text.split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
        raise MalformedError("vkey")
    name, written_id, encoded = parts
    blob = decode_base64(encoded.encode("utf-8"))
    key_id = hashlib.sha256(name.encode("utf-8") + b"\n" + blob).digest()[:KEY_ID_SIZE]
    if len(blob) != 1 + 32 or blob[:1] != kind or written_id != key_id.hex():
        raise MalformedError("vkey")
    return VerifierKey(name, key_id, Ed25519PublicKey.from_public_bytes(blob[1:]))


@dataclass(frozen=True, slots=True)
class Note:
    """§6: a signed note taken apart: its text, and (name, key id, signature) of each line."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


def parse_note(data: bytes) -> Note:
    """§6, c2sp.org/signed-note: text, the last empty line, signature lines. Says nothing about who signed."""
    whole = decode_utf8(data)
    cut = whole.rfind("\n\n")
    if cut < 0 or _CONTROL.search(whole) or not whole.endswith("\n") or cut + 2 == len(whole):
        raise MalformedError("note")
    lines = whole[cut + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedError("note: too many signatures")
    return Note(whole[: cut + 1], tuple(map(_parse_signature, lines)))


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not _NAME.fullmatch(parts[1]):
        raise MalformedError("note: signature line")
    blob = decode_base64(parts[2].encode("utf-8"))
    if len(blob) <= KEY_ID_SIZE:
        raise MalformedError("note: signature line")
    return parts[1], blob[:KEY_ID_SIZE], blob[KEY_ID_SIZE:]


class UnsignedError(Exception):
    """The note is in its form, but not signed as it must be; the argument is `other-key`, `doubled` or `signature`, or
    says why its key's word is worth nothing here: `epoch`, `doubt`.
    """


def verify_note(note: Note, key: VerifierKey) -> None:
    """§6, §8: exactly one line of the key, by name and id, and it verifies. Lines of unknown keys say nothing."""
    own = [signature for name, key_id, signature in note.signatures if (name, key_id) == (key.name, key.key_id)]
    if not own:
        raise UnsignedError("other-key")
    if len(own) > 1:
        raise UnsignedError("doubled")
    try:
        key.public.verify(own[0], note.text.encode("utf-8"))
    except InvalidSignature:
        raise UnsignedError("signature") from None


def verify_cosignature(note: Note, witness: VerifierKey) -> datetime:
    """§6: exactly one line of the witness, and it verifies; gives the time that it states."""
    own = [signature for name, key_id, signature in note.signatures if (name, key_id) == (witness.name, witness.key_id)]
    if len(own) != 1:
        raise UnsignedError("doubled" if own else "other-key")
    seconds = int.from_bytes(own[0][:8], "big")
    try:
        witness.public.verify(own[0][8:], f"cosignature/v1\ntime {seconds}\n{note.text}".encode())
        return datetime.fromtimestamp(seconds, UTC)
    except (InvalidSignature, OverflowError, OSError, ValueError):
        raise UnsignedError("signature") from None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    size: int
    root: bytes


def parse_checkpoint(text: str, origin: str) -> Checkpoint:
    """§6: the text of a checkpoint: origin, size, root, and no extension line."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise MalformedError("checkpoint")
    if lines[0] != origin:
        raise MalformedError("checkpoint: origin")
    root = decode_base64(lines[2].encode("utf-8"))
    if len(root) != HASH_SIZE:
        raise MalformedError("checkpoint: root")
    return Checkpoint(parse_decimal(lines[1]), root)


def read_checkpoint(data: bytes, key: VerifierKey) -> Checkpoint:
    """§6: a checkpoint that this key has signed; MalformedError or UnsignedError otherwise."""
    return signed_checkpoint(parse_note(data), key)


def signed_checkpoint(note: Note, key: VerifierKey) -> Checkpoint:
    checkpoint = parse_checkpoint(note.text, key.name)
    verify_note(note, key)
    return checkpoint


def origin_of(text: str) -> str:
    """§6: the origin that the text of a checkpoint names, whatever it is."""
    return text.partition("\n")[0]


# --- §7 Stamp, receipt ------------------------------------------------------------------------------------------------

MAX_PATH: Final = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """§7: a `c2sp.org/tlog-proof@v1` with the leaf as its extra data. Nothing in it has been verified."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    note: bytes


def parse_proof(data: bytes) -> Proof:
    """§7: the parts of a proof in its one spelling; the note is left as it is."""
    head, blank, note = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if not blank or len(lines) < 3 or lines[0] != b"c2sp.org/tlog-proof@v1":
        raise MalformedError("proof")
    if not lines[1].startswith(b"extra ") or not lines[2].startswith(b"index "):
        raise MalformedError("proof: extra, index")
    path = tuple(map(decode_base64, lines[3:]))
    if len(path) > MAX_PATH or any(len(step) != HASH_SIZE for step in path):
        raise MalformedError("proof: path")
    index = parse_decimal(decode_utf8(lines[2][len(b"index ") :]))
    return Proof(decode_base64(lines[1][len(b"extra ") :]), index, path, note)


@dataclass(frozen=True, slots=True)
class Facts:
    """§7, check 6: what the message says of itself, as far as it is known. None is not known."""

    recipient: str | None = None
    sender: str | None = None
    type: str | None = None
    version: int | None = None
    message: str | None = None
    tenant: str | None = None
    environment: str | None = None


_NS: Final = "{urn:juki-hub:exchange:1}"
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def read_header(data: bytes) -> Facts:
    """message.md §1: the members of an envelope's header that a stamp repeats. It judges no signature and no schema.

    Comments, CDATA, DOCTYPE and processing instructions are forbidden there, so anything that begins like one is refused
    before the parser sees it: entities cannot be declared.
    """
    if not data.startswith(_DECLARATION) or b"<!" in data or data.count(b"<?") != 1:
        raise MalformedError("envelope")
    try:
        root = ET.fromstring(data)  # noqa: S314 - see above
    except ET.ParseError:
        raise MalformedError("envelope") from None
    headers = root.findall(_NS + "Header")
    if root.tag != _NS + "Envelope" or len(headers) != 1:
        raise MalformedError("envelope")
    names = ("Recipient", "Sender", "Type", "MessageId", "Tenant", "Environment")
    found = {name: headers[0].findall(_NS + name) for name in names}
    if any(len(elements) != 1 for elements in found.values()):
        raise MalformedError("envelope: header")
    text = {name: elements[0].text or "" for name, elements in found.items()}
    version = parse_decimal(found["Type"][0].get("version", ""))
    return Facts(
        text["Recipient"], text["Sender"], text["Type"], version, text["MessageId"], text["Tenant"], text["Environment"]
    )


def read_attachments(data: bytes) -> frozenset[tuple[str, int]]:
    """message.md §1: what an envelope's header attaches, by SHA-256 and size. It judges no more than `read_header`."""
    read_header(data)
    header = ET.fromstring(data).find(_NS + "Header")  # noqa: S314 - as there
    found = () if header is None else header.findall(_NS + "Attachment")
    return frozenset((one.get("sha256", ""), parse_decimal(one.get("size", ""))) for one in found)


# --- §8 Key list ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogKey:
    """§8: an origin's key and the times for which it is good: since ≤ time < until; no `until` is no end."""

    vkey: VerifierKey
    since: str
    until: str | None

    def in_force(self, time: str) -> bool:
        return self.since <= time and (self.until is None or time < self.until)


@dataclass(frozen=True, slots=True)
class Ended:
    """§8: where `origin` ended and `following` goes on; `doubt` is since when the key of `origin` may be in other hands."""

    checkpoint: Checkpoint
    doubt: str | None
    origin: str
    following: str

    def digest(self) -> str:
        """What the first entry of the next epoch says that it follows."""
        lines = f"{self.origin}\n{self.checkpoint.size}\n{encode_base64(self.checkpoint.root)}\n"
        return hashlib.sha256(lines.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Epoch:
    """§8: the part of a log that has one origin: from where the one before ended to where it ended itself."""

    log: LogKey
    before: Ended | None
    ended: Ended | None

    @property
    def origin(self) -> str:
        return self.log.vkey.name

    @property
    def begin(self) -> int:
        return self.before.checkpoint.size if self.before is not None else 0

    @property
    def doubt(self) -> str | None:
        return self.ended.doubt if self.ended is not None else None

    def holds(self, index: int) -> bool:
        """Whether an entry belongs to it."""
        return self.begin <= index and (self.ended is None or index < self.ended.checkpoint.size)

    def belongs(self, size: int) -> bool:
        """Whether a checkpoint belongs to it: in the first epoch 0 does, too."""
        begun = self.begin < size or size == self.begin == 0
        return begun and (self.ended is None or size <= self.ended.checkpoint.size)

    def counts(self, checkpoint: Checkpoint, seen: Iterable[datetime]) -> bool:
        """Whether a checkpoint that its key signed is evidence; `seen` is when others vouched for it. A key in doubt
        proves nothing by itself, whatever time it claims.
        """
        if self.ended is None or self.ended.doubt is None or checkpoint == self.ended.checkpoint:
            return True
        doubt = datetime.fromisoformat(self.ended.doubt)
        return any(time < doubt for time in seen)


@dataclass(frozen=True, slots=True)
class Line:
    """§8: the epochs of one log, the oldest first."""

    epochs: tuple[Epoch, ...]

    def of(self, origin: str) -> Epoch | None:
        return next((epoch for epoch in self.epochs if epoch.origin == origin), None)

    def at(self, index: int) -> Epoch | None:
        """The epoch in which an entry lies; None behind the end of the last one."""
        return next((epoch for epoch in self.epochs if epoch.holds(index)), None)

    def with_checkpoint(self, size: int) -> Epoch | None:
        """The epoch to which a checkpoint of this size belongs: never to two."""
        return next((epoch for epoch in self.epochs if epoch.belongs(size)), None)

    def up_to(self, origin: str) -> Line:
        """§9: what is looked at where the log is judged as the log of this origin of the line."""
        at = [epoch.origin for epoch in self.epochs].index(origin)
        return Line(self.epochs[: at + 1])


@dataclass(frozen=True, slots=True)
class KeyList:
    sequence: int
    logs: Mapping[str, LogKey]
    ended: Mapping[str, Ended] = field(default_factory=dict)

    def line(self, origin: str) -> Line | None:
        """The line of an origin: itself, those that it follows, those that follow it; None where it is not listed."""
        if origin not in self.logs:
            return None
        before = {one.following: one for one in self.ended.values()}
        while origin in before:
            origin = before[origin].origin
        epochs = [Epoch(self.logs[origin], None, self.ended.get(origin))]
        while (ended := epochs[-1].ended) is not None:
            epochs.append(Epoch(self.logs[ended.following], ended, self.ended.get(ended.following)))
        return Line(tuple(epochs))

    def newest(self) -> list[str]:
        """The last origin of each line."""
        return [origin for origin in self.logs if origin not in self.ended]


def read_key_list(data: bytes, root: VerifierKey) -> KeyList:
    """§8: the list, signed by the offline root key; MalformedError or UnsignedError otherwise."""
    note = parse_note(data)
    lines = note.text.split("\n")
    if len(lines) < 4 or lines[0] != "juki-hub/keylist@v1" or not lines[1].startswith("sequence ") or lines[-1]:
        raise MalformedError("key list")
    sequence = parse_decimal(lines[1].removeprefix("sequence "))
    first = list(takewhile(lambda line: line.startswith("log "), lines[2:-1]))
    logs = {key.vkey.name: key for key in map(_parse_log_line, first)}
    ended = {one.origin: one for one in map(_parse_ended_line, lines[2 + len(first) : -1])}
    _check_order(list(logs), len(first))
    _check_order(list(ended), len(lines) - 3 - len(first))
    _check_ended(ended, logs)
    verify_note(note, root)
    return KeyList(sequence, logs, ended)


def _check_order(names: Sequence[str], lines: int) -> None:
    """Ascending, and each origin once."""
    if len(names) != lines or any(left >= right for left, right in pairwise(names)):
        raise MalformedError("key list: order")


def _parse_log_line(line: str) -> LogKey:
    parts = line.split(" ")
    if len(parts) != 4 or parts[0] != "log" or not is_time(parts[1]) or not (parts[2] == "-" or is_time(parts[2])):
        raise MalformedError("key list: log line")
    vkey = parse_vkey(parts[3])
    until = None if parts[2] == "-" else parts[2]
    if not is_origin(vkey.name) or (until is not None and until <= parts[1]):
        raise MalformedError("key list: log line")
    return LogKey(vkey, parts[1], until)


def _parse_ended_line(line: str) -> Ended:
    parts = line.split(" ")
    if len(parts) != 6 or parts[0] != "ended" or not (parts[3] == "-" or is_time(parts[3])) or not is_root(parts[2]):
        raise MalformedError("key list: ended line")
    checkpoint = Checkpoint(parse_decimal(parts[1]), decode_base64(parts[2].encode("ascii")))
    return Ended(checkpoint, None if parts[3] == "-" else parts[3], parts[4], parts[5])


def _check_ended(ended: Mapping[str, Ended], logs: Mapping[str, LogKey]) -> None:
    """Both origins are listed, the next one's key begins where the other's has ended, every epoch has an entry, and no
    two lines meet. As times ascend along a line, it never comes back to where it was.
    """
    before = {one.following: one.checkpoint.size for one in ended.values()}
    if len(before) != len(ended):
        raise MalformedError("key list: two ended lines of one next origin")
    for one in ended.values():
        own, following = logs.get(one.origin), logs.get(one.following)
        if own is None or following is None or own.until is None or following.since < own.until:
            raise MalformedError("key list: ended line without its log lines")
        if one.doubt is not None and one.doubt > own.until:
            raise MalformedError("key list: doubt")
        if one.checkpoint.size <= before.get(one.origin, 0):
            raise MalformedError("key list: an epoch of no entry")


def find_checkpoint(data: bytes, line: Line) -> tuple[Epoch, Checkpoint]:
    """§6, §8: a checkpoint of one of the line's origins, signed by that origin's key, of whatever size."""
    note = parse_note(data)
    epoch = line.of(origin_of(note.text))
    if epoch is None:
        raise MalformedError("checkpoint: origin")
    return epoch, signed_checkpoint(note, epoch.log.vkey)


def read_checkpoint_of(data: bytes, line: Line) -> tuple[Epoch, Checkpoint]:
    """§6, §8: a checkpoint of the log, with the epoch to which it belongs; MalformedError or UnsignedError otherwise."""
    epoch, checkpoint = find_checkpoint(data, line)
    if not epoch.belongs(checkpoint.size):
        raise UnsignedError("epoch")
    return epoch, checkpoint


# --- §6 Timestamps: DER, CMS (RFC 5652) and RFC 3161 -------------------------------------------------------------------

_LONG_FORM: Final = 0x80
_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_INTEGER: Final = 0x02
_OCTETS: Final = 0x04
_OID: Final = 0x06
_GENERALIZED: Final = 0x18
_TAGGED: Final = 0xA0  # [0], constructed; [1] is one more

OID_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
OID_DATA: Final = "1.2.840.113549.1.7.1"
OID_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
OID_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
OID_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
OID_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
OID_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
DIGESTS: Final[dict[str, hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
MAX_CHAIN: Final = 8
MAX_OID: Final = 64
MAX_CMS: Final = 2**17
# What cryptography raises, besides ValueError, over certificates that somebody made to be refused.
_CERTIFICATE_FAULTS: Final = (
    *(ValueError, KeyError, IndexError, TypeError, OverflowError, RecursionError, UnsupportedAlgorithm),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)


@dataclass(frozen=True, slots=True)
class Der:
    """One element of DER: its tag, its content, and both with the length between them."""

    tag: int
    content: bytes
    whole: bytes

    def items(self) -> list[Der]:
        """The elements inside."""
        return read_der(self.content)


def read_der(data: bytes) -> list[Der]:
    """Every element of `data`, which they fill. Lengths are definite and in their shortest form."""
    found, place = [], 0
    while place < len(data):
        end = _der_end(data, place)
        begin = end - _der_length(data, place)[0]
        found.append(Der(data[place], data[begin:end], data[place:end]))
        place = end
    return found


def _der_length(data: bytes, place: int) -> tuple[int, int]:
    """The length of the content at `place`, and where the content begins."""
    head = data[place : place + 2]
    if len(head) < 2 or head[0] & 0x1F == 0x1F:
        raise MalformedError("DER")
    if head[1] < _LONG_FORM:
        return head[1], place + 2
    begin = place + 2 + (head[1] - _LONG_FORM)
    length = int.from_bytes(data[place + 2 : begin], "big")
    if begin > len(data) or begin == place + 2 or data[place + 2] == 0 or length < _LONG_FORM:
        raise MalformedError("DER: length")
    return length, begin


def _der_end(data: bytes, place: int) -> int:
    length, begin = _der_length(data, place)
    if begin + length > len(data):
        raise MalformedError("DER: length")
    return begin + length


def one_der(data: bytes, tag: int, what: str) -> Der:
    """The one element that `data` is."""
    found = read_der(data)
    if len(found) != 1 or found[0].tag != tag:
        raise MalformedError(what)
    return found[0]


def read_oid(element: Der) -> str:
    """An object identifier in dots."""
    if element.tag != _OID or not 0 < len(element.content) <= MAX_OID or element.content[-1] & 0x80:
        raise MalformedError("DER: OID")
    arcs, value = [], 0
    for octet in element.content:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def read_algorithm(element: Der) -> str:
    """The OID of an AlgorithmIdentifier."""
    items = element.items()
    if element.tag != _SEQUENCE or not 1 <= len(items) <= 2:
        raise MalformedError("DER: algorithm")
    return read_oid(items[0])


@dataclass(frozen=True, slots=True)
class Cms:
    """A SignedData with one signer. `content` is what it carries; None where the content stands elsewhere."""

    content_type: str
    content: bytes | None
    certificates: tuple[x509.Certificate, ...]
    signer: tuple[Der, ...]


def parse_cms(data: bytes) -> Cms:
    """RFC 5652 section 5.1, as far as an authority's token or a bundle's signature needs it."""
    if len(data) > MAX_CMS:
        raise MalformedError("CMS: too large")
    wrapper = one_der(data, _SEQUENCE, "CMS").items()
    if len(wrapper) != 2 or read_oid(wrapper[0]) != OID_SIGNED_DATA or wrapper[1].tag != _TAGGED:
        raise MalformedError("CMS: no SignedData")
    items = one_der(wrapper[1].content, _SEQUENCE, "CMS").items()
    if len(items) < 4 or [one.tag for one in items[:3]] != [_INTEGER, _SET, _SEQUENCE] or items[-1].tag != _SET:
        raise MalformedError("CMS")
    inner = items[2].items()
    content = None
    if len(inner) == 2 and inner[1].tag == _TAGGED:
        content = one_der(inner[1].content, _OCTETS, "CMS: content").content
    elif len(inner) != 1:
        raise MalformedError("CMS: content")
    certificates: list[x509.Certificate] = []
    for one in items[3:-1]:
        if one.tag == _TAGGED:
            certificates += [load_certificate(item.whole) for item in one.items() if item.tag == _SEQUENCE]
        elif one.tag != _TAGGED + 1:  # [1]: revocation lists, which are not read
            raise MalformedError("CMS")
    signers = items[-1].items()
    if len(signers) != 1 or signers[0].tag != _SEQUENCE:
        raise MalformedError("CMS: not one signer")
    return Cms(read_oid(inner[0]), content, tuple(certificates), tuple(signers[0].items()))


def load_certificate(data: bytes) -> x509.Certificate:
    with certificates_judged():
        return x509.load_der_x509_certificate(data)


@contextmanager
def certificates_judged() -> Iterator[None]:
    """Whatever a certificate is made of, it is good or it is malformed."""
    try:
        yield
    except (MalformedError, UnsignedError):
        raise
    except _CERTIFICATE_FAULTS:
        raise MalformedError("certificate") from None


def load_authorities(data: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file."""
    with certificates_judged():
        return tuple(x509.load_pem_x509_certificates(data))


def verify_cms(cms: Cms, content: bytes, known: Sequence[x509.Certificate]) -> x509.Certificate:
    """RFC 5652 section 5.4: the one signer signed `content`; gives its certificate, which is in the CMS or known already.

    The certificate's own worth is `verify_chain`'s affair. Signed attributes must be there, and name the certificate
    (RFC 5035), so that no other one of the same key can be put in its place.
    """
    if len(cms.signer) < 6 or cms.signer[3].tag != _TAGGED:
        raise MalformedError("CMS: signer")
    _, sid, digest_algorithm, attributes, signature_algorithm, signature = cms.signer[:6]
    algorithm = DIGESTS.get(read_algorithm(digest_algorithm))
    if algorithm is None or signature.tag != _OCTETS:
        raise MalformedError("CMS: algorithm")
    values = _attributes(attributes)
    certificate = _signer_certificate(sid, [*cms.certificates, *known])
    if read_oid(values[OID_CONTENT_TYPE]) != cms.content_type:
        raise UnsignedError("signature")
    if values[OID_MESSAGE_DIGEST].content != hash_of(algorithm, content):
        raise UnsignedError("signature")
    _check_named(values, certificate)
    _verify_signature(
        certificate, read_algorithm(signature_algorithm), algorithm, signature.content, b"\x31" + attributes.whole[1:]
    )
    return certificate


def _attributes(attributes: Der) -> dict[str, Der]:
    found: dict[str, Der] = {}
    for one in attributes.items():
        items = one.items()
        if len(items) != 2 or items[1].tag != _SET or read_oid(items[0]) in found:
            raise MalformedError("CMS: attribute")
        found[read_oid(items[0])] = items[1]
    single = {}
    for oid, values in found.items():
        inside = values.items()
        if len(inside) == 1:
            single[oid] = inside[0]
    if not {OID_CONTENT_TYPE, OID_MESSAGE_DIGEST} <= single.keys():
        raise MalformedError("CMS: attributes")
    return single


def _signer_certificate(sid: Der, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """By issuer and serial number; the other form of SignerIdentifier is not read."""
    items = sid.items() if sid.tag == _SEQUENCE else []
    if len(items) != 2 or items[1].tag != _INTEGER:
        raise MalformedError("CMS: signer identifier")
    serial = int.from_bytes(items[1].content, "big", signed=True)
    for one in certificates:
        if one.issuer.public_bytes() == items[0].whole and one.serial_number == serial:
            return one
    raise UnsignedError("other-key")


def _check_named(values: Mapping[str, Der], certificate: x509.Certificate) -> None:
    """The signing certificate attribute (RFC 5035) names this one first."""
    whole = certificate.public_bytes(Encoding.DER)
    if OID_SIGNING_CERTIFICATE_V2 in values:
        first = _first_named(values[OID_SIGNING_CERTIFICATE_V2])
        algorithm: hashes.HashAlgorithm | None = hashes.SHA256()
        if first[0].tag == _SEQUENCE:
            algorithm, first = DIGESTS.get(read_algorithm(first[0])), first[1:]
    elif OID_SIGNING_CERTIFICATE in values:
        first, algorithm = _first_named(values[OID_SIGNING_CERTIFICATE]), hashes.SHA1()  # noqa: S303 - RFC 2634's own
    else:
        raise UnsignedError("other-key")
    if algorithm is None or not first or first[0].content != hash_of(algorithm, whole):
        raise UnsignedError("other-key")


def _first_named(attribute: Der) -> list[Der]:
    items = attribute.items()
    first = items[0].items() if items else []
    inside = first[0].items() if first else []
    if not inside:
        raise MalformedError("CMS: signing certificate")
    return inside


def hash_of(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


_RSA: Final = "1.2.840.113549.1.1.1"
_SIGNATURES: Final[dict[str, hashes.HashAlgorithm]] = {
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
}
_ED25519: Final = "1.3.101.112"


def _verify_signature(
    certificate: x509.Certificate, oid: str, digest: hashes.HashAlgorithm, signature: bytes, data: bytes
) -> None:
    key, algorithm = certificate.public_key(), digest if oid == _RSA else _SIGNATURES.get(oid)
    try:
        if isinstance(key, Ed25519PublicKey) and oid == _ED25519:
            key.verify(signature, data)
        elif isinstance(key, rsa.RSAPublicKey) and algorithm is not None and key.key_size >= 2048:
            key.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(signature, data, ec.ECDSA(algorithm))
        else:
            raise MalformedError("CMS: algorithm")
    except InvalidSignature:
        raise UnsignedError("signature") from None


def verify_chain(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], pinned: Sequence[x509.Certificate], at: datetime
) -> None:
    """The leaf leads to a pinned certificate, each in force at `at` and issued by one that may issue. No revocation is looked at."""
    current = leaf
    for depth in range(MAX_CHAIN):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise UnsignedError("other-key")
        if current in pinned:
            return
        issuer = next(
            (one for one in (*pinned, *others) if one is not current and _issued(current, one, depth, at)), None
        )
        if issuer is None:
            raise UnsignedError("other-key")
        current = issuer
    raise UnsignedError("other-key")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate, between: int, at: datetime) -> bool:
    """`between`: certificates of CAs that stand below this issuer already (RFC 5280 section 4.2.1.9)."""
    if not issuer.not_valid_before_utc <= at <= issuer.not_valid_after_utc:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = [one.value for one in issuer.extensions if isinstance(one.value, x509.KeyUsage)]
    except (*_CERTIFICATE_FAULTS, InvalidSignature, x509.ExtensionNotFound):
        return False
    return (
        basic.ca
        and (basic.path_length is None or basic.path_length >= between)
        and all(one.key_cert_sign for one in usage)
    )


@dataclass(frozen=True, slots=True)
class Timestamp:
    """When, by the authority's clock (UTC, to the microsecond), and its serial number of this timestamp."""

    time: datetime
    serial: int


def read_timestamp(response: bytes, data: bytes, pinned: Sequence[x509.Certificate]) -> Timestamp:
    """§6, RFC 3161: what an authority under a pinned certificate said of `data`; MalformedError or UnsignedError otherwise."""
    with certificates_judged():
        return _read_timestamp(response, data, pinned)


def _read_timestamp(response: bytes, data: bytes, pinned: Sequence[x509.Certificate]) -> Timestamp:
    if len(response) > MAX_CMS:
        raise MalformedError("timestamp response: too large")
    items = one_der(response, _SEQUENCE, "timestamp response").items()
    status = items[0].items() if items else []
    if not status or status[0].tag != _INTEGER or status[0].content != b"\x00" or len(items) != 2:
        raise MalformedError("timestamp response: not granted")
    cms = parse_cms(items[1].whole)
    if cms.content_type != OID_TST_INFO or cms.content is None:
        raise MalformedError("timestamp response: no TSTInfo")
    certificate = verify_cms(cms, cms.content, pinned)
    timestamp, algorithm, imprint = parse_tst_info(cms.content)
    verify_chain(certificate, cms.certificates, pinned, timestamp.time.replace(microsecond=0))
    _check_purpose(certificate)
    if hash_of(algorithm, data) != imprint:
        raise UnsignedError("signature")
    return timestamp


def parse_tst_info(content: bytes) -> tuple[Timestamp, hashes.HashAlgorithm, bytes]:
    """RFC 3161 section 2.4.2: the timestamp, and of what: algorithm and hash."""
    items = one_der(content, _SEQUENCE, "TSTInfo").items()
    if [one.tag for one in items[:5]] != [_INTEGER, _OID, _SEQUENCE, _INTEGER, _GENERALIZED]:
        raise MalformedError("TSTInfo")
    imprint = items[2].items()
    algorithm = DIGESTS.get(read_algorithm(imprint[0])) if len(imprint) == 2 else None
    if items[0].content != b"\x01" or algorithm is None or imprint[1].tag != _OCTETS:
        raise MalformedError("TSTInfo")
    time = re.fullmatch(rb"([0-9]{14})(\.[0-9]*[1-9])?Z", items[4].content)
    if time is None:
        raise MalformedError("TSTInfo: time")
    microseconds = int((time[2] or b".")[1:7].ljust(6, b"0"))
    moment = read_time(Der(_GENERALIZED, time[1] + b"Z", b"")).replace(microsecond=microseconds)
    return Timestamp(moment, int.from_bytes(items[3].content, "big", signed=True)), algorithm, imprint[1].content


def _check_purpose(certificate: x509.Certificate) -> None:
    """RFC 3161 section 2.3: timeStamping is the one purpose, and critical."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        raise UnsignedError("other-key") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise UnsignedError("other-key")


# --- §8 Whose word counts for a key in doubt ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pinned:
    """The witnesses and the timestamp authorities that the reviewer knows by their keys and CAs."""

    witnesses: tuple[VerifierKey, ...] = ()
    tsa_ca: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint kept elsewhere, and the authority's response that lay beside it."""

    note: bytes
    response: bytes | None = None

    def seen(self, pinned: Pinned) -> Iterator[datetime]:
        """When one of those pinned vouched for this note; what does not verify says nothing."""
        note = parse_note(self.note)
        times: list[datetime] = []
        for witness in pinned.witnesses:
            with suppress(UnsignedError):
                times.append(verify_cosignature(note, witness))
        if self.response is not None and pinned.tsa_ca:
            with suppress(MalformedError, UnsignedError):
                times.append(read_timestamp(self.response, self.note, pinned.tsa_ca).time)
        yield from times


# --- Findings ---------------------------------------------------------------------------------------------------------

MAX_FINDINGS: Final = 100

# The kinds of wrong, in words.
WHAT: Final[dict[str, tuple[str, str]]] = {
    "changed": ("改変", "changed"),
    "missing": ("欠落", "missing"),
    "swapped": ("入れ替え", "swapped"),
    "out-of-place": ("位置の矛盾", "out of place"),
    "bad-citation": ("引用の誤り", "bad citation"),
    "truncated": ("切り詰め", "truncated"),
    "forked": ("分岐", "forked"),
    "rolled-back": ("巻き戻し", "rolled back"),
    "other-key": ("別の鍵による署名", "signed by another key"),
    "malformed": ("書式違反", "malformed"),
    "surplus": ("余分", "surplus"),
}

# Stable id: kind of wrong, Japanese, English. An id is never reused for something else.
FINDINGS: Final[dict[str, tuple[str, str, str]]] = {
    "key-list-form": ("malformed", "鍵一覧が定められた書式でない", "the key list is not in its one spelling"),
    "key-list-key": (
        "other-key",
        "鍵一覧に指定のルート鍵の署名がない",
        "the key list bears no signature of the root key",
    ),
    "key-list-signature": ("changed", "鍵一覧の署名が検証できない", "the signature of the key list does not verify"),
    "origin-unlisted": (
        "other-key",
        "この記録の origin が鍵一覧にない",
        "the key list names no key for this log's origin",
    ),
    "line-form": (
        "malformed",
        "書式に合わない行。以降は判定できない",
        "a line not of the format; nothing behind it can be judged",
    ),
    "archive-chain": (
        "missing",
        "書庫が前の書庫に続いていない",
        "an archive does not follow the one before it: one is missing, out of place or changed",
    ),
    "archive-origin": (
        "changed",
        "書庫の origin が、その最後のチェックポイントのものでない",
        "an archive names another origin than that of its last checkpoint",
    ),
    "archive-edge": (
        "other-key",
        "書庫の始まりに、その右端に署名したチェックポイントがない",
        "an archive does not begin with a checkpoint that is signed over its right edge",
    ),
    "end-missing": ("truncated", "end の行がなく、途中で終わっている", "the export stops before its `end` line"),
    "end-differs": ("truncated", "end の件数と記録の件数が違う", "the `end` line and the number of leaves differ"),
    "checkpoint-form": (
        "malformed",
        "チェックポイントが定められた書式でない",
        "a checkpoint is not in its one spelling",
    ),
    "checkpoint-key": (
        "other-key",
        "チェックポイントに、その origin の鍵の署名がない",
        "a checkpoint bears no signature of the key of its origin",
    ),
    "checkpoint-signature": (
        "changed",
        "チェックポイントの署名が検証できない",
        "the signature of a checkpoint does not verify",
    ),
    "checkpoint-epoch": (
        "other-key",
        "チェックポイントの件数が、その origin の区間にない",
        "the size of a checkpoint is not in the epoch of its origin",
    ),
    "checkpoint-order": ("swapped", "チェックポイントの順序が昇順でない", "a checkpoint stands out of order"),
    "checkpoint-double": (
        "forked",
        "同じ件数に異なる根の署名が二つある",
        "two signed checkpoints of one size have different roots",
    ),
    "checkpoint-row": (
        "swapped",
        "チェックポイントが別の件数の行にある",
        "a checkpoint stands in the row of another size",
    ),
    "checkpoint-column": (
        "changed",
        "行の root が署名された根と違う",
        "the stored root is not the one that was signed",
    ),
    "checkpoint-missing": (
        "missing",
        "記録が引く件数のチェックポイントがない",
        "the checkpoint that an entry names is missing",
    ),
    "checkpoint-uncovered": (
        "missing",
        "最後のチェックポイントが末尾まで覆わない",
        "the last checkpoint does not cover all leaves",
    ),
    "leaf-form": ("malformed", "版1の記録でない", "a leaf is not an entry of version 1"),
    "leaf-origin": ("changed", "その区間のものでない origin の記録", "an entry of another origin than its epoch's"),
    "leaf-beyond": ("surplus", "origin の終わりより後の記録", "an entry behind the end of the log's origin"),
    "leaf-time": ("changed", "鍵の有効期間外の時刻の記録", "an entry at a time in which the key was not in force"),
    "epoch-follows": (
        "bad-citation",
        "区間の最初の記録が、前の origin の終わりを引く設定記録でない",
        "the first entry of an epoch is no config entry that cites where the origin before ended",
    ),
    "entry-place": (
        "out-of-place",
        "after がチェックポイントの並びと矛盾する",
        "`after` contradicts the checkpoints: moved, dropped or inserted",
    ),
    "config-citation": ("bad-citation", "config が以前の設定記録を指さない", "`config` cites no earlier config entry"),
    "entry-citation": ("bad-citation", "entry が以前の記録を指さない", "`entry` cites no earlier entry"),
    "seen-citation": (
        "bad-citation",
        "seen がこの記録のチェックポイントでない",
        "`seen` is no earlier checkpoint of this log",
    ),
    "root-differs": (
        "changed",
        "再計算した根がチェックポイントの根と違う",
        "the leaves have another root than the checkpoint",
    ),
    "log-truncated": ("truncated", "自身のチェックポイントより短い", "the log is shorter than its own checkpoint"),
    "outside-form": (
        "malformed",
        "外部のチェックポイントが書式に合わない",
        "an outside checkpoint is not in its one spelling",
    ),
    "outside-key": (
        "other-key",
        "外部のチェックポイントに、その origin の鍵の署名がない",
        "an outside checkpoint bears no signature of the key of its origin",
    ),
    "outside-signature": (
        "changed",
        "外部のチェックポイントの署名が検証できない",
        "the signature of an outside checkpoint does not verify",
    ),
    "outside-epoch": (
        "other-key",
        "外部のチェックポイントの件数が、その origin の区間にない",
        "the size of an outside checkpoint is not in the epoch of its origin",
    ),
    "outside-forked": (
        "forked",
        "外部のチェックポイントと別の履歴が署名されている",
        "the log has signed another history than the outside checkpoint",
    ),
    "outside-differs": (
        "changed",
        "外部のチェックポイントと根が違う",
        "the leaves have another root than the outside checkpoint",
    ),
    "outside-rolled-back": (
        "rolled-back",
        "外部のチェックポイントより短い",
        "the log is shorter than an outside checkpoint",
    ),
    "table-missing": ("missing", "表または列がない", "a table or a column is missing"),
    "row-missing": ("missing", "記録の行がない", "the row of an entry is missing"),
    "row-surplus": (
        "surplus",
        "どの記録のものでもない行がある",
        "there are rows of entries under numbers that none has",
    ),
    "leaf-hash": ("changed", "葉と leaf_hash が合わない", "a leaf and its stored leaf hash differ"),
    "node-missing": ("missing", "節の行がない", "a node is missing"),
    "node-changed": (
        "changed",
        "節が下の二つのハッシュと合わない",
        "a node is not the hash of the two stored below it",
    ),
    "node-surplus": ("surplus", "どの節のものでもない行がある", "there are nodes under numbers that none has"),
    "head-missing": ("missing", "log_head の行が一つでない", "there is not exactly one stored head"),
    "head-differs": ("changed", "log_head が記録の末尾と違う", "the stored head is not the end of the log"),
    "journal-damaged": ("malformed", "データベースが途中で読めなくなった", "the database cannot be read to its end"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """§9: `index` is the first bad index, None where the fault is in no log; `before` ends the stretch that it names."""

    id: str
    index: int | None
    before: int | None = None
    detail: str = ""

    def order(self) -> tuple[int, str]:
        return (-1 if self.index is None else self.index, self.id)


class Findings:
    """Those with the lowest indices, at most MAX_FINDINGS; all are counted."""

    def __init__(self) -> None:
        self.total = 0
        self._kept: list[Finding] = []

    def add(self, finding: Finding) -> None:
        self.total += 1
        self._kept.append(finding)
        if len(self._kept) > 4 * MAX_FINDINGS:
            self._kept = self.lowest()

    def lowest(self) -> list[Finding]:
        return sorted(self._kept, key=Finding.order)[:MAX_FINDINGS]

    def first_bad_index(self) -> int | None:
        return min((finding.index for finding in self._kept if finding.index is not None), default=None)


# --- §9 Verification of a whole log -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BadCheckpoint:
    """A fault of a checkpoint, kept until all signed sizes are known. `own` is the size for which it stands, `claims` are
    those that its row and its text name where nobody signed them.
    """

    id: str
    own: int
    detail: str = ""
    claims: frozenset[int] = frozenset()


@dataclass
class OwnCheckpoints:
    """§9 rule 1: the log's checkpoints that the keys of their origins have signed, and the sizes of those that are not so.

    An unsigned one is no evidence either way: an entry behind it may count it or not.
    """

    roots: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    start: int = 0
    bad: list[BadCheckpoint] = field(default_factory=list)

    def add(self, checkpoint: Checkpoint) -> None:
        known = self.roots.get(checkpoint.size, ())
        if not known:
            insort(self.sizes, checkpoint.size)
        elif checkpoint.root not in known:
            self.bad.append(BadCheckpoint("checkpoint-double", checkpoint.size))
        if checkpoint.root not in known:
            self.roots[checkpoint.size] = (*known, checkpoint.root)

    def last(self) -> int:
        """The largest signed size, where the log begins without any."""
        return self.sizes[-1] if self.sizes else self.start

    def first_closed_by(self, size: int) -> int:
        """The first entry that a checkpoint of this size closes: the largest signed size below it."""
        at = bisect_left(self.sizes, size)
        return self.sizes[at - 1] if at else self.start


def unsigned_id(prefix: str, error: MalformedError | UnsignedError) -> str:
    if isinstance(error, MalformedError):
        return f"{prefix}-form"
    return {"other-key": f"{prefix}-key", "epoch": f"{prefix}-epoch"}.get(error.args[0], f"{prefix}-signature")


@dataclass(frozen=True, slots=True)
class Outside:
    """§9 rule 7: a checkpoint kept elsewhere, or the one of an `ended` line. `reached` is whether the log must be as large."""

    checkpoint: Checkpoint
    reached: bool = True
    detail: str = ""

    @property
    def size(self) -> int:
        return self.checkpoint.size


def ends_of(line: Line) -> Iterator[Outside]:
    """§9 rule 7: the size and root of each `ended` line. That the last origin ended counts only where the log reaches it."""
    for epoch in line.epochs:
        if epoch.ended is not None:
            yield Outside(epoch.ended.checkpoint, epoch is not line.epochs[-1], "key list: ended")


class Audit:
    """§9 rules 1 to 7 over a stream: checkpoints first, then each leaf in order, then the end.

    The log is judged as that of the last origin of `line`. It holds the right edge, the checkpoints, and the indices of
    `config` entries and of causes.
    """

    def __init__(self, line: Line, outside: Sequence[Checkpoint], findings: Findings) -> None:
        self.line = line
        self.findings = findings
        self.own = OwnCheckpoints()
        self.edge = RightEdge()
        self.start = 0  # of a run of a log that begins later: what it cites before that is not judged
        self.outside = sorted([*map(Outside, outside), *ends_of(line)], key=lambda one: one.size)
        self._outside_sizes = {one.size for one in self.outside}
        self._outside_agreed: list[int] = []
        self._outside_differs: list[Outside] = []
        self._agreed = 0  # the largest size whose own checkpoint has the root of the leaves
        self._in_bad_stretch = False  # one finding names a stretch; the roots behind it are wrong by the same fault
        self._causes: list[int] = []
        self._wrong_roots: list[int] = []  # causes too, but of what was kept outside only
        self._configs: list[int] = []
        self._after: int | None = None
        self._maybe_missing: tuple[int, int | None] | None = None

    def begin_at(self, edge: RightEdge) -> None:
        """The leaves that follow are those behind this tree (§9, archives)."""
        self.edge, self.start, self._agreed, self.own.start = edge, edge.size, edge.size, edge.size
        self.outside = [one for one in self.outside if one.size >= edge.size]

    def find(self, name: str, index: int | None, before: int | None = None, detail: str = "") -> None:
        self.findings.add(Finding(name, index, before, detail))

    def cause(self, name: str, index: int, detail: str = "") -> None:
        """Something wrong where it stands: it explains a root that differs behind it."""
        self.find(name, index, None, detail)
        insort(self._causes, index)

    # Rule 1

    def read_own(self, note: bytes, place: int) -> Checkpoint | None:
        """One of the log's checkpoints; `place` is the size for which it stands where its note is no evidence of it."""
        try:
            epoch, checkpoint = find_checkpoint(note, self.line)
        except (MalformedError, UnsignedError) as error:
            claims = _claimed_size(note, self.line) | {place}
            self.own.bad.append(BadCheckpoint(unsigned_id("checkpoint", error), place, str(error), claims))
            return None
        if not epoch.belongs(checkpoint.size):
            claims = frozenset({checkpoint.size, place})
            self.own.bad.append(BadCheckpoint("checkpoint-epoch", checkpoint.size, f"size {checkpoint.size}", claims))
            return None
        self.own.add(checkpoint)
        return checkpoint

    def close_checkpoints(self) -> None:
        """All signed sizes are known now, so each fault can name the first entry that its checkpoint closes."""
        for bad in self.own.bad:
            first = self.own.first_closed_by(bad.own)
            self.find(bad.id, first, None, bad.detail)
            self.own.doubtful |= {size for size in bad.claims if self.own.first_closed_by(size) == first}
        self.own.bad.clear()

    # Rules 2 to 6

    def add_leaf(self, leaf: bytes) -> None:
        index = self.edge.size
        try:
            entry = parse_entry(leaf)
        except MalformedError as error:
            self.cause("leaf-form", index, str(error))
            self._skip(index)
        else:
            self._check_entry(entry, index)
        self.add_hash(leaf_hash(leaf))

    def add_hash(self, hashed: bytes) -> None:
        self.edge.append(hashed)
        self.compare_roots()

    def _skip(self, index: int) -> None:
        """What cannot be read may have been a config entry, and the next entry has no `after` to be compared with."""
        self._settle_missing(None, index)
        self._configs.append(index)
        self._after = None

    def _check_entry(self, entry: Entry, index: int) -> None:
        """Rules 2 to 5 for one entry."""
        self._check_epoch(entry, index)
        self._check_after(entry, index)
        if entry.config is not None and not self._is_config(entry.config):
            self.find("config-citation", index, detail=f"config {entry.config}")
        cited = entry.members.get("entry")
        if cited is not None and cited >= index:
            self.find("entry-citation", index, detail=f"entry {cited}")
        if entry.kind == "config":
            self._configs.append(index)
        if entry.kind == "answer" and not self._was_seen(entry.members["seen"], index):
            self.find("seen-citation", index, detail=f"size {entry.members['seen']['size']}")

    def _check_epoch(self, entry: Entry, index: int) -> None:
        """Rule 2. With the first entry of an epoch that follows another the log has the checkpoint with which that one ended."""
        epoch = self.line.at(index)
        if epoch is None:
            self.cause("leaf-beyond", index)
            return
        if entry.origin != epoch.origin:
            self.cause("leaf-origin", index)
        if not epoch.log.in_force(entry.time):
            self.cause("leaf-time", index)
        if epoch.before is None or index != epoch.begin:
            return
        if entry.kind != "config" or entry.members["digests"].get("follows") != epoch.before.digest():
            self.find("epoch-follows", index)
        # Where it names that size itself, rule 3 finds out.
        if entry.after != index and index not in self.own.roots and index not in self.own.doubtful:
            self.find("checkpoint-missing", self.own.first_closed_by(index), index)

    def _check_after(self, entry: Entry, index: int) -> None:
        """Rule 3. Where no checkpoint of size i is and entry i counts one, it is missing, unless the next entry counts as
        if there had never been one: then it is entry i that was changed.
        """
        before, self._after = self._after, entry.after
        disowned = self._settle_missing(entry, index)
        if index == 0 or index in self.own.roots:
            if entry.after != index:
                self.find("entry-place", index, detail=f"after {entry.after}")
        elif entry.after == index:
            if index not in self.own.doubtful:
                self._maybe_missing = (index, before)
        elif before is not None and entry.after != before and not disowned:
            self.find("entry-place", index, detail=f"after {entry.after}")

    def _settle_missing(self, entry: Entry | None, index: int) -> bool:
        """Whether this entry shows that the one before it was changed, and no checkpoint is missing there."""
        if self._maybe_missing is None:
            return False
        (size, before), self._maybe_missing = self._maybe_missing, None
        if entry is not None and entry.after == before and index not in self.own.roots:
            self.find("entry-place", size, detail=f"after {size}")
            return True
        self.find("checkpoint-missing", self.own.first_closed_by(size), size)
        return False

    def _is_config(self, index: int) -> bool:
        """Rule 4, of the entries read so far."""
        if index < self.start:
            return True
        at = bisect_left(self._configs, index)
        return at < len(self._configs) and self._configs[at] == index

    def _was_seen(self, seen: Mapping[str, Any], index: int) -> bool:
        """Rule 5; another log's checkpoint is not judged here, nor one whose signature did not hold."""
        epoch = self.line.of(seen["origin"])
        if epoch is None:
            return True
        if seen["size"] > index:
            return False
        if seen["size"] < self.start:
            return True
        if not epoch.belongs(seen["size"]):
            return False
        roots = self.own.roots.get(seen["size"])
        if roots is None:
            return seen["size"] in self.own.doubtful
        return decode_base64(seen["root"].encode("ascii")) in roots

    def compare_roots(self) -> None:
        """Rules 6 and 7 at the size that has just been reached; first of all at 0."""
        size = self.edge.size
        own = self.own.roots.get(size, ())
        if not own and size not in self._outside_sizes:
            return
        root = self.edge.root()
        if any(signed != root for signed in own) and not self._in_bad_stretch:
            explained = self._explanation(self._agreed, size)
            first = self._agreed if explained is None else explained
            self.find("root-differs", first, size)
            insort(self._wrong_roots, first)
            self._in_bad_stretch = True
        if root in own:
            self._agreed, self._in_bad_stretch = size, False
        for one in self.outside:
            if one.size == size and one.checkpoint.root == root:
                self._outside_agreed.append(size)
            elif one.size == size:
                self._outside_differs.append(one)

    def _explanation(self, agreed: int, size: int, more: Sequence[int] = ()) -> int | None:
        """The first cause, of these and of `more`, in the stretch between a root that agrees and one that does not."""
        starts = ((causes, bisect_left(causes, agreed)) for causes in (self._causes, more))
        return min((causes[at] for causes, at in starts if at < len(causes) and causes[at] < size), default=None)

    # The end

    def finish(self, complete: bool) -> None:
        """Rules 6 and 7 of the end. An incomplete reading says nothing about what would have followed."""
        size = self.edge.size
        self._settle_missing(None, size)
        for one in self._outside_differs:
            agreed = max((other for other in self._outside_agreed if other < one.size), default=self.start)
            explained = self._explanation(agreed, one.size, self._wrong_roots)
            # A log whose own signed root agrees with its leaves at or behind that size has signed this other history.
            name = "outside-forked" if self._agreed >= one.size else "outside-differs"
            self.find(name, agreed if explained is None else explained, one.size, one.detail)
        if not complete:
            return
        if self.own.last() > size:
            self.find("log-truncated", size, self.own.last())
        for one in self.outside:
            if one.size > size and one.reached:
                self.find("outside-rolled-back", size, one.size, one.detail)
        if self.own.last() < size and size not in self.own.doubtful:
            self.find("checkpoint-uncovered", self.own.last(), size)


def _claimed_size(note: bytes, line: Line) -> frozenset[int]:
    """The size that an unsigned checkpoint claims, if it claims one of this log."""
    try:
        text = parse_note(note).text
        epoch = line.of(origin_of(text))
        return frozenset() if epoch is None else frozenset({parse_checkpoint(text, epoch.origin).size})
    except MalformedError:
        return frozenset()


# §9, the export

MAX_LINE: Final = 2**20
EXPORT_HEADER: Final = b"juki-hub/export@v1"
PROGRESS_STEP: Final = 100_000
Progress = Callable[[int], None]


class ExportReader:
    """§9: the lines of an export, one at a time and each without its line feed; never more than one in memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.line: bytes | None = None  # None is the end of the file
        self.advance()

    def advance(self) -> None:
        line = self._stream.readline(MAX_LINE + 1)
        if line and (len(line) > MAX_LINE or not line.endswith(b"\n")):
            self.line = b"\n"  # in no form, so whoever asks next refuses it
        else:
            self.line = line[:-1] if line else None

    def at_end(self) -> bool:
        return self.line is None

    def take(self, word: bytes) -> bytes | None:
        """The rest of this line, which is not empty, if it begins with `word`, and on to the next."""
        rest = (self.line or b"").removeprefix(word + b" ")
        if not rest or rest == self.line:
            return None
        self.advance()
        return rest


def open_origin(reader: ExportReader) -> str:
    """§9: the first two lines of an export."""
    if reader.line != EXPORT_HEADER:
        raise MalformedError("header")
    reader.advance()
    rest = reader.take(b"origin")
    origin = decode_utf8(rest) if rest is not None else ""
    if not is_origin(origin):
        raise MalformedError("origin")
    return origin


def audit_export(reader: ExportReader, audit: Audit, progress: Progress) -> None:
    """§9: an export behind its `origin` line. A line that is not of the format ends the reading."""
    _export_checkpoints(reader, audit)
    audit.close_checkpoints()
    audit.compare_roots()
    audit.finish(_export_leaves(reader, audit, progress) and _export_end(reader, audit))


def _export_checkpoints(reader: ExportReader, audit: Audit) -> None:
    """Each checkpoint, ascending by size. One that is not signed stands for the stretch behind the signed ones before it."""
    last = -1
    while (rest := reader.take(b"checkpoint")) is not None:
        place = max(last, 0) + 1
        try:
            note = decode_base64(rest)
        except MalformedError:
            note = b""  # no note, and nobody's: the leaves can be judged all the same
        checkpoint = audit.read_own(note, place)
        if checkpoint is None:
            continue
        if checkpoint.size <= last:
            audit.own.bad.append(BadCheckpoint("checkpoint-order", checkpoint.size))
        last = max(last, checkpoint.size)


def _export_leaves(reader: ExportReader, audit: Audit, progress: Progress) -> bool:
    while (rest := reader.take(b"leaf")) is not None:
        try:
            leaf = decode_base64(rest)
        except MalformedError:
            audit.cause("line-form", audit.edge.size, "leaf")
            return False
        audit.add_leaf(leaf)
        if audit.edge.size % PROGRESS_STEP == 0:
            progress(audit.edge.size)
    return True


def _export_end(reader: ExportReader, audit: Audit) -> bool:
    """The number of leaves, and nothing behind it."""
    size = audit.edge.size
    if reader.at_end():
        audit.find("end-missing", size)
        return False
    rest = reader.take(b"end")
    try:
        if rest is None:
            raise MalformedError("order of lines")
        end = parse_decimal(decode_utf8(rest))
        if not reader.at_end():
            raise MalformedError("after end")
    except MalformedError as error:
        audit.find("line-form", size, None, str(error))
        return False
    if end != size:
        audit.find("end-differs", size, None, f"end {end}")
    return end == size


# §9, archives

ARCHIVE_HEADER: Final = b"juki-hub/archive@v1"


@dataclass(frozen=True, slots=True)
class Archive:
    """The head of one archive, and the SHA-256 of all its bytes."""

    origin: str
    previous: str
    start: int
    edge: tuple[bytes, ...]
    digest: str


def open_archive(reader: ExportReader, digest: str) -> Archive:
    """§9: the first five lines of an archive."""
    if reader.line != ARCHIVE_HEADER:
        raise MalformedError("header")
    reader.advance()
    said = {word: reader.take(word) for word in (b"origin", b"previous", b"start", b"edge")}
    origin, previous, start, edge = (decode_utf8(rest) if rest is not None else "" for rest in said.values())
    size = parse_decimal(start)
    hashed = b"" if edge == "-" else decode_base64(edge.encode("utf-8"))
    hashes = tuple(hashed[at : at + HASH_SIZE] for at in range(0, len(hashed), HASH_SIZE))
    if not is_origin(origin) or not (previous == "-" or is_hash(previous)):
        raise MalformedError("head")
    if len(hashed) != HASH_SIZE * size.bit_count() or (size == 0) != (previous == "-") or (size == 0) != (edge == "-"):
        raise MalformedError("head")
    return Archive(origin, "" if previous == "-" else previous, size, hashes, digest)


def audit_archives(paths: Sequence[Path], archives: Sequence[Archive], audit: Audit, progress: Progress) -> None:
    """§9: the archives as one log, or as the run of one that they are; checkpoints of all of them first."""
    edge = RightEdge()
    edge.size, edge.hashes = archives[0].start, list(archives[0].edge)
    audit.begin_at(edge)
    chained = _chained(archives)
    last = -1
    for path, archive in zip(paths[:chained], archives[:chained], strict=True):
        with path.open("rb") as stream:
            reader = ExportReader(stream)
            open_archive(reader, archive.digest)
            last = _archive_checkpoints(reader, audit, archive, last)
    audit.close_checkpoints()
    audit.compare_roots()
    complete = True
    for place, (path, archive) in enumerate(zip(paths, archives, strict=True)):
        if place >= chained or archive.start != audit.edge.size:
            audit.find("archive-chain", audit.edge.size, None, f"start {archive.start}")
            complete = False
            break
        with path.open("rb") as stream:
            reader = ExportReader(stream)
            open_archive(reader, archive.digest)
            while reader.take(b"checkpoint") is not None:
                pass
            complete = _export_leaves(reader, audit, progress) and _export_end(reader, audit)
        if not complete:
            break
    audit.finish(complete)


def _chained(archives: Sequence[Archive]) -> int:
    """How many of them name the one before: what follows a gap is of another chain."""
    for place in range(1, len(archives)):
        before, one = archives[place - 1], archives[place]
        if one.previous != before.digest or one.start <= before.start:
            return place
    return len(archives)


def _archive_checkpoints(reader: ExportReader, audit: Audit, archive: Archive, last: int) -> int:
    """As an export's; the first of an archive that does not begin the log is signed over its edge. Gives the largest size so far."""
    first = archive.start > 0
    read: list[Checkpoint | None] = []
    while (rest := reader.take(b"checkpoint")) is not None:
        try:
            note = decode_base64(rest)
        except MalformedError:
            note = b""
        checkpoint = audit.read_own(note, max(last, 0) + 1)
        read.append(checkpoint)
        edge = RightEdge()
        edge.size, edge.hashes = archive.start, list(archive.edge)
        if first and (checkpoint is None or (checkpoint.size, checkpoint.root) != (edge.size, edge.root())):
            audit.find("archive-edge", archive.start)
        elif checkpoint is not None and checkpoint.size <= last and not first:
            audit.own.bad.append(BadCheckpoint("checkpoint-order", checkpoint.size))
        first = False
        if checkpoint is not None:
            last = max(last, checkpoint.size)
    if first:
        audit.find("archive-edge", archive.start)
    # One that is not signed is a finding of its own, and nothing tells whose the last one was.
    sizes = [one.size for one in read if one is not None]
    epoch = audit.line.with_checkpoint(max(sizes)) if sizes and len(sizes) == len(read) else None
    if epoch is not None and epoch.origin != archive.origin:
        audit.find("archive-origin", archive.start)
    return last


# §9, the journal

MAX_VALUE: Final = 2**21  # no column holds more: a leaf fits on a line of an export
MAX_LEVEL: Final = 53
JOURNAL_TABLES: Final[dict[str, set[str]]] = {
    "log_entries": {"idx", "leaf", "leaf_hash"},
    "log_nodes": {"level", "idx", "hash"},
    "log_checkpoints": {"size", "root", "note"},
    "log_head": {"id", "size", "edge", "note"},
}


def open_database(path: Path, largest: int = MAX_VALUE) -> sqlite3.Connection:
    """A SQLite file opened for reading only, in one transaction, so that all is read of one moment.

    A copy in WAL mode without its -wal file cannot be opened by `mode=ro` alone, for SQLite would have to make one;
    without a -wal nobody is writing, so the file may be called immutable.
    """
    with path.open("rb") as stream:  # sqlite3 does not say which of the many reasons it has
        if stream.read(16) != b"SQLite format 3\x00":
            raise UnusableError(f"SQLite のファイルでない: {path}", f"no SQLite file: {path}")
    wal = path.with_name(path.name + "-wal")
    flags = "?mode=ro" if wal.exists() else "?mode=ro&immutable=1"
    db = sqlite3.connect(path.absolute().as_uri() + flags, uri=True, isolation_level=None)
    db.text_factory = bytes  # what a forger wrote need not be UTF-8
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, largest)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("BEGIN")
    return db


def columns_of(db: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table; none of a view, which could show anything."""
    if db.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchall() != [(b"table",)]:
        return []
    rows = db.execute("SELECT name FROM pragma_table_info(?) ORDER BY cid", (table,))
    return [bytes(name).decode("utf-8", "replace") for (name,) in rows]


class LevelRows:
    """The stored nodes of one level in ascending order, taken by number; what lies between is under no number."""

    def __init__(self, db: sqlite3.Connection, level: int) -> None:
        query = f"SELECT idx, {_blob('hash')} FROM log_nodes WHERE level = ? ORDER BY idx"  # noqa: S608 - our own words
        self._rows = db.execute(query, (level,))
        self._row: tuple[Any, Any] | None = self._rows.fetchone()
        self.surplus = 0

    def take(self, index: int) -> bytes | None:
        """The hash stored under this number; b"" if it is no hash, None if there is no such row."""
        while self._row is not None and (type(self._row[0]) is not int or self._row[0] < index):
            if type(self._row[0]) is not int and not isinstance(self._row[0], float | None):
                return None  # text and blobs sort behind all numbers
            self.surplus += 1
            self._row = self._rows.fetchone()
        if self._row is None or self._row[0] != index:
            return None
        stored = self._row[1]
        self._row = self._rows.fetchone()
        return stored if isinstance(stored, bytes) and len(stored) == HASH_SIZE else b""

    def drain(self) -> int:
        while self._row is not None:
            self.surplus += 1
            self._row = self._rows.fetchone()
        return self.surplus


class StoredNodes:
    """§9: each stored node against the two stored below it, as the leaves go by; one row a level is in memory.

    On the stack lie (level, the hashes that count for this node): the stored one, and where that was found wrong the
    recomputed ones too, so a changed value is found where it is and nowhere else.
    """

    def __init__(self, db: sqlite3.Connection, audit: Audit) -> None:
        self._audit = audit
        self._levels = [LevelRows(db, level) for level in range(MAX_LEVEL + 1)]
        strange = "SELECT count(*) FROM log_nodes WHERE typeof(level) <> 'integer' OR level NOT BETWEEN 0 AND ?"
        self._strange: int = db.execute(strange, (MAX_LEVEL,)).fetchone()[0]
        self._stack: list[tuple[int, tuple[bytes, ...]]] = []

    def push(self, index: int, hashes: tuple[bytes, ...]) -> None:
        """Takes the hashes that count for leaf `index`, and judges all that this leaf completes."""
        counting = self._judge(0, index, hashes)
        level = 0
        while self._stack and self._stack[-1][0] == level:
            _, left = self._stack.pop()
            level += 1
            counting = self._judge(level, index >> level, tuple({node_hash(a, b) for a, b in product(left, counting)}))
        self._stack.append((level, counting))

    def _judge(self, level: int, index: int, expected: tuple[bytes, ...]) -> tuple[bytes, ...]:
        stored = self._levels[level].take(index)
        if stored in expected:
            return (stored,)
        name = "node-missing" if stored is None else "node-changed"
        self._audit.cause(name, index << level, f"level {level} index {index}")
        # Two of each are enough: a second fault below a first is named anyhow, and products must not grow.
        return (stored, *expected[:1]) if stored else expected[:2]

    def finish(self) -> None:
        surplus = self._strange + sum(level.drain() for level in self._levels)
        if surplus:
            self._audit.find("node-surplus", self._audit.edge.size, None, f"rows {surplus}")


def audit_journal(db: sqlite3.Connection, audit: Audit, progress: Progress) -> None:
    """§9: the journal's four tables, every column recomputed. Behind a missing row nothing is judged."""
    last_note = _journal_checkpoints(db, audit)
    audit.close_checkpoints()
    audit.compare_roots()
    nodes = StoredNodes(db, audit)
    complete = _journal_entries(db, audit, nodes, progress)
    if complete:
        nodes.finish()
        _journal_head(db, audit, last_note)
    audit.finish(complete)


def _journal_checkpoints(db: sqlite3.Connection, audit: Audit) -> object:
    """Each row's note is signed, and says the same as its columns. Gives the note of the last row."""
    note: object = None
    place = 0
    query = f"SELECT size, {_blob('root')}, {_text('note')} FROM log_checkpoints ORDER BY size"  # noqa: S608 - our own words
    for size, root, note in db.execute(query):
        place = size if type(size) is int and 0 <= size <= MAX_DECIMAL else place + 1
        checkpoint = audit.read_own(note if isinstance(note, bytes) else b"", place)
        if checkpoint is None:
            continue
        if size != checkpoint.size:
            audit.own.bad.append(BadCheckpoint("checkpoint-row", checkpoint.size))
        elif root != checkpoint.root:
            audit.own.bad.append(BadCheckpoint("checkpoint-column", checkpoint.size))
    return note


def _blob(column: str) -> str:
    """SQL for a column of which another type is a changed value."""
    return f"CASE typeof({column}) WHEN 'blob' THEN {column} END"


def _text(column: str) -> str:
    return f"CASE typeof({column}) WHEN 'text' THEN {column} END"


def _journal_entries(db: sqlite3.Connection, audit: Audit, nodes: StoredNodes, progress: Progress) -> bool:
    """Each row in order, up to the first that is missing; whether none was."""
    surplus = 0
    for index, leaf, stored in db.execute(
        f"SELECT idx, {_blob('leaf')}, {_blob('leaf_hash')} FROM log_entries ORDER BY idx"  # noqa: S608 - our own words
    ):
        if type(index) is not int or index < audit.edge.size:
            surplus += 1
            continue
        if index > audit.edge.size:
            audit.cause("row-missing", audit.edge.size)
            return False
        _journal_row(index, leaf or b"", stored, audit, nodes)
        if audit.edge.size % PROGRESS_STEP == 0:
            progress(audit.edge.size)
    if surplus:
        audit.find("row-surplus", audit.edge.size, None, f"rows {surplus}")
    return True


def _journal_row(index: int, leaf: bytes, stored: object, audit: Audit, nodes: StoredNodes) -> None:
    """`leaf_hash` with the leaf, level 0 with `leaf_hash`, then all that this leaf completes above."""
    computed = leaf_hash(leaf)
    counting: tuple[bytes, ...] = (computed,)
    if stored != computed:
        audit.cause("leaf-hash", index)
        if isinstance(stored, bytes) and len(stored) == HASH_SIZE:
            counting = (stored, computed)
    nodes.push(index, counting)
    audit.add_leaf(leaf)


def _journal_head(db: sqlite3.Connection, audit: Audit, last_note: object) -> None:
    """§9: `log_head` repeats the end: size, right edge, last note."""
    size = audit.edge.size
    query = f"SELECT id, size, {_blob('edge')}, {_text('note')} FROM log_head LIMIT 2"  # noqa: S608 - our own words
    rows = db.execute(query).fetchall()
    if not rows and size == 0 and last_note is None:
        return
    if len(rows) != 1:
        audit.find("head-missing", size)
        return
    expected = (1, size, b"".join(audit.edge.hashes), b"" if last_note is None else last_note)
    for name, stored, right in zip(("id", "size", "right edge", "note"), rows[0], expected, strict=True):
        if stored != right:
            audit.find("head-differs", size, None, name)


# --- §10 Records, keys and buckets ------------------------------------------------------------------------------------

SEAL_NONCE: Final = 12
SEALED_KEY: Final = 60


def unseal(key: bytes, sealed: object, *place: object) -> bytes:
    """§10: AES-256-GCM with the place as associated data, its parts joined by line feeds."""
    if not isinstance(sealed, bytes) or len(sealed) < SEAL_NONCE + 16:
        raise MalformedError("sealed value")
    try:
        return AESGCM(key).decrypt(sealed[:SEAL_NONCE], sealed[SEAL_NONCE:], "\n".join(map(str, place)).encode("utf-8"))
    except InvalidTag:
        raise MalformedError(f"does not open: {place[0]}") from None


def unseal_key(key: bytes, sealed: object, *place: object) -> bytes:
    if not isinstance(sealed, bytes) or len(sealed) != SEALED_KEY:
        raise MalformedError("wrapped key")
    return unseal(key, sealed, *place)


class ErasedError(Exception):
    """The key of a record is destroyed: nothing opens it."""


def one_row(db: sqlite3.Connection, query: str, *values: object) -> tuple[Any, ...]:
    rows = db.execute(query, values).fetchmany(2)
    if len(rows) != 1:
        raise MalformedError("no single row" if rows else "no row")
    row: tuple[Any, ...] = rows[0]
    return row


def open_secret(master: bytes, store: sqlite3.Connection, journal: sqlite3.Connection, index: int, slot: str) -> bytes:
    """§10: one record, by way of its data key and that key's bucket, compared with its entry."""
    (proof,) = one_row(store, "SELECT proof FROM store")
    if unseal(master, proof, "master") != b"juki-hub key store 1":
        raise MalformedError("proof of the master key")
    query = "SELECT key_id, ciphertext FROM secrets WHERE idx = ? AND slot = CAST(? AS TEXT)"
    if not journal.execute(query, (index, slot)).fetchall():
        raise ErasedError
    key_id, ciphertext = one_row(journal, query, index, slot)
    keys = store.execute("SELECT bucket, wrapped FROM data_keys WHERE key_id = ?", (key_id,)).fetchall()
    if not keys or keys[0][1] is None:
        raise ErasedError
    retention, due, wrapped = one_row(store, "SELECT retention, due, wrapped FROM buckets WHERE id = ?", keys[0][0])
    if wrapped is None:
        raise ErasedError
    place = (decode_utf8(bytes(retention)), decode_utf8(bytes(due)))
    bucket_key = unseal_key(master, wrapped, "juki-hub bucket 1", *place)
    data_key = unseal_key(bucket_key, keys[0][1], "juki-hub data key 1", key_id)
    plain = unseal(data_key, ciphertext, "juki-hub secret 1", key_id, index, slot)
    (leaf,) = one_row(journal, "SELECT leaf FROM log_entries WHERE idx = ?", index)
    entry = parse_entry(leaf if isinstance(leaf, bytes) else b"")
    if slot == "private":
        check_opening(plain, entry.members["commit"])
    elif hashlib.sha256(plain).hexdigest() != entry.members.get("digest"):
        raise MalformedError("digest differs")
    return plain


# --- §7 The checks of a recipient, made with §5, §6 and §8 ------------------------------------------------------------

CHECKS: Final[dict[int, tuple[str, str]]] = {
    1: ("証印が定められた書式である", "the proof is in its one spelling"),
    2: (
        "ノートは定められた書式で、固定した origin の系列の、疑いのない鍵で署名された、区間内のチェックポイントである",
        "the note is in its one spelling: a checkpoint of the pinned origin's line, in its epoch, by a key not in doubt",
    ),
    3: ("葉はチェックポイントの木の index にある", "the leaf stands at `index` of the checkpoint's tree"),
    4: (
        "葉は index の区間の origin の版1の記録で、その鍵の有効期間内である",
        "the leaf is an entry of the origin in whose epoch it lies, while that key was in force",
    ),
    5: ("種別が許可である（受領証では対象外）", "its kind is `permit` (not asked of a receipt)"),
    6: (
        "宛先・送信元・種別・電文・団体・環境が電文と同じ",
        "recipient, sender, type, message, tenant, environment are the message's",
    ),
    7: ("digest が受け取ったバイト列の SHA-256 である", "`digest` is SHA-256 of the bytes received"),
    8: ("最後に受け入れたチェックポイントと整合する", "the checkpoint agrees with the last one"),
    9: (
        "鍵一覧にある origin の鍵で署名された、区間内のチェックポイントである",
        "a checkpoint in the epoch of a listed origin, signed by its key",
    ),
    10: (
        "固定した時刻認証局のタイムスタンプがこのノートに付いている",
        "a timestamp over this note by the pinned authority",
    ),
    11: (
        "束は定められた形の ASiC-E で、ファイルは一覧のとおりである",
        "an ASiC-E container in its one form, its files as listed",
    ),
    12: (
        "一覧は固定した認証局の証明書で署名されている",
        "the list is signed by a certificate under the pinned CA",
    ),
    13: (
        "すべての記録は、鍵一覧の鍵で署名された一つのチェックポイントの木にある",
        "every entry stands in the tree of one checkpoint signed by a listed key",
    ),
    14: ("見せられた中身は、それぞれの記録のものである", "what was revealed is that of its entries"),
    15: (
        "時刻認証局のタイムスタンプが、これらの記録を含む",
        "a timestamp by the pinned authority covers the entries",
    ),
    16: (
        "証人と、外に保管したチェックポイントは同じ履歴を見ている",
        "witnesses and checkpoints kept elsewhere saw the same history",
    ),
    17: (
        "鍵に疑いが生じる前に、固定した時刻認証局か証人がこれらの記録を見ている",
        "before its key came into doubt a pinned authority or witness had seen the entries",
    ),
}
OF_A_RECIPIENT: Final = 8  # so many of them


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One of the checks: `holds`, `fails` with the hub's code for it, or `not-made` for want of `detail`."""

    check: int
    status: str
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StampInput:
    """What a recipient (or, with `receipt`, a sender) holds when it checks."""

    data: bytes
    keys: KeyList
    origin: str
    receipt: bool
    facts: Facts
    message: bytes | None
    last: Checkpoint | None
    path: tuple[bytes, ...] | None


def check_stamp(given: StampInput) -> list[CheckResult]:
    """§7: the checks in their order. From the first of 1 to 4 that fails nothing behind it can be judged."""
    results: list[CheckResult] = []
    try:
        proof = parse_proof(given.data)
    except MalformedError as error:
        return _stop(results, CheckResult(1, "fails", "HUB-LOG-004", str(error)))
    results.append(CheckResult(1, "holds"))
    found = _signed_checkpoint(2, proof.note, given.origin, given.keys)
    if isinstance(found, CheckResult):
        return _stop(results, found)
    epoch, checkpoint = found
    if epoch.doubt is not None:
        return _stop(results, CheckResult(2, "fails", "HUB-LOG-073", "doubt"))
    results.append(CheckResult(2, "holds"))
    if not inclusion_holds(leaf_hash(proof.leaf), proof.index, checkpoint.size, proof.path, checkpoint.root):
        return _stop(results, CheckResult(3, "fails", "HUB-LOG-012"))
    results.append(CheckResult(3, "holds"))
    entry = _stamped_entry(proof, given)
    if isinstance(entry, CheckResult):
        return _stop(results, entry)
    results += [CheckResult(4, "holds"), _check_kind(entry, given.receipt), *_check_facts(entry, given)]
    return [*results, _check_digest(entry, given.message), _check_last(checkpoint, given)]


def _stop(results: list[CheckResult], failed: CheckResult) -> list[CheckResult]:
    rest = range(failed.check + 1, OF_A_RECIPIENT + 1)
    return [
        *results,
        failed,
        *(CheckResult(number, "not-made", detail=f"check {failed.check} fails") for number in rest),
    ]


def _signed_checkpoint(number: int, note: bytes, origin: str, keys: KeyList) -> tuple[Epoch, Checkpoint] | CheckResult:
    """The note's form, its signature, what was signed, and its epoch: for check `number`. A note that names no origin of
    the line is held against the key of this one.
    """
    line = keys.line(origin)
    if line is None:
        return CheckResult(number, "fails", "HUB-LOG-010", "origin not in the key list")
    try:
        parsed = parse_note(note)
    except MalformedError as error:
        return CheckResult(number, "fails", "HUB-LOG-002", str(error))
    epoch = line.of(origin_of(parsed.text)) or line.of(origin)
    assert epoch is not None  # noqa: S101 - an origin is in its own line
    try:
        verify_note(parsed, epoch.log.vkey)
        checkpoint = parse_checkpoint(parsed.text, epoch.origin)
    except UnsignedError as error:
        code = "HUB-LOG-011" if error.args[0] == "signature" else "HUB-LOG-010"
        return CheckResult(number, "fails", code, str(error))
    except MalformedError as error:
        return CheckResult(number, "fails", "HUB-LOG-003", str(error))
    if not epoch.belongs(checkpoint.size):
        return CheckResult(number, "fails", "HUB-LOG-072", f"size {checkpoint.size}")
    return epoch, checkpoint


def _stamped_entry(proof: Proof, given: StampInput) -> Entry | CheckResult:
    """Check 4."""
    try:
        entry = parse_entry(proof.leaf)
    except MalformedError as error:
        return CheckResult(4, "fails", "HUB-LOG-001", str(error))
    line = given.keys.line(given.origin)
    epoch = line.at(proof.index) if line is not None else None
    if epoch is None or entry.origin != epoch.origin:
        return CheckResult(4, "fails", "HUB-LOG-016", "origin")
    if not epoch.log.in_force(entry.time):
        return CheckResult(4, "fails", "HUB-LOG-021", "time")
    return entry


def _check_kind(entry: Entry, receipt: bool) -> CheckResult:
    """Check 5. A receipt is about a message, so an entry of another kind is none."""
    if receipt:
        fits = entry.kind in {"permit", "refuse", "answer", "observation"}
        return (
            CheckResult(5, "not-made", detail="receipt") if fits else CheckResult(5, "fails", "HUB-LOG-031", entry.kind)
        )
    return CheckResult(5, "holds") if entry.kind == "permit" else CheckResult(5, "fails", "HUB-LOG-030", entry.kind)


_FACT_CODES: Final[dict[str, str]] = {
    "recipient": "HUB-LOG-032",
    "sender": "HUB-LOG-033",
    "type": "HUB-LOG-034",
    "version": "HUB-LOG-034",
    "message": "HUB-LOG-035",
    "tenant": "HUB-LOG-036",
    "environment": "HUB-LOG-037",
}


def _check_facts(entry: Entry, given: StampInput) -> list[CheckResult]:
    """Check 6, with each fact that is known. In a `refuse` a blank member says only that the hub could not prove it."""
    failed: list[CheckResult] = []
    unknown: list[str] = []
    same: list[str] = []
    for name, code in _FACT_CODES.items():
        said, own = entry.members.get(name), getattr(given.facts, name)
        if own is None:
            unknown.append(name)
        elif said != own and not (given.receipt and entry.kind == "refuse" and said in {"", 0}):
            failed.append(CheckResult(6, "fails", code, name))
        else:
            same.append(name)
    if failed:
        return failed
    if unknown:
        return [CheckResult(6, "not-made", detail=f"same: {' '.join(same) or '-'}; not given: {' '.join(unknown)}")]
    return [CheckResult(6, "holds")]


def _check_digest(entry: Entry, message: bytes | None) -> CheckResult:
    if message is None:
        return CheckResult(7, "not-made", detail="not given: message")
    same = entry.members.get("digest") == hashlib.sha256(message).hexdigest()
    return CheckResult(7, "holds") if same else CheckResult(7, "fails", "HUB-LOG-038")


def _check_last(checkpoint: Checkpoint, given: StampInput) -> CheckResult:
    """Check 8: two roots of one size, or a proof that does not hold, are two histories until somebody shows otherwise."""
    last = given.last
    if last is None:
        return CheckResult(8, "not-made", detail="not given: last checkpoint")
    if last.size == checkpoint.size:
        same = last.root == checkpoint.root
        return CheckResult(8, "holds") if same else CheckResult(8, "fails", "HUB-LOG-015", "two roots of one size")
    old, new = sorted((last, checkpoint), key=lambda one: one.size)
    if given.path is None and old.size > 0:
        return CheckResult(8, "fails", "HUB-LOG-014", "no consistency proof")
    if not consistency_holds(old, new, given.path or ()):
        return CheckResult(8, "fails", "HUB-LOG-015", "consistency proof does not hold")
    return CheckResult(8, "holds")


def parse_path(data: bytes) -> tuple[bytes, ...]:
    """A consistency proof as a file: one hash in base64 a line, as §7 writes a path. The specification fixes no file."""
    lines = data.split(b"\n")
    if lines.pop() != b"":
        raise MalformedError("proof file")
    path = tuple(map(decode_base64, lines))
    if len(path) > MAX_PATH + 1 or any(len(step) != HASH_SIZE for step in path):
        raise MalformedError("proof file")
    return path


# --- §12 Bundle -------------------------------------------------------------------------------------------------------

MAX_BUNDLE: Final = 2**28
MAX_MEMBERS: Final = 10000
BUNDLE_MEDIA: Final = b"application/vnd.etsi.asic-e+zip"
MANIFEST: Final = "META-INF/ASiCManifest001.xml"
SIGNATURE: Final = "META-INF/signature001.p7s"
_ASIC: Final = "http://uri.etsi.org/02918/v1.2.1#"
_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
OID_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_UTC_TIME: Final = 0x17
_LOCAL_HEADER: Final = 30  # octets of a ZIP's headers without names
_CENTRAL_HEADER: Final = 46
_END_RECORD: Final = 22
_BUNDLED: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"keylist\.txt"), "text/plain"),
    (re.compile(r"entries/[0-9]{16}\.proof"), "text/plain"),
    (re.compile(r"messages/[0-9]{16}\.xml"), "application/xml"),
    (re.compile(r"attachments/[0-9]{16}-[0-9a-f]{64}\.bin"), "application/octet-stream"),
    (re.compile(r"openings/[0-9]{16}\.bin"), "application/octet-stream"),
    (re.compile(r"timestamps/[0-9]{16}\.(note|path)"), "text/plain"),
    (re.compile(r"timestamps/[0-9]{16}\.tsr"), "application/timestamp-reply"),
    (re.compile(r"witnesses/[0-9a-f]{8}\.(note|path)"), "text/plain"),
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Its files by name, and the two that say and sign which they are. Nothing of it has been verified."""

    files: Mapping[str, bytes]
    manifest: bytes
    signature: bytes

    def numbered(self, folder: str) -> Iterator[tuple[int, bytes]]:
        """The files of a folder under their numbers."""
        for name, content in self.files.items():
            if name.startswith(folder + "/"):
                yield int(Path(name).stem), content


def read_bundle(data: bytes) -> Bundle:
    """§12: the container in its one form; MalformedError otherwise. Each byte of it is a member's, and none swells."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_layout(archive, data)
            read = [(one.filename, archive.read(one)) for one in archive.infolist()]
    except MalformedError:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError, struct_error):
        raise MalformedError("bundle: no ZIP") from None
    names = [name for name, _ in read]
    if names[:3] != ["mimetype", MANIFEST, SIGNATURE] or read[0][1] != BUNDLE_MEDIA:
        raise MalformedError("bundle: head")
    if any(left >= right for left, right in pairwise(names[3:])) or "keylist.txt" not in names:
        raise MalformedError("bundle: names")
    bundle = Bundle(dict(read[3:]), read[1][1], read[2][1])
    if bundle.manifest != write_manifest(bundle.files):
        raise MalformedError("bundle: manifest")
    return bundle


def _check_layout(archive: zipfile.ZipFile, data: bytes) -> None:
    """Members lie one behind the other, stored as they are, and nothing lies between, before or behind them."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS or archive.comment:
        raise MalformedError("bundle: members")
    place = 0
    for one in members:
        name = one.orig_filename.encode("ascii", "replace")
        plain = one.compress_type == zipfile.ZIP_STORED and one.compress_size == one.file_size and not one.flag_bits
        bare = not one.extra and not one.comment and one.orig_filename == one.filename
        if not plain or not bare or one.header_offset != place or data[place + 26 : place + 30] != _lengths(name):
            raise MalformedError("bundle: members")
        place += _LOCAL_HEADER + len(name) + one.file_size
    central = sum(_CENTRAL_HEADER + len(one.filename) for one in members)
    if archive.start_dir != place or place + central + _END_RECORD != len(data):
        raise MalformedError("bundle: more than its members")


def _lengths(name: bytes) -> bytes:
    """Of the name and of the extra field, as a local header has them."""
    return len(name).to_bytes(2, "little") + bytes(2)


def write_manifest(files: Mapping[str, bytes]) -> bytes:
    """§12: the manifest in its one spelling."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<asic:ASiCManifest xmlns:asic="{_ASIC}" xmlns:ds="{_DSIG}">',
        f'<asic:SigReference URI="{SIGNATURE}" MimeType="application/pkcs7-signature"/>',
    ]
    for name, content in files.items():
        digest = encode_base64(hashlib.sha256(content).digest())
        lines.append(
            f'<asic:DataObjectReference URI="{name}" MimeType="{media_of(name)}">'
            '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
            f"<ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>"
        )
    return "\n".join([*lines, "</asic:ASiCManifest>", ""]).encode("ascii")


def media_of(name: str) -> str:
    """§12: the media type of a file that may be there."""
    for pattern, media in _BUNDLED:
        if pattern.fullmatch(name):
            return media
    raise MalformedError("bundle: a file that none has")


@dataclass(frozen=True, slots=True)
class BundleInput:
    """What the reviewer brings along: the root key, and what else of it there is."""

    root: VerifierKey
    signer_ca: tuple[x509.Certificate, ...] = ()
    pinned: Pinned = field(default_factory=Pinned)
    outside: tuple[Kept, ...] = ()


class BundleAudit:
    """§12: the checks 11 to 17 of one bundle, in this order; what cannot be made for want of another is said. The last is
    asked only of a key in doubt.
    """

    def __init__(self, bundle: Bundle, given: BundleInput) -> None:
        self.bundle, self.given = bundle, given
        self.origin: str | None = None
        self.checkpoint: Checkpoint | None = None
        self.line: Line | None = None
        self.doubt: str | None = None
        self.left_out = 0
        self.entries: dict[int, Entry] = {}

    def checks(self) -> Iterator[CheckResult]:
        yield CheckResult(11, "holds", detail=f"{len(self.bundle.files)}")
        yield self._signature()
        entries = self._made(13, "HUB-LOG-012", self._entries)
        yield entries
        if entries.status != "holds":
            yield from (CheckResult(number, "not-made", detail="check 13 fails") for number in (14, 15, 16))
            return
        yield self._made(14, "HUB-LOG-038", self._revealed)
        yield self._timestamps()
        yield self._outside()
        if self.doubt is not None:
            yield self._made(17, "HUB-LOG-073", partial(self._seen_before, datetime.fromisoformat(self.doubt)))

    @staticmethod
    def _made(number: int, code: str, check: Callable[[], str]) -> CheckResult:
        try:
            return CheckResult(number, "holds", detail=check())
        except (MalformedError, UnsignedError) as error:
            return CheckResult(number, "fails", code, str(error))

    def _signature(self) -> CheckResult:
        if not self.given.signer_ca:
            return CheckResult(12, "not-made", detail="no --signer-ca")
        return self._made(12, "HUB-LOG-011", lambda: signed_at(self.bundle, self.given.signer_ca))

    def _entries(self) -> str:
        """Every proof leads to one checkpoint of one listed origin."""
        keys = read_key_list(self.bundle.files["keylist.txt"], self.given.root)
        note = b""
        for index, data in self.bundle.numbered("entries"):
            proof = parse_proof(data)
            if note and proof.note != note:
                raise MalformedError("two checkpoints")
            if not note:
                note = proof.note
                self._checkpoint(note, keys)
            self.entries[index] = self._entry(index, proof)
        if not self.entries:
            raise MalformedError("no entry")
        return f"{len(self.entries)}, key list {keys.sequence}"

    def _checkpoint(self, note: bytes, keys: KeyList) -> None:
        origin = note.split(b"\n", 1)[0].decode("utf-8", "replace")
        self.line = keys.line(origin)
        if self.line is None:
            raise UnsignedError("other-key")
        self.origin = origin
        epoch, self.checkpoint = read_checkpoint_of(note, self.line)
        self.doubt = epoch.doubt

    def _entry(self, index: int, proof: Proof) -> Entry:
        assert self.checkpoint is not None  # noqa: S101 - set by the first proof
        assert self.line is not None  # noqa: S101
        entry = parse_entry(proof.leaf)
        inside = inclusion_holds(leaf_hash(proof.leaf), index, self.checkpoint.size, proof.path, self.checkpoint.root)
        if proof.index != index or not inside:
            raise MalformedError(f"entry {index}: its proof does not hold")
        epoch = self.line.at(index)
        if epoch is None or entry.origin != epoch.origin or not epoch.log.in_force(entry.time):
            raise MalformedError(f"entry {index}: origin or time")
        return entry

    def _revealed(self) -> str:
        """Revealed bytes are those of their entries, and an entry says that they were; every other note is this log's."""
        count = self._records()
        if count and not any(entry.members.get("action") == "reveal" for entry in self.entries.values()):
            raise MalformedError("revealed, and no entry says so")
        for folder, endings in (("timestamps", {"note", "path", "tsr"}), ("witnesses", {"note", "path"})):
            for stem in self._stems(folder):
                if any(f"{folder}/{stem}.{ending}" not in self.bundle.files for ending in endings):
                    raise MalformedError("bundle: a file is missing")
                size = self._led(f"{folder}/{stem}")[2].size
                if folder == "timestamps" and int(stem) != size:
                    raise MalformedError("bundle: a timestamp of another size")
        return f"{count}"

    def _stems(self, folder: str) -> list[str]:
        return sorted({Path(name).stem for name in self.bundle.files if name.startswith(f"{folder}/")})

    def _records(self) -> int:
        count = 0
        for index, content in self.bundle.numbered("messages"):
            digest = self.entries[index].members.get("digest") if index in self.entries else None
            if hashlib.sha256(content).hexdigest() != digest:
                raise MalformedError(f"message {index}")
            count += 1
        for index, content in self.bundle.numbered("openings"):
            if index not in self.entries:
                raise MalformedError(f"opening {index}")
            check_opening(content, self.entries[index].members["commit"])
            count += 1
        return count + self._attachments()

    def _attachments(self) -> int:
        """Each is named, with digest and size, by the signed header of a message that is here."""
        count = 0
        for name, content in self.bundle.files.items():
            if not name.startswith("attachments/"):
                continue
            index, _, digest = Path(name).stem.partition("-")
            message = self._file(f"messages/{index}.xml")
            if hashlib.sha256(content).hexdigest() != digest or (digest, len(content)) not in read_attachments(message):
                raise MalformedError(f"attachment of message {int(index)}")
            count += 1
        return count

    def _timestamps(self) -> CheckResult:
        """Check 15: a timestamped checkpoint that covers the entries and leads to the bundle's."""
        stems = self._stems("timestamps")
        if not stems:
            return CheckResult(15, "not-made", detail="no timestamp")
        if not self.given.pinned.tsa_ca:
            return CheckResult(15, "not-made", detail="no --tsa-ca")

        def check() -> str:
            times = []
            for stem in stems:
                note = self._led(f"timestamps/{stem}")[0]
                timestamp = read_timestamp(self._file(f"timestamps/{stem}.tsr"), note, self.given.pinned.tsa_ca)
                times.append(f"{timestamp.time:%Y-%m-%dT%H:%M:%SZ}")
            return " ".join(times)

        return self._made(15, "HUB-TSA-004", check)

    def _outside(self) -> CheckResult:
        """Check 16: whoever else saw this log saw the same one: witnesses whose keys were given, checkpoints kept elsewhere."""
        stems, witnesses = self._stems("witnesses"), self.given.pinned.witnesses
        known = [(one.key_id.hex(), one) for one in witnesses if one.key_id.hex() in stems]
        unseen = [one.key_id.hex() for one in witnesses if one.key_id.hex() not in stems]
        if not witnesses and not self.given.outside:
            return CheckResult(16, "not-made", detail="no --witness and no --checkpoint")

        def check() -> str:
            said = []
            for stem, witness in known:
                time = verify_cosignature(parse_note(self._led(f"witnesses/{stem}")[0]), witness)
                said.append(f"{time:%Y-%m-%dT%H:%M:%SZ}")
            unseen.extend(f"size {size}" for size in map(self._agrees, self.given.outside) if size is not None)
            return " ".join(said)

        made = self._made(16, "HUB-LOG-015", check)
        lacking = [f"not here: {' '.join(unseen)}"] if unseen else []
        lacking += [f"left out: {self.left_out}"] if self.left_out else []
        if made.status == "holds" and lacking:
            return CheckResult(16, "not-made", detail="; ".join(lacking))
        return made

    def _agrees(self, kept: Kept) -> int | None:
        """A checkpoint kept elsewhere is the bundle's, or one of those that lead to it; its size where nothing here tells.
        One that does not count says nothing, and is left out.
        """
        assert self.line is not None  # noqa: S101
        epoch, checkpoint = read_checkpoint_of(kept.note, self.line)
        if not epoch.counts(checkpoint, kept.seen(self.given.pinned)):
            self.left_out += 1
            return None
        here = [self.checkpoint]
        for name, content in self.bundle.files.items():
            if name.endswith(".note"):
                here.append(read_checkpoint_of(content, self.line)[1])
        roots = {one.root for one in here if one is not None and one.size == checkpoint.size}
        if roots and roots != {checkpoint.root}:
            raise MalformedError("another history than a kept checkpoint's")
        return None if roots else checkpoint.size

    def _seen_before(self, doubt: datetime) -> str:
        """Check 17: the first of the timestamps and cosignatures here that is from before the key came into doubt."""
        pinned = self.given.pinned
        for folder in ("timestamps", "witnesses"):
            for stem in self._stems(folder):
                note, epoch, checkpoint = self._led(f"{folder}/{stem}")
                if folder == "timestamps":
                    kept, by = Kept(note, self._file(f"timestamps/{stem}.tsr")), Pinned(tsa_ca=pinned.tsa_ca)
                else:
                    named = tuple(one for one in pinned.witnesses if one.key_id.hex() == stem)
                    kept, by = Kept(note), Pinned(named)
                times = [time for time in kept.seen(by) if time < doubt]
                if times and epoch.counts(checkpoint, times):
                    return f"{times[0]:%Y-%m-%dT%H:%M:%SZ}"
        raise UnsignedError("doubt")

    def _led(self, stem: str) -> tuple[bytes, Epoch, Checkpoint]:
        """A note of the log, with what it says, that covers every entry here and is consistent with the bundle's checkpoint."""
        assert self.line is not None  # noqa: S101
        assert self.checkpoint is not None  # noqa: S101
        note = self._file(f"{stem}.note")
        (epoch, seen), path = read_checkpoint_of(note, self.line), parse_path(self._file(f"{stem}.path"))
        if seen.size <= self._last():
            raise MalformedError("a checkpoint that does not cover the entries")
        if seen.size < self.checkpoint.size:
            same = consistency_holds(seen, self.checkpoint, path)
        else:
            same = seen == self.checkpoint and not path
        if not same:
            raise MalformedError("a checkpoint of another history")
        return note, epoch, seen

    def _last(self) -> int:
        """The last entry of the selection; the one that says who revealed it is later than what others saw of it."""
        chosen = [index for index, entry in self.entries.items() if entry.members.get("action") != "reveal"]
        return max(chosen, default=max(self.entries))

    def _file(self, name: str) -> bytes:
        if name not in self.bundle.files:
            raise MalformedError("bundle: a file is missing")
        return self.bundle.files[name]


def signed_at(bundle: Bundle, pinned: Sequence[x509.Certificate]) -> str:
    """§12: the manifest's signature; gives the time that the signer claims, at which its certificate was in force."""
    with certificates_judged():
        return _signed_at(bundle, pinned)


def _signed_at(bundle: Bundle, pinned: Sequence[x509.Certificate]) -> str:
    cms = parse_cms(bundle.signature)
    if cms.content is not None or cms.content_type != OID_DATA:
        raise MalformedError("CMS: not detached")
    certificate = verify_cms(cms, bundle.manifest, pinned)
    claimed = _attributes(cms.signer[3]).get(OID_SIGNING_TIME)
    if claimed is None or claimed.tag not in {_UTC_TIME, _GENERALIZED}:
        raise MalformedError("CMS: signing time")
    time = read_time(claimed)
    verify_chain(certificate, cms.certificates, pinned, time)
    fingerprint = hash_of(hashes.SHA256(), certificate.public_bytes(Encoding.DER)).hex()
    return f"{time:%Y-%m-%dT%H:%M:%SZ}, certificate {fingerprint}"


def read_time(element: Der) -> datetime:
    """UTCTime or GeneralizedTime, in DER's spelling (a year of two digits is one of 1950 to 2049, RFC 5280)."""
    text = element.content.decode("ascii", "replace")
    if element.tag == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    if not re.fullmatch(r"[0-9]{14}Z", text):
        raise MalformedError("DER: time")
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise MalformedError("DER: time") from None


# --- The command ------------------------------------------------------------------------------------------------------

MAX_INPUT: Final = 2**26


def read_file(name: str, most: int = MAX_INPUT) -> bytes:
    """A small file whole; its size is not asked beforehand, for a device has none."""
    with Path(name).open("rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise UnusableError(f"大きすぎる: {name}", f"too large: {name}")
    return data


def usable(what: str, parse: Callable[[], Any]) -> Any:
    """What the reviewer hands over by hand, and cannot be read, is a mistake and not evidence."""
    try:
        return parse()
    except (MalformedError, UnsignedError) as error:
        raise UnusableError(f"読めない: {what} ({error})", f"unreadable: {what} ({error})") from None


def read_root_key(argument: str) -> VerifierKey:
    """A vkey, or `@` and the name of a file that holds one on its one line."""
    if not argument.startswith("@"):
        return usable("--root-key", lambda: parse_vkey(argument))  # type: ignore[no-any-return]
    data = read_file(argument[1:])
    return usable("--root-key", lambda: parse_vkey(decode_utf8(data).removesuffix("\n")))  # type: ignore[no-any-return]


@dataclass
class Report:
    """What a command says at its end."""

    command: str
    findings: Findings = field(default_factory=Findings)
    checks: list[CheckResult] = field(default_factory=list)
    origin: str | None = None
    size: int | None = None
    root: bytes | None = None
    left_out: int = 0
    doubt: str | None = None

    def take(self, audit: Audit) -> None:
        """What was audited; where the root has not signed its end, and the key is in doubt, since when."""
        self.size, self.root = audit.edge.size, audit.edge.root()
        last = audit.line.epochs[-1]
        if last.holds(self.size):
            self.doubt = last.doubt

    def status(self) -> int:
        failed = self.findings.total or any(check.status == "fails" for check in self.checks)
        return BROKEN if failed else HOLDS

    def as_json(self, lang: int) -> str:
        findings = [
            {
                "id": finding.id,
                "what": FINDINGS[finding.id][0],
                "index": finding.index,
                "before": finding.before,
                "detail": finding.detail,
                "text": FINDINGS[finding.id][1 + lang],
            }
            for finding in self.findings.lowest()
        ]
        checks = [
            {
                "check": one.check,
                "status": one.status,
                "code": one.code,
                "detail": one.detail,
                "text": CHECKS[one.check][lang],
            }
            for one in self.checks
        ]
        whole = {
            "command": self.command,
            "holds": self.status() == HOLDS,
            "origin": self.origin,
            "size": self.size,
            "root": encode_base64(self.root) if self.root is not None else None,
            "left_out": self.left_out,
            "doubt": self.doubt,
            "first_bad_index": self.findings.first_bad_index(),
            "findings_total": self.findings.total,
            "findings": findings,
            "checks": checks,
        }
        return json.dumps(whole, ensure_ascii=False, indent=1)

    def as_text(self, lang: int) -> str:
        lines = [*self._head(lang), *(_check_text(one, lang) for one in self.checks)]
        lines += [_finding_text(finding, lang) for finding in self.findings.lowest()]
        if self.findings.total > MAX_FINDINGS:
            lines.append(
                (f"ほか {self.findings.total - MAX_FINDINGS} 件", f"and {self.findings.total - MAX_FINDINGS} more")[
                    lang
                ]
            )
        first = self.findings.first_bad_index()
        if first is not None:
            lines.append((f"最初の不正な番号: {first}", f"first bad index: {first}")[lang])
        return "\n".join([*lines, self._verdict()[lang]])

    def _verdict(self) -> tuple[str, str]:
        """A check that was not made is no part of what holds."""
        if self.status() != HOLDS:
            return "結果: 証拠が破れている", "result: the evidence is broken"
        if any(one.status == "not-made" and one.detail != "receipt" for one in self.checks):
            return "結果: 行った検査は成立する（未実施あり）", "result: what was checked holds (not all was)"
        return "結果: 成立する", "result: it holds"

    def _head(self, lang: int) -> Iterator[str]:
        if self.origin is not None:
            yield f"origin: {self.origin}"
        if self.size is not None:
            yield (f"件数: {self.size}", f"size: {self.size}")[lang]
        if self.root is not None:
            yield (f"再計算した根: {encode_base64(self.root)}", f"root recomputed: {encode_base64(self.root)}")[lang]
        if self.doubt is not None:
            yield (
                f"{self.doubt} からこの origin の鍵に疑いがある: その署名だけでは証拠にならない",
                f"the key of this origin is in doubt since {self.doubt}: what it signed proves nothing by itself",
            )[lang]
        if self.left_out:
            yield (
                f"除いた外部のチェックポイント（鍵に疑いがあり、証拠にならない）: {self.left_out}",
                f"outside checkpoints left out (their key is in doubt, so they prove nothing): {self.left_out}",
            )[lang]


def _finding_text(finding: Finding, lang: int) -> str:
    what, *text = FINDINGS[finding.id]
    index = "-" if finding.index is None else str(finding.index)
    before = (
        "" if finding.before is None else (f"（{finding.before} の前まで）", f" (to before {finding.before})")[lang]
    )
    detail = f" [{finding.detail}]" if finding.detail else ""
    return f"✗ {index}{before} {WHAT[what][lang]}: {text[lang]}{detail} <{finding.id}>"


def _check_text(one: CheckResult, lang: int) -> str:
    mark, word = {"holds": ("✓", ("", "")), "fails": ("✗", ("", "")), "not-made": ("-", ("未実施", "not made"))}[
        one.status
    ]
    facts = " ".join(part for part in (word[lang], one.code, f"[{one.detail}]" if one.detail else "") if part)
    return f"{mark} {one.check} {CHECKS[one.check][lang]} {facts}".rstrip()


def find_key_list(arguments: argparse.Namespace, report: Report) -> KeyList | None:
    """The key list, or a finding of what is wrong with it."""
    root = read_root_key(arguments.root_key)
    try:
        return read_key_list(read_file(arguments.key_list), root)
    except (MalformedError, UnsignedError) as error:
        report.findings.add(Finding(unsigned_id("key-list", error), None, None, str(error)))
        return None


def read_pinned(arguments: argparse.Namespace) -> Pinned:
    return Pinned(
        tuple(usable("--witness", partial(parse_witness_key, one)) for one in arguments.witness),
        read_authorities("--tsa-ca", arguments.tsa_ca),
    )


def read_authorities(option: str, file: str | None) -> tuple[x509.Certificate, ...]:
    return usable(option, lambda: load_authorities(read_file(file))) if file else ()


def read_kept(name: str, pinned: Pinned) -> Kept:
    """A checkpoint kept elsewhere, and what an authority said of it, if that lies beside it and could be judged."""
    note, response = read_file(name), Path(name).with_suffix(".tsr")
    return Kept(note, read_file(str(response)) if pinned.tsa_ca and response.is_file() else None)


def start_audit(arguments: argparse.Namespace, report: Report, keys: KeyList, origin: str | None) -> Audit | None:
    """An audit of a log as the log of this origin, or a finding that no key is known for it, or that another was asked for."""
    line = keys.line(origin) if origin is not None else None
    if line is None or origin is None:
        report.findings.add(Finding("origin-unlisted", 0))
        return None
    judged = line.up_to(origin)
    if arguments.origin is not None and judged.of(arguments.origin) is None:
        report.findings.add(Finding("origin-unlisted", 0))
        return None
    report.origin = origin
    return Audit(judged, read_outside(arguments, report, line), report.findings)


def read_outside(arguments: argparse.Namespace, report: Report, line: Line) -> list[Checkpoint]:
    """The outside checkpoints that count, and findings of those that are none of the log's."""
    pinned = read_pinned(arguments)
    outside: list[Checkpoint] = []
    for number, name in enumerate(arguments.checkpoint, 1):
        kept = read_kept(name, pinned)
        try:
            epoch, checkpoint = read_checkpoint_of(kept.note, line)
        except (MalformedError, UnsignedError) as error:
            report.findings.add(Finding(unsigned_id("outside", error), None, None, f"--checkpoint {number}: {error}"))
            continue
        if epoch.counts(checkpoint, kept.seen(pinned)):
            outside.append(checkpoint)
        else:
            report.left_out += 1
    return outside


def make_progress(arguments: argparse.Namespace) -> Progress:
    def show(size: int) -> None:
        sys.stderr.write(f"{size}\n")
        sys.stderr.flush()

    return show if arguments.progress else lambda _: None


def command_export(arguments: argparse.Namespace, report: Report) -> None:
    keys = find_key_list(arguments, report)
    if keys is None:
        return
    with Path(arguments.file).open("rb") as stream:
        reader = ExportReader(stream)
        try:
            origin = open_origin(reader)
        except MalformedError as error:
            report.findings.add(Finding("line-form", 0, None, str(error)))
            return
        audit = start_audit(arguments, report, keys, origin)
        if audit is not None:
            audit_export(reader, audit, make_progress(arguments))
            report.take(audit)


def command_archives(arguments: argparse.Namespace, report: Report) -> None:
    keys = find_key_list(arguments, report)
    if keys is None:
        return
    found = []
    for name in arguments.file:
        with Path(name).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            try:
                found.append((open_archive(ExportReader(stream), digest), Path(name)))
            except MalformedError as error:
                report.findings.add(Finding("line-form", 0, None, str(error)))
                return
    found.sort(key=lambda one: one[0].start)
    audit = start_audit(arguments, report, keys, found[-1][0].origin)
    if audit is not None:
        audit_archives([path for _, path in found], [one for one, _ in found], audit, make_progress(arguments))
        report.take(audit)


def command_journal(arguments: argparse.Namespace, report: Report) -> None:
    keys = find_key_list(arguments, report)
    if keys is None:
        return
    with closing(open_database(Path(arguments.file))) as db:
        lacking = [name for name, columns in JOURNAL_TABLES.items() if not columns.issubset(columns_of(db, name))]
        if lacking:
            report.findings.add(Finding("table-missing", 0, None, " ".join(lacking)))
            return
        audit = start_audit(arguments, report, keys, arguments.origin or _journal_origin(db, keys))
        if audit is None:
            return
        try:
            audit_journal(db, audit, make_progress(arguments))
        except sqlite3.Error as error:
            # The first row that was not judged; SQLite reads one ahead.
            report.findings.add(Finding("journal-damaged", audit.edge.size, None, type(error).__name__))
            audit.close_checkpoints()
            audit.finish(complete=False)
        report.take(audit)


def _journal_origin(db: sqlite3.Connection, keys: KeyList) -> str | None:
    """A journal says nowhere else whose it is: the only listed log, or that of the first listed origin that a checkpoint
    names. It is judged as the log of the newest origin of that line.
    """
    newest = keys.newest()
    if len(newest) == 1:
        return newest[0]
    for (note,) in db.execute("SELECT note FROM log_checkpoints ORDER BY size"):
        line = keys.line(note.partition(b"\n")[0].decode("utf-8", "replace")) if isinstance(note, bytes) else None
        if line is not None:
            return line.epochs[-1].origin
    return None


def command_stamp(arguments: argparse.Namespace, report: Report) -> None:
    keys = find_key_list(arguments, report)
    if keys is None:
        return
    report.origin = arguments.origin
    message = read_file(arguments.message) if arguments.message else None
    facts = _stamp_facts(arguments, message)
    line = keys.line(arguments.origin)
    last = None
    if arguments.last_checkpoint and line is not None:
        note = read_file(arguments.last_checkpoint)
        _, last = usable("--last-checkpoint", lambda: read_checkpoint_of(note, line))
    path = None
    if arguments.consistency:
        lines = read_file(arguments.consistency)
        path = usable("--consistency", lambda: parse_path(lines))
    data = read_file(arguments.file)
    report.checks += check_stamp(
        StampInput(data, keys, arguments.origin, arguments.receipt, facts, message, last, path)
    )


def _stamp_facts(arguments: argparse.Namespace, message: bytes | None) -> Facts:
    """What the message says of itself; an option stands before it. Bytes that are no envelope say nothing."""
    try:
        own = read_header(message) if message is not None else Facts()
    except MalformedError:
        own = Facts()
    given = {name: getattr(arguments, "fact_" + name) for name in _FACT_CODES}
    return Facts(**{name: getattr(own, name) if value is None else value for name, value in given.items()})


def command_timestamp(arguments: argparse.Namespace, report: Report) -> None:
    """A checkpoint of a listed log, and a timestamp over its note: of a key in doubt, one from before that time."""
    keys = find_key_list(arguments, report)
    if keys is None:
        return
    pinned = read_authorities("--tsa-ca", arguments.tsa_ca)
    note, response = read_file(arguments.file), read_file(arguments.response)
    origin = note.split(b"\n", 1)[0].decode("utf-8", "replace")
    found = _signed_checkpoint(9, note, origin, keys)
    if not isinstance(found, CheckResult):
        epoch, checkpoint = found
        report.origin, report.size, report.root = origin, checkpoint.size, checkpoint.root
        counts = epoch.counts(checkpoint, Kept(note, response).seen(Pinned(tsa_ca=pinned)))
        found = CheckResult(9, "holds") if counts else CheckResult(9, "fails", "HUB-LOG-073", "doubt")
    report.checks += [found, _timestamp_check(response, note, pinned)]


def _timestamp_check(response: bytes, note: bytes, pinned: Sequence[x509.Certificate]) -> CheckResult:
    try:
        timestamp = read_timestamp(response, note, pinned)
    except (MalformedError, UnsignedError) as error:
        return CheckResult(10, "fails", "HUB-TSA-004", str(error))
    return CheckResult(10, "holds", detail=f"{timestamp.time:%Y-%m-%dT%H:%M:%SZ}")


def command_bundle(arguments: argparse.Namespace, report: Report) -> None:
    root, pinned = read_root_key(arguments.root_key), read_pinned(arguments)
    signer_ca = read_authorities("--signer-ca", arguments.signer_ca)
    given = BundleInput(root, signer_ca, pinned, tuple(read_kept(one, pinned) for one in arguments.checkpoint))
    try:
        bundle = read_bundle(read_file(arguments.file, MAX_BUNDLE))
    except MalformedError as error:
        report.checks.append(CheckResult(11, "fails", detail=str(error)))
        return
    audit = BundleAudit(bundle, given)
    report.checks += audit.checks()
    report.origin, report.left_out = audit.origin, audit.left_out
    if audit.checkpoint is not None:
        report.size, report.root = audit.checkpoint.size, audit.checkpoint.root


def command_opening(arguments: argparse.Namespace, _: Report) -> None:
    if not is_hash(arguments.commit):
        raise UnusableError("--commit は小文字の16進64桁", "--commit takes 64 hex digits in lower case")
    opening = read_file(arguments.file)
    _conclude(lambda: check_opening(opening, arguments.commit))


def command_secret(arguments: argparse.Namespace, _: Report) -> None:
    master = read_file(arguments.master_key)
    if len(master) != HASH_SIZE:
        raise UnusableError("マスター鍵は32バイト", "a master key has 32 bytes")
    with (
        closing(open_database(Path(arguments.key_store))) as store,
        closing(open_database(Path(arguments.journal), MAX_INPUT)) as journal,
    ):

        def reveal() -> None:
            plain = open_secret(master, store, journal, arguments.index, arguments.slot)
            if arguments.output:
                Path(arguments.output).write_bytes(plain)

        _conclude(reveal)


class ConclusionError(Exception):
    """A one-line answer other than yes: (Japanese, English). Exit status 4."""


def _conclude(check: Callable[[], None]) -> None:
    try:
        check()
    except MalformedError as error:
        raise ConclusionError(f"合わない: {error}", f"does not match: {error}") from None
    except ErasedError:
        raise UnusableError(
            "消去済みか、もともとない: 開けるものはない", "erased with its key, or never there: nothing opens it"
        ) from None


def make_parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="for programs")
    common.add_argument("--lang", choices=("ja", "en"), default="ja")
    anchors = argparse.ArgumentParser(add_help=False)
    anchors.add_argument("--root-key", required=True, metavar="VKEY|@FILE")
    anchors.add_argument("--key-list", required=True, metavar="FILE")
    parser = argparse.ArgumentParser(
        prog="juki_verify.py", description="交換記録の第二検証器 / second verifier of the exchange log"
    )
    commands = parser.add_subparsers(
        required=True, metavar="export|archives|journal|stamp|timestamp|bundle|opening|secret"
    )
    for name, run in (("export", command_export), ("archives", command_archives), ("journal", command_journal)):
        whole = commands.add_parser(name, parents=[common, anchors])
        whole.add_argument("file", metavar="FILE", nargs="+" if name == "archives" else None)
        whole.add_argument("--checkpoint", action="extend", nargs="+", default=[], metavar="FILE")
        whole.add_argument(
            "--witness", action="append", default=[], metavar="VKEY", help="whose cosignature counts for a key in doubt"
        )
        whole.add_argument("--tsa-ca", metavar="FILE", help="the same of the authorities under these CAs (PEM)")
        whole.add_argument("--origin", help="refuse any other log")
        whole.add_argument("--progress", action="store_true")
        whole.set_defaults(run=run, command=name)
    _add_stamp(commands.add_parser("stamp", parents=[common, anchors]))
    stamped = commands.add_parser("timestamp", parents=[common, anchors])
    stamped.add_argument("file", metavar="FILE", help="the checkpoint's note")
    stamped.add_argument("--response", required=True, metavar="FILE", help="the authority's response (RFC 3161)")
    stamped.add_argument("--tsa-ca", required=True, metavar="FILE", help="the CAs that the authority is known by (PEM)")
    stamped.set_defaults(run=command_timestamp, command="timestamp")
    bundle = commands.add_parser("bundle", parents=[common])
    bundle.add_argument("file", metavar="FILE")
    bundle.add_argument("--root-key", required=True, metavar="VKEY|@FILE")
    bundle.add_argument(
        "--signer-ca", metavar="FILE", help="the CAs that may have issued the signer's certificate (PEM)"
    )
    bundle.add_argument("--tsa-ca", metavar="FILE", help="the CAs that the timestamp authority is known by (PEM)")
    bundle.add_argument("--witness", action="append", default=[], metavar="VKEY")
    bundle.add_argument("--checkpoint", action="extend", nargs="+", default=[], metavar="FILE")
    bundle.set_defaults(run=command_bundle, command="bundle")
    opening = commands.add_parser("opening", parents=[common])
    opening.add_argument("file", metavar="FILE")
    opening.add_argument("--commit", required=True, metavar="HEX")
    opening.set_defaults(run=command_opening, command="opening")
    secret = commands.add_parser("secret", parents=[common])
    for option in ("--master-key", "--key-store", "--journal"):
        secret.add_argument(option, required=True, metavar="FILE")
    secret.add_argument("--index", required=True, type=int)
    secret.add_argument("--slot", required=True, choices=("body", "private"))
    secret.add_argument("--output", metavar="FILE", help="where the record is written; without it, it is only compared")
    secret.set_defaults(run=command_secret, command="secret")
    return parser


def _add_stamp(stamp: argparse.ArgumentParser) -> None:
    stamp.add_argument("file", metavar="FILE")
    stamp.add_argument("--origin", required=True)
    stamp.add_argument(
        "--receipt", action="store_true", help="a receipt: any kind about a message, blanks of a refusal"
    )
    stamp.add_argument("--message", metavar="FILE", help="the bytes received")
    stamp.add_argument("--last-checkpoint", metavar="FILE")
    stamp.add_argument("--consistency", metavar="FILE", help="a consistency proof, one base64 hash a line")
    for name in ("recipient", "sender", "type", "tenant", "environment"):
        stamp.add_argument(f"--{name}", dest=f"fact_{name}")
    stamp.add_argument("--message-id", dest="fact_message")
    stamp.add_argument("--type-version", dest="fact_version", type=int)
    stamp.set_defaults(run=command_stamp, command="stamp")


def say_answer(arguments: argparse.Namespace, status: int, text: str) -> int:
    """An answer that has no findings: one line, to the place where its reader looks for it."""
    if arguments.json:
        sys.stdout.write(
            json.dumps({"command": arguments.command, "holds": False, "error": text}, ensure_ascii=False) + "\n"
        )
    else:
        sys.stderr.write(text + "\n")
    return status


def main(argv: Sequence[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    lang = 1 if arguments.lang == "en" else 0
    report = Report(arguments.command)
    try:
        arguments.run(arguments, report)
    except UnusableError as error:
        return say_answer(arguments, UNUSABLE, str(error.args[lang]))
    except ConclusionError as error:
        return say_answer(arguments, BROKEN, str(error.args[lang]))
    except (OSError, ValueError, OverflowError, sqlite3.Error, MemoryError) as error:
        # Names with zero bytes, numbers beyond SQLite's, folders, files that may not be read. SQLite's own words may
        # quote what a forger wrote, so only the system's are said.
        words = str(error) if isinstance(error, OSError) else ""
        return say_answer(
            arguments, UNUSABLE, f"{('読めない', 'unreadable')[lang]}: {type(error).__name__} {words}".rstrip()
        )
    sys.stdout.write((report.as_json(lang) if arguments.json else report.as_text(lang)) + "\n")
    return report.status()


if __name__ == "__main__":
    for _stream in (sys.stdout, sys.stderr):
        if isinstance(_stream, io.TextIOWrapper):
            # A terminal that lacks a character shows its number; a verdict must never be lost to an encoding.
            _stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
