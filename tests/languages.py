"""The partner languages of the kit behind one door for tests, and a partner system in any of them as a process of its own.

`python -m tests.languages LANGUAGE --ledger-dir DIR --socket PLACE …` serves the endpoints of `ENDPOINTS`. While a file
`stall` lies beside the ledgers, the partner performs and answers nobody; it then makes `stalled`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from connectors.kit.desk import Desk, Performed, Plain, Reply, paged
from connectors.kit.domain import UNKNOWN_PERSON
from connectors.kit.languages.database import Database, sqlite
from connectors.kit.languages.fields import UCS2, Field, Kind, Layout
from connectors.kit.languages.files import FilePartner, FileService
from connectors.kit.languages.frames import FramePartner, FrameService
from connectors.kit.languages.http import MAX_CONTENT, HttpPartner, HttpService
from connectors.kit.languages.records import CsvForm, FixedForm
from connectors.kit.languages.sql import SqlPartner, SqlService
from connectors.kit.languages.tables import View
from connectors.kit.languages.telegram import TelegramPartner, TelegramService
from connectors.kit.languages.telegrams import HEADER, MAX_TELEGRAM, OPEN, Dialect, Telegram, encode
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect, Events, Partner
from connectors.kit.simulator import READY, Options, Service, run
from connectors.kit.text import read_gaiji
from hub import framing

TYPE = "CV-UPD"
ENDPOINTS = ("conbini", "介護保険課")
FEED = "events"
EVENTS = 5
LENGTH = Layout([Field("length", 8, Kind.NUMBER)], UCS2)
DIALECT = Dialect({TYPE: "C101"}, replies={TYPE: LENGTH})
PATIENCE = 20.0
CSV = CsvForm(("number", "text"))
FIXED = FixedForm(
    (Field("number", 4, Kind.NUMBER), Field("text", 8, Kind.TEXT)), gaiji=read_gaiji("U+E000\tU+845B U+E0100\n", "test")
)
VIEW = View("hub_events", ("number", "text"))

_OPENED = encode(Telegram(OPEN, 1, code="0000"))


def effect(message: str, content: bytes = b"<x/>") -> Effect:
    """An effect whose digest is that of its content, as if that were the signed bytes."""
    return Effect(message, TYPE, hashlib.sha256(content).hexdigest(), content)


@dataclass(frozen=True, slots=True)
class Language:
    """One language. `partner` takes place, endpoint and patience; `serve` is what a simulator's `speak` is.

    `limit` is the longest content that it carries, None where it has no limit of its own. For languages of a socket:
    `lies` are answers against the contract to one effect m1 with the content <x/>, `torn` one that ends too early.
    """

    partner: Callable[[Path, str, float], Partner]
    serve: Callable[[Path, Mapping[str, Desk]], Service]
    limit: int | None = None
    lies: tuple[bytes, ...] = ()
    torn: bytes = b""


def _http(status: int, body: bytes, *headers: str) -> bytes:
    head = (
        [f"HTTP/1.1 {status} Said", *headers]
        if headers
        else [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    )
    return "\r\n".join([*head, "", ""]).encode() + body


def _told(kind: str = "C101", number: int = 2, message: str = "m1", code: str = "0000", body: bytes = b"") -> bytes:
    return encode(Telegram(kind, number, message, effect("m1").sha256, code, body))


LANGUAGES: Mapping[str, Language] = {
    "frames": Language(
        FramePartner,
        FrameService,
        lies=(
            framing.encode({"error": "ValueError"}),
            framing.encode({"results": []}),
            framing.encode({"results": [{"result": "perhaps"}]}),
            framing.encode({"results": [{"result": "confirmed", "reply": {"number": 1}}]}),
        ),
        torn=framing.encode({"results": []})[:-1],
    ),
    "http": Language(
        lambda place, endpoint, patience: HttpPartner(place, endpoint, patience=patience),
        HttpService,
        limit=MAX_CONTENT,
        lies=(
            b"this is no HTTP\r\n\r\n",
            b"HTTP/1.1 " + b"9" * 70_000,
            _http(204, b""),
            _http(200, b"not JSON"),
            _http(200, b"[]"),
            _http(200, b"{}"),
            _http(200, b'{"reply":{"number":1}}'),
            _http(200, b"[" * 100_000),
            _http(200, b'{"reply":{}}', "Content-Type: application/json"),  # without a length
            _http(200, b"", "Content-Length: 99999999999"),
            _http(302, b"", "Content-Length: 0", "Location: /elsewhere"),
            _http(400, b'{"title":"no"}'),
            _http(404, b""),
            _http(422, b'{"title":"rejected"}'),
            _http(422, b'{"code":"no code of ours"}'),
        ),
        torn=_http(200, b'{"reply"', "Content-Length: 12"),
    ),
    "telegram": Language(
        lambda place, endpoint, patience: TelegramPartner(place, endpoint, DIALECT, patience),
        partial(TelegramService, dialect=DIALECT),
        limit=MAX_TELEGRAM - HEADER.size,
        lies=(
            b"x" * HEADER.size,
            encode(Telegram(OPEN, 2, code="0000")),  # 開局 is answered under another 通番
            encode(Telegram(OPEN, 1, code="9105")),
            _OPENED + encode(Telegram("0900", 2, code="9103")),
            _OPENED + _told(number=3),
            _OPENED + _told(message="m2"),
            _OPENED + _told(kind="C102"),
            _OPENED + _told(code=""),
            _OPENED + _told(code="1999"),  # a rejection that the table does not have
            _OPENED + _told(code="1001", body=b"text"),
            _OPENED + _told(body=b"no layout"),
            _OPENED + _told().replace(b"C101", b"C109"),  # 検査値 is that of another telegram
            _OPENED + b"99999999" + _told()[8:],  # longer than the limit
            _OPENED + b"00000127" + _told()[8:],  # shorter than a header
        ),
        torn=_OPENED + _told()[:-1],
    ),
    "files-csv": Language(
        lambda place, endpoint, patience: FilePartner(place, endpoint, {FEED: CSV}, "xml", patience),
        partial(FileService, feeds={ENDPOINTS[0]: {FEED: CSV}}),
        limit=MAX_CONTENT,
    ),
    "files-fixed": Language(
        lambda place, endpoint, patience: FilePartner(place, endpoint, {FEED: FIXED}, "xml", patience),
        partial(FileService, feeds={ENDPOINTS[0]: {FEED: FIXED}}),
        limit=MAX_CONTENT,
    ),
    "sql": Language(
        lambda place, endpoint, patience: SqlPartner(
            Database(sqlite(place), endpoint), endpoint, {FEED: VIEW}, patience
        ),
        partial(SqlService, feeds={ENDPOINTS[0]: {FEED: VIEW}}),
        limit=MAX_CONTENT,
    ),
}


# --- the partner system ---------------------------------------------------------------------------------------------------


class Scripted(Plain):
    """Rejects what begins with `reject`, cannot read `unreadable`, tells the length of the rest, and has one feed."""

    def perform(self, effect: Effect) -> Performed:
        if effect.content == b"unreadable":
            raise ValueError("no XML")
        if effect.content == b"crash":
            raise RuntimeError("a fault of the play")
        return Performed(confirmed=False, code=UNKNOWN_PERSON) if effect.content.startswith(b"reject") else Performed()

    def reply(self, effect: Effect) -> Mapping[str, str]:
        return {"length": str(len(effect.content))}

    def feed(self, name: str, after: str, limit: int) -> Events:
        if name != FEED:
            raise ValueError("no such feed")
        return paged(range(EVENTS), after, limit, lambda number: {"number": str(number), "text": "葛\U000e0100城"})


class Stalling(Desk):
    """A desk that has done everything and does not come back while it is told to stall."""

    def __init__(self, desk: Desk, home: Path) -> None:
        self._desk = desk
        self._home = home

    def perform(self, effects: Sequence[Effect]) -> list[Reply]:
        replies = self._desk.perform(effects)
        while (self._home / "stall").exists():
            (self._home / "stalled").touch()
            time.sleep(0.01)
        return replies

    def feed(self, name: str, after: str, limit: int) -> Events:
        return self._desk.feed(name, after, limit)

    def retire(self) -> None:
        self._desk.retire()


def main(language: str, arguments: Sequence[str]) -> int:
    """A partner system that speaks `language`; its exit code."""
    homes: list[Path] = []

    def plays(options: Options, _: Tokens) -> Mapping[str, Scripted]:
        homes.append(options.ledger_dir)
        return {endpoint: Scripted() for endpoint in ENDPOINTS}

    def speak(place: Path, desks: Mapping[str, Desk]) -> Service:
        return LANGUAGES[language].serve(place, {name: Stalling(desk, homes[0]) for name, desk in desks.items()})

    return run("test", ENDPOINTS, plays, arguments, speak)


class Liar:
    """Something that listens at a place and says the same to everybody, whatever they ask."""

    def __init__(self, place: Path, answer: bytes, *, close: bool = False, drip: bool = False) -> None:
        """`close`: it hangs up after that. `drip`: it says one byte every hundredth of a second."""
        self._answer = answer
        self._close = close
        self._drip = drip
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(place))
        self._socket.listen()
        self._thread = threading.Thread(target=self._lie)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _lie(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                if self._drip:
                    for byte in self._answer:
                        connection.sendall(bytes([byte]))
                        time.sleep(0.01)
                connection.sendall(self._answer)
                if self._close:
                    connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 16):
                    pass


class PartnerSystem:
    """The process of a partner system, started in `home`. The place lies below a very long path."""

    def __init__(self, home: Path, language: str) -> None:
        deep = home / ("d" * 120)
        deep.mkdir()
        self.place = deep / "place"
        self.ledgers = home / "ledgers"
        self._command = [sys.executable, "-m", "tests.languages", language, "--watch-stdin"]
        self._command += ["--ledger-dir", str(self.ledgers), "--socket", str(self.place)]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == READY

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def freeze(self) -> None:
        """The process stands still: its place is there, and nobody answers."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stall(self) -> None:
        (self.ledgers / "stall").touch()

    def wait_until_stalled(self) -> None:
        """Until something was performed that nobody heard of."""
        while not (self.ledgers / "stalled").exists():
            time.sleep(0.01)

    def go_on(self) -> None:
        (self.ledgers / "stall").unlink()

    def performed(self, endpoint: str = ENDPOINTS[0]) -> list[str]:
        """The MessageIds of the ledger, in order."""
        return [json.loads(line)["MessageId"] for line in (self.ledgers / f"{endpoint}.jsonl").read_text().splitlines()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
