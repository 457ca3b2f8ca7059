"""What 住記 tells beside its 異動 (feed `day`): a feed of records for each kind, by the layouts of layouts.tsv.

A record is a message, but for 整合性確認 (`parts`): there it is one person of a question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Final

from connectors.juki import parts
from connectors.juki.layouts import HEADS, change_fields, columns, form, layouts
from connectors.kit.announcing import Announcement
from connectors.kit.feeds import EventFeed, GroupFeed, Notice, notices
from connectors.kit.forwarding import Setup
from connectors.kit.languages.records import RecordForm
from connectors.kit.room import Feed
from connectors.kit.text import Gaiji

DAY: Final = "day"
_STATUTES: Final = "statutes"


def _kind(way: tuple[str, str, str, str], family: str, root: str) -> Announcement:
    """`way`: flow, type, recipient, row of `statutes`."""
    flow, type_, recipient, item = way
    return Announcement(flow, type_, recipient, _STATUTES, item, family, root, columns(type_))


ANNOUNCED: Final[Mapping[str, Announcement]] = MappingProxyType(
    {
        "honnin": _kind(("A1-3", "HK-UPD", "cs", "juki-30-6"), "honnin", "本人確認情報更新"),
        "tennyuu": _kind(("A3-5a", "TN-NOTE", "cs", "juki-9-1"), "tennyuu", "転入通知"),
        "soushin": _kind(("A3-x2", "TS-REQ", "cs", "juki-24-2-irai"), "soushin", "転出証明書送信依頼"),
        "soufusaki": _kind(("A7-1", "SF-SEND", "cs", "bangou-7-1"), "soufusaki", "送付先情報"),
        "bangou": _kind(("B11", "BN-REQ", "cs", "bangou-8-youkyuu"), "bangou", "番号生成要求"),
        "fugou": _kind(("C2b", "CK-FGC", "cs", "bangou-21-2-code"), "fugou", "符号取得用住民票コード通知"),
        "houmu": _kind(("B8-3", "MJ-OUT", "moj", "nyukan-61-8-2"), "houmu", "市町村通知"),
        "fukuhon": _kind(("C1", "CK-DBM", "atena", "bangou-19-8-fukuhon"), "fukuhon", "副本登録"),
        "himoduke": _kind(("E3", "SN-LINK", "shinsei", "bangou-16-himoduke"), "himoduke", "番号紐付情報"),
        "gakumu": _kind(("KK-CHG", "KK-CHG", "gakumu", "kk-gakumu"), "iten", "異動情報"),
        "kodomo-nyuen": _kind(("KK-CHG", "KK-CHG", "kodomo-nyuen", "kk-kodomo"), "iten", "異動情報"),
    }
)
FEEDS: Final = (DAY, parts.FEED, *ANNOUNCED)


def forms(gaiji: Gaiji | None = None) -> Mapping[str, RecordForm]:
    """Feed -> how its records stand in files, in the room's own 外字 unless another table is given."""
    made: dict[str, RecordForm] = {
        DAY: form(change_fields(), gaiji),
        parts.FEED: form((*parts.FIELDS, *layouts()[parts.TYPE]), gaiji),
    }
    made |= {name: form((*HEADS, *layouts()[one.type]), gaiji) for name, one in ANNOUNCED.items()}
    return MappingProxyType(made)


def records_of(notice: Notice) -> tuple[str, Sequence[Mapping[str, str]]]:
    """The feed in which 住記 tells it, and its records there. Raises `KeyError` for what it never tells, and as `record_of`."""
    if notice.type == parts.TYPE:
        return parts.FEED, parts.records_of(notice)
    kinds = {(one.type, one.recipient): name for name, one in ANNOUNCED.items()}
    name = kinds[notice.type, notice.recipient]
    return name, [ANNOUNCED[name].record_of(notice)]


def feeds(setup: Setup) -> Sequence[Feed]:
    """Those that concern the zone of `setup`, but for `day`."""
    me, partner = setup.identity.endpoint, setup.partner
    made: list[Feed] = [
        EventFeed(name, me, partner, one.make(setup)) for name, one in ANNOUNCED.items() if one.recipient in setup.peers
    ]
    if parts.RECIPIENT in setup.peers:
        make = notices(setup)
        made.append(GroupFeed(parts.FEED, me, partner, parts.size, lambda group: make(asdict(parts.notice_of(group)))))
    return made
