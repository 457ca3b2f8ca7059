"""hub.exchangelog.checkpoint and proof: what a log says of itself, and what may follow it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import IntegrityError
from hub.exchangelog.checkpoint import Checkpoint, advance, agree
from hub.exchangelog.note import Note, VerifierKey
from hub.exchangelog.proof import Proof
from hub.exchangelog.text import base64_text
from tests.exchangelog_samples import LOG_KEY, ORIGIN, build, log_private, root_private

LOG = build()
OTHER = build(twist=2)
ROOT_LINE = base64_text(bytes(32))


def signed(body: str, name: str = ORIGIN) -> str:
    return Note.sign(body, name, log_private()).encode()


class TestCheckpoint:
    def test_reads_the_example_of_the_standard(self) -> None:
        """The checkpoint printed in c2sp.org/tlog-checkpoint is read as it says."""
        vectors = json.loads(
            (Path(__file__).parents[1] / "vectors" / "signed-note" / "vectors.json").read_text("utf-8")
        )
        checkpoint = Checkpoint.claimed(vectors["checkpoint"])

        assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
        assert vectors["checkpoint"].startswith(checkpoint.body())

    def test_verifies_what_it_signed(self) -> None:
        """A signed checkpoint reads back under the log's key."""
        for batch in LOG.batches:
            assert Checkpoint.verified(batch.note, LOG_KEY.key) == batch.checkpoint

    @pytest.mark.parametrize(
        "body",
        [
            f"{ORIGIN}\n5\n",
            f"{ORIGIN}\n05\n{ROOT_LINE}\n",
            f"{ORIGIN}\n-5\n{ROOT_LINE}\n",
            f"{ORIGIN}\n5\n{ROOT_LINE}\nextension\n",
            f"{ORIGIN}\n5\n\n{ROOT_LINE}\n",
            f"{ORIGIN}\n5\n{base64_text(bytes(31))}\n",
            f"{ORIGIN}\n5\n{ROOT_LINE[:-2]}B=\n",
            f"\n5\n{ROOT_LINE}\n",
            f"{ORIGIN}/2\n5\n{ROOT_LINE}\n",
        ],
        ids=repr,
    )
    def test_refuses_another_body(self, body: str) -> None:
        """Even well signed, a body of another form or another origin is no checkpoint of this log."""
        with pytest.raises(IntegrityError, match="HUB-LOG-003"):
            Checkpoint.verified(signed(body), LOG_KEY.key)

    def test_refuses_another_signer(self) -> None:
        """A checkpoint signed under the origin by another key is unsigned."""
        note = Checkpoint(ORIGIN, 1, bytes(32)).sign(root_private())
        with pytest.raises(IntegrityError, match="HUB-LOG-010"):
            Checkpoint.verified(note, LOG_KEY.key)


class TestAgree:
    def test_gives_the_larger_of_two_proven(self) -> None:
        """Whichever came first, the larger is kept once the smaller is proven its prefix."""
        for small in LOG.batches:
            for large in LOG.batches[1:]:
                one, other = small.checkpoint, large.checkpoint
                if one.size < other.size:
                    proof = LOG.consistency(one.size, other.size)

                    assert agree(one, other, proof) == agree(other, one, proof) == other

    def test_needs_no_proof_for_the_same(self) -> None:
        """A batch shares one checkpoint."""
        checkpoint = LOG.batches[2].checkpoint

        assert agree(checkpoint, checkpoint, None) == checkpoint

    def test_demands_a_proof(self) -> None:
        """Without a proof nothing is believed, and that is not yet called a fork."""
        with pytest.raises(IntegrityError, match="HUB-LOG-014"):
            agree(LOG.batches[1].checkpoint, LOG.batches[2].checkpoint, None)

    def test_finds_a_fork(self) -> None:
        """Two histories never agree: of the same size, or with any proof that either of them can make."""
        one, other = LOG.batches[1].checkpoint, OTHER.batches[1].checkpoint
        later = OTHER.batches[3].checkpoint
        for history in (LOG, OTHER):
            proof = history.consistency(one.size, later.size)
            with pytest.raises(IntegrityError, match="HUB-LOG-015"):
                agree(one, later, proof)
        with pytest.raises(IntegrityError, match="HUB-LOG-015"):
            agree(one, other, ())

    def test_a_signer_keeps_to_its_origin(self) -> None:
        """Another origin has another key, and another memory."""
        one = LOG.batches[1].checkpoint
        with pytest.raises(IntegrityError, match="HUB-LOG-016"):
            advance(one, Checkpoint("other", one.size, one.root), ())


class TestAdvance:
    def test_lets_the_log_grow(self) -> None:
        """Each batch may be signed after the one before, with the proof from edge and batch alone."""
        last = None
        for batch in LOG.batches:
            last = advance(last, batch.checkpoint, batch.growth.consistency())

            assert last == batch.checkpoint

    def test_lets_the_same_be_signed_again(self) -> None:
        """After a crash between signing and publishing, the same checkpoint is signed again."""
        last = LOG.batches[2].checkpoint

        assert advance(last, last, ()) == last

    def test_refuses_anything_smaller(self) -> None:
        """Yesterday's copy restored: the signer remembers more than the database."""
        with pytest.raises(IntegrityError, match="HUB-LOG-017"):
            advance(LOG.batches[2].checkpoint, LOG.batches[1].checkpoint, LOG.consistency(5, 12))

    def test_refuses_anything_different(self) -> None:
        """A rewritten log is not signed, whatever proof it brings."""
        last = LOG.batches[2].checkpoint
        for batch in OTHER.batches[2:]:
            with pytest.raises(IntegrityError, match="HUB-LOG-015"):
                advance(last, batch.checkpoint, OTHER.consistency(last.size, batch.checkpoint.size))


class TestProof:
    @pytest.mark.parametrize("proof", [Proof(0, (), "note\n"), Proof(7, (bytes(32), b"x" * 32), "a\n\nb\n", b"extra")])
    def test_reads_back(self, proof: Proof) -> None:
        """A proof has one text, whatever the checkpoint in it says."""
        assert Proof.parse(proof.encode()) == proof

    def test_has_the_form_of_the_standard(self) -> None:
        """The lines are those of c2sp.org/tlog-proof@v1."""
        encoded = Proof(73894, (bytes(32),), "origin\n1\n…\n", b"age").encode()

        assert encoded == f"c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n{ROOT_LINE}\n\norigin\n1\n…\n"

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: "",
            lambda text: text.replace("@v1", "@v2"),
            lambda text: text.replace("index 7", "index 07"),
            lambda text: text.replace("index 7", "index  7"),
            lambda text: text.replace("index 7\n", ""),
            lambda text: text.replace("index", "Index"),
            lambda text: text.replace("extra ", "extra"),
            lambda text: text.replace("extra ZQ==\n", "extra \n"),
            lambda text: text.replace("extra ZQ==", "extra ZR=="),
            lambda text: text.replace("extra ZQ==\n", "extra ZQ==\nextra ZQ==\n"),
            lambda text: text.replace(ROOT_LINE, ROOT_LINE[:-4]),
            lambda text: text.replace(ROOT_LINE, "\n".join([ROOT_LINE] * 65)),
            lambda text: text.replace("\n\n", "\n"),
            lambda text: text.replace("\n", "\r\n"),
            lambda text: " " + text,
        ],
    )
    def test_refuses_any_other_spelling(self, change: Callable[[str], str]) -> None:
        """The parser re-encodes and compares."""
        encoded = Proof(7, (bytes(32),), "note\n", b"e").encode()
        with pytest.raises(IntegrityError, match="HUB-LOG-004"):
            Proof.parse(change(encoded))


def test_a_key_name_is_an_origin() -> None:
    """The log's key bears the origin as its name, as the standard advises."""
    assert VerifierKey.of(ORIGIN, log_private()).name == ORIGIN
