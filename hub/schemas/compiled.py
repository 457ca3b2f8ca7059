"""The compiled schemas: the hot path of the validate stage (libxml2, hundredths of a millisecond a payload).

libxml2 is given bundled documents only, so that it never opens a location; its error log quotes values and is never read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from lxml import etree

from hub.codes import xsd as codes
from hub.errors import Faults, HubError, Misconfigured, Refused
from hub.messages import EXCHANGE_NAMESPACE
from hub.schemas.bundle import XS, bundle
from hub.schemas.catalogue import CATALOGUE, CatalogueLine, EndRule, HoldRule, PayloadType, parse_catalogue
from hub.schemas.explain import Explainer, explainer
from hub.schemas.items import RECORDS

# The types of xsd/common/1/types.xsd that a person fills with words; every other type has a closed form.
FREE_TEXT_TYPES: Final = frozenset({"Name", "LatinName", "Kana", "KanaSeion", "Address", "Text", "Memo"})
ENVELOPE: Final = "exchange/1/envelope.xsd"
_ENVELOPE_TAG: Final = f"{{{EXCHANGE_NAMESPACE}}}Envelope"
_FOREIGN: Final = "boolean(descendant-or-self::*/@xsi:* | descendant::comment() | descendant::processing-instruction())"
_XSI: Final = {"xsi": "http://www.w3.org/2001/XMLSchema-instance"}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One schema file: as text without includes, and as libxml2 compiled it."""

    bundled: bytes
    validator: etree.XMLSchema
    namespace: str


@dataclass(frozen=True, slots=True)
class Schemas:
    """Every message type with its schema. `digest` names all files of xsd/ together (see `load`)."""

    types: Mapping[tuple[str, int], PayloadType]
    digest: str
    _schemas: Mapping[str, _Compiled]
    _schema_of: Mapping[tuple[str, int], str]
    _foreign: etree.XPath
    _explainers: dict[str, Explainer] = field(default_factory=dict)

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> Schemas:
        """Compile the files of xsd/ (path below xsd/ -> bytes, `catalogue.yaml` among them). Raises `Faults` with all faults.

        `digest` is the SHA-256, in hexadecimal, of what `sha256sum` prints for the given files in the order of their paths.
        """
        if CATALOGUE not in files:
            raise Faults((Misconfigured(codes.FILE_MISSING, file=CATALOGUE, by="hub"),))
        lines = parse_catalogue(files[CATALOGUE].decode("utf-8"))
        compiled = _compile_all({ENVELOPE, *(line.xsd for line in lines)}, files)
        types = {line.key: _payload_type(line, compiled[line.xsd]) for line in lines}
        return cls(
            types=MappingProxyType(types),
            digest=_digest(files),
            _schemas=MappingProxyType(compiled),
            _schema_of=MappingProxyType({line.key: line.xsd for line in lines}),
            _foreign=etree.XPath(_FOREIGN, namespaces=_XSI),
        )

    def payload_type(self, type: str, version: int) -> PayloadType:  # noqa: A002 - the header's own word
        """Raises `Refused` HUB-XSD-001, which shows a type that the catalogue has in another version, and no other text."""
        known = self.types.get((type, version))
        if known is None:
            shown = type if any(name == type for name, _ in self.types) else "Header/Type"
            raise Refused(codes.UNKNOWN_TYPE, type=shown, version=version)
        return known

    def validate(self, payload: etree._Element, type: str, version: int) -> None:  # noqa: A002 - the header's own word
        """Hold `payload` against the schema of (type, version). Raises `Refused` (HUB-XSD) naming place, rule and shape."""
        known = self.payload_type(type, version)
        if payload.tag != known.tag:
            raise Refused(codes.WRONG_ROOT, type=type, expected=known.tag)
        if self._foreign(payload):
            raise Refused(codes.FOREIGN_NODE, path=f"/{known.root}")
        self._judge(payload, self._schema_of[type, version])

    def validate_envelope(self, envelope: etree._Element) -> None:
        """Hold a whole message against the envelope's schema, its payload and signature skipped. Raises as `validate`."""
        if envelope.tag != _ENVELOPE_TAG:
            raise Refused(codes.WRONG_ROOT, type="Envelope", expected=_ENVELOPE_TAG)
        if self._foreign(envelope):
            raise Refused(codes.FOREIGN_NODE, path="/Envelope")
        self._judge(envelope, ENVELOPE)

    def _judge(self, element: etree._Element, path: str) -> None:
        if not self._schemas[path].validator.validate(element):
            raise self._explainer(path).explain(element)

    def _explainer(self, path: str) -> Explainer:
        found = self._explainers.get(path)
        if found is None:
            # Two threads may both build one: the work is done twice, the result is the same.
            found = self._explainers[path] = explainer(self._schemas[path].bundled)
        return found


def _compile_all(paths: set[str], files: Mapping[str, bytes]) -> dict[str, _Compiled]:
    faults: list[HubError] = []
    compiled = {}
    for path in sorted(paths):
        try:
            compiled[path] = _compile(path, files)
        except Misconfigured as fault:
            faults.append(fault)
    if faults:
        raise Faults(tuple(faults))
    return compiled


def _compile(path: str, files: Mapping[str, bytes]) -> _Compiled:
    root = bundle(path, files)
    bundled = etree.tostring(root, encoding="UTF-8")
    try:
        # A clean parse: bundling moved nodes between documents, and libxml2 should see what xmlschema will see.
        validator = etree.XMLSchema(etree.fromstring(bundled))
    except etree.XMLSchemaParseError as error:
        raise Misconfigured(codes.FILE_REFUSED, file=path, reason="libxml2 refuses the schema") from error
    return _Compiled(bundled, validator, root.get("targetNamespace", ""))


def _payload_type(line: CatalogueLine, compiled: _Compiled) -> PayloadType:
    bundled = etree.fromstring(compiled.bundled)
    root = next((one for one in bundled.iterchildren(f"{XS}element") if one.get("name") == line.root), None)
    if root is None:
        fault = Misconfigured(codes.CATALOGUE_FAULT, place=line.type, reason=f"{line.xsd} has no element {line.root}")
        raise Faults((fault,))
    names = frozenset(node.get("name", "") for node in root.iter(f"{XS}element") if node is not root)
    return PayloadType(
        type=line.type,
        version=line.version,
        namespace=compiled.namespace,
        root=line.root,
        flows=tuple(line.flows),
        unordered=line.unordered,
        multi_subject=line.multi_subject,
        attachments=line.attachments,
        max_bytes=line.max_bytes,
        items=names - RECORDS,
        texts=frozenset(_texts(root, {one.get("name", ""): one for one in bundled.iterchildren(f"{XS}complexType")})),
        hold_when=_hold_rule(line, root),
        ends_when=_end_rule(line, root),
    )


def _texts(within: etree._Element, named: dict[str, etree._Element]) -> Iterator[str]:
    """Names of the elements of free text, also those inside `named` types (本籍 within 戸籍の表示): a number may hide in any of them."""
    for node in within.iter(f"{XS}element"):
        kind = node.get("type", "")
        if kind in FREE_TEXT_TYPES:
            yield node.get("name", "")
        elif kind in named:
            yield from _texts(named[kind], {name: one for name, one in named.items() if name != kind})


def _hold_rule(line: CatalogueLine, root: etree._Element) -> HoldRule | None:
    """The rule, held against the schema: its item must always stand there, else a message could leave it out and not wait."""
    wanted = line.hold_when
    if wanted is None:
        return None
    children = root.iterfind(f"{XS}complexType/{XS}sequence/{XS}element")
    flags = {child.get("name") for child in children if child.get("type") == "Flag" and not child.get("minOccurs")}
    if wanted.element not in flags:
        reason = f"hold_when: {line.root} has no mandatory flag {wanted.element}"
        raise Faults((Misconfigured(codes.CATALOGUE_FAULT, place=line.type, reason=reason),))
    return HoldRule(wanted.element, wanted.value)


def _end_rule(line: CatalogueLine, root: etree._Element) -> EndRule | None:
    """The rule, held against the schema: an item that always stands, and a value that it can have; else it would never hold."""
    wanted = line.ends_when
    if wanted is None:
        return None
    children = root.iterfind(f"{XS}complexType/{XS}sequence/{XS}element")
    kinds = {child.get("name"): child.get("type") for child in children if not child.get("minOccurs")}
    types = root.getroottree().iterfind(f"{XS}simpleType")
    kind = next((one for one in types if one.get("name") == kinds.get(wanted.element, "")), None)
    values = () if kind is None else {one.get("value") for one in kind.iter(f"{XS}enumeration")}
    if wanted.value not in values:
        reason = f"ends_when: {line.root} has no mandatory item {wanted.element} with the code {wanted.value}"
        raise Faults((Misconfigured(codes.CATALOGUE_FAULT, place=line.type, reason=reason),))
    return EndRule(wanted.element, wanted.value, frozenset(wanted.types))


def _digest(files: Mapping[str, bytes]) -> str:
    lines = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
