"""The two persons of a full day: they confirm what the ward must confirm first, and release what the hub holds (promise 12).

Their keys lie in the demo's homes, as in any development home; what they do is done by the hub's own functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from connectors.demo.places import OPENING
from hub.app import confirming, holding
from hub.app.opening import open_home, read_config
from hub.app.paths import HomePaths
from hub.app.register import personal_key
from hub.edges.clock import SimulatedClock
from hub.edges.socket import Client
from hub.observe import silent
from hub.ports import Standing
from hub.statements import Act, Role

PERSONS = ("承認者 甲", "承認者 乙")
# Provisions that the document does not print: the ward confirms them before the first message (issue of 教育委員会).
CONFIRMED = (
    *("row:statutes/kk-gakumu", "items:statutes/kk-gakumu/gakumu"),
    *("row:statutes/kk-kodomo", "items:statutes/kk-kodomo/kodomo-nyuen"),
)
_REASON = "全件デモのための確認"
_RELEASE = "内容を確かめた"


def prepare(home: Path, doubts: Sequence[str]) -> None:
    """Registers both persons in a zone's home, and lets them confirm `doubts`."""
    with open_home(home, SimulatedClock(OPENING), silent) as opened:
        for name in PERSONS:
            confirming.enrol(opened, name, Role.APPROVER)
        for doubt in doubts:
            for name in PERSONS:
                confirming.confirm(opened, doubt, personal_key(opened.paths, name), _REASON)


def release(home: Path, client: Client) -> int:
    """Both sign every release that a running zone waits for; returns how many deliveries went on."""
    paths = HomePaths(home)
    config = read_config(paths)
    found = cast(Sequence[Mapping[str, Any]], client.call({"op": "stopped"})["deliveries"])
    for row in found:
        said = holding.statement(config, SimulatedClock(OPENING), Act.RELEASE, Standing(**row), _RELEASE)
        for name in PERSONS:
            approval = said.signed(personal_key(paths, name))
            client.call({"op": "act", "statement": said.encoded(), "approval": approval.encoded()})
    return len(found)
