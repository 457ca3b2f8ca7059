"""`python -m scripts.servers up --dir DIR`: real servers until SIGTERM, Ctrl-C or the end of standard input."""

from __future__ import annotations

import argparse
import json
import os
import signal
import stat
import sys
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from scripts.servers import Postgres, RabbitCluster, Root, ServerError
from scripts.servers.postgres import SUPERUSER

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> int:
    """0 when the servers were stopped as asked, 1 when they could not be started."""
    options = _options()
    for number in STOPPING:
        signal.signal(number, _stop)
    try:
        with ExitStack() as stack:
            _write(options.dir, _start(options, stack))
            print("ready", flush=True)
            _wait()
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.servers", description=__doc__)
    commands = parser.add_subparsers(required=True)
    up = commands.add_parser("up", help="start RabbitMQ and PostgreSQL, write DIR/servers.json, print `ready`")
    up.add_argument("--dir", type=Path, required=True, help="where servers.json and the files with passwords go")
    up.add_argument("--nodes", type=int, default=3, choices=(0, 1, 3), help="of RabbitMQ; 0 for none")
    up.add_argument("--admin-tls", action="store_true", help="the management interface behind TLS")
    up.add_argument("--trust", type=Path, action="append", default=[], help="PEM of an authority of clients")
    up.add_argument("--client", action="append", default=[], help="a user of RabbitMQ, with a certificate")
    up.add_argument("--database", action="append", default=[], help="a database with a user of the same name")
    up.add_argument("--keep", action="store_true", help="leave the servers' data where they are in the end")
    return parser.parse_args()


def _start(options: argparse.Namespace, stack: ExitStack) -> dict[str, object]:
    """The servers, and what servers.json tells of them."""
    options.dir.mkdir(parents=True, exist_ok=True)
    root = stack.enter_context(Root(keep=options.keep))
    servers: dict[str, object] = {"root": str(root.path)}
    servers["postgresql"] = _postgres_facts(stack.enter_context(Postgres(root)), options)
    if options.nodes:
        rabbit = stack.enter_context(RabbitCluster(root, nodes=options.nodes, admin_tls=options.admin_tls))
        rabbit.trust(*options.trust)
        servers["rabbitmq"] = _rabbit_facts(rabbit, options)
    return servers


def _rabbit_facts(rabbit: RabbitCluster, options: argparse.Namespace) -> dict[str, object]:
    password = options.dir / "rabbitmq-admin.password"
    _write_private(password, rabbit.facts.admin_password)
    return {
        "nodes": [
            {
                "name": node.name,
                "amqps": rabbit.addresses[number],
                "admin": rabbit.admin(number).url,
                "metrics": rabbit.metrics_url(number),
                "data": str(node.data),
                "logs": str(node.logs),
            }
            for number, node in enumerate(rabbit.nodes)
        ],
        "ca": str(rabbit.ca),
        "admin": {"name": rabbit.facts.admin_name, "password_file": str(password)},
        "clients": {name: _client_facts(rabbit, name) for name in options.client},
    }


def _client_facts(rabbit: RabbitCluster, name: str) -> dict[str, str]:
    rabbit.admin().add_user(name)
    client = rabbit.client(name)
    return {"certificate": str(client.certificate), "key": str(client.key)}


def _postgres_facts(postgres: Postgres, options: argparse.Namespace) -> dict[str, object]:
    databases = {}
    for name in options.database:
        made = postgres.create_database(name)
        passfile = options.dir / f"{name}.pgpass"
        _write_private(passfile, f"{made.host}:{made.port}:{made.name}:{made.user}:{made.password}\n")
        databases[name] = {"user": made.user, "passfile": str(passfile)}
    return {
        "host": postgres.host,
        "port": postgres.port,
        "socket": str(postgres.socket),
        "superuser": SUPERUSER,
        "ca": str(postgres.ca),
        "data": str(postgres.data),
        "log": str(postgres.log),
        "databases": databases,
    }


def _write(folder: Path, servers: dict[str, object]) -> None:
    """Whole or not at all: who waits for the file reads all of it."""
    new = folder / "servers.json.new"
    new.write_text(json.dumps(servers, indent=2) + "\n", encoding="utf-8")
    new.replace(folder / "servers.json")


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Ends the program from wherever it is, once: while the servers stop no further signal is heard."""
    for further in STOPPING:
        signal.signal(further, signal.SIG_IGN)
    sys.exit(0)


def _wait() -> None:
    """Standard input counts where somebody holds its other end; /dev/null and files are at their end from the start."""
    mode = os.fstat(0).st_mode
    held = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(0)
    if not held:
        signal.pause()
    while os.read(0, 4096):
        pass


if __name__ == "__main__":
    sys.exit(main())
