"""What runs between 情報照会者, 情報提供ネットワークシステム and 中間サーバー, never on a route of the hub (C3, C5, C6, the end of C2b; X10).

JSON again, under types of our own. The answer is sealed to the key that the 情報照会者 signed into its 提供の求め (S2: HPKE of RFC 9180,
X25519): neither the network nor the hub reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

ENQUIRY: Final = "NWS-ENQUIRY"  # 提供の求め
PROVISION: Final = "NWS-PROVISION"  # 提供, or that nothing is provided (不開示)
REFUSAL: Final = "NWS-REFUSAL"  # the 中間サーバー does not take the 提供の求め
RECEIPT: Final = "NWS-RECEIPT"  # the 情報照会者 has it
RESULT: Final = "NWS-RESULT"  # 情報照会 of this body, and its result
CODE_REQUEST: Final = "C2b"  # 符号の生成要求 from 機構 (`CodeRequest`); its flow is its type (connectors.kit.errands)
CODE: Final = "NWS-CODE"  # 符号, to the 中間サーバー
PROVISIONS: Final = "provisions"  # the feed of the 中間サーバー that the network reads

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Enquiry:
    """提供の求め. `person` is the 符号 at the body that is asked; the network adds it, `permit` and `route` (提供許可証, 経路情報).

    `key` is the public key of the 情報照会者, hex. `body_signature` is the body's over what it asks (`inquirers`), `permit_signature`
    the network's over all of it (`permits`).
    """

    number: str
    process: str
    person: str
    body: str
    affair: str
    information: str
    items: tuple[str, ...]
    permit: str
    route: str
    key: str
    body_signature: str = ""
    permit_signature: str = ""

    def encode(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode("utf-8")

    @classmethod
    def decode(cls, data: bytes) -> Enquiry:
        """Raises `ValueError` for anything that `encode` does not write."""
        match json.loads(data):
            case {"items": [*names], **more} if all(isinstance(one, str) for one in (*names, *more.values())):
                try:
                    return cls(items=tuple(names), **{str(name): str(text) for name, text in more.items()})
                except TypeError:
                    raise ValueError("no enquiry") from None
            case _:
                raise ValueError("no enquiry")


@dataclass(frozen=True, slots=True)
class Provision:
    """提供: what is told, sealed, hex; "" when nothing is provided. `request` is the MessageId of the 提供の求め."""

    request: str
    sealed: str

    def encode(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode("ascii")

    @classmethod
    def decode(cls, data: bytes) -> Provision:
        """Raises `ValueError` for anything that `encode` does not write."""
        match json.loads(data):
            case {"request": str(request), "sealed": str(sealed), **more} if not more:
                return cls(request, sealed)
            case _:
                raise ValueError("no provision")


@dataclass(frozen=True, slots=True)
class Receipt:
    """受領: the 情報照会者 has what became of the 提供の求め `request`."""

    request: str

    def encode(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode("ascii")

    @classmethod
    def decode(cls, data: bytes) -> Receipt:
        """Raises `ValueError` for anything that `encode` does not write."""
        match json.loads(data):
            case {"request": str(request), **more} if not more:
                return cls(request)
            case _:
                raise ValueError("no receipt")


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """符号の生成要求: 処理通番, and whom 機構 means by it. Never a 住民票コード: `person` cannot be turned back into one."""

    process: str
    person: str

    @classmethod
    def decode(cls, data: bytes) -> CodeRequest:
        """Raises `ValueError` for anything but these two."""
        match json.loads(data):
            case {"process": str(process), "person": str(person), **more} if process and person and not more:
                return cls(process, person)
            case _:
                raise ValueError("no request of a code")


@dataclass(frozen=True, slots=True)
class Code:
    """符号, for the 処理通番 under which the ward asked for it."""

    process: str
    fugou: str

    def encode(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode("ascii")

    @classmethod
    def decode(cls, data: bytes) -> Code:
        """Raises `ValueError` for anything that `encode` does not write."""
        match json.loads(data):
            case {"process": str(process), "fugou": str(fugou), **more} if process and fugou and not more:
                return cls(process, fugou)
            case _:
                raise ValueError("no code")


def public(key: X25519PrivateKey) -> str:
    """The public half as an `Enquiry` bears it."""
    return key.public_key().public_bytes_raw().hex()


def sealed(items: Mapping[str, str], key: str, request: str) -> str:
    """Items for the owner of `key` alone, bound to the request; hex. Raises `ValueError` for what is no key."""
    plain = json.dumps(dict(items), ensure_ascii=False).encode("utf-8")
    return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(bytes.fromhex(key)), request.encode()).hex()


def opened(text: str, key: X25519PrivateKey, request: str) -> Mapping[str, str]:
    """What was sealed. Raises `ValueError` for what was sealed to another key or request."""
    try:
        plain = _SUITE.decrypt(bytes.fromhex(text), key, request.encode())
    except InvalidTag:
        raise ValueError("sealed to somebody else") from None
    match json.loads(plain):
        case dict(items) if all(isinstance(one, str) for one in items.values()):
            return items
        case _:
            raise ValueError("no items")


def only(items: Mapping[str, str], names: Sequence[str]) -> Mapping[str, str]:
    """Those items that were asked for."""
    return {name: items[name] for name in names if name in items}
