"""Output on a medium: asked for, approved, attended by two others, recorded first, sealed; and what does not come about."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.app import media
from hub.app.asking import ask
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import open_home
from hub.app.paths import HomePaths
from hub.app.register import add_person, personal_key
from hub.cli.app import root
from hub.codes import hld, med, per, zon
from hub.config import Config
from hub.edges import pki, resources
from hub.edges.clock import SystemClock
from hub.edges.pki import Identity, Validity
from hub.errors import Refused
from hub.exchangelog.entry import Admin
from hub.observe import silent
from hub.statements import Act, Role, Statement
from tests.integration.test_witness import hub

NOW = datetime(2026, 4, 1, tzinfo=UTC)
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="juki-net", origin="juki-hub/131211/juki-net", development=True
)
PERSONS = {
    "運用": Role.OPERATOR,
    "責任者": Role.APPROVER,
    "丙": Role.AUDITOR,
    **dict.fromkeys(("甲", "乙"), Role.EXPORTER),
}
PLAIN = "本人確認情報 見本".encode() * 50


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A home with somebody for each step, two of the two who attend and one more of each who could."""
    made = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), NOW))
    for name, role in PERSONS.items():
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


def request(
    paths: HomePaths, person: str = "運用", job: str = "R8-0042", reason: str = "月次の提出"
) -> tuple[int, Any]:
    files = (str(paths.root.parent / "plain.dat"), "--to", str(paths.root.parent / "to.pem"), "--job", job)
    return run(paths, "request", *files, "--person", person, "--reason", reason)


def approve(paths: HomePaths, person: str = "責任者", job: str = "R8-0042") -> tuple[int, Any]:
    return run(paths, "approve", "--job", job, "--person", person, "--reason", "内容を確かめた")


def write(paths: HomePaths, *persons: str, name: str = "medium.hub", reason: str = "月次の提出") -> tuple[int, Any]:
    place = paths.root.parent
    attending = [part for one in persons for part in ("--person", one)]
    files = (str(place / "plain.dat"), "--to", str(place / "to.pem"), "--job", "R8-0042", "-o", str(place / name))
    return run(paths, "write", *files, *attending, "--reason", reason)


@pytest.fixture
def approved(paths: HomePaths, recipient: Identity) -> HomePaths:
    """The home, with an output that was asked for and approved."""
    del recipient
    assert [request(paths)[0], approve(paths)[0]] == [0, 0]
    return paths


def renamed(paths: HomePaths, name: str, to: str) -> None:
    """The register as if the person of one key were the person of another: a second key of one person."""
    file = paths.persons / "register.json"
    text = file.read_text("utf-8")
    assert f'"name": "{name}"' in text
    file.write_text(text.replace(f'"name": "{name}"', f'"name": "{to}"'), "utf-8")


class TestWrite:
    def test_is_recorded_sealed_and_read_by_the_recipient_alone(self, approved: HomePaths, tmp_path: Path) -> None:
        """Three entries, the last naming both keys; nothing readable lies on the medium; the recipient gets the same bytes."""
        paths = approved
        code, told = write(paths, "甲", "乙")
        medium = (tmp_path / "medium.hub").read_bytes()

        assert code == 0
        assert "見本".encode() not in medium
        with open_home(paths.root, SystemClock(), silent) as opened:
            found_ = [opened.entry(index) for index in range(opened.intake.tree.size)]
        entries = [one for one in found_ if isinstance(one, Admin)]
        assert [one.action for one in entries] == ["medium.request", "medium.approve", "medium.write"]
        assert (entries[-1].about, [len(one.keys) for one in entries]) == (told["statement"], [1, 1, 2])
        (row,) = run(paths, "list")[1]["written"]
        assert row["job"] == "R8-0042"
        assert len({row["requested"], row["approved"], *row["keys"]}) == 4
        opening = ("open", str(tmp_path / "medium.hub"), "--key", str(tmp_path / "to.key"), "-o", str(tmp_path / "got"))
        assert run(paths, *opening)[0] == 0
        assert (tmp_path / "got").read_bytes() == PLAIN
        with open_archive(paths.root) as archive:
            assert archive.verify(()).ok

    @pytest.mark.parametrize(
        ("persons", "code"),
        [
            (("甲",), per.TWO_PERSONS),
            (("甲", "甲"), per.TWO_PERSONS),
            (("甲", "丙"), per.WRONG_ROLE),
            (("甲", "責任者"), per.WRONG_ROLE),
            (("甲", "運用"), per.WRONG_ROLE),
        ],
    )
    def test_does_not_come_about_without_two_of_the_role(
        self, approved: HomePaths, persons: tuple[str, ...], code: Any
    ) -> None:
        """One person, the same one twice, or one whose role is another: nothing is written, and nothing is in the ledger."""
        exit_code, told = write(approved, *persons)

        assert (exit_code, told["error"]["code"]) == (3, code.id)
        assert not (approved.root.parent / "medium.hub").exists()
        assert run(approved, "list") == (0, {"written": []})

    @pytest.mark.usefixtures("recipient")
    def test_does_not_come_about_without_request_and_approval(self, paths: HomePaths) -> None:
        """S25: asked for first, approved beforehand."""
        assert approve(paths)[1]["error"]["code"] == med.NOT_REQUESTED.id
        assert write(paths, "甲", "乙")[1]["error"]["code"] == med.NOT_REQUESTED.id
        assert request(paths)[0] == 0
        assert write(paths, "甲", "乙")[1]["error"]["code"] == med.NOT_APPROVED.id
        assert not (paths.root.parent / "medium.hub").exists()

    def test_only_what_was_approved_is_written(self, approved: HomePaths, tmp_path: Path) -> None:
        """A file changed after the approval is another file."""
        (tmp_path / "plain.dat").write_bytes(PLAIN + b"+")

        assert write(approved, "甲", "乙")[1]["error"]["code"] == med.NOT_REQUESTED.id
        assert not (tmp_path / "medium.hub").exists()

    def test_an_approval_that_the_log_does_not_hold_is_none(self, approved: HomePaths) -> None:
        """A file in confirmations/ that names another entry as its own opens nothing."""
        (file,) = [one for one in approved.confirmations.glob("*.json") if "medium-approve" in one.read_text("utf-8")]
        value = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps({**value, "index": value["index"] - 1}), "utf-8")

        assert write(approved, "甲", "乙")[1]["error"]["code"] == med.NOT_APPROVED.id

    @pytest.mark.parametrize("step", ["運用", "責任者"])
    def test_who_asked_or_approved_does_not_attend(self, approved: HomePaths, step: str) -> None:
        """Not under a second key either: the register knows the person."""
        renamed(approved, "乙", step)

        (key,) = {one["key"] for one in people(approved) if (one["name"], one["role"]) == (step, "exporter")}
        assert write(approved, "甲", key)[1]["error"]["code"] == med.SAME_PERSON.id

    @pytest.mark.usefixtures("recipient")
    def test_nobody_approves_what_they_asked_for(self, paths: HomePaths) -> None:
        """The same person under the key of another role."""
        assert request(paths)[0] == 0
        renamed(paths, "責任者", "運用")
        (key,) = {one["key"] for one in people(paths) if (one["name"], one["role"]) == ("運用", "approver")}

        assert approve(paths, key)[1]["error"]["code"] == med.SAME_PERSON.id

    @pytest.mark.usefixtures("recipient")
    @pytest.mark.parametrize("person", ["責任者", "甲", "丙"])
    def test_each_step_has_its_role(self, paths: HomePaths, person: str) -> None:
        """S26: neither the approver nor an attendant asks, and only an approver approves."""
        assert request(paths, person)[1]["error"]["code"] == per.WRONG_ROLE.id
        assert request(paths)[0] == 0
        if person != "責任者":
            assert approve(paths, person)[1]["error"]["code"] == per.WRONG_ROLE.id

    def test_a_job_is_done_once(self, approved: HomePaths) -> None:
        """Each step of it; what is to be written again is asked for again."""
        assert request(approved)[1]["error"]["code"] == med.DONE.id
        assert approve(approved)[1]["error"]["code"] == med.DONE.id
        assert write(approved, "甲", "乙")[0] == 0
        assert write(approved, "甲", "乙", name="again.hub")[1]["error"]["code"] == med.DONE.id
        assert not (approved.root.parent / "again.hub").exists()

    def test_overwrites_nothing_and_wants_a_reason(self, approved: HomePaths, tmp_path: Path) -> None:
        """What lies on the medium stays."""
        (tmp_path / "medium.hub").write_bytes(b"old")

        assert write(approved, "甲", "乙")[1]["error"]["code"] == med.EXISTS.id
        assert write(approved, "甲", "乙", name="new.hub", reason=" ")[1]["error"]["code"] == hld.NO_REASON.id
        assert request(approved, job="R8-0043", reason=" ")[1]["error"]["code"] == hld.NO_REASON.id
        assert (tmp_path / "medium.hub").read_bytes() == b"old"

    @pytest.mark.parametrize("about", ["medium", "medium:", "medium:../x:" + "0" * 64, "row:kou2/128"])
    def test_what_names_no_job_is_refused(self, approved: HomePaths, about: str) -> None:
        """A statement of another shape reaches no file."""
        said = Statement(Act.MEDIUM, about, "0" * 64, "x", CONFIG.origin, "2026-04-01T00:00:00.000Z")
        given = [said.signed(personal_key(approved, name)).encoded() for name in ("甲", "乙")]

        with pytest.raises(Refused) as refused:
            ask(approved.root, {"op": "medium", "statement": said.encoded(), "approvals": given}, media.answer)
        assert refused.value.code is zon.REQUEST


def people(paths: HomePaths) -> list[dict[str, str]]:
    """`hub person list`."""
    done = CliRunner().invoke(root, ["person", "list", "--json", "--home", str(paths.root)])
    return list(json.loads(done.stdout)["persons"])


class TestOpen:
    @pytest.mark.parametrize("place", [0, 40, -1])
    def test_a_changed_byte_is_found(self, approved: HomePaths, tmp_path: Path, place: int) -> None:
        """In the head, in what it says, or in the ciphertext."""
        paths = approved
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


class TestRelay:
    def test_a_checkpoint_goes_to_a_witness_and_comes_back(self, approved: HomePaths, tmp_path: Path) -> None:
        """No line leads there: the request is attended, sealed and recorded like any output; the cosignature is kept."""
        paths, home = approved, ("--home", str(approved.root))
        vkey = str(
            hub("witness", "init", "--name", "kansa.example/witness", "--home", str(tmp_path / "witness"))["vkey"]
        )
        line = next(one for one in paths.key_list.read_text("utf-8").splitlines() if one.startswith("log "))
        hub("witness", "add", line.split(" ")[3], "--home", str(tmp_path / "witness"))
        asked, there, answered = (tmp_path / name for name in ("asked", "there", "answered"))
        hub("log", "cosign", "--witness", vkey, "--request", str(asked), *home)
        to = ("--to", str(tmp_path / "to.pem"), "--job", "R8-0043")
        out = ("-o", str(tmp_path / "relayed.hub"))
        hub("media", "request", str(asked), *to, "--person", "運用", "--reason", "証人への照会", *home)
        hub("media", "approve", "--job", "R8-0043", "--person", "責任者", "--reason", "確かめた", *home)
        hub(
            "media",
            "write",
            str(asked),
            *to,
            "--person",
            "甲",
            "--person",
            "乙",
            "--reason",
            "証人への照会",
            *out,
            *home,
        )
        hub("media", "open", str(tmp_path / "relayed.hub"), "--key", str(tmp_path / "to.key"), "-o", str(there), *home)
        hub("witness", "answer", str(there), "-o", str(answered), "--home", str(tmp_path / "witness"))
        said = hub("log", "cosign", "--witness", vkey, "--request", str(asked), "--response", str(answered), *home)

        assert there.read_bytes() == asked.read_bytes()
        assert said["size"]
        assert hub("log", "verify", "--checkpoint", str(paths.anchors), *home)["verified"]
