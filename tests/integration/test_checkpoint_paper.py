"""`hub log checkpoint -o`: a checkpoint on paper; what comes off the paper is the note itself, whoever read it.

The page was looked at in Chromium, and its code read back by `zbarimg` from the picture (2026-11-29).
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
import segno

from tests.integration.test_witness import hub, submit


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("paper")
    hub("init", "--development", "--home", str(place / "home"))
    submit(place / "home", place)
    return place / "home"


class TestPaper:
    def test_holds_the_note_in_words_and_in_the_code(self, home: Path, tmp_path: Path) -> None:
        """Nothing from elsewhere, no script; the code is that of the note, byte by byte."""
        said = hub("log", "checkpoint", "-o", str(tmp_path / "page.html"), "--home", str(home))
        page = (tmp_path / "page.html").read_text("utf-8")
        printed = re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)
        code = segno.make(str(said["note"]), error="m", micro=False).svg_inline(border=4, omitsize=True)

        assert printed is not None
        assert unescape(printed[1]) == said["note"]
        assert code in page
        assert "<script" not in page
        assert not re.search(r"""(?:src|href)=""", page)

    @pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n"])
    def test_off_the_paper_into_the_verifier(self, home: Path, tmp_path: Path, end: str) -> None:
        """Readers of codes add line feeds, or take them away."""
        note = str(hub("log", "checkpoint", "--home", str(home))["note"])
        (tmp_path / "kept").write_bytes((note.rstrip("\n") + end).encode())

        assert hub("log", "verify", "--checkpoint", str(tmp_path / "kept"), "--home", str(home))["verified"]

    def test_another_log_is_found_by_it(self, home: Path, tmp_path: Path) -> None:
        note = str(hub("log", "checkpoint", "--home", str(home))["note"])
        (tmp_path / "kept").write_text(note, "utf-8")
        hub("init", "--development", "--home", str(tmp_path / "other"))
        submit(tmp_path / "other", tmp_path)
        done = hub("log", "verify", "--checkpoint", str(tmp_path / "kept"), "--home", str(tmp_path / "other"), code=4)

        assert "error" in done


class TestSiem:
    @pytest.mark.parametrize("form", ["ecs", "cef"])
    def test_a_line_an_entry_and_from_where_to_go_on(self, home: Path, tmp_path: Path, form: str) -> None:
        words = ("log", "siem", "--format", form, "-o", str(tmp_path / "out"), "--home", str(home))
        first = hub(*words)
        lines = (tmp_path / "out").read_text("utf-8").splitlines()
        again = hub(*words, "--from", str(first["next"]))

        assert (len(lines), first["count"], first["next"]) == (2, 2, 2)
        assert (again["count"], again["next"], (tmp_path / "out").read_bytes()) == (0, 2, b"")
