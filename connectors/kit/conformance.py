"""What every connector must keep, as a suite that its author runs: subclass `RoomConformance`, give it a `RoomBench`.

The suite talks to the room through a real worker, store and log, and misbehaves around it: it delivers twice, kills between
effect and commit, forges stamps, and takes the partner away. It reads the partner's ledger to see what really happened.
Run by tests/conformance/test_rooms.py for every room of the house.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from connectors.kit.bench import MemoryHub, delivery
from connectors.kit.compose import Draft, compose
from connectors.kit.identity import Identity
from connectors.kit.manner import Manner
from connectors.kit.room import Room
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub import envelope
from hub.codes import dup, kit
from hub.messages import Delivery, Header, Level, Submission
from hub.xmlsig.precheck import parse


class RoomBench(Protocol):
    """What an author supplies. `sender` and `receiver` are known to `hub`; `home` is an empty directory."""

    hub: MemoryHub
    sender: Identity
    receiver: Identity
    home: Path

    def room(self) -> Room:
        """The room under test, as at a start of its process; its partner keeps what it had."""

    def draft(self, number: int) -> Draft:
        """The `number`-th message from `sender`, each with an id of its own, about a person of its own; confirmed."""

    def performed(self) -> Counter[str]:
        """How often the partner's ledger says that it performed each MessageId."""

    def partner_up(self, *, up: bool) -> None:
        """Takes the partner away, or brings it back."""


class Killed(BaseException):
    """The process dies here."""


class RoomConformance:
    """The suite. A test runner collects the `test_` methods of a subclass that defines `bench`."""

    def bench(self) -> RoomBench:
        raise NotImplementedError

    # --- one effect, one answer ---------------------------------------------------------------------------------------

    def test_a_delivery_has_one_effect_and_one_answer(self) -> None:
        """Each message is performed once and answered once, finally, to its sender."""
        bench = self.bench()
        drafts = _post(bench, 3)
        worker = _worker(bench)
        _deliver(worker, bench.hub.ready(bench.receiver.endpoint))

        _require(bench.performed() == Counter(d.message_id for d in drafts), "one effect each")
        for one in drafts:
            line = bench.hub.answered(one.message_id)
            _require(line is not None and line.level is Level.PARTNER_CONFIRMED, "one confirmation each")
        _require(worker.status().idle or not worker.status().feeds_ended, "nothing is left waiting")
        worker.stop()

    def test_the_same_delivery_again_gets_the_same_answer_again(self) -> None:
        """Duplicate delivery: one effect, and the same answer bytes go out again."""
        bench = self.bench()
        _post(bench, 2)
        deliveries = bench.hub.ready(bench.receiver.endpoint)
        worker = _worker(bench)
        _deliver(worker, deliveries)
        first, already = list(bench.hub.answers), len(bench.hub.submitted)
        _deliver(worker, (*deliveries, *deliveries))

        again = bench.hub.submitted[already:]
        _require(set(bench.performed().values()) == {1}, "no second effect")
        _require(set(again) >= set(first), "the answers go out again, as the same bytes")
        _require(bench.hub.answers == first, "and the log takes no second answer")
        worker.stop()

    def test_a_delivery_twice_in_one_batch_is_one(self) -> None:
        """A batch that holds a message twice performs it once."""
        bench = self.bench()
        _post(bench, 1)
        worker = _worker(bench)
        _deliver(worker, [*bench.hub.ready(bench.receiver.endpoint)] * 2)

        _require(set(bench.performed().values()) == {1} and len(bench.hub.answers) == 1, "one effect, one answer")
        worker.stop()

    def test_two_starts_share_one_memory(self) -> None:
        """A message handled before a restart is not performed after it."""
        bench = self.bench()
        _post(bench, 1)
        deliveries = bench.hub.ready(bench.receiver.endpoint)
        for _ in range(2):
            worker = _worker(bench)
            _deliver(worker, deliveries)
            worker.stop()

        _require(set(bench.performed().values()) == {1} and len(bench.hub.answers) == 1, "one effect, one answer")

    # --- SIGKILL ------------------------------------------------------------------------------------------------------

    def test_killed_between_effect_and_commit(self) -> None:
        """The partner has done it, the store does not know: the redelivery finds the effect done and answers."""
        bench = self.bench()
        _post(bench, 2)
        deliveries = bench.hub.ready(bench.receiver.endpoint)
        dying = _worker(bench, _Dying)
        dying.offer(deliveries)
        with contextlib.suppress(Killed):
            dying.step()
        dying.stop()
        _require(set(bench.performed().values()) == {1} and not bench.hub.answers, "done, and not yet answered")

        worker = _worker(bench)
        _deliver(worker, deliveries)
        _require(set(bench.performed().values()) == {1}, "no second effect")
        _require(all(bench.hub.answered(d.message_id) for d in deliveries), "and every answer")
        worker.stop()

    def test_killed_between_commit_and_sending(self) -> None:
        """The answer is in the outbox: the next start sends it without hearing of the message again."""
        bench = self.bench()
        _post(bench, 2)
        deliveries = bench.hub.ready(bench.receiver.endpoint)
        first = _worker(bench)
        bench.hub.down = True
        _deliver(first, deliveries)
        first.stop()
        _require(not bench.hub.answers, "nothing was sent")

        bench.hub.down = False
        worker = _worker(bench)
        _run(worker)
        _require(all(bench.hub.answered(d.message_id) for d in deliveries), "every answer")
        worker.stop()

    def test_a_lost_receipt_sends_the_same_bytes_again(self) -> None:
        """The hub recorded and its word was lost: the same bytes go again and get the first receipt."""
        bench = self.bench()
        _post(bench, 1)
        worker = _worker(bench)
        bench.hub.mute = True
        _deliver(worker, bench.hub.ready(bench.receiver.endpoint))
        bench.hub.mute = False
        _run(worker)

        own = [raw for raw in bench.hub.submitted if raw in bench.hub.answers]
        _require(len(own) >= 2 and len(set(own)) == 1, "sent twice, as the same bytes")
        _require(worker.status().outbox == 0, "and the receipt ends it")
        worker.stop()

    # --- who lies is not served ---------------------------------------------------------------------------------------

    def test_refuses_a_damaged_stamp(self) -> None:
        """One changed character of the stamp latches the connector; nothing is performed."""
        bench = self.bench()
        _post(bench, 1)
        (one,) = bench.hub.ready(bench.receiver.endpoint)
        place = one.stamp.index("index") - 8
        wrong = "B" if one.stamp[place] == "A" else "A"
        self._refuses(bench, replace(one, stamp=one.stamp[:place] + wrong + one.stamp[place + 1 :]))

    def test_refuses_the_stamp_of_another_message(self) -> None:
        """A genuine stamp proves its own message and no other."""
        bench = self.bench()
        _post(bench, 2)
        first, second = bench.hub.ready(bench.receiver.endpoint)
        self._refuses(bench, replace(first, stamp=second.stamp))

    def test_refuses_the_stamp_of_a_refusal(self) -> None:
        """What the log refused is not a permit, however well it is proven."""
        bench = self.bench()
        submission, header = _composed(bench, 0)
        digest = hashlib.sha256(submission.raw).hexdigest()
        (stamp,) = bench.hub.append([bench.hub.refusal(header, digest, dup.OTHER_BYTES.id)])
        self._refuses(bench, delivery(header, submission.raw, stamp))

    def test_refuses_other_bytes_under_a_genuine_stamp(self) -> None:
        """The digest binds the stamp to exactly one byte string."""
        bench = self.bench()
        submission, header = _composed(bench, 0)
        other, _ = _composed(bench, 0)
        digest = hashlib.sha256(submission.raw).hexdigest()
        (stamp,) = bench.hub.append([bench.hub.permit(header, digest)])
        self._refuses(bench, delivery(header, other.raw, stamp))

    def test_refuses_a_permit_for_somebody_else(self) -> None:
        """A permit that names another recipient, sender, type, id or tenant is not for this message."""
        bench = self.bench()
        for lie in (
            {"recipient": bench.sender.endpoint},
            {"sender": bench.receiver.endpoint},
            {"type": "XX-LIE"},
            {"version": 9},
            {"message": "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa"},
            {"tenant": "130001"},
            {"environment": "production"},
        ):
            bench = self.bench()
            submission, header = _composed(bench, 0)
            digest = hashlib.sha256(submission.raw).hexdigest()
            (stamp,) = bench.hub.append([bench.hub.permit(header, digest, **lie)])
            self._refuses(bench, delivery(header, submission.raw, stamp))

    def test_refuses_a_second_history(self) -> None:
        """A log that shows two histories latches the connector at the first stamp of the other one."""
        bench = self.bench()
        _post(bench, 1)
        worker = _worker(bench)
        _deliver(worker, bench.hub.ready(bench.receiver.endpoint))
        done = bench.performed()
        hub = bench.hub
        fork = MemoryHub(hub.origin, hub.key, hub.trust, hub.clock)
        for number in range(1, 6):
            fork.submit([compose(bench.draft(number), bench.sender)])
        worker.stop()
        worker = _worker(bench, hub=fork)
        _deliver(worker, fork.ready(bench.receiver.endpoint))

        _require(worker.status().latched == kit.STAMP_REFUSED.id, "latched")
        _require(bench.performed() == done, "nothing performed out of the second history")
        worker.stop()

    def _refuses(self, bench: RoomBench, forged: Delivery) -> None:
        worker = _worker(bench)
        answers = len(bench.hub.answers)
        _deliver(worker, [forged])
        status = worker.status()
        _require(status.latched != "", "latched")
        _require(worker.capacity() == 0, "and it takes nothing more")
        _require(not bench.performed() and len(bench.hub.answers) == answers, "nothing performed, nothing answered")
        worker.stop()

    # --- neighbours that are away ---------------------------------------------------------------------------------------

    def test_a_partner_that_is_down_is_waited_for(self) -> None:
        """Nothing is answered while the partner is away; when it is back, each message is performed once."""
        bench = self.bench()
        drafts = _post(bench, 2)
        worker = _worker(bench)
        bench.partner_up(up=False)
        _deliver(worker, bench.hub.ready(bench.receiver.endpoint))
        status = worker.status()
        _require(status.waiting_for != "" and not status.latched, "it says what it waits for")
        _require(status.inbox == 2 and not bench.hub.answers, "and keeps the deliveries unanswered")
        bench.partner_up(up=True)
        _run(worker)

        _require(bench.performed() == Counter(d.message_id for d in drafts), "each once")
        _require(all(bench.hub.answered(d.message_id) for d in drafts), "each answered")
        worker.stop()

    def test_a_lane_is_performed_in_order(self) -> None:
        """Of one person's messages the next comes after the answer to the one before, and the ledger keeps that order."""
        bench = self.bench()
        one = bench.draft(0)
        others = [replace(bench.draft(number), subjects=one.subjects) for number in range(1, 4)]
        bench.hub.submit([compose(draft, bench.sender) for draft in (one, *others)])
        worker = _worker(bench)
        while ready := bench.hub.ready(bench.receiver.endpoint):
            _require(len(ready) == 1, "one at a time")
            _deliver(worker, ready)

        _require(list(bench.performed()) == [d.message_id for d in (one, *others)], "in order")
        worker.stop()

    def test_keeps_no_body_in_clear(self) -> None:
        """No file of the endpoint's store holds a text of the payload."""
        bench = self.bench()
        _post(bench, 1)
        worker = _worker(bench)
        (one,) = bench.hub.ready(bench.receiver.endpoint)
        bench.hub.down = True
        _deliver(worker, [one])
        texts = [text for text in envelope.payload_of(parse(one.raw)).itertext() if len(text.encode()) >= 6]
        files = [path.read_bytes() for path in bench.home.glob("endpoint.db*")]
        _require(len(texts) > 0 and len(files) > 0, "there is something to look for")
        _require(not any(text.encode() in data for text in texts for data in files), "nothing is found")
        worker.stop()


class _Dying(EndpointStore):
    """A store whose process is killed where it would commit a handled batch."""

    def commit_batch(self, *_: object, **__: object) -> None:
        raise Killed


def _post(bench: RoomBench, count: int) -> list[Draft]:
    drafts = [bench.draft(number) for number in range(count)]
    bench.hub.submit([compose(draft, bench.sender) for draft in drafts])
    return drafts


def _composed(bench: RoomBench, number: int) -> tuple[Submission, Header]:
    submission = compose(bench.draft(number), bench.sender)
    return submission, envelope.parse_header(parse(submission.raw))


def _worker(bench: RoomBench, kind: type[EndpointStore] = EndpointStore, hub: MemoryHub | None = None) -> Worker:
    """A connector whose every back-off is over when it looks again."""
    path = bench.home / "endpoint.db"
    store = kind.open(path, bench.receiver) if path.exists() else kind.create(path, bench.receiver)
    manner = Manner(signatures=None, monotonic=itertools.count(step=60).__next__)
    return Worker(bench.receiver, bench.room(), hub or bench.hub, store, bench.hub.clock, manner)


def _deliver(worker: Worker, deliveries: Sequence[Delivery]) -> None:
    worker.offer(deliveries)
    _run(worker)


def _run(worker: Worker) -> None:
    while worker.step():
        pass


def _require(fact: object, sentence: str) -> None:
    """`assert` that survives -O."""
    if not fact:
        raise AssertionError(sentence)
