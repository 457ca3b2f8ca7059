"""Why a payload does not fit its schema: place, rule, what was expected and the shape of what was found, never the value.

xmlschema finds the place; its own sentences are never used, because they quote values. Names are shown only if the schema has
them, for a sender could write a person's name as an element. The documentation of a simple type is what was expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from hub.codes import xsd as codes
from hub.errors import Code, Refused, Words
from hub.schemas.bundle import XS
from hub.schemas.shapes import shape_of

if TYPE_CHECKING:
    from elementpath.protocols import ElementProtocol
    from lxml.etree import _Element
    from xmlschema import XMLSchema10, XMLSchemaValidationError
    from xmlschema.validators import XsdElement

_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_NOTHING: Final = Words("なし", "nothing")
# XSD's own words for the rule that broke (part 2, section 4.3); anything else is the type as a whole.
_RULES: Final[Mapping[str, str]] = {
    "XsdPatternFacets": "pattern",
    "XsdEnumerationFacets": "enumeration",
    "XsdMinLengthFacet": "minLength",
    "XsdMaxLengthFacet": "maxLength",
}


@dataclass(frozen=True, slots=True)
class Explainer:
    """One schema as xmlschema sees it, with the names and the documented types that an explanation may show."""

    schema: XMLSchema10
    names: frozenset[str]
    documented: Mapping[str, Words]

    def explain(self, payload: etree._Element) -> Refused:
        """The refusal that names the first fault; `UNEXPLAINED` when xmlschema finds none where libxml2 did."""
        error = next(self.schema.iter_errors(cast("ElementProtocol", payload)), None)
        if error is None:
            return self._unnoticed(payload)
        element = cast("_Element", error.elem)
        declared = self._declaration(element, payload)
        path = path_of(element, payload, self.names)
        if declared is None:
            return Refused(codes.UNEXPLAINED, path=path)
        return (
            self._children(error, path)
            or self._attributes(element, declared, path)
            or self._text(error, element, declared, path)
        )

    def _unnoticed(self, payload: etree._Element) -> Refused:
        """xmlschema strips every Unicode blank between items; XML white space (and libxml2) knows but four."""
        for element in payload.iter():
            between = ((element.text or "") + _tails(element)).strip(" \t\r\n") if len(element) else ""
            if between:
                path = path_of(element, payload, self.names)
                return Refused(codes.STRAY_TEXT, path=path, found=str(shape_of(between)))
        return Refused(codes.UNEXPLAINED, path=path_of(payload, payload, self.names))

    def _declaration(self, element: etree._Element, payload: etree._Element) -> XsdElement | None:
        lineage = [element, *element.iterancestors()]
        steps = lineage[: lineage.index(payload) + 1]
        found = self.schema.maps.elements.get(str(steps.pop().tag))
        while steps and found is not None:
            tag = steps.pop().tag
            # An xs:any has no name, so what comes out is a declared element.
            found = cast("XsdElement | None", next((child for child in found if child.name == tag), None))
        return found

    def _children(self, error: XMLSchemaValidationError, path: str) -> Refused | None:
        index = getattr(error, "index", None)
        if index is None:
            return None
        listed = [getattr(particle, "local_name", None) for particle in getattr(error, "expected", None) or ()]
        expected = "|".join(name for name in listed if name) or "-"
        tag = getattr(error, "invalid_tag", None)
        if tag is None:
            return Refused(codes.MISSING_ELEMENT, path=path, expected=expected)
        found = self._known(str(tag))
        return Refused(codes.UNEXPECTED_ELEMENT, path=path, position=index + 1, expected=expected, found=found)

    def _attributes(self, element: etree._Element, declared: XsdElement, path: str) -> Refused | None:
        known = declared.attributes
        unknown = next((name for name in element.attrib if name not in known), None)
        if unknown is not None:
            return _bad(codes.BAD_ATTRIBUTE, f"{path}/@?", "type", _NOTHING, shape_of(element.get(unknown)))
        for name, attribute in known.items():
            value = element.get(name) if name else None
            required = value is None and attribute.use == "required"
            if required or (value is not None and attribute.type is not None and not attribute.type.is_valid(value)):
                rule = "required" if required else "type"
                expected = self._documentation(attribute.type)
                found = _NOTHING if value is None else shape_of(value)
                return _bad(codes.BAD_ATTRIBUTE, f"{path}/@{name}", rule, expected, found)
        return None

    def _text(
        self, error: XMLSchemaValidationError, element: etree._Element, declared: XsdElement, path: str
    ) -> Refused:
        text = (element.text or "") + _tails(element)
        if declared.type.has_complex_content() or declared.type.is_emptiable():
            return Refused(codes.STRAY_TEXT, path=path, found=str(shape_of(text.strip())))
        expected = self._documentation(declared.type)
        if len(element):
            return _bad(codes.BAD_VALUE, path, "type", expected, Words("子要素", "child elements"))
        rule = _RULES.get(type(error.validator).__name__, "type")
        return _bad(codes.BAD_VALUE, path, rule, expected, shape_of(text))

    def _documentation(self, kind: object) -> Words:
        has_simple_content = getattr(kind, "has_simple_content", None)
        simple = getattr(kind, "content", kind) if has_simple_content and has_simple_content() else kind
        name = getattr(simple, "local_name", None) or "?"
        return self.documented.get(name, Words(f"型 {name}", f"type {name}"))

    def _known(self, tag: str) -> str:
        name = tag.rpartition("}")[2]
        return name if name in self.names else "?"


def explainer(bundled: bytes) -> Explainer:
    """Compile `bundled` (one schema without includes) for explaining; some hundred milliseconds at the first call."""
    from xmlschema import XMLSchema10  # noqa: PLC0415 - a tenth of a second that a run without refusals never spends

    root = etree.fromstring(bundled)
    schema = XMLSchema10(bundled, allow="none", defuse="always", use_fallback=False)
    names = frozenset(node.get("name", "") for node in root.iter(f"{XS}element", f"{XS}attribute")) - {""}
    return Explainer(schema, names, _documented(root))


def path_of(element: etree._Element, payload: etree._Element, names: frozenset[str]) -> str:
    """`/a/b[2]` from the payload down; a name that the schema does not have is shown as `?`."""
    lineage = [element, *element.iterancestors()]
    steps = []
    for step in lineage[: lineage.index(payload) + 1]:
        name = str(step.tag).rpartition("}")[2]
        earlier = 0 if step is payload else len(list(step.itersiblings(str(step.tag), preceding=True)))
        steps.append((name if name in names else "?") + (f"[{earlier + 1}]" if earlier else ""))
    return "/" + "/".join(reversed(steps))


def _tails(element: etree._Element) -> str:
    return "".join(child.tail or "" for child in element)


def _documented(root: etree._Element) -> dict[str, Words]:
    found = {}
    for kind in root.iterchildren(f"{XS}simpleType"):
        texts = {node.get(_LANG): node.text or "" for node in kind.iter(f"{XS}documentation")}
        found[kind.get("name", "")] = Words(texts.get("ja", ""), texts.get("en", ""))
    return found


def _bad(code: Code, path: str, rule: str, expected: Words, found: Words) -> Refused:
    return Refused(code, path=path, rule=rule, expected=str(expected), found=str(found))
