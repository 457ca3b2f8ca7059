"""A small exchange log for tests: entries of every kind, batches with checkpoints, and the rows a journal would hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import TypedDict

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import (
    Admin,
    Answered,
    Config,
    Entry,
    Erase,
    Hold,
    Observation,
    Permit,
    Refuse,
    Release,
    Statement,
)
from hub.exchangelog.keylist import KeyList, LogKey
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.shapes import Legal, Seen
from hub.exchangelog.stamp import Claim, Stamp, stamps
from hub.exchangelog.text import base64_text, time_text
from hub.exchangelog.tree import Frontier, Growth, leaf_hash, prove_consistency
from hub.messages import AnswerLine, Level

ORIGIN = "juki-hub/131211/kikan"
ROOT_NAME = "juki-hub/131211/root"
LOG_SEED, ROOT_SEED = bytes(range(32)), bytes(range(32, 64))
START = datetime(2026, 4, 1, 0, 15, tzinfo=UTC)


def log_private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(LOG_SEED)


def root_private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(ROOT_SEED)


LOG_KEY = LogKey(VerifierKey.of(ORIGIN, log_private()), since="2026-04-01T00:00:00.000Z")
KEYLIST = KeyList(1, (LOG_KEY,))


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def uuid7(number: int) -> str:
    return f"0195e7a0-5a10-7c3e-9d52-{number:012x}"


@dataclass(frozen=True)
class Place:
    """Where the next entry goes: what every entry must say."""

    index: int
    after: int

    @property
    def time(self) -> str:
        return time_text(START + timedelta(milliseconds=250 * self.index))


def config(place: Place) -> Config:
    names = ("items", "keylist", "routes", "table/statutes", "xsd/atena/1")
    return Config(
        time=place.time,
        origin=ORIGIN,
        tenant="131211",
        environment="demo",
        after=place.after,
        digests={name: digest(name) for name in names},
    )


def permit(place: Place, number: int, recipient: str = "atena") -> Permit:
    return Permit(
        time=place.time,
        origin=ORIGIN,
        tenant="131211",
        environment="demo",
        after=place.after,
        commit=digest(f"opening {number}"),
        message=uuid7(number),
        conversation=uuid7(number),
        type="AT-REG",
        version=1,
        sender="juki",
        recipient=recipient,
        digest=digest(f"message {number}"),
        config=0,
        legal=Legal("利用", "statutes", "bangou-9-1", digest("table/statutes")),
    )


def refuse(place: Place, number: int) -> Refuse:
    return Refuse(
        time=place.time,
        origin=ORIGIN,
        tenant="131211",
        environment="demo",
        after=place.after,
        commit=digest(f"opening {number}"),
        message=uuid7(number),
        conversation=uuid7(number),
        type="JK-CHG",
        version=1,
        sender="juki",
        recipient="納税課",
        digest=digest(f"message {number}"),
        config=0,
        code="HUB-PRV-001",
        channel="juki",
        signature='<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">…</ds:Signature>',
    )


def refuse_unproven(place: Place, number: int) -> Refuse:
    return Refuse(
        time=place.time,
        origin=ORIGIN,
        tenant="131211",
        environment="demo",
        after=place.after,
        message="",
        conversation="",
        type="",
        version=0,
        sender="",
        recipient="",
        digest=digest(f"message {number}"),
        config=0,
        code="HUB-SIG-001",
        channel="chukan",
    )


def answer(place: Place, number: int, seen: Checkpoint) -> Answered:
    return Answered(
        time=place.time,
        origin=ORIGIN,
        tenant="131211",
        environment="demo",
        after=place.after,
        commit=digest(f"opening {number}"),
        message=uuid7(number),
        conversation=uuid7(1),
        type="ANSWER",
        version=1,
        sender="atena",
        recipient="juki",
        digest=digest(f"message {number}"),
        config=0,
        lines=(
            AnswerLine(uuid7(1), digest("message 1"), Level.PARTNER_CONFIRMED),
            AnswerLine(uuid7(2), digest("message 2"), Level.REJECTED, "HUB-DOM-001"),
        ),
        seen=Seen(seen.origin, seen.size, base64_text(seen.root)),
    )


def observed(place: Place, number: int, code: str = "") -> Observation:
    return Observation(
        time=place.time,
        origin=ORIGIN,
        tenant="131211",
        environment="demo",
        after=place.after,
        commit=digest(f"opening {number}"),
        message=uuid7(number),
        conversation=uuid7(1),
        type="OB-SEEN",
        version=1,
        sender="shinsei",
        recipient="hub",
        digest=digest(f"message {number}"),
        config=0,
        code=code,
        channel="connector:shinsei",
        about="flow:E1",
        count=1,
        counterpart="eshin",
        at="2026-04-01T00:15:00.000Z",
        evidence=digest(f"exchange {number}"),
    )


def strangers(place: Place) -> Observation:
    return Observation(
        time=place.time,
        origin=ORIGIN,
        tenant="131211",
        environment="demo",
        after=place.after,
        message="",
        conversation="",
        type="",
        version=0,
        sender="",
        recipient="",
        digest="",
        config=0,
        code="HUB-SIG-004",
        channel="stranger",
        count=40,
    )


class _Common(TypedDict):
    time: str
    origin: str
    tenant: str
    environment: str
    after: int


def others(place: Place) -> tuple[Entry, ...]:
    """One entry of each kind that is not about a message, as if all stood at one place."""
    keys = (digest("key of one person"), digest("key of another"))
    common = _Common(time=place.time, origin=ORIGIN, tenant="131211", environment="demo", after=place.after)
    return (
        Hold(**common, message=uuid7(2), entry=2, code="HUB-KIT-031"),
        Hold(
            **common,
            commit=digest("opening 8"),
            message=uuid7(2),
            entry=2,
            code="HUB-HLD-001",
            statement=digest("statement 0"),
            keys=keys[:1],
        ),
        Release(**common, message=uuid7(2), entry=2, statement=digest("statement 1"), keys=keys),
        Erase(**common, retention="ordinary", count=12, due="2026-04-09"),
        Erase(**common, retention="file3", count=1, message=uuid7(1), entry=1, slot="body"),
        Admin(**common, commit=digest("opening 9"), action="reveal", entry=1, keys=keys[:1]),
        Statement(**common, about="alias:戸籍住民課", statement=digest("statement 2"), keys=keys),
        strangers(place),
    )


@dataclass(frozen=True)
class Batch:
    """One commit of the sample log."""

    leaves: tuple[bytes, ...]
    growth: Growth
    checkpoint: Checkpoint
    note: str

    @property
    def stamps(self) -> tuple[Stamp, ...]:
        return stamps(self.leaves, self.growth, self.note)


@dataclass(frozen=True)
class Log:
    """The sample log with every row that a journal would hold."""

    batches: tuple[Batch, ...]

    @property
    def leaves(self) -> list[bytes]:
        return [leaf for batch in self.batches for leaf in batch.leaves]

    @property
    def notes(self) -> list[str]:
        return [batch.note for batch in self.batches]

    @property
    def rows(self) -> list[tuple[int, bytes, bytes | None]]:
        return [(index, leaf, leaf_hash(leaf)) for index, leaf in enumerate(self.leaves)]

    @property
    def nodes(self) -> list[tuple[int, int, bytes]]:
        return sorted(node for batch in self.batches for node in batch.growth.nodes)

    @property
    def checkpoints(self) -> list[tuple[int | None, bytes | None, str]]:
        return [(batch.checkpoint.size, batch.checkpoint.root, batch.note) for batch in self.batches]

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        nodes = {(level, index): hash_ for level, index, hash_ in self.nodes}
        return prove_consistency(old, new, lambda wanted: [nodes[node] for node in wanted])


def close(frontier: Frontier, leaves: Sequence[bytes], key: Ed25519PrivateKey | None = None) -> Batch:
    growth = frontier.append([leaf_hash(leaf) for leaf in leaves])
    checkpoint = Checkpoint(ORIGIN, growth.new.size, growth.new.root)
    return Batch(tuple(leaves), growth, checkpoint, checkpoint.sign(key or log_private()))


def build(sizes: Sequence[int] = (1, 4, 7, 1, 8), twist: int | None = None) -> Log:
    """A log in batches: entry 0 is the configuration, every fifth a refusal, the last an answer; the rest are permits.

    `twist` is an entry that says something else: a second history from there on.
    """
    batches: list[Batch] = []
    ends = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    for first, end in pairwise(ends):
        frontier = batches[-1].growth.new if batches else Frontier()
        leaves = []
        for index in range(first, end):
            place = Place(index, first)
            entry: Entry = permit(place, index + (1000 if index == twist else 0))
            if index == 0:
                entry = config(place)
            elif index == ends[-1] - 1:
                entry = answer(place, index, batches[-1].checkpoint)
            elif index % 5 == 0:
                entry = refuse(place, index)
            leaves.append(entries.encode(entry))
        batches.append(close(frontier, leaves))
    return Log(tuple(batches))


def claim(number: int, recipient: str = "atena") -> Claim:
    """What the recipient of the permit of that number holds."""
    return Claim(uuid7(number), digest(f"message {number}"), "AT-REG", 1, "juki", recipient, "131211", "demo")
