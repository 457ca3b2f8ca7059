"""`--lang en`: every command speaks English to who asks for it; only what is data (words of the law, names) stays Japanese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from lxml import etree
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.testing import CliRunner

from hub import flows
from hub.app import law
from hub.app.paths import HomePaths
from hub.cli import demo
from hub.cli.app import root
from hub.cli.output import Speaker
from hub.codes import catalogue
from hub.edges import resources
from hub.masking import MASK
from hub.messages import LegalKind
from hub.schemas import Schemas
from tests.timestampauthority import OpensslAuthority

JAPANESE = re.compile(r"[\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uff01-\uff9f\u3002]+")
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml"
NAME, OTHER = "見本 太郎", "見本 花子"
REPORT = {
    "flows": {"C0": {"sent": 2, "accepted": 1, "outstanding": 1}},
    "zones": {"kikan": {"log": {"size": 3, "root": "ab" * 32, "verified": True}}},
    "refused": {"HUB-SIG-024": 1},
    "sent": 2,
    "accepted": 1,
    "duplicates": 0,
    "outstanding": 1,
    "elapsed_s": 1.5,
    "differences": ["outstanding: expected 0, found 1"],
}


def leaves(command: object, *path: str) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Every command that does something, by its words."""
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            yield from leaves(one, *path, name)
    elif isinstance(command, TyperCommand):
        yield path, command


COMMANDS = dict(leaves(typer.main.get_command(root)))


class Tour:
    """One home and what was said about it in English."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.said: list[tuple[tuple[str, ...], str]] = []

    def __call__(self, *arguments: str, code: int = 0, home: str | None = "home") -> str:
        """Runs a command, which must end with `code`; returns what it said. Without a `home` it knows of none."""
        where = [] if home is None else ["--home", str(self.place / home)]
        done = CliRunner().invoke(root, [*arguments, "--lang", "en", *where])
        assert done.exit_code == code, done.output
        command = next(path for path in COMMANDS if path == arguments[: len(path)])
        self.said.append((command, done.output))
        return done.output


def law_of(tour: Tour) -> None:
    asked = ("rules", "decide", "--table", "beppyo", "--item", "24", "--information", "住民基本台帳ファイル")
    tour("rules", "list")
    tour("rules", "list", "--table", "none", code=2)
    tour(*asked, "--recipient", "課税課", "--channel", "chonai")
    tour(*asked, "--recipient", "介護保険課", "--channel", "chonai", code=3)
    tour(*asked, "--recipient", "税務の課", "--channel", "chonai", code=3)
    tour(*asked, "--recipient", "課税課", "--channel", "chonai", "--items", "住民票コード,氏名x", code=3)
    tour(*asked, "--recipient", "課税課", "--channel", "chonai", "--on", "tomorrow", code=2)
    tour(*asked, "--recipient", "課税課", "--channel", "foo", code=2)


def flows_of(tour: Tour) -> None:
    tour("flows")
    tour("flows", "A1-3")
    tour("flows", "none", code=2)


def homes_of(tour: Tour) -> None:
    tour("init", "--development")
    tour("init", code=2)
    tour("init", "--tenant", "abc", code=2, home="other")
    tour("check")
    tour("check", code=2, home="nowhere")
    tour("check", str(tour.place / "no.yaml"), code=2)
    wrong = tour.place / "routing.yaml"
    wrong.write_text(resources.routing_file().replace("approval:", "aproval:").replace("to: ", "to: no-"), "utf-8")
    tour("check", str(wrong), code=2)
    tour("erase")
    tour("erase", "--dry-run")
    tour("erase", "--dry-run", "--on", "2100-01-01")
    tour("run", "--partners", str(tour.place), code=2, home="nowhere")
    tour("demo", code=2, home=".")  # what lies there is no demo
    engine_of(tour)
    tour("journal", "upgrade")


def engine_of(tour: Tour) -> None:
    """What needs no server: the keys, the plan as a file, and what is said where there is none."""
    tour("serve", code=2, home="nowhere")
    tour("serve-connectors", code=2)
    tour("serve-worker", "--number", "0", code=2, home="nowhere")
    tour("serve-dispatcher", code=2, home="nowhere")
    tour("broker", "keys")
    tour("broker", "keys")
    requests = str(tour.place / "requests")
    tour("broker", "keys", "--requests", requests)
    tour("broker", "keys", "--certificates", requests, code=2)  # nothing was issued
    tour("broker", "keys", "--certificates", requests, "--requests", requests, code=2)
    for name in ("tls-hub.pem", "seal-hub.pem"):
        kept = tour.place / "home" / ("keys/tls.pem" if name.startswith("tls") else "trust/seal/hub.pem")
        (Path(requests) / name).write_bytes(kept.read_bytes())
    tour("broker", "keys", "--certificates", requests)
    tour("broker", "plan", "--definitions")
    for command in ("plan", "apply", "check"):
        tour("broker", command, code=2)  # no password
    tour("broker", "partitions", "--to", "4", code=2)
    tour("broker", "partitions", code=2)
    server = ("--host", "localhost", "--database", "none", "--user", "none")
    tour("journal", "move", *server, code=2, home="nowhere")


def message_of(tour: Tour) -> str:
    """Signs and submits one message; returns its id."""
    signed = str(tour.place / "m.xml")
    letter = ("sign", str(EXAMPLE), "--as", "juki", "--type", "AT-REG", "-o", signed)
    tour(*letter, "--to", "atena", "--item", "none", code=2)
    for wrong in (("--expires", "soon"), ("--corrects", "x"), ("--in-reply-to", "x"), ("--subject", "x")):
        tour(*letter, "--to", "atena", *wrong, code=2)
    tour(*letter, "--to", "atena", "--subject", "a" * 22, "--subject", "b" * 22, code=2)
    for kind, to in (("JK-CHG", "介護保険課"), ("KK-CHG", "gakumu")):  # two rows, and none that is confirmed
        tour("sign", str(EXAMPLE), "--as", "juki", "--to", to, "--type", kind, "-o", signed, code=2)
    tour(*letter, "--to", "atena", "--item", "bangou-9-1")
    tour(*letter, "--to", "atena")
    tour("submit", signed)
    tour("submit", signed)
    forged = tour.place / "forged.xml"
    forged.write_bytes(Path(signed).read_bytes().replace("見本".encode(), "見木".encode()))
    tour("submit", str(forged), code=3)
    attached_of(tour, (*letter, "--to", "atena"))
    tour("inbox", "zei")
    tour("inbox", "mars", code=2)
    told = tour("inbox", "atena", "-o", str(tour.place / "inbox"))
    return told.split()[0]


def attached_of(tour: Tour, letter: tuple[str, ...]) -> None:
    """What is said about files beside a message, of a type that carries none."""
    file, message = tour.place / "a.pdf", str(tour.place / "attached.xml")
    file.write_bytes(b"a page")
    letter = (*letter[:-4], "-o", message, *letter[-2:])
    tour(*letter, "--attach", f"{file};type=PDF", code=2)
    tour(*letter, "--attach", str(tour.place / "none.pdf"), code=2)
    tour(*letter, "--attach", str(file), "--attach", str(file), code=3)
    tour(*letter, "--attach", str(file))
    tour("submit", message, code=2)
    tour("submit", message, "--attach", str(file), code=3)


def answer_of(tour: Tour, message: str) -> None:
    tour("person", "add", NAME, "--role", "approver")
    tour("person", "add", NAME, "--role", "approver", code=2)
    tour("person", "add", OTHER, "--role", "approver")
    tour("person", "list")
    tour("hold", "list")
    tour("hold", "release", message, "--person", NAME, code=2)
    tour("hold", "put", message, "--person", NAME, "--reason", "to look at it")
    tour("hold", "list")
    tour("hold", "show", message, "--person", NAME, "--reason", "to look at it")
    tour("hold", "release", message, "--person", NAME, "--reason", "looked at", code=0)
    tour("hold", "release", message, "--person", OTHER)
    tour("media", "list")
    sealed, plain = str(tour.place / "medium"), str(tour.place / "m.xml")
    own = tour.place / "home" / "endpoints" / "atena"
    attending = (
        "--person",
        "Mr B",
        "--person",
        "Ms C",
        "--reason",
        "monthly",
        "--job",
        "R8-1",
        "--to",
        str(own / "cert.pem"),
    )
    for name, role in (("Ms A", "operator"), ("Mr B", "exporter"), ("Ms C", "exporter")):
        tour("person", "add", name, "--role", role, "--staff", f"S-{name[-1]}")
    why = ("--reason", "monthly", "--job", "R8-1")
    tour("media", "approve", "--person", OTHER, *why, code=2)
    tour("media", "request", plain, "--person", "Ms A", *why, "--to", str(own / "cert.pem"))
    tour("media", "write", plain, *attending, "-o", sealed, code=3)
    tour("media", "approve", "--person", OTHER, *why)
    tour("media", "write", plain, *attending, "-o", sealed)
    tour("media", "write", plain, *attending, "-o", sealed, code=2)
    tour("media", "list")
    tour("media", "open", sealed, "--key", str(own / "key.pem"), "-o", str(tour.place / "opened"))
    received = str(tour.place / "inbox" / message)
    stamp = ("--stamp", f"{received}.stamp", "--as", "atena")
    tour("verify", f"{received}.xml", *stamp)
    tour("verify", str(tour.place / "forged.xml"), *stamp, code=4)
    tour("answer", "atena", "none", code=2)
    tour("answer", "atena", message)
    until = ("--until", "2035-01-01", "--person", NAME, "--reason", "an appeal")
    tour("legal-hold", "list")
    tour("legal-hold", "put", message, *until)
    tour("legal-hold", "put", message, *until)
    tour("legal-hold", "put", "0195e7a0-5a10-7c3e-9d52-0000000000ff", *until, code=2)
    tour("legal-hold", "put", message, "--until", "2999-01-01", *until[2:], code=3)
    tour("legal-hold", "list")
    tour("legal-hold", "end", message, *until[2:])
    tour("journal", "status")
    tour("status")
    tour("confirm", "list")
    alias = "alias:中部第一福祉課"
    tour("confirm", "sign", alias, "--person", NAME, "--reason", "seen in the directory")
    tour("confirm", "sign", alias, "--person", OTHER)


def log_of(tour: Tour) -> None:
    tour("log", "checkpoint")
    tour("log", "checkpoint", "-o", str(tour.place / "checkpoint.html"))
    tour("log", "verify")
    tour("log", "verify", "--checkpoint", str(tour.place / "none"), code=2)
    tour("log", "show", "1")
    tour("log", "show", "999", code=2)
    tour("log", "prove", "1")
    tour("log", "export", "-o", str(tour.place / "export"))
    found = tour("log", "search", "--limit", "2", "--endpoint", "juki", "--from", "2026-01-01")
    tour("log", "search", "--kind", "none")
    tour("log", "search", "--from", "tomorrow", code=2)
    tour("log", "search", "--id", "x", code=2)
    assert "more: --before" in found
    letter = (tour.place / "m.xml").read_text("utf-8")
    message = letter.partition("<MessageId>")[2].partition("<")[0]
    tour("log", "journey", message, "-o", str(tour.place / "story.html"))
    tour("log", "journey", "0195e7a0-5a10-7c3e-9d52-0000000000ff", code=2)
    tour("log", "journey", "x", code=2)
    tour("log", "journey", message, "--person", NAME, code=2)
    tour("log", "journey", message, "--person", NAME, "--reason", "a complaint", "-o", str(tour.place / "story.html"))


def witness_of(tour: Tour) -> None:
    """A witness, and a hub that asks it by medium: what waits for a network is heard in tests/integration/test_witness.py."""
    vkey = tour("witness", "init", "--name", "audit.example/witness", home="witness").strip()
    tour("witness", "init", "--name", "a b", code=2, home="other-witness")
    keys = (tour.place / "home/keys/keylist.txt").read_text("utf-8").splitlines()
    tour("witness", "add", next(line.split(" ")[3] for line in keys if line.startswith("log ")), home="witness")
    tour("witness", "add", "x", code=2, home="witness")
    tour("witness", "show", home="witness")
    tour("witness", "serve", code=2, home="nowhere")
    asked, answered = str(tour.place / "asked"), str(tour.place / "answered")
    tour("log", "cosign", "--witness", vkey, code=2)
    tour("log", "cosign", "--witness", vkey, "--url", "ftp://x", code=2)
    tour("log", "cosign", "--witness", vkey, "--request", asked)
    tour("witness", "answer", asked, "-o", answered, home="witness")
    tour("witness", "answer", str(tour.place / "none"), "-o", answered, code=2, home="witness")
    tour("log", "cosign", "--witness", vkey, "--request", asked, "--response", answered)
    tour("witness", "show", home="witness")


def timestamps_of(tour: Tour) -> None:
    """A timestamp by medium, and what is said without an authority, an address, a timestamp."""
    asked, answered = tour.place / "asked.tsq", tour.place / "answered.tsr"
    home = HomePaths(tour.place / "home")
    tour("log", "timestamp", code=2)
    authority = OpensslAuthority(tour.place / "tsa")
    home.timestamp_authority.write_bytes(authority.ca.read_bytes())
    tour("log", "timestamp", code=2)
    tour("log", "timestamp", "--url", "https://x", code=2)
    tour("log", "timestamps")
    tour("log", "timestamps", "--entry", "0", code=2)
    tour("log", "timestamp", "--request", str(asked))
    answered.write_bytes(authority.reply(asked.read_bytes()))
    tour("log", "timestamp", "--response", str(answered))
    tour("log", "timestamp", "--response", str(answered), code=2)
    tour("log", "timestamps", "--entry", "0")
    stored = next(home.timestamps.glob("*.note"))
    stored.write_bytes(stored.read_bytes() + b"x")
    tour("log", "timestamps", code=4)
    stored.unlink()


def files_of(tour: Tour, message: str) -> None:
    """Bundles, archives, and backups of the key store."""
    own = tour.place / "home" / "endpoints" / "atena"
    office = ("--key", str(own / "key.pem"), "--certificate", str(own / "cert.pem"), "-o", str(tour.place / "bundle"))
    tour("log", "bundle", message, *office)
    tour("log", "bundle", message, *office, "--reveal", "body", code=2)
    reader = ("--reveal", "body", "--person", NAME, "--to", str(own / "cert.pem"))
    tour("log", "bundle", message, *office, *reader, code=2)
    tour("log", "bundle", message, *office, *reader, "--reason", "asked by the resident")
    tour("subject", "--as", "juki", code=2)  # nothing on standard input
    tour("log", "person", "--subject", "1", "--person", NAME, "--reason", "asked", code=2)
    tour("log", "person", "--subject", "x" * 22, "--person", NAME, "--reason", "asked")
    for form in ("ecs", "cef"):
        tour("log", "siem", "--format", form, "-o", str(tour.place / "siem"))
    for command in ("reveals", "affected"):
        tour("review", command)
        tour("review", command, "--to", "2020-01-01")
        tour("review", command, "--from", "tomorrow", code=2)
    asker = ("--person", NAME, "--reason", "yearly review")
    tour("review", "use", *asker, "-o", str(tour.place / "use.html"), "--hours", "00:00-00:01", "--least", "1")
    tour("review", "use", *asker, "--to", "2020-01-01")
    tour("review", "use", *asker, "--hours", "9", code=2)
    disclosure_of(tour)
    archives = str(tour.place / "archives")
    tour("log", "verify", "--archives", str(tour.place), code=2)
    tour("log", "verify", "--archives", archives, "--export", archives, code=2)
    tour("log", "archive", archives, "--every", "3")
    tour("log", "archive", archives, "--every", "3")
    tour("log", "verify", "--archives", archives)
    tour("keystore", "backup", code=2)
    config = HomePaths(tour.place / "home").config
    config.write_text(f"{config.read_text('utf-8')}key_backups: {{folder: generations}}\n", "utf-8")
    tour("keystore", "list", code=5)
    (tour.place / "home" / "generations").mkdir()
    tour("keystore", "list")
    tour("keystore", "backup")
    tour("keystore", "list")
    tour("keystore", "restore", code=2)
    for file in HomePaths(tour.place / "home").keystore.glob("keys.sqlite*"):
        file.unlink()
    tour("keystore", "restore")
    tour("keystore", "restore", "--give-up-lost", code=2)


def disclosure_of(tour: Tour) -> None:
    """A draft about the person of the message, signed by two, written for the resident."""
    letter = (tour.place / "m.xml").read_text("utf-8")
    whom = letter.partition("<Subject>")[2].partition("<")[0]
    made, page = str(tour.place / "draft"), ("-o", str(tour.place / "page.html"))
    tour("disclosure", "draft", "--subject", whom, "--person", NAME, "--reason", "asked", "-o", made)
    tour("disclosure", "show", made, home=None)
    tour("disclosure", "hide", made, "1", "--because", "article 78", home=None)
    tour("disclosure", "hide", made, "99", "--because", "article 78", code=2, home=None)
    tour("disclosure", "sign", made, "--person", NAME, "--reason", "read")
    tour("disclosure", "write", made, *page, code=2)
    tour("disclosure", "sign", made, "--person", OTHER)
    tour("disclosure", "write", made, *page)


def keys_of(tour: Tour) -> None:
    """Another log key: the house asks, the root signs, the house takes."""
    paths = HomePaths(tour.place / "home")
    asked, listed = str(tour.place / "key-request"), str(tour.place / "next-list")
    tour("log", "key", "next", "-o", asked, "--doubt", "yesterday", code=2)
    tour("log", "key", "next", "-o", asked, "--origin", "a b", code=2)
    tour("log", "key", "next", "-o", asked)
    root_key = ("--key", str(paths.offline / "root.key"), "--key-list", str(paths.key_list), "-o", listed)
    tour("log", "key", "sign", asked, *root_key, code=2, home=None)
    tour("log", "key", "sign", listed, *root_key, code=2, home=None)
    tour("log", "key", "next", "-o", asked, "--doubt", "2026-01-01T00:00:00Z")
    tour("log", "key", "sign", asked, *root_key, home=None)
    tour("log", "key", "take", str(paths.key_list))  # the one of today
    tour("log", "key", "next", "-o", asked, "--doubt", "2026-01-01T00:00:00Z")
    for file in paths.next_files():
        file.unlink()
    tour("log", "key", "take", listed, code=2)  # for a key that is not here
    tour("log", "key", "next", "-o", asked, "--doubt", "2026-01-01T00:00:00Z")
    tour("log", "key", "sign", asked, *root_key, home=None)
    tour("log", "key", "take", listed)
    tour("log", "key", "take", listed)
    tour("inbox", "atena")
    tour("log", "verify", "--checkpoint", str(paths.anchors))
    doubt = ("juki-hub/131211/kikan", "--since")
    tour("log", "key", "doubt", *doubt, "2025-01-01T00:00:00Z", *root_key, home=None)
    tour("log", "key", "doubt", *doubt, "2027-01-01T00:00:00Z", *root_key, code=2, home=None)


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Tour:
    """A home, one message and its proof, played in English."""
    made = Tour(tmp_path_factory.mktemp("tour"))
    law_of(made)
    flows_of(made)
    homes_of(made)
    message = message_of(made)
    answer_of(made, message)
    log_of(made)
    witness_of(made)
    timestamps_of(made)
    files_of(made, message)
    keys_of(made)
    return made


@pytest.fixture(scope="module")
def data() -> re.Pattern[str]:
    """The words that are data: of the tables of law, of the schemas and of this test, longest first."""
    provisions = law.load_provisions()
    words = (
        {kind.value for kind in LegalKind}
        | {NAME, OTHER, "税務の課", "手作業による送信", "手作業による回答"}
        | provisions.tables.vocabulary
    )
    for row in provisions.rows.values():
        words |= {row.affair, row.affair[:39], row.information, row.article, row.reason, *row.recipients}
    words |= {doubt.reason for doubt in provisions.doubts} | set(provisions.tables.aliases)
    for one in Schemas.load(resources.xsd_files()).types.values():
        words |= one.items
    for flow in flows.load(resources.flows_file()).flows.values():
        words |= {flow.name, flow.place, flow.basis}
    words |= {text for element in etree.parse(EXAMPLE).iter() if (text := (element.text or "").strip())} | {MASK}
    return re.compile("|".join(re.escape(word) for word in sorted(words - {""}, key=len, reverse=True)))


class TestEnglish:
    def test_every_command_was_heard(self, tour: Tour) -> None:
        """A command that is added is added to the tour as well."""
        assert len(COMMANDS) > 20
        assert {command for command, _ in tour.said} == set(COMMANDS)

    def test_nothing_but_data_is_japanese(self, tour: Tour, data: re.Pattern[str]) -> None:
        """After the words of the law and the names are taken out, no Japanese character is left."""
        left = [(command, found) for command, text in tour.said if (found := JAPANESE.findall(data.sub("", text)))]

        assert left == []

    @pytest.mark.parametrize("differences", [REPORT["differences"], []])
    def test_the_report_of_the_demo_is_english(self, differences: object) -> None:
        """The tables and the sentence under them."""
        text = demo._text({**REPORT, "differences": differences}, Speaker(Path(), json=False, lang="en"))

        assert "outstanding 1" in text
        assert JAPANESE.findall(text) == []

    def test_every_code_has_two_languages(self) -> None:
        """A sentence in one language is not the sentence in the other; terms of law may stand in both."""
        for code in catalogue().values():
            assert code.ja != code.en
            assert code.remedy_ja != code.remedy_en


class TestHelp:
    @pytest.mark.parametrize(("path", "command"), COMMANDS.items(), ids=map(" ".join, COMMANDS))
    def test_is_in_both_languages(self, path: tuple[str, ...], command: TyperCommand) -> None:
        """Every command's help, and every option's that says anything, has a Japanese and an English half."""
        texts = [command.help or ""]
        texts += [one.help or "" for one in command.params if isinstance(one, TyperOption) and one.name != "help"]

        sentences = [text for text in texts if " | " not in text]  # but for lists of values

        assert [one for one in sentences if not (JAPANESE.search(one) and re.search(r"[a-z]{3}", one))] == []
