"""共通機能(団体内統合宛名機能): numbers persons, and passes on between 住記, department systems and 中間サーバー.

Towards the 中間サーバー a person is 団体内統合宛名番号, towards 住記 宛名番号: the one gives way to the other here, and 個人番号 comes no
further (L1033). What follows from a message is one other message, in the same conversation, under the same row of law
where it is only passed on. The 共通機能 itself speaks HTTP with JSON (`language`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from lxml import etree

from connectors.atena.language import Told, items_of
from connectors.kit.compose import Draft
from connectors.kit.feeds import VERSION
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.ids import follow_up_id
from connectors.kit.languages.http import HttpPartner
from connectors.kit.law import Basis, basis
from connectors.kit.partner import Partner
from connectors.kit.payload import composed, lists, with_item, with_item_behind
from connectors.kit.room import Opened, Room

NUMBER: Final = "団体内統合宛名番号"
OWN: Final = "宛名番号"
PROCESS: Final = "処理通番"
ASKER: Final = "照会者"
APPROVAL: Final = "承認区分"

Reply = Mapping[str, str]
_CHUKAN, _JUKI = "chukan", "juki"
_STATUTES = "statutes"


class Atena(Forwarding):
    """Adds what follows: flows C1, C2a, C3, C4, C6 and C7."""

    def follow(self, one: Opened, reply: Reply) -> tuple[Draft, ...]:
        """At most one message."""
        made = _FOLLOWING[one.header.type](self, one, reply)
        return (made,) if made else ()

    def copy(self, one: Opened, reply: Reply) -> Draft:
        """C1, second leg."""
        payload = with_item(one.payload, OWN, NUMBER, reply[NUMBER])
        return self._passed(one, _CHUKAN, reply[NUMBER], payload, ("FUKUHON", "副本の登録の中継"))

    def code(self, one: Opened, reply: Reply) -> Draft | None:
        """C2a: for a person whom the 共通機能 numbers for the first time it asks 住記, by 処理通番."""
        if PROCESS not in reply:
            return None
        own = lists(one.payload)[OWN][0]
        payload = composed("fugou", "符号取得要求", {PROCESS: reply[PROCESS], OWN: own, NUMBER: reply[NUMBER]})
        claimed = basis(self.setup.law, _STATUTES, "bangou-21-2-youkyuu")
        return self._draft(one, ("C2a", "CK-FGU"), _JUKI, own, payload, claimed, ("FUGOU", "符号の取得の要求"))

    def approval(self, one: Opened, reply: Reply) -> Draft:
        """C3: what the ward says, and of which values it says so."""
        said = lists(one.payload)
        names = ("照会番号", PROCESS, "提供許可証番号", "提供内容ダイジェスト")
        items = {**{name: said[name][0] for name in names}, APPROVAL: reply[APPROVAL]}
        payload = composed("teikyou", "提供承認回答", items)
        claimed = basis(self.setup.law, _STATUTES, "bangou-19-8-shounin-kaitou")
        why = ("TEIKYOU", "情報提供の承認への回答")
        return self._draft(one, ("C3", "CK-TKR"), _CHUKAN, said[PROCESS][0], payload, claimed, why)

    def question(self, one: Opened, reply: Reply) -> Draft:
        """C4: to 住記, which knows the person by 宛名番号."""
        payload = with_item_behind(one.payload, NUMBER, OWN, reply[OWN])
        return self._passed(one, _JUKI, reply[OWN], payload, ("YONJOUHOU", "4情報の照会の中継"))

    def answer(self, one: Opened, reply: Reply) -> Draft:
        """C4: back to the 中間サーバー, unchanged."""
        return self._passed(one, _CHUKAN, _number(one), one.payload, ("YONJOUHOU", "4情報の回答の中継"))

    def enquiry(self, one: Opened, reply: Reply) -> Draft:
        """C6: to the 中間サーバー, unchanged."""
        return self._passed(one, _CHUKAN, _number(one), one.payload, ("SHOUKAI", "情報照会の中継"))

    def result(self, one: Opened, reply: Reply) -> Draft:
        """C6: to whoever asked in this conversation, unchanged."""
        return self._passed(one, reply[ASKER], _number(one), one.payload, ("SHOUKAI", "照会結果の中継"))

    def export(self, one: Opened, reply: Reply) -> Draft:
        """C7, second leg."""
        payload = with_item(one.payload, NUMBER, OWN, reply[OWN])
        return self._passed(one, _JUKI, reply[OWN], payload, ("SHOUGOU", "副本の出力の中継"))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _passed(self, one: Opened, recipient: str, person: str, payload: etree._Element, why: tuple[str, str]) -> Draft:
        """The same message type on its way; the affair and the row of law are those of the first leg."""
        if one.header.basis is None:
            raise ValueError("a message of these flows claims a row of law")
        flow = _FLOWS[one.header.type]
        return self._draft(one, (flow, one.header.type), recipient, person, payload, one.header.basis, why)

    def _draft(
        self,
        one: Opened,
        kind: tuple[str, str],
        recipient: str,
        person: str,
        payload: etree._Element,
        claimed: Basis,
        why: tuple[str, str],
    ) -> Draft:
        """`kind`: flow and type; `person`: the key under which the recipient knows them; `why`: 処理事由, code and text."""
        return Draft(
            flow=kind[0],
            type=kind[1],
            version=VERSION,
            recipient=recipient,
            basis=claimed,
            subjects=(self.setup.identity.subject(recipient, person),),
            payload=payload,
            created_at=one.at,
            conversation_id=one.header.conversation_id,
            message_id=follow_up_id(one.header.message_id, recipient),
            operator=self.setup.automaton.acting(*why),
        )


def _number(one: Opened) -> str:
    return lists(one.payload)[NUMBER][0]


_FLOWS: Final[Mapping[str, str]] = MappingProxyType(
    {"CK-DBM": "C1", "CK-4J": "C4", "CK-4R": "C4", "CK-SKI": "C6", "CK-SKR": "C6", "CK-EXP": "C7"}
)
_FOLLOWING: Final[Mapping[str, Callable[[Atena, Opened, Reply], Draft | None]]] = MappingProxyType(
    {
        "AT-REG": Atena.code,
        "CK-DBM": Atena.copy,
        "CK-TKY": Atena.approval,
        "CK-4J": Atena.question,
        "CK-4R": Atena.answer,
        "CK-SKI": Atena.enquiry,
        "CK-SKR": Atena.result,
        "CK-EXP": Atena.export,
    }
)
TYPES: Final = tuple(_FOLLOWING)


def partner(place: Path, endpoint: str) -> Partner:
    """The partner that listens at `place`."""
    return HttpPartner(place, endpoint, "application/json")


def room(setup: Setup) -> Room:
    """The room of endpoint atena."""
    return Atena(setup, TYPES, translate=told)


def told(one: Opened) -> bytes:
    """What the 共通機能 gets to read."""
    header = one.header
    return Told(header.type, header.sender, header.conversation_id, items_of(one.payload)).encode()
