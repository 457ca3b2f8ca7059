"""教育委員会の二課 (学務課, 子ども施設入園課): take KK-CHG, once two persons have confirmed its basis (C26).

A message is a file of one CSV record in the section's own folder. No number has a column: none may be provided (items.yaml).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from connectors.kit.flat import record
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.languages import rows
from connectors.kit.languages.files import FilePartner
from connectors.kit.partner import Partner
from connectors.kit.room import Opened, Room

TYPES = ("KK-CHG",)
# What items.yaml would grant (`kyouiku`), in the order of xsd/iten/1/iten.xsd; the grant itself counts at the hub.
COLUMNS: Final = (
    *("異動事由", "異動年月日", "氏名", "氏名漢字", "氏名アルファベット", "氏名カタカナ", "生年月日", "性別", "住所"),
    *("宛名番号", "抑止フラグ"),
)


def partner(place: Path, endpoint: str) -> Partner:
    """The folders of one section below `place`."""
    return FilePartner(place, endpoint, extension="csv")


def room(setup: Setup) -> Room:
    """The room of one of them; which one, the identity says."""
    return Forwarding(setup, TYPES, translate=written)


def written(one: Opened) -> bytes:
    """The record of a message. Raises `Refused` for an item that has no column, by its name."""
    return rows.written(COLUMNS, [record(one.payload, COLUMNS)])
