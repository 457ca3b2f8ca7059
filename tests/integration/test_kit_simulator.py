"""connectors.kit.simulator and partner: a simulator as a process, spoken to over its socket, killed and started again."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.kit.languages.frames import FramePartner
from connectors.kit.partner import Effect
from connectors.kit.simulator import READY
from hub.codes import kit
from hub.errors import Held, IntegrityError, Unavailable


def effect(message: str, xml: bytes = b"<x/>") -> Effect:
    return Effect(message, "CV-UPD", hashlib.sha256(xml).hexdigest(), xml)


class Simulator:
    """A partner system in the kit's own language (tests/languages.py) under a home with a very long path."""

    def __init__(self, home: Path, *more: str) -> None:
        self.home = home
        self.socket = home / "partner.sock"
        self.command = [
            *(sys.executable, "-m", "tests.languages", "frames"),
            *("--ledger-dir", str(home / "effects"), "--socket", str(self.socket), "--watch-stdin", *more),
        ]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == READY

    def end(self) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(20)
        self.process.stdout.close()
        return code

    def kill(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait(20)
        self.process.stdin.close()
        self.process.stdout.close()

    def ledger(self, endpoint: str = "conbini") -> list[dict[str, str]]:
        text = (self.home / "effects" / f"{endpoint}.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    return deep


@pytest.fixture
def simulator(home: Path) -> Iterator[Simulator]:
    made = Simulator(home)
    yield made
    if made.process.poll() is None:
        made.kill()


@pytest.fixture
def partner(simulator: Simulator) -> Iterator[FramePartner]:
    made = FramePartner(simulator.socket, "conbini")
    yield made
    made.close()


class TestProcess:
    def test_serves_over_a_path_longer_than_a_socket_address(self, simulator: Simulator, partner: FramePartner) -> None:
        """108 bytes of sun_path do not bind a home's depth; the socket is its owner's alone."""
        (result,) = partner.perform([effect("m1")])

        assert result.confirmed
        assert len(str(simulator.socket)) > 108
        assert stat.S_IMODE(simulator.socket.stat().st_mode) == 0o600

    def test_ends_when_its_driver_is_gone(self, simulator: Simulator) -> None:
        """The end of standard input ends it with 0 and takes the socket away."""
        assert simulator.end() == 0
        assert not simulator.socket.exists()

    def test_ends_on_sigterm(self, simulator: Simulator) -> None:
        """An operator's stop is an orderly end."""
        simulator.process.send_signal(signal.SIGTERM)

        assert simulator.process.wait(20) == 0
        simulator.end()

    def test_remembers_over_kill(self, simulator: Simulator, partner: FramePartner) -> None:
        """After SIGKILL the same effect gives the first result and no second line; the client finds its way back."""
        before = partner.perform([effect("m1"), effect("m2")])
        simulator.kill()
        simulator.start()

        assert partner.perform([effect("m1"), effect("m2")]) == before
        assert [line["MessageId"] for line in simulator.ledger()] == ["m1", "m2"]

    @pytest.mark.slow
    def test_loses_and_doubles_nothing_when_killed_at_random(self, simulator: Simulator) -> None:
        """Ten kills while effects pour in: every answered effect stands in the ledger once, and so does every asked one."""
        draw = random.Random(8)
        asked = [effect(f"m{number:04d}", f"<x>{number}</x>".encode()) for number in range(600)]
        partner = FramePartner(simulator.socket, "conbini")
        done = kills = 0
        while done < len(asked):
            killer = threading.Timer(draw.random() * 0.01, simulator.process.kill)
            if kills < 10 and draw.random() < 0.5:
                killer.start()
                kills += 1
            try:
                done += len(partner.perform(asked[done : done + 20]))
            except Unavailable:
                simulator.kill()
                simulator.start()
            if killer.ident is not None:
                killer.join()
                simulator.kill()
                simulator.start()
        partner.close()

        assert kills == 10
        assert [line["MessageId"] for line in simulator.ledger()] == [one.message for one in asked]


class TestFramePartner:
    def test_a_partner_that_is_down_is_unavailable(self, home: Path) -> None:
        """Nobody listens: the endpoint waits, and says for what."""
        with pytest.raises(Unavailable) as caught:
            FramePartner(home / "nobody.sock", "conbini").perform([effect("m1")])

        assert (caught.value.code, caught.value.facts["endpoint"]) == (kit.PARTNER_DOWN, "conbini")

    def test_a_conflict_needs_a_person(self, partner: FramePartner) -> None:
        """Other content under a known MessageId is no result."""
        partner.perform([effect("m1")])

        with pytest.raises(Held) as caught:
            partner.perform([effect("m1", b"<y/>")])

        assert caught.value.code is kit.PARTNER_CONFLICT

    def test_a_partner_that_breaks_its_contract_stops_the_endpoint(self, simulator: Simulator) -> None:
        """An endpoint or feed that it does not serve is an answer against the contract."""
        other = FramePartner(simulator.socket, "zei")
        with pytest.raises(IntegrityError) as unknown:
            other.perform([effect("m1")])
        mine = FramePartner(simulator.socket, "conbini")
        with pytest.raises(IntegrityError) as no_feed:
            mine.feed("day", "", 10)
        other.close()
        mine.close()

        assert unknown.value.code is no_feed.value.code is kit.PARTNER_SPEECH


class TestEndpoints:
    def test_one_process_keeps_one_ledger_each(self, home: Path) -> None:
        """Every endpoint named on the command line has its own ledger."""
        made = Simulator(home, "--endpoint", "介護保険課", "--endpoint", "conbini")
        partner = FramePartner(made.socket, "介護保険課")
        partner.perform([effect("m1")])
        partner.close()
        made.kill()

        assert [line["MessageId"] for line in made.ledger("介護保険課")] == ["m1"]
        assert made.ledger("conbini") == []
