"""What one happening does to records, step by step: pure but for the draws of the scene."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from connectors.juki.event import Origin
from connectors.juki.kinds import Kind
from connectors.juki.kinship import relation_under
from connectors.juki.maker import Maker
from connectors.juki.places import Address
from connectors.juki.register import Register
from connectors.juki.resident import (
    HEAD,
    Entitlements,
    Insured,
    Pensioned,
    Removal,
    Resident,
    State,
    age_on,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one record. `delay` is how many events of others may come before it; `planned` as in `Event`."""

    kind: Kind
    before: Resident | None
    after: Resident
    origin: Origin = Origin.JUKI
    planned: str = ""
    delay: int = 0


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where happenings take place: the register as it stands, and the maker with its draws and numbers."""

    register: Register
    maker: Maker

    @property
    def day(self) -> date:
        return self.maker.day

    def age(self, resident: Resident) -> int:
        """Full years today."""
        return age_on(resident.birth, self.day)

    def family(self, resident: Resident) -> tuple[Resident, ...]:
        """The present members of the household, the resident among them."""
        return self.register.members(resident.household)


def arrived(kind: Kind, resident: Resident, day: date) -> Step:
    """A new record."""
    return Step(kind, None, replace(resident, processed=day))


def changed(kind: Kind, before: Resident, after: Resident, day: date, origin: Origin = Origin.JUKI) -> Step:
    """A changed record: processed today, its version one higher."""
    return Step(kind, before, replace(after, processed=day, version=before.version + 1), origin)


def removed(kind: Kind, before: Resident, state: State, removal: Removal, day: date) -> Step:
    """A removed record: 資格 end on the day of the cause."""
    after = replace(
        before,
        state=state,
        removal=removal,
        filed=day,
        entitlements=ended(before.entitlements, removal.on),
        elector=False,
        card=None,
    )
    return changed(kind, before, after, day)


def moved(before: Resident, address: Address, day: date, since: date) -> Step:
    """A 転居: nothing but the address and its days."""
    return changed(Kind.TENKYO, before, replace(before, address=address, address_since=since, filed=day), day)


def headed(members: tuple[Resident, ...], head: Resident, day: date) -> Steps:
    """世帯変更 of every member under a new head, the head's own first."""
    ordered = (head, *(member for member in members if member.atena != head.atena))
    return tuple(
        changed(
            Kind.SETAI_HENKOU,
            member,
            replace(member, relation=relation_under(head, member), head_name=head.name, filed=day),
            day,
        )
        for member in ordered
    )


def left_behind(scene: Scene, leaver: Resident) -> Steps:
    """What follows for a household when `leaver` is gone: a new head where the head left."""
    rest = tuple(member for member in scene.family(leaver) if member.atena != leaver.atena)
    if not rest or not leaver.is_head:
        return ()
    return headed(rest, eldest(rest), scene.day)


def eldest(members: tuple[Resident, ...]) -> Resident:
    """The oldest member; an unknown birth date counts as young."""
    return min(members, key=lambda member: (member.birth == "00000000", member.birth, member.order))


def ended(entitlements: Entitlements, day: date) -> Entitlements:
    """The same 資格, lost on `day`."""
    allowance = entitlements.child_allowance
    return Entitlements(
        kokuho=_ended(entitlements.kokuho, day),
        kouki=_ended(entitlements.kouki, day),
        kaigo=_ended(entitlements.kaigo, day),
        nenkin=_ended_pension(entitlements.nenkin, day),
        child_allowance=(allowance[0], f"{day:%Y-%m}") if allowance else None,
    )


def _ended(insured: Insured | None, day: date) -> Insured | None:
    return replace(insured, until=max(day, insured.since)) if insured else None


def _ended_pension(pensioned: Pensioned | None, day: date) -> Pensioned | None:
    return replace(pensioned, until=max(day, pensioned.since)) if pensioned else None


def alone(resident: Resident, household: str, day: date) -> Resident:
    """The resident as the head of a household of their own."""
    return replace(resident, household=household, order=1, relation=HEAD, head_name=resident.name, filed=day)


def days_before(day: date, days: int, resident: Resident) -> date:
    """`days` before `day`, but not before the person became a resident."""
    return max(day - timedelta(days=days), resident.resident_since)
