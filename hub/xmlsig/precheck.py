"""Everything that is refused before any key is touched (security.md findings 1, 2, 9 and section 1.5).

Only one byte form passes: the XML declaration, then exclusive C14N without comments. So what is parsed, what is signed
and what was received are the same bytes, any single changed byte is refused, and no second parser can read it
differently. Known hole: an ECDSA value has a twin (r, n-s) that verifies too; the log binds the exact bytes anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import NewType

from lxml import etree

from hub.codes import sig
from hub.errors import Refused
from hub.messages import EXCHANGE_NAMESPACE
from hub.xmlsig.limits import DEFAULT_LIMITS, Limits
from hub.xmlsig.profile import SignatureFacts, read_signature
from hub.xmlsig.rawcheck import DECLARATION, check_bytes
from hub.xmlsig.tree import check_tree

#: Header fields as claimed by whoever sent the bytes: nothing of it is verified.
Claims = NewType("Claims", Mapping[str, str])

_CLAIMED = ("MessageId", "Sender", "Recipient", "Type", "Tenant")
_CLAIM_LENGTH = 128


@dataclass(frozen=True, slots=True)
class Prechecked:
    """An envelope of the right form whose signature is not verified yet. Do not route on `root`.

    `body` is `raw` without the declaration; `facts` is what the signature element claims.
    """

    raw: bytes
    body: bytes
    root: etree._Element
    signature: etree._Element
    facts: SignatureFacts


def precheck(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Prechecked:
    """Parse and hold the document to the profile. Raises `Refused` (area SIG) and nothing else."""
    check_bytes(raw, limits)
    root = parse(raw)
    signature = check_tree(root, limits)
    facts = read_signature(signature)
    body = raw[len(DECLARATION) :]
    if canonical(root) != body:
        raise Refused(sig.NOT_CANONICAL, place="document")
    return Prechecked(raw, body, root, signature, facts)


def claimed_header(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Claims:
    """MessageId, Sender, Recipient, Type, Tenant as far as present and printable; for a summary entry, never a decision.

    Empty when `precheck` refuses `raw`. Never raises `Refused`.
    """
    try:
        header = precheck(raw, limits).root[0]
    except Refused:
        return Claims(MappingProxyType({}))
    found = {name: header.findtext(f"{{{EXCHANGE_NAMESPACE}}}{name}") or "" for name in _CLAIMED}
    return Claims(MappingProxyType({name: text for name, text in found.items() if _presentable(text)}))


def parse(xml: bytes) -> etree._Element:
    """Parse with the hardened parser. Raises `Refused` (MALFORMED, LIMIT) without quoting the document."""
    try:
        return etree.fromstring(xml, parser=parser())
    except etree.XMLSyntaxError as fault:
        if fault.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise Refused(sig.LIMIT, what="parser", limit="libxml2") from None
        if fault.code == etree.ErrorTypes.ERR_INVALID_ENCODING:
            raise Refused(sig.ENCODING, rule="bytes") from None
        line, column = fault.position
        raise Refused(sig.MALFORMED, line=line or 0, column=column or 0) from None


@cache
def parser() -> etree.XMLParser:
    """No entities, no DTD, no network, no huge trees; nothing is silently dropped. One per process, lxml locks it."""
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=False,
        remove_pis=False,
        remove_blank_text=False,
        strip_cdata=False,
    )


def canonical(element: etree._Element) -> bytes:
    """Exclusive C14N without comments (RFC 3741). Raises `Refused` for a relative namespace, which C14N cannot carry."""
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    except etree.C14NError:
        raise Refused(sig.NAMESPACE) from None


def _presentable(text: str) -> bool:
    return 0 < len(text) <= _CLAIM_LENGTH and text.isprintable()
