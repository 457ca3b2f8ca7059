"""Bodies and private parts of entries, shown to one person with a reason; the entry that says so is written first (promise 8).

A statement shows once and only the records that it names, so that a copied one shows nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from hub.app import confirmations
from hub.app.confirmations import Confirmation
from hub.app.opening import OpenHome
from hub.app.register import read_register
from hub.codes import hld, zon
from hub.config import Config
from hub.envelope import format_time
from hub.errors import IntegrityError, Refused
from hub.exchangelog import canonical
from hub.exchangelog.entry import Admin
from hub.exchangelog.private import Private
from hub.framing import Message
from hub.ports import Clock
from hub.stages.record import Notice
from hub.statements import Act, Approval, Statement, check

Record = tuple[int, str]  # index of the entry, and slot: `body`, `private`, or `part:DIGEST:POSITION` of an attachment
_PART: Final = re.compile(r"part:(?P<digest>[0-9a-f]{64}):(?P<position>[0-9]{1,3})")
SLOTS: Final = ("body", "private")
MOST: Final = 1000  # records of one statement
MOST_BYTES: Final = 48 * 1024 * 1024  # of them together


def statement(config: Config, clock: Clock, records: Sequence[Record], reason: str) -> Statement:
    """What a person signs to see these records."""
    made_at = format_time(clock.now())
    return Statement(Act.REVEAL, f"records:{len(records)}", _digest(records), reason, config.origin, made_at)


def request(said: Statement, approval: Approval, records: Sequence[Record]) -> Message:
    """The question to the owner of the home."""
    shown = [[index, slot] for index, slot in records]
    return {"op": "reveal", "statement": said.encoded(), "approval": approval.encoded(), "records": shown}


def revealed(reply: Message) -> tuple[int, Mapping[Record, bytes]]:
    """The index of the entry that says so, and the records that still live."""
    shown = cast(Sequence[tuple[int, str, str]], reply["records"])
    return int(cast(int, reply["index"])), {(index, slot): base64.b64decode(text) for index, slot, text in shown}


def answer(home: OpenHome, message: Message) -> Message:
    """`reveal`. Raises as `may`, and `Refused` HUB-ZON-003."""
    match message:
        case {"op": "reveal", "statement": dict(said), "approval": dict(approval), "records": [*wanted]}:
            try:
                signed, given = Statement.decoded(said), Approval.decoded(approval)
                records = [_record(one) for one in wanted]
            except (KeyError, ValueError):
                raise Refused(zon.REQUEST, what="statement") from None
            if not 0 < len(records) <= MOST or signed.about != f"records:{len(records)}":
                raise Refused(hld.OTHER_STATEMENT)
            may(home, signed, given, _digest(records))
            shown = _shown(home, records)  # not told yet: what cannot be told must not be recorded as seen
            return {"index": entered(home, signed, given, "reveal"), "records": shown}
        case _:
            raise Refused(zon.REQUEST, what="op")


def may(home: OpenHome, said: Statement, approval: Approval, digest: str) -> None:
    """Whether a person may look at what concerns persons, by a statement over this digest that was not used before.

    Raises `Refused` HUB-PER-001 to -003, HUB-HLD-004, -005, -012 and -015.
    """
    if (said.act, said.origin, said.digest) != (Act.REVEAL, home.config.origin, digest):
        raise Refused(hld.OTHER_STATEMENT)
    check(said, approval, read_register(home.paths))
    confirmations.check_now(said, home.clock.now())
    if confirmations.kept(home.paths, said):
        raise Refused(hld.USED_STATEMENT)


def entered(home: OpenHome, said: Statement, approval: Approval, action: str) -> int:
    """The entry that says so, before anything is told; `may` comes first."""
    confirmations.write(home.paths, Confirmation(said, (approval,)))  # used, whatever becomes of it
    common = home.intake.common(format_time(home.clock.now()))
    entry = Admin(**common, action=action, about=said.id, keys=(approval.key,))
    index = home.intake.note(Notice(entry, Private(reason=said.reason))).index
    confirmations.write(home.paths, Confirmation(said, (approval,), index))
    return index


def _shown(home: OpenHome, records: Sequence[Record]) -> list[list[object]]:
    """Raises `Refused` HUB-ZON-003 where it is more than one reply holds, or about entries that are none."""
    if any(index >= home.intake.tree.size for index, _ in records):
        raise Refused(zon.REQUEST, what="records")
    found = [(index, slot, _secret(home, index, slot)) for index, slot in records]
    if sum(len(plain) for _, _, plain in found if plain is not None) > MOST_BYTES:
        raise Refused(zon.REQUEST, what="records")
    return [[index, slot, base64.b64encode(plain).decode()] for index, slot, plain in found if plain is not None]


def _secret(home: OpenHome, index: int, slot: str) -> bytes | None:
    """Raises `Refused` HUB-HLD-017 for one that was changed: that stops nobody else."""
    try:
        if (part := _PART.fullmatch(slot)) is not None:
            return home.journal.carried(index, part["digest"], int(part["position"]))
        return home.journal.secret(index, slot)
    except IntegrityError:
        raise Refused(hld.DAMAGED, index=index) from None


def _record(value: object) -> Record:
    match value:
        case [int(index), str(slot)] if index >= 0 and (slot in SLOTS or _PART.fullmatch(slot)):
            return index, slot
        case _:
            raise ValueError("no record")


def _digest(records: Sequence[Record]) -> str:
    return hashlib.sha256(canonical.encode([[index, slot] for index, slot in records])).hexdigest()
