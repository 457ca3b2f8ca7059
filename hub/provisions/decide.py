"""Default deny: a message goes out only under a row in force that day, for that channel, kind, party, affair and every item.

`decide` is pure. The checks run from the law to the data, and the first that fails names its code (design promise 3).
"""

from __future__ import annotations

from types import MappingProxyType

from hub.codes import prv
from hub.errors import Code, Fact
from hub.provisions.lawbook import Access, Entry, Provisions
from hub.provisions.model import Row, Status
from hub.provisions.question import Decision, Question


def decide(tables: Provisions, question: Question) -> Decision:
    """Whether `question` is allowed, under which row, and why not. Never raises for what a question holds."""
    entry = tables.entries.get((question.table, question.item))
    if entry is None:
        return _no_row(tables, question)
    refusal = _row_refuses(entry, question)
    if refusal is not None:
        return refusal
    access = entry.access.get(question.recipient)
    if access is None:
        return _refuse(entry, prv.RECIPIENT_NOT_PARTY, parties=_listed(entry.row.recipients))
    return _party_refuses(entry, access, question) or _content_refuses(entry, access, question) or entry.permit


def _no_row(tables: Provisions, question: Question) -> Decision:
    titles = tables.tables.titles
    if question.table not in titles:
        facts: dict[str, Fact] = {"tables": "、".join(titles)}
        return Decision(prv.UNKNOWN_TABLE, "", "", "", "", tables.digest, MappingProxyType(facts))
    facts = {"table": question.table}
    return Decision(prv.UNKNOWN_ITEM, question.table, "", "", "", tables.digest, MappingProxyType(facts))


def _row_refuses(entry: Entry, question: Question) -> Decision | None:
    row = entry.row
    if question.channel != row.channel:
        return _refuse(entry, prv.WRONG_CHANNEL, channel=row.channel.value)
    if row.status is not Status.IN_FORCE:
        return _refuse(entry, prv.ROW_NOT_CONFIRMED, why=row.reason)
    if question.on < row.effective_from:
        return _refuse(entry, prv.NOT_YET_IN_FORCE, from_day=row.effective_from.isoformat())
    if question.kind is not None and question.kind != row.kind.value:
        return _refuse(entry, prv.WRONG_KIND, kind=row.kind.value)
    if question.message_type is not None and question.message_type not in row.message_types:
        return _refuse(entry, prv.WRONG_MESSAGE_TYPE, types=_listed(tuple(sorted(row.message_types))))
    return None


def _party_refuses(entry: Entry, access: Access, question: Question) -> Decision | None:
    if not access.known:
        return _refuse(entry, prv.ALIAS_NOT_CONFIRMED, parties=_listed(access.stands_for))
    if question.sender is None:
        return None
    known = access.senders.get(question.sender)
    if known is None:
        return _refuse(entry, prv.SENDER_NOT_PARTY, parties=_listed(_senders(entry.row)))
    if not known:
        return _refuse(entry, prv.ALIAS_NOT_CONFIRMED, parties=_listed(_senders(entry.row)))
    return None


def _content_refuses(entry: Entry, access: Access, question: Question) -> Decision | None:
    row = entry.row
    if question.affair is not None and question.affair != row.affair:
        return _refuse(entry, prv.WRONG_AFFAIR)
    if question.information != row.information:
        return _refuse(entry, prv.WRONG_INFORMATION, information=row.information)
    if not access.decided:
        return _refuse(entry, prv.NO_ITEMS_DECISION)
    if not access.confirmed:
        return _refuse(entry, prv.ITEMS_NOT_CONFIRMED)
    if access.items is not None and not question.items <= access.items:
        return _refuse(entry, prv.ITEM_NOT_ALLOWED, items=_shown(entry, question.items - access.items))
    return None


def _refuse(entry: Entry, code: Code, **facts: Fact) -> Decision:
    row = entry.row
    told = MappingProxyType({"table": row.table, "item": row.item, **facts})
    return Decision(code, row.table, row.item, row.article, row.kind.value, entry.permit.digest, told)


def _shown(entry: Entry, items: frozenset[str]) -> str:
    """The forbidden items by name where the tables know the name; a stranger's words are counted (+2), not repeated."""
    known = sorted(items & entry.vocabulary)
    strange = len(items) - len(known)
    return _listed((*known, f"+{strange}") if strange else tuple(known))


def _senders(row: Row) -> tuple[str, ...]:
    return tuple(dict.fromkeys(party.sender for party in row.parties))


def _listed(names: tuple[str, ...]) -> str:
    return "、".join(names) or "-"
