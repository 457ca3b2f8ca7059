"""共通機能(団体内統合宛名機能): takes 宛名登録 and 副本登録 from 住記, and sends the 副本 on to the 中間サーバー.

Behind it a person is 団体内統合宛名番号: the 宛名番号 of the first leg is replaced, and 個人番号 never comes this far (C1, L1033).
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.kit.compose import Draft
from connectors.kit.feeds import VERSION
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.ids import follow_up_id
from connectors.kit.payload import with_item
from connectors.kit.room import Opened, Room

TYPES = ("AT-REG", "CK-DBM")
NUMBER = "団体内統合宛名番号"
_OWN = "宛名番号"
_ONWARD = "chukan"
_REASON = ("FUKUHON", "副本の登録の中継")


class Atena(Forwarding):
    """Adds the second leg of flow C1."""

    def follow(self, one: Opened, reply: Mapping[str, str]) -> tuple[Draft, ...]:
        """One message to the 中間サーバー for each 副本; the affair and the row of law are those of the first leg."""
        if one.header.type != "CK-DBM":
            return ()
        number = reply[NUMBER]
        return (
            Draft(
                flow="C1",
                type="CK-DBM",
                version=VERSION,
                recipient=_ONWARD,
                basis=one.header.basis,
                subjects=(self.setup.identity.subject(_ONWARD, number),),
                payload=with_item(one.payload, _OWN, NUMBER, number),
                created_at=one.at,
                conversation_id=one.header.conversation_id,
                message_id=follow_up_id(one.header.message_id, _ONWARD),
                operator=self.setup.automaton.acting(*_REASON),
            ),
        )


def room(setup: Setup) -> Room:
    """The room of endpoint atena."""
    return Atena(setup, TYPES)
