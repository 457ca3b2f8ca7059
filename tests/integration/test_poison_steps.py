"""A worker meets a deadly message, step by step, on a real home; what kills is raised as nothing that anybody catches.

A whole zone with processes that are really killed: tests/engine/test_poison.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub import frames, pipeline
from hub.app import engine, intaking
from hub.app.brokerkeys import make_keys
from hub.app.endpoints import fresh_subject
from hub.app.founding import Founding, found
from hub.app.intaking import ALONE, DEATHS, IntakeWorker
from hub.app.opening import OpenHome, open_home
from hub.codes import brk
from hub.config import Config
from hub.edges import resources
from hub.edges.amqp.consumer import Arrival
from hub.edges.amqp.publisher import Parcel
from hub.edges.amqp.sealing import HUB, Way, read_seal_certificate, seal, unseal
from hub.edges.clock import SystemClock
from hub.edges.suspects import Suspects
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Refuse
from hub.frames import Kind
from hub.messages import Part, Submission
from hub.observe import silent
from tests.letters import letters

CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)


class Death(BaseException):
    """Leaves on disk what SIGKILL leaves."""


@dataclass
class Line:
    """What the broker gives and takes; it gives what was not settled again, to whoever comes next."""

    waiting: list[Arrival] = field(default_factory=list)
    published: list[Parcel] = field(default_factory=list)

    def take(self, _limit: int, _wait: float) -> list[Arrival]:
        return list(self.waiting)

    def settle(self, arrivals: Sequence[Arrival]) -> None:
        self.waiting = [one for one in self.waiting if one not in arrivals]

    def publish(self, parcels: Sequence[Parcel]) -> None:
        self.published += parcels

    def idle(self) -> None:
        """Nothing beats."""

    def again(self) -> None:
        """Its reader died."""
        self.waiting = [replace(one, redeliveries=one.redeliveries + 1) for one in self.waiting]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHome]:
    now = datetime.now(UTC)
    root = tmp_path_factory.mktemp("poison") / "home"
    paths = found(Founding(root, CONFIG, resources.routing_file(), now - timedelta(hours=1)))
    make_keys(paths, CONFIG, now)
    with open_home(root, SystemClock(), silent) as opened:
        yield opened


def arrival(home: OpenHome, one: Submission, tag: int) -> Arrival:
    """As juki's connector seals it, anew each time."""
    way = Way(CONFIG.origin, Kind.SUBMISSION, "juki", HUB)
    body = seal(frames.write_submission(one), read_seal_certificate(home.paths.seal(HUB)), way)
    return Arrival("in.juki.0", "submission", digest(one), "juki@kikan", body, 0, tag, 1)


def digest(one: Submission) -> str:
    return hashlib.sha256(one.raw).hexdigest()


def worker(home: OpenHome, line: Line, suspects: Path) -> IntakeWorker:
    """A process that has just begun."""
    station = engine.station(home.paths, CONFIG, ("juki", "zei"), 2)
    return IntakeWorker(home.intake, station, line, line, Suspects(suspects), home.clock, silent)


def deaths_until_done(home: OpenHome, line: Line, suspects: Path) -> int:
    """One process after the other until nothing waits."""
    for deaths in range(20):
        current = worker(home, line, suspects)
        try:
            while line.waiting:
                current.step()
        except Death:
            line.again()
        else:
            return deaths
    raise AssertionError("it goes on for ever")


def refused(home: OpenHome, since: int) -> list[tuple[str, str]]:
    """Code and digest of each refusal."""
    with home.journal.snapshot() as log:
        found = [entries.parse(row.leaf) for row in log.entries(since)]
    return [(one.code, one.digest) for one in found if isinstance(one, Refuse)]


class TestPoison:
    def test_deadly_to_read_it_is_refused_by_its_digest_and_its_copies_at_sight(
        self, home: OpenHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After three deaths in company and two alone; who stood before and behind it is accepted."""
        messages = letters(home.paths, [fresh_subject() for _ in range(4)])
        deadly, examine, since = messages[1], pipeline.examine, home.journal.head().size

        def dying(one: Submission, *rest: object) -> object:
            if one.fault is None and one.raw == deadly.raw:
                raise Death
            return examine(one, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(pipeline, "examine", dying)
        line = Line([arrival(home, one, n) for n, one in enumerate([*messages, deadly])])
        deaths = deaths_until_done(home, line, tmp_path)
        line.waiting = [arrival(home, deadly, 9)]
        again = deaths_until_done(home, line, tmp_path)

        assert (deaths, again) == (ALONE + DEATHS, 0)
        assert refused(home, since) == [(brk.POISON.id, digest(deadly))] * 3
        assert [one.join for one in line.published] == [digest(one) for one in (*messages, deadly, deadly)]
        assert [file.name for file in tmp_path.iterdir()] == [f"{digest(deadly)}.refused"]

    def test_deadly_to_open_it_is_refused_unopened(
        self, home: OpenHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One death more; the entry has the digest of what came, and the sender hears by the digest that it waits for."""
        messages = letters(home.paths, [fresh_subject() for _ in range(3)])
        came = [arrival(home, one, n) for n, one in enumerate(messages)]
        since = home.journal.head().size

        def dying(sealed: bytes, *rest: object) -> bytes:
            if sealed == came[1].body:
                raise Death
            return unseal(sealed, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(intaking, "unseal", dying)
        line = Line(list(came))
        deaths = deaths_until_done(home, line, tmp_path)

        assert deaths == ALONE + DEATHS + 1
        assert refused(home, since) == [(brk.POISON.id, hashlib.sha256(came[1].body).hexdigest())]
        assert [one.join for one in line.published] == [digest(one) for one in messages]
        assert list(tmp_path.iterdir()) == []

    def test_a_deadly_part_of_an_attachment_is_left_out_unopened(
        self, home: OpenHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It has no receipt: the message that signs it is refused, and who stood before and behind is accepted."""
        messages = letters(home.paths, [fresh_subject() for _ in range(2)])
        way = Way(CONFIG.origin, Kind.PART, "juki", HUB)
        part = Part(digest(messages[1]), hashlib.sha256(b"x").hexdigest(), 1, 0, b"x")
        body = seal(frames.write_part(part), read_seal_certificate(home.paths.seal(HUB)), way)
        came = [arrival(home, one, n) for n, one in enumerate(messages)]
        deadly, since = replace(came[1], kind=Kind.PART.value, body=body, tag=9), home.journal.head().size

        def dying(sealed: bytes, *rest: object) -> bytes:
            if sealed == body:
                raise Death
            return unseal(sealed, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(intaking, "unseal", dying)
        line = Line([came[0], deadly, came[1]])
        deaths = deaths_until_done(home, line, tmp_path)

        assert deaths == ALONE + DEATHS
        assert refused(home, since) == []
        assert [one.join for one in line.published] == [digest(one) for one in messages]
        assert list(tmp_path.iterdir()) == []
