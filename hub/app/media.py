"""Output on a medium: two different persons attend and sign, the entry is written first, the file is sealed to its recipient.

S25, S26 (L1099, L1221-1224, L1366-1369): job number, prior approval, encryption, and a ledger of every output, which is the
statements in `confirmations/` with their entries in the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from hub.app import confirmations
from hub.app.confirmations import Confirmation
from hub.app.opening import OpenHome
from hub.app.paths import HomePaths
from hub.app.register import read_register
from hub.codes import zon
from hub.config import Config
from hub.edges import medium
from hub.envelope import format_time
from hub.errors import Refused
from hub.exchangelog.entry import Admin
from hub.exchangelog.private import Private
from hub.framing import Message
from hub.ports import Clock
from hub.stages.record import Notice
from hub.statements import Act, Approval, Statement, require_two

MOST_BYTES = 256 * 1024 * 1024


def statement(
    config: Config, clock: Clock, plain: bytes, recipient: x509.Certificate, job: str, reason: str
) -> Statement:
    """What both attendants sign: the job, for whom, and the digest of what is written."""
    about = f"medium:{job}:{recipient.fingerprint(SHA256()).hex()}"
    digest = hashlib.sha256(plain).hexdigest()
    return Statement(Act.MEDIUM, about, digest, reason, config.origin, format_time(clock.now()))


def answer(home: OpenHome, request: Message) -> Message:
    """`medium` with a statement and its approvals: recorded, and only then may the file be written.

    Raises `Refused` HUB-PER-001 to -004 and HUB-ZON-003.
    """
    match request:
        case {"op": "medium", "statement": dict(said), "approvals": [*approvals]}:
            try:
                signed = Statement.decoded(said)
                given = tuple(Approval.decoded(one) for one in approvals if isinstance(one, dict))
            except (KeyError, ValueError):
                raise Refused(zon.REQUEST, what="statement") from None
            if signed.act is not Act.MEDIUM or signed.origin != home.config.origin:
                raise Refused(zon.REQUEST, what="statement")
            return {"index": _record(home, signed, given)}
        case _:
            raise Refused(zon.REQUEST, what="op")


def sealed(plain: bytes, recipient: x509.Certificate, said: Statement) -> bytes:
    """The file for the medium."""
    return medium.seal(plain, recipient, {"about": said.about, "origin": said.origin, "statement": said.id})


def written(paths: HomePaths) -> Iterator[Mapping[str, object]]:
    """The ledger: every output, oldest first."""
    done = [one for one in confirmations.read_all(paths) if one.statement.act is Act.MEDIUM]
    for one in sorted(done, key=lambda one: one.statement.made_at):
        _, job, recipient = one.statement.about.split(":")
        yield {
            "job": job,
            "recipient": recipient,
            "digest": one.statement.digest,
            "at": one.statement.made_at,
            "keys": [approval.key for approval in one.approvals],
            "index": one.index,
        }


def _record(home: OpenHome, said: Statement, approvals: Sequence[Approval]) -> int:
    keys = require_two(said, approvals, read_register(home.paths))
    common = home.intake.common(format_time(home.clock.now()))
    entry = Admin(**common, action="medium.write", about=said.id, keys=keys)
    index = home.intake.note(Notice(entry, Private(reason=said.reason))).index
    confirmations.write(home.paths, Confirmation(said, tuple(approvals), index))
    return index
