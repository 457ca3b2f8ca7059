"""The persons of a full day: they confirm what the ward must confirm first, and let go what the hub holds (promise 12).

What is held they look into first, each under their own key. Before that, somebody tries who may not: who has not looked
(S14), and who operated a correction (S33). Who tries never looks, or is never anybody else, so a killed demo may repeat it.
Their keys lie in the demo's homes, as in any development home; what they do is done by the hub's own functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from connectors.demo.attacks import CORRECTION, Attack
from connectors.demo.door import Door
from connectors.demo.places import OPENING
from connectors.demo.plan import UNRELEASED, Line
from connectors.kit.operators import Automaton
from hub.app import confirming, holding
from hub.app.opening import open_home, read_config
from hub.app.paths import HomePaths
from hub.app.register import personal_key
from hub.codes import hld
from hub.config import Config
from hub.edges.clock import SimulatedClock
from hub.observe import silent
from hub.ports import Standing
from hub.statements import Act, Role

FIRST: Final = ("承認者 甲", "S9001")
SECOND: Final = ("承認者 乙", "S9002")
# An approver who also operates: the demo's correction bears the staff number of 住記's connector.
OPERATING: Final = ("承認者 丙", Automaton("juki").acting("TEST", "試験").staff)
PERSONS: Final = (FIRST, SECOND, OPERATING)
# Provisions that the document does not print: the ward confirms them before the first message (issue of 教育委員会).
CONFIRMED = (
    *("row:statutes/kk-gakumu", "items:statutes/kk-gakumu/gakumu"),
    *("row:statutes/kk-kodomo", "items:statutes/kk-kodomo/kodomo-nyuen"),
)
_REASON = "全件デモのための確認"
_RELEASE = "内容を確かめた"
_LOOK = "送り出す前の確認"
_UNSEEN, _OWN, _UNSEEN_CORRECTION = "release-unseen", "correction-own", "correction-unseen"

Note = Callable[[dict[str, Any]], None]


def prepare(home: Path, doubts: Sequence[str]) -> None:
    """Registers the persons in a zone's home, and lets two of them confirm `doubts`."""
    with open_home(home, SimulatedClock(OPENING), silent) as opened:
        for name, staff in PERSONS:
            confirming.enrol(opened, name, Role.APPROVER, staff)
        for doubt in doubts:
            for name, _ in (FIRST, SECOND):
                confirming.confirm(opened, doubt, personal_key(opened.paths, name), _REASON)


def unreleased(attacks: Sequence[Attack]) -> Iterator[Line]:
    """The lines of the plan: which attempt of a person the hub must refuse, under which code."""
    line = next(attack.line for attack in attacks if attack.line.attack == CORRECTION)
    approval = replace(line, message="", flow="C3", sender="chukan", recipient="atena", type="CK-TKY")
    for of, name, code in (
        (approval, _UNSEEN, hld.NOT_SEEN),
        (line, _OWN, hld.OWN_CORRECTION),
        (line, _UNSEEN_CORRECTION, hld.NOT_SEEN),
    ):
        yield replace(of, outcome=UNRELEASED, code=code.id, effect="", attack=name)


def release(home: Path, client: Door, note: Note) -> int:
    """Whoever may lets go what a running zone holds, after looking; returns how many. `note` hears of attempts that fail."""
    desk = _Desk(HomePaths(home), read_config(HomePaths(home)), client)
    found = cast(Sequence[Mapping[str, Any]], client.call({"op": "stopped"})["deliveries"])
    for standing in (Standing(**row) for row in found):
        if standing.code == hld.CORRECTION.id:
            note({"attack": _UNSEEN_CORRECTION, "code": desk.sign(Act.CORRECT, standing, SECOND)})
            desk.sign(Act.REVEAL, standing, OPERATING)
            note({"attack": _OWN, "code": desk.sign(Act.CORRECT, standing, OPERATING)})
            desk.sign(Act.REVEAL, standing, FIRST)
            desk.sign(Act.CORRECT, standing, FIRST)
        else:
            if standing.code == hld.NO_AUTOMATIC_ANSWER.id:
                note({"attack": _UNSEEN, "code": desk.sign(Act.RELEASE, standing, OPERATING)})
            for person in (FIRST, SECOND):
                desk.sign(Act.REVEAL, standing, person)
                desk.sign(Act.RELEASE, standing, person)
    return len(found)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where persons sign, and the zone that hears of it."""

    paths: HomePaths
    config: Config
    client: Door

    def sign(self, act: Act, standing: Standing, person: tuple[str, str]) -> str:
        """The code with which the zone refused it, or "". A look is signed at a moment of its own, a release once by both."""
        alone = act is not Act.RELEASE
        clock = SimulatedClock(OPENING + timedelta(seconds=PERSONS.index(person) if alone else 0))
        said = holding.statement(self.config, clock, act, standing, _LOOK if act is Act.REVEAL else _RELEASE)
        approval = said.signed(personal_key(self.paths, person[0]))
        reply = self.client.call({"op": "act", "statement": said.encoded(), "approval": approval.encoded()})
        return str(reply.get("error", ""))
