"""Reading the tables: strict, every fault at once with file, path and value, and digests that follow meaning, not layout."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hub.codes import prv, rte
from hub.edges.resources import provision_files
from hub.errors import Code, Faults
from hub.provisions.load import FILES, load
from hub.provisions.model import ItemRule
from tests.schemafiles import schemas

ROOT = Path(__file__).resolve().parents[2]
KOU2 = "tables/kou2.yaml"
BEPPYO = "tables/beppyo.yaml"
STATUTES = "tables/statutes.yaml"
ALIASES = "tables/aliases.yaml"
ITEMS = "tables/items.yaml"
ROW_27 = "  - item: 27\n"


def changed(*edits: tuple[str, str, str]) -> dict[str, str]:
    """The files with (file, old, new) replaced once each; an edit that finds nothing fails the test."""
    files = dict(provision_files())
    for name, old, new in edits:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)
    return files


def faults_of(files: dict[str, str]) -> list[tuple[str, dict[str, str | int]]]:
    with pytest.raises(Faults) as caught:
        load(files)
    return [(fault.code.id, dict(fault.facts)) for fault in caught.value.faults]


def codes_of(files: dict[str, str]) -> list[str]:
    return [code for code, _ in faults_of(files)]


class TestLoad:
    def test_reads_the_files_of_the_distribution(self) -> None:
        """The seven files load without a fault, and none is left over."""
        assert set(provision_files()) == set(FILES)
        assert len(load(provision_files()).rows) == 61 + 40 + 5 + 33 + 36

    def test_all_faults_are_reported_at_once(self) -> None:
        """Faults in three files come together, each with file, path and value."""
        found = faults_of(
            changed(
                (KOU2, "  channel: nws\n", "  channel: hub\n"),
                (BEPPYO, ROW_27, "  - item: 24\n"),
                (ITEMS, "        104: [地域調整課]", "        104: [地域調整部]"),
                (ALIASES, "names: [学務課]", "names: [juki]"),
            )
        )

        assert (prv.TWICE.id, {"file": BEPPYO, "path": "rows.9.item", "value": "24"}) in found
        assert (prv.TWICE.id, {"file": ALIASES, "path": "aliases.16.names", "value": "juki"}) in found
        assert (
            prv.NO_SUCH_THING.id,
            {"file": ITEMS, "path": "grants.0.rows.beppyo.104", "value": "地域調整部"},
        ) in found
        assert sum(code == prv.CONTRADICTION.id and facts["file"] == KOU2 for code, facts in found) == 61

    def test_missing_and_unknown_files(self) -> None:
        """A file that is not there and a file that should not be there are both named."""
        files = dict(provision_files())
        files["tables/more.yaml"] = files.pop(KOU2)

        assert faults_of(files) == [
            (prv.FILE_MISSING.id, {"file": KOU2}),
            (prv.FILE_UNKNOWN.id, {"file": "tables/more.yaml"}),
        ]

    def test_nothing_at_all(self) -> None:
        """Without files there is no law: seven faults, not an empty permission."""
        assert codes_of({}) == [prv.FILE_MISSING.id] * 7


class TestStrictness:
    @pytest.mark.parametrize(
        ("edit", "code"),
        [
            ((BEPPYO, ROW_27, ROW_27 + "    chanel: hub\n"), rte.UNKNOWN_KEY),
            ((BEPPYO, ROW_27, ROW_27 + "    place: L1575\n"), rte.DUPLICATE),
            ((BEPPYO, "  kind: 移転\n", "  kind: 移動\n"), rte.BAD_VALUE),
            ((BEPPYO, "  status: in-force\n", "  status: maybe\n"), rte.BAD_VALUE),
            ((BEPPYO, "  effective_from: 2025-02-25\n", "  effective_from: '2025-02-25'\n"), rte.BAD_VALUE),
            ((BEPPYO, "    place: L1575\n", "    place: 1575\n"), rte.BAD_VALUE),
            ((BEPPYO, "    place: L1575\n", ""), rte.MISSING_KEY),
            ((BEPPYO, "rows:\n", "rows: ]\n"), rte.NOT_YAML),
            ((BEPPYO, "table: beppyo\n", "table: kou2\n"), prv.TABLE_MISNAMED),
            ((BEPPYO, "  effective_from: 2025-02-25\n", ""), prv.INCOMPLETE),
            ((BEPPYO, "  sender: 住民記録\n", ""), prv.INCOMPLETE),
            ((BEPPYO, "    recipients: [住宅課]\n", ""), prv.INCOMPLETE),
            ((BEPPYO, "    recipients: [住宅課]\n", "    recipients: []\n"), prv.CONTRADICTION),
            ((BEPPYO, "    recipients: [住宅課]\n", "    recipients: [住宅課, 住宅課]\n"), prv.CONTRADICTION),
            ((BEPPYO, ROW_27, ROW_27 + "    reason: だから\n"), prv.CONTRADICTION),
            ((BEPPYO, ROW_27, ROW_27 + "    status: denied-until-confirmed\n"), prv.CONTRADICTION),
            ((BEPPYO, ROW_27, ROW_27 + "    once_confirmed: {information: 何か}\n"), prv.CONTRADICTION),
            ((BEPPYO, ROW_27, ROW_27 + "    kind: 提供\n"), prv.CONTRADICTION),
            ((BEPPYO, ROW_27, ROW_27 + "    channel: hub\n"), prv.CONTRADICTION),
            ((BEPPYO, ROW_27, "  - item: nijuu-nana\n"), prv.CONTRADICTION),
            ((KOU2, "  message_types: []\n", "  message_types: [JK-CHG]\n"), prv.CONTRADICTION),
            ((STATUTES, "  - item: conbini-1\n", "  - item: conbini-1\n    recipients: [x]\n"), prv.INCOMPLETE),
            ((ALIASES, "scope: ['beppyo:24']", "scope: ['beppyo:25']"), prv.NO_SUCH_THING),
            ((ALIASES, "stands_for: [課税課, 納税課]", "stands_for: [課税課, 徴税課]"), prv.NO_SUCH_THING),
            ((ALIASES, "    reason: 「都道府県知事等」の範囲を定める規定が評価書にない。\n", ""), prv.CONTRADICTION),
            ((ITEMS, "        14: [保健予防課]", "        15: [保健予防課]"), prv.NO_SUCH_THING),
            ((ITEMS, "        14: [保健予防課]", "        14: [保健予防課, 保健予防課]"), prv.TWICE),
            ((ITEMS, "    - 宛名番号\n", "    - 宛名番号\n    - 住民票コード\n"), prv.CONTRADICTION),
            ((ITEMS, "    sets: [宛名, 個人番号]\n", "    sets: [宛名, 番号]\n"), prv.NO_SUCH_THING),
            ((ITEMS, "  - id: kyouiku\n", "  - id: iten-default\n"), prv.TWICE),
            ((ITEMS, "      statutes:\n", "      statutes:\n        juki-9-1: [cs]\n"), prv.CONTRADICTION),
        ],
        ids=lambda value: value.id if isinstance(value, Code) else value[0].removeprefix("tables/"),
    )
    def test_what_is_wrong_is_a_fault(self, edit: tuple[str, str, str], code: Code) -> None:
        """A key, value, reference or rule that is not right stops the load under its own code."""
        assert code.id in codes_of(changed(edit))

    def test_a_route_off_the_network_cannot_be_written(self) -> None:
        """X11: a row of 別紙1 with a channel of the hub is a fault of the file, not a permission."""
        found = faults_of(changed((KOU2, "  - item: 2\n", "  - item: 2\n    channel: hub\n")))

        assert found == [
            (
                prv.CONTRADICTION.id,
                {"file": KOU2, "path": "rows.1", "value": "hub", "rule": "rows of kou2 are valid on nws only"},
            )
        ]


class TestDigests:
    def test_layout_and_comments_change_nothing(self) -> None:
        """The digest is that of the content: a comment, a blank line or another quoting leaves it as it was."""
        files = changed((KOU2, "rows:\n", "# a remark\n\nrows:\n"), (KOU2, "[厚生労働大臣]", "['厚生労働大臣']"))

        assert load(files).digest == load(provision_files()).digest

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            (BEPPYO, "の管理に関する事務", "の管理の事務"),
            (KOU2, "effective_from: 2025-02-25", "effective_from: 2025-02-26"),
            (ALIASES, "place: L54\n", "place: L55\n"),
            (ITEMS, "    - 抑止フラグ\n", ""),
        ],
    )
    def test_content_changes_its_file_and_the_whole(self, file: str, old: str, new: str) -> None:
        """Any change of content changes the digest of that file, of no other file, and of the whole."""
        before, after = load(provision_files()), load(changed((file, old, new)))
        differing = {name for name in FILES if before.tables.digests[name] != after.tables.digests[name]}

        assert differing == {file}
        assert before.digest != after.digest

    def test_digests_are_sha256(self) -> None:
        """One lower-case hexadecimal SHA-256 for each file."""
        digests = load(provision_files()).tables.digests

        assert set(digests) == set(FILES)
        assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in digests.values())


class TestItems:
    def test_every_department_of_every_row_has_a_decision(self) -> None:
        """items.yaml names each (row, department) of 別紙2, and nothing is granted under a row that prints none."""
        loaded = load(provision_files())
        wanted = {
            (*row.key, name)
            for row in loaded.rows.values()
            if row.item_rule is ItemRule.DECIDED
            for name in row.recipients
        }

        assert set(loaded.tables.grants) == wanted

    def test_every_item_named_exists(self) -> None:
        """Each name is an element of xsd/item-names.yaml, or 異動, the one item that its two elements count as; what a
        statute lists for its own types is an item of their schemas.
        """
        loaded = load(provision_files())
        listed = [row for row in loaded.rows.values() if row.item_rule is ItemRule.LISTED]
        foreign = [
            (row.key, name)
            for row in listed
            for name in row.message_types
            if not row.items <= schemas().types[name, 1].items
        ]
        named = loaded.tables.vocabulary.difference(*(row.items for row in listed))

        assert foreign == []
        assert named <= _element_names() | {"異動"}

    def test_denied_items_are_in_no_grant(self) -> None:
        """住民票コード, 戸籍, 在留, 選挙, other schemes, certificates, notes: nobody has them until a grant names them."""
        loaded = load(provision_files())
        granted = frozenset().union(*(grant.items for grant in loaded.tables.grants.values()))
        withheld = loaded.tables.vocabulary - granted

        assert granted == {
            "氏名", "氏名漢字", "氏名アルファベット", "氏名カタカナ", "住所", "生年月日", "性別", "宛名番号",
            "異動", "異動事由", "異動年月日", "抑止フラグ", "個人番号",
        }  # fmt: skip
        assert {"住民票コード", "戸籍の表示", "在留資格", "備考", "メモ", "証明書の交付履歴"} <= withheld

    def test_the_board_of_education_gets_no_number(self) -> None:
        """個人番号 is not in what the 教育委員会 may have, whatever else is confirmed."""
        grants = load(provision_files()).tables.grants

        assert "個人番号" not in grants["statutes", "kk-gakumu", "gakumu"].items
        assert "個人番号" not in grants["statutes", "kk-kodomo", "kodomo-nyuen"].items

    def test_demonstration_is_labelled(self) -> None:
        """The decisions of the distribution are demonstrations, each with reason and confirmer, and can be listed."""
        loaded = load(provision_files())

        assert loaded.demonstrations == ("iten-default", "kyouiku")
        assert all(grant.reason and grant.confirmer for grant in loaded.tables.grants.values())


def _element_names() -> set[str]:
    """Every element named in xsd/item-names.yaml."""
    listed = YAML(typ="safe", pure=True).load((ROOT / "xsd" / "item-names.yaml").read_text("utf-8"))
    return {item["element"] for file in listed["files"] for item in file["items"]}
