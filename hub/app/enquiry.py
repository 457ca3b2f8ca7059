"""A question to the law that a person puts by hand (`hub rules decide`): read as printed, answered as a message would be.

A message quotes the tables letter by letter; a person types, or copies from the pages of the 評価書. So what differs from a
name of the tables in width, case, blanks or the form of a middle dot only is read as that name; anything else is refused as it
stands, with the names that are near. A message also meets its schema and the list of edges (hub/provisions/identifiers.py),
which a bare row of law knows nothing of: a permit by hand holds both against the items asked for.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from hub.codes import idn, prv
from hub.errors import Code, Fact
from hub.provisions.decide import decide
from hub.provisions.identifiers import carried, identifiers_in
from hub.provisions.lawbook import Access, Entry, Provisions
from hub.provisions.model import Channel, Row, Status
from hub.provisions.question import Decision, Question
from hub.schemas import Schemas

_DOTS: Final = str.maketrans(dict.fromkeys("·‧•∙⋅", "・"))
_NUMBER: Final = re.compile(r"(?:第|項)?([0-9]+)(?:の?項)?")
_UNKNOWN: Final = frozenset({prv.UNKNOWN_TABLE, prv.UNKNOWN_ITEM, prv.RECIPIENT_NOT_PARTY})
_NEAR: Final = 0.4  # of difflib: 税務課 finds 課税課 and 納税課, 知事 finds 都道府県知事


@dataclass(frozen=True, slots=True)
class Answer:
    """What the law says to `question`, as it was read. Where a name leads nowhere, where else to look.

    `rows` are the rows in force (`table/item`) that know this recipient, `near` the names like it when no row does, and
    `items` the names like each item that no table and no schema of the row knows.
    """

    question: Question
    decision: Decision
    rows: tuple[str, ...]
    near: tuple[str, ...]
    items: MappingProxyType[str, tuple[str, ...]]


def ask_law(provisions: Provisions, schemas: Schemas, said: Question) -> Answer:
    """The answer to a question by hand. Never raises for what it holds."""
    known_items = provisions.tables.vocabulary.union(*(one.items for one in schemas.types.values()))
    question = _read(provisions, known_items, said)
    decision = decide(provisions, question)
    if decision.permitted:
        decision = _carriage_refuses(provisions.entries[question.table, question.item], schemas, question) or decision
    recipients = frozenset(name for entry in provisions.entries.values() for name in entry.access)
    recipient = _as_printed(question.recipient, recipients)
    lost = decision.code in _UNKNOWN
    words = _schema_items(provisions, schemas, question) or known_items
    return Answer(
        question,
        decision,
        _rows(provisions, recipient) if lost else (),
        _near(recipient, recipients) if lost and recipient not in recipients else (),
        MappingProxyType({item: _near(item, words) for item in sorted(question.items.difference(words))}),
    )


def named_channel(said: str) -> Channel | None:
    """The one of the closed set of channels that looks like `said`, or None."""
    return next((one for one in Channel if _folded(one.value) == _folded(said)), None)


# --- reading ------------------------------------------------------------------------------------------------------------


def _read(provisions: Provisions, known_items: Collection[str], said: Question) -> Question:
    table = _as_printed(said.table, provisions.tables.titles)
    item = _item(said.item, [number for name, number in provisions.entries if name == table])
    question = replace(
        said,
        table=table,
        item=item,
        channel=_as_printed(said.channel, [one.value for one in Channel]),
        items=frozenset(_as_printed(one, known_items) for one in said.items),
    )
    entry = provisions.entries.get((table, item))
    if entry is None:
        return question
    return replace(
        question,
        recipient=_as_printed(said.recipient, entry.access),
        information=_information(entry.row, said.information),
    )


def _as_printed(said: str, known: Iterable[str]) -> str:
    """The one known name that looks like `said`, else `said` itself."""
    alike = {name for name in known if _folded(name) == _folded(said)}
    return said if said in alike or len(alike) != 1 else alike.pop()


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).translate(_DOTS).casefold().split())


def _item(said: str, known: Collection[str]) -> str:
    """Also `24の項` and `第24項`: the document writes them."""
    number = _NUMBER.fullmatch(_folded(said))
    return number.group(1) if number and number.group(1) in known else _as_printed(said, known)


def _information(row: Row, said: str) -> str:
    """Row 1 of 別紙1 prints the definition of the word that all others use: its cell means the same."""
    cell = _folded(row.raw.get("information", ""))
    alike = {_folded(row.information), cell, cell.partition("(以下")[0]} - {""}
    return row.information if _folded(said) in alike else said


# --- what a message would meet besides the row ----------------------------------------------------------------------------


def _carriage_refuses(entry: Entry, schemas: Schemas, question: Question) -> Decision | None:
    row, access = entry.row, entry.access[question.recipient]
    if access.items is None:  # the row allows what the schema has, so the schema must be asked
        strange = question.items - _shaped(row, schemas)
        if strange:
            return _refused(entry, prv.ITEM_NOT_ALLOWED, items="、".join(sorted(strange)))
    surplus = identifiers_in(question.items) - _carried(row, access, question.recipient)
    if surplus:
        names = "、".join(sorted(one.value for one in surplus))
        types = "、".join(sorted(row.message_types)) or "-"
        senders = "、".join(dict.fromkeys(party.sender for party in row.parties))
        facts: dict[str, Fact] = {"identifiers": names, "type": types, "sender": senders}
        return _refused(entry, idn.NOT_ON_THIS_EDGE, recipient=question.recipient, **facts)
    return None


def _schema_items(provisions: Provisions, schemas: Schemas, question: Question) -> frozenset[str]:
    """The item names of the row's messages where the row leaves the choice to their schema, else none."""
    entry = provisions.entries.get((question.table, question.item))
    access = entry.access.get(question.recipient) if entry else None
    return _shaped(entry.row, schemas) if entry and access and access.items is None else frozenset()


def _shaped(row: Row, schemas: Schemas) -> frozenset[str]:
    items = (one.items for (name, _), one in schemas.types.items() if name in row.message_types)
    return frozenset[str]().union(*items)


def _carried(row: Row, access: Access, recipient: str) -> frozenset[object]:
    """The identifiers that some message under the row may carry to this recipient."""
    return frozenset(
        identifier
        for name in row.message_types
        for sender in access.senders
        for endpoint in (recipient, *access.stands_for)
        for identifier in carried(name, sender, endpoint, access.items or ())
    )


def _refused(entry: Entry, code: Code, **facts: Fact) -> Decision:
    told = MappingProxyType({"table": entry.row.table, "item": entry.row.item, **facts})
    return replace(entry.permit, code=code, facts=told)


# --- where else to look ---------------------------------------------------------------------------------------------------


def _rows(provisions: Provisions, recipient: str) -> tuple[str, ...]:
    return tuple(
        "/".join(key)
        for key, entry in provisions.entries.items()
        if recipient in entry.access and entry.row.status is Status.IN_FORCE
    )


def _near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(name, sorted(known), n=5, cutoff=_NEAR))
