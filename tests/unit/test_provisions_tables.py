"""The tables against the document: every row of 別紙1 and 別紙2 as the text layer prints it (tests/vectors/besshi.tsv)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from hub.edges.resources import provision_files
from hub.messages import LegalKind
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load
from hub.provisions.model import Channel, Row, Status
from tests.schemafiles import schemas

VECTOR = Path(__file__).resolve().parents[1] / "vectors" / "besshi.tsv"
KOU2_LINES = range(1496, 1560)
BEPPYO_LINES = range(1566, 1607)
# Cells that the text layer lost or broke; what stands in their place was restored by hand and is checked one by one below.
RESTORED_ITEMS = {"L1513": "63", "L1535": "124", "L1539": "130", "L1555": "160"}
UNREADABLE_RECIPIENTS = {"L1555", "L1556"}  # 160 and 163: denied
ENTITLEMENTS = {
    "選挙人名簿への登録の有無",
    "国民健康保険の被保険者該当の有無資格取得喪失年月日",
    "後期高齢者医療の被保険者該当の有無資格取得喪失年月日",
    "介護保険の被保険者該当の有無資格取得喪失年月日",
    "国民年金の被保険者該当の有無基礎年金番号種別種別の変更があった年月日資格取得喪失年月日",
    "児童手当の受給開始終了年月",
}
CONTENTS = {"印鑑登録証明情報", "税証明情報", "戸籍証明情報"}
# I-6② (L169): the items whose fourth column contains 住民票関係情報, as printed.
LISTED_IN_I6 = (
    1, 2, 3, 5, 7, 11, 13, 15, 20, 28, 37, 39, 48, 53, 57, 58, 59, 63, 65, 66, 69, 73, 75, 76, 81, 83, 84, 86, 87,
    91, 92, 96, 106, 108, 110, 112, 115, 118, 124, 129, 130, 132, 136, 137, 138, 141, 142, 144, 149, 150, 151,
    152, 155, 156, 158, 160, 163, 164, 165, 166,
)  # fmt: skip


@cache
def provisions() -> Provisions:
    return load(provision_files())


@cache
def printed() -> dict[str, tuple[str, ...]]:
    """Line of the document -> its cells, verbatim."""
    lines = [line.split("\t") for line in VECTOR.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {cells[0]: tuple(cells[1:]) for cells in lines}


def squeezed(cell: str) -> str:
    return cell.replace(" ", "")


def numbered(lines: range) -> list[str]:
    return [f"L{number}" for number in lines if f"L{number}" in printed()]


def by_place(*tables: str) -> dict[str, Row]:
    return {row.place: row for table in tables for row in provisions().table(table)}


def kanji_number(text: str) -> int:
    """A number from 百 to 百九十九, as the articles are counted: 百六十八 -> 168."""
    tens, joint, ones = text.removeprefix("百").rpartition("十")
    digits = "〇一二三四五六七八九"
    return 100 + (10 * max(1, digits.find(tens or "一")) if joint else 0) + (digits.index(ones) if ones else 0)


class TestCounts:
    @pytest.mark.parametrize(("table", "count"), [("kou2", 61), ("beppyo", 40), ("to-jorei", 5), ("ku-jorei", 33)])
    def test_each_table_has_the_rows_of_the_document(self, table: str, count: int) -> None:
        """別紙1 has 61 rows (提供 61件), 別紙2 has 40 + 5 + 33 (移転 78件)."""
        assert len(provisions().table(table)) == count

    def test_every_printed_row_stands_once(self) -> None:
        """Each line of the two annexes is the place of exactly one row, and no row stands at another line."""
        rows = [row for table in ("kou2", "beppyo", "to-jorei", "ku-jorei") for row in provisions().table(table)]

        assert sorted(row.place for row in rows) == sorted(printed())

    def test_thirteen_numbers_stand_in_both_the_act_and_the_ordinance(self) -> None:
        """(table, item) is the key: 13 numbers of 番号法別表 are also numbers of 区番号条例, for other affairs."""
        act = {row.item: row for row in provisions().table("beppyo")}
        ordinance = {row.item: row for row in provisions().table("ku-jorei")}

        assert len(act.keys() & ordinance.keys()) == 13
        assert all(act[item].affair != ordinance[item].affair for item in act.keys() & ordinance.keys())

    def test_only_128_is_in_the_annex_but_not_in_the_list_of_the_first_chapter(self) -> None:
        """I-6② lists 60 items; 別紙1 has those and 128."""
        assert [int(row.item) for row in provisions().table("kou2")] == sorted([*LISTED_IN_I6, 128])


class TestKou2:
    @pytest.mark.parametrize("line", numbered(KOU2_LINES))
    def test_row_says_what_is_printed(self, line: str) -> None:
        """Item, affair and information are the printed cells without line-wrap blanks, save where a note says why."""
        item, _, affair, information, provider = printed()[line]
        row = by_place("kou2")[line]
        stray = "市町村長地方税関係情報又は住民票関係情報であって第百六十八条で定めるもの" if row.item == "166" else ""

        assert row.item == (item or RESTORED_ITEMS[line])
        assert row.affair + stray == squeezed(affair)
        assert row.information == ("住民票関係情報" if row.item == "1" else information)
        assert {party.sender for party in row.parties} <= {provider}

    @pytest.mark.parametrize("line", [line for line in numbered(KOU2_LINES) if line not in UNREADABLE_RECIPIENTS])
    def test_recipients_use_up_the_printed_cell(self, line: str) -> None:
        """Take every name, qualifier and joining word out of the cell, and nothing is left: no requester lost or invented."""
        row = by_place("kou2")[line]
        rest = squeezed(printed()[line][1]).replace("\u00b7", "・")
        for text in sorted({t for p in row.parties for t in (p.qualifier, p.recipient) if t}, key=len, reverse=True):
            assert text in rest
            rest = rest.replace(text, "")

        assert re.sub("又は|若しくは|、", "", rest) == ("(を含む。)" if row.item == "106" else "")

    def test_article_number_is_the_item_plus_two(self) -> None:
        """Where the affair still names its article of the ordinance, 条 = 項 + 2 (108 -> 110 ... 166 -> 168)."""
        found = {
            row.item: kanji_number(match[1])
            for row in provisions().table("kou2")
            if (match := re.search(r"第([百十一二三四五六七八九]+)条で定めるもの$", row.affair))
        }

        assert len(found) == 8
        assert all(article == int(item) + 2 for item, article in found.items())

    def test_qualified_requesters_keep_their_qualifier(self) -> None:
        """A 市町村長 who is a 事業主体 is not any 市町村長: the restriction is part of the name."""
        row = provisions().rows["kou2", "53"]

        assert row.recipients == (
            "公営住宅法第2条第16号に規定する事業主体である都道府県知事",
            "公営住宅法第2条第16号に規定する事業主体である市町村長",
        )

    def test_all_rows_are_provisions_on_the_network(self) -> None:
        """Every row is 提供, on nws only, and no message type of the hub may claim it (X11)."""
        assert all(
            (row.kind, row.channel, row.message_types) == (LegalKind.PROVISION, Channel.NWS, frozenset())
            for row in provisions().table("kou2")
        )

    def test_information_is_the_household_and_not_the_whole_record(self) -> None:
        """住民票関係情報 is 住基法7条4号: the household head and the relation, nothing else."""
        assert {row.items for row in provisions().table("kou2")} == {
            frozenset({"世帯主の氏名及び世帯主との続柄", "世帯主である旨"})
        }


class TestBesshi2:
    @pytest.mark.parametrize("line", numbered(BEPPYO_LINES))
    def test_row_of_the_act_says_what_is_printed(self, line: str) -> None:
        """Item, departments and affair are the printed cells; in row 24 two cells had run together."""
        item, departments, affair, _ = printed()[line]
        if item == "24":
            departments, affair = departments.split(" ", 1)
        row = by_place("beppyo")[line]

        assert row.item == item
        assert "、".join(row.recipients) == squeezed(departments)
        assert row.affair == squeezed(affair)

    @pytest.mark.parametrize("line", numbered(range(1607, 1648)))
    def test_row_of_an_ordinance_says_what_is_printed(self, line: str) -> None:
        """Departments and affair are the printed cells; the item is the number in the remark, where it can be read."""
        departments, affair, remark = printed()[line][-3:]
        row = by_place("to-jorei", "ku-jorei")[line]

        assert "、".join(row.recipients) == squeezed(departments)
        assert row.affair == squeezed(affair)
        if line == "L1607":
            assert row.key == ("to-jorei", "1")
            assert row.raw["remark"] == remark
        else:
            name, number = ("別表第1の", "都") if row.table == "to-jorei" else ("別表第2の", "区")
            assert f"{name}{row.item}の項" in squeezed(remark)
            assert number in squeezed(remark)

    def test_all_rows_are_transfers_inside_the_ward(self) -> None:
        """Every row is 移転 of the 住民基本台帳ファイル by 住民記録 on chonai, and only JK-CHG may claim it."""
        rows = [row for table in ("beppyo", "to-jorei", "ku-jorei") for row in provisions().table(table)]

        assert {(row.kind, row.channel, row.information) for row in rows} == {
            (LegalKind.TRANSFER, Channel.CHONAI, "住民基本台帳ファイル")
        }
        assert {row.message_types for row in rows} == {frozenset({"JK-CHG"})}
        assert {party.sender for row in rows for party in row.parties} == {"住民記録"}

    def test_departments_are_the_eighteen_of_the_annex(self) -> None:
        """高齢医療・年金課 is one department: a middle dot does not split a name."""
        names = {
            name
            for table in ("beppyo", "to-jorei", "ku-jorei")
            for r in provisions().table(table)
            for name in r.recipients
        }

        assert len(names) == 18
        assert "高齢医療・年金課" in names


class TestDoubt:
    def test_doubtful_rows_are_denied_and_no_other(self) -> None:
        """128, 152, 160 and 163 of 別紙1, 9 of 別紙2 and the two provisions to the 教育委員会 wait for confirmation."""
        assert {row.key for row in provisions().rows.values() if row.status is Status.DENIED} == {
            ("kou2", "128"),
            ("kou2", "152"),
            ("kou2", "160"),
            ("kou2", "163"),
            ("beppyo", "9"),
            ("statutes", "kk-gakumu"),
            ("statutes", "kk-kodomo"),
        }

    @pytest.mark.parametrize("item", ["1", "57", "63", "106", "124", "130", "160", "163", "166"])
    def test_what_was_mended_keeps_its_printed_form(self, item: str) -> None:
        """Each mended row of 別紙1 has a note and the cell as the text layer gave it."""
        row = provisions().rows["kou2", item]
        cells = dict(zip(("item", "recipients", "affair", "information"), printed()[row.place], strict=False))

        assert row.note
        assert row.raw
        assert all(cells[name] == text for name, text in row.raw.items())

    def test_no_row_took_effect_before_the_ward_relied_on_it(self) -> None:
        """The document prints no 施行日; the ward relies on every row from its 公表日, 2025-02-25."""
        assert {row.effective_from.isoformat() for row in provisions().rows.values()} == {"2025-02-25"}


class TestStatutes:
    @pytest.mark.parametrize(
        ("item", "flow", "pair", "kind", "message_type"),
        [
            ("juki-30-6", "A1-3", ("juki", "cs"), "利用", "HK-UPD"),
            ("juki-24-2", "A3-2", ("cs", "juki"), "利用", "TS-CERT"),
            ("juki-9-1", "A3-5a", ("juki", "cs"), "利用", "TN-NOTE"),
            ("bangou-7-1", "A7-1", ("juki", "cs"), "利用", "SF-SEND"),
            ("nyukan-61-8-2", "B8-3", ("juki", "moj"), "提供", "MJ-OUT"),
            ("juki-30-50", "B9", ("moj", "juki"), "入手", "MJ-IN"),
            ("bangou-9-1", "C0", ("juki", "atena"), "利用", "AT-REG"),
            ("bangou-19-8-fukuhon", "C1", ("atena", "chukan"), "利用", "CK-DBM"),
            ("conbini-1", "D1", ("juki", "conbini"), "利用", "CV-UPD"),
            ("juki-24-2-irai", "A3-x2", ("juki", "cs"), "利用", "TS-REQ"),
            ("juki-14-kakunin", "S23", ("juki", "cs"), "利用", "SG-CHK"),
            ("juki-14-kekka", "S23", ("cs", "juki"), "利用", "SG-RES"),
            ("bangou-8-youkyuu", "B11", ("juki", "cs"), "利用", "BN-REQ"),
            ("bangou-8-tsuuchi", "B11", ("cs", "juki"), "利用", "BN-RES"),
            ("bangou-21-2-youkyuu", "C2a", ("atena", "juki"), "利用", "CK-FGU"),
            ("bangou-21-2-code", "C2b", ("juki", "cs"), "利用", "CK-FGC"),
            ("juki-9-1-tsuuchi", "B10", ("cs", "juki"), "入手", "TN-IN"),
            ("juki-9-2", "B10", ("koseki", "juki"), "入手", "KS-NOTE"),
            ("juki-7-kokuho", "B12", ("kokuho", "juki"), "入手", "SK-INFO"),
            ("juki-7-kaigo", "B12", ("kaigo", "juki"), "入手", "SK-INFO"),
            ("juki-7-jidou", "B12", ("jidou", "juki"), "入手", "SK-INFO"),
            ("juki-7-senkyo", "B12", ("senkyo", "juki"), "入手", "SK-INFO"),
            ("bangou-19-8-shounin", "C3", ("chukan", "atena"), "提供", "CK-TKY"),
            ("bangou-19-8-shounin-kaitou", "C3", ("atena", "chukan"), "提供", "CK-TKR"),
            ("bangou-19-8-shoukai-4", "C4", ("chukan", "atena"), "提供", "CK-4J"),
            ("bangou-19-8-shoukai-4", "C4", ("atena", "juki"), "提供", "CK-4J"),
            ("bangou-19-8-kaitou-4", "C4", ("juki", "atena"), "提供", "CK-4R"),
            ("bangou-19-8-kaitou-4", "C4", ("atena", "chukan"), "提供", "CK-4R"),
            ("bangou-19-8-shoukai", "C6", ("seiho", "atena"), "利用", "CK-SKI"),
            ("bangou-19-8-shoukai", "C6", ("atena", "chukan"), "利用", "CK-SKI"),
            ("bangou-19-8-kekka", "C6", ("chukan", "atena"), "入手", "CK-SKR"),
            ("bangou-19-8-kekka", "C6", ("atena", "seiho"), "入手", "CK-SKR"),
            ("bangou-19-8-shougou", "C7", ("chukan", "atena"), "利用", "CK-EXP"),
            ("bangou-19-8-shougou", "C7", ("atena", "juki"), "利用", "CK-EXP"),
            ("conbini-inkan", "D2", ("inkan", "conbini"), "利用", "CV-CERT"),
            ("conbini-zei", "D2", ("zei", "conbini"), "利用", "CV-CERT"),
            ("conbini-koseki", "D2", ("koseki", "conbini"), "利用", "CV-CERT"),
            ("bangou-16-himoduke", "E3", ("juki", "shinsei"), "利用", "SN-LINK"),
            ("juki-24-shinsei", "E4", ("shinsei", "juki"), "入手", "SN-FILE"),
            ("kk-gakumu", "KK-CHG", ("juki", "gakumu"), "提供", "KK-CHG"),
            ("kk-kodomo", "KK-CHG", ("juki", "kodomo-nyuen"), "提供", "KK-CHG"),
        ],
    )
    def test_each_flow_has_its_statute(
        self, item: str, flow: str, pair: tuple[str, str], kind: str, message_type: str
    ) -> None:
        """The flows of 別添1 that the hub carries stand under their own article, parties, kind and message type."""
        row = provisions().rows["statutes", item]

        assert (row.flow, row.kind.value, row.message_types) == (flow, kind, frozenset({message_type}))
        assert pair in {(party.sender, party.recipient) for party in row.parties}

    def test_rows_and_catalogue_cover_each_other(self) -> None:
        """Each type has a row for each of its flows, and each row a type of its flow; B7-1 claims rows of 別紙2."""
        rows = provisions().table("statutes")
        types = {(row.flow, name) for row in rows for name in row.message_types}

        assert types == {(flow, one.type) for one in schemas().types.values() for flow in one.flows} - {
            ("B7-1", "JK-CHG")
        }

    def test_an_article_that_is_not_printed_says_so(self) -> None:
        """The document cites few articles; a row whose article it does not print, or prints for something else, has a note."""
        cited = {"juki-30-6", "bangou-7-1", "bangou-9-1", "bangou-19-8-fukuhon"}

        assert [row.item for row in provisions().table("statutes") if not row.note and row.item not in cited] == []

    def test_a_section_tells_its_own_entitlement_only(self) -> None:
        """B12: of the six entitlements each stands in exactly one row, beside 宛名番号 and 処理日 (L213)."""
        rows = [row for row in provisions().table("statutes") if row.flow == "B12"]
        told = sorted(item for row in rows for item in row.items - {"宛名番号", "処理日"})

        assert told == sorted(schemas().types["SK-INFO", 1].items & ENTITLEMENTS)
        assert len(told) == 6
        assert all({"宛名番号", "処理日"} <= row.items for row in rows)

    def test_the_family_register_tells_no_number_of_the_ward_either(self) -> None:
        """D2: 戸籍 sends a certificate's content without 宛名番号; each sender sends its own content and no other."""
        items = {name: provisions().rows["statutes", f"conbini-{name}"].items for name in ("inkan", "zei", "koseki")}

        assert "宛名番号" not in items["koseki"]
        assert {name: items[name] & CONTENTS for name in items} == {
            "inkan": {"印鑑登録証明情報"},
            "zei": {"税証明情報"},
            "koseki": {"戸籍証明情報"},
        }

    def test_the_atena_system_gets_six_items(self) -> None:
        """L1033: only 個人番号 and basic information go to the 統合宛名 (S15)."""
        assert provisions().rows["statutes", "bangou-9-1"].items == {
            "個人番号",
            "氏名",
            "生年月日",
            "性別",
            "住所",
            "宛名番号",
        }
