"""connectors.chukan.language and provision: every message as the 中間サーバー's record and back, and what is sealed to one reader."""

from __future__ import annotations

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.chukan import language, provision
from connectors.juki.town import Town
from connectors.kit.ledger import Tokens
from connectors.kit.payload import composed
from tests import samples

TOWN = Town(seed=3, residents=60, number_of_events=20, day=date(2026, 4, 1), full=True)
#: Whatever a payload can hold: no control character, no lone surrogate.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
ENQUIRY = provision.Enquiry("SH-1", "2" * 20, "AB", "見本県", "事務", "TM1", ("世帯番号",), "KY-1", "経路", "00")


def same(one: etree._Element, other: etree._Element) -> bool:
    return bool(etree.tostring(one, method="c14n2") == etree.tostring(other, method="c14n2"))


def towards_chukan(kind: str) -> etree._Element:
    """A valid payload of the leg that the 中間サーバー has."""
    swapped = {"宛名番号": None, "団体内統合宛名番号": "1"}
    return samples.tree(kind, variant=1) if kind == "CK-DBM" else samples.tree(kind, swapped if kind == "CK-4J" else {})


class TestForms:
    @pytest.mark.parametrize("kind", sorted(language.FORMS))
    def test_a_message_comes_back_as_it_was(self, kind: str) -> None:
        """Payload to record to payload loses nothing and moves nothing."""
        payload = towards_chukan(kind)
        record = language.read(kind, language.written(kind, payload))

        assert same(language.FORMS[kind].payload(record), payload)

    @pytest.mark.parametrize("kind", sorted(language.FORMS))
    @given(data=st.data())
    def test_any_text_comes_back_as_it_was(self, kind: str, data: st.DataObject) -> None:
        """Characters of every plane, and every part of the members."""
        form = language.FORMS[kind]
        members = data.draw(st.lists(st.sampled_from(form.members), min_size=1, unique=True))
        record: dict[str, object] = {}
        for member in members:
            text = data.draw(st.lists(TEXTS, min_size=1, max_size=3) if member.several else TEXTS)
            if member.within is None:
                record[member.name] = text
            else:
                inside = record.setdefault(member.within[0], {})
                assert isinstance(inside, dict)
                inside[member.name] = text

        assert language.read(kind, language.written(kind, form.payload(record))) == record

    def test_an_item_without_a_member_is_no_message(self) -> None:
        """It would be lost; so would an item that stands twice where one is meant."""
        for items in ({"照会番号": "SH-1", "個人番号": "1"}, {"照会番号": ["SH-1", "SH-2"]}):
            with pytest.raises(ValueError, match="item"):
                language.written("CK-TKR", composed("teikyou", "提供承認回答", items))

    @pytest.mark.parametrize(
        "content",
        [b"{}", b"[]", b'{"interface":"SKI","record":{}}', b'{"interface":"DBM","record":{},"more":1}', b"no JSON"],
    )
    def test_what_is_no_record_is_not_read(self, content: bytes) -> None:
        """Another interface, another member, another form."""
        with pytest.raises(ValueError, match=r".+"):
            language.read("CK-DBM", content)

    def test_a_member_that_is_none_makes_no_payload(self) -> None:
        """Nothing is dropped on the way back either."""
        with pytest.raises(ValueError, match="member"):
            language.FORMS["CK-4J"].payload({"EnquiryNumber": "SH-1", "Surprise": "1"})


class TestNotices:
    def test_everything_it_says_on_a_full_day_comes_back_as_it_was(self) -> None:
        """As JSON, and as the very notice of the plan."""
        notices = TOWN.notices("chukan", Tokens(bytes(32)))

        assert {one.type for one in notices} == {"CK-TKY", "CK-4J", "CK-EXP"}
        assert [language.noticed(language.announced(one)) for one in notices] == list(notices)


class TestProvision:
    def test_an_enquiry_comes_back_as_it_was(self) -> None:
        """And nothing else is one."""
        assert provision.Enquiry.decode(ENQUIRY.encode()) == ENQUIRY
        for content in (b"{}", b"[]", b'{"items":["1"]}', ENQUIRY.encode().replace(b'"KY-1"', b"1")):
            with pytest.raises(ValueError, match=r".+"):
                provision.Enquiry.decode(content)

    @given(items=st.dictionaries(TEXTS, TEXTS, max_size=4))
    def test_only_its_reader_opens_a_provision(self, items: dict[str, str]) -> None:
        """Another key, and another request, open nothing (S2)."""
        key, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
        text = provision.sealed(items, provision.public(key), "request")

        assert provision.opened(text, key, "request") == items
        for reader, request in ((other, "request"), (key, "another")):
            with pytest.raises(ValueError, match="somebody else"):
                provision.opened(text, reader, request)
