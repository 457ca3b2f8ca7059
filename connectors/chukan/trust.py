"""What the 中間サーバー believes before the day begins: keys of network and bodies (S13, S2), and the list that the network signed.

Files of one folder: `registered.json`, which persons put there, so that the network has no say in whose key is whose; `list.json`, which the network hands over and signs; and
`list-version`, the newest version that was taken: an older list is not taken again, whoever signed it. It fails closed:
without them, or with others, the 中間サーバー does not start (HUB-KIT-056).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connectors.chukan.allowed import AllowedEnquiries
from connectors.kit import signed

FOLDER: Final = "chukan-setup"  # beside its socket
REGISTERED: Final = "registered.json"
LIST: Final = "list.json"
LIST_VERSION: Final = "list-version"


@dataclass(frozen=True, slots=True)
class Trust:
    """The network's key, those of the bodies that may ask, by name, and the list that is in force."""

    network: Ed25519PublicKey
    bodies: Mapping[str, Ed25519PublicKey]
    allowed: AllowedEnquiries

    @classmethod
    def read(cls, folder: Path) -> Trust:
        """Remembers the version of a newer list. Raises `Misconfigured` HUB-KIT-056 with the file and what is wrong with it."""
        network, bodies = _registered(folder / REGISTERED)
        allowed = AllowedEnquiries.read(folder / LIST, network)
        taken = _taken(folder / LIST_VERSION)
        if allowed.version < taken:
            raise signed.unusable(folder / LIST, "older")
        if allowed.version > taken:
            remember(folder, allowed.version)
        return cls(network, bodies, allowed)


def remember(folder: Path, version: date) -> None:
    """From now on no list before this version is taken."""
    draft = folder / f".{LIST_VERSION}.new"
    draft.write_text(version.isoformat(), "ascii")
    draft.replace(folder / LIST_VERSION)


def _registered(path: Path) -> tuple[Ed25519PublicKey, Mapping[str, Ed25519PublicKey]]:
    match signed.plain(path):
        case {"network": str(network), "bodies": dict(bodies), **more} if not more:
            try:
                return _key(network), {str(name): _key(key) for name, key in bodies.items()}
            except (TypeError, ValueError):
                raise signed.unusable(path, "key") from None
        case _:
            raise signed.unusable(path, "form")


def _key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def _taken(path: Path) -> date:
    try:
        return date.fromisoformat(path.read_text("ascii"))
    except FileNotFoundError:
        raise signed.unusable(path, "missing") from None
    except ValueError:
        raise signed.unusable(path, "form") from None
