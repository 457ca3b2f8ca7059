"""観測: what a partner tells its connector of flows that run beside the hub, and how that becomes a signed observation.

Both halves stand here: `Sightings`, which a simulator keeps out of its ledger lines, and `Watch`, the feed of a room that makes
drafts of them for the hub (docs/spec/message.md section 8). The MessageId comes from the partner's own reference, so one
exchange is observed once however often it is told; nothing about a person is told at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from connectors.kit.compose import Draft
from connectors.kit.desk import paged
from connectors.kit.errands import FLOW
from connectors.kit.feeds import VERSION
from connectors.kit.forwarding import Setup
from connectors.kit.ids import derived_id
from connectors.kit.ledger import Line
from connectors.kit.partner import Events
from connectors.kit.room import Page
from hub.codes import kit
from hub.envelope import build_observation
from hub.errors import IntegrityError
from hub.messages import HUB, OBSERVATION_TYPE, Observation

OBSERVATIONS: Final = "observations"
# Facts of a ledger line that tells more of an exchange than its flow.
TO: Final = "to"
CAUSE: Final = "cause"
CONVERSATION: Final = "conversation"
AT: Final = "at"
_REASON: Final = ("KANSOKU", "相手のシステムの間の流れの観測")
_TIME_BITS: Final = 48


@dataclass(frozen=True, slots=True)
class Sighting:
    """One exchange as the partner tells it. `reference` is its own key for it, a UUIDv7; `evidence` its ledger's digest.

    `at` is ISO 8601 with offset; `cause` the MessageId of the hub's message that it followed from, `conversation` the
    conversation that it belongs to, where the partner knows one; `code` a domain code when it was rejected.
    """

    reference: str
    flow: str
    counterpart: str
    at: str
    evidence: str
    code: str = ""
    cause: str = ""
    conversation: str = ""


# --- the partner's half -------------------------------------------------------------------------------------------------


class Sightings:
    """What a partner has to tell, in the order of its ledger, so that a place in it stays good after every restart."""

    def __init__(self, counterparts: Mapping[str, str]) -> None:
        """`counterparts`: the flows that are told, and with whom each runs unless the line says otherwise."""
        self._counterparts = counterparts
        self._told: list[Line] = []

    def take(self, line: Line) -> None:
        """One line of the ledger; told if it is of one of the flows."""
        if line.facts.get(FLOW) in self._counterparts:
            self._told.append(line)

    def count(self, flows: Iterable[str]) -> int:
        """How many exchanges of these flows there were."""
        wanted = frozenset(flows)
        return sum(1 for line in self._told if line.facts[FLOW] in wanted)

    def page(self, after: str, limit: int, *, quiet: bool = True) -> Events:
        """A page of the feed. `end` says that all is told and, by `quiet`, that nothing is under way: more may come later."""
        page = paged(self._told, after, limit, lambda line: asdict(sighted(line, self._counterparts)))
        return Events(page.events, page.cursor, page.end and quiet)


def sighted(line: Line, counterparts: Mapping[str, str]) -> Sighting:
    """A ledger line as it is told. Raises `ValueError` for one whose MessageId is no UUIDv7."""
    facts = line.facts
    return Sighting(
        reference=line.message,
        flow=facts[FLOW],
        counterpart=facts.get(TO, counterparts[facts[FLOW]]),
        at=facts.get(AT) or _time_of(line.message),
        evidence=line.sha256,
        code=line.code,
        cause=facts.get(CAUSE, ""),
        conversation=facts.get(CONVERSATION, ""),
    )


def _time_of(reference: str) -> str:
    """When the exchange was begun: the time in its id (RFC 9562 section 5.7)."""
    found = uuid.UUID(reference)
    if found.version != 7:
        raise ValueError("a reference is a UUIDv7")
    return datetime.fromtimestamp((found.int >> (128 - _TIME_BITS)) / 1000, UTC).isoformat()


# --- the connector's half -----------------------------------------------------------------------------------------------


def observation_id(endpoint: str, reference: str) -> str:
    """The MessageId of the observation by `endpoint` of the exchange that its partner calls `reference`."""
    return derived_id(reference, "observation", endpoint, reference)


class Watch:
    """The feed of observations of a room. It never ends: `Page.end` says that nothing is under way at the moment.

    Its drafts are not finished: the worker knows the hour, and the conversation of what was handed to it (`finished`).
    """

    name = OBSERVATIONS

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def poll(self, after: str, limit: int) -> Page:
        """A page. Raises `Unavailable` when the partner is down, `IntegrityError` for what cannot be read."""
        page = self._setup.partner.feed(self.name, after, limit)
        try:
            drafts = tuple(self._draft(event) for event in page.events)
        except (ValueError, TypeError, KeyError) as error:
            raise IntegrityError(kit.PARTNER_SPEECH, endpoint=self._setup.identity.endpoint, rule="event") from error
        return Page(drafts, page.cursor, page.end)

    def _draft(self, event: Mapping[str, Any]) -> Draft:
        one = Sighting(**event)
        at = datetime.fromisoformat(one.at)
        if at.tzinfo is None:
            raise ValueError("a time without offset")
        id_ = observation_id(self._setup.identity.endpoint, one.reference)
        return Draft(
            flow=one.flow,
            type=OBSERVATION_TYPE,
            version=VERSION,
            recipient=HUB,
            basis=None,
            subjects=(),
            payload=build_observation(Observation(one.flow, one.counterpart, at, one.evidence, one.code)),
            created_at=at,
            conversation_id=one.conversation or id_,
            message_id=id_,
            operator=self._setup.automaton.acting(*_REASON),
            in_reply_to=one.cause or None,
        )


def finished(draft: Draft, conversation: str | None, now: datetime) -> Draft:
    """The draft as it goes out: made now, but never before what was seen; in the conversation of its cause.

    `conversation` is that of the message it follows from, None when this endpoint was never handed it: then it names none.
    """
    made = replace(draft, created_at=max(draft.created_at, now))
    if made.in_reply_to is None:
        return made
    if conversation is None:
        return replace(made, in_reply_to=None)
    return replace(made, conversation_id=conversation)
