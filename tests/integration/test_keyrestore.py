"""`hub keystore restore`: a lost key store out of a generation, never what was erased; what is lost is said and buried."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from hub.app import keyrestore
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.edges.clock import SystemClock
from hub.edges.keybackups import KeyBackups, Wanted
from hub.edges.keystore import FILE, KeyStore, open_keystore, require_own
from hub.erasure import sweep
from hub.errors import IntegrityError
from hub.exchangelog.entry import Admin, Erase
from hub.observe import silent
from tests.integration.test_keybackups import LATER, MASTER, NOON, SOON, buckets, kept, store
from tests.integration.test_person_search import error
from tests.integration.test_selfcheck import Moved
from tests.integration.test_witness import hub, submit

__all__ = ["kept", "store"]


class Ward:
    """A home whose key store has a generation with the keys of two messages; a third came after it."""

    def __init__(self, place: Path) -> None:
        self.place, self.home, self.paths = place, place / "home", HomePaths(place / "home")

    @property
    def store(self) -> Path:
        return self.paths.keystore / FILE

    def run(self, *words: str, code: int = 0) -> dict[str, object]:
        return hub(*words, "--home", str(self.home), code=code)

    def restore(self, *words: str, code: int = 0) -> dict[str, object]:
        return self.run("keystore", "restore", *words, code=code)

    def lose(self) -> None:
        for file in self.paths.keystore.glob(f"{FILE}*"):
            file.unlink()

    def opened(self) -> dict[int, bool]:
        """Whether the body of each message can be read."""
        with open_home(self.home, Moved(), silent) as home:
            return {index: home.journal.secret(index, "body") is not None for index in messages(home)}


def messages(home: OpenHome) -> list[int]:
    return [index for index in range(home.intake.tree.size) if getattr(home.entry(index), "KIND", "") == "permit"]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("keyrestore")
    ward = Ward(place)
    hub("init", "--development", "--home", str(ward.home))
    for _ in range(2):
        submit(ward.home, place)
    (ward.home / "generations").mkdir()
    config = ward.paths.config
    config.write_text(f"{config.read_text('utf-8')}key_backups: {{folder: generations}}\n", "utf-8")
    ward.run("keystore", "backup")
    submit(ward.home, place)
    return place


@pytest.fixture
def ward(begun: Path, tmp_path: Path) -> Ward:
    shutil.copytree(begun, tmp_path / "ward")
    return Ward(tmp_path / "ward")


class TestRestore:
    def test_a_store_that_is_gone(self, ward: Ward) -> None:
        """What the generation has opens again; what it has not is said, message by message, and waits no longer."""
        ward.lose()
        first, said = ward.restore(), ward.restore("--give-up-lost")
        with open_home(ward.home, Moved(), silent) as home:
            entries = [home.entry(index) for index in range(home.intake.tree.size)]
            third = messages(home)[2]
            state = home.journal.states([third])[third]
        lost = [one for one in entries if isinstance(one, Erase)]
        told = [one for one in entries if isinstance(one, Admin) and one.action == "keystore.lost"]
        put = [one for one in entries if isinstance(one, Admin) and one.action == "keystore.restored"]
        opened = ward.opened()
        submit(ward.home, ward.place)

        assert list(opened.values()) == [True, True, False]
        assert (first["given_up"], first["lost"]) == (False, len(lost))
        assert (said["generation"], said["given_up"], said["lost"]) == (None, True, len(lost))
        assert [one.about for one in put] == [first["generation"]]
        assert {(one.entry, one.slot, one.retention) for one in lost} == {
            (third, "body", "lost"),
            (third, "private", "lost"),
        }
        assert [one.about for one in told] == [f"records:{len(lost)}"]
        assert state == "expired"
        assert ward.run("log", "verify")["verified"]
        assert len(ward.run("inbox", "atena")["messages"]) == 3  # type: ignore[arg-type]

    def test_what_the_log_lists_as_destroyed_does_not_come_back(self, ward: Ward) -> None:
        """The bodies' day came after the generation was made, which nobody has pruned since: their keys are still in it."""
        generation = next((ward.home / "generations").glob("keys-*.sqlite"))
        clock = Moved()
        with open_home(ward.home, clock, silent) as home:
            sweep(home.intake, home.journal, clock, date(2027, 3, 1), silent)
            before = messages(home)
        ward.lose()
        said = ward.restore("--generation", generation.name)

        assert said["generation"] == generation.name
        assert ward.opened() == dict.fromkeys(before, False)
        assert not {row for row in buckets(ward.store) if row[0] == "standard"}
        assert {row for row in buckets(generation) if row[0] == "standard"}

    def test_a_damaged_store_is_put_aside(self, ward: Ward) -> None:
        """Persons look at it and destroy it; until then no erasure is done, for nobody knows what it holds."""
        ward.store.write_bytes(b"no database" * 500)
        ward.restore("--give-up-lost")
        aside = list(ward.paths.keystore.glob("damaged-*"))
        blocked = ward.run("keystore", "backup")["settled"]
        for file in aside:
            file.unlink()

        assert len(aside) >= 1
        assert blocked is None
        assert ward.run("keystore", "backup")["settled"] is not None

    def test_a_whole_store_is_not_touched(self, ward: Ward) -> None:
        before = ward.store.read_bytes()
        assert error(ward.restore(code=2)) == "HUB-KEY-022"
        assert ward.store.read_bytes() == before

    def test_an_older_store_that_somebody_put_there(self, ward: Ward) -> None:
        """The hub refuses it; the same generation, taken this way, goes on."""
        ward.lose()
        shutil.copy(next((ward.home / "generations").glob("keys-*.sqlite")), ward.store)
        with closing(sqlite3.connect(ward.store)) as database:
            database.execute("PRAGMA journal_mode=WAL")
        assert ward.restore("--give-up-lost")["keys"]
        assert list(ward.opened().values()) == [True, True, False]

    @pytest.mark.parametrize("lost", [True, False])
    def test_another_master_key(self, ward: Ward, lost: bool) -> None:
        """Nothing is touched: neither a store that it does not open, nor a generation."""
        if lost:
            ward.lose()
        ward.paths.master_key.write_bytes(bytes(32))
        assert error(ward.restore(code=4)) == "HUB-KEY-003"
        assert ward.store.exists() is not lost
        assert not list(ward.paths.keystore.glob("damaged-*"))

    def test_a_journal_that_is_not_the_newest(self, ward: Ward) -> None:
        """It would bring back records that were erased since."""
        old = ward.place / "old"
        shutil.copytree(ward.paths.journal, old)
        submit(ward.home, ward.place)
        shutil.rmtree(ward.paths.journal)
        old.rename(ward.paths.journal)
        ward.lose()
        assert error(ward.restore(code=4)) == "HUB-KEY-011"
        assert not ward.store.exists()

    def test_a_crash_before_the_lost_were_named(self, ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
        """The store is there, its records not told: the same command does the rest."""
        ward.lose()
        with monkeypatch.context() as patch:
            patch.setattr(keyrestore, "_given_up", lambda *_: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                keyrestore.restore(ward.paths, SystemClock(), give_up=True)
        said = ward.restore("--give-up-lost")

        assert (said["generation"], said["lost"]) == (None, 2)
        assert error(ward.restore(code=2)) == "HUB-KEY-022"

    def test_a_page_of_keys_that_is_damaged(self, ward: Ward) -> None:
        """The store opens, and not all of it can be read: it is damaged like any other."""
        with closing(sqlite3.connect(ward.store)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'data_keys'").fetchone()
            (size,) = database.execute("PRAGMA page_size").fetchone()
        content = bytearray(ward.store.read_bytes())
        content[(page - 1) * size : page * size] = bytes(size)
        ward.store.write_bytes(content)
        assert ward.restore("--give-up-lost")["generation"]
        assert list(ward.opened().values()) == [True, True, False]

    def test_what_a_generation_still_opens_is_not_given_up(self, ward: Ward) -> None:
        """A store from which keys were lost one by one: the generation has them."""
        with closing(sqlite3.connect(ward.store)) as database, database:
            database.execute("DELETE FROM data_keys WHERE key_id <= 4")
        assert error(ward.restore("--give-up-lost", code=2)) == "HUB-KEY-025"
        assert ward.restore()["given_up"] is False
        ward.store.rename(ward.place / "elsewhere.sqlite")
        ward.lose()
        assert ward.restore("--give-up-lost")["generation"]
        assert list(ward.opened().values()) == [True, True, False]

    def test_a_legal_hold_since_the_generation(self, ward: Ward) -> None:
        """The generation knows nothing of it; the log and the statement do."""
        with open_home(ward.home, Moved(), silent) as home:
            message = home.entry(messages(home)[0])
        ward.run("person", "add", "見本 承認", "--role", "approver")
        words = ("--person", "見本 承認", "--reason", "審査請求")
        ward.run("legal-hold", "put", getattr(message, "message", ""), "--until", "2035-01-01", *words)
        ward.lose()
        ward.restore("--give-up-lost")
        clock = Moved()
        with open_home(ward.home, clock, silent) as home:
            sweep(home.intake, home.journal, clock, date(2027, 3, 1), silent)

        assert list(ward.opened().values()) == [True, False, False]
        assert ("legal-hold", "2035-01-01") in buckets(ward.store)

    def test_a_crash_before_the_holds_were_done_again(self, ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody opens the home meanwhile, and the same command finishes."""
        ward.lose()
        with monkeypatch.context() as patch:
            patch.setattr(keyrestore, "_settled", lambda *_: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                keyrestore.restore(ward.paths, SystemClock())
        assert error(ward.run("inbox", "atena", code=2)) == "HUB-KEY-026"
        assert ward.restore("--give-up-lost")["lost"] == 2
        assert ward.run("inbox", "atena")["messages"]

    def test_a_hold_whose_statement_is_lost(self, ward: Ward) -> None:
        """The log and the journal say that it is held: it is held on, as long as any could be."""
        ward.run("person", "add", "見本 承認", "--role", "approver")
        with open_home(ward.home, Moved(), silent) as home:
            message = getattr(home.entry(messages(home)[0]), "message", "")
        words = ("--person", "見本 承認", "--reason", "審査請求")
        ward.run("legal-hold", "put", message, "--until", "2035-01-01", *words)
        ward.lose()
        for file in ward.paths.confirmations.glob("*.json"):
            file.unlink()
        ward.restore("--give-up-lost")
        clock = Moved()
        with open_home(ward.home, clock, silent) as home:
            sweep(home.intake, home.journal, clock, date(2027, 3, 1), silent)
        assert list(ward.opened().values()) == [True, False, False]

    def test_a_hold_that_was_ended_since(self, ward: Ward) -> None:
        """The generation still has it on hold; the log says that it was released."""
        ward.run("person", "add", "見本 承認", "--role", "approver")
        with open_home(ward.home, Moved(), silent) as home:
            message = getattr(home.entry(messages(home)[0]), "message", "")
        words = ("--person", "見本 承認", "--reason", "審査請求")
        ward.run("legal-hold", "put", message, "--until", "2035-01-01", *words)
        time.sleep(1.1)  # names of generations tell seconds
        ward.run("keystore", "backup")
        ward.run("legal-hold", "end", message, *words)
        ward.lose()
        ward.restore()
        with closing(sqlite3.connect(ward.store)) as database:
            held = "SELECT count(*) FROM data_keys JOIN buckets ON id = bucket WHERE retention = 'legal-hold'"
            assert database.execute(held).fetchone() == (0,)

    def test_no_such_generation(self, ward: Ward) -> None:
        ward.lose()
        assert error(ward.restore("--generation", "keys-x", code=2)) == "HUB-KEY-023"
        assert error(ward.run("inbox", "atena", code=2))


class TestStore:
    def test_only_what_is_wanted(self, kept: KeyBackups, store: KeyStore, tmp_path: Path) -> None:
        """Neither keys without records nor those of a destroyed bucket; and no id is given again."""
        file = kept.make(NOON).file
        store.close()
        own = partial(require_own, master=MASTER)
        with kept.working():
            held = kept.restore(
                file, Wanted(frozenset(range(1, 5)), frozenset({("standard", SOON.isoformat())}), 40), own
            )
        with open_keystore(tmp_path / "store", MASTER) as again:
            assert (held, again.mark(), again.bucket("standard", LATER), again.bucket("standard", SOON)) == (
                1,
                40,
                (4,),
                (),
            )

    def test_what_goes_is_not_in_the_file(self, kept: KeyBackups, store: KeyStore, tmp_path: Path) -> None:
        file = kept.make(NOON).file
        with closing(sqlite3.connect(file)) as database:
            (gone,) = database.execute("SELECT wrapped FROM data_keys WHERE key_id = 1").fetchone()
        store.close()
        with kept.working():
            kept.restore(file, Wanted(frozenset({4}), frozenset(), 5), partial(require_own, master=MASTER))
        assert gone in file.read_bytes()
        assert gone not in (tmp_path / "store" / FILE).read_bytes()

    def test_another_master_keys(self, kept: KeyBackups, store: KeyStore, tmp_path: Path) -> None:
        """What stands in its place is not touched."""
        file = kept.make(NOON).file
        store.close()
        with kept.working(), pytest.raises(IntegrityError, match="HUB-KEY-003"):
            kept.restore(file, Wanted(frozenset({4}), frozenset(), 5), partial(require_own, master=bytes(32)))
        with open_keystore(tmp_path / "store", MASTER) as again:
            assert again.mark() == 5
