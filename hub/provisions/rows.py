"""One table file -> its rows: defaults filled in, and the rules that hold for every row checked.

What the document forbids stands here in code: a kou2 row off the 情報提供ネットワークシステム cannot even be loaded (X11, L325).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import MappingProxyType

from hub.codes import prv
from hub.errors import HubError, Misconfigured
from hub.messages import LegalKind
from hub.provisions.model import Channel, ItemRule, Party, Row, RowKey, Status
from hub.provisions.shapes import RecipientShape, RowShape, SharedShape, TableShape

# A table's channel and the kinds of its rows are part of what the table is, not of what somebody writes into it.
_CHANNELS = {
    "kou2": Channel.NWS,
    "beppyo": Channel.CHONAI,
    "to-jorei": Channel.CHONAI,
    "ku-jorei": Channel.CHONAI,
    "statutes": Channel.HUB,
}
_KINDS = {
    "kou2": {LegalKind.PROVISION},
    "beppyo": {LegalKind.TRANSFER},
    "to-jorei": {LegalKind.TRANSFER},
    "ku-jorei": {LegalKind.TRANSFER},
    "statutes": set(LegalKind),
}
_SHARED = ("article", "kind", "channel", "information", "items", "message_types", "effective_from", "status")


def read_rows(shape: TableShape, file: str, faults: list[HubError]) -> dict[RowKey, Row]:
    """The rows of one table by key; what is wrong is appended to `faults`, and a faulty row is left out."""
    if file != f"tables/{shape.table}.yaml":
        faults.append(Misconfigured(prv.TABLE_MISNAMED, file=file, value=shape.table))
    rows: dict[RowKey, Row] = {}
    for number, entry in enumerate(shape.rows):
        path = f"rows.{number}"
        key = (shape.table, str(entry.item))
        if key in rows:
            faults.append(Misconfigured(prv.TWICE, file=file, path=f"{path}.item", value=key[1]))
        lacking = tuple(_lacking(entry, shape.defaults))
        faults += [Misconfigured(prv.INCOMPLETE, file=file, path=path, value=name) for name in lacking]
        if lacking:
            continue
        row = _row(shape, entry)
        faults += [
            Misconfigured(prv.CONTRADICTION, file=file, path=path, value=value, rule=rule)
            for value, rule in _broken_rules(row, entry)
        ]
        rows[key] = row
    return rows


def _lacking(entry: RowShape, defaults: SharedShape) -> Iterator[str]:
    for name in _SHARED:
        if getattr(entry, name) is None and getattr(defaults, name) is None:
            yield name
    if entry.parties is None and entry.recipients is None:
        yield "recipients"
    if entry.recipients is not None and entry.sender is None and defaults.sender is None:
        yield "sender"


def _broken_rules(row: Row, entry: RowShape) -> Iterator[tuple[str, str]]:
    """(value, rule) of every rule that the row breaks."""
    denied = row.status is Status.DENIED
    if denied != bool(row.reason):
        yield row.status.value, "a reason stands exactly where the row is denied"
    if not row.parties and not denied:
        yield "recipients", "a row without recipients is denied"
    if entry.parties is not None and entry.recipients is not None:
        yield "recipients", "either parties or recipients"
    if row.confirmed_information and not denied:
        yield row.confirmed_information, "only a denied row has something to confirm"
    if row.channel is not _CHANNELS[row.table]:
        yield row.channel.value, f"rows of {row.table} are valid on {_CHANNELS[row.table].value} only"
    if row.kind not in _KINDS[row.table]:
        yield row.kind.value, f"not a kind of {row.table}"
    if row.channel is Channel.NWS and row.message_types:
        yield "message_types", "no message of the hub may claim a row of the nws channel (X11)"
    if len(set(row.parties)) != len(row.parties):
        yield "recipients", "a recipient stands once"
    if isinstance(entry.item, int) == (row.table == "statutes"):
        yield row.item, "items are numbers in the tables and names in statutes"


def _row(shape: TableShape, entry: RowShape) -> Row:
    defaults = shape.defaults
    items = entry.items if entry.items is not None else defaults.items
    types = entry.message_types if entry.message_types is not None else defaults.message_types
    item = str(entry.item)
    return Row(
        table=shape.table,
        item=item,
        article=_text(entry.article, defaults.article).replace("{item}", item),
        kind=LegalKind(_text(entry.kind, defaults.kind)),
        channel=Channel(_text(entry.channel, defaults.channel)),
        parties=_parties(entry, defaults),
        affair=entry.affair,
        information=_text(entry.information, defaults.information),
        item_rule=ItemRule(items) if isinstance(items, str) else ItemRule.LISTED,
        items=frozenset(items) if isinstance(items, list) else frozenset(),
        message_types=frozenset(types or ()),
        effective_from=entry.effective_from or defaults.effective_from or date.max,
        place=entry.place,
        status=Status(_text(entry.status, defaults.status)),
        reason=entry.reason,
        confirmed_information=entry.once_confirmed.information if entry.once_confirmed else "",
        note=entry.note,
        flow=entry.flow,
        raw=MappingProxyType(entry.raw.model_dump(exclude_none=True) if entry.raw else {}),
    )


def _text(own: str | None, default: str | None) -> str:
    """The row's own value, or its table's. `_lacking` has made sure that there is one."""
    return own if own is not None else default or ""


def _parties(entry: RowShape, defaults: SharedShape) -> tuple[Party, ...]:
    if entry.parties is not None:
        return tuple(Party(pair.sender, pair.recipient) for pair in entry.parties)
    sender = _text(entry.sender, defaults.sender)
    return tuple(
        Party(sender, one.name, one.qualifier) if isinstance(one, RecipientShape) else Party(sender, one)
        for one in entry.recipients or ()
    )
