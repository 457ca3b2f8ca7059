"""What the CS checks on its own data (S16, L1227), and how it remembers persons without their data.

A person is a keyed token of 住民票コード; beside it stands whether they are 現存, and one token over everything that a 転居 may
not change. A ledger line says no more than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.kit.domain import ARRIVAL_OF_RESIDENT, MOVE_CHANGES_MORE, REMOVED_PERSON, UNKNOWN_PERSON
from connectors.kit.ledger import Tokens

_ARRIVALS = frozenset({"TENNYUU", "TENNYUU_TOKUREI", "TENNYUU_30_46"})
_ENTRIES = _ARRIVALS | {"SHUSSHOU", "KOKUSEKI_SHUTOKU", "KIKA", "SHOKKEN_KISAI", "KAIFUKU", "TODOKEDE_30_47"}
_REMOVALS = frozenset({"TENSHUTSU", "TENSHUTSU_KOKUGAI", "SHIBOU", "SHOKKEN_SHOUJO", "KOKUSEKI_SOUSHITSU"})
_MOVE = "TENKYO"
# 転居 may change the address and its dates; 続柄 goes with the household. What identifies a person may not change.
_FIXED = (
    *("漢字氏名", "ふりがな氏名", "清音化かな氏名", "生年月日", "性別", "市町村コード", "個人番号"),
    *("旧氏漢字", "旧氏ふりがな"),
)


@dataclass(frozen=True, slots=True)
class Record:
    """A person of the register as tokens. `former` is the token under which they stood before a new 住民票コード, or ""."""

    person: str
    fixed: str
    present: bool
    former: str = ""


class Register:
    """Persons by token."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def put(self, record: Record) -> None:
        self._records.pop(record.former, None)
        self._records[record.person] = record

    def verdict(self, record: Record, reason: str) -> str:
        """The code with which an update for this 異動事由 is rejected, or ""."""
        known = self._records.get(record.former or record.person)
        if known is None:
            return "" if reason in _ENTRIES else UNKNOWN_PERSON
        if reason in _ARRIVALS and known.present:
            return ARRIVAL_OF_RESIDENT
        if not known.present and reason not in _ENTRIES:
            return REMOVED_PERSON
        if reason == _MOVE and known.fixed != record.fixed:
            return MOVE_CHANGES_MORE
        return ""


def record_of(update: Mapping[str, str], tokens: Tokens) -> Record:
    """The tokens of a 本人確認情報更新 by its items. Raises `KeyError` for one without 住民票コード or 異動事由."""
    former = update.get("旧住民票コード", "")
    return Record(
        person=_person(update["住民票コード"], tokens),
        fixed=tokens.of("fixed", *(update.get(name, "") for name in _FIXED)),
        present=update["異動事由"] not in _REMOVALS,
        former=_person(former, tokens) if former else "",
    )


def _person(code: str, tokens: Tokens) -> str:
    return tokens.of("person", code)
