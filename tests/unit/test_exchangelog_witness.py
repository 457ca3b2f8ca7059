"""hub.exchangelog.cosignature and witness: lines of the standard, and what a witness must answer to whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.codes import log, wit
from hub.errors import IntegrityError
from hub.exchangelog import witness
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.cosignature import Cosigner, cosign
from hub.exchangelog.note import Note, VerifierKey
from hub.exchangelog.witness import Request, Verdict, judge
from tests.exchangelog_samples import LOG_KEY, ORIGIN, build, log_private

LOG = build()
SIZES = [batch.checkpoint.size for batch in LOG.batches]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
NAME = "kansa.example/witness"
WITNESS = Cosigner.of(NAME, KEY)
KNOWN = {ORIGIN: LOG_KEY.key}


def request(old: int, new: int) -> Request:
    """An honest one between two batches."""
    before, after = SIZES[old] if old >= 0 else 0, SIZES[new]
    return Request(before, LOG.consistency(before, after) if 0 < before < after else (), LOG.notes[new])


class TestCosignature:
    def test_is_a_line_of_the_note(self) -> None:
        """The log's own signature still stands, and the witness's time is told."""
        note = Note.parse(LOG.notes[1])
        both = replace(note, signatures=(*note.signatures, cosign(note.text, NAME, KEY, 1_775_000_000)))

        assert WITNESS.time(Note.parse(both.encode())) == 1_775_000_000
        assert Checkpoint.verified(both.encode(), LOG_KEY.key) == LOG.batches[1].checkpoint

    def test_of_the_standards_form(self) -> None:
        """Type 0x04, eight bytes of time, then Ed25519 over header, time and text (tlog-cosignature)."""
        line = cosign("origin\n1\nroot\n", NAME, KEY, 258)
        KEY.public_key().verify(line.blob[8:], b"cosignature/v1\ntime 258\norigin\n1\nroot\n")

        assert line.blob[:8] == b"\0\0\0\0\0\0\1\2"
        assert Cosigner.parse(WITNESS.encode()) == WITNESS
        assert WITNESS.id != VerifierKey.of(NAME, KEY).id

    def test_none_two_or_another_are_none(self) -> None:
        """Exactly one line, and it must hold for this text and this time."""
        note = Note.parse(LOG.notes[1])
        line = cosign(note.text, NAME, KEY, 5)
        for lines in ((), (line, line), (cosign(note.text, NAME, log_private(), 5),)):
            with pytest.raises(IntegrityError) as caught:
                WITNESS.time(replace(note, signatures=(*note.signatures, *lines)))
            assert caught.value.code is wit.NOT_COSIGNED
        for forged in (
            replace(line, blob=b"\0" * 7 + b"\6" + line.blob[8:]),
            replace(line, blob=line.blob[:-1]),
            replace(line, blob=b"x"),
            cosign("other\n1\nroot\n", NAME, KEY, 5),
        ):
            with pytest.raises(IntegrityError) as caught:
                WITNESS.time(replace(note, signatures=(forged,)))
            assert caught.value.code is wit.COSIGNATURE_FORGED

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a+b",
            LOG_KEY.key.encode(),
            WITNESS.encode() + "=",
            WITNESS.encode().replace("kansa", "kan sa"),
            "x+00000000+BA==",
        ],
    )
    def test_a_key_has_one_spelling(self, text: str) -> None:
        """A log's key is no witness's."""
        with pytest.raises(IntegrityError) as caught:
            Cosigner.parse(text)
        assert caught.value.code is log.KEY_MALFORMED


class TestRequest:
    def test_reads_back(self) -> None:
        """With and without a proof."""
        for one in (request(-1, 0), request(0, 3), request(2, 2)):
            assert Request.parse(one.encode()) == one

    @pytest.mark.parametrize(
        ("part", "other"),
        [
            (b"old 1\n", b"old 01\n"),
            (b"old 1\n", b"old -1\n"),
            (b"old 1\n", b"old 1 \n"),
            (b"old 1\n", b"new 1\n"),
            (b"old 1\n", b"old 1\n\n"),
            (b"old 1\n", b"old 1\nAAAA\n"),
            (b"old 1\n", b"old 1\n" + b"A" * 43 + b"=\n" * 64),
        ],
    )
    def test_has_one_spelling(self, part: bytes, other: bytes) -> None:
        """Whatever `encode` would not write is none, or what became a part of the note makes that none."""
        data = request(0, 3).encode()
        assert part in data
        with pytest.raises((ValueError, IntegrityError)):
            Checkpoint.claimed(Request.parse(data.replace(part, other)).note)

    def test_is_bounded(self) -> None:
        """Nobody's memory is spent."""
        with pytest.raises(ValueError, match="too large"):
            Request.parse(b"old 1\n" + b"x" * witness.MAX_REQUEST)
        proof = (bytes(32),) * (witness.MAX_PROOF + 1)
        with pytest.raises(ValueError, match="too many"):
            Request.parse(replace(request(0, 3), proof=proof).encode())


class TestJudge:
    def test_cosigns_what_extends_what_it_saw(self) -> None:
        """The first of all, then each that is proven, and the same once more."""
        latest = None
        for old, new in ((-1, 1), (1, 3), (3, 4), (4, 4)):
            verdict = judge(request(old, new), KNOWN, latest)
            assert verdict == Verdict(witness.COSIGNED, LOG.batches[new].checkpoint)
            latest = verdict.checkpoint

    def test_another_size_is_told(self) -> None:
        """The client then knows from where to prove."""
        latest = LOG.batches[2].checkpoint

        assert judge(request(1, 3), KNOWN, latest) == Verdict(witness.CONFLICT, size=SIZES[2])
        assert judge(request(-1, 3), KNOWN, latest) == Verdict(witness.CONFLICT, size=SIZES[2])
        assert judge(request(1, 3), KNOWN, None) == Verdict(witness.CONFLICT, size=0)

    def test_two_histories_are_refused(self) -> None:
        """Another root of the same size, or of a larger one that no proof leads to."""
        fork = build(twist=2)
        latest = LOG.batches[2].checkpoint
        same = Request(SIZES[2], (), fork.notes[2])
        later = Request(SIZES[2], fork.consistency(SIZES[2], SIZES[3]), fork.notes[3])

        assert judge(same, KNOWN, latest) == Verdict(witness.CONFLICT, size=SIZES[2], two_histories=True)
        assert judge(later, KNOWN, latest).status == witness.UNPROVEN
        assert judge(replace(request(2, 3), proof=()), KNOWN, latest).status == witness.UNPROVEN
        assert judge(replace(request(-1, 3), proof=(bytes(32),)), KNOWN, None).status == witness.UNPROVEN

    def test_a_smaller_log_is_malformed_or_a_conflict(self) -> None:
        """Old beyond the checkpoint is no request; an old size that is not the witness's is told."""
        latest = LOG.batches[3].checkpoint

        assert judge(Request(SIZES[3], (), LOG.notes[1]), KNOWN, latest).status == witness.MALFORMED
        assert judge(request(0, 1), KNOWN, latest) == Verdict(witness.CONFLICT, size=SIZES[3])

    def test_strangers(self) -> None:
        """A log that is not known, a signature of another key, and what is no checkpoint."""
        forged = Checkpoint(ORIGIN, 5, bytes(32)).sign(KEY)
        other = Checkpoint("another/log", 5, bytes(32)).sign(KEY)

        assert judge(Request(0, (), other), KNOWN, None).status == witness.UNKNOWN
        assert judge(Request(0, (), forged), KNOWN, None).status == witness.FORBIDDEN
        assert judge(Request(0, (), "no note"), KNOWN, None).status == witness.MALFORMED
