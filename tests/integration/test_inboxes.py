"""`hub inbox` and `hub answer` on a real home, whether a zone runs in it or not: what waits, how much more, and the answer to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.app import endpoints, inboxes, law
from hub.app.endpoints import INBOX, Letter
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.codes import cli, zon
from hub.config import Config
from hub.edges import resources
from hub.edges.clock import SystemClock
from hub.edges.socket import Client
from hub.errors import Misconfigured
from hub.messages import Delivery, Operator, Returned
from hub.observe import silent
from tests.owning import owner

CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)

OPERATOR = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
EXAMPLE = (Path(__file__).resolve().parents[2] / "docs" / "examples" / "atena-touroku.xml").read_bytes()


@pytest.fixture
def paths(tmp_path: Path) -> HomePaths:
    """A new development home."""
    return found(
        Founding(tmp_path / "home", CONFIG, resources.routing_file(), SystemClock().now() - timedelta(hours=1))
    )


def send(home: OpenHome, count: int, subject: str = "") -> list[str]:
    """So many messages for the 共通機能, each about another person unless `subject` says whom; their ids."""
    now = SystemClock().now()
    made = [
        endpoints.sign(
            home.paths,
            Letter(
                "juki", "atena", "AT-REG", 1, "statutes", "bangou-9-1", subject or endpoints.fresh_subject(), OPERATOR
            ),
            EXAMPLE,
            law.load_provisions(),
            now,
        )
        for _ in range(count)
    ]
    assert all(one.permit for one in home.intake.take([submission for _, submission in made]).recorded)
    return [message for message, _ in made]


@contextmanager
def nobody(_home: Path) -> Iterator[None]:
    """No process owns the home: the command does it itself."""
    yield


class Desk:
    """A connector that takes everything and answers nothing."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def capacity(self) -> int:
        return 10

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        self.taken += [one.message_id for one in deliveries]

    def returned(self) -> Sequence[Returned]:
        return ()


def run(paths: HomePaths, *words: str) -> tuple[int, Any]:
    done = CliRunner().invoke(root, [*words, "--json", "--home", str(paths.root)])
    return done.exit_code, json.loads(done.stdout)


class TestByHand:
    @pytest.mark.parametrize("owned", [nobody, owner])
    def test_looked_at_and_answered(self, paths: HomePaths, tmp_path: Path, owned: Any) -> None:
        """Listed, written as signed, answered once; the same whether a process owns the home or not, and the log verifies."""
        with open_home(paths.root, SystemClock(), silent) as opened:
            one, other = send(opened, 2)
        with owned(paths.root):
            listed = run(paths, "inbox", "atena", "-o", str(tmp_path / "in"))[1]
            code, done = run(paths, "answer", "atena", one)
            again = run(paths, "answer", "atena", one)
            left = run(paths, "inbox", "atena")[1]
            refused = run(paths, "answer", "atena", other, "--reject", "nonsense")
        with open_home(paths.root, SystemClock(), silent) as opened:
            tally = opened.journal.tally()
        with open_archive(paths.root) as archive:
            report = archive.verify(())

        assert ([row["message"] for row in listed["messages"]], listed["more"]) == ([one, other], 0)
        assert set(listed["messages"][0]) == {"message", "index", "type", "sender", "bytes", "digest"}
        files = {file.name for file in (tmp_path / "in").iterdir()}
        assert files == {f"{name}.{kind}" for name in (one, other) for kind in ("xml", "stamp")}
        assert (code, done["permit"], done["facts"], done["text"]) == (0, True, {}, "")
        assert (again[0], again[1]["error"]["code"]) == (2, cli.NOT_IN_INBOX.id)
        assert [row["message"] for row in left["messages"]] == [other]
        assert (refused[0], refused[1]["code"], refused[1]["facts"]["rule"]) == (3, "HUB-XSD-006", "pattern")
        assert (tally, report.ok) == ({"atena": {"acknowledged": 1, "pending": 1}}, True)

    @pytest.mark.parametrize("owned", [nobody, owner])
    def test_a_stranger_has_no_inbox(self, paths: HomePaths, owned: Any) -> None:
        """An endpoint that the zone does not have, to look into and to answer from."""
        with owned(paths.root):
            told = [
                run(paths, "inbox", "nobody"),
                run(paths, "answer", "nobody", "x"),
                run(paths, "answer", "atena", "\0"),
            ]

        assert [(code, said["error"]["code"]) for code, said in told] == [
            (2, cli.NO_ENDPOINT.id),
            (2, cli.NO_ENDPOINT.id),
            (2, cli.NOT_IN_INBOX.id),
        ]

    def test_what_stands_behind_another_waits(self, paths: HomePaths) -> None:
        """The second about one person is not waiting before the first is answered."""
        with open_home(paths.root, SystemClock(), silent) as opened:
            first, second = send(opened, 2, endpoints.fresh_subject())
        before = run(paths, "answer", "atena", second)
        done = [run(paths, "answer", "atena", one)[0] for one in (first, second)]

        assert (before[1]["error"]["code"], done) == (cli.NOT_IN_INBOX.id, [0, 0])


class TestMany:
    def test_says_how_many_more_and_answers_any(self, paths: HomePaths) -> None:
        """Three beyond what is shown: counted in text and JSON, and the last of them is answered by its id."""
        with open_home(paths.root, SystemClock(), silent) as opened:
            sent = send(opened, INBOX + 3)
        listed = run(paths, "inbox", "atena")[1]
        text = CliRunner().invoke(root, ["inbox", "atena", "--home", str(paths.root)]).stdout
        code, _ = run(paths, "answer", "atena", sent[-1])

        assert ([row["message"] for row in listed["messages"]], listed["more"]) == (sent[:INBOX], 3)
        assert text.splitlines()[-1] == "ほかに 3 件あります。"
        assert (code, run(paths, "inbox", "atena")[1]["more"]) == (0, 2)

    def test_writes_as_much_as_one_reply_holds(
        self, paths: HomePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A cut by size is said like one by number."""
        with open_home(paths.root, SystemClock(), silent) as opened:
            sent = send(opened, 3)
            size = len(endpoints.inbox(opened, "atena")[0].raw)
        monkeypatch.setattr(inboxes, "MOST_BYTES", 2 * size + 10)
        listed = run(paths, "inbox", "atena", "-o", str(tmp_path / "in"))[1]

        assert ([row["message"] for row in listed["messages"]], listed["more"]) == (sent[:2], 1)


class TestRunningZone:
    def test_a_connector_answers_what_it_has_in_hand(self, paths: HomePaths) -> None:
        """It stands in no inbox, and an answer by hand is refused."""
        with open_home(paths.root, SystemClock(), silent) as opened:
            (sent,) = send(opened, 1)
            opened.dispatcher.round({"atena": (desk := Desk())})
            listed = inboxes.answer(opened, {"op": "inbox", "endpoint": "atena", "whole": False})
            with pytest.raises(Misconfigured) as refused:
                inboxes.find(opened, "atena", sent)

        assert (desk.taken, listed) == ([sent], {"messages": [], "more": 0})
        assert refused.value.code is cli.IN_HAND

    def test_a_paused_delivery_can_be_answered(self, paths: HomePaths) -> None:
        """What a connector gave back waits for its next attempt, and for an answer as well."""
        with open_home(paths.root, SystemClock(), silent) as opened:
            (sent,) = send(opened, 1)
            index = inboxes.find(opened, "atena", sent).index
            opened.journal.postpone(index, SystemClock().now() + timedelta(hours=1), "HUB-KIT-020")
        with owner(paths.root):
            code, done = run(paths, "answer", "atena", sent)

        assert (code, done["permit"]) == (0, True)

    def test_a_malformed_request_is_refused(self, paths: HomePaths) -> None:
        """The owner's socket does not guess."""
        with owner(paths.root):
            client = Client(paths.socket)
            replies = [client.call(one) for one in ({"op": "inbox"}, {"op": "delivery", "endpoint": 1, "message": ""})]
            client.close()

        assert [one["error"] for one in replies] == [zon.REQUEST.id] * 2
