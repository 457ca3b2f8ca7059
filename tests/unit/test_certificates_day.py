"""connectors.juki.full.certificates, and the partners' files in which 印鑑, 税 and 戸籍 tell it: every message whole, none lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.inkan import layouts as inkan
from connectors.juki.full import certificates
from connectors.juki.tables import read_rows
from connectors.juki.told import Told
from connectors.juki.town import Town
from connectors.kit.announcing import Announcement
from connectors.kit.domain import NO_MATCH, STALE_VERSION, UNKNOWN_PERSON
from connectors.kit.flat import built
from connectors.kit.languages import rows
from connectors.kit.languages.records import RecordForm
from connectors.kit.ledger import Tokens
from connectors.kit.text import CharacterSet
from connectors.kit.text.characters import characters
from connectors.koseki import layouts as koseki
from connectors.zei import columns as zei
from hub.domainchecks import check
from hub.edges import resources
from hub.errors import Refused
from hub.provisions.identifiers import identifiers_in
from hub.schemas import Schemas

TOKENS = Tokens(b"\x07" * 32)
TOWN = Town(seed=3, residents=60, number_of_events=30, day=date(2026, 4, 1))
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="\ufffd"), min_size=1)
GAIJI = [row["text"] for row in read_rows("names.csv") if row["gaiji"] == "1"]


@cache
def told() -> tuple[Told, ...]:
    return tuple(certificates.told(TOWN))


def form_of(one: Told) -> tuple[Announcement, RecordForm]:
    """In what records its sender announces it."""
    first, second = koseki.forms()
    forms: Mapping[tuple[str, str], tuple[Announcement, RecordForm]] = {
        ("inkan", "CV-CERT"): (inkan.CERTIFIED, inkan.form()),
        ("zei", "CV-CERT"): (zei.CERTIFIED, zei.FORMS["certificates"]),
        ("koseki", "CV-CERT"): (koseki.CERTIFIED, first),
        ("koseki", "KS-NOTE"): (koseki.NOTIFIED, second),
    }
    return forms[one.sender, one.type]


class TestTold:
    def test_is_bounded_and_has_every_outcome(self) -> None:
        """Of each source between 20 and 40 messages, some of them rejected under a domain code."""
        sources = Counter((one.flow, one.sender) for one in told())
        assert set(sources) == {("D2", "inkan"), ("D2", "zei"), ("D2", "koseki"), ("B10", "koseki")}
        assert all(20 <= count <= 40 for count in sources.values())

        outcomes = {(one.flow, one.sender, one.rejection) for one in told()}
        assert {code for flow, sender, code in outcomes if (flow, sender) == ("D2", "koseki")} == {
            "",
            NO_MATCH,
            STALE_VERSION,
        }
        assert {code for flow, sender, code in outcomes if sender == "zei"} == {"", UNKNOWN_PERSON, STALE_VERSION}
        assert {code for flow, sender, code in outcomes if flow == "B10"} == {"", NO_MATCH}

    def test_is_the_same_in_every_process(self) -> None:
        """Out of the seed alone."""
        again = list(certificates.told(Town(3, 60, 30, date(2026, 4, 1))))

        assert [one.notice(TOKENS) for one in again] == [one.notice(TOKENS) for one in told()]

    def test_fits_schema_and_checks(self) -> None:
        """Each payload as the hub will read it, back out of its sender's file."""
        schemas = Schemas.load(resources.xsd_files())
        for one in told():
            kind, form = form_of(one)
            (read,) = form.decode(form.encode([kind.record_of(one.notice(TOKENS))]))
            payload = etree.fromstring(kind.notice_of(read).payload)
            schemas.validate(payload, one.type, 1)
            check(payload, one.type)

    def test_the_family_register_sends_no_number(self) -> None:
        """X6: no column of its files is a number, and a message that bears one has no place in them."""
        names = {field.name.rpartition("/")[2] for field in (*koseki.CERTIFICATE, *koseki.NOTICE)}
        assert "宛名番号" not in names
        assert not identifiers_in(names)

        (one, *_) = (one for one in told() if one.sender == "koseki" and one.type == "CV-CERT")
        notice = one.notice(TOKENS)
        numbered = replace(
            notice, payload=notice.payload.replace("<戸籍証明情報>", "<宛名番号>1</宛名番号><戸籍証明情報>")
        )
        with pytest.raises(Refused) as refused:
            koseki.CERTIFIED.record_of(numbered)
        assert refused.value.facts["field"] == "宛名番号"


class TestRequests:
    def test_every_outcome_is_asked_for(self) -> None:
        """At least twenty certificates, and each kind of refusal; none waits for a message that was rejected."""
        asked = certificates.requests(TOWN)
        outcomes = Counter(one.outcome for one in asked)
        taken = {one.message_id for one in told() if not one.rejection}

        assert outcomes["issued"] >= 20
        assert set(outcomes) == {"issued", "suppressed", "unknown", "absent"}
        assert len({one.number for one in asked}) == len(asked)
        assert all(set(one.awaits) <= taken for one in asked)

    def test_is_about_people_to_whom_nothing_else_happens(self) -> None:
        """No event of the day concerns them: their 住民票 is the same all day, whenever they ask."""
        moved = {event.person for event in TOWN.events}

        assert not moved & {one.atena for one in certificates.settled(TOWN)}


class TestFiles:
    @pytest.mark.parametrize("name", GAIJI)
    def test_rare_names_cross_by_each_partners_own_table(self, name: str) -> None:
        """They come back from cp932 as they were; where a table is needed, the two partners write other codes."""
        written = []
        for columns, form in ((inkan.CERTIFIED.columns, inkan.form()), (koseki.CERTIFIED.columns, koseki.forms()[0])):
            empty = dict.fromkeys(columns, "")
            before, full = (form.encode([{**empty, "氏名": text}]) for text in ("", name))
            assert next(iter(form.decode(full)))["氏名"] == name
            written.append(bytes(new for old, new in zip(before, full, strict=True) if old != new))

        assert (written[0] == written[1]) is all(CharacterSet.CP932.holds(one) for one in characters(name))

    @given(st.dictionaries(st.sampled_from(zei.CHANGE[2:]), TEXTS))
    def test_csv_loses_nothing(self, items: dict[str, str]) -> None:
        """Whatever stands in an item of 異動情報 comes back from the file for the tax system."""
        said = {"異動事由": "TENKYO", **items}
        (read,) = rows.read(zei.written(built("iten", "異動情報", said)))

        assert {name: text for name, text in read.items() if text} == said

    def test_a_result_has_a_record_for_each_of_its_items(self) -> None:
        """照会結果 of two items, and of none."""
        head = {"照会番号": "SH-1", "照会結果区分": "1"}
        payload = built("shoukai", "照会結果", head)
        assert [one["照会番号"] for one in rows.read(zei.written(payload))] == ["SH-1"]
        for number in ("1", "2"):
            one = etree.SubElement(payload, "{urn:juki-hub:shoukai:1}照会結果項目")
            etree.SubElement(one, "{urn:juki-hub:shoukai:1}項目コード").text = f"TK{number}"
            etree.SubElement(one, "{urn:juki-hub:shoukai:1}項目値").text = f"値{number}"
        read = rows.read(zei.written(payload))

        assert [(one["照会番号"], one["照会結果項目/項目値"]) for one in read] == [("SH-1", "値1"), ("SH-1", "値2")]

    def test_an_item_without_a_column_is_refused(self) -> None:
        """What the ward decides to add must have its column first; nothing is left out in silence."""
        with pytest.raises(Refused) as refused:
            zei.written(built("iten", "異動情報", {"異動事由": "TENKYO", "国籍地域": "KOR"}))

        assert refused.value.facts["field"] == "国籍地域"
