"""The topology on a real cluster: applied once, found as wanted, and each endpoint shut into its own queues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ChannelClosedByBroker
from typer.testing import CliRunner

from hub.broker import difference, topology
from hub.broker.difference import Change
from hub.broker.names import HUB
from hub.cli.app import root
from hub.codes import brk
from hub.edges import pki
from hub.edges.amqp.broker import Account
from hub.edges.pki import Validity
from hub.errors import Misconfigured
from tests.engine.conftest import CONFIG, ENDPOINTS, PARTITIONS, Ward


def changes(ward: Ward) -> tuple[Change, ...]:
    return difference(ward.wanted, ward.admin.found(ward.wanted.vhost), CONFIG.zone)


def connected(account: Account) -> pika.BlockingConnection:
    """With pika alone: what a stranger's program could do with this certificate."""
    node = account.nodes[0]
    tls = pika.SSLOptions(account.tls(), node.host)
    external = pika.credentials.ExternalCredentials()
    return pika.BlockingConnection(
        pika.ConnectionParameters(node.host, node.port, account.vhost, external, ssl_options=tls)
    )


@pytest.fixture
def channel(ward: Ward) -> Iterator[BlockingChannel]:
    """A channel of juki's."""
    connection = connected(ward.account("juki"))
    yield connection.channel()
    connection.close()


class TestApply:
    def test_a_second_look_finds_nothing_to_do(self, ward: Ward) -> None:
        """What was applied is what is wanted: applying is idempotent."""
        assert changes(ward) == ()

    def test_a_missing_queue_and_a_permission_too_many_are_drift(self, ward: Ward) -> None:
        """Whatever somebody changed by hand is found by name, and mended in the same way as it was made."""
        queue, zei = ward.names.partition("zei", 1), ward.names.user("zei")
        ward.cluster.admin().allow(zei, ward.wanted.vhost, "^$", ".*", ".*")
        ward.cluster.admin().call("DELETE", f"/api/queues/{ward.wanted.vhost}/{queue}")
        drift = changes(ward)
        for change in drift:
            ward.admin.make(change)

        assert {(one.what, one.kind) for one in drift} == {
            ("add", "queue"),
            ("add", "binding"),
            ("change", "permission"),
        }
        assert {one.name for one in drift if one.kind != "binding"} == {queue, zei}
        assert changes(ward) == ()

    def test_a_queue_that_is_not_empty_is_not_removed(self, ward: Ward) -> None:
        """Fewer partitions: the queue is unbound first, and its messages stay until somebody has read them."""
        call = ward.cluster.admin().call
        vhost, name = ward.wanted.vhost, ward.names.partition("zei", 1)
        message = {"properties": {}, "routing_key": name, "payload": "x", "payload_encoding": "string"}
        call("POST", f"/api/exchanges/{vhost}/amq.default/publish", message)
        fewer = topology(CONFIG.zone, ENDPOINTS, PARTITIONS - 1)
        plan = difference(fewer, ward.admin.found(vhost), CONFIG.zone)
        removed = next(one for one in plan if one.kind == "queue" and one.name == name)
        with pytest.raises(Misconfigured) as refused:
            ward.admin.make(removed)
        call("DELETE", f"/api/queues/{vhost}/{name}/contents")

        assert (removed.what, removed.empty, refused.value.code) == ("remove", True, brk.NOT_EMPTY)
        assert changes(ward) == ()

    def test_names_of_departments_are_ascii_and_distinct(self, ward: Ward) -> None:
        """A Japanese code has a name from which it can be read again."""
        name = ward.names.inbound("課税課").removeprefix("in.xn--")

        assert (name.isascii(), name.encode().decode("punycode")) == (True, "課税課")


class TestCheck:
    """`hub broker check`, as an operator calls it."""

    def test_tells_each_object_as_it_is_and_as_it_should_be(self, ward: Ward, tmp_path: Path) -> None:
        """In one JSON object and in both languages, with exit code 2; what is as wanted is not told."""
        zei, juki = ward.names.user("zei"), ward.names.user("juki")
        wanted = next(one for one in ward.wanted.users if one.name == zei)
        ward.cluster.admin().allow(zei, ward.wanted.vhost, "^$", wanted.write, ".*")
        password = tmp_path / "password"
        password.write_text(ward.admin.password)
        way = ("--admin", ward.admin.url, "--user", ward.admin.user, "--password-file", str(password))
        ask = ["broker", "check", "--home", str(ward.paths.root), "--partitions", str(PARTITIONS), *way]
        done = [CliRunner().invoke(root, [*ask, *extra]) for extra in (("--json",), ("--lang", "en"), ())]
        ward.cluster.admin().allow(zei, ward.wanted.vhost, "^$", wanted.write, wanted.read)
        told = {(one["kind"], one["name"]): one for one in json.loads(done[0].stdout)["drift"]}
        fault = {"fault": "differs", "now": {"read": ".*"}, "wanted": {"read": wanted.read}}

        assert [one.exit_code for one in done] == [2, 2, 2]
        assert told["permission", zei] == {"kind": "permission", "name": zei, **fault}
        assert ("permission", juki) not in told
        assert [brk.DRIFT.id in one.stdout for one in done] == [True] * 3
        assert all(word in done[1].stdout for word in ("read: .*", "should be"))
        assert "あるべき" in done[2].stdout


class TestShutIn:
    """An endpoint's user cannot read another's queue, publish as another, or declare."""

    @pytest.mark.parametrize("queue", ["out.zei", "receipts.zei", "in.juki.0", "in.zei.0", "control.juki"])
    def test_reads_only_its_own_queues(self, channel: BlockingChannel, queue: str) -> None:
        with pytest.raises(ChannelClosedByBroker) as refused:
            channel.basic_get(queue)

        assert refused.value.reply_code == 403

    @pytest.mark.parametrize("queue", ["out.juki", "receipts.juki"])
    def test_reads_its_own(self, channel: BlockingChannel, queue: str) -> None:
        """The refusals above are the permissions', not of a connection that could do nothing."""
        assert channel.basic_get(queue)[0] is None

    @pytest.mark.parametrize(
        ("exchange", "key"), [("in.zei", "0"), ("out", "out.zei"), ("", "in.zei.0"), ("", "out.zei")]
    )
    def test_publishes_only_to_its_own_exchange(self, channel: BlockingChannel, exchange: str, key: str) -> None:
        channel.confirm_delivery()
        with pytest.raises(ChannelClosedByBroker) as refused:
            channel.basic_publish(exchange, key, b"x", mandatory=True)

        assert refused.value.reply_code == 403

    @pytest.mark.parametrize("user", ["zei@kikan", "hub@kikan", "juki", "guest"])
    def test_cannot_call_itself_another(self, channel: BlockingChannel, user: str) -> None:
        """The broker holds `user_id` against the connection."""
        channel.confirm_delivery()
        properties = pika.BasicProperties(user_id=user, delivery_mode=2)
        with pytest.raises(ChannelClosedByBroker) as refused:
            channel.basic_publish("in.juki", "0", b"x", properties, mandatory=True)

        assert refused.value.reply_code == 406

    @pytest.mark.parametrize("name", ["in.juki.9", "own", "out.juki"])
    def test_declares_nothing(self, channel: BlockingChannel, name: str) -> None:
        with pytest.raises(ChannelClosedByBroker) as refused:
            channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"})

        assert refused.value.reply_code == 403

    @pytest.mark.parametrize("act", ["exchange", "bind", "purge", "delete"])
    def test_changes_nothing(self, channel: BlockingChannel, act: str) -> None:
        acts = {
            "exchange": lambda: channel.exchange_declare("in.juki2", "direct", durable=True),
            "bind": lambda: channel.queue_bind("out.juki", "in.juki", "0"),
            "purge": lambda: channel.queue_purge("in.juki.0"),
            "delete": lambda: channel.queue_delete("in.juki.0"),
        }
        with pytest.raises(ChannelClosedByBroker) as refused:
            acts[act]()

        assert refused.value.reply_code == 403

    def test_a_certificate_of_another_authority_does_not_come_in(self, ward: Ward, tmp_path: Path) -> None:
        """The same common name, from a CA of the same name that the broker does not trust."""
        now = datetime.now(UTC)
        validity = Validity(now - timedelta(days=1), now + timedelta(days=1))
        authority = pki.make_ca("juki-hub kikan CA", validity, development=True)
        forged = pki.make_tls_client(authority, ward.names.user("juki"), "urn:forged", validity, development=True)
        pki.write_key(tmp_path / "tls.key", forged.key)
        pki.write_certificates(tmp_path / "tls.pem", [forged.certificate])
        with pytest.raises((AMQPError, OSError)):
            connected(replace(ward.account("juki"), certificate=tmp_path / "tls.pem", key=tmp_path / "tls.key"))

        connected(ward.account("juki")).close()

    def test_the_hub_reads_what_endpoints_send(self, ward: Ward) -> None:
        """The hub's own user may read inbound and control queues, and writes only to `out`."""
        hub = next(one for one in ward.wanted.users if one.name == ward.names.user(HUB))

        assert (hub.configure, hub.write, hub.read) == ("^$", "^out$", r"^(in|control)\..*$")
