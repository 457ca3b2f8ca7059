"""庁内連携: which department holds a person and is told of an event (subscriptions.yaml), with which items.

Read strictly, and held against the tables: a line that the law would refuse is a fault here, before any message is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import Field

from connectors.juki.event import Event
from connectors.juki.kinds import Kind
from connectors.juki.resident import Entitlements, age_on
from connectors.kit.law import Law
from hub import yamltext
from hub.yamltext import Strict

FILE: Final = "subscriptions.yaml"
_Permille = Annotated[int, Field(ge=1, le=1000)]
_Age = Annotated[int, Field(ge=0, le=150)]
_Entitlement = Literal["kokuho", "kouki", "kaigo", "nenkin", "child_allowance"]


class WhoModel(Strict):
    """Whom the department holds: all that is named must hold."""

    entitlement: _Entitlement | None = None
    age: Annotated[list[_Age], Field(min_length=2, max_length=2)] | None = None
    foreign: bool | None = None
    share: _Permille | None = None


class SubscriptionModel(Strict):
    """One line."""

    department: Annotated[str, Field(min_length=1)]
    row: Annotated[str, Field(pattern="^(beppyo|to-jorei|ku-jorei)/[0-9]+$")]
    who: WhoModel
    events: Annotated[list[str], Field(min_length=1)]
    items: Annotated[list[str], Field(min_length=1)]


class FileModel(Strict):
    """The whole file."""

    version: Literal[1]
    sets: dict[str, list[str]]
    groups: dict[str, list[str]]
    subscriptions: list[SubscriptionModel]


@dataclass(frozen=True, slots=True)
class Who:
    """The criteria of one line."""

    entitlement: str
    ages: range
    foreign: bool | None
    share: int | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One department under one row: whom it holds, which events it hears of, which items it gets."""

    department: str
    table: str
    item: str
    who: Who
    kinds: frozenset[Kind]
    items: frozenset[str]

    def hears(self, event: Event) -> bool:
        """Whether the department holds the person and is told of this kind of event."""
        if event.kind not in self.kinds:
            return False
        who, one = self.who, event.after
        if who.foreign is not None and (one.foreign is not None) is not who.foreign:
            return False
        if who.entitlement and not _entitled(one.entitlements, who.entitlement):
            return False
        return age_on(one.birth, event.at.date()) in who.ages and self._listed(event)

    def _listed(self, event: Event) -> bool:
        if self.who.share is None:
            return True
        # Nobody is on a department's own list before they are a resident.
        return event.before is not None and _draw(self, event.person) < self.who.share


def _draw(subscription: Subscription, atena: str) -> int:
    text = f"{subscription.department}/{subscription.table}/{subscription.item}/{atena}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % 1000


def _entitled(entitlements: Entitlements, name: str) -> bool:
    held = {
        "kokuho": entitlements.kokuho,
        "kouki": entitlements.kouki,
        "kaigo": entitlements.kaigo,
        "nenkin": entitlements.nenkin,
        "child_allowance": entitlements.child_allowance,
    }
    return held[name] is not None


def read_own() -> str:
    """The text of this room's own file."""
    return resources.files("connectors.juki").joinpath(FILE).read_text(encoding="utf-8")


def load(text: str, law: Law) -> tuple[Subscription, ...]:
    """The lines of a subscriptions file, in its order.

    Raises `hub.errors.Faults` for what is not of the form, `ValueError` naming every reference that leads nowhere and every item that the
    tables do not grant.
    """
    model = yamltext.parse(FileModel, text, FILE)
    faults = tuple(_faults(model, law))
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(_subscription(line, model) for line in model.subscriptions)


def _faults(model: FileModel, law: Law) -> Iterator[str]:
    for name, kinds in model.groups.items():
        yield from (f"groups.{name}: {kind} is no kind of event" for kind in kinds if kind not in Kind.__members__)
    for number, line in enumerate(model.subscriptions):
        place = f"subscriptions.{number} ({line.department}, {line.row})"
        yield from (f"{place}: no group {name}" for name in line.events if name not in model.groups)
        yield from (f"{place}: no set {name}" for name in line.items if name not in model.sets)
        table, item = line.row.split("/")
        granted = law.granted(table, item, line.department)
        wanted = [name for chosen in line.items for name in model.sets.get(chosen, [])]
        yield from (f"{place}: {name} is not granted" for name in wanted if name not in granted)


def _subscription(line: SubscriptionModel, model: FileModel) -> Subscription:
    table, item = line.row.split("/")
    ages = line.who.age or [0, 150]
    return Subscription(
        department=line.department,
        table=table,
        item=item,
        who=Who(line.who.entitlement or "", range(ages[0], ages[1] + 1), line.who.foreign, line.who.share),
        kinds=frozenset(Kind[kind] for name in line.events for kind in model.groups[name]),
        items=frozenset(item for name in line.items for item in model.sets[name]),
    )
