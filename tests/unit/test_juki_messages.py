"""connectors.juki.messages, payloads, subscriptions: what follows from a day, against schemas, tables and routes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

import pytest
from lxml import etree

from connectors.juki import payloads, subscriptions
from connectors.juki.day import make_day
from connectors.juki.event import Event, Origin
from connectors.juki.kinds import Kind
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.population import Population, make_population
from connectors.kit.domain import ARRIVAL_OF_RESIDENT, MOVE_CHANGES_MORE
from hub import domainchecks, routes
from hub.edges import resources
from hub.errors import Faults
from hub.messages import Basis
from hub.provisions.decide import decide
from hub.provisions.identifiers import check_identifiers
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from hub.provisions.question import Question
from hub.schemas import Schemas, items_of

DAY = date(2026, 4, 1)
TRANSFER_TABLES = ("beppyo", "to-jorei", "ku-jorei")


@pytest.fixture(scope="module")
def law() -> Provisions:
    return load(resources.provision_files())


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas.load(resources.xsd_files())


@pytest.fixture(scope="module")
def planner(law: Provisions) -> Planner:
    return Planner(law, subscriptions.load(subscriptions.read_own(), law))


@pytest.fixture(scope="module")
def ward() -> Population:
    return make_population(1, 300)


@pytest.fixture(scope="module")
def small(ward: Population, planner: Planner) -> tuple[PlannedMessage, ...]:
    """A day of 300 residents and 600 events."""
    return tuple(message for event in make_day(ward, 1, 600, DAY) for message in planner.messages(event))


@pytest.fixture(scope="module")
def large(planner: Planner) -> tuple[PlannedMessage, ...]:
    """A day of 2,000 residents and 5,000 events."""
    events = make_day(make_population(7, 2000), 7, 5000, DAY)
    return tuple(message for event in events for message in planner.messages(event))


def payload_of(message: PlannedMessage) -> etree._Element:
    """As the recipient parses it."""
    made = message.payload()
    assert made is not None
    return etree.fromstring(etree.tostring(made, encoding="utf-8"))


def texts(element: etree._Element) -> list[str]:
    return [text for text in element.itertext() if text.strip()]


class TestPayloads:
    def test_every_one_fits_its_schema_and_the_rules_beyond_it(
        self, small: tuple[PlannedMessage, ...], schemas: Schemas
    ) -> None:
        """XSD, check digits, 項目長, 外字数, 外字フラグ, 代替文字, days: nothing is refused, and every type is there."""
        types = set()
        for message in small:
            if not message.cause:
                element = payload_of(message)
                schemas.validate(element, message.type, 1)
                domainchecks.check(element, message.type)
                types.add(message.type)

        assert types == {
            *("HK-UPD", "TS-CERT", "TN-NOTE", "SF-SEND", "MJ-OUT", "MJ-IN", "AT-REG", "CK-DBM", "CV-UPD", "JK-CHG")
        }

    def test_the_law_permits_every_one(self, small: tuple[PlannedMessage, ...], law: Provisions) -> None:
        """Route, row, parties, affair, kind, items and identifiers, as the authorise stage asks, in the zone of the pair."""
        zones = routes.load(resources.routing_file(), "routing.yaml", law.rows.keys())
        for message in small:
            if message.cause:
                continue
            zone = zones["juki-net" if "cs" in (message.sender, message.recipient) else "kikan"]
            basis = Basis(**asdict(message.basis))
            route = zone.find(message.sender, message.recipient, message.type, 1)
            element = payload_of(message)
            question = Question.of_message(
                basis,
                sender=zone.endpoints[message.sender].party,
                recipient=zone.endpoints[message.recipient].party,
                message_type=message.type,
                items=items_of(element),
                channel=route.channel,
                on=DAY,
            )
            decision = decide(law, question)
            assert decision.permitted, decision.reason("en")
            granted = law.granted(basis.table, basis.item, message.recipient)
            check_identifiers(
                message.type, message.sender, message.recipient, items_of(element), texts(element), granted
            )

    def test_the_same_message_is_built_the_same_again(self, small: tuple[PlannedMessage, ...]) -> None:
        """A payload built twice is the same to the byte."""
        for message in small[::17]:
            if not message.cause:
                assert etree.tostring(payload_of(message)) == etree.tostring(payload_of(message))

    def test_departments_get_no_item_that_the_tables_do_not_grant(
        self, small: tuple[PlannedMessage, ...], law: Provisions
    ) -> None:
        """異動事由 and 異動年月日 are the message itself; everything else stands in items.yaml for that row and department."""
        for message in (message for message in small if message.type == "JK-CHG"):
            names = {etree.QName(child).localname for child in payload_of(message)} - {"異動事由", "異動年月日"}

            assert names <= law.granted(message.basis.table, message.basis.item, message.recipient)
            assert not names & {"住民票コード", "戸籍の表示", "国籍地域", "備考"}

    def test_what_a_certificate_announces_is_what_arrives(self, small: tuple[PlannedMessage, ...]) -> None:
        """The 転出証明書情報 and the 転入通知 of one 特例転入 name each other's municipality."""
        notes = {m.person: payload_of(m) for m in small if m.type == "TN-NOTE"}
        certificates = {m.person: payload_of(m) for m in small if m.type == "TS-CERT"}

        assert notes.keys() == certificates.keys()
        for person, certificate in certificates.items():
            left = certificate.findtext("{*}転出元市町村コード")
            assert left == notes[person].findtext("{*}市町村コード転入前")
            assert certificate.findtext("{*}住所") == notes[person].findtext("{*}転入前住所")

    def test_gaiji_and_substitutes_really_occur(self, large: tuple[PlannedMessage, ...]) -> None:
        """The day has letters with 外字フラグ 1 and with each 代替文字変換結果."""
        letters = [payload_of(message) for message in large if message.type == "SF-SEND"]

        assert {"0", "1", "9"} == {letter.findtext("{*}対象者/{*}代替文字変換結果") for letter in letters}
        assert {"0", "1"} == {letter.findtext("{*}対象者/{*}外字フラグ") for letter in letters}

    def test_a_certificate_needs_a_former_address(self, ward: Population) -> None:
        """Nobody who came from nowhere is announced or notified."""
        event = next(e for e in make_day(ward, 1, 600, DAY) if e.kind is Kind.SHUSSHOU)

        with pytest.raises(ValueError, match="転出証明書情報"):
            payloads.moving_certificate(event)
        with pytest.raises(ValueError, match="転入通知"):
            payloads.arrival_notice(event)


class TestPlan:
    def test_ids_are_unique_and_stable(self, large: tuple[PlannedMessage, ...], planner: Planner) -> None:
        """A plan made again has the same ids."""
        assert len({message.message_id for message in large}) == len(large)
        again = [m.message_id for e in make_day(make_population(7, 2000), 7, 200, DAY) for m in planner.messages(e)]
        more = [m.message_id for e in make_day(make_population(7, 2000), 7, 200, DAY) for m in planner.messages(e)]
        assert again == more

    def test_three_to_four_messages_follow_from_an_event(self, large: tuple[PlannedMessage, ...]) -> None:
        """The fan-out of the day."""
        assert 3 <= len(large) / 5000 <= 4.2

    def test_every_department_hears_something(self, large: tuple[PlannedMessage, ...], law: Provisions) -> None:
        """All 18 departments that 別紙2 prints, and the 税務システム."""
        printed = {name for row in law.rows.values() if row.table in TRANSFER_TABLES for name in row.recipients}

        assert len(printed) == 18
        assert printed | {"zei"} == {message.recipient for message in large if message.type == "JK-CHG"}

    def test_a_department_hears_once_of_an_event(self, large: tuple[PlannedMessage, ...]) -> None:
        """One message per recipient, even where two rows fit."""
        heard = Counter((m.event.number, m.recipient) for m in large if m.type == "JK-CHG")

        assert set(heard.values()) == {1}

    def test_affairs_are_quoted_from_the_tables(self, small: tuple[PlannedMessage, ...], law: Provisions) -> None:
        """Kind, affair and information are the row's own words."""
        for message in small:
            row = law.rows[message.basis.table, message.basis.item]
            assert (row.kind.value, row.affair, row.information) == (
                message.basis.kind,
                message.basis.affair,
                message.basis.information,
            )

    def test_what_moj_told_is_not_told_back(self, large: tuple[PlannedMessage, ...]) -> None:
        """Loop suppression: no 市町村通知 follows from a 法務省通知, and none is about a Japanese resident."""
        out = [message for message in large if message.type == "MJ-OUT"]

        assert out
        assert all(message.event.origin is not Origin.MOJ and message.event.after.foreign for message in out)
        assert {Origin.MOJ} == {message.event.origin for message in large if message.type == "MJ-IN"}

    def test_a_household_change_is_told_neither_to_moj_nor_to_cs(self, large: tuple[PlannedMessage, ...]) -> None:
        """世帯変更 concerns no 本人確認情報 and no 市町村通知, but the 副本 of 住民票関係情報."""
        types = {message.type for message in large if message.event.kind is Kind.SETAI_HENKOU}

        assert types == {"CV-UPD", "CK-DBM", "JK-CHG"}

    def test_the_copy_goes_on_to_the_next_house(self, large: tuple[PlannedMessage, ...]) -> None:
        """Each 副本登録 to atena has one from atena to chukan, caused by it, built there."""
        first = {message.message_id for message in large if (message.type, message.sender) == ("CK-DBM", "juki")}
        onward = [message for message in large if message.sender == "atena"]

        assert first == {message.cause for message in onward}
        assert {("CK-DBM", "chukan", None)} == {(m.type, m.recipient, m.payload()) for m in onward}

    def test_special_arrivals_tell_both_at_once(self, large: tuple[PlannedMessage, ...]) -> None:
        """⑤a 転入通知 and ⑤b 本人確認情報 follow from one event (L620)."""
        types = [
            {m.type for m in large if m.event.number == message.event.number}
            for message in large
            if message.type == "TN-NOTE"
        ][:20]

        assert types
        assert all({"HK-UPD", "TN-NOTE"} <= one for one in types)


class TestRejections:
    def test_a_cs_that_looks_at_its_own_data_rejects_exactly_the_planned_ones(
        self, ward: Population, small: tuple[PlannedMessage, ...]
    ) -> None:
        """A CS of ten lines, which sees payloads only, comes to the planned codes and no other (S16)."""
        held: dict[str, Mapping[str, object]] = {
            one.juuminhyou_code: dict(payloads.identification_items(one)) for one in ward.residents
        }
        found = {}
        for message in (message for message in small if message.type == "HK-UPD"):
            sent = {etree.QName(child).localname: child.text or "" for child in payload_of(message)}
            code = verdict(held, sent)
            if code:
                found[message.message_id] = code
            else:
                held.pop(sent.get("旧住民票コード", ""), None)
                held[sent["住民票コード"]] = sent

        assert found == {message.message_id: message.rejection for message in small if message.rejection}
        assert {ARRIVAL_OF_RESIDENT, MOVE_CHANGES_MORE} == set(found.values())

    def test_nothing_else_follows_from_a_mistake(self, small: tuple[PlannedMessage, ...]) -> None:
        """Only the CS is told: the register does not take a mistake over."""
        assert {"HK-UPD"} == {message.type for message in small if message.event.planned}


SAME_AFTER_A_MOVE = ("漢字氏名", "ふりがな氏名", "生年月日", "性別", "個人番号")


def verdict(held: Mapping[str, Mapping[str, object]], sent: dict[str, str]) -> str:
    known = held.get(sent.get("旧住民票コード") or sent["住民票コード"])
    present = known is not None and known.get("レコード状況フラグ") != "3"
    if sent["異動事由"] in ("TENNYUU", "TENNYUU_TOKUREI", "TENNYUU_30_46", "SHUSSHOU"):
        return ARRIVAL_OF_RESIDENT if present else ""
    if not present or known is None:
        return "unknown"
    if sent["異動事由"] == "TENKYO" and any(known.get(name) != sent.get(name) for name in SAME_AFTER_A_MOVE):
        return MOVE_CHANGES_MORE
    return ""


class TestSubscriptions:
    def test_a_line_that_the_tables_refuse_is_a_fault(self, law: Provisions) -> None:
        """An item that is not granted, a row of somebody else, a group and a kind that do not exist: all named at once."""
        text = """
version: 1
sets: {much: [氏名, 住民票コード]}
groups: {some: [TENKYO, NONSENSE]}
subscriptions:
  - {department: 介護保険課, row: beppyo/100, who: {}, events: [some, none], items: [much]}
  - {department: 介護保険課, row: beppyo/44, who: {}, events: [some], items: [much]}
"""
        with pytest.raises(ValueError, match="NONSENSE") as caught:
            subscriptions.load(text, law)

        for word in (
            "no group none",
            "住民票コード is not granted",
            "subscriptions.1 (介護保険課, beppyo/44): 氏名 is not granted",
        ):
            assert word in str(caught.value)

    @pytest.mark.parametrize(
        "text",
        ["version: 2", "version: 1\nsets: {}\ngroups: {}\nsubscriptions: []\nmore: 1", "version: [", "a: 1\na: 2"],
    )
    def test_another_form_is_a_fault(self, law: Provisions, text: str) -> None:
        """Unknown keys, versions and doubles are refused."""
        with pytest.raises(Faults):
            subscriptions.load(text, law)

    def test_row_9_is_subscribed_by_nobody(self, law: Provisions) -> None:
        """別紙2 項9 has no 移転先 (C7)."""
        lines = subscriptions.load(subscriptions.read_own(), law)

        assert ("beppyo", "9") not in {(line.table, line.item) for line in lines}

    def test_nobody_new_is_on_a_department_s_own_list(self, law: Provisions) -> None:
        """A share stands for people whom the department knows already."""
        lines = [line for line in subscriptions.load(subscriptions.read_own(), law) if line.who.share]
        events: list[Event] = list(make_day(make_population(2, 200), 2, 300, DAY))

        assert not [e for e in events if e.before is None and any(line.hears(e) for line in lines)]
