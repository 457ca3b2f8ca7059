"""connectors.kit.worker, processing, answering: trouble is waited out or latches; answers say what happened."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.kit.backoff import Backoff
from connectors.kit.bench import MemoryHub
from connectors.kit.compose import Draft, compose
from connectors.kit.manner import Manner, Pace, silent
from connectors.kit.room import Feed, Opened, Outcome, Page, confirmed, rejected
from connectors.kit.store import EndpointStore
from connectors.kit.worker import FAILING, Worker
from hub import envelope
from hub.codes import kit
from hub.errors import Held, IntegrityError, Refused, Unavailable
from hub.messages import Delivery, Level, Recorded, Returned, Submission
from hub.outages import Outage
from hub.xmlsig.precheck import parse
from tests import fakehub

SENDER, RECEIVER = fakehub.identity("juki"), fakehub.identity("conbini")
PAYLOAD = '<x xmlns="urn:juki-hub:conbini:1"><氏名>見本 太郎</氏名></x>'.encode()


@dataclass
class Listed:
    """A feed out of a list."""

    drafts: Sequence[Draft] = ()
    name: str = "list"
    polls: list[str] = field(default_factory=list)
    end: bool = True

    def poll(self, after: str, limit: int) -> Page:
        self.polls.append(after)
        place = int(after or "0")
        page = tuple(self.drafts[place : place + limit])
        cursor = place + len(page)
        return Page(page, str(cursor), self.end and cursor == len(self.drafts))


@dataclass
class Scripted:
    """A room that does what a test says, and remembers what it was handed."""

    act: Callable[[Opened], Outcome] = lambda _: confirmed()
    of: Sequence[Feed] = ()
    handed: list[str] = field(default_factory=list)
    wrong: list[Outcome] | None = None

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        outcomes = self.wrong if self.wrong is not None else [self.act(one) for one in batch]
        self.handed += [one.header.message_id for one in batch]
        return outcomes

    def feeds(self) -> Sequence[Feed]:
        return self.of


def raises(error: Exception) -> Callable[[Opened], Outcome]:
    def act(_: Opened) -> Outcome:
        raise error

    return act


@pytest.fixture
def hub() -> MemoryHub:
    return fakehub.memory_hub("juki", "conbini", "moj")


@dataclass
class Office:
    """A worker with what a test looks at."""

    worker: Worker
    hub: MemoryHub
    heard: list[tuple[str, str]]

    def run(self, deliveries: Sequence[Delivery] = ()) -> None:
        if deliveries:
            self.worker.offer(deliveries)
        while self.worker.step():
            pass


def office(path: Path, hub: MemoryHub, room: Scripted, **manner: object) -> Office:
    heard: list[tuple[str, str]] = []

    def hear(event: str, /, **facts: str | int | float) -> None:
        heard.append((event, str(facts["code"])))

    identity = RECEIVER
    name = path / "store.db"
    store = EndpointStore.open(name, identity) if name.exists() else EndpointStore.create(name, identity)
    made = Manner(signatures=None, observer=hear, monotonic=itertools.count(step=60).__next__)
    return Office(Worker(identity, room, hub, store, hub.clock, replace(made, **manner)), hub, heard)  # type: ignore[arg-type]


def posted(hub: MemoryHub, count: int, sender: str = "juki", **changes: Any) -> list[Delivery]:
    who = fakehub.identity(sender)
    drafts = [fakehub.draft(who, "conbini", PAYLOAD, f"{sender} {number}", **changes) for number in range(count)]
    hub.submit([compose(draft, who) for draft in drafts])
    return hub.ready("conbini")


class TestTrouble:
    def test_unavailable_is_waited_out(self, hub: MemoryHub, tmp_path: Path) -> None:
        """The batch stays, the status says for what, and the next try does it."""
        room = Scripted(raises(Unavailable(kit.PARTNER_DOWN, endpoint="conbini", kind="test")))
        one = office(tmp_path, hub, room)

        one.run(posted(hub, 1))
        assert (one.worker.status().waiting_for, one.worker.status().inbox) == (kit.PARTNER_DOWN.id, 1)
        room.act = lambda _: confirmed()
        one.run()

        assert one.worker.status().waiting_for == ""
        assert len(hub.answers) == 1
        assert one.heard == [("outage.began", kit.PARTNER_DOWN.id), ("outage.ended", kit.PARTNER_DOWN.id)]

    def test_a_lie_latches(self, hub: MemoryHub, tmp_path: Path) -> None:
        """Nothing is answered, and nothing more is taken."""
        code = kit.PARTNER_SPEECH.id
        one = office(tmp_path, hub, Scripted(raises(IntegrityError(kit.PARTNER_SPEECH, endpoint="conbini", rule="x"))))
        deliveries = posted(hub, 1)

        one.run(deliveries)

        assert one.worker.status().latched == code
        assert one.heard == [("connector.latched", code)]
        assert (one.worker.capacity(), list(one.worker.returned())) == (0, [])
        assert not hub.answers
        with pytest.raises(Unavailable):
            one.worker.offer(deliveries)

    @pytest.mark.parametrize(
        ("error", "code", "hold"),
        [
            (Held(kit.PARTNER_CONFLICT, endpoint="conbini"), kit.PARTNER_CONFLICT.id, True),
            (Refused(kit.TYPE_NOT_HANDLED), kit.TYPE_NOT_HANDLED.id, False),
            (ZeroDivisionError("見本 太郎"), kit.ROOM_SURPRISE.id, False),
        ],
    )
    def test_a_message_that_cannot_be_processed_goes_back_alone(
        self, hub: MemoryHub, tmp_path: Path, error: Exception, code: str, hold: bool
    ) -> None:
        """The others of its batch are answered; the report names a code, never the error's words."""
        deliveries = posted(hub, 3)
        bad = deliveries[1].message_id

        def act(opened: Opened) -> Outcome:
            if opened.header.message_id == bad:
                raise error
            return confirmed()

        one = office(tmp_path, hub, Scripted(act))
        one.run(deliveries)

        assert list(one.worker.returned()) == [Returned(deliveries[1].index, code, hold)]
        assert list(one.worker.returned()) == []
        assert [hub.answered(each.message_id) is not None for each in deliveries] == [True, False, True]
        assert one.heard == [("delivery.returned", code)]
        assert one.worker.status().latched == ""

    @pytest.mark.parametrize(("failing", "latched"), [(FAILING - 1, ""), (FAILING, kit.ROOM_BROKEN.id)])
    def test_many_failures_in_a_row_are_the_connector_s(
        self, hub: MemoryHub, tmp_path: Path, failing: int, latched: str
    ) -> None:
        """It stops before it gives back a whole backlog, one hold each."""
        one = office(tmp_path, hub, Scripted(raises(ZeroDivisionError())))

        one.run(posted(hub, failing))

        assert one.worker.status().latched == latched
        assert len(one.worker.returned()) == failing

    @pytest.mark.parametrize("outcomes", [[], [confirmed(), confirmed()], [Outcome(Level.CONNECTOR_ACCEPTED)]])
    def test_a_room_that_breaks_its_contract_latches(
        self, hub: MemoryHub, tmp_path: Path, outcomes: list[Outcome]
    ) -> None:
        """One final outcome per message, or nothing counts."""
        room = Scripted()
        room.wrong = outcomes
        one = office(tmp_path, hub, room)

        one.run(posted(hub, 1))

        assert one.worker.status().latched == kit.ROOM_CONTRACT.id
        assert not hub.answers

    def test_other_bytes_under_a_handled_id_latch(self, hub: MemoryHub, tmp_path: Path) -> None:
        """The hub promised that this cannot come: who brings it lies."""
        room = Scripted()
        one = office(tmp_path, hub, room)
        draft = fakehub.draft(SENDER, "conbini", PAYLOAD, "1")
        for _ in range(2):
            hub.known.clear()
            hub.submit([compose(draft, SENDER)])
            one.run([hub.posted[-1].delivery])

        assert one.worker.status().latched == kit.OTHER_BYTES.id
        assert len(room.handed) == 1

    def test_more_than_capacity_is_not_taken(self, hub: MemoryHub, tmp_path: Path) -> None:
        """The inbox is bounded; an offer that does not fit is refused whole."""
        one = office(tmp_path, hub, Scripted(), pace=Pace(inbox=2))

        with pytest.raises(Unavailable):
            one.worker.offer(posted(hub, 3))

        assert (one.worker.capacity(), one.worker.status().inbox) == (2, 0)


class TestSendersAndIds:
    def test_an_id_belongs_to_its_first_sender(self, hub: MemoryHub, tmp_path: Path) -> None:
        """Another sender's message under the same id is rejected with its own answer, again and again, and never performed."""
        room = Scripted()
        one = office(tmp_path, hub, room)
        (first,) = posted(hub, 1, message_id="0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa")
        second = posted(hub, 1, "moj", message_id="0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa")[1]

        one.run([first])
        one.run([second])
        one.run([second, first])

        lines = {posted.header.sender: posted.answered for posted in hub.posted}
        assert lines["juki"] is not None
        assert lines["juki"].level is Level.PARTNER_CONFIRMED
        assert lines["moj"] is not None
        assert (lines["moj"].level, lines["moj"].code) == (Level.REJECTED, kit.ID_OF_OTHER_SENDER.id)
        assert len(room.handed) == 1
        assert one.worker.status().latched == ""

    def test_also_within_one_batch(self, hub: MemoryHub, tmp_path: Path) -> None:
        """The order of the batch decides who was first."""
        room = Scripted()
        one = office(tmp_path, hub, room)
        posted(hub, 1, message_id="0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa")
        both = posted(hub, 1, "moj", message_id="0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa")

        one.run(both)

        assert [p.answered.code for p in hub.posted if p.answered] == ["", kit.ID_OF_OTHER_SENDER.id]
        assert len(room.handed) == 1


class TestAnswers:
    def test_speak_of_one_message_each_by_default(self, hub: MemoryHub, tmp_path: Path) -> None:
        """One answer a message, in reply to it, in its conversation, with the checkpoint seen."""
        one = office(tmp_path, hub, Scripted(lambda _: rejected("HUB-DOM-001")))
        one.run(posted(hub, 3))

        for raw, message in zip(hub.answers, hub.posted, strict=True):
            root = parse(raw)
            header, answer = envelope.parse_header(root), envelope.parse_answer(envelope.payload_of(root))
            assert header.in_reply_to == message.header.message_id
            assert header.conversation_id == message.header.conversation_id
            assert (answer.origin, answer.size) == (hub.origin, 3)
            (line,) = answer.lines
            assert (line.level, line.code) == (Level.REJECTED, "HUB-DOM-001")

    def test_batch_by_sender(self, hub: MemoryHub, tmp_path: Path) -> None:
        """With more lines allowed, one answer speaks of several messages of one sender, never of two senders."""
        one = office(tmp_path, hub, Scripted(), answer_lines=3)
        posted(hub, 4)
        one.run(posted(hub, 2, "moj"))

        parsed = [(envelope.parse_header(r), envelope.parse_answer(r[1][0])) for r in map(parse, hub.answers)]
        assert [(h.recipient, len(a.lines)) for h, a in parsed] == [("juki", 3), ("juki", 1), ("moj", 2)]
        assert all(message.answered for message in hub.posted)

    @pytest.mark.parametrize("lines", [0, 1001])
    def test_have_one_to_a_thousand_lines(self, hub: MemoryHub, tmp_path: Path, lines: int) -> None:
        """Other numbers are a mistake of the configuration."""
        with pytest.raises(ValueError, match="1000"):
            office(tmp_path, hub, Scripted(), answer_lines=lines)


class TestFeeds:
    def test_send_everything_once_in_order(self, hub: MemoryHub, tmp_path: Path) -> None:
        """Every draft of the feed is recorded in the feed's order."""
        drafts = [fakehub.draft(RECEIVER, "juki", PAYLOAD, str(number)) for number in range(45)]
        one = office(tmp_path, hub, Scripted(of=[Listed(drafts)]))

        one.run()

        assert [posted.header.message_id for posted in hub.posted] == [draft.message_id for draft in drafts]
        assert one.worker.status().idle
        assert dict(one.worker.status().receipts) == {"": 45}

    def test_go_on_where_they_were(self, hub: MemoryHub, tmp_path: Path) -> None:
        """The cursor is committed with the messages: a restart polls from it, and an ended feed is not polled again."""
        drafts = [fakehub.draft(RECEIVER, "juki", PAYLOAD, str(number)) for number in range(4)]
        pace = Pace(events=2)
        first = office(tmp_path, hub, Scripted(of=[Listed(drafts)]), pace=pace)
        first.worker.step()
        first.worker.stop()
        again = Listed(drafts)
        second = office(tmp_path, hub, Scripted(of=[again]), pace=pace)
        second.run()
        second.worker.stop()
        third = Listed(drafts)
        office(tmp_path, hub, Scripted(of=[third])).run()

        assert again.polls == ["2"]
        assert third.polls == []
        assert len(hub.posted) == 4

    def test_wait_while_the_hub_is_away(self, hub: MemoryHub, tmp_path: Path) -> None:
        """One page is kept and sent later as the same bytes; no other page is taken meanwhile."""
        feed = Listed([fakehub.draft(RECEIVER, "juki", PAYLOAD, str(number)) for number in range(45)])
        one = office(tmp_path, hub, Scripted(of=[feed]))
        hub.down = True
        for _ in range(5):
            one.worker.step()
        assert feed.polls == [""]
        assert one.worker.status().outbox == 20
        assert not one.worker.status().idle
        hub.down = False
        one.run()

        assert len(hub.posted) == 45

    def test_a_refused_message_leaves_its_code(self, hub: MemoryHub, tmp_path: Path) -> None:
        """The receipt of a refusal ends the sending as that of a permit does."""
        drafts = [fakehub.draft(RECEIVER, "juki", PAYLOAD, str(number)) for number in range(3)]
        hub.refuse[drafts[1].message_id] = "HUB-PRV-003"
        one = office(tmp_path, hub, Scripted(of=[Listed(drafts)]))

        one.run()

        assert dict(one.worker.status().receipts) == {"": 2, "HUB-PRV-003": 1}
        assert one.worker.status().outbox == 0

    def test_an_open_feed_is_not_idle(self, hub: MemoryHub, tmp_path: Path) -> None:
        """As long as a feed has not said its end, something may come."""
        one = office(tmp_path, hub, Scripted(of=[Listed(end=False)]))

        one.run()

        assert not one.worker.status().idle


class TestThread:
    def test_works_by_itself_and_stops(self, hub: MemoryHub, tmp_path: Path) -> None:
        """Started, it answers what is offered; stopped, it ends and closes its store."""
        one = office(tmp_path, hub, Scripted(), monotonic=time.monotonic)
        one.worker.start()
        one.worker.offer(posted(hub, 30))
        deadline = time.monotonic() + 20
        while not one.worker.status().idle or len(hub.answers) < 30:
            assert time.monotonic() < deadline
            time.sleep(0.01)

        assert one.worker.stop()
        assert one.worker.status().handled == 30


class TestBackoff:
    def test_doubles_and_is_bounded(self) -> None:
        """50 ms, 100 ms … 5 s, and 50 ms again after a success."""
        backoff = Backoff(lambda: 0.0, Outage(silent, "test"), lambda: 1.0)
        waits = []
        for _ in range(9):
            backoff.failed("HUB-KIT-021")
            waits.append(round(backoff.remaining, 3))
        backoff.worked()
        assert backoff.ready
        backoff.failed("HUB-KIT-021")

        assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
        assert round(backoff.remaining, 3) == 0.05

    def test_chance_shortens_by_up_to_half(self) -> None:
        """All who wait for one neighbour do not come back to it together."""
        chances = iter((0.0, 0.5, 0.999))
        backoff = Backoff(lambda: 0.0, Outage(silent, "test"), chances.__next__)
        waits = []
        for _ in range(3):
            backoff.failed("HUB-KIT-021")
            waits.append(round(backoff.remaining, 3))

        assert waits == [0.025, 0.075, 0.2]


class TestProbe:
    """In an outage one message asks whether the neighbour is back, and persons are told twice: when it began, and when it ended."""

    def test_one_delivery_at_a_time_until_the_partner_is_back(self, hub: MemoryHub, tmp_path: Path) -> None:
        room = Scripted(raises(Unavailable(kit.PARTNER_DOWN, endpoint="conbini", kind="test")))
        asked = list[int]()
        handle = room.handle

        def counted(batch: Sequence[Opened]) -> Sequence[Outcome]:
            asked.append(len(batch))
            return handle(batch)

        room.handle = counted  # type: ignore[method-assign]
        one = office(tmp_path, hub, room)

        one.worker.offer(posted(hub, 6))
        for _ in range(4):
            one.worker.step()
        room.act = lambda _: confirmed()
        one.run()

        assert asked == [6, 1, 1, 1, 1, 5]
        assert [event for event, _ in one.heard] == ["outage.began", "outage.ended"]
        assert len(hub.answers) == 6

    def test_one_submission_at_a_time_until_the_hub_is_back(
        self, hub: MemoryHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = office(tmp_path, hub, Scripted())
        deliveries = posted(hub, 6)
        sent, submit = list[int](), hub.submit

        def counted(_: MemoryHub, submissions: Sequence[Submission]) -> Sequence[Recorded]:
            sent.append(len(submissions))
            if len(sent) <= 3:
                raise Unavailable(kit.STORE_UNAVAILABLE, kind="test")
            return submit(submissions)

        monkeypatch.setattr(MemoryHub, "submit", counted)
        one.run(deliveries)
        for _ in range(3):
            one.run()

        assert sent == [6, 1, 1, 1, 5]
        assert [event for event, _ in one.heard] == ["outage.began", "outage.ended"]
        assert len(hub.answers) == 6
