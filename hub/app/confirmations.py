"""Statements of persons, kept in `confirmations/`, each in the log: doubtful rows, aliases and items; holds and releases.

A confirmation counts when two different approvers have signed it and the log holds its entry; a changed row, alias or
grant has another digest, so an old confirmation lifts nothing (hub.provisions.lawbook).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.app.register import read_register
from hub.codes import hld, per
from hub.edges.home import atomic_write
from hub.errors import IntegrityError, Misconfigured, Refused
from hub.exchangelog.text import time_value
from hub.provisions.lawbook import Provisions, with_confirmations
from hub.provisions.model import ConfirmationKey, Doubt, Subject
from hub.statements import APPROVALS, Act, Approval, Person, Statement, check, require_two

Logged = Callable[[int], str | None]
_OLDEST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A statement with the approvals it has so far; `index` is its entry in the log once two persons signed."""

    statement: Statement
    approvals: tuple[Approval, ...]
    index: int | None = None


def about(doubt: Doubt) -> str:
    """The name under which a doubt is confirmed: `row:kou2/128`, `alias:…`, `items:…`."""
    return f"{doubt.key.subject.value}:{doubt.key.name}"


def find_doubt(provisions: Provisions, name: str) -> Doubt:
    """Raises `Misconfigured` HUB-PER-007."""
    for doubt in provisions.doubts:
        if about(doubt) == name:
            return doubt
    raise Misconfigured(per.UNKNOWN_DOUBT, about=name[:80])


def read_all(paths: HomePaths) -> Iterator[Confirmation]:
    """Every confirmation of the home, complete or not. Raises `IntegrityError` for a file that we did not write."""
    if not paths.confirmations.is_dir():
        return
    for file in sorted(paths.confirmations.glob("*.json")):
        yield _read(file)


def write(paths: HomePaths, confirmation: Confirmation) -> None:
    """Keeps a confirmation, under its id."""
    statement = confirmation.statement
    value = {
        "statement": statement.encoded(),
        "approvals": [approval.encoded() for approval in confirmation.approvals],
        "index": confirmation.index,
    }
    atomic_write(paths.confirmations / f"{statement.id}.json", json.dumps(value, ensure_ascii=False, indent=1).encode())


def kept(paths: HomePaths, statement: Statement) -> bool:
    """Whether this very statement is kept already."""
    return (paths.confirmations / f"{statement.id}.json").exists()


def check_now(statement: Statement, now: datetime) -> None:
    """What is signed and done at once says why, and does not lie about for later. Raises `Refused` HUB-HLD-005 and -015."""
    if not statement.reason.strip():
        raise Refused(hld.NO_REASON)
    try:
        age = now - time_value(statement.made_at)
    except ValueError:
        age = _OLDEST + _OLDEST
    if not -_OLDEST < age < _OLDEST:
        raise Refused(hld.STALE_STATEMENT, made_at=statement.made_at[:30])


def add_approval(confirmation: Confirmation, approval: Approval, register: Mapping[str, Person]) -> Confirmation:
    """With one more signature. Raises `Refused` when the key may not approve; the same key twice changes nothing."""
    check(confirmation.statement, approval, register)
    if any(one.key == approval.key for one in confirmation.approvals):
        return confirmation
    return Confirmation(confirmation.statement, (*confirmation.approvals, approval), confirmation.index)


def approve(
    paths: HomePaths, confirmation: Confirmation, approval: Approval, enter: Callable[[tuple[str, ...]], int]
) -> Confirmation:
    """Takes one more signature; with the second person's, `enter` records the act and gives its index in the log.

    The signatures are kept before anything takes effect. Raises `Refused` HUB-PER-001 to -004.
    """
    register = read_register(paths)
    confirmation = add_approval(confirmation, approval, register)
    write(paths, confirmation)
    if confirmation.index is not None or len(confirmation.approvals) < APPROVALS:
        return confirmation
    keys = require_two(confirmation.statement, confirmation.approvals, register)
    confirmation = replace(confirmation, index=enter(keys))
    write(paths, confirmation)
    return confirmation


def find(paths: HomePaths, id_: str) -> Confirmation | None:
    """The statement with this id. Raises `IntegrityError` for a file that we did not write."""
    file = paths.confirmations / f"{id_}.json"
    return _read(file) if file.exists() else None


def begun(paths: HomePaths, act: Act, name: str, digest: str) -> Confirmation | None:
    """The statement that somebody has begun about this thing as it is now."""
    asked = (act, name, digest)
    return next((one for one in read_all(paths) if _speaks_of(one.statement) == asked), None)


def confirmed_provisions(home: Path, provisions: Provisions, logged: Logged | None = None) -> Provisions:
    """`provisions` with what two persons confirmed in this home.

    `logged` gives the statement that the entry at an index records; without it (a look at the tables while another
    process owns the home) the signatures alone are checked.
    """
    paths = HomePaths(home)
    complete = [one for one in read_all(paths) if one.index is not None and one.statement.act is Act.CONFIRM]
    if not complete:
        return provisions
    register = read_register(paths)
    for one in complete:
        require_two(one.statement, one.approvals, register)
        if logged is not None and one.index is not None and logged(one.index) != one.statement.id:
            raise IntegrityError(per.FILE_CHANGED, file=f"{one.statement.id}.json")
    return with_confirmations(provisions, frozenset(_key(one.statement) for one in complete))


def _speaks_of(statement: Statement) -> tuple[Act, str, str]:
    return statement.act, statement.about, statement.digest


def _key(statement: Statement) -> ConfirmationKey:
    subject, _, name = statement.about.partition(":")
    return ConfirmationKey(Subject(subject), name, statement.digest)


def _read(file: Path) -> Confirmation:
    try:
        value = json.loads(read_file(file).decode("utf-8"))
        statement = Statement.decoded(value["statement"])
        approvals = tuple(Approval.decoded(one) for one in value["approvals"])
        if file.stem != statement.id:
            raise ValueError("the file is not named after its statement")
        return Confirmation(statement, approvals, value["index"])
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(per.FILE_CHANGED, file=file.name) from error
