"""Output on a medium: two persons, recorded first, sealed to the recipient; and what does not come about without them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.app.register import add_person
from hub.cli.app import root
from hub.codes import hld, med, per
from hub.config import Config
from hub.edges import pki, resources
from hub.edges.clock import SystemClock
from hub.edges.pki import Identity, Validity
from hub.exchangelog.entry import Admin
from hub.observe import silent
from hub.statements import Role

NOW = datetime(2026, 4, 1, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="juki-net", origin="juki-hub/131211/juki-net", development=True
)
PLAIN = "本人確認情報 見本".encode() * 50


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A home with two who may attend and one who may not."""
    made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW))
    for name, role in (("甲", Role.APPROVER), ("乙", Role.OPERATOR), ("丙", Role.AUDITOR)):
        add_person(made, name, role)
    (tmp_path / "plain.dat").write_bytes(PLAIN)
    return made


@pytest.fixture
def recipient(tmp_path: Path) -> Identity:
    """都道府県サーバー, by its certificate."""
    validity = Validity(NOW - timedelta(days=1), NOW + timedelta(days=365))
    authority = pki.make_ca("test CA", validity, development=True)
    made = pki.make_endpoint(authority, ("131211", "juki-net", "to-sv"), validity, development=True)
    pki.write_certificates(tmp_path / "to.pem", [made.certificate])
    pki.write_key(tmp_path / "to.key", made.key)
    return made


def run(paths: HomePaths, *arguments: str) -> tuple[int, Any]:
    done = CliRunner().invoke(root, ["media", *arguments, "--json", "--home", str(paths.root)])
    return done.exit_code, json.loads(done.stdout)


def write(paths: HomePaths, *persons: str, name: str = "medium.hub", reason: str = "月次の提出") -> tuple[int, Any]:
    place = paths.root.parent
    attending = [part for one in persons for part in ("--person", one)]
    files = (str(place / "plain.dat"), "--to", str(place / "to.pem"), "--job", "R8-0042", "-o", str(place / name))
    return run(paths, "write", *files, *attending, "--reason", reason)


class TestWrite:
    @pytest.mark.usefixtures("recipient")
    def test_is_recorded_sealed_and_read_by_the_recipient_alone(self, paths: HomePaths, tmp_path: Path) -> None:
        """The entry names both keys; nothing readable lies on the medium; the recipient gets the same bytes."""
        code, told = write(paths, "甲", "乙")
        medium = (tmp_path / "medium.hub").read_bytes()

        assert code == 0
        assert "見本".encode() not in medium
        with open_home(paths.root, SystemClock(), silent) as opened:
            entry = opened.entry(told["index"])
        assert isinstance(entry, Admin)
        assert (entry.action, entry.about, len(entry.keys)) == ("medium.write", told["statement"], 2)
        assert run(paths, "list")[1]["written"][0]["job"] == "R8-0042"
        opening = ("open", str(tmp_path / "medium.hub"), "--key", str(tmp_path / "to.key"), "-o", str(tmp_path / "got"))
        assert run(paths, *opening)[0] == 0
        assert (tmp_path / "got").read_bytes() == PLAIN
        with open_archive(paths.root) as archive:
            assert archive.verify(()).ok

    @pytest.mark.usefixtures("recipient")
    @pytest.mark.parametrize(
        ("persons", "code"),
        [(("甲",), per.TWO_PERSONS), (("甲", "甲"), per.TWO_PERSONS), (("甲", "丙"), per.WRONG_ROLE)],
    )
    def test_does_not_come_about_without_two(self, paths: HomePaths, persons: tuple[str, ...], code: Any) -> None:
        """One person, the same one twice, or one who may not: nothing is written, and nothing is in the ledger."""
        exit_code, told = write(paths, *persons)

        assert (exit_code, told["error"]["code"]) == (3, code.id)
        assert not (paths.root.parent / "medium.hub").exists()
        assert run(paths, "list") == (0, {"written": []})

    @pytest.mark.usefixtures("recipient")
    def test_overwrites_nothing_and_wants_a_reason(self, paths: HomePaths, tmp_path: Path) -> None:
        """What lies on the medium stays."""
        (tmp_path / "medium.hub").write_bytes(b"old")

        assert write(paths, "甲", "乙")[1]["error"]["code"] == med.EXISTS.id
        assert write(paths, "甲", "乙", name="new.hub", reason=" ")[1]["error"]["code"] == hld.NO_REASON.id
        assert (tmp_path / "medium.hub").read_bytes() == b"old"


class TestOpen:
    @pytest.mark.usefixtures("recipient")
    @pytest.mark.parametrize("place", [0, 40, -1])
    def test_a_changed_byte_is_found(self, paths: HomePaths, tmp_path: Path, place: int) -> None:
        """In the head, in what it says, or in the ciphertext."""
        write(paths, "甲", "乙")
        data = bytearray((tmp_path / "medium.hub").read_bytes())
        data[place] ^= 1
        (tmp_path / "changed.hub").write_bytes(bytes(data))
        opening = (
            "open",
            str(tmp_path / "changed.hub"),
            "--key",
            str(tmp_path / "to.key"),
            "-o",
            str(tmp_path / "got"),
        )

        code, told = run(paths, *opening)
        assert (code, told["error"]["code"]) == (4, med.NOT_A_MEDIUM.id)
        assert not (tmp_path / "got").exists()
