"""The 全国サーバー (機構): B8-2, A2-234, A4-1, A5-12, A6-123, numbers (B11), 符号 (C2b). `python -m connectors.cs.peers.zenkoku --help`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from connectors.cs import layouts
from connectors.cs.network import neighbour, person
from connectors.cs.numbers import generated
from connectors.cs.peers.archive import Archive
from connectors.cs.peers.serving import serve
from connectors.juki.full import behind
from connectors.juki.town import Town
from connectors.kit.desk import Performed
from connectors.kit.domain import ALREADY_NUMBERED
from connectors.kit.errands import refused, taken
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect
from connectors.kit.payload import items

NAME = "zenkoku"
_ENQUIRIES = ("A2-234", "A4-1", "A5-12")


class Zenkoku(Archive):
    """The archive that numbers people too."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        own = [person(items(update)) for update in town.first_updates()]
        others = [one for _, one in filter(None, map(neighbour, behind.neighbours(town)))]
        super().__init__([*own, *others], tokens, ("B8-2",), _ENQUIRIES)
        self._day: date = town.day

    def perform(self, effect: Effect) -> Performed:
        if effect.type == "B11":
            said = layouts.read("BN-REQ", effect.content)
            if said["生成要求事由"] == "SHINKI" and self.knows(said["住民票コード"]):
                return refused(effect, ALREADY_NUMBERED)
            return taken(effect)
        if effect.type == "C2b":
            layouts.read("CK-FGC", effect.content)
            return taken(effect)
        return super().perform(effect)

    def reply(self, effect: Effect) -> Mapping[str, str]:
        if effect.type != "B11":
            return super().reply(effect)
        said = layouts.read("BN-REQ", effect.content)
        number = generated(said["住民票コード"], said["生成要求事由"])
        return {"個人番号": number, "生成年月日": self._day.isoformat()}


if __name__ == "__main__":
    serve(NAME, Zenkoku)
