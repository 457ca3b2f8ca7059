"""The seven table files -> `Provisions`, strictly: unknown keys, unknown values and contradictions are faults, all at once.

Pure: takes the texts, opens no file. Every fault names file, path and value (style 3.6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from hub import yamltext
from hub.codes import prv
from hub.errors import Faults, HubError, Misconfigured
from hub.provisions.digest import digest
from hub.provisions.lawbook import Provisions, compile_provisions
from hub.provisions.model import Alias, Grant, ItemRule, Row, RowKey, Status, Tables
from hub.provisions.rows import read_rows
from hub.provisions.shapes import AliasesShape, AliasShape, GrantShape, ItemsShape, TableShape

TABLE_FILES = (
    "tables/kou2.yaml",
    "tables/beppyo.yaml",
    "tables/to-jorei.yaml",
    "tables/ku-jorei.yaml",
    "tables/statutes.yaml",
)
ALIASES_FILE = "tables/aliases.yaml"
ITEMS_FILE = "tables/items.yaml"
FILES = (*TABLE_FILES, ALIASES_FILE, ITEMS_FILE)

_Shape = TypeVar("_Shape", bound=BaseModel)


def load(files: Mapping[str, str]) -> Provisions:
    """The provisions of exactly the files `FILES` (path below hub/provisions -> text). Raises `Faults` with everything that is wrong."""
    return compile_provisions(read_tables(files))


def read_tables(files: Mapping[str, str]) -> Tables:
    """What the files state, before it is compiled. Raises `Faults`."""
    faults: list[HubError] = [Misconfigured(prv.FILE_MISSING, file=name) for name in FILES if name not in files]
    faults += [Misconfigured(prv.FILE_UNKNOWN, file=name) for name in files if name not in FILES]
    shapes = {name: _parse(TableShape, files, name, faults) for name in TABLE_FILES}
    aliases = _parse(AliasesShape, files, ALIASES_FILE, faults)
    items = _parse(ItemsShape, files, ITEMS_FILE, faults)
    rows: dict[RowKey, Row] = {}
    for name, shape in shapes.items():
        if shape is not None:
            rows.update(read_rows(shape, name, faults))
    if aliases is None or items is None or any(shape is None for shape in shapes.values()):
        raise Faults(tuple(faults))  # references into a file that cannot be read would only be noise
    alias_map = dict(_aliases(aliases, rows, faults))
    grants = dict(_grants(items, rows, faults))
    if faults:
        raise Faults(tuple(faults))
    titles: dict[str, str] = {shape.table: shape.title for shape in shapes.values() if shape is not None}
    parsed: dict[str, BaseModel | None] = {**shapes, ALIASES_FILE: aliases, ITEMS_FILE: items}
    digests = {name: digest(shape.model_dump()) for name, shape in sorted(parsed.items()) if shape is not None}
    return Tables(
        MappingProxyType(titles),
        MappingProxyType(rows),
        MappingProxyType(alias_map),
        MappingProxyType(grants),
        _vocabulary(items, rows),
        MappingProxyType(digests),
    )


def _parse(shape: type[_Shape], files: Mapping[str, str], name: str, faults: list[HubError]) -> _Shape | None:
    if name not in files:
        return None
    try:
        return yamltext.parse(shape, files[name], name)
    except Faults as found:
        faults.extend(found.faults)
        return None


# --- aliases ----------------------------------------------------------------------------------------------------------


def _aliases(shape: AliasesShape, rows: Mapping[RowKey, Row], faults: list[HubError]) -> Iterator[tuple[str, Alias]]:
    seen: set[str] = set()
    for number, entry in enumerate(shape.aliases):
        path = f"aliases.{number}"
        status = Status(entry.status)
        if (status is Status.DENIED) != bool(entry.reason):
            faults.append(
                _contradiction(ALIASES_FILE, path, status.value, "a reason stands exactly where it is denied")
            )
        for scope in entry.scope:
            missing = _not_party(scope, entry.stands_for, rows)
            if missing:
                faults.append(_nowhere(ALIASES_FILE, f"{path}.scope.{scope}", missing))
        for name in entry.names:
            if name in seen:
                faults.append(_twice(ALIASES_FILE, f"{path}.names", name))
            seen.add(name)
            yield name, _alias(name, entry)


def _alias(name: str, entry: AliasShape) -> Alias:
    scope, stands_for = frozenset(entry.scope), tuple(entry.stands_for)
    return Alias(name, stands_for, scope, entry.place, Status(entry.status), entry.reason, entry.note)


def _not_party(scope: str, names: list[str], rows: Mapping[RowKey, Row]) -> str:
    """The first name that is a party of no row in `scope`, or the scope itself when it has no row; empty when all is well."""
    table, _, item = scope.partition(":")
    within = [row for key, row in rows.items() if key[0] == table and item in ("", key[1])]
    if not within:
        return scope
    parties = {name for row in within for party in row.parties for name in (party.sender, party.full_recipient)}
    return next((name for name in names if name not in parties), "")


# --- grants -----------------------------------------------------------------------------------------------------------


def _grants(
    shape: ItemsShape, rows: Mapping[RowKey, Row], faults: list[HubError]
) -> Iterator[tuple[tuple[str, str, str], Grant]]:
    faults += _denied_in_sets(shape)
    seen: set[tuple[str, str, str]] = set()
    ids: set[str] = set()
    for number, entry in enumerate(shape.grants):
        path = f"grants.{number}"
        if entry.id in ids:
            faults.append(_twice(ITEMS_FILE, f"{path}.id", entry.id))
        ids.add(entry.id)
        faults += [_nowhere(ITEMS_FILE, f"{path}.sets", name) for name in entry.sets if name not in shape.sets]
        items = frozenset(entry.also).union(*(shape.sets.get(name, []) for name in entry.sets))
        for key, place in _pairs(entry, path):
            row = rows.get(key[:2])
            if row is None or key[2] not in row.recipients:
                faults.append(_nowhere(ITEMS_FILE, place, key[2] if row else key[1]))
            elif row.item_rule is not ItemRule.DECIDED:
                faults.append(_contradiction(ITEMS_FILE, place, key[2], "the row itself says which items are allowed"))
            if key in seen:
                faults.append(_twice(ITEMS_FILE, place, key[2]))
            seen.add(key)
            yield key, _grant(entry, key, items)


def _denied_in_sets(shape: ItemsShape) -> Iterator[HubError]:
    denied = {name for group in shape.denied for name in group.items}
    for name, members in shape.sets.items():
        for item in members:
            if item in denied:
                yield _contradiction(ITEMS_FILE, f"sets.{name}", item, "denied until a grant names it in `also`")


def _pairs(entry: GrantShape, path: str) -> Iterator[tuple[tuple[str, str, str], str]]:
    for table, by_item in entry.rows.items():
        for item, recipients in by_item.items():
            for recipient in recipients:
                yield (table, str(item), recipient), f"{path}.rows.{table}.{item}"


def _grant(entry: GrantShape, key: tuple[str, str, str], items: frozenset[str]) -> Grant:
    return Grant(
        entry.id,
        *key,
        items,
        entry.reason,
        entry.confirmer,
        entry.demonstration,
        entry.decided_on,
        Status(entry.status),
    )


def _vocabulary(shape: ItemsShape, rows: Mapping[RowKey, Row]) -> frozenset[str]:
    named = [group.items for group in shape.denied] + list(shape.sets.values()) + [grant.also for grant in shape.grants]
    return frozenset().union(*named, *(row.items for row in rows.values()))


# --- faults -----------------------------------------------------------------------------------------------------------


def _twice(file: str, path: str, value: str) -> HubError:
    return Misconfigured(prv.TWICE, file=file, path=path, value=value)


def _nowhere(file: str, path: str, value: str) -> HubError:
    return Misconfigured(prv.NO_SUCH_THING, file=file, path=path, value=value)


def _contradiction(file: str, path: str, value: str, rule: str) -> HubError:
    return Misconfigured(prv.CONTRADICTION, file=file, path=path, value=value, rule=rule)
