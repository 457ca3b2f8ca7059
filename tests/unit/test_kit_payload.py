"""connectors.kit.payload: items by name, payloads built from items, and a payload with one item more or another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.kit.compose import compose
from connectors.kit.payload import composed, header_of, items, lists, payload_of, with_item, with_item_behind
from tests import fakehub

NAMES = st.text("項目名世帯", min_size=1, max_size=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=10)
PAYLOAD = composed("shijouhou", "四情報照会", {"照会番号": "SH-1", "照会項目": ["氏名", "住所"]})


class TestReading:
    def test_lists_takes_what_items_refuses(self) -> None:
        """An item that stands twice."""
        assert lists(PAYLOAD) == {"照会番号": ["SH-1"], "照会項目": ["氏名", "住所"]}
        with pytest.raises(ValueError, match="twice"):
            items(PAYLOAD)

    @given(st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3), min_size=1, max_size=5))
    def test_lists_reads_what_composed_wrote(self, made: dict[str, list[str]]) -> None:
        """In document order, to the character."""
        assert lists(composed("x", "根", made)) == made

    def test_the_header_and_payload_of_signed_bytes(self) -> None:
        """As the hub reads them; other bytes have none."""
        sender = fakehub.identity("chukan")
        draft = fakehub.draft(sender, "atena", etree.tostring(PAYLOAD, encoding="UTF-8"), "somebody", "CK-4J")
        raw = compose(draft, sender).raw

        assert header_of(raw).message_id == draft.message_id
        assert lists(payload_of(raw)) == lists(PAYLOAD)
        for other in (b"", b"<x/>", b"no XML"):
            with pytest.raises(ValueError, match="envelope"):
                header_of(other)


class TestWriting:
    def test_composed_puts_items_within_items(self) -> None:
        """A compound item, and one that repeats."""
        made = composed("x", "根", {"組": {"甲": "1", "乙": ["2", "3"]}, "列": [{"丙": "4"}, {"丙": "5"}]})
        text = etree.tostring(made, encoding="unicode")

        assert text == (
            '<根 xmlns="urn:juki-hub:x:1"><組><甲>1</甲><乙>2</乙><乙>3</乙></組><列><丙>4</丙></列><列><丙>5</丙></列></根>'
        )

    def test_an_item_gives_way_or_gets_a_neighbour(self) -> None:
        """At its place; the payload itself stays as it was."""
        before = etree.tostring(PAYLOAD)
        behind = with_item_behind(PAYLOAD, "照会番号", "宛名番号", "77")
        other = with_item(PAYLOAD, "照会番号", "宛名番号", "77")

        assert [etree.QName(one).localname for one in behind] == ["照会番号", "宛名番号", "照会項目", "照会項目"]
        assert [etree.QName(one).localname for one in other] == ["宛名番号", "照会項目", "照会項目"]
        assert lists(behind)["宛名番号"] == ["77"]
        assert etree.tostring(PAYLOAD) == before

    @pytest.mark.parametrize("name", ["照会項目", "氏名"])
    def test_an_item_that_is_not_there_once_has_no_place(self, name: str) -> None:
        """Twice, and never."""
        for change in (with_item, with_item_behind):
            with pytest.raises(ValueError, match="exactly one"):
                change(PAYLOAD, name, "宛名番号", "77")
