"""connectors.kit.store: one transaction per batch, sealed bodies, nothing opened by guess."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.kit.compose import Outgoing
from connectors.kit.identity import Identity
from connectors.kit.store import EndpointStore, Handled, Position
from hub.codes import kit
from hub.errors import IntegrityError, Misconfigured, Unavailable
from hub.messages import Level, Submission
from tests import fakehub

OWNER = fakehub.identity("conbini")
SECRET = "足立 花子の住所".encode()


def body(id_: str, *, is_answer: bool = False, raw: bytes = SECRET) -> Outgoing:
    return Outgoing(id_, Submission(raw, b'{"staff":"S1"}', "connector:conbini"), is_answer)


def row(id_: str, answer: str = "a", sender: str = "juki") -> Handled:
    return Handled(id_, sender, "0" * 64, Level.PARTNER_CONFIRMED, "", answer)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[EndpointStore]:
    made = EndpointStore.create(path, OWNER)
    yield made
    made.close()


class TestCreateAndOpen:
    def test_is_readable_by_its_owner_alone(self, store: EndpointStore, path: Path) -> None:
        """The file's mode is 0600."""
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_refuses_an_existing_file(self, store: EndpointStore, path: Path) -> None:
        """A store is never overwritten."""
        with pytest.raises(Misconfigured) as caught:
            EndpointStore.create(path, OWNER)

        assert caught.value.code is kit.STORE_EXISTS

    def test_refuses_a_missing_file(self, path: Path) -> None:
        """A store made anew silently would forget what was handled."""
        with pytest.raises(Misconfigured) as caught:
            EndpointStore.open(path, OWNER)

        assert caught.value.code is kit.STORE_MISSING

    @pytest.mark.parametrize(
        "other",
        [
            fakehub.identity("zei"),
            replace(OWNER, zone="juki-net"),
            replace(OWNER, environment="production"),
            replace(OWNER, store_key=bytes(32)),
        ],
        ids=["endpoint", "zone", "environment", "key"],
    )
    def test_refuses_anothers_store(self, store: EndpointStore, path: Path, other: Identity) -> None:
        """Endpoint, zone, environment and key must be the store's own."""
        with pytest.raises(Misconfigured) as caught:
            EndpointStore.open(path, other)

        assert caught.value.code is kit.STORE_OF_OTHER

    def test_a_file_that_is_no_database_is_damage(self, path: Path) -> None:
        """Garbage is not waited out and not overwritten."""
        path.write_bytes(b"x" * 5000)

        with pytest.raises(IntegrityError) as caught:
            EndpointStore.open(path, OWNER)

        assert caught.value.code is kit.STORE_DAMAGED

    def test_a_creation_that_died_leaves_nothing_in_the_way(self, path: Path) -> None:
        """A half-made draft file is discarded."""
        path.with_name(f".{path.name}.new").write_bytes(b"half")

        EndpointStore.create(path, OWNER).close()

        assert sorted(one.name for one in path.parent.iterdir()) == ["store.db"]


class TestCommitBatch:
    def test_survives_reopening_as_the_same_bytes(self, store: EndpointStore, path: Path) -> None:
        """Outbox, dedup rows and checkpoint are there again, the bodies byte for byte."""
        store.commit_batch([row("m1")], [body("f1"), body("a", is_answer=True)], "note")
        store.close()

        again = EndpointStore.open(path, OWNER)

        assert again.waiting(10) == (body("f1"), body("a", is_answer=True))
        assert again.known(["m1", "m2"]) == (row("m1"),)
        assert again.checkpoint() == "note"
        again.close()

    def test_is_all_or_nothing(self, store: EndpointStore) -> None:
        """An id that was made before spoils the whole batch."""
        store.commit_batch([], [body("f1")], None)

        with pytest.raises(IntegrityError) as caught:
            store.commit_batch([row("m1")], [body("f2"), body("f1")], "note")

        assert caught.value.code is kit.OUTGOING_TWICE
        assert store.known(["m1"]) == ()
        assert store.checkpoint() is None
        assert [one.message_id for one in store.waiting(10)] == ["f1"]

    def test_handles_a_sender_and_id_once(self, store: EndpointStore) -> None:
        """A second row for the same pair cannot be written."""
        store.commit_batch([row("m1")], [], None)

        with pytest.raises(IntegrityError):
            store.commit_batch([row("m1")], [], None)

    def test_gives_an_earlier_answer_again(self, store: EndpointStore) -> None:
        """An answer whose receipt is logged waits again when it is asked for, as the same bytes."""
        store.commit_batch([row("m1")], [body("a", is_answer=True)], None)
        store.settle([("a", "")], None)

        store.commit_batch([], [], None, again=["a"])

        assert store.waiting(10) == (body("a", is_answer=True),)


class TestSettle:
    def test_removes_messages_and_keeps_answers(self, store: EndpointStore) -> None:
        """A message's body leaves with its receipt; an answer stays and waits no more."""
        store.commit_batch([], [body("f1"), body("a", is_answer=True)], None)

        store.settle([("f1", ""), ("a", "")], None)

        assert store.waiting(10) == ()
        assert store.answer("a") == body("a", is_answer=True)
        assert store.answer("f1") is None

    def test_counts_receipts_by_code(self, store: EndpointStore) -> None:
        """A refused message leaves its code and a count, no body."""
        store.commit_batch([], [body("f1"), body("f2"), body("f3")], None)

        store.settle([("f1", ""), ("f2", "HUB-PRV-001"), ("f3", "HUB-PRV-001")], None)

        assert store.tally().receipts == {"": 1, "HUB-PRV-001": 2}
        assert store.tally().waiting == 0


class TestCommitPoll:
    def test_moves_cursor_and_messages_together(self, store: EndpointStore) -> None:
        """Position and outbox change in one transaction."""
        store.commit_poll("day", Position("20"), [body("f1")])

        with pytest.raises(IntegrityError):
            store.commit_poll("day", Position("40"), [body("f1")])

        assert store.position("day") == Position("20")
        assert store.position("other") == Position()


class TestOnDisk:
    def test_no_body_is_readable(self, store: EndpointStore, path: Path) -> None:
        """Neither the database nor its write-ahead file holds a body or an operator in clear."""
        store.commit_batch([], [body("f1"), body("a", is_answer=True)], None)
        files = [one.read_bytes() for one in path.parent.iterdir()]

        assert len(files) >= 2
        assert not any(SECRET in data or b"staff" in data for data in files)

    def test_a_sealed_body_opens_only_in_its_own_row(self, store: EndpointStore, path: Path) -> None:
        """Two sealed bodies that changed places are damage."""
        store.commit_batch([], [body("f1", raw=b"one"), body("f2", raw=b"two")], None)
        with sqlite3.connect(path) as db:
            rows = dict(db.execute("SELECT message_id, sealed FROM outgoing"))
            db.execute("UPDATE outgoing SET sealed = ? WHERE message_id = 'f1'", (rows["f2"],))

        with pytest.raises(IntegrityError) as caught:
            store.waiting(10)

        assert caught.value.code is kit.STORE_DAMAGED

    def test_a_store_that_another_process_writes_is_unavailable(self, store: EndpointStore, path: Path) -> None:
        """A lock is waited out by the caller, nothing is written."""
        store._db.execute("PRAGMA busy_timeout = 10")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(Unavailable) as caught:
            store.commit_batch([row("m1")], [], None)

        other.close()
        assert caught.value.code is kit.STORE_UNAVAILABLE
        assert store.known(["m1"]) == ()
