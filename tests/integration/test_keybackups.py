"""Generations of the key store (ADR 18): a backup restores what was lost, and never what was erased."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hub.app.daily import Daily
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.edges.clock import SystemClock
from hub.edges.keybackups import KeyBackups
from hub.edges.keystore import FILE, KeyStore, Move, create_keystore, open_keystore
from hub.errors import Unavailable
from hub.exchangelog.entry import Admin, Erase
from hub.ports import SecretRow
from tests import opensecrets
from tests.integration.test_selfcheck import Told
from tests.integration.test_timestamps import Moved
from tests.integration.test_witness import hub, submit
from verifier import juki_verify

MASTER = bytes(range(32))
SOON, LATER = date(2026, 5, 1), date(2026, 6, 1)
NOON = datetime(2026, 4, 1, 3, tzinfo=UTC)
TODAY = date(2026, 4, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyStore]:
    """Three keys that are due soon, two later."""
    (tmp_path / "store").mkdir()
    with create_keystore(tmp_path / "store", MASTER) as made:
        soon = [SecretRow(index, "body", b"plain", "standard", SOON) for index in range(3)]
        made.change([*soon, *(SecretRow(index, "body", b"plain", "standard", LATER) for index in (3, 4))])
        yield made


@pytest.fixture
def kept(tmp_path: Path, store: KeyStore) -> KeyBackups:
    (tmp_path / "elsewhere").mkdir()
    return KeyBackups(tmp_path / "store" / FILE, tmp_path / "elsewhere", 3)


def done(kept: KeyBackups, today: date = TODAY) -> bool:
    """Whether every erasure so far is done."""
    living = kept.living(today)
    return not living.unfinished and kept.hold_only(living)


class TestGenerations:
    def test_there_are_so_many_and_the_oldest_goes(self, kept: KeyBackups) -> None:
        for day in range(5):
            kept.make(NOON + timedelta(days=day))

        assert [one.made_at for one in kept.generations()] == [NOON + timedelta(days=day) for day in (2, 3, 4)]
        assert [one.keys for one in kept.generations()] == [5, 5, 5]
        assert {one.file.stat().st_mode & 0o777 for one in kept.generations()} == {0o600}

    def test_what_is_erased_goes_from_all_of_them(self, kept: KeyBackups, store: KeyStore) -> None:
        """A bucket, and a single key; what lives stays in each, and no bucket's key outlives its last record."""
        kept.make(NOON)
        kept.make(NOON + timedelta(days=1))
        store.shred_bucket("standard", SOON)
        store.shred([4])
        before = done(kept)
        pruned = kept.prune()

        assert (before, pruned, done(kept)) == (False, 8, True)
        assert [one.keys for one in kept.generations()] == [1, 1]
        assert [buckets(one.file) for one in kept.generations()] == [[("standard", LATER.isoformat())]] * 2
        assert kept.prune() == 0

    def test_a_generation_is_a_key_store(self, kept: KeyBackups, store: KeyStore) -> None:
        """It opens with the master key as the store does."""
        sealed = store.change([SecretRow(9, "body", b"plain", "standard", LATER)])
        file = kept.make(NOON).file
        file.rename(file.parent / FILE)
        with closing(sqlite3.connect(file.parent / FILE)) as database:
            database.execute("PRAGMA journal_mode=WAL")  # a generation is one file; a store in use has two more
        with open_keystore(file.parent, MASTER) as copy:
            assert copy.open(sealed) == (b"plain",)
            assert copy.mark() == store.mark()

    def test_the_old_file_is_overwritten(self, kept: KeyBackups, store: KeyStore) -> None:
        """Whoever still holds it open reads zeros; the same where a generation goes for good."""
        first = kept.make(NOON).file
        with first.open("rb") as pruned:
            store.shred([1])
            kept.prune()
            assert not any(os.pread(pruned.fileno(), 1 << 20, 0))
        with first.open("rb") as dropped:
            for day in (1, 2, 3):
                kept.make(NOON + timedelta(days=day))
            assert not any(os.pread(dropped.fileno(), 1 << 20, 0))

    def test_a_key_on_hold_stays_and_its_old_bucket_goes(self, kept: KeyBackups, store: KeyStore) -> None:
        """A legal hold re-wraps it into another bucket: the generation follows, so that the old bucket's key is nowhere."""
        kept.make(NOON)
        store.change([], [Move(1, "hold", LATER)])
        store.shred_bucket("standard", SOON)
        kept.prune()

        assert kept.generations()[0].keys == 3
        assert ("standard", SOON.isoformat()) not in buckets(kept.generations()[0].file)
        assert done(kept)

    def test_while_something_is_being_destroyed_nothing_is_done(self, kept: KeyBackups, store: KeyStore) -> None:
        """Also a bucket whose day has come: its entry may be in the log, and its keys still here."""
        kept.make(NOON)
        due = done(kept, SOON)
        store.void_bucket("standard", SOON)
        kept.prune()
        voided = done(kept)
        store.clear()
        store.change([], doomed=[4])
        kept.prune()
        doomed = done(kept)
        store.shred([4])

        assert (due, voided, doomed, done(kept)) == (False, False, False, True)
        assert kept.generations()[0].keys == 1

    def test_what_comes_meanwhile_does_not_matter(self, kept: KeyBackups, store: KeyStore) -> None:
        """A key that was given and destroyed behind the look is of a later erasure."""
        living = kept.living(TODAY)
        store.change([SecretRow(9, "body", b"plain", "standard", LATER)])
        kept.make(NOON)
        store.shred([6])

        assert kept.hold_only(living)
        assert not kept.hold_only(kept.living(TODAY))

    def test_what_a_kill_left_is_finished_by_the_next(self, kept: KeyBackups, store: KeyStore) -> None:
        """Half a copy is overwritten; a second name of a living generation is only taken away."""
        file = kept.make(NOON).file
        half, second = file.with_name(".keys-new"), file.with_name(".keys-old")
        half.write_bytes(b"half of one")
        second.hardlink_to(file)
        file.with_name("keys-of-somebody.sqlite").write_bytes(b"no generation")
        file.with_name("keys-20261399T000000Z.sqlite").write_bytes(b"no day")
        with half.open("rb") as opened, kept.working():
            assert not any(os.pread(opened.fileno(), 1 << 20, 0))
            kept.make(NOON + timedelta(days=1))

        assert [one.keys for one in kept.generations()] == [5, 5]
        assert not [*file.parent.glob(".keys-*")]

    @pytest.mark.parametrize("damage", [b"", b"no database" * 500])
    def test_a_damaged_generation_is_told(self, kept: KeyBackups, damage: bytes) -> None:
        """It may hold what was erased: nothing counts as done."""
        kept.make(NOON).file.write_bytes(damage)
        for act in (lambda: done(kept), kept.prune, kept.generations):
            with pytest.raises(Unavailable, match="HUB-KEY-013"):
                act()

    def test_one_that_is_away_is_told(self, kept: KeyBackups) -> None:
        """A disk that is not mounted looks like an empty folder: what is on it could undo erasures."""
        kept.make(NOON).file.unlink()
        with pytest.raises(Unavailable, match="HUB-KEY-015"):
            kept.generations()

    def test_a_place_that_is_none(self, tmp_path: Path, store: KeyStore) -> None:
        """It is never made."""
        (tmp_path / "file").write_bytes(b"")
        for name in ("file", "nowhere"):
            with (
                pytest.raises(Unavailable, match="HUB-KEY-013"),
                KeyBackups(tmp_path / "store" / FILE, tmp_path / name).working(),
            ):
                pass


def buckets(file: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(file)) as database:
        return list(database.execute("SELECT retention, due FROM buckets ORDER BY 2, 1"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a message, whose key store has a place for its generations."""
    home = tmp_path / "home"
    hub("init", "--development", "--home", str(home))
    submit(home, tmp_path)
    (tmp_path / "elsewhere").mkdir()
    path = HomePaths(home).config
    path.write_text(path.read_text("utf-8") + f"key_backups: {{folder: '{tmp_path / 'elsewhere'}'}}\n", "utf-8")
    return home


def until(daily: Daily, done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done() and time.monotonic() < end:
        daily.look()
        time.sleep(0.02)
    assert done()


def settled(home: OpenHome) -> list[int | None]:
    """What the entries say that erasures are done up to."""
    found = [home.entry(at) for at in range(home.intake.tree.size)]
    return [one.entry for one in found if isinstance(one, Admin) and one.action == "erase.settled"]


class TestZone:
    def test_erased_for_good(self, home: Path, tmp_path: Path) -> None:
        """An independent decryptor opens the body with a generation, and after its day with none, nor with the store."""
        clock, told = Moved(), Told()
        with open_home(home, clock, told) as opened:
            daily = Daily(opened)
            until(daily, lambda: len(settled(opened)) == 1)
            daily.stop()
        generation = next((tmp_path / "elsewhere").glob("keys-*.sqlite"))
        shutil.copy(generation, tmp_path / "copy.sqlite")
        before = self._opened(home, generation), self._second(home, generation)
        shutil.copytree(home, tmp_path / "old")  # a copy of the journal, from before: its ciphertexts stay for ever
        clock.ahead += timedelta(days=400)
        with open_home(home, clock, told) as opened:
            daily = Daily(opened)
            until(daily, lambda: len(settled(opened)) == 2)
            daily.stop()
            erasures = [at for at in range(opened.intake.tree.size) if isinstance(opened.entry(at), Erase)]
            done = settled(opened)[-1]
        files = [*(tmp_path / "elsewhere").glob("keys-*.sqlite"), HomePaths(home).keystore / FILE]
        after = [self._opened(tmp_path / "old", file) for file in files]

        assert (len(before[0]), before[1]) == (1, 0)
        assert (after, self._second(tmp_path / "old", generation)) == ([{}, {}], 2)
        assert erasures
        assert done is not None
        assert max(erasures) <= done
        assert hub("log", "verify", "--home", str(home))["verified"]
        assert hub("keystore", "list", "--home", str(home))["settled"] is True
        # A copy that somebody else made is out of reach, as docs/home.md says: this is why there must be none.
        assert len(self._opened(tmp_path / "old", tmp_path / "copy.sqlite")) == 1

    def test_one_a_day(self, home: Path, tmp_path: Path) -> None:
        """Also where the zone is started again and again; by hand as often as wanted."""
        for _ in range(2):
            with open_home(home, SystemClock(), Told()) as opened:
                daily = Daily(opened)
                before = len(settled(opened))
                until(daily, lambda before=before: len(settled(opened)) > before)  # type: ignore[misc]
                daily.stop()

        assert len(list((tmp_path / "elsewhere").glob("keys-*.sqlite"))) == 1
        time.sleep(1.1)  # names tell seconds
        assert len(hub("keystore", "backup", "--home", str(home))["generations"]) == 2  # type: ignore[arg-type]

    def test_a_place_that_is_away_is_told_once(self, home: Path, tmp_path: Path) -> None:
        """And erasures are not done meanwhile."""
        (tmp_path / "elsewhere").rmdir()
        clock, told = Moved(), Told()
        with open_home(home, clock, told) as opened:
            daily = Daily(opened)

            def parts(name: str) -> list[object]:
                return [facts["part"] for event, facts in told.events if event == name]

            until(daily, lambda: parts("outage.began") == ["key-backup"])
            (tmp_path / "elsewhere").mkdir()
            clock.ahead += timedelta(hours=1, minutes=1)
            until(daily, lambda: parts("outage.ended") == ["key-backup"])
            daily.stop()
            assert len(settled(opened)) == 1

    def test_without_a_place_there_are_none(self, tmp_path: Path) -> None:
        hub("init", "--development", "--home", str(tmp_path / "plain"))
        said = hub("keystore", "backup", "--home", str(tmp_path / "plain"), code=2)["error"]

        assert isinstance(said, dict)
        assert said["code"] == "HUB-KEY-014"

    @staticmethod
    def _opened(home: Path, keys: Path) -> dict[int, bytes]:
        """Bodies, by what the specification says alone."""
        aside = home.parent / "aside"
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(home, aside)
        for file in (aside / "keystore").glob("*"):
            file.unlink()
        shutil.copy(keys, aside / "keystore" / FILE)
        return opensecrets.opened(aside)

    @staticmethod
    def _second(home: Path, keys: Path) -> int:
        """The second verifier's exit for the body of the first message."""
        words = ["--master-key", str(home / "keys/master.key"), "--key-store", str(keys)]
        journal = ["--journal", str(home / "journal/journal.sqlite"), "--index", "1", "--slot", "body"]
        with redirect_stdout(io.StringIO()):
            return juki_verify.main(["secret", *words, *journal, "--json"])
