"""connectors.kit.flat and announcing: a payload as one record and back, and what cannot be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.kit.announcing import HEADING, Announcement
from connectors.kit.feeds import Notice
from connectors.kit.flat import built, flat, record
from hub.codes import kit
from hub.errors import Refused

COLUMNS = ("宛名番号", "処理日", "資格/有無", "資格/取得日", "年金/有無", "年金/番号/甲", "備考")
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
ITEMS = st.dictionaries(st.sampled_from(COLUMNS), TEXT, min_size=1)
KIND = Announcement("B12", "SK-INFO", "juki", "statutes", "juki-7-kaigo", "shikaku", "資格情報", COLUMNS)


def ordered(items: dict[str, str]) -> dict[str, str]:
    return {name: items[name] for name in COLUMNS if name in items}


class TestFlat:
    @given(ITEMS)
    def test_what_was_built_is_flat_again(self, items: dict[str, str]) -> None:
        """Items and compound items, exactly; what is absent is "" in a record and no element in a payload."""
        payload = built("shikaku", "資格情報", ordered(items))

        assert dict(flat(payload)) == items
        assert dict(record(payload, COLUMNS)) == {name: items.get(name, "") for name in COLUMNS}
        assert etree.tostring(built("shikaku", "資格情報", record(payload, COLUMNS))) == etree.tostring(payload)

    def test_compound_items_of_one_kind_of_child_stay_apart(self) -> None:
        """取得日 of two schemes are two columns."""
        payload = built("shikaku", "資格情報", {"資格/有無": "1", "資格/取得日": "a", "年金/有無": "0"})

        assert [etree.QName(child).localname for child in payload] == ["資格", "年金"]

    def test_an_item_without_a_column_is_refused_by_name(self) -> None:
        """It would be lost; the refusal does not say its text."""
        payload = built("shikaku", "資格情報", {"宛名番号": "1", "国籍": "秘密"})
        with pytest.raises(Refused) as caught:
            record(payload, COLUMNS)

        assert (caught.value.code, caught.value.facts["field"]) == (kit.FIELD_VALUE, "国籍")
        assert "秘密" not in str(caught.value)

    def test_what_repeats_is_no_record(self) -> None:
        """One of the two would be lost."""
        with pytest.raises(ValueError, match="twice"):
            flat(etree.fromstring("<a><b>1</b><b>2</b></a>"))


class TestAnnouncement:
    @given(ITEMS)
    def test_a_notice_comes_back_as_it_was(self, items: dict[str, str]) -> None:
        """By the columns alone: MessageId, conversation, time, key of the person, 処理事由 and every item."""
        payload = etree.tostring(built("shikaku", "資格情報", ordered(items)), encoding="unicode")
        notice = Notice(
            *("B12", "SK-INFO", "juki", "statutes", "juki-7-kaigo", "key", payload),
            *("2026-04-01T09:00:00+09:00", "conversation", "message", "SHIKAKU", "資格"),
        )
        made = KIND.record_of(notice)

        assert tuple(made) == (*HEADING, *COLUMNS)
        assert KIND.notice_of(made) == notice

    @pytest.mark.parametrize("change", [{"type": "CK-SKI"}, {"recipient": "atena"}, {"item": "x"}, {"expires_at": "x"}])
    def test_a_notice_of_another_kind_has_no_record(self, change: dict[str, str]) -> None:
        """What the columns cannot say must not be lost."""
        said = {
            "flow": "B12",
            "type": "SK-INFO",
            "recipient": "juki",
            "table": "statutes",
            "item": "juki-7-kaigo",
            "person": "p",
            "payload": etree.tostring(built("shikaku", "資格情報", {}), encoding="unicode"),
            "created_at": "t",
            "conversation_id": "c",
            "message_id": "m",
            "reason_code": "r",
            "reason": "r",
        }
        with pytest.raises(ValueError, match="kind"):
            KIND.record_of(Notice(**(said | change)))
