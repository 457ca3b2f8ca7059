"""A witness in a process of its own, and a hub that asks it: cosigned, carried on a medium, and refused when history changed."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.app.evidence import open_archive
from hub.app.witnessing import Witness
from hub.cli.app import root
from hub.codes import wit
from hub.edges.insidehttp import Response
from hub.edges.witnesshttp import WitnessServer
from hub.edges.witnessstore import WitnessHome, WitnessStore, create_witness
from hub.errors import IntegrityError
from hub.exchangelog.cosignature import Cosigner
from hub.exchangelog.note import Note
from hub.exchangelog.witness import Request
from hub.observe import silent
from tests.exchangelog_samples import LOG_KEY, ORIGIN, Log, build

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml"
LOG = build()
NAME = "kansa.example/witness"


class Fixed:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime(2026, 4, 2, tzinfo=UTC)


def request_of(log: Log, old: int, batch: int) -> bytes:
    size = log.batches[batch].checkpoint.size
    return Request(old, log.consistency(old, size) if 0 < old < size else (), log.notes[batch]).encode()


@pytest.fixture
def witness_home(tmp_path: Path) -> WitnessHome:
    """A witness that watches the sample log."""
    home = WitnessHome(tmp_path / "witness")
    create_witness(home, NAME)
    WitnessStore(home).watch(LOG_KEY.key)
    return home


def served(home: WitnessHome) -> Witness:
    return Witness(WitnessStore(home), Fixed(), silent)


class TestMemory:
    def test_outlives_the_process(self, witness_home: WitnessHome) -> None:
        """What was cosigned is what the next one begins from, with the time of the clock."""
        first = served(witness_home).answer(request_of(LOG, 0, 1))
        again = served(witness_home).answer(request_of(LOG, 0, 3))
        kept = WitnessStore(witness_home).latest(ORIGIN)

        assert (first.status, again) == (200, Response(409, "text/x.tlog.size", b"5\n"))
        assert kept is not None
        assert kept[0] == LOG.batches[1].checkpoint
        assert WitnessStore(witness_home).cosigner.time(Note.parse(kept[1])) == Fixed().now().timestamp()
        assert served(witness_home).answer(request_of(LOG, 5, 3)).status == 200

    def test_evidence_of_two_histories_is_kept(self, witness_home: WitnessHome) -> None:
        """With the log's own signature, whether the size is the same or larger; nothing is cosigned."""
        witness, fork = served(witness_home), build(twist=2)
        witness.answer(request_of(LOG, 0, 1))

        assert [witness.answer(request_of(fork, 5, batch)).status for batch in (1, 3)] == [409, 422]
        kept = {file.read_text("utf-8") for file in (witness_home.root / "evidence").iterdir()}
        assert kept == {fork.notes[1], fork.notes[3]}
        assert witness.answer(request_of(LOG, 5, 3)).status == 200

    def test_damaged_it_cosigns_nothing(self, witness_home: WitnessHome) -> None:
        """A memory that cannot be believed is no beginning from nothing."""
        served(witness_home).answer(request_of(LOG, 0, 1))
        file = witness_home.latest(ORIGIN)
        file.write_text(file.read_text("utf-8").replace("\n5\n", "\n4\n"), "utf-8")
        with pytest.raises(IntegrityError) as caught:
            served(witness_home).answer(request_of(LOG, 0, 1))

        assert caught.value.code is wit.DAMAGED

    def test_many_at_once(self, witness_home: WitnessHome) -> None:
        """The sizes that are cosigned only grow, whichever thread or store asks."""
        done: list[int] = []

        def ask() -> None:
            witness = served(witness_home)
            for batch in range(5):
                answer = witness.answer(request_of(LOG, 0, batch))
                seen = int(answer.body) if answer.status == 409 else 0
                if answer.status == 409 and seen <= LOG.batches[batch].checkpoint.size:
                    answer = witness.answer(request_of(LOG, seen, batch))
                done.append(answer.status)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        kept = WitnessStore(witness_home).latest(ORIGIN)

        assert kept is not None
        assert kept[0] == LOG.batches[4].checkpoint
        assert set(done) <= {200, 409}

    def test_what_is_no_request(self, witness_home: WitnessHome) -> None:
        """Bad bytes are 400, whatever they are."""
        for body in (b"", b"\xff", b"old 0\n\nno note", request_of(LOG, 0, 1)[:-1]):
            assert served(witness_home).answer(body).status == 400


class TestHttp:
    def test_one_path_and_bounded_bodies(self, witness_home: WitnessHome) -> None:
        """Elsewhere 404; without a length 411; too long 413; the rest is the witness's."""
        server = WitnessServer("127.0.0.1", 0, served(witness_home).answer)

        def post(path: str, body: bytes, **headers: str) -> int:
            line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            line.putrequest("POST", path)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                if value:
                    line.putheader(name, value)
            line.endheaders(body)
            try:
                return line.getresponse().status
            finally:
                line.close()

        try:
            assert post("/add-checkpoint", request_of(LOG, 0, 1)) == 200
            assert post("/elsewhere", b"") == 404
            assert post("/add-checkpoint", b"", **{"Content-Length": "-1"}) == 411
            assert post("/add-checkpoint", b"", **{"Content-Length": "9999999"}) == 413
            witness_home.latest(ORIGIN).write_text("damaged", "utf-8")
            assert post("/add-checkpoint", request_of(LOG, 0, 1)) == 500
        finally:
            server.close()


def hub(*words: str, code: int = 0) -> dict[str, object]:
    done = CliRunner().invoke(root, [*words, "--json"])
    assert done.exit_code == code, done.output
    return dict(json.loads(done.stdout.splitlines()[-1])) if done.stdout else {}


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """`hub witness serve` in a process of its own; gives its address."""
    command = [sys.executable, "-m", "hub", "witness", "serve", "--home", str(home), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def submit(home: Path, place: Path) -> None:
    """One more message, so that the log grows."""
    letter = ["--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1", "-o", str(place / "m.xml")]
    hub("sign", str(EXAMPLE), *letter, "--home", str(home))
    hub("submit", str(place / "m.xml"), "--home", str(home))


class TestCommands:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        """A hub's home and a witness's, which know each other."""
        hub("init", "--development", "--home", str(tmp_path / "home"))
        submit(tmp_path / "home", tmp_path)
        hub("witness", "init", "--name", NAME, "--home", str(tmp_path / "witness"))
        key = next(
            line.split(" ")[3]
            for line in (tmp_path / "home/keys/keylist.txt").read_text("utf-8").splitlines()
            if line.startswith("log ")
        )
        hub("witness", "add", key, "--home", str(tmp_path / "witness"))
        return tmp_path

    def cosign(self, place: Path, *more: str, code: int = 0) -> dict[str, object]:
        vkey = (place / "witness/witness.vkey").read_text("utf-8").strip()
        return hub("log", "cosign", "--witness", vkey, *more, "--home", str(place / "home"), code=code)

    def test_asked_by_the_network(self, place: Path) -> None:
        """Again and again while the log grows; what the witness shows is a checkpoint kept elsewhere."""
        with serving(place / "witness") as url:
            first = self.cosign(place, "--url", url)
            submit(place / "home", place)
            (place / "home" / "anchors").rename(place / "lost")  # what was cosigned before is asked of the witness
            second = self.cosign(place, "--url", url)
            self.cosign(place, "--url", url)
        shown = hub("witness", "show", "--home", str(place / "witness"))["notes"]
        assert isinstance(shown, dict)
        (note,) = shown.values()
        (place / "kept").write_text(str(note), "utf-8")
        verified = hub("log", "verify", "--checkpoint", str(place / "kept"), "--home", str(place / "home"))

        assert int(str(second["size"])) > int(str(first["size"]))
        assert verified["verified"] is True

    def test_another_asker_was_faster(self, place: Path) -> None:
        """That the witness saw more than was asked for is no fault while the log has it, too."""
        asked, answered = str(place / "request"), str(place / "response")
        self.cosign(place, "--request", asked)
        submit(place / "home", place)
        with serving(place / "witness") as url:
            self.cosign(place, "--url", url)
        hub("witness", "answer", asked, "-o", answered, "--home", str(place / "witness"), code=3)
        self.cosign(place, "--request", asked, "--response", answered, code=3)  # the request is written anew
        hub("witness", "answer", asked, "-o", answered, "--home", str(place / "witness"))
        self.cosign(place, "--request", asked, "--response", answered)

    def test_carried_on_a_medium(self, place: Path) -> None:
        """Two files, there and back; after a conflict the request is written anew."""
        asked, answered = str(place / "request"), str(place / "response")
        self.cosign(place, "--request", asked)
        hub("witness", "answer", asked, "-o", answered, "--home", str(place / "witness"))
        self.cosign(place, "--request", asked, "--response", answered)
        submit(place / "home", place)
        shutil.rmtree(place / "home" / "anchors")
        self.cosign(place, "--request", asked)
        hub("witness", "answer", asked, "-o", answered, "--home", str(place / "witness"), code=3)
        self.cosign(place, "--request", asked, "--response", answered, code=3)
        hub("witness", "answer", asked, "-o", answered, "--home", str(place / "witness"))
        self.cosign(place, "--request", asked, "--response", answered)

    def test_a_rolled_back_log_is_told(self, place: Path) -> None:
        """Yesterday's copy is smaller than what the witness saw."""
        shutil.copytree(place / "home", place / "yesterday")
        submit(place / "home", place)
        with serving(place / "witness") as url:
            self.cosign(place, "--url", url)
            shutil.rmtree(place / "home")
            (place / "yesterday").rename(place / "home")
            done = CliRunner().invoke(
                root,
                [
                    *("log", "cosign", "--witness", (place / "witness/witness.vkey").read_text("utf-8").strip()),
                    *("--url", url, "--home", str(place / "home")),
                ],
            )

        assert done.exit_code == 4
        assert wit.WITNESS_AHEAD.id in done.output

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ([], 2),
            (["--url", "http://127.0.0.1:1", "--request", "x"], 2),
            (["--response", "x"], 2),
            (["--url", "ftp://127.0.0.1"], 2),
            (["--url", "https://127.0.0.1"], 2),
            (["--url", "http://8.8.8.8:8641"], 2),  # X5
            (["--url", "http://127.0.0.1:x"], 5),
            (["--url", "http://127.0.0.1:1"], 5),
        ],
    )
    def test_what_cannot_be_asked(self, words: Sequence[str], code: int, place: Path) -> None:
        """One way, by HTTP, and nobody there is an outage."""
        self.cosign(place, *words, code=code)

    def test_what_is_wrong_at_the_witness(self, place: Path) -> None:
        """Another key under a known origin, a name that cannot be one, a place that is none, a log that it does not know."""
        home = str(place / "witness")
        hub("witness", "add", LOG_KEY.key.encode(), "--home", home, code=2)
        hub("witness", "add", "x", "--home", home, code=2)
        hub("witness", "init", "--name", "a b", "--home", str(place / "w2"), code=2)
        hub("witness", "init", "--name", NAME, "--home", home, code=2)
        hub("witness", "show", "--home", str(place / "none"), code=2)
        hub("witness", "init", "--name", NAME, "--home", str(place / "w3"))
        with serving(place / "w3") as url:
            vkey = (place / "w3/witness.vkey").read_text("utf-8").strip()
            hub("log", "cosign", "--witness", vkey, "--url", url, "--home", str(place / "home"), code=2)

    def test_the_witness_is_pinned(self, place: Path) -> None:
        """An answer of another witness at that address is none."""
        hub("witness", "init", "--name", NAME, "--home", str(place / "w2"))
        with serving(place / "witness") as url:
            vkey = (place / "w2/witness.vkey").read_text("utf-8").strip()
            hub("log", "cosign", "--witness", vkey, "--url", url, "--home", str(place / "home"), code=4)
        assert Cosigner.parse(vkey).name == NAME
        with open_archive(place / "home") as archive:
            assert archive.newest()[0].size > 0
