"""Stage 3: does the law permit this, today, to this recipient, item by item? Valid -> Authorised.

Order: forbidden connections and route, no number to or from 戸籍, the row of law, that the route was approved for that row, and
the identifiers that may travel on this edge. An answer runs back along a route and needs no row of its own, and an observation
provides nothing: of it only the closed list of who may see which flow is asked (docs/spec/message.md sections 7 and 8).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from hub.codes import msg, rte
from hub.errors import Refused
from hub.flows import Observers
from hub.messages import Authorised, Header, Valid
from hub.provisions.decide import decide
from hub.provisions.identifiers import check_identifiers, check_register
from hub.provisions.lawbook import Provisions
from hub.provisions.question import Decision, Question
from hub.routes import Route, Routes


@dataclass(frozen=True, slots=True)
class Law:
    """What is permitted in this zone: the approved routes and the provisions; and which endpoint may observe which flow."""

    routes: Routes
    provisions: Provisions
    observers: Observers = field(default_factory=Observers)

    @property
    def digest(self) -> str:
        """Changes whenever a decision could: a waiting delivery is then decided again."""
        return f"{self.provisions.digest}:{self.routes.digest}"


def authorise(valid: Valid, law: Law, today: date) -> Authorised:
    """Raises `Refused` of the areas RTE, IDN or PRV, or HUB-MSG-020 and -021. `today` is the JST day."""
    header = valid.header
    if header.is_answer:
        if not law.routes.may_answer(header.sender, header.recipient):
            recipient = law.routes.shown("Recipient", header.recipient)
            raise Refused(rte.NO_ROUTE, sender=header.sender, recipient=recipient, type=header.type)
        return Authorised(valid, None, today)
    if valid.observation is not None:
        if header.sender not in law.routes.endpoints:
            raise Refused(rte.UNKNOWN_ENDPOINT, endpoint=header.sender)
        law.observers.check(header.sender, valid.observation)
        return Authorised(valid, None, today)
    table = header.basis.table if header.basis else ""
    route = law.routes.find(header.sender, header.recipient, header.type, header.version, table)
    check_register(header.sender, header.recipient, valid.items, valid.texts)
    decision = decide(law.provisions, _question(header, valid.items, route, law.routes, today))
    if not decision.permitted:
        raise decision.refusal()
    route.require(decision.table, decision.item)
    _check_identifiers(valid, decision, law)
    return Authorised(valid, decision.citation, today)


def _question(header: Header, items: frozenset[str], route: Route, routes: Routes, today: date) -> Question:
    if header.basis is None:
        raise Refused(msg.BASIS_PRESENCE, type=header.type)
    return Question.of_message(
        header.basis,
        sender=routes.endpoints[header.sender].party,
        recipient=routes.endpoints[header.recipient].party,
        message_type=header.type,
        items=items,
        channel=route.channel,
        on=today,
    )


def _check_identifiers(valid: Valid, decision: Decision, law: Law) -> None:
    header = valid.header
    party = law.routes.endpoints[header.recipient].party
    granted = law.provisions.granted(decision.table, decision.item, party)
    check_identifiers(header.type, header.sender, header.recipient, valid.items, valid.texts, granted)
