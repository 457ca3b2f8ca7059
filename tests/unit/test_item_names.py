"""xsd/item-names.yaml is the one list of record items: complete, usable as XML names, and what the schemas hold."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import pytest
from lxml import etree
from pydantic import Field

from hub.yamltext import Strict, parse
from tests.schemafiles import files, schemas

COUNTS = {1: 86, 2: 40, 3: 67}
EVENT = {"異動事由", "異動年月日"}


class Item(Strict):
    number: int
    printed: str
    also: str | None = None
    element: str
    applies: Literal["J", "F", "JF"] | None = None
    kind: Annotated[Literal["K", "J", "O", "X"] | None, Field(alias="class")] = None
    identifier: Literal["個人番号", "住民票コード"] | None = None


class File(Strict):
    file: int
    name: str
    place: str
    count: int
    items: list[Item]


class Names(Strict):
    version: Literal[1]
    files: list[File]


@pytest.fixture(scope="module")
def names() -> dict[int, File]:
    """The list, read strictly."""
    return {file.file: file for file in parse(Names, files()["item-names.yaml"].decode(), "item-names.yaml").files}


class TestItemNames:
    @pytest.mark.parametrize("file", COUNTS)
    def test_every_item_stands_once(self, names: dict[int, File], file: int) -> None:
        """The items are numbered without gap, as many as 別添2 has, and no element name stands twice."""
        items = names[file].items

        assert [item.number for item in items] == list(range(1, COUNTS[file] + 1))
        assert len({item.element for item in items}) == names[file].count == COUNTS[file]

    @pytest.mark.parametrize("file", COUNTS)
    def test_elements_are_xml_names_without_punctuation(self, names: dict[int, File], file: int) -> None:
        """No name needs the fifth edition of XML 1.0: letters, digits and the long vowel mark only."""
        odd = [item.element for item in names[file].items if not re.fullmatch(r"[^\W_]+", item.element)]

        assert odd == []
        assert all(etree.Element(item.element).tag == item.element for item in names[file].items)

    def test_counts_of_the_two_lists_of_file_1(self, names: dict[int, File]) -> None:
        """別添2(1) lists 46 items for 日本人住民, and all others hold for 外国人住民."""
        applies = [item.applies for item in names[1].items]

        assert all(applies)
        assert all(item.kind for item in names[1].items)
        # 77-84 are printed once, in the second list, and are counted there.
        printed_first = [item for item in names[1].items if "J" in str(item.applies) and not 77 <= item.number <= 84]
        assert len(printed_first) == 46

    def test_identifiers_are_marked(self, names: dict[int, File]) -> None:
        """Exactly the items that are, or were, an 個人番号 or 住民票コード are marked."""
        marked = {(file, item.element) for file in names for item in names[file].items if item.identifier}

        assert marked == {
            *((file, "個人番号") for file in names),
            *((file, "住民票コード") for file in names),
            (2, "旧住民票コード"),
        }


class TestSchemasHoldTheList:
    @pytest.mark.parametrize(
        ("file", "kind", "beside"),
        [(1, "JK-REC", set()), (1, "JK-CHG", EVENT), (2, "HK-UPD", set()), (3, "SF-SEND", set())],
    )
    def test_a_schema_has_exactly_the_items_of_its_file(
        self, names: dict[int, File], file: int, kind: str, beside: set[str]
    ) -> None:
        """Nothing of the list is missing in the schema, and nothing else is there."""
        assert schemas().types[kind, 1].items == {item.element for item in names[file].items} | beside

    @pytest.mark.parametrize(
        ("file", "path"), [(1, "iten/1/iten.xsd"), (2, "honnin/1/honnin.xsd"), (3, "soufusaki/1/soufusaki.xsd")]
    )
    def test_the_schema_keeps_the_order_of_the_list(self, names: dict[int, File], file: int, path: str) -> None:
        """The elements stand in the order of 別添2."""
        found = [str(name) for name in etree.fromstring(files()[path]).xpath("//@name")]
        listed = [item.element for item in names[file].items]

        assert [name for name in found if name in listed] == listed

    def test_an_item_has_one_type_in_every_family_that_takes_it_from_file_1(self) -> None:
        """異動情報 and 住民基本台帳 give each item the same type."""
        one, other = (_types_of(path) for path in ("juki/1/juki.xsd", "iten/1/iten.xsd"))

        assert one == {name: kind for name, kind in other.items() if name not in EVENT}


def _types_of(path: str) -> dict[str, str]:
    elements = etree.fromstring(files()[path]).iter("{*}element")
    return {element.get("name", ""): element.get("type", "") for element in elements if element.get("type")}
