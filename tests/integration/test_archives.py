"""`hub log archive`: a log cut into files that are bound to each other; both verifiers judge all of them, or a run, and agree."""

from __future__ import annotations

import base64
import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.edges import pki
from hub.exchangelog.archives import cuts
from tests.integration.test_witness import hub, submit
from verifier import juki_verify

MESSAGES = 9
EVERY = 3


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of a config entry and some messages, each with a checkpoint of its own."""
    place = tmp_path_factory.mktemp("home")
    hub("init", "--development", "--home", str(place / "home"))
    for _ in range(MESSAGES):
        submit(place / "home", place)
    return place / "home"


def archive(home: Path, folder: Path, *words: str, code: int = 0) -> list[str]:
    said = hub("log", "archive", str(folder), "--every", str(EVERY), *words, "--home", str(home), code=code)
    written = said.get("written")
    return [Path(one["file"]).name for one in written] if isinstance(written, list) else [str(said["error"])]


def ours(home: Path, folder: Path, *words: str) -> tuple[int, int | None]:
    """Exit code and first bad index by `hub log verify`."""

    done = CliRunner().invoke(root, ["log", "verify", "--archives", str(folder), *words, "--home", str(home), "--json"])
    said = json.loads(done.stdout)
    facts = said.get("error", {}).get("facts", {})
    return done.exit_code, said.get("first_bad_index", facts.get("index"))


def second(home: Path, folder: Path, *words: str) -> tuple[int, int | None]:
    keys = HomePaths(home)
    anchors = ["--root-key", f"@{keys.root_verifier}", "--key-list", str(keys.key_list)]
    files = [str(file) for file in sorted(folder.glob("archive-*.txt"))]
    with redirect_stdout(io.StringIO()) as said:
        status = juki_verify.main(["archives", *files, *anchors, "--json", *words])
    return status, json.loads(said.getvalue()).get("first_bad_index")


class TestWhole:
    def test_written_as_far_as_complete_and_verified(self, home: Path, tmp_path: Path) -> None:
        written = archive(home, tmp_path / "archives")
        note = tmp_path / "kept.note"
        note.write_text(str(hub("log", "checkpoint", "--home", str(home))["note"]), "utf-8")

        assert written == [f"archive-{start:016}-{start + EVERY:016}.txt" for start in range(0, MESSAGES, EVERY)]
        assert archive(home, tmp_path / "archives") == []
        assert (ours(home, tmp_path / "archives"), second(home, tmp_path / "archives")) == ((0, None), (0, None))
        shorter = ours(home, tmp_path / "archives", "--checkpoint", str(note))
        assert shorter == (4, MESSAGES) == second(home, tmp_path / "archives", "--checkpoint", str(note))

    def test_the_same_bytes_on_any_day(self, home: Path, tmp_path: Path) -> None:
        """At once, and step by step while the log grows, in another copy of the home."""
        copy = tmp_path / "home"
        shutil.copytree(home, copy)
        archive(copy, tmp_path / "early")
        for _ in range(EVERY):
            submit(copy, tmp_path)
        later = archive(copy, tmp_path / "early")
        archive(copy, tmp_path / "late")
        early, late = (
            {file.name: file.read_bytes() for file in (tmp_path / name).glob("*")} for name in ("early", "late")
        )

        assert (len(later), early) == (1, late)

    def test_what_was_begun_is_written_again(self, home: Path, tmp_path: Path) -> None:
        """Killed between an archive and the chain: the archive is written once more, the same."""
        archive(home, tmp_path / "archives")
        chain = tmp_path / "archives" / "chain.txt"
        before = {file.name: file.read_bytes() for file in (tmp_path / "archives").glob("*")}
        chain.write_text("".join(chain.read_text("ascii").splitlines(keepends=True)[:1]), "ascii")

        assert len(archive(home, tmp_path / "archives")) == 2
        assert {file.name: file.read_bytes() for file in (tmp_path / "archives").glob("*")} == before

    def test_a_run_of_it(self, home: Path, tmp_path: Path) -> None:
        """Without the first: what it cites before itself is not judged, all else is."""
        archive(home, tmp_path / "archives")
        min((tmp_path / "archives").glob("archive-*.txt")).unlink()

        assert ours(home, tmp_path / "archives") == (0, None) == second(home, tmp_path / "archives")

    def test_sealed_to_whoever_keeps_them(self, home: Path, tmp_path: Path) -> None:
        """Nothing lies there in clear; opened, they are the same archives."""
        validity = pki.Validity(datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=30))
        authority = pki.make_ca("見本市認証局", validity, development=True)
        reader = pki.make_endpoint(authority, ("131211", "kikan", "reader"), validity, development=True)
        pki.write_key(tmp_path / "reader.key", reader.key)
        pki.write_certificates(tmp_path / "reader.pem", [reader.certificate])
        archive(home, tmp_path / "plain")
        archive(home, tmp_path / "sealed", "--to", str(tmp_path / "reader.pem"))
        (tmp_path / "opened").mkdir()
        for file in (tmp_path / "sealed").glob("*.sealed"):
            out = tmp_path / "opened" / f"{file.stem}.txt"
            hub("media", "open", str(file), "--key", str(tmp_path / "reader.key"), "-o", str(out), "--home", str(home))
        plain = {file.name: file.read_bytes() for file in (tmp_path / "plain").glob("archive-*")}

        assert {file.name: file.read_bytes() for file in (tmp_path / "opened").glob("*")} == plain
        assert not any(b"juki-hub/archive" in file.read_bytes() for file in (tmp_path / "sealed").glob("*"))
        assert ours(home, tmp_path / "sealed")[0] == 2

    def test_a_log_that_lacks_an_entry(self, home: Path, tmp_path: Path) -> None:
        """What would be short of a leaf is not written at all."""
        copy = Path(shutil.copytree(home, tmp_path / "home"))
        with closing(sqlite3.connect(copy / "journal" / "journal.sqlite")) as database, database:
            database.execute("DELETE FROM log_entries WHERE idx = 4")

        assert "HUB-LOG-" in archive(copy, tmp_path / "archives", code=4)[0]
        assert [file.name for file in (tmp_path / "archives").glob("archive-*")] == [f"archive-{0:016}-{EVERY:016}.txt"]

    def test_a_log_that_is_another_now(self, home: Path, tmp_path: Path) -> None:
        """Nothing is added to archives that the log contradicts."""
        archive(home, tmp_path / "archives")
        chain = tmp_path / "archives" / "chain.txt"
        lines = chain.read_text("ascii").splitlines()
        size, root, digest = lines[-1].split(" ")
        chain.write_text("\n".join([*lines[:-1], f"{size} {root[::-1]} {digest}"]) + "\n", "ascii")

        assert "HUB-LOG-070" in archive(home, tmp_path / "archives", code=4)[0]


def leaf_changed(text: str) -> str:
    lines = text.splitlines(keepends=True)
    place = [number for number, line in enumerate(lines) if line.startswith("leaf ")][1]
    lines[place] = lines[place - 1]
    return "".join(lines)


def line_gone(word: str) -> Callable[[str], str]:
    return lambda text: "".join(line for line in text.splitlines(keepends=True) if not line.startswith(word))


class TestForged:
    @pytest.mark.parametrize(
        "change",
        [leaf_changed, line_gone("leaf "), line_gone("end "), line_gone("checkpoint "), line_gone("previous ")],
    )
    def test_a_changed_archive(self, home: Path, tmp_path: Path, change: Callable[[str], str]) -> None:
        """In the middle one: found, whoever follows it bears its digest."""
        archive(home, tmp_path / "archives")
        file = sorted((tmp_path / "archives").glob("archive-*.txt"))[1]
        file.write_text(change(file.read_text("ascii")), "ascii")

        assert (ours(home, tmp_path / "archives")[0], second(home, tmp_path / "archives")[0]) == (4, 4)

    def test_the_last_changed_where_nothing_follows(self, home: Path, tmp_path: Path) -> None:
        archive(home, tmp_path / "archives")
        file = max((tmp_path / "archives").glob("archive-*.txt"))
        file.write_text(leaf_changed(file.read_text("ascii")), "ascii")
        found = ours(home, tmp_path / "archives")

        assert found == second(home, tmp_path / "archives")
        assert (found[0], found[1] is not None and 2 * EVERY <= found[1] <= 3 * EVERY) == (4, True)

    @pytest.mark.parametrize("which", [1, 2])
    @pytest.mark.parametrize("how", ["edge", "checkpoint"])
    def test_an_archive_begins_under_a_signature(self, home: Path, tmp_path: Path, which: int, how: str) -> None:
        """The right edge and the checkpoint over it: of a run's first archive they are all that ties it to the log."""
        archive(home, tmp_path / "archives")
        files = sorted((tmp_path / "archives").glob("archive-*.txt"))
        for file in files[:which]:
            file.unlink()
        lines = files[which].read_text("ascii").splitlines(keepends=True)
        if how == "edge":
            place = next(number for number, line in enumerate(lines) if line.startswith("edge "))
            lines[place] = f"edge {base64.b64encode(bytes(32 * (which * EVERY).bit_count())).decode()}\n"
        else:
            lines.remove(next(line for line in lines if line.startswith("checkpoint ")))
        files[which].write_text("".join(lines), "ascii")
        found = second(home, tmp_path / "archives")

        assert (ours(home, tmp_path / "archives")[0], found[0], found[1]) == (4, 4, which * EVERY)

    def test_one_missing(self, home: Path, tmp_path: Path) -> None:
        archive(home, tmp_path / "archives")
        sorted((tmp_path / "archives").glob("archive-*.txt"))[1].unlink()

        assert (ours(home, tmp_path / "archives")[0], second(home, tmp_path / "archives")) == (4, (4, EVERY))

    def test_one_of_another_log(self, home: Path, tmp_path: Path) -> None:
        """Written from another home of the same origin: another chain, other keys."""
        another = tmp_path / "another"
        hub("init", "--development", "--home", str(another))
        for _ in range(MESSAGES):
            submit(another, tmp_path)
        archive(home, tmp_path / "archives")
        archive(another, tmp_path / "others")
        name = sorted((tmp_path / "archives").glob("archive-*.txt"))[2].name
        shutil.copy(tmp_path / "others" / name, tmp_path / "archives" / name)

        assert (ours(home, tmp_path / "archives")[0], second(home, tmp_path / "archives")) == (4, (4, 2 * EVERY))


class TestCuts:
    @given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 100))
    def test_each_at_the_last_checkpoint_that_fits(self, batches: list[int], every: int) -> None:
        """Ascending, at checkpoints, and never moved by what comes later."""
        sizes: list[int] = []
        for batch in batches:
            sizes.append((sizes[-1] if sizes else 0) + batch)
        found = list(cuts(sizes, every))

        assert found == sorted(set(found))
        assert set(found) <= set(sizes)
        for count in range(len(sizes)):
            earlier = list(cuts(sizes[:count], every))
            assert found[: len(earlier)] == earlier
        for end in found:
            wanted = -(-end // every) * every
            assert end == max(size for size in sizes if size <= wanted)
