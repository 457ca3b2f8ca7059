"""A partner that is away for an hour, in the languages of systems that answer at once: telegrams (CS), HTTP (中間サーバー, コンビニ交付).

Its process is dead, or stands still with its socket open; messages come all the while. Afterwards nothing is lost, each has one
effect, and what concerns one person is in order. The languages of files and tables: `test_kikan_files.py`.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from connectors.cs import layouts
from connectors.kit.languages.http import HttpPartner
from connectors.kit.languages.telegram import TelegramPartner
from connectors.kit.loading import open_partner
from hub.codes import kit
from hub.messages import Level
from tests import fakehub, samples
from tests.sides import Process, Side, post

Speaker = HttpPartner | TelegramPartner
PATIENCE = 0.2
HOUR = 3600.0
_NUMBERS = {"甲": "000012345", "乙": "000012346"}


def _telegrams(place: Path) -> Speaker:
    return TelegramPartner(place, "cs", layouts.DIALECT, patience=PATIENCE)


def _http(room: str) -> Callable[[Path], Speaker]:
    return lambda place: HttpPartner(place, room, "application/json", patience=PATIENCE)


def _text(type_: str, changes: Mapping[str, samples.Value], variant: int = 0) -> str:
    return etree.tostring(samples.tree(type_, changes, variant), encoding="unicode")


def _arrival(_person: str, number: int) -> str:
    return f'<転入通知 xmlns="urn:juki-hub:tennyuu:1"><氏名>見本 {number}</氏名></転入通知>'


def _copy(person: str, number: int) -> str:
    """The next 版 of the person's copy: one that came after a newer one would be rejected (HUB-DOM-006)."""
    return _text("CK-DBM", {"団体内統合宛名番号": _NUMBERS[person], "版": str(number + 1)}, variant=1)


def _source(person: str, number: int) -> str:
    """証明書元情報: the next 版 of the person's."""
    return _text("CV-UPD", {"宛名番号": _NUMBERS[person], "版": str(number + 1)})


@dataclass(frozen=True, slots=True)
class System:
    """A partner: its room, zone, one type of message to it, and its language with little patience."""

    room: str
    zone: str
    type: str
    payload: Callable[[str, int], str]
    partner: Callable[[Path], Speaker]


SYSTEMS = (
    System("cs", "juki-net", "TN-NOTE", _arrival, _telegrams),
    System("chukan", "kikan", "CK-DBM", _copy, _http("chukan")),
    System("conbini", "kikan", "CV-UPD", _source, _http("conbini")),
)


@pytest.fixture(params=SYSTEMS, ids=lambda one: one.room)
def system(request: pytest.FixtureRequest) -> System:
    made: System = request.param
    return made


@pytest.fixture
def process(system: System, tmp_path: Path) -> Iterator[Process]:
    made = Process(tmp_path, system.room, arguments=("--residents", "5"))
    yield made
    made.kill()


@pytest.fixture
def side(system: System, process: Process, tmp_path: Path) -> Iterator[Side]:
    hub = fakehub.memory_hub("juki", system.room, zone=system.zone)
    partner = system.partner(process.place)
    made = Side(tmp_path, hub, (system.room, system.room), partner, {"juki"}, system.zone)
    yield made
    made.worker.stop()
    partner.close()


class TestAnHour:
    @pytest.mark.parametrize("way", ["dead", "silent"])
    def test_nothing_is_lost_and_each_has_one_effect_in_order(
        self, way: str, system: System, process: Process, side: Side
    ) -> None:
        """An hour of simulated time without an answer: reported as down, waited for, and then done as if it had not been."""
        people = {"甲": [post(side, system.type, system.payload("甲", 0), "甲")], "乙": []}
        side.until(side.all_answered)
        if way == "dead":
            process.kill()
        else:
            process.process.send_signal(signal.SIGSTOP)
        for minute in range(1, 13):
            for name, ids in people.items():
                ids.append(post(side, system.type, system.payload(name, minute), name))
            side.turn(300.0)
        away, latched = side.worker.status().waiting_for, side.worker.status().latched
        unanswered = sum(one.answered is None for one in side.hub.posted)
        if way == "dead":
            process.start()
        else:
            process.process.send_signal(signal.SIGCONT)
        side.until(side.all_answered)
        done = process.performed(system.room)

        assert (away, latched, unanswered) == (kit.PARTNER_DOWN.id, "", 24)
        assert side.seconds >= HOUR
        assert sorted(done) == sorted(id_ for ids in people.values() for id_ in ids)
        for ids in people.values():
            assert [id_ for id_ in done if id_ in ids] == ids
        assert {one.answered.level for one in side.hub.posted if one.answered} == {Level.PARTNER_CONFIRMED}

    def test_the_rooms_speak_these_languages(self, system: System, tmp_path: Path) -> None:
        """What is tried here with little patience is what the room opens."""
        place = tmp_path / "x.sock"

        assert type(open_partner(system.room, place, system.room)) is type(system.partner(place))
