"""connectors.kit.files, shelf, fetching: files beside a message, out of the outbox and into a room, and nothing of them left."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from connectors.kit import Draft, EndpointStore, Feed, File, Manner, Opened, Outcome, Page, Worker, confirmed
from connectors.kit.bench import MemoryHub
from connectors.kit.compose import compose, outgoing
from connectors.kit.store import Position
from hub import envelope
from hub.attachments import MOST_BYTES, PART_BYTES
from hub.codes import kit, msg
from hub.errors import Code, HubError, Misconfigured, Refused, Unavailable
from hub.messages import Attachment, Part, Recorded, Submission
from hub.xmlsig.precheck import parse
from tests import fakehub

SENDER, RECEIVER = fakehub.identity("juki"), fakehub.identity("conbini")
PAYLOAD = '<x xmlns="urn:juki-hub:conbini:1"><氏名>見本 太郎</氏名></x>'.encode()
CONTENT = b"0123456789abcdef" * (PART_BYTES // 16) * 2 + b"rest"


@dataclass
class Desk:
    """A room that sends what a test says, and takes every file; it reads them, or raises what a test says."""

    drafts: Sequence[Draft] = ()
    name: str = "desk"
    raises: HubError | None = None
    read: list[bytes] = field(default_factory=list)

    def takes(self, attachment: Attachment) -> bool:
        return attachment.type != "text/unwanted"

    def handle(self, batch: Sequence[Opened]) -> Sequence[Outcome]:
        if self.raises is not None:
            raise self.raises
        self.read += [b"".join(file.parts()) for one in batch for file in one.files]
        return [confirmed() for _ in batch]

    def feeds(self) -> Sequence[Feed]:
        return (self,) if self.drafts else ()

    def poll(self, after: str, limit: int) -> Page:
        place = int(after or "0")
        page = tuple(self.drafts[place : place + limit])
        return Page(page, str(place + len(page)), end=place + len(page) == len(self.drafts))


@dataclass
class Told(MemoryHub):
    """A hub that remembers in which order it was asked."""

    calls: list[str] = field(default_factory=list)

    def submit(self, submissions: Sequence[Submission]) -> Sequence[Recorded]:
        self.calls.append(f"submit {len(submissions)}")
        return super().submit(submissions)

    def deposit(self, sender: str, message: bytes, parts: Sequence[Part]) -> None:
        self.calls.append(f"deposit {len(parts)}")
        super().deposit(sender, message, parts)

    def fetch(self, recipient: str, index: int, sha256: str, positions: Sequence[int]) -> Sequence[bytes]:
        self.calls.append(f"fetch {len(positions)}")
        return super().fetch(recipient, index, sha256, positions)


@pytest.fixture
def hub() -> Told:
    made = fakehub.memory_hub("juki", "conbini")
    return Told(made.origin, made.key, made.trust, made.clock)


def draft(*files: File) -> Draft:
    return fakehub.draft(SENDER, "conbini", PAYLOAD, "1", files=files)


def worker(path: Path, hub: MemoryHub, room: Desk, endpoint: str = "conbini") -> Worker:
    who = fakehub.identity(endpoint)
    file = path / f"{endpoint}.db"
    store = EndpointStore.open(file, who) if file.exists() else EndpointStore.create(file, who)
    return Worker(who, room, hub, store, hub.clock, Manner(None, monotonic=itertools.count(step=60).__next__))


def run(one: Worker) -> None:
    while one.step():
        pass


def sent(path: Path, hub: MemoryHub, *drafts: Draft) -> None:
    """By juki's connector."""
    run(worker(path, hub, Desk(drafts), "juki"))


class TestFile:
    def test_is_declared_as_it_is(self, tmp_path: Path) -> None:
        """By its bytes, wherever they lie."""
        (tmp_path / "a.pdf").write_bytes(CONTENT)
        wanted = Attachment(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "application/pdf")

        assert File.at(tmp_path / "a.pdf", "application/pdf").declared() == wanted
        assert File.of(CONTENT, "application/pdf").declared() == wanted

    def test_what_has_no_end_is_not_read_to_it(self) -> None:
        """Refused at the limit, not when memory or patience is used up."""
        reads: list[int] = []

        class Endless(io.RawIOBase):
            def read(self, size: int = -1) -> bytes:
                reads.append(size)
                return bytes(size)

        with pytest.raises(Refused) as caught:
            File("application/octet-stream", Endless).declared()  # type: ignore[arg-type]

        assert caught.value.code is msg.ATTACHMENTS_SIZE
        assert sum(reads) == MOST_BYTES + PART_BYTES

    def test_what_is_not_there_is_told(self, tmp_path: Path) -> None:
        """Without its path, which may name somebody."""
        with pytest.raises(Misconfigured) as caught:
            File.at(tmp_path / "見本太郎.pdf", "application/pdf").declared()

        assert (caught.value.code, caught.value.facts) == (kit.ATTACHED_UNREADABLE, {"kind": "FileNotFoundError"})

    @pytest.mark.parametrize("contents", [(b"",), (b"x", b"x")])
    def test_the_kit_signs_nothing_that_the_hub_would_refuse(self, contents: tuple[bytes, ...]) -> None:
        """An empty file, and the same twice."""
        with pytest.raises(Refused) as caught:
            compose(draft(*(File.of(content, "text/plain") for content in contents)), SENDER)

        assert caught.value.code in {msg.ATTACHMENTS_SIZE, msg.ATTACHMENT_TWICE}

    def test_stands_in_the_signed_header(self) -> None:
        """In the order of the draft."""
        files = File.of(b"a", "text/plain"), File.of(CONTENT, "image/png")
        header = envelope.parse_header(parse(compose(draft(*files), SENDER).raw))

        assert header.attachments == tuple(file.declared() for file in files)


class TestOutbox:
    def test_files_go_before_their_message_and_one_message_at_a_time(self, hub: Told, tmp_path: Path) -> None:
        """What stands before it goes with it, what stands behind it waits: the hub keeps few parts without a message."""
        files = File.of(CONTENT, "text/plain"), File.of(b"small", "text/plain")
        sent(tmp_path, hub, draft(), draft(*files), draft(), draft(files[0]))

        assert hub.calls == ["deposit 4", "submit 2", "deposit 3", "submit 2"]
        assert len(hub.submitted) == 4

    def test_the_same_bytes_are_sent_again_without_the_file(self, hub: Told, tmp_path: Path) -> None:
        """Once it is in the outbox the file may go; without a receipt parts and message go again, also after a restart."""
        (tmp_path / "a.pdf").write_bytes(CONTENT)
        hub.mute = True
        sender = worker(tmp_path, hub, Desk((draft(File.at(tmp_path / "a.pdf", "application/pdf")),)), "juki")
        sender.step()
        (tmp_path / "a.pdf").unlink()
        sender.stop()
        first, hub.parts = hub.parts, {}
        hub.mute = False
        run(worker(tmp_path, hub, Desk(), "juki"))

        assert hub.parts == first
        assert b"".join(first.values()) == CONTENT
        assert len(set(hub.submitted)) == 1 < len(hub.submitted)

    def test_a_file_that_changed_since_it_was_signed_is_not_kept(self, tmp_path: Path) -> None:
        """Neither it nor its message is in the outbox."""
        (tmp_path / "a.pdf").write_bytes(CONTENT)
        made = outgoing(draft(File.at(tmp_path / "a.pdf", "application/pdf")), SENDER)
        (tmp_path / "a.pdf").write_bytes(CONTENT[::-1])
        store = EndpointStore.create(tmp_path / "juki.db", SENDER)
        with pytest.raises(Refused) as caught:
            store.commit_poll("desk", Position("1"), [made])

        assert caught.value.code is kit.ATTACHED_CHANGED
        assert (store.waiting(10), store.shelf.carrying(), store.position("desk")) == ((), frozenset(), Position())

    def test_nothing_lies_there_in_clear_and_nothing_after_the_receipt(self, hub: Told, tmp_path: Path) -> None:
        """Sealed under the endpoint's key, overwritten when it goes."""
        hub.down = True
        sender = worker(tmp_path, hub, Desk((draft(File.of(CONTENT, "text/plain")),)), "juki")
        sender.step()
        waiting = [path for path in tmp_path.iterdir() if b"0123456789abcdef" * 4 in path.read_bytes()]
        hub.down = False
        run(sender)
        sender.stop()

        assert waiting == []
        assert (tmp_path / "juki.db").stat().st_size > len(CONTENT)
        assert EndpointStore.open(tmp_path / "juki.db", SENDER).shelf.carrying() == frozenset()


class TestRoom:
    def test_is_handed_what_was_signed(self, hub: Told, tmp_path: Path) -> None:
        """Fetched a few parts at a time, verified, and gone after the commit."""
        large = CONTENT * 2 + b"end"
        sent(tmp_path, hub, draft(File.of(large, "text/plain"), File.of(b"small", "text/plain")))
        room = Desk()
        one = worker(tmp_path, hub, room)
        one.offer(hub.ready("conbini"))
        run(one)

        assert room.read == [large, b"small"]
        assert [call for call in hub.calls if call.startswith("fetch")] == ["fetch 4", "fetch 1", "fetch 1"]
        assert hub.posted[0].answered is not None
        assert _left(one) == 0

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            (bytes(PART_BYTES), kit.ATTACHED_DIFFERS),
            (b"short", kit.ATTACHED_DIFFERS),
            (b"", kit.ATTACHED_GONE),
        ],
    )
    def test_what_is_not_what_was_signed_goes_back(self, hub: Told, tmp_path: Path, wrong: bytes, code: Code) -> None:
        """The room does not hear of it; what was wrong is not kept, so it is right when the hub has the right one."""
        sent(tmp_path, hub, draft(File.of(CONTENT, "text/plain")))
        (place, right) = next((place, content) for place, content in hub.parts.items() if place[2] == 1)
        hub.parts[place] = wrong
        room = Desk()
        one = worker(tmp_path, hub, room)
        one.offer(hub.ready("conbini"))
        run(one)
        returned, before = one.returned(), list(room.read)
        hub.parts[place] = right
        one.offer(hub.ready("conbini"))
        run(one)

        assert [(back.code, back.hold) for back in returned] == [(code.id, False)]
        assert (before, room.read) == ([], [CONTENT])

    def test_that_takes_no_such_file_rejects_unfetched(self, hub: Told, tmp_path: Path) -> None:
        """The sender is told that the files were handed to nobody."""
        sent(tmp_path, hub, draft(File.of(b"x", "text/unwanted")))
        one = worker(tmp_path, hub, Desk())
        one.offer(hub.ready("conbini"))
        run(one)

        answered = hub.posted[0].answered
        assert answered is not None
        assert answered.code == kit.ATTACHED_UNWANTED.id
        assert [call for call in hub.calls if call.startswith("fetch")] == []

    def test_whose_partner_is_away_fetches_once(self, hub: Told, tmp_path: Path) -> None:
        """What is here stays until it is handled; a connector that starts anew begins without."""
        sent(tmp_path, hub, draft(File.of(CONTENT, "text/plain")))
        room = Desk(raises=Unavailable(kit.PARTNER_DOWN, endpoint="conbini", kind="test"))
        one = worker(tmp_path, hub, room)
        one.offer(hub.ready("conbini"))
        for _ in range(3):
            one.step()
        fetched, left = hub.calls.count("fetch 3"), _left(one)
        one.stop()
        other = worker(tmp_path, hub, replace(room, raises=None))

        assert (fetched, left) == (1, 3)
        assert _left(other) == 0


def _left(one: Worker) -> int:
    """Parts that lie in its store."""
    rows = one._store._db.execute("SELECT count(*) FROM received").fetchone()
    return int(rows[0])
