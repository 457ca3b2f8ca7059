"""申請管理機能: what becomes of a filing (E2), of a 番号紐付情報 (E3), and what the room may fetch (E4). All state is in the ledger.

A 転出届 is a resident's: its certificate must be linked to a 宛名番号. While 番号紐付情報 of this day are still to come, it waits for
them; when all are here and none links it, it is rejected. A 転入予約 comes from somebody who has no 宛名番号 here yet and needs none.
Order is that of the decisions; 版 are given on as they come, for 住記 rejects an old one (S34).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Final

from connectors.kit.desk import Performed, Plain
from connectors.kit.domain import APPLICANT_DIFFERS, FILING_FORM, SERIAL_NOT_LINKED
from connectors.kit.ledger import Line, Tokens
from connectors.kit.observing import CONVERSATION, OBSERVATIONS, Sightings
from connectors.kit.partner import CONFIRMED, Effect, Events
from connectors.shinsei.connector import FEED, REFUSED, VALID, Handled, conversation_of
from connectors.shinsei.filing import FOUR_ITEMS, TENSHUTSU, FormError
from connectors.shinsei.jpki import Holder, NoRevocationList, Unverified, Verifier, serial_of
from connectors.shinsei.links import Links
from connectors.shinsei.tray import Collected, Tray

COLLECTED: Final = "E1"
VERIFIED: Final = "E2"
SEEN: Final = {COLLECTED: "eshin", VERIFIED: "shinsei"}  # what it tells its connector of, and with whom it runs
_DEPARTMENT: Final = "戸籍住民課"
_CLERKS: Final = tuple((f"S{4100 + number}", f"LGWAN-{number:02d}") for number in range(1, 4))


class Office(Plain):
    """The partner's play. `verifier` is None where no filings come; `to_come`: the 番号紐付情報 of the day, by MessageId."""

    def __init__(
        self, tokens: Tokens, links: Links, verifier: Verifier | None = None, to_come: Collection[str] = ()
    ) -> None:
        self.tray = Tray()
        self._sightings = Sightings(SEEN)
        self.revocations = b""
        self.complete = verifier is None
        self._tokens = tokens
        self._links = links
        self._verifier = verifier
        self._to_come = set(to_come)
        self._passed: list[tuple[str, str]] = []  # exchange, applicant
        self._applicants: dict[str, str] = {}  # filing -> applicant

    def perform(self, effect: Effect) -> Performed:
        match effect.type:
            case "SN-LINK":
                return self._linked(effect)
            case "E1":
                return self._collected(effect)
            case "E2":
                return self._verified(_collected(effect))
            case _ if effect.type == REFUSED:
                return Performed(facts={"refused": str(json.loads(effect.content)["code"])})
        raise ValueError("no such effect")

    def remember(self, line: Line) -> None:
        self._to_come.discard(line.message)
        self._sightings.take(line)
        if line.result != CONFIRMED:
            return
        facts = line.facts
        if "link" in facts:
            self._links.take(facts)
        elif facts["type"] == VERIFIED:
            self._passed.append((facts["exchange"], facts["applicant"]))
            self._applicants[facts["filing"]] = facts["applicant"]

    def waits(self, one: Collected) -> bool:
        """Whether it is too early to decide: no CRL in force, or the 番号紐付情報 of a good filing may still come."""
        try:
            serial = self._holder(one).serial
        except NoRevocationList:
            return True
        except Unverified:
            return False
        needed = one.items["申請種別"] == TENSHUTSU
        return needed and bool(self._to_come) and self._links.holder(serial) is None

    def feed(self, name: str, after: str, limit: int) -> Events:
        """What was verified, and beside it what was observed. Whatever lies before `after` was used, and is erased here."""
        if name == OBSERVATIONS:
            return self._sightings.page(after, limit, quiet=self.complete)
        start = int(after or "0")
        if name != FEED or not 0 <= start <= len(self._passed):
            raise ValueError("no such feed or place")
        self.tray.erase(exchange for exchange, _ in self._passed[:start])
        page: list[Mapping[str, object]] = []
        for exchange, applicant in self._passed[start : start + limit]:
            one = self.tray.get(exchange)
            if one is None:
                break
            page.append(self._handled(one, applicant))
        # The end is told on a page of its own, so that the last filings are known to be used.
        return Events(page, str(start + len(page)), self.complete and start == len(self._passed))

    # --- inside -----------------------------------------------------------------------------------------------------

    def _linked(self, effect: Effect) -> Performed:
        facts = self._links.facts(json.loads(effect.content))
        code = self._links.refusal(facts)
        return Performed(confirmed=not code, code=code, facts=facts)

    def _collected(self, effect: Effect) -> Performed:
        facts = {"flow": COLLECTED}
        try:
            one = _collected(effect)
            filing = self._tokens.of("filing", one.items["申請番号"])
        except FormError:
            return Performed(confirmed=False, code=FILING_FORM, facts=facts)
        return Performed(facts={**facts, "filing": filing, CONVERSATION: conversation_of(one.received, one.items)})

    def _verified(self, one: Collected) -> Performed:
        filing = self._tokens.of("filing", one.items["申請番号"])
        conversation = conversation_of(one.received, one.items)
        facts = {"flow": VERIFIED, "exchange": one.exchange, "filing": filing, CONVERSATION: conversation}
        try:
            holder = self._holder(one)
            applicant = self._applicant(one, holder, filing)
        except NoRevocationList:
            raise ValueError("decided too early") from None
        except Unverified as error:
            return Performed(confirmed=False, code=error.code, facts=facts)
        return Performed(facts={**facts, "applicant": applicant})

    def _holder(self, one: Collected) -> Holder:
        if self._verifier is None:
            raise NoRevocationList
        return self._verifier.holder(one.signed, self.revocations, one.received)

    def _applicant(self, one: Collected, holder: Holder, filing: str) -> str:
        """Our key for the person. Raises `Unverified`: who signed must be who files, and who filed this number before."""
        said = one.items
        if holder.four_items != tuple(said[name] for name in FOUR_ITEMS):
            raise Unverified(APPLICANT_DIFFERS)
        found = self._links.holder(holder.serial)
        if found is None and said["申請種別"] == TENSHUTSU:
            raise Unverified(SERIAL_NOT_LINKED)
        applicant = found or self._links.serial(holder.serial)
        if self._applicants.get(filing, applicant) != applicant:
            raise Unverified(APPLICANT_DIFFERS)
        return applicant

    def _handled(self, one: Collected, applicant: str) -> Mapping[str, object]:
        """As a clerk at a terminal gives it on."""
        items = one.items
        staff, terminal = _CLERKS[sum(items["申請番号"].encode()) % len(_CLERKS)]
        return asdict(
            Handled(
                items=dict(items),
                serial=serial_of(one.signed),
                verdict=VALID,
                received=one.received.isoformat(),
                applicant=applicant,
                staff=staff,
                department=_DEPARTMENT,
                terminal=terminal,
            )
        )


def _collected(effect: Effect) -> Collected:
    return Collected.of(json.loads(effect.content))
