"""A room keeps what connectors.kit.conformance demands whichever of these languages its partner speaks."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from connectors.kit.compose import Draft
from connectors.kit.conformance import RoomConformance
from connectors.kit.desk import Desk, Plain
from connectors.kit.forwarding import Setup
from connectors.kit.languages.database import Database, sqlite
from connectors.kit.languages.files import FilePartner, FileService
from connectors.kit.languages.sql import SqlPartner, SqlService
from connectors.kit.ledger import Ledger
from connectors.kit.loading import open_room
from connectors.kit.operators import Automaton
from connectors.kit.partner import Partner
from connectors.kit.room import Room
from connectors.kit.simulator import Service
from hub.edges import resources
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from tests import fakehub

ROOM = "conbini"
PAYLOAD = '<証明書元情報 xmlns="urn:juki-hub:conbini:1"><氏名>見本 太郎</氏名></証明書元情報>'.encode()
PATIENCE = 1.5


@cache
def law() -> Provisions:
    return load(resources.provision_files())


class Bench:
    """A room between a hub in memory and a partner whose service runs in a thread over real files."""

    def __init__(
        self, home: Path, speak: Callable[[Path, Mapping[str, Desk]], Service], partner: Callable[[Path], Partner]
    ) -> None:
        self.home = home
        self.sender, self.receiver = fakehub.identity("juki"), fakehub.identity(ROOM)
        self.hub = fakehub.memory_hub("juki", ROOM)
        self._ledger = Ledger(home / "ledger.jsonl")
        self._desk = Desk(Plain(), self._ledger)
        self._speak = speak
        self._partner = partner(home / "place")
        self._up: tuple[Service, threading.Thread] | None = None
        self.partner_up(up=True)

    def room(self) -> Room:
        setup = Setup(self.receiver, self._partner, Automaton(ROOM), law(), frozenset({"juki"}))
        return open_room(ROOM, setup)

    def draft(self, number: int) -> Draft:
        return fakehub.draft(self.sender, ROOM, PAYLOAD, f"person {number}")

    def performed(self) -> Counter[str]:
        lines = (self.home / "ledger.jsonl").read_text().splitlines()
        return Counter(json.loads(line)["MessageId"] for line in lines)

    def partner_up(self, *, up: bool) -> None:
        if up:
            service = self._speak(self.home / "place", {ROOM: self._desk})
            thread = threading.Thread(target=service.serve)
            thread.start()
            self._up = service, thread
        elif self._up is not None:
            service, thread = self._up
            service.stop()
            thread.join()
            service.close()
            self._up = None

    def close(self) -> None:
        self.partner_up(up=False)
        self._partner.close()  # type: ignore[attr-defined]  # whoever opens a partner closes it; rooms never do
        self._ledger.close()


class _Language(RoomConformance):
    """One language under the whole suite."""

    @pytest.fixture(autouse=True)
    def _home(self, tmp_path: Path) -> Iterator[None]:
        self.home = tmp_path
        self.made = 0
        with contextlib.ExitStack() as self.open:
            yield

    def bench(self) -> Bench:
        self.made += 1
        home = self.home / str(self.made)
        home.mkdir()
        made = self.spoken(home)
        self.open.callback(made.close)
        return made

    def spoken(self, home: Path) -> Bench:
        raise NotImplementedError


class TestFiles(_Language):
    """Folders of files."""

    def spoken(self, home: Path) -> Bench:
        return Bench(home, FileService, lambda place: FilePartner(place, ROOM, extension="xml", patience=PATIENCE))


class TestSql(_Language):
    """A staging table."""

    def spoken(self, home: Path) -> Bench:
        return Bench(home, SqlService, lambda place: SqlPartner(Database(sqlite(place), ROOM), ROOM, patience=PATIENCE))
