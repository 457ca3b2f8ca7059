"""住記's files of records: every event, notice and message comes back exactly, in cp932 with 外字; the rest is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.juki import eventrecord, heard, parts, said, subscriptions
from connectors.juki.day import JST
from connectors.juki.event import Event
from connectors.juki.layouts import AFTER, BEFORE, change_fields, columns, layouts, own_gaiji
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.town import Town
from connectors.kit.languages.fields import Kind
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect
from connectors.kit.text import CharacterSet
from hub.codes import kit
from hub.edges import resources
from hub.errors import Refused
from hub.provisions.load import load
from tests import samples
from tests.samples import Value

TOKENS = Tokens(b"\x07" * 32)
TOWN = Town(seed=3, residents=300, number_of_events=300, day=date(2026, 4, 1), full=True)
AT = datetime(2026, 4, 1, 12, 0, 0, 123000, tzinfo=JST)
FORMS = said.forms()
GAIJI = sorted(own_gaiji().written)
SIGNS = st.characters().filter(lambda sign: CharacterSet.CP932.holds(sign) and sign.isprintable() and sign != " ")
NAME = st.lists(st.one_of(SIGNS, st.sampled_from(GAIJI)), min_size=1, max_size=20).map("".join)


def through_a_file(feed: str, records: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    return list(FORMS[feed].decode(FORMS[feed].encode(records)))


def recorded() -> list[Event]:
    """The events of the day, and one as if each resident of the morning came and nothing else."""
    first = TOWN.events[0]
    return [
        *TOWN.events,
        *(replace(first, person=one.atena, before=None, after=one) for one in TOWN.population.residents),
    ]


def foreign_event() -> Event:
    """A change of a foreign resident with a 通称."""
    (one,) = [event.after for event in recorded() if event.after.foreign and event.after.foreign.alias][:1]
    return replace(TOWN.events[0], person=one.atena, before=replace(one, version=1), after=replace(one, version=2))


class TestEvents:
    def test_every_event_of_a_day_comes_back_through_a_file(self) -> None:
        """Households, 抑止, foreigners with 通称, 旧氏, cards, those who are new and those who leave: the same values, not alike ones."""
        events = recorded()
        records = through_a_file(said.DAY, [eventrecord.encode(one) for one in events])

        assert [eventrecord.decode(one) for one in records] == events
        persons = [one.after for one in events]
        for some in (
            [one.before is not None for one in events],
            [one.suppressed for one in persons],
            [one.foreign is not None and one.foreign.alias is not None for one in persons],
            [one.foreign is not None and one.foreign.status.expires is None for one in persons],
            [one.old_name is not None for one in persons],
            [one.removal is not None for one in persons],
            [any(sign in one.name + one.address.text for sign in GAIJI) for one in persons],
        ):
            assert any(some)

    def test_a_record_makes_the_same_messages_as_the_event(self) -> None:
        """Each payload of the day, to the byte, as if no file had been between."""
        provisions = load(resources.provision_files())
        planner = Planner(provisions, subscriptions.load(subscriptions.read_own(), provisions))
        records = through_a_file(said.DAY, [eventrecord.encode(one) for one in TOWN.events])
        for event, record in zip(TOWN.events, records, strict=True):
            made = planner.messages(eventrecord.decode(record))
            assert [_payload(one) for one in made] == [_payload(one) for one in planner.messages(event)]

    @given(
        name=NAME,
        address=NAME,
        alias=NAME,
        suppressed=st.booleans(),
        order=st.integers(1, 999_999),
        birth=st.sampled_from(["19700401", "19700400", "19700000", "00000000"]),
    )
    def test_every_text_of_the_set_and_the_table_comes_back(
        self, name: str, address: str, alias: str, suppressed: bool, order: int, birth: str
    ) -> None:
        """IVS and plane 16 by the 外字 table, both ways; 抑止, a day that is not known, the place in the household with them."""
        event = foreign_event()
        foreign = event.after.foreign
        assert foreign is not None
        assert foreign.alias is not None
        after = replace(
            event.after,
            name=name,
            address=replace(event.after.address, text=address),
            suppressed=suppressed,
            order=order,
            birth=birth,
            foreign=replace(foreign, kanji=name, alias=replace(foreign.alias, text=alias)),
        )
        made = replace(event, after=after)
        (record,) = through_a_file(said.DAY, [eventrecord.encode(made)])

        assert eventrecord.decode(record) == made

    def test_a_gaiji_stands_as_its_code(self) -> None:
        """Fixed places in cp932: the code of the table, and blanks behind it to the end of the field."""
        event = TOWN.events[0]
        named = replace(event, after=replace(event.after, name="𠮷田"))
        written = FORMS[said.DAY].encode([eventrecord.encode(named)])
        place = 0
        for field in change_fields():
            if field.name == f"{AFTER}氏名":
                break
            place += field.width * (2 if field.kind is Kind.TEXT else 1)

        assert written[place : place + 300] == b"\xf3\x40" + "田".encode("cp932") + b" " * 296

    @pytest.mark.parametrize("sign", ["异", "\ue123", "辻\U000e0101", "\U0010ffff", "〜"])
    def test_a_character_that_has_no_place_is_refused_by_code_point(self, sign: str) -> None:
        """Never replaced and never quoted: the place is the item's name."""
        event = TOWN.events[0]
        named = replace(event, after=replace(event.after, name=f"見本{sign}"))

        with pytest.raises(Refused) as caught:
            FORMS[said.DAY].encode([eventrecord.encode(named)])

        place = caught.value.facts.get("place", caught.value.facts.get("field"))
        assert place == f"{AFTER}氏名"
        assert str(caught.value.facts["point"]).split()[0] == f"U+{ord(sign[0]):04X}"
        assert "見本" not in str(caught.value)

    def test_what_is_no_event_is_not_read(self) -> None:
        """A column too many or too few, a code of nobody's, half a part, a flag that is none, zeros that nobody writes."""
        record = dict(eventrecord.encode(foreign_event()))
        assert eventrecord.decode(record).after.foreign is not None
        for wrong in (
            {},
            record | {"more": ""},
            {name: text for name, text in record.items() if name != f"{AFTER}版"},
            record | {"異動種別": "NOPE"},
            record | {"異動通番": "07"},
            record | {f"{AFTER}抑止フラグ": ""},
            record | {f"{AFTER}氏名アルファベット": "", f"{AFTER}国籍地域": "", f"{AFTER}第30条の45に規定する区分": ""},
            record | {name: "" for name in record if name.startswith(AFTER)},
        ):
            with pytest.raises(ValueError, match=r".+"):
                eventrecord.decode(wrong)

    def test_a_part_that_is_there_and_blank_is_not_written(self) -> None:
        """It would come back as nothing."""
        event = foreign_event()
        nobody = replace(event.after, old_name=("", ""))

        with pytest.raises(ValueError, match="no record holds"):
            eventrecord.encode(replace(event, after=nobody))

    def test_every_field_of_a_person_has_a_column(self) -> None:
        """The layout and the record agree, so that a new field cannot be forgotten."""
        record = eventrecord.encode(TOWN.events[0])

        assert list(record) == [one.name for one in change_fields()]
        assert {one.removeprefix(BEFORE) for one in record if one.startswith(BEFORE)} == set(columns("JUUMIN"))


def _payload(message: PlannedMessage) -> bytes:
    payload = message.payload()
    return b"" if payload is None else etree.tostring(payload)


class TestNotices:
    def test_all_that_is_told_on_a_full_day_comes_back_through_its_file(self) -> None:
        """Id, conversation, time, key of the person, reason, persons, batch and payload."""
        told: dict[str, int] = {}
        for one in TOWN.told:
            if one.sender == "juki":
                notice = one.notice(TOKENS)
                feed, records = said.records_of(notice)
                back = through_a_file(feed, records)
                kind = said.ANNOUNCED.get(feed)
                assert (kind.notice_of(back[0]) if kind else parts.notice_of(back)) == notice
                told[feed] = told.get(feed, 0) + 1

        assert set(told) == set(said.FEEDS) - {said.DAY}
        assert min(told.values()) >= 10

    def test_a_question_is_a_record_for_each_person(self) -> None:
        """S23: the first record says how many there are."""
        one = next(one for one in TOWN.told if one.type == parts.TYPE and len(one.persons) > 1)
        _, records = said.records_of(one.notice(TOKENS))

        assert len(records) == len(one.persons) == parts.size(records[0])
        assert len({record["対象者整理番号"] for record in records}) == len(records)

    def test_records_of_two_questions_are_none(self) -> None:
        """Nor is a part of one under another time."""
        told = [one.notice(TOKENS) for one in TOWN.told if one.type == parts.TYPE]
        first, second = (list(parts.records_of(one)) for one in told[:2])

        for records in ([first[0], second[0]], [{**first[0], "作成日時": ""}, first[1]]):
            with pytest.raises(ValueError, match="one question"):
                parts.notice_of(records)


class TestHeard:
    @pytest.mark.parametrize("type_", heard.TYPES)
    def test_every_sample_comes_back(self, type_: str) -> None:
        """Payload and time; one with a 外字 of nobody's is refused by its place and code point."""
        for sample in samples.samples(type_):
            payload = etree.fromstring(sample)
            if "\ue001" in sample.decode():
                with pytest.raises(Refused) as caught:
                    heard.written(type_, AT, payload)
                assert (caught.value.code, caught.value.facts["point"]) == (kit.GAIJI_UNKNOWN, "U+E001")
                continue
            one = heard.read(effect(type_, heard.written(type_, AT, payload)))
            assert (one.type, one.at, shown(one.payload)) == (type_, AT, shown(payload))

    @given(name=NAME, address=NAME)
    def test_every_text_comes_back(self, name: str, address: str) -> None:
        """A 転入通知 of anybody."""
        payload = samples.tree("TN-IN", {"氏名": name, "転入前住所": address})
        one = heard.read(effect("TN-IN", heard.written("TN-IN", AT, payload)))

        assert shown(one.payload) == shown(payload)

    @given(
        st.lists(st.lists(st.sampled_from(["氏名", "生年月日", "性別", "住所", "異動年月日"]), max_size=5), max_size=6)
    )
    def test_a_result_has_a_record_for_each_mismatch(self, mismatches: list[list[str]]) -> None:
        """整合性結果, also without any."""
        persons: tuple[Value, ...] = tuple(
            {"住民票コード": samples.CODE, "不一致区分": "3", "不一致項目名": tuple(names)} for names in mismatches
        )
        payload = samples.tree("SG-RES", {"対象者": persons})
        content = heard.written("SG-RES", AT, payload)

        assert content.count(b"\r\n") == max(1, len(mismatches))
        assert shown(heard.read(effect("SG-RES", content)).payload) == shown(payload)

    def test_what_is_no_record_is_not_read(self) -> None:
        """The partner answers that it could not read: nothing, too much, two messages, another type, one that it is never told."""
        first, second = (heard.written("CK-FGU", AT.replace(hour=hour), samples.tree("CK-FGU")) for hour in (9, 10))
        for type_, content in (
            ("CK-FGU", b""),
            ("CK-FGU", first[:-1]),
            ("CK-FGU", first + second),
            ("CK-4J", first),
            ("HK-UPD", first),
            ("CK-FGU", b"\x81" + first[1:]),
        ):
            with pytest.raises(ValueError, match=r".*"):
                heard.read(effect(type_, content))

    def test_an_item_without_a_column_is_refused(self) -> None:
        """It would be lost."""
        payload = samples.tree("CK-FGU")
        etree.SubElement(payload, "{urn:juki-hub:fugou:1}別の項目").text = "1"

        with pytest.raises(Refused) as caught:
            heard.written("CK-FGU", AT, payload)

        assert caught.value.facts["field"] == "別の項目"


class TestLayouts:
    @pytest.mark.parametrize("type_", sorted(set(layouts()) - {"IDOU", "JUUMIN", "KK-CHG"}))
    def test_whatever_a_schema_lets_a_message_say_has_room(self, type_: str) -> None:
        """Every item, in the order of the schema, as wide as it may be."""
        items = list(_items(type_))

        assert list(columns(type_)) == list(dict.fromkeys(name for name, _ in items))
        widths = {field.name: field.width for field in layouts()[type_]}
        for name, most in items:
            assert widths[name] >= most, name


# --- helpers ------------------------------------------------------------------------------------------------------------


def effect(type_: str, content: bytes) -> Effect:
    return Effect("m", type_, "0" * 64, content)


def shown(payload: etree._Element) -> bytes:
    return etree.tostring(payload, method="c14n")


_XS = "{http://www.w3.org/2001/XMLSchema}"
_TYPES = {one.get("name"): one for one in etree.fromstring(resources.xsd_files()["common/1/types.xsd"])}
_COMPOUNDS = {one.get("name"): one for one in etree.fromstring(resources.xsd_files()["common/1/items.xsd"])}


def _items(type_: str) -> Iterator[tuple[str, int]]:
    """(column, most characters) of every item of the message type, in the order of its schema."""
    namespace, root = str(samples.tree(type_).tag)[1:].split("}")
    family = namespace.split(":")[2]
    tree = etree.fromstring(resources.xsd_files()[f"{family}/1/{family}.xsd"])
    (top,) = (one for one in tree if one.get("name") == root)
    yield from _below(top, "")


def _below(top: etree._Element, path: str) -> Iterator[tuple[str, int]]:
    for one in top.iterchildren():
        if one.tag != f"{_XS}element":
            yield from _below(one, path)
            continue
        name, kind, times = f"{path}{one.get('name')}", one.get("type"), int(one.get("maxOccurs", "1"))
        if kind is None or kind in _COMPOUNDS:
            yield from _below(one if kind is None else _COMPOUNDS[kind], f"{name}/")
        elif times > 1:
            yield from ((f"{name}/{number}", _most(kind)) for number in range(1, times + 1))
        else:
            yield name, _most(kind)


def _most(kind: str) -> int:
    """The longest text of a simple type: what it enumerates, its bound, or the last number of its pattern."""
    type_ = _TYPES[kind]
    if words := [str(one.get("value")) for one in type_.iter(f"{_XS}enumeration")]:
        return max(map(len, words))
    if bounds := [int(one.get("value", "0")) for one in type_.iter(f"{_XS}maxLength")]:
        return bounds[0]
    if kind in {"Date", "DateFuzzy"}:
        return 8
    (pattern,) = (str(one.get("value")) for one in type_.iter(f"{_XS}pattern"))
    return max([int(number) for number in re.findall(r"\{(?:\d+,)?(\d+)\}", pattern)], default=1)
