"""The records of the CS: what goes in comes back exactly, in UCS-2, or is refused by the name of the item."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.cs import layouts, network
from connectors.cs.connector import heading, translate
from connectors.cs.layouts import ARRIVAL, CERTIFICATE, HEADING, INCOMING, RECORDS, UPDATE, Question
from connectors.cs.network import PERSON
from connectors.juki.kinds import Kind
from connectors.juki.messages import HK_UPD, TN_NOTE, ways
from connectors.juki.payloads import arrival_notice, identification_update
from connectors.juki.town import Town
from connectors.kit.flat import flat
from connectors.kit.languages.fields import Kind as FieldKind
from connectors.kit.ledger import Tokens
from hub.codes import kit
from hub.errors import Refused
from tests import samples

TOWN = Town(seed=7, residents=120, number_of_events=160, day=date(2026, 4, 1), full=True)
TOKENS = Tokens(b"\x07" * 32)
OWN = ["𠮷", "葛\U000e0100", "邉\U000e0102", "辻\U000e0100", "\U0010de92", "\U0010dc31"]
TEXT = st.lists(st.sampled_from([*"見本太郎神﨑鷗ァーA.・", *OWN]), min_size=1, max_size=40).map("".join)


def sample(type_: str) -> etree._Element:
    """The sample, with a name whose characters all have a place on the line."""
    return samples.tree(type_, {"氏名": "見本 太郎"} if type_ in {"TN-NOTE", "TS-REQ"} else {})


def written(payload: etree._Element) -> bytes:
    return etree.tostring(payload, method="c14n2")


class TestRecords:
    def test_every_update_and_arrival_of_a_day_comes_back(self) -> None:
        """HK-UPD and TN-NOTE of a synthetic day, to the byte of their canonical form."""
        seen = {"HK-UPD": 0, "TN-NOTE": 0}
        for event in TOWN.events:
            for way, build in ((HK_UPD, identification_update), (TN_NOTE, arrival_notice)):
                if event.kind is not Kind.TENSHUTSU_SHOUMEI and way in ways(event):
                    payload = build(event)
                    assert written(layouts.payload(way.type, layouts.written(way.type, payload))) == written(payload)
                    seen[way.type] += 1

        assert min(seen.values()) >= 3

    @pytest.mark.parametrize("type_", sorted(RECORDS))
    def test_the_sample_of_each_type_comes_back(self, type_: str) -> None:
        """Every type that has a layout, by the sample that the schemas are tested with."""
        payload = sample(type_)

        assert written(layouts.payload(type_, layouts.written(type_, payload))) == written(payload)

    @pytest.mark.parametrize("type_", sorted(RECORDS))
    def test_a_record_has_the_length_of_its_layout(self, type_: str) -> None:
        """Fixed length, two bytes a character; a byte more or less is no record."""
        record = layouts.written(type_, sample(type_))

        assert len(record) == 2 * sum(one.width for one in RECORDS[type_][0].fields)
        for wrong in (record[:-2], record + b"\x00 "):
            with pytest.raises(ValueError, match="length"):
                layouts.read(type_, wrong)

    @given(TEXT, TEXT)
    def test_texts_with_own_characters_come_back(self, name: str, address: str) -> None:
        """Characters outside UCS-2 cross by the 外字 table, and nothing of it stands in the bytes as a surrogate."""
        record = UPDATE.encode({"漢字氏名": name, "住所": address, "住民票コード": "12345678903"})
        points = [record[place : place + 2] for place in range(0, len(record), 2)]

        assert not any(0xD8 <= point[0] <= 0xDF for point in points)
        assert UPDATE.decode(record) == {"漢字氏名": name, "住所": address, "住民票コード": "12345678903"}

    @pytest.mark.parametrize("character", ["\U0010abcd", "\U00020000", "\ue123"])
    def test_a_character_without_a_place_is_refused_by_its_code_point(self, character: str) -> None:
        """Nothing is substituted on the way to 住基ネット."""
        with pytest.raises(Refused) as caught:
            UPDATE.encode({"漢字氏名": f"見本{character}"})

        assert caught.value.code in {kit.GAIJI_UNKNOWN, kit.FIELD_CHARACTER}
        assert f"{ord(character):X}" in str(caught.value.facts["point"])

    def test_a_code_without_a_meaning_is_no_record(self) -> None:
        """A 外字 that the table does not name."""
        record = UPDATE.layout.encode({**dict.fromkeys(UPDATE.columns, ""), "漢字氏名": "見本\ue999"})

        with pytest.raises(ValueError, match="外字"):
            UPDATE.decode(record)

    def test_an_item_without_a_column_is_refused(self) -> None:
        """What the layout has no place for is not lost in silence."""
        payload = samples.tree("TS-REQ")
        etree.SubElement(payload, "{urn:juki-hub:soushin:1}住所").text = "東京都足立区"

        with pytest.raises(Refused) as caught:
            layouts.written("TS-REQ", payload)

        assert caught.value.code is kit.FIELD_VALUE

    def test_widths_hold_what_the_schemas_allow(self) -> None:
        """A name of 150 characters and an address of 300."""
        longest = {"漢字氏名": "見" * 150, "住所": "葛\U000e0100" * 300, "転入前住所": "本" * 300}

        assert UPDATE.decode(UPDATE.encode(longest)) == longest


class TestQuestion:
    def test_comes_back(self) -> None:
        """Heading and persons of every 整合性確認 of a full day."""
        questions = [one.build() for one in TOWN.told if one.type == "SG-CHK"]
        assert len(questions) >= 20
        for place, said in enumerate(questions, start=1):
            question = Question.of(said, place, len(questions))
            assert Question.decode(question.encode()) == question
            assert [one["住民票コード"] for one in question.persons] == [
                one.text for one in said.iterfind("{*}対象者/{*}住民票コード")
            ]

    @pytest.mark.parametrize("spoil", [lambda data: data[:-2], lambda data: data + data[-20:], lambda data: b""])
    def test_refuses_bytes_that_are_none(self, spoil: object) -> None:
        """Cut, or with more behind it."""
        assert callable(spoil)
        data = Question("SG-1", "2026-03-31", 1, 1, ({"住民票コード": "12345678903", "氏名": "見本"},)).encode()

        with pytest.raises(ValueError, match=r".+"):
            Question.decode(spoil(data))

    def test_refuses_a_heading_that_counts_wrong(self) -> None:
        """One person, and a heading of two."""
        one = Question("SG-1", "2026-03-31", 1, 1, ({"住民票コード": "12345678903", "氏名": "見本"},)).encode()
        two = Question("SG-1", "2026-03-31", 1, 1, ({"氏名": "見本"}, {"氏名": "見本"})).encode()
        size = layouts.RECONCILIATION.layout.size

        with pytest.raises(ValueError, match="not as many"):
            Question.decode(two[:size] + one[size:])


class TestIncoming:
    def test_every_notice_of_a_full_day_comes_back(self) -> None:
        """転出証明書情報 and 転入通知 as records of the feed: heading and payload as they were announced."""
        kinds = set()
        for notice in TOWN.notices("cs", TOKENS):
            said = etree.fromstring(notice.payload)
            event = INCOMING.layout.decode(INCOMING.layout.encode(layouts.incoming(heading(notice), said)))
            head, payload = layouts.arrived(event)
            assert head == heading(notice)
            assert written(payload) == written(said)
            kinds.add(notice.type)

        assert kinds == {"TS-CERT", "TN-IN"}

    def test_the_three_tables_do_not_overlap(self) -> None:
        """A record has each column once."""
        assert len(INCOMING.columns) == len(HEADING.columns) + len(CERTIFICATE.columns) + len(ARRIVAL.columns)


class TestLeavingTheWard:
    def test_only_the_eight_items_of_the_document_leave(self) -> None:
        """L437: the prefecture and the 全国サーバー get eight items of the forty."""
        update = next(flat(one) for one in TOWN.first_updates())
        sent = PERSON.decode(PERSON.encode(network.person(update)))

        assert set(sent) == {"住民票コード", "氏名", "生年月日", "性別", "住所", "個人番号", "異動事由", "異動年月日"}
        assert sent["氏名"] == update["漢字氏名"]

    def test_numbers_cannot_be_guessed_from_a_digest(self) -> None:
        """The digest that ledgers show is salted under the sender's key."""
        content = network.ENQUIRY.encode({"個人番号": "123456789018"})
        one = network.errand(("A5-12", "zenkoku"), content, "019d4657-0000-7e67-b8d0-1ee82135d5c4", TOKENS)
        other = network.errand(("A5-12", "zenkoku"), content, one.id, Tokens(b"\x08" * 32))

        assert one.sha256 != hashlib.sha256(content).hexdigest()
        assert one.sha256 != other.sha256


def test_every_text_of_a_layout_is_wide_enough_for_nothing_else() -> None:
    """A table names each item once and every item of the schema's flat types."""
    for table, _, _ in RECORDS.values():
        assert len(set(table.columns)) == len(table.columns)
        assert table.texts == {one.name for one in table.fields if one.kind is FieldKind.TEXT}


def test_send_letters_as_they_are_signed() -> None:
    """S18: of a 送付先情報 the CS gets the bytes of the envelope and nothing made of them."""

    class One:
        class header:  # noqa: N801 - as it is called in `Opened`
            type = "SF-SEND"

        class delivery:  # noqa: N801
            raw = b"<signed/>"

    assert translate(One()) == b"<signed/>"  # type: ignore[arg-type]
