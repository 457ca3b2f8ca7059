"""The 全国サーバー (機構): B8-2, A2-234, A4-1, A5-12, A6-123, A7-2 (突合), B11, C2b. `python -m connectors.cs.peers.zenkoku --help`.

A 符号取得 it carries on to the 情報提供ネットワークシステム (`nws.sock` beside its own socket): 処理通番 and a person's name of its own
making, never the 住民票コード.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from connectors.cs import layouts
from connectors.cs.network import DIFFERING, errand, following, neighbour, person
from connectors.cs.peers.archive import Archive, told
from connectors.cs.peers.onward import NETWORK, OnwardService
from connectors.juki.full import behind
from connectors.juki.town import Town
from connectors.kit.desk import Desk, Performed, Play
from connectors.kit.domain import ALREADY_NUMBERED
from connectors.kit.errands import Errand, done, refused, taken
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import CONFIRMED, Effect
from connectors.kit.payload import items
from connectors.kit.pending import Pending
from connectors.kit.simulator import Options, Service, run

NAME = "zenkoku"
_ENQUIRIES = ("A2-234", "A4-1", "A5-12")
_ELSEWHERE: Final = "東京都足立区中央本町一丁目17番2号"
_CODE: Final = "C2b"
_LETTER: Final = "A7-2"


class Zenkoku(Archive):
    """The archive that numbers people too, and lets the network make 符号."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        moved = behind.moved_at_center(town) if town.full else frozenset[str]()
        updates = (person(items(update)) for update in town.first_updates())
        own = [{**one, "住所": _ELSEWHERE} if one["住民票コード"] in moved else one for one in updates]
        others = [one for _, one in filter(None, map(neighbour, behind.neighbours(town)))]
        super().__init__([*own, *others], tokens, ("B8-2",), _ENQUIRIES)
        self._town = town
        self._own = tokens
        self.lines: dict[str, bool] = {}
        self._said: dict[str, Mapping[str, str]] = {}

    def perform(self, effect: Effect) -> Performed:
        if effect.type == "B11":
            said = layouts.read("BN-REQ", effect.content)
            if said["生成要求事由"] == "SHINKI" and self.knows(said["住民票コード"]):
                return refused(effect, ALREADY_NUMBERED)
            return taken(effect)
        if effect.type == _CODE:
            # Its own errand to the network comes back as what the network said: empty, for it rejects nothing.
            return taken(effect) if effect.content else done(effect)
        if effect.type == _LETTER:
            said = self.current(effect.content)
            return taken(effect, persons=said["人数"], unequal=said[DIFFERING])
        return super().perform(effect)

    def reply(self, effect: Effect) -> Mapping[str, str]:
        if effect.type == _LETTER:
            # As it was found: a later update must not change what is said of this one again.
            return self._said[effect.message]
        if effect.type != "B11":
            return super().reply(effect)
        said = layouts.read("BN-REQ", effect.content)
        number = self._town.generated(said["住民票コード"], said["生成要求事由"])
        return {"個人番号": number, "生成年月日": self._town.day.isoformat()}

    def remember(self, line: Line) -> None:
        super().remember(line)
        self.lines[line.message] = line.result == CONFIRMED
        if line.facts.get("flow") == _LETTER:
            self._said[line.message] = told(int(line.facts["persons"]), int(line.facts["unequal"]))

    def onward(self, effect: Effect) -> Errand | None:
        """符号の生成要求. The person's name is the same whenever the person is, and gives away no 住民票コード."""
        if effect.type != _CODE:
            return None
        said = layouts.read("CK-FGC", effect.content)
        person = self._own.of("fugou", said["住民票コード"])
        content = json.dumps({"process": said["処理通番"], "person": person}).encode("ascii")
        id_ = following(effect.message, _CODE, NETWORK)
        return errand((_CODE, NETWORK), content, id_, self._own, effect.message)


class _Process:
    """What one process is made of: `plays` and `speak` of `connectors.kit.simulator.run`."""

    def __init__(self) -> None:
        self._made: tuple[Options, Zenkoku] | None = None

    def plays(self, options: Options, tokens: Tokens) -> Mapping[str, Play]:
        made = Zenkoku(Town.of(options), tokens)
        self._made = (options, made)
        return {NAME: made}

    def speak(self, place: Path, desks: Mapping[str, Desk]) -> Service:
        if self._made is None:
            raise ValueError("plays come first")
        options, play = self._made
        pending = Pending(options.ledger_dir / f"{NAME}-pending", options.key.read_bytes())
        return OnwardService(place, desks[NAME], (NAME, play), pending)


if __name__ == "__main__":
    process = _Process()
    sys.exit(run(NAME, (NAME,), process.plays, speak=process.speak))
