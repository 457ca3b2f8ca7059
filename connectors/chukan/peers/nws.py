"""The 情報提供ネットワークシステム: `python -m connectors.chukan.peers.nws --help`; on a full day.

It hands a 提供の求め on to the 中間サーバー with 提供許可証 and 経路情報, carries what comes back, unread, to the 情報照会者 (C3), answers
the ward's own 情報照会 out of the other bodies (C6), and gives 符号 to the 中間サーバー when 機構 asks for one (the end of C2b).

It listens at --socket and finds `chukan.sock` and `shoukai.sock` beside it. A 提供の求め in hand it has from whoever told it, and they
tell it again after a restart; a 符号の生成要求 is told once, so it is kept sealed until the 中間サーバー has the 符号.
"""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from connectors.chukan import language
from connectors.chukan.peers.founding import network_key
from connectors.chukan.permits import permitted
from connectors.chukan.provision import (
    CODE,
    CODE_REQUEST,
    ENQUIRY,
    PROVISION,
    PROVISIONS,
    RECEIPT,
    REFUSAL,
    RESULT,
    Code,
    CodeRequest,
    Enquiry,
    Provision,
    Receipt,
)
from connectors.juki.full import nws
from connectors.juki.town import Town
from connectors.kit.desk import Desk, Performed, Plain, Play
from connectors.kit.ids import derived_id
from connectors.kit.languages.http import HttpPartner, HttpService
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import Effect, Partner, Result
from connectors.kit.patience import background, until_answered
from connectors.kit.pending import Pending
from connectors.kit.simulator import Options, Service, run

NAME: Final = "nws"
_FLOWS: Final = {ENQUIRY: "C3", RECEIPT: "C3", RESULT: "C6", CODE_REQUEST: "C2b"}
_JSON: Final = "application/json"
_WAIT: Final = 0.05
_PAGE: Final = 50
_LAST: Final = 30.0  # seconds for the last 符号 when the day ends


class Network(Plain):
    """Takes what it is told; the relay carries it on. A 情報照会 of the ward it answers at once."""

    def __init__(self, town: Town, inbox: deque[Effect], pending: Pending) -> None:
        self._day = town.day.isoformat()
        self.inbox = inbox
        self.pending = pending
        self._codes: set[str] = set()
        self.digests: dict[str, str] = {}  # of the 提供の求め that it took

    def perform(self, effect: Effect) -> Performed:
        flow = _FLOWS.get(effect.type)
        if flow is None:
            raise ValueError("no such effect")
        if effect.type == CODE_REQUEST:
            CodeRequest.decode(effect.content)
            self.pending.keep([(effect.message, effect)])
        return Performed(facts={"flow": flow})

    def remember(self, line: Line) -> None:
        if line.facts["type"] == CODE_REQUEST:
            self._codes.add(line.message)
        if line.facts["type"] == ENQUIRY:
            self.digests[line.message] = line.sha256

    def left(self) -> list[Effect]:
        """符号の生成要求 of which the 中間サーバー has not heard; what has no line will be told again."""
        return [effect for name, effect in self.pending.left() if name in self._codes]

    def reply(self, effect: Effect) -> Mapping[str, str]:
        if effect.type == RESULT:
            return self._result(language.read("CK-SKI", effect.content))
        if effect.type != RECEIPT:  # its own line: the relay has told it already
            self.inbox.append(effect)
        return {}

    def _result(self, asked: language.Record) -> Mapping[str, str]:
        """What another body would say: with items, nothing found, or not provided, by the person."""
        chance = hashlib.sha256(f"{asked['IntegratedAddressNumber']}/{asked['Provider']}".encode()).digest()
        kind = "129"[min(chance[0] // 100, 2)]
        items = {"TK00000000000001": str(int.from_bytes(chance[1:4], "big") % 900), "TK00000000000002": "非課税"}
        return {"照会結果区分": kind, "提供年月日": self._day, **(items if kind == "1" else {})}


class Relay:
    """Carries between 中間サーバー and 情報照会者, in a thread of its own; everything may be told twice."""

    def __init__(self, town: Town, network: Network, desk: Desk, ways: tuple[Partner, Partner]) -> None:
        """`desk` is the network's own. `ways`: to the 中間サーバー and to the 情報照会者."""
        self._cast = {one.id: one for one in nws.enquiries(town)}
        self._own = {one.id: nws.fugou_of(town.integrated(one.person)) for one in self._cast.values()}
        self._key = network_key(town.seed)
        self._inbox = network.inbox
        self._pending = network.pending
        self._desk = desk
        self._chukan, self._shoukai = ways
        self._digests: Mapping[str, str] = network.digests  # grows
        self._cursor = ""
        self._stopped = threading.Event()

    def work(self) -> None:
        """Until the process ends."""
        while True:
            while self._inbox:
                self._hand_on(self._inbox.popleft())
            self._carry_back()
            self._stopped.wait(_WAIT)

    def _hand_on(self, effect: Effect) -> None:
        if effect.type == CODE_REQUEST:
            self._make(effect)
            return
        request = effect.message
        one = self._cast[request]
        asked = replace(Enquiry.decode(effect.content), person=self._own[request], permit=one.permit, route=one.route)
        told = Effect(request, ENQUIRY, effect.sha256, permitted(asked, self._key).encode())
        result = self._tell(self._chukan, told)
        if not result.confirmed:
            self._deliver(request, REFUSAL, result.code.encode("ascii"))

    def _make(self, effect: Effect) -> None:
        """A 符号 for the 中間サーバー, which takes it once however often it is told."""
        said = CodeRequest.decode(effect.content)
        code = Code(said.process, nws.fugou_of(said.person)).encode()
        self._tell(self._chukan, Effect(effect.message, CODE, effect.sha256, code))
        self._pending.erase(effect.message)

    def finish(self, patience: float) -> None:
        """Waits until every 符号 is told, but no longer than `patience` seconds."""
        end = time.monotonic() + patience
        while self._pending.names() and time.monotonic() < end:
            time.sleep(_WAIT)

    def _carry_back(self) -> None:
        """What the 中間サーバー provides."""
        page = until_answered(partial(self._chukan.feed, PROVISIONS, self._cursor, _PAGE), self._stopped)
        for said in page.events:
            provided = Provision(said["request"], said["sealed"])
            self._deliver(provided.request, PROVISION, provided.encode())
        self._cursor = page.cursor

    def _deliver(self, request: str, kind: str, content: bytes) -> None:
        """To the 情報照会者; then the 中間サーバー hears that it has it, which both write down."""
        self._tell(self._shoukai, Effect(request, kind, self._digests[request], content))
        receipt = Receipt(request).encode()
        received = derived_id(request, "received", request)
        told = Effect(received, RECEIPT, hashlib.sha256(receipt).hexdigest(), receipt)
        self._tell(self._chukan, told)
        self._desk.perform([told])

    def _tell(self, partner: Partner, effect: Effect) -> Result:
        return until_answered(lambda: partner.perform([effect])[0], self._stopped)


class _Service(HttpService):
    """The network at its door; before it ends, the relay tells the last 符号."""

    def __init__(self, place: Path, desks: Mapping[str, Desk], relay: Relay | None) -> None:
        super().__init__(place, desks)
        self._relay = relay

    def serve(self) -> None:
        if self._relay is not None:
            background(self._relay.work, "relay")
        super().serve()
        if self._relay is not None:
            self._relay.finish(_LAST)


class _Process:
    """What one process is made of: `plays` and `speak` of `connectors.kit.simulator.run`."""

    def __init__(self) -> None:
        self._made: tuple[Town, Network] | None = None

    def plays(self, options: Options, _tokens: Tokens) -> Mapping[str, Play]:
        """One play; its ledger is played into it before the relay begins."""
        town = Town.of(options)
        pending = Pending(options.ledger_dir / f"{NAME}-pending", options.key.read_bytes())
        network = Network(town, deque(), pending)
        self._made = (town, network)
        return {NAME: network}

    def speak(self, place: Path, desks: Mapping[str, Desk]) -> Service:
        """With a relay behind it on a full day."""
        if self._made is None:
            raise ValueError("plays come first")
        town, network = self._made
        if not town.full:
            return _Service(place, desks, None)
        network.inbox.extend(network.left())
        chukan, shoukai = (HttpPartner(place.with_name(f"{name}.sock"), name, _JSON) for name in ("chukan", "shoukai"))
        return _Service(place, desks, Relay(town, network, desks[NAME], (chukan, shoukai)))


if __name__ == "__main__":
    process = _Process()
    sys.exit(run(f"chukan.peers.{NAME}", (NAME,), process.plays, speak=process.speak))
