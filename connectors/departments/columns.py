"""Which columns a department has: the items of 異動情報 that the rows of 別紙2 and the ward's decisions let it have.

Read from the law once, when the room opens. A ward that decides to give a department an item that has no column yet adds it
to `ITEMS`; until then a message that bears it is refused by the item's name, never delivered without it.
"""

from __future__ import annotations

from typing import Final

from connectors.kit.law import Law

# In the order of xsd/iten/1/iten.xsd.
ITEMS: Final = (
    *("異動事由", "異動年月日", "氏名", "氏名漢字", "氏名アルファベット", "氏名カタカナ", "生年月日", "性別", "住所"),
    *("個人番号", "宛名番号", "抑止フラグ"),
)
ALWAYS: Final = frozenset({"異動事由", "異動年月日"})
_TABLES: Final = frozenset({"beppyo", "to-jorei", "ku-jorei"})


def columns(law: Law, department: str) -> tuple[str, ...]:
    """The columns of a department, in the order of the message."""
    rows = [row for row in law.rows if row[0] in _TABLES]
    granted = ALWAYS.union(*(law.granted(table, item, department) for table, item in rows))
    return tuple(item for item in ITEMS if item in granted)
