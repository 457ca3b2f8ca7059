"""The catalogue of codes: well formed, complete in two languages, documented, used, and quoted nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from operator import attrgetter
from pathlib import Path
from string import Formatter
from types import MappingProxyType

import pytest

from hub.codes import catalogue, msg
from hub.codes.withdrawn import WITHDRAWN
from hub.errors import Code, HubError, Language
from scripts import errors_doc

ROOT = Path(__file__).resolve().parents[2]
CODES = ROOT / "hub" / "codes"
EVERY = pytest.mark.parametrize("code", catalogue().values(), ids=attrgetter("id"))
QUOTED = re.compile(r"HUB-[A-Z]{3}-[0-9]{3}")


class TestCatalogue:
    @EVERY
    def test_id_is_well_formed(self, code: Code) -> None:
        """An id is HUB, an area of three capital letters, and three digits."""
        assert re.fullmatch(r"HUB-[A-Z]{3}-[0-9]{3}", code.id)

    def test_area_is_the_name_of_its_module(self) -> None:
        """hub/codes/<area>.py holds the codes of its area and no other: an id leads to its file."""
        strays = [
            f"{code} in {path.name}" for path, _, code in _definitions() if code.lower().split("-")[1] != path.stem
        ]

        assert strays == []

    def test_ids_and_names_are_unique(self) -> None:
        """No id is given twice, neither within a module nor across modules."""
        ids = [code for _, _, code in _definitions()]

        assert sorted(ids) == sorted(set(ids))
        assert sorted(ids) == list(catalogue())

    def test_a_second_code_with_one_id_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The catalogue itself refuses to be built when an id stands twice."""
        monkeypatch.setattr(msg, "TWIN", Code("HUB-MSG-001", "a", "a", "a", "a"), raising=False)

        with pytest.raises(ValueError, match="HUB-MSG-001"):
            catalogue()


class TestWithdrawn:
    def test_a_withdrawn_number_is_given_to_nothing(self) -> None:
        """Old logs bear it: it must go on meaning what it meant, so no code of today has it."""
        assert [one.id for one in WITHDRAWN if one.id in catalogue()] == []
        assert len({one.id for one in WITHDRAWN}) == len(WITHDRAWN)

    def test_each_leads_to_codes_of_today(self) -> None:
        """Whoever meets it in an old log finds what says it now."""
        assert all(one.instead and set(one.instead) <= catalogue().keys() for one in WITHDRAWN)


class TestTexts:
    @EVERY
    def test_both_languages_ask_for_the_same_facts(self, code: Code) -> None:
        """The Japanese and the English sentence have the same named fields, so a raising line serves both."""
        assert _fields(code.ja) == _fields(code.en)

    @EVERY
    @pytest.mark.parametrize("lang", ["ja", "en"])
    def test_renders_with_and_without_its_facts(self, code: Code, lang: Language) -> None:
        """Given its facts no brace is left; given none it still renders, for an error must never raise another."""
        facts = MappingProxyType({field: f"<{field}>" for field in _fields(code.ja)})
        text = code.text(facts, lang)

        assert not re.search(r"[{}]", text)
        assert all(f"<{field}>" in text for field in facts)
        assert code.text({}, lang)

    @EVERY
    @pytest.mark.parametrize("lang", ["ja", "en"])
    def test_is_told_without_facts_in_a_sentence_without_places(self, code: Code, lang: Language) -> None:
        """With all its facts it is the text; with one missing, or none, no place of a fact shows as brace or question mark."""
        facts = {field: f"<{field}>" for field in _fields(code.ja)}
        told = [code.told({}, lang), code.told(dict(list(facts.items())[1:]), lang)]

        assert code.told(facts, lang) == code.text(facts, lang)
        assert not [one for one in told if re.search(r"[{}<>?]|: *$", one) or not re.search(r"\w", one)]

    @EVERY
    def test_says_what_to_do(self, code: Code) -> None:
        """Meaning and remedy stand in both languages: the Japanese in Japanese, the English in ASCII letters."""
        assert all(re.search(r"[ぁ-んァ-ヶ一-龠]", text) for text in (code.ja, code.remedy_ja))
        assert all(re.search(r"[A-Za-z]{3}", text) for text in (code.en, code.remedy_en))
        assert not _fields(code.remedy_ja + code.remedy_en), "a remedy is the same for every case"

    def test_an_error_shows_its_code_first(self) -> None:
        """A person can search for what stands at the start of the line."""
        assert str(HubError(msg.TOO_LARGE, type="T", size=2, limit=1)).startswith("HUB-MSG-001 ")


class TestDocument:
    def test_docs_errors_is_what_the_generator_prints(self) -> None:
        """docs/errors.md is generated: `make docs` writes it, and nobody edits it by hand."""
        assert (ROOT / "docs" / "errors.md").read_text("utf-8") == errors_doc.render(catalogue().values())

    def test_every_area_has_a_title_and_every_title_an_area(self) -> None:
        """The small table of areas in scripts/errors_doc.py is complete and holds nothing that is gone."""
        assert set(errors_doc.AREAS) == {errors_doc.area(code) for code in catalogue().values()}

    def test_a_bar_in_a_text_does_not_break_the_table(self) -> None:
        """A `|` inside a sentence is escaped."""
        page = errors_doc.render([Code("HUB-MSG-999", "あ|い", "a|b", "う", "c")])

        assert r"| `HUB-MSG-999` | あ\|い | a\|b | う | c |" in page


class TestUse:
    def test_no_code_is_dead(self) -> None:
        """Every constant is used somewhere in hub/ or connectors/ outside hub/codes."""
        used = {name for path in _sources() for name in _used(path)}
        dead = [
            f"{code} {path.stem}.{name}" for path, name, code in _definitions() if f"{path.stem}.{name}" not in used
        ]

        assert dead == []

    def test_no_id_is_quoted_in_code(self) -> None:
        """Code names constants: an id written out as a string outside hub/codes could go stale unnoticed."""
        quoted = [f"{path.relative_to(ROOT)}: {text}" for path in _sources() for text in _strings(path)]

        assert quoted == []


def _fields(template: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(template) if field is not None}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _sources() -> list[Path]:
    found = [path for top in ("hub", "connectors") for path in sorted((ROOT / top).rglob("*.py"))]
    return [path for path in found if CODES not in path.parents]


def _definitions() -> Iterator[tuple[Path, str, str]]:
    """(file, constant, id) of every `NAME = Code("HUB-...", ...)` in hub/codes."""
    for path in sorted(CODES.glob("*.py")):
        for node in _tree(path).body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Code":
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target  # type: ignore[attr-defined]
                identifier = value.args[0]
                assert isinstance(target, ast.Name)
                assert isinstance(identifier, ast.Constant)
                yield path, target.id, str(identifier.value)


def _used(path: Path) -> Iterator[str]:
    """`area.NAME` of every constant that a file imports by name, or reaches through an imported area module."""
    areas: dict[str, str] = {}
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module == "hub.codes":
            areas |= {name.asname or name.name: name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hub.codes."):
            yield from (f"{str(node.module).removeprefix('hub.codes.')}.{name.name}" for name in node.names)
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in areas:
            yield f"{areas[node.value.id]}.{node.attr}"


def _strings(path: Path) -> Iterator[str]:
    """Ids inside string constants, docstrings apart: those explain, and no program reads them."""
    prose = {
        id(node.body[0].value)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield from QUOTED.findall(node.value)
