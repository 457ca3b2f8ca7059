"""Stage 3 over the files of the distribution: every type goes on its own edges of its own zone, under its own row, and nowhere else."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import pytest
from lxml import etree

from connectors.kit.compose import compose
from hub import envelope
from hub.codes import idn, prv, rte
from hub.edges import resources
from hub.errors import Code, Refused
from hub.messages import Authorised, Basis, Header, Operator, Read, Submission, Valid, Verified
from hub.provisions import load
from hub.provisions.identifiers import identifiers_in
from hub.provisions.lawbook import Provisions
from hub.routes import RULES, forbidden
from hub.routes import load as load_routes
from hub.schemas import items_of
from hub.stages.authorise import Law, authorise
from hub.stages.validate import Site, free_texts, validate
from hub.xmlsig.precheck import parse
from tests import fakehub, samples
from tests.schemafiles import schemas

DAY = date(2026, 4, 1)
ASKING = ("zei", "kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho")
IDENTIFIERS = ("個人番号", "住民票コード", "旧住民票コード", "団体内統合宛名番号", "符号", "情報提供用個人識別符号")
# zone, sender, recipient, type, row of statutes, number of the sample that this leg carries
EDGES = (
    ("juki-net", "juki", "cs", "HK-UPD", "juki-30-6", 0),
    ("juki-net", "juki", "cs", "SF-SEND", "bangou-7-1", 0),
    ("juki-net", "juki", "cs", "TN-NOTE", "juki-9-1", 0),
    ("juki-net", "juki", "cs", "TS-REQ", "juki-24-2-irai", 0),
    ("juki-net", "juki", "cs", "SG-CHK", "juki-14-kakunin", 0),
    ("juki-net", "juki", "cs", "BN-REQ", "bangou-8-youkyuu", 0),
    ("juki-net", "juki", "cs", "CK-FGC", "bangou-21-2-code", 0),
    ("juki-net", "cs", "juki", "TS-CERT", "juki-24-2", 0),
    ("juki-net", "cs", "juki", "SG-RES", "juki-14-kekka", 0),
    ("juki-net", "cs", "juki", "BN-RES", "bangou-8-tsuuchi", 0),
    ("juki-net", "cs", "juki", "TN-IN", "juki-9-1-tsuuchi", 0),
    ("kikan", "juki", "moj", "MJ-OUT", "nyukan-61-8-2", 0),
    ("kikan", "moj", "juki", "MJ-IN", "juki-30-50", 0),
    ("kikan", "juki", "atena", "AT-REG", "bangou-9-1", 0),
    ("kikan", "juki", "atena", "CK-DBM", "bangou-19-8-fukuhon", 0),
    ("kikan", "atena", "chukan", "CK-DBM", "bangou-19-8-fukuhon", 1),
    ("kikan", "juki", "conbini", "CV-UPD", "conbini-1", 0),
    ("kikan", "atena", "juki", "CK-FGU", "bangou-21-2-youkyuu", 0),
    ("kikan", "chukan", "atena", "CK-TKY", "bangou-19-8-shounin", 0),
    ("kikan", "atena", "chukan", "CK-TKR", "bangou-19-8-shounin-kaitou", 0),
    ("kikan", "chukan", "atena", "CK-4J", "bangou-19-8-shoukai-4", 0),
    ("kikan", "atena", "juki", "CK-4J", "bangou-19-8-shoukai-4", 1),
    ("kikan", "juki", "atena", "CK-4R", "bangou-19-8-kaitou-4", 0),
    ("kikan", "atena", "chukan", "CK-4R", "bangou-19-8-kaitou-4", 1),
    *(("kikan", system, "atena", "CK-SKI", "bangou-19-8-shoukai", 0) for system in ASKING),
    ("kikan", "atena", "chukan", "CK-SKI", "bangou-19-8-shoukai", 0),
    ("kikan", "chukan", "atena", "CK-SKR", "bangou-19-8-kekka", 0),
    *(("kikan", "atena", system, "CK-SKR", "bangou-19-8-kekka", 0) for system in ASKING),
    ("kikan", "chukan", "atena", "CK-EXP", "bangou-19-8-shougou", 0),
    ("kikan", "atena", "juki", "CK-EXP", "bangou-19-8-shougou", 1),
    ("kikan", "inkan", "conbini", "CV-CERT", "conbini-inkan", 0),
    ("kikan", "zei", "conbini", "CV-CERT", "conbini-zei", 1),
    ("kikan", "koseki", "conbini", "CV-CERT", "conbini-koseki", 2),
    ("kikan", "koseki", "juki", "KS-NOTE", "juki-9-2", 0),
    ("kikan", "kokuho", "juki", "SK-INFO", "juki-7-kokuho", 0),
    ("kikan", "kokuho", "juki", "SK-INFO", "juki-7-kokuho", 1),
    ("kikan", "kaigo", "juki", "SK-INFO", "juki-7-kaigo", 2),
    ("kikan", "kokuho", "juki", "SK-INFO", "juki-7-kokuho", 3),
    ("kikan", "jidou", "juki", "SK-INFO", "juki-7-jidou", 4),
    ("kikan", "senkyo", "juki", "SK-INFO", "juki-7-senkyo", 5),
    ("kikan", "juki", "shinsei", "SN-LINK", "bangou-16-himoduke", 0),
    ("kikan", "shinsei", "juki", "SN-FILE", "juki-24-shinsei", 0),
)
DENIED = (
    ("kikan", "juki", "gakumu", "KK-CHG", "kk-gakumu", 0),
    ("kikan", "juki", "kodomo-nyuen", "KK-CHG", "kk-kodomo", 0),
)
Edge = tuple[str, str, str, str, str, int]
EACH = pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge[3]}:{edge[1]}-{edge[2]}-{edge[5]}")


@cache
def provisions() -> Provisions:
    return load.load(resources.provision_files())


@cache
def law(zone: str) -> Law:
    routes = load_routes(resources.routing_file(), "routing.yaml", frozenset(provisions().rows))
    return Law(routes[zone], provisions())


def valid(edge: Edge, payload: etree._Element | None = None, also: frozenset[str] = frozenset()) -> Valid:
    """The message of an edge with its sample (or `payload`) under its row; `also` are items that it claims to hold besides."""
    _, sender, recipient, kind, item, variant = edge
    row = provisions().rows["statutes", item]
    body = samples.tree(kind, variant=variant) if payload is None else payload
    one = "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa"
    header = Header(
        tenant="131211",
        environment="test",
        message_id=one,
        conversation_id=one,
        type=kind,
        version=1,
        sender=sender,
        recipient=recipient,
        created_at=datetime(2026, 4, 1, 0, 15, tzinfo=UTC),
        operator_digest="0" * 64,
        subjects=("A" * 22,),
        basis=Basis(row.kind.value, "statutes", item, row.affair, row.information),
    )
    verified = Verified(Submission(b"", b"", "test"), body, sender, "", "", "")
    operator = Operator("S0042", "戸籍住民課", "T-117", "SHIKEN", "試験", "password+token", b"\x00" * 16)
    texts = free_texts(body, schemas().types[kind, 1])
    return Valid(verified, header, operator, items_of(body) | also, texts)


def ask(
    edge: Edge, zone: str = "", payload: etree._Element | None = None, also: frozenset[str] = frozenset()
) -> Authorised:
    return authorise(valid(edge, payload, also), law(zone or edge[0]), DAY)


def refused(
    edge: Edge, zone: str = "", payload: etree._Element | None = None, also: frozenset[str] = frozenset()
) -> str:
    """The code under which the message is refused; fails when it is permitted."""
    with pytest.raises(Refused) as caught:
        ask(edge, zone, payload, also)
    return caught.value.code.id


def refusal(message: Valid, zone: str) -> tuple[Code, object]:
    """Code and rule of a message that must be refused."""
    with pytest.raises(Refused) as caught:
        authorise(message, law(zone), DAY)
    return caught.value.code, caught.value.facts.get("rule")


class TestEdges:
    @EACH
    def test_the_message_of_an_edge_is_permitted_under_its_row(self, edge: Edge) -> None:
        """A valid payload, between its two ends, under its own row."""
        citation = ask(edge).citation

        assert citation is not None
        assert (citation.table, citation.item) == ("statutes", edge[4])

    def test_the_routes_are_these_and_no_others(self) -> None:
        """Of each zone: every route of the file, recipient by recipient; the 移転 of B7-1 alone claims the tables of 別紙2."""
        for zone in ("juki-net", "kikan"):
            found = {
                (route.sender, recipient, type_.removesuffix("/1"), *sorted(route.provisions))
                for route in law(zone).routes.routes
                for recipient in route.recipients
                for type_ in route.types
                if route.channel == "hub"
            }

            assert found == {
                (sender, recipient, kind, f"statutes/{item}")
                for where, sender, recipient, kind, item, _ in (*EDGES, *DENIED)
                if where == zone
            }

    @pytest.mark.parametrize("kind", sorted({edge[3] for edge in EDGES}))
    def test_every_other_pair_of_ends_is_refused(self, kind: str) -> None:
        """Wrong sender, wrong recipient or wrong zone: forbidden under its rule's code, else unknown there, else X9; never a matter of the row."""
        own = {edge[:3] for edge in EDGES if edge[3] == kind}
        ends = {code for zone in ("juki-net", "kikan") for code in law(zone).routes.endpoints}
        item, variant = next((edge[4], edge[5]) for edge in EDGES if edge[3] == kind)
        for zone, sender, recipient in itertools.product(("juki-net", "kikan"), ends, ends):
            if (zone, sender, recipient) not in own:
                code = refused((zone, sender, recipient, kind, item, variant))
                rule = forbidden(sender, recipient, kind)
                known = {sender, recipient} <= law(zone).routes.endpoints.keys()

                assert code == (RULES[rule] if rule else RULES["X9"] if known else rte.UNKNOWN_ENDPOINT).id

    @EACH
    def test_an_identifier_that_is_not_the_edges_is_refused(self, edge: Edge) -> None:
        """Had the schema an element for it, the edge would still refuse it; what the edge carries stands in its sample."""
        own = identifiers_in(items_of(samples.tree(edge[3], variant=edge[5])))
        strange = [name for name in IDENTIFIERS if not identifiers_in([name]) <= own]
        assert {"符号", "情報提供用個人識別符号"} <= set(strange)
        for name in strange:
            own_code = rte.NUMBER_AND_REGISTER if "koseki" in edge else idn.NOT_ON_THIS_EDGE

            assert refused(edge, also=frozenset({name})) in {own_code.id, prv.ITEM_NOT_ALLOWED.id}

    @pytest.mark.parametrize(
        ("zone", "sender", "recipient", "kind", "item", "change"),
        [
            ("juki-net", "juki", "cs", "TS-REQ", "juki-24-2-irai", "氏名"),
            ("juki-net", "cs", "juki", "TN-IN", "juki-9-1-tsuuchi", "住所"),
            ("kikan", "chukan", "atena", "CK-TKY", "bangou-19-8-shounin", "照会機関"),
            ("kikan", "chukan", "atena", "CK-TKY", "bangou-19-8-shounin", "経路情報"),
            ("kikan", "kaigo", "atena", "CK-SKI", "bangou-19-8-shoukai", "照会部署"),
            ("kikan", "juki", "atena", "CK-4R", "bangou-19-8-kaitou-4", "住所"),
        ],
    )
    @pytest.mark.parametrize("number", [samples.NUMBER, samples.CODE])
    def test_a_number_hidden_in_words_is_refused(
        self, zone: str, sender: str, recipient: str, kind: str, item: str, change: str, number: str
    ) -> None:
        """On the number-free flows each free text is searched."""
        payload = samples.tree(kind, {change: f"見本{number}"})

        assert refused((zone, sender, recipient, kind, item, 0), payload=payload) == idn.NUMBER_IN_TEXT.id


class TestRules:
    """X1 to X11 at the stage that decides about a message: each refuses under its own code and names itself."""

    @pytest.mark.parametrize(
        ("rule", "edge"),
        [
            ("X1", ("juki-net", "cs", "atena", "HK-UPD", "juki-30-6", 0)),
            ("X1", ("kikan", "atena", "cs", "CK-FGU", "bangou-21-2-youkyuu", 0)),
            ("X2", ("kikan", "zei", "cs", "CV-CERT", "conbini-zei", 1)),
            ("X2", ("kikan", "moj", "juki", "TN-IN", "juki-9-1-tsuuchi", 0)),
            ("X3", ("kikan", "juki", "atena", "SF-SEND", "bangou-7-1", 0)),
            ("X3", ("kikan", "juki", "atena", "CK-SKI", "bangou-19-8-shoukai", 0)),
            ("X4", ("kikan", "juki", "chukan", "CK-DBM", "bangou-19-8-fukuhon", 1)),
            ("X8", ("juki-net", "cs", "juki", "HK-UPD", "juki-30-6", 0)),
            ("X9", ("kikan", "moj", "zei", "MJ-IN", "juki-30-50", 0)),
            ("X10", ("juki-net", "juki", "to-sv", "HK-UPD", "juki-30-6", 0)),
            ("X10", ("kikan", "nws", "chukan", "CK-TKY", "bangou-19-8-shounin", 0)),
        ],
        ids=lambda part: part if isinstance(part, str) else "-".join(part[1:4]),
    )
    def test_a_connection_that_the_document_forbids(self, rule: str, edge: Edge) -> None:
        """Code and rule, exactly; in the zone whose member sends it."""
        assert refusal(valid(edge), edge[0]) == (RULES[rule], rule)

    @pytest.mark.parametrize("name", ["個人番号", "住民票コード", "団体内統合宛名番号", "符号"])
    @pytest.mark.parametrize("edge", [edge for edge in EDGES if "koseki" in edge], ids=lambda edge: edge[3])
    def test_an_item_with_a_number_on_the_link_to_the_register(self, edge: Edge, name: str) -> None:
        """X6 comes before the row of law, so it is X6 whatever that row would say."""
        assert refusal(valid(edge, also=frozenset({name})), edge[0]) == (RULES["X6"], "X6")

    @pytest.mark.parametrize("number", [samples.NUMBER, samples.CODE])
    @pytest.mark.parametrize("place", ["氏名", "住所", "本籍", "筆頭者"])
    def test_a_number_in_words_on_the_link_to_the_register(self, place: str, number: str) -> None:
        """X6, also where the words stand inside 戸籍の表示."""
        edge = ("kikan", "koseki", "juki", "KS-NOTE", "juki-9-2", 0)
        payload = samples.tree("KS-NOTE")
        element = next(payload.iter(f"{{*}}{place}"))
        element.text = f"見本{number}"

        assert refusal(valid(edge, payload), "kikan") == (RULES["X6"], "X6")

    def test_a_row_of_the_first_annex(self) -> None:
        """X11: on a route that exists, between its two ends, with everything else in order."""
        message = valid(next(edge for edge in EDGES if edge[3] == "MJ-OUT"))
        claimed = replace(message.header.basis, table="kou2", item="1") if message.header.basis else None

        assert refusal(replace(message, header=replace(message.header, basis=claimed)), "kikan") == (
            RULES["X11"],
            "X11",
        )

    def test_the_message_of_another_body(self) -> None:
        """X7: refused before anybody asks for a route (stage validate)."""
        juki = fakehub.identity("juki")
        sent = compose(fakehub.draft(juki, "conbini", b"<x/>", "1"), replace(juki, tenant="131229"))
        header = envelope.parse_header(parse(sent.raw))
        message = Read(Verified(sent, parse(sent.raw), "juki", "", "", ""), header)

        with pytest.raises(Refused) as caught:
            validate(message, Site(juki.tenant, juki.environment, schemas()), header.created_at)
        assert (caught.value.code, caught.value.facts["rule"]) == (RULES["X7"], "X7")


class TestRowsOfTheSenders:
    @pytest.mark.parametrize(
        ("sender", "variant"),
        [(name, variant) for name in ("kokuho", "kaigo", "jidou", "senkyo") for variant in range(6)],
    )
    def test_a_section_sends_its_own_entitlement_only(self, sender: str, variant: int) -> None:
        """B12: another section's item is refused, under one's own row and under the other's."""
        own = {"kokuho": {0, 1, 3}, "kaigo": {2}, "jidou": {4}, "senkyo": {5}}
        edge = ("kikan", sender, "juki", "SK-INFO", f"juki-7-{sender}", variant)
        if variant in own[sender]:
            assert ask(edge).citation is not None
            return
        assert refused(edge) == prv.ITEM_NOT_ALLOWED.id
        owner = next(name for name, variants in own.items() if variant in variants)
        assert refused((*edge[:4], f"juki-7-{owner}", variant)) == prv.SENDER_NOT_PARTY.id

    @pytest.mark.parametrize(
        ("sender", "variant"), [(name, variant) for name in ("inkan", "zei", "koseki") for variant in range(3)]
    )
    def test_a_system_certifies_what_is_its_own(self, sender: str, variant: int) -> None:
        """D2: the content of another is refused, and 宛名番号 from 戸籍."""
        edge = ("kikan", sender, "conbini", "CV-CERT", f"conbini-{sender}", variant)
        if ("inkan", "zei", "koseki")[variant] == sender:
            assert ask(edge).citation is not None
            assert (sender == "koseki") is not _permitted(edge, frozenset({"宛名番号"}))
        else:
            assert refused(edge) == prv.ITEM_NOT_ALLOWED.id

    @pytest.mark.parametrize("edge", DENIED, ids=lambda edge: edge[4])
    def test_the_board_of_education_waits_for_two_persons(self, edge: Edge) -> None:
        """The routes exist; the rows are in doubt and deny."""
        assert law("kikan").routes.find("juki", edge[2], "KK-CHG", 1).provisions == {f"statutes/{edge[4]}"}
        assert refused(edge) == prv.ROW_NOT_CONFIRMED.id


def _permitted(edge: Edge, also: frozenset[str]) -> bool:
    try:
        ask(edge, also=also)
    except Refused as found:
        assert found.code is prv.ITEM_NOT_ALLOWED  # noqa: PT017 - the other half of the same fact
        return False
    return True
