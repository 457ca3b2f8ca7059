"""中間サーバー・プラットフォーム: takes 副本 (C1), approvals (C3), 4情報 (C4) and 情報照会 (C6), and asks by feeds of its own (C3, C4, C7).

It speaks HTTP with JSON (`language`). A 情報照会 is answered when the 情報提供ネットワークシステム has answered: that answer is its reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from connectors.chukan import language
from connectors.kit.compose import Draft
from connectors.kit.feeds import VERSION, EventFeed, notices
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.ids import follow_up_id
from connectors.kit.languages.http import HttpPartner
from connectors.kit.law import basis
from connectors.kit.observing import Watch
from connectors.kit.partner import Partner
from connectors.kit.payload import Items, composed, items
from connectors.kit.room import Opened, Room

TYPES: Final = ("CK-DBM", "CK-TKR", "CK-4R", "CK-SKI")
NOTICES: Final = "notices"
APPROVALS: Final = "approvals"
_NUMBER: Final = "団体内統合宛名番号"
_PROVIDER: Final = "情報提供者"
_INFORMATION: Final = "特定個人情報名コード"


def partner(place: Path, endpoint: str) -> Partner:
    """The partner that listens at `place`."""
    return HttpPartner(place, endpoint, "application/json")


class Chukan(Forwarding):
    """Adds the result of flow C6."""

    def follow(self, one: Opened, reply: Mapping[str, str]) -> tuple[Draft, ...]:
        """照会結果 to whoever handed the 情報照会 in, with what the other body told."""
        if one.header.type != "CK-SKI":
            return ()
        asked, asker = items(one.payload), one.header.sender
        told: Items = {
            "照会番号": asked["照会番号"],
            _NUMBER: asked[_NUMBER],
            "照会結果区分": reply["照会結果区分"],
            _PROVIDER: asked[_PROVIDER],
            _INFORMATION: asked[_INFORMATION],
            "提供年月日": reply["提供年月日"],
            "照会結果項目": language.result(reply),
        }
        return (
            Draft(
                flow="C6",
                type="CK-SKR",
                version=VERSION,
                recipient=asker,
                basis=basis(self.setup.law, language.STATUTES, "bangou-19-8-kekka"),
                subjects=(self.setup.identity.subject(asker, asked[_NUMBER]),),
                payload=composed("shoukai", "照会結果", told),
                created_at=one.at,
                conversation_id=one.header.conversation_id,
                message_id=follow_up_id(one.header.message_id, asker),
                operator=self.setup.automaton.acting("SHOUKAI", "情報照会の結果"),
                in_reply_to=one.header.message_id,
            ),
        )


def room(setup: Setup) -> Room:
    """The room of endpoint chukan."""
    make = notices(setup)

    def drafts(event: Mapping[str, Any]) -> Sequence[Draft]:
        return make(asdict(language.noticed(event)))

    feeds = [EventFeed(name, setup.identity.endpoint, setup.partner, drafts) for name in (NOTICES, APPROVALS)]
    return Chukan(setup, TYPES, (*feeds, Watch(setup)), lambda one: language.written(one.header.type, one.payload))
