"""`hub log bundle`: an ASiC-E container that the second verifier judges alone; openssl confirms its signature, xmlsec1 its messages."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.edges import pki
from hub.exchangelog.bundle import MANIFEST, SIGNATURE
from tests.integration.test_witness import EXAMPLE, NAME, hub, serving, submit
from tests.timestampauthority import OpensslAuthority, openssl
from tests.xmlsec import verify as xmlsec1_verify
from tests.xmlsec import xmlsec1
from verifier import juki_verify

__all__ = ["xmlsec1"]

PERSON = "見本 監査"
Files = dict[str, bytes]


@dataclass(frozen=True)
class Ward:
    """A home with an exchange in its log that a witness and a timestamp authority have seen, and an office that signs bundles."""

    place: Path
    message: str
    tsa: OpensslAuthority

    @property
    def home(self) -> Path:
        return self.place / "home"

    @property
    def paths(self) -> HomePaths:
        return HomePaths(self.home)

    @property
    def witness_key(self) -> str:
        return (self.place / "witness/witness.vkey").read_text("utf-8").strip()

    def bundle(self, name: str, *words: str, code: int = 0) -> dict[str, object]:
        office = ("--key", str(self.place / "office.key"), "--certificate", str(self.place / "office.pem"))
        out = ("-o", str(self.place / name), "--home", str(self.home))
        return hub("log", "bundle", self.message, *office, *words, *out, code=code)

    def judged(self, file: Path, *words: str) -> tuple[int, dict[int, str]]:
        """What the second verifier says: exit, and the status of each check."""
        root_key = f"@{self.paths.root_verifier}"
        with redirect_stdout(io.StringIO()) as said:
            status = juki_verify.main(["bundle", str(file), "--root-key", root_key, "--json", *words])
        return status, {one["check"]: one["status"] for one in json.loads(said.getvalue()).get("checks", ())}

    @property
    def everything(self) -> list[str]:
        """All that a reviewer can bring along."""
        return [
            *("--signer-ca", str(self.place / "office-ca.pem"), "--tsa-ca", str(self.tsa.ca)),
            *("--witness", self.witness_key, "--checkpoint", str(self.place / "kept.note")),
        ]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    place = tmp_path_factory.mktemp("ward")
    home = place / "home"
    hub("init", "--development", "--home", str(home))
    submit(home, place)
    inbox = hub("inbox", "atena", "--home", str(home))["messages"]
    assert isinstance(inbox, list)
    message = inbox[0]["message"]
    hub("answer", "atena", message, "--home", str(home))
    for name, role in ((PERSON, "auditor"), ("見本 運用", "operator")):
        hub("person", "add", name, "--role", role, "--home", str(home))
    validity = pki.Validity(datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=30))
    authority = pki.make_ca("見本市認証局", validity, development=True)
    pki.write_certificates(place / "office-ca.pem", [authority.certificate])
    for one in ("office", "reader"):
        identity = pki.make_endpoint(authority, ("131211", "kikan", one), validity, development=True)
        pki.write_key(place / f"{one}.key", identity.key)
        pki.write_certificates(place / f"{one}.pem", [identity.certificate])
    tsa = OpensslAuthority(place / "tsa")
    HomePaths(home).timestamp_authority.write_bytes(tsa.ca.read_bytes())
    with tsa.serving() as url:
        hub("log", "timestamp", "--url", url, "--home", str(home))
    hub("witness", "init", "--name", NAME, "--home", str(place / "witness"))
    line = next(one for one in HomePaths(home).key_list.read_text("utf-8").splitlines() if one.startswith("log "))
    hub("witness", "add", line.split(" ")[3], "--home", str(place / "witness"))
    with serving(place / "witness") as url:
        key = (place / "witness/witness.vkey").read_text("utf-8").strip()
        hub("log", "cosign", "--witness", key, "--url", url, "--home", str(home))
    note = hub("log", "checkpoint", "--home", str(home))["note"]
    (place / "kept.note").write_text(str(note), "utf-8")
    submit(home, place)  # the log goes on
    return Ward(place, message, tsa)


@pytest.fixture(scope="module")
def plain(ward: Ward) -> Path:
    """A bundle without contents."""
    ward.bundle("plain.asice")
    return ward.place / "plain.asice"


@pytest.fixture(scope="module")
def revealed(ward: Ward) -> Path:
    """A bundle with contents, opened by its recipient."""
    words = ("--reveal", "body", "--reveal", "private", "--person", PERSON, "--reason", "開示請求 R8-17")
    ward.bundle("sealed", *words, "--to", str(ward.place / "reader.pem"))
    opened = ("--key", str(ward.place / "reader.key"), "-o", str(ward.place / "revealed.asice"))
    hub("media", "open", str(ward.place / "sealed"), *opened, "--home", str(ward.home))
    return ward.place / "revealed.asice"


def read(file: Path) -> Files:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(files: Files, target: Path, kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(target, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target


class TestPlain:
    def test_everything_holds(self, ward: Ward, plain: Path) -> None:
        """Signature, entries, timestamp, witness, a checkpoint kept elsewhere; nothing was revealed."""
        assert ward.judged(plain, *ward.everything) == (0, dict.fromkeys(range(11, 17), "holds"))

    def test_what_was_not_brought_along_is_said(self, ward: Ward, plain: Path) -> None:
        status, checks = ward.judged(plain)

        assert (status, checks) == (
            0,
            {11: "holds", 12: "not-made", 13: "holds", 14: "holds", 15: "not-made", 16: "not-made"},
        )

    def test_on_a_machine_that_has_the_verifier_alone(self, ward: Ward, plain: Path, tmp_path: Path) -> None:
        """One file of ours, the bundle, the root's key: no home, none of our packages (-I: no path but the interpreter's)."""
        for file in (Path(juki_verify.__file__), plain, ward.paths.root_verifier):
            shutil.copy(file, tmp_path)
        words = ["bundle", plain.name, "--root-key", f"@{ward.paths.root_verifier.name}", "--lang", "en"]
        script = "import runpy, sys; sys.modules['hub'] = None; runpy.run_path('juki_verify.py', run_name='__main__')"
        done = subprocess.run(
            [sys.executable, "-I", "-c", script, *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )

        assert (done.returncode, "what was checked holds" in done.stdout) == (0, True), done.stdout + done.stderr

    def test_openssl_confirms_the_signature(self, ward: Ward, plain: Path, tmp_path: Path) -> None:
        """As CAdES: the attribute that names the certificate is there and right."""
        files = read(plain)
        (tmp_path / "manifest").write_bytes(files[MANIFEST])
        (tmp_path / "signature").write_bytes(files[SIGNATURE])
        known = ("-CAfile", str(ward.place / "office-ca.pem"), "-purpose", "any")
        content = ("-inform", "DER", "-in", str(tmp_path / "signature"), "-content", str(tmp_path / "manifest"))
        openssl("cms", "-verify", "-cades", "-binary", *content, *known)
        stamps = sorted(name for name in files if name.endswith(".tsr"))
        for name in stamps:
            (tmp_path / "note").write_bytes(files[name.removesuffix("tsr") + "note"])
            (tmp_path / "tsr").write_bytes(files[name])
            assert ward.tsa.verify(tmp_path / "note", tmp_path / "tsr")

        assert len(stamps) == 1

    def test_by_rsa_too(self, ward: Ward, tmp_path: Path) -> None:
        """Certificates of offices are RSA today (LGPKI)."""
        validity = pki.Validity(datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=30))
        authority = pki.make_ca("見本市認証局", validity, development=True, kind="rsa-3072")
        office = pki.make_endpoint(
            authority, ("131211", "kikan", "office"), validity, development=True, kind="rsa-3072"
        )
        pki.write_key(tmp_path / "rsa.key", office.key)
        pki.write_certificates(tmp_path / "rsa.pem", [office.certificate])
        pki.write_certificates(tmp_path / "ca.pem", [authority.certificate])
        out, key = ("-o", str(tmp_path / "rsa.asice")), ("--key", str(tmp_path / "rsa.key"))
        hub(
            "log",
            "bundle",
            ward.message,
            *key,
            "--certificate",
            str(tmp_path / "rsa.pem"),
            *out,
            "--home",
            str(ward.home),
        )
        status, checks = ward.judged(tmp_path / "rsa.asice", "--signer-ca", str(tmp_path / "ca.pem"))

        assert (status, checks[12]) == (0, "holds")

    def test_names_nobody(self, ward: Ward, plain: Path) -> None:
        """No body, no opening, no person; what was submitted stands nowhere in it."""
        content = plain.read_bytes()
        words = {text.strip() for text in etree.parse(EXAMPLE).getroot().itertext()} | {PERSON}
        told = {word for word in words if len(word) > 2}

        assert not [name for name in read(plain) if name.startswith(("messages/", "openings/"))]
        assert len(told) > 5
        assert [word for word in told if word.encode() in content or word.encode("utf-16-le") in content] == []

    def test_the_same_list_for_the_same_log(self, ward: Ward, plain: Path) -> None:
        ward.bundle("again.asice")

        assert read(ward.place / "again.asice")[MANIFEST] == read(plain)[MANIFEST]


class TestRevealed:
    def test_contents_hold_and_xmlsec1_confirms_them(
        self, ward: Ward, revealed: Path, tmp_path: Path, xmlsec1: str
    ) -> None:
        """The signed originals are the senders' own; the entry that says who revealed stands in the bundle."""
        files = read(revealed)
        messages = [name for name in files if name.startswith("messages/")]
        for number, name in enumerate(messages):
            (tmp_path / f"{number}.xml").write_bytes(files[name])
        sources = sorted(tmp_path.glob("*.xml"))
        at = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
        holds, said = xmlsec1_verify(xmlsec1, ward.paths.authority, sources, at)

        assert (len(messages), holds) == (2, True), said  # the message and its answer
        assert ward.judged(revealed, *ward.everything) == (0, dict.fromkeys(range(11, 17), "holds"))
        assert sum(b'"action":"reveal"' in juki_verify.parse_proof(content).leaf for content in proofs(files)) == 1

    def test_sealed_to_its_recipient(self, ward: Ward, revealed: Path) -> None:
        sealed = (ward.place / "sealed").read_bytes()

        assert revealed.read_bytes() not in sealed
        assert b"PK\x03\x04" not in sealed

    @pytest.mark.parametrize(
        ("words", "exit_", "code"),
        [
            (["--reveal", "body"], 2, "HUB-CLI-065"),
            (["--reveal", "body", "--person", PERSON], 2, "HUB-CLI-065"),
            (["--reveal", "body", "--person", PERSON, "--to", "reader.pem"], 2, "HUB-HLD-005"),
            (["--reveal", "body", "--person", "見本 運用", "--to", "reader.pem", "--reason", "x"], 3, "HUB-PER-002"),
            (["--reveal", "body", "--person", "誰か", "--to", "reader.pem", "--reason", "x"], 2, "HUB-PER-006"),
        ],
    )
    def test_who_may_not(self, ward: Ward, words: list[str], exit_: int, code: str) -> None:
        """Nobody without a name, a reason, a recipient and the role; nothing is written."""
        named = [str(ward.place / word) if word == "reader.pem" else word for word in words]
        said = ward.bundle("never.asice", *named, code=exit_)["error"]

        assert isinstance(said, dict)
        assert (said["code"], (ward.place / "never.asice").exists()) == (code, False)


def proofs(files: Files) -> list[bytes]:
    return [content for name, content in files.items() if name.startswith("entries/")]


def flip(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place % len(changed)] ^= 1
    return bytes(changed)


def without(name: str) -> Callable[[Files], Files]:
    return lambda files: {one: content for one, content in files.items() if not one.startswith(name)}


def swapped(left: str, right: str) -> Callable[[Files], Files]:
    def swap(files: Files) -> Files:
        one, two = (next(name for name in files if name.startswith(start)) for start in (left, right))
        return {**files, one: files[two], two: files[one]}

    return swap


def relisted(files: Files) -> Files:
    """With a manifest that fits: what a forger without the office's key can do."""
    inside = {name: content for name, content in files.items() if name not in {"mimetype", MANIFEST, SIGNATURE}}
    return {**files, MANIFEST: juki_verify.write_manifest(inside)}


class TestForged:
    def test_a_bit_anywhere(self, ward: Ward, revealed: Path, tmp_path: Path) -> None:
        """In each file, at its beginning, middle and end: the list, or its signature, or the ZIP itself tells it."""
        files = read(revealed)
        passed = []
        for name, content in files.items():
            for place in (0, len(content) // 2, len(content) - 1):
                changed = written({**files, name: flip(content, place)}, tmp_path / "forged.asice")
                status, _ = ward.judged(changed, *ward.everything)
                if status == 0:
                    passed.append((name, place))

        assert passed == []

    def test_a_bit_anywhere_listed_anew(self, ward: Ward, revealed: Path, tmp_path: Path) -> None:
        """Without the office's signature nothing else is believed either: each file stands by itself."""
        files = read(revealed)
        passed = []
        for name, content in files.items():
            if name in {"mimetype", MANIFEST, SIGNATURE}:
                continue
            for place in (0, len(content) // 2, len(content) - 1):
                changed = written(relisted({**files, name: flip(content, place)}), tmp_path / "forged.asice")
                status, checks = ward.judged(changed, *ward.everything[2:])
                if status == 0:
                    passed.append((name, place, checks))

        assert passed == []

    @pytest.mark.parametrize(
        ("change", "check"),
        [
            (without("keylist"), 11),
            (without("entries/"), 13),
            (lambda files: {**files, "more.txt": b"more"}, 11),
            (lambda files: {**files, "entries/../../x.proof": b"more"}, 11),
            (lambda files: dict(reversed(files.items())), 11),
            (lambda files: relisted({**files, "messages/0000000000000000.xml": b"<x/>"}), 11),  # not in its place
            (lambda files: relisted(dict(sorted({**files, "zz": b""}.items()))), 11),
            (swapped("entries/", "keylist"), 11),
            (lambda files: relisted(swapped("messages/", "openings/")(files)), 14),
            (lambda files: relisted(without(next(name for name in files if name.endswith(".path")))(files)), 15),
        ],
    )
    def test_files_that_are_not_those_of_the_list(
        self, ward: Ward, revealed: Path, tmp_path: Path, change: Callable[[Files], Files], check: int
    ) -> None:
        try:
            changed = change(read(revealed))
        except juki_verify.MalformedError:
            return  # a name for which there is no list in the one spelling
        status, checks = ward.judged(written(changed, tmp_path / "forged.asice"), *ward.everything[2:])

        assert (status, "fails" in [checks.get(number) for number in range(11, check + 1)]) == (4, True)

    def test_another_office_another_root_another_history(self, ward: Ward, plain: Path, tmp_path: Path) -> None:
        another = OpensslAuthority(tmp_path / "another")
        key = juki_verify.parse_vkey(ward.paths.root_verifier.read_text("utf-8").strip())
        note = (ward.place / "kept.note").read_bytes()

        assert key.name.endswith("/root")
        assert ward.judged(plain, "--signer-ca", str(another.ca))[1][12] == "fails"
        assert ward.judged(plain, "--tsa-ca", str(another.ca))[1][15] == "fails"
        (tmp_path / "other.note").write_bytes(note.replace(note.split(b"\n")[1], b"2", 1))
        assert ward.judged(plain, "--checkpoint", str(tmp_path / "other.note"))[1][16] == "fails"

    def test_bytes_that_no_member_is(self, ward: Ward, plain: Path, tmp_path: Path) -> None:
        """Before the first, behind the last, as a comment, as an extra field: another reader of ZIPs could see other files."""
        whole, files = plain.read_bytes(), read(plain)
        commented = tmp_path / "commented.asice"
        with zipfile.ZipFile(commented, "w") as archive:
            archive.comment = b"more"
            for name, content in files.items():
                archive.writestr(name, content)
        extra = tmp_path / "extra.asice"
        with zipfile.ZipFile(extra, "w") as archive:
            for name, content in files.items():
                info = zipfile.ZipInfo(name)
                info.extra = b"\x99\x99\x00\x00" if name == "keylist.txt" else b""
                archive.writestr(info, content)
        (tmp_path / "before.asice").write_bytes(b"more" + whole)
        (tmp_path / "behind.asice").write_bytes(whole + b"more")

        for name in ("commented", "extra", "before", "behind"):
            assert ward.judged(tmp_path / f"{name}.asice") == (4, {11: "fails"}), name

    def test_a_bomb_of_overlapping_members(self, ward: Ward, plain: Path, tmp_path: Path) -> None:
        """Two entries of the directory over the same bytes."""
        files = read(plain)
        target = tmp_path / "bomb.asice"
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            first = archive.infolist()[-1]
            again = zipfile.ZipInfo("zz")
            again.header_offset, again.CRC = first.header_offset, first.CRC
            again.file_size = again.compress_size = first.file_size
            archive.filelist.append(again)

        assert ward.judged(target) == (4, {11: "fails"})

    def test_a_witness_that_is_not_here_and_a_checkpoint_of_another_size(
        self, ward: Ward, plain: Path, tmp_path: Path
    ) -> None:
        """Not made is not broken, and not held either."""
        hub("witness", "init", "--name", "other.example/witness", "--home", str(tmp_path / "other"))
        other = (tmp_path / "other/witness.vkey").read_text("utf-8").strip()
        newer = tmp_path / "newer.note"
        submit(ward.home, ward.place)
        newer.write_text(str(hub("log", "checkpoint", "--home", str(ward.home))["note"]), "utf-8")

        for more in (("--witness", other), ("--checkpoint", str(newer))):
            status, checks = ward.judged(plain, *ward.everything, *more)
            assert (status, checks[16]) == (0, "not-made")

    def test_what_stands_under_another_name(self, ward: Ward, plain: Path, tmp_path: Path) -> None:
        """A timestamp's files under another size; a proof between equal sizes that is not empty; a third of three missing."""
        files = read(plain)
        stem = next(name for name in files if name.endswith(".tsr")).removesuffix(".tsr")
        inside = {name: files[name] for name in files if name not in {"mimetype", MANIFEST, SIGNATURE}}
        moved = {name.replace(stem, "timestamps/0000000000009999"): content for name, content in inside.items()}
        for changed in (moved, {name: content for name, content in inside.items() if name != f"{stem}.tsr"}):
            made = relisted(
                {**{name: files[name] for name in ("mimetype", MANIFEST, SIGNATURE)}, **dict(sorted(changed.items()))}
            )

            assert ward.judged(written(made, tmp_path / "forged.asice"))[1][14] == "fails"

    @pytest.mark.parametrize("content", [b"", b"PK", b"no ZIP at all" * 100])
    def test_what_is_no_container(self, ward: Ward, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "none").write_bytes(content)

        assert ward.judged(tmp_path / "none") == (4, {11: "fails"})

    def test_a_container_that_swells(self, ward: Ward, plain: Path, tmp_path: Path) -> None:
        """Compressed members are not read at all."""
        files = {**read(plain), "entries/0000000000000000.proof": b"0" * (1 << 24)}

        assert ward.judged(written(files, tmp_path / "bomb.asice", zipfile.ZIP_DEFLATED)) == (4, {11: "fails"})


class TestSelection:
    def test_a_message_alone_or_its_conversation(self, ward: Ward) -> None:
        """Others of a conversation have other parties, whom whoever gets the bundle need not know."""
        first, second = (str(ward.place / name) for name in ("first.xml", "second.xml"))
        letter = ["--as", "juki", "--to", "atena", "--type", "AT-REG", "--item", "bangou-9-1", "--home", str(ward.home)]
        one = hub("sign", str(EXAMPLE), *letter, "-o", first)["message"]
        more = hub("sign", str(EXAMPLE), *letter, "--conversation", str(one), "-o", second)["message"]
        for file in (first, second):
            hub("submit", file, "--home", str(ward.home))
        office = ("--key", str(ward.place / "office.key"), "--certificate", str(ward.place / "office.pem"))

        def entries(id_: object, *words: str) -> int:
            out = ("-o", str(ward.place / "chosen.asice"), "--home", str(ward.home))
            return int(str(hub("log", "bundle", str(id_), *office, *words, *out)["entries"]))

        assert (entries(one), entries(more), entries(more, "--conversation")) == (1, 1, 2)


class TestCommand:
    def ended(self, ward: Ward, words: Sequence[str]) -> tuple[int, str]:
        done = CliRunner().invoke(root, ["log", "bundle", *words, "--home", str(ward.home), "--json"])
        return done.exit_code, str(json.loads(done.stdout)["error"]["code"])

    def test_what_cannot_be_bundled(self, ward: Ward) -> None:
        office = ["--key", str(ward.place / "office.key"), "--certificate", str(ward.place / "office.pem")]
        reader = ["--key", str(ward.place / "reader.key"), "--certificate", str(ward.place / "office.pem")]
        out = ["-o", str(ward.place / "never")]
        unknown = "0195e7a0-5a10-7c3e-9d52-000000000009"

        assert self.ended(ward, [unknown, *office, *out]) == (2, "HUB-CLI-062")
        assert self.ended(ward, ["x", *office, *out]) == (2, "HUB-CLI-063")
        assert self.ended(ward, [ward.message, *reader, *out]) == (2, "HUB-CRT-019")
        assert self.ended(ward, [ward.message, *office, "-o", "/nowhere/at/all"]) == (2, "HUB-CLI-048")
