"""connectors.juki.characters, kana, items: texts as the files of 住基ネット want them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from connectors.juki.characters import gaiji, length, pattern, substitute
from connectors.juki.items import NAMES
from connectors.juki.kana import hiragana, seion
from connectors.juki.tables import read_rows
from hub.domainchecks import character_count, gaiji_count

ROOT = Path(__file__).resolve().parents[2]
KANJI = st.sampled_from("髙﨑葛辻𠮷渡邉\U0010de92\U0010dc31一A　")
TEXTS = st.lists(st.tuples(KANJI, st.sampled_from(["", "\U000e0100", "\U000e0102"])), max_size=12)


class TestCounts:
    @given(TEXTS)
    @settings(max_examples=80)
    def test_counts_as_the_hub_counts(self, pairs: list[tuple[str, str]]) -> None:
        """Sender and hub, with code of their own, agree on 項目長 and 外字数."""
        text = "".join(character + selector for character, selector in pairs)

        assert (character_count(text), gaiji_count(text)) == (length(text), gaiji(text))

    def test_a_selector_is_no_character_and_plane_16_is_gaiji(self) -> None:
        """葛 with its selector is one character; only the private use area is 外字."""
        assert (length("葛\U000e0100西"), gaiji("葛\U000e0100西")) == (2, 0)
        assert (length("髙\U0010de92﨑"), gaiji("髙\U0010de92﨑")) == (3, 1)


class TestSubstitute:
    @pytest.mark.parametrize(
        ("text", "shown", "positions"),
        [
            ("佐藤　蓮", "佐藤　蓮", "0000"),
            ("髙橋", "高橋", "10"),
            ("𠮷田", "吉田", "10"),
            ("葛\U000e0100城", "葛城", "10"),
            ("\U0010de92原", "〓原", "10"),
        ],
    )
    def test_shows_what_jis_x_0213_has(self, text: str, shown: str, positions: str) -> None:
        """Variants become their plain form, a 外字 becomes 〓, and the map marks each."""
        found = substitute(text)

        assert (shown, positions) == (found.text, found.positions)

    def test_every_surname_has_a_substitute(self) -> None:
        """Only 外字 end as 〓, and what is shown can be encoded."""
        for row in read_rows("names.csv"):
            found = substitute(row["text"])

            assert gaiji(row["text"]) == found.text.count("〓")
            assert found.text.encode("euc_jis_2004")


class TestPattern:
    def test_is_a_square_of_dots_for_a_gaiji_and_nothing_otherwise(self) -> None:
        """72 bytes, 24 by 24 dots, the same for the same character."""
        assert len(base64.b64decode(pattern("あ\U0010de92"))) == 72
        assert pattern("\U0010de92") == pattern("原\U0010de92")
        assert not pattern("髙橋")


class TestKana:
    def test_turns_katakana_to_hiragana_and_takes_the_marks_off(self) -> None:
        """ふりがな and 清音化かな of file 2."""
        assert hiragana("ヴァン　ハート・パダ") == "ゔぁん　はーと・ぱだ"
        assert seion(hiragana("ヴァン　ハート・パダ")) == "うぁん　はーと・はた"


class TestItemNames:
    def test_every_item_of_file_1_has_a_place_in_the_record(self) -> None:
        """The 86 element names of xsd/item-names.yaml, in its order, and no other."""
        document = YAML(typ="safe", pure=True).load((ROOT / "xsd" / "item-names.yaml").read_text("utf-8"))
        names = tuple(entry["element"] for entry in document["files"][0]["items"])

        assert names == NAMES
