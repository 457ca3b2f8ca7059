"""hub.exchangelog.note and text: signed notes by published vectors, each in one spelling."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import IntegrityError
from hub.exchangelog.note import MAX_CHARACTERS, MAX_SIGNATURES, Note, VerifierKey
from hub.exchangelog.text import base64_bytes, base64_text, decimal, time_text, time_value

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "signed-note" / "vectors.json").read_text("utf-8"))
PETER = VerifierKey.parse(VECTORS["vkey"])
LINE = VECTORS["note"].rpartition("\n\n")[2]


def peter() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS["seed"]))


class TestVerifierKey:
    def test_reads_the_published_key(self) -> None:
        """The key id and the text form are those of Go's note package."""
        assert VerifierKey.of(VECTORS["name"], peter()) == PETER
        assert PETER.encode() == VECTORS["vkey"]
        assert PETER.id.hex() == "c74f20a3"

    @pytest.mark.parametrize("vkey", VECTORS["bad_vkeys"])
    def test_refuses_the_published_bad_keys(self, vkey: str) -> None:
        """A key of another length or algorithm is refused even with a fitting id."""
        with pytest.raises(IntegrityError, match="HUB-LOG-006"):
            VerifierKey.parse(vkey)

    def test_refuses_every_substring_and_every_changed_character(self) -> None:
        """As the published test demands, no mangling of a vkey is a vkey."""
        vkey = VECTORS["vkey"]
        parts = [vkey[i:j] for i in range(len(vkey)) for j in range(i + 1, len(vkey) + 1) if (i, j) != (0, len(vkey))]
        changed = [vkey[:i] + chr(ord(vkey[i]) + 1) + vkey[i + 1 :] for i in range(len(vkey))]
        for bad in [*parts, *changed, "", vkey.upper(), vkey + "\n", "é" + vkey, "\ud800" + vkey]:
            with pytest.raises(IntegrityError, match="HUB-LOG-006"):
                VerifierKey.parse(bad)


class TestNote:
    def test_signs_as_published(self) -> None:
        """The note of the published text is the published note."""
        assert Note.sign(VECTORS["text"], VECTORS["name"], peter()).encode() == VECTORS["note"]

    def test_accepts_known_among_unknown_signatures(self) -> None:
        """A cosigned note is good for whoever knows one of its keys, and ignores the others."""
        note = Note.parse(VECTORS["cosigned_note"])

        note.require(PETER)
        note.require(VerifierKey.parse(VECTORS["other_vkey"]))
        assert note.text == VECTORS["text"]
        assert [line.name for line in note.signatures] == ["PeterNeumann", "EnochRoot"]

    def test_refuses_a_note_without_the_key(self) -> None:
        """Unknown signatures prove nothing, also under the same name."""
        note = Note.parse(VECTORS["note"])
        namesake = VerifierKey(VECTORS["name"], bytes(32))
        for key in (VerifierKey.parse(VECTORS["other_vkey"]), namesake):
            with pytest.raises(IntegrityError, match="HUB-LOG-010"):
                note.require(key)

    def test_refuses_two_signatures_of_one_key(self) -> None:
        """Exactly one line of ours: a second one could only be there to confuse."""
        with pytest.raises(IntegrityError, match="HUB-LOG-010"):
            Note.parse(VECTORS["note"] + LINE).require(PETER)

    def test_refuses_a_changed_text(self) -> None:
        """The signature is over every byte of the text."""
        with pytest.raises(IntegrityError, match="HUB-LOG-011"):
            Note.parse(VECTORS["note"].replace("answer", "Answer")).require(PETER)

    def test_refuses_a_changed_signature(self) -> None:
        """A known key whose signature fails condemns the note."""
        name, _, encoded = LINE.rstrip("\n").rpartition(" ")
        blob = base64_bytes(encoded)
        for other in (blob[:-1] + b"\0", blob[:-1], blob + b"\0"):
            with pytest.raises(IntegrityError, match="HUB-LOG-011"):
                Note.parse(f"{VECTORS['text']}\n{name} {base64_text(other)}\n").require(PETER)

    @pytest.mark.parametrize(
        "encoded",
        [
            "",
            "\n\n",
            VECTORS["text"],
            VECTORS["text"] + "\n",
            VECTORS["note"][:-1],
            VECTORS["note"] + "\n",
            VECTORS["note"] + "Unexpected line.\n",
            "\x01" + VECTORS["note"],
            "\ud800" + VECTORS["note"],
            VECTORS["note"].replace("\n", "\r\n"),
            VECTORS["note"].replace("— ", "- "),
            VECTORS["note"].replace("— PeterNeumann", "—  PeterNeumann"),
            VECTORS["note"].replace("PeterNeumann", "Bad Name"),
            VECTORS["note"].replace("PeterNeumann", "Bad+Name"),
            VECTORS["note"].replace("PeterNeumann", "Bad\u3000Name"),
            VECTORS["note"].replace("JnAM=", "JnAN="),
            VECTORS["text"] + "\n— PeterNeumann x08gow==\n",
            VECTORS["text"] + "\n" + LINE * (MAX_SIGNATURES + 1),
            "x" * MAX_CHARACTERS + "\n\n" + LINE,
        ],
        ids=lambda encoded: repr(encoded[:12]),
    )
    def test_refuses_any_other_spelling(self, encoded: str) -> None:
        """A note has one form; its parser re-encodes and compares."""
        with pytest.raises(IntegrityError, match="HUB-LOG-002"):
            Note.parse(encoded)

    def test_accepts_as_many_signatures_as_the_standard_demands(self) -> None:
        """At least sixteen signature lines are read."""
        lines = "".join(Note.sign("x\n", f"witness{n}", peter()).signatures[0].encode() for n in range(16))

        assert len(Note.parse(f"x\n\n{lines}").signatures) == 16

    def test_keeps_empty_lines_of_the_text(self) -> None:
        """The signatures begin after the last empty line."""
        note = Note.sign("a\n\nb\n", "k", peter())

        assert Note.parse(note.encode()) == note

    @pytest.mark.parametrize(
        ("text", "name"), [("x", "k"), ("x\ty\n", "k"), ("x\n", ""), ("x\n", "a b"), ("x\n", "a+b")]
    )
    def test_signs_nothing_that_is_no_note(self, text: str, name: str) -> None:
        """A text without end or with control characters, and a name with space or plus, are mistakes."""
        with pytest.raises(ValueError, match="not the name or the text"):
            Note.sign(text, name, peter())


class TestText:
    @given(st.binary(max_size=40))
    def test_base64_reads_back(self, data: bytes) -> None:
        """Any bytes have one base64 text."""
        assert base64_bytes(base64_text(data)) == data

    @pytest.mark.parametrize("text", ["AB==", "A", "AA=", "AAA", "AA==\n", " AA==", "AA==AA==", "A-__", "あ", "AA==="])
    def test_base64_refuses_other_spellings(self, text: str) -> None:
        """Unused bits, missing padding, line ends and other alphabets are refused."""
        with pytest.raises(ValueError):  # noqa: PT011  # binascii's own texts
            base64_bytes(text)

    def test_base64_refuses_another_size(self) -> None:
        """Where a hash is due, 31 bytes are not one."""
        with pytest.raises(ValueError, match="wrong number"):
            base64_bytes(base64_text(bytes(31)), 32)

    @pytest.mark.parametrize(
        "text", ["", "00", "007", "+1", "-1", " 1", "1\n", "1_0", "１", "٣", "9007199254740992", "1" * 17]
    )
    def test_decimal_refuses_other_spellings(self, text: str) -> None:
        """A number has one spelling and stays within 2^53 - 1."""
        with pytest.raises(ValueError, match="plain decimal"):
            decimal(text)

    def test_decimal_reads_numbers(self) -> None:
        """Zero and the largest number are read."""
        assert [decimal("0"), decimal("42"), decimal("9007199254740991")] == [0, 42, 2**53 - 1]

    def test_time_reads_back(self) -> None:
        """A UTC time on a millisecond has one text."""
        time = datetime(2026, 4, 1, 0, 15, 0, 7000, tzinfo=UTC)

        assert time_text(time) == "2026-04-01T00:15:00.007Z"
        assert time_value(time_text(time)) == time

    @pytest.mark.parametrize(
        "time",
        [
            datetime(2026, 4, 1),
            datetime(2026, 4, 1, microsecond=1, tzinfo=UTC),
            datetime(2026, 4, 1, tzinfo=timezone(timedelta(hours=9))),
        ],
    )
    def test_time_refuses_what_would_lose_something(self, time: datetime) -> None:
        """Local times and microseconds have no text."""
        with pytest.raises(ValueError, match="UTC time"):
            time_text(time)

    @pytest.mark.parametrize(
        "text",
        [
            "2026-04-01T00:15:00Z",
            "2026-04-01 00:15:00.000Z",
            "2026-04-31T00:00:00.000Z",
            "2026-04-01T24:00:00.000Z",
            "",
        ],
    )
    def test_time_refuses_other_spellings(self, text: str) -> None:
        """A time that does not exist, or in another form, is refused."""
        with pytest.raises(ValueError):  # noqa: PT011  # datetime's own texts
            time_value(text)
