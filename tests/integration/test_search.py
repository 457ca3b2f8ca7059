"""The search file: what it finds is what a look at every entry finds, and whatever happens to it is mended from the log."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app.evidence import Archive
from hub.app.searching import Search, open_searching
from hub.codes import log
from hub.edges.searchfile import BLOCK, open_search
from hub.errors import IntegrityError, Unavailable
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Entry
from hub.exchangelog.facts import Facts, Query, facts
from hub.exchangelog.line import Line
from hub.exchangelog.tree import EMPTY_ROOT, Frontier, leaf_hash
from hub.ports import EntryRow, Head
from tests.exchangelog_samples import (
    LOG_KEY,
    ORIGIN,
    Log,
    Place,
    answer,
    build,
    close,
    config,
    observed,
    others,
    permit,
    refuse,
    uuid7,
)

SEEN = Checkpoint(ORIGIN, 5, bytes(32))


def drawn(count: int, seed: int = 1) -> list[Entry]:
    """Entries of all kinds, in an order of chance."""
    chance = random.Random(seed)
    return [config(Place(0, 0)), *(_one(Place(index, 0), chance) for index in range(1, count))]


def _one(place: Place, chance: random.Random) -> Entry:
    number = chance.randrange(40)
    match chance.randrange(20):
        case 0 | 1 | 2:
            return refuse(place, number)
        case 3 | 4 | 5:
            return answer(place, number, SEEN)
        case 6:
            return observed(place, number)
        case 7 | 8:
            return chance.choice(others(place))
        case _:
            return permit(place, number, chance.choice(["atena", "zei", "納税課"]))


class Snap:
    """Stands for a journal: entries that a log has, and its nodes."""

    def __init__(self, log_: Log) -> None:
        self.log = log_

    def entries(self, start: int, stop: int) -> Iterator[EntryRow]:
        return iter([EntryRow(i, leaf, leaf_hash(leaf)) for i, leaf in enumerate(self.log.leaves)][start:stop])

    @contextmanager
    def snapshot(self) -> Iterator[Snap]:
        yield self

    def nodes(self, wanted: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
        known = {(level, index): hash_ for level, index, hash_ in self.log.nodes}
        return tuple(known[one] for one in wanted)

    def head(self) -> Head:
        last = self.log.batches[-1]
        return Head(last.growth.new.size, last.growth.new.edge, last.note)


def archive_of(log_: Log) -> Archive:
    return Archive(Line.of(LOG_KEY), Snap(log_))  # type: ignore[arg-type]


def logged(made: Sequence[Entry], sizes: Sequence[int]) -> Log:
    """A log of these entries in such batches."""
    batches, tree, first = [], Frontier(), 0
    for size in sizes:
        leaves = [entries.encode(replace(one, after=first)) for one in made[first : first + size]]
        batches.append(close(tree, leaves))
        tree, first = batches[-1].growth.new, first + size
    return Log(tuple(batches))


QUERIES = (
    Query(),
    Query(terms=frozenset({("recipient", "納税課")})),
    Query(terms=frozenset({("sender", "juki"), ("kind", "refuse")})),
    Query(terms=frozenset({("endpoint", "atena"), ("kind", "answer"), ("code", "HUB-DOM-001")})),
    Query(terms=frozenset({("provision", "statutes/bangou-9-1"), ("recipient", "zei")})),
    Query(terms=frozenset({("about", "alias:戸籍住民課")})),
    Query(terms=frozenset({("type", "XX-NONE")})),
    Query(ids=frozenset({uuid7(3)})),
    Query(ids=frozenset({uuid7(3), uuid7(1)})),
    Query(ids=frozenset({uuid7(3)}), terms=frozenset({("kind", "permit")})),
    Query(since=Place(300, 0).time, until=Place(2500, 0).time),
    Query(terms=frozenset({("kind", "permit")}), since=Place(2990, 0).time),
    Query(terms=frozenset({("kind", "hold")}), until=Place(5, 0).time),
    Query(since="2027-01-01T00:00:00.000Z"),
)


@pytest.fixture(scope="module")
def made() -> list[Facts]:
    """Those of 3,000 entries."""
    return [facts(one) for one in drawn(3000)]


@pytest.fixture(scope="module")
def path(made: list[Facts], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled in additions of many sizes."""
    path, chance = tmp_path_factory.mktemp("search") / "log.sqlite", random.Random(3)
    with open_search(path, ORIGIN) as file:
        known = file.covered()
        assert (known.size, known.root) == (0, EMPTY_ROOT)
        while known.size < len(made):
            some = made[known.size : known.size + chance.choice([1, 7, BLOCK, 1500])]
            known = file.add(known, [*some], bytes([known.size % 256]) * 32)
    return path


class TestFile:
    @pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
    def test_finds_what_a_look_at_every_entry_finds(self, query: Query, made: list[Facts], path: Path) -> None:
        """In pages, the newest first, each once."""
        wanted = [index for index in reversed(range(len(made))) if query.fits(made[index])]
        with open_search(path, ORIGIN) as file:
            for most in (1, 7, 5000):
                found, before = list[int](), len(made)
                while page := file.find(query, before, most):
                    found += page
                    before = page[-1]
                    if most == 1 and len(found) == 20:
                        break
                assert found == (wanted[:20] if most == 1 else wanted)

    def test_another_process_was_faster(self, made: list[Facts], tmp_path: Path) -> None:
        """What it took is not taken again."""
        path = tmp_path / "log.sqlite"
        with open_search(path, ORIGIN) as one, open_search(path, ORIGIN) as other:
            start = one.covered()
            taken = one.add(start, made[:5], b"r" * 32)
            assert other.add(start, made[:9], b"x" * 32) == taken == other.covered()
            assert len(one.find(Query(), 100, 100)) == 5

    @pytest.mark.parametrize("damage", ["other origin", "no database", "other form", "no state", "no tables"])
    def test_what_is_no_search_file_is_made_anew(self, damage: str, made: list[Facts], tmp_path: Path) -> None:
        """It is derived: nothing is lost with it."""
        path = tmp_path / "log.sqlite"
        with open_search(path, "another/log") as file:
            file.add(file.covered(), made[:5], b"r" * 32)
        if damage == "no database":
            path.write_bytes(b"no database at all" * 100)
        elif damage != "other origin":
            with closing(sqlite3.connect(path)) as database, database:
                crime = {"other form": "UPDATE state SET form = 99", "no state": "DELETE FROM state"}
                database.execute(crime.get(damage, "DROP TABLE state"))
        with open_search(path, ORIGIN) as file:
            assert file.covered().size == 0


class TestFollowing:
    def find(self, log_: Log, path: Path, query: Query = QUERIES[0], most: int = 5000) -> tuple[int, ...]:
        with open_searching(archive_of(log_), path) as search:
            return tuple(one.index for one in search.find(query, most).found)

    def test_goes_on_where_it_was(self, tmp_path: Path) -> None:
        """Entries of later commits are added; those that were there stay."""
        path, made, told = tmp_path / "log.sqlite", drawn(60), list[tuple[int, int]]()
        assert self.find(logged(made, [1, 9, 10]), path) == tuple(reversed(range(20)))
        with open_searching(archive_of(logged(made, [1, 9, 10, 40])), path, lambda *of: told.append(of)) as search:
            assert search.size == 60
            assert [one.index for one in search.find(Query(), 3).found] == [59, 58, 57]

        assert told == [(20, 60)]

    def test_pages(self, tmp_path: Path) -> None:
        """Each page says where the next begins, the last that there is none."""
        with open_searching(archive_of(logged(drawn(10), [1, 9])), tmp_path / "log.sqlite") as search:
            first = search.find(Query(), 4)
            second = search.find(Query(), 6, first.before)

        assert ([one.index for one in first.found], first.before) == ([9, 8, 7, 6], 6)
        assert ([one.index for one in second.found], second.before) == ([5, 4, 3, 2, 1, 0], None)

    def test_a_log_that_was_rolled_back_or_rewritten_is_followed_anew(self, tmp_path: Path) -> None:
        """A file of another history finds nothing that is not in this one."""
        path, made, other = tmp_path / "log.sqlite", drawn(30), drawn(30, seed=2)
        self.find(logged(made, [1, 29]), path)

        assert self.find(logged(made, [1, 9]), path) == tuple(reversed(range(10)))
        self.find(logged(made, [1, 29]), path)
        again = logged(other, [1, 29])
        wanted = [index for index, one in enumerate(other) if one.KIND == "refuse"]
        assert self.find(again, path, Query(terms=frozenset({("kind", "refuse")}))) == tuple(reversed(wanted))

    def test_a_file_that_misleads_is_told(self, tmp_path: Path) -> None:
        """A result is shown only if it says what was asked for."""
        path, log_ = tmp_path / "log.sqlite", logged(drawn(30), [1, 29])
        self.find(log_, path)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(
                "UPDATE postings SET term = (SELECT term FROM terms WHERE value = 'permit')"
                " WHERE term = (SELECT term FROM terms WHERE value = 'config')"
            )
        with pytest.raises(IntegrityError) as caught:
            self.find(log_, path, Query(terms=frozenset({("kind", "permit")})))

        assert caught.value.code is log.SEARCH_MISLEADS

    def test_rows_that_are_not_the_logs_are_not_indexed(self, tmp_path: Path) -> None:
        """The root over what was read must be the checkpoint's."""
        log_ = logged(drawn(10), [1, 9])
        snap = Snap(log_)
        changed = Log((*log_.batches[:-1], replace(log_.batches[-1], leaves=(*log_.batches[-1].leaves[:-1], b"{}"))))
        snap.entries = Snap(changed).entries  # type: ignore[method-assign]
        archive = Archive(Line.of(LOG_KEY), snap)  # type: ignore[arg-type]
        with pytest.raises(IntegrityError) as caught, open_searching(archive, tmp_path / "log.sqlite"):
            pass

        assert caught.value.code is log.ROOT_DIFFERS

    def test_where_nothing_can_be_written(self, tmp_path: Path) -> None:
        """It says so, under its code."""
        place = tmp_path / "file"
        place.write_text("not a folder", "utf-8")
        with pytest.raises(Unavailable), open_searching(archive_of(build()), place / "log.sqlite"):
            pass

    def test_search_knows_its_size(self, tmp_path: Path) -> None:
        with open_searching(archive_of(build()), tmp_path / "log.sqlite") as search:
            assert isinstance(search, Search)
            assert search.size == 21
