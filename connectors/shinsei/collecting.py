"""連携サーバ機能 (L113): fetches filings from the サービス検索・電子申請機能 (E1) and has each one decided as soon as it can be (E2).

Filing by filing: our ledger first, then theirs by an acknowledgement under the same id, so a kill between the two is made good at the
next start, which begins again from the first filing; what is known already changes nothing. It asks; nobody can push.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from connectors.kit.desk import Desk, Reply
from connectors.kit.ids import derived_id
from connectors.kit.partner import CONFIRMED, CONFLICT, Effect, Partner
from connectors.kit.patience import until_answered
from connectors.shinsei.office import COLLECTED, VERIFIED, Office
from connectors.shinsei.tray import Collected

FILINGS: Final = "filings"
REVOCATIONS: Final = "revocations"
_PAGE: Final = 20
_PAUSE: Final = 0.1
_T = TypeVar("_T")


class Collecting:
    """Between `eshin` and the desk of `office`."""

    def __init__(self, eshin: Partner, desk: Desk, office: Office) -> None:
        self._eshin, self._desk, self._office = eshin, desk, office
        self._stopped = threading.Event()
        self._undecided: dict[str, Collected] = {}

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        """Until `stop`. Raises `connectors.kit.patience.Stopped`, or what a broken contract raises."""
        self.collect()
        while not self._stopped.is_set():
            if self._office.tray.missed():
                self.collect()
            self.decide()
            self._office.complete = not self._undecided
            self._stopped.wait(_PAUSE)

    def collect(self) -> None:
        """Everything from the first filing on, until the サービス検索・電子申請機能 says that no more can come."""
        cursor, end = "", False
        while not end and not self._stopped.is_set():
            self._office.revocations = self._revocations()
            page = self._ask(partial(self._eshin.feed, FILINGS, cursor, _PAGE))
            for event in page.events:
                self._take(Collected.of(event))
            self.decide()
            if page.cursor == cursor and not page.end:
                self._stopped.wait(_PAUSE)
            cursor, end = page.cursor, page.end

    def decide(self) -> None:
        """Every filing that need not wait, in the order of arrival; no 版 overtakes one of its number that waits (S34)."""
        behind: set[str] = set()
        for one in tuple(self._undecided.values()):
            number = one.items["申請番号"]
            if number in behind or self._office.waits(one):
                behind.add(number)
                continue
            reply = self._perform(derived_id(one.exchange, VERIFIED, one.exchange), VERIFIED, one)
            del self._undecided[one.exchange]
            if reply.result != CONFIRMED:
                self._office.tray.erase([one.exchange])

    # --- inside -----------------------------------------------------------------------------------------------------

    def _take(self, one: Collected) -> None:
        """Writes it down here, then has it written down there. What is no filing is returned, and nothing of it stays."""
        reply = self._perform(one.exchange, COLLECTED, one)
        content = json.dumps({"result": reply.result, "code": reply.code}).encode("ascii")
        self._ask(partial(self._eshin.perform, [Effect(one.exchange, COLLECTED, one.digest, content)]))
        if reply.result == CONFIRMED:
            self._office.tray.put(one)
            self._undecided[one.exchange] = one

    def _perform(self, id_: str, type_: str, one: Collected) -> Reply:
        (reply,) = self._desk.perform([Effect(id_, type_, one.digest, one.content())])
        if reply.result == CONFLICT:
            raise ValueError("another filing under a known id")
        return reply

    def _revocations(self) -> bytes:
        """The newest CRL in DER; whoever gives it, it is believed by its signature alone."""
        page = self._ask(partial(self._eshin.feed, REVOCATIONS, "", 1))
        return base64.b64decode(page.events[0]["crl"], validate=True) if page.events else b""

    def _ask(self, ask: Callable[[], _T]) -> _T:
        return until_answered(ask, self._stopped)


def revocation_event(crl: bytes) -> Mapping[str, Any]:
    """A CRL as it stands on the feed."""
    return {"crl": base64.b64encode(crl).decode("ascii")}
