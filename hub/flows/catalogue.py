"""flows.yaml -> frozen `Flows`, read strictly. What it says of types, routes and law is held to those by tests/unit/test_flows.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.codes import msg
from hub.errors import Refused
from hub.messages import LegalKind, Observation
from hub.yamltext import Strict, parse

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Za-z0-9]+)?[a-z]?$")]
_Number = Literal["個人番号", "住民票コード", "符号", "団体内統合宛名番号"]
_Step = Annotated[list[Annotated[str, StringConstraints(max_length=200)]], Field(min_length=4, max_length=4)]


# Those who take part and are no systems.
PERSONS = frozenset({"住民", "窓口", "責任者"})


class FlowKind(StrEnum):
    """How a flow runs."""

    HUB = "hub"
    PARTNER = "partner"
    MANUAL = "manual"


class FlowModel(Strict):
    """One flow as the file states it; see its head for the fields."""

    id: _Id
    aliases: tuple[_Id, ...] = Field(default=(), strict=False)
    name: _Text
    kind: Literal["hub", "partner", "manual"]
    place: _Text
    steps: Annotated[list[_Step], Field(min_length=1)]
    legal: Literal["提供", "移転", "利用", "委託", "入手"] | None = None
    basis: _Text | None = None
    numbers: tuple[_Number, ...] = Field(default=(), strict=False)
    seen_by: tuple[_Text, ...] = Field(default=(), strict=False)
    note: str = ""


class FlowsModel(Strict):
    """The whole file."""

    format: Literal[1]
    names: dict[str, _Text]
    flows: Annotated[list[FlowModel], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `type` is the message type that the hub carries, empty where it carries nothing."""

    source: str
    target: str
    what: str
    type: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow of the document. `aliases`: the other ids under which the document has the same flow."""

    id: str
    aliases: tuple[str, ...]
    name: str
    kind: FlowKind
    place: str
    steps: tuple[Step, ...]
    legal: LegalKind | None
    basis: str
    numbers: tuple[str, ...]
    seen_by: tuple[str, ...]
    note: str

    @property
    def carried(self) -> tuple[Step, ...]:
        """The steps that the hub carries."""
        return tuple(step for step in self.steps if step.type)

    @property
    def beside(self) -> tuple[Step, ...]:
        """The steps between systems, or of one alone, that the hub does not carry; a person's step is none of them."""
        return tuple(step for step in self.steps if not step.type and not PERSONS & {step.source, step.target})

    @property
    def taking_part(self) -> frozenset[str]:
        """Everybody who stands in a step."""
        return frozenset(name for step in self.steps for name in (step.source, step.target))


@dataclass(frozen=True, slots=True)
class Observers:
    """Which endpoint's connector may observe which flow, and who takes part in it: a closed list, empty unless it was read.

    Flow -> (endpoints that may observe it, everybody who takes part).
    """

    seen: Mapping[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=lambda: MappingProxyType({}))

    def check(self, sender: str, observation: Observation) -> None:
        """Raises `Refused` HUB-MSG-020 or -021."""
        seers, taking_part = self.seen.get(observation.flow, (frozenset[str](), frozenset[str]()))
        if sender not in seers:
            flow = observation.flow if observation.flow in self.seen else "Observation/Flow"  # else a stranger's text
            raise Refused(msg.OBSERVER, flow=flow, sender=sender)
        if observation.counterpart not in taking_part:
            raise Refused(msg.OBSERVED_STRANGER, flow=observation.flow)


@dataclass(frozen=True, slots=True)
class Flows:
    """All flows by id, in the order of the document; `names` are the printed names of those who take part."""

    flows: Mapping[str, Flow]
    names: Mapping[str, str]

    def find(self, name: str) -> Flow | None:
        """The flow of this id or alias."""
        return self.flows.get(name) or next((one for one in self.flows.values() if name in one.aliases), None)

    @property
    def observers(self) -> Observers:
        """The closed list of who may observe what."""
        seen = {one.id: (frozenset(one.seen_by), one.taking_part) for one in self.flows.values() if one.seen_by}
        return Observers(MappingProxyType(seen))


def load(text: str, file: str = "flows.yaml") -> Flows:
    """Raises `Faults` for a file that is not of this form; `ValueError` for an id or alias that stands twice."""
    model = parse(FlowsModel, text, file)
    every = [name for one in model.flows for name in (one.id, *one.aliases)]
    if len(set(every)) != len(every):
        raise ValueError("a flow stands twice")
    flows = {one.id: _flow(one) for one in model.flows}
    return Flows(MappingProxyType(flows), MappingProxyType(dict(model.names)))


def _flow(one: FlowModel) -> Flow:
    return Flow(
        id=one.id,
        aliases=tuple(one.aliases),
        name=one.name,
        kind=FlowKind(one.kind),
        place=one.place,
        steps=tuple(Step(*step) for step in one.steps),
        legal=None if one.legal is None else LegalKind(one.legal),
        basis=one.basis or "",
        numbers=tuple(one.numbers),
        seen_by=tuple(one.seen_by),
        note=one.note,
    )
