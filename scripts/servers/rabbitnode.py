"""One node of RabbitMQ in a directory of its own: its files, its environment, its process.

Debian's `rabbitmq-server` on the PATH changes to the user `rabbitmq` by `su` and writes below /var; the script behind it takes
every place from the environment, so that one is run, under the account, with `exec` and without its shell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.servers.account import Account
from scripts.servers.pki import Certificate
from scripts.servers.ports import LOOPBACK

BIN = Path("/usr/lib/rabbitmq/bin")
PLUGINS = "[rabbitmq_management,rabbitmq_auth_mechanism_ssl,rabbitmq_prometheus].\n"
#: One scheduler a node and no spinning: three nodes share two cores with what is tested.
ERLANG_SMALL = "+S 1:1 +SDcpu 1:1 +SDio 2 +sbwt none +sbwtdcpu none +sbwtdio none"
#: Nodes meet each other each at an address of its own (all of 127/8 is loopback), so that one can be cut off from another.
FIRST_ADDRESS = 11


@dataclass(frozen=True, slots=True)
class NodePorts:
    """The ports of one node, all on 127.0.0.1."""

    amqps: int
    admin: int
    metrics: int
    cluster: int


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What all nodes of one cluster share."""

    account: Account
    nodes: int
    cookie: str
    epmd: int
    admin_name: str
    admin_password: str
    admin_tls: bool
    #: The authorities whose clients are let in, one PEM after another.
    clients_of: Path
    #: Further lines of rabbitmq.conf; the last of two equal keys counts.
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """A node that may run, by its number."""

    number: int
    folder: Path
    ports: NodePorts
    certificate: Certificate
    facts: ClusterFacts

    @property
    def name(self) -> str:
        return _name(self.number)

    @property
    def address(self) -> str:
        """Where it meets the other nodes, and from where it goes to them."""
        return address(self.number)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    def write(self) -> None:
        """The node's directory with its files; once."""
        owner = self.facts.account
        owner.directory(self.folder)
        owner.directory(self.data)
        owner.directory(self.logs)
        owner.file(self.folder / ".erlang.cookie", self.facts.cookie)
        owner.file(self.folder / "enabled_plugins", PLUGINS)
        owner.file(self.folder / "inetrc", _hosts(self.facts.nodes))
        lines = (f"{key} = {value}\n" for key, value in self.configuration().items())
        owner.file(self.folder / "rabbitmq.conf", "".join(lines))

    def environment(self) -> Mapping[str, str]:
        """Of the node and of its `rabbitmqctl`; nothing of ours is passed on."""
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.facts.epmd),
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.data),
            "RABBITMQ_LOG_BASE": str(self.logs),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_DIST_PORT": str(self.ports.cluster),
            "ERL_INETRC": str(self.folder / "inetrc"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{ERLANG_SMALL} {self._own_address()}",
            # `exec` instead of a shell that waits, and no Erlang shell that reads.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput",
            "RABBITMQ_CTL_ERL_ARGS": f"+S 1:1 {self._listening()}",
            # The kernel chooses; the default is a range that is the same for everybody.
            "RABBITMQ_CTL_DIST_PORT_MIN": "0",
            "RABBITMQ_CTL_DIST_PORT_MAX": "0",
        }

    def configuration(self) -> Mapping[str, str]:
        """rabbitmq.conf. Passwords open the management interface only; AMQP takes certificates, and there is no guest."""
        facts = self.facts
        return {
            "listeners.tcp": "none",
            "listeners.ssl.default": f"{LOOPBACK}:{self.ports.amqps}",
            **_tls("ssl_options", self.certificate),
            "ssl_options.cacertfile": str(facts.clients_of),
            "ssl_options.verify": "verify_peer",
            "ssl_options.fail_if_no_peer_cert": "true",
            "ssl_cert_login_from": "common_name",
            "auth_mechanisms.1": "EXTERNAL",
            "default_user": facts.admin_name,
            "default_pass": facts.admin_password,
            "default_user_tags.administrator": "true",
            **self._management(),
            "prometheus.tcp.ip": LOOPBACK,
            "prometheus.tcp.port": str(self.ports.metrics),
            # A new node joins the first one; the first one joins nobody.
            "cluster_formation.peer_discovery_backend": "classic_config",
            "cluster_formation.classic_config.nodes.1": _name(0),
            "cluster_formation.discovery_retry_limit": "120",
            "cluster_formation.discovery_retry_interval": "500",
            "cluster_partition_handling": "pause_minority",
            # Small: a node that fills its memory is an alarm in a test, not of the machine.
            "raft.wal_max_size_bytes": "16777216",
            "vm_memory_high_watermark.absolute": "512MiB",
            "disk_free_limit.absolute": "64MiB",
            "log.file.level": "info",
            "log.console": "false",
            **facts.settings,
        }

    def _own_address(self) -> str:
        return f"{self._listening()} inet_dist_connect_options [{{ip,{self._quad()}}}]"

    def _listening(self) -> str:
        """Where others find it. `rabbitmqctl` calls itself after its node's host, and the other nodes send it their part there."""
        return f"-kernel inet_dist_use_interface {self._quad()}"

    def _quad(self) -> str:
        return "{" + self.address.replace(".", ",") + "}"

    def _management(self) -> Mapping[str, str]:
        kind = "ssl" if self.facts.admin_tls else "tcp"
        place = {f"management.{kind}.ip": LOOPBACK, f"management.{kind}.port": str(self.ports.admin)}
        return {**place, **_tls("management.ssl", self.certificate)} if self.facts.admin_tls else place


def address(number: int) -> str:
    """Of the node of this number, towards the other nodes."""
    return f"127.0.0.{FIRST_ADDRESS + number}"


def _name(number: int) -> str:
    return f"node{number}@host{number}"


def _hosts(nodes: int) -> str:
    """Erlang's own hosts file: the nodes' names are known to them alone."""
    quads = (address(number).replace(".", ",") for number in range(nodes))
    hosts = (f'{{host, {{{quad}}}, ["host{number}"]}}.\n' for number, quad in enumerate(quads))
    return "".join(hosts) + "{lookup, [file, native]}.\n"


def _tls(prefix: str, certificate: Certificate) -> Mapping[str, str]:
    return {
        f"{prefix}.cacertfile": str(certificate.ca),
        f"{prefix}.certfile": str(certificate.certificate),
        f"{prefix}.keyfile": str(certificate.key),
    }
