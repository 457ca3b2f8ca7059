"""The persons of a home: `persons/register.json` holds names, roles and public keys; a development home also keeps their keys.

File names are key fingerprints, never names. Registration is an entry in the log; the register only serves look-ups.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.codes import per
from hub.edges import pki
from hub.edges.home import atomic_write
from hub.errors import IntegrityError, Misconfigured
from hub.statements import Person, Role, fingerprint

MOST_NAME: Final = 80  # characters; names of foreigners in full are the longest
MOST_STAFF: Final = 40
_LINES: Final = frozenset({"Zl", "Zp"})
_KEY: Final = re.compile(
    r"[0-9a-f]{64}"
)  # `personal_key` takes a name or a key: a name must not pass for another's key


def read_register(paths: HomePaths) -> Mapping[str, Person]:
    """Key fingerprint -> person. Raises `IntegrityError` for a file that we did not write."""
    file = _file(paths)
    if not file.exists():
        return {}
    try:
        persons = [
            Person(str(one["name"]), Role(one["role"]), bytes.fromhex(one["public"]), str(one.get("staff", "")))
            for one in json.loads(read_file(file).decode("utf-8"))["persons"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(per.FILE_CHANGED, file=file.name) from error
    return {person.key: person for person in persons}


def add_person(paths: HomePaths, name: str, role: Role, staff: str = "") -> Person:
    """Makes a personal key and registers it. Raises `Misconfigured` HUB-PER-009, -010, and -005: one person, one key (S4)."""
    if not _written(name, MOST_NAME) or _KEY.fullmatch(name):
        raise Misconfigured(per.BAD_NAME, most=MOST_NAME)
    if staff and (not _written(staff, MOST_STAFF) or any(map(str.isspace, staff))):
        raise Misconfigured(per.BAD_STAFF, most=MOST_STAFF)
    register = dict(read_register(paths))
    if any(person.name == name or (staff and person.staff == staff) for person in register.values()):
        raise Misconfigured(per.NAME_TAKEN)
    key = pki.make_person_key()
    person = Person(name, role, key.public_key().public_bytes_raw(), staff)
    pki.write_key(key_file(paths, person.key), key)
    register[person.key] = person
    persons = [
        {"name": one.name, "public": one.public.hex(), "role": one.role.value, "staff": one.staff}
        for one in register.values()
    ]
    atomic_write(_file(paths), json.dumps({"persons": persons}, ensure_ascii=False, indent=1).encode())
    return person


def personal_key(paths: HomePaths, name_or_key: str) -> Ed25519PrivateKey:
    """The private key of a person whose key lies in this home. Raises `Misconfigured` HUB-PER-006."""
    for person in read_register(paths).values():
        if name_or_key in (person.name, person.key) and key_file(paths, person.key).exists():
            key = pki.read_person_key(key_file(paths, person.key))
            if fingerprint(key.public_key().public_bytes_raw()) == person.key:
                return key
    raise Misconfigured(per.UNKNOWN_PERSON)


def key_file(paths: HomePaths, key: str) -> Path:
    """Where the private key of this fingerprint lies."""
    return paths.persons / f"{key[:16]}.key"


def _written(text: str, most: int) -> bool:
    """Whether somebody who reads it sees all of it: what is invisible, or unknown to Unicode, could pass for another name."""
    shown = all(unicodedata.category(one)[0] != "C" and unicodedata.category(one) not in _LINES for one in text)
    return shown and text == text.strip() and 0 < len(text) <= most


def _file(paths: HomePaths) -> Path:
    return paths.persons / "register.json"
