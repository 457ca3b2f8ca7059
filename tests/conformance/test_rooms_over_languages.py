"""A room keeps what connectors.kit.conformance demands whichever of these languages its partner speaks."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from connectors.atena.simulator import Atena, Numbering
from connectors.juki import heard, said
from connectors.juki import simulator as juki
from connectors.juki.simulator import Juki
from connectors.juki.town import Town
from connectors.kit.compose import Draft
from connectors.kit.conformance import RoomConformance
from connectors.kit.desk import Desk, Performed, Plain, Play
from connectors.kit.forwarding import Setup
from connectors.kit.languages.database import Database, sqlite
from connectors.kit.languages.files import FilePartner, FileService
from connectors.kit.languages.http import HttpService
from connectors.kit.languages.sql import SqlPartner, SqlService
from connectors.kit.ledger import Ledger, Tokens
from connectors.kit.loading import open_partner, open_room
from connectors.kit.operators import Automaton
from connectors.kit.partner import Effect, Partner
from connectors.kit.room import Room
from connectors.kit.simulator import Service
from hub.edges import resources
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from tests import fakehub, samples

ROOM = "gakkou"  # a room without feeds, so that any language will do
PAYLOAD = '<異動情報 xmlns="urn:juki-hub:iten:1"><氏名>見本 太郎</氏名></異動情報>'.encode()
PATIENCE = 1.5
QUIET = Town(seed=1, residents=1, number_of_events=0, day=date(2026, 4, 1))
TOKENS = Tokens(bytes(32))


@cache
def law() -> Provisions:
    return load(resources.provision_files())


@dataclass(frozen=True, slots=True)
class Said:
    """What a room is told here, by whom, and what its partner makes of it."""

    room: str
    sender: str
    type: str
    payload: bytes
    play: Play


class Bench:
    """A room between a hub in memory and a partner whose service runs in a thread over real files."""

    def __init__(
        self,
        home: Path,
        speak: Callable[[Path, Mapping[str, Desk]], Service],
        partner: Callable[[Path], Partner],
        said: Said | None = None,
    ) -> None:
        self.home = home
        self._said = said or Said(ROOM, "juki", "KK-CHG", PAYLOAD, Plain())
        self.sender, self.receiver = fakehub.identity(self._said.sender), fakehub.identity(self._said.room)
        self.hub = fakehub.memory_hub(self._said.sender, self._said.room)
        self._ledger = Ledger(home / "ledger.jsonl")
        self._desk = Desk(self._said.play, self._ledger)
        self._speak = speak
        self._partner = partner(home / "place")
        self._up: tuple[Service, threading.Thread] | None = None
        self.partner_up(up=True)

    def room(self) -> Room:
        room = self._said.room
        setup = Setup(self.receiver, self._partner, Automaton(room), law(), frozenset({self._said.sender}))
        return open_room(room, setup)

    def draft(self, number: int) -> Draft:
        return fakehub.draft(self.sender, self._said.room, self._said.payload, f"person {number}", self._said.type)

    def performed(self) -> Counter[str]:
        lines = (self.home / "ledger.jsonl").read_text().splitlines()
        return Counter(json.loads(line)["MessageId"] for line in lines)

    def partner_up(self, *, up: bool) -> None:
        if up:
            service = self._speak(self.home / "place", {self._said.room: self._desk})
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


class TestRegister(_Language):
    """住民記録システム: 法務省通知 as records in cp932, judged by the register's own rules."""

    def spoken(self, home: Path) -> Bench:
        told = Said("juki", "moj", "MJ-IN", samples.sample("MJ-IN"), Anybody(QUIET, TOKENS))
        return Bench(home, juki.speak, lambda place: FilePartner(place, "juki", said.forms(), patience=PATIENCE), told)


class TestCommonFunction(_Language):
    """共通機能: JSON over HTTP; what it confirms goes on to the 中間サーバー."""

    def spoken(self, home: Path) -> Bench:
        play = Atena(["100000001"], TOKENS, Numbering.of(QUIET))
        told = Said("atena", "juki", "CK-DBM", samples.sample("CK-DBM"), play)
        return Bench(home, HttpService, lambda place: open_partner("atena", place, "atena"), told)


class Anybody(Juki):
    """A 住記 that has everybody: what it reads it takes."""

    def perform(self, effect: Effect) -> Performed:
        heard.read(effect)
        return Performed()
