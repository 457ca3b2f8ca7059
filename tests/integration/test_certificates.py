"""コンビニ交付 on a full day through real processes: the sources' files, the certificate server over HTTP, the centre that asks it.

Between them rooms with their workers and a hub in memory. The plan (what is told, what is asked) is held against the ledgers.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from connectors.conbini.connector import partner as conbini_partner
from connectors.conbini.document import Unsigned, document, opened
from connectors.conbini.page import Page
from connectors.conbini.seal import CERTIFICATE, Seal
from connectors.inkan.connector import partner as inkan_partner
from connectors.juki.full import certificates
from connectors.juki.town import Town
from connectors.kit.forwarding import Setup
from connectors.kit.loading import open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.partner import Partner
from connectors.kit.simulator import READY
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from connectors.koseki.connector import partner as koseki_partner
from connectors.zei.connector import partner as zei_partner
from hub.edges import resources
from hub.messages import Level
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from tests import fakehub

SEED, RESIDENTS, EVENTS, DAY = 3, 40, 10, date(2026, 4, 1)
PARTNERS: dict[str, Callable[[Path, str], Partner]] = {
    "conbini": conbini_partner,
    "inkan": inkan_partner,
    "zei": zei_partner,
    "koseki": koseki_partner,
}
PAGE = Page(
    "019d4829-0000-7000-8000-000000000001", "INKAN", "2026-04-01T18:00:00+09:00", (("氏名", "葛\U000e0100城　見本"),)
)


@cache
def law() -> Provisions:
    return load(resources.provision_files())


class Process:
    """A simulator or a peer in `home`."""

    def __init__(self, home: Path, module: str, name: str) -> None:
        self._command = [
            *(sys.executable, "-m", module, "--ledger-dir", str(home / "effects"), "--watch-stdin", "--full"),
            *("--socket", str(home / f"{name}.sock"), "--seed", str(SEED), "--residents", str(RESIDENTS)),
            *("--events", str(EVENTS), "--day", DAY.isoformat()),
        ]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == READY

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


class Ward:
    """The rooms of the group between a hub in memory and their partners' processes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.town = Town(SEED, RESIDENTS, EVENTS, DAY, full=True)
        self.hub = fakehub.memory_hub(*PARTNERS, "juki", "atena")
        self.hub.clock.at = max(one.at for one in self.town.told)
        self.processes = {name: Process(home, f"connectors.{name}.simulator", name) for name in PARTNERS}
        self.centre = Process(home, "connectors.conbini.peers.j_center", "j-center")
        self.partners = {name: make(home / f"{name}.sock", name) for name, make in PARTNERS.items()}
        self.workers = {name: self._worker(name) for name in PARTNERS}

    def _worker(self, name: str) -> Worker:
        identity = fakehub.identity(name)
        setup = Setup(identity, self.partners[name], Automaton(name), law(), frozenset({*PARTNERS, "juki", "atena"}))
        store = EndpointStore.create(self.home / f"{name}.db", identity)
        return Worker(identity, open_room(name, setup), self.hub, store, self.hub.clock, Manner(signatures=None))

    def run(self, done: Callable[[], bool], patience: float = 60.0) -> None:
        """Rounds until `done`. Fails when nothing has come of them for `patience` seconds."""
        end = time.monotonic() + patience
        while not done():
            for name, worker in self.workers.items():
                ready = self.hub.ready(name)
                if ready and not worker.status().inbox:
                    worker.offer(ready[: worker.capacity()])
                if worker.step():
                    end = time.monotonic() + patience
            assert time.monotonic() < end, {name: worker.status() for name, worker in self.workers.items()}

    def ledger(self, name: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in (self.home / "effects" / f"{name}.jsonl").read_text("utf-8").splitlines()]

    def close(self) -> None:
        for worker in self.workers.values():
            worker.stop()
        for partner in self.partners.values():
            partner.close()  # type: ignore[attr-defined]  # whoever opens a partner closes it; rooms never do
        for process in (self.centre, *self.processes.values()):
            process.kill()


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """A day that has been played to its end; the server was killed in the middle of it, and the centre too."""
    home = tmp_path_factory.mktemp("ward")
    with contextlib.closing(Ward(home)) as made:
        told = [one for one in made.town.told if one.recipient == "conbini"]
        made.run(lambda: len(made.ledger("conbini")) > len(told) // 2)
        for process in (made.processes["conbini"], made.centre):
            process.kill()
            process.start()
        asked = certificates.requests(made.town)
        sent = [one for one in made.town.told if one.sender in PARTNERS]
        made.run(lambda: len(made.hub.posted) == len(sent) and all(made.hub.answered(one.message_id) for one in told))
        end = time.monotonic() + 60
        while len(made.ledger("j-center")) < len(asked) and time.monotonic() < end:
            time.sleep(0.05)
        yield made


class TestDay:
    def test_ends_each_record_as_planned(self, ward: Ward) -> None:
        """D2 of the three sources: taken, or rejected under the planned domain code, once each."""
        told = [one for one in ward.town.told if one.recipient == "conbini"]
        found = {one["MessageId"]: (one["result"], one.get("code", "")) for one in ward.ledger("conbini")}

        assert found == {one.message_id: ("rejected" if one.rejection else "confirmed", one.rejection) for one in told}
        assert len(ward.ledger("conbini")) == len(told)
        for one in told:
            line = ward.hub.answered(one.message_id)
            assert line is not None
            assert (line.level, line.code) == (
                Level.REJECTED if one.rejection else Level.PARTNER_CONFIRMED,
                one.rejection,
            )

    def test_answers_each_request_as_planned(self, ward: Ward) -> None:
        """D3 in the ledgers of both ends: the server's with its reason, the centre's without."""
        asked = certificates.requests(ward.town)
        server = {one["MessageId"]: one["outcome"] for one in ward.ledger("conbini-koufu")}
        centre = {one["MessageId"]: one["outcome"] for one in ward.ledger("j-center")}

        assert server == {one.number: one.outcome for one in asked}
        assert centre == {one.number: "issued" if one.outcome == "issued" else "refused" for one in asked}
        assert {one["flow"] for name in ("conbini-koufu", "j-center") for one in ward.ledger(name)} == {"D3"}
        assert len(ward.ledger("j-center")) == len(asked)

    def test_notices_of_the_family_register_are_on_their_way(self, ward: Ward) -> None:
        """B10: every KS-NOTE was accepted from koseki, and none bears a number."""
        planned = {one.message_id for one in ward.town.told if one.type == "KS-NOTE"}
        posted = {one.header.message_id: one.delivery.raw for one in ward.hub.posted if one.header.type == "KS-NOTE"}

        assert posted.keys() == planned
        assert not any("番号>1".encode() in raw and "宛名番号".encode() in raw for raw in posted.values())

    def test_the_ledgers_hold_nothing_of_a_person(self, ward: Ward) -> None:
        """Neither the server's nor the centre's."""
        text = "".join(
            json.dumps(ward.ledger(name), ensure_ascii=False) for name in ("conbini", "conbini-koufu", "j-center")
        )

        assert not any(one.name in text or one.atena in text for one in ward.town.population.residents)
        counted = Counter(one["outcome"] for one in ward.ledger("conbini-koufu"))
        assert counted["issued"] >= 20

    def test_the_server_ends_when_both_have_compared_their_day(self, ward: Ward) -> None:
        """Told to stop, it goes on until the centre has read the results of the day; then both end well."""
        ends = []
        for one in (ward.processes["conbini"], ward.centre):
            one.process.terminate()
            ends.append(one.process.wait(20))

        assert ends == [0, 0]


class TestDocument:
    def test_openssl_finds_the_signature_good(self, tmp_path: Path) -> None:
        """Not our code, and not the library that signed: the CMS over the byte range, under the seal's certificate."""
        seal = Seal.at(tmp_path)
        _write_parts(document(PAGE, seal), tmp_path)
        command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "content"]
        command += ["-CAfile", CERTIFICATE, "-purpose", "any", "-out", "/dev/null"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stderr

    def test_openssl_finds_a_changed_page_bad(self, tmp_path: Path) -> None:
        """One byte of the content."""
        seal = Seal.at(tmp_path)
        _write_parts(document(PAGE, seal), tmp_path)
        content = (tmp_path / "content").read_bytes()
        (tmp_path / "content").write_bytes(content.replace(b"HeiseiMin", b"HeiseiMax"))
        command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "content"]
        command += ["-CAfile", CERTIFICATE, "-purpose", "any", "-out", "/dev/null"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

        assert done.returncode != 0

    def test_carries_the_exact_record(self, tmp_path: Path) -> None:
        """What the paper cannot show, the document says."""
        seal = Seal.at(tmp_path)

        assert opened(document(PAGE, seal), seal.certificate.read_bytes()) == PAGE

    @pytest.mark.parametrize(
        "change",
        [
            lambda pdf: pdf.replace(b"HeiseiMin", b"HeiseiMax"),
            lambda pdf: pdf[:-20],
            lambda pdf: pdf + b"\n%more\n",
            lambda _: b"%PDF-1.7\n",
            lambda _: b"",
        ],
        ids=["changed", "torn", "continued", "empty", "nothing"],
    )
    def test_the_centre_takes_no_other_document(self, tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
        """Changed, torn, or written on behind the signature."""
        seal = Seal.at(tmp_path)

        with pytest.raises(Unsigned):
            opened(change(document(PAGE, seal)), seal.certificate.read_bytes())

    def test_the_centre_takes_no_other_seal(self, tmp_path: Path) -> None:
        """The same name, another key."""
        folders = [tmp_path / name for name in ("ours", "theirs")]
        for folder in folders:
            folder.mkdir()
        ours, theirs = (Seal.at(folder) for folder in folders)

        with pytest.raises(Unsigned):
            opened(document(PAGE, theirs), ours.certificate.read_bytes())

    def test_a_seal_with_one_half_missing_is_not_made_anew(self, tmp_path: Path) -> None:
        """A lost key is a finding, not a new key."""
        Seal.at(tmp_path).key.unlink()

        with pytest.raises(FileNotFoundError):
            Seal.at(tmp_path)


def _write_parts(pdf: bytes, folder: Path) -> None:
    """What is signed and the signature, cut out by hand along /ByteRange (ISO 32000-1, 12.8.1)."""
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf)
    assert found is not None
    first, length, second, rest = map(int, found.groups())
    assert (first, second + rest) == (0, len(pdf))
    (folder / "content").write_bytes(pdf[:length] + pdf[second:])
    (folder / "signature").write_bytes(bytes.fromhex(pdf[length + 1 : second - 1].decode("ascii")))
