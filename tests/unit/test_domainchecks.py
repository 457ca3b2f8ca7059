"""Domain checks: each rule under its code, at its place, and never a value."""

from __future__ import annotations

import timeit
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub.codes import chk
from hub.domainchecks import character_count, check, check_expiry, erase_day, gaiji_count
from hub.domainchecks.characters import character_fault, is_jis_x_0213, is_suspicious
from hub.domainchecks.filings import CONTENT_OF_CERTIFICATE, CONTENT_OF_FILING
from hub.errors import Code, Refused
from tests import samples
from tests.samples import Value
from tests.schemafiles import files, schemas

INSURANCE = "国民健康保険の被保険者該当の有無資格取得喪失年月日"
ALLOWANCE = "児童手当の受給開始終了年月"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
RISKY = st.text(
    st.sampled_from(
        "ab| 　山\n\t\u0085\u00a0\u200b\ufe00\ufe01\U000e0100\U000e0101\ufffd〓\ufdd0\U0010ffff\ue000\u2028|"
    ),
    max_size=5,
)


def refusal(payload: etree._Element, kind: str) -> Refused:
    """The refusal of `payload`, which fits its schema; fails when it is accepted."""
    schemas().validate(payload, kind, 1)
    with pytest.raises(Refused) as caught:
        check(payload, kind)
    return caught.value


def code_and_path(kind: str, changes: dict[str, Value]) -> tuple[str, object]:
    """Under which code, and where, a payload with `changes` is refused."""
    refused = refusal(samples.tree(kind, changes), kind)
    return refused.code.id, refused.facts["path"]


class TestSamples:
    @pytest.mark.parametrize("kind", samples.types())
    def test_accepts_every_sample(self, kind: str) -> None:
        """外字, variation selectors, unknown birth dates and substitutes among them."""
        for raw in samples.samples(kind):
            check(etree.fromstring(raw), kind)

    def test_samples_hold_what_they_promise(self) -> None:
        """The samples do have 外字 of both areas and a variation selector."""
        assert gaiji_count(samples.GAIJI_NAME) == 2
        assert len(samples.IVS_NAME) - character_count(samples.IVS_NAME) == 1


class TestNumbers:
    @pytest.mark.parametrize(
        ("kind", "item", "good", "code"),
        [
            ("HK-UPD", "個人番号", samples.NUMBER, "HUB-CHK-001"),
            ("AT-REG", "個人番号", samples.NUMBER, "HUB-CHK-001"),
            ("JK-CHG", "個人番号", samples.NUMBER, "HUB-CHK-001"),
            ("TS-CERT", "個人番号", samples.NUMBER, "HUB-CHK-001"),
            ("HK-UPD", "住民票コード", samples.CODE, "HUB-CHK-002"),
            ("JK-REC", "住民票コード", samples.CODE, "HUB-CHK-002"),
            ("HK-UPD", "市町村コード", samples.ADACHI, "HUB-CHK-003"),
            ("HK-UPD", "市町村コード転入前", samples.ADACHI, "HUB-CHK-003"),
            ("TN-NOTE", "市町村コード", samples.ADACHI, "HUB-CHK-003"),
            ("TS-CERT", "転出元市町村コード", samples.ADACHI, "HUB-CHK-003"),
            ("TS-CERT", "転出先市町村コード", samples.ADACHI, "HUB-CHK-003"),
            ("MJ-OUT", "市町村コード", samples.ADACHI, "HUB-CHK-003"),
            ("BN-REQ", "住民票コード", samples.CODE, "HUB-CHK-002"),
            ("BN-RES", "住民票コード", samples.CODE, "HUB-CHK-002"),
            ("BN-RES", "個人番号", samples.NUMBER, "HUB-CHK-001"),
            ("CK-FGC", "住民票コード", samples.CODE, "HUB-CHK-002"),
            ("SN-FILE", "個人番号", samples.NUMBER, "HUB-CHK-001"),
            ("TS-REQ", "転出元市町村コード", samples.ADACHI, "HUB-CHK-003"),
            ("TN-IN", "市町村コード", samples.ADACHI, "HUB-CHK-003"),
            ("TN-IN", "市町村コード転入前", samples.ADACHI, "HUB-CHK-003"),
            ("KS-NOTE", "受理市町村コード", samples.ADACHI, "HUB-CHK-003"),
        ],
    )
    def test_a_wrong_check_digit(self, kind: str, item: str, good: str, code: str) -> None:
        """Nine other last digits, each refused under the code of its number, without a digit in the refusal."""
        root = schemas().types[kind, 1].root
        for last in set("0123456789") - {good[-1]}:
            payload = samples.tree(kind, {item: good[:-1] + last})

            refused = refusal(payload, kind)

            assert (refused.code.id, refused.facts["path"]) == (code, f"/{root}/{item}")
            assert good[:5] not in refused.text() + refused.text("en")

    def test_every_numbered_item_of_a_schema_is_checked(self) -> None:
        """No element of a numbered type is forgotten by name."""
        types = {"KojinBangou", "JuuminhyouCode", "LgCode"}
        named = {
            element.get("name")
            for path, data in files().items()
            if path.endswith(".xsd")
            for element in etree.fromstring(data).iter("{*}element")
            if element.get("type") in types
        }
        from hub.domainchecks.check import NUMBERS  # noqa: PLC0415 - the table itself is the fact

        assert named == set(NUMBERS)

    @pytest.mark.parametrize("kind", ["SG-CHK", "SG-RES"])
    def test_every_person_of_a_reconciliation_is_checked(self, kind: str) -> None:
        """The last one too."""
        payload = samples.tree(kind, samples.seigou(3) if kind == "SG-CHK" else {})
        payload.findall("{*}対象者")[2].find("{*}住民票コード").text = "0" * 10 + "9"  # type: ignore[union-attr]

        refused = refusal(payload, kind)

        root = schemas().types[kind, 1].root
        assert (refused.code.id, refused.facts["path"]) == ("HUB-CHK-002", f"/{root}/対象者[3]/住民票コード")

    def test_a_municipality_inside_a_certificate_is_checked(self) -> None:
        """本籍地 stands one level deeper."""
        payload = samples.tree("CV-CERT", variant=2)
        payload.find("{*}戸籍証明情報/{*}本籍地市町村コード").text = "131210"  # type: ignore[union-attr]

        assert refusal(payload, "CV-CERT").code is chk.LG_CODE

    def test_inside_a_letter_and_an_envelope(self) -> None:
        """Every person is checked, and the path starts at the payload."""
        payload = samples.tree("SF-SEND", variant=1)
        envelope = etree.Element("{urn:juki-hub:exchange:1}Body")
        envelope.append(payload)
        payload.findall("{*}対象者")[2].find("{*}住民票コード").text = "0" * 10 + "9"  # type: ignore[union-attr]

        refused = refusal(payload, "SF-SEND")

        assert (refused.code.id, refused.facts["path"]) == ("HUB-CHK-002", "/送付先情報/対象者[3]/住民票コード")


class TestCounts:
    @pytest.mark.parametrize(
        "item",
        [
            "送付先住所漢字項目長",
            "送付先氏名漢字項目長",
            "市町村名項目長",
            "市町村住所項目長",
            "交付場所名項目長",
            "交付場所住所項目長",
        ],
    )
    def test_a_wrong_length_in_the_letter(self, item: str) -> None:
        """Each length counts its own text."""
        assert code_and_path("SF-SEND", {item: "99"}) == ("HUB-CHK-004", f"/送付先情報/{item}")

    @pytest.mark.parametrize("item", ["氏名漢字項目長", "氏名かな項目長", "住所項目長"])
    def test_a_wrong_length_of_a_person(self, item: str) -> None:
        """Also for each person."""
        person = {**samples.soufusaki_person(), item: "99"}

        assert code_and_path("SF-SEND", {"対象者": (person,)}) == ("HUB-CHK-004", f"/送付先情報/対象者/{item}")

    @pytest.mark.parametrize("item", ["外字数氏名", "外字数住所", "外字数転入前住所"])
    def test_a_wrong_count_of_gaiji(self, item: str) -> None:
        """An 外字数 without 外字."""
        assert code_and_path("HK-UPD", {item: "1", "外字フラグ": "1"}) == ("HUB-CHK-005", f"/本人確認情報更新/{item}")

    def test_gaiji_without_a_count(self) -> None:
        """外字 that the sender did not count."""
        assert code_and_path("HK-UPD", {"漢字氏名": samples.GAIJI_NAME})[0] == "HUB-CHK-005"

    def test_every_length_and_count_of_a_schema_is_checked(self) -> None:
        """Each 項目長 and 外字数 of files 2 and 3 stands in the tables."""
        from hub.domainchecks.check import _HONNIN, _LETTER, _PERSON  # noqa: PLC0415 - the tables are the fact

        items = schemas().types["HK-UPD", 1].items | schemas().types["SF-SEND", 1].items
        tables = [table for one in (_HONNIN, _LETTER, _PERSON) for table in (one.lengths, one.gaiji)]

        assert {name for table in tables for name in table} == {
            name for name in items if "項目長" in name or "外字数" in name
        }
        assert {name for table in tables for name in table.values()} <= items

    @pytest.mark.parametrize(("variant", "flag"), [(0, "1"), (1, "0")])
    def test_a_flag_that_contradicts_the_counts(self, variant: int, flag: str) -> None:
        """1 exactly where there is a 外字."""
        payload = samples.tree("HK-UPD", {"外字フラグ": flag}, variant)

        assert refusal(payload, "HK-UPD").code is chk.GAIJI_FLAG

    def test_the_flag_of_a_person_knows_the_letter(self) -> None:
        """A 外字 in the shared part of the letter counts for every person."""
        changes: dict[str, Value] = {"送付先氏名漢字": "\ue001\ue001　一郎", "送付先氏名漢字外字数": "2"}
        person = {**samples.soufusaki_person(), "外字フラグ": "1"}

        assert code_and_path("SF-SEND", changes)[0] == "HUB-CHK-006"
        check(samples.tree("SF-SEND", {**changes, "対象者": (person,)}), "SF-SEND")

    def test_the_number_of_persons(self) -> None:
        """対象となる人数 is how many stand there."""
        assert code_and_path("SF-SEND", {"対象となる人数": "2"}) == ("HUB-CHK-016", "/送付先情報/対象となる人数")


class TestSubstitutes:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"代替文字氏名位置情報": "00000"}, chk.SUBSTITUTE_MAP),
            ({"代替文字氏名位置情報": "11000"}, chk.SUBSTITUTE_MAP),
            ({"代替文字氏名位置情報": "1000"}, chk.SUBSTITUTE_MAP),
            ({"代替文字氏名": "髙橋　花子", "代替文字氏名位置情報": "00000"}, chk.SUBSTITUTE_CHARACTER),
            ({"代替文字氏名": "高橋　\ue001子", "代替文字氏名位置情報": "10010"}, chk.SUBSTITUTE_CHARACTER),
            ({"代替文字変換結果": "0"}, chk.SUBSTITUTE_RESULT),
            ({"代替文字変換結果": "9"}, chk.SUBSTITUTE_RESULT),
            ({"代替文字氏名": "高橋　〓子", "代替文字氏名位置情報": "10010"}, chk.SUBSTITUTE_RESULT),
            ({"代替文字氏名項目長": "4"}, chk.LENGTH),
        ],
    )
    def test_contradictions(self, changes: dict[str, Value], code: Code) -> None:
        """Substitute, map, length and result speak of the same characters."""
        person = {**samples.soufusaki_person("髙橋　花子", "高橋　花子", position="10000"), **changes}

        assert refusal(samples.tree("SF-SEND", {"対象者": (person,)}), "SF-SEND").code is code

    def test_a_result_without_substitutes(self) -> None:
        """1 or 9 need the items that they speak of."""
        person = {**samples.soufusaki_person(), "代替文字変換結果": "1"}

        assert code_and_path("SF-SEND", {"対象者": (person,)})[0] == "HUB-CHK-009"

    def test_a_longer_substitute_is_held_to_its_length_only(self) -> None:
        """Where one character becomes two, no digit can be told to belong to one."""
        person = samples.soufusaki_person("㈱橋　花子", "株式橋　花子", position="110000")

        check(samples.tree("SF-SEND", {"対象者": (person,)}), "SF-SEND")

    def test_the_repertoire(self) -> None:
        """JIS X 0213 has 﨑 and 鷗, and neither 髙 nor 𠮷 nor a variation."""
        found = {
            text: is_jis_x_0213(text) for text in ("﨑", "鷗", "〓", "髙", "𠮷", "葛\U000e0100", "\ue000", "丂", "ı")
        }

        assert found == {
            "﨑": True,
            "鷗": True,
            "〓": True,
            "髙": False,
            "𠮷": False,
            "葛\U000e0100": False,
            "\ue000": False,
            "丂": True,
            "ı": False,  # of JIS X 0212, which Python's codec writes too
        }


class TestCharacters:
    @pytest.mark.parametrize(
        ("value", "code"),
        [
            *((value, chk.BLANK) for value in ("試験 ", " 試験", "試験　", "　", "試験\u00a0", "\n試験", "試験\u2003")),
            *(
                (value, chk.CONTROL)
                for value in ("試\n験", "試\t験", "試\u0085験", "試\u200b験", "試\u202e験", "試\ufeff験")
            ),
            *((value, chk.UNMAPPABLE) for value in ("試\ufffd験", "試〓", "試\ufdd0験")),
            *((value, chk.VARIATION) for value in ("\U000e0100試験", "試　\ufe00験", "葛\U000e0100\U000e0101")),
        ],
    )
    def test_what_no_item_may_hold(self, value: str, code: Code) -> None:
        """Blanks at an end, control and invisible characters, lost characters, selectors of nothing."""
        refused = refusal(samples.tree("JK-CHG", {"氏名": value}), "JK-CHG")

        assert (refused.code, refused.facts["path"]) == (code, "/異動情報/氏名")

    @pytest.mark.parametrize(
        "value",
        ["𠮷野　家", "葛\U000e0100城", "\ue000\U000f0000\U0010fffd", "﨑\ufa19", "A|B", "O'Neill-Ó", "か\u3099"],
    )
    def test_what_any_item_may_hold(self, value: str) -> None:
        """外字, variations, supplementary and compatibility ideographs are names like others."""
        check(samples.tree("JK-CHG", {"氏名": value}), "JK-CHG")

    def test_lines_in_remarks_only(self) -> None:
        """備考 and メモ may have line feeds, and still no other control character."""
        check(samples.tree("JK-REC", {"備考": "一\n二"}), "JK-REC")

        assert code_and_path("JK-REC", {"備考": "一\t二"}) == ("HUB-CHK-011", "/住民基本台帳/備考")
        assert code_and_path("JK-REC", {"備考": "一\n"}) == ("HUB-CHK-010", "/住民基本台帳/備考")

    def test_inside_compound_items(self) -> None:
        """The rule reaches every text."""
        head = {**samples.HEAD, "世帯主の氏名": "試験 "}

        assert code_and_path("JK-REC", {"世帯主の氏名及び世帯主との続柄": head}) == (
            "HUB-CHK-010",
            "/住民基本台帳/世帯主の氏名及び世帯主との続柄/世帯主の氏名",
        )

    @given(st.lists(st.one_of(TEXT, RISKY), max_size=4))
    def test_the_fast_search_misses_nothing(self, texts: list[str]) -> None:
        """Where one text has a fault, the search over all of them raises suspicion."""
        faults = [text for text in texts if character_fault(text)]

        assert is_suspicious(texts) or faults == []

    @given(TEXT)
    def test_a_character_is_a_code_point_with_its_selector(self, text: str) -> None:
        """Adding a selector to a character adds no character."""
        assert character_count(text + "葛\U000e0100") == character_count(text) + 1


class TestDates:
    @pytest.mark.parametrize("day", ["20260230", "20250229", "19851131"])
    def test_a_day_that_does_not_exist(self, day: str) -> None:
        """The calendar is held where the pattern cannot."""
        assert code_and_path("AT-REG", {"生年月日": day}) == ("HUB-CHK-014", "/宛名登録/生年月日")

    def test_a_time_on_a_day_that_does_not_exist(self) -> None:
        """Also in a time stamp."""
        assert code_and_path("HK-UPD", {"タイムスタンプ": "20260230101530123"})[0] == "HUB-CHK-014"

    @pytest.mark.parametrize("day", ["00000000", "19850000", "19850200", "20240229"])
    def test_unknown_parts_and_leap_days(self, day: str) -> None:
        """00 is unknown, and 29 February exists in a leap year."""
        check(samples.tree("AT-REG", {"生年月日": day}), "AT-REG")

    @pytest.mark.parametrize(
        ("kind", "changes", "of"),
        [
            ("TS-CERT", {"転出予定年月日": "2020-03-31"}, "住所を定めた年月日"),
            ("TS-CERT", {"転出予定年月日": "1985-04-02"}, "生年月日"),
            ("TN-NOTE", {"転入年月日": "1985-04-02"}, "生年月日"),
            ("TN-IN", {"転入年月日": "1985-04-02"}, "生年月日"),
            ("KS-NOTE", {"事由の生じた年月日": "1985-04-02"}, "生年月日"),
            ("KS-NOTE", {"届出の年月日": "2026-03-31"}, "事由の生じた年月日"),
            ("SN-FILE", {"転出予定年月日": "1985-04-02"}, "生年月日"),
            ("CK-SKI", {"照会終了年月日": "2025-03-31"}, "照会開始年月日"),
            ("SK-INFO", {INSURANCE: {**samples.INSURED, "資格喪失年月日": "2020-03-31"}}, "資格取得年月日"),
        ],
    )
    def test_order(self, kind: str, changes: dict[str, Value], of: str) -> None:
        """Nobody moves out before moving in, nor before being born."""
        refused = refusal(samples.tree(kind, changes), kind)

        assert (refused.code.id, refused.facts["of"]) == ("HUB-CHK-015", of)

    def test_an_allowance_ends_after_it_began(self) -> None:
        """Months are in order too."""
        refused = refusal(
            samples.tree("SK-INFO", {ALLOWANCE: {"受給開始年月": "2026-04", "受給終了年月": "2026-03"}}, 4), "SK-INFO"
        )

        assert (refused.code, refused.facts["path"]) == (chk.DATE_ORDER, f"/資格情報/{ALLOWANCE}/受給終了年月")

    def test_a_booking_lies_after_the_birth(self) -> None:
        """The other kind of filing has its own day."""
        assert refusal(samples.tree("SN-FILE", {"来庁予定年月日": "1985-04-02"}, 1), "SN-FILE").code is chk.DATE_ORDER

    def test_a_verification_on_a_day_that_does_not_exist(self) -> None:
        """署名検証日時 is held against the calendar."""
        assert code_and_path("SN-FILE", {"署名検証日時": "20260230093000123"}) == (
            "HUB-CHK-014",
            "/電子申請/署名検証日時",
        )

    def test_the_day_of_erasure(self) -> None:
        """30 days after the planned day, the day after it being day 1; across a leap day too."""
        assert erase_day(samples.tree("TS-CERT")) == date(2026, 5, 1)
        assert erase_day(samples.tree("TS-CERT", {"転出予定年月日": "2028-02-01"})) == date(2028, 3, 2)

    @pytest.mark.parametrize("days", [-3, 0])
    def test_a_certificate_ends_on_that_day_or_before(self, days: int) -> None:
        """S22: at the first moment of the day behind it, in Japan."""
        end = datetime(2026, 5, 1, 15, 0, tzinfo=UTC)

        check_expiry(samples.tree("TS-CERT"), "TS-CERT", end + timedelta(days=days))
        with pytest.raises(Refused) as refused:
            check_expiry(samples.tree("TS-CERT"), "TS-CERT", end + timedelta(milliseconds=1))
        assert (refused.value.code, refused.value.facts["path"]) == (chk.EXPIRY, "/転出証明書情報/転出予定年月日")

    def test_a_certificate_has_an_end_and_others_need_none(self) -> None:
        """Only of a 転出証明書情報 does the document say when it must be gone unused."""
        check_expiry(samples.tree("AT-REG"), "AT-REG", None)

        with pytest.raises(Refused) as refused:
            check_expiry(samples.tree("TS-CERT"), "TS-CERT", None)
        assert refused.value.code is chk.EXPIRY

    def test_only_a_moving_certificate_has_one(self) -> None:
        """Any other payload is a mistake of the caller."""
        with pytest.raises(ValueError, match="no planned day"):
            erase_day(samples.tree("AT-REG"))


class TestEnquiries:
    @pytest.mark.parametrize("item", ["氏名", "生年月日", "性別", "住所"])
    def test_an_answer_holds_nothing_that_was_not_asked(self, item: str) -> None:
        """S17: each of the four items is refused where 回答項目 does not name it, and passes where it does."""
        asked = tuple(name for name in ("氏名", "生年月日", "性別", "住所") if name != item)

        refused = refusal(samples.tree("CK-4R", {"回答項目": asked}), "CK-4R")

        assert (refused.code, dict(refused.facts)) == (chk.NOT_ASKED, {"path": f"/四情報回答/{item}", "of": "回答項目"})
        check(samples.tree("CK-4R", {"回答項目": asked, item: None}), "CK-4R")

    @pytest.mark.parametrize(("variant", "kind"), [(0, "9"), (1, "1")])
    def test_an_answer_about_nobody_says_nothing(self, variant: int, kind: str) -> None:
        """該当者なし with items, or an answer without any, contradicts itself."""
        assert refusal(samples.tree("CK-4R", {"回答区分": kind}, variant), "CK-4R").code is chk.CONTENT_OF_KIND

    @pytest.mark.parametrize(
        ("kind", "item", "value"),
        [("CK-4J", "照会項目", "住所"), ("CK-4R", "回答項目", "住所"), ("CK-TKY", "提供項目", "世帯番号")],
    )
    def test_nothing_is_asked_twice(self, kind: str, item: str, value: str) -> None:
        """The second place is named."""
        refused = refusal(samples.tree(kind, {item: (value, value)}), kind)

        assert (refused.code, str(refused.facts["path"]).rpartition("/")[2]) == (chk.REPEATED, f"{item}[2]")

    @pytest.mark.parametrize("item", ["提供許可証番号", "経路情報", "照会機関", "事務名"])
    def test_a_request_for_approval_leaves_nothing_blank(self, item: str) -> None:
        """S13: 提供許可証 and 経路情報 must stand; a blank is none."""
        with pytest.raises(Refused):
            _whole_check(samples.tree("CK-TKY", {item: "　"}), "CK-TKY")

    @pytest.mark.parametrize(("variant", "kind"), [(0, "2"), (0, "9"), (1, "1")])
    def test_a_result_has_items_exactly_where_there_is_one(self, variant: int, kind: str) -> None:
        """結果あり without items, or items with another 区分."""
        payload = samples.tree("CK-SKR", {"照会結果区分": kind}, variant)

        assert refusal(payload, "CK-SKR").code is chk.CONTENT_OF_KIND


class TestReconciliation:
    def test_a_batch_of_a_thousand_passes(self) -> None:
        """All persons once."""
        check(samples.tree("SG-CHK", samples.seigou(1000)), "SG-CHK")

    def test_the_number_of_persons(self) -> None:
        """対象となる人数 is how many stand there."""
        assert code_and_path("SG-CHK", {"対象となる人数": "2"}) == ("HUB-CHK-016", "/整合性確認/対象となる人数")

    @pytest.mark.parametrize("kind", ["SG-CHK", "SG-RES"])
    def test_nobody_stands_twice(self, kind: str) -> None:
        """The same 住民票コード under two records."""
        payload = samples.tree(kind, samples.seigou(3) if kind == "SG-CHK" else {})
        codes = payload.findall("{*}対象者/{*}住民票コード")
        codes[2].text = codes[0].text

        assert refusal(payload, kind).code is chk.REPEATED

    @pytest.mark.parametrize(
        ("changes", "item"),
        [
            ({"不一致の人数": "2"}, "不一致の人数"),
            ({"照合した人数": "4"}, "照合した人数"),
            ({"一致した人数": "0"}, "照合した人数"),
            ({"対象者": ()}, "不一致の人数"),
        ],
    )
    def test_counts_agree_with_the_persons(self, changes: dict[str, Value], item: str) -> None:
        """不一致 are those listed; 照合した are those alike and those listed who stood in the question."""
        assert code_and_path("SG-RES", changes) == ("HUB-CHK-019", f"/整合性結果/{item}")

    @pytest.mark.parametrize(
        ("person", "code"),
        [
            ({"不一致区分": "3"}, chk.CONTENT_OF_KIND),
            ({"不一致区分": "1", "不一致項目名": "氏名"}, chk.CONTENT_OF_KIND),
            ({"不一致区分": "2", "不一致項目名": "氏名"}, chk.CONTENT_OF_KIND),
            ({"不一致区分": "3", "不一致項目名": ("氏名", "氏名")}, chk.REPEATED),
        ],
    )
    def test_items_differ_exactly_where_the_kind_says_so(self, person: dict[str, Value], code: Code) -> None:
        """項目相違 names the items, each once; a person on one side only has none."""
        changes: dict[str, Value] = {"対象者": ({"住民票コード": samples.CODE, **person},)}

        assert refusal(samples.tree("SG-RES", changes), "SG-RES").code is code


class TestFilings:
    @pytest.mark.parametrize(("version", "corrected"), [("1", "1"), ("2", "2"), ("2", "3"), ("2", None), ("1", "2")])
    def test_a_later_version_names_the_one_it_corrects(self, version: str, corrected: str | None) -> None:
        """S34: the first names none, each other a smaller one."""
        payload = samples.tree("SN-FILE", {"版": version, "訂正前の版": corrected})

        refused = refusal(payload, "SN-FILE")

        assert (refused.code, refused.facts["path"]) == (chk.VERSION_LINK, "/電子申請/版")

    @pytest.mark.parametrize(("variant", "kind"), [(0, "TENNYUU_YOYAKU"), (1, "TENSHUTSU")])
    def test_a_filing_has_the_day_of_its_kind(self, variant: int, kind: str) -> None:
        """転出届 plans a departure, 転入予約 a visit."""
        payload = samples.tree("SN-FILE", {"申請種別": kind}, variant)

        assert refusal(payload, "SN-FILE").code is chk.CONTENT_OF_KIND

    @pytest.mark.parametrize("variant", [0, 1, 2])
    def test_a_certificate_has_the_content_of_its_kind(self, variant: int) -> None:
        """Of the six kinds exactly those of this content pass."""
        contents = {0: {"INKAN"}, 1: {"KAZEI", "NOUZEI"}, 2: {"KOSEKI_ZENBU", "KOSEKI_KOJIN", "FUHYOU"}}
        passed = set()
        for kind in set().union(*contents.values()):
            payload = samples.tree("CV-CERT", {"証明書種別": kind}, variant)
            try:
                _whole_check(payload, "CV-CERT")
            except Refused as refused:
                assert refused.code is chk.CONTENT_OF_KIND  # noqa: PT017 - the other half of the same fact
            else:
                passed.add(kind)

        assert passed == contents[variant]

    def test_every_kind_of_the_schema_has_its_content(self) -> None:
        """The tables know each 証明書種別 and 申請種別 that the schema knows."""
        types = etree.fromstring(files()["common/1/types.xsd"])
        for name, table in (("CertificateKind", CONTENT_OF_CERTIFICATE), ("FilingKind", CONTENT_OF_FILING)):
            kinds = types.iterfind(f"{{*}}simpleType[@name='{name}']//{{*}}enumeration")
            assert {kind.get("value") for kind in kinds} == set(table)


def _whole_check(payload: etree._Element, kind: str) -> None:
    schemas().validate(payload, kind, 1)
    check(payload, kind)


class TestNothingLeaks:
    @given(
        st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA0), min_size=4, max_size=20),
        st.sampled_from([" ", "\ufffd", "\n", "\u200b"]),
    )
    def test_no_value_appears_in_a_refusal(self, value: str, fault: str) -> None:
        """Place and rule, nothing of the value."""
        value = (
            f"龘{value}"  # no item is called so: a value that is also a name of the schema would be found as that name
        )
        refused = refusal(samples.tree("JK-CHG", {"氏名": value + fault}), "JK-CHG")

        assert value not in refused.text() + refused.text("en") + repr(dict(refused.facts)) + repr(refused.args)


class TestSpeed:
    @pytest.mark.parametrize("kind", ["AT-REG", "JK-CHG", "HK-UPD", "CV-UPD"])
    def test_a_small_payload_takes_less_than_a_quarter_of_a_millisecond(self, kind: str) -> None:
        """The best of many runs, for other processes share the machine."""
        payload = samples.tree(kind)
        best = min(timeit.repeat(lambda: check(payload, kind), number=100, repeat=20)) / 100

        assert best < 0.00025
