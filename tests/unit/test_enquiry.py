"""hub.app.enquiry: a question by hand is read as printed, and answered as a message would be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.app.enquiry import Answer, ask_law
from hub.codes import idn, prv
from hub.edges import resources
from hub.errors import Code
from hub.provisions import load
from hub.provisions.decide import decide
from hub.provisions.identifiers import Identifier
from hub.provisions.model import Row
from hub.provisions.question import Question
from hub.schemas import Schemas

PROVISIONS = load.load(resources.provision_files())
SCHEMAS = Schemas.load(resources.xsd_files())
DAY = date(2026, 4, 1)
KOU2, FILE = "住民票関係情報", "住民基本台帳ファイル"
ROWS = tuple(PROVISIONS.rows.values())


def by_hand(table: str, item: str, recipient: str, information: str, channel: str, *items: str) -> Answer:
    return ask_law(PROVISIONS, SCHEMAS, Question(table, item, recipient, information, channel, DAY, frozenset(items)))


def code(answer: Answer) -> Code | None:
    return answer.decision.code


class TestReading:
    @pytest.mark.parametrize(
        ("table", "item", "recipient", "information", "channel"),
        [
            (
                "kou2",
                "1",
                "厚生労働大臣",
                "住民基本台帳法 第7条第4号に 規定する事項 (以下「住民票 関係情報」とい う。)",
                "nws",
            ),
            ("kou2", "1", "厚生労働大臣", "住民基本台帳法第7条第4号に規定する事項", "nws"),
            ("kou2", "57", "日本私立学校振興· 共済事業団", KOU2, "nws"),
            ("kou2", "53", "公営住宅法第2条第 16号に規定する事 業主体である市町村長", KOU2, "nws"),
            ("kou2", "53", "公営住宅法第２条第１６号に規定する事業主体である市町村長", KOU2, "nws"),
            ("ｋｏｕ２", "１６４", "都道府県知事", KOU2, "ＮＷＳ"),
            ("kou2", "15の項", "市町村長", KOU2, "nws"),
            ("beppyo", "第24項", "納税課", FILE, "chonai"),
            ("beppyo", "46", "高齢医療･年金課", FILE, "chonai"),
            ("beppyo", "111", "ﾃﾞｰﾀﾍﾙｽ推進課", FILE, "chonai"),
            ("beppyo", "8", "障がい福祉 課", FILE, "chonai"),
            ("statutes", "juki-30-6", "足立区ＣＳ", "本人確認情報", "hub"),
            ("statutes", "bangou-9-1", "共通機能（団体内統合宛名機能）", "宛名情報", "hub"),
        ],
    )
    def test_width_blanks_and_dots_are_those_of_the_page(
        self, table: str, item: str, recipient: str, information: str, channel: str
    ) -> None:
        """What is copied from the document, or typed in another width, is read as the name that is printed."""
        answer = by_hand(table, item, recipient, information, channel)

        assert answer.decision.permitted
        assert decide(PROVISIONS, answer.question).permitted

    @pytest.mark.parametrize(
        ("table", "item", "recipient", "information", "expected"),
        [
            ("kou2", "53", "市町村長", KOU2, prv.RECIPIENT_NOT_PARTY),  # the restriction belongs to the name
            ("kou2", "66", "国家公務員共済組合", KOU2, prv.RECIPIENT_NOT_PARTY),  # another body than its 連合会
            ("kou2", "81", "都道府県知事", KOU2, prv.ALIAS_NOT_CONFIRMED),
            ("kou2", "128", "広島市長", KOU2, prv.ROW_NOT_CONFIRMED),
            ("kou2", "152", "厚生労働大臣", "地方税関係情報", prv.ROW_NOT_CONFIRMED),
            ("kou2", "152", "厚生労働大臣", KOU2, prv.ROW_NOT_CONFIRMED),
            ("kou2", "2", "全国健康保険協会", "住民基本台帳法第7条第4号に規定する事項", prv.WRONG_INFORMATION),
            ("kou2", "166", "都道府県知事", "地方税関係情報", prv.WRONG_INFORMATION),
            ("kou2", "4", "健康保険組合", KOU2, prv.UNKNOWN_ITEM),
            ("kou3", "1", "厚生労働大臣", KOU2, prv.UNKNOWN_TABLE),
        ],
    )
    def test_nothing_else_is_guessed(
        self, table: str, item: str, recipient: str, information: str, expected: Code
    ) -> None:
        """Another name, a doubtful row or another information is refused as a message would be."""
        assert code(by_hand(table, item, recipient, information, "nws")) is expected

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: "/".join(row.key))
    def test_words_of_the_tables_stand_for_themselves(self, row: Row) -> None:
        """Every row, with every name that it knows: read as it was said, and never permitted where the law refuses."""
        for recipient in PROVISIONS.entries[row.key].access:
            question = Question(row.table, row.item, recipient, row.information, row.channel.value, DAY)
            answer = ask_law(PROVISIONS, SCHEMAS, question)

            assert answer.question == question
            assert answer.decision == decide(PROVISIONS, question)


class TestItems:
    @pytest.mark.parametrize("number", [*(one.value for one in Identifier), "旧住民票コード"])
    def test_a_flow_without_numbers_permits_none(self, number: str) -> None:
        """L620: the 転入通知 has no 特定個人情報; the 法務省 and コンビニ flows have no numbers either. The row alone does not say so."""
        for item, recipient, information in (
            ("juki-9-1", "cs", "転入通知情報"),
            ("nyukan-61-8-2", "moj", "市町村通知"),
            ("conbini-1", "conbini", "証明書元情報"),
        ):
            assert not by_hand("statutes", item, recipient, information, "hub", number).decision.permitted

    def test_a_number_is_permitted_to_whom_some_message_may_carry_it(self) -> None:
        """団体内統合宛名番号 goes from the 共通機能 to the 中間サーバー, and not to the 共通機能 itself."""
        row = ("statutes", "bangou-19-8-fukuhon")

        assert by_hand(*row, "chukan", "副本", "hub", "団体内統合宛名番号").decision.permitted
        assert code(by_hand(*row, "atena", "副本", "hub", "団体内統合宛名番号")) is idn.NOT_ON_THIS_EDGE

    @pytest.mark.parametrize("recipient", ["課税課", "zei"])
    def test_a_department_has_what_the_ward_granted(self, recipient: str) -> None:
        """個人番号 by the grant; 住民票コード by none."""
        asked = ("beppyo", "24", recipient, FILE, "chonai")

        assert by_hand(*asked, "氏名", "個人番号").decision.permitted
        assert code(by_hand(*asked, "住民票コード")) is prv.ITEM_NOT_ALLOWED

    def test_an_item_that_no_schema_has_is_refused_with_its_neighbours(self) -> None:
        """A row that allows all items of its message's schema allows no others."""
        answer = by_hand("statutes", "juki-30-6", "cs", "本人確認情報", "hub", "個人番号", "氏名")

        assert code(answer) is prv.ITEM_NOT_ALLOWED
        assert list(answer.items) == ["氏名"]
        assert "漢字氏名" in answer.items["氏名"]


class TestWhereElse:
    def test_an_unknown_name_finds_names_like_it(self) -> None:
        """Who types 障害福祉課 is shown 障がい福祉課 first."""
        answer = by_hand("beppyo", "8", "障害福祉課", FILE, "chonai")

        assert code(answer) is prv.RECIPIENT_NOT_PARTY
        assert answer.near[0] == "障がい福祉課"
        assert answer.rows == ()

    def test_a_known_name_finds_its_own_rows(self) -> None:
        """A party of other rows is shown which: each of them knows it and is in force."""
        answer = by_hand("beppyo", "24", "介護保険課", FILE, "chonai")

        assert answer.near == ()
        assert answer.rows == ("beppyo/100", "ku-jorei/15")

    def test_a_permit_needs_no_advice(self) -> None:
        """Nothing else is said."""
        answer = by_hand("beppyo", "24", "課税課", FILE, "chonai")

        assert replace(answer, rows=(), near=()) == answer
        assert dict(answer.items) == {}
