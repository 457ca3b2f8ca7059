"""What the 情報照会者 says for itself: that it asks this, and under which key it is to be answered (S2, L1119).

The network hands the key on, and could put in its own and read what is provided. So the body signs its 提供の求め with a key that
is registered at the 中間サーバー by another way. Not covered is the 符号: only the network knows which one at the asked body is
meant, so it can still ask about somebody else, but not read the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from connectors.chukan.provision import Enquiry
from connectors.kit import signed

_PURPOSE: Final = "情報照会者/提供の求め/1"
_ADDED: Final = frozenset({"person", "permit", "route", "permit_signature"})  # by the network on the way


def signed_by_body(asked: Enquiry, key: Ed25519PrivateKey) -> Enquiry:
    """The 提供の求め with the signature of the body that asks."""
    return replace(asked, body_signature=signed.sign(_covered(asked), _PURPOSE, key))


def is_of_its_body(asked: Enquiry, bodies: Mapping[str, Ed25519PublicKey]) -> bool:
    """Whether the 照会機関 that is named is registered and signed this, its key included."""
    key = bodies.get(asked.body)
    return key is not None and signed.holds(asked.body_signature, _covered(asked), _PURPOSE, key)


def _covered(asked: Enquiry) -> dict[str, object]:
    return {name: value for name, value in asdict(asked).items() if name not in _ADDED | {"body_signature"}}
