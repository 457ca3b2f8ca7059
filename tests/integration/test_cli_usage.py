"""What is typed wrongly is an error like every other: a code in the asked language and form, exit code 2, naming what is expected."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

import hub
from hub.app.register import MOST_NAME
from hub.cli.app import root
from hub.codes import catalogue, cli
from hub.exchangelog.note import VerifierKey
from tests.exchangelog_samples import build, log_private
from tests.samplehome import copy_of

SCRIPT = Path(sys.executable).with_name("hub")
LOG = build()
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml"
# Another option behind these words would be the value that they lack.
OPEN = ["log", "verify", "--root-key"]
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
WRONG = (
    (["nope"], cli.UNKNOWN_COMMAND, "submit"),
    (["log", "nope"], cli.UNKNOWN_COMMAND, "checkpoint"),
    (["person", "add", "見本"], cli.MISSING, "approver | operator"),
    (["person", "add", "見本", "--role", "chief"], cli.BAD_VALUE, "approver | operator"),
    (["sign", "x.xml"], cli.MISSING, "--as"),
    (["demo", "--residents", "3"], cli.BAD_VALUE, "50..20000"),
    (["demo", "--residents", "many"], cli.BAD_VALUE, "--residents"),
    (["init", "--environment", "staging"], cli.BAD_VALUE, "production | test | demo"),
    (["log", "verify", "--rootkey", "x"], cli.UNKNOWN_OPTION, "--root-key"),
    (OPEN, cli.BAD_OPTION, "--root-key"),
    (["log", "show", "1", "2"], cli.SURPLUS, "hub log show"),
)


def typed(words: Sequence[str]) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    done = CliRunner().invoke(root, list(words), prog_name="hub")
    return done.exit_code, done.stdout, done.stderr


class TestMisuse:
    @pytest.mark.parametrize(("words", "code", "expected"), WRONG)
    def test_it_is_said_in_japanese(self, words: list[str], code: object, expected: str) -> None:
        """On standard error, with the code, the option and what is expected."""
        exit_code, out, err = typed(words)

        assert (exit_code, out) == (2, "")
        assert err.startswith(f"{getattr(code, 'id', '')} ")
        assert expected in err
        assert JAPANESE.search(err)

    @pytest.mark.parametrize(("words", "code", "expected"), WRONG)
    def test_it_is_said_in_english(self, words: list[str], code: object, expected: str) -> None:
        """With --lang en, wherever it stands."""
        at = 2 if words == OPEN else len(words)
        exit_code, _, err = typed([*words[:at], "--lang", "en", *words[at:]])

        assert (exit_code, err.partition(" ")[0]) == (2, getattr(code, "id", ""))
        assert not JAPANESE.search(err)

    @pytest.mark.parametrize(("words", "code", "expected"), WRONG)
    def test_it_is_json_for_a_program(self, words: list[str], code: object, expected: str) -> None:
        """One object on standard output, and nothing beside it."""
        at = 2 if words == OPEN else len(words)
        exit_code, out, err = typed([*words[:at], "--json", *words[at:]])
        said = json.loads(out)

        assert (exit_code, err) == (2, "")
        assert said["error"]["code"] == getattr(code, "id", "")
        assert {"code", "text", "remedy"} == set(said["error"])

    def test_the_command_itself_says_it_too(self) -> None:
        """As a process, which is what an integrator starts."""
        done = subprocess.run([sys.executable, "-m", "hub", "demo", "--residents", "3", "--json"], capture_output=True, check=False)  # fmt: skip

        assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "HUB-CLI-044")

    def test_help_is_help(self) -> None:
        """`--help` ends 0; a group without a command shows its help and ends 2."""
        assert (typed(["log", "--help"])[0], typed(["log"])[0]) == (0, 2)

    def test_nothing_typed_is_help(self) -> None:
        """As of a group: the commands are listed, exit code 2."""
        exit_code, out, err = typed([])

        assert (exit_code, err) == (2, "")
        assert "submit" in out

    def test_the_version_is_told(self) -> None:
        """One line, exit code 0."""
        assert typed(["--version"]) == (0, f"juki-hub {hub.__version__}\n", "")


class TestProcess:
    """The installed script, which is what an integrator starts."""

    def test_nothing_typed_is_help(self) -> None:
        """On standard output, without a traceback."""
        done = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (2, "")
        assert "submit" in done.stdout

    @pytest.mark.parametrize("words", [["rules", "list", "--json"], ["nope", "--json"]])
    def test_a_full_output_ends_quietly(self, words: list[str]) -> None:
        """JSON that cannot be written is not followed by more of it: 5, and nothing on standard error."""
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([SCRIPT, *words], stdout=full, stderr=subprocess.PIPE, check=False)

        assert (done.returncode, done.stderr) == (5, b"")

    def test_a_full_output_is_told_to_a_person(self) -> None:
        """Standard error can still be read: a code and what to do."""
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [SCRIPT, "rules", "list"], stdout=full, stderr=subprocess.PIPE, check=False, text=True
            )

        assert (done.returncode, done.stderr.partition(" ")[0]) == (5, "HUB-CLI-051")
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("words", ["rules list --json >&-", "nope --json >&-", "nope 2>&-"])
    def test_a_closed_output_ends_quietly(self, words: str) -> None:
        """As a full one does."""
        done = subprocess.run(["sh", "-c", f'"{SCRIPT}" {words}'], capture_output=True, check=False)

        assert (done.returncode, done.stdout, done.stderr) == (5, b"", b"")

    def test_a_full_error_output_ends_quietly(self) -> None:
        """What was wrong cannot be said: 5, and nothing on standard output."""
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([SCRIPT, "nope"], stdout=subprocess.PIPE, stderr=full, check=False)

        assert (done.returncode, done.stdout) == (5, b"")


class TestRootKey:
    @pytest.mark.parametrize("key", ["garbage", "", "a+b+c"])
    def test_what_is_no_key_is_usage(self, tmp_path: Path, key: str) -> None:
        """It says nothing about the log: 2, not 4; an empty one is not the home's."""
        home = copy_of(LOG, tmp_path / "home").root

        assert self.verified(home, key) == (2, "HUB-CLI-050")

    def test_another_key_is_broken_evidence(self, tmp_path: Path) -> None:
        """Well formed, and not the one that signed the key list: 4."""
        home = copy_of(LOG, tmp_path / "home").root

        assert self.verified(home, VerifierKey.of("other/root", log_private()).encode())[0] == 4

    def test_a_garbled_key_of_the_home_is_broken_evidence(self, tmp_path: Path) -> None:
        """What the home itself holds is evidence: 4."""
        paths = copy_of(LOG, tmp_path / "home")
        paths.root_verifier.write_text("garbage\n", "utf-8")

        assert typed(["log", "verify", "--home", str(paths.root)])[0] == 4

    def verified(self, home: Path, key: str) -> tuple[int, str]:
        code, out, _ = typed(["log", "verify", "--home", str(home), "--root-key", key, "--json"])
        return code, json.loads(out)["error"]["code"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A development home, made by hand."""
    home = tmp_path_factory.mktemp("hand") / "home"
    assert typed(["init", "--development", "--home", str(home)])[0] == 0
    return home


class TestCheck:
    def test_all_faults_of_a_home_come_at_once(self, home: Path, tmp_path: Path) -> None:
        """hub.yaml, routes, certificates, revocations and operators: none hides another, though they lean on each other."""
        bad = tmp_path / "home"
        shutil.copytree(home, bad)
        for name, old, new in (
            ("hub.yaml", "environment:", "enviroment:"),
            ("routing.yaml", "approval: {", "aproval: {"),
            ("operators.yaml", "format: 1", "format: 2"),
        ):
            text = (bad / name).read_text("utf-8")
            (bad / name).write_text(text.replace(old, new, 1), "utf-8")
        (bad / "trust" / "endpoints" / "atena.pem").write_text("garbage", "utf-8")
        (bad / "trust" / "endpoints" / "zei.pem").write_text("garbage", "utf-8")
        (bad / "trust" / "revoked.txt").unlink()
        code, out, _ = typed(["check", "--json", "--home", str(bad)])
        told = "\n".join(one["text"] for one in json.loads(out)["errors"])

        assert code == 2
        for place in ("hub.yaml", "routing.yaml", "operators.yaml", "atena.pem", "zei.pem", "revoked.txt"):
            assert place in told

    def test_what_is_sound_is_not_blamed(self, home: Path, tmp_path: Path) -> None:
        """A home in which one file is wrong has one fault: what the others say of it is left open."""
        bad = tmp_path / "home"
        shutil.copytree(home, bad)
        (bad / "hub.yaml").write_text("format: 1\n", "utf-8")
        (bad / "operators.yaml").write_text("format: 1\nendpoints:\n  juki: {terminals: [T-1]}\n", "utf-8")
        _, out, _ = typed(["check", "--json", "--home", str(bad)])

        assert all("hub.yaml" in one["text"] for one in json.loads(out)["errors"])

    def test_no_home_is_one_fault(self, tmp_path: Path) -> None:
        """It is not told of every file that is not there."""
        _, out, _ = typed(["check", "--json", "--home", str(tmp_path)])

        assert [one["code"] for one in json.loads(out)["errors"]] == ["HUB-CFG-002"]

    def test_demonstrations_are_told_with_the_rest(self, home: Path, tmp_path: Path) -> None:
        """A home for production learns of them together with what else is wrong."""
        bad = tmp_path / "home"
        shutil.copytree(home, bad)
        text = (bad / "hub.yaml").read_text("utf-8").replace('"test"', '"production"').replace("true", "false")
        (bad / "hub.yaml").write_text(text, "utf-8")
        (bad / "operators.yaml").write_text("", "utf-8")
        _, out, _ = typed(["check", "--json", "--home", str(bad)])

        assert {"HUB-CFG-010", "HUB-RTE-007"} <= {one["code"] for one in json.loads(out)["errors"]}


class TestRules:
    @pytest.mark.parametrize("lang", ["ja", "en"])
    def test_the_channels_are_a_closed_set(self, lang: str) -> None:
        """What is none of the three is usage and no refusal: exit code 2, with all three."""
        code, _, err = typed([*self.asked("foo"), "--lang", lang])

        assert (code, err.partition(" ")[0]) == (2, "HUB-CLI-044")
        assert "nws | chonai | hub" in err

    def test_a_channel_is_read_in_any_width(self) -> None:
        """As the other names are."""
        assert typed(self.asked("ＣＨＯＮＡＩ"))[0] == 0

    def test_rows_name_who_sends(self) -> None:
        """With the printed names of the parties that `statutes` knows by code."""
        rows = json.loads(typed(["rules", "list", "--json"])[1])["rows"]
        statutes = {one["item"]: one for one in rows if one["table"] == "statutes"}
        row = statutes["juki-30-6"]

        assert (row["senders"], row["recipients"]) == (["juki"], ["cs"])
        assert row["names"] == {"juki": "住民記録システム", "cs": "住民基本台帳ネットワークシステム 足立区CS"}
        assert all(set(one["names"]) == {*one["senders"], *one["recipients"]} for one in statutes.values())
        assert all(bool(one["senders"]) is bool(one["recipients"]) for one in rows)

    def asked(self, channel: str) -> list[str]:
        where = ["--table", "beppyo", "--item", "24", "--recipient", "課税課"]
        return ["rules", "decide", *where, "--information", "住民基本台帳ファイル", "--channel", channel]


class TestByHand:
    @pytest.mark.parametrize(
        "name",
        [
            "",
            " ",
            "五" * (MOST_NAME + 1),
            "x" * 5000,
            "足立\n花子",
            "足立 花子 ",
            "足立\u200b花子",
            "\u202e子花",
            "a" * 64,
        ],
    )
    def test_a_name_that_cannot_be_read_is_no_name(self, home: Path, name: str) -> None:
        """Empty, endless, broken in lines, with what nobody sees, or looking like a key: nobody is registered."""
        code, out, _ = typed(["person", "add", name, "--role", "auditor", "--json", "--home", str(home)])
        listed = json.loads(typed(["person", "list", "--json", "--home", str(home)])[1])

        assert (code, json.loads(out)["error"]["code"], listed["persons"]) == (2, "HUB-PER-009", [])

    @pytest.mark.parametrize("staff", ["1\n2", "1 2", "9" * 41])
    def test_a_staff_number_has_a_form_too(self, home: Path, staff: str) -> None:
        """In one piece, and not endless."""
        words = ["person", "add", "見本", "--role", "auditor", "--staff", staff, "--json", "--home", str(home)]
        code, out, _ = typed(words)

        assert (code, json.loads(out)["error"]["code"]) == (2, "HUB-PER-010")

    def test_a_type_that_nobody_knows_is_not_signed(self, home: Path, tmp_path: Path) -> None:
        """Nothing is written."""
        code, _, err = self.sign(home, tmp_path / "m.xml", "NOPE")

        assert (code, "HUB-XSD-001" in err, list(tmp_path.iterdir())) == (2, True, [])

    @pytest.mark.parametrize("lang", ["ja", "en"])
    def test_a_refusal_says_what_and_what_to_do(self, home: Path, tmp_path: Path, lang: str) -> None:
        """Text and remedy of the code, from the catalogue; JSON has the text as well as the receipt."""
        message = tmp_path / "m.xml"
        assert self.sign(home, message, "AT-REG")[0] == 0
        message.write_bytes(message.read_bytes().replace(b"AT-REG", b"AT-REK", 1))
        code, out, _ = typed(["submit", str(message), "--lang", lang, "--home", str(home)])
        said = json.loads(typed(["submit", str(message), "--lang", lang, "--json", "--home", str(home)])[1])
        known = catalogue()[said["code"]]

        assert (code, said["permit"]) == (3, False)
        assert said["text"] == known.text(said["facts"], "en" if lang == "en" else "ja")
        assert said["text"] in out
        assert (known.remedy_en if lang == "en" else known.remedy_ja) in out
        assert said["receipt"] in out

    def sign(self, home: Path, output: Path, type_: str) -> tuple[int, str, str]:
        sent = ["--as", "juki", "--to", "atena", "--item", "bangou-9-1", "--type", type_]
        return typed(["sign", str(EXAMPLE), *sent, "-o", str(output), "--home", str(home)])
