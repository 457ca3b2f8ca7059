"""A cluster of RabbitMQ nodes on loopback: TLS with client certificates for AMQP, a password for the administrator only."""

from __future__ import annotations

import secrets
import signal
import socket
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.servers.account import account_for, require
from scripts.servers.errors import ServerError
from scripts.servers.pki import Authority, Certificate
from scripts.servers.ports import LOOPBACK, Ports
from scripts.servers.process import Process
from scripts.servers.rabbitadmin import Admin
from scripts.servers.rabbitnode import BIN, ClusterFacts, Node, NodePorts
from scripts.servers.root import Root

PACKAGE = "rabbitmq-server"
ADMIN = "admin"
PORTS_A_NODE = 4
#: Three nodes start in a few seconds; a machine that is busy with other tests takes longer.
PATIENCE = 120.0
#: Nodes that do not serve again after this long are killed and started together (`heal`).
STUCK = 45.0


class RabbitCluster:
    """`nodes` nodes, numbered from 0. Use as a context manager, or `start` and `close`.

    `settings` are further lines of rabbitmq.conf for every node; `admin_tls` puts the management interface behind TLS.
    """

    def __init__(
        self, root: Root, *, nodes: int = 3, admin_tls: bool = False, settings: Mapping[str, str] | None = None
    ) -> None:
        require(BIN / "rabbitmq-server", PACKAGE)
        self._root = root
        self._account = account_for("rabbitmq", PACKAGE)
        self._ports = Ports(1 + PORTS_A_NODE * nodes)
        self.epmd_port, *ports = self._ports.numbers
        #: Nodes that lived and would not serve until they were started once more.
        self.forced = 0
        self.folder = root.path / "rabbitmq"
        self.folder.mkdir(mode=0o711)
        (self.folder / "tls").mkdir(mode=0o711)
        self.authority = Authority(self.folder / "tls")
        self._clients_of = self.folder / "tls" / "clients-of.pem"
        self._clients_of.write_bytes(self.authority.ca.read_bytes())
        self.facts = ClusterFacts(
            account=self._account,
            nodes=nodes,
            cookie=secrets.token_hex(16),
            epmd=self.epmd_port,
            admin_name=ADMIN,
            admin_password=secrets.token_urlsafe(24),
            admin_tls=admin_tls,
            clients_of=self._clients_of,
            settings=settings or {},
        )
        self.nodes = tuple(
            self._node(number, NodePorts(*ports[number * PORTS_A_NODE : (number + 1) * PORTS_A_NODE]))
            for number in range(nodes)
        )
        self._epmd: Process | None = None
        self._running: dict[int, Process] = {}

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """All nodes, in one cluster; returns when each of them serves."""
        for node in self.nodes:
            node.write()
        self._epmd = self._start_epmd()
        # The first one alone: who finds no cluster takes a lock while it founds one, and who waits to join holds the same lock.
        self.restart(0)
        self.restart(*range(1, len(self.nodes)), wait=False)
        self.wait(*range(len(self.nodes)))
        return self

    def close(self) -> None:
        """Nothing runs any more. The files stay until the root is closed."""
        for number in tuple(self._running):
            self.kill(number)
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd = None
        self._ports.close()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- faults -----------------------------------------------------------------------------------------------------

    def kill(self, number: int) -> None:
        """SIGKILL; returns when the node is gone."""
        self._running.pop(number).kill()

    def stop(self, number: int) -> None:
        """SIGTERM, as an operator stops a node; returns when it is gone."""
        process = self._running[number]
        process.send(signal.SIGTERM)
        process.wait(PATIENCE)
        del self._running[number]

    def restart(self, *numbers: int, wait: bool = True) -> None:
        """Starts nodes that do not run. After a loss of the majority name all of them: one alone waits for the others."""
        for number in numbers:
            if number in self._running:
                raise ServerError(f"node {number} runs already")
            self._running[number] = self._start(self.nodes[number])
        if wait:
            self.wait(*numbers)

    def wait(self, *numbers: int) -> None:
        """Until these nodes serve, and see each other."""
        wanted = frozenset(self.nodes[number].name for number in numbers)
        for number in numbers:
            amqps = self.nodes[number].ports.amqps
            self._running[number].until(partial(_listens, amqps), PATIENCE, f"RabbitMQ node {number}")
            # It takes clients shortly before its start is over; a vhost made meanwhile would never be started on it, and
            # the interface says nothing of that.
            self.ctl(number, "await_startup", "--timeout", f"{PATIENCE:.0f}", seconds=PATIENCE + 10)
        for number in numbers:
            self._running[number].until(partial(self._sees, number, wanted), PATIENCE, f"RabbitMQ node {number}")

    def pause(self, number: int) -> None:
        """SIGSTOP: the node stands still with its connections open."""
        self._running[number].send_all(signal.SIGSTOP)

    def resume(self, number: int) -> None:
        """SIGCONT."""
        self._running[number].send_all(signal.SIGCONT)

    def heal(self) -> None:
        """Wakes what is paused and starts what does not run; returns when all nodes serve and see each other.

        RabbitMQ 3.10 knows a state that it does not leave by itself: a node that `pause_minority` had stopped begins again
        while another starts, fails (`incompatible_feature_flags`) and stays as it is, alive; the others wait for its
        tables. An operator starts it again, and so does this.
        """
        for number in range(len(self.nodes)):
            if self.runs(number):
                self.resume(number)
            else:
                self._running.pop(number, None)
                self.restart(number, wait=False)
        if stuck := self._stuck():
            self.forced += len(stuck)
            for number in stuck:
                self._running.pop(number).kill()
            self.restart(*stuck, wait=False)
        self.wait(*range(len(self.nodes)))

    def _stuck(self) -> list[int]:
        """The nodes that take no clients after `STUCK` seconds."""
        end, left = time.monotonic() + STUCK, [*range(len(self.nodes))]
        while left and time.monotonic() < end:
            left = [number for number in left if not (self.runs(number) and _listens(self.nodes[number].ports.amqps))]
            time.sleep(0.05)
        return left

    def runs(self, number: int) -> bool:
        """The node's process is alive (paused or not)."""
        return number in self._running and self._running[number].alive

    # --- what clients need --------------------------------------------------------------------------------------------

    @property
    def ca(self) -> Path:
        return self.authority.ca

    @property
    def addresses(self) -> tuple[str, ...]:
        """`host:port` of AMQP over TLS, by node."""
        return tuple(f"{LOOPBACK}:{node.ports.amqps}" for node in self.nodes)

    @property
    def data(self) -> tuple[Path, ...]:
        """The nodes' data directories; a search through them reads what the broker ever wrote and has not yet removed."""
        return tuple(node.data for node in self.nodes)

    @property
    def logs(self) -> tuple[Path, ...]:
        return tuple(node.logs for node in self.nodes)

    def pids(self) -> list[int]:
        """Every process of the cluster, helpers and epmd too."""
        started = [*self._running.values(), *([self._epmd] if self._epmd else [])]
        return [pid for process in started for pid in process.tree()]

    def admin(self, number: int = 0) -> Admin:
        """The administrator at this node."""
        facts = self.facts
        tls = self.authority.context() if facts.admin_tls else None
        return Admin(LOOPBACK, self.nodes[number].ports.admin, facts.admin_name, facts.admin_password, tls)

    def metrics_url(self, number: int = 0) -> str:
        return f"http://{LOOPBACK}:{self.nodes[number].ports.metrics}/metrics"

    def client(self, user: str) -> Certificate:
        """A new certificate for the user of this name; the user itself is made by `admin().add_user`."""
        return self.authority.client(user)

    def trust(self, *authorities: Path) -> None:
        """Believes clients' certificates of these authorities too (PEM files), from the next connection on."""
        if not authorities:
            return
        with self._clients_of.open("ab") as bundle:
            bundle.writelines(path.read_bytes() for path in authorities)
        for number in tuple(self._running):
            self.ctl(number, "eval", "ssl:clear_pem_cache().")  # Erlang keeps what it read for two minutes

    def ctl(self, number: int, *arguments: str, seconds: float = 60) -> str:
        """What `rabbitmqctl` says; it takes a second of processor, so the management interface is better where it will do."""
        node = self.nodes[number]
        command = [str(BIN / "rabbitmqctl"), "--quiet", *arguments]
        return self._account.run(command, node.environment(), node.folder, seconds=seconds)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _node(self, number: int, ports: NodePorts) -> Node:
        return Node(
            number=number,
            folder=self.folder / f"node{number}",
            ports=ports,
            certificate=self.authority.server(f"node{number}", self._account),
            facts=self.facts,
        )

    def _start_epmd(self) -> Process:
        addresses = (LOOPBACK, *(node.address for node in self.nodes))
        epmd = Process(
            ["/usr/bin/epmd"],
            root=self._root,
            account=self._account,
            environment={"ERL_EPMD_ADDRESS": ",".join(addresses), "ERL_EPMD_PORT": str(self.epmd_port)},
            folder=self._account.directory(self.folder / "epmd"),
        )
        epmd.until(lambda: _listens(self.epmd_port), PATIENCE, "epmd")
        return epmd

    def _start(self, node: Node) -> Process:
        return Process(
            [str(BIN / "rabbitmq-server")],
            root=self._root,
            account=self._account,
            environment=node.environment(),
            folder=node.folder,
        )

    def _sees(self, number: int, wanted: frozenset[str]) -> bool:
        return wanted <= self.admin(number).running()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
