"""libxml2 and xmlschema say the same of every schema, sample and mutant, so that the fast engine may decide alone.

Where they differ, the schemas must not go: libxml2 2.14 misreads `\\p{L}` for kanji, passes over any character in xs:base64Binary,
and takes 7 digits for `([0-9]{4})*[0-9]{4}`. The other way, xmlschema passes over any Unicode blank between items; there libxml2
is right, and the stricter.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache

import pytest
import xmlschema
from lxml import etree

from hub.errors import Refused
from hub.schemas.bundle import bundle
from tests import samples
from tests.schemafiles import XSD, files, schemas

XS = "{http://www.w3.org/2001/XMLSchema}"
PAYLOADS = sorted(path for path in files() if path.endswith(".xsd") and not path.startswith("common/"))
SIMPLE = ("common/1/types.xsd", "exchange/1/envelope.xsd")
MUTANTS = 40
VALUES = (
    *(
        "",
        " ",
        "　",
        "0",
        "1",
        "2",
        "9",
        "00",
        "-1",
        "+1",
        "1.0",
        "true",
        "AA==",
        "AA=",
        "A A==",
        "====",
        "TENNYUU",
        "KISAI",
    ),
    *("123456789018", "１２３４", "٣", "12345678901", "131211", "1200011", "03-3880-5111", "2026-04-01", "2026-02-29"),
    *(
        "2024-02-29",
        " 2026-04-01 ",
        "2026-04-01Z",
        "20260401",
        "00000000",
        "19850000",
        "19851301",
        "2026-04",
        "2026-13",
    ),
    *(
        "山田　花子",
        "𠮷野家",
        "葛\U000e0100",
        "\ue000",
        "\U0010de92",
        "鿿",
        "㐀",
        "しけん",
        "しげん",
        "カナ",
        "ｶﾅ",
        "LI SHIKEN",
    ),
    *(
        "字" * 150,
        "字" * 151,
        "𠮷" * 150,
        "𠮷" * 151,
        "あ" * 151,
        "a" * 301,
        "\t",
        "a\nb",
        "が",
        "juki",
        "提供",
        "TM00000000000001",
    ),
)


@cache
def engines(path: str) -> tuple[etree.XMLSchema, xmlschema.XMLSchema10]:
    """Both engines on one bundled schema."""
    text = etree.tostring(bundle(path, files()), encoding="UTF-8")
    return etree.XMLSchema(etree.fromstring(text)), xmlschema.XMLSchema10(text, allow="none", defuse="always")


def disagreements(path: str, elements: Iterator[etree._Element]) -> list[str]:
    """The elements on which the engines differ, as text."""
    fast, slow = engines(path)
    return [
        etree.tostring(element, encoding="unicode")
        for element in elements
        if fast.validate(element) != slow.is_valid(element)  # type: ignore[arg-type]
    ]


class TestEveryFile:
    @pytest.mark.parametrize("path", [path for path in files() if path.endswith(".xsd")])
    def test_stands_alone_on_disk(self, path: str) -> None:
        """An integrator's own tools can load each file with its includes from the folder, without network."""
        etree.XMLSchema(etree.parse(XSD / path))
        xmlschema.XMLSchema10(str(XSD / path), allow="local", defuse="always")

    @pytest.mark.parametrize("path", [path for path in files() if path.endswith(".xsd")])
    def test_uses_nothing_that_an_engine_misreads(self, path: str) -> None:
        """No character class of a whole script or category, no base64Binary, nothing open in a payload."""
        root = etree.fromstring(files()[path])
        patterns = [node.get("value", "") for node in root.iter(f"{XS}pattern")]

        assert [pattern for pattern in patterns if re.search(r"\\[pPdDwWiIcC]", pattern)] == []
        assert [pattern for pattern in patterns if re.search(r"\{[0-9,]+\}[^()]*\)[*+{]", pattern)] == []
        assert [node for node in root.iter() if "base64Binary" in str(node.attrib.values())] == []
        assert root.get("elementFormDefault") == "qualified"
        if not path.startswith("exchange/"):
            assert list(root.iter(f"{XS}any", f"{XS}anyAttribute", f"{XS}attribute")) == []


class TestPayloads:
    @pytest.mark.parametrize("kind", samples.types())
    def test_engines_agree_on_samples(self, kind: str) -> None:
        """Every sample is valid for both."""
        fast, slow = engines(_path_of(kind))
        elements = [etree.fromstring(raw) for raw in samples.samples(kind)]

        assert all(fast.validate(element) for element in elements)
        assert all(slow.is_valid(element) for element in elements)  # type: ignore[arg-type]

    @pytest.mark.parametrize("kind", samples.types())
    def test_engines_agree_on_mutants(self, kind: str) -> None:
        """Items taken out, doubled, swapped, renamed, given other values, attributes or text beside them."""
        assert disagreements(_path_of(kind), _mutants(kind, MUTANTS)) == []

    def test_blanks_between_items(self) -> None:
        """A full-width blank between items is text: libxml2 refuses it, xmlschema does not see it, the hub names it."""
        payload = samples.tree("AT-REG")
        payload[0].tail = "　"
        fast, slow = engines(_path_of("AT-REG"))

        assert (fast.validate(payload), slow.is_valid(payload)) == (False, True)  # type: ignore[arg-type]
        with pytest.raises(Refused) as caught:
            schemas().validate(payload, "AT-REG", 1)
        assert (caught.value.code.id, caught.value.facts["path"]) == ("HUB-XSD-008", "/宛名登録")

    def test_the_whole_catalogue_is_covered(self) -> None:
        """Every schema that is no common part belongs to a type that is tested here."""
        assert {_path_of(kind) for kind in samples.types()} == set(PAYLOADS)


class TestSimpleTypes:
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            (path, kind.get("name", ""))
            for path in SIMPLE
            for kind in etree.fromstring(files()[path]).iter(f"{XS}simpleType")
        ],
    )
    def test_engines_agree_on_values(self, path: str, name: str) -> None:
        """Each simple type over values of every kind, and over random neighbours of them."""
        root = etree.fromstring(files()[path])
        etree.SubElement(root, f"{XS}element", {"name": "probe", "type": name})
        text = etree.tostring(root, encoding="UTF-8")
        fast, slow = etree.XMLSchema(etree.fromstring(text)), xmlschema.XMLSchema10(text, allow="none", defuse="always")
        namespace = root.get("targetNamespace")
        tag = f"{{{namespace}}}probe" if namespace else "probe"

        differ = []
        for value in (*VALUES, *_neighbours(name)):
            element = etree.Element(tag)
            element.text = value
            if fast.validate(element) != slow.is_valid(element):  # type: ignore[arg-type]
                differ.append(value)

        assert differ == []


def _path_of(kind: str) -> str:
    return schemas()._schema_of[kind, 1]


def _mutants(kind: str, count: int) -> Iterator[etree._Element]:
    for variant in range(len(samples.samples(kind))):
        source = random.Random(f"{kind} {variant}")
        for _ in range(count):
            payload = samples.tree(kind, variant=variant)
            _mutate(source, payload)
            yield payload


def _mutate(source: random.Random, payload: etree._Element) -> None:
    target = source.choice([element for element in payload.iter() if element is not payload])
    parent = target.getparent()
    assert parent is not None
    way = source.randrange(9)
    if way == 0:
        parent.remove(target)
    elif way == 1:
        target.addnext(deepcopy(target))
    elif way == 2:
        parent.append(target)
    elif way == 3:
        target.tag = source.choice([element.tag for element in payload.iter()])
    elif way == 4:
        target.set("a", "1")
    elif way == 5:
        target.tail = source.choice(["", " ", "\n", "文"])
    else:
        # A blank that is no XML white space, between items, is the one known difference (test_blanks_between_items).
        target.text = source.choice(
            [value for value in VALUES if value.strip() or not value.strip(" \t\n") or not len(target)]
        )


def _neighbours(name: str) -> Iterator[str]:
    source = random.Random(name)
    alphabet = [*sorted(set("".join(VALUES))), *"-_.+/=!~・ゝヽゎヴー"]
    for _ in range(60):
        value = list(source.choice(VALUES)[:40])
        for _ in range(source.randint(1, 2)):
            value.insert(source.randint(0, len(value)), source.choice(alphabet))
        yield "".join(value)
