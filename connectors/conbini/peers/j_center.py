"""The 証明書交付センター (J-LIS): asks for certificates as people at shops do (D3). `python -m connectors.conbini.peers.j_center --help`.

It listens nowhere: it asks the certificate server at `conbini.sock` beside its own --socket, one request after the other in the
order of the day, writes each answer down, and at the end compares its day with the server's. It stops at a document that is not
under the ward's seal, and at a day that differs.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from connectors.conbini.document import opened
from connectors.conbini.language import Request
from connectors.conbini.seal import CERTIFICATE
from connectors.conbini.server import DOCUMENT, FLOW, ISSUED, REFUSED, REQUEST, RESULT, RESULTS
from connectors.juki.full import certificates
from connectors.juki.town import Town
from connectors.kit.asking import answered
from connectors.kit.desk import Desk, Performed, Plain, Play
from connectors.kit.languages.http import HttpPartner
from connectors.kit.languages.waiting import Patience
from connectors.kit.ledger import Line, Tokens
from connectors.kit.partner import Effect
from connectors.kit.simulator import Options, Service, run

NAME = "j-center"
COUNTER = "conbini-koufu"
_SERVER = "conbini.sock"


class Answers(Plain):
    """Its ledger: one line for each request that was answered, with what became of it and the digest of the document."""

    def __init__(self) -> None:
        self.done: dict[str, str] = {}
        self._facts: dict[str, Mapping[str, str]] = {}

    def note(self, message: str, facts: Mapping[str, str]) -> None:
        """What the next line about `message` says."""
        self._facts[message] = {"flow": FLOW, **facts}

    def perform(self, effect: Effect) -> Performed:
        return Performed(facts=self._facts.pop(effect.message))

    def remember(self, line: Line) -> None:
        self.done[line.message] = ISSUED if line.facts["outcome"] == "issued" else REFUSED


class Centre:
    """Asks until everything is answered, then waits for its end."""

    def __init__(self, server: Path, requests: Sequence[Request], answers: Answers, desk: Desk) -> None:
        self._server = HttpPartner(server, COUNTER, "application/json")
        self._seal = server.with_name(CERTIFICATE)
        self._requests = tuple(requests)
        self._answers = answers
        self._desk = desk
        # A plain value: `stop` is called by a signal handler in the thread that waits.
        self._stopped = False

    def serve(self) -> None:
        for request in self._requests:
            if request.number not in self._answers.done and not self._asked(request):
                return
        if self._requests:
            self._compare()
        patience = Patience(0.0)
        while not self._stopped:
            patience.rest()

    def stop(self) -> None:
        self._stopped = True

    def close(self) -> None:
        self._server.close()

    def _compare(self) -> None:
        """Reads the server's results to their end. Raises `ValueError` where they are not ours."""
        found: dict[str, str] = {}
        cursor, end = "", False
        while not end:
            page = answered(partial(self._server.feed, RESULTS, cursor, 100), lambda: self._stopped)
            if page is None:
                return
            found |= {one["number"]: one[RESULT] for one in page.events}
            cursor, end = page.cursor, page.end
        if found != self._answers.done:
            raise ValueError("the server tells another day")

    def _asked(self, request: Request) -> bool:
        """False when it was stopped before there was an answer. Raises `ValueError` for a document under no seal."""
        content = request.encode()
        effect = Effect(request.number, REQUEST, hashlib.sha256(content).hexdigest(), content)
        results = answered(lambda: self._server.perform([effect]), lambda: self._stopped)
        if results is None:
            return False
        self._answers.note(request.number, self._checked(request, results[0].reply))
        self._desk.perform([effect])
        return True

    def _checked(self, request: Request, reply: Mapping[str, str]) -> Mapping[str, str]:
        if reply[RESULT] != ISSUED:
            return {"outcome": "refused"}
        document = base64.b64decode(reply[DOCUMENT], validate=True)
        page = opened(document, self._seal.read_bytes())
        if (page.number, page.certificate) != (request.number, request.certificate):
            raise ValueError("the document of another request")
        return {"outcome": "issued", "document": hashlib.sha256(document).hexdigest()}


class _Centres:
    """Builds the one centre of this process out of what it was started with."""

    def __init__(self) -> None:
        self._answers = Answers()
        self._requests: Sequence[Request] = ()

    def plays(self, options: Options, _: Tokens) -> Mapping[str, Play]:
        wanted = certificates.requests(Town.of(options)) if options.full else ()
        self._requests = [
            Request(one.number, one.at.isoformat(), one.certificate, one.serial, one.shop) for one in wanted
        ]
        return {NAME: self._answers}

    def speak(self, place: Path, desks: Mapping[str, Desk]) -> Service:
        return Centre(place.with_name(_SERVER), self._requests, self._answers, desks[NAME])


if __name__ == "__main__":
    made = _Centres()
    sys.exit(run(NAME, (NAME,), made.plays, speak=made.speak))
