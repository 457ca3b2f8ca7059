"""hub.routes: routing.yaml is strict, tells all faults at once, and cannot open what the document forbids."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from hub import routes as routes_module
from hub import yamltext
from hub.app.law import zone_routes
from hub.codes import rte
from hub.config import Config
from hub.edges import resources
from hub.errors import Code, Faults, HubError, Misconfigured, Refused, Words
from hub.provisions import load as load_provisions
from hub.provisions.identifiers import carried
from hub.routes import (
    NAMED_ROOMS,
    ONLY_FROM_CS,
    ONLY_FROM_JUKI,
    OUTSIDE,
    PARTIES,
    RESIDENT_NETWORK_TYPES,
    RULES,
    Routes,
    forbidden,
    load,
)
from tests.samples import types

PROVISIONS = load_provisions.load(resources.provision_files())
ROWS = frozenset(PROVISIONS.rows)
SHIPPED = resources.routing_file()
APPROVAL: Mapping[str, Any] = {"number": "試第1号", "date": "2026-03-02", "approver": "課長"}
INSIDE = (
    *("juki", "cs", "conbini", "atena", "chukan", "moj", "zei", "介護保険課"),
    *("koseki", "inkan", "shinsei", "gakumu", "kodomo-nyuen", "kaigo", "senkyo"),
)
TYPES = tuple(sorted(set(types()) - {"ANSWER"}))
TABLES = tuple(sorted({table for table, _ in ROWS}))
# Every name that some row knows its parties by, printed or by an alias, whether it is confirmed or not.
NAMES = tuple(
    sorted(
        {
            name
            for row in PROVISIONS.rows.values()
            for party in row.parties
            for name in (party.sender, party.full_recipient)
        }
        | set(PROVISIONS.tables.aliases)
    )
)


def bearers(name: str) -> frozenset[str]:
    """The NAMED_ROOMS codes that the tables mean by a name: its own, through aliases, and as the sender of 別紙2."""
    alias = PROVISIONS.tables.aliases.get(name)
    behind = {name, *(alias.stands_for if alias else ())}
    also = {one.name for one in PROVISIONS.tables.aliases.values() if set(one.stands_for) <= behind}
    return frozenset((behind | also) & set(NAMED_ROOMS))


def route(by: str, recipients: Sequence[str], *kinds: str, **changes: Any) -> dict[str, Any]:
    """A route that is complete; `changes` replace its members, None takes one out."""
    names = {
        "id": f"{by}-{kinds[0] if kinds else ''}",
        "sender": by,
        "recipients": list(recipients),
        "types": [f"{kind}/1" for kind in kinds],
        "provisions": ["statutes/*"],
        "approval": dict(APPROVAL),
    }
    return {name: value for name, value in {**names, **changes}.items() if value is not None}


def text(
    endpoints: Sequence[str],
    routes: Sequence[Mapping[str, Any]],
    parties: Mapping[str, str] = MappingProxyType({}),
    **top: Any,
) -> str:
    """A routing file of one zone, as YAML in flow style (JSON, but for the dates); `parties` are those written down."""
    zone = {
        "endpoints": {
            code: {"name": code, "room": NAMED_ROOMS.get(code, "departments")}
            | ({"party": parties[code]} if code in parties else {})
            for code in endpoints
        },
        "routes": list(routes),
    }
    whole = {"format": 1, "municipality": "131211", "zones": {"z": zone}, **top}
    return re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", _flow(whole))


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{name}": {_flow(one)}' for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'


def raised(content: str) -> tuple[HubError, ...]:
    """Every fault of a file that must have one."""
    with pytest.raises(Faults) as found:
        load(content, "routing.yaml", ROWS)
    return found.value.faults


def faults(content: str) -> list[tuple[Code, Mapping[str, object]]]:
    """Code and facts of each."""
    return [(fault.code, fault.facts) for fault in raised(content)]


def closed(rule: str, place: str, value: str) -> Mapping[str, str]:
    """The facts of a fault that goes against a rule, at a place of the zone `z`."""
    path = f"zones.z.{place}"
    way = f"routing.yaml: {path}: {value}"
    return {"rule": rule, "file": "routing.yaml", "path": path, "value": value, "way": way}


def codes(content: str) -> list[Code]:
    return [code for code, _ in faults(content)]


def told(content: str) -> set[object]:
    """The rules that the faults of a file name; each fault bears the code of its rule, and there are no others."""
    found = faults(content)
    assert [code for code, _ in found] == [RULES[str(facts["rule"])] for _, facts in found]
    return {facts["rule"] for _, facts in found}


def refused(sender: str, recipient: str, type_: str, table: str = "") -> tuple[Code, object]:
    """Code and rule under which a message is refused, whichever zone it is put into."""
    found = set()
    for zone in load(SHIPPED, "routing.yaml", ROWS).values():
        with pytest.raises(Refused) as refusal:
            zone.find(sender, recipient, type_, 1, table)
        found.add((refusal.value.code, refusal.value.facts.get("rule")))
    (one,) = found - {(rte.UNKNOWN_ENDPOINT, None)}  # juki-net does not know who lives in kikan
    return one


def _one(by: str, to: str, kind: str = "JK-CHG", **changes: Any) -> str:
    return text([by, to], [route(by, [to], kind, **changes)])


# Code, a file with that fault, where it is, what stands there. A fault of each kind that the reading of a file can find.
FAULTS = (
    (rte.UNKNOWN_KEY, text(["juki"], [], note=1), yamltext.TOP, "note"),
    (rte.UNKNOWN_KEY, _one("juki", "zei", sneder="x"), "zones.z.routes.0", "sneder"),
    (rte.MISSING_KEY, _one("juki", "zei", types=None), "zones.z.routes.0", "types"),
    (rte.MISSING_KEY, "format: 1\nzones: {}\n", yamltext.TOP, "municipality"),
    (rte.BAD_VALUE, text(["juki"], [], format=2), "format", "2"),
    (rte.BAD_VALUE, text(["juki"], [], municipality=["131211"]), "municipality", "[…]"),
    (rte.BAD_VALUE, _one("juki", "zei", channel="nws"), "zones.z.routes.0.channel", "nws"),
    (rte.BAD_VALUE, _one("juki", "zei", types=["jk"]), "zones.z.routes.0.types.0", "jk"),
    (rte.BAD_VALUE, text(["juki"], [route("juki", ["mars"], "JK-CHG")]), "zones.z.routes.0", "mars"),
    (rte.BAD_VALUE, text(["zei"], [route("mars", ["zei"], "JK-CHG")]), "zones.z.routes.0", "mars"),
    (
        rte.BAD_VALUE,
        text([], [], zones={"z": {"endpoints": {"x": {"name": "x", "room": "cs"}}, "routes": []}}),
        "zones.z.endpoints.x.room",
        "cs",
    ),
    (rte.BAD_VALUE, text(["x"], [], {"x": "cs"}), "zones.z.endpoints.x.party", "cs"),
    (rte.BAD_VALUE, text(["足立区CS"], []), "zones.z.endpoints.足立区CS", "足立区CS"),
    (rte.BAD_VALUE, text(["juki"], [], {"juki": "課税課"}), "zones.z.endpoints.juki.party", "課税課"),
    (rte.DUPLICATE, "format: 1\nformat: 1\n", Words("2行目", "line 2"), "format"),
    (
        rte.DUPLICATE,
        text(["juki", "zei"], [route("juki", ["zei"], "JK-CHG"), route("juki", ["zei"], "JK-CHG", id="b")]),
        "zones.z.routes.1",
        "juki → zei JK-CHG/1",
    ),
    (
        rte.DUPLICATE,
        text(["juki", "zei"], [route("juki", ["zei"], "JK-CHG", id="b"), route("juki", ["zei"], "MJ-OUT", id="b")]),
        "zones.z.routes.1",
        "b",
    ),
    (rte.NO_PROVISION, _one("juki", "zei", provisions=["nowhere/*"]), "zones.z.routes.0.provisions", "nowhere/*"),
    (rte.NO_PROVISION, _one("juki", "zei", provisions=["beppyo/0"]), "zones.z.routes.0.provisions", "beppyo/0"),
    (RULES["X1"], text(["cs", "atena"], []), "zones.z.endpoints.atena", "cs, atena"),
    (RULES["X1"], _one("cs", "atena"), "zones.z.routes.0", "cs → atena"),
    (RULES["X2"], text(["cs", "zei"], []), "zones.z.endpoints.zei", "cs, zei"),
    (RULES["X2"], _one("juki", "zei", "TN-NOTE"), "zones.z.routes.0", "juki → zei"),
    (RULES["X3"], _one("juki", "atena", "HK-UPD"), "zones.z.routes.0", "juki → atena"),
    (RULES["X4"], _one("juki", "chukan", "CK-DBM"), "zones.z.routes.0", "juki → chukan"),
    (RULES["X8"], _one("zei", "juki", "HK-UPD"), "zones.z.routes.0", "zei → juki"),
    (RULES["X9"], _one("juki", "zei", approval=None), "zones.z.routes.0", "approval"),
    (RULES["X9"], _one("juki", "zei", approval={"number": "1"}), "zones.z.routes.0.approval", "approver"),
    (RULES["X9"], _one("juki", "zei", approval={**APPROVAL, "date": "x"}), "zones.z.routes.0.approval.date", "x"),
    (RULES["X10"], text(["juki", "nws"], []), "zones.z.endpoints.nws", "nws"),
    (RULES["X10"], _one("juki", "nws"), "zones.z.routes.0", "juki → nws"),
    (RULES["X11"], _one("juki", "zei", provisions=["kou2/*"]), "zones.z.routes.0", "juki → zei"),
)


@pytest.fixture(scope="module")
def kikan() -> Routes:
    return load(SHIPPED, "routing.yaml", ROWS)["kikan"]


class TestShipped:
    def test_has_the_two_zones_and_juki_alone_in_both(self) -> None:
        """住記 is the only endpoint of both zones (L1171)."""
        zones = load(SHIPPED, "routing.yaml", ROWS)

        assert set(zones) == {"juki-net", "kikan"}
        assert set(zones["juki-net"].endpoints) & set(zones["kikan"].endpoints) == {"juki"}

    def test_every_endpoint_has_its_room(self) -> None:
        """The rooms are those of NAMED_ROOMS; 税務 has one of its own and 別紙2 one for all departments."""
        zones = load(SHIPPED, "routing.yaml", ROWS)
        rooms = {code: one.room for zone in zones.values() for code, one in zone.endpoints.items()}

        assert {code: room for code, room in rooms.items() if code in NAMED_ROOMS} == {
            code: room for code, room in NAMED_ROOMS.items() if code not in OUTSIDE
        }
        assert {room for code, room in rooms.items() if code not in NAMED_ROOMS} == {"departments", "zei"}

    def test_finds_the_route_of_a_message(self, kikan: Routes) -> None:
        """Sender, recipient, type and version together choose at most one route."""
        assert kikan.find("juki", "atena", "AT-REG", 1).id == "C0"

    @pytest.mark.parametrize(
        ("sender", "recipient", "type_", "version", "code"),
        [
            ("juki", "atena", "AT-REG", 2, rte.NOT_APPROVED),
            ("atena", "juki", "AT-REG", 1, rte.NOT_APPROVED),
            ("juki", "cs", "HK-UPD", 1, rte.UNKNOWN_ENDPOINT),
            ("nobody" * 20, "juki", "MJ-IN", 1, rte.UNKNOWN_ENDPOINT),
            ("juki", "chukan", "CK-DBM", 1, rte.JUKI_AND_OUTSIDE),
        ],
    )
    def test_refuses_every_other_way(
        self, kikan: Routes, sender: str, recipient: str, type_: str, version: int, code: Code
    ) -> None:
        """Default deny; and a stranger's name is shown in part only."""
        with pytest.raises(Refused) as refusal:
            kikan.find(sender, recipient, type_, version)

        assert refusal.value.code is code
        assert all(len(str(fact)) <= 40 for fact in refusal.value.facts.values())

    def test_answers_go_back_where_a_route_comes_from(self, kikan: Routes) -> None:
        """An answer needs no route of its own, and no way that has none."""
        assert kikan.may_answer("atena", "juki")
        assert not kikan.may_answer("juki", "介護保険課")

    def test_route_is_approved_for_its_rows_only(self, kikan: Routes) -> None:
        """A row of another item or table is HUB-RTE-012; `table/*` stands for every item of that table."""
        kikan.find("juki", "atena", "AT-REG", 1).require("statutes", "bangou-9-1")
        kikan.find("juki", "介護保険課", "JK-CHG", 1).require("beppyo", "100")

        for table, item in (("statutes", "bangou-7-1"), ("beppyo", "bangou-9-1")):
            with pytest.raises(Refused) as refusal:
                kikan.find("juki", "atena", "AT-REG", 1).require(table, item)
            assert refusal.value.code is rte.ROW_NOT_APPROVED

    def test_digest_is_that_of_the_text(self) -> None:
        """Another file is another digest, even if it says the same: an entry cites exactly what was approved."""
        digests = {load(content, "r", ROWS)["kikan"].digest for content in (SHIPPED, SHIPPED + "# \n")}

        assert len(digests) == 2


class TestFaults:
    def test_all_are_told_at_once(self) -> None:
        """Unapproved, unknown endpoint, unknown row, duplicate, and CS and 共通機能 in a zone and on a route: one reading."""
        content = text(
            ["juki", "cs", "atena"],
            [
                route("juki", ["cs"], "HK-UPD", approval=None),
                route("juki", ["nirvana"], "JK-CHG"),
                route("juki", ["atena"], "AT-REG", provisions=["statutes/no-such-row", "nowhere/*"]),
                route("juki", ["atena"], "AT-REG"),
                route("cs", ["atena"], "JK-CHG"),
            ],
        )

        assert sorted(code.id for code in codes(content)) == sorted(
            code.id
            for code in (
                rte.CS_AND_ATENA,  # in one zone
                rte.CS_AND_ATENA,  # on a route
                rte.NOT_APPROVED,
                rte.BAD_VALUE,
                rte.NO_PROVISION,
                rte.NO_PROVISION,
                rte.DUPLICATE,  # the id
                rte.DUPLICATE,  # the way
            )
        )

    @pytest.mark.parametrize(("code", "content", "path", "value"), FAULTS, ids=lambda part: getattr(part, "id", None))
    def test_each_names_file_path_and_value(self, code: Code, content: str, path: str, value: str) -> None:
        """Who mends the file need not search: the three stand in the facts, and in the sentence in both languages."""
        way = {"file": "routing.yaml", "path": path, "value": value}
        (one,) = [fault for fault in raised(content) if fault.code is code and way.items() <= fault.facts.items()]

        places = (path.ja, path.en) if isinstance(path, Words) else (path, path)
        for said, place in zip((one.text("ja"), one.text("en")), places, strict=True):
            assert all(part in said for part in ("routing.yaml", place, value))

    def test_no_fault_is_left_out_above(self) -> None:
        """Each code that this reading can raise stands there; what is no YAML at all has a line and no path."""
        made = {
            getattr(rte, node.args[0].attr)
            for module in (routes_module, yamltext)
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Misconfigured"
            and isinstance(node.args[0], ast.Attribute)
        }
        elsewhere = {RULES[rule] for rule in ("X5", "X6", "X7")}

        assert {code for code, *_ in FAULTS} | {rte.NOT_YAML} == made | (set(RULES.values()) - elsewhere)

    def test_shapes_are_told_at_once_too(self) -> None:
        """Unknown key, missing key and wrong values of several places come together."""
        bad = [
            route("juki", ["zei"], "JK-CHG", sneder="juki"),
            route("juki", [], "JK-CHG", types=["jk-chg"], sender=None),
            route("juki", ["zei"], "JK-CHG", channel="nws", approval={**APPROVAL, "date": 20260302}),
        ]

        found = [(code, str(facts["path"])) for code, facts in faults(text(["juki", "zei"], bad, note=1))]

        assert set(found) == {
            (rte.UNKNOWN_KEY, str(yamltext.TOP)),
            (rte.UNKNOWN_KEY, "zones.z.routes.0"),
            (rte.MISSING_KEY, "zones.z.routes.1"),
            (rte.BAD_VALUE, "zones.z.routes.1.recipients"),
            (rte.BAD_VALUE, "zones.z.routes.1.types.0"),
            (rte.BAD_VALUE, "zones.z.routes.2.channel"),
            (rte.NOT_APPROVED, "zones.z.routes.2.approval.date"),
        }

    def test_shapes_do_not_hide_what_is_wrong_elsewhere(self) -> None:
        """What has its shape is checked though its neighbours, or the top, have not; places are those of the file."""
        routes = [
            route("juki", ["zei"], "JK-CHG", channel="nws"),
            route("juki", ["mars"], "JK-CHG", approval=None),
            "no route",
            route("juki", ["atena"], "HK-UPD", provisions=["statutes/none", "statutes/*"]),
        ]
        endpoints = {
            "juki": {"name": "住記", "room": "juki"},
            "atena": {"name": "共通機能"},
            "zei": {"name": "税", "room": "cs"},
        }
        zones = {"z": {"endpoints": endpoints, "routes": routes}, "y": 1}

        found = [(code, facts["path"]) for code, facts in faults(text([], [], zones=zones))]

        assert found == [
            (rte.MISSING_KEY, "zones.z.endpoints.atena"),
            (rte.BAD_VALUE, "zones.z.routes.0.channel"),
            (rte.BAD_VALUE, "zones.z.routes.2"),
            (rte.BAD_VALUE, "zones.y"),
            (rte.BAD_VALUE, "zones.z.endpoints.zei.room"),
            (rte.NOT_APPROVED, "zones.z.routes.1"),
            (rte.BAD_VALUE, "zones.z.routes.1"),
            (rte.NO_PROVISION, "zones.z.routes.3.provisions"),
            (rte.FILES_AND_NETWORK, "zones.z.routes.3"),
        ]

    @pytest.mark.parametrize("value", ["2026-02-30", "2026-13-01", "!!int x", "!!bool x", "9" * 5000])
    def test_what_only_looks_like_a_value_is_named_by_its_line(self, value: str) -> None:
        """A day that does not exist, or no number: the line is named, and nothing else is raised."""
        assert faults(f"format: 1\na:\n  date: {value}\n") == [(rte.NOT_YAML, {"file": "routing.yaml", "line": "3"})]

    @pytest.mark.parametrize("content", ["[" * 5000, "zones: &x {z: *x}", "format: &x [*x]"])
    def test_endless_files_are_faults(self, content: str) -> None:
        """Depth and aliases of itself end as faults that do not quote them."""
        assert all(len(str(fact)) < 100 for _, facts in faults(content) for fact in facts.values())

    @pytest.mark.parametrize(
        "content", ["zones: [", "zones: {}\nzones: {}\n", "- 1", "", "a: !!python/object:os.system {}"]
    )
    def test_what_is_no_routing_file_is_faults(self, content: str) -> None:
        """Broken, doubled, foreign and empty files end as faults, and run nothing."""
        assert faults(content)

    @given(st.text(max_size=200))
    @settings(max_examples=50)
    def test_any_text_is_faults_and_nothing_else(self, content: str) -> None:
        """No text makes another exception."""
        assert faults(content)

    @pytest.mark.parametrize("name", ["municipality", "format"])
    def test_value_of_the_top_is_strict(self, name: str) -> None:
        """Another format, or a municipality that is a number, is not guessed at."""
        assert codes(text(["juki"], [], {}, **{name: 2})) == [rte.BAD_VALUE]


class TestRules:
    """X1 to X11 of the document: each is held under a code of its own, which names the rule and the place."""

    def test_each_has_a_code_that_names_rule_and_place(self) -> None:
        """Eleven rules, eleven codes; the text says which, and at which line of the document it stands."""
        assert list(RULES) == [f"X{number}" for number in range(1, 12)]
        assert len(set(RULES.values())) == len(RULES)
        for number, (rule, code) in enumerate(RULES.items(), start=1):
            assert code.id == f"HUB-RTE-{12 + number:03}"
            for sentence in (code.ja, code.en):
                assert re.search(rf"{rule}[、,]? ?[^)]*L[0-9]+", sentence) or re.search(rf"L[0-9]+; {rule}", sentence)

    @pytest.mark.parametrize("other", [code for code in (*INSIDE, *sorted(OUTSIDE)) if code not in {"cs", "juki"}])
    def test_cs_stands_in_no_zone_with_anybody_but_juki(self, other: str) -> None:
        """X1 and X2: not even without a route between them; with the common functions it is X1, with 住基ネット X10."""
        rule = "X1" if other == "atena" else "X10" if other in OUTSIDE else "X2"
        value = other if rule == "X10" else f"cs, {other}"

        assert faults(text(["juki", "cs", other], [])) == [(RULES[rule], closed(rule, f"endpoints.{other}", value))]

    @pytest.mark.parametrize("other", [code for code in INSIDE if code not in {"cs", "juki"}])
    @pytest.mark.parametrize("to_cs", [True, False])
    def test_no_route_joins_cs_with_another(self, other: str, to_cs: bool) -> None:
        """X1 and X2 hold for the connection too, in both directions."""
        sender, recipient = (other, "cs") if to_cs else ("cs", other)
        rule = "X1" if other == "atena" else "X2"

        assert told(text(["cs", other], [route(sender, [recipient], "JK-CHG")])) == {rule}
        assert refused(sender, recipient, "JK-CHG") == (RULES[rule], rule)

    @pytest.mark.parametrize("type_", sorted(RESIDENT_NETWORK_TYPES))
    @pytest.mark.parametrize("recipient", ["atena", "chukan"])
    def test_files_2_and_3_never_go_towards_the_network(self, type_: str, recipient: str) -> None:
        """X3, whoever sends."""
        assert told(text(["zei", recipient], [route("zei", [recipient], type_)])) == {"X3"}
        assert refused("zei", recipient, type_) == (rte.FILES_AND_NETWORK, "X3")

    @pytest.mark.parametrize("type_", ["CK-SKI", "CK-SKR"])
    @pytest.mark.parametrize("pair", [("juki", "atena"), ("atena", "juki")])
    def test_juki_asks_nothing_of_the_network(self, pair: tuple[str, str], type_: str) -> None:
        """X3: 住基事務 has no ground for 情報照会, so it neither asks nor is told."""
        assert refused(*pair, type_) == (rte.FILES_AND_NETWORK, "X3")
        assert told(text(pair, [route(pair[0], [pair[1]], type_)])) == {"X3"}

    @pytest.mark.parametrize("pair", [("juki", "chukan"), ("chukan", "juki")])
    def test_juki_reaches_no_outside_system_but_the_resident_network(self, pair: tuple[str, str]) -> None:
        """X4."""
        assert told(text(pair, [route(pair[0], [pair[1]], "CK-DBM")])) == {"X4"}
        assert refused(*pair, "CK-DBM") == (rte.JUKI_AND_OUTSIDE, "X4")

    @pytest.mark.parametrize("type_", sorted(ONLY_FROM_JUKI))
    @pytest.mark.parametrize("sender", [code for code in INSIDE if code not in {"juki", "cs", "atena", "chukan"}])
    def test_only_juki_writes_files_2_and_3(self, type_: str, sender: str) -> None:
        """X8."""
        assert refused(sender, "juki", type_) == (rte.FILES_FROM_JUKI_ONLY, "X8")
        assert told(text([sender, "juki"], [route(sender, ["juki"], type_)])) == {"X8"}

    @pytest.mark.parametrize("type_", sorted(ONLY_FROM_CS))
    @pytest.mark.parametrize("sender", [code for code in INSIDE if code not in {"juki", "cs", "atena", "chukan"}])
    def test_the_resident_network_speaks_through_the_cs_alone(self, type_: str, sender: str) -> None:
        """X2: nobody else may say to 住記 what the 住民基本台帳ネットワークシステム says."""
        assert refused(sender, "juki", type_) == (rte.CS_AND_JUKI_ONLY, "X2")
        assert forbidden("cs", "juki", type_) is None

    @pytest.mark.parametrize("type_", sorted(RESIDENT_NETWORK_TYPES))
    @pytest.mark.parametrize("recipient", [*(code for code in INSIDE if code not in {"cs", "atena", "chukan"}), "xcs"])
    def test_what_is_for_the_cs_or_from_it_goes_to_nobody_else(self, type_: str, recipient: str) -> None:
        """X2: 住記 sends to the CS alone, and what comes from there stays with 住記, whatever an endpoint calls itself."""
        assert forbidden("juki", recipient, type_) == "X2"
        assert told(text(["juki", recipient], [route("juki", [recipient], type_)])) == {"X2"}
        assert (forbidden("juki", "cs", type_) is None) is (type_ in ONLY_FROM_JUKI)

    @pytest.mark.parametrize("code", sorted(OUTSIDE))
    def test_what_runs_inside_others_networks_is_no_endpoint(self, code: str) -> None:
        """X10: neither as a member of a zone nor at an end of a route."""
        assert told(text(["juki", code], [])) == {"X10"}
        assert told(text(["juki", code], [route("juki", [code], "JK-CHG")])) == {"X10"}
        assert refused("juki", code, "JK-CHG") == (rte.INSIDE_OTHERS, "X10")

    @pytest.mark.parametrize("provision", ["kou2/*", "kou2/1"])
    def test_rows_of_the_first_annex_carry_nothing_through_a_hub(self, provision: str) -> None:
        """X11: 別紙1 is for 情報提供ネットワークシステム alone."""
        content = text(["juki", "zei"], [route("juki", ["zei"], "JK-CHG", provisions=[provision])])

        assert told(content) == {"X11"}
        assert refused("juki", "zei", "JK-CHG", table="kou2") == (rte.ANNEX_1_ON_HUB, "X11")

    @pytest.mark.parametrize(
        "approval",
        [None, {}, {**APPROVAL, "number": ""}, {**APPROVAL, "date": "soon"}, {"number": "1"}, {**APPROVAL, "by": "x"}],
    )
    def test_no_route_without_an_approval(self, approval: Mapping[str, Any] | None) -> None:
        """X9 (取扱い要綱第5、6条): none, an empty one and one that leaves something out are the same fault, and no other."""
        assert told(text(["juki", "zei"], [route("juki", ["zei"], "JK-CHG", approval=approval)])) == {"X9"}

    def test_no_message_without_an_approved_route(self) -> None:
        """X9: a way that nobody wrote down, and one that stands in memory without its approval."""
        assert refused("moj", "zei", "JK-CHG") == (rte.NOT_APPROVED, "X9")

        zone = load(text(["juki", "zei"], [route("juki", ["zei"], "JK-CHG")]), "r", ROWS)["z"]
        bare = {way: replace(one, approval="") for way, one in zone._index.items()}
        with pytest.raises(Refused) as refusal:
            replace(zone, _index=bare).find("juki", "zei", "JK-CHG", 1)
        assert (refusal.value.code, refusal.value.facts["rule"]) == (rte.NOT_APPROVED, "X9")

    def test_other_municipalities_have_no_place_in_a_file(self) -> None:
        """X7: one municipality a file, none beside an endpoint or a route, and the file of another is no file of ours."""
        assert codes(text(["juki"], [], municipality=["131211", "131229"])) == [rte.BAD_VALUE]
        assert codes(text(["juki", "zei"], [route("juki", ["zei"], "JK-CHG", municipality="131229")])) == [
            rte.UNKNOWN_KEY
        ]
        ours = Config(
            format=1,
            tenant="131229",
            environment="test",
            zone="kikan",
            origin="juki-hub/131229/kikan",
            development=True,
        )
        with pytest.raises(Misconfigured) as fault:
            zone_routes(SHIPPED, "routing.yaml", ours, load_provisions.load(resources.provision_files()))
        assert (fault.value.code, fault.value.facts["rule"]) == (rte.OTHER_BODY, "X7")

    @pytest.mark.parametrize("other", [code for code in INSIDE if code != "koseki"])
    @pytest.mark.parametrize("type_", TYPES)
    def test_no_number_travels_to_or_from_the_family_register(self, other: str, type_: str) -> None:
        """X6: the edges on which identifiers may travel stand in code; none touches 戸籍, and no grant adds one."""
        granted = ("個人番号", "住民票コード", "団体内統合宛名番号")

        assert carried(type_, "koseki", other, granted) == carried(type_, other, "koseki", granted) == frozenset()

    @given(
        st.lists(st.sampled_from((*INSIDE, *sorted(OUTSIDE), "xcs", *NAMES)), min_size=2, max_size=5, unique=True),
        st.data(),
    )
    @settings(max_examples=300)
    def test_no_file_opens_what_is_forbidden(self, endpoints: list[str], data: st.DataObject) -> None:
        """Whatever routes are written over whatever endpoints and parties: a file that loads holds no forbidden way.

        Nor does it give an endpoint a name by which the tables mean another: the tables say so here, not the code.
        """
        parties = data.draw(st.dictionaries(st.sampled_from(endpoints), st.sampled_from(NAMES), max_size=2))
        routes = data.draw(
            st.lists(
                st.builds(
                    lambda sender, recipients, kind, table, channel: route(
                        sender, recipients, kind, provisions=[f"{table}/*"], channel=channel
                    ),
                    st.sampled_from(endpoints),
                    st.lists(st.sampled_from(endpoints), min_size=1, max_size=2, unique=True),
                    st.sampled_from(TYPES),
                    st.sampled_from(TABLES),
                    st.sampled_from(["chonai", "hub"]),
                ),
                max_size=3,
            )
        )
        try:
            zone = load(text(endpoints, routes, parties), "routing.yaml", ROWS)["z"]
        except Faults:
            return
        assert [one for one in zone.endpoints.values() if bearers(one.party) - {one.code}] == []
        assert not set(endpoints) & OUTSIDE
        assert "cs" not in endpoints or set(endpoints) <= {"cs", "juki"}
        for one in zone.routes:
            tables = {name.partition("/")[0] for name in one.provisions}
            ways = [(recipient, name.partition("/")[0]) for recipient in one.recipients for name in one.types]
            assert [way for way in ways for table in tables if forbidden(one.sender, *way, table)] == []

    @pytest.mark.parametrize("type_", ["HK-UPD", "SF-SEND"])
    def test_forged_table_of_routes_does_not_help(self, type_: str) -> None:
        """Even where a route stood in memory, `find` asks the code again."""
        zone = load(text(["juki", "atena"], [route("juki", ["atena"], "AT-REG")]), "r", ROWS)["z"]
        opened = zone.routes[0]
        forged = Routes(
            zone.municipality,
            zone.zone,
            zone.endpoints,
            zone.routes,
            zone.digest,
            {("juki", "atena", f"{type_}/1"): opened},
            frozenset({("juki", "atena")}),
        )

        with pytest.raises(Refused) as refusal:
            forged.find("juki", "atena", type_, 1)

        assert (refusal.value.code, refusal.value.facts["rule"]) == (rte.FILES_AND_NETWORK, "X3")


def test_helper_writes_what_yaml_reads() -> None:
    """The helper `text` makes a file that loads, so that no test above fails for a typing mistake of its own."""
    content = text(["juki", "zei"], [route("juki", ["zei"], "JK-CHG")])

    assert load(content, "r", ROWS)["z"].find("juki", "zei", "JK-CHG", 1).approval == APPROVAL["number"]
    assert YAML(typ="safe").load(content)["zones"]["z"]["routes"][0]["types"] == ["JK-CHG/1"]


class TestRooms:
    """An alias opens nothing: a room that the document knows serves the endpoint of its own name."""

    @pytest.mark.parametrize(
        ("code", "room"),
        [
            *(("shisu", "cs"), ("cs", "departments"), ("x", "chukan"), ("y", "nws"), ("z", "gakkou"), ("q", "systems")),
            *(("gakumu", "gakumu"), ("gakumu", "systems"), ("kaigo", "departments"), ("介護保険課", "systems")),
            *(("koseki", "inkan"), ("inkan", "departments"), ("shinsei", "juki")),
        ],
    )
    def test_a_named_room_serves_no_other_endpoint(self, code: str, room: str) -> None:
        """Neither a known room under another name nor a known name over another room."""
        zone = {"endpoints": {code: {"name": code, "room": room}}, "routes": []}
        text = json.dumps({"format": 1, "municipality": "131211", "zones": {"z": zone}})

        with pytest.raises(Faults) as found:
            load(text, "routing.yaml", set())

        assert rte.BAD_VALUE in {fault.code for fault in found.value.faults}


class TestParties:
    """A name of the tables belongs to the endpoint that they mean by it, and opens nothing for another."""

    def test_every_name_of_a_known_endpoint_is_held(self) -> None:
        """What the tables and their aliases call an endpoint that the document knows stands in code, and nothing else does."""
        meant = {name: bearers(name) for name in {*NAMES, *NAMED_ROOMS}}

        assert {name: frozenset({code}) for name, code in PARTIES.items()} == {
            name: codes for name, codes in meant.items() if codes
        }

    @pytest.mark.parametrize("name", sorted(PARTIES))
    def test_nobody_bears_the_name_of_another(self, name: str) -> None:
        """As a party written down, and as the code of an endpoint; its owner may, and need not, write it."""
        owner = PARTIES[name]
        own = load(text(["zei", owner], [], {owner: name}), "r", ROWS) if owner not in OUTSIDE | {"cs"} else {}

        assert (rte.BAD_VALUE, name) in shown(text(["xcs"], [], {"xcs": name}))
        assert name == owner or (rte.BAD_VALUE, name) in shown(text([name], []))
        assert all(zone.endpoints[owner].party == name for zone in own.values())

    @pytest.mark.parametrize("code", sorted(set(NAMED_ROOMS) - OUTSIDE))
    def test_a_known_endpoint_bears_no_other_name(self, code: str) -> None:
        """Neither that of a department nor one that no table knows: it would be somebody else's permission."""
        for party in ("課税課", "zei", "nobody"):
            assert shown(text([code], [], {code: party})) == [(rte.BAD_VALUE, party)]

    def test_a_cs_under_another_name_gets_nothing(self) -> None:
        """The hole as it was found: `xcs`, beside 共通機能, says that it is the CS, and 住記 has an approved route to it."""
        ways = [route("juki", ["xcs"], kind, id=kind) for kind in sorted(ONLY_FROM_JUKI)]
        content = text(["juki", "xcs", "atena"], ways, {"xcs": "cs"})

        assert [code for code, _ in faults(content)] == [rte.BAD_VALUE, *(RULES["X2"] for _ in ways)]
        assert {refused("juki", "xcs", kind) for kind in ONLY_FROM_JUKI} == {(RULES["X2"], "X2")}


def shown(content: str) -> list[tuple[Code, object]]:
    """Code and value of each fault."""
    return [(code, facts.get("value")) for code, facts in faults(content)]
