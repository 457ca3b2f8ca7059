"""E1 to E4 through real processes: residents' filings over two simulators and two rooms, held against the plan, also after kills."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from connectors.juki.full import filings as day
from connectors.juki.full.filings import Flaw
from connectors.juki.simulator import Juki
from connectors.juki.told import Told
from connectors.juki.town import Town
from connectors.kit.compose import compose
from connectors.kit.domain import FILING_FORM
from connectors.kit.feeds import notices
from connectors.kit.forwarding import Setup
from connectors.kit.languages.http import HttpPartner
from connectors.kit.ledger import Tokens
from connectors.kit.loading import open_partner, open_room
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.partner import Partner
from connectors.kit.simulator import READY
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.edges import resources
from hub.messages import Level
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from tests import fakehub

TOWN = Town(seed=3, residents=60, number_of_events=30, day=date(2026, 4, 1), full=True)
TOKENS = Tokens(b"\x07" * 32)
PATIENCE = 120.0
MODULES = {"shinsei": "connectors.shinsei.simulator", "eshin": "connectors.shinsei.peers.eshin"}


@cache
def law() -> Provisions:
    return load(resources.provision_files())


class Day:
    """Two simulators as processes, both rooms with their stores, and a hub in memory between them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.processes: dict[str, subprocess.Popen[str]] = {}
        for name in ("shinsei", "eshin"):
            self.start(name)
        self.hub = fakehub.memory_hub("juki", "shinsei")
        self.juki = fakehub.LocalPartner(Juki(TOWN, TOKENS), home / "juki.jsonl", "juki")
        self.shinsei = open_partner("shinsei", home / "shinsei.sock", "shinsei")
        self.workers = {"shinsei": self._worker("shinsei", self.shinsei), "juki": self._worker("juki", self.juki)}

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", MODULES[name], "--ledger-dir", str(self.home / "effects"), "--watch-stdin"]
        command += ["--socket", str(self.home / f"{name}.sock"), "--full", "--day", TOWN.day.isoformat()]
        command += ["--seed", str(TOWN.seed), "--residents", str(TOWN.residents), "--events", "30"]
        made = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert made.stdout is not None
        assert made.stdout.readline().strip() == READY
        self.processes[name] = made

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait(20)
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()

    def end(self) -> None:
        for worker in self.workers.values():
            worker.stop()
        for name in tuple(self.processes):
            self.kill(name)
        self.juki.close()
        assert isinstance(self.shinsei, HttpPartner)
        self.shinsei.close()

    def links(self) -> None:
        """住記 tells its 番号紐付情報 (E3)."""
        setup = self._setup("juki", self.juki)
        make = notices(setup)
        for one in day.told(TOWN):
            if one.type == "SN-LINK":
                self.hub.submit([compose(draft, setup.identity) for draft in make(asdict(one.notice(TOKENS)))])

    def step(self) -> None:
        """What is ready goes to its room, and each room has a round."""
        for name, worker in self.workers.items():
            if worker.status().inbox == 0:
                worker.offer(self.hub.ready(name))
            worker.step()
            assert worker.status().latched == ""

    def run(self) -> None:
        """Until the filings are over and everything is answered."""
        end = time.monotonic() + PATIENCE
        while not self.over:
            self.step()
            time.sleep(0.005)
            assert time.monotonic() < end, "the day does not end"

    @property
    def over(self) -> bool:
        answered = all(one.answered is not None for one in self.hub.posted)
        return answered and self.workers["shinsei"].status().feeds_ended

    def ledger(self, name: str) -> list[dict[str, str]]:
        text = (self.home / "effects" / f"{name}.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def _worker(self, name: str, partner: Partner) -> Worker:
        setup = self._setup(name, partner)
        store = EndpointStore.create(self.home / f"{name}.db", setup.identity)
        # Every back-off is over when it looks again.
        manner = Manner(signatures=None, monotonic=itertools.count(step=60).__next__)
        return Worker(setup.identity, open_room(name, setup), self.hub, store, self.hub.clock, manner)

    def _setup(self, name: str, partner: Partner) -> Setup:
        # Without peers 住記 sends nothing of the rest of its day.
        return Setup(fakehub.identity(name), partner, Automaton(name), law(), frozenset())


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Day]:
    made = Day(tmp_path)
    yield made
    made.end()


def check(played: Day) -> None:
    """Plan, hub, answers and ledgers tell one story."""
    plan: dict[str, Told] = {one.message_id: one for one in day.told(TOWN)}
    posted = {one.header.message_id: one for one in played.hub.posted}
    outcome = {id_: one.answered.code for id_, one in posted.items() if one.answered is not None}
    levels = {one.answered.level for one in posted.values() if one.answered is not None}
    ours, theirs = played.ledger("shinsei"), played.ledger("eshin")
    cast = {one.exchange: one for one in day.filings(TOWN)}
    collected = {line["MessageId"]: line.get("code", "") for line in ours if line.get("flow") == "E1"}

    assert outcome == {id_: one.rejection for id_, one in plan.items()}
    assert levels == {Level.PARTNER_CONFIRMED, Level.REJECTED}
    assert collected == {id_: FILING_FORM if one.flaw is Flaw.MORE_ITEMS else "" for id_, one in cast.items()}
    assert collected == {line["MessageId"]: line.get("reason", "") for line in theirs if line.get("flow") == "E1"}
    assert {line["exchange"] for line in ours if line.get("flow") == "E2" and "code" not in line} == {
        id_ for id_, one in cast.items() if one.passes
    }
    for lines in (ours, theirs):
        assert set(Counter(line["MessageId"] for line in lines).values()) == {1}


class TestFilings:
    def test_a_day_of_filings_ends_as_planned(self, played: Day) -> None:
        """Every verified filing reaches 住記 in its 版, every other one ends under its code; links come in the middle of it."""
        for _ in range(30):
            played.step()
        waiting = len([line for line in played.ledger("shinsei") if line.get("flow") == "E2"])
        played.links()
        played.run()

        assert waiting < len([line for line in played.ledger("shinsei") if line.get("flow") == "E2"])
        check(played)

    def test_nothing_is_lost_or_doubled_when_either_is_killed(self, played: Day) -> None:
        """Six kills of 申請管理 or of the サービス検索・電子申請機能 at moments drawn from a seed."""
        draw = random.Random(11)
        played.links()
        for _ in range(6):
            for _ in range(draw.randrange(1, 12)):
                played.step()
                time.sleep(0.01)
            name = draw.choice(("shinsei", "eshin"))
            played.kill(name)
            played.step()
            played.start(name)
        played.run()

        check(played)

    def test_nothing_of_an_applicant_lies_in_clear(self, played: Day) -> None:
        """S27: while filings wait in the outbox and after the day, no file holds a name, an address, a number or a serial."""
        played.links()
        played.hub.down = True
        for _ in range(60):
            played.step()
            time.sleep(0.01)
        waiting = played.workers["shinsei"].status().outbox
        first = _found(played.home)
        played.hub.down = False
        played.run()

        assert waiting > 0
        assert first == []
        assert _found(played.home) == []


def _found(home: Path) -> list[str]:
    """Files that hold a secret of an applicant in some encoding, apart from the terms of the forms themselves."""
    secrets = {one.card.signature_serial for one in day.filings(TOWN)} | {
        text for one in day.filings(TOWN) for name, text in one.items if name in _PERSONAL
    }
    wanted = [text.encode(code, "replace") for text in secrets for code in ("utf-8", "utf-16-le", "utf-16-be", "cp932")]
    wanted += [json.dumps(text).encode()[1:-1] for text in secrets]
    files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert len(wanted) > 400
    assert sum(map(len, files.values())) > 20_000
    return [path.name for path, data in files.items() if any(one in data for one in wanted)]


_PERSONAL = ("個人番号", "氏名", "生年月日", "住所", "連絡先電話番号", "転出先住所予定")
