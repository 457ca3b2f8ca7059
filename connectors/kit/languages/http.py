"""HTTP/1.1 with JSON over a Unix socket of mode 0600: コンビニ交付, 申請管理, 中間サーバー as we let them speak.

    PUT /effects/{MessageId}          the content; Idempotency-Key, X-Message-Type, X-Content-SHA256 and Content-Digest
    POST /effects                     several at once as a JSON list, one result each; one sync of the partner's ledger
    GET /feeds/{name}?after=&limit=   a page of a feed

200 or 201 is confirmed, 409 other content under the id, 422 rejected with a domain code; 408, 429, 5xx, silence and a broken
connection mean "ask again", which is safe, for MessageId is the key of the effect. Anything else breaks the contract.
Host names the endpoint, so that one place may serve several. docs/partners.md is the integrator's page.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import socketserver
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from connectors.kit.desk import Desk, Reply
from connectors.kit.languages import sockets
from connectors.kit.partner import CONFIRMED, CONFLICT, REJECTED, Effect, Events, Result
from hub.codes import kit
from hub.errors import Held, HubError, IntegrityError, Unavailable

# The content of one effect, and of all effects of one request. A message of the hub has 8 MiB at most (hub/schemas).
MAX_CONTENT: Final = 16 << 20
MAX_ANSWER: Final = 32 << 20
_MAX_REQUEST: Final = 2 * MAX_CONTENT  # base64 and JSON around the contents of a batch
_LENGTH: Final = re.compile("[0-9]{1,10}")
_DOMAIN_CODE: Final = re.compile("HUB-[A-Z]{3}-[0-9]{3}")
_DONE: Final = frozenset({200, 201})
_SETTLED: Final = _DONE | {409, 422}
_LATER: Final = frozenset({408, 429})
_STATUS: Final = {CONFIRMED: 200, CONFLICT: 409, REJECTED: 422}

Json = Mapping[str, Any]
_Answer = tuple[int, object]


def _content_digest(content: bytes) -> str:
    """RFC 9530, of the content as it is sent; X-Content-SHA256 is of what was signed."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode('ascii')}:"


# --- the connector's half -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Request:
    """One request, and the statuses that it may be answered by."""

    method: str
    target: str
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    expected: frozenset[int] = _DONE


class HttpPartner:
    """One connection, kept alive, made when it is needed and remade once when it went stale."""

    def __init__(
        self, path: Path, endpoint: str, content_type: str = "application/xml", patience: float = 30.0
    ) -> None:
        """`content_type`: what the room makes of a message. `patience`: seconds for one request and its whole answer."""
        self._endpoint = endpoint
        self._content_type = content_type
        self._connection = _UnixConnection(path, patience)

    def perform(self, effects: Sequence[Effect]) -> Sequence[Result]:
        """Raises `Held` for an effect that is longer than `MAX_CONTENT`: then nothing was asked."""
        if any(len(effect.content) > MAX_CONTENT for effect in effects):
            raise Held(kit.PARTNER_LIMIT, endpoint=self._endpoint, size=MAX_CONTENT)
        return [result for group in _groups(effects) for result in self._group(group)]

    def feed(self, name: str, after: str, limit: int) -> Events:
        query = urlencode({"after": after, "limit": limit})
        _, answer = self._ask(_Request("GET", f"/feeds/{quote(name, safe='')}?{query}"))
        match answer:
            case {"events": [*events], "cursor": str(cursor), "end": bool(end)} if all(
                isinstance(event, dict) for event in events
            ):
                return Events(events, cursor, end)
            case _:
                raise self._speech("events, cursor, end")

    def close(self) -> None:
        self._connection.close()

    def _group(self, effects: Sequence[Effect]) -> Sequence[Result]:
        if len(effects) == 1:
            return [self._result(*self._put(effects[0]))]
        body = json.dumps([self._item(effect) for effect in effects]).encode("ascii")
        _, answer = self._ask(_Request("POST", "/effects", body, {"Content-Type": "application/json"}))
        match answer:
            case {"results": [*results]} if len(results) == len(effects):
                return [self._result(*self._said(result)) for result in results]
            case _:
                raise self._speech("one result per effect")

    def _put(self, effect: Effect) -> _Answer:
        headers = {
            "Content-Type": self._content_type,
            "Idempotency-Key": effect.message,
            "X-Message-Type": effect.type,
            "X-Content-SHA256": effect.sha256,
            "Content-Digest": _content_digest(effect.content),
        }
        target = f"/effects/{quote(effect.message, safe='')}"
        return self._ask(_Request("PUT", target, effect.content, headers, _SETTLED))

    def _item(self, effect: Effect) -> Json:
        return {
            "message": effect.message,
            "type": effect.type,
            "sha256": effect.sha256,
            "content_type": self._content_type,
            "content": base64.b64encode(effect.content).decode("ascii"),
        }

    def _said(self, result: object) -> _Answer:
        match result:
            case {"status": int(status)}:
                self._check(status, _SETTLED)
                return status, result
            case _:
                raise self._speech("a status for each effect")

    def _result(self, status: int, answer: object) -> Result:
        match status, answer:
            case 409, _:
                raise Held(kit.PARTNER_CONFLICT, endpoint=self._endpoint)
            case 422, {"code": str(code)} if _DOMAIN_CODE.fullmatch(code):
                return Result(confirmed=False, code=code)
            case 200 | 201, {"reply": dict(reply)} if all(isinstance(text, str) for text in reply.values()):
                return Result(confirmed=True, reply=reply)
            case _:
                raise self._speech("reply or code")

    def _ask(self, request: _Request) -> _Answer:
        kept = self._connection.sock is not None
        try:
            return sockets.remade(lambda: self._exchange(request), kept=kept)
        except OSError as error:
            raise self._down(type(error).__name__) from error

    def _exchange(self, request: _Request) -> _Answer:
        """Raises `OSError` when the connection breaks or the time is over. Whatever it raises, the connection is gone."""
        whole = False
        try:
            with self._connection.ask(request, self._endpoint) as response:
                # The status first: what a gateway says beside 503 is no JSON.
                self._check(response.status, request.expected)
                said = _body(response)
            answer = response.status, None if response.status == 409 else json.loads(said)
            whole = True
        except OSError:
            raise
        except (HTTPException, ValueError, RecursionError) as error:
            # Without its cause: what a parser says may quote what it read.
            raise self._speech(type(error).__name__) from None
        finally:
            if not whole:
                self._connection.close()
        return answer

    def _check(self, status: int, expected: frozenset[int]) -> None:
        if status in _LATER or 500 <= status <= 599:
            raise self._down(f"HTTP {status}")
        if status not in expected:
            raise self._speech(f"HTTP {status}")

    def _down(self, kind: str) -> HubError:
        return Unavailable(kit.PARTNER_DOWN, endpoint=self._endpoint, kind=kind)

    def _speech(self, rule: str) -> HubError:
        return IntegrityError(kit.PARTNER_SPEECH, endpoint=self._endpoint, rule=rule)


class _UnixConnection(HTTPConnection):
    """http.client over a path, each request and its answer within `patience` seconds."""

    sock: sockets.Line | None

    def __init__(self, path: Path, patience: float) -> None:
        super().__init__("localhost")
        self._path = path
        self._patience = patience

    def connect(self) -> None:
        self.sock = sockets.Line(self._path, self._patience)

    def ask(self, request: _Request, endpoint: str) -> HTTPResponse:
        if self.sock is not None:
            self.sock.renew()
        headers = {"Host": quote(endpoint), "Accept": "application/json", **request.headers}
        # Who refuses early may close before it has read the body: its answer lies there all the same (RFC 9112, 9.5).
        with suppress(BrokenPipeError, ConnectionResetError):
            self.request(request.method, request.target, request.body or None, headers)
        return self.getresponse()


def _groups(effects: Sequence[Effect]) -> Iterator[Sequence[Effect]]:
    """The effects in order, in groups of `MAX_CONTENT` bytes at most."""
    group: list[Effect] = []
    size = 0
    for effect in effects:
        if group and size + len(effect.content) > MAX_CONTENT:
            yield group
            group, size = [], 0
        group.append(effect)
        size += len(effect.content)
    if group:
        yield group


def _body(response: HTTPResponse) -> bytes:
    """The whole body. Raises `ConnectionError` when it is torn, `ValueError` when it has no length or is too long."""
    try:
        if response.chunked:
            return _pieces(response)
        if response.length is None or response.length > MAX_ANSWER:
            raise ValueError("an answer has a length, and a bounded one")
        return response.read()
    except HTTPException:
        raise ConnectionError("torn") from None


def _pieces(response: HTTPResponse) -> bytes:
    parts = bytearray()
    while piece := response.read(1 << 16):
        parts += piece
        if len(parts) > MAX_ANSWER:
            raise ValueError("an answer is bounded")
    return bytes(parts)


# --- the simulator's half -----------------------------------------------------------------------------------------------


class HttpService(sockets.Door):
    """Answers connectors in front of the desks of a simulator."""

    def __init__(self, path: Path, desks: Mapping[str, Desk]) -> None:
        super().__init__(path, _Conversations(desks).speak)


class _Conversations(socketserver.BaseServer):
    """What a handler of http.server knows of its server: here no more than the desks."""

    def __init__(self, desks: Mapping[str, Desk]) -> None:
        super().__init__("", _Handler)
        self.desks = desks

    def speak(self, connection: socket.socket) -> None:
        _Handler(connection, "", self)


class _BadRequest(Exception):
    """A request against the contract; its arguments are the status that says so and a title."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # so that what it cannot read is refused with a status line
    server_version = "simulator"
    sys_version = ""
    timeout = 300.0  # seconds that a connection is kept on which nobody asks

    def do_PUT(self) -> None:
        self._answer(self._effect)

    def do_POST(self) -> None:
        self._answer(self._effects)

    def do_GET(self) -> None:
        self._answer(self._page)

    def _effect(self, desk: Desk, body: bytes) -> tuple[int, Json]:
        message = _below("/effects/", self.path)
        if self._header("Idempotency-Key") != message:
            raise _BadRequest(400, "Idempotency-Key names another effect than the path")
        if _content_digest(body) not in re.split(", *", self._header("Content-Digest")):
            raise _BadRequest(400, "Content-Digest is not that of the content")
        effect = Effect(message, self._header("X-Message-Type"), self._header("X-Content-SHA256"), body)
        (reply,) = desk.perform([effect])
        return _STATUS[reply.result], _told(reply)

    def _effects(self, desk: Desk, body: bytes) -> tuple[int, Json]:
        if self.path != "/effects":
            raise _BadRequest(404, "no such place")
        match json.loads(body):
            case [_, *_] as asked:
                return 200, {"results": [_told(reply) for reply in desk.perform([_asked(item) for item in asked])]}
            case _:
                raise _BadRequest(400, "a list of effects")

    def _page(self, desk: Desk, body: bytes) -> tuple[int, Json]:
        name = _below("/feeds/", self.path)
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        match query:
            case {"after": [after], "limit": [limit]}:
                page = desk.feed(name, after, int(limit))
                return 200, {"events": list(page.events), "cursor": page.cursor, "end": page.end}
            case _:
                raise _BadRequest(400, "after and limit")

    def _answer(self, make: Callable[[Desk, bytes], tuple[int, Json]]) -> None:
        try:
            status, answer = make(self._desk(), self._received())
        except _BadRequest as bad:
            self._problem(*bad.args)
        except (ValueError, RecursionError) as error:
            # The kind alone: a parser's sentence may quote what it read.
            self._problem(400, type(error).__name__)
        else:
            self._tell(status, answer)

    def _desk(self) -> Desk:
        desk = cast("_Conversations", self.server).desks.get(unquote(self._header("Host")))
        if desk is None:
            raise _BadRequest(421, "no such endpoint")
        return desk

    def _received(self) -> bytes:
        """The body, whose length is known. Raises `ConnectionError` when the caller goes away inside it."""
        lengths = self.headers.get_all("Content-Length", ["0"] if self.command == "GET" else [])
        if "Transfer-Encoding" in self.headers or len(lengths) != 1 or not _LENGTH.fullmatch(lengths[0]):
            raise _BadRequest(411, "Content-Length")
        length = int(lengths[0])
        if length > _MAX_REQUEST:
            raise _BadRequest(413, "too long")
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError("torn")
        return body

    def _header(self, name: str) -> str:
        """The one value of a header."""
        values = self.headers.get_all(name, [])
        if len(values) != 1 or not values[0]:
            raise _BadRequest(400, name)
        return str(values[0])

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses. Its own text quotes the request; ours does not."""
        self._problem(code, "HTTP")

    def _problem(self, status: int, title: str) -> None:
        # A request that was not read to its end leaves bytes behind that are no request.
        self.close_connection = True
        self._tell(status, {"status": status, "title": title})

    def _tell(self, status: int, answer: Json) -> None:
        body = json.dumps(answer).encode("ascii")
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """Nothing: a request's line holds a MessageId and a cursor, and the ledger says what was done."""


def _below(place: str, target: str) -> str:
    """The one name below `place` in a request's target."""
    path = urlsplit(target).path
    name = path.removeprefix(place)
    if name == path or not name or "/" in name:
        raise _BadRequest(404, "no such place")
    return unquote(name)


def _told(reply: Reply) -> Json:
    status = _STATUS[reply.result]
    match reply.result:
        case "confirmed":
            return {"status": status, "reply": dict(reply.reply)}
        case "rejected":
            return {"status": status, "title": "rejected", "code": reply.code}
        case _:
            return {"status": status, "title": "other content under this MessageId"}


def _asked(item: object) -> Effect:
    match item:
        case {"message": str(message), "type": str(type_), "sha256": str(sha256), "content": str(encoded)}:
            return Effect(message, type_, sha256, base64.b64decode(encoded, validate=True))
        case _:
            raise _BadRequest(400, "an effect")
