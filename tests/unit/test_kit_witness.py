"""connectors.kit.witness and acceptance: one history, exact bytes, and whose signature."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.kit.acceptance import Acceptance, SignatureCheck
from connectors.kit.bench import MemoryHub, delivery
from connectors.kit.compose import compose
from connectors.kit.witness import Witness, log_trust
from hub import envelope
from hub.codes import kit, log
from hub.errors import IntegrityError, Misconfigured, Unavailable
from hub.exchangelog.stamp import Stamp
from hub.messages import Delivery
from hub.xmlsig.precheck import parse
from tests import fakehub, testpki

SENDER, RECEIVER = fakehub.identity("juki"), fakehub.identity("conbini")
PAYLOAD = b'<x xmlns="urn:juki-hub:conbini:1"/>'


def filled(count: int = 0) -> MemoryHub:
    """A hub with `count` batches of one message each."""
    hub = fakehub.memory_hub("juki", "conbini")
    for number in range(count):
        hub.submit([compose(fakehub.draft(SENDER, "conbini", PAYLOAD, str(number)), SENDER)])
    return hub


def notes(hub: MemoryHub) -> list[str]:
    return [Stamp.parse(one.delivery.stamp).note for one in hub.posted]


class TestWitness:
    def test_keeps_the_newest_whatever_the_order(self) -> None:
        """Old stamps are as good as new ones; the newest checkpoint stays."""
        hub = filled(6)
        seen = notes(hub)
        witness = Witness(log_trust(RECEIVER.log), hub.consistency, None)

        witness.see([seen[3], seen[1]])
        witness.see([seen[0], seen[5], seen[2]])
        witness.see([seen[4]])

        assert witness.note == seen[5]
        assert witness.last is not None
        assert witness.last.size == 6

    def test_goes_on_where_the_last_run_ended(self) -> None:
        """A restart with the kept note demands consistency with it."""
        hub, other = filled(3), filled(4)
        witness = Witness(log_trust(RECEIVER.log), other.consistency, notes(hub)[2])

        with pytest.raises(IntegrityError) as caught:
            witness.see([notes(other)[3]])

        assert caught.value.code is log.LOG_FORKED

    def test_sees_two_histories_within_one_batch(self) -> None:
        """Two checkpoints of one size and two roots are a fork, even where nothing was seen before."""
        hub, other = filled(2), filled(2)
        witness = Witness(log_trust(RECEIVER.log), hub.consistency, None)

        with pytest.raises(IntegrityError) as caught:
            witness.see([notes(hub)[1], notes(other)[1]])

        assert caught.value.code is log.LOG_FORKED
        assert witness.last is None

    def test_two_new_checkpoints_must_agree_with_each_other(self) -> None:
        """Both extend what was seen last, and still belong to two histories: that is not enough."""
        hub = filled(2)
        fork = fakehub.memory_hub("juki", "conbini")
        fork.tree, fork.nodes = hub.tree, dict(hub.nodes)
        for tree in (hub, fork):
            tree.submit([compose(fakehub.draft(SENDER, "conbini", PAYLOAD, "9"), SENDER)])
        fork.submit([compose(fakehub.draft(SENDER, "conbini", PAYLOAD, "9"), SENDER)])

        def both(gaps: Sequence[tuple[int, int]]) -> Sequence[Sequence[bytes]]:
            return [(hub if gap == (2, 3) else fork).consistency([gap])[0] for gap in gaps]

        witness = Witness(log_trust(RECEIVER.log), both, notes(hub)[1])
        with pytest.raises(IntegrityError) as caught:
            witness.see([notes(hub)[2], notes(fork)[1]])

        assert caught.value.code is log.LOG_FORKED

    def test_asks_for_each_proof_once(self) -> None:
        """A checkpoint that was proven is not proven again."""
        hub = filled(3)
        asked: list[tuple[int, int]] = []

        def counting(gaps: Sequence[tuple[int, int]]) -> Sequence[Sequence[bytes]]:
            asked.extend(gaps)
            return hub.consistency(gaps)

        witness = Witness(log_trust(RECEIVER.log), counting, None)
        for _ in range(3):
            witness.see(notes(hub))

        assert asked == [(1, 2), (2, 3)]

    def test_believes_nothing_while_proofs_are_away(self) -> None:
        """An unavailable log is waited for; nothing is remembered as believed."""
        hub = filled(2)
        witness = Witness(log_trust(RECEIVER.log), hub.consistency, notes(hub)[0])
        hub.down = True

        with pytest.raises(Unavailable):
            witness.see([notes(hub)[1]])

        assert witness.note == notes(hub)[0]

    def test_a_proof_that_is_missing_is_no_proof(self) -> None:
        """A hub that gives fewer proofs than asked is not believed."""
        hub = filled(2)
        witness = Witness(log_trust(RECEIVER.log), lambda _: [], notes(hub)[0])

        with pytest.raises(IntegrityError) as caught:
            witness.see([notes(hub)[1]])

        assert caught.value.code is log.CONSISTENCY_MISSING


class TestLogTrust:
    def test_refuses_a_key_list_of_another_root(self) -> None:
        """A list that the pinned root did not sign configures nothing."""
        pinned = replace(RECEIVER.log, key_list=RECEIVER.log.key_list.replace("sequence 1", "sequence 2"))

        with pytest.raises(Misconfigured) as caught:
            log_trust(pinned)

        assert caught.value.code is kit.LOG_TRUST

    def test_refuses_another_zones_log(self) -> None:
        """The list must name the pinned origin."""
        with pytest.raises(Misconfigured):
            log_trust(replace(RECEIVER.log, origin="juki-hub/131211/juki-net"))


def acceptance(hub: MemoryHub, signatures: SignatureCheck | None) -> Acceptance:
    return Acceptance(RECEIVER, Witness(log_trust(RECEIVER.log), hub.consistency, None), signatures)


def falsely_signed(hub: MemoryHub) -> Delivery:
    """A message under a genuine stamp whose signature was made with another key."""
    other = testpki.impostor("juki")
    liar = replace(SENDER, key=other.key, certificate=other.certificate)
    raw = compose(fakehub.draft(SENDER, "conbini", PAYLOAD, "1"), liar).raw
    header = envelope.parse_header(parse(raw))
    (stamp,) = hub.append([hub.permit(header, hashlib.sha256(raw).hexdigest())])
    return delivery(header, raw, stamp)


class TestSignatureCheck:
    def test_verifies_the_sender_where_it_is_asked_to(self) -> None:
        """A hub that stamps what its sender never signed is found out, and nothing is handed on."""
        hub = filled()
        forged = falsely_signed(hub)
        check = SignatureCheck(testpki.trust("juki", environment="test"))

        with pytest.raises(IntegrityError) as caught:
            acceptance(hub, check).open([forged], fakehub.AT)

        assert caught.value.code is kit.SIGNATURE_REFUSED

    def test_trusts_the_stamp_where_it_is_told_to(self) -> None:
        """Without a check the hub's word counts: that is what None means."""
        hub = filled()

        (opened,) = acceptance(hub, None).open([falsely_signed(hub)], fakehub.AT)

        assert opened.header.sender == "juki"

    def test_samples_by_digest(self) -> None:
        """One in n is chosen by what the message is, not by when it comes."""
        check = SignatureCheck(testpki.trust("juki", environment="test"), every=4)

        chosen = [check.chosen(f"{number:08x}" + "0" * 56) for number in range(16)]

        assert sum(chosen) == 4

    def test_lets_genuine_messages_through(self) -> None:
        """Every message checked, every message opened."""
        hub = filled(2)
        check = SignatureCheck(testpki.trust("juki", environment="test"))

        opened = acceptance(hub, check).open([one.delivery for one in hub.posted], fakehub.AT)

        assert [one.header for one in opened] == [one.header for one in hub.posted]


class TestReceipts:
    def test_a_receipt_proves_its_own_submission(self) -> None:
        """The receipt of another message is not believed."""
        hub = filled()
        submissions = [compose(fakehub.draft(SENDER, "conbini", PAYLOAD, str(n)), SENDER) for n in range(2)]
        recorded = hub.submit(submissions)
        checker = acceptance(hub, None)

        checker.receipts(submissions, recorded)
        with pytest.raises(IntegrityError) as caught:
            checker.receipts(submissions, recorded[::-1])

        assert caught.value.code is kit.RECEIPT_DIFFERS

    def test_a_refusal_is_not_a_permit(self) -> None:
        """A hub whose words and log differ is not believed."""
        hub = filled()
        draft = fakehub.draft(SENDER, "conbini", PAYLOAD, "1")
        hub.refuse[draft.message_id] = "HUB-PRV-001"
        submission = compose(draft, SENDER)
        (recorded,) = hub.submit([submission])
        checker = acceptance(hub, None)

        checker.receipts([submission], [recorded])
        with pytest.raises(IntegrityError):
            checker.receipts([submission], [replace(recorded, permit=True, code="")])

    def test_a_refusal_without_a_receipt_needs_none(self) -> None:
        """Where the signature did not hold there is nothing to prove."""
        hub = filled(1)
        submission = compose(fakehub.draft(SENDER, "conbini", PAYLOAD, "1"), SENDER)
        (recorded,) = hub.submit([submission])

        acceptance(hub, None).receipts([submission], [replace(recorded, permit=False, code="HUB-SIG-023", receipt="")])
