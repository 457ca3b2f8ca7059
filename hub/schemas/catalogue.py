"""The catalogue of message types (xsd/catalogue.yaml), read strictly; adding a type is described in docs/messages.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.codes import xsd as codes
from hub.errors import Faults, Misconfigured
from hub.yamltext import Strict, parse

CATALOGUE = "catalogue.yaml"


class HoldLine(Strict):
    """A flag of the payload and the value of it at which a message waits for persons."""

    element: str
    value: Literal["0", "1"]


class EndLine(Strict):
    """A coded item of the payload, the value of it at which a message ends what waits about its person, and of which types."""

    element: str
    value: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,40}$")]
    types: Annotated[list[str], Field(min_length=1)]


class CatalogueLine(Strict):
    """One message type as the file states it."""

    type: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}-[A-Z0-9]{2,8}|ANSWER)$")]
    version: Annotated[int, Field(ge=1, le=9999)]
    xsd: str
    root: str
    flows: list[str]
    max_bytes: Annotated[int, Field(ge=1024, le=8 * 1024 * 1024)]
    unordered: bool
    multi_subject: bool
    attachments: bool = False
    hold_when: HoldLine | None = None
    ends_when: EndLine | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.type, self.version


class _Catalogue(Strict):
    format: Literal[1]
    types: Annotated[list[CatalogueLine], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class HoldRule:
    """A message whose payload has the child `element` with the text `value` waits until two persons release it (S14)."""

    element: str
    value: str


@dataclass(frozen=True, slots=True)
class EndRule:
    """A message whose payload has the child `element` with the text `value` ends what waits of `types` (S39)."""

    element: str
    value: str
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class PayloadType:
    """A message type that exists. `items` are the item names that its schema has, `texts` the
    elements that hold free text; `max_bytes` bounds the signed message, not its attachments. `hold_when` is None for a type that never waits,
    `ends_when` for one that ends nothing.
    """

    type: str
    version: int
    namespace: str
    root: str
    flows: tuple[str, ...]
    unordered: bool
    multi_subject: bool
    max_bytes: int
    items: frozenset[str]
    texts: frozenset[str]
    attachments: bool = False
    hold_when: HoldRule | None = None
    ends_when: EndRule | None = None

    @property
    def tag(self) -> str:
        """The payload's element in lxml's `{namespace}name` form."""
        return f"{{{self.namespace}}}{self.root}"


def parse_catalogue(text: str) -> tuple[CatalogueLine, ...]:
    """The lines of the catalogue. Raises `Faults` with every fault found."""
    lines = tuple(parse(_Catalogue, text, f"xsd/{CATALOGUE}").types)
    keys = [line.key for line in lines]
    doubles = sorted({key for key in keys if keys.count(key) > 1})
    if doubles:
        place = ", ".join(f"{name} {version}" for name, version in doubles)
        raise Faults((Misconfigured(codes.CATALOGUE_FAULT, place=place, reason="stands twice"),))
    unordered = {line.type for line in lines if line.unordered}
    for line in lines:
        # The journal finds them without their lanes.
        if line.ends_when is not None and not unordered.issuperset(line.ends_when.types):
            reason = "ends_when: only unordered types can be ended"
            raise Faults((Misconfigured(codes.CATALOGUE_FAULT, place=line.type, reason=reason),))
    return lines
