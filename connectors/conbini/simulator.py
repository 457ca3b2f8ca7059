"""A certificate server for the hub and for the 証明書交付センター: `python -m connectors.conbini.simulator --help`.

It holds everybody's 住民票 when the day begins. Two desks at one place, by Host: `conbini` takes records from the hub's
connector and nothing else, `conbini-koufu` takes requests (D3) and nothing else. On a full day a request waits until the
records of its person are in, so that no outcome depends on which process is faster; and the server does not end before the
centre has compared its day with ours, or has been silent for a while.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.conbini.holdings import Holdings
from connectors.conbini.language import record_of
from connectors.conbini.seal import Seal
from connectors.conbini.server import Counter, Issue, Server, sealer
from connectors.juki.full import certificates
from connectors.juki.town import Town
from connectors.kit.desk import Desk, Play, Reply
from connectors.kit.languages.http import HttpService
from connectors.kit.languages.waiting import Patience
from connectors.kit.ledger import Tokens
from connectors.kit.observing import OBSERVATIONS
from connectors.kit.partner import Effect, Events
from connectors.kit.simulator import Options, Service, run

ENDPOINT = "conbini"
COUNTER = "conbini-koufu"
_SILENCE = 3.0  # less than a next start waits for the ledger


class ConbiniSystem:
    """The one certificate server of this process, built out of what it was started with."""

    def __init__(self) -> None:
        self._counter: Counter | None = None

    def plays(self, options: Options, tokens: Tokens) -> Mapping[str, Play]:
        """Two plays over what one server holds."""
        town = Town.of(options)
        holdings = Holdings(tokens)
        for source in town.first_certificates() if options.residents else ():
            holdings.put(record_of(source))
        sealed = sealer(options.key.read_bytes())
        server = Server(holdings, sealed)
        awaited = {one.number: one.awaits for one in certificates.requests(town)} if options.full else {}
        issue = _issuing(Seal.at(options.key.parent)) if options.full else _nothing
        counter = Counter(
            holdings, sealed, issue, lambda number: server.has_taken(awaited.get(number, ())), len(awaited)
        )
        self._counter = counter if options.full else None
        return {ENDPOINT: server, COUNTER: counter}

    def speak(self, place: Path, desks: Mapping[str, Desk]) -> Service:
        """HTTP at `place`."""
        service = HttpService(place, {**desks, ENDPOINT: _Front(desks[ENDPOINT], desks[COUNTER])})
        return Closing(service, self._counter) if self._counter else service


class _Front(Desk):
    """The desk of the hub's connector: what the counter did it hears of, but asks for nothing there."""

    def __init__(self, desk: Desk, counter: Desk) -> None:
        self._desk = desk
        self._counter = counter

    def perform(self, effects: Sequence[Effect]) -> list[Reply]:
        return self._desk.perform(effects)

    def feed(self, name: str, after: str, limit: int) -> Events:
        return (self._counter if name == OBSERVATIONS else self._desk).feed(name, after, limit)

    def retire(self) -> None:
        self._desk.retire()


class Closing:
    """A service that, told to stop, goes on until the day is compared, or for `_SILENCE` seconds after the last request."""

    def __init__(self, service: Service, counter: Counter) -> None:
        self._service = service
        self._counter = counter

    def serve(self) -> None:
        self._service.serve()

    def stop(self) -> None:
        threading.Thread(target=self._close, daemon=True).start()

    def close(self) -> None:
        self._service.close()

    def _close(self) -> None:
        patience, before = Patience(_SILENCE), -1
        while not self._counter.settled and patience.wait():
            if self._counter.decided > before:
                before = self._counter.decided
                patience.renew()
        self._service.stop()


def _issuing(seal: Seal) -> Issue:
    from connectors.conbini.document import document  # noqa: PLC0415 - pyHanko is wanted on a full day only

    return lambda page: document(page, seal)


def _nothing(_: object) -> bytes:
    raise ValueError("no certificate is issued on an ordinary day")


if __name__ == "__main__":
    system = ConbiniSystem()
    sys.exit(run(ENDPOINT, (ENDPOINT, COUNTER), system.plays, speak=system.speak))
