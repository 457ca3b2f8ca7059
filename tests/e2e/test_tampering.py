"""Nobody changes a finished log unseen: each crime against its tables is found, and the first bad index is where it was done.

Two verifiers are asked that share no code: the hub's, and the one that was written from the specification (verifier/). What the home's own keys can make consistent again (a rewritten end, yesterday's copy) is found against a checkpoint that
was kept outside, and by nothing else: that is shown too.
"""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from typer.testing import CliRunner

from hub.app.evidence import open_archive
from hub.cli import app
from hub.exchangelog.verifier import Report
from tests import secondverifier
from tests.e2e import logfile
from tests.e2e.demorun import Run, call, hub

ZONE = "kikan"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an auditor has of a finished home, public keys alone; and the newest checkpoint as it was kept elsewhere.

    `source` is the home itself, whose log key a liar would use.
    """

    home: Path
    source: Path
    note: str
    size: int
    sizes: tuple[int, ...]  # of all its checkpoints, ascending

    @property
    def middle(self) -> int:
        """An index that no checkpoint closes and that stands in no right edge: somewhere in the log."""
        return next(index for index in range(self.size // 2, self.size) if index not in self.sizes and index % 2)

    def do(self, statement: str, *values: object) -> None:
        """Commits a crime with nothing but SQLite. It must touch something."""
        self.script([(statement, values)])

    def script(self, statements: Sequence[tuple[str, Sequence[object]]]) -> None:
        with closing(sqlite3.connect(logfile.journal(self.home))) as database, database:
            touched = [database.execute(statement, values).rowcount for statement, values in statements]
        assert all(touched)

    def one(self, query: str, *values: object) -> object:
        with closing(sqlite3.connect(logfile.journal(self.home))) as database:
            return database.execute(query, values).fetchone()[0]

    def verified(self, *notes: str) -> Report:
        with open_archive(self.home) as archive:
            return archive.verify([archive.line.checkpoint(note) for note in notes])

    def second(self, *notes: str) -> secondverifier.Verdict:
        """What the second verifier says of the same files."""
        return secondverifier.of_journal(self.home, notes, self.home.parent)


@pytest.fixture
def evidence(played: Run, tmp_path: Path) -> Evidence:
    """A fresh copy for each crime: of what verification reads, and nothing else."""
    source, home = played.home / "zones" / ZONE, tmp_path / ZONE
    shutil.copytree(source / "journal", home / "journal")
    (home / "keys").mkdir()
    for name in ("hub.yaml", "keys/keylist.txt", "keys/root.vkey"):
        shutil.copy(source / name, home / name)
    note = logfile.select(source, "SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1")[0][0]
    sizes = tuple(size for (size,) in logfile.select(source, "SELECT size FROM log_checkpoints ORDER BY size"))
    return Evidence(home, source, note, sizes[-1], sizes)


def opened(value: bytes, at: int = -1) -> bytes:
    """The value with one bit of one byte changed."""
    changed = bytearray(value)
    changed[at] ^= 1
    return bytes(changed)


class TestUntouched:
    def test_a_copy_verifies(self, evidence: Evidence) -> None:
        """So that whatever is found below was done here."""
        report = evidence.verified(evidence.note)
        assert report.ok
        assert (report.size, report.first_bad_index) == (evidence.size, None)
        assert evidence.second(evidence.note) == (0, None)

    def test_a_vacuum_is_no_crime(self, evidence: Evidence) -> None:
        """Other pages, another order in the file, the same rows."""
        with closing(sqlite3.connect(logfile.journal(evidence.home))) as database:
            database.execute("VACUUM")
        assert evidence.verified(evidence.note).ok
        assert evidence.second(evidence.note) == (0, None)


class TestOneByte:
    @pytest.mark.parametrize("column", ["leaf", "leaf_hash"])
    @pytest.mark.parametrize("byte", [0, 10, -1])
    def test_of_an_entry(self, column: str, byte: int, evidence: Evidence) -> None:
        """The entry itself is named."""
        index = evidence.middle
        value = evidence.one(f"SELECT {column} FROM log_entries WHERE idx = ?", index)  # noqa: S608 - our own names
        assert isinstance(value, bytes)
        evidence.do(f"UPDATE log_entries SET {column} = ? WHERE idx = ?", opened(value, byte), index)  # noqa: S608
        assert_found(evidence, index)

    def test_of_an_index(self, evidence: Evidence) -> None:
        """An entry under another number is missing where it was."""
        evidence.do("UPDATE log_entries SET idx = ? WHERE idx = ?", evidence.size + 7, evidence.middle)
        assert_found(evidence, evidence.middle)

    @pytest.mark.parametrize("level", [0, 1, 3, 5])
    def test_of_a_nodes_hash(self, level: int, evidence: Evidence) -> None:
        """The first entry below it is named, and its parent is not to blame."""
        index = evidence.middle >> level
        value = evidence.one("SELECT hash FROM log_nodes WHERE level = ? AND idx = ?", level, index)
        assert isinstance(value, bytes)
        evidence.do("UPDATE log_nodes SET hash = ? WHERE level = ? AND idx = ?", opened(value), level, index)
        assert_found(evidence, index << level)

    def test_of_a_nodes_level(self, evidence: Evidence) -> None:
        """A node where no node can be, and none where it was."""
        evidence.do("UPDATE log_nodes SET level = 40 WHERE level = 2 AND idx = ?", evidence.middle >> 2)
        assert_found(evidence, evidence.middle >> 2 << 2)

    def test_of_a_nodes_index(self, evidence: Evidence) -> None:
        """The same, on its own level."""
        evidence.do("UPDATE log_nodes SET idx = ? WHERE level = 2 AND idx = ?", evidence.size, evidence.middle >> 2)
        assert_found(evidence, evidence.middle >> 2 << 2)

    def test_of_a_checkpoints_size(self, evidence: Evidence) -> None:
        """Its signed note says otherwise; the first entry that it closes is named."""
        before, size = closes(evidence)
        free = size + 1
        while evidence.one("SELECT count(*) FROM log_checkpoints WHERE size = ?", free):
            free += 1  # the next checkpoint may stand there already: two of one size cannot be written at all
        evidence.do("UPDATE log_checkpoints SET size = ? WHERE size = ?", free, size)
        assert_found(evidence, before)

    def test_of_a_checkpoints_root(self, evidence: Evidence) -> None:
        """Likewise."""
        before, size = closes(evidence)
        value = evidence.one("SELECT root FROM log_checkpoints WHERE size = ?", size)
        assert isinstance(value, bytes)
        evidence.do("UPDATE log_checkpoints SET root = ? WHERE size = ?", opened(value), size)
        assert_found(evidence, before)

    @pytest.mark.parametrize("line", [0, 1, 2, 4])
    def test_of_a_checkpoints_note(self, line: int, evidence: Evidence) -> None:
        """Origin, size, root or signature: the signature holds no longer."""
        before, size = closes(evidence)
        lines = str(evidence.one("SELECT note FROM log_checkpoints WHERE size = ?", size)).split("\n")
        lines[line] = lines[line][:-3] + chr(ord(lines[line][-3]) ^ 1) + lines[line][-2:]
        evidence.do("UPDATE log_checkpoints SET note = ? WHERE size = ?", "\n".join(lines), size)
        assert_found(evidence, before)

    @pytest.mark.parametrize("column", ["size", "edge", "note"])
    def test_of_the_head(self, column: str, evidence: Evidence) -> None:
        """The stored end is not the end of the rows; the log's size is named."""
        value = evidence.one(f"SELECT {column} FROM log_head")  # noqa: S608
        changed: object = None
        if isinstance(value, bytes):
            changed = opened(value)
        elif isinstance(value, str):
            changed = value.replace("juki-hub", "juki-hux", 1)
        else:
            changed = evidence.size - 1  # one bit less or more: the edge cannot belong to it
        if column == "size":
            # The edge of as many leaves, so that not the form but the truth is at stake.
            hashes = [logfile.leaf_hash(leaf) for leaf in logfile.leaves(evidence.home)]
            evidence.do("UPDATE log_head SET edge = ?", logfile.edge(hashes[:-1]))
        evidence.do(f"UPDATE log_head SET {column} = ?", changed)  # noqa: S608
        assert_found(evidence, evidence.size)


class TestRows:
    def test_an_entry_deleted(self, evidence: Evidence) -> None:
        """The first that is missing is named."""
        evidence.do("DELETE FROM log_entries WHERE idx = ?", evidence.middle)
        assert_found(evidence, evidence.middle)

    def test_an_entry_deleted_and_the_rest_moved_up(self, evidence: Evidence) -> None:
        """No gap betrays it, and it is named all the same: the one behind it is not the one that was there."""
        index = evidence.middle
        evidence.script(
            [
                ("DELETE FROM log_entries WHERE idx = ?", (index,)),
                ("UPDATE log_entries SET idx = -idx WHERE idx > ?", (index,)),
                ("UPDATE log_entries SET idx = -idx - 1 WHERE idx < 0", ()),
            ]
        )
        assert_found(evidence, index)

    def test_a_node_deleted(self, evidence: Evidence) -> None:
        """The first entry below it is named."""
        evidence.do("DELETE FROM log_nodes WHERE level = 2 AND idx = ?", evidence.middle >> 2)
        assert_found(evidence, evidence.middle >> 2 << 2)

    def test_a_checkpoint_deleted(self, evidence: Evidence) -> None:
        """The entries cite it: the first entry that it closed is named."""
        before, size = closes(evidence)
        evidence.do("DELETE FROM log_checkpoints WHERE size = ?", size)
        assert_found(evidence, before)

    def test_two_entries_swapped(self, evidence: Evidence) -> None:
        """The first of the two is named, even when each took its hash along."""
        first, second = evidence.middle, evidence.middle + 3
        for column in ("leaf", "leaf_hash"):
            query = f"SELECT {column} FROM log_entries WHERE idx = ?"  # noqa: S608
            one, other = evidence.one(query, first), evidence.one(query, second)
            update = f"UPDATE log_entries SET {column} = ? WHERE idx = ?"  # noqa: S608
            evidence.script([(update, (other, first)), (update, (one, second))])
        assert_found(evidence, first)

    def test_the_tail_cut(self, evidence: Evidence) -> None:
        """Entries gone, everything else left: the first that is missing is named."""
        evidence.do("DELETE FROM log_entries WHERE idx >= ?", evidence.size - 5)
        assert_found(evidence, evidence.size - 5)


class TestConsistentLies:
    """The home's owner has every key of the home. Only what was kept elsewhere tells."""

    def test_yesterdays_copy(self, evidence: Evidence) -> None:
        """All tables cut back to an older checkpoint: true in itself, and shorter than what was seen outside."""
        size = evidence.sizes[len(evidence.sizes) // 2]
        cut_back(evidence, size)
        report = evidence.verified()
        assert (report.ok, report.size) == (True, size)
        assert evidence.second() == (0, None)
        assert_found(evidence, size)

    def test_an_end_rewritten_and_signed_anew(self, evidence: Evidence) -> None:
        """From the middle on, with the log's own key: the outside checkpoint has another root."""
        start = evidence.middle
        rewrite(evidence, start, log_key(evidence))
        assert evidence.verified().ok
        assert evidence.second() == (0, None)
        report = evidence.verified(evidence.note)
        assert not report.ok
        assert report.first_bad_index == 0  # nothing in between was kept outside
        assert evidence.second(evidence.note) == (4, 0)

    def test_the_more_was_kept_outside_the_closer_is_the_finding(self, evidence: Evidence) -> None:
        """With every checkpoint kept, the largest size that still agrees is named: just before the rewritten entry."""
        kept = [
            str(note) for (note,) in logfile.select(evidence.home, "SELECT note FROM log_checkpoints ORDER BY size")
        ]
        rewrite(evidence, evidence.middle, log_key(evidence))
        report = evidence.verified(*kept)
        expected = max(size for size in evidence.sizes if size <= evidence.middle)
        assert not report.ok
        assert report.first_bad_index == expected
        assert evidence.second(*kept) == (4, expected)

    def test_signed_anew_with_another_key(self, evidence: Evidence) -> None:
        """Consistent to the last hash, and no longer signed by the log: found without anything from outside."""
        rewrite(evidence, evidence.middle, Ed25519PrivateKey.generate())
        expected = max(size for size in evidence.sizes if size <= evidence.middle)
        assert evidence.verified().first_bad_index == expected
        assert evidence.second() == (4, expected)
        assert_found(evidence, 0)  # nothing in between was kept outside

    def test_a_history_made_for_one_recipient(self, evidence: Evidence) -> None:
        """The house keeps the true log; the checkpoint of the other one, in that recipient's hands, gives it away."""
        true = logfile.journal(evidence.home).read_bytes()
        rewrite(evidence, evidence.middle, log_key(evidence))
        told = str(evidence.one("SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1"))
        logfile.journal(evidence.home).write_bytes(true)
        seen = [str(note) for (note,) in logfile.select(evidence.home, "SELECT note FROM log_checkpoints")]
        at_most = max(size for size in evidence.sizes if size <= evidence.middle)

        assert evidence.verified(*seen).ok
        assert evidence.verified(told).first_bad_index == 0
        assert evidence.second(told) == (4, 0)
        before = [note for note in seen if int(note.split("\n")[1]) <= at_most]
        assert evidence.verified(*before, told).first_bad_index == at_most
        assert evidence.second(*before, told) == (4, at_most)


class TestCommand:
    def test_says_0_for_what_is_whole(self, evidence: Evidence, tmp_path: Path) -> None:
        """Against the checkpoint kept outside."""
        done = verify(evidence, tmp_path)
        assert (done["exit"], done["verified"], done["first_bad_index"]) == (0, True, None)

    def test_says_4_and_names_the_first_bad_index(self, evidence: Evidence, tmp_path: Path) -> None:
        """Here of an entry that was deleted."""
        evidence.do("DELETE FROM log_entries WHERE idx = ?", evidence.middle)
        done = verify(evidence, tmp_path)
        assert (done["exit"], done["verified"], done["first_bad_index"]) == (4, False, evidence.middle)

    def test_says_4_to_yesterdays_copy(self, evidence: Evidence, tmp_path: Path) -> None:
        """Only because of the checkpoint that was kept outside."""
        size = evidence.sizes[len(evidence.sizes) // 2]
        cut_back(evidence, size)
        done = verify(evidence, tmp_path)
        assert (done["exit"], done["verified"], done["first_bad_index"]) == (4, False, size)


class TestExport:
    """The same evidence as one file, given to somebody who has no home at all: only a root key and a key list."""

    @pytest.fixture
    def file(self, evidence: Evidence, tmp_path: Path) -> Path:
        target = tmp_path / "export.txt"
        assert call([*hub("log export", evidence.home), "-o", str(target)], tmp_path / "temp").returncode == 0
        return target

    def verified(self, evidence: Evidence, file: Path, place: Path) -> dict[str, object]:
        root_key = (evidence.source / "keys" / "root.vkey").read_text("utf-8").strip()
        key_list = shutil.copy(evidence.source / "keys" / "keylist.txt", place)
        shutil.rmtree(evidence.home)
        return verify(evidence, place, "--export", str(file), "--root-key", root_key, "--key-list", str(key_list))

    def test_says_0_for_what_is_whole(self, evidence: Evidence, file: Path, tmp_path: Path) -> None:
        """Size and origin are told."""
        done = self.verified(evidence, file, tmp_path)
        assert (done["exit"], done["size"], done["origin"]) == (0, evidence.size, f"juki-hub/131211/{ZONE}")

    def test_says_4_and_names_the_first_bad_index(self, evidence: Evidence, file: Path, tmp_path: Path) -> None:
        """Here of a leaf with one byte changed, so that it is no entry any more."""
        lines = file.read_text("ascii").splitlines(keepends=True)
        at = 2 + len(evidence.sizes) + evidence.middle
        leaf = base64.b64decode(lines[at].removeprefix("leaf "))
        lines[at] = f"leaf {base64.b64encode(opened(leaf, 0)).decode()}\n"
        file.write_text("".join(lines), "ascii")
        assert secondverifier.of_export(file, evidence.source / "keys", [evidence.note], tmp_path) == (
            4,
            evidence.middle,
        )
        done = self.verified(evidence, file, tmp_path)
        assert (done["exit"], done["first_bad_index"]) == (4, evidence.middle)

    def test_says_4_to_an_export_of_yesterdays_copy(self, evidence: Evidence, file: Path, tmp_path: Path) -> None:
        """Only because of the checkpoint that was kept outside."""
        size = evidence.sizes[len(evidence.sizes) // 2]
        cut_back(evidence, size)
        assert call([*hub("log export", evidence.home), "-o", str(file)], tmp_path / "temp").returncode == 0
        keys = evidence.source / "keys"
        assert secondverifier.of_export(file, keys, [], tmp_path) == (0, None)
        assert secondverifier.of_export(file, keys, [evidence.note], tmp_path) == (4, size)
        done = self.verified(evidence, file, tmp_path)
        assert (done["exit"], done["first_bad_index"]) == (4, size)


def verify(evidence: Evidence, place: Path, *more: str) -> dict[str, object]:
    """`hub log verify` in a process of its own, against the checkpoint that was kept outside."""
    command = hub("log verify", evidence.home, "--checkpoint", str(keep(evidence, place)), *more, "--json")
    done = call(command, place / "temp")
    assert b"Traceback" not in done.stderr
    return {"exit": done.returncode, **json.loads(done.stdout)}


def keep(evidence: Evidence, place: Path) -> Path:
    """The checkpoint in a file outside the home."""
    kept = place / "kept.txt"
    kept.write_text(evidence.note, "utf-8")
    return kept


def assert_found(evidence: Evidence, index: int) -> None:
    """Against the outside checkpoint both verifiers end in 4 and name this index as the first that may be bad."""
    kept = keep(evidence, evidence.home.parent)
    words = ["log", "verify", "--home", str(evidence.home), "--checkpoint", str(kept), "--json"]
    done = CliRunner().invoke(app.root, words)
    said = json.loads(done.stdout)
    assert (done.exit_code, said["verified"], said["first_bad_index"]) == (4, False, index)
    assert said["findings"]
    assert evidence.second(evidence.note) == (4, index)


def closes(evidence: Evidence) -> tuple[int, int]:
    """A checkpoint as (size of the one before, its size): it closes the entries between. None has the next size."""
    pairs = pairwise(evidence.sizes)
    return next((one, two) for one, two in pairs if one > evidence.size // 3 and two + 1 not in evidence.sizes)


# --- lies that hold together --------------------------------------------------------------------------------------------


def cut_back(evidence: Evidence, size: int) -> None:
    """The log's tables as they were when the checkpoint of this size was the last."""
    hashes = [logfile.leaf_hash(leaf) for leaf in logfile.leaves(evidence.home)[:size]]
    note = evidence.one("SELECT note FROM log_checkpoints WHERE size = ?", size)
    evidence.script(
        [
            ("DELETE FROM log_entries WHERE idx >= ?", (size,)),
            ("DELETE FROM log_nodes WHERE (idx + 1) << level > ?", (size,)),
            ("DELETE FROM log_checkpoints WHERE size > ?", (size,)),
            ("UPDATE log_head SET size = ?, edge = ?, note = ?", (size, logfile.edge(hashes), note)),
        ]
    )


def log_key(evidence: Evidence) -> Ed25519PrivateKey:
    """The home's own."""
    key = load_pem_private_key((evidence.source / "keys" / "log.key").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def rewrite(evidence: Evidence, start: int, key: Ed25519PrivateKey) -> None:
    """Another time in the entry at `start`, and everything that follows from it: hashes, nodes, witnesses, signatures."""
    entries = logfile.entries(evidence.home)
    entries[start]["time"] = entries[start]["time"].replace("2026-", "2027-", 1)
    hashes: list[bytes] = []
    leaves: list[bytes] = []
    notes: dict[int, tuple[bytes, str]] = {}
    for index, entry in enumerate(entries):
        if entry["kind"] == "answer" and entry["seen"]["size"] > start:
            entry["seen"]["root"] = base64.b64encode(notes[entry["seen"]["size"]][0]).decode()
        leaves.append(logfile.canonical(entry))
        hashes.append(logfile.leaf_hash(leaves[-1]))
        if (size := index + 1) in evidence.sizes and size > start:
            root = logfile.root(hashes)
            old = str(evidence.one("SELECT note FROM log_checkpoints WHERE size = ?", size))
            notes[size] = (root, signed(old, root, key))
    evidence.script([*_updates(leaves, hashes, start), *_resigned(notes, hashes)])


def signed(old: str, root: bytes, key: Ed25519PrivateKey) -> str:
    """The checkpoint with another root, signed by the log's own key: only root and signature are new."""
    origin, size, _, _, signature, _ = old.split("\n")
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    start, _, packed = signature.rpartition(" ")
    value = base64.b64decode(packed)[:4] + key.sign(text.encode())
    return f"{text}\n{start} {base64.b64encode(value).decode()}\n"


def _updates(leaves: Sequence[bytes], hashes: Sequence[bytes], start: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    for index in range(start, len(leaves)):
        yield "UPDATE log_entries SET leaf = ?, leaf_hash = ? WHERE idx = ?", (leaves[index], hashes[index], index)
    for level, index, found in logfile.subtrees(hashes):
        yield "UPDATE log_nodes SET hash = ? WHERE level = ? AND idx = ?", (found, level, index)


def _resigned(notes: dict[int, tuple[bytes, str]], hashes: Sequence[bytes]) -> Iterator[tuple[str, tuple[object, ...]]]:
    for size, (root, note) in notes.items():
        yield "UPDATE log_checkpoints SET root = ?, note = ? WHERE size = ?", (root, note, size)
    yield "UPDATE log_head SET edge = ?, note = ?", (logfile.edge(hashes), notes[max(notes)][1])
