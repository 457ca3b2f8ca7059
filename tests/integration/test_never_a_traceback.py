"""Never a traceback: each command, at a home in which one file after the other is garbled, and at paths that cannot be."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import typer
import typer.testing
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.testing import CliRunner

import hub.cli.run
import hub.cli.serve
from hub import flows, routes
from hub.app import law, members
from hub.cli.app import root
from hub.cli.options import reporting, speaker
from hub.codes import catalogue
from hub.edges import inside
from hub.schemas import Schemas

EXAMPLE: Final = Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml"
GARBAGE: Final = b"\xff\xfe\x00garbage\x80\n\xe3\x81: [\n"
ENDS: Final = frozenset({0, 2, 3, 4, 5, 6})  # design section 5
CODE: Final = re.compile(r"HUB-[A-Z]{3}-\d{3}")
# What a person would type; every other required word is "x".
WORDS: Final[Mapping[str, str]] = {
    "as_": "juki",
    "to": "atena",
    "endpoint": "atena",
    "type_": "AT-REG",
    "item": "bangou-9-1",
    "table": "statutes",
    "recipient": "課税課",
    "information": "住民基本台帳ファイル",
    "channel": "hub",
    "person": "見本 太郎",
    "role": "approver",
    "index": "0",
    "number": "0",
    "message": "x",
    "name": "row:kou2/128",
}
# Read by nearly every command; the others only by those that open the home or its log.
TEXTS: Final = ("hub.yaml", "keys/keylist.txt", "keys/root.vkey", "operators.yaml", "routing.yaml", "trust/revoked.txt")
KEPT: Final = (
    *("confirmations/*.json", "endpoints/juki/cert.pem", "endpoints/juki/key.pem", "journal/journal.sqlite"),
    *("keys/lane.key", "keys/log.key", "keys/log.memory", "keys/master.key", "keystore/keys.sqlite"),
    *("persons/*.key", "persons/register.json", "trust/ca.pem", "trust/endpoints/juki.pem"),
)
OPENING: Final = (
    *(("confirm", "list"), ("confirm", "sign"), ("inbox",), ("log", "verify"), ("person", "list")),
    *(("sign",), ("submit",), ("verify",)),
)


def leaves(command: object, *path: str) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Every command that does something, by its words."""
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            yield from leaves(one, *path, name)
    elif isinstance(command, TyperCommand):
        yield path, command


TREE: Final = typer.main.get_command(root)
COMMANDS: Final = dict(leaves(TREE))


class Ward:
    """A home with two persons, a confirmation, a message in it and what it stands on."""

    def __init__(self, place: Path) -> None:
        self.home, self.message, self.other = place / "home", place / "m.xml", place / "file"
        self.stamps = place / "inbox"

    def words(self, command: TyperCommand, out: Path) -> list[str]:
        """The least that the command must be given."""
        found: list[str] = []
        for param in command.params:
            if isinstance(param, TyperOption | TyperArgument) and param.required and param.name != "home":
                value = self.value(param, out)
                found += [value] if isinstance(param, TyperArgument) else [param.opts[-1], value]
        return found

    def value(self, param: TyperOption | TyperArgument, out: Path) -> str:
        if not is_path(param):
            return WORDS.get(str(param.name), "x")
        if param.name == "output":
            return str(out)
        if param.name == "stamp":
            return str(next(self.stamps.glob("*.stamp"), self.other))
        places = {"body": EXAMPLE, "file": self.message, "to": self.home / "trust" / "endpoints" / "juki.pem"}
        return str(places.get(str(param.name), self.other))


def is_path(param: object) -> bool:
    """Whether it takes the name of a file or folder."""
    return "Path" in str(param.type_descriptor.annotation) if isinstance(param, TyperOption | TyperArgument) else False


def said(words: Sequence[str], home: object) -> tuple[int, str]:
    """How the command ended, and all that it said."""
    done = CliRunner().invoke(root, [*words, "--home", str(home)])
    assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exc_info)
    return done.exit_code, done.output + done.stderr


def judged(words: Sequence[str], home: object) -> int:
    """The exit code, once it is one of the contract, with a code beside it, and without a traceback."""
    code, told = said(words, home)
    named = CODE.findall(told)

    assert code in ENDS, (words, code, told)
    assert "Traceback" not in told
    assert code == 0 or (named and set(named) <= set(catalogue())), (words, code, told)
    assert "HUB-CLI-049" not in named, (words, told)  # the last resort is for what nobody could foresee
    return code


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """What is pure and dear is worked out once; zones that could be served are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", lambda _: TREE)  # typer makes the tree anew at every call
        patch.setattr(flows, "load", functools.cache(flows.load))
        patch.setattr(law, "load_provisions", functools.cache(law.load_provisions))
        read: Callable[..., object] = routes.load
        known: dict[str, object] = {}

        def load_routes(text: str, *more: Any) -> object:
            if text not in known:
                known[text] = read(text, *more)
            return known[text]

        patch.setattr(law, "load_routes", load_routes)
        schemas: list[Schemas] = []
        load = Schemas.load

        def load_once(files: Mapping[str, bytes]) -> Schemas:
            schemas.extend([load(files)] if not schemas else [])
            return schemas[0]

        patch.setattr(Schemas, "load", load_once)
        for module, name in ((hub.cli.run, "serve"), (hub.cli.serve, "serve")):
            patch.setattr(module, name, lambda *_: None)
        for name in ("work", "dispatch", "connect"):
            patch.setattr(members, name, lambda *_: None)
        yield


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    ward = Ward(tmp_path_factory.mktemp("ward"))
    ward.other.write_bytes(GARBAGE)
    sign = ["--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1", "-o", str(ward.message)]
    for words in (
        ["init", "--development"],
        ["person", "add", WORDS["person"], "--role", "approver"],
        ["confirm", "sign", WORDS["name"], "--person", WORDS["person"], "--reason", "x"],
        ["sign", str(EXAMPLE), *sign],
        ["submit", str(ward.message)],
        ["inbox", "atena", "-o", str(ward.stamps)],
    ):
        code, told = said(words, ward.home)
        assert code == 0, told
    return ward


def garbled(ward: Ward, pattern: str, place: Path, content: bytes | None) -> tuple[Path, Path]:
    """A copy of the home in which one file is another one, or a folder; the home and the file."""
    home = place / "home"
    shutil.copytree(ward.home, home)
    (file,) = sorted(home.glob(pattern))[:1]
    if content is None:
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(content)
    return home, file


class TestGarbledHomes:
    @pytest.mark.parametrize("file", TEXTS)
    def test_each_command_ends_with_a_code_when_a_text_is_garbled(self, ward: Ward, tmp_path: Path, file: str) -> None:
        """Every command of the program; and the file is left as it is, for a person to look at."""
        home, broken = garbled(ward, file, tmp_path, GARBAGE)
        ends = {path: judged([*path, *ward.words(one, tmp_path / "out")], home) for path, one in COMMANDS.items()}

        assert broken.read_bytes() == GARBAGE
        assert ends["inbox",] != 0 or ends["verify",] != 0

    @pytest.mark.parametrize("file", KEPT)
    def test_what_opens_a_home_ends_with_a_code_when_a_key_or_a_store_is_garbled(
        self, ward: Ward, tmp_path: Path, file: str
    ) -> None:
        """Keys, certificates, registers and databases."""
        home, broken = garbled(ward, file, tmp_path, GARBAGE)
        ends = [judged([*path, *ward.words(COMMANDS[path], tmp_path / "out")], home) for path in OPENING]

        assert any(ends)
        assert broken.read_bytes() == GARBAGE

    @pytest.mark.parametrize("file", TEXTS)
    def test_a_folder_in_place_of_a_file_is_a_code(self, ward: Ward, tmp_path: Path, file: str) -> None:
        """As a file that is closed to us."""
        home, _ = garbled(ward, file, tmp_path, None)
        short = (("check",), ("inbox",), ("log", "verify"), ("verify",))
        ends = [judged([*path, *ward.words(COMMANDS[path], tmp_path / "out")], home) for path in short]

        assert any(ends)

    @pytest.mark.parametrize("file", ["demo.json", "plan.jsonl"])
    @pytest.mark.parametrize("content", [GARBAGE, b"[]\n", b'{"x": 1}\n'])
    def test_a_garbled_demo_is_a_code(self, tmp_path: Path, file: str, content: bytes) -> None:
        """It is not played on, and nothing is erased."""
        home = tmp_path / "demo"
        home.mkdir()
        (home / "demo.json").write_text(json.dumps({"residents": 300, "events": 400, "seed": 1, "full": False}))
        (home / file).write_bytes(content)

        assert judged(["demo"], home) == 2
        assert (home / file).read_bytes() == content


class TestImpossiblePaths:
    def test_each_path_of_each_command(self, ward: Ward, tmp_path: Path) -> None:
        """Below a device, a file for a folder, a folder for a file, and a name that is too long."""
        home = tmp_path / "home"
        shutil.copytree(ward.home, home)
        (tmp_path / "folder" / "inner").mkdir(parents=True)
        file, folder = tmp_path / "file", tmp_path / "folder"
        for path, command in COMMANDS.items():
            words = [*path, *ward.words(command, tmp_path / "out")]
            for param in filter(is_path, command.params):
                for one in ("/dev/null/x", "n" * 5000, str(file), str(folder)):
                    file.write_bytes(GARBAGE)
                    if param.name == "home":
                        judged(words, one)
                    elif isinstance(param, TyperArgument):
                        judged([one if word == ward.value(param, tmp_path) else word for word in words], home)
                    else:
                        judged([*words, f"{param.opts[-1]}={one}"], home)

    @pytest.mark.parametrize("words", [["init"], ["demo"]])
    def test_a_home_that_cannot_be_made_is_usage(self, words: list[str], tmp_path: Path) -> None:
        """It names the place."""
        code, told = said(words, "/dev/null/x")

        assert (code, "HUB-CLI-048" in told, "/dev/null" in told) == (2, True, True)

    def test_an_inbox_in_place_of_a_file_is_usage(self, ward: Ward) -> None:
        """`-o` wants a folder."""
        ward.other.write_bytes(GARBAGE)
        code, told = said(["inbox", "atena", "-o", str(ward.other)], ward.home)

        assert (code, "HUB-CLI-048" in told, ward.other.read_bytes()) == (2, True, GARBAGE)

    @pytest.mark.parametrize("words", [["sign"], ["log", "export"], ["media", "write"]])
    def test_where_nothing_can_be_written_is_found_first(self, ward: Ward, words: list[str]) -> None:
        """Usage, and not a trouble of the disk after the work, or after the record, is done."""
        given = ward.words(COMMANDS[tuple(words)], Path("/dev/null/x"))
        code, told = said([*words, *given], ward.home)

        assert (code, "HUB-CLI-048" in told) == (2, True), told

    def test_a_name_that_is_no_text_is_said_in_escapes(self) -> None:
        """A path may hold any bytes."""
        code, told = said(["check", "--json"], os.fsdecode(b"\xff"))

        assert (code, json.loads(told.splitlines()[0])["error"]["code"]) == (2, "HUB-CFG-002")


class TestLastResort:
    def test_what_nobody_foresaw_is_told_by_kind_and_place(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Never its text, which may quote a message."""

        def fails(_: object) -> None:
            raise KeyError("1234-5678 足立 花子")

        with pytest.raises(typer.Exit) as end:
            reporting(fails, speaker(Path(), json=False, lang="en"))
        told = capsys.readouterr().err

        assert end.value.exit_code == 5
        assert re.search(r"^HUB-CLI-049 .*KeyError \(test_never_a_traceback.py:\d+", told)
        assert not re.search("Traceback|1234|足立", told)

    def test_also_outside_of_a_command(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Before a command has begun to report."""
        monkeypatch.setattr(inside, "keep", lambda: 1 // 0)
        monkeypatch.setattr(sys, "argv", ["hub", "run", "--partners", "x", "--json"])
        done = CliRunner().invoke(root, ["run", "--partners", "x", "--json"])

        assert (done.exit_code, json.loads(done.stdout)["error"]["code"]) == (5, "HUB-CLI-049")
