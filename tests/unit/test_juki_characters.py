"""connectors.juki: 外字パターン, kana and item names as the files of 住基ネット want them, and names that a card can show."""

from __future__ import annotations

import base64
from pathlib import Path

from ruamel.yaml import YAML

from connectors.juki.gaijipattern import pattern
from connectors.juki.items import NAMES
from connectors.juki.kana import hiragana, seion
from connectors.juki.tables import read_rows
from connectors.kit.text import CharacterSet, substitute
from connectors.kit.text.characters import gaiji_count

ROOT = Path(__file__).resolve().parents[2]


class TestSubstitutes:
    def test_every_surname_has_a_substitute(self) -> None:
        """Of the names that the town is made from, only 外字 end as 〓, and what is shown is of JIS X 0213."""
        for row in read_rows("names.csv"):
            found = substitute(row["text"], "氏名漢字", CharacterSet.EUC_JIS_2004.holds)

            assert gaiji_count(row["text"]) == found.text.count("〓")
            assert CharacterSet.EUC_JIS_2004.holds(found.text)


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
