"""routing.yaml -> frozen `Routes`: who may talk to whom about what, each with its approval (X9, 取扱い要綱第5、6条).

What the document forbids (X1-X11, domain.md 1.3) stands in code: a route that opens it is a fault, and a message that
tries it is refused even if the file were forged. Every fault of a file is reported at once.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub import yamltext
from hub.codes import rte
from hub.errors import Code, Faults, HubError, Misconfigured, Refused, Words
from hub.messages import HUB
from hub.yamltext import Strict

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_TypeName = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{2,8}/[1-9][0-9]?$")]
_IN_APPROVAL = re.compile(r"zones\..+\.routes\.[0-9]+\.approval(\..+)?")
_ProvisionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+/([a-z0-9-]+|\*)$")]


class ApprovalModel(Strict):
    """決裁: what an approval must say."""

    number: _Text
    date: datetime.date
    approver: _Text


class EndpointModel(Strict):
    """接続先: its printed name, the room (Python package) whose connector serves it, and its name in the tables of law."""

    name: _Text
    room: _Text
    party: _Text | None = None


class RouteModel(Strict):
    """経路: one sender, its recipients, the types, the provisions that may be claimed."""

    id: _Text
    sender: _Text
    recipients: Annotated[list[_Text], Field(min_length=1)]
    types: Annotated[list[_TypeName], Field(min_length=1)]
    provisions: Annotated[list[_ProvisionName], Field(min_length=1)]
    channel: Literal["chonai", "hub"] = "hub"
    approval: ApprovalModel | None = None


class ZoneModel(Strict):
    """区画: what one hub instance serves."""

    endpoints: dict[str, EndpointModel]
    routes: list[RouteModel]


class RoutingModel(Strict):
    """The whole file."""

    format: Annotated[int, Field(ge=1, le=1)]
    municipality: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    zones: dict[str, ZoneModel]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """接続先 of one zone; `party` is what the tables of law call it (its code unless routing.yaml says otherwise)."""

    code: str
    name: str
    room: str
    party: str


@dataclass(frozen=True, slots=True)
class Route:
    """One approved way; `provisions` are `table/item` or `table/*`, `channel` is what the tables of law call the way."""

    id: str
    sender: str
    recipients: frozenset[str]
    types: frozenset[str]
    provisions: frozenset[str]
    channel: str
    approval: str

    def require(self, table: str, item: str) -> None:
        """Raises `Refused` HUB-RTE-012 unless this route was approved for the row."""
        if f"{table}/{item}" not in self.provisions and f"{table}/*" not in self.provisions:
            raise Refused(rte.ROW_NOT_APPROVED, route=self.id, table=table, item=item)


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes of one zone; immutable; a (sender, recipient, type/version) has at most one route."""

    municipality: str
    zone: str
    endpoints: Mapping[str, Endpoint]
    routes: tuple[Route, ...]
    digest: str
    _index: Mapping[tuple[str, str, str], Route]
    _pairs: frozenset[tuple[str, str]]

    def may_answer(self, sender: str, recipient: str) -> bool:
        """Whether some route runs from `recipient` to `sender`; answers need no route of their own."""
        return (recipient, sender) in self._pairs

    def find(self, sender: str, recipient: str, type_: str, version: int, table: str = "") -> Route:
        """The route for a message that claims a row of `table`. Raises `Refused`: the rule's code (`RULES`), or HUB-RTE-002.

        What the document forbids comes first, also between strangers: the answer is the same in every zone.
        """
        rule = forbidden(sender, recipient, type_, table)
        if rule:
            way = f"{self.shown('Sender', sender)} → {self.shown('Recipient', recipient)} {type_}"
            raise Refused(RULES[rule], rule=rule, way=way)
        for place, code in (("Sender", sender), ("Recipient", recipient)):
            if code not in self.endpoints:
                raise Refused(rte.UNKNOWN_ENDPOINT, endpoint=self.shown(place, code))
        route = self._index.get((sender, recipient, f"{type_}/{version}"))
        if route is None or not route.approval:
            raise Refused(rte.NOT_APPROVED, rule="X9", way=f"{sender} → {recipient} {type_}/{version}")
        return route

    def shown(self, place: str, code: str) -> str:
        """The code where this zone or the document knows it, else its place: a stranger's text can be a person's name."""
        return code if code in self.endpoints or code in NAMED_ROOMS else f"Header/{place}"


# --- what the document forbids ----------------------------------------------------------------------------------------

# The code of each rule. X5 is held by hub/edges/inside.py, X6 by hub/provisions/identifiers.py, X7 by the stage validate.
RULES: Mapping[str, Code] = MappingProxyType(
    {
        "X1": rte.CS_AND_ATENA,
        "X2": rte.CS_AND_JUKI_ONLY,
        "X3": rte.FILES_AND_NETWORK,
        "X4": rte.JUKI_AND_OUTSIDE,
        "X5": rte.INTERNET,
        "X6": rte.NUMBER_AND_REGISTER,
        "X7": rte.OTHER_BODY,
        "X8": rte.FILES_FROM_JUKI_ONLY,
        "X9": rte.NOT_APPROVED,
        "X10": rte.INSIDE_OTHERS,
        "X11": rte.ANNEX_1_ON_HUB,
    }
)
# X4, X10: these speak only among themselves, behind a connector; none is ever an endpoint of a hub.
OUTSIDE = frozenset({"to-sv", "zenkoku", "other-cs", "card", "nws", "j-center", "term"})
# An endpoint that the document knows by name -> the one room that serves it. Such a room serves no endpoint of another name:
# an alias opens nothing.
NAMED_ROOMS = MappingProxyType(
    {
        **{name: name for name in ("juki", "cs", "atena", "chukan", "conbini", "moj", "koseki", "inkan", "shinsei")},
        **dict.fromkeys(("gakumu", "kodomo-nyuen"), "gakkou"),
        **dict.fromkeys(("kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho", "jidou", "senkyo"), "systems"),
        **{name: name for name in sorted(OUTSIDE)},
    }
)
# What else the tables of law call them (provisions/tables/aliases.yaml, 別紙2). Such a name is the party of its endpoint and of
# no other: who could bear it could be sent what is that endpoint's, in a zone where X1 and X2 would not see it.
PARTIES = MappingProxyType(
    {
        **{code: code for code in NAMED_ROOMS},
        **dict.fromkeys(("住民記録", "住民記録システム", "住記システム"), "juki"),
        **dict.fromkeys(("足立区CS", "住民基本台帳ネットワークシステム"), "cs"),
        **dict.fromkeys(("共通機能(団体内統合宛名機能)", "情報連携プラットフォーム"), "atena"),
        "中間サーバー・プラットフォーム": "chukan",
        "証明書コンビニ交付システム": "conbini",
        "法務省情報連携システム": "moj",
        "戸籍システム": "koseki",
        "申請管理システム": "shinsei",
        "学務課": "gakumu",
        "子ども施設入園課": "kodomo-nyuen",
        "介護保険システム": "kaigo",
        "福祉総合システム": "fukushi",
        "保健衛生システム": "hoken",
        "国保・後期・年金システム": "kokuho",
        "貸付(福祉資金)システム": "kashitsuke",
        "生活保護システム": "seiho",
    }
)
# X8: what is written into files 2 and 3, or asked of the CS, comes from 住記 alone (L1166, L1171, L1293, L1298); and it goes
# to the CS and to nobody else, for there is no other way to the 住民基本台帳ネットワークシステム (X2, L1171).
ONLY_FROM_JUKI = frozenset({"HK-UPD", "SF-SEND", "TN-NOTE", "TS-REQ", "SG-CHK", "BN-REQ", "CK-FGC"})
# What the 住民基本台帳ネットワークシステム says comes through the CS alone, and to 住記 alone (X2, L1171).
ONLY_FROM_CS = frozenset({"TS-CERT", "TN-IN", "SG-RES", "BN-RES"})
# X3: files 2 and 3 (本人確認情報, 送付先情報) and what is made of them never come near the 情報提供ネットワークシステム.
RESIDENT_NETWORK_TYPES = ONLY_FROM_JUKI | ONLY_FROM_CS
# X3: 情報照会 and its result; 住民基本台帳事務 has no ground for either (I-6②, L169; L1101).
_ENQUIRIES = frozenset({"CK-SKI", "CK-SKR"})
_TOWARDS_NETWORK = frozenset({"atena", "chukan"})


def forbidden(sender: str, recipient: str, type_: str, table: str = "") -> str | None:
    """The rule of domain.md 1.3 that forbids this connection, or None. Pure; no configuration can change it."""
    pair = {sender, recipient}
    rules = (
        ("X1", "cs" in pair and bool(pair & {"atena"})),
        ("X10", bool(pair & OUTSIDE)),
        ("X2", "cs" in pair and pair != {"cs", "juki"}),
        ("X3", bool(pair & _TOWARDS_NETWORK) and type_ in RESIDENT_NETWORK_TYPES),
        ("X3", "juki" in pair and type_ in _ENQUIRIES),
        ("X4", "juki" in pair and "chukan" in pair),
        ("X8", type_ in ONLY_FROM_JUKI and sender != "juki"),
        ("X2", type_ in ONLY_FROM_JUKI and recipient != "cs"),
        ("X2", type_ in ONLY_FROM_CS and (sender, recipient) != ("cs", "juki")),
        ("X11", table == "kou2"),
    )
    return next((rule for rule, broken in rules if broken), None)


def _zone_faults(codes: Collection[str], file: str, zone: str) -> Iterator[HubError]:
    # X1, X2 and the zones of design section 5: with CS, only 住記 may stand in one instance.
    if "cs" in codes:
        for other in sorted(set(codes) - OUTSIDE - {"cs", "juki"}):
            yield _closed("X1" if other == "atena" else "X2", file, f"zones.{zone}.endpoints.{other}", f"cs, {other}")
    if HUB in codes:  # the recipient of observations, which end at the hub
        yield Misconfigured(
            rte.BAD_VALUE,
            file=file,
            path=f"zones.{zone}.endpoints",
            value=HUB,
            expected=Words("これ以外の符号", "any code but this"),
        )
    for code in sorted(set(codes) & OUTSIDE):
        yield _closed("X10", file, f"zones.{zone}.endpoints.{code}", code)


def _closed(rule: str, file: str, path: str, value: str) -> HubError:
    """A fault of a file that goes against a rule, under the code of that rule."""
    return Misconfigured(RULES[rule], rule=rule, file=file, path=path, value=value, way=f"{file}: {path}: {value}")


# --- reading ----------------------------------------------------------------------------------------------------------


def load(text: str, file: str, known_rows: Collection[tuple[str, str]]) -> Mapping[str, Routes]:
    """Every zone of a routing file. `known_rows` are the (table, item) keys of the provisions.

    Raises `Faults` with every fault of the file, each naming file, path and value: those of shape, and what is wrong
    with the entries that have their shape.
    """
    data = yamltext.load(text, file)
    rows = frozenset(known_rows)
    found = (
        *map(_of_approval, yamltext.faults(RoutingModel, data, file)),
        *(fault for zone, part in _parts(data) for fault in _faults(zone, part, file, rows)),
    )
    if found:
        raise Faults(tuple({str(fault): fault for fault in found}.values()))
    model = RoutingModel.model_validate(data)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return MappingProxyType(
        {zone: _routes(model.municipality, zone, part, digest) for zone, part in model.zones.items()}
    )


def _of_approval(fault: HubError) -> HubError:
    """X9 has one code: an approval that does not say what it must is none."""
    file, path, value = (str(fault.facts.get(name, "")) for name in ("file", "path", "value"))
    return _closed("X9", file, path, value) if _IN_APPROVAL.fullmatch(path) else fault


@dataclass(frozen=True, slots=True)
class _Part:
    """What can be read of a zone: every code, and the endpoints and routes (with their places) that have their shape."""

    codes: frozenset[str]
    endpoints: Mapping[str, EndpointModel]
    routes: Sequence[tuple[int, RouteModel]]


def _parts(data: object) -> Iterator[tuple[str, _Part]]:
    for zone, part in _members(_members(data).get("zones")).items():
        endpoints, routes = _members(_members(part).get("endpoints")), _members(part).get("routes")
        fit_endpoints = {code: yamltext.fitting(EndpointModel, one) for code, one in endpoints.items()}
        fit_routes = [yamltext.fitting(RouteModel, one) for one in (routes if isinstance(routes, list) else ())]
        yield (
            zone,
            _Part(
                frozenset(endpoints),
                {code: one for code, one in fit_endpoints.items() if one is not None},
                [(number, one) for number, one in enumerate(fit_routes) if one is not None],
            ),
        )


def _members(data: object) -> Mapping[str, object]:
    """The members of a mapping that have names; none of anything else."""
    return {name: one for name, one in data.items() if isinstance(name, str)} if isinstance(data, dict) else {}


def _room_faults(part: _Part, file: str, zone: str) -> Iterator[HubError]:
    for code, endpoint in part.endpoints.items():
        wanted = NAMED_ROOMS.get(code)
        if endpoint.room != wanted and (wanted or endpoint.room in NAMED_ROOMS.values()):
            path = f"zones.{zone}.endpoints.{code}.room"
            yield Misconfigured(
                rte.BAD_VALUE,
                file=file,
                path=path,
                value=endpoint.room,
                expected=Words(f"{code} の room だけ", f"room of {code} only"),
            )


def _party_faults(part: _Part, file: str, zone: str) -> Iterator[HubError]:
    for code, endpoint in part.endpoints.items():
        party = endpoint.party or code
        owner = PARTIES.get(party)
        if owner != (code if code in NAMED_ROOMS else None):
            path = f"zones.{zone}.endpoints.{code}" + (".party" if endpoint.party else "")
            other = Words(f"{code} の名前", f"name of {code}")
            expected = Words(f"{owner} の party だけ", f"party of {owner} only") if owner else other
            yield Misconfigured(rte.BAD_VALUE, file=file, path=path, value=party, expected=expected)


def _faults(zone: str, part: _Part, file: str, rows: frozenset[tuple[str, str]]) -> Iterator[HubError]:
    yield from _zone_faults(part.codes, file, zone)
    yield from _room_faults(part, file, zone)
    yield from _party_faults(part, file, zone)
    seen: set[str] = set()
    for number, route in part.routes:
        path = f"zones.{zone}.routes.{number}"
        ways = [f"{route.sender} → {recipient} {type_}" for recipient in route.recipients for type_ in route.types]
        for name in (route.id, *ways):
            if name in seen:
                yield Misconfigured(rte.DUPLICATE, file=file, path=path, value=name)
            seen.add(name)
        yield from _route_faults(route, part.codes, file, path, rows)


def _route_faults(
    route: RouteModel, endpoints: Collection[str], file: str, path: str, rows: frozenset[tuple[str, str]]
) -> Iterator[HubError]:
    if route.approval is None:
        yield _closed("X9", file, path, "approval")
    for code in (route.sender, *route.recipients):
        if code not in endpoints:
            yield Misconfigured(
                rte.BAD_VALUE,
                file=file,
                path=path,
                value=code,
                expected=Words("この区画の接続先", "endpoint of this zone"),
            )
    tables = {table for table, _ in rows}
    for name in route.provisions:
        table, item = name.split("/", 1)
        if table not in tables or (item != "*" and (table, item) not in rows):
            yield Misconfigured(rte.NO_PROVISION, file=file, path=f"{path}.provisions", value=name)
    for recipient, rule in dict.fromkeys(_broken_rules(route)):
        yield _closed(rule, file, path, f"{route.sender} → {recipient}")


def _broken_rules(route: RouteModel) -> Iterator[tuple[str, str]]:
    for recipient, type_, name in itertools.product(route.recipients, route.types, route.provisions):
        rule = forbidden(route.sender, recipient, type_.split("/")[0], name.split("/")[0])
        if rule:
            yield recipient, rule


def _routes(municipality: str, zone: str, part: ZoneModel, digest: str) -> Routes:
    routes = tuple(
        Route(
            id=model.id,
            sender=model.sender,
            recipients=frozenset(model.recipients),
            types=frozenset(model.types),
            provisions=frozenset(model.provisions),
            channel=model.channel,
            approval=model.approval.number if model.approval else "",
        )
        for model in part.routes
    )
    index = {
        (route.sender, recipient, type_): route
        for route in routes
        for recipient in route.recipients
        for type_ in route.types
    }
    endpoints = {
        code: Endpoint(code, model.name, model.room, model.party or code) for code, model in part.endpoints.items()
    }
    pairs = frozenset((sender, recipient) for sender, recipient, _ in index)
    return Routes(municipality, zone, MappingProxyType(endpoints), routes, digest, MappingProxyType(index), pairs)
