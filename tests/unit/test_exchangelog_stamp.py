"""hub.exchangelog.stamp: the receiver's whole check, a code for each way to fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.errors import IntegrityError
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Entry, Refuse
from hub.exchangelog.keylist import KeyList
from hub.exchangelog.stamp import MEMO, Claim, Stamp, Trust, accept, acknowledge, gap
from hub.exchangelog.text import base64_text
from hub.exchangelog.tree import Frontier, prove_inclusion
from tests.exchangelog_samples import (
    KEYLIST,
    LOG_KEY,
    ORIGIN,
    Batch,
    Place,
    build,
    claim,
    close,
    config,
    digest,
    others,
    permit,
    refuse,
    refuse_unproven,
    root_private,
    uuid7,
)

LOG = build()
OTHER = build(twist=2)
PERMITS = (1, 2, 3, 4, 6, 7)


@pytest.fixture
def trust() -> Trust:
    return Trust(KEYLIST, ORIGIN)


def stamp_of(index: int) -> Stamp:
    return next(stamp for batch in LOG.batches for stamp in batch.stamps if stamp.index == index)


def alone(entry: Entry) -> Stamp:
    """The stamp of an entry in a log of its own."""
    return close(Frontier(), [entries.encode(entry)]).stamps[0]


class TestStamp:
    def test_reads_back(self) -> None:
        """A stamp has one text."""
        for batch in LOG.batches:
            for stamp in batch.stamps:
                assert Stamp.parse(stamp.encode()) == stamp

    def test_every_changed_character_is_refused(self, trust: Trust) -> None:
        """There is no byte of a stamp that could be another without notice."""
        text = stamp_of(6).encode()
        assert accept(Stamp.parse(text), claim(6), trust, None) == LOG.batches[2].checkpoint
        for place, character in enumerate(text):
            for other in ("A", "B", "\n"):
                if other != character:
                    with pytest.raises(IntegrityError):
                        accept(Stamp.parse(text[:place] + other + text[place + 1 :]), claim(6), trust, None)

    def test_is_a_standard_proof_with_the_entry_as_extra_data(self) -> None:
        """Any reader of c2sp.org/tlog-proof@v1 reads a stamp."""
        stamp = stamp_of(2)

        assert stamp.encode().startswith(f"c2sp.org/tlog-proof@v1\nextra {base64_text(stamp.leaf)}\nindex 2\n")
        assert stamp.encode().endswith(f"\n\n{stamp.note}")


class TestAccept:
    def test_accepts_its_permits_batch_by_batch(self, trust: Trust) -> None:
        """The recipient follows the log with a proof per batch, and none within one."""
        last: Checkpoint | None = None
        for index in PERMITS:
            sizes = gap(stamp_of(index), last)
            last = accept(stamp_of(index), claim(index), trust, last, LOG.consistency(*sizes) if sizes else None)

            assert last == Checkpoint.claimed(stamp_of(index).note)

    def test_accepts_an_older_batch_and_keeps_the_newer_checkpoint(self, trust: Trust) -> None:
        """Lanes overtake each other: an older stamp is good once proven a prefix of what was seen."""
        last = LOG.batches[-1].checkpoint

        assert gap(stamp_of(2), last) == (5, last.size)
        assert accept(stamp_of(2), claim(2), trust, last, LOG.consistency(5, last.size)) == last

    @pytest.mark.parametrize(
        ("member", "code"),
        [
            ({"recipient": "cs"}, "HUB-LOG-032"),
            ({"sender": "cs"}, "HUB-LOG-033"),
            ({"type": "JK-CHG"}, "HUB-LOG-034"),
            ({"version": 2}, "HUB-LOG-034"),
            ({"message": uuid7(3)}, "HUB-LOG-035"),
            ({"tenant": "131229"}, "HUB-LOG-036"),
            ({"environment": "production"}, "HUB-LOG-037"),
            ({"digest": digest("other bytes")}, "HUB-LOG-038"),
        ],
    )
    def test_refuses_the_stamp_of_something_else(self, trust: Trust, member: dict[str, str], code: str) -> None:
        """Every fact that the recipient knows by itself must be the entry's, each under its own code."""
        with pytest.raises(IntegrityError, match=code):
            accept(stamp_of(2), replace(claim(2), **member), trust, None)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "entry", [refuse(Place(0, 0), 2), refuse_unproven(Place(0, 0), 2), config(Place(0, 0)), *others(Place(0, 0))]
    )
    def test_refuses_what_is_no_permit(self, trust: Trust, entry: Entry) -> None:
        """The stamp of a refusal, or of anything else in the log, delivers nothing."""
        with pytest.raises(IntegrityError, match="HUB-LOG-030"):
            accept(alone(entry), claim(2), trust, None)

    def test_refuses_another_leaf(self, trust: Trust) -> None:
        """An entry that is not in the tree is not proven, however well it reads."""
        forged = replace(stamp_of(2), leaf=entries.encode(permit(Place(2, 1), 2, recipient="cs")))
        with pytest.raises(IntegrityError, match="HUB-LOG-012"):
            accept(forged, claim(2, "cs"), trust, None)

    @pytest.mark.parametrize("change", [{"index": 3}, {"path": ()}, {"path": stamp_of(3).path}])
    def test_refuses_another_proof(self, trust: Trust, change: dict[str, object]) -> None:
        """Index and path are the leaf's or nothing is proven."""
        with pytest.raises(IntegrityError, match="HUB-LOG-012"):
            accept(replace(stamp_of(2), **change), claim(2), trust, None)  # type: ignore[arg-type]

    def test_refuses_a_checkpoint_of_another_key(self, trust: Trust) -> None:
        """A log that somebody made up under our origin is not signed by our key."""
        made_up = close(Frontier(), [entries.encode(permit(Place(0, 0), 2))], root_private()).stamps[0]
        with pytest.raises(IntegrityError, match="HUB-LOG-010"):
            accept(made_up, claim(2), trust, None)

    def test_refuses_a_log_that_is_not_pinned(self) -> None:
        """The key list may name many logs; a recipient believes the one that it pinned."""
        with pytest.raises(IntegrityError, match="HUB-LOG-020"):
            Trust(KEYLIST, "juki-hub/131211/juki-net")

    def test_refuses_an_entry_of_another_origin(self, trust: Trust) -> None:
        """An entry that names another log does not stand in this one."""
        with pytest.raises(IntegrityError, match="HUB-LOG-016"):
            accept(alone(replace(permit(Place(0, 0), 2), origin="elsewhere")), claim(2), trust, None)

    def test_refuses_an_entry_after_the_key_ended(self) -> None:
        """What a withdrawn key still signs does not count for entries after its end."""
        ended = KeyList(2, (replace(LOG_KEY, until="2026-04-01T00:15:00.000Z"),))
        with pytest.raises(IntegrityError, match="HUB-LOG-021"):
            accept(stamp_of(2), claim(2), Trust(ended, ORIGIN), None)

    def test_demands_consistency_with_what_was_seen(self, trust: Trust) -> None:
        """Without a proof, newer or older, nothing is accepted."""
        for last in (LOG.batches[0].checkpoint, LOG.batches[2].checkpoint):
            with pytest.raises(IntegrityError, match="HUB-LOG-014"):
                accept(stamp_of(2), claim(2), trust, last)

    def test_finds_the_fork_made_for_it_alone(self, trust: Trust) -> None:
        """A second history under the log's own key shows against the last checkpoint, newer, older or equal."""
        stamp = next(stamp for stamp in OTHER.batches[1].stamps if stamp.index == 3)
        for batch in (LOG.batches[1], LOG.batches[2]):
            last = batch.checkpoint
            proof = LOG.consistency(5, last.size)
            with pytest.raises(IntegrityError, match="HUB-LOG-015"):
                accept(stamp, claim(3), trust, last, proof)

    def test_an_old_entry_may_be_proven_to_a_new_checkpoint(self, trust: Trust) -> None:
        """Years later the entry is proven from stored nodes, and checks the same."""
        nodes = {(level, index): hash_ for level, index, hash_ in LOG.nodes}
        newest = LOG.batches[-1]
        path = prove_inclusion(2, newest.checkpoint.size, lambda wanted: [nodes[node] for node in wanted])
        stamp = Stamp(LOG.leaves[2], 2, path, newest.note)

        assert accept(stamp, claim(2), trust, None) == newest.checkpoint


class TestAcknowledge:
    def test_a_receipt_of_a_permit(self, trust: Trust) -> None:
        """The sender learns that its message was permitted."""
        entry, last = acknowledge(stamp_of(2), claim(2), trust, None)

        assert entry == permit(Place(2, 1), 2)
        assert last == LOG.batches[1].checkpoint

    def test_a_receipt_of_a_refusal(self, trust: Trust) -> None:
        """A refusal is as provable as an acceptance, with its code."""
        theirs = Claim(uuid7(2), digest("message 2"), "JK-CHG", 1, "juki", "納税課", "131211", "demo")
        entry, _ = acknowledge(alone(refuse(Place(0, 0), 2)), theirs, trust, None)

        assert isinstance(entry, Refuse)
        assert entry.code == "HUB-PRV-001"

    def test_a_refusal_may_leave_blank_what_was_not_proven(self, trust: Trust) -> None:
        """Only the digest ties the receipt of an unreadable message to the bytes sent."""
        receipt = alone(refuse_unproven(Place(0, 0), 2))
        entry, _ = acknowledge(receipt, claim(2), trust, None)

        assert entry.code == "HUB-SIG-001"
        with pytest.raises(IntegrityError, match="HUB-LOG-038"):
            acknowledge(receipt, claim(3), trust, None)

    def test_a_permit_may_leave_nothing_blank(self, trust: Trust) -> None:
        """The claim is compared in full."""
        with pytest.raises(IntegrityError, match="HUB-LOG-032"):
            acknowledge(stamp_of(2), claim(2, "cs"), trust, None)

    def test_is_about_a_message(self, trust: Trust) -> None:
        """An entry of the hub's own is nobody's receipt."""
        with pytest.raises(IntegrityError, match="HUB-LOG-031"):
            acknowledge(alone(config(Place(0, 0))), claim(2), trust, None)

    def test_demands_consistency_too(self, trust: Trust) -> None:
        """Senders watch the log as recipients do."""
        with pytest.raises(IntegrityError, match="HUB-LOG-014"):
            acknowledge(stamp_of(2), claim(2), trust, LOG.batches[0].checkpoint)


class TestTrust:
    def test_verifies_a_checkpoint_once(self, trust: Trust) -> None:
        """A batch shares one signature check."""
        note = LOG.batches[1].note

        assert trust.checkpoint(note) is trust.checkpoint(note)

    def test_remembers_nothing_that_failed(self, trust: Trust) -> None:
        """A forged note is refused each time."""
        forged = LOG.batches[1].note.replace("\n5\n", "\n6\n")
        for _ in range(2):
            with pytest.raises(IntegrityError, match="HUB-LOG-011"):
                trust.checkpoint(forged)

    def test_remembers_a_bounded_number(self, trust: Trust) -> None:
        """The memory does not grow with the log."""
        batches: list[Batch] = []
        for number in range(MEMO + 3):
            tree = batches[-1].growth.new if batches else Frontier()
            batches.append(close(tree, [b"%d" % number]))
            trust.checkpoint(batches[-1].note)

        assert len(trust._memo) == MEMO
        assert trust.checkpoint(batches[0].note) == batches[0].checkpoint
