"""connectors.kit.text.substitution: 代替文字, held against the hub's own check of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.text import CharacterSet, result, substitute
from connectors.kit.text.characters import characters, gaiji_count, length
from connectors.kit.text.substitution import Substitution, known_substitutes, read_substitutes
from connectors.kit.text.tables import character, own_table, rows
from hub.domainchecks import check
from hub.errors import Misconfigured, Refused
from tests import samples

JIS = CharacterSet.EUC_JIS_2004.holds
CP932 = CharacterSet.CP932.holds
# Characters that a name may have: no blank, control or lost one, which the hub refuses before it looks at substitutes.
NAMES = st.text(
    st.characters(min_codepoint=0x3041, max_codepoint=0xD7FF, categories=["Lo"])
    | st.sampled_from("髙﨑𠮷葛辻邉邊閒ıか゚゚＼～〜￠\ue001\U0010de92\ufa19\ufa11\ufa30"),
    min_size=1,
    max_size=12,
)


def level_1(text: str) -> bool:
    """Levels 1 of JIS X 0208 and what is no kanji: what some printers have."""
    try:
        return all(data < 0x9873 for data in (int.from_bytes(c.encode("shift_jis")) for c in text))
    except UnicodeEncodeError:
        return False


class TestSubstitute:
    @pytest.mark.parametrize(
        ("text", "shown", "positions"),
        [
            ("佐藤　蓮", "佐藤　蓮", "0000"),
            ("髙橋", "高橋", "10"),
            ("𠮷田", "吉田", "10"),
            ("葛\U000e0100城", "葛城", "10"),
            ("髙\U000e0100城", "高城", "10"),
            ("\U0010de92原", "〓原", "10"),
            ("渡邉﨑", "渡邉﨑", "000"),
            ("\ufa19山", "\ufa19山", "00"),
            ("\ufa1c子", "靖子", "10"),
            ("か゚髙゚", "か゚高〓", "0011"),
            ("ı", "〓", "1"),
        ],
    )
    def test_shows_what_jis_x_0213_has(self, text: str, shown: str, positions: str) -> None:
        """Variants become their plain form, what has none becomes 〓, and the map marks each."""
        assert substitute(text, "氏名漢字", JIS) == Substitution(shown, positions)

    @pytest.mark.parametrize(
        ("text", "holds", "shown"),
        [
            ("𠮷田鷗\U0002123d", CP932, "吉田鴎土"),
            ("一〜二", CP932, "一～二"),
            ("￠", JIS, "¢"),
            ("渡邉髙﨑濵", level_1, "渡辺高崎浜"),
            ("\ue000", CP932, "〓"),
        ],
    )
    def test_serves_other_sets_with_the_same_table(self, text: str, holds: object, shown: str) -> None:
        """The first substitute that the set has; a user-defined code of ours is never theirs."""
        assert substitute(text, "住所", holds).text == shown  # type: ignore[arg-type]

    @pytest.mark.parametrize("mark", ["〓", "\ufffd"])
    def test_refuses_a_text_that_has_lost_something(self, mark: str) -> None:
        """Its map could not tell their mark from ours."""
        with pytest.raises(Refused) as caught:
            substitute("渡" + mark, "氏名漢字", JIS)

        assert caught.value.code.id == "HUB-KIT-064"
        assert dict(caught.value.facts) == {"place": "氏名漢字", "position": 2, "point": f"U+{ord(mark):04X}"}

    @given(NAMES)
    def test_a_map_tells_all_that_changed(self, text: str) -> None:
        """One digit a character: 0 exactly where original and substitute are the same, so the rest is known to be kept."""
        found = substitute(text, "氏名漢字", JIS)
        before, after = characters(text), characters(found.text)

        assert JIS(found.text)
        assert len(before) == len(after) == len(found.positions)
        assert found.positions == "".join("01"[old != new] for old, new in zip(before, after, strict=True))

    @given(NAMES, NAMES)
    def test_the_hub_accepts_what_the_kit_makes(self, name: str, address: str) -> None:
        """Texts, maps, lengths and 変換結果 of a 対象者 pass HUB-CHK-007 to -009."""
        shown, place = substitute(name, "氏名漢字", JIS), substitute(address, "住所", JIS)
        found = result(shown, place)
        person = {
            **samples.soufusaki_person(),
            "氏名漢字項目長": str(length(name)),
            "氏名漢字": name,
            "氏名漢字外字数": str(gaiji_count(name)),
            "住所項目長": str(length(address)),
            "住所": address,
            "住所外字数": str(gaiji_count(address)),
            "外字フラグ": "01"[gaiji_count(name + address) > 0],
            "代替文字変換結果": found,
        }
        if found != "0":
            person |= {
                "代替文字氏名項目長": str(length(shown.text)),
                "代替文字氏名": shown.text,
                "代替文字住所項目長": str(length(place.text)),
                "代替文字住所": place.text,
                "代替文字氏名位置情報": shown.positions,
                "代替文字住所位置情報": place.positions,
            }

        check(samples.tree("SF-SEND", {"対象者": person}), "SF-SEND")

    def test_result(self) -> None:
        """0 nothing, 1 something, 9 something without a substitute, over all parts."""
        plain, shown, lost = Substitution("佐藤", "00"), Substitution("高橋", "10"), Substitution("〓原", "10")

        assert [result(plain), result(plain, shown), result(shown, lost)] == ["0", "1", "9"]


class TestTable:
    def test_what_a_row_shows_is_what_it_says(self) -> None:
        """The remark for readers shows the two characters of the code points, and names a source."""
        table = list(rows(own_table("substitutes.tsv")))

        assert len(table) > 100
        for _, (old, new, remark) in table:
            shown = [character(cell, "substitutes.tsv", 0) for cell in (old, new)]
            assert remark.split(" ")[:2] == shown
            assert set(remark.split(" ")[2]) <= set("JKMN")

    def test_every_substitute_is_in_both_sets(self) -> None:
        """Else a row would lead nowhere."""
        assert all(JIS(new) and CP932(new) for found in known_substitutes().values() for new in found)

    def test_every_row_serves_some_set(self) -> None:
        """A character of level 1 is in every set and needs no row."""
        assert all(not level_1(old) for old in known_substitutes())

    def test_a_ward_has_a_table_of_its_own(self) -> None:
        """Rows in the order of preference; also for a character with its selector, and for a 外字."""
        table = read_substitutes("U+845B U+E0100\tU+845B\nU+10DE92\tU+6FF5\nU+10DE92\tU+6D5C\n", "区")

        assert substitute("\U0010de92", "氏名", CP932, table).text == "濵"
        assert substitute("\U0010de92葛\U000e0100", "氏名", level_1, table).text == "浜葛"

    @pytest.mark.parametrize("line", ["U+9AD9", "髙\tU+9AD8", "U+9AD9\tU+9AD8U+9AD8"])
    def test_a_wrong_line_is_named(self, line: str) -> None:
        """By table and number."""
        with pytest.raises(Misconfigured) as caught:
            read_substitutes("# x\n" + line, "区")

        assert (caught.value.facts["table"], caught.value.facts["line"]) == ("区", 2)
