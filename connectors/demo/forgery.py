"""Small crimes on signed bytes: each leaves well-formed, canonical XML behind, so that only the signature can tell."""

from __future__ import annotations

import base64
import re

from lxml import etree

_VALUE = re.compile(rb"(<ds:SignatureValue>)([^<]+)(</ds:SignatureValue>)")
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def with_changed_body(raw: bytes) -> bytes:
    """One sign of the recipient's content changed after signing."""
    return raw.replace("足立区".encode(), "荒川区".encode(), 1)


def flipped_signature(raw: bytes) -> bytes:
    """A signature value of the right length that nobody made."""

    def flip(match: re.Match[bytes]) -> bytes:
        value = bytearray(base64.b64decode(match.group(2)))
        value[-1] ^= 1
        return match.group(1) + base64.b64encode(bytes(value)) + match.group(3)

    return _VALUE.sub(flip, raw, count=1)


def wrapped(raw: bytes) -> bytes:
    """XSW: the signed envelope hides in the Body of a forged one, its signature is moved out to the forged one."""
    genuine = etree.fromstring(raw)
    signature = genuine[2]
    forged = etree.fromstring(raw)
    forged.remove(forged[2])
    body = forged[1]
    genuine.remove(signature)
    body.append(genuine)
    forged.append(signature)
    return _DECLARATION + etree.tostring(forged, method="c14n", exclusive=True)
