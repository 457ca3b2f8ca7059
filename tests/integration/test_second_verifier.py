"""verifier/juki_verify.py against every vector, and against logs that were tampered with here. It knows nothing of the hub."""

from __future__ import annotations

import ast
import base64
import contextlib
import hashlib
import json
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from verifier import juki_verify as jv

HERE = Path(__file__).resolve().parents[2]
VECTORS = HERE / "tests" / "vectors"


def load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text("utf-8"))


KEYS = load("exchangelog/keys.json")
LOG = load("exchangelog/log.json")
ENTRIES = load("exchangelog/entries.json")
SEALED = load("exchangelog/sealed.json")
PRIVATE = load("exchangelog/private.json")
RFC6962 = load("rfc6962/vectors.json")
NOTES = load("signed-note/vectors.json")

ORIGIN: str = KEYS["origin"]
SEED = bytes.fromhex(KEYS["log_seed"])
OTHER_SEED = bytes(range(100, 132))
ROOT = jv.parse_vkey(KEYS["root_vkey"])
LEAVES: list[bytes] = [leaf.encode() for leaf in LOG["leaves"]]
NOTES_OWN: list[bytes] = [note.encode() for note in LOG["checkpoints"]]
NOTES_FORK: list[bytes] = [note.encode() for note in LOG["forked_checkpoints"]]
SIZES = [1, 5, 12, 13, 21]
HELD: bytes = next(vector["leaf"].encode() for vector in ENTRIES if vector["kind"] == "hold")


# --- Making logs ------------------------------------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 as it is defined there: by recursion."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(hashes[:half]) + root_of(hashes[half:])).digest()


def leaf_hashes(leaves: list[bytes]) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]


def signed(text: str, name: str = ORIGIN, seed: bytes = SEED) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(f"{name}\n".encode() + b"\x01" + public).digest()[:4]
    return f"{text}\n— {name} {b64(key_id + key.sign(text.encode()))}\n".encode()


def note_of(leaves: list[bytes], size: int, seed: bytes = SEED) -> bytes:
    return signed(f"{ORIGIN}\n{size}\n{b64(root_of(leaf_hashes(leaves[:size])))}\n", seed=seed)


def export_of(leaves: list[bytes], notes: list[bytes], end: int | None = None) -> bytes:
    lines = ["juki-hub/export@v1", f"origin {ORIGIN}"]
    lines += [f"checkpoint {b64(note)}" for note in notes]
    lines += [f"leaf {b64(leaf)}" for leaf in leaves]
    return ("\n".join([*lines, f"end {len(leaves) if end is None else end}"]) + "\n").encode()


def make_journal(path: Path, leaves: list[bytes], notes: list[bytes]) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE log_entries (idx INTEGER PRIMARY KEY, leaf BLOB, leaf_hash BLOB)")
        db.execute(
            "CREATE TABLE log_nodes (level INTEGER, idx INTEGER, hash BLOB, PRIMARY KEY (level, idx)) WITHOUT ROWID"
        )
        db.execute("CREATE TABLE log_checkpoints (size INTEGER PRIMARY KEY, root BLOB, note TEXT)")
        db.execute("CREATE TABLE log_head (id INTEGER PRIMARY KEY, size INTEGER, edge BLOB, note TEXT)")
        hashes = leaf_hashes(leaves)
        db.executemany("INSERT INTO log_entries VALUES (?, ?, ?)", zip(range(len(leaves)), leaves, hashes, strict=True))
        level, edge = 0, b""
        while hashes:
            db.executemany("INSERT INTO log_nodes VALUES (?, ?, ?)", [(level, k, h) for k, h in enumerate(hashes)])
            edge = hashes[-1] + edge if len(hashes) % 2 else edge
            pairs = zip(hashes[::2], hashes[1::2], strict=False)
            hashes = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
            level += 1
        for note in notes:
            lines = note.decode().split("\n")
            db.execute(
                "INSERT INTO log_checkpoints VALUES (?, ?, ?)",
                (int(lines[1]), base64.b64decode(lines[2]), note.decode()),
            )
        db.execute("INSERT INTO log_head VALUES (1, ?, ?, ?)", (len(leaves), edge, notes[-1].decode() if notes else ""))
        db.commit()


def badly_signed(note: bytes) -> bytes:
    """The same text, with one bit of the signature changed."""
    text, _, line = note.decode().partition("\n\n")
    dash, name, signature = line[:-1].split(" ")
    return f"{text}\n\n{dash} {name} {b64(flip(base64.b64decode(signature), 40))}\n".encode()


def edit(leaf: bytes, **members: object) -> bytes:
    return canonical({**json.loads(leaf), **members})


# --- Asking the verifier, always by its command -----------------------------------------------------------------------


class Answer:
    def __init__(self, status: int, said: dict[str, Any]) -> None:
        self.status = status
        self.said = said

    def ids(self) -> set[str]:
        return {finding["id"] for finding in self.said["findings"]}

    def first(self) -> int | None:
        index: int | None = self.said["first_bad_index"]
        return index


def anchors(tmp: Path, keylist: str = KEYS["keylist"]) -> list[str]:
    (tmp / "keylist").write_text(keylist, "utf-8")
    return ["--root-key", KEYS["root_vkey"], "--key-list", str(tmp / "keylist"), "--json"]


def ask(tmp: Path, capsys: pytest.CaptureFixture[str], command: str, file: Path, *more: str) -> Answer:
    status = jv.main([command, str(file), *anchors(tmp), *more])
    said = json.loads(capsys.readouterr().out)
    assert (status == jv.HOLDS) == said["holds"]
    return Answer(status, said)


def outside_files(tmp: Path, notes: list[bytes]) -> list[str]:
    names = [tmp / f"outside{number}" for number in range(len(notes))]
    for name, note in zip(names, notes, strict=True):
        name.write_bytes(note)
    return ["--checkpoint", *map(str, names)] if names else []


def ask_export(
    tmp: Path, capsys: pytest.CaptureFixture[str], export: bytes, outside: list[bytes] | None = None
) -> Answer:
    (tmp / "export").write_bytes(export)
    return ask(tmp, capsys, "export", tmp / "export", *outside_files(tmp, outside or []))


def ask_journal(
    tmp: Path,
    capsys: pytest.CaptureFixture[str],
    *statements: tuple[str, tuple[Any, ...]],
    leaves: list[bytes] | None = None,
    notes: list[bytes] | None = None,
    outside: list[bytes] | None = None,
) -> Answer:
    path = tmp / "journal.sqlite"
    path.unlink(missing_ok=True)
    make_journal(path, LEAVES if leaves is None else leaves, NOTES_OWN if notes is None else notes)
    with closing(sqlite3.connect(path)) as db:
        for statement, values in statements:
            db.execute(statement, values)
        db.commit()
    return ask(tmp, capsys, "journal", path, *outside_files(tmp, outside or []))


# --- Vectors ----------------------------------------------------------------------------------------------------------


def test_keys_and_key_lists() -> None:
    for seed, vkey in ((KEYS["log_seed"], KEYS["log_vkey"]), (KEYS["root_seed"], KEYS["root_vkey"])):
        key = jv.parse_vkey(vkey)
        public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key()
        assert key.public.public_bytes_raw() == public.public_bytes_raw()
        assert key.key_id.hex() == vkey.split("+")[1]
    first = jv.read_key_list(KEYS["keylist"].encode(), ROOT)
    assert (first.sequence, list(first.logs)) == (1, [ORIGIN])
    second = jv.read_key_list(KEYS["next_keylist"].encode(), ROOT)
    assert (second.sequence, list(second.logs)) == (2, [ORIGIN, f"{ORIGIN}/2"])
    assert not second.logs[ORIGIN].in_force("2027-04-01T00:00:00.000Z")
    assert second.logs[ORIGIN].in_force("2027-03-31T23:59:59.999Z")


def test_every_entry_of_the_vectors() -> None:
    for vector in ENTRIES:
        leaf = vector["leaf"].encode()
        assert jv.leaf_hash(leaf).hex() == vector["leaf_hash"]
        assert jv.parse_entry(leaf).kind == vector["kind"]
    assert {vector["kind"] for vector in ENTRIES} == set(jv.FORMS)


def test_examples_of_the_specification_are_entries() -> None:
    text = (HERE / "docs/spec/exchange-log.md").read_text("utf-8")
    examples = [line for line in text.split("\n") if line.startswith('{"_v":1')]
    assert len(examples) == 2
    for example in examples:
        jv.parse_entry(example.encode())


def test_entries_without_a_member_with_one_more_or_of_another_type_are_refused() -> None:
    wrongs: list[object] = [True, -1, 2**53, [], {}, "\x00", 1.0, "a" * 20000]
    for vector in ENTRIES:
        value = json.loads(vector["leaf"])
        broken = [{**value, "more": ""}, {**value, "Z": 1}]
        broken += [{k: v for k, v in value.items() if k != name} for name in value]
        broken += [
            {**value, name: wrong}
            for name in value
            for wrong in wrongs
            if (name, wrong) not in (("signature", "\x00"), ("keys", []))  # any characters at all; nobody's key
        ]
        for other in broken:
            with pytest.raises(jv.MalformedError):
                jv.parse_entry(canonical(other))


def with_each_part_replaced(value: Any, other: object) -> list[Any]:
    """The value itself, and every part of it at any depth, replaced by another."""
    found: list[Any] = [other]
    if isinstance(value, dict):
        found += [{**value, k: new} for k, part in value.items() for new in with_each_part_replaced(part, other)]
    if isinstance(value, list):
        for at, part in enumerate(value):
            found += [[*value[:at], new, *value[at + 1 :]] for new in with_each_part_replaced(part, other)]
    return found


def test_no_shape_of_json_ends_in_a_traceback() -> None:
    others: list[object] = [None, True, 0, -1, "", "é", "\x00", [], [[]], {}, {"": {}}]
    for vector in ENTRIES:
        for other in others:
            for broken in with_each_part_replaced(json.loads(vector["leaf"]), other):
                with contextlib.suppress(jv.MalformedError):
                    jv.parse_entry(canonical(broken))


def test_entries_in_another_spelling_are_refused() -> None:
    leaf = ENTRIES[1]["leaf"]
    value = json.loads(leaf)
    others = [
        leaf + "\n",
        " " + leaf,
        "\ufeff" + leaf,
        leaf.replace('{"_v":1,', '{"_v":1,"_v":1,'),
        leaf.replace('"_v":1', '"_v":1.0'),
        leaf.replace('"_v":1', '"_v":1e0'),
        leaf.replace('"config":0', '"config":-0'),
        leaf.replace("利", "\\u5229"),
        leaf.replace("juki", "\\u006auki", 1),
        json.dumps(value, ensure_ascii=False, sort_keys=True),
        json.dumps(dict(reversed(value.items())), ensure_ascii=False, separators=(",", ":")),
        leaf.replace("AT-REG", "\\ud800"),
        "[" * 100000,
        "null",
        "NaN",
    ]
    for other in others:
        with pytest.raises(jv.MalformedError):
            jv.parse_entry(other.encode())
    with pytest.raises(jv.MalformedError):
        jv.parse_entry(leaf.encode().replace(b"AT-REG", b"AT\xffREG"))


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (1, {"code": "HUB-PRV-001"}),
        (1, {"legal": None}),
        (1, {"message": ""}),
        (1, {"version": 0}),
        (1, {"time": "2026-02-30T00:00:00.000Z"}),
        (1, {"time": "2026-04-01T24:00:00.000Z"}),
        (1, {"time": "2026-04-01T00:00:00Z"}),
        (1, {"time": "２026-04-01T00:00:00.000Z"}),
        (1, {"message": "0195e7a0-5a10-4c3e-9d52-000000000001"}),
        (1, {"message": "0195E7A0-5a10-7c3e-9d52-000000000001"}),
        (1, {"tenant": "13121"}),
        (1, {"origin": "a+b"}),
        (1, {"environment": "live"}),
        (1, {"recipient": "ATENA"}),
        (1, {"recipient": "戸" * 41}),
        (3, {"code": ""}),
        (3, {"type": ""}),
        (4, {"version": 1}),
        (5, {"lines": []}),
        (5, {"lines": [["0195e7a0-5a10-7c3e-9d52-000000000001", "b" * 64, "rejected", ""]]}),
        (5, {"lines": [["0195e7a0-5a10-7c3e-9d52-000000000001", "b" * 64, "partner-confirmed", "HUB-DOM-001"]]}),
        (6, {"count": 2}),
        (6, {"about": "E1"}),
        (6, {"evidence": ""}),
        (6, {"channel": ""}),
        (8, {"keys": ["a" * 64]}),
        (1, {"type": "ZZ"}),
        (1, {"recipient": "戸 籍"}),
        (8, {"commit": "a" * 64}),
        (9, {"keys": []}),
        (9, {"statement": ""}),
        (10, {"keys": []}),
        (10, {"keys": ["a" * 64, "a" * 64]}),
        (11, {"entry": 3}),
        (11, {"due": ""}),
        (11, {"due": "2026-02-29"}),
        (12, {"due": "2026-04-09"}),
        (12, {"slot": ""}),
        (12, {"count": 2}),
        (14, {"about": "a b"}),
        (14, {"about": "a\x9bb"}),
        (14, {"keys": []}),
        (15, {"count": 0}),
        (15, {"evidence": "a" * 64}),
        (15, {"version": 1}),
    ],
)
def test_each_rule_of_a_kind(number: int, change: dict[str, object]) -> None:
    with pytest.raises(jv.MalformedError):
        jv.parse_entry(edit(ENTRIES[number]["leaf"].encode(), **change))


def test_private_part_and_commitment() -> None:
    opening = bytes.fromhex(PRIVATE["opening"])
    jv.check_opening(opening, PRIVATE["commit"])
    members = {name: PRIVATE[name] for name in ("approvers", "operator", "reason", "subjects")}
    assert opening == bytes.fromhex(PRIVATE["salt"]) + canonical(members)
    for broken in (opening[:-1], opening + b" ", opening[:32] + canonical({**members, "more": ""})):
        with pytest.raises(jv.MalformedError):
            jv.check_opening(broken, hashlib.sha256(broken).hexdigest())
    with pytest.raises(jv.MalformedError):
        jv.check_opening(opening, "0" * 64)


def test_rfc6962() -> None:
    assert jv.EMPTY_ROOT.hex() == RFC6962["empty_root"]
    leaves = [bytes.fromhex(leaf) for leaf in RFC6962["leaves"]]
    hashes = [jv.leaf_hash(leaf) for leaf in leaves]
    assert [h.hex() for h in hashes] == RFC6962["nodes"][0]
    for level in range(1, len(RFC6962["nodes"])):
        below = [bytes.fromhex(h) for h in RFC6962["nodes"][level - 1]]
        pairs = zip(below[::2], below[1::2], strict=False)
        assert [jv.node_hash(left, right).hex() for left, right in pairs] == RFC6962["nodes"][level]
    edge = jv.RightEdge()
    roots = []
    for hashed in hashes:
        edge.append(hashed)
        roots.append(edge.root())
    assert [root.hex() for root in roots] == RFC6962["roots"]
    for proof in RFC6962["inclusion"]:
        path = [bytes.fromhex(step) for step in proof["path"]]
        check_inclusion(hashes, roots, proof["index"], proof["size"], path)
    for proof in RFC6962["consistency"]:
        path = [bytes.fromhex(step) for step in proof["path"]]
        check_consistency(
            jv.Checkpoint(proof["old"], roots[proof["old"] - 1]),
            jv.Checkpoint(proof["new"], roots[proof["new"] - 1]),
            path,
        )


def flip(data: bytes, at: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def check_inclusion(hashes: list[bytes], roots: list[bytes], index: int, size: int, path: list[bytes]) -> None:
    """The proof holds, and none of its neighbours does."""
    root = roots[size - 1]
    assert jv.inclusion_holds(hashes[index], index, size, path, root)
    assert not jv.inclusion_holds(flip(hashes[index]), index, size, path, root)
    assert not jv.inclusion_holds(hashes[index], index + 1, size, path, root)
    assert not jv.inclusion_holds(hashes[index], size, size, path, root)
    assert not jv.inclusion_holds(hashes[index], index, size, [*path, root], root)
    for at in range(len(path)):
        assert not jv.inclusion_holds(hashes[index], index, size, path[:at] + path[at + 1 :], root)
        assert not jv.inclusion_holds(hashes[index], index, size, [*path[:at], flip(path[at]), *path[at + 1 :]], root)


def check_consistency(old: jv.Checkpoint, new: jv.Checkpoint, path: list[bytes]) -> None:
    assert jv.consistency_holds(old, new, path)
    assert not jv.consistency_holds(old, jv.Checkpoint(new.size, flip(new.root)), path)
    assert not jv.consistency_holds(jv.Checkpoint(old.size, flip(old.root)), new, path)
    assert not jv.consistency_holds(old, new, [*path, new.root])
    for at in range(len(path)):
        assert not jv.consistency_holds(old, new, path[:at] + path[at + 1 :])
        assert not jv.consistency_holds(old, new, [*path[:at], flip(path[at]), *path[at + 1 :]])


def test_consistency_from_nothing_and_to_less() -> None:
    empty, one = jv.Checkpoint(0, jv.EMPTY_ROOT), jv.Checkpoint(1, jv.leaf_hash(b""))
    assert jv.consistency_holds(empty, one, [])
    assert jv.consistency_holds(empty, empty, [])
    assert not jv.consistency_holds(empty, one, [one.root])
    assert not jv.consistency_holds(jv.Checkpoint(0, bytes(32)), one, [])
    assert not jv.consistency_holds(one, empty, [])


def test_signed_notes() -> None:
    key = jv.parse_vkey(NOTES["vkey"])
    other = jv.parse_vkey(NOTES["other_vkey"])
    for bad in NOTES["bad_vkeys"]:
        with pytest.raises(jv.MalformedError):
            jv.parse_vkey(bad)
    for text, signers in ((NOTES["note"], [key]), (NOTES["cosigned_note"], [key, other])):
        note = jv.parse_note(text.encode())
        assert note.text == NOTES["text"]
        for signer in signers:
            jv.verify_note(note, signer)
    with pytest.raises(jv.UnsignedError):
        jv.verify_note(jv.parse_note(NOTES["note"].encode()), other)
    note = jv.parse_note(NOTES["checkpoint"].encode())
    assert jv.parse_checkpoint(note.text, "example.com/behind-the-sofa").size == 20852163


def test_no_byte_of_a_note_may_change() -> None:
    key = jv.parse_vkey(KEYS["log_vkey"])
    for at in range(len(NOTES_OWN[1])):
        for bit in (1, 32, 128):
            broken = NOTES_OWN[1][:at] + bytes([NOTES_OWN[1][at] ^ bit]) + NOTES_OWN[1][at + 1 :]
            with pytest.raises((jv.MalformedError, jv.UnsignedError)):
                jv.read_checkpoint(broken, key)


def test_signature_lines_of_a_note() -> None:
    key = jv.parse_vkey(KEYS["log_vkey"])
    note, line = NOTES_OWN[1], NOTES_OWN[1].split(b"\n\n")[1]
    stranger = "— witness.example/w ".encode() + base64.b64encode(bytes(4 + 3000)) + b"\n"
    assert jv.read_checkpoint(note + stranger * 63, key).size == 5
    assert jv.read_checkpoint(note[: -len(line)] + stranger * 63 + line, key).size == 5
    for broken in (note + stranger * 64, note + line, note[:-1], note + b"\n", note[: -len(line)]):
        with pytest.raises((jv.MalformedError, jv.UnsignedError)):
            jv.read_checkpoint(broken, key)
    for text in (
        f"{ORIGIN}\n05\n{'A' * 43}=\n",
        f"{ORIGIN}\n5\n{'A' * 43}=\nmore\n",
        f"x\n5\n{'A' * 43}=\n",
        f"{ORIGIN}\n5\nAAAA\n",
    ):
        with pytest.raises(jv.MalformedError):
            jv.read_checkpoint(signed(text), key)


def test_key_lists_in_another_spelling() -> None:
    seed = bytes.fromhex(KEYS["root_seed"])
    line = f"log 2026-04-01T00:00:00.000Z - {KEYS['log_vkey']}\n"
    head = "juki-hub/keylist@v1\nsequence 1\n"
    jv.read_key_list(signed(head + line, KEYS["root_name"], seed), ROOT)
    for text in (
        head,
        head + line + line,
        head + line.replace(".000Z", "Z"),
        head + line.replace(" - ", " 2026-04-01T00:00:00.000Z "),
        head.replace("1\n", "01\n", 1) + line,
        head.replace("sequence 1", "sequence 01") + line,
        head.replace("@v1", "@v2") + line,
        head + line + "\n",
        head + line.replace("log ", "log  "),
    ):
        with pytest.raises(jv.MalformedError):
            jv.read_key_list(signed(text, KEYS["root_name"], seed), ROOT)
    with pytest.raises(jv.UnsignedError):
        jv.read_key_list(signed(head + line, KEYS["root_name"], SEED), ROOT)


def test_log_vectors_are_what_is_made_here() -> None:
    assert export_of(LEAVES, NOTES_OWN) == "".join(LOG["export"]).encode()
    assert [note_of(LEAVES, size) for size in SIZES] == NOTES_OWN
    hashes = leaf_hashes(LEAVES)
    for level, index, value in LOG["nodes"]:
        assert root_of(hashes[index << level : (index + 1) << level]).hex() == value
    checkpoints = {size: jv.Checkpoint(size, root_of(hashes[:size])) for size in SIZES}
    for proof in LOG["consistency"]:
        check_consistency(
            checkpoints[proof["old"]], checkpoints[proof["new"]], [base64.b64decode(step) for step in proof["path"]]
        )


# --- Stamps and receipts ----------------------------------------------------------------------------------------------


def ask_stamp(tmp: Path, capsys: pytest.CaptureFixture[str], stamp: bytes, *more: str, origin: str = ORIGIN) -> Answer:
    (tmp / "stamp").write_bytes(stamp)
    return ask(tmp, capsys, "stamp", tmp / "stamp", "--origin", origin, *more)


def codes(answer: Answer) -> list[tuple[int, str]]:
    return [(check["check"], check["code"]) for check in answer.said["checks"] if check["status"] == "fails"]


def test_every_stamp_of_the_vectors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index, stamp in enumerate(LOG["stamps"]):
        kind = json.loads(LEAVES[index])["kind"]
        answer = ask_stamp(tmp_path, capsys, stamp.encode())
        assert codes(answer) == ([] if kind == "permit" else [(5, "HUB-LOG-030")])
        receipt = ask_stamp(tmp_path, capsys, stamp.encode(), "--receipt")
        assert codes(receipt) == ([(5, "HUB-LOG-031")] if kind == "config" else [])


def test_no_byte_of_a_stamp_may_change() -> None:
    stamp = LOG["stamps"][1].encode()
    keys = jv.read_key_list(KEYS["keylist"].encode(), ROOT)
    for at in range(len(stamp)):
        given = jv.StampInput(flip(stamp, at), keys, ORIGIN, False, jv.Facts(), None, None, None)
        assert any(result.status == "fails" for result in jv.check_stamp(given)), at


def envelope(**other: str) -> bytes:
    leaf = json.loads(LEAVES[1])
    m = {
        name: other.get(name, leaf[name])
        for name in ("tenant", "environment", "message", "type", "sender", "recipient")
    }
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Envelope xmlns="urn:juki-hub:exchange:1"><Header>'
        f"<Tenant>{m['tenant']}</Tenant><Environment>{m['environment']}</Environment><MessageId>{m['message']}</MessageId>"
        f'<Type version="{other.get("version", "1")}">{m["type"]}</Type><Sender>{m["sender"]}</Sender>'
        f"<Recipient>{m['recipient']}</Recipient></Header></Envelope>"
    ).encode()


def stamp_for(leaf: bytes) -> bytes:
    """A log of config and this leaf, and the stamp of the second."""
    leaves = [LEAVES[0], leaf]
    return f"c2sp.org/tlog-proof@v1\nextra {b64(leaf)}\nindex 1\n{b64(leaf_hashes(leaves)[0])}\n\n".encode() + note_of(
        leaves, 2
    )


def test_checks_six_and_seven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = hashlib.sha256(envelope()).hexdigest()
    stamp = stamp_for(edit(LEAVES[1], digest=digest))
    message = tmp_path / "message"
    message.write_bytes(envelope())
    assert codes(ask_stamp(tmp_path, capsys, stamp, "--message", str(message))) == []
    wrong = {
        "recipient": ("zei", "HUB-LOG-032"),
        "sender": ("zei", "HUB-LOG-033"),
        "type": ("AT-DEL", "HUB-LOG-034"),
        "version": ("2", "HUB-LOG-034"),
        "message": ("0195e7a0-5a10-7c3e-9d52-000000000009", "HUB-LOG-035"),
        "tenant": ("131229", "HUB-LOG-036"),
        "environment": ("test", "HUB-LOG-037"),
    }
    for name, (value, code) in wrong.items():
        message.write_bytes(envelope(**{name: value}))
        assert codes(ask_stamp(tmp_path, capsys, stamp, "--message", str(message))) == [(6, code), (7, "HUB-LOG-038")]
    for hostile in (b"", b"<a>", envelope().replace(b"<Envelope", b'<!DOCTYPE a [<!ENTITY b "c">]><Envelope')):
        message.write_bytes(hostile)
        assert codes(ask_stamp(tmp_path, capsys, stamp, "--message", str(message))) == [(7, "HUB-LOG-038")]
    assert codes(ask_stamp(tmp_path, capsys, stamp, "--recipient", "zei")) == [(6, "HUB-LOG-032")]


def test_checks_one_to_four(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stamp = LOG["stamps"][1].encode()
    assert codes(ask_stamp(tmp_path, capsys, stamp + b"\n")) == [(2, "HUB-LOG-002")]
    assert codes(ask_stamp(tmp_path, capsys, stamp.replace(b"index 1", b"index 01"))) == [(1, "HUB-LOG-004")]
    assert codes(ask_stamp(tmp_path, capsys, stamp, origin="other")) == [(2, "HUB-LOG-010")]
    assert codes(ask_stamp(tmp_path, capsys, stamp.replace(b"index 1", b"index 2"))) == [(3, "HUB-LOG-012")]
    assert codes(ask_stamp(tmp_path, capsys, stamp_for(b"{}"))) == [(4, "HUB-LOG-001")]
    assert codes(ask_stamp(tmp_path, capsys, stamp_for(edit(LEAVES[1], origin="other")))) == [(4, "HUB-LOG-016")]
    late = edit(LEAVES[1], time="2026-03-31T23:59:59.999Z")
    assert codes(ask_stamp(tmp_path, capsys, stamp_for(late))) == [(4, "HUB-LOG-021")]
    proof = stamp.partition(b"\n\n")[0] + b"\n\n"
    line = NOTES_OWN[1].split(b"\n\n")[1]
    for note, code in (
        (note_of(LEAVES, 5, OTHER_SEED), "HUB-LOG-010"),
        (NOTES_OWN[1] + line, "HUB-LOG-010"),
        (badly_signed(NOTES_OWN[1]), "HUB-LOG-011"),
        (signed(f"other\n5\n{'A' * 43}=\n"), "HUB-LOG-003"),
    ):
        assert codes(ask_stamp(tmp_path, capsys, proof + note)) == [(2, code)]


def test_check_eight(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stamp = LOG["stamps"][6].encode()  # of size 12
    last = tmp_path / "last"
    proof = tmp_path / "proof"
    for note, size in zip(NOTES_OWN, SIZES, strict=True):
        last.write_bytes(note)
        more = ["--last-checkpoint", str(last)]
        assert codes(ask_stamp(tmp_path, capsys, stamp, *more)) == ([] if size == 12 else [(8, "HUB-LOG-014")])
        found = [one["path"] for one in LOG["consistency"] if sorted((size, 12)) == [one["old"], one["new"]]]
        if found:
            proof.write_text("".join(f"{step}\n" for step in found[0]))
            assert codes(ask_stamp(tmp_path, capsys, stamp, *more, "--consistency", str(proof))) == []
            proof.write_text("".join(f"{step}\n" for step in found[0][1:]))
            assert codes(ask_stamp(tmp_path, capsys, stamp, *more, "--consistency", str(proof))) == [(8, "HUB-LOG-015")]
    last.write_bytes(NOTES_FORK[2])
    assert codes(ask_stamp(tmp_path, capsys, stamp, "--last-checkpoint", str(last))) == [(8, "HUB-LOG-015")]


def test_a_receipt_of_a_refusal_may_hold_blanks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = tmp_path / "message"
    message.write_bytes(envelope())
    blank = json.loads(ENTRIES[4]["leaf"])
    stamp = stamp_for(canonical({**blank, "after": 1, "digest": hashlib.sha256(envelope()).hexdigest()}))
    assert codes(ask_stamp(tmp_path, capsys, stamp, "--receipt", "--message", str(message))) == []


# --- Whole logs: what holds -------------------------------------------------------------------------------------------


def test_the_log_of_the_vectors_holds_in_both_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = LOG["checkpoints"][-1].split("\n")[2]
    for answer in (
        ask_export(tmp_path, capsys, "".join(LOG["export"]).encode(), NOTES_OWN),
        ask_journal(tmp_path, capsys, outside=NOTES_OWN),
    ):
        assert (answer.status, answer.said["size"], answer.said["root"], answer.said["findings"]) == (0, 21, root, [])


def test_every_prefix_at_a_checkpoint_holds_and_is_rolled_back_from_outside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for count, size in enumerate([0, *SIZES]):
        leaves, notes = LEAVES[:size], NOTES_OWN[:count]
        for outside in ([], NOTES_OWN):
            answers = [
                ask_export(tmp_path, capsys, export_of(leaves, notes), outside),
                ask_journal(tmp_path, capsys, leaves=leaves, notes=notes, outside=outside),
            ]
            for answer in answers:
                if size == 21 or not outside:
                    assert answer.status == 0
                else:
                    assert answer.ids() == {"outside-rolled-back"}
                    assert answer.first() == size


def test_logs_of_every_size_hold_in_both_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for size in range(1, 40):
        leaves = [LEAVES[0]] + [edit(LEAVES[1], after=0) for _ in range(size - 1)]
        notes = [note_of(leaves, size)]
        assert ask_export(tmp_path, capsys, export_of(leaves, notes)).status == 0
        assert ask_journal(tmp_path, capsys, leaves=leaves, notes=notes).status == 0


# --- Whole logs: the tamper matrix of the export ----------------------------------------------------------------------


def start_of(index: int) -> int:
    """The first entry of the stretch that the checkpoint behind this entry closes."""
    return max(size for size in [0, *SIZES] if size <= index)


OTHER_VALUE: dict[str, object] = {
    "_v": 2,
    "kind": "admin",
    "time": "2026-05-05T05:05:05.005Z",
    "origin": "juki-hub/131211/other",
    "tenant": "131229",
    "environment": "test",
    "after": 3,
    "commit": "a" * 64,
    "message": "0195e7a0-5a10-7c3e-9d52-00000000ffff",
    "conversation": "0195e7a0-5a10-7c3e-9d52-00000000ffff",
    "type": "ZZ-ZZZ",
    "version": 7,
    "sender": "mallory",
    "recipient": "mallory",
    "digest": "b" * 64,
    "config": 1,
    "code": "HUB-ZZZ-999",
    "channel": "mallory",
    "signature": "<ds:Signature/>",
    "digests": {"a": "c" * 64},
}


def test_each_member_of_each_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index, leaf in enumerate(LEAVES):
        for name, value in json.loads(leaf).items():
            if isinstance(value, dict) and name == "legal":
                other: object = {**value, "item": "mallory"}
            elif name == "legal":
                other = {"digest": "e" * 64, "item": "mallory", "kind": "提供", "table": "mallory"}
            elif name == "seen":
                other = {**value, "size": 12}
            elif name == "lines":
                other = value[:-1] or [[value[0][0], "d" * 64, "partner-confirmed", ""]]
            else:
                other = OTHER_VALUE.get(name)
            broken = edit(leaf, **{name: other})
            changed = [*LEAVES[:index], broken, *LEAVES[index + 1 :]]
            answer = ask_export(tmp_path, capsys, export_of(changed, NOTES_OWN))
            assert answer.status == jv.BROKEN, (index, name)
            try:
                entry = jv.parse_entry(broken)
            except jv.MalformedError:
                expected = index
            else:
                # An entry of another origin stands out by itself; the root is explained by it.
                expected = index if entry.origin != ORIGIN else start_of(index)
            assert answer.first() == expected, (index, name, answer.said["findings"])
            journal = ask_journal(tmp_path, capsys, ("UPDATE log_entries SET leaf = ? WHERE idx = ?", (broken, index)))
            assert "leaf-hash" in journal.ids()
            assert journal.first() == index


def test_dropped_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index in range(21):
        answer = ask_export(tmp_path, capsys, export_of(LEAVES[:index] + LEAVES[index + 1 :], NOTES_OWN))
        assert answer.status == jv.BROKEN
        # Without entry 0 nothing else changes but that entry 1 stands first; behind the last root that agrees none covers.
        assert answer.first() == (20 if start_of(index) == 13 else start_of(index)), index
        assert "log-truncated" in answer.ids()
        journal = ask_journal(tmp_path, capsys, ("DELETE FROM log_entries WHERE idx = ?", (index,)))
        assert journal.first() == index
        assert ("row-missing" if index < 20 else "log-truncated") in journal.ids()


def test_swapped_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for one in range(20):
        leaves = LEAVES[:]
        leaves[one], leaves[one + 1] = leaves[one + 1], leaves[one]
        answer = ask_export(tmp_path, capsys, export_of(leaves, NOTES_OWN))
        assert answer.first() == start_of(one), one
        journal = ask_journal(
            tmp_path,
            capsys,
            (
                "UPDATE log_entries SET leaf = ?, leaf_hash = ? WHERE idx = ?",
                (leaves[one], jv.leaf_hash(leaves[one]), one),
            ),
            (
                "UPDATE log_entries SET leaf = ?, leaf_hash = ? WHERE idx = ?",
                (leaves[one + 1], jv.leaf_hash(leaves[one + 1]), one + 1),
            ),
        )
        assert journal.first() == one
        assert "node-changed" in journal.ids()


def test_inserted_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index in range(1, 21):
        answer = ask_export(tmp_path, capsys, export_of([*LEAVES[:index], LEAVES[index], *LEAVES[index:]], NOTES_OWN))
        assert answer.status == jv.BROKEN
        # The copy behind is the one too many: up to it all is as it was. Behind the last checkpoint none covers it.
        assert answer.first() == (21 if index == 20 else start_of(index + 1))


def test_truncated_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = export_of(LEAVES, NOTES_OWN)
    lines = whole.split(b"\n")
    for size in range(21):
        answer = ask_export(tmp_path, capsys, export_of(LEAVES[:size], NOTES_OWN))
        assert (answer.ids(), answer.first()) == ({"log-truncated"}, size)
        cut = ask_export(tmp_path, capsys, b"\n".join(lines[: 7 + size]) + b"\n")
        assert (cut.ids(), cut.first()) == ({"end-missing"}, size)
        other = ask_export(tmp_path, capsys, export_of(LEAVES[:size], NOTES_OWN, 21))
        assert (other.ids(), other.first()) == ({"end-differs"}, size)
    for at in [*range(0, len(whole), 53), len(whole) - 1]:
        (tmp_path / "export").write_bytes(whole[:at])
        assert jv.main(["export", str(tmp_path / "export"), *anchors(tmp_path)]) == jv.BROKEN
    capsys.readouterr()


def test_checkpoints_dropped_swapped_and_signed_by_another_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for at in range(5):
        before = [0, *SIZES][at]
        dropped = NOTES_OWN[:at] + NOTES_OWN[at + 1 :]
        name = "checkpoint-missing" if at < 4 else "checkpoint-uncovered"
        for answer in (
            ask_export(tmp_path, capsys, export_of(LEAVES, dropped)),
            ask_journal(tmp_path, capsys, ("DELETE FROM log_checkpoints WHERE size = ?", (SIZES[at],))),
        ):
            assert name in answer.ids()
            assert answer.first() == before
        other = [*NOTES_OWN[:at], note_of(LEAVES, SIZES[at], OTHER_SEED), *NOTES_OWN[at + 1 :]]
        changed = [*NOTES_OWN[:at], badly_signed(NOTES_OWN[at]), *NOTES_OWN[at + 1 :]]
        for notes, name in ((other, "checkpoint-key"), (changed, "checkpoint-signature")):
            update = ("UPDATE log_checkpoints SET note = ? WHERE size = ?", (notes[at].decode(), SIZES[at]))
            for answer in (
                ask_export(tmp_path, capsys, export_of(LEAVES, notes)),
                ask_journal(tmp_path, capsys, update),
            ):
                assert answer.ids() - {"head-differs"} == {name}
                assert answer.first() == before
    for at in range(4):
        notes = NOTES_OWN[:]
        notes[at], notes[at + 1] = notes[at + 1], notes[at]
        answer = ask_export(tmp_path, capsys, export_of(LEAVES, notes))
        assert (answer.ids(), answer.first()) == ({"checkpoint-order"}, [0, *SIZES][at])
        journal = ask_journal(
            tmp_path,
            capsys,
            ("UPDATE log_checkpoints SET note = ? WHERE size = ?", (notes[at].decode(), SIZES[at])),
            ("UPDATE log_checkpoints SET note = ? WHERE size = ?", (notes[at + 1].decode(), SIZES[at + 1])),
        )
        assert journal.ids() - {"head-differs"} == {"checkpoint-row"}
        assert journal.first() == [0, *SIZES][at]


def test_a_checkpoint_that_never_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for size in (2, 8, 17):
        notes = sorted([*NOTES_OWN, note_of(LEAVES, size)], key=lambda note: int(note.split(b"\n")[1]))
        answer = ask_export(tmp_path, capsys, export_of(LEAVES, notes))
        assert (answer.ids(), answer.first()) == ({"entry-place"}, size)


def resigned(leaves: list[bytes], first: int) -> list[bytes]:
    """The home's own checkpoints, signed anew from the entry `first` on."""
    return [note if size <= first else note_of(leaves, size) for note, size in zip(NOTES_OWN, SIZES, strict=True)]


def test_history_rewritten_with_the_same_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index in range(1, 21):
        if index == 20:
            continue  # an answer: its `seen` is of the same root, so it is rewritten like any other
        leaves = [*LEAVES[:index], edit(LEAVES[index], commit="a" * 64), *LEAVES[index + 1 :]]
        notes = resigned(leaves, index)
        root = base64.b64encode(root_of(leaf_hashes(leaves[:13]))).decode()
        leaves[20] = edit(leaves[20], seen={"origin": ORIGIN, "root": root, "size": 13})
        notes[4] = note_of(leaves, 21)
        for kind in (ask_export, None):
            alone = (
                ask_export(tmp_path, capsys, export_of(leaves, notes))
                if kind
                else ask_journal(tmp_path, capsys, leaves=leaves, notes=notes)
            )
            assert alone.status == jv.HOLDS, "nothing inside can show it"
            seen = (
                ask_export(tmp_path, capsys, export_of(leaves, notes), NOTES_OWN)
                if kind
                else ask_journal(tmp_path, capsys, leaves=leaves, notes=notes, outside=NOTES_OWN)
            )
            assert seen.ids() == {"outside-forked"}
            assert seen.first() == start_of(index)


def test_forked_checkpoints_of_the_vectors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inside = ask_export(tmp_path, capsys, export_of(LEAVES, NOTES_FORK))
    assert "root-differs" in inside.ids()
    assert inside.first() == 1
    outside = ask_export(tmp_path, capsys, export_of(LEAVES, NOTES_OWN), NOTES_FORK)
    assert (outside.ids(), outside.first()) == ({"outside-forked"}, 1)
    last = ask_export(tmp_path, capsys, export_of(LEAVES, NOTES_OWN), NOTES_FORK[4:])
    assert (last.ids(), last.first()) == ({"outside-forked"}, 0)
    double = ask_export(tmp_path, capsys, export_of(LEAVES, [*NOTES_OWN[:2], NOTES_FORK[1], *NOTES_OWN[2:]]))
    assert {"checkpoint-double", "checkpoint-order", "root-differs"} == double.ids()
    assert double.first() == 1
    mixed = ask_journal(tmp_path, capsys, notes=[*NOTES_OWN[:2], NOTES_FORK[2], *NOTES_OWN[3:]])
    assert (mixed.ids(), mixed.first()) == ({"root-differs"}, 5)


def test_rolled_back_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "yesterday.sqlite"
    make_journal(path, LEAVES[:13], NOTES_OWN[:4])
    assert ask(tmp_path, capsys, "journal", path).status == jv.HOLDS
    answer = ask(tmp_path, capsys, "journal", path, *outside_files(tmp_path, NOTES_OWN[4:]))
    assert (answer.ids(), answer.first()) == ({"outside-rolled-back"}, 13)


def test_outside_checkpoints_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for note, name in (
        (b"", "outside-form"),
        (note_of(LEAVES, 5, OTHER_SEED), "outside-key"),
        (badly_signed(NOTES_OWN[1]), "outside-signature"),
    ):
        answer = ask_export(tmp_path, capsys, export_of(LEAVES, NOTES_OWN), [note])
        assert (answer.status, answer.ids(), answer.first()) == (jv.BROKEN, {name}, None)


def test_bad_citations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index, change, name in (
        (8, {"config": 8}, "config-citation"),
        (8, {"config": 1}, "config-citation"),
        (20, {"seen": {"origin": ORIGIN, "root": "A" * 43 + "=", "size": 13}}, "seen-citation"),
        (20, {"seen": {**json.loads(LEAVES[20])["seen"], "size": 12}}, "seen-citation"),
        (20, {"seen": {**json.loads(LEAVES[20])["seen"], "size": 21}}, "seen-citation"),
        (8, "hold", "entry-citation"),
    ):
        leaf = edit(HELD, entry=index, after=5) if change == "hold" else edit(LEAVES[index], **change)  # type: ignore[arg-type]
        leaves = [*LEAVES[:index], leaf, *LEAVES[index + 1 :]]
        answer = ask_export(tmp_path, capsys, export_of(leaves, resigned(leaves, index)))
        # A root that another entry cites is no longer the one that it cites.
        assert answer.ids() - {"seen-citation"} <= {name}
        assert (name in answer.ids(), answer.first()) == (True, index)
    leaves = [*LEAVES[:20], edit(LEAVES[20], seen={"origin": "other", "root": "A" * 43 + "=", "size": 99})]
    assert ask_export(tmp_path, capsys, export_of(leaves, resigned(leaves, 20))).status == jv.HOLDS


def test_key_in_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        f"juki-hub/keylist@v1\nsequence 1\nlog 2026-04-01T00:00:00.000Z 2026-04-01T00:15:02.000Z {KEYS['log_vkey']}\n"
    )
    keylist = signed(text, KEYS["root_name"], bytes.fromhex(KEYS["root_seed"])).decode()
    (tmp_path / "export").write_bytes(export_of(LEAVES, NOTES_OWN))
    assert jv.main(["export", str(tmp_path / "export"), *anchors(tmp_path, keylist)]) == jv.BROKEN
    said = json.loads(capsys.readouterr().out)
    assert [(finding["id"], finding["index"]) for finding in said["findings"]] == [
        ("leaf-time", i) for i in range(8, 21)
    ]


def test_key_lists_that_do_not_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "export").write_bytes(export_of(LEAVES, NOTES_OWN))
    for keylist, name in (
        (KEYS["keylist"].replace("sequence 1", "sequence 2"), "key-list-signature"),
        (KEYS["keylist"].replace("sequence 1", "sequence 01"), "key-list-form"),
        (signed(KEYS["keylist"].split("\n\n")[0] + "\n", KEYS["root_name"]).decode(), "key-list-key"),
    ):
        assert jv.main(["export", str(tmp_path / "export"), *anchors(tmp_path, keylist)]) == jv.BROKEN
        assert [finding["id"] for finding in json.loads(capsys.readouterr().out)["findings"]] == [name]


def test_lines_of_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = export_of(LEAVES, NOTES_OWN).split(b"\n")[:-1]
    whole = export_of(LEAVES, NOTES_OWN)
    for broken, index in (
        (whole[:-1], 21),
        (whole + b"\n", 21),
        (whole.replace(b"\n", b"\r\n"), 0),
        (whole.replace(b"end 21", b"end 021"), 21),
        (whole.replace(b"export@v1", b"export@v2"), 0),
        (whole.replace(b"end 21\n", b"leaf " + b"A" * 2**20 + b"\nend 22\n"), 21),
        (b"\n".join([*lines[:10], lines[2], *lines[10:]]) + b"\n", 3),
        (b"\n".join([*lines[:10], lines[10] + b"=", *lines[11:]]) + b"\n", 3),
        (b"", 0),
    ):
        answer = ask_export(tmp_path, capsys, broken)
        assert (answer.status, answer.ids(), answer.first()) == (jv.BROKEN, {"line-form"}, index)
    bad = ask_export(tmp_path, capsys, b"\n".join([*lines[:4], b"checkpoint %", *lines[4:]]) + b"\n")
    assert (bad.ids(), bad.first()) == ({"checkpoint-form"}, 5)  # the leaves are judged all the same
    other = ask_export(tmp_path, capsys, whole.replace(b"origin juki", b"origin auki"))
    assert other.ids() == {"origin-unlisted"}
    for end in (20, 22):
        answer = ask_export(tmp_path, capsys, export_of(LEAVES, NOTES_OWN, end))
        assert (answer.ids(), answer.first()) == ({"end-differs"}, 21)


# --- Whole logs: the tamper matrix of the journal ---------------------------------------------------------------------


def test_every_stored_leaf_hash_and_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values: list[object] = [bytes(32), b"short", None, "text"]
    for index in range(21):
        for value in values:
            answer = ask_journal(
                tmp_path, capsys, ("UPDATE log_entries SET leaf_hash = ? WHERE idx = ?", (value, index))
            )
            assert (answer.ids(), answer.first(), answer.said["findings_total"]) == ({"leaf-hash"}, index, 1)
    for level, index, _ in LOG["nodes"]:
        for value in values:
            update = ("UPDATE log_nodes SET hash = ? WHERE level = ? AND idx = ?", (value, level, index))
            answer = ask_journal(tmp_path, capsys, update)
            assert (answer.ids(), answer.first(), answer.said["findings_total"]) == (
                {"node-changed"},
                index << level,
                1,
            )
        answer = ask_journal(tmp_path, capsys, ("DELETE FROM log_nodes WHERE level = ? AND idx = ?", (level, index)))
        assert (answer.ids(), answer.first(), answer.said["findings_total"]) == ({"node-missing"}, index << level, 1)


def test_a_leaf_changed_with_all_that_follows_from_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Up to a level everything is made to fit; the node above it is the one that does not."""
    broken = edit(LEAVES[6], commit="a" * 64)
    leaves = [*LEAVES[:6], broken, *LEAVES[7:]]
    hashes = leaf_hashes(leaves)
    changes: list[tuple[str, tuple[Any, ...]]] = [("UPDATE log_entries SET leaf = ? WHERE idx = 6", (broken,))]
    changes.append(("UPDATE log_entries SET leaf_hash = ? WHERE idx = 6", (hashes[6],)))
    for level, expected in ((0, 6), (1, 6), (2, 4), (3, 0), (4, 0)):
        answer = ask_journal(tmp_path, capsys, *changes)
        assert next((f["id"], f["index"]) for f in answer.said["findings"]) == ("node-changed", expected)
        index = 6 >> level
        value = root_of(hashes[index << level : (index + 1) << level])
        changes.append(("UPDATE log_nodes SET hash = ? WHERE level = ? AND idx = ?", (value, level, index)))
    answer = ask_journal(tmp_path, capsys, *changes)
    assert {"root-differs", "head-differs"} == answer.ids()  # no node covers all 21; the edge changed with node (4, 0)
    assert answer.first() == 5


def test_columns_of_checkpoints_and_head(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for at, size in enumerate(SIZES):
        before = [0, *SIZES][at]
        for value in (bytes(32), None, "text"):
            answer = ask_journal(
                tmp_path, capsys, ("UPDATE log_checkpoints SET root = ? WHERE size = ?", (value, size))
            )
            assert (answer.ids(), answer.first()) == ({"checkpoint-column"}, before)
        answer = ask_journal(tmp_path, capsys, ("UPDATE log_checkpoints SET size = 100 + size WHERE size = ?", (size,)))
        assert (answer.ids() - {"head-differs"}, answer.first()) == ({"checkpoint-row"}, before)
    for statement in (
        "UPDATE log_head SET size = 20",
        "UPDATE log_head SET size = NULL",
        "UPDATE log_head SET edge = x'00'",
        "UPDATE log_head SET edge = NULL",
        "UPDATE log_head SET edge = CAST(edge AS TEXT)",
        "UPDATE log_head SET note = CAST(note AS BLOB)",
        "UPDATE log_head SET id = 2",
        "UPDATE log_head SET note = (SELECT note FROM log_checkpoints WHERE size = 13)",
    ):
        answer = ask_journal(tmp_path, capsys, (statement, ()))
        assert (answer.ids(), answer.first()) == ({"head-differs"}, 21)
    assert ask_journal(tmp_path, capsys, ("DELETE FROM log_head", ())).ids() == {"head-missing"}


def test_rows_that_belong_to_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for row, name in ((-1, "row-surplus"), (25, "row-missing"), (2**62, "row-missing")):
        answer = ask_journal(tmp_path, capsys, ("INSERT INTO log_entries VALUES (?, x'00', x'00')", (row,)))
        assert (answer.ids(), answer.first()) == ({name}, 21)
    strays: list[tuple[object, object]] = [(0, 21), (0, -1), (1, 10), (5, 0), (60, 0), (-1, 0), (0, 1.5), (0, "x")]
    for level, index in [*strays, ("x", 0)]:
        answer = ask_journal(tmp_path, capsys, ("INSERT INTO log_nodes VALUES (?, ?, zeroblob(32))", (level, index)))
        assert (answer.ids(), answer.first()) == ({"node-surplus"}, 21), (level, index)
    moved = ask_journal(tmp_path, capsys, ("UPDATE log_entries SET idx = 30 WHERE idx = 8", ()))
    assert (moved.ids(), moved.first()) == ({"row-missing"}, 8)


def test_rows_cut_off_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for size in range(21):
        answer = ask_journal(tmp_path, capsys, ("DELETE FROM log_entries WHERE idx >= ?", (size,)))
        assert {"log-truncated", "head-differs", "node-surplus"} <= answer.ids() | {"node-surplus"}
        assert answer.first() == size


def test_journals_that_are_hardly_journals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for table in jv.JOURNAL_TABLES:
        assert ask_journal(tmp_path, capsys, (f"DROP TABLE {table}", ())).ids() == {"table-missing"}
    view = ask_journal(
        tmp_path,
        capsys,
        ("ALTER TABLE log_entries RENAME TO hidden", ()),
        ("CREATE VIEW log_entries AS SELECT * FROM hidden", ()),
    )
    assert view.ids() == {"table-missing"}
    (tmp_path / "no.sqlite").write_bytes(b"no database")
    assert jv.main(["journal", str(tmp_path / "no.sqlite"), *anchors(tmp_path)]) == jv.UNUSABLE
    capsys.readouterr()
    big = ask_journal(tmp_path, capsys, ("UPDATE log_entries SET leaf = zeroblob(3000000) WHERE idx = 4", ()))
    assert (big.ids(), big.first()) in [({"journal-damaged"}, index) for index in (3, 4)]  # SQLite reads ahead


def test_a_copy_without_its_wal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wal.sqlite"
    make_journal(path, LEAVES, NOTES_OWN)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("UPDATE log_head SET size = size")
        db.commit()
        assert Path(f"{path}-wal").exists()
        assert ask(tmp_path, capsys, "journal", path).status == jv.HOLDS, "beside its writer"
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copy(path, folder / "copy.sqlite")
    folder.chmod(0o500)
    before = (folder / "copy.sqlite").read_bytes()
    assert ask(tmp_path, capsys, "journal", folder / "copy.sqlite").status == jv.HOLDS
    assert [p.name for p in folder.iterdir()] == ["copy.sqlite"]
    assert (folder / "copy.sqlite").read_bytes() == before


def test_a_journal_without_indices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plain.sqlite"
    make_journal(path, LEAVES, NOTES_OWN)
    with closing(sqlite3.connect(path)) as db:
        for table in jv.JOURNAL_TABLES:
            db.execute(f"CREATE TABLE copy AS SELECT * FROM {table} ORDER BY random()")  # noqa: S608
            db.execute(f"DROP TABLE {table}")
            db.execute(f"ALTER TABLE copy RENAME TO {table}")
        db.commit()
    assert ask(tmp_path, capsys, "journal", path).status == jv.HOLDS
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO log_entries SELECT * FROM log_entries WHERE idx = 3")
        db.execute("INSERT INTO log_nodes SELECT * FROM log_nodes WHERE idx = 1 AND level = 1")
        db.commit()
    answer = ask(tmp_path, capsys, "journal", path)
    assert answer.ids() == {"row-surplus", "node-surplus"}


# --- Noise ------------------------------------------------------------------------------------------------------------


def mutate(data: bytes, rng: random.Random) -> bytes:
    at, other = rng.randrange(len(data)), rng.randrange(len(data))
    how: list[Callable[[], bytes]] = [
        lambda: data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :],
        lambda: data[: min(at, other)] + data[max(at, other) :],
        lambda: data[:at] + data[other : other + 50] + data[at:],
        lambda: data[:at] + rng.randbytes(20) + data[at:],
    ]
    return rng.choice(how)()


def test_noise_in_an_export_is_always_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(1)
    whole = export_of(LEAVES, NOTES_OWN)
    for _ in range(400):
        broken = mutate(whole, rng)
        answer = ask_export(tmp_path, capsys, broken, NOTES_OWN)
        assert (answer.status == jv.BROKEN) == (broken != whole)


def test_noise_in_a_journal_never_ends_in_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(2)
    path = tmp_path / "noise.sqlite"
    make_journal(path, LEAVES, NOTES_OWN)
    whole = path.read_bytes()
    for _ in range(300):
        path.write_bytes(mutate(whole, rng))
        assert jv.main(["journal", str(path), *anchors(tmp_path)]) in {jv.HOLDS, jv.UNUSABLE, jv.BROKEN}
    capsys.readouterr()


def test_findings_are_capped_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaves = [LEAVES[0]] + [b"{}"] * 1000
    answer = ask_export(tmp_path, capsys, export_of(leaves, [note_of(leaves, 1001)]))
    assert (answer.said["findings_total"], len(answer.said["findings"]), answer.first()) == (1000, 100, 1)


# --- §10 --------------------------------------------------------------------------------------------------------------


def make_homes(tmp: Path, bucket_of_body: int = 0) -> list[str]:
    body, private = SEALED["secrets"]
    leaf = edit(LEAVES[7], digest=body["sha256"], commit=private["sha256"])
    with closing(sqlite3.connect(tmp / "journal.sqlite")) as db:
        db.execute("CREATE TABLE log_entries (idx INTEGER PRIMARY KEY, leaf BLOB, leaf_hash BLOB)")
        db.execute("INSERT INTO log_entries VALUES (7, ?, NULL)", (leaf,))
        db.execute("CREATE TABLE secrets (key_id INTEGER PRIMARY KEY, idx INTEGER, slot TEXT, ciphertext BLOB)")
        for one in SEALED["secrets"]:
            secret = (one["key_id"], one["idx"], one["slot"], bytes.fromhex(one["ciphertext"]))
            db.execute("INSERT INTO secrets VALUES (?, ?, ?, ?)", secret)
        db.commit()
    with closing(sqlite3.connect(tmp / "keys.sqlite")) as db:
        db.execute("CREATE TABLE store (proof BLOB)")
        db.execute("CREATE TABLE buckets (id INTEGER PRIMARY KEY, retention TEXT, due TEXT, wrapped BLOB)")
        db.execute("CREATE TABLE data_keys (key_id INTEGER PRIMARY KEY, bucket INTEGER, wrapped BLOB, doomed INTEGER)")
        db.execute("INSERT INTO store VALUES (?)", (bytes.fromhex(SEALED["proof"]),))
        for number, bucket in enumerate(SEALED["buckets"]):
            values = (number, bucket["retention"], bucket["due"], bytes.fromhex(bucket["wrapped"]))
            db.execute("INSERT INTO buckets VALUES (?, ?, ?, ?)", values)
        for one in SEALED["secrets"]:
            wrapped = next(w for w in one["wrapped"] if one["slot"] == "private" or w["bucket"] == bucket_of_body)
            row = (one["key_id"], wrapped["bucket"], bytes.fromhex(wrapped["wrapped"]))
            db.execute("INSERT INTO data_keys VALUES (?, ?, ?, 0)", row)
        db.commit()
    (tmp / "master.key").write_bytes(bytes.fromhex(SEALED["master"]))
    return ["secret", "--master-key", str(tmp / "master.key"), "--key-store", str(tmp / "keys.sqlite"), "--journal", str(tmp / "journal.sqlite"), "--index", "7"]  # fmt: skip


def test_secrets_of_the_vectors_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for bucket in (0, 2):
        folder = tmp_path / str(bucket)
        folder.mkdir()
        command = make_homes(folder, bucket)
        for one in SEALED["secrets"]:
            out = folder / "out"
            assert jv.main([*command, "--slot", one["slot"], "--output", str(out)]) == jv.HOLDS
            assert out.read_bytes() == bytes.fromhex(one["plain"])
    capsys.readouterr()


@pytest.mark.parametrize(
    ("database", "statement", "status"),
    [
        ("keys", "DELETE FROM data_keys WHERE key_id = 41", jv.UNUSABLE),
        ("keys", "UPDATE buckets SET wrapped = NULL", jv.UNUSABLE),
        ("keys", "UPDATE buckets SET due = '2026-05-02'", jv.BROKEN),
        ("keys", "UPDATE store SET proof = zeroblob(48)", jv.BROKEN),
        ("keys", "UPDATE data_keys SET wrapped = zeroblob(60)", jv.BROKEN),
        ("journal", "UPDATE secrets SET ciphertext = zeroblob(60)", jv.BROKEN),
        ("journal", "UPDATE secrets SET slot = 'private' WHERE key_id = 41", jv.UNUSABLE),
        ("journal", "DELETE FROM log_entries", jv.BROKEN),
        ("journal", "DROP TABLE secrets", jv.UNUSABLE),
    ],
)
def test_secrets_that_do_not_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], database: str, statement: str, status: int
) -> None:
    command = make_homes(tmp_path)
    with closing(sqlite3.connect(tmp_path / f"{database}.sqlite")) as db:
        db.execute(statement)
        db.commit()
    assert jv.main([*command, "--slot", "body"]) == status
    capsys.readouterr()


# --- The command ------------------------------------------------------------------------------------------------------


def test_opening(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "opening"
    file.write_bytes(bytes.fromhex(PRIVATE["opening"]))
    assert jv.main(["opening", str(file), "--commit", PRIVATE["commit"]]) == jv.HOLDS
    assert jv.main(["opening", str(file), "--commit", "0" * 64, "--json"]) == jv.BROKEN
    assert jv.main(["opening", str(file), "--commit", "X"]) == jv.UNUSABLE
    capsys.readouterr()


def test_texts_and_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "export"
    file.write_bytes(export_of(LEAVES, NOTES_OWN))
    plain = [word for word in anchors(tmp_path) if word != "--json"]
    assert jv.main(["export", str(file), *plain]) == jv.HOLDS
    assert "結果: 成立する" in capsys.readouterr().out
    assert jv.main(["export", str(file), *plain, "--lang", "en"]) == jv.HOLDS
    assert "result: it holds" in capsys.readouterr().out
    file.write_bytes(export_of(LEAVES[:20], NOTES_OWN))
    assert jv.main(["export", str(file), *plain]) == jv.BROKEN
    assert "切り詰め" in capsys.readouterr().out
    (tmp_path / "root").write_text(KEYS["root_vkey"] + "\n")
    for wrong in (
        ["export", str(tmp_path / "none"), *plain],
        ["export", str(tmp_path), *plain],
        ["export", "a\x00b", *plain],
        ["export", str(file), "--root-key", "x", "--key-list", str(tmp_path / "keylist")],
        ["export", str(file), "--root-key", "@" + str(tmp_path / "none"), "--key-list", str(tmp_path / "keylist")],
        ["export", str(file), "--root-key", "@" + str(tmp_path / "root"), "--key-list", str(tmp_path / "none")],
        ["journal", str(file), *plain],
    ):
        assert jv.main(wrong) == jv.UNUSABLE
    with pytest.raises(SystemExit) as stopped:
        jv.main(["export"])
    assert stopped.value.code == jv.UNUSABLE
    capsys.readouterr()


def test_it_needs_nothing_but_the_standard_library_and_cryptography() -> None:
    tree = ast.parse((HERE / "verifier/juki_verify.py").read_text("utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {str(module).split(".")[0] for module in modules} <= {*sys.stdlib_module_names, "cryptography"}


def test_every_finding_has_words() -> None:
    assert {what for what, *_ in jv.FINDINGS.values()} <= set(jv.WHAT)
    for words in (*jv.WHAT.values(), *jv.CHECKS.values(), *jv.FINDINGS.values()):
        assert all(words)
