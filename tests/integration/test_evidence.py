"""`hub log` on what an auditor holds: public keys and a copy. Every crime against it ends in 4, the first bad index named.

The log is the sample log of 21 entries, so each row of each table gets its turn; tests/e2e/test_tampering.py does the
same to the log of a played day.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SimulatedClock
from hub.edges.journal import create_journal, open_reader
from hub.edges.keystore import create_keystore
from hub.edges.sqlite import Database, open_unwritten
from hub.errors import IntegrityError, Unavailable
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.stamp import Stamp
from hub.observe import silent
from tests import opensecrets
from tests.exchangelog_samples import KEYLIST, LOG_KEY, ORIGIN, ROOT_NAME, build, root_private
from tests.journaldata import Letter, Writer
from tests.samplehome import commits, copy_of

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
LOG = build()
SIZE = len(LOG.leaves)
ENDS = [batch.checkpoint.size for batch in LOG.batches]
KEPT = LOG.notes[-1]
NEWER = build((1, 4, 7, 1, 8, 3))  # the same log one commit later


def starts(index: int) -> int:
    """Where the batch of an entry starts."""
    return max(end for end in [0, *ENDS] if end <= index)


def first_of(table: str, row: dict[str, Any]) -> int:
    """What docs/spec/exchange-log.md section 9 names for a fault in this row."""
    match table:
        case "log_entries":
            return int(row["idx"])
        case "log_nodes":
            return int(row["idx"]) << int(row["level"])
        case "log_checkpoints":
            return starts(int(row["size"]) - 1)
        case _:
            return SIZE


@dataclass(frozen=True, slots=True)
class Copy:
    """An auditor's copy, and the newest checkpoint as it was kept elsewhere."""

    home: Path
    kept: Path

    def do(self, *statements: tuple[str, Sequence[object]]) -> None:
        """Commits a crime with nothing but SQLite, with no constraint in the way. Each must touch something."""
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute("PRAGMA ignore_check_constraints=ON")
            assert all(database.execute(statement, values).rowcount for statement, values in statements)

    @contextmanager
    def criminal(self) -> Iterator[sqlite3.Connection]:
        """The same for many small crimes, each committed at once."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as database:
            database.execute("PRAGMA ignore_check_constraints=ON")
            database.execute("PRAGMA synchronous=OFF")
            yield database

    def rows(self, table: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.file)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]  # noqa: S608

    @property
    def file(self) -> Path:
        return HomePaths(self.home).journal / "journal.sqlite"

    def verify(self, *more: str) -> dict[str, Any]:
        """`hub log verify` against the checkpoint that was kept outside."""
        return hub("log", "verify", "--home", str(self.home), "--checkpoint", str(self.kept), *more, "--json")

    def finds(self, first: int, *more: str) -> None:
        """It ends in 4 and names this index."""
        done = self.verify(*more)
        assert (done["exit"], done["verified"], done["first_bad_index"]) == (4, False, first), done
        assert done["findings"]


def hub(*words: str) -> dict[str, Any]:
    """The command, and what it said as JSON, with its exit code."""
    done = CliRunner().invoke(root, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return {"exit": done.exit_code, **(json.loads(done.stdout) if "--json" in words else {"said": done.output})}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of(LOG, tmp_path_factory.mktemp("original") / "home").root


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Copy:
    """A fresh copy for each crime."""
    home, kept = tmp_path / "home", tmp_path / "kept.txt"
    shutil.copytree(original, home)
    kept.write_text(KEPT, "utf-8")
    return Copy(home, kept)


# --- what is there, for the parameters ----------------------------------------------------------------------------------


def _tables(place: Path) -> dict[str, list[dict[str, Any]]]:
    copied = Copy(place, place)
    with closing(sqlite3.connect(copied.file)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE name GLOB 'log_*'")]
    return {name: copied.rows(name) for name in sorted(names)}


def _flips(value: object) -> Iterator[object]:
    """The value with one bit of one byte changed, here and there."""
    if isinstance(value, int):
        yield from (value + 1000, value - (1 << 62))
        return
    raw = value.encode() if isinstance(value, str) else value
    assert isinstance(raw, bytes)
    for at in sorted({0, len(raw) // 3, len(raw) // 2, len(raw) - 1}):
        for bit in (1, 128):
            yield raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :]


def _key(table: str) -> list[str]:
    return {"log_entries": ["idx"], "log_nodes": ["level", "idx"], "log_checkpoints": ["size"], "log_head": ["id"]}[
        table
    ]


def _where(table: str, row: dict[str, Any]) -> tuple[str, list[object]]:
    return " AND ".join(f"{name} = ?" for name in _key(table)), [row[name] for name in _key(table)]


Statement = tuple[str, Sequence[object]]


def _flipped(table: str, row: dict[str, Any]) -> Iterator[tuple[str, Statement, Statement]]:
    """For each column of a row and each of its flips: the column, the crime, and what undoes it."""
    where, key = _where(table, row)
    for column, value in row.items():
        # CAST: bytes that are no UTF-8 any more can stand in a column of text too.
        new = "CAST(? AS TEXT)" if isinstance(value, str) else "?"
        for flipped in _flips(value):
            moved = [flipped if name == column else row[name] for name in _key(table)]
            crime = (f"UPDATE {table} SET {column} = {new} WHERE {where}", [flipped, *key])  # noqa: S608
            undo = (f"UPDATE {table} SET {column} = ? WHERE {where}", [value, *moved])  # noqa: S608
            yield column, crime, undo


class TestEveryColumn:
    def test_of_every_table_of_the_log(self, copy: Copy) -> None:
        """A bit in any byte, first, last or between, of any column of any row of any table `log_*`."""
        tables, done = _tables(copy.home), 0
        assert set(tables) == {"log_entries", "log_nodes", "log_checkpoints", "log_head"}
        with open_archive(copy.home) as archive, copy.criminal() as database:
            for table, rows in tables.items():
                for row in rows:
                    for column, change, back in _flipped(table, row):
                        assert database.execute(*change).rowcount == 1
                        report = archive.verify([Checkpoint.claimed(KEPT)])
                        assert report.first_bad_index == first_of(table, row), (table, row, column)
                        assert report.findings
                        assert database.execute(*back).rowcount == 1
                        done += 1
            assert archive.verify([Checkpoint.claimed(KEPT)]).ok
        assert done > 700

    @pytest.mark.parametrize("table", ["log_entries", "log_nodes", "log_checkpoints", "log_head"])
    def test_by_the_command(self, table: str, copy: Copy) -> None:
        """The same of one row, as a person would ask."""
        rows = copy.rows(table)
        row = rows[len(rows) // 2]
        for _, change, back in _flipped(table, row):
            copy.do(change)
            copy.finds(first_of(table, row))
            copy.do(back)

    def test_and_back_again(self, copy: Copy) -> None:
        """The untouched copy verifies, with public keys alone: there is no master key and no key store."""
        assert not (copy.home / "keystore").exists()
        assert sorted(file.name for file in (copy.home / "keys").iterdir()) == ["keylist.txt", "root.vkey"]
        done = copy.verify()

        assert (done["exit"], done["verified"], done["size"], done["first_bad_index"]) == (0, True, SIZE, None)
        assert done["origin"] == ORIGIN


def _placed(table: str, place: dict[str, Any], row: dict[str, Any]) -> Statement:
    """Puts all but the key of a row into the place of another."""
    where, key = _where(table, place)
    columns = [name for name in row if name not in _key(table)]
    changes = ", ".join(f"{name} = ?" for name in columns)
    return f"UPDATE {table} SET {changes} WHERE {where}", [*(row[name] for name in columns), *key]  # noqa: S608


class TestRows:
    @pytest.mark.parametrize("table", ["log_entries", "log_nodes", "log_checkpoints", "log_head"])
    def test_a_row_deleted(self, table: str, copy: Copy) -> None:
        """Of any table, any row."""
        for row in copy.rows(table):
            where, key = _where(table, row)
            copy.do((f"DELETE FROM {table} WHERE {where}", key))  # noqa: S608
            copy.finds(first_of(table, row))
            names, marks = ", ".join(row), ", ".join("?" for _ in row)
            copy.do((f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())))  # noqa: S608

    @pytest.mark.parametrize("table", ["log_entries", "log_nodes", "log_checkpoints"])
    def test_two_rows_swapped(self, table: str, copy: Copy) -> None:
        """Each whole, with all that is not its place; the first of the two is named."""
        rows = copy.rows(table)
        for one, other in [(rows[0], rows[1]), (rows[1], rows[3]), (rows[2], rows[-1])]:
            copy.do(_placed(table, one, other), _placed(table, other, one))
            copy.finds(min(first_of(table, one), first_of(table, other)))
            copy.do(_placed(table, one, one), _placed(table, other, other))
        assert copy.verify()["exit"] == 0

    @pytest.mark.parametrize("kept", [0, 1, 4, 5, 13, 20])
    def test_the_tail_cut(self, kept: int, copy: Copy) -> None:
        """Entries gone from somewhere on: the first that is missing is named, also where the nodes went with them."""
        copy.do(("DELETE FROM log_entries WHERE idx >= ?", [kept]))
        copy.finds(kept)
        copy.do(("DELETE FROM log_nodes WHERE (idx + 1) << level > ?", [kept]))
        copy.finds(kept)


class TestConsistentLies:
    """Whoever has the home's keys can make all of it agree. Only what was kept elsewhere tells."""

    @pytest.mark.parametrize("batches", range(len(LOG.batches)))
    def test_yesterdays_copy(self, batches: int, tmp_path: Path, copy: Copy) -> None:
        """True in itself, and shorter than what was seen outside."""
        older = copy_of(type(LOG)(LOG.batches[:batches]), tmp_path / "older").root

        assert hub("log", "verify", "--home", str(older), "--json")["verified"]
        Copy(older, copy.kept).finds([0, *ENDS][batches])

    @pytest.mark.parametrize("twist", [1, 2, 6, 7, 11])
    def test_rewritten_from_there_on_and_signed_anew(self, twist: int, tmp_path: Path, copy: Copy) -> None:
        """With the log's own key; the more checkpoints were kept, the closer is the finding."""
        forged = copy_of(build(twist=twist), tmp_path / "forged").root
        between = tmp_path / "between.txt"
        between.write_text(LOG.notes[[*ENDS, 99].index(starts(twist))], "utf-8")

        assert hub("log", "verify", "--home", str(forged), "--json")["verified"]
        Copy(forged, copy.kept).finds(0)
        Copy(forged, copy.kept).finds(starts(twist), "--checkpoint", str(between))

    def test_two_checkpoints_kept_outside_contradict_each_other(self, tmp_path: Path, copy: Copy) -> None:
        """Both signed, of one size: the log cannot be the one of both."""
        other = tmp_path / "other.txt"
        other.write_text(build(twist=2).notes[-1], "utf-8")

        copy.finds(0, "--checkpoint", str(other))


class TestRuns:
    """`--from` and `--to`: a stretch between two checkpoints, judged as the whole log would be there."""

    @pytest.mark.parametrize(
        ("start", "until"), [(0, 1), (0, SIZE), (5, 6), (ENDS[0], ENDS[1]), (SIZE - 1, SIZE), (3, 15), (SIZE, SIZE + 9)]
    )
    def test_holds(self, copy: Copy, start: int, until: int) -> None:
        """Widened to the checkpoints around it."""
        done = copy.verify("--from", str(start), "--to", str(until))

        assert (done["exit"], done["size"]) == (0, min((end for end in ENDS if end >= until), default=SIZE))

    @pytest.mark.parametrize("index", [0, 4, 9, SIZE - 1])
    def test_what_was_changed_is_found_in_its_run_and_in_no_other(self, copy: Copy, index: int) -> None:
        """A leaf in the place of its neighbour's: the run that holds it names it, the others hold."""
        other = index - 1 if index else 1
        taken = "UPDATE log_entries SET leaf = (SELECT leaf FROM log_entries WHERE idx = ?) WHERE idx = ?"
        copy.do((taken, (other, index)))
        for begin, end in zip([0, *ENDS[:-1]], ENDS, strict=True):
            done = copy.verify("--from", str(begin), "--to", str(end))

            assert (done["exit"], done["first_bad_index"]) == ((4, index) if begin <= index < end else (0, None))

    def test_not_together_with_a_file(self, copy: Copy) -> None:
        assert copy.verify("--from", "1", "--archives", ".")["exit"] == 2


class TestPins:
    def test_a_key_list_by_another_root(self, copy: Copy) -> None:
        """Whoever replaces key list and root in the copy does not replace what the verifier brings along."""
        copy.home.joinpath("keys", "root.vkey").write_text(LOG_KEY.key.encode(), "utf-8")
        pinned = VerifierKey.of(ROOT_NAME, root_private()).encode()

        assert copy.verify()["exit"] == 4
        assert copy.verify("--root-key", pinned)["exit"] == 0

    def test_a_checkpoint_that_the_log_never_signed(self, copy: Copy) -> None:
        """It is no evidence, neither way."""
        copy.kept.write_text(KEPT.replace("\n21\n", "\n22\n"), "utf-8")
        done = copy.verify()

        assert (done["exit"], done["error"]["code"]) == (4, "HUB-LOG-011")

    def test_a_file_that_is_not_there(self, copy: Copy) -> None:
        """A mistake in the command line is no verdict on the log."""
        assert copy.verify("--checkpoint", "nowhere.txt")["exit"] == 2
        assert copy.verify("--key-list", "nowhere.txt")["exit"] == 2
        assert copy.verify("--export", "nowhere.txt")["exit"] == 2


class TestExport:
    """The file that `hub log export` writes, verified with nothing but itself, a root key and a key list."""

    @pytest.fixture
    def file(self, copy: Copy, tmp_path: Path) -> Path:
        target = tmp_path / "export.txt"
        done = hub("log", "export", "--home", str(copy.home), "-o", str(target), "--json")
        assert (done["exit"], done["size"]) == (0, SIZE)
        return target

    @pytest.fixture
    def check(self, copy: Copy, file: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
        """The command, without any home."""
        keys = tmp_path / "keylist.txt"
        keys.write_text(KEYLIST.sign(ROOT_NAME, root_private()), "utf-8")
        pins = ["--root-key", VerifierKey.of(ROOT_NAME, root_private()).encode(), "--key-list", str(keys)]

        def run(*more: str) -> dict[str, Any]:
            nowhere = str(tmp_path / "nowhere")
            kept = ["--checkpoint", str(copy.kept)]
            return hub("log", "verify", "--export", str(file), "--home", nowhere, *pins, *kept, *more, "--json")

        return run

    def change(self, file: Path, edit: Callable[[list[str]], None]) -> None:
        lines = file.read_text("ascii").splitlines(keepends=True)
        edit(lines)
        file.write_text("".join(lines), "ascii")

    def put(self, file: Path, at: int, line: str) -> None:
        self.change(file, lambda lines: lines.__setitem__(at, line))

    def test_without_a_home(self, check: Callable[..., dict[str, Any]]) -> None:
        """Size, root and origin are told."""
        done = check()

        assert (done["exit"], done["verified"], done["size"], done["origin"]) == (0, True, SIZE, ORIGIN)
        assert done["root"] == LOG.batches[-1].checkpoint.root.hex()

    def test_with_a_home(self, file: Path, copy: Copy) -> None:
        """Key list and root from there; and it must be that home's log."""
        assert copy.verify("--export", str(file))["exit"] == 0
        self.put(file, 1, f"origin {ORIGIN}2\n")
        done = copy.verify("--export", str(file))

        assert (done["exit"], done["error"]["code"]) == (4, "HUB-LOG-016")

    @pytest.mark.parametrize("index", range(SIZE))
    def test_a_byte_of_a_leaf(self, index: int, file: Path, check: Callable[..., dict[str, Any]]) -> None:
        """A line that is no entry any more is named itself; an entry that reads otherwise, by its checkpoint's stretch."""
        at = 2 + len(ENDS) + index
        original = file.read_text("ascii")
        for leaf, first in (
            (LOG.leaves[index].replace(b'"131211"', b'"131212"'), starts(index)),
            (LOG.leaves[index].replace(b'"_v":1', b'"_v":2'), index),
        ):
            self.put(file, at, f"leaf {base64.b64encode(leaf).decode()}\n")
            done = check()
            assert (done["exit"], done["first_bad_index"]) == (4, first)
            file.write_text(original, "ascii")

        self.change(file, lambda lines: lines.__setitem__(at, lines[at].replace("leaf e", "leaf \u007f")))
        done = check()
        assert (done["exit"], done["first_bad_index"]) == (4, index)

    @pytest.mark.parametrize("index", [0, 1, 4, 5, 12])
    def test_a_leaf_deleted(self, index: int, file: Path, check: Callable[..., dict[str, Any]]) -> None:
        """The last line corrected: its stretch is named."""

        def edit(lines: list[str]) -> None:
            del lines[2 + len(ENDS) + index]
            lines[-1] = f"end {SIZE - 1}\n"

        self.change(file, edit)
        done = check()
        assert (done["exit"], done["first_bad_index"]) == (4, starts(index))

    @pytest.mark.parametrize("kept", [0, 1, 4, 5, 13, 20])
    def test_the_tail_cut(self, kept: int, file: Path, check: Callable[..., dict[str, Any]]) -> None:
        """Cut off anywhere, with and without a last line that fits."""
        for last in ([f"end {kept}\n"], []):
            original = file.read_text("ascii")
            self.change(file, partial(_cut, at=2 + len(ENDS) + kept, last=last))
            done = check()
            assert (done["exit"], done["first_bad_index"]) == (4, kept)
            file.write_text(original, "ascii")

    def test_two_leaves_swapped(self, file: Path, check: Callable[..., dict[str, Any]]) -> None:
        """Their batch is named."""

        def edit(lines: list[str]) -> None:
            at = 2 + len(ENDS)
            lines[at + 6], lines[at + 9] = lines[at + 9], lines[at + 6]

        self.change(file, edit)
        assert check()["first_bad_index"] == 5

    def test_a_byte_of_a_checkpoint(self, file: Path, check: Callable[..., dict[str, Any]]) -> None:
        """The first entry that it closes is named."""
        original = file.read_text("ascii")
        for place, note in enumerate(LOG.notes):
            other = base64.b64encode(note.replace("—", "-").encode()).decode()
            for line in (f"checkpoint {other}\n", "checkpoint !\n"):
                self.put(file, 2 + place, line)
                done = check()
                assert (done["exit"], done["first_bad_index"]) == (4, starts(ENDS[place] - 1))
                file.write_text(original, "ascii")

    def test_made_from_yesterdays_copy(self, file: Path, tmp_path: Path, check: Callable[..., dict[str, Any]]) -> None:
        """A true export of a log that was rolled back."""
        older = copy_of(type(LOG)(LOG.batches[:3]), tmp_path / "older").root
        assert hub("log", "export", "--home", str(older), "-o", str(file))["exit"] == 0
        done = check()

        assert (done["exit"], done["first_bad_index"]) == (4, ENDS[2])

    def test_made_from_a_rewritten_log(self, file: Path, tmp_path: Path, check: Callable[..., dict[str, Any]]) -> None:
        """Signed anew with the home's own key."""
        forged = copy_of(build(twist=7), tmp_path / "forged").root
        assert hub("log", "export", "--home", str(forged), "-o", str(file))["exit"] == 0
        between = tmp_path / "between.txt"
        between.write_text(LOG.notes[1], "utf-8")

        assert check("--checkpoint", str(between))["first_bad_index"] == 5

    def test_what_is_no_export(self, file: Path, check: Callable[..., dict[str, Any]]) -> None:
        """Anything else is refused with its first wrong line."""
        file.write_bytes(b"\xff\x00" * 4000)
        done = check()

        assert (done["exit"], done["error"]["code"]) == (4, "HUB-LOG-007")


def _cut(lines: list[str], at: int, last: Sequence[str]) -> None:
    lines[at:] = last


class TestWhatIsHandedOut:
    def test_a_stamp_that_holds(self, copy: Copy) -> None:
        """`prove` and `checkpoint` give what verification would confirm."""
        for index in range(SIZE):
            stamp = Stamp.parse(hub("log", "prove", str(index), "--home", str(copy.home), "--json")["stamp"])
            assert (stamp.index, stamp.leaf, stamp.note) == (index, LOG.leaves[index], KEPT)
            shown = hub("log", "show", str(index), "--home", str(copy.home), "--json")
            assert shown["entry"] == json.loads(LOG.leaves[index])
        assert hub("log", "checkpoint", "--home", str(copy.home), "--json")["note"] == KEPT

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("note", KEPT.replace("\n21\n", "\n20\n")),
            ("note", KEPT[:-9] + "AAAAAAA=\n"),
            ("note", LOG.notes[-2]),
            ("note", build(twist=2).notes[-1]),
            ("note", ""),
            ("edge", bytes(96)),
            ("size", 19),
            ("id", 2),
        ],
    )
    def test_no_note_of_another_tree(self, column: str, value: object, copy: Copy) -> None:
        """Neither a forged one, nor a true one of another size, nor one of another history: exit 4, and nothing said."""
        copy.do((f"UPDATE log_head SET {column} = ?", [value]))  # noqa: S608
        for words in (["checkpoint"], ["prove", "3"], ["show", "3"]):
            done = hub("log", *words, "--home", str(copy.home), "--json")
            assert done["exit"] == 4
            assert done.keys() == {"exit", "error", "errors"}

    @pytest.mark.parametrize(
        "crime",
        [
            "UPDATE log_entries SET leaf = CAST(replace(leaf, '131211', '131212') AS BLOB) WHERE idx = 3",
            "DELETE FROM log_entries WHERE idx = 3",
            "UPDATE log_nodes SET hash = zeroblob(32) WHERE level = 0 AND idx = 2",
            "DELETE FROM log_nodes WHERE level = 0 AND idx = 2",
        ],
    )
    def test_no_entry_that_is_not_proven(self, crime: str, copy: Copy) -> None:
        """An entry that was changed is not shown as if it were one."""
        copy.do((crime, []))
        for word in ("prove", "show"):
            done = hub("log", word, "3", "--home", str(copy.home), "--json")
            assert done["exit"] == 4
            assert done.keys() == {"exit", "error", "errors"}


class TestOwner:
    @pytest.mark.parametrize("note", [KEPT, "", "changed"])
    def test_stops_at_a_note_that_is_not_of_its_tree(self, note: str, tmp_path: Path) -> None:
        """Replies hand the stored note on, so a home in which it does not hold is not opened."""
        config = Config(format=1, tenant="131211", environment="test", zone="kikan", origin=ORIGIN, development=True)
        paths = found(Founding(tmp_path / "home", config, resources.routing_file(), NOW - timedelta(hours=1)))
        with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
            true = opened.journal.head().note
        forged = true[:-9] + "AAAAAAA=\n" if note == "changed" else note
        Copy(paths.root, paths.root).do(("UPDATE log_head SET note = ?", [forged]))
        with pytest.raises(IntegrityError), open_home(paths.root, SimulatedClock(NOW), silent):
            pytest.fail("opened")
        Copy(paths.root, paths.root).do(("UPDATE log_head SET note = ?", [true]))
        with open_home(paths.root, SimulatedClock(NOW), silent) as opened:
            assert opened.journal.head().note == true


class TestWhereItLies:
    """Beside its owner, and as a copy of any make, also where nothing may be written."""

    def test_beside_a_running_owner(self, tmp_path: Path) -> None:
        """What the owner commits is seen, though it still stands in the write-ahead file alone, and the owner goes on."""
        paths = copy_of(LOG, tmp_path / "home")
        shutil.rmtree(paths.journal)
        first, *rest = commits(NEWER)
        with (
            create_keystore(tmp_path / "keys", bytes(32)) as keystore,
            create_journal(paths.journal, keystore) as owner,
        ):
            owner.commit(first)
            for commit in rest:
                owner.commit(commit)
                with open_archive(paths.root) as archive:
                    report = archive.verify([Checkpoint.claimed(LOG.notes[0])])
                assert (report.ok, report.size) == (True, commit.checkpoint.size)

    @pytest.mark.parametrize("files", [("",), ("", "-wal"), ("", "-wal", "-shm")])
    def test_where_nothing_may_be_written(self, files: tuple[str, ...], tmp_path: Path) -> None:
        """A copy taken while the owner had it open; without its write-ahead file it is older, and says so itself."""
        paths = copy_of(LOG, tmp_path / "home")
        source = tmp_path / "source"
        with create_keystore(tmp_path / "keys", bytes(32)) as keystore, create_journal(source, keystore) as owner:
            owner.commit(commits(LOG)[0])
            assert isinstance(owner._database, Database)
            assert owner._database.empty_wal()
            for commit in commits(LOG)[1:]:
                owner.commit(commit)
            shutil.rmtree(paths.journal)
            paths.journal.mkdir()
            for suffix in files:
                shutil.copy(source / f"journal.sqlite{suffix}", paths.journal)
        before = locked(paths.root)

        done = unprivileged("log", "verify", "--home", str(paths.root), "--json")

        said = json.loads(done.stdout)
        assert (done.returncode, said["verified"], said["size"]) == (0, True, SIZE if "-wal" in files else 1)
        assert sorted(str(path) for path in paths.root.rglob("*")) == before

    def test_a_copy_that_somebody_opens_meanwhile(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Read without locks, so what was read is not believed."""
        paths = copy_of(LOG, tmp_path / "home")
        file = paths.journal / "journal.sqlite"
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        monkeypatch.setattr(os, "access", lambda *_: False)
        database = open_unwritten(file, "journal")
        with ExitStack() as opened:

            def read() -> None:
                with database.reading() as connection:
                    assert connection.exec_driver_sql("SELECT count(*) FROM log_entries").scalar_one() == SIZE
                    other = opened.enter_context(closing(sqlite3.connect(file)))
                    other.execute("BEGIN IMMEDIATE")

            with pytest.raises(Unavailable):
                read()
        database.close()

    def test_writes_nothing(self, copy: Copy) -> None:
        """The reader has no right to write, whoever asks."""
        with (
            open_reader(HomePaths(copy.home).journal) as reader,
            pytest.raises(Unavailable),
            reader._database.writing() as connection,
        ):
            connection.exec_driver_sql("DELETE FROM log_entries")

    def test_what_is_no_journal(self, copy: Copy) -> None:
        """Damage is damage, not a traceback."""
        copy.file.write_bytes(b"no database" * 1000)
        done = copy.verify()

        assert (done["exit"], done["error"]["code"]) == (4, "HUB-JNL-005")


class TestSecrets:
    def test_can_be_opened_with_the_specification_alone(self, tmp_path: Path) -> None:
        """docs/spec/exchange-log.md section 10, by code that shares nothing with the hub; what was erased stays closed."""
        master, writer = os.urandom(32), Writer()
        home = HomePaths(tmp_path / "home")
        home.keys.mkdir(parents=True)
        home.master_key.write_bytes(master)
        letters = [Letter(body=f"<Envelope>{number}</Envelope>".encode(), lane=None) for number in range(5)]
        with create_keystore(home.keystore, master) as keystore, create_journal(home.journal, keystore) as journal:
            for some in (letters[:2], letters[2:]):
                journal.commit(writer.stored(writer.commit(some)))
            opened = opensecrets.opened(home.root)
            private = opensecrets.opened(home.root, "private")
            keystore.shred_bucket(letters[0].retention, letters[0].due)
            left = opensecrets.opened(home.root)

        assert opened == {index: letter.body for index, letter in enumerate(letters)}
        assert private == {index: b"private part %d" % index for index in range(5)}
        assert left == {}


def locked(place: Path) -> list[str]:
    """Takes every right to write from a folder; returns the names in it."""
    names = sorted(str(path) for path in place.rglob("*"))
    for path in (*place.rglob("*"), place):
        path.chmod(0o500 if path.is_dir() else 0o400)
    return names


def unprivileged(*words: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process whose rights are those that the files give: also root's, without its power over them."""
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*prefix, sys.executable, "-m", "hub", *words]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, env=environment)
