"""Two verifiers that share no code agree on whatever was done to a log: whether something is wrong, and where it begins.

The crimes are drawn from a seed, one to three at a time, against every column of the log's tables and every line of an
export. A seed on which they differ is a hole in docs/spec/exchange-log.md.
"""

from __future__ import annotations

import base64
import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub.app.counting import Kept, Outside
from hub.app.evidence import NO_PINS, open_archive, verify_export
from hub.edges.signer import load_log_key
from hub.errors import IntegrityError
from hub.exchangelog.checkpoint import Checkpoint
from tests import secondverifier
from tests.e2e import logfile
from tests.e2e.demorun import Run
from tests.integration.test_succession import ORIGIN
from tests.integration.test_witness import hub, submit

ZONE = "kikan"
SEEDS = range(20)
Crime = Callable[[sqlite3.Connection, random.Random], None]


@pytest.fixture
def home(played: Run, tmp_path: Path) -> Path:
    """A copy of what verification reads."""
    return copied(played.home / "zones" / ZONE, tmp_path / ZONE)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that was called three names, one after the other; its second key came into doubt. What its keys were is kept."""
    place = tmp_path_factory.mktemp("changed")
    home, request, listed = place / "home", str(place / "request"), str(place / "list")
    own = ("--home", str(home))
    hub("init", "--development", *own)
    for doubt in ((), ("--doubt", "2026-01-01T00:00:00Z"), None):
        for _ in range(3):
            submit(home, place)
        shutil.copy(home / "keys/log.key", home / f"{len(list(home.glob('*.key')))}.key")
        if doubt is not None:
            hub("log", "key", "next", "-o", request, *doubt, *own)
            root = ("--key", str(home / "offline/root.key"), "--key-list", str(home / "keys/keylist.txt"))
            hub("log", "key", "sign", request, *root, "--unwitnessed", "-o", listed)
            hub("log", "key", "take", listed, *own)
    return home


@pytest.fixture
def changed(begun: Path, tmp_path: Path) -> Path:
    home = copied(begun, tmp_path / ZONE)
    for key in begun.glob("*.key"):
        shutil.copy(key, home)
    return home


def copied(source: Path, home: Path) -> Path:
    shutil.copytree(source / "journal", home / "journal")
    (home / "keys").mkdir()
    for name in ("hub.yaml", "keys/keylist.txt", "keys/root.vkey"):
        shutil.copy(source / name, home / name)
    return home


def notes(home: Path) -> list[str]:
    """All checkpoints by size, as somebody may have kept them."""
    return [note for (note,) in logfile.select(home, "SELECT note FROM log_checkpoints ORDER BY size")]


# --- crimes against the tables ------------------------------------------------------------------------------------------


def a_row(database: sqlite3.Connection, chance: random.Random, table: str, columns: str) -> tuple[Any, ...]:
    rows = database.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608 - our own names
    return chance.choice(rows) if rows else (None,) * len(columns.split(","))


def other(value: Any, chance: random.Random) -> Any:
    """The value with one bit, one character or one number changed."""
    if isinstance(value, bytes) and value:
        changed = bytearray(value)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    if isinstance(value, str) and value:
        at = chance.randrange(len(value))
        return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
    return chance.choice([0, 1, 2, 5, 10_000])


def change_a_leaf(database: sqlite3.Connection, chance: random.Random) -> None:
    index, leaf = a_row(database, chance, "log_entries", "idx, leaf")
    database.execute("UPDATE log_entries SET leaf = ? WHERE idx = ?", (other(leaf, chance), index))


def change_a_member(database: sqlite3.Connection, chance: random.Random) -> None:
    """Canonical again, and with its own hash: an entry that says something else."""
    index, leaf = a_row(database, chance, "log_entries", "idx, leaf")
    try:
        entry = json.loads(leaf)
    except (TypeError, ValueError):
        return
    name = chance.choice(sorted(entry))
    if isinstance(entry[name], dict):
        entry[name] = {key: other(one, chance) for key, one in entry[name].items()}
    else:
        entry[name] = chance.choice([other(entry[name], chance), index, "", None])
    changed = logfile.canonical(entry)
    database.execute(
        "UPDATE log_entries SET leaf = ?, leaf_hash = ? WHERE idx = ?", (changed, logfile.leaf_hash(changed), index)
    )


def change_a_value(table: str, key: str, column: str) -> Crime:
    def commit(database: sqlite3.Connection, chance: random.Random) -> None:
        place, value = a_row(database, chance, table, f"{key}, {column}")
        if table == "log_nodes":
            level, index, value = a_row(database, chance, table, "level, idx, hash")
            database.execute(
                "UPDATE log_nodes SET hash = ? WHERE level = ? AND idx = ?", (other(value, chance), level, index)
            )
        elif place is not None:
            changed = other(value, chance)
            database.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {key} = ?", (changed, place))  # noqa: S608

    return commit


def delete_a_row(table: str) -> Crime:
    def commit(database: sqlite3.Connection, chance: random.Random) -> None:
        count = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
        at = chance.randrange(max(1, count))
        if table == "log_nodes":
            level, index = a_row(database, chance, table, "level, idx")
            database.execute("DELETE FROM log_nodes WHERE level = ? AND idx = ?", (level, index))
        else:
            database.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} LIMIT 1 OFFSET ?)", (at,))  # noqa: S608

    return commit


def swap_two_leaves(database: sqlite3.Connection, chance: random.Random) -> None:
    (one, leaf, hashed), (two, leaf2, hashed2) = (
        a_row(database, chance, "log_entries", "idx, leaf, leaf_hash") for _ in "ab"
    )
    update = "UPDATE log_entries SET leaf = ?, leaf_hash = ? WHERE idx = ?"
    database.executemany(update, [(leaf2, hashed2, one), (leaf, hashed, two)])


def cut_the_tail(database: sqlite3.Connection, chance: random.Random) -> None:
    index, _ = a_row(database, chance, "log_entries", "idx, leaf")
    database.execute("DELETE FROM log_entries WHERE idx >= ?", (index,))


def move_a_row(table: str, column: str) -> Crime:
    def commit(database: sqlite3.Connection, chance: random.Random) -> None:
        place, _ = a_row(database, chance, table, f"{column}, {column}")
        by = chance.choice([-10_000, -1, 1, 7, 10_000])
        database.execute(f"UPDATE OR IGNORE {table} SET {column} = {column} + ? WHERE {column} = ?", (by, place))  # noqa: S608

    return commit


def insert_a_row(database: sqlite3.Connection, chance: random.Random) -> None:
    number = chance.choice([-1, 3, 10_000])
    if chance.random() < 0.5:
        database.execute(
            "INSERT OR IGNORE INTO log_entries SELECT ?, leaf, leaf_hash FROM log_entries LIMIT 1", (number,)
        )
    else:
        level = chance.choice([0, 1, 30])
        database.execute("INSERT OR IGNORE INTO log_nodes VALUES (?, ?, zeroblob(32))", (level, number))


CRIMES: tuple[Crime, ...] = (
    change_a_leaf,
    change_a_member,
    change_a_value("log_entries", "idx", "leaf_hash"),
    change_a_value("log_nodes", "idx", "hash"),
    change_a_value("log_checkpoints", "size", "root"),
    change_a_value("log_checkpoints", "size", "note"),
    change_a_value("log_head", "id", "size"),
    change_a_value("log_head", "id", "edge"),
    change_a_value("log_head", "id", "note"),
    *(delete_a_row(table) for table in ("log_entries", "log_nodes", "log_checkpoints", "log_head")),
    swap_two_leaves,
    cut_the_tail,
    move_a_row("log_entries", "idx"),
    move_a_row("log_nodes", "idx"),
    move_a_row("log_nodes", "level"),
    move_a_row("log_checkpoints", "size"),
    insert_a_row,
)


def stray_checkpoint(home: Path, chance: random.Random) -> str:
    """Signed by one of the keys that the log has had: of any size, over any root."""
    number = chance.randrange(3)
    origin = ORIGIN if not number else f"{ORIGIN}/{number + 1}"
    root = chance.choice([bytes(32), *(root for (root,) in logfile.select(home, "SELECT root FROM log_checkpoints"))])
    key = load_log_key((home / f"{number}.key").read_bytes())
    return Checkpoint(origin, chance.randrange(1, 16), root).sign(key)


def smuggled(home: Path) -> Crime:
    """One of those stands in the log."""

    def commit(database: sqlite3.Connection, chance: random.Random) -> None:
        note = stray_checkpoint(home, chance)
        said = Checkpoint.claimed(note)
        size = chance.choice([said.size, chance.randrange(1, 16)])
        database.execute("INSERT OR REPLACE INTO log_checkpoints VALUES (?, ?, ?)", (size, said.root, note))

    return commit


class TestJournal:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_they_agree(self, seed: int, home: Path, tmp_path: Path) -> None:
        """Whatever was done to the tables, with and without checkpoints from outside."""
        chance = random.Random(seed)
        self.agree(home, CRIMES, chance.sample(notes(home), chance.randrange(4)), chance, tmp_path)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_they_agree_about_a_changed_key(self, seed: int, changed: Path, tmp_path: Path) -> None:
        """The same of three origins, with checkpoints that their keys signed and the log never had."""
        chance = random.Random(seed)
        kept = chance.sample(notes(changed), chance.randrange(4))
        kept += [stray_checkpoint(changed, chance) for _ in range(chance.randrange(2))]
        self.agree(changed, (*CRIMES, smuggled(changed), smuggled(changed)), kept, chance, tmp_path)

    def agree(self, home: Path, crimes: Sequence[Crime], kept: list[str], chance: random.Random, place: Path) -> None:
        with closing(sqlite3.connect(logfile.journal(home))) as database, database:
            for crime in chance.sample(crimes, chance.randint(1, 3)):
                crime(database, chance)
        with open_archive(home) as archive:
            try:
                known = Outside([Kept(note) for note in kept]).of(archive.line)
            except IntegrityError:  # one of them is none of this log's
                known = None
            report = archive.verify(known or ())
        if known is None:
            assert secondverifier.of_journal(home, kept, place)[0] == 4
            return
        said = [(one.code.id, dict(one.facts)) for one in report.findings[:5]]
        assert secondverifier.of_journal(home, kept, place) == (0 if report.ok else 4, report.first_bad_index), said


# --- crimes against an export -------------------------------------------------------------------------------------------


def broken_line(line: str, chance: random.Random) -> str:
    word, _, value = line.rstrip("\n").partition(" ")
    try:
        content = base64.b64decode(value)
    except ValueError:
        content = b""
    changed = base64.b64encode(other(content, chance) if content else b"x").decode()
    return chance.choice(
        [
            f"{word} {changed}\n",
            f"{word} {value}=\n",
            f"{word}\n",
            f"{word}  {value}\n",
            f"x{line}",
            line.rstrip("\n"),
            "",
        ]
    )


def wronged(lines: list[str], chance: random.Random) -> list[str]:
    """The lines with one crime in them."""
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(6):
        case 0:
            return [*lines[:at], *lines[at + 1 :]]
        case 1:
            lines[at], lines[to] = lines[to], lines[at]
            return lines
        case 2:
            return [*lines[:at], lines[to], *lines[at:]]
        case 3:
            return lines[:at]
        case _:
            return [*lines[:at], broken_line(lines[at], chance), *lines[at + 1 :]]


class TestExport:
    @pytest.mark.parametrize("name", ["home", "changed"])
    @pytest.mark.parametrize("seed", SEEDS)
    def test_they_agree(self, seed: int, name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
        """Whatever was done to the lines, of a log with one key or several."""
        home = request.getfixturevalue(name)
        chance = random.Random(1000 + seed)
        kept = chance.sample(notes(home), chance.randrange(4))
        with open_archive(home) as archive:
            lines = list(archive.export())
        for _ in range(chance.randint(1, 3)):
            lines = wronged(lines, chance) or ["\n"]
        file = tmp_path / "export"
        file.write_text("".join(lines), "utf-8")
        try:
            _, report = verify_export(file, home, NO_PINS, Outside([Kept(note) for note in kept]))
        except IntegrityError:
            verdict: secondverifier.Verdict = (4, 0)  # it does not even begin as an export of this log
            said: object = "no export"
        else:
            verdict = (0 if report.ok else 4, report.first_bad_index)
            said = [(one.code.id, dict(one.facts)) for one in report.findings[:5]]

        assert secondverifier.of_export(file, home / "keys", kept, tmp_path) == verdict, said
