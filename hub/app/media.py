"""Output on a medium: asked for, approved beforehand by another, written while two more attend; each an entry before it counts.

S25, S26 (L1099, L1221-1224, L1366-1369): job number, prior approval of the responsible person, two attendants with the role
of output, encryption to the recipient, and a ledger. Four persons, each known by their own key: nobody is two of them.
Statements lie in `confirmations/`; what counts is that the log holds their entries.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from hub.app import confirmations
from hub.app.confirmations import Confirmation
from hub.app.opening import OpenHome
from hub.app.paths import HomePaths
from hub.app.register import read_register
from hub.codes import med, zon
from hub.config import Config
from hub.edges import medium
from hub.envelope import format_time
from hub.errors import Misconfigured, Refused
from hub.exchangelog.entry import Admin
from hub.exchangelog.private import Private
from hub.framing import Message
from hub.ports import Clock
from hub.stages.record import Notice
from hub.statements import Act, Approval, Statement, check, require_two

_ABOUT = re.compile(r"medium:[A-Za-z0-9-]{1,60}:[0-9a-f]{64}")
MOST_BYTES = 256 * 1024 * 1024
_ACTIONS: Final[Mapping[Act, str]] = MappingProxyType(
    {Act.MEDIUM_REQUEST: "medium.request", Act.MEDIUM_APPROVE: "medium.approve", Act.MEDIUM: "medium.write"}
)


def request(
    config: Config, clock: Clock, plain: bytes, recipient: x509.Certificate, job: str, reason: str
) -> Statement:
    """What is asked for: the job, for whom, and the digest of what is to be written."""
    about = f"medium:{job}:{recipient.fingerprint(SHA256()).hex()}"
    digest = hashlib.sha256(plain).hexdigest()
    return Statement(Act.MEDIUM_REQUEST, about, digest, reason, config.origin, format_time(clock.now()))


def following(act: Act, asked: Statement, clock: Clock, reason: str) -> Statement:
    """The approval of a request, or the output itself: about the same job, recipient and content."""
    return Statement(act, asked.about, asked.digest, reason, asked.origin, format_time(clock.now()))


def asked(paths: HomePaths, job: str) -> Statement:
    """The request of a job. Raises `Misconfigured` HUB-MED-005."""
    for one in _of_job(paths, job):
        if one.statement.act is Act.MEDIUM_REQUEST:
            return one.statement
    raise Misconfigured(med.NOT_REQUESTED)


def answer(home: OpenHome, message: Message) -> Message:
    """`medium` with a statement and its approvals: checked and recorded; only then does it count, or may the file be written.

    Raises `Refused` HUB-PER-001 to -004, HUB-MED-005 to -008 and HUB-ZON-003.
    """
    match message:
        case {"op": "medium", "statement": dict(said), "approvals": [*approvals]}:
            try:
                signed = Statement.decoded(said)
                given = tuple(Approval.decoded(one) for one in approvals if isinstance(one, dict))
            except (KeyError, ValueError):
                raise Refused(zon.REQUEST, what="statement") from None
            named = signed.act in _ACTIONS and _ABOUT.fullmatch(signed.about)
            if not named or signed.origin != home.config.origin or not given:
                raise Refused(zon.REQUEST, what="statement")
            return {"index": _record(home, signed, given)}
        case _:
            raise Refused(zon.REQUEST, what="op")


def sealed(plain: bytes, recipient: x509.Certificate, said: Statement) -> bytes:
    """The file for the medium."""
    return medium.seal(plain, recipient, {"about": said.about, "origin": said.origin, "statement": said.id})


def written(paths: HomePaths) -> Iterator[Mapping[str, object]]:
    """The ledger: every output, oldest first, with who asked, who approved and who attended."""
    outputs = [one for one in confirmations.read_all(paths) if one.statement.act is Act.MEDIUM]
    for one in sorted(outputs, key=lambda one: one.statement.made_at):
        _, job, recipient = one.statement.about.split(":")
        before = {two.statement.act: two.approvals[0].key for two in _of_job(paths, job) if two is not one}
        yield {
            "job": job,
            "recipient": recipient,
            "digest": one.statement.digest,
            "at": one.statement.made_at,
            "requested": before.get(Act.MEDIUM_REQUEST, ""),
            "approved": before.get(Act.MEDIUM_APPROVE, ""),
            "keys": [approval.key for approval in one.approvals],
            "index": one.index,
        }


def _record(home: OpenHome, said: Statement, approvals: Sequence[Approval]) -> int:
    keys = _checked(home, said, approvals)
    common = home.intake.common(format_time(home.clock.now()))
    entry = Admin(**common, action=_ACTIONS[said.act], about=said.id, keys=keys)
    index = home.intake.note(Notice(entry, Private(reason=said.reason))).index
    confirmations.write(home.paths, Confirmation(said, tuple(approvals), index))
    return index


def _checked(home: OpenHome, said: Statement, approvals: Sequence[Approval]) -> tuple[str, ...]:
    """The keys that sign; every step but the first stands on those before it. Raises `Refused`."""
    register = read_register(home.paths)
    job = said.about.split(":")[1]
    if any(one.statement.act is said.act and one.index is not None for one in _of_job(home.paths, job)):
        raise Refused(med.DONE)
    if said.act is Act.MEDIUM:
        before = [_key(home, said, Act.MEDIUM_REQUEST), _key(home, said, Act.MEDIUM_APPROVE)]
        keys = require_two(said, approvals, register)
    else:
        before = [_key(home, said, Act.MEDIUM_REQUEST)] if said.act is Act.MEDIUM_APPROVE else []
        check(said, approvals[0], register)
        keys = (approvals[0].key,)
    names = {register[key].name for key in before if key in register}
    if names & {register[key].name for key in keys}:
        raise Refused(med.SAME_PERSON)
    return keys


def _key(home: OpenHome, said: Statement, act: Act) -> str:
    """Who took the step `act` of the same job, recipient and content, by the log. Raises `Refused`."""
    for one in confirmations.read_all(home.paths):
        before = one.statement
        if one.index is None or (before.act, before.about, before.digest) != (act, said.about, said.digest):
            continue
        entry = home.entry(one.index)
        if isinstance(entry, Admin) and (entry.action, entry.about) == (_ACTIONS[act], before.id):
            return entry.keys[0]
    raise Refused(med.NOT_REQUESTED if act is Act.MEDIUM_REQUEST else med.NOT_APPROVED)


def _of_job(paths: HomePaths, job: str) -> list[Confirmation]:
    acts = [one for one in confirmations.read_all(paths) if one.statement.act in _ACTIONS]
    return [one for one in acts if one.statement.about.split(":")[1] == job]
