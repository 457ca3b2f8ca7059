"""N deliveries for one recipient into a home at rest, by the hub's own code for entries, tree, keys and journal.

What is left out is the reading of each message: one is signed, verified, validated and authorised, and the others are that one
with another id and another person in header and bytes. Their signatures do not hold; nothing behind intake looks at them.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from hub import lanes, pipeline
from hub.app.endpoints import fresh_subject
from hub.app.opening import OpenHome, open_home
from hub.edges.clock import SystemClock
from hub.exchangelog.tree import Frontier
from hub.ids import uuid7
from hub.messages import Authorised, Read, Submission
from hub.observe import silent
from hub.stages.record import Outgoing, record
from tests.engine.conftest import Ward
from tests.engine.parties import signed

GROUP = 500  # deliveries in one commit


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many, in how many seconds."""

    count: int
    seconds: float


def load(ward: Ward, recipient: str, count: int, told: Callable[[int], None]) -> Loaded:
    """Every delivery in a lane of its own, which is the worst for whoever looks for what is ready."""
    began = time.monotonic()
    (first,) = signed(ward, [fresh_subject()], recipient)
    with open_home(ward.paths.root, SystemClock(), silent) as home:
        drafts, tree = _drafts(home, first), home.intake.tree
        for done in range(0, count, GROUP):
            group = [next(drafts) for _ in range(min(GROUP, count - done))]
            tree = _commit(home, tree, group)
            told(done + len(group))
    return Loaded(count, time.monotonic() - began)


def _drafts(home: OpenHome, first: Submission) -> Iterator[Outgoing]:
    read = pipeline.examine(first, home.house, home.clock.now())
    verdict = pipeline.judge(read, home.house, home.clock.now()) if isinstance(read, Read) else read
    if not isinstance(verdict, Authorised):
        raise SystemExit(f"the message that all are made of was refused: {verdict.error}")
    while True:
        yield _another(home, verdict)


def _another(home: OpenHome, like: Authorised) -> Outgoing:
    header, verified = like.valid.header, like.valid.verified
    name, person = uuid7(time.time_ns() // 1_000_000, secrets.token_bytes(10)), fresh_subject()
    raw = verified.submission.raw.replace(header.message_id.encode(), name.encode())
    raw = raw.replace(header.subjects[0].encode(), person.encode())
    changed = replace(header, message_id=name, conversation_id=name, subjects=(person,))
    submission = replace(verified.submission, raw=raw)
    seen = replace(verified, submission=submission, digest=hashlib.sha256(raw).hexdigest())
    valid = replace(like.valid, verified=seen, header=changed)
    return Outgoing(replace(like, valid=valid), lanes.lane(home.intake.ports.lane_key, changed, unordered=False))


def _commit(home: OpenHome, tree: Frontier, group: Sequence[Outgoing]) -> Frontier:
    """What `Intake` does with a group of decisions; the grown tree."""
    ports = home.intake.ports
    prepared = record(group, tree, home.intake.desk, ports.clock.now(), ports.entropy, ports.signer.prepare)
    ports.log.commit(prepared.commit)
    ports.signer.confirm(prepared.tree.size, prepared.tree.root)
    return prepared.tree
