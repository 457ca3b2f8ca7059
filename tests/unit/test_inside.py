"""X5 (L1119): nothing of ours reaches for the internet. Held three ways: no code that could, a hook that stops whoever tries, and its use.

What remains the network's: routers and firewalls between the segments, other programs of the machine, and libraries in C.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for top in ("hub", "connectors") for path in sorted((ROOT / top).rglob("*.py"))]
# Modules that open connections by host name, and what makes a socket of such a family.
CLIENTS = {
    *("asyncio", "ftplib", "httpx", "imaplib", "nntplib", "poplib", "requests", "smtplib", "telnetlib", "xmlrpc"),
    *("urllib.request", "urllib3", "aiohttp", "websockets", "paramiko", "dns", "ssl", "http.server.HTTPServer"),
}
REACHING = {"AF_INET", "AF_INET6", "create_connection", "create_server", "gethostbyname", "urlopen"}
SERVERS = {"TCPServer", "UDPServer", "ThreadingTCPServer", "HTTPServer", "ThreadingHTTPServer", "HTTPSConnection"}
# http.client is used over a path of the file system: the one class that inherits from it replaces `connect`.
OVER_A_PATH = {"connectors/kit/languages/http.py": {"http.client.HTTPConnection", "http.server.BaseHTTPRequestHandler"}}


# The engine (hub serve) meets servers that hub.yaml names, over TLS, and is watched on the loop-back interface. Everything else
# of ours opens paths alone; which addresses these may reach is the hook's to hold (hub/edges/inside.py).
CONFIGURED = {
    "hub/edges/amqp/admin.py": {"ssl", "http.client.HTTPConnection", "HTTPSConnection"},
    "hub/edges/amqp/broker.py": {"ssl"},
    "hub/edges/amqp/publisher.py": {"ssl"},
    "hub/edges/insidehttp.py": {"http.client.HTTPConnection"},
    "hub/edges/http.py": {"http.server.ThreadingHTTPServer", "ThreadingHTTPServer"},
}


class TestSources:
    def test_no_module_imports_a_client_of_the_internet(self) -> None:
        """Neither the standard library's nor another's; what speaks HTTP speaks it over a path."""
        found = [f"{_name(path)}: {name}" for path in SOURCES for name in _imports(path) if _reaches(path, name)]

        assert found == []

    def test_no_code_names_an_internet_address_family(self) -> None:
        """Every socket is a path's, or an end of a pair."""
        words = REACHING | SERVERS
        found = [
            f"{_name(path)}: {word}"
            for path in SOURCES
            for word in _words(path)
            if word in words and word not in CONFIGURED.get(_name(path), ())
        ]

        assert found == []

    def test_every_socket_is_made_for_a_path(self) -> None:
        """`socket.socket` without AF_UNIX would be an internet socket: each call names the family."""
        made = [(_name(path), call) for path in SOURCES for call in _sockets(path)]

        assert made
        assert [name for name, call in made if not any("AF_UNIX" in ast.unparse(one) for one in call.args)] == []


class TestHook:
    @pytest.mark.parametrize(
        "reach",
        [
            "socket.create_connection(('192.0.2.1', 443), timeout=1)",
            "socket.create_connection(('example.org', 443), timeout=1)",
            "socket.socket().connect_ex(('192.0.2.1', 443))",
            "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))",
            "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
            "socket.socket().bind(('0.0.0.0', 0))",
            "socket.gethostbyname('example.org')",
            "urllib.request.urlopen('http://192.0.2.1/')",
        ],
    )
    def test_whoever_reaches_out_is_stopped_under_the_code_of_x5(self, reach: str) -> None:
        """Whichever library asks, before a packet leaves."""
        assert _tried(f"{reach}").startswith("HUB-RTE-017 X5")

    def test_a_configured_host_is_inside_and_no_other(self) -> None:
        """What hub.yaml names may be reached: by its name, and at the addresses that it had at the start."""
        reach = "socket.socket().connect_ex(('192.0.2.1', 443))"

        assert (
            _tried("socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.7', 9))", "'192.0.2.7'") != "HUB-RTE-017 X5"
        )
        assert _tried(reach, "'192.0.2.7'") == "HUB-RTE-017 X5"

    @pytest.mark.parametrize(
        "reach",
        [
            "socket.socket(socket.AF_UNIX).connect('/nowhere')",
            "socket.socket().connect(('127.0.0.1', 1))",
            "a, b = socket.socketpair(); a.sendmsg([b'x'])",
        ],
    )
    def test_paths_and_the_machine_itself_are_inside(self, reach: str) -> None:
        """What fails here fails for want of a listener."""
        assert _tried(reach) in {"FileNotFoundError", "ConnectionRefusedError", "done"}

    @pytest.mark.parametrize("how", ["run", "serve"])
    def test_a_zone_is_served_behind_it(self, how: str) -> None:
        """`hub run` and `hub serve` set the hook before they open anything: here they do not even get a home."""
        script = (
            "import sys; from hub.edges import inside; from hub.cli import main\n"
            "def keep(*_): print('kept', flush=True)\n"
            "inside.keep = keep\n"
            f"sys.argv = ['hub', '{how}', '--home', '/nowhere', '--partners', '/nowhere']\n"
            "main()\n"
        )

        assert _run(script).stdout.startswith("kept")


def _tried(reach: str, allowed: str = "") -> str:
    script = (
        "import socket, urllib.request\n"
        "from hub.edges import inside; from hub.errors import HubError\n"
        f"inside.keep([{allowed}])\n"
        f"try:\n    {reach}\n    print('done')\n"
        "except HubError as error: print(error.code.id, error.facts['rule'])\n"
        "except OSError as error: print(type(error).__name__)\n"
    )
    return _run(script).stdout.strip()


def _run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _reaches(path: Path, name: str) -> bool:
    if name in OVER_A_PATH.get(_name(path), ()) or name in CONFIGURED.get(_name(path), ()):
        return False
    return any(name == one or name.startswith(f"{one}.") for one in (*CLIENTS, "http.client.HTTPConnection"))


def _imports(path: Path) -> Iterator[str]:
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _words(path: Path) -> Iterator[str]:
    for node in _nodes(path):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


def _sockets(path: Path) -> Iterator[ast.Call]:
    for node in _nodes(path):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "socket.socket":
            yield node
