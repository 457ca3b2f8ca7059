"""Schemas: what is accepted, under which code the rest is refused, and that no refusal shows a value."""

from __future__ import annotations

import hashlib
import re
import timeit
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub import envelope, xmlsig
from hub.errors import Faults, Refused
from hub.messages import Basis, Header
from hub.schemas import EndRule, HoldRule, Schemas, items_of
from hub.schemas.compiled import FREE_TEXT_TYPES
from hub.schemas.shapes import shape_of
from hub.xmlsig.precheck import precheck
from tests import fakehub, samples
from tests.schemafiles import XSD, files, schemas

NUMBER_FREE = (
    *("TN-NOTE", "MJ-OUT", "MJ-IN", "CV-UPD", "CK-DBM", "TS-REQ", "TN-IN", "CK-FGU", "CK-TKY", "CK-TKR", "CK-4J"),
    *("CK-4R", "CK-SKI", "CK-SKR", "CK-EXP", "CV-CERT", "KS-NOTE", "SK-INFO", "SN-LINK"),
)
# Where not even the number of the 共通機能 has a place; 戸籍 has none of any kind.
BODY_NUMBER_FREE = (
    "TS-REQ",
    "TN-IN",
    "CK-TKY",
    "CK-TKR",
    "CV-CERT",
    "KS-NOTE",
    "SK-INFO",
    "SN-FILE",
    "SN-LINK",
    "SG-CHK",
    "SG-RES",
)
PAYLOADS = sorted(set(samples.types()) - {"ANSWER"})
XS = "{http://www.w3.org/2001/XMLSchema}"
FREE = {"Name", "LatinName", "Kana", "KanaSeion", "Address", "Text", "Memo"}
NS = "{urn:juki-hub:atena:1}"
# Text that XML can hold and that is long enough not to stand in a message by accident.
NAMES = st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x9FA0, categories=["Lo"]), min_size=5, max_size=40)
ODD = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x10FFFD, exclude_categories=["Cs", "Cc", "Cn"]), min_size=9
)


def refusal(payload: etree._Element, kind: str = "AT-REG", version: int = 1) -> Refused:
    """The refusal of `payload`; fails when it is accepted."""
    with pytest.raises(Refused) as caught:
        schemas().validate(payload, kind, version)
    return caught.value


def message(payload: etree._Element, kind: str = "AT-REG", subjects: int = 1) -> etree._Element:
    """`payload` in an unsigned envelope about so many persons."""
    one = "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa"
    header = Header(
        tenant="131211",
        environment="test",
        message_id=one,
        conversation_id=one,
        type=kind,
        version=1,
        sender="juki",
        recipient="障がい福祉センター",
        created_at=datetime(2026, 4, 1, 0, 15, tzinfo=UTC),
        operator_digest="0" * 64,
        subjects=tuple(f"{one:A>22}" for one in range(subjects)),
        basis=Basis("利用", "statutes", "bangou-9-1", "事務", "情報"),
    )
    return envelope.build(header, payload)


class TestSamples:
    def test_every_type_of_the_catalogue_has_samples(self) -> None:
        """A type without a sample would be tested by nobody."""
        assert {kind for kind, _ in schemas().types} == set(samples.types())

    @pytest.mark.parametrize("kind", samples.types())
    def test_accepts_every_sample(self, kind: str) -> None:
        """A valid payload passes, alone and inside an envelope, and stays as it was."""
        for raw in samples.samples(kind):
            alone, inside = etree.fromstring(raw), etree.fromstring(raw)
            root = message(inside, kind)

            schemas().validate(alone, kind, 1)
            schemas().validate_envelope(root)
            schemas().validate(envelope.payload_of(root), kind, 1)

            assert etree.tostring(alone, encoding="UTF-8") == raw

    @pytest.mark.parametrize("kind", samples.types())
    def test_accepts_indentation(self, kind: str) -> None:
        """White space between items says nothing."""
        payload = samples.tree(kind)
        etree.indent(payload)

        schemas().validate(payload, kind, 1)

    @pytest.mark.parametrize("kind", samples.types())
    def test_items_are_among_the_items_of_the_type(self, kind: str) -> None:
        """What a payload carries is a part of what its type can carry."""
        assert all(items_of(etree.fromstring(raw)) <= schemas().types[kind, 1].items for raw in samples.samples(kind))


class TestItemsOf:
    def test_names_the_items_of_a_transfer(self) -> None:
        """Each child counts under its own name; children of a compound item do not."""
        payload = samples.tree("JK-CHG", {"世帯主の氏名及び世帯主との続柄": samples.HEAD})

        assert items_of(payload) == {
            *("異動事由", "異動年月日", "氏名", "生年月日", "性別", "住所", "個人番号", "宛名番号", "抑止フラグ"),
            "世帯主の氏名及び世帯主との続柄",
        }

    def test_looks_into_the_persons_of_a_letter(self) -> None:
        """The items of every 対象者 count; 対象者 is none."""
        found = items_of(samples.tree("SF-SEND", variant=1))

        assert {"個人番号", "住民票コード", "代替文字氏名", "対象となる人数"} <= found
        assert "対象者" not in found


class TestFreeText:
    @pytest.mark.parametrize("kind", ["KS-NOTE", "TN-NOTE", "TN-IN", "CV-UPD", "KK-CHG"])
    @pytest.mark.parametrize("name", ["本籍", "筆頭者"])
    def test_words_inside_an_item_are_words_too(self, kind: str, name: str) -> None:
        """戸籍の表示 holds 本籍 and 筆頭者: a number could hide there as well as in 住所, so both are searched."""
        assert name in schemas().types[kind, 1].texts

    @pytest.mark.parametrize("kind", PAYLOADS)
    def test_every_text_of_every_sample_is_found(self, kind: str) -> None:
        """By the types of the schema files themselves: what a person fills with words, at whatever depth."""
        shared = _types(kind)
        for variant in range(len(samples.samples(kind))):
            for element in samples.tree(kind, variant=variant).iter(etree.Element):
                name = etree.QName(element).localname
                if shared.get(name, "") in FREE_TEXT_TYPES and len(element) == 0:
                    assert name in schemas().types[kind, 1].texts


class TestClosed:
    @pytest.mark.parametrize("kind", samples.types())
    def test_refuses_an_unknown_element_anywhere(self, kind: str) -> None:
        """A stranger is refused before the first item, after the last, and in a foreign namespace; its name is not shown."""
        for name in (f"{{{schemas().types[kind, 1].namespace}}}東西南北", "{urn:other}東西南北", "東西南北"):
            for place in (0, len(samples.tree(kind))):
                payload = samples.tree(kind)
                payload.insert(place, etree.Element(name))

                refused = refusal(payload, kind)

                assert refused.code.id in {"HUB-XSD-004", "HUB-XSD-005"}
                assert "東西南北" not in refused.text() + refused.text("en") + repr(dict(refused.facts))

    @pytest.mark.parametrize("kind", NUMBER_FREE)
    @pytest.mark.parametrize("name", ["個人番号", "住民票コード", "旧住民票コード"])
    def test_number_free_types_have_no_place_for_a_number(self, kind: str, name: str) -> None:
        """Where the law lets no number travel, the schema has no element for one."""
        assert name not in schemas().types[kind, 1].items

    @pytest.mark.parametrize("kind", BODY_NUMBER_FREE)
    def test_the_number_of_the_shared_function_stays_around_it(self, kind: str) -> None:
        """団体内統合宛名番号 and 符号 have no element on other flows."""
        assert not {"団体内統合宛名番号", "符号", "情報提供用個人識別符号"} & schemas().types[kind, 1].items

    def test_the_family_register_has_no_element_for_any_number(self) -> None:
        """X6: not even 宛名番号."""
        assert [name for name in schemas().types["KS-NOTE", 1].items if "番号" in name] == ["通知番号"]

    @pytest.mark.parametrize("kind", PAYLOADS)
    def test_every_mandatory_item_must_stand(self, kind: str) -> None:
        """Taken out, each is missed, whichever valid payload it is taken from; and so is whatever stands in a choice."""
        mandatory = _mandatory(kind)
        assert mandatory
        for variant in range(len(samples.samples(kind))):
            for names in mandatory:
                payload = samples.tree(kind, variant=variant)
                for child in [one for one in payload if etree.QName(one).localname in names]:
                    payload.remove(child)

                assert refusal(payload, kind).code.id in {"HUB-XSD-004", "HUB-XSD-005"}, names

    @pytest.mark.parametrize("kind", PAYLOADS)
    def test_every_coded_item_is_typed(self, kind: str) -> None:
        """Words in the place of a number, a date or a code are refused; free text is what types.xsd calls so."""
        types = _types(kind)
        for variant in range(len(samples.samples(kind))):
            for place, leaf in enumerate(_leaves(samples.tree(kind, variant=variant))):
                if types[etree.QName(leaf).localname] in FREE:
                    continue
                payload = samples.tree(kind, variant=variant)
                _leaves(payload)[place].text = "試験"

                assert refusal(payload, kind).code.id == "HUB-XSD-006", leaf.tag

    @pytest.mark.parametrize(
        ("kind", "item", "bad"),
        [
            *(("BN-REQ", "住民票コード", bad) for bad in (samples.CODE[:-1], samples.CODE + "0", "")),
            *(("BN-RES", "個人番号", bad) for bad in (samples.NUMBER[:-1], samples.NUMBER + "0", "")),
            *(("CK-FGC", "処理通番", bad) for bad in (samples.NUMBER, samples.CODE, "1" * 15, "1" * 31)),
            *(("CK-FGU", "宛名番号", bad) for bad in ("1" * 16, "", "100-1")),
            *(("CK-4J", "団体内統合宛名番号", bad) for bad in ("1" * 16, "")),
            ("CK-TKR", "承認区分", "0"),
            *(("CK-TKY", "照会番号", bad) for bad in (samples.NUMBER, samples.CODE, "sh-1", "SH1")),
            ("CK-TKY", "提供許可証番号", ""),
            ("CK-TKY", "経路情報", ""),
            ("CK-TKY", "提供内容ダイジェスト", "5F" * 32),
            ("CK-TKR", "提供内容ダイジェスト", "5f" * 31),
            ("CK-TKY", "提供項目", "個人番号"),
            ("CK-TKY", "自動応答不可フラグ", ""),
            ("CK-4J", "照会項目", "個人番号"),
            ("SN-FILE", "版", "0"),
            ("SN-FILE", "版", "-1"),
            ("SN-FILE", "署名検証結果", "0"),
            ("SN-FILE", "署名検証結果", "9"),
            ("CV-CERT", "抑止フラグ", "2"),
        ],
    )
    def test_a_wrong_form_is_refused(self, kind: str, item: str, bad: str) -> None:
        """Too short, too long, empty, or in the form of another number: a 照会番号 cannot be a number of a person."""
        assert refusal(samples.tree(kind, {item: bad}), kind).code.id == "HUB-XSD-006"

    def test_a_filing_bears_no_certificate(self) -> None:
        """E4: serial and verdict are all that the schema knows of it."""
        assert {name for name in schemas().types["SN-FILE", 1].items if "証明書" in name} == {
            "署名用電子証明書シリアル番号"
        }

    def test_a_request_for_approval_knows_the_person_by_its_number_only(self) -> None:
        """C3: nothing in it is an item of the resident; 提供項目 are names."""
        assert schemas().types["CK-TKY", 1].items == {
            *("照会番号", "処理通番", "照会機関", "事務名", "特定個人情報名コード"),
            *("提供項目", "提供許可証番号", "経路情報", "提供内容ダイジェスト", "自動応答不可フラグ"),
        }

    def test_an_approval_says_yes_or_no_and_nothing_else(self) -> None:
        """C3: neither what is provided nor of whom."""
        assert schemas().types["CK-TKR", 1].items == {
            *("照会番号", "処理通番", "提供許可証番号", "提供内容ダイジェスト", "承認区分")
        }

    def test_atena_has_exactly_six_items(self) -> None:
        """Only the six basic items go to 統合宛名."""
        assert schemas().types["AT-REG", 1].items == {"個人番号", "氏名", "生年月日", "性別", "住所", "宛名番号"}

    def test_a_copy_names_one_number_only(self) -> None:
        """宛名番号 and 団体内統合宛名番号 exclude each other, and one must stand."""
        both = samples.tree("CK-DBM")
        both.insert(2, etree.Element("{urn:juki-hub:fukuhon:1}団体内統合宛名番号"))
        both[2].text = "1"
        neither = samples.tree("CK-DBM", {"宛名番号": None})

        assert refusal(both, "CK-DBM").code.id == "HUB-XSD-004"
        assert refusal(neither, "CK-DBM").code.id in {"HUB-XSD-004", "HUB-XSD-005"}

    def test_a_moving_certificate_needs_its_planned_day(self) -> None:
        """転出予定年月日 is mandatory, for it ends the record's life."""
        refused = refusal(samples.tree("TS-CERT", {"転出予定年月日": None}), "TS-CERT")

        assert refused.facts["expected"] == "転出予定年月日"

    def test_one_status_only(self) -> None:
        """A person is not 中長期在留者 and 特別永住者 at once."""
        payload = samples.tree("MJ-IN")
        payload.insert(len(payload) - 1, etree.Element("{urn:juki-hub:houmu:1}特別永住者である旨"))
        payload[-2].text = "2"

        assert refusal(payload, "MJ-IN").code.id == "HUB-XSD-004"


class TestCodes:
    def test_unknown_type_or_version(self) -> None:
        """Only the catalogue says which types exist."""
        payload = samples.tree("AT-REG")

        assert refusal(payload, "AT-NEW").code.id == "HUB-XSD-001"
        assert refusal(payload, "AT-REG", 2).code.id == "HUB-XSD-001"

    def test_payload_of_another_type(self) -> None:
        """The header's type chooses the schema, never the payload."""
        assert refusal(samples.tree("HK-UPD")).code.id == "HUB-XSD-002"
        assert refusal(etree.Element("宛名登録")).code.id == "HUB-XSD-002"

    @pytest.mark.parametrize(
        "node", [etree.Comment("x"), etree.ProcessingInstruction("x", "y")], ids=["comment", "instruction"]
    )
    def test_nodes_that_split_a_value(self, node: etree._Element) -> None:
        """A comment or an instruction inside an item is refused although XSD passes over it."""
        payload = samples.tree("AT-REG")
        payload[1].append(node)

        assert refusal(payload).code.id == "HUB-XSD-003"

    @pytest.mark.parametrize("name", ["type", "nil", "schemaLocation", "noNamespaceSchemaLocation"])
    def test_attributes_of_the_instance_namespace(self, name: str) -> None:
        """An instance may not choose types or schemas for itself."""
        payload = samples.tree("AT-REG")
        payload[1].set(f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}", "http://127.0.0.1:9/x.xsd")

        assert refusal(payload).code.id == "HUB-XSD-003"

    def test_element_out_of_place(self) -> None:
        """Known items in the wrong order are named, for their names are the schema's."""
        payload = samples.tree("AT-REG")
        payload.append(payload[0])

        refused = refusal(payload)

        assert refused.code.id == "HUB-XSD-004"
        assert dict(refused.facts) == {"path": "/宛名登録", "position": 1, "expected": "個人番号", "found": "氏名"}

    def test_missing_element(self) -> None:
        """The missing item is named."""
        refused = refusal(samples.tree("AT-REG", {"宛名番号": None}))

        assert refused.code.id == "HUB-XSD-005"
        assert refused.facts["expected"] == "宛名番号"

    @pytest.mark.parametrize(
        ("item", "value", "rule", "found"),
        [
            ("個人番号", "12345678901", "pattern", "数字11桁 / 11 digits"),
            ("個人番号", "１２３４５６７８９０１８", "pattern", "全角12文字 / 12 full-width characters"),
            ("個人番号", " 123456789018", "pattern", "半角13文字 / 13 ASCII characters"),
            ("性別", "3", "enumeration", "数字1桁 / 1 digits"),
            ("氏名", "", "minLength", "空 / empty"),
            ("氏名", "字" * 151, "maxLength", "全角151文字 / 151 full-width characters"),
            ("宛名番号", "AB12", "pattern", "英数字4文字 / 4 letters or digits"),
            ("生年月日", "1985-04-03", "pattern", "半角10文字 / 10 ASCII characters"),
        ],
    )
    def test_bad_value(self, item: str, value: str, rule: str, found: str) -> None:
        """Place, rule, what was expected and the shape of what was found."""
        refused = refusal(samples.tree("AT-REG", {item: value}))

        assert refused.code.id == "HUB-XSD-006"
        assert (refused.facts["path"], refused.facts["rule"]) == (f"/宛名登録/{item}", rule)
        assert refused.facts["found"] == found
        assert " / " in str(refused.facts["expected"])

    @pytest.mark.parametrize(
        "day", ["2026-02-30", "2026-4-1", "20260401", "0000-01-01", "2026-04-01Z", "2026-04-01+09:00"]
    )
    def test_a_date_is_a_day_that_exists_without_zone(self, day: str) -> None:
        """xs:date with one spelling."""
        refused = refusal(samples.tree("JK-CHG", {"異動年月日": day}), "JK-CHG")

        assert refused.code.id == "HUB-XSD-006"
        assert str(refused.facts["expected"]).startswith("年月日: YYYY-MM-DD")

    def test_a_surrounded_element_counts_positions(self) -> None:
        """The second of several persons is named as such."""
        payload = samples.tree("SF-SEND", variant=1)
        payload.findall("{*}対象者")[1].find("{*}性別").text = "9"  # type: ignore[union-attr]

        assert refusal(payload, "SF-SEND").facts["path"] == "/送付先情報/対象者[2]/性別"

    def test_attributes(self) -> None:
        """A payload has no attributes; the name of an unknown one is not shown."""
        payload = samples.tree("AT-REG")
        payload[1].set("山田花子", "値値値値値")

        refused = refusal(payload)

        assert (refused.code.id, refused.facts["path"]) == ("HUB-XSD-007", "/宛名登録/氏名/@?")
        assert "山田花子" not in repr(dict(refused.facts))

    def test_stray_text(self) -> None:
        """Text stands in items only."""
        payload = samples.tree("AT-REG")
        payload[2].tail = "山田花子"

        refused = refusal(payload)

        assert (refused.code.id, refused.facts["found"]) == ("HUB-XSD-008", "全角4文字 / 4 full-width characters")

    def test_children_in_a_simple_item(self) -> None:
        """A value has no structure."""
        payload = samples.tree("AT-REG")
        etree.SubElement(payload[1], f"{NS}氏名").text = "試験"

        assert refusal(payload).facts["found"] == "子要素 / child elements"


def _root(kind: str) -> etree._Element:
    """The declaration of the type's root element."""
    known = schemas().types[kind, 1]
    schema = etree.fromstring(files()[schemas()._schema_of[kind, 1]])
    return next(one for one in schema.iterchildren(f"{XS}element") if one.get("name") == known.root)


def _mandatory(kind: str) -> list[set[str]]:
    """The names of each part of the root's sequence that must stand: one element, or all that a choice may hold."""
    parts = _root(kind).iterfind(f"{XS}complexType/{XS}sequence/*")
    return [
        {one.get("name", "") for one in part.iter(f"{XS}element")} for part in parts if part.get("minOccurs") != "0"
    ]


def _types(kind: str) -> dict[str, str]:
    """Element name -> its type, of everything that may stand below the root."""
    schema = etree.fromstring(files()["common/1/items.xsd"])
    elements = [*schema.iter(f"{XS}element"), *_root(kind).iter(f"{XS}element")]
    return {one.get("name", ""): one.get("type", "") for one in elements}


def _leaves(payload: etree._Element) -> list[etree._Element]:
    return [element for element in payload.iter() if len(element) == 0]


class TestHold:
    def test_only_the_request_for_approval_may_wait(self) -> None:
        """C3, S14: the flag of 自動応答不可 is the one reason in the catalogue."""
        rules = {kind.type: kind.hold_when for kind in schemas().types.values() if kind.hold_when is not None}

        assert rules == {"CK-TKY": HoldRule("自動応答不可フラグ", "1")}

    def test_its_flag_always_stands(self) -> None:
        """A message cannot leave out the flag and so pass by; neither can it stand twice."""
        for flags in (None, ("0", "1"), ("1", "1")):
            assert refusal(samples.tree("CK-TKY", {"自動応答不可フラグ": flags}), "CK-TKY").code.id in {
                "HUB-XSD-004",
                "HUB-XSD-005",
            }

    @pytest.mark.parametrize(
        "rule",
        [
            '{element: 自動応答フラグ, value: "1"}',
            '{element: 提供項目, value: "1"}',
            "{element: 自動応答不可フラグ, value: 1}",
            '{element: 自動応答不可フラグ, value: "2"}',
            "{element: 自動応答不可フラグ}",
            '{element: 自動応答不可フラグ, value: "1", unless: "0"}',
            "true",
        ],
    )
    def test_a_rule_that_could_never_hold_is_a_fault(self, rule: str) -> None:
        """Its item is a mandatory flag of that root, and its value one that a flag can have."""
        text = files()["catalogue.yaml"].decode()
        given = '{element: 自動応答不可フラグ, value: "1"}'
        assert given in text

        with pytest.raises(Faults):
            Schemas.load({**files(), "catalogue.yaml": text.replace(given, rule).encode()})

    def test_an_optional_flag_cannot_hold(self) -> None:
        """Whoever leaves it out would not wait."""
        path = "teikyou/1/teikyou.xsd"
        loose = files()[path].replace(b'type="Flag"', b'type="Flag" minOccurs="0"')

        with pytest.raises(Faults) as caught:
            Schemas.load({**files(), path: loose})

        assert {fault.code.id for fault in caught.value.faults} == {"HUB-XSD-022"}


class TestEnd:
    def test_only_a_death_ends_anything(self) -> None:
        """S39: the update of a death ends 送付先情報, and nothing else in the catalogue ends anything."""
        rules = {kind.type: kind.ends_when for kind in schemas().types.values() if kind.ends_when is not None}

        assert rules == {"HK-UPD": EndRule("異動事由", "SHIBOU", frozenset({"SF-SEND"}))}

    @pytest.mark.parametrize(
        "rule",
        [
            "{element: 異動の事由, value: SHIBOU, types: [SF-SEND]}",
            "{element: 漢字氏名, value: SHIBOU, types: [SF-SEND]}",
            "{element: 異動事由, value: SHIBO, types: [SF-SEND]}",
            "{element: 異動事由, value: SHIBOU, types: [HK-UPD]}",
            "{element: 異動事由, value: SHIBOU, types: [XX-NONE]}",
            "{element: 異動事由, value: SHIBOU, types: []}",
            "{element: 異動事由, types: [SF-SEND]}",
        ],
    )
    def test_a_rule_that_could_never_hold_is_a_fault(self, rule: str) -> None:
        """Its item always stands and can have the value, and its types are such as the journal finds."""
        text = files()["catalogue.yaml"].decode()
        given = "{element: 異動事由, value: SHIBOU, types: [SF-SEND]}"
        assert given in text

        with pytest.raises(Faults):
            Schemas.load({**files(), "catalogue.yaml": text.replace(given, rule).encode()})


class TestReconciliation:
    def test_a_thousand_persons_and_no_more(self) -> None:
        """A batch and its result have up to 1,000 対象者."""
        lines = tuple({"住民票コード": samples.juuminhyou_code(one), "不一致区分": "2"} for one in range(1001))
        schemas().validate(samples.tree("SG-CHK", samples.seigou(1000)), "SG-CHK", 1)
        schemas().validate(samples.tree("SG-RES", {"対象者": lines[:1000]}), "SG-RES", 1)

        assert refusal(samples.tree("SG-CHK", samples.seigou(1001)), "SG-CHK").code.id == "HUB-XSD-004"
        assert refusal(samples.tree("SG-RES", {"対象者": lines}), "SG-RES").code.id == "HUB-XSD-004"

    def test_a_signed_batch_of_a_thousand_stays_within_every_limit(self) -> None:
        """With 1,000 Subjects it passes the pre-check and the size of its type."""
        kind = schemas().types["SG-CHK", 1]
        root = message(samples.tree("SG-CHK", samples.seigou(1000)), "SG-CHK", subjects=1000)
        raw = xmlsig.sign(root, fakehub.identity("juki").key, fakehub.identity("juki").certificate)

        schemas().validate_envelope(precheck(raw).root)
        assert (kind.multi_subject, kind.unordered) == (True, True)
        assert len(raw) < kind.max_bytes / 2


class TestNothingLeaks:
    @given(
        value=NAMES,
        kind=st.sampled_from(["AT-REG", "HK-UPD", "TS-CERT", "MJ-IN", "SF-SEND", "SG-RES", "CV-CERT", "CK-SKR"]),
        data=st.data(),
    )
    def test_no_value_appears_in_a_refusal(self, value: str, kind: str, data: st.DataObject) -> None:
        """Whatever a sender writes where, the refusal shows nothing of it, in no language and in no fact."""
        payload = samples.tree(kind)
        target = data.draw(st.sampled_from([element for element in payload.iter() if len(element) == 0]))
        way = data.draw(st.sampled_from(["text", "tail", "tag", "attribute", "attribute name", "child"]))
        _smuggle(target, way, value)

        try:
            schemas().validate(payload, kind, 1)
        except Refused as refused:
            shown = refused.text() + refused.text("en") + str(refused) + repr(dict(refused.facts)) + repr(refused.args)
            assert value not in shown

    @given(ODD)
    def test_a_shape_is_not_the_value(self, value: str) -> None:
        """Kind and number of characters, nothing else."""
        assert value not in str(shape_of(value))
        assert str(len(value)) in shape_of(value).ja

    def test_shapes(self) -> None:
        """The words for the kinds of text."""
        words = {text: shape_of(text).ja for text in ("", "　 ", "123", "a1", "a-1", "山田", "山a", "カナ", "ｶﾅ")}

        assert list(words.values()) == [
            *(
                "空",
                "空白2文字",
                "数字3桁",
                "英数字2文字",
                "半角3文字",
                "全角2文字",
                "混在2文字",
                "全角2文字",
                "混在2文字",
            )
        ]


def _smuggle(target: etree._Element, way: str, value: str) -> None:
    parent = target.getparent()
    assert parent is not None
    if way == "text":
        target.text = value
    elif way == "tail":
        target.tail = value
    elif way == "tag":
        target.tag = value
    elif way == "attribute":
        target.set("name", value)
    elif way == "attribute name":
        target.set(value, "1")
    else:
        etree.SubElement(target, value).text = value


class TestEnvelope:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Tenant", "13121"),
            ("Environment", "Production"),
            ("MessageId", "0195E7A0-5A10-7C3E-9D52-0B6A4C1F77AA"),
            ("ConversationId", "0195e7a0-5a10-4c3e-9d52-0b6a4c1f77aa"),
            ("Type", "at-reg"),
            ("Sender", "Juki"),
            ("Sender", "-juki"),
            ("Recipient", "障がい 福祉"),
            ("Recipient", "課税課<>"),
            ("Recipient", "a" * 41),
            ("CreatedAt", "2026-04-01T00:15:00Z"),
            ("CreatedAt", "2026-04-01T00:15:00.000+00:00"),
            ("Subject", "A" * 21),
            ("Subject", "A" * 22 + "="),
            ("OperatorDigest", "0" * 63),
        ],
    )
    def test_refuses_header_values(self, name: str, value: str) -> None:
        """Each form of the header is held, and its place named."""
        root = message(samples.tree("AT-REG"))
        root[0].find(f"{{*}}{name}").text = value  # type: ignore[union-attr]

        with pytest.raises(Refused) as caught:
            schemas().validate_envelope(root)

        assert (caught.value.code.id, caught.value.facts["path"]) == ("HUB-XSD-006", f"/Envelope/Header/{name}")

    @pytest.mark.parametrize(
        "department", ["障がい福祉センター", "中央本町地域・保健総合支援課", "ICT戦略推進担当課", "税"]
    )
    def test_accepts_department_names(self, department: str) -> None:
        """Departments are endpoints under their Japanese names."""
        root = message(samples.tree("AT-REG"))
        root[0].find("{*}Recipient").text = department  # type: ignore[union-attr]

        schemas().validate_envelope(root)

    @pytest.mark.parametrize(
        ("name", "attribute", "value"), [("Type", "version", "0"), ("Basis", "kind", "譲渡"), ("Basis", "table", None)]
    )
    def test_refuses_header_attributes(self, name: str, attribute: str, value: str | None) -> None:
        """An attribute that is wrong or missing is named."""
        root = message(samples.tree("AT-REG"))
        element = root[0].find(f"{{*}}{name}")
        assert element is not None
        if value is None:
            del element.attrib[attribute]
        else:
            element.set(attribute, value)

        with pytest.raises(Refused) as caught:
            schemas().validate_envelope(root)

        assert caught.value.code.id == "HUB-XSD-007"
        assert caught.value.facts["path"] == f"/Envelope/Header/{name}/@{attribute}"

    def test_basis_and_subject_stand_together(self) -> None:
        """Neither goes without the other; an answer goes without both."""
        for gone in (("Basis",), ("Subject",), ("Basis", "Subject")):
            root = message(samples.tree("ANSWER"), "ANSWER")
            for name in gone:
                root[0].remove(root[0].find(f"{{*}}{name}"))  # type: ignore[arg-type]
            if len(gone) == 2:
                schemas().validate_envelope(root)
            else:
                with pytest.raises(Refused):
                    schemas().validate_envelope(root)

    def test_the_body_has_one_child(self) -> None:
        """Two payloads, none, or one of the exchange namespace that is no Answer are refused."""
        for children in ((), ("AT-REG", "AT-REG"), ("ANSWER", "AT-REG")):
            root = message(samples.tree("AT-REG"))
            root[1].clear()
            root[1].extend([samples.tree(kind) for kind in children])
            with pytest.raises(Refused):
                schemas().validate_envelope(root)
        root = message(etree.Element("{urn:juki-hub:exchange:1}Header"))
        with pytest.raises(Refused):
            schemas().validate_envelope(root)

    def test_at_most_a_thousand_lines(self) -> None:
        """An answer has 1 to 1,000 lines."""
        line = {"MessageId": "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa", "Digest": "0" * 64, "Level": "partner-confirmed"}
        schemas().validate(samples.tree("ANSWER", {"Line": (line,) * 1000}), "ANSWER", 1)

        assert refusal(samples.tree("ANSWER", {"Line": (line,) * 1001}), "ANSWER").code.id == "HUB-XSD-004"
        assert refusal(samples.tree("ANSWER", {"Line": ()}), "ANSWER").code.id == "HUB-XSD-005"

    def test_another_root(self) -> None:
        """What is no Envelope is refused as such."""
        with pytest.raises(Refused) as caught:
            schemas().validate_envelope(samples.tree("AT-REG"))

        assert caught.value.code.id == "HUB-XSD-002"


class TestLoad:
    def test_types_carry_what_the_catalogue_says(self) -> None:
        """Flows, limits and lanes come from the data."""
        kind = schemas().types["SF-SEND", 1]

        assert (kind.namespace, kind.root) == ("urn:juki-hub:soufusaki:1", "送付先情報")
        assert (kind.flows, kind.unordered, kind.multi_subject) == (("A7-1",), True, True)
        assert kind.max_bytes == 1024 * 1024

    def test_the_digest_is_that_of_sha256sum(self) -> None:
        """Anyone can recompute it from the files, and every byte counts."""
        lines = [f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(files().items())]
        changed = {**files(), "common/1/types.xsd": files()["common/1/types.xsd"] + b"\n"}

        assert schemas().digest == hashlib.sha256("".join(lines).encode()).hexdigest()
        assert Schemas.load(changed).digest != schemas().digest

    def test_every_missing_file_is_named_at_once(self) -> None:
        """All faults in one reading."""
        some = {path: data for path, data in files().items() if path not in {"atena/1/atena.xsd", "common/1/items.xsd"}}

        with pytest.raises(Faults) as caught:
            Schemas.load(some)

        assert {fault.facts["file"] for fault in caught.value.faults} == {"atena/1/atena.xsd", "common/1/items.xsd"}
        assert {fault.code.id for fault in caught.value.faults} == {"HUB-XSD-020"}

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"../../common/1/types.xsd", b"http://127.0.0.1:9/types.xsd"),
            (b"../../common/1/types.xsd", b"../../../../../../etc/passwd"),
            (b"../../common/1/types.xsd", b"file:///etc/passwd"),
            (b"<xs:element", b'<xs:import namespace="urn:x" schemaLocation="x.xsd"/><xs:element'),
            (b"<xs:schema", b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><xs:schema'),
            (b'encoding="UTF-8"', b'encoding="UTF-7"'),
            (b'xmlns="urn:juki-hub:atena:1"', b'xmlns="urn:other"'),
            (b"</xs:schema>", b""),
            (b'type="SexCode"', b'type="NoSuchType"'),
        ],
    )
    def test_refuses_a_schema_that_reaches_out_or_is_broken(self, old: bytes, new: bytes) -> None:
        """Nothing but the given files is ever read."""
        path = "atena/1/atena.xsd"
        assert old in files()[path]

        with pytest.raises(Faults) as caught:
            Schemas.load({**files(), path: files()[path].replace(old, new, 1)})

        assert {fault.code.id for fault in caught.value.faults} <= {"HUB-XSD-020", "HUB-XSD-021"}

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("root: 宛名登録", "root: 住民票", "HUB-XSD-022"),
            ("type: KK-CHG", "type: JK-CHG", "HUB-XSD-022"),
            ("xsd: atena/1/atena.xsd", "xsd: atena/2/atena.xsd", "HUB-XSD-020"),
            ("max_bytes: 32768", "max_bytes: 10", None),
            ("unordered: true", "unordered: 1", None),
            ("multi_subject: true", "multi_subject: true, wide: true", None),
            ("format: 1", "format: 2", None),
        ],
    )
    def test_refuses_a_wrong_catalogue(self, old: str, new: str, code: str | None) -> None:
        """The catalogue is read strictly."""
        text = files()["catalogue.yaml"].decode()
        assert old in text

        with pytest.raises(Faults) as caught:
            Schemas.load({**files(), "catalogue.yaml": text.replace(old, new, 1).encode()})

        assert code is None or caught.value.faults[0].code.id == code

    def test_needs_a_catalogue(self) -> None:
        """Without it no type exists, and that is a fault."""
        with pytest.raises(Faults):
            Schemas.load({path: data for path, data in files().items() if path != "catalogue.yaml"})


class TestSpeed:
    @pytest.mark.parametrize("kind", ["AT-REG", "JK-CHG", "HK-UPD", "CV-UPD"])
    def test_a_small_payload_takes_less_than_a_tenth_of_a_millisecond(self, kind: str) -> None:
        """libxml2 on the hot path. The best of many runs, for other processes share the machine."""
        payload = samples.tree(kind)
        best = min(timeit.repeat(lambda: schemas().validate(payload, kind, 1), number=100, repeat=20)) / 100

        assert best < 0.0001


class TestTexts:
    def test_every_type_is_documented_in_both_languages(self) -> None:
        """What was expected can be said of every simple type."""
        for path in ("common/1/types.xsd", "exchange/1/envelope.xsd"):
            for kind in etree.fromstring(files()[path]).iter("{*}simpleType"):
                ja, en = (node.text or "" for node in kind.iter("{*}documentation"))

                assert re.search(r"[ぁ-ん一-龠ァ-ヶ]|UUID|SHA", ja), kind.get("name")
                assert re.search(r"[a-zA-Z]{2}", en), kind.get("name")

    def test_the_page_for_integrators_knows_every_type_and_reason(self) -> None:
        """docs/messages.md names each type with its version, root and flows, and each 異動事由."""
        page = (XSD.parent / "docs" / "messages.md").read_text("utf-8")
        rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| `")}
        types = etree.fromstring(files()["common/1/types.xsd"])
        reasons = [node.get("value", "") for node in types.iterfind("{*}simpleType[@name='EventCode']//{*}enumeration")]

        assert set(rows) == {f"`{kind}` {version}" for kind, version in schemas().types}
        assert all(f"`{kind.root}`" in rows[f"`{kind.type}` {kind.version}"] for kind in schemas().types.values())
        assert all(
            flow in rows[f"`{kind.type}` {kind.version}"] for kind in schemas().types.values() for flow in kind.flows
        )
        notices = [
            node.get("value", "") for node in types.iterfind("{*}simpleType[@name='KosekiNotice']//{*}enumeration")
        ]
        assert [one for one in notices if not re.search(rf"\b{one}\b", page)] == []
        assert len(reasons) == 21
        assert [reason for reason in reasons if not re.search(rf"\b{reason}\b", page)] == []
