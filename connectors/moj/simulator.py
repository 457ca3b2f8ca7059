"""A 法務省 that tells the town of new 在留期間 and 在留資格: `python -m connectors.moj.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict

from lxml import etree

from connectors.juki import payloads
from connectors.juki.event import Event
from connectors.juki.messages import MJ_IN, STATUTES
from connectors.juki.town import Town, announced, announcement_id
from connectors.kit.desk import Plain, Play
from connectors.kit.feeds import Notice
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Events
from connectors.kit.simulator import Options, run

ENDPOINT = "moj"
FEED = "notices"


class Moj(Plain):
    """Its notices of the day, in order; what it is told it takes."""

    def __init__(self, town: Town, tokens: Tokens) -> None:
        self._tokens = tokens
        self._notices = [event for event in town.events if announced(event) is MJ_IN]

    def feed(self, name: str, after: str, limit: int) -> Events:
        start = int(after or "0")
        if name != FEED or not 0 <= start <= len(self._notices):
            raise ValueError("no such feed or place")
        page = self._notices[start : start + limit]
        cursor = start + len(page)
        return Events([asdict(self._notice(event)) for event in page], str(cursor), cursor == len(self._notices))

    def _notice(self, event: Event) -> Notice:
        return Notice(
            flow=MJ_IN.flow,
            type=MJ_IN.type,
            recipient=MJ_IN.recipient,
            table=STATUTES,
            item=MJ_IN.item,
            person=self._tokens.of("person", event.person),
            payload=etree.tostring(payloads.immigration_notice(event), encoding="unicode"),
            created_at=event.at.isoformat(),
            conversation_id=event.conversation,
            message_id=announcement_id(event, MJ_IN),
            reason_code=event.kind.name,
            reason=event.kind.form.text,
        )


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """One play."""
    return {ENDPOINT: Moj(Town(options.seed, options.residents, options.events, options.day), tokens)}


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT,), plays))
