"""hub.framing: one JSON object behind a length, whatever pieces a stream gives it in."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import framing
from hub.framing import BrokenFrame

MESSAGE = {"op": "submit", "名": ["足立区", 1, None, True]}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def stream(data: bytes, piece: int = 1 << 20) -> Callable[[int], bytes]:
    """A stream that gives at most `piece` bytes at a time."""
    source = io.BytesIO(data)
    return lambda size: source.read(min(size, piece))


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


class TestFrames:
    @given(
        st.lists(st.dictionaries(TEXTS, TEXTS | st.integers() | st.none(), max_size=4), max_size=4), st.integers(1, 9)
    )
    def test_come_out_as_they_went_in(self, messages: list[dict[str, object]], piece: int) -> None:
        """Frames behind each other are told apart however the stream is cut."""
        receive = stream(b"".join(framing.encode(one) for one in messages), piece)

        assert messages == [framing.read(receive) for _ in messages]
        assert framing.read(receive) is None

    def test_have_the_form_of_the_module(self) -> None:
        """Four bytes of length, then UTF-8 JSON: another program can speak it."""
        frame = framing.encode(MESSAGE)

        assert len(frame) - 4 == int.from_bytes(frame[:4], "big")
        assert json.loads(frame[4:].decode("utf-8")) == MESSAGE

    @pytest.mark.parametrize("cut", range(1, len(framing.encode(MESSAGE))))
    def test_are_broken_when_the_stream_ends_within(self, cut: int) -> None:
        """An end between frames is an end; an end inside one is a fault."""
        with pytest.raises(BrokenFrame):
            framing.read(stream(framing.encode(MESSAGE)[:cut]))

    @pytest.mark.parametrize(
        "data",
        [framed(b"[]"), framed(b""), framed(b"{"), framed(b'"\xff"'), framed(b"[" * 100_000), b"\xff\xff\xff\xff{}"],
        ids=["list", "nothing", "half", "not UTF-8", "deep", "too long"],
    )
    def test_hold_one_object_and_nothing_else(self, data: bytes) -> None:
        """What is no object of a bounded length breaks the connection and nothing else."""
        with pytest.raises(BrokenFrame):
            framing.read(stream(data))

    def test_are_not_made_longer_than_the_reader_takes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Writer and reader have one limit."""
        monkeypatch.setattr(framing, "MAX_FRAME", 20)

        assert framing.read(stream(framing.encode({"a": "x" * 12}))) == {"a": "x" * 12}
        with pytest.raises(BrokenFrame):
            framing.encode({"a": "x" * 13})

    def test_hold_no_text_outside_unicode(self) -> None:
        """A lone surrogate, which JSON can smuggle in, does not end a thread; the error quotes nothing."""
        with pytest.raises(BrokenFrame, match=r"^not Unicode$"):
            framing.encode({"a": "\ud800"})
