"""connectors.kit.languages.http over real sockets: what either half does with what it should never get."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from connectors.kit import wire
from connectors.kit.desk import Desk
from connectors.kit.languages.http import HttpPartner, HttpService
from connectors.kit.ledger import Ledger, Line
from connectors.kit.partner import Result
from hub.codes import kit
from hub.errors import IntegrityError, Unavailable
from tests.languages import Liar, Scripted, effect

MARK = "himitsu"
DIGEST = hashlib.sha256(b"<x/>").hexdigest()
CONTENT_DIGEST = f"sha-256=:{base64.b64encode(bytes.fromhex(DIGEST)).decode()}:"


class Counted(Ledger):
    """A ledger that counts how often it was synced."""

    synced = 0

    def append(self, lines: Sequence[Line]) -> None:
        self.synced += 1
        super().append(lines)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Counted]:
    with Counted(tmp_path / "conbini.jsonl") as made:
        yield made


@pytest.fixture
def place(tmp_path: Path, ledger: Counted) -> Iterator[Path]:
    service = HttpService(tmp_path / "http", {"conbini": Desk(Scripted(), ledger)})
    thread = threading.Thread(target=service.serve)
    thread.start()
    yield tmp_path / "http"
    service.stop()
    thread.join()
    service.close()


def performed(tmp_path: Path) -> list[str]:
    return [json.loads(line)["MessageId"] for line in (tmp_path / "conbini.jsonl").read_text().splitlines()]


def put(message: str = "m1", body: bytes = b"<x/>", **changes: str | None) -> bytes:
    headers: dict[str, str | None] = {
        "Host": "conbini",
        "Content-Type": "application/xml",
        "Content-Length": str(len(body)),
        "Idempotency-Key": message,
        "X-Message-Type": "CV-UPD",
        "X-Content-SHA256": DIGEST,
        "Content-Digest": CONTENT_DIGEST,
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"PUT /effects/{message} HTTP/1.1", *lines, "", ""]).encode() + body


def said(place: Path, request: bytes, *, half: bool = False) -> bytes:
    """All that the service says to `request` until it closes, or until we do when it waits for more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, wire.address(place) as address:
        connection.connect(address)
        connection.sendall(request)
        if half:
            connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(1 << 16):
            parts.append(part)
        return b"".join(parts)


class TestService:
    def test_speaks_as_the_page_for_integrators_says(self, place: Path, tmp_path: Path) -> None:
        """Written by hand: two effects and a page on one connection, kept alive until the caller wants no more."""
        feed = b"GET /feeds/events?after=&limit=1 HTTP/1.1\r\nHost: conbini\r\nConnection: close\r\n\r\n"
        answer = said(place, put("m1") + put("m2", b"reject", Content_Digest=_digest(b"reject")) + feed)

        heads = [part.split(b"\r\n")[0] for part in answer.split(b"HTTP/1.1 ")[1:]]
        assert [head[:3] for head in heads] == [b"200", b"422", b"200"]
        assert b'"reply": {"length": "4"}' in answer
        assert b'"code": "HUB-DOM-003"' in answer
        assert b'"cursor": "1", "end": false' in answer
        assert performed(tmp_path) == ["m1", "m2"]

    @pytest.mark.parametrize(
        ("status", "request_"),
        [
            (400, put(Idempotency_Key="m2")),
            (400, put(Idempotency_Key=None)),
            (400, put(X_Message_Type=None)),
            (400, put(X_Content_SHA256=None)),
            (400, put(Content_Digest=None)),
            (400, put(Content_Digest=CONTENT_DIGEST.replace("sha-256", "sha-512"))),
            (400, put(body=b"<y/>")),
            (400, put(Host=None)),
            (421, put(Host="zei")),
            (411, put(Content_Length=None)),
            (411, put(Content_Length="-1")),
            (411, put(Content_Length="4\r\nContent-Length: 5")),
            (411, put(Transfer_Encoding="chunked")),
            (413, put(Content_Length="999999999")),
            (404, put("a/b")),
            (404, put("")),
            (501, put().replace(b"PUT", b"DELETE")),
            (505, put().replace(b"HTTP/1.1", b"HTTP/2.0")),
            (400, f"{MARK}\r\n\r\n".encode()),
            (431, f"GET / HTTP/1.1\r\nX: {'x' * 70_000}\r\n\r\n".encode()),
            (404, f"GET /{MARK} HTTP/1.1\r\nHost: conbini\r\n\r\n".encode()),
            (400, f"GET /feeds/{MARK}?after=&limit=1 HTTP/1.1\r\nHost: conbini\r\n\r\n".encode()),
            (400, b"GET /feeds/events?after=&limit=0 HTTP/1.1\r\nHost: conbini\r\n\r\n"),
            (400, b"GET /feeds/events?after= HTTP/1.1\r\nHost: conbini\r\n\r\n"),
            (404, b"POST / HTTP/1.1\r\nHost: conbini\r\nContent-Length: 2\r\n\r\n[]"),
            (400, b"POST /effects HTTP/1.1\r\nHost: conbini\r\nContent-Length: 2\r\n\r\n[]"),
            (400, b"POST /effects HTTP/1.1\r\nHost: conbini\r\nContent-Length: 4\r\n\r\n[{}]"),
            (400, f'POST /effects HTTP/1.1\r\nHost: conbini\r\nContent-Length: 9\r\n\r\n"{MARK}'.encode()),
        ],
    )
    def test_does_nothing_for_a_request_against_the_contract(
        self, place: Path, tmp_path: Path, status: int, request_: bytes
    ) -> None:
        """It says why by status, quotes nothing of the request, and closes: what follows may be no request."""
        answer = said(place, request_ + put("m9"))

        assert f" {status} ".encode() in answer.split(b"\r\n")[0]
        assert answer.count(b"HTTP/1.1 ") <= 1
        assert MARK.encode() not in answer
        assert performed(tmp_path) == []

    def test_does_nothing_for_half_a_request(self, place: Path, tmp_path: Path) -> None:
        """The caller went away inside its content."""
        assert said(place, put()[:-1], half=True) == b""
        assert performed(tmp_path) == []

    def test_one_batch_is_one_sync(self, place: Path, ledger: Counted) -> None:
        """50 effects at once wait for the disk once."""
        partner = HttpPartner(place, "conbini")
        results = partner.perform([effect(f"m{number}") for number in range(50)])
        partner.close()

        assert (len(results), ledger.synced) == (50, 1)


class TestPartner:
    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
    def test_waits_for_a_partner_in_trouble(self, tmp_path: Path, status: int) -> None:
        """Statuses that mean "later": nothing is known to be done, and it is asked again."""
        answer = f"HTTP/1.1 {status} Later\r\nContent-Length: 7\r\n\r\ntrouble".encode()
        with Liar(tmp_path / "liar", answer), pytest.raises(Unavailable) as caught:
            ask(tmp_path / "liar")

        assert caught.value.facts["kind"] == f"HTTP {status}"

    def test_waits_for_one_effect_of_a_batch(self, tmp_path: Path) -> None:
        """A batch in which one effect is not decided yet is asked again as a whole."""
        body = b'{"results":[{"status":200,"reply":{}},{"status":503}]}'
        with Liar(tmp_path / "liar", _answer(200, body)), pytest.raises(Unavailable):
            ask(tmp_path / "liar", "m1", "m2")

    @pytest.mark.parametrize(
        "body",
        [
            b'{"results":[{"status":200,"reply":{}}]}',
            b'{"results":[{"status":200,"reply":{}},{}]}',
            b'{"results":[{"status":200,"reply":{}},{"status":418}]}',
        ],
    )
    def test_a_batch_has_a_result_each(self, tmp_path: Path, body: bytes) -> None:
        """A result that is missing is not guessed."""
        with Liar(tmp_path / "liar", _answer(200, body)), pytest.raises(IntegrityError) as caught:
            ask(tmp_path / "liar", "m1", "m2")

        assert caught.value.code is kit.PARTNER_SPEECH

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\n\r\n" + b'{"reply":{}}',
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + b'{"rep\r\n7\r\nly":{}}\r\n0\r\n\r\n',
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + b'{"reply":{}}',
            b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n" + b'{"reply":{}}',
        ],
    )
    def test_takes_an_answer_as_other_servers_give_it(self, tmp_path: Path, answer: bytes) -> None:
        """201 for what is new, chunks, 100 before it, HTTP/1.0."""
        with Liar(tmp_path / "liar", answer):
            assert ask(tmp_path / "liar") == [Result(confirmed=True)]

    def test_a_chunked_answer_is_bounded(self, tmp_path: Path) -> None:
        """One that never ends is not read for ever."""
        chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
        with (
            Liar(tmp_path / "liar", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 40),
            pytest.raises(IntegrityError),
        ):
            ask(tmp_path / "liar")

    def test_an_answer_that_drips_is_not_waited_for(self, tmp_path: Path) -> None:
        """A byte now and then does not renew the patience: it is for the whole answer."""
        with Liar(tmp_path / "liar", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2000, drip=True), pytest.raises(Unavailable):
            ask(tmp_path / "liar", patience=0.3)


def _answer(status: int, body: bytes) -> bytes:
    return f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def ask(place: Path, *messages: str, patience: float = 20.0) -> Sequence[Result]:
    partner = HttpPartner(place, "conbini", patience=patience)
    try:
        return partner.perform([effect(message) for message in messages or ("m1",)])
    finally:
        partner.close()
