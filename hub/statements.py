"""Statements: what persons sign with their own keys, so that approvals bind keys, not strings (promise 12).

A statement names one thing by the SHA-256 of its content; when that content changes, the statement no longer speaks of
it. Nobody approves twice under two keys: the register knows which person a key belongs to. Pure.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.codes import per
from hub.errors import Refused
from hub.exchangelog import canonical

_PREFIX = b"juki-hub/statement@v1\n"
APPROVALS = 2


class Role(StrEnum):
    """What a person may do in a home."""

    APPROVER = "approver"  # 承認 (本人確認情報管理責任者 among them): confirms doubts, releases what is held, lets corrections go
    OPERATOR = "operator"  # 運用: watches, proposes, puts on hold
    AUDITOR = "auditor"  # 監査: reads evidence
    EXPORTER = "exporter"  # 書出し: attends when a medium is written, and nothing else (S26)


class Act(StrEnum):
    """What a statement does: confirms a doubt of the law, holds a delivery, releases it, lets a correction go, and so on."""

    CONFIRM = "confirm"
    HOLD = "hold"
    RELEASE = "release"
    CORRECT = "correct"
    REVEAL = "reveal"
    LEGAL_HOLD = "legal-hold"
    LEGAL_RELEASE = "legal-release"
    MEDIUM_REQUEST = "medium-request"
    MEDIUM_APPROVE = "medium-approve"
    MEDIUM = "medium"
    DISCLOSE = "disclose"


@dataclass(frozen=True, slots=True)
class Person:
    """One registered person; `key` is the SHA-256 (hex) of the Ed25519 public key `public`.

    `staff` is the 職員番号 under which the ward's systems know the person as an operator; "" when it is not registered.
    """

    name: str
    role: Role
    public: bytes
    staff: str = ""

    @property
    def key(self) -> str:
        return fingerprint(self.public)


@dataclass(frozen=True, slots=True)
class Statement:
    """`about` names the thing (`row:kou2/128`), `digest` its content, `origin` the log for which it is meant."""

    act: Act
    about: str
    digest: str
    reason: str
    origin: str
    made_at: str

    def encode(self) -> bytes:
        """The canonical bytes that are signed after a fixed prefix."""
        return canonical.encode(self.encoded())

    def encoded(self) -> dict[str, str]:
        """As a JSON value."""
        return {
            "about": self.about,
            "act": self.act.value,
            "digest": self.digest,
            "made_at": self.made_at,
            "origin": self.origin,
            "reason": self.reason,
        }

    @classmethod
    def decoded(cls, value: Mapping[str, str]) -> Statement:
        """From the JSON value that `encode` writes. Raises `KeyError`, `ValueError`."""
        names = ("about", "digest", "reason", "origin", "made_at")
        return cls(Act(value["act"]), *(_text(value[name]) for name in names))

    @property
    def id(self) -> str:
        """SHA-256 of the canonical bytes; what the log entry cites."""
        return hashlib.sha256(self.encode()).hexdigest()

    def signed(self, key: Ed25519PrivateKey) -> Approval:
        """This person's approval."""
        public = key.public_key().public_bytes_raw()
        return Approval(fingerprint(public), key.sign(_PREFIX + self.encode()))


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's signature under a statement."""

    key: str
    signature: bytes

    def encoded(self) -> dict[str, str]:
        """As a JSON value."""
        return {"key": self.key, "signature": base64.b64encode(self.signature).decode("ascii")}

    @classmethod
    def decoded(cls, value: Mapping[str, str]) -> Approval:
        """From such a JSON value. Raises `KeyError`, `ValueError`."""
        return cls(_text(value["key"]), base64.b64decode(_text(value["signature"]), validate=True))


def fingerprint(public: bytes) -> str:
    """SHA-256 (hex) of a raw Ed25519 public key."""
    return hashlib.sha256(public).hexdigest()


_MAY = {
    Act.CONFIRM: frozenset({Role.APPROVER}),
    Act.HOLD: frozenset({Role.APPROVER, Role.OPERATOR}),
    Act.RELEASE: frozenset({Role.APPROVER}),
    Act.CORRECT: frozenset({Role.APPROVER}),
    Act.REVEAL: frozenset({Role.APPROVER, Role.AUDITOR}),
    Act.LEGAL_HOLD: frozenset({Role.APPROVER}),
    Act.LEGAL_RELEASE: frozenset({Role.APPROVER}),
    Act.MEDIUM_REQUEST: frozenset({Role.OPERATOR}),
    Act.MEDIUM_APPROVE: frozenset({Role.APPROVER}),
    Act.MEDIUM: frozenset({Role.EXPORTER}),
    Act.DISCLOSE: frozenset({Role.APPROVER}),
}


def check(statement: Statement, approval: Approval, register: Mapping[str, Person]) -> Person:
    """The person behind an approval. Raises `Refused` HUB-PER-001 to -003."""
    person = register.get(approval.key)
    if person is None:
        raise Refused(per.UNKNOWN_KEY)
    if person.role not in _MAY[statement.act]:
        raise Refused(per.WRONG_ROLE, role=person.role.value)
    try:
        Ed25519PublicKey.from_public_bytes(person.public).verify(approval.signature, _PREFIX + statement.encode())
    except InvalidSignature:
        raise Refused(per.FORGED) from None
    return person


def require_two(statement: Statement, approvals: Sequence[Approval], register: Mapping[str, Person]) -> tuple[str, ...]:
    """The keys of two different persons who approved. Raises `Refused` HUB-PER-001 to -004."""
    persons = {check(statement, approval, register).name: approval.key for approval in approvals}
    if len(persons) < APPROVALS:
        raise Refused(per.TWO_PERSONS, found=len(persons))
    return tuple(sorted(persons.values()))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value
