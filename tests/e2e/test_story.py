"""`hub log search` and `hub log journey` over a day with every flow: everything that was planned is found, told and shown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from typer.testing import CliRunner

from hub.cli import app
from tests.e2e import logfile
from tests.e2e.demorun import ZONES, Run

ZONE = "kikan"


class Asked:
    """One zone's log, asked as a person would ask it; the search file lies outside the home, which is not ours."""

    def __init__(self, run: Run, zone: str, place: Path) -> None:
        self.home, self.index = run.home / "zones" / zone, place / f"{zone}.sqlite"
        self.entries = logfile.entries(self.home)

    def __call__(self, *words: str) -> dict[str, Any]:
        done = CliRunner().invoke(
            app.root, ["log", *words, "--home", str(self.home), "--index", str(self.index), "--json"]
        )
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    def all(self, *words: str) -> Iterator[int]:
        """The indexes of all pages."""
        page = self("search", *words, "--limit", "100")
        yield from (one["index"] for one in page["found"])
        while page["before"] is not None:
            page = self("search", *words, "--limit", "100", "--before", str(page["before"]))
            yield from (one["index"] for one in page["found"])


@pytest.fixture(scope="module")
def asked(full: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asked]:
    place = tmp_path_factory.mktemp("search")
    return {zone: Asked(full, zone, place) for zone in ZONES}


class TestSearch:
    def test_every_refusal_is_found_by_its_code(self, full: Run, asked: dict[str, Asked]) -> None:
        """As often as the report counts it."""
        for code, count in full.report["refused"].items():
            found = [index for zone in ZONES for index in asked[zone].all("--kind", "refuse", "--code", code)]
            assert len(found) >= count, code

    @pytest.mark.parametrize("zone", ZONES)
    def test_each_question_finds_what_the_leaves_say(self, zone: str, asked: dict[str, Asked]) -> None:
        """Types, rows and parties, each counted over all entries; the newest first."""
        log = asked[zone]
        for field, option in (("type", "--type"), ("sender", "--sender"), ("recipient", "--recipient")):
            counts = Counter(one[field] for one in log.entries if one.get(field))
            for value, count in counts.most_common(2):
                found = list(log.all(option, value))
                assert (len(found), found) == (count, sorted(found, reverse=True))
        rows = Counter(f"{one['legal']['table']}/{one['legal']['item']}" for one in log.entries if one.get("legal"))
        for row, count in rows.most_common(2):
            assert len(list(log.all("--provision", row))) == count
        day = next(one["time"] for one in log.entries)[:10]
        assert len(list(log.all("--from", day))) == len(log.entries)
        assert not list(log.all("--from", "2030-01-01"))


class TestStory:
    def story(self, log: Asked, kind: str) -> list[dict[str, Any]]:
        """That of the first permitted message of the type."""
        message = next(one["message"] for one in log.entries if one["kind"] == "permit" and one["type"] == kind)
        told = log("journey", message)
        assert not told["cut"]
        return list(told["lines"])

    def test_of_a_message_to_many(self, asked: dict[str, Asked]) -> None:
        """Each recipient's permit and answer, of the one conversation, in order; nothing of any other."""
        log = asked[ZONE]
        lines = self.story(log, "JK-CHG")
        conversation = next(one["entry"]["conversation"] for one in lines if one["entry"]["kind"] == "permit")
        wanted = [
            index
            for index, one in enumerate(log.entries)
            if one.get("conversation") == conversation and one["kind"] in {"permit", "refuse"}
        ]
        told = [one["index"] for one in lines]

        assert set(wanted) <= set(told)
        assert told == sorted(told)
        permits = {one["entry"]["message"] for one in lines if one["entry"]["kind"] == "permit"}
        answered = {line[0] for one in lines if one["entry"]["kind"] == "answer" for line in one["entry"]["lines"]}
        assert permits <= answered
        assert {one["delivery"]["state"] for one in lines if one["delivery"]} <= {"acknowledged", "rejected"}

    def test_of_one_that_persons_released(self, asked: dict[str, Asked]) -> None:
        """自動応答不可: permitted, held, looked into by two persons, released, answered."""
        log = asked[ZONE]
        held = next(one["message"] for one in log.entries if one["kind"] == "release")
        kinds = [one["entry"]["kind"] for one in log("journey", held)["lines"]]

        assert kinds.index("permit") < kinds.index("hold") < kinds.index("release")
        assert "answer" in kinds[kinds.index("release") :]

    def test_as_a_page(self, asked: dict[str, Asked], tmp_path: Path) -> None:
        """A row and a mark in the picture for each entry; nothing is fetched from elsewhere, and nothing runs."""
        log, file = asked[ZONE], tmp_path / "story.html"
        held = next(one["message"] for one in log.entries if one["kind"] == "release")
        lines = log("journey", held, "-o", str(file))["lines"]
        page = html.document_fromstring(file.read_text("utf-8"))

        assert len(page.findall(".//table/tr")) == 1 + len(lines)
        marks = [text for text in page.xpath("//*[local-name()='svg']//*[local-name()='text']/text()") if "#" in text]
        assert len(marks) == len(lines)
        assert page.get("lang") == "ja"
        assert not page.xpath("//script | //link | //img | //*[@src or @href]")

    def test_of_nothing(self, asked: dict[str, Asked]) -> None:
        """An id that the log does not know is an error with its code."""
        log = asked[ZONE]
        words = ["log", "journey", "0195e7a0-5a10-7c3e-9d52-0000000000ff", "--home", str(log.home)]
        done = CliRunner().invoke(app.root, [*words, "--index", str(log.index), "--json"])

        assert done.exit_code == 2
        assert "HUB-CLI-062" in done.output
