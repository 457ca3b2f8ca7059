"""`hub log bundle --reveal body` of a message with attachments: they are in it, and the second verifier holds them to the signed header."""

from __future__ import annotations

import io
import json
import os
import zipfile
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.app.paths import HomePaths
from hub.cli import bundle
from hub.edges import pki
from hub.exchangelog.bundle import Member, container
from tests.attaching import PIECE
from tests.integration.test_cli_attach import Hand
from tests.integration.test_person_search import AUDITOR
from tests.integration.test_witness import hub
from verifier import juki_verify

CONTENTS = [os.urandom(2 * PIECE + 9), b"x"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle as its recipient has it."""
    place = tmp_path_factory.mktemp("attached")
    home = ("--home", str(place / "home"))
    hub("init", "--development", *home)
    hub("person", "add", AUDITOR, "--role", "auditor", *home)
    hand = Hand(place / "home", place)
    files = [hand.file(f"{number}.bin", content) for number, content in enumerate(CONTENTS)]
    hand.sign(*map(str, files))
    message = hand.submit(*files)[1]["message"]
    now = datetime.now(UTC)
    validity = pki.Validity(now - timedelta(days=1), now + timedelta(days=30))
    made = pki.make_endpoint(
        pki.make_ca("CA", validity, development=True), ("131211", "kikan", "x"), validity, development=True
    )
    pki.write_key(place / "x.key", made.key)
    pki.write_certificates(place / "x.pem", [made.certificate])
    own = ("--key", str(place / "x.key"), "--certificate", str(place / "x.pem"), "--to", str(place / "x.pem"))
    words = ("--reveal", "body", "--person", AUDITOR, "--reason", "開示請求", "-o", str(place / "sealed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "MOST_BYTES", 2 * PIECE)  # in more than one reply
        hub("log", "bundle", message, *own, *words, *home)
    hub("media", "open", str(place / "sealed"), "--key", str(place / "x.key"), "-o", str(place / "bundle"), *home)
    return place


def judged(place: Path, file: Path) -> tuple[int, dict[int, str]]:
    root_key = f"@{HomePaths(place / 'home').root_verifier}"
    with redirect_stdout(io.StringIO()) as said:
        status = juki_verify.main(["bundle", str(file), "--root-key", root_key, "--json"])
    return status, {one["check"]: one["status"] for one in json.loads(said.getvalue()).get("checks", ())}


def read(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(files: dict[str, bytes], target: Path) -> Path:
    """A bundle whose manifest says what is in it; its signature is not looked at here."""
    members = [
        Member(name, juki_verify.media_of(name), content)
        for name, content in files.items()
        if name != "mimetype" and not name.startswith("META-INF/")
    ]
    target.write_bytes(container(members, lambda _: files["META-INF/signature001.p7s"]))
    return target


def test_they_are_in_it(opened: Path) -> None:
    """Whole, each reveal an entry that is in it too; the second verifier is content with that."""
    files = read(opened / "bundle")
    attached = [content for name, content in files.items() if name.startswith("attachments/")]
    looks = hub("review", "reveals", "--home", str(opened / "home"))["looks"]
    assert isinstance(looks, list)

    assert sorted(attached, key=len) == sorted(CONTENTS, key=len)
    assert [one["action"] for one in looks] == ["reveal"] * 3
    assert judged(opened, opened / "bundle")[1][14] == "holds"


@pytest.mark.parametrize("crime", ["changed", "renamed", "alone", "of another"])
def test_what_no_header_names_is_refused(opened: Path, tmp_path: Path, crime: str) -> None:
    files = read(opened / "bundle")
    name = next(one for one in files if one.startswith("attachments/"))
    content = files.pop(name)
    match crime:
        case "changed":
            files[name] = content + b"x"
        case "renamed":
            files[name[:-68] + "0" * 64 + ".bin"] = content
        case "alone":
            files = {one: value for one, value in files.items() if not one.startswith("messages/")} | {name: content}
        case _:
            files[name.replace(name[12:28], f"{1:016}")] = content
    status, checks = judged(opened, rewritten(files, tmp_path / "bundle"))

    assert status != 0
    assert checks[14] == "fails"
