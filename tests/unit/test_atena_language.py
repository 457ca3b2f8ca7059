"""What the 共通機能 reads: JSON that says every item of a message, once, and nothing else is read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.atena.connector import TYPES
from connectors.atena.language import Told, items_of
from connectors.kit.payload import composed, lists
from tests import samples

TEXT = st.text(max_size=8).filter(lambda text: all(ord(sign) not in range(0xD800, 0xE000) for sign in text))
NAME = st.sampled_from(["氏名", "宛名番号", "副本", "照会項目"])
INNER = st.dictionaries(NAME, st.one_of(TEXT, st.lists(TEXT, min_size=2, max_size=3)), max_size=3)
ITEMS = st.dictionaries(
    NAME, st.one_of(TEXT, INNER, st.lists(st.one_of(TEXT, INNER), min_size=2, max_size=3)), max_size=4
)


class TestTold:
    @given(items=ITEMS)
    def test_what_is_told_is_read_again(self, items: dict[str, object]) -> None:
        """Any text, 外字 and selectors too, alone, within a compound and repeated."""
        told = Told("CK-4J", "chukan", "conversation", items)

        assert Told.decode(told.encode()) == told

    @pytest.mark.parametrize("type_", TYPES)
    def test_no_item_of_a_message_is_left_out(self, type_: str) -> None:
        """As many texts under each name as in the payload, in its order; and the payload can be made from it again."""
        for sample in samples.samples(type_):
            payload = etree.fromstring(sample)
            told = Told.decode(Told(type_, "juki", "c", items_of(payload)).encode())
            namespace, root = str(payload.tag)[1:].split("}")
            again = composed(namespace.split(":")[2], root, told.items)

            assert told.texts() == lists(payload)
            assert etree.tostring(again, method="c14n") == etree.tostring(payload, method="c14n")

    def test_a_message_does_not_show_its_items(self) -> None:
        """Items are personal data: no log line quotes one by accident."""
        assert "見本" not in repr(Told("AT-REG", "juki", "c", {"氏名": "見本"}))

    @pytest.mark.parametrize(
        "said",
        [
            [],
            {},
            {"type": "AT-REG", "from": "juki", "conversation": "c"},
            {"type": "AT-REG", "from": "juki", "conversation": "c", "items": {}, "more": ""},
            {"type": "AT-REG", "from": "juki", "conversation": "c", "items": {"版": 1}},
            {"type": "AT-REG", "from": "juki", "conversation": "c", "items": {"氏名": None}},
            {"type": "AT-REG", "from": "juki", "conversation": "c", "items": {"氏名": ["見本"]}},
            {"type": "AT-REG", "from": "juki", "conversation": "c", "items": {"副本": {"版": [[], []]}}},
            {"type": 1, "from": "juki", "conversation": "c", "items": {}},
        ],
    )
    def test_what_is_no_message_is_not_read(self, said: object) -> None:
        """Numbers, lists of one, members too many or too few."""
        with pytest.raises(ValueError, match="no message"):
            Told.decode(json.dumps(said).encode())
