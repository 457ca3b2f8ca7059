"""Entries: the leaves of the log, one frozen class per kind, written as canonical JSON and read back strictly.

An entry says who exchanged what, when, under which row of law, and how it ended; it names no person. Its position is
the tree's, not its own. The version stands first in the canonical bytes (`_` sorts before every small letter).
docs/spec/exchange-log.md section 3 lists every kind and field with examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import ClassVar

from hub.codes import log
from hub.errors import IntegrityError
from hub.exchangelog import canonical
from hub.exchangelog.canonical import Value
from hub.exchangelog.shapes import FIELDS, Legal, Seen, Shape
from hub.messages import AnswerLine

VERSION = 1
FLOW = "flow:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry says. `time` is when the hub recorded it; tenant and environment are the log's own.

    `after` is the size of the last checkpoint before this entry, set when the entry gets its place: the entries of one
    commit share it, so that no checkpoint can be dropped unseen. `commit` is SHA-256 (hex) of the opening of the private
    part (hub.exchangelog.private), blank where there is none. `KIND` is the kind's name; `BLANK` names the fields that
    may say "not known" or "does not apply".
    """

    KIND: ClassVar[str]
    BLANK: ClassVar[frozenset[str]] = frozenset({"commit"})

    time: str
    origin: str
    tenant: str
    environment: str
    after: int = 0
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(Entry):
    """What an entry about a message says: its signed header as far as proven, the SHA-256 (hex) of its bytes, the law.

    `legal` is the row that the hub found, never what a sender merely claimed. `config` is the index of the config entry
    under which the hub decided.
    """

    message: str
    conversation: str
    type: str
    version: int
    sender: str
    recipient: str
    digest: str
    config: int
    legal: Legal | None = None
    code: str = ""

    def __post_init__(self) -> None:
        if bool(self.type) != bool(self.version):
            raise ValueError("a version is of a type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit(Exchange):
    """許可: the message may be delivered to this recipient. One entry per (message, recipient)."""

    KIND = "permit"
    BLANK = frozenset({"code"})

    def __post_init__(self) -> None:
        Exchange.__post_init__(self)
        if self.code:
            raise ValueError("a permit has no code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Exchange):
    """拒否: why, by code. `signature` is the sender's ds:Signature element, which proves what was signed without saying it.

    Where the signature does not hold nothing of the header is proven: those fields are blank (version 0), and `channel`
    names the authenticated channel by which the bytes came.
    """

    KIND = "refuse"
    UNPROVEN: ClassVar[frozenset[str]] = frozenset(
        {"message", "conversation", "type", "version", "sender", "recipient"}
    )
    BLANK = UNPROVEN - {"version"} | {"commit", "legal", "signature"}

    channel: str
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Exchange):
    """回答: what a recipient said became of messages, and the checkpoint that it had seen."""

    KIND = "answer"
    BLANK = frozenset({"code", "legal"})

    lines: tuple[AnswerLine, ...]
    seen: Seen

    def __post_init__(self) -> None:
        Exchange.__post_init__(self)
        if self.code or self.legal or not self.lines:
            raise ValueError("an answer has lines, and neither code nor row of law")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Entry):
    """保留: the delivery permitted by `entry` waits for persons, and its lane with it; `code` says why.

    A person who put it on hold is named by `keys` and `statement` (the reason is private); both are blank when the
    recipient could not process it.
    """

    KIND = "hold"
    BLANK = frozenset({"commit", "statement"})

    message: str
    entry: int
    code: str
    statement: str = ""
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.keys) != (1 if self.statement else 0) or (self.commit and not self.keys):
            raise ValueError("either one person with a statement, or nobody and nothing private")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Entry):
    """解除: persons released what was held. `entry` is the index of the held message's entry.

    `statement` is the SHA-256 of the statement they signed, `keys` the SHA-256 of their public keys.
    """

    KIND = "release"

    message: str
    entry: int
    statement: str
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("nobody released it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase(Entry):
    """消去: `count` data keys destroyed: of a whole bucket (retention class and `due` day, JST), or of one record.

    One record is named by `message`, `entry` (the index) and `slot` (`body` or `private`), and then `due` is blank.
    """

    KIND = "erase"
    BLANK = frozenset({"commit", "message", "entry", "slot", "due"})

    retention: str
    count: int
    due: str = ""
    message: str = ""
    entry: int | None = None
    slot: str = ""

    def __post_init__(self) -> None:
        one = [bool(self.message), self.entry is not None, bool(self.slot), not self.due]
        if any(one) != all(one) or (any(one) and self.count != 1):
            raise ValueError("either a bucket or one record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Entry):
    """設定: SHA-256 of everything that decides (tables, items, routes, XSDs, key list), by name. Decisions cite it."""

    KIND = "config"

    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin(Entry):
    """管理: a person acted on the hub (revealed, searched, put a hold on, changed a key); who and why is private."""

    KIND = "admin"
    BLANK = frozenset({"commit", "about", "entry"})

    action: str
    about: str = ""
    entry: int | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Entry):
    """確認: persons confirmed something by their own keys (a doubtful row, an alias, an item)."""

    KIND = "statement"

    about: str
    statement: str
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("nobody stated it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation(Exchange):
    """観測: what a connector learnt of a flow between its partner and another system (`about` is `flow:` and its id).

    `counterpart` is that other system, `at` when it was, `evidence` the digest under which both ends keep it; `code` says
    why it was rejected there. It provides nothing, so there is no row of law. The other form counts what strangers tried
    (`channel`, `code`, `count`): then everything about a message is blank and the version 0 (ADR 13).
    """

    KIND = "observation"
    SIGNED: ClassVar[frozenset[str]] = frozenset(
        {"message", "conversation", "type", "sender", "recipient", "digest", "counterpart", "at", "evidence"}
    )
    BLANK = SIGNED | {"commit", "code", "legal", "channel", "about"}

    count: int
    channel: str = ""
    about: str = ""
    counterpart: str = ""
    at: str = ""
    evidence: str = ""

    def __post_init__(self) -> None:
        Exchange.__post_init__(self)
        said = [bool(getattr(self, name)) for name in sorted(self.SIGNED)]
        flow = self.about.startswith(FLOW) and self.about != FLOW and self.about.isascii()
        signed = all(said) and flow and self.count == 1
        counted = not any(said) and not self.about and bool(self.code and self.count)
        if self.legal or not self.channel or not (signed or counted):
            raise ValueError("either one signed observation of a flow, or a count of what strangers tried")


_KINDS: Mapping[str, type[Entry]] = MappingProxyType(
    {
        kind.KIND: kind
        for kind in (Permit, Refuse, Answered, Hold, Release, Erase, Config, Admin, Statement, Observation)
    }
)
_SHAPES: Mapping[str, Mapping[str, Shape]] = MappingProxyType(
    {name: {field.name: FIELDS[field.name] for field in fields(kind)} for name, kind in _KINDS.items()}
)


def encode(entry: Entry) -> bytes:
    """The leaf. Raises `ValueError` for an entry that `parse` would refuse: such an entry must not reach the tree."""
    value = {name: _dump(getattr(entry, name)) for name in _SHAPES[entry.KIND]}
    _load(entry.KIND, value)
    return canonical.encode({"_v": VERSION, "kind": entry.KIND, **value})


def parse(leaf: bytes) -> Entry:
    """The entry whose leaf is exactly these bytes. Raises `IntegrityError` for an unknown version, kind, field or form."""
    try:
        value = canonical.decode(leaf)
        if not isinstance(value, dict) or not _is_version(value.pop("_v", None)):
            raise ValueError("not an entry of this version")
        kind = value.pop("kind", None)
        if not isinstance(kind, str) or kind not in _KINDS or value.keys() != _SHAPES[kind].keys():
            raise ValueError("not the fields of a kind")
        make: Callable[..., Entry] = _KINDS[kind]
        return make(**_load(kind, value))
    except ValueError as error:
        raise IntegrityError(log.ENTRY_MALFORMED) from error


def _is_version(value: Value) -> bool:
    return type(value) is int and value == VERSION  # in Python `true` equals 1


def _load(kind: str, value: Mapping[str, Value]) -> dict[str, object]:
    """Every field by its shape, or blank where this kind of entry allows it. Raises `ValueError`."""
    blank, loaded = _KINDS[kind].BLANK, dict[str, object]()
    for name, shape in _SHAPES[kind].items():
        one = value[name]
        loaded[name] = one if name in blank and one == shape.blank else shape.load(one)
    return loaded


def _dump(value: object) -> Value:
    match value:
        case None | str() | int():
            return value
        case AnswerLine():
            return [value.message_id, value.digest, value.level.value, value.code]
        case Legal():
            return {"kind": value.kind, "table": value.table, "item": value.item, "digest": value.digest}
        case Seen():
            return {"origin": value.origin, "size": value.size, "root": value.root}
        case tuple():
            return [_dump(one) for one in value]
        case Mapping():
            return {str(name): _dump(one) for name, one in value.items()}
        case _:
            raise ValueError(f"no form for {type(value).__name__}")
