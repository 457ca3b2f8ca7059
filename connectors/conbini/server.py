"""The rules of the certificate server: what it takes from the hub, and what it issues to the 証明書交付センター.

All state comes from its two ledgers. Records and pages stand in their lines sealed, for a certificate cannot be printed from
tokens; the key is the ledgers' own and lies apart from them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping

from connectors.conbini.holdings import Holdings, Refusal
from connectors.conbini.language import RESIDENCE, Record, Request
from connectors.conbini.page import TITLES, Page, page_of
from connectors.kit.desk import Performed, Plain, paged
from connectors.kit.domain import NO_MATCH, STALE_VERSION, UNKNOWN_PERSON
from connectors.kit.ledger import Line
from connectors.kit.observing import OBSERVATIONS, Sightings
from connectors.kit.partner import CONFIRMED, Effect, Events
from connectors.kit.sealing import Sealer

FLOW = "D3"
REQUEST = "KOUFU-REQ"
RESULT, DOCUMENT = "結果", "証明書"
ISSUED, REFUSED = "0", "9"
RESULTS = "results"
SEEN = {FLOW: "j-center"}  # what it tells the hub's connector of, and with whom it runs
Issue = Callable[[Page], bytes]


def sealer(ledger_key: bytes) -> Sealer:
    """Seals what ledger lines hold of persons."""
    return Sealer(hmac.digest(ledger_key, b"records", hashlib.sha256), "conbini")


class Server(Plain):
    """Takes what is newer than what it holds: a 住民票 of anybody, what another system tells only about somebody who is held."""

    def __init__(self, holdings: Holdings, sealed: Sealer) -> None:
        self._holdings = holdings
        self._sealed = sealed
        self._taken: set[str] = set()

    def perform(self, effect: Effect) -> Performed:
        record = Record.decode(effect.content)
        if record.certificate == RESIDENCE:
            return self._residence(effect, record)
        person = self._holdings.person(record)
        if person is None:
            return Performed(confirmed=False, code=UNKNOWN_PERSON if record.number else NO_MATCH)
        if record.edition <= self._holdings.edition(person, record.certificate):
            return Performed(confirmed=False, code=STALE_VERSION)
        return self._put(effect, record, person)

    def remember(self, line: Line) -> None:
        self._taken.add(line.message)
        if line.result == CONFIRMED:
            data = self._sealed.open(line.message, base64.b64decode(line.facts["record"]))
            self._holdings.put(Record.decode(data), line.facts.get("person", ""))

    def has_taken(self, messages: Collection[str]) -> bool:
        """Whether each of these messages was decided here."""
        return self._taken.issuperset(messages)

    def _residence(self, effect: Effect, record: Record) -> Performed:
        """An older 住民票 must not lift a 抑止フラグ (S34). One of the same 版 says the same again, or it is in doubt and refused."""
        held = self._holdings.residence(record)
        if held is not None and record.edition <= held.edition and record != held:
            return Performed(confirmed=False, code=STALE_VERSION)
        return self._put(effect, record, "")

    def _put(self, effect: Effect, record: Record, person: str) -> Performed:
        sealed = base64.b64encode(self._sealed.seal(effect.message, record.encode())).decode("ascii")
        return Performed(facts={"record": sealed, **({"person": person} if person else {})})

    def feed(self, name: str, after: str, limit: int) -> Events:
        """`observations`: none of its own. What the counter does is told where there is one (`Counter.feed`)."""
        return Events((), after, end=True) if name == OBSERVATIONS else super().feed(name, after, limit)


class NotYet(ConnectionError):
    """The server does not answer now; whoever asked hears nothing and asks again."""


class Counter(Plain):
    """Issues, or says no without a reason: nobody at a shop learns that somebody is suppressed. The reason is in the ledger."""

    def __init__(
        self,
        holdings: Holdings,
        sealed: Sealer,
        issue: Issue,
        ready: Callable[[str], bool] = lambda _: True,
        expected: int = 0,
    ) -> None:
        """`ready`: whether a request, by its number, may be decided now. `expected`: how many come on this day."""
        self._holdings = holdings
        self._sealed = sealed
        self._issue = issue
        self._ready = ready
        self._expected = expected
        self._pages: dict[str, Page | None] = {}
        self._sightings = Sightings(SEEN)
        self.settled = False  # the centre has read the results of the whole day

    @property
    def decided(self) -> int:
        """How many requests were decided."""
        return len(self._pages)

    def perform(self, effect: Effect) -> Performed:
        """Raises `NotYet`, and `ValueError` for what is no request."""
        request = Request.decode(effect.content)
        if request.number != effect.message or request.certificate not in TITLES:
            raise ValueError("no such request")
        if not self._ready(request.number):
            raise NotYet
        found = self._holdings.wanted(request.serial, request.certificate)
        if isinstance(found, Refusal):
            return Performed(facts={"flow": FLOW, "outcome": found.value})
        page = page_of(request, *found).encode()
        sealed = base64.b64encode(self._sealed.seal(effect.message, page)).decode("ascii")
        return Performed(facts={"flow": FLOW, "outcome": "issued", "page": sealed})

    def remember(self, line: Line) -> None:
        self._sightings.take(line)
        sealed = line.facts.get("page")
        self._pages[line.message] = (
            Page.decode(self._sealed.open(line.message, base64.b64decode(sealed))) if sealed else None
        )

    def reply(self, effect: Effect) -> Mapping[str, str]:
        """The same page for the same request; its signature is made anew each time."""
        page = self._pages[effect.message]
        if page is None:
            return {RESULT: REFUSED}
        return {RESULT: ISSUED, DOCUMENT: base64.b64encode(self._issue(page)).decode("ascii")}

    def feed(self, name: str, after: str, limit: int) -> Events:
        """`results`: what became of each request, in order, so that both ends can compare their day.

        `observations`: that there was one, for the log; not what became of it, which nobody but the two is to know.
        """
        if name == OBSERVATIONS:
            return self._sightings.page(after, limit, quiet=self.decided >= self._expected)
        if name != RESULTS:
            raise ValueError("no such feed")
        results = [
            {"number": number, RESULT: REFUSED if page is None else ISSUED} for number, page in self._pages.items()
        ]
        page = paged(results, after, limit, dict)
        end = page.end and len(results) >= self._expected
        self.settled = self.settled or end
        return Events(page.events, page.cursor, end)
