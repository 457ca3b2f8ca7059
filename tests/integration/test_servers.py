"""The harness of real servers keeps its promises: they are what production has, and nothing of them outlives its owner."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import psutil
import pytest

from scripts.servers import Authority, Certificate, Postgres, RabbitCluster, Root, ServerError
from scripts.servers.account import account_for, require
from scripts.servers.ports import EPHEMERAL, Ports
from scripts.servers.postgres import BIN
from scripts.servers.process import Process

REPOSITORY = Path(__file__).resolve().parents[2]
#: In TLS 1.3 the client hears of a refusal after its handshake, or nothing but a closed connection: the broker's log is surer.
REFUSED = (pika.exceptions.AMQPError, OSError)
MEBIBYTE = 1024 * 1024


@pytest.fixture
def vhost(rabbit: RabbitCluster) -> str:
    """A vhost of this test alone."""
    name = f"test-{uuid4().hex[:8]}"
    rabbit.admin().add_vhost(name)
    return name


@pytest.fixture
def user(rabbit: RabbitCluster, vhost: str) -> Certificate:
    """A user of this test alone, who may do everything in the vhost."""
    name = f"user-{vhost}"
    rabbit.admin().add_user(name)
    rabbit.admin().allow(name, vhost, ".*", ".*", ".*")
    return rabbit.client(name)


class TestCluster:
    def test_three_nodes_see_each_other(self, rabbit: RabbitCluster) -> None:
        """Every node says that all three run."""
        expected = {node.name for node in rabbit.nodes}

        assert [rabbit.admin(number).running() for number in range(3)] == [expected] * 3

    def test_is_small_and_heard_on_loopback_only(self, rabbit: RabbitCluster) -> None:
        """Three nodes, their helpers and epmd take less than 700 MB, and listen nowhere but on this machine."""
        memory, heard, seen = 0.0, set(), 0
        for pid in rabbit.pids():
            with contextlib.suppress(psutil.NoSuchProcess):  # a helper that had no more to do
                process = psutil.Process(pid)
                places = process.net_connections("inet")
                memory += process.memory_full_info().pss / MEBIBYTE
                heard |= {(one.laddr.ip, one.laddr.port) for one in places if one.status == psutil.CONN_LISTEN}
                seen += 1
        print(f"three nodes: {memory:.0f} MB in {seen} processes")

        assert memory < 700
        assert {address for address, _ in heard} <= {"127.0.0.1", "::1", *(node.address for node in rabbit.nodes)}
        assert len({port for _, port in heard}) == 3 * 4 + 1

    def test_a_certificate_is_a_user(self, rabbit: RabbitCluster, vhost: str, user: Certificate) -> None:
        """Who shows a certificate is the user of its common name, by EXTERNAL."""
        with _login(rabbit, vhost, user.context()):
            connections = rabbit.ctl(0, "list_connections", "user", "vhost", "auth_mechanism", "ssl").splitlines()

        assert f"{user.name}\t{vhost}\tEXTERNAL\ttrue" in connections

    def test_without_certificate_nobody_comes_in(self, rabbit: RabbitCluster, vhost: str) -> None:
        """TLS without a client certificate ends in the handshake."""
        before = _alerts(rabbit, "Certificate required")
        with pytest.raises(REFUSED):
            _login(rabbit, vhost, rabbit.authority.context())

        assert _until(lambda: _alerts(rabbit, "Certificate required") > before)

    def test_a_certificate_of_a_stranger_opens_nothing(self, rabbit: RabbitCluster, vhost: str, tmp_path: Path) -> None:
        """An authority is believed from the moment it is named, and not before; without a user its clients stay out.

        Its name is that of the cluster's own authority: names prove nothing.
        """
        stranger = Authority(tmp_path)
        client = stranger.client("nobody")
        context = ssl.create_default_context(cafile=rabbit.ca)
        context.load_cert_chain(client.certificate, client.key)
        before = _alerts(rabbit, "Unknown CA")
        with pytest.raises(REFUSED):
            _login(rabbit, vhost, context)
        assert _until(lambda: _alerts(rabbit, "Unknown CA") > before)
        rabbit.trust(stranger.ca)

        with pytest.raises(pika.exceptions.ProbableAuthenticationError, match="ACCESS_REFUSED"):
            _login(rabbit, vhost, context)

    def test_passwords_and_guests_are_refused(self, rabbit: RabbitCluster, vhost: str, user: Certificate) -> None:
        """The administrator's right password opens no AMQP connection, and there is no guest."""
        password = pika.PlainCredentials(rabbit.facts.admin_name, rabbit.facts.admin_password)
        users = rabbit.admin().call("GET", "/api/users")

        assert isinstance(users, list)
        assert "guest" not in {entry["name"] for entry in users}
        with pytest.raises(pika.exceptions.AMQPError):
            _login(rabbit, vhost, user.context(), credentials=password)

    def test_a_quorum_queue_survives_its_leader(self, rabbit: RabbitCluster, vhost: str) -> None:
        """What was confirmed is there after the leader's SIGKILL, and the node comes back."""
        admin = rabbit.client(rabbit.facts.admin_name)
        with _login(rabbit, vhost, admin.context(), node=0) as connection:
            channel = connection.channel()
            channel.queue_declare("q", durable=True, arguments={"x-queue-type": "quorum"})
            channel.confirm_delivery()
            channel.basic_publish("", "q", b"kept", pika.BasicProperties(delivery_mode=2), mandatory=True)
        queue = rabbit.admin().call("GET", f"/api/queues/{vhost}/q")
        assert isinstance(queue, dict)
        leader = [node.name for node in rabbit.nodes].index(queue["leader"])
        try:
            rabbit.kill(leader)
            assert not rabbit.runs(leader)
            body = _get(rabbit, vhost, admin, node=(leader + 1) % 3)
        finally:
            rabbit.heal()

        assert body == b"kept"
        assert len(rabbit.admin(leader).running()) == 3


class TestPostgres:
    def test_demands_a_password_behind_tls(self, postgres: Postgres) -> None:
        """The database's user comes in over TCP with its password, checked against the authority; others do not."""
        made = postgres.create_database(f"test_{uuid4().hex[:8]}")
        place = f"host={made.host} port={made.port} dbname={made.name} user={made.user}"
        command = [str(BIN / "psql"), "-XAtc", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"]
        outcomes = {
            password: subprocess.run(
                [*command, f"{place} sslmode=verify-full sslrootcert={postgres.ca}"],
                env={"PGPASSWORD": password, "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=False,
            ).stdout
            for password in (made.password, "another")
        }

        assert outcomes == {made.password: "t\n", "another": ""}

    def test_keeps_what_was_committed(self, postgres: Postgres) -> None:
        """After SIGKILL and a new start the row is there; pages have checksums and commits are synced."""
        name = postgres.create_database(f"test_{uuid4().hex[:8]}").name
        postgres.sql("CREATE TABLE kept (number int); INSERT INTO kept VALUES (7)", database=name)
        before = postgres.pids()
        postgres.kill()
        gone = not any(psutil.pid_exists(pid) for pid in before)
        postgres.restart()

        assert gone
        assert postgres.sql("SELECT number FROM kept", database=name) == "7"
        assert postgres.sql("SHOW data_checksums; SHOW fsync; SHOW synchronous_commit").split() == ["on"] * 3

    def test_stands_still_and_goes_on(self, postgres: Postgres) -> None:
        """A paused server answers nothing, and everything when it is healed."""
        postgres.pause()
        try:
            with pytest.raises(ServerError, match="did not end within 1 s"):
                postgres.sql("SELECT 1", seconds=1)
        finally:
            postgres.heal()

        assert postgres.sql("SELECT 1") == "1"


class TestCommand:
    def test_a_killed_owner_leaves_nothing(self, tmp_path: Path) -> None:
        """SIGKILL to `up`: RabbitMQ, epmd, a database server that is paused, watchers and files are gone soon after."""
        with _up(tmp_path, "--nodes", "1") as owner:
            servers = _ready(owner, tmp_path)
            started = psutil.Process(owner.pid).children(recursive=True)
            names = {name for process in started if (name := _name(process))}
            for process in started:
                if _name(process) == "postgres":
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.suspend()
            owner.kill()
            owner.wait()

            assert {"beam.smp", "epmd", "postgres"} <= names
            assert _gone(started)
            assert _until(lambda: not Path(servers["root"]).exists())

    def test_stops_when_its_input_ends(self, tmp_path: Path) -> None:
        """The end of standard input is the end of the servers, with status 0."""
        with _up(tmp_path, "--nodes", "0", "--database", "juki") as owner:
            servers = _ready(owner, tmp_path)
            passfile = Path(servers["postgresql"]["databases"]["juki"]["passfile"])
            started = psutil.Process(owner.pid).children(recursive=True)
            mode = passfile.stat().st_mode & 0o777
            assert owner.stdin
            owner.stdin.close()

            assert (owner.wait(30), mode) == (0, 0o600)
            assert _gone(started)
            assert not Path(servers["root"]).exists()

    def test_stops_while_it_starts(self, tmp_path: Path) -> None:
        """SIGTERM before all servers are ready: what had been started is gone, with status 0."""
        with _up(tmp_path, "--nodes", "1") as owner:
            us = psutil.Process(owner.pid)
            assert _until(lambda: any(_name(child) == "beam.smp" for child in us.children(recursive=True)))
            started = us.children(recursive=True)
            owner.send_signal(signal.SIGTERM)

            assert owner.wait(30) == 0
            assert _gone(started)
            assert not (tmp_path / "servers.json").exists()


class TestProcess:
    """One watched process, without a server: a shell whose helper detaches itself into a session of its own."""

    SCRIPT = "trap 'exit 0' USR1; setsid sleep 600 & wait"

    @pytest.fixture
    def process(self) -> Iterator[Process]:
        account = account_for("nobody", "base-passwd")
        with Root() as root:
            folder = account.directory(root.path / "here")
            started = Process(
                ["/bin/sh", "-c", self.SCRIPT],
                root=root,
                account=account,
                environment={"PATH": "/bin:/usr/bin"},
                folder=folder,
            )
            assert _until(lambda: any(os.getsid(pid) == pid for pid in started.tree() if pid != started.pid))
            yield started
            if started.alive:
                started.kill()

    def test_runs_as_its_account(self, process: Process) -> None:
        """Root's servers run as somebody else, with no group of root's."""
        status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
        account = account_for("nobody", "base-passwd")

        assert f"Uid:\t{account.uid}\t{account.uid}" in status

    def test_takes_detached_helpers_along(self, process: Process) -> None:
        """When the process ends by itself, what it left behind is killed."""
        tree = [psutil.Process(pid) for pid in process.tree()]
        process.send(signal.SIGUSR1)
        process.wait(10)

        assert _gone(tree)

    def test_ends_when_its_watcher_is_killed(self, process: Process) -> None:
        """Nobody is left to look after the process: the kernel ends it."""
        server = psutil.Process(process.pid)
        helpers = server.children()
        watcher = server.parent()
        assert watcher
        watcher.kill()
        process.wait(10)
        gone = _gone([server])
        for helper in helpers:  # it detached itself, and nobody is left to know it
            with contextlib.suppress(psutil.NoSuchProcess):
                helper.kill()

        assert gone


class TestPorts:
    def test_are_given_once(self) -> None:
        """What one harness holds no other gets; all lie below the range of outgoing connections."""
        with Ports(40) as first, Ports(40) as second:
            numbers = {*first.numbers, *second.numbers}

        assert len(numbers) == 80
        assert max(numbers) < int(EPHEMERAL.read_text("ascii").split()[0])


class TestMissing:
    def test_names_the_package(self) -> None:
        """A server that is not installed is an error that says what to install."""
        with pytest.raises(ServerError, match="apt-get install rabbitmq-server"):
            require(Path("/nowhere/rabbitmq-server"), "rabbitmq-server")

    @pytest.mark.skipif(os.geteuid() != 0, reason="others run servers as themselves")
    def test_names_the_package_of_an_account(self) -> None:
        """So is its account."""
        with pytest.raises(ServerError, match="apt-get install a-server"):
            account_for("no-such-user", "a-server")


def _login(
    rabbit: RabbitCluster, vhost: str, context: ssl.SSLContext, *, node: int = 0, credentials: object = None
) -> pika.BlockingConnection:
    host, _, port = rabbit.addresses[node].partition(":")
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            host,
            int(port),
            vhost,
            credentials=credentials or pika.credentials.ExternalCredentials(),
            ssl_options=pika.SSLOptions(context, host),
        )
    )


def _alerts(rabbit: RabbitCluster, what: str) -> int:
    """How often node 0 has ended a handshake with this alert."""
    return sum(log.read_text("utf-8").count(f"Fatal - {what}") for log in rabbit.logs[0].glob("*.log"))


def _get(rabbit: RabbitCluster, vhost: str, client: Certificate, *, node: int) -> bytes | None:
    """The message of `q`, when a new leader has been elected."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with _login(rabbit, vhost, client.context(), node=node) as connection:
                _, _, body = connection.channel().basic_get("q", auto_ack=True)
                if body is not None:
                    return bytes(body)
        except pika.exceptions.AMQPError:
            pass  # no leader yet
        time.sleep(0.2)
    return None


def _up(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scripts.servers", "up", "--dir", str(folder), *arguments]
    return subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ready(owner: subprocess.Popen[str], folder: Path) -> Any:
    assert owner.stdout
    assert owner.stdout.readline() == "ready\n"
    return json.loads((folder / "servers.json").read_text("utf-8"))


def _gone(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=10)
    return alive == []


def _name(process: psutil.Process) -> str:
    """Of a process that may have ended since it was listed: then none."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return str(process.name())
    return ""


def _until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
