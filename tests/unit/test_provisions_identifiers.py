"""Where each identifier may travel, and the scan for numbers in free text."""

from __future__ import annotations

import re
import timeit
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.checkdigits import is_juuminhyou_code, is_kojin_bangou, juuminhyou_code_digit, kojin_bangou_digit
from hub.codes import idn
from hub.errors import Refused
from hub.provisions.identifiers import (
    Identifier,
    carried,
    check_identifiers,
    find_number,
    find_numbers,
    identifiers_in,
)
from tests import samples

XSD = Path(__file__).resolve().parents[2] / "xsd"
KOJIN, CODE, FUGOU, TOUGOU = (
    Identifier.KOJIN_BANGOU,
    Identifier.JUUMINHYOU_CODE,
    Identifier.FUGOU,
    Identifier.TOUGOU_ATENA,
)
ENDPOINTS = (
    *(
        "juki",
        "cs",
        "moj",
        "atena",
        "chukan",
        "conbini",
        "zei",
        "課税課",
        "介護保険課",
        "zenkoku",
        "nws",
        "card",
        "to-sv",
    ),
    *("koseki", "inkan", "shinsei", "gakumu", "kodomo-nyuen", "eshin"),
    *("kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho", "jidou", "senkyo"),
)
TYPES = tuple(sorted(set(samples.types()) - {"ANSWER"}))
ASKING = ("zei", "kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho")
# domain of the flows: which identifiers stand on which edge, everything else none.
EXPECTED = {
    ("HK-UPD", "juki", "cs"): {KOJIN, CODE},
    ("TS-CERT", "cs", "juki"): {KOJIN, CODE},
    ("SF-SEND", "juki", "cs"): {KOJIN, CODE},
    ("AT-REG", "juki", "atena"): {KOJIN},
    ("CK-DBM", "atena", "chukan"): {TOUGOU},
    ("SG-CHK", "juki", "cs"): {CODE},
    ("SG-RES", "cs", "juki"): {CODE},
    ("BN-REQ", "juki", "cs"): {CODE},
    ("BN-RES", "cs", "juki"): {KOJIN, CODE},
    ("CK-FGC", "juki", "cs"): {CODE},
    ("CK-FGU", "atena", "juki"): {TOUGOU},
    ("CK-4J", "chukan", "atena"): {TOUGOU},
    ("CK-4J", "atena", "juki"): {TOUGOU},
    ("CK-4R", "juki", "atena"): {TOUGOU},
    ("CK-4R", "atena", "chukan"): {TOUGOU},
    ("CK-SKI", "atena", "chukan"): {TOUGOU},
    ("CK-SKR", "chukan", "atena"): {TOUGOU},
    **{("CK-SKI", system, "atena"): {TOUGOU} for system in ASKING},
    **{("CK-SKR", "atena", system): {TOUGOU} for system in ASKING},
    ("CK-EXP", "chukan", "atena"): {TOUGOU},
    ("SN-FILE", "shinsei", "juki"): {KOJIN},
}
PERSON = "454972364860"  # synthetic: right check digits, no one's number
RESIDENT = "24727059608"

persons = st.text("0123456789", min_size=11, max_size=11).map(lambda digits: digits + kojin_bangou_digit(digits))
residents = st.text("0123456789", min_size=10, max_size=10).map(lambda digits: digits + juuminhyou_code_digit(digits))
joints = st.sampled_from(["", "-", " ", "\u3000", "・", "\uff65", "－", "‐", "―", "\u200b", " - ", ".", "\n", "ー"])
scripts = st.sampled_from([0x30, 0xFF10, 0x660, 0x966, 0x1D7CE])


def in_script(digits: str, zero: int) -> str:
    return "".join(chr(zero + int(digit)) for digit in digits)


class TestCarried:
    @pytest.mark.parametrize("message_type", TYPES)
    def test_every_edge_that_is_not_listed_carries_nothing(self, message_type: str) -> None:
        """Of all types x senders x recipients, exactly the listed edges carry an identifier without a grant."""
        for sender in ENDPOINTS:
            for recipient in ENDPOINTS:
                edge = (message_type, sender, recipient)

                assert carried(*edge) == EXPECTED.get(edge, set())

    def test_a_grant_matters_on_the_transfer_only(self) -> None:
        """B7-1 carries 個人番号 where items.yaml grants it; a grant adds nothing to another edge, and nothing but 個人番号."""
        everything = ("個人番号", "住民票コード", "団体内統合宛名番号", "情報提供用個人識別符号")

        assert carried("JK-CHG", "juki", "課税課", ("氏名", "個人番号")) == {KOJIN}
        assert carried("JK-CHG", "juki", "課税課", ("氏名",)) == set()
        assert carried("JK-CHG", "juki", "課税課", everything) == {KOJIN}
        assert carried("JK-CHG", "zei", "課税課", everything) == set()
        for message_type in set(TYPES) - {"JK-CHG"}:
            for recipient in ENDPOINTS:
                edge = (message_type, "juki", recipient)
                assert carried(*edge, everything) == EXPECTED.get(edge, set())

    def test_no_grant_opens_the_link_to_the_family_register(self) -> None:
        """X6 stands above grants: not even on B7-1 would a number go to or come from 戸籍."""
        assert carried("JK-CHG", "juki", "koseki", ("個人番号",)) == set()

    def test_the_sign_of_the_network_travels_nowhere(self) -> None:
        """符号 is on none of the hub's edges (S30)."""
        assert all(FUGOU not in carried(t, s, r) for t in TYPES for s in ENDPOINTS for r in ENDPOINTS)


class TestIdentifiersIn:
    def test_knows_every_element_of_the_schemas(self) -> None:
        """Each element whose type is 個人番号 or 住民票コード, and each named 団体内統合宛名番号, counts as that identifier."""
        kinds = {"KojinBangou": KOJIN, "JuuminhyouCode": CODE}
        found = 0
        for path in sorted(XSD.rglob("*.xsd")):
            for name, kind in re.findall(r'<xs:element name="([^"]+)" type="([^"]+)"', path.read_text("utf-8")):
                wanted = TOUGOU if name == "団体内統合宛名番号" else kinds.get(kind)
                found += wanted is not None

                assert identifiers_in([name]) == ({wanted} if wanted else set())
        assert found >= 10


class TestCheckIdentifiers:
    @pytest.mark.parametrize("item", ["個人番号", "住民票コード", "旧住民票コード", "団体内統合宛名番号", "符号"])
    @pytest.mark.parametrize(
        "edge",
        [
            *(("TN-NOTE", "juki", "cs"), ("MJ-OUT", "juki", "moj"), ("CV-UPD", "juki", "conbini")),
            *(("TS-REQ", "juki", "cs"), ("TN-IN", "cs", "juki"), ("CK-TKY", "chukan", "atena")),
            ("CK-TKR", "atena", "chukan"),
            *(("KS-NOTE", "koseki", "juki"), ("CV-CERT", "koseki", "conbini"), ("SK-INFO", "kaigo", "juki")),
            *(("SN-LINK", "juki", "shinsei"), ("CK-EXP", "atena", "juki"), ("CK-SKI", "senkyo", "atena")),
        ],
    )
    def test_an_identifier_off_its_edge_is_refused(self, edge: tuple[str, str, str], item: str) -> None:
        """On a number-free flow each identifier is refused by name."""
        with pytest.raises(Refused) as caught:
            check_identifiers(*edge, ["氏名", item], [])

        assert caught.value.code is idn.NOT_ON_THIS_EDGE
        assert caught.value.facts["identifiers"] == next(iter(identifiers_in([item]))).value

    def test_the_atena_number_stays_behind_the_shared_function(self) -> None:
        """C1: 団体内統合宛名番号 from atena to chukan; before it the copy goes by 宛名番号; 個人番号 on neither leg."""
        check_identifiers("CK-DBM", "atena", "chukan", ["団体内統合宛名番号"], [])
        check_identifiers("CK-DBM", "juki", "atena", ["宛名番号"], [])
        for leg, item in ((("juki", "atena"), "団体内統合宛名番号"), (("atena", "chukan"), "個人番号")):
            with pytest.raises(Refused):
                check_identifiers("CK-DBM", *leg, [item], [])

    def test_the_two_legs_of_the_sign_never_meet(self) -> None:
        """C2: the 共通機能 asks without 住民票コード, the CS is told no 宛名番号 of the body."""
        check_identifiers("CK-FGU", "atena", "juki", ["処理通番", "宛名番号", "団体内統合宛名番号"], [])
        check_identifiers("CK-FGC", "juki", "cs", ["処理通番", "住民票コード"], [])
        for edge, item in (
            (("CK-FGU", "atena", "juki"), "住民票コード"),
            (("CK-FGC", "juki", "cs"), "団体内統合宛名番号"),
            (("BN-REQ", "juki", "cs"), "個人番号"),
            (("SG-CHK", "juki", "cs"), "個人番号"),
            (("SN-FILE", "shinsei", "juki"), "住民票コード"),
        ):
            with pytest.raises(Refused) as caught:
                check_identifiers(*edge, [item], [])
            assert caught.value.code is idn.NOT_ON_THIS_EDGE

    def test_a_number_in_a_note_is_refused_and_not_repeated(self) -> None:
        """The refusal names the place of the text and the kind of number, never a digit of it."""
        with pytest.raises(Refused) as caught:
            check_identifiers("MJ-OUT", "juki", "moj", ["備考"], ["特になし", f"番号は{PERSON}です"])

        assert caught.value.code is idn.NUMBER_IN_TEXT
        assert dict(caught.value.facts) == {"identifier": "個人番号", "place": 2}
        assert PERSON not in str(caught.value)

    def test_each_edge_scans_for_what_it_may_not_carry(self) -> None:
        """C0 may carry 個人番号 but no 住民票コード, not in a text either; A1-3 may carry both, so nothing is scanned."""
        check_identifiers("AT-REG", "juki", "atena", ["個人番号"], [PERSON])
        check_identifiers("HK-UPD", "juki", "cs", ["個人番号", "住民票コード"], [PERSON, RESIDENT])
        with pytest.raises(Refused) as caught:
            check_identifiers("AT-REG", "juki", "atena", ["個人番号"], [RESIDENT])

        assert caught.value.facts["identifier"] == "住民票コード"

    def test_a_department_without_the_number_may_not_get_it_in_a_note(self) -> None:
        """On B7-1 the scan follows the grant."""
        check_identifiers("JK-CHG", "juki", "課税課", ["個人番号"], [PERSON], ["個人番号"])
        with pytest.raises(Refused):
            check_identifiers("JK-CHG", "juki", "課税課", [], [PERSON], ["氏名"])


class TestFindNumber:
    @settings(max_examples=150, deadline=None)
    @given(persons | residents, st.data(), scripts)
    def test_finds_a_number_in_any_script_with_any_joints(self, number: str, data: st.DataObject, zero: int) -> None:
        """Spread with blanks, hyphens and dots, in any script, between words: the number is found."""
        shown = "".join(in_script(digit, zero) + data.draw(joints) for digit in number[:-1]) + in_script(
            number[-1], zero
        )
        kind = KOJIN if len(number) == 12 else CODE

        assert kind in set(find_numbers(f"番号は{shown}です"))

    @pytest.mark.parametrize(
        "text",
        [
            "四五四九七二三六四八六〇",
            "④⑤④⑨⑦②③⑥④⑧⑥⓪",
            "⁴⁵⁴⁹⁷²³⁶⁴⁸⁶⁰",
            "４５４９ ７２３６ ４８６０",
            "X454972364860Y",
            "令和7年度 4549-7236-4860",
            "12 4549 7236 4860",
            "4\u00ad5\u200b4\ufe0f9７２３６４８６０",
        ],
    )
    def test_finds_what_people_write(self, text: str) -> None:
        """Kanji digits, circled and superscript digits, full width, glued to letters, after other digits."""
        assert find_number(text) is KOJIN

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "足立区中央本町一丁目17番1号 1203号室",
            "454972364861",
            "9454972364860",
            "4549723648600",
            "20260401123456789",
            "45497236486",
            "4549/7236/4860",
            "4549----7236----4860",
            "120-8510",
            "2026-04-01 12:34",
        ],
    )
    def test_leaves_alone_what_is_none(self, text: str) -> None:
        """A wrong check digit, a longer group of digits, other separators, addresses, times and postal codes are no number."""
        assert find_number(text) is None

    def test_names_each_kind_in_order(self) -> None:
        """A text with both gives both, in the order in which they stand."""
        assert list(find_numbers(f"{RESIDENT}と{PERSON}")) == [CODE, KOJIN]
        assert find_number(f"{RESIDENT}と{PERSON}") is CODE

    @settings(max_examples=150, deadline=None)
    @given(st.text(max_size=60))
    def test_any_text_is_read_without_an_error(self, text: str) -> None:
        """Whatever the characters, the scan ends with a kind or None."""
        assert find_number(text) in {None, KOJIN, CODE}

    @settings(max_examples=150, deadline=None)
    @given(st.text("0123456789", min_size=1, max_size=20))
    def test_one_group_is_a_number_only_as_a_whole(self, digits: str) -> None:
        """A single group of digits is found exactly when it is itself a valid number: no window inside it counts."""
        assert (find_number(digits) is not None) == (is_kojin_bangou(digits) or is_juuminhyou_code(digits))

    def test_false_positives_are_about_one_in_ten(self) -> None:
        """What the module says of itself: mobile telephone numbers in a note are taken for a 住民票コード about 1 time in 10."""
        hits = sum(
            find_number(f"090-{n // 10000:04d}-{n % 10000:04d}") is not None for n in range(0, 100_000_000, 33_337)
        )

        assert 0.07 < hits / 3000 < 0.12

    def test_a_long_run_of_digits_costs_in_proportion(self) -> None:
        """Ten times the digits take about ten times the time, not a hundred times: nobody can stop the hub with a note."""
        short, long = (_seconds("0 " * count) for count in (2_000, 20_000))

        assert long < 40 * short


def _seconds(text: str) -> float:
    """The best of three scans."""
    return min(timeit.repeat(lambda: list(find_numbers(text + "1")), number=1, repeat=3))
