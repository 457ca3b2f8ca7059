"""`hub sign --attach`, `hub submit --attach` and `hub inbox -o`: files by hand, with and without a process that owns the home."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner

from hub.attachments import MOST_BYTES
from hub.cli.app import root
from hub.codes import cli, msg
from hub.envelope import parse_header
from hub.messages import Attachment
from tests import samples
from tests.attaching import PIECE, described
from tests.owning import owner


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("founded") / "home"
    assert CliRunner().invoke(root, ["init", "--development", "--home", str(home)]).exit_code == 0
    return home


@contextmanager
def nobody(_home: Path) -> Iterator[None]:
    """No process owns the home: the command does it itself."""
    yield


class Hand:
    """One home and a folder with files."""

    def __init__(self, home: Path, place: Path) -> None:
        self.home, self.place = home, place
        self.body, self.message = place / "body.xml", place / "m.xml"
        self.body.write_bytes(etree.tostring(samples.tree("SN-FILE"), encoding="UTF-8"))

    def __call__(self, *words: str) -> tuple[int, Any]:
        done = CliRunner().invoke(root, [*words, "--json", "--home", str(self.home)])
        return done.exit_code, json.loads(done.stdout)

    def file(self, name: str, content: bytes) -> Path:
        (self.place / name).write_bytes(content)
        return self.place / name

    def sign(self, *attach: str) -> tuple[int, Any]:
        way = ("--as", "shinsei", "--to", "juki", "--type", "SN-FILE", "-o", str(self.message))
        return self("sign", str(self.body), *way, *(word for one in attach for word in ("--attach", one)))

    def submit(self, *files: Path) -> tuple[int, Any]:
        return self("submit", str(self.message), *(word for file in files for word in ("--attach", str(file))))


@pytest.fixture
def hand(founded: Path, tmp_path: Path) -> Hand:
    shutil.copytree(founded, tmp_path / "home")
    return Hand(tmp_path / "home", tmp_path)


def code_of(told: tuple[int, Any]) -> tuple[int, str]:
    return told[0], told[1]["error"]["code"] if "error" in told[1] else told[1]["code"]


class TestByHand:
    @pytest.mark.parametrize("owned", [nobody, owner])
    def test_signed_sent_and_saved(self, hand: Hand, owned: Any) -> None:
        """Each file comes out as it went in, named by its message and its place, of the type of its name or of what was said."""
        content = os.urandom(2 * PIECE + 9)
        files = [hand.file("a.pdf", content), hand.file("b", b"x"), hand.file("c.tiff", b"y")]
        with owned(hand.home):
            hand.sign(str(files[0]), f"{files[1]};type=text/csv", str(files[2]))
            code, sent = hand.submit(*reversed(files))
            again = hand.submit(*files)[1]
            listed = hand("inbox", "juki", "-o", str(hand.place / "in"))[1]["messages"][0]
        header = parse_header(etree.fromstring(hand.message.read_bytes()))

        assert (code, again["repeated"], again["receipt"]) == (0, True, sent["receipt"])
        assert header.attachments == (described(content), described(b"x", "text/csv"), described(b"y", "image/tiff"))
        assert [Attachment(**one) for one in listed["attachments"]] == list(header.attachments)
        assert listed["files"] == [f"{sent['message']}.{end}" for end in ("1.pdf", "2.csv", "3.tiff")]
        assert [(hand.place / "in" / name).read_bytes() for name in listed["files"]] == [content, b"x", b"y"]

    def test_other_files_than_were_signed_are_not_sent(self, hand: Hand) -> None:
        """None, one too many, or one that changed: nothing is refused for good, and the right ones go afterwards."""
        file = hand.file("a.pdf", b"as signed")
        hand.sign(str(file))
        told = [code_of(hand.submit()), code_of(hand.submit(file, hand.file("b", b"more")))]
        file.write_bytes(b"as changed")
        told.append(code_of(hand.submit(file)))
        file.write_bytes(b"as signed")

        assert told == [(2, cli.OTHER_FILES.id)] * 3
        assert hand.submit(file)[0] == 0

    def test_what_is_too_large_is_not_read(self, hand: Hand) -> None:
        """By the sizes of the files alone: one that takes no room on the disk is as good."""
        with (hand.place / "large.bin").open("wb") as file:
            file.truncate(MOST_BYTES + 1)

        assert code_of(hand.sign(str(hand.place / "large.bin"))) == (3, msg.ATTACHMENTS_SIZE.id)
        assert not hand.message.exists()

    @pytest.mark.parametrize("wrong", ["a.pdf;type=PDF", "a.pdf;type=", "a.pdf;type=text/" + "x" * 99])
    def test_a_type_has_its_form(self, hand: Hand, wrong: str) -> None:
        """As the envelope's schema wants it."""
        hand.file("a.pdf", b"x")

        assert code_of(hand.sign(str(hand.place / wrong))) == (2, cli.MEDIA_TYPE.id)

    def test_what_is_not_there_cannot_be_attached(self, hand: Hand) -> None:
        """Told by its name."""
        assert code_of(hand.sign(str(hand.place / "none.pdf"))) == (2, cli.FILE_UNREADABLE.id)
