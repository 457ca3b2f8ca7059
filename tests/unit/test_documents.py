"""The documents are true where a machine can tell: links, pictures, the lock, the list of dependencies."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SVG = "{http://www.w3.org/2000/svg}"


class TestPages:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
    def test_links_lead_somewhere(self, page: Path) -> None:
        """Every relative link names a file of the repository, and its anchor a heading there."""
        broken = [link for link in _links(page) if not _resolves(page, link)]

        assert broken == []

    def test_both_readmes_tell_the_same(self) -> None:
        """The English and the Japanese README have the same sections, pictures, tables and rows."""
        english, japanese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.ja.md"))

        for line in (r"^## ", r"^\|", r"^!\[", r"^\$ make "):
            assert len(re.findall(line, english, re.MULTILINE)) == len(re.findall(line, japanese, re.MULTILINE))

    def test_decisions_are_numbered_without_gaps_and_name_their_price(self) -> None:
        """docs/adr counts from 0000, and every page has context, decision and price."""
        pages = sorted((ROOT / "docs" / "adr").glob("*.md"))

        assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(len(pages))]
        for page in pages:
            assert re.findall(r"^## (.*)$", page.read_text("utf-8"), re.MULTILINE) == ["Context", "Decision", "Price"]


LARGE_DAY = ROOT / "docs" / "reports" / "large-day.md"
README_DAYS = {"README.md": ("The larger day, ", "\n## "), "README.ja.md": ("大きな一日 ", "\n## ")}


class TestLargeDay:
    @pytest.mark.parametrize("name", README_DAYS)
    def test_readme_quotes_the_record(self, name: str) -> None:
        """Every figure of the READMEs about the large day stands in docs/reports/large-day.md, and none of the important is missing."""
        record = LARGE_DAY.read_text("utf-8").partition("\n## Killed")[0]
        start, end = README_DAYS[name]
        told = _figures((ROOT / name).read_text("utf-8").partition(start)[2].partition(end)[0])

        assert told <= _figures(record)
        assert _main_figures(record) <= told


class TestPictures:
    @pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
    def test_is_plain_and_readable_in_light_and_dark(self, picture: Path) -> None:
        """Well formed, described for those who cannot see it, with colours for dark, and loading nothing."""
        root = etree.fromstring(picture.read_bytes())
        names = {str(element.tag) for element in root.iter(etree.Element)}

        assert {f"{SVG}title", f"{SVG}desc", f"{SVG}style"} <= names
        assert "prefers-color-scheme: dark" in (root.findtext(f"{SVG}style") or "")
        assert not names & {f"{SVG}script", f"{SVG}image", f"{SVG}use", f"{SVG}foreignObject"}


class TestLock:
    @pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
    def test_names_no_host_and_hashes_every_file(self, lock: Path) -> None:
        """Each requirement is pinned and hashed; no index, path or option of one machine stands in it."""
        text = lock.read_text("utf-8").replace("\\\n", "")

        assert all(
            re.fullmatch(r"[a-z0-9.-]+==\S+( ; [^@:/]+?)?( +--hash=sha256:[0-9a-f]{64})+", line)
            for line in text.splitlines()
        )

    def test_runtime_is_part_of_dev(self) -> None:
        """What is tested is what is installed: the same versions in both locks."""
        runtime, dev = (set(_pins(ROOT / "requirements" / f"{name}.txt")) for name in ("runtime", "dev"))

        assert runtime <= dev

    def test_every_declared_dependency_is_locked(self) -> None:
        """pyproject.toml asks for nothing that the runtime lock does not pin."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        declared = {re.split(r"[<>=\[]", line)[0].replace(".", "-") for line in project["dependencies"]}

        assert declared <= {name for name, _ in _pins(ROOT / "requirements" / "runtime.txt")}

    def test_every_runtime_package_is_justified(self) -> None:
        """SECURITY.md says of each package that is installed at run time why it is there."""
        page = (ROOT / "SECURITY.md").read_text("utf-8").replace("ruamel.yaml", "ruamel-yaml")
        silent = [
            name for name, _ in _pins(ROOT / "requirements" / "runtime.txt") if not re.search(rf"\b{name}\b", page)
        ]

        assert silent == []

    def test_what_is_imported_where_is_as_security_says(self) -> None:
        """Each sentence that names the home of a library, or counts the files that import it."""
        page = (ROOT / "SECURITY.md").read_text("utf-8")
        rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE)
        said = {names: claim for names, claim in rows if re.search("import|one file each", claim)}

        assert len(said) >= 4
        for names, claim in said.items():
            found = [
                files
                for name in re.findall(r"[a-z0-9_]+", names.lower().replace("-", "_"))
                if (files := _importers(name))
            ]
            homes = re.findall(r"(?:outside|one file each in|imports it) \(?`([^`]+)`", claim)
            assert all(f"{file}/".startswith(f"{home}/") for home in homes for files in found for file in files), names
            assert not re.search("one file (each|imports)", claim) or {len(files) for files in found} == {1}, names
            assert bool(found) is ("imported nowhere" not in claim), names


def _importers(module: str) -> set[str]:
    """The files of hub and connectors that import a library."""
    line = re.compile(rf"^\s*(?:import|from) {module}\b", re.MULTILINE | re.IGNORECASE)
    files = [file for top in ("hub", "connectors") for file in (ROOT / top).rglob("*.py")]
    return {file.relative_to(ROOT).as_posix() for file in files if line.search(file.read_text("utf-8"))}


def _figures(text: str) -> set[str]:
    """Dates as ISO, and every other number as it is printed; names of commands and files are no figures."""
    text = re.sub(r"(\d{4})年(\d{1,2})月(\d{1,2})日", r"\1-\2-\3", text)
    text = re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)
    dates = re.findall(r"\d{4}-\d{2}-\d{2}", text)
    return {*dates, *re.findall(r"\d[\d,]*", re.sub(r"\d{4}-\d{2}-\d{2}", "", text))}


def _main_figures(record: str) -> set[str]:
    """Of the record: its day, its table of counts, the sizes of both logs, the seconds."""
    day = re.findall(r"^Recorded (\S+)", record, re.MULTILINE)
    counts = re.findall(r"^\| (?=\d)(.*) \|$", record, re.MULTILINE)
    sizes = re.findall(r"\(([\d,]+) and ([\d,]+) entries\)\. (\d+) s ", record)
    assert (len(day), len(counts), len(sizes)) == (1, 1, 1)
    return {*day, *counts[0].split(" | "), *sizes[0]}


def _pins(lock: Path) -> Iterator[tuple[str, str]]:
    yield from re.findall(r"^([a-z0-9.-]+)==(\S+)", lock.read_text("utf-8"), flags=re.MULTILINE)


def _links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", link):
            yield link


def _resolves(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
