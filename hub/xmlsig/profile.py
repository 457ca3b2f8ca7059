"""The `ds:Signature` element, held to one exact shape (W3C XML Signature 1.1 section 4, narrowed to our profile).

No Object, no Id, no second Reference or SignedInfo, no parameters, no whitespace: what is not here cannot be misread
(security.md section 1.5). Tests: tests/unit/test_xmlsig_attacks.py.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.codes import sig
from hub.errors import Code, Refused
from hub.xmlsig.names import ENVELOPED, EXCLUSIVE_C14N, SHA256, Method, ds

if TYPE_CHECKING:
    from lxml.etree import _Element


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What the signature claims; nothing of it is verified yet. `certificate` is DER."""

    method: Method
    value: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class _Part:
    """One element of the shape: name, number of children, its attribute, and the code when it differs.

    `attribute` is (name, value), or the name alone where several values are allowed, or empty.
    """

    name: str
    children: int
    attribute: tuple[str, ...]
    code: Code
    position: int = 0


#: Document order and number of children together determine a tree, so comparing both is comparing the whole shape.
_SHAPE = (
    _Part("Signature", 3, (), sig.SIGNATURE_SHAPE),
    _Part("SignedInfo", 3, (), sig.SIGNATURE_SHAPE),
    _Part("CanonicalizationMethod", 0, ("Algorithm", EXCLUSIVE_C14N), sig.ALGORITHM),
    _Part("SignatureMethod", 0, ("Algorithm",), sig.ALGORITHM),
    _Part("Reference", 3, ("URI", ""), sig.REFERENCE),
    _Part("Transforms", 2, (), sig.TRANSFORM),
    _Part("Transform", 0, ("Algorithm", ENVELOPED), sig.TRANSFORM, 1),
    _Part("Transform", 0, ("Algorithm", EXCLUSIVE_C14N), sig.TRANSFORM, 2),
    _Part("DigestMethod", 0, ("Algorithm", SHA256), sig.ALGORITHM),
    _Part("DigestValue", 0, (), sig.SIGNATURE_SHAPE),
    _Part("SignatureValue", 0, (), sig.SIGNATURE_SHAPE),
    _Part("KeyInfo", 1, (), sig.KEY_INFO),
    _Part("X509Data", 1, (), sig.KEY_INFO),
    _Part("X509Certificate", 0, (), sig.KEY_INFO),
)
_TAGS = [(ds(part.name), part.children) for part in _SHAPE]
_METHOD, _DIGEST, _VALUE, _CERTIFICATE = 3, 9, 10, 13
_WITH_TEXT = frozenset({_DIGEST, _VALUE, _CERTIFICATE})
_METHODS = {method.value: method for method in Method}


def read_signature(signature: _Element) -> SignatureFacts:
    """Compare the whole element with the profile; raise `Refused` with the code of the first part that differs."""
    parts = list(signature.iter())
    if [(part.tag, len(part)) for part in parts] != _TAGS:
        raise _wrong_shape(parts)
    for place, part in enumerate(parts):
        _check_part(place, part)
    method = _METHODS.get(parts[_METHOD].get("Algorithm", ""))
    if method is None:
        raise _refusal(_SHAPE[_METHOD])
    if len(_value(parts, _DIGEST)) != 32:
        raise Refused(sig.BASE64, place="DigestValue")
    return SignatureFacts(method, _value(parts, _VALUE), _value(parts, _CERTIFICATE))


def _check_part(place: int, part: _Element) -> None:
    """The attribute is the profile's, and text stands only in the three values. The signature's own tail is the root's."""
    wanted = _SHAPE[place].attribute
    found = part.keys() if place == _METHOD else [text for pair in part.items() for text in pair]
    if found != list(wanted):
        raise _refusal(_SHAPE[place])
    if (place and part.tail) or (part.text and place not in _WITH_TEXT):
        raise Refused(sig.SIGNATURE_SHAPE, place=_SHAPE[place].name)


def _value(parts: list[_Element], place: int) -> bytes:
    """Canonical base64 without whitespace; anything else could be rewritten without breaking the signature."""
    text = parts[place].text or ""
    try:
        value = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if not value or b64encode(value).decode("ascii") != text:
        raise Refused(sig.BASE64, place=_SHAPE[place].name)
    return value


def _wrong_shape(parts: list[_Element]) -> Refused:
    """The refusal for the first part that is missing, extra or different; only chooses the code, all are refusals."""
    for part, wanted, found in zip(_SHAPE, _TAGS, parts, strict=False):
        if (found.tag, len(found)) != wanted:
            # a reference that differs in its parts is a matter of shape; REFERENCE speaks of its URI
            return Refused(sig.SIGNATURE_SHAPE, place=part.name) if _is_outer(part) else _refusal(part)
    return Refused(sig.SIGNATURE_SHAPE, place="Signature")


def _is_outer(part: _Part) -> bool:
    return part.code in {sig.REFERENCE, sig.ALGORITHM}


def _refusal(part: _Part) -> Refused:
    return Refused(part.code, place=part.name, position=part.position)
