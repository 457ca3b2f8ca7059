"""The records that 法務省 and ward exchange: exact round trips in cp932 with 外字 and 和暦, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.juki import payloads
from connectors.juki.town import Town
from connectors.kit.flat import built
from connectors.kit.languages.fields import Kind
from connectors.kit.ledger import Tokens
from connectors.kit.text import CharacterSet
from connectors.moj.layouts import IMMIGRATION, MUNICIPAL, NOTICE, Forms, own_gaiji
from hub.codes import kit
from hub.edges import resources
from hub.errors import Refused
from hub.schemas import Schemas

TOKENS = Tokens(b"\x07" * 32)
TOWN = Town(seed=3, residents=300, number_of_events=300, day=date(2026, 4, 1))
FORMS = Forms(own_gaiji())
HOUMU = "urn:juki-hub:houmu:1"
GAIJI = sorted(own_gaiji().written)
SIGNS = st.characters().filter(lambda sign: CharacterSet.CP932.holds(sign) and sign.isprintable() and sign != " ")
NAME = st.lists(st.one_of(SIGNS, st.sampled_from(GAIJI)), min_size=1, max_size=20).map("".join)
DAYS = st.dates(date(1873, 1, 1), date(2117, 12, 31)).map(date.isoformat)
WAREKI = [field.name for field in MUNICIPAL if field.name.endswith("年月日") and field.name != "生年月日"]


def municipal(**items: str) -> etree._Element:
    order = [field.name for field in MUNICIPAL]
    return built("houmu", "市町村通知", {name: items[name] for name in order if name in items})


class TestMunicipal:
    @given(name=NAME, address=NAME, day=DAYS, which=st.sampled_from(WAREKI))
    def test_every_text_and_day_comes_back(self, name: str, address: str, day: str, which: str) -> None:
        """Any text of cp932 and of the 外字 table, any day since 明治6年 in 和暦."""
        said = {"氏名漢字": name, "生年月日": "19700400", "住所": address, which: day}
        payload = municipal(**said)

        assert etree.tostring(FORMS.payload(FORMS.written(payload))) == etree.tostring(payload)

    def test_every_notice_of_a_day_comes_back(self) -> None:
        """Those that 住記 really sends, byte for byte; each is of the schema again."""
        schemas = Schemas.load(resources.xsd_files())
        changed = [event for event in TOWN.events if event.after.foreign and event.after != event.before]
        sent = [payloads.municipal_notice(event) for event in changed]
        for payload in sent:
            made = FORMS.payload(FORMS.written(payload))
            assert etree.tostring(made) == etree.tostring(payload)
            schemas.validate(made, "MJ-OUT", 1)

        assert len(sent) >= 20

    def test_stands_as_documented(self) -> None:
        """Fixed places in cp932: 元年 is 01, a 外字 is its code of the table, blanks after it, CR LF."""
        written = FORMS.written(municipal(通知事由="KISAI", 異動年月日="2019-05-01", 氏名漢字="𠮷田"))

        assert len(written) == sum(f.width * (2 if f.kind is Kind.TEXT else 1) for f in MUNICIPAL) + 2
        assert written[:8] == b"KISAI   "
        assert written[8 + 24 : 8 + 24 + 7] == b"5010501"
        assert written[45:49] == b"\xf0\x40" + "田".encode("cp932")
        assert written.endswith(b" \r\n")

    def test_a_character_that_has_no_place_is_refused_by_code_point(self) -> None:
        """Never replaced, never quoted: 异 is of no table, and a private character of nobody's neither."""
        points = {}
        for sign in ("异", "\ue123", "辻\U000e0101", "\U0010ffff"):
            with pytest.raises(Refused) as caught:
                FORMS.written(municipal(氏名漢字=f"見本{sign}"))
            points[sign] = (caught.value.facts.get("point"), caught.value.facts.get("place"))
            assert "見本" not in str(caught.value)

        assert points == {
            "异": ("U+5F02", "氏名漢字"),
            "\ue123": ("U+E123", "氏名漢字"),
            "辻\U000e0101": ("U+8FBB U+E0101", "氏名漢字"),
            "\U0010ffff": ("U+10FFFF", "氏名漢字"),
        }

    def test_a_day_of_the_lunar_calendar_is_refused(self) -> None:
        """和暦 before 明治6年 would be another day."""
        with pytest.raises(Refused) as caught:
            FORMS.written(municipal(異動年月日="1872-12-31"))

        assert (caught.value.code, caught.value.facts) == (kit.LUNAR_CALENDAR, {"place": "異動年月日"})

    def test_an_item_that_the_law_does_not_send_has_no_place(self) -> None:
        """個人番号 and 宛名番号 above all: there is no field for them."""
        for name in ("個人番号", "住民票コード", "宛名番号", "団体内統合宛名番号"):
            with pytest.raises(Refused):
                FORMS.written(built("houmu", "市町村通知", {name: "1"}))

    @pytest.mark.parametrize("content", [b"", b"\r\n", b"x" * 5000, FORMS.written(municipal(通知事由="KISAI")) * 2])
    def test_what_is_no_record_is_not_read(self, content: bytes) -> None:
        """The play answers that it could not read."""
        with pytest.raises(ValueError, match=r".*"):
            FORMS.read(content)


class TestImmigration:
    def test_every_notice_of_a_day_comes_back_through_a_batch(self) -> None:
        """Id, conversation, time, person's key, reason and payload, byte for byte."""
        notices = TOWN.notices("moj", TOKENS)
        written = FORMS.notices.encode([NOTICE.record_of(one) for one in notices])

        assert [NOTICE.notice_of(one) for one in FORMS.notices.decode(written)] == list(notices)
        assert len(notices) >= 20

    def test_layouts_have_every_item_of_the_schema_in_its_order(self) -> None:
        """Whatever the schema lets a notice say, the record has a field for."""
        tree = etree.fromstring(resources.xsd_files()["houmu/1/houmu.xsd"])
        for root, fields in (("市町村通知", MUNICIPAL), ("法務省通知", IMMIGRATION)):
            (top,) = (one for one in tree if one.get("name") == root)
            names = [one.get("name") for one in top.iter("{*}element") if one is not top]
            unique = list(dict.fromkeys(name for name in names if name is not None))
            assert [field.name for field in fields] == unique
