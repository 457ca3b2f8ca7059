"""What `connectors.kit.hubport.Hub` promises a connector, demanded of every hub alike: in memory, embedded, over the broker."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from connectors.kit.acceptance import Acceptance
from connectors.kit.compose import Draft, compose
from connectors.kit.hubport import Hub
from connectors.kit.identity import Identity
from connectors.kit.witness import Witness, log_trust
from hub.codes import dup
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Permit, Refuse
from hub.exchangelog.stamp import Stamp
from hub.messages import Part, Recorded, Submission


@dataclass(frozen=True, slots=True)
class HubAtWork:
    """A hub, an endpoint that may send there, and `draft`, which makes a new message about a new person each time."""

    hub: Hub
    sender: Identity
    draft: Callable[[], Draft]

    def messages(self, count: int) -> list[Submission]:
        return [compose(self.draft(), self.sender) for _ in range(count)]

    def same_id_twice(self) -> tuple[Submission, Submission]:
        """Two messages under one MessageId."""
        one, other = self.draft(), self.draft()
        return compose(one, self.sender), compose(replace(other, message_id=one.message_id), self.sender)

    def believe(self, submissions: Sequence[Submission], recorded: Sequence[Recorded]) -> Witness:
        """As a connector believes receipts: each proves what became of its bytes, in one history with all others."""
        witness = Witness(log_trust(self.sender.log), self.hub.consistency, None)
        Acceptance(self.sender, witness, None).receipts(submissions, recorded)
        return witness


class HubPortConformance:
    """Give a fixture `at_work`."""

    def test_one_receipt_each_in_order(self, at_work: HubAtWork) -> None:
        submissions = at_work.messages(7)
        recorded = at_work.hub.submit(submissions)

        assert [(one.permit, one.code, one.repeated) for one in recorded] == [(True, "", False)] * 7
        assert len({one.index for one in recorded}) == 7
        at_work.believe(submissions, recorded)
        assert all(isinstance(_entry(one), Permit) for one in recorded)

    def test_the_same_bytes_get_the_first_receipt_again(self, at_work: HubAtWork) -> None:
        """Also twice within one call."""
        (one,) = at_work.messages(1)
        (first,) = at_work.hub.submit([one])
        again = at_work.hub.submit([one, one])

        assert list(again) == [replace(first, repeated=True)] * 2

    def test_other_bytes_under_a_known_id_are_refused(self, at_work: HubAtWork) -> None:
        """With a receipt that proves the refusal, and the first keeps its own."""
        one, other = at_work.same_id_twice()
        first, refused = (at_work.hub.submit([each])[0] for each in (one, other))

        assert (first.permit, refused.permit, refused.code) == (True, False, dup.OTHER_BYTES.id)
        assert isinstance(_entry(refused), Refuse)
        at_work.believe([one, other], [first, refused])
        assert list(at_work.hub.submit([one])) == [replace(first, repeated=True)]

    def test_checkpoints_are_one_history(self, at_work: HubAtWork) -> None:
        """Receipts of several calls, each under another checkpoint: the proofs between them hold."""
        groups = [at_work.messages(size) for size in (1, 3, 2)]
        recorded = [at_work.hub.submit(group) for group in groups]

        witness = at_work.believe(list(chain(*groups)), list(chain(*recorded)))

        assert witness.last is not None
        assert witness.last.size > recorded[-1][-1].index

    def test_nothing_is_asked_for_no_gap(self, at_work: HubAtWork) -> None:
        assert list(at_work.hub.consistency([])) == []

    def test_parts_of_an_attachment_may_be_sent_again(self, at_work: HubAtWork) -> None:
        """Before their message or after it, and also of one that carries none: they change no receipt."""
        (one,) = at_work.messages(1)
        digest = hashlib.sha256(one.raw).hexdigest()
        for _ in range(2):
            at_work.hub.deposit(at_work.sender.endpoint, one.raw, [Part(digest, "ab" * 32, 3, 0, b"abc")])
        (first,) = at_work.hub.submit([one])
        at_work.hub.deposit(at_work.sender.endpoint, one.raw, [Part(digest, "ab" * 32, 3, 0, b"abc")])

        assert first.permit
        assert list(at_work.hub.submit([one])) == [replace(first, repeated=True)]

    def test_what_is_not_for_this_endpoint_is_empty(self, at_work: HubAtWork) -> None:
        """One answer for each part that was asked for, whether there is such a delivery or not."""
        (one,) = at_work.hub.submit(at_work.messages(1))

        for index in (one.index, one.index + 1000):
            assert list(at_work.hub.fetch(at_work.sender.endpoint, index, "ab" * 32, [0, 5])) == [b"", b""]

    def test_threads_may_call_it_together(self, at_work: HubAtWork) -> None:
        """Each gets the receipts of its own messages."""
        groups = [at_work.messages(4) for _ in range(4)]
        told: dict[int, Sequence[Recorded]] = {}

        def send(number: int) -> None:
            told[number] = at_work.hub.submit(groups[number])

        threads = [threading.Thread(target=send, args=(number,)) for number in range(len(groups))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert sorted(told) == [0, 1, 2, 3]
        for number, recorded in told.items():
            at_work.believe(groups[number], recorded)
        assert len({one.index for recorded in told.values() for one in recorded}) == 16


def _entry(one: Recorded) -> entries.Entry:
    return entries.parse(Stamp.parse(one.receipt).leaf)
