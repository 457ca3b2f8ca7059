"""connectors.kit.observing and the worker's watch: an exchange that the partner tells of is observed once, and nobody is named."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.chukan.simulator import SEEN as CHUKAN
from connectors.conbini.server import SEEN as CONBINI
from connectors.cs import layouts
from connectors.cs.simulator import SEEN as CS
from connectors.demo.observed import LEDGERS
from connectors.kit.bench import MemoryHub
from connectors.kit.compose import compose
from connectors.kit.errands import done, verdict
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.law import Law
from connectors.kit.ledger import Line
from connectors.kit.manner import Manner
from connectors.kit.observing import OBSERVATIONS, Sighting, Sightings, Watch, finished, observation_id
from connectors.kit.operators import Automaton
from connectors.kit.partner import CONFIRMED, REJECTED, Effect, Events, Result
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from connectors.shinsei.office import SEEN as SHINSEI
from hub import envelope
from hub.edges import resources
from hub.errors import IntegrityError
from hub.flows import load
from hub.ids import computed_id
from hub.messages import Header, Observation
from hub.provisions.load import load as load_law
from hub.xmlsig.precheck import parse
from tests import fakehub

FLOWS = load(resources.flows_file())
ME = fakehub.identity("cs")
MORNING = 1_775_001_600_000  # 2026-04-01T00:00:00Z
TOLD = {"A1-4": "to-sv", "A3-6": "card"}


def reference(number: int) -> str:
    return computed_id(MORNING + number, "exchange", str(number))


def sighting(number: int, **changes: str) -> Sighting:
    at = datetime.fromtimestamp((MORNING + number) / 1000, UTC).isoformat()
    digest = hashlib.sha256(f"salt {number}".encode()).hexdigest()
    return replace(Sighting(reference(number), "A1-4", "to-sv", at, digest), **changes)


@dataclass
class Teller:
    """A partner that does everything, and tells what a test says."""

    told: list[Sighting] = field(default_factory=list)
    quiet: bool = True

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        return [Result(confirmed=True) for _ in effects]

    def feed(self, name: str, after: str, limit: int) -> Events:
        assert name == OBSERVATIONS
        start = int(after or "0")
        page = [asdict(one) for one in self.told[start : start + limit]]
        place = start + len(page)
        return Events(page, str(place), self.quiet and place == len(self.told))


@pytest.fixture(scope="module")
def law() -> Law:
    return load_law(resources.provision_files())


@pytest.fixture
def hub() -> MemoryHub:
    return fakehub.memory_hub("juki", "cs")


def worker(home: Path, hub: MemoryHub, partner: Teller, law: Law, kind: type[EndpointStore] = EndpointStore) -> Worker:
    """The connector of the CS around a partner that tells, as at a start of its process."""
    setup = Setup(ME, partner, Automaton("cs"), law, frozenset({"juki"}))
    room = Forwarding(setup, ("CV-UPD",), (Watch(setup),))
    path = home / "store.db"
    store = kind.open(path, ME) if path.exists() else kind.create(path, ME)
    manner = Manner(signatures=None, monotonic=itertools.count(step=60).__next__)
    return Worker(ME, room, hub, store, hub.clock, manner)


def run(one: Worker) -> None:
    while one.step():
        pass


def observed(hub: MemoryHub) -> list[tuple[Header, Observation]]:
    """Every observation that the hub was sent, in order."""
    roots = [parse(raw) for raw in hub.submitted]
    read = [(envelope.parse_header(root), root) for root in roots]
    return [
        (header, envelope.parse_observation(envelope.payload_of(root)))
        for header, root in read
        if header.is_observation
    ]


class TestSightings:
    def test_tells_the_lines_of_its_flows_in_their_order(self) -> None:
        """Of other flows, and of what the hub itself carried, nothing is told."""
        sightings = Sightings(TOLD)
        for number, facts in enumerate(
            ({"flow": "A1-4"}, {"flow": "B11"}, {}, {"flow": "A3-6", "cause": reference(9), "to": "card"})
        ):
            sightings.take(Line(reference(number), "0" * 64, CONFIRMED, facts=facts))
        page = sightings.page("", 10)

        assert [(one["reference"], one["flow"], one["counterpart"]) for one in page.events] == [
            (reference(0), "A1-4", "to-sv"),
            (reference(3), "A3-6", "card"),
        ]
        assert page.events[1]["cause"] == reference(9)
        assert sightings.page("1", 10).events == page.events[1:]

    def test_the_time_is_that_of_the_reference(self) -> None:
        """Unless the line says another."""
        sightings = Sightings(TOLD)
        sightings.take(Line(reference(5), "0" * 64, CONFIRMED, facts={"flow": "A1-4"}))
        sightings.take(
            Line(reference(6), "0" * 64, CONFIRMED, facts={"flow": "A1-4", "at": "2026-04-01T09:00:00+09:00"})
        )

        assert [one["at"] for one in sightings.page("", 10).events] == [
            "2026-04-01T00:00:00.005000+00:00",
            "2026-04-01T09:00:00+09:00",
        ]

    def test_is_at_its_end_only_when_nothing_is_under_way(self) -> None:
        """What is under way may still be told."""
        sightings = Sightings(TOLD)
        sightings.take(Line(reference(0), "0" * 64, CONFIRMED, facts={"flow": "A1-4"}))

        assert sightings.page("", 10, quiet=True).end
        assert not sightings.page("", 10, quiet=False).end
        assert not sightings.page("", 10).events[1:]

    def test_the_line_of_an_errand_says_to_whom_and_why(self) -> None:
        """So the counterpart is not guessed, and the conversation can be found; a rejection keeps its code."""
        made = done(Effect(reference(0), "A1-4", "0" * 64, verdict(code="HUB-DOM-001", to="to-sv", cause=reference(1))))

        assert (made.confirmed, made.code) == (False, "HUB-DOM-001")
        assert made.facts == {"flow": "A1-4", "to": "to-sv", "cause": reference(1)}
        assert done(Effect("m", "A3-x1", "0" * 64, b"")).facts == {"flow": "A3-x1"}


class TestClosedList:
    @pytest.mark.parametrize(
        ("endpoint", "told"), [("cs", CS), ("chukan", CHUKAN), ("conbini", CONBINI), ("shinsei", SHINSEI)]
    )
    def test_a_partner_tells_what_its_connector_may_observe(self, endpoint: str, told: Mapping[str, str]) -> None:
        """No more, no less, and with somebody who takes part: else every such observation would be refused."""
        assert set(told) == {flow.id for flow in FLOWS.flows.values() if endpoint in flow.seen_by}
        assert all(told[flow] in FLOWS.flows[flow].taking_part for flow in told)

    def test_nobody_else_observes(self) -> None:
        """The demo compares the ledgers of every partner that tells."""
        assert {name for flow in FLOWS.flows.values() for name in flow.seen_by} == set(LEDGERS)

    def test_the_cs_has_a_place_for_everything_it_tells(self) -> None:
        """A record of fixed length holds any sighting."""
        said = asdict(
            sighting(0, code="HUB-DOM-001", cause=reference(1), conversation=reference(2), counterpart="x" * 40)
        )
        layout = layouts.DIALECT.feeds[OBSERVATIONS]

        assert layout.decode(layout.encode(said)) == said


class TestId:
    def test_follows_from_the_reference_as_specified(self) -> None:
        """Section 8 of message.md, by code that shares nothing with ours."""
        one = reference(7)
        parts = b"".join(len(x).to_bytes(4, "big") + x for x in (b"observation", b"cs", one.encode()))
        bits = int.from_bytes(hashlib.sha256(parts).digest(), "big")
        time = uuid.UUID(one).int >> 80
        made = time << 80 | 7 << 76 | (bits & 0xFFF) << 64 | 2 << 62 | bits >> 12 & (1 << 62) - 1

        assert observation_id("cs", one) == str(uuid.UUID(int=made))
        assert observation_id("cs", one) != observation_id("chukan", one)


class TestWatch:
    def test_each_exchange_is_observed_once(self, hub: MemoryHub, law: Law, tmp_path: Path) -> None:
        """Signed by the endpoint, to the hub, with nobody's name; told again after a restart it is not sent again."""
        partner = Teller([sighting(0), sighting(1, code="HUB-DOM-001")])
        for _ in range(2):
            one = worker(tmp_path, hub, partner, law)
            run(one)
            assert one.status().idle
            one.stop()

        (first, seen), (second, refused) = observed(hub)
        assert (first.sender, first.recipient, first.subjects, first.basis) == ("cs", "hub", (), None)
        assert (first.message_id, first.conversation_id) == (observation_id("cs", reference(0)),) * 2
        assert (seen.flow, seen.counterpart, seen.evidence) == ("A1-4", "to-sv", partner.told[0].evidence)
        assert (seen.code, refused.code) == ("", "HUB-DOM-001")
        assert second.message_id == observation_id("cs", reference(1))

    def test_killed_before_the_place_was_kept(self, hub: MemoryHub, law: Law, tmp_path: Path) -> None:
        """Nothing was sent before: the next start observes it once, under the same id."""
        partner = Teller([sighting(0)])
        dying = worker(tmp_path, hub, partner, law, _Dying)
        with pytest.raises(_Killed):
            dying.step()
        dying.stop()
        assert observed(hub) == []
        run(again := worker(tmp_path, hub, partner, law))
        again.stop()

        assert [header.message_id for header, _ in observed(hub)] == [observation_id("cs", reference(0))]

    def test_a_lost_receipt_sends_the_same_bytes(self, hub: MemoryHub, law: Law, tmp_path: Path) -> None:
        """As every message: one entry."""
        one = worker(tmp_path, hub, Teller([sighting(0)]), law)
        hub.mute = True
        one.step()
        hub.mute = False
        run(one)
        one.stop()

        assert len(hub.submitted) >= 2
        assert len(set(hub.submitted)) == 1
        assert hub.tree.size == 1

    def test_stands_in_the_conversation_of_its_cause(self, hub: MemoryHub, law: Law, tmp_path: Path) -> None:
        """The message that was handed to this endpoint is named, and its conversation shared."""
        draft = fakehub.draft(fakehub.identity("juki"), "cs", b'<x xmlns="urn:juki-hub:conbini:1"/>', "p")
        draft = replace(draft, conversation_id=reference(42))
        hub.submit([compose(draft, fakehub.identity("juki"))])
        partner = Teller()
        one = worker(tmp_path, hub, partner, law)
        one.offer(hub.ready("cs"))
        run(one)
        partner.told.append(sighting(0, cause=draft.message_id))
        run(one)
        one.stop()

        ((header, _),) = observed(hub)
        assert (header.in_reply_to, header.conversation_id) == (draft.message_id, reference(42))

    def test_knows_the_conversation_before_the_partner_can_tell(self, hub: MemoryHub, law: Law, tmp_path: Path) -> None:
        """Killed between the effect and the commit, and told what followed before the redelivery."""
        draft = fakehub.draft(fakehub.identity("juki"), "cs", b'<x xmlns="urn:juki-hub:conbini:1"/>', "p")
        hub.submit([compose(draft, fakehub.identity("juki"))])
        partner = Teller()
        dying = worker(tmp_path, hub, partner, law, _Dying)
        dying.offer(hub.ready("cs"))
        with pytest.raises(_Killed):
            dying.step()
        dying.stop()
        partner.told.append(sighting(0, cause=draft.message_id))
        run(again := worker(tmp_path, hub, partner, law))
        again.stop()

        ((header, _),) = observed(hub)
        assert (header.in_reply_to, header.conversation_id) == (draft.message_id, draft.conversation_id)

    def test_names_no_cause_that_it_was_never_handed(self, hub: MemoryHub, law: Law, tmp_path: Path) -> None:
        """The hub would refuse it; the exchange is observed in a conversation of its own."""
        run(one := worker(tmp_path, hub, Teller([sighting(0, cause=reference(5))]), law))
        one.stop()

        ((header, _),) = observed(hub)
        assert (header.in_reply_to, header.conversation_id) == (None, header.message_id)

    def test_never_ends(self, hub: MemoryHub, law: Law, tmp_path: Path) -> None:
        """At rest the connector is idle; what is told later is observed, also after a restart."""
        partner = Teller([sighting(0)], quiet=False)
        one = worker(tmp_path, hub, partner, law)
        run(one)
        assert not one.status().idle
        partner.quiet = True
        run(one)
        assert one.status().idle
        partner.told.append(sighting(1))
        run(one)
        one.stop()
        partner.told.append(sighting(2))
        run(again := worker(tmp_path, hub, partner, law))
        again.stop()

        assert [header.message_id for header, _ in observed(hub)] == [
            observation_id("cs", reference(number)) for number in range(3)
        ]

    def test_is_not_idle_after_an_effect_until_it_has_looked_again(
        self, hub: MemoryHub, law: Law, tmp_path: Path
    ) -> None:
        """What was just done may have begun something beside the hub."""
        partner = Teller()
        run(one := worker(tmp_path, hub, partner, law))
        draft = fakehub.draft(fakehub.identity("juki"), "cs", b'<x xmlns="urn:juki-hub:conbini:1"/>', "p")
        hub.submit([compose(draft, fakehub.identity("juki"))])
        one.offer(hub.ready("cs"))
        partner.quiet = False
        run(one)

        assert not one.status().idle
        one.stop()

    @pytest.mark.parametrize(
        "told",
        [
            {"name": "見本 太郎"},
            {"at": "2026-04-01T00:00:00"},
            {"at": "morning"},
            {"reference": "0001"},
        ],
        ids=repr,
    )
    def test_stops_at_what_is_no_sighting(
        self, told: Mapping[str, str], hub: MemoryHub, law: Law, tmp_path: Path
    ) -> None:
        """A member more, a time without offset, a reference that is no UUIDv7: the partner breaks its contract."""

        class Liar(Teller):
            def feed(self, name: str, after: str, limit: int) -> Events:
                return Events([asdict(sighting(0)) | dict(told)], "1", end=True)

        setup = Setup(ME, Liar(), Automaton("cs"), law, frozenset({"juki"}))
        with pytest.raises(IntegrityError):
            Watch(setup).poll("", 10)

        run(one := worker(tmp_path, hub, Liar(), law))
        assert one.status().latched
        assert observed(hub) == []
        one.stop()


class TestFinished:
    def test_is_made_now_but_not_before_what_was_seen(self, law: Law) -> None:
        """A partner whose clock is ahead makes no message that was written before it happened."""
        setup = Setup(ME, Teller([sighting(0)]), Automaton("cs"), law, frozenset({"juki"}))
        (draft,) = Watch(setup).poll("", 10).drafts
        hour = timedelta(hours=1)

        assert finished(draft, None, draft.created_at + hour).created_at == draft.created_at + hour
        assert finished(draft, None, draft.created_at - hour).created_at == draft.created_at


class _Killed(BaseException):
    """SIGKILL, as far as a test can have it."""


class _Dying(EndpointStore):
    """A store whose process is killed where it would keep what it did."""

    def commit_poll(self, *_: object, **__: object) -> None:
        raise _Killed

    def commit_batch(self, *_: object, **__: object) -> None:
        raise _Killed


def test_a_refused_errand_stays_refused_in_the_ledger() -> None:
    """Line and sighting say the same."""
    sightings = Sightings(TOLD)
    sightings.take(Line(reference(0), "0" * 64, REJECTED, "HUB-DOM-001", {"flow": "A1-4"}))

    assert sightings.page("", 1).events[0]["code"] == "HUB-DOM-001"
