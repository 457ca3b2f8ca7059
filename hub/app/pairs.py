"""A3-5a and A3-5b, released by one 異動 of 住記 at the same time (L620): neither waits for the other, one missing after its time is a finding.

The hub carries 転入通知 (TN-NOTE, A3-5a) and 本人確認情報の更新 (HK-UPD), of which the CS makes A3-5b. Reckoned from the leaves alone, by the
conversation that both share. Known hole: of an update whose 転入通知 never reached the hub the log does not say that it was due;
住記 and the CS know that (`connectors.demo.exchanges` compares them on a full day).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.codes import flw
from hub.errors import Code
from hub.exchangelog.entry import Answered, Entry, Permit
from hub.exchangelog.text import time_text
from hub.messages import Level

_NOTICE: Final = "TN-NOTE"
_UPDATE: Final = "HK-UPD"


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing of a pair; `index` is the entry of the first of the two, recorded at `since`."""

    code: Code
    index: int
    conversation: str
    since: str


def missing(log: Iterable[tuple[int, Entry]], before: datetime) -> tuple[Missing, ...]:
    """Every pair whose first message was recorded before that time and of which not both were confirmed by their recipient."""
    pairs: dict[str, list[tuple[int, Permit]]] = defaultdict(list)
    confirmed: set[str] = set()
    for index, entry in log:
        if isinstance(entry, Permit) and entry.type in (_NOTICE, _UPDATE):
            pairs[entry.conversation].append((index, entry))
        elif isinstance(entry, Answered):
            confirmed.update(one.message_id for one in entry.lines if one.level is Level.PARTNER_CONFIRMED)
    return tuple(_missing(pairs, confirmed, time_text(before)))


def _missing(pairs: Mapping[str, list[tuple[int, Permit]]], confirmed: set[str], before: str) -> Iterable[Missing]:
    for conversation, permits in pairs.items():
        index, first = permits[0]
        if first.time >= before or all(permit.type != _NOTICE for _, permit in permits):
            continue
        done = {permit.type for _, permit in permits if permit.message in confirmed}
        for type_, code in ((_UPDATE, flw.UPDATE_MISSING), (_NOTICE, flw.NOTICE_MISSING)):
            if type_ not in done:
                yield Missing(code, index, conversation, first.time)
