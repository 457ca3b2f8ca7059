"""提供許可証: the network's word that this body may ask this of this person, to be sealed to this key (S13, L1115, L1119).

Its signature covers the whole 提供の求め as the 中間サーバー gets it, so a permit for one enquiry is none for another.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from connectors.chukan.provision import Enquiry
from connectors.kit import signed

_PURPOSE: Final = "nws/提供許可証/1"


def permitted(asked: Enquiry, key: Ed25519PrivateKey) -> Enquiry:
    """The 提供の求め with the network's signature; `permit` and `route` stand in it already."""
    return replace(asked, permit_signature=signed.sign(_covered(asked), _PURPOSE, key))


def is_permitted(asked: Enquiry, key: Ed25519PublicKey) -> bool:
    """Whether there are a 提供許可証 and 経路情報, and the network signed them with exactly this 提供の求め."""
    if not asked.permit or not asked.route:
        return False
    return signed.holds(asked.permit_signature, _covered(asked), _PURPOSE, key)


def _covered(asked: Enquiry) -> dict[str, object]:
    """Every member but the signature itself: one that is added later is covered without another thought."""
    return {name: value for name, value in asdict(asked).items() if name != "permit_signature"}
