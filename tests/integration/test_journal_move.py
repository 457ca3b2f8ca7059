"""`hub journal move`: from the file to the server with everything, whatever kills it on the way."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import RootTransaction
from typer.testing import CliRunner

from hub.app.founding import Founding, found
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.codes import jnl
from hub.config import Config
from hub.config import load as load_config
from hub.edges import resources
from hub.edges.clock import SystemClock
from hub.edges.home import lock_home
from hub.edges.journal import Journal, create_journal, moving, open_journal
from hub.edges.journal.moving import BULK, LAST, move_journal
from hub.edges.journal.opening import FILE
from hub.edges.keystore import create_keystore, open_keystore
from hub.edges.postgres import PostgresDatabase, Server
from hub.errors import IntegrityError, Misconfigured
from hub.observe import silent
from hub.ports import RebucketRow, SettleRow
from tests.journaldata import NOW, SPOOL_DUE, Letter, Writer, message_id, part, tied
from tests.postgres import Postgres

MASTER = bytes(range(32))
ORIGIN = "juki-hub/131211/kikan"
CHECKOUT = str(Path(__file__).parents[2])
NAMES = {table.name for table in (*BULK, *LAST)}

MOVE = """
import sys
from pathlib import Path
from hub.edges.journal import moving
from hub.edges.postgres import Server
moving._ROWS = int(sys.argv[6])
print("up", flush=True)
done = moving.move_journal(Path(sys.argv[1]), Server(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]), "o", lambda *_: print("on", flush=True))
print(done.root.hex(), flush=True)
"""


class Killed(BaseException):
    """As if the process ended here."""


@pytest.fixture
def server(postgres: Postgres, shared_database: Server) -> Iterator[Server]:
    yield shared_database
    postgres.empty(shared_database)


def a_life(directory: Path, letters: int = 30) -> Writer:
    """A journal in which something of everything has happened."""
    writer = Writer()
    with create_keystore(directory / "keystore", MASTER) as keys, create_journal(directory, keys) as journal:
        everybody = [Letter(lane=b"%d" % (at % 5), recipient=("atena", "zei")[at % 2]) for at in range(letters)]
        journal.keep("juki", [part(0), part(0, 1), part(1)], SPOOL_DUE, 100)
        carrying = (tied(0, journal.loose("juki", part(0).message)),)
        commit = writer.commit([*everybody, Letter(lane=None), Letter(permit=False)])
        journal.commit(writer.stored(replace(commit, tied=carrying)))
        holds = [SettleRow(0, "held", "HUB-TST-001", 1), SettleRow(1, "acknowledged"), SettleRow(2, "failed")]
        gone = [RebucketRow(1, "body", "standard", None)]
        journal.commit(writer.stored(writer.commit([Letter(lane=b"\x00\\")], holds, gone)))
        journal.postpone(3, NOW + timedelta(hours=1), "HUB-TST-002")
    return writer


def seen(journal: Journal) -> object:
    """Every question, answered."""
    head = journal.head()
    with journal.snapshot() as log:
        rows = [*log.entries(), *log.nodes(), *log.checkpoints()]
    asked = range(head.size)
    return (
        head,
        rows,
        journal.known([("juki", message_id(at)) for at in asked]),
        [journal.ready(["atena", "zei"], (), NOW + later, 99) for later in (timedelta(0), timedelta(days=1))],
        [journal.secret(at, slot) for at in asked for slot in ("body", "private")],
        (journal.stopped(), journal.tally(), [journal.standing(message_id(at)) for at in asked]),
        [journal.handed(0, "atena", part(0).sha256, place) for place in range(3)],
        [(row, journal.content(row)) for row in journal.loose("juki", part(1).message)],
    )


def run_move(directory: Path, server: Server, origin: str = "o") -> moving.Moved:
    return move_journal(directory, server, origin, lambda *_: None)


class TestMove:
    def test_everything_is_answered_as_before(self, tmp_path: Path, server: Server) -> None:
        """Log, dedup, holds, back-off, bodies and erasures: the journal on the server answers as the one in the file, and goes on."""
        writer = a_life(tmp_path)
        moved = run_move(tmp_path, server)
        with open_keystore(tmp_path / "keystore", MASTER) as keys:
            with open_journal(tmp_path, keys) as file, open_journal(server, keys) as journal:
                assert seen(journal) == seen(file)
            with open_journal(server, keys) as journal:
                journal.commit(writer.stored(writer.commit([Letter()], [SettleRow(0, "pending")])))
                assert journal.head().size == moved.size + 1

        assert (moved.size, moved.rows["log_entries"], set(moved.rows)) == (33, 33, NAMES)

    def test_file_is_only_read(self, tmp_path: Path, server: Server) -> None:
        """The source is byte for byte as it was."""
        a_life(tmp_path)
        before = (tmp_path / FILE).read_bytes()
        run_move(tmp_path, server)

        assert (tmp_path / FILE).read_bytes() == before

    @pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
    def test_goes_on_after_an_end_at_any_commit(
        self, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, after: bool
    ) -> None:
        """Ended at its first commit, and at the second when repeated, and so on: it is done at last, and nothing twice."""
        a_life(tmp_path)
        monkeypatch.setattr(moving, "_ROWS", 20)
        original, remaining = PostgresDatabase._commit, [0]

        def ending(self: PostgresDatabase, transaction: RootTransaction) -> None:
            remaining[0] -= 1
            if remaining[0] == 0 and not after:
                raise Killed
            original(self, transaction)
            if remaining[0] == 0:
                raise Killed

        monkeypatch.setattr(PostgresDatabase, "_commit", ending)
        ends = 0
        with open_keystore(tmp_path / "keystore", MASTER) as keys:
            for reach in range(1, 100):
                remaining[0] = reach
                try:
                    run_move(tmp_path, server)
                except Killed:
                    ends += 1
                    if not after:
                        with pytest.raises(Misconfigured) as caught:
                            open_journal(server, keys)
                        assert caught.value.code in {jnl.MISSING, jnl.MOVE_UNFINISHED}
                else:
                    break
            with open_journal(tmp_path, keys) as file, open_journal(server, keys) as journal:
                assert seen(journal) == seen(file)

        assert ends >= 3

    def test_refuses_what_changed_meanwhile(
        self, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A zone that ran on between two attempts, if only to count one failed delivery, has another journal."""
        a_life(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(moving._Move, "compare", lambda self: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                run_move(tmp_path, server)
        with pytest.raises(Misconfigured) as other:
            run_move(tmp_path, server, "another")
        with open_keystore(tmp_path / "keystore", MASTER) as keys, open_journal(tmp_path, keys) as file:
            file.postpone(4, NOW, "HUB-TST-002")
        with pytest.raises(Misconfigured) as caught:
            run_move(tmp_path, server)

        assert (other.value.code, caught.value.code) == (jnl.MOVE_OF_OTHER, jnl.MOVE_OF_OTHER)

    @pytest.mark.parametrize(
        ("table", "spoil"),
        [
            ("known", "UPDATE known SET digest = 'x' WHERE idx = 3"),
            ("log_entries", "UPDATE log_entries SET leaf = '\\x00' WHERE idx = 3"),
            ("secrets", "DELETE FROM secrets WHERE idx = 3"),
            ("outgoing", "UPDATE outgoing SET leads = 1 - leads WHERE idx = 3"),
        ],
    )
    def test_a_copy_that_differs_is_found(
        self,
        tmp_path: Path,
        server: Server,
        postgres: Postgres,
        monkeypatch: pytest.MonkeyPatch,
        table: str,
        spoil: str,
    ) -> None:
        """One changed or missing row on the server, and the move is not complete."""
        a_life(tmp_path)
        original = moving._Move.copy

        def copy(self: moving._Move) -> None:
            original(self)
            postgres.sql(spoil, server.database)

        monkeypatch.setattr(moving._Move, "copy", copy)
        with pytest.raises(IntegrityError) as caught:
            run_move(tmp_path, server)

        assert (caught.value.code, caught.value.facts) == (jnl.MOVE_DIFFERS, {"table": table})

    def test_takes_no_database_that_holds_a_journal(self, tmp_path: Path, server: Server) -> None:
        """Another journal is not written over."""
        a_life(tmp_path)
        with create_keystore(tmp_path / "other", MASTER) as keys:
            create_journal(server, keys).close()
        with pytest.raises(Misconfigured) as caught:
            run_move(tmp_path, server)

        assert caught.value.code == jnl.EXISTS

    @pytest.mark.slow
    def test_goes_on_after_kills_at_random(self, tmp_path: Path, server: Server) -> None:
        """SIGKILL wherever it may be, several times; the last run brings everything.

        A kill comes some batches after the start and a moment later: by progress, not by the clock, so that a fast
        machine is killed as often as a slow one.
        """
        writer, dice = a_life(tmp_path, 3000), random.Random(20261128)
        to = [str(tmp_path), server.host, str(server.port), server.database, server.user, "50"]
        killed = 0
        while True:
            command = [sys.executable, "-c", MOVE, *to]
            with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout is not None
                assert process.stdout.readline() == "up\n"
                if killed < 12:
                    for _ in range(dice.randint(0, 20)):
                        process.stdout.readline()
                    time.sleep(dice.uniform(0, 0.02))
                    os.kill(process.pid, signal.SIGKILL)
                told = process.stdout.read().splitlines()
            killed += process.returncode == -signal.SIGKILL
            if process.returncode == 0:
                break

        assert told[-1] == writer.tree.root.hex()
        assert killed >= 3
        with (
            open_keystore(tmp_path / "keystore", MASTER) as keys,
            open_journal(tmp_path, keys) as file,
            open_journal(server, keys) as journal,
        ):
            assert seen(journal) == seen(file)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A development home with one message that waits."""
    config = Config(format=1, tenant="131211", environment="test", zone="kikan", origin=ORIGIN, development=True)
    made = found(Founding(tmp_path / "home", config, resources.routing_file(), SystemClock().now()))
    body = Path(CHECKOUT) / "docs" / "examples" / "atena-touroku.xml"
    signed = str(tmp_path / "m.xml")
    ways = ["--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1"]
    assert run(made, "sign", str(body), *ways, "-o", signed)[0] == 0
    assert run(made, "submit", signed)[0] == 0
    return made


def run(paths: HomePaths, *arguments: str) -> tuple[int, Any]:
    """Exit code and what a program is told."""
    done = CliRunner().invoke(root, [*arguments, "--json", "--home", str(paths.root)])
    return done.exit_code, json.loads(done.stdout)


def options(server: Server) -> list[str]:
    return ["--host", server.host, "--port", str(server.port), "--database", server.database, "--user", server.user]


class TestCommand:
    def test_home_goes_on_from_the_server(self, paths: HomePaths, server: Server, tmp_path: Path) -> None:
        """Verified before and after, same origin, the same message is known, the file lies beside under another name."""
        paths.config.write_text(paths.config.read_text("utf-8") + "# ours\n", "utf-8")
        before = run(paths, "log", "verify")[1]
        code, told = run(paths, "journal", "move", *options(server))
        assert (code, told["moved"], told["entries"]) == (0, True, before["size"])
        after = run(paths, "log", "verify")[1]
        again = run(paths, "submit", str(tmp_path / "m.xml"))
        status = run(paths, "journal", "status")[1]

        assert before == after
        assert again[0] == 0
        assert status["entries"] == before["size"]
        assert (status["deliveries"], status["bytes"] > 0) == ({"atena": {"pending": 1}}, True)
        assert sorted(file.name for file in paths.journal.iterdir()) == ["journal.moved-to-postgresql.sqlite"]
        text = paths.config.read_text("utf-8")
        config = load_config(text)
        assert "# ours\n" in text
        assert config.engine is not None
        assert config.engine.journal is not None
        assert config.engine.journal.database == server.database
        assert run(paths, "journal", "move", *options(server)) == (0, {"moved": False})
        assert run(paths, "journal", "upgrade")[1]["upgraded"] is False
        with open_home(paths.root, SystemClock(), silent) as opened:
            assert opened.intake.tree.size == before["size"]

    def test_an_end_before_the_file_was_renamed_is_mended(
        self, paths: HomePaths, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """hub.yaml names the server: the home works, and repeating the command renames the file."""
        with monkeypatch.context() as patch:
            patch.setattr("hub.app.moving.set_aside", lambda *_: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                CliRunner().invoke(
                    root, ["journal", "move", *options(server), "--home", str(paths.root)], catch_exceptions=False
                )
        assert (paths.journal / FILE).is_file()
        assert run(paths, "log", "verify")[0] == 0
        assert run(paths, "journal", "move", *options(server)) == (0, {"moved": False})

        assert not (paths.journal / FILE).exists()

    def test_a_home_in_use_is_left_alone(self, paths: HomePaths, server: Server) -> None:
        """The zone must stand still."""
        with lock_home(paths.root):
            code, refused = run(paths, "journal", "move", *options(server))

        assert (code, refused["error"]["code"]) == (6, "HUB-JNL-015")

    def test_no_server_changes_nothing(self, paths: HomePaths, server: Server) -> None:
        """A server that does not answer, a database that is not there, a wire in clear."""
        before = paths.config.read_bytes()
        for change, code in (
            (["--port", "1"], (5, "HUB-JNL-024")),
            (["--database", "nowhere"], (5, "HUB-JNL-024")),
            (["--host", "db.example"], (2, "HUB-RTE-007")),
        ):
            found = run(paths, "journal", "move", *options(server), *change)
            assert (found[0], found[1]["error"]["code"]) == code

        assert paths.config.read_bytes() == before
        with closing(sqlite3.connect(paths.journal / FILE)) as connection:
            assert connection.execute("SELECT size FROM log_head").fetchone()[0] > 0

    def test_password_that_others_can_read_is_refused(self, paths: HomePaths, postgres: Postgres) -> None:
        """libpq would pass such a file over in silence; the hub says so. With mode 0600 it is used."""
        server = postgres.database(password=True)
        assert server.passwords is not None
        paths.journal_passwords.write_bytes(server.passwords.read_bytes())
        paths.journal_passwords.chmod(0o640)
        code, refused = run(paths, "journal", "move", *options(server))
        assert (code, refused["error"]["code"]) == (2, "HUB-JNL-019")
        paths.journal_passwords.chmod(0o600)

        assert run(paths, "journal", "move", *options(server))[0] == 0
        assert run(paths, "log", "verify")[0] == 0
