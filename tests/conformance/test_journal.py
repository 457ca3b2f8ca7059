"""Every journal keeps what `hub.ports` promises: one suite, run on SQLite, on PostgreSQL and against the one in memory.

An implementation passes when it answers as `hub.testing.MemoryJournal` does, also after each fault of the failure table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import RootTransaction
from sqlalchemy.exc import OperationalError

from hub.codes import jnl
from hub.edges.journal import Journal, create_journal
from hub.edges.journal.journal import FEW
from hub.edges.keystore import KeyStore, create_keystore, open_keystore
from hub.edges.postgres import PostgresDatabase, Server
from hub.edges.sqlite import Database
from hub.errors import IntegrityError, Unavailable
from hub.exchangelog.tree import Frontier, leaf_hash, prove_inclusion, verify_inclusion
from hub.messages import Part
from hub.ports import (
    Checkpoints,
    Commit,
    Ending,
    History,
    Log,
    Memory,
    Outgoing,
    PartRow,
    Parts,
    RebucketRow,
    Retention,
    SettleRow,
    Standing,
)
from hub.testing import Fault, MemoryJournal
from tests.journaldata import (
    BODY_DUE,
    NOW,
    PRIVATE_DUE,
    SPOOL_DUE,
    Letter,
    Writer,
    digest,
    message_id,
    part,
    tied,
    without_bodies,
)
from tests.postgres import Postgres

MASTER = bytes(range(32))
EVERYBODY = ("atena", "chukan", "zei")


class FullJournal(Log, Checkpoints, Memory, Outgoing, Parts, Retention, History, Protocol):
    """All that a journal fulfils; that both kinds are accepted for it is checked by mypy."""

    def nodes(self, nodes: list[tuple[int, int]], /) -> tuple[bytes, ...]: ...


class Failing:
    """A database that fails at COMMIT on purpose, before it or after it."""

    fault: Fault | None = None

    def _commit(self, transaction: RootTransaction) -> None:
        fault, self.fault = self.fault, None
        if fault is Fault.LOST:
            transaction.rollback()
        else:
            super()._commit(transaction)  # type: ignore[misc]
        if fault is not None:
            raise OperationalError("COMMIT", (), OSError("on purpose"))


class FailingFile(Failing, Database):
    """On SQLite."""


class FailingServer(Failing, PostgresDatabase):
    """On PostgreSQL."""


@dataclass
class Subject:
    """A journal under test, how to make its next commit fail, and how to open it anew."""

    journal: FullJournal
    fail: Callable[[Fault], None]
    reopen: Callable[[], None]


def _memory(_: Path, __: pytest.FixtureRequest) -> Iterator[Subject]:
    journal = MemoryJournal()
    yield Subject(journal, journal.fail_next, lambda: None)


def _sqlite(path: Path, _: pytest.FixtureRequest) -> Iterator[Subject]:
    yield from _stored(path, path / "journal", lambda: FailingFile(path / "journal" / "journal.sqlite", "journal"))


def _postgres(path: Path, request: pytest.FixtureRequest) -> Iterator[Subject]:
    servers: Postgres = request.getfixturevalue("postgres")
    place: Server = request.getfixturevalue("shared_database")
    try:
        yield from _stored(path, place, lambda: FailingServer(place, "journal"))
    finally:
        servers.empty(place)


def _stored(path: Path, place: Path | Server, connect: Callable[[], FailingFile | FailingServer]) -> Iterator[Subject]:
    made = create_keystore(path / "keystore", MASTER)
    create_journal(place, made).close()
    made.close()
    opened: list[tuple[Failing, KeyStore, Journal]] = []

    def open_() -> Journal:
        database = connect()
        keystore = open_keystore(path / "keystore", MASTER)
        opened.append((database, keystore, Journal(database, keystore)))
        return opened[-1][2]

    def close() -> None:
        _, keystore, journal = opened.pop()
        journal.close()
        keystore.close()

    def fail(fault: Fault) -> None:
        opened[-1][0].fault = fault

    def reopen() -> None:
        close()
        opened_one.journal = open_()

    opened_one = Subject(open_(), fail, reopen)
    try:
        yield opened_one
    finally:
        close()


KINDS = {"memory": _memory, "sqlite": _sqlite, "postgres": _postgres}


@pytest.fixture(params=sorted(KINDS))
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    with closing(KINDS[request.param](tmp_path, request)) as subjects:  # type: ignore[type-var]
        yield next(subjects)


@pytest.fixture
def writer() -> Writer:
    return Writer()


def ready(subject: Subject, busy: tuple[int, ...] = (), limit: int = 100) -> list[int]:
    """The indexes of what is ready now."""
    return [one.delivery.index for one in subject.journal.ready(EVERYBODY, busy, NOW, limit)]


def store(subject: Subject, writer: Writer, commit: Commit) -> Commit:
    subject.journal.commit(commit)
    return writer.stored(commit)


def settle(subject: Subject, writer: Writer, index: int, state: str) -> None:
    """Records an entry that moves one delivery."""
    store(subject, writer, writer.commit([Letter(permit=False)], settled=[SettleRow(index, state)]))


def check_log(subject: Subject, commits: list[Commit]) -> None:
    """Everything stored is exactly these commits: leaves, nodes, roots, edge, memory, secrets."""
    tree = Frontier()
    with subject.journal.snapshot() as log:
        entries, nodes, heads = list(log.entries()), list(log.nodes()), list(log.checkpoints())
        head = log.head()
    wanted_nodes = {}
    for commit in commits:
        growth = tree.append([leaf_hash(row.leaf) for row in commit.entries])
        wanted_nodes.update({(row.level, row.index): row.hash for row in commit.nodes})
        tree = growth.new
        assert (tree.size, tree.root) == (commit.checkpoint.size, commit.checkpoint.root)

    assert entries == [row for commit in commits for row in commit.entries]
    assert {(row.level, row.index): row.hash for row in nodes} == wanted_nodes
    assert heads == [commit.checkpoint for commit in commits]
    assert (head.size, head.edge) == (tree.size, tree.edge)
    known = [row for commit in commits for row in commit.known]
    assert set(subject.journal.known([(row.sender, row.message_id) for row in known])) == set(known)
    for row in (row for commit in commits for row in commit.secrets):
        assert subject.journal.secret(row.index, row.slot) == row.plain


class TestCommit:
    def test_new_journal_is_empty(self, subject: Subject) -> None:
        """A new journal has size 0, no edge and nothing known."""
        head = subject.journal.head()

        assert (head.size, head.edge) == (0, ())
        assert list(subject.journal.known([("juki", message_id(0))])) == []
        assert subject.journal.root_at(1) is None
        check_log(subject, [])

    def test_everything_of_a_commit_is_there_after_opening_anew(self, subject: Subject, writer: Writer) -> None:
        """What was committed is read back the same, also by another process."""
        commits = [store(subject, writer, writer.commit([Letter()] * count)) for count in (1, 2, 5)]

        check_log(subject, commits)
        subject.reopen()
        check_log(subject, commits)

    def test_gives_the_root_of_each_checkpoint(self, subject: Subject, writer: Writer) -> None:
        """`root_at` knows the sizes at which a checkpoint was published, and no other."""
        commit = store(subject, writer, writer.commit([Letter()] * 3))

        assert subject.journal.root_at(3) == commit.checkpoint.root
        assert subject.journal.root_at(2) is None

    def test_nodes_prove_every_entry(self, subject: Subject, writer: Writer) -> None:
        """Inclusion proofs from stored nodes hold for each leaf."""
        store(subject, writer, writer.commit([Letter()] * 5))
        last = store(subject, writer, writer.commit([Letter()] * 6))

        for row in last.entries:
            path = prove_inclusion(row.index, 11, lambda wanted: subject.journal.nodes(list(wanted)))
            verify_inclusion(row.leaf_hash, row.index, 11, path, last.checkpoint.root)

    def test_missing_node_is_an_integrity_error(self, subject: Subject) -> None:
        """A node that is not stored is never guessed."""
        with pytest.raises(IntegrityError) as caught:
            subject.journal.nodes([(0, 7)])

        assert caught.value.code == jnl.NODES_MISSING

    def test_entries_can_be_read_in_part(self, subject: Subject, writer: Writer) -> None:
        """`entries` takes a start (inclusive) and a stop (exclusive)."""
        store(subject, writer, writer.commit([Letter()] * 5))

        with subject.journal.snapshot() as log:
            assert [row.index for row in log.entries(1, 3)] == [1, 2]
            assert [row.index for row in log.entries(3)] == [3, 4]

    def test_other_size_stores_nothing(self, subject: Subject, writer: Writer) -> None:
        """A commit that builds on another size is an integrity error and leaves nothing."""
        first = store(subject, writer, writer.commit())
        with pytest.raises(IntegrityError) as caught:
            subject.journal.commit(first)

        assert caught.value.code == jnl.SIZE_DIFFERS
        check_log(subject, [first])

    def test_known_message_stores_nothing(self, subject: Subject, writer: Writer) -> None:
        """One effect per (sender, message id): a second row for it is an integrity error and leaves nothing."""
        first = store(subject, writer, writer.commit())
        again = writer.commit([Letter(permit=False)])
        same = replace(again.known[0], message_id=first.known[0].message_id)
        with pytest.raises(IntegrityError) as caught:
            subject.journal.commit(replace(again, known=(same,)))

        assert caught.value.code == jnl.CONFLICT
        check_log(subject, [first])

    def test_same_id_of_another_sender_is_another_message(self, subject: Subject, writer: Writer) -> None:
        """Message ids are each sender's own."""
        first = store(subject, writer, writer.commit())
        second = writer.commit([Letter(sender="cs", permit=False)])
        same = replace(second.known[0], message_id=first.known[0].message_id)
        second = store(subject, writer, replace(second, known=(same,)))

        check_log(subject, [first, second])

    @pytest.mark.parametrize(
        ("rule", "spoil"),
        [
            ("entries", lambda commit: replace(commit, entries=())),
            ("entries-contiguous", lambda commit: replace(commit, entries=commit.entries[::-1])),
            ("checkpoint-size", lambda commit: replace(commit, checkpoint=replace(commit.checkpoint, size=9))),
            ("edge-size", lambda commit: replace(commit, edge=())),
            ("known-index", lambda commit: replace(commit, known=(replace(commit.known[0], index=7),))),
            ("secret-index", lambda commit: replace(commit, secrets=(replace(commit.secrets[0], index=7),))),
            ("outgoing-known", lambda commit: replace(commit, known=())),
            ("outgoing-body", without_bodies),
            ("outgoing-order", lambda commit: replace(commit, outgoing=commit.outgoing[::-1])),
            ("settled-once", lambda commit: replace(commit, settled=(SettleRow(0, "held"), SettleRow(0, "held")))),
            ("settled-state", lambda commit: replace(commit, settled=(SettleRow(0, "lost"),))),
            ("settled-answer", lambda commit: replace(commit, settled=(SettleRow(0, "held", "", 7),))),
            ("rebucketed-old", lambda commit: replace(commit, rebucketed=(RebucketRow(1, "body", "hold", BODY_DUE),))),
        ],
    )
    def test_contradictory_commit_stores_nothing(
        self, subject: Subject, writer: Writer, rule: str, spoil: Callable[[Commit], Commit]
    ) -> None:
        """A commit that contradicts itself is named by its rule and leaves nothing."""
        with pytest.raises(IntegrityError) as caught:
            subject.journal.commit(spoil(writer.commit([Letter()] * 2)))

        assert (caught.value.code, caught.value.facts["rule"]) == (jnl.COMMIT_MALFORMED, rule)
        check_log(subject, [])

    def test_permit_flag_and_code_of_a_refusal_are_kept(self, subject: Subject, writer: Writer) -> None:
        """What is known of a refused message says so."""
        store(subject, writer, writer.commit([Letter(permit=False)]))
        (known,) = subject.journal.known([("juki", message_id(0))])

        assert (known.permit, known.code, known.receipt) == (False, "HUB-TST-001", "receipt 0\n")


class TestReady:
    def test_delivery_is_complete(self, subject: Subject, writer: Writer) -> None:
        """What is ready bears the body as it was, the stamp, and what is needed to decide again."""
        letter = Letter(body="<住民票/>".encode())
        until = NOW + timedelta(days=1, milliseconds=7)
        commit = writer.commit([letter])
        store(subject, writer, replace(commit, outgoing=(replace(commit.outgoing[0], expires_at=until),)))
        (pending,) = subject.journal.ready(["atena"], (), NOW, 10)

        assert pending.delivery.raw == letter.body
        assert (pending.delivery.stamp, pending.delivery.lane, pending.delivery.attempt) == ("stamp 0\n", b"lane-1", 1)
        assert (pending.retention, pending.decided_on, pending.expires_at) == ("standard", "2026-04-01", until)

    def test_refused_message_is_never_ready(self, subject: Subject, writer: Writer) -> None:
        """A refusal makes no delivery."""
        store(subject, writer, writer.commit([Letter(permit=False)]))

        assert ready(subject) == []

    def test_only_the_first_of_a_lane_is_ready(self, subject: Subject, writer: Writer) -> None:
        """A lane shows its first unsettled delivery; another lane shows its own."""
        store(subject, writer, writer.commit([Letter(lane=b"a"), Letter(lane=b"a"), Letter(lane=b"b")]))
        store(subject, writer, writer.commit([Letter(lane=b"b"), Letter(lane=b"c")]))

        assert ready(subject) == [0, 2, 4]

    def test_same_lane_bytes_of_two_recipients_are_two_lanes(self, subject: Subject, writer: Writer) -> None:
        """A lane is recipient x person."""
        store(subject, writer, writer.commit([Letter(lane=b"a"), Letter(lane=b"a", recipient="zei")]))

        assert ready(subject) == [0, 1]

    def test_without_a_lane_nothing_waits(self, subject: Subject, writer: Writer) -> None:
        """Unordered deliveries are all ready, and their lane is empty."""
        store(subject, writer, writer.commit([Letter(lane=None)] * 3))

        assert ready(subject) == [0, 1, 2]
        assert subject.journal.ready(["atena"], (), NOW, 1)[0].delivery.lane == b""

    @pytest.mark.parametrize("state", ["acknowledged", "rejected", "expired", "refused"])
    def test_a_settled_delivery_lets_the_next_go(self, subject: Subject, writer: Writer, state: str) -> None:
        """The next goes out after the answer."""
        store(subject, writer, writer.commit([Letter()] * 3))
        settle(subject, writer, 0, state)

        assert ready(subject) == [1]
        subject.reopen()
        assert ready(subject) == [1]

    @pytest.mark.parametrize("state", ["held", "failed", "delivered"])
    def test_a_waiting_delivery_holds_its_own_lane_alone(self, subject: Subject, writer: Writer, state: str) -> None:
        """A failed, held or unanswered message holds its own lane and no other; released, it goes first."""
        store(subject, writer, writer.commit([Letter(lane=b"a"), Letter(lane=b"a"), Letter(lane=b"b")]))
        settle(subject, writer, 0, state)
        assert ready(subject) == [2]
        settle(subject, writer, 0, "pending")

        assert ready(subject) == [0, 2]

    def test_settling_from_the_middle_keeps_the_order(self, subject: Subject, writer: Writer) -> None:
        """A delivery that ends behind the first of its lane is simply left out."""
        store(subject, writer, writer.commit([Letter()] * 3))
        settle(subject, writer, 1, "expired")
        assert ready(subject) == [0]
        settle(subject, writer, 0, "acknowledged")

        assert ready(subject) == [2]

    def test_a_new_delivery_waits_behind_an_unsettled_one(self, subject: Subject, writer: Writer) -> None:
        """A later commit appends to the lane; once the lane is empty the next one leads."""
        store(subject, writer, writer.commit())
        settle(subject, writer, 0, "delivered")
        store(subject, writer, writer.commit())
        assert ready(subject) == []
        settle(subject, writer, 0, "acknowledged")

        assert ready(subject) == [2]

    def test_settled_and_new_in_one_commit(self, subject: Subject, writer: Writer) -> None:
        """A commit that answers a lane's last delivery and appends to the lane leaves the new one ready."""
        store(subject, writer, writer.commit())
        store(subject, writer, writer.commit([Letter()], settled=[SettleRow(0, "acknowledged")]))

        assert ready(subject) == [1]

    def test_busy_ones_are_left_out_and_hold_their_lane(self, subject: Subject, writer: Writer) -> None:
        """What was handed over is not ready again, nor is what stands behind it."""
        store(subject, writer, writer.commit([Letter(lane=b"a"), Letter(lane=b"a"), Letter(lane=b"b")]))

        assert ready(subject, busy=(0,)) == [2]

    def test_other_recipients_are_left_out(self, subject: Subject, writer: Writer) -> None:
        """Only the recipients that were asked for are looked at."""
        store(subject, writer, writer.commit([Letter(lane=None), Letter(lane=None, recipient="zei")]))

        assert [one.delivery.index for one in subject.journal.ready(["zei", "nobody"], (), NOW, 9)] == [1]
        assert list(subject.journal.ready([], (), NOW, 9)) == []

    def test_recipients_share_the_limit_in_turns(self, subject: Subject, writer: Writer) -> None:
        """A recipient with a backlog takes no place from another; the result is in log order."""
        store(subject, writer, writer.commit([Letter(lane=None)] * 6 + [Letter(lane=None, recipient="zei")] * 2))

        assert ready(subject, limit=4) == [0, 1, 6, 7]
        assert ready(subject, limit=3) == [0, 1, 6]
        assert ready(subject, busy=(0, 6), limit=3) == [1, 2, 7]

    def test_backing_off_holds_the_lane_until_then(self, subject: Subject, writer: Writer) -> None:
        """A postponed delivery returns at its time with its attempts counted; its lane waits, no other does."""
        store(subject, writer, writer.commit([Letter(lane=b"a"), Letter(lane=b"a"), Letter(lane=b"b")]))
        until = NOW + timedelta(seconds=30)
        subject.journal.postpone(0, until, "HUB-TST-002")
        assert ready(subject) == [2]
        later = subject.journal.ready(["atena"], (), until, 9)

        assert [(one.delivery.index, one.delivery.attempt) for one in later] == [(0, 2), (2, 1)]

    def test_by_message_id_however_many_wait(self, subject: Subject, writer: Writer) -> None:
        """What leads its lane is found by its id, also in a pause; not what stands behind it, and not for another recipient."""
        store(subject, writer, writer.commit([Letter(lane=b"a"), Letter(lane=b"a"), Letter(lane=b"b")]))
        subject.journal.postpone(2, NOW + timedelta(seconds=30), "HUB-TST-002")
        found = [[one.delivery.index for one in subject.journal.leading(message_id(n), "atena")] for n in range(4)]

        assert found == [[0], [], [2], []]
        assert list(subject.journal.leading(message_id(0), "zei")) == []
        assert list(subject.journal.leading("\0", "atena")) == []
        assert [subject.journal.count_ready(name, NOW) for name in ("atena", "zei", "nobody")] == [1, 0, 0]

    def test_what_is_stopped_is_shown_with_its_lane(self, subject: Subject, writer: Writer) -> None:
        """A held delivery names the entry that holds it and how many wait behind it; released, it is ready again."""
        store(subject, writer, writer.commit([Letter(lane=b"a"), Letter(lane=b"a"), Letter(lane=b"b")]))
        hold = SettleRow(0, "failed", "HUB-TST-002", answer_index=3)
        store(subject, writer, writer.commit([Letter(permit=False)], settled=[hold]))
        expected = Standing(
            0, message_id(0), digest(Letter()), "JK-CHG", "juki", "atena", "failed", "HUB-TST-002", 3, 1
        )

        assert list(subject.journal.stopped()) == [expected]
        assert list(subject.journal.standing(message_id(0))) == [expected]
        assert ready(subject) == [2]

        settle(subject, writer, 0, "pending")
        (free,) = subject.journal.standing(message_id(0))
        assert (free.state, free.hold, list(subject.journal.stopped())) == ("pending", None, [])
        assert ready(subject) == [0, 2]

    def test_what_waits_without_a_lane_is_found_by_its_type(self, subject: Subject, writer: Writer) -> None:
        """Pending and stopped alike; not what was answered, has a lane, another sender, recipient or type, or comes later."""
        mine = Letter(lane=None, body=b"<mine/>")
        letters = [
            mine,
            mine,
            mine,
            Letter(lane=b"a"),
            replace(mine, sender="zei"),
            replace(mine, recipient="zei"),
            mine,
        ]
        store(subject, writer, writer.commit(letters))
        settled = [SettleRow(1, "held", "HUB-TST-002", answer_index=7), SettleRow(2, "acknowledged", answer_index=7)]
        store(subject, writer, writer.commit([Letter(permit=False)], settled=settled))
        found = subject.journal.unordered("juki", "atena", {"JK-CHG", "XX-NONE"}, 6)

        assert [(one.delivery.index, one.delivery.raw) for one in found] == [(0, b"<mine/>"), (1, b"<mine/>")]
        assert list(subject.journal.unordered("juki", "atena", {"XX-NONE"}, 6)) == []

    def test_what_ends_others_is_known_until_it_is_done(self, subject: Subject, writer: Writer) -> None:
        """With how it stands itself, by log index; a message that ends nothing is not among them."""
        first, second = Letter(ends=frozenset({"SF-SEND", "AA-AAA"})), Letter(ends=frozenset({"SF-SEND"}))
        store(subject, writer, writer.commit([Letter(), first, second]))
        settle(subject, writer, 2, "held")
        held = Ending(2, "juki", "atena", frozenset({"SF-SEND"}), "held", "")

        assert list(subject.journal.endings()) == [
            Ending(1, "juki", "atena", frozenset({"SF-SEND", "AA-AAA"}), "pending", ""),
            held,
        ]
        subject.journal.finish([0, 1, 77])
        assert list(subject.journal.endings()) == [held]

    def test_no_message_has_an_impossible_id(self, subject: Subject, writer: Writer) -> None:
        """Whatever is asked for, the answer is that there is none."""
        store(subject, writer, writer.commit())

        assert [list(subject.journal.standing(wrong)) for wrong in ("\0", "a\0b", "'", "%s", "%(a)s", "")] == [[]] * 6

    def test_postponing_what_does_not_wait_changes_nothing(self, subject: Subject, writer: Writer) -> None:
        """An answer may come in while somebody postpones: it stands."""
        store(subject, writer, writer.commit())
        settle(subject, writer, 0, "acknowledged")
        subject.journal.postpone(0, NOW, "HUB-TST-002")
        subject.journal.postpone(99, NOW, "HUB-TST-002")

        assert subject.journal.tally() == {"atena": {"acknowledged": 1}}

    @pytest.mark.parametrize("index", [0, 99])
    def test_settling_what_does_not_wait_stores_nothing(self, subject: Subject, writer: Writer, index: int) -> None:
        """A settled delivery never changes again, and an unknown one does not appear."""
        first = store(subject, writer, writer.commit())
        second = store(
            subject, writer, writer.commit([Letter(permit=False)], settled=[SettleRow(0, "acknowledged", "", 1)])
        )
        with pytest.raises(IntegrityError) as caught:
            settle(subject, writer, index, "rejected")

        assert caught.value.code == jnl.NOT_WAITING
        check_log(subject, [first, second])
        assert subject.journal.tally() == {"atena": {"acknowledged": 1}}


class TestAddressed:
    def test_gives_what_an_answer_must_agree_with(self, subject: Subject, writer: Writer) -> None:
        """Index, digest, state and retention class of the delivery that an answer line names."""
        store(subject, writer, writer.commit())
        found = subject.journal.addressed(message_id(0), "juki", "atena")

        assert found is not None
        assert (found.index, found.digest, found.state, found.retention) == (0, digest(Letter()), "pending", "standard")

    @pytest.mark.parametrize(
        ("message", "sender", "recipient"),
        [(1, "juki", "atena"), (0, "cs", "atena"), (0, "juki", "zei"), (2, "juki", "atena")],
    )
    def test_anything_else_is_nothing(
        self, subject: Subject, writer: Writer, message: int, sender: str, recipient: str
    ) -> None:
        """Another id, sender or recipient names no delivery, and neither does a refused message."""
        store(subject, writer, writer.commit([Letter(), Letter(permit=False)]))

        assert subject.journal.addressed(message_id(message), sender, recipient) is None


class TestStates:
    def test_tells_how_deliveries_stand(self, subject: Subject, writer: Writer) -> None:
        """Each by its index; an entry that is no delivery, and an index that is not in the log, are absent."""
        store(subject, writer, writer.commit([Letter(), Letter(), Letter(permit=False)]))
        settle(subject, writer, 1, "acknowledged")

        assert subject.journal.states([0, 1, 2, 99]) == {0: "pending", 1: "acknowledged"}
        assert subject.journal.states([]) == {}


class TestConversations:
    def test_gives_those_of_what_went_to_this_recipient(self, subject: Subject, writer: Writer) -> None:
        """An observation must agree with it; a refused message, another recipient or id has none."""
        store(subject, writer, writer.commit([Letter(), Letter(permit=False)]))
        journal = subject.journal

        assert journal.conversations(message_id(0), "atena") == {message_id(0)}
        assert journal.conversations(message_id(0), "zei") == frozenset()
        assert journal.conversations(message_id(1), "atena") == frozenset()
        assert journal.conversations(message_id(9), "atena") == frozenset()


class TestRetention:
    def test_buckets_fall_due_on_their_day(self, subject: Subject, writer: Writer) -> None:
        """A bucket is due from its day on, oldest first, with the number of its keys."""
        early = BODY_DUE - timedelta(days=2)
        store(subject, writer, writer.commit([Letter(), Letter(), Letter(retention="file3", due=early)]))

        assert list(subject.journal.due(early - timedelta(days=1))) == []
        assert list(subject.journal.due(early)) == [("file3", early, 1)]
        assert list(subject.journal.due(BODY_DUE)) == [("file3", early, 1), ("standard", BODY_DUE, 2)]

    def test_shredding_erases_the_bucket_and_nothing_else(self, subject: Subject, writer: Writer) -> None:
        """Bodies of the bucket are gone, also after opening anew; private parts and other buckets stay."""
        store(subject, writer, writer.commit([Letter(), Letter(retention="hold", due=date(9999, 12, 31))]))

        assert subject.journal.shred("standard", BODY_DUE) == 1
        subject.reopen()
        assert subject.journal.secret(0, "body") is None
        assert subject.journal.secret(1, "body") == Letter().body
        assert subject.journal.secret(0, "private") == b"private part 0"
        assert list(subject.journal.due(BODY_DUE)) == []
        assert subject.journal.shred("standard", BODY_DUE) == 0

    def test_a_delivery_without_a_body_ends(self, subject: Subject, writer: Writer) -> None:
        """A delivery that waits for an erased body expires, and its lane goes on; `waiting` names it before."""
        later = BODY_DUE + timedelta(days=1)
        store(subject, writer, writer.commit([Letter(), Letter(), Letter(due=later)]))
        settle(subject, writer, 0, "delivered")

        assert list(subject.journal.waiting("standard", BODY_DUE)) == [0, 1]
        subject.journal.shred("standard", BODY_DUE)
        assert subject.journal.tally() == {"atena": {"expired": 2, "pending": 1}}
        assert ready(subject) == [2]

    def test_a_confirmed_body_moves_to_its_new_day(self, subject: Subject, writer: Writer) -> None:
        """`rebucketed` changes the day on which a body goes, and the body stays readable until then."""
        store(subject, writer, writer.commit([Letter(), Letter()]))
        early = BODY_DUE - timedelta(days=20)
        settled, moved = [SettleRow(0, "acknowledged")], [RebucketRow(0, "body", "standard", early)]
        store(subject, writer, writer.commit([Letter(permit=False)], settled, moved))

        assert list(subject.journal.due(BODY_DUE)) == [("standard", early, 1), ("standard", BODY_DUE, 1)]
        assert subject.journal.secret(0, "body") == Letter().body
        subject.journal.shred("standard", early)
        assert subject.journal.secret(0, "body") is None
        assert subject.journal.secret(1, "body") == Letter().body

    def test_a_legal_hold_keeps_one_body(self, subject: Subject, writer: Writer) -> None:
        """Moved to the class `hold`, a body outlives its bucket."""
        store(subject, writer, writer.commit([Letter(), Letter()]))
        hold = [RebucketRow(1, "body", "hold", date(9999, 12, 31))]
        store(subject, writer, writer.commit([Letter(permit=False)], rebucketed=hold))
        subject.journal.shred("standard", BODY_DUE)

        assert subject.journal.secret(0, "body") is None
        assert subject.journal.secret(1, "body") == Letter().body

    def test_a_delivery_bears_its_new_class(self, subject: Subject, writer: Writer) -> None:
        """`reclassed`: what looks at the delivery later finds the class of its body, and of no other delivery."""
        store(subject, writer, writer.commit([Letter(), Letter()]))
        hold = [RebucketRow(1, slot, "legal-hold", date(9999, 12, 31), reclassed=True) for slot in ("body", "private")]
        store(subject, writer, writer.commit([Letter(permit=False)], rebucketed=hold))
        found = [subject.journal.addressed(message_id(at), "juki", "atena") for at in (0, 1)]

        assert [one and one.retention for one in found] == ["standard", "legal-hold"]

    def test_erased_at_confirmation(self, subject: Subject, writer: Writer) -> None:
        """A due day of None erases with the commit itself (送付先情報)."""
        store(subject, writer, writer.commit([Letter(retention="file3"), Letter()]))
        settled, gone = [SettleRow(0, "acknowledged")], [RebucketRow(0, "body", "file3", None)]
        store(subject, writer, writer.commit([Letter(permit=False)], settled, gone))

        assert subject.journal.secret(0, "body") is None
        assert list(subject.journal.due(BODY_DUE)) == [("standard", BODY_DUE, 1)]
        assert subject.journal.tally() == {"atena": {"acknowledged": 1, "pending": 1}}

    def test_an_erased_record_is_passed_over(self, subject: Subject, writer: Writer) -> None:
        """A late answer may name a body that is gone already; the commit holds all the same."""
        store(subject, writer, writer.commit())
        settle(subject, writer, 0, "acknowledged")
        subject.journal.shred("standard", BODY_DUE)
        moves = [RebucketRow(0, "body", "standard", PRIVATE_DUE), RebucketRow(0, "body", "standard", None)]
        for move in moves:
            store(subject, writer, writer.commit([Letter(permit=False)], rebucketed=[move]))

        assert list(subject.journal.due(BODY_DUE)) == []


def keep(subject: Subject, *kept: Part, sender: str = "juki", most: int = 100) -> int:
    return subject.journal.keep(sender, kept, SPOOL_DUE, most)


def loose(subject: Subject, message: int = 0, sender: str = "juki") -> list[PartRow]:
    """What waits for the message with this number."""
    return list(subject.journal.loose(sender, part(message).message))


def attach(subject: Subject, writer: Writer, count: int = 3, letter: Letter = Letter()) -> int:  # noqa: B008 - frozen
    """Records a message with an attachment of so many parts; its index."""
    keep(subject, *(part(position=place) for place in range(count)))
    index = writer.tree.size
    rows = loose(subject)
    store(subject, writer, replace(writer.commit([letter]), tied=(tied(index, rows, letter.retention, letter.due),)))
    return index


def handed(subject: Subject, index: int, recipient: str = "atena", count: int = 3) -> list[bytes | None]:
    """What this recipient is given of the attachment, part by part."""
    return [subject.journal.handed(index, recipient, part().sha256, place) for place in range(count)]


WHOLE = [part(position=place).content for place in range(3)]
NOTHING = [None] * 3


class TestParts:
    def test_parts_are_there_until_their_message_comes(self, subject: Subject) -> None:
        """In order of their places, each with its content, also after opening anew; what waits for others is apart."""
        keep(subject, *(part(position=place) for place in (2, 0, 1)), part(1))
        keep(subject, part(sender=1), sender="cs")
        subject.reopen()

        rows = loose(subject)
        assert [(row.sha256, row.size, row.position) for row in rows] == [
            (part().sha256, part().size, place) for place in range(3)
        ]
        assert [subject.journal.content(row) for row in rows] == WHOLE
        assert list(subject.journal.due(SPOOL_DUE)) == [("spool", SPOOL_DUE, 5)]

    def test_a_part_that_comes_again_changes_nothing(self, subject: Subject, writer: Writer) -> None:
        """Neither while it waits, nor once it belongs to a message: there is one copy, and it is the first."""
        again = replace(part(), content=b"another")

        assert keep(subject, part(), again) == 1
        assert keep(subject, again, part(position=1)) == 1
        subject.journal.forget([part().message])
        index = attach(subject, writer)
        assert keep(subject, again, part(position=2)) == 0
        assert handed(subject, index) == WHOLE
        assert list(subject.journal.due(SPOOL_DUE)) == []

    def test_a_sender_may_leave_so_many_and_no_more(self, subject: Subject, writer: Writer) -> None:
        """What is more is left out, and takes no place from another sender; what belongs to a message counts no more."""
        assert keep(subject, *(part(position=place) for place in range(3)), most=2) == 2
        assert keep(subject, part(1), most=2) == 0
        assert keep(subject, part(1), sender="cs", most=2) == 1
        rows = loose(subject)
        store(subject, writer, replace(writer.commit(), tied=(tied(0, rows),)))
        assert keep(subject, part(1), most=2) == 1

    def test_lie_where_the_body_lies(self, subject: Subject, writer: Writer) -> None:
        """Tied in the commit of their message, they are in its bucket: a day for all of it, and nothing is left loose."""
        index = attach(subject, writer)

        assert loose(subject) == []
        assert handed(subject, index) == WHOLE
        assert list(subject.journal.due(BODY_DUE)) == [("standard", BODY_DUE, 4)]

    def test_are_given_to_the_recipient_alone_and_until_it_has_answered(self, subject: Subject, writer: Writer) -> None:
        """Nobody else is given a part, and after the end of the delivery nobody at all."""
        index = attach(subject, writer)

        assert handed(subject, index, "zei") == NOTHING
        assert handed(subject, index + 1) == NOTHING
        assert subject.journal.handed(index, "atena", part(1).sha256, 0) is None
        settle(subject, writer, index, "held")
        assert handed(subject, index) == WHOLE
        settle(subject, writer, index, "acknowledged")
        assert handed(subject, index) == NOTHING

    @pytest.mark.parametrize("due", [None, BODY_DUE - timedelta(days=20)])
    def test_go_the_way_of_the_body(self, subject: Subject, writer: Writer, due: date | None) -> None:
        """A body that is erased at once, or goes to another day, takes its attachments along; another message's stay."""
        index = attach(subject, writer)
        keep(subject, part(1))
        move = [RebucketRow(index, "body", "standard", due)]
        store(subject, writer, writer.commit([Letter(permit=False)], rebucketed=move))

        days = [("standard", due, 4)] if due else []
        assert list(subject.journal.due(BODY_DUE)) == [("spool", SPOOL_DUE, 1), *days]
        assert handed(subject, index) == (WHOLE if due else NOTHING)

    def test_shredding_the_bucket_erases_them(self, subject: Subject, writer: Writer) -> None:
        """With the body's bucket those of its message, with their own those whose message never came."""
        index = attach(subject, writer)
        keep(subject, part(1))
        (row,) = loose(subject, 1)

        assert subject.journal.shred("spool", SPOOL_DUE) == 1
        assert (loose(subject, 1), subject.journal.content(row)) == ([], None)
        assert handed(subject, index) == WHOLE
        assert subject.journal.shred("standard", BODY_DUE) == 4
        assert handed(subject, index) == NOTHING

    def test_many_are_erased_a_few_at_a_time(self, subject: Subject, writer: Writer) -> None:
        """More than one transaction holds: all of them go, and the body with them."""
        index = attach(subject, writer, count=2 * FEW + 1)

        assert subject.journal.shred("standard", BODY_DUE) == 2 * FEW + 2
        assert handed(subject, index, count=2 * FEW + 1) == [None] * (2 * FEW + 1)
        assert subject.journal.secret(index, "body") is None

    def test_of_a_refused_message_go_with_its_entry(self, subject: Subject, writer: Writer) -> None:
        """`dropped` erases in the commit itself, whoever sent them; what waits for other messages stays."""
        keep(subject, part(), part(1))
        keep(subject, part(sender=1), sender="cs")
        store(subject, writer, replace(writer.commit([Letter(permit=False)]), dropped=(part().message,)))

        assert (loose(subject), loose(subject, sender="cs")) == ([], [])
        assert list(subject.journal.due(BODY_DUE)) == [("spool", SPOOL_DUE, 1)]

    def test_what_is_not_tied_of_a_message_is_dropped(self, subject: Subject, writer: Writer) -> None:
        """A message keeps what it signed; the rest of what came for it goes in the same commit."""
        keep(subject, part(), part(position=1))
        first, _ = loose(subject)
        commit = replace(writer.commit(), tied=(tied(0, [first]),), dropped=(part().message,))
        store(subject, writer, commit)

        assert handed(subject, 0) == [WHOLE[0], None, None]
        assert list(subject.journal.due(BODY_DUE)) == [("standard", BODY_DUE, 2)]

    def test_forgotten_ones_are_gone_and_tied_ones_stay(self, subject: Subject, writer: Writer) -> None:
        """`forget` is for what came again with a message that is known."""
        index = attach(subject, writer)
        keep(subject, part(1), part(1, 1))

        assert subject.journal.forget([part().message, part(1).message]) == 2
        assert subject.journal.forget([part(1).message]) == 0
        assert handed(subject, index) == WHOLE
        assert list(subject.journal.due(BODY_DUE)) == [("standard", BODY_DUE, 4)]

    @pytest.mark.parametrize("rule", ["tied-body", "tied-once"])
    def test_contradictory_commit_stores_nothing(self, subject: Subject, writer: Writer, rule: str) -> None:
        """Parts belong to a message with a body, and to one."""
        keep(subject, part())
        rows = loose(subject)
        commit = writer.commit([Letter(), Letter(permit=False)])
        wrong = {"tied-body": (tied(1, rows),), "tied-once": (tied(0, [*rows, *rows]),)}
        with pytest.raises(IntegrityError) as caught:
            subject.journal.commit(replace(commit, tied=wrong[rule]))

        assert (caught.value.code, caught.value.facts["rule"]) == (jnl.COMMIT_MALFORMED, rule)
        assert loose(subject) == rows

    def test_parts_that_do_not_wait_cannot_be_tied(self, subject: Subject, writer: Writer) -> None:
        """What was swept meanwhile leaves no message without its attachment: the commit stores nothing."""
        keep(subject, part())
        rows = loose(subject)
        subject.journal.forget([part().message])
        with pytest.raises(IntegrityError) as caught:
            subject.journal.commit(replace(writer.commit(), tied=(tied(0, rows),)))

        assert caught.value.code == jnl.CONFLICT
        check_log(subject, [])

    @pytest.mark.parametrize("anew", [False, True])
    @pytest.mark.parametrize("fault", list(Fault))
    def test_a_commit_of_unknown_outcome_ties_all_or_none(
        self, subject: Subject, writer: Writer, fault: Fault, anew: bool
    ) -> None:
        """The keys may have moved before the failure: the parts still open, and the same commit again ties them."""
        keep(subject, part(), part(position=1))
        commit = replace(writer.commit(), tied=(tied(0, loose(subject)),))
        subject.fail(fault)
        with pytest.raises(Unavailable):
            subject.journal.commit(commit)
        if anew:
            subject.reopen()
        if fault is Fault.LOST:
            assert [subject.journal.content(row) for row in loose(subject)] == WHOLE[:2]
            subject.journal.commit(commit)
        writer.stored(commit)
        store(subject, writer, writer.commit([Letter(permit=False)]))

        assert handed(subject, 0) == [*WHOLE[:2], None]
        assert sum(keys for _, _, keys in subject.journal.due(PRIVATE_DUE)) == 5

    @pytest.mark.parametrize("fault", list(Fault))
    def test_parts_of_unknown_outcome_come_again(self, subject: Subject, fault: Fault) -> None:
        """Kept or not, the same parts again are here once, and no key is left without a record."""
        subject.fail(fault)
        with pytest.raises(Unavailable):
            keep(subject, part(), part(position=1))
        subject.reopen()

        assert keep(subject, part(), part(position=1), part(position=2)) == (3 if fault is Fault.LOST else 1)
        assert [subject.journal.content(row) for row in loose(subject)] == WHOLE
        assert list(subject.journal.due(SPOOL_DUE)) == [("spool", SPOOL_DUE, 3)]


class TestFailureTable:
    """Sunlight's TestSequenceErrors: each kind of commit, failed and not persisted, and failed but persisted."""

    @pytest.mark.parametrize("fault", list(Fault))
    @pytest.mark.parametrize("kind", ["append", "settle", "move", "erase"])
    @pytest.mark.parametrize("anew", [False, True])
    def test_everything_is_whole_after_a_failed_commit(
        self, subject: Subject, writer: Writer, fault: Fault, kind: str, anew: bool
    ) -> None:
        """After the failure the head tells which way it went; what is stored is whole, and the next commit works."""
        commits = [store(subject, writer, writer.commit([Letter()] * 3))]
        early = BODY_DUE - timedelta(days=20)
        moved = {"move": [RebucketRow(0, "body", "standard", early)], "erase": [RebucketRow(0, "body", "file3", None)]}
        settled = [] if kind == "append" else [SettleRow(0, "acknowledged")]
        failing = writer.commit([Letter()], settled, moved.get(kind, ()))
        subject.fail(fault)
        with pytest.raises(Unavailable) as caught:
            subject.journal.commit(failing)
        assert caught.value.code == jnl.IN_DOUBT
        if anew:
            subject.reopen()

        kept = subject.journal.head().size == 4
        assert kept is (fault is Fault.KEPT)
        assert subject.journal.secret(0, "body") == (None if kept and kind == "erase" else Letter().body)
        commits.append(failing if kept else writer.commit([Letter()], settled, moved.get(kind, ())))
        if not kept:
            subject.journal.commit(commits[-1])
        writer.stored(commits[-1])
        commits.append(store(subject, writer, writer.commit([Letter(lane=b"x")])))
        subject.reopen()

        gone = kind == "erase"
        check_log(subject, [_without_erased(commit) for commit in commits] if gone else commits)
        assert ready(subject) == ([0, 4] if kind == "append" else [1, 4])
        days = {"move": [early, BODY_DUE], "erase": [BODY_DUE]}.get(kind, [BODY_DUE])
        assert [day for _, day, _ in subject.journal.due(BODY_DUE)] == days
        assert sum(keys for _, _, keys in subject.journal.due(PRIVATE_DUE)) == 10 - gone

    def test_a_commit_that_was_refused_leaves_no_key(self, subject: Subject, writer: Writer) -> None:
        """Keys made for a commit that the journal then refused are gone with the next commit."""
        first = store(subject, writer, writer.commit())
        with pytest.raises(IntegrityError):
            store(
                subject,
                writer,
                writer.commit([Letter()], settled=[SettleRow(0, "acknowledged"), SettleRow(77, "held")]),
            )
        second = store(subject, writer, writer.commit())

        check_log(subject, [first, second])
        assert sum(keys for _, _, keys in subject.journal.due(PRIVATE_DUE)) == 4


def _without_erased(commit: Commit) -> Commit:
    secrets = tuple(row for row in commit.secrets if (row.index, row.slot) != (0, "body"))
    return replace(commit, secrets=secrets)


LETTERS = st.builds(
    Letter,
    recipient=st.sampled_from(EVERYBODY),
    lane=st.sampled_from([None, b"a", b"b"]),
    permit=st.booleans(),
    due=st.sampled_from([BODY_DUE, BODY_DUE + timedelta(days=1)]),
)
STATES = st.sampled_from(["pending", "delivered", "held", "failed", "acknowledged", "rejected", "expired"])
STEPS = st.one_of(
    st.tuples(st.just("commit"), st.lists(LETTERS, min_size=1, max_size=4)),
    st.tuples(st.just("settle"), st.tuples(st.integers(0, 20), STATES)),
    st.tuples(st.just("postpone"), st.integers(0, 20)),
    st.tuples(st.just("erase"), st.integers(0, 20)),
    st.tuples(st.just("shred"), st.sampled_from([BODY_DUE, BODY_DUE + timedelta(days=1)])),
    st.tuples(st.just("keep"), st.tuples(st.integers(0, 1), st.integers(0, 2))),
    st.tuples(st.sampled_from(["tie", "forget", "drop"]), st.integers(0, 1)),
)


def _apply(subject: Subject, writer: Writer, step: tuple[str, object]) -> str:
    """Does one step; returns the error's code or nothing."""
    refused = [Letter(permit=False)]
    try:
        match step:
            case ("commit", list(letters)):
                store(subject, writer, writer.commit(letters))
            case ("settle", (int(index), str(state))):
                store(subject, writer, writer.commit(refused, settled=[SettleRow(index, state)]))
            case ("postpone", int(index)):
                subject.journal.postpone(index, NOW + timedelta(seconds=1), "HUB-TST-002")
            case ("erase", int(index)):
                gone = [RebucketRow(index, "body", "standard", None)] if index < writer.tree.size else []
                store(subject, writer, writer.commit(refused, rebucketed=gone))
            case ("shred", date() as due):
                subject.journal.shred("standard", due)
            case ("keep", (int(message), int(place))):
                keep(subject, part(message, place), most=3)
            case ("tie", int(message)):
                rows = loose(subject, message)
                commit = writer.commit([Letter()])
                store(subject, writer, replace(commit, tied=(tied(commit.expected_size, rows),)))
            case ("forget", int(message)):
                subject.journal.forget([part(message).message])
            case ("drop", int(message)):
                store(subject, writer, replace(writer.commit(refused), dropped=(part(message).message,)))
            case _:
                pytest.fail("no such step")
    except IntegrityError as error:
        return error.code.id
    return ""


def _seen(subject: Subject) -> object:
    journal = subject.journal
    return (
        [list(journal.ready(EVERYBODY, busy, NOW, limit)) for busy, limit in (((), 3), ((0, 2), 9))],
        list(journal.ready(EVERYBODY, (), NOW + timedelta(seconds=1), 9)),
        [journal.count_ready(name, NOW + timedelta(seconds=late)) for name in EVERYBODY for late in (0, 1)],
        [list(journal.leading(message_id(index), name)) for index in range(journal.head().size) for name in EVERYBODY],
        {name: dict(counts) for name, counts in journal.tally().items()},
        list(journal.stopped()),
        [list(journal.standing(message_id(index))) for index in range(journal.head().size)],
        [list(journal.waiting("standard", due)) for due in (BODY_DUE, BODY_DUE + timedelta(days=1))],
        [[(row.position, journal.content(row)) for row in loose(subject, message)] for message in (0, 1)],
        [
            journal.handed(index, "atena", part(message).sha256, place)
            for index in range(journal.head().size)
            for message in (0, 1)
            for place in range(3)
        ],
        journal.head().size,
    )


class TestAgreement:
    @pytest.mark.parametrize("kind", ["postgres", "sqlite"])
    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=st.lists(STEPS, max_size=14))
    def test_both_journals_answer_alike(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        request: pytest.FixtureRequest,
        kind: str,
        steps: list[tuple[str, object]],
    ) -> None:
        """Whatever is done to it and to the one in memory, every question gets the same answer from both."""
        path = tmp_path_factory.mktemp("agreement")
        with closing(KINDS[kind](path, request)) as one, closing(_memory(path, request)) as other:  # type: ignore[type-var]
            subjects = [(next(one), Writer()), (next(other), Writer())]
            for step in steps:
                results = [_apply(subject, writer, step) for subject, writer in subjects]
                assert results[0] == results[1]
                assert _seen(subjects[0][0]) == _seen(subjects[1][0])
            for subject, writer in subjects:  # keys of a refused commit stay until the next one that is stored
                store(subject, writer, writer.commit())
            first, second = (list(subject.journal.due(PRIVATE_DUE)) for subject, _ in subjects)
            assert first == second
