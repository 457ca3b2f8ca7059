"""申請管理システム: sends verified filings to 住記 (E4), takes 番号紐付情報 from it (E3). The partner speaks HTTP and JSON.

A filing that was handled at a terminal which is not on the list is told back to the partner and never sent (S27, S28). The
room keeps nothing: what it has made lies in the endpoint's sealed outbox until its receipt.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from connectors.kit.compose import Draft
from connectors.kit.domain import TERMINAL_NOT_LISTED
from connectors.kit.feeds import VERSION, EventFeed
from connectors.kit.flat import built
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.ids import computed_id, derived_id
from connectors.kit.languages.http import HttpPartner
from connectors.kit.law import basis
from connectors.kit.observing import Watch
from connectors.kit.operators import SALT_BYTES, Operator
from connectors.kit.partner import Effect, Partner
from connectors.kit.payload import items
from connectors.kit.room import Opened, Room
from connectors.shinsei import terminals

TYPES = ("SN-LINK",)
FEED: Final = "filings"
REFUSED: Final = "TERMINAL-REFUSED"  # what the partner is told of a filing that is not sent
VALID: Final = "1"
_JSON: Final = "application/json"
_RECIPIENT: Final = "juki"
_ROW: Final = ("statutes", "juki-24-shinsei")
_REASONS: Final = {"TENSHUTSU": "電子申請による転出届", "TENNYUU_YOYAKU": "電子申請による転入予約"}


def partner(place: Path, endpoint: str) -> Partner:
    """The 申請管理システム over HTTP."""
    return HttpPartner(place, endpoint, _JSON)


def room(setup: Setup) -> Room:
    """The room of endpoint shinsei. Raises `hub.errors.Faults` or `ValueError` for a list of terminals that cannot be used."""
    allowed = terminals.load(terminals.read_own())
    feed = EventFeed(FEED, setup.identity.endpoint, setup.partner, drafts(setup, allowed))
    return Forwarding(setup, TYPES, (feed, Watch(setup)), translate)


def translate(one: Opened) -> bytes:
    """A 番号紐付情報 as the partner reads it: its items as a JSON object of texts."""
    return json.dumps(dict(items(one.payload)), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Handled:
    """A filing as the partner gives it: its items, what was found of its signature, who handled it where.

    `received` (ISO 8601 with offset) is when it arrived, and the time of that verdict. `applicant` is the partner's own key for
    the person; it is never sent.
    """

    items: Mapping[str, str]
    serial: str
    verdict: str
    received: str
    applicant: str
    staff: str
    department: str
    terminal: str

    @property
    def id(self) -> str:
        """Names the filing and its 版 within the day."""
        return filing_id(self.items)


def filing_id(said: Mapping[str, str]) -> str:
    """Names a filing and its 版 within the day, by its items."""
    return f"filing/{said['申請番号']}/{said['版']}"


def conversation_of(received: datetime, said: Mapping[str, str]) -> str:
    """The conversation of a filing that arrived at that time: what was seen of it at the partner (E1, E2) and E4 share it."""
    return computed_id(round(received.timestamp() * 1000), "conversation", filing_id(said))


def drafts(setup: Setup, allowed: frozenset[str]) -> Callable[[Mapping[str, Any]], Sequence[Draft]]:
    """Turns what the partner gives into drafts. Raises `ValueError` for a filing that was not verified: it must not be there."""

    def make(event: Mapping[str, Any]) -> Sequence[Draft]:
        one = Handled(**event)
        if one.verdict != VALID:
            raise ValueError("a filing that was not verified")
        draft = _draft(one, setup)
        if one.terminal in allowed:
            return (draft,)
        setup.partner.perform([_refusal(draft.message_id)])
        return ()

    return make


def payload_items(one: Handled) -> Mapping[str, str]:
    """電子申請 (SN-FILE): the filing's items and the verdict, never the certificate."""
    at = datetime.fromisoformat(one.received)
    return {
        **one.items,
        "署名用電子証明書シリアル番号": one.serial,
        "署名検証結果": one.verdict,
        "署名検証日時": f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}",
    }


def _draft(one: Handled, setup: Setup) -> Draft:
    at = datetime.fromisoformat(one.received)
    milliseconds = round(at.timestamp() * 1000)
    me = setup.identity.endpoint
    return Draft(
        flow="E4",
        type="SN-FILE",
        version=VERSION,
        recipient=_RECIPIENT,
        basis=basis(setup.law, *_ROW),
        subjects=(setup.identity.subject(_RECIPIENT, one.applicant),),
        payload=built("shinsei", "電子申請", payload_items(one)),
        created_at=at,
        conversation_id=conversation_of(at, one.items),
        message_id=computed_id(milliseconds, one.id, "E4", me, _RECIPIENT),
        operator=Operator(
            staff=one.staff,
            department=one.department,
            terminal=one.terminal,
            reason_code=one.items["申請種別"],
            reason=_REASONS[one.items["申請種別"]],
            authentication="password+token",
            salt=secrets.token_bytes(SALT_BYTES),
        ),
    )


def _refusal(message: str) -> Effect:
    content = json.dumps({"filing": message, "code": TERMINAL_NOT_LISTED}).encode()
    return Effect(derived_id(message, REFUSED, message), REFUSED, hashlib.sha256(content).hexdigest(), content)
