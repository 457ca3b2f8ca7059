"""Signed messages of 住記 for a home with its key, as many as a test wants: one event of its town, about whomever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache

from lxml import etree

from connectors.juki import subscriptions
from connectors.juki.messages import PlannedMessage, Planner
from connectors.juki.town import Town
from hub.app import endpoints, law
from hub.app.endpoints import Letter
from hub.app.paths import HomePaths
from hub.messages import Operator, Submission


@cache
def planned(recipient: str) -> PlannedMessage:
    """What 住記 tells this recipient of some event of its town."""
    provisions = law.load_provisions()
    planner = Planner(provisions, subscriptions.load(subscriptions.read_own(), provisions))
    events = Town(5, 120, 160, date(2026, 4, 1)).events
    return next(
        one for event in events for one in planner.messages(event) if (one.recipient, one.type) == (recipient, "JK-CHG")
    )


def letters(paths: HomePaths, subjects: Sequence[str], recipient: str = "zei") -> list[Submission]:
    """One message a subject, in this order, signed now."""
    provisions, plan = law.load_provisions(), planned(recipient)
    payload = plan.payload()
    assert payload is not None
    body = etree.tostring(payload, encoding="UTF-8")
    operator = Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", bytes(32))
    return [
        endpoints.sign(
            paths,
            Letter("juki", recipient, "JK-CHG", 1, plan.basis.table, plan.basis.item, subject, operator),
            body,
            provisions,
            datetime.now(UTC),
        )[1]
        for subject in subjects
    ]
