"""整合性確認 (S23) as records: one for each person of a question, all of a question one after the other (feed `seigou`).

A question is a message when all its persons are there, 対象となる人数 of them. Before that nothing of it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from lxml import etree

from connectors.juki.layouts import HEADS, columns
from connectors.kit.announcing import HEADING
from connectors.kit.feeds import Notice
from connectors.kit.languages.fields import Field, Kind
from connectors.kit.rows import Rows

FEED: Final = "seigou"
TYPE: Final = "SG-CHK"
RECIPIENT: Final = "cs"
_WAY: Final = ("S23", TYPE, RECIPIENT, "statutes", "juki-14-kakunin")
_BATCH: Final = ("照合の組", "組の中の順", "組の件数")
_PERSON: Final = "対象者整理番号"
FIELDS: Final = (*HEADS, *(Field(name, 40, Kind.CODE) for name in _BATCH))

Record = Mapping[str, str]


def records_of(notice: Notice) -> Sequence[Record]:
    """As 住記 writes it. Raises `ValueError` for a notice of another kind, `Refused` for one without place."""
    heading = (
        *(notice.message_id, notice.conversation_id, notice.created_at, notice.person),
        *(notice.reason_code, notice.reason),
    )
    batch = [str(one) for one in notice.batch] or [""] * len(_BATCH)
    head = dict(zip((*HEADING, *_BATCH), (*heading, *batch), strict=True))
    rows = _rows().records(etree.fromstring(notice.payload))
    made = [
        MappingProxyType(head | {_PERSON: person} | dict(row)) for person, row in zip(notice.persons, rows, strict=True)
    ]
    if notice_of(made) != notice:
        raise ValueError("a notice of another kind")
    return made


def notice_of(records: Sequence[Record]) -> Notice:
    """The question behind the records of its persons. Raises `ValueError` or `KeyError` where they are not those of one."""
    names = set(columns(TYPE))
    heads = [{name: text for name, text in one.items() if name not in names and name != _PERSON} for one in records]
    if any(one != heads[0] for one in heads):
        raise ValueError("not the records of one question")
    payload = _rows().payload([{name: one[name] for name in columns(TYPE)} for one in records])
    head = heads[0]
    flow, type_, recipient, table, item = _WAY
    batch = [head[name] for name in _BATCH]
    return Notice(
        flow=flow,
        type=type_,
        recipient=recipient,
        table=table,
        item=item,
        person=records[0][_PERSON],
        payload=etree.tostring(payload, encoding="unicode"),
        created_at=head["作成日時"],
        conversation_id=head["会話番号"],
        message_id=head["電文番号"],
        reason_code=head["処理事由コード"],
        reason=head["処理事由"],
        persons=tuple(one[_PERSON] for one in records),
        batch=(batch[0], int(batch[1]), int(batch[2])) if batch[0] else (),
    )


def size(record: Record) -> int:
    """How many records the question has that begins with this one. Raises `ValueError` or `KeyError` for what begins none."""
    count = int(record["対象となる人数"])
    if count < 1:
        raise ValueError("a question about nobody")
    return count


@cache
def _rows() -> Rows:
    return Rows("seigou", "整合性確認", columns(TYPE), "対象者")
