"""Erasure, judged by somebody who shares no code with the hub: verifier/juki_verify.py opens records, and then cannot.

It has everything that an owner of the machine has: the journal, a copy of the journal from before, the key store and the
master key. Only a copy of the key store from before would open what is erased: that is shown too, and is why its backups
may not outlive erasure (docs/home.md).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests import secondverifier
from tests.e2e import logfile
from tests.e2e.demorun import Run, call, hub
from verifier import juki_verify

ZONE = "kikan"


@pytest.fixture(scope="module")
def home(played: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a whole home; of journal and key store a second one, from before anything was erased."""
    place = tmp_path_factory.mktemp("decryptor")
    home = place / ZONE
    shutil.copytree(played.home / "zones" / ZONE, home, ignore=shutil.ignore_patterns("run", "lock"))
    shutil.copytree(home / "journal", place / "before" / "journal")
    shutil.copytree(home / "keystore", place / "before" / "keystore")
    return home


def open_record(home: Path, journal: Path, keystore: Path, index: int, slot: str, output: Path) -> int:
    """The exit status: 0 opened and is what the entry says, 2 erased, 4 does not match."""
    return juki_verify.main(
        [
            *("secret", "--master-key", str(home / "keys" / "master.key")),
            *("--key-store", str(keystore / "keys.sqlite"), "--journal", str(journal / "journal.sqlite")),
            *("--index", str(index), "--slot", slot, "--output", str(output)),
        ]
    )


def records(home: Path) -> list[tuple[int, str]]:
    """Some of every kind of entry that has any."""
    with closing(sqlite3.connect(logfile.journal(home))) as database:
        rows = database.execute("SELECT idx, slot FROM secrets ORDER BY idx").fetchall()
    kinds: dict[tuple[str, str], list[tuple[int, str]]] = {}
    entries = logfile.entries(home)
    for index, slot in rows:
        kinds.setdefault((entries[index]["kind"], slot), []).append((index, slot))
    return [one for found in kinds.values() for one in (found[0], found[len(found) // 2], found[-1])]


def test_it_opens_before_and_nothing_opens_it_afterwards(home: Path, tmp_path: Path) -> None:
    """Bodies and private parts alike; the log verifies before and after, by both verifiers."""
    chosen, before = records(home), home.parent / "before"
    entries = logfile.entries(home)
    checkpoint = logfile.select(home, "SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1")[0][0]
    for index, slot in chosen:
        output = tmp_path / "opened"
        assert open_record(home, home / "journal", home / "keystore", index, slot, output) == 0
        wanted = entries[index]["digest" if slot == "body" else "commit"]
        assert hashlib.sha256(output.read_bytes()).hexdigest() == wanted
    assert {slot for _, slot in chosen} == {"body", "private"}

    done = call([*hub("erase", home), "--json"], tmp_path / "temp")
    assert done.returncode == 0
    classes = {(one["class"], one["due"]) for one in json.loads(done.stdout)["erased"]}
    assert classes
    gone = list[tuple[int, str]]()
    for index, slot in chosen:
        now = open_record(home, home / "journal", home / "keystore", index, slot, tmp_path / "now")
        old = open_record(home, before / "journal", home / "keystore", index, slot, tmp_path / "old")
        assert (now, old) in {(0, 0), (2, 2)}, (index, slot)
        if now:
            gone.append((index, slot))
        # Known: whoever kept the key store of before reads on.
        assert open_record(home, before / "journal", before / "keystore", index, slot, tmp_path / "known") == 0
    assert {slot for _, slot in gone} >= {"body"}

    verified = call([*hub("log verify", home), "--json"], tmp_path / "temp")
    assert (verified.returncode, json.loads(verified.stdout)["verified"]) == (0, True)
    assert secondverifier.of_journal(home, [checkpoint], tmp_path) == (0, None)
