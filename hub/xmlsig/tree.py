"""The parsed document: structural limits, attributes, and one signature in its one place under one envelope.

Wrapped signatures (XSW 1-8, security.md finding 1) end here: no second envelope, no second signature, no part of a
signature outside it, no attribute that a reference could name. The rules are XPath, for it walks the tree in C; all of
them are one expression until one is broken.
"""

from __future__ import annotations

from functools import cache

from lxml import etree

from hub.codes import sig
from hub.errors import Code, Refused
from hub.messages import EXCHANGE_NAMESPACE
from hub.xmlsig.limits import Limits
from hub.xmlsig.names import DS

_Rule = tuple[str, Code, dict[str, str | int]]


def check_tree(root: etree._Element, limits: Limits) -> etree._Element:
    """The one signature element, in its place. Raises `Refused` with the code of the first rule that is broken."""
    if _any_rule(limits)(root) is not False:
        for expression, code, facts in _rules(limits):
            if _compiled(expression)(root) is not False:
                raise Refused(code, **facts)
    return root[2]


@cache
def _rules(limits: Limits) -> tuple[_Rule, ...]:
    """What breaks a document, the first that holds names its code. Later rules may rely on the earlier ones."""
    return (
        (f"count(//*)>{limits.elements}", sig.LIMIT, {"what": "elements", "limit": limits.elements}),
        (f"count(//@*)>{limits.attributes}", sig.LIMIT, {"what": "attributes", "limit": limits.attributes}),
        (f"boolean({'/*' * (limits.depth + 1)})", sig.LIMIT, {"what": "depth", "limit": limits.depth}),
        # xsi:schemaLocation, xml:base, xml:id, …: nothing of ours is qualified, none may bring a meaning of its own
        ("//@*[namespace-uri()!='']", sig.ATTRIBUTE, {"rule": "qualified"}),
        ("//@*[translate(name(),'ID','id')='id']", sig.ATTRIBUTE, {"rule": "Id"}),
        ("not(/e:Envelope)", sig.ENVELOPE, {"rule": "root"}),
        ("/*//e:Envelope", sig.NESTED_ENVELOPE, {}),
        ("not(//ds:Signature)", sig.SIGNATURE_MISSING, {}),
        ("count(//ds:Signature)>1", sig.SIGNATURE_DUPLICATE, {}),
        ("not(/*/*[last()][self::ds:Signature])", sig.SIGNATURE_ELSEWHERE, {}),
        ("/*/*[position()<last()]/descendant-or-self::ds:*", sig.FOREIGN_SIGNATURE_PART, {}),
        (
            "count(/*/*)!=3 or not(/*/*[1][self::e:Header] and /*/*[2][self::e:Body])",
            sig.ENVELOPE,
            {"rule": "children"},
        ),
        ("/*/@*|/*/e:*/@*", sig.ENVELOPE, {"rule": "attributes"}),
        ("/*/text()[normalize-space()!='']", sig.ENVELOPE, {"rule": "text"}),
    )


@cache
def _any_rule(limits: Limits) -> etree.XPath:
    return _compiled(" or ".join(f"({expression})" for expression, _, _ in _rules(limits)))


@cache
def _compiled(expression: str) -> etree.XPath:
    """Compiled once each; the texts are constants and numbers of `Limits`, never anything from a message."""
    return etree.XPath(f"boolean({expression})", namespaces={"e": EXCHANGE_NAMESPACE, "ds": DS})
