"""What one partner signs for another beside the hub: Ed25519 (RFC 8032) over a purpose and a value, and files of such values.

The purpose keeps a signature of one kind from passing as one of another. The value is signed in one JSON form: names sorted,
no blanks, UTF-8. A file holds its value and the signature, and is believed under a key that was handed over by another way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.codes import kit
from hub.errors import Misconfigured

Value = Mapping[str, object]


def sign(value: Value, purpose: str, key: Ed25519PrivateKey) -> str:
    """The signature, hex; the same for the same value."""
    return key.sign(_bytes(value, purpose)).hex()


def holds(signature: str, value: Value, purpose: str, key: Ed25519PublicKey) -> bool:
    """Whether the owner of `key` signed this value for this purpose. What is no signature does not hold."""
    try:
        key.verify(bytes.fromhex(signature), _bytes(value, purpose))
    except (InvalidSignature, ValueError):
        return False
    return True


def public(key: Ed25519PrivateKey) -> str:
    """The public half as a file bears it, hex."""
    return key.public_key().public_bytes_raw().hex()


def written(value: Value, purpose: str, key: Ed25519PrivateKey) -> str:
    """The text of a file that `read` believes under the public half of `key`."""
    return json.dumps({"value": value, "signature": sign(value, purpose, key)}, ensure_ascii=False, indent=1) + "\n"


def read(path: Path, purpose: str, key: Ed25519PublicKey) -> Value:
    """The value of a signed file. Raises `Misconfigured` HUB-KIT-056 for a file that is missing, no such file, or not signed by `key`."""
    match plain(path):
        case {"value": dict(value), "signature": str(signature), **more} if not more:
            if not holds(signature, value, purpose, key):
                raise unusable(path, "signature")
            return value
        case _:
            raise unusable(path, "form")


def plain(path: Path) -> Value:
    """The JSON object of a file that persons put there. Raises `Misconfigured` HUB-KIT-056 when it is missing or none."""
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise unusable(path, "missing") from None
    except ValueError:
        raise unusable(path, "form") from None
    if not isinstance(value, dict):
        raise unusable(path, "form")
    return value


def unusable(path: Path, rule: str) -> Misconfigured:
    """The refusal of a file, for whoever reads more into it; its name is told, not where it lies."""
    return Misconfigured(kit.SETUP_FILE, file=path.name, rule=rule)


def _bytes(value: Value, purpose: str) -> bytes:
    return json.dumps([purpose, value], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
