"""connectors.kit.languages.telegram over real sockets: what either half does with what it should never get."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.kit import wire
from connectors.kit.desk import Desk
from connectors.kit.languages.fields import UCS2, Field, Kind, Layout
from connectors.kit.languages.telegram import TelegramPartner, TelegramService
from connectors.kit.languages.telegrams import (
    ASK,
    DAMAGED,
    DONE,
    MALFORMED,
    OPEN,
    OPENING,
    OUT_OF_TURN,
    PAGE,
    TOO_LONG,
    TROUBLE,
    UNKNOWN,
    WISH,
    Dialect,
    Telegram,
    encode,
    read,
)
from connectors.kit.ledger import Ledger, Line
from connectors.kit.partner import Effect, Events
from hub.codes import kit
from hub.errors import IntegrityError, Unavailable
from tests.languages import DIALECT, TYPE, Liar, Scripted, effect

LIMIT = 4096
EVENT = Layout([Field("number", 4, Kind.NUMBER), Field("text", 10, Kind.TEXT)], UCS2)
FIXED = Dialect(DIALECT.kinds, replies=DIALECT.replies, feeds={"events": EVENT})
OPENED = encode(Telegram(OPEN, 1, code=DONE))


class Counted(Ledger):
    """A ledger that counts how often it was synced."""

    synced = 0

    def append(self, lines: Sequence[Line]) -> None:
        self.synced += 1
        super().append(lines)


class InUcs2(Scripted):
    """Its events hold what a fixed-length record in UCS-2 holds."""

    def feed(self, name: str, after: str, limit: int) -> Events:
        page = super().feed(name, after, limit)
        return replace(page, events=[{**event, "text": "渡\ue001"} for event in page.events])


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Counted]:
    with Counted(tmp_path / "conbini.jsonl") as made:
        yield made


@pytest.fixture
def place(tmp_path: Path, ledger: Counted) -> Iterator[Path]:
    service = TelegramService(tmp_path / "host", {"conbini": Desk(InUcs2(), ledger)}, FIXED, LIMIT)
    thread = threading.Thread(target=service.serve)
    thread.start()
    yield tmp_path / "host"
    service.stop()
    thread.join()
    service.close()


def performed(tmp_path: Path) -> list[str]:
    return [json.loads(line)["MessageId"] for line in (tmp_path / "conbini.jsonl").read_text().splitlines()]


def opening(endpoint: str = "conbini", version: str = "0001", number: int = 1) -> bytes:
    return encode(Telegram(OPEN, number, body=OPENING.encode({"版": version, "接続先": endpoint})))


def asked(
    number: int = 2,
    message: str = "m1",
    kind: str = "C101",
    sha256: str = effect("m1").sha256,
    code: str = "",
    body: bytes = b"<x/>",
) -> bytes:
    return encode(Telegram(kind, number, message, sha256, code, body))


def wished(name: str = "events", after: str = "", count: str = "2") -> bytes:
    return encode(Telegram(ASK, 2, body=WISH.encode({"配信名": name, "位置": after, "件数": count})))


def said(place: Path, data: bytes, *, half: bool = False) -> list[Telegram]:
    """All that the host says to `data` until it closes; with `half` we close our side after it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, wire.address(place) as address:
        connection.connect(address)
        connection.sendall(data)
        if half:
            connection.shutdown(socket.SHUT_WR)
        answers = []
        while (answer := read(connection.recv)) is not None:
            answers.append(answer)
        return answers


class TestHost:
    @pytest.mark.parametrize(
        ("code", "data"),
        [
            (MALFORMED, asked(1)),  # before 開局
            (MALFORMED, b"GET / HTTP/1.1\r\n".ljust(128)),
            (UNKNOWN, opening("zei")),
            (UNKNOWN, opening(version="0002")),
            (OUT_OF_TURN, opening(number=2)),
            (OUT_OF_TURN, opening() + asked(3)),
            (OUT_OF_TURN, opening() + asked(1)),
            (UNKNOWN, opening() + opening(number=2)),
            (UNKNOWN, opening() + asked(kind="C102")),
            (MALFORMED, opening() + asked(code=DONE)),  # an answer, where a question belongs
            (MALFORMED, opening() + asked(message="")),
            (MALFORMED, opening() + asked(sha256="")),
            (MALFORMED, opening() + asked(body=b"unreadable")),
            (DAMAGED, opening() + asked()[:-1] + b"?"),
            (TOO_LONG, opening() + asked(body=b"x" * LIMIT)[:128]),
            (MALFORMED, opening() + wished("no-such-feed")),
            (MALFORMED, opening() + wished(after="nowhere")),
            (MALFORMED, opening() + wished(count="")),
            (MALFORMED, opening() + encode(Telegram(ASK, 2, body=b"short"))),
        ],
    )
    def test_does_nothing_for_what_is_no_question(self, place: Path, tmp_path: Path, code: str, data: bytes) -> None:
        """It says why by 障害通知, and closes: what follows may be no telegram."""
        *before, trouble = said(place, data, half=True)

        assert (trouble.kind, trouble.code) == (TROUBLE, code)
        assert [one.code for one in before] in ([], [DONE])
        assert performed(tmp_path) == []

    def test_answers_what_came_before_the_trouble(self, place: Path, tmp_path: Path) -> None:
        """Telegrams of one group stand for themselves."""
        answers = said(place, opening() + asked(2, "m1") + asked(3, "m2") + asked(9, "m3"))

        assert [(one.message, one.code) for one in answers[1:]] == [("m1", DONE), ("m2", DONE), ("", OUT_OF_TURN)]
        assert performed(tmp_path) == ["m1", "m2"]

    def test_does_nothing_for_a_torn_telegram(self, place: Path, tmp_path: Path) -> None:
        """The caller went away inside it, and with that from all that it sent together: nobody hears an answer."""
        assert said(place, opening() + asked(2, "m1") + asked(3, "m2")[:-1], half=True) == []
        assert performed(tmp_path) == []

    def test_what_arrives_together_is_one_sync(self, place: Path, ledger: Counted) -> None:
        """50 effects at once wait for the disk once."""
        partner = TelegramPartner(place, "conbini", FIXED)
        results = partner.perform([effect(f"m{number}") for number in range(50)])
        partner.close()

        assert (len(results), ledger.synced) == (50, 1)


class TestPartner:
    def test_events_are_records_where_the_room_has_a_layout(self, place: Path) -> None:
        """Fixed length in UCS-2, 外字 of its private area included."""
        partner = TelegramPartner(place, "conbini", FIXED)
        page = partner.feed("events", "", 2)
        partner.close()

        assert [dict(event) for event in page.events] == [
            {"number": "0", "text": "渡\ue001"},
            {"number": "1", "text": "渡\ue001"},
        ]

    def test_goes_on_after_the_last_number(self, place: Path, tmp_path: Path) -> None:
        """10,240 questions on one connection: 通番 begins again at 1."""
        partner = TelegramPartner(place, "conbini", FIXED)
        for _ in range(160):
            partner.perform([effect("m1")] * 64)
        partner.close()

        assert performed(tmp_path) == ["m1"]

    def test_a_type_without_a_kind_is_the_rooms_fault(self, place: Path) -> None:
        """The dialect names all that the room takes."""
        partner = TelegramPartner(place, "conbini", FIXED)
        with pytest.raises(IntegrityError) as caught:
            partner.perform([Effect("m1", "HK-UPD", effect("m1").sha256, b"<x/>")])
        partner.close()

        assert caught.value.code is kit.ROOM_CONTRACT

    @pytest.mark.parametrize(
        "answer",
        [
            encode(Telegram(TROUBLE, 1, code="9801")),
            OPENED + encode(Telegram(TROUBLE, 2, code="9801")),
            OPENED + encode(Telegram("C101", 2, "m1", effect("m1").sha256, "9802")),
        ],
    )
    def test_waits_for_a_host_that_is_closed(self, tmp_path: Path, answer: bytes) -> None:
        """業務閉塞: nothing is known to be done, and it is asked again."""
        with Liar(tmp_path / "liar", answer), pytest.raises(Unavailable) as caught:
            ask(tmp_path / "liar")

        assert str(caught.value.facts["kind"]).startswith("98")

    def test_an_answer_that_drips_is_not_waited_for(self, tmp_path: Path) -> None:
        """A byte now and then does not renew the patience: it is for the whole answer."""
        with Liar(tmp_path / "liar", OPENED * 10, drip=True), pytest.raises(Unavailable):
            ask(tmp_path / "liar", patience=0.3)

    def test_a_page_has_an_end(self, tmp_path: Path) -> None:
        """Notices without an answer behind them are not read for ever."""
        notice = encode(Telegram("0210", 2, body=b'{"text":"' + b"x" * (1 << 20) + b'"}'))
        with Liar(tmp_path / "liar", OPENED + notice * 40), pytest.raises(IntegrityError):
            feed(tmp_path / "liar")

    @pytest.mark.parametrize(
        "notice",
        [
            encode(Telegram("0210", 3, body=b"{}")),  # of another question
            encode(Telegram("0210", 2, body=b"[]")),
            encode(Telegram("0210", 2, body=b"no JSON")),
            encode(Telegram("0210", 2, code=DONE, body=b"{}")),
        ],
    )
    def test_a_notice_is_an_event_of_this_question(self, tmp_path: Path, notice: bytes) -> None:
        """Or the contract is broken."""
        page = Telegram(ASK, 2, code=DONE, body=_page("1"))
        with Liar(tmp_path / "liar", OPENED + notice + encode(page)), pytest.raises(IntegrityError):
            feed(tmp_path / "liar")

    @pytest.mark.parametrize("body", [b"", b"torn", b"0" * 138])
    def test_a_page_says_where_to_go_on(self, tmp_path: Path, body: bytes) -> None:
        """An answer without its record is none."""
        with (
            Liar(tmp_path / "liar", OPENED + encode(Telegram(ASK, 2, code=DONE, body=body))),
            pytest.raises(IntegrityError),
        ):
            feed(tmp_path / "liar")

    def test_a_page_counts_its_events(self, tmp_path: Path) -> None:
        """One that was lost on the way is missed."""
        answer = OPENED + encode(Telegram("0210", 2, body=b"{}")) + encode(Telegram(ASK, 2, code=DONE, body=_page("2")))
        with Liar(tmp_path / "liar", answer), pytest.raises(IntegrityError) as caught:
            feed(tmp_path / "liar")

        assert caught.value.facts["rule"] == "件数"


def _page(count: str) -> bytes:
    return PAGE.encode({"位置": "2", "終了": "0", "件数": count})


def ask(place: Path, patience: float = 20.0) -> None:
    partner = TelegramPartner(place, "conbini", DIALECT, patience)
    try:
        partner.perform([Effect("m1", TYPE, effect("m1").sha256, b"<x/>")])
    finally:
        partner.close()


def feed(place: Path) -> None:
    partner = TelegramPartner(place, "conbini", DIALECT)
    try:
        partner.feed("events", "", 2)
    finally:
        partner.close()
