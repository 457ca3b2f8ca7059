"""The row of law that a message signed by hand claims, where nobody named one: the only one that could carry it today.

A sender that is a system knows its row. A person need not look up what the home's routes and the tables leave no choice about;
where they leave one, the person chooses.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from hub.codes import cli
from hub.errors import Misconfigured, Refused
from hub.provisions.decide import decide
from hub.provisions.lawbook import Provisions
from hub.provisions.model import Row
from hub.provisions.question import Question
from hub.routes import Route, Routes

_SHOWN: Final = 12


def only_row(
    routes: Routes, provisions: Provisions, way: tuple[str, str, str, int], today: date, table: str | None = None
) -> Row:
    """The row for a message of `way` (sender, recipient, type, version), of `table` if one is named.

    Raises `Misconfigured`: the route's own code where there is none, HUB-CLI-056 for no row, -057 for several.
    """
    sender, recipient, type_, version = way
    try:
        route = routes.find(sender, recipient, type_, version)
    except Refused as refusal:
        raise Misconfigured(refusal.code, **refusal.facts) from None
    shown = {"way": f"{sender} → {recipient}", "type": f"{type_}/{version}"}
    parties = (routes.endpoints[sender].party, routes.endpoints[recipient].party)
    rows = [
        row
        for row in provisions.rows.values()
        if table in (None, row.table)
        and _approved(route, row)
        and _permits(provisions, row, parties, type_, route, today)
    ]
    if not rows:
        raise Misconfigured(cli.NO_CLAIM, candidates=_listed(sorted(route.provisions)), **shown)
    if len(rows) > 1:
        raise Misconfigured(cli.MANY_CLAIMS, candidates=_listed(["/".join(row.key) for row in rows]), **shown)
    return rows[0]


def _approved(route: Route, row: Row) -> bool:
    try:
        route.require(*row.key)
    except Refused:
        return False
    return True


def _permits(provisions: Provisions, row: Row, parties: tuple[str, str], type_: str, route: Route, today: date) -> bool:
    """What the hub would decide, but for the items: the payload has not been looked into."""
    sender, recipient = parties
    question = Question(
        row.table, row.item, recipient, row.information, route.channel, today, sender=sender, message_type=type_
    )
    return decide(provisions, question).permitted


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
