"""Publisher and consumer against the real cluster: what a confirm proves, what trouble looks like, and what order survives."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from hub.broker.names import HUB
from hub.codes import brk
from hub.edges.amqp.consumer import Arrival, Consumer
from hub.edges.amqp.publisher import Parcel, Publisher
from hub.errors import Refused, Unavailable
from hub.frames import Kind
from tests.engine.conftest import Ward


def parcel(ward: Ward, name: str, body: bytes = b"x", key: str = "0") -> Parcel:
    return Parcel(ward.names.inbound("juki"), key, Kind.SUBMISSION, name, body)


def taken(consumer: Consumer, count: int, patience: float = 20.0) -> list[Arrival]:
    """Until `count` have arrived."""
    found: list[Arrival] = []
    until = time.monotonic() + patience
    while len(found) < count and time.monotonic() < until:
        found += consumer.take(count - len(found), 0.2)
    return found


@pytest.fixture
def publisher(ward: Ward) -> Iterator[Publisher]:
    with Publisher(ward.account("juki"), patience=10) as made:
        yield made


@pytest.fixture(autouse=True)
def _empty(ward: Ward) -> Iterator[None]:
    yield
    ward.cluster.heal()
    for number in range(2):
        queue = ward.names.partition("juki", number)
        ward.cluster.admin().call("DELETE", f"/api/queues/{ward.wanted.vhost}/{queue}/contents")


class TestPublisher:
    def test_what_it_published_is_there_in_order(self, ward: Ward, publisher: Publisher) -> None:
        """Five hundred in a window of two hundred: each once, in order, with the properties of the specification."""
        publisher.publish([parcel(ward, f"{n:064d}") for n in range(500)])
        with Consumer(ward.account(HUB), [ward.names.partition("juki", 0)], 100) as consumer:
            arrived: list[Arrival] = []
            while len(arrived) < 500 and (some := taken(consumer, 50)):
                consumer.settle(some)
                arrived += some

        assert [one.join for one in arrived] == [f"{n:064d}" for n in range(500)]
        assert {(one.kind, one.user, one.redeliveries) for one in arrived} == {("submission", "juki@kikan", 0)}

    def test_a_key_without_a_queue_is_told(self, ward: Ward, publisher: Publisher) -> None:
        """Mandatory: the broker gives it back before it confirms it, and the next one goes through on the same line."""
        with pytest.raises(Unavailable) as caught:
            publisher.publish([parcel(ward, "a", key="99"), parcel(ward, "b")])
        publisher.publish([parcel(ward, "c")])

        assert caught.value.code is brk.UNROUTABLE

    def test_a_full_queue_is_told(self, ward: Ward, publisher: Publisher) -> None:
        """reject-publish: nothing is dropped, the sender keeps it."""
        place = f"/api/policies/{ward.wanted.vhost}/tiny"
        limit = {
            "pattern": r"^in\.juki\.0$",
            "definition": {"max-length": 3, "overflow": "reject-publish"},
            "priority": 9,
        }
        ward.cluster.admin().call("PUT", place, limit)
        try:
            time.sleep(1)  # until every node has heard of the policy
            with pytest.raises(Unavailable) as caught:
                publisher.publish([parcel(ward, "a")] * 1000)
        finally:
            ward.cluster.admin().call("DELETE", place)

        assert caught.value.code is brk.FULL

    def test_what_is_too_large_is_refused_before_it_is_sent(self, ward: Ward, publisher: Publisher) -> None:
        with pytest.raises(Refused) as caught:
            publisher.publish([parcel(ward, "a", bytes(96 * 1024 * 1024 + 1))])

        assert caught.value.code is brk.TOO_LARGE

    def test_a_killed_node_costs_one_refusal_at_most(self, ward: Ward, publisher: Publisher) -> None:
        """The node that the line goes to dies: what was in doubt is sent again, and nothing that was confirmed is lost."""
        publisher.publish([parcel(ward, "before")])
        ward.cluster.kill(0)
        attempts = 0
        while attempts < 30:
            attempts += 1
            try:
                publisher.publish([parcel(ward, "after")])
                break
            except Unavailable:
                time.sleep(0.5)
        with Consumer(ward.account(HUB), [ward.names.partition("juki", 0)], 10) as consumer:
            joins = [one.join for one in taken(consumer, 2)]

        assert (joins[0], joins[1], attempts < 30) == ("before", "after", True)

    def test_without_a_majority_nothing_is_accepted_and_it_resumes(self, ward: Ward) -> None:
        """Two of three nodes gone: no confirm, so no acceptance, within the patience; back again, it goes on by itself."""
        with Publisher(ward.account("juki"), patience=3) as impatient:
            impatient.publish([parcel(ward, "before")])
            ward.cluster.kill(1)
            ward.cluster.kill(2)
            began = time.monotonic()
            with pytest.raises(Unavailable) as caught:
                impatient.publish([parcel(ward, "during")])
            waited = time.monotonic() - began
            ward.cluster.heal()
            for _ in range(30):
                try:
                    impatient.publish([parcel(ward, "after")])
                    break
                except Unavailable:
                    time.sleep(0.5)
        with Consumer(ward.account(HUB), [ward.names.partition("juki", 0)], 10) as consumer:
            joins = {one.join for one in taken(consumer, 3, 5)}

        assert caught.value.code in {brk.UNCONFIRMED, brk.UNREACHABLE}
        assert (waited < 15, {"before", "after"} <= joins) == (True, True)


class TestAlarm:
    def test_while_the_broker_is_out_of_memory_nothing_is_accepted_and_it_resumes(self, ward: Ward) -> None:
        """The memory alarm of one node blocks all publishers: told within the patience, and over when the alarm is."""
        with Publisher(ward.account("juki"), patience=3) as impatient:
            impatient.publish([parcel(ward, "before")])
            ward.cluster.ctl(1, "set_vm_memory_high_watermark", "absolute", "1MB")
            try:
                time.sleep(2)
                with pytest.raises(Unavailable) as caught:
                    impatient.publish([parcel(ward, "during")])
            finally:
                ward.cluster.ctl(1, "set_vm_memory_high_watermark", "0.4")
            for _ in range(30):
                try:
                    impatient.publish([parcel(ward, "after")])
                    break
                except Unavailable:
                    time.sleep(0.5)
        with Consumer(ward.account(HUB), [ward.names.partition("juki", 0)], 10) as consumer:
            joins = {one.join for one in taken(consumer, 3, 5)}

        assert (caught.value.code, {"before", "after"} <= joins) == (brk.BLOCKED, True)


class TestConsumer:
    def test_what_is_not_settled_comes_again_in_order(self, ward: Ward, publisher: Publisher) -> None:
        """A reader that drops its line in the middle: the next one gets the rest, in the order of the queue."""
        publisher.publish([parcel(ward, f"{n}") for n in range(20)])
        queue = ward.names.partition("juki", 0)
        with Consumer(ward.account(HUB), [queue], 20) as first:
            arrived = taken(first, 20)
            first.settle(arrived[:5])
            time.sleep(0.3)
        with Consumer(ward.account(HUB), [queue], 20) as second:
            again = taken(second, 15)

        assert [one.join for one in again] == [f"{n}" for n in range(5, 20)]
        assert {one.redeliveries for one in again} == {1}

    def test_a_second_reader_gets_nothing_while_the_first_lives(self, ward: Ward, publisher: Publisher) -> None:
        """One active consumer: a worker that was thought dead and is not cannot read beside its successor."""
        queue = ward.names.partition("juki", 0)
        with Consumer(ward.account(HUB), [queue], 10) as first:
            publisher.publish([parcel(ward, "one")])
            got = taken(first, 1)
            with Consumer(ward.account(HUB), [queue], 10) as second:
                publisher.publish([parcel(ward, "two")])
                both = (taken(second, 1, 1), taken(first, 1))

        assert ([one.join for one in got], both[0], [one.join for one in both[1]]) == (["one"], [], ["two"])

    def test_settling_over_a_new_line_settles_nothing(self, ward: Ward, publisher: Publisher) -> None:
        """Tags belong to a line: those of a line that was lost are of no message any more."""
        publisher.publish([parcel(ward, f"{n}") for n in range(3)])
        with Consumer(ward.account(HUB), [ward.names.partition("juki", 0)], 10) as consumer:
            first = taken(consumer, 3)
            for connection in _connections(ward, ward.names.user(HUB)):
                ward.cluster.admin().call("DELETE", f"/api/connections/{connection}")
            again = taken(consumer, 3)
            consumer.settle(first)
            consumer.settle(again[:1])
            time.sleep(0.5)
        with Consumer(ward.account(HUB), [ward.names.partition("juki", 0)], 10) as last:
            left = taken(last, 2)

        assert [one.join for one in again] == ["0", "1", "2"]
        assert [one.join for one in left] == ["1", "2"]

    def test_settling_wakes_the_line(self, ward: Ward, publisher: Publisher) -> None:
        """With a prefetch of one the next message comes as soon as the first is settled, not at the next slice."""
        publisher.publish([parcel(ward, f"{n}") for n in range(40)])
        heard: list[Arrival] = []
        done = threading.Event()
        with Consumer(ward.account(HUB), [ward.names.partition("juki", 0)], 1) as consumer:
            began = time.monotonic()
            while len(heard) < 40 and (one := taken(consumer, 1)):
                consumer.settle(one)
                heard += one
            done.set()
            took = time.monotonic() - began

        assert (len(heard), took < 15) == (40, True)


def _connections(ward: Ward, user: str) -> list[str]:
    """The names of a user's connections, percent-encoded; the API learns of a new one within five seconds."""
    from urllib.parse import quote  # noqa: PLC0415

    for _ in range(30):
        found = ward.cluster.admin().call("GET", "/api/connections")
        names = (
            [quote(one["name"], safe="") for one in found if one.get("user") == user] if isinstance(found, list) else []
        )
        if names:
            return names
        time.sleep(0.5)
    raise AssertionError("no connection of this user is known")
