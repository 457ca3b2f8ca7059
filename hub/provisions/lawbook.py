"""The provisions ready to be asked: for every row, the names that may ask, and what each of them may have.

Compiled once from the tables and the confirmations, so that a decision is a few dictionary look-ups. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from hub.provisions.digest import digest
from hub.provisions.model import (
    Alias,
    ConfirmationKey,
    Doubt,
    Grant,
    ItemRule,
    Row,
    RowKey,
    Status,
    Subject,
    Tables,
)
from hub.provisions.question import Decision


@dataclass(frozen=True, slots=True)
class Access:
    """One recipient name under one row.

    `stands_for` are the printed names behind it, `known` is False for an alias that is not confirmed. `senders` says of
    each sender's name whether it is known. `items` is None when every item of the schema is allowed; `decided` and
    `confirmed` tell whether the ward has decided on items at all, and whether that decision holds.
    """

    stands_for: tuple[str, ...]
    known: bool
    senders: Mapping[str, bool]
    items: frozenset[str] | None
    decided: bool = True
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with its access list and the one permit that it can give. `vocabulary` are the item names that tables use."""

    row: Row
    access: Mapping[str, Access]
    permit: Decision
    vocabulary: frozenset[str]


@dataclass(frozen=True, slots=True)
class Provisions:
    """根拠: every row as it holds today. `digest` covers all tables and the confirmations in force; decisions cite it."""

    tables: Tables
    rows: Mapping[RowKey, Row]
    entries: Mapping[RowKey, Entry]
    doubts: tuple[Doubt, ...]
    confirmed: frozenset[ConfirmationKey]
    digest: str

    def table(self, name: str) -> tuple[Row, ...]:
        """The rows of a table in its own order; empty for an unknown table."""
        return tuple(row for row in self.rows.values() if row.table == name)

    @property
    def demonstrations(self) -> tuple[str, ...]:
        """The decisions on items that no person of the ward has made; a hub in production must not start with one."""
        return tuple(sorted({grant.id for grant in self.tables.grants.values() if grant.demonstration}))

    def granted(self, table: str, item: str, recipient: str) -> frozenset[str]:
        """The items that a sender may put into a message to `recipient` under the row; empty where nothing is granted.

        Only for rows whose items are listed or decided: where a schema bounds the items, there is no list to give.
        """
        entry = self.entries.get((table, item))
        access = entry.access.get(recipient) if entry else None
        if access is None or access.items is None or not (access.known and access.decided and access.confirmed):
            return frozenset()
        return access.items


def compile_provisions(tables: Tables, confirmed: frozenset[ConfirmationKey] = frozenset()) -> Provisions:
    """The provisions of `tables`, with those doubts lifted that `confirmed` names. A key that names no doubt lifts nothing."""
    doubts = tuple(_doubts(tables))
    lifted = confirmed & {doubt.key for doubt in doubts}
    names = {(key.subject, key.name) for key in lifted}
    rows = {key: _lift_row(row, names) for key, row in tables.rows.items()}
    aliases = tuple(_lift_alias(alias, names) for alias in tables.aliases.values())
    grants = {key: _lift_grant(grant, names) for key, grant in tables.grants.items()}
    seal = digest({"tables": tables.digests, "confirmed": sorted(lifted)})
    entries = {key: _entry(row, aliases, grants, seal, tables.vocabulary) for key, row in rows.items()}
    open_doubts = tuple(doubt for doubt in doubts if doubt.key not in lifted)
    return Provisions(tables, MappingProxyType(rows), MappingProxyType(entries), open_doubts, lifted, seal)


def with_confirmations(provisions: Provisions, confirmed: frozenset[ConfirmationKey]) -> Provisions:
    """`provisions` with these doubts lifted as well. Whether two persons signed is the caller's to check.

    A key whose digest is not that of the entry as it stands lifts nothing: the entry was changed after it was confirmed.
    """
    return compile_provisions(provisions.tables, provisions.confirmed | confirmed)


# --- doubts -----------------------------------------------------------------------------------------------------------


def _doubts(tables: Tables) -> Iterator[Doubt]:
    for row in tables.rows.values():
        if row.status is Status.DENIED:
            yield Doubt(ConfirmationKey(Subject.ROW, "/".join(row.key), digest(row)), row.reason)
    for alias in tables.aliases.values():
        if alias.status is Status.DENIED:
            yield Doubt(ConfirmationKey(Subject.ALIAS, alias.name, digest(alias)), alias.reason)
    for key, grant in tables.grants.items():
        if grant.status is Status.DENIED:
            yield Doubt(ConfirmationKey(Subject.ITEMS, "/".join(key), digest(grant)), grant.reason)


def _lift_row(row: Row, names: set[tuple[Subject, str]]) -> Row:
    if (Subject.ROW, "/".join(row.key)) not in names:
        return row
    return replace(row, status=Status.IN_FORCE, information=row.confirmed_information or row.information)


def _lift_alias(alias: Alias, names: set[tuple[Subject, str]]) -> Alias:
    return replace(alias, status=Status.IN_FORCE) if (Subject.ALIAS, alias.name) in names else alias


def _lift_grant(grant: Grant, names: set[tuple[Subject, str]]) -> Grant:
    name = f"{grant.table}/{grant.item}/{grant.recipient}"
    return replace(grant, status=Status.IN_FORCE) if (Subject.ITEMS, name) in names else grant


# --- access -----------------------------------------------------------------------------------------------------------


def _entry(
    row: Row,
    aliases: tuple[Alias, ...],
    grants: Mapping[tuple[str, str, str], Grant],
    seal: str,
    vocabulary: frozenset[str],
) -> Entry:
    mine = tuple(alias for alias in aliases if alias.covers(row.key))
    printed = {name: _direct(row, name, mine, grants) for name in row.recipients}
    # An alias counts only when every name behind it is printed in this row: no alias of an alias. A printed name wins.
    through = {
        alias.name: _through(alias, tuple(printed[name] for name in alias.stands_for))
        for alias in mine
        if all(name in printed for name in alias.stands_for)
    }
    access = through | printed
    permit = Decision(None, row.table, row.item, row.article, row.kind.value, seal)
    return Entry(row, MappingProxyType(access), permit, vocabulary)


def _direct(
    row: Row, recipient: str, aliases: tuple[Alias, ...], grants: Mapping[tuple[str, str, str], Grant]
) -> Access:
    printed = {party.sender: True for party in row.parties if party.full_recipient == recipient}
    through = {
        alias.name: alias.status is Status.IN_FORCE
        for alias in aliases
        if all(name in printed for name in alias.stands_for)
    }
    frozen = MappingProxyType(through | printed)
    if row.item_rule is ItemRule.ALL:
        return Access((recipient,), True, frozen, None)
    if row.item_rule is ItemRule.LISTED:
        return Access((recipient,), True, frozen, row.items)
    grant = grants.get((row.table, row.item, recipient))
    if grant is None:
        return Access((recipient,), True, frozen, frozenset(), decided=False)
    return Access((recipient,), True, frozen, grant.items, confirmed=grant.status is Status.IN_FORCE)


def _through(alias: Alias, parts: tuple[Access, ...]) -> Access:
    """Access by an alias: only what every name behind it has."""
    lists = [part.items for part in parts if part.items is not None]
    senders = {name: all(part.senders.get(name, False) for part in parts) for name in parts[0].senders}
    return Access(
        alias.stands_for,
        alias.status is Status.IN_FORCE,
        MappingProxyType(senders),
        frozenset.intersection(*lists) if lists else None,
        all(part.decided for part in parts),
        all(part.confirmed for part in parts),
    )
