"""What the rooms of the departments, the 教育委員会 and the department systems write and read, and by what they reject."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from connectors.departments.columns import ITEMS, columns
from connectors.departments.connector import as_csv, as_json
from connectors.departments.simulator import Department
from connectors.gakkou.simulator import Section
from connectors.kit.desk import Performed
from connectors.kit.domain import NO_MATCH, UNKNOWN_PERSON
from connectors.kit.languages import rows
from connectors.kit.partner import Effect
from connectors.kit.text import CharacterSet
from connectors.kit.text.losses import REPLACEMENT
from connectors.systems.connector import TYPES
from connectors.systems.files import announcements, forms, result
from connectors.systems.simulator import ENDPOINTS, System
from hub.edges import resources
from hub.errors import Refused
from hub.provisions.lawbook import Provisions
from hub.provisions.load import load

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")).filter(CharacterSet.UTF_8.holds), max_size=12)
TEXT = TEXT.filter(lambda text: REPLACEMENT not in text)
DAY = date(2026, 4, 1)
SHOUKAI = "urn:juki-hub:shoukai:1"


@cache
def law() -> Provisions:
    return load(resources.provision_files())


def effect(content: bytes, type_: str) -> Effect:
    return Effect("m", type_, "0" * 64, content)


class TestColumns:
    def test_are_the_items_that_the_ward_decided(self) -> None:
        """Whoever has a grant has a column for each item of it, and for nothing else."""
        tables = ("beppyo", "to-jorei", "ku-jorei")
        departments = {name for key, row in law().rows.items() if key[0] in tables for name in row.recipients}
        seen = 0
        for name in departments:
            granted = frozenset().union(*(law().granted(*key, name) for key in law().rows if key[0] in tables))
            assert set(columns(law(), name)) - {"異動事由", "異動年月日"} == granted - {
                "異動",
                "異動事由",
                "異動年月日",
            }
            seen += bool(granted)

        assert seen >= 18

    def test_somebody_without_a_decision_has_the_change_alone(self) -> None:
        """No item is written down for whoever may have none."""
        assert columns(law(), "情報システム課") == ("異動事由", "異動年月日")


class TestDepartment:
    @given(st.fixed_dictionaries(dict.fromkeys(ITEMS, TEXT)))
    def test_both_ways_of_writing_lose_nothing(self, items: dict[str, str]) -> None:
        """CSV and JSON give every text back: quotes, commas, what a spreadsheet would run, 外字 and 異体字."""
        assert list(rows.read(as_csv(items))) == [items]
        assert json.loads(as_json(items)) == items

    @pytest.mark.parametrize("write", [as_csv, as_json])
    @pytest.mark.parametrize("sign", ["\ue000", "\U000f0000", "\ufffd"])
    def test_a_private_character_of_nobodys_is_not_given_on(
        self, write: Callable[[Mapping[str, str]], bytes], sign: str
    ) -> None:
        """In neither way of writing: it means something only in the system that defined it."""
        with pytest.raises(Refused) as caught:
            write({"氏名": f"見本{sign}"})

        assert caught.value.facts["point"] == f"U+{ord(sign):04X}"
        assert "見本" not in str(caught.value)

    @pytest.mark.parametrize("in_tables", [True, False])
    @pytest.mark.parametrize("content", [b"", b"<x/>", b"[]", b"{}", b'"a"\r\n"1"\r\n', "異動事由".encode("cp932")])
    def test_what_is_no_change_is_not_read(self, content: bytes, in_tables: bool) -> None:
        """It is answered as unreadable, and stops the endpoint instead of being taken."""
        with pytest.raises(ValueError, match=r".*"):
            Department(in_tables=in_tables).perform(effect(content, "JK-CHG"))


class TestSections:
    @pytest.mark.parametrize(
        ("birth", "school", "before"),
        [
            ("20110401", False, False),  # fifteen since yesterday's school year
            ("20110402", True, False),
            ("20200401", True, False),  # six on 31 March: enters today
            ("20200402", False, True),
            ("20200000", True, False),
            ("20260331", False, True),
            ("19800101", False, False),
            ("00000000", False, False),
        ],
    )
    def test_know_the_children_of_their_age(self, birth: str, school: bool, before: bool) -> None:
        """学校教育法17条 on the day of the year's beginning; a change of anybody else concerns nobody there."""
        content = rows.written(("異動事由", "生年月日"), [{"異動事由": "TENKYO", "生年月日": birth}])
        said = {name: Section(name, DAY).perform(effect(content, "KK-CHG")) for name in ("gakumu", "kodomo-nyuen")}

        for name, listed in (("gakumu", school), ("kodomo-nyuen", before)):
            assert said[name] == (Performed() if listed else Performed(confirmed=False, code=UNKNOWN_PERSON))

    def test_the_day_before_belongs_to_the_old_school_year(self) -> None:
        """On 31 March the child of 1 April 2020 is not at school yet."""
        content = rows.written(("生年月日",), [{"生年月日": "20200401"}])

        assert Section("gakumu", date(2026, 3, 31)).perform(effect(content, "KK-CHG")).code == UNKNOWN_PERSON
        assert Section("kodomo-nyuen", date(2026, 3, 31)).perform(effect(content, "KK-CHG")).confirmed


def answer(number: str, *items: tuple[str, str]) -> etree._Element:
    told = "".join(f"<照会結果項目><項目コード>{c}</項目コード><項目値>{v}</項目値></照会結果項目>" for c, v in items)
    return etree.fromstring(
        f'<照会結果 xmlns="{SHOUKAI}"><照会番号>{number}</照会番号><照会結果区分>1</照会結果区分>{told}</照会結果>'
    )


class TestSystems:
    @pytest.mark.parametrize("section", ["kokuho", "kaigo", "jidou", "senkyo"])
    def test_a_section_has_the_columns_of_its_own_row_of_law(self, section: str) -> None:
        """L202, L213: the closed list of items stands in statutes.yaml; no section can write another's."""
        (one,) = (one for one in announcements(section).values() if one.type == "SK-INFO")
        row = law().rows["statutes", one.item]

        assert {column.partition("/")[0] for column in one.items} == set(row.items or ())
        assert (one.flow, one.recipient) == ("B12", "juki")

    def test_the_columns_of_a_scheme_are_those_of_the_schema(self) -> None:
        """In the order in which the schema wants the elements."""
        types = etree.fromstring(resources.xsd_files()["common/1/items.xsd"])
        for name, type_ in (("kaigo", "Qualification"), ("jidou", "ChildAllowance")):
            (scheme,) = (one for one in types if one.get("name") == type_)
            parts = [child.get("name") for child in scheme.iter("{*}element")]
            items = announcements(name)["shikaku"].items
            assert [item.rpartition("/")[2] for item in items[2:]] == parts
        enquiry = etree.fromstring(resources.xsd_files()["shoukai/1/shoukai.xsd"])
        (top,) = (one for one in enquiry if one.get("name") == "情報照会")
        assert list(announcements("hoken")["shoukai"].items) == [
            child.get("name") for child in top.iter("{*}element") if child is not top
        ]

    def test_only_those_of_l101_ask(self) -> None:
        """jidou and senkyo tell and do not ask; zei has a room of its own."""
        asking = {name for name in ENDPOINTS if "shoukai" in announcements(name)}

        assert asking == {"kaigo", "fukushi", "hoken", "kokuho", "kashitsuke", "seiho"}
        assert all(forms(name).keys() == announcements(name).keys() for name in ENDPOINTS)
        assert TYPES == ("CK-SKR",)

    def test_a_result_is_a_row_for_each_item(self) -> None:
        """The head stands in each; a result without items is one row without them."""
        many = rows.read(result(answer("SH-1", ("TK00000000000001", "甲,乙"), ("TK00000000000002", "="))))
        none = rows.read(result(answer("SH-2")))

        assert [(one["照会番号"], one["項目コード"], one["項目値"]) for one in many] == [
            ("SH-1", "TK00000000000001", "甲,乙"),
            ("SH-1", "TK00000000000002", "="),
        ]
        assert [(one["照会番号"], one["項目コード"]) for one in none] == [("SH-2", "")]

    def test_a_result_of_a_question_that_was_never_asked_is_rejected(self) -> None:
        """The system knows its own questions."""
        said = System("kaigo", ()).perform(effect(result(answer("SH-1")), "CK-SKR"))

        assert said == Performed(confirmed=False, code=NO_MATCH)

    def test_two_results_in_one_are_none(self) -> None:
        """One file, one answer."""
        both: list[Mapping[str, str]] = [*rows.read(result(answer("SH-1"))), *rows.read(result(answer("SH-2")))]
        with pytest.raises(ValueError, match="one"):
            System("kaigo", ()).perform(effect(rows.written(tuple(both[0]), both), "CK-SKR"))
