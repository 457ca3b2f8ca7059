"""別紙2の部署: each receives the 異動情報 that the tables and the ward's decisions let it have (JK-CHG).

A message is a file of one CSV record in the department's own folder, with a column for each item that the department may
have; at 介護保険課 it is a row of a staging table with the same items.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from connectors.departments.columns import columns
from connectors.kit.flat import record
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.languages import rows
from connectors.kit.languages.database import Database, sqlite
from connectors.kit.languages.files import FilePartner
from connectors.kit.languages.sql import SqlPartner
from connectors.kit.partner import Partner
from connectors.kit.room import Opened, Room
from connectors.kit.text import CharacterSet, encode

TYPES = ("JK-CHG",)
IN_TABLES = frozenset({"介護保険課"})
DATABASE = "juki.sqlite"


def partner(place: Path, endpoint: str) -> Partner:
    """The department `endpoint` below `place`: its folders, or its database."""
    if endpoint in IN_TABLES:
        return SqlPartner(Database(sqlite(place / endpoint / DATABASE), endpoint), endpoint)
    return FilePartner(place, endpoint, extension="csv")


def room(setup: Setup) -> Room:
    """The room of one department; which one, the identity says."""
    department = setup.identity.endpoint
    named = columns(setup.law, department)
    written = as_json if department in IN_TABLES else as_csv

    def translate(one: Opened) -> bytes:
        return written(record(one.payload, named))

    return Forwarding(setup, TYPES, translate=translate)


def as_csv(items: Mapping[str, str]) -> bytes:
    """A row of names and a row of texts."""
    return rows.written(tuple(items), [items])


def as_json(items: Mapping[str, str]) -> bytes:
    """An object of texts, so that the department's own SQL can read it. Raises `Refused` as CSV does."""
    for name, text in items.items():
        encode(text, CharacterSet.UTF_8, name)
    return json.dumps(dict(items), ensure_ascii=False).encode("utf-8")
