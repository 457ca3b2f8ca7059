"""Erasing by hand what is due, done by the owner of a home (design section 3, Erasure): never what is due later than today."""

from __future__ import annotations

from datetime import date

from hub.app.opening import OpenHome
from hub.calendar import jst_day
from hub.codes import zon
from hub.erasure import sweep
from hub.errors import Refused
from hub.framing import Message


def answer(home: OpenHome, request: Message) -> Message:
    """`erase` up to a `day` (JST), or up to today; `due` tells what would go by that day.

    Raises as `hub.erasure.sweep`, and `Refused` HUB-ZON-003.
    """
    match request:
        case {"op": "erase", "day": str(day)}:
            return _erased(home, _day(day))
        case {"op": "due", "day": str(day)}:
            return _due(home, _day(day))
        case _:
            raise Refused(zon.REQUEST, what="op")


def _erased(home: OpenHome, day: date) -> Message:
    until = min(day, jst_day(home.clock.now()))
    swept = sweep(home.intake, home.journal, home.clock, until, home.observe)
    home.dispatcher.look()  # what a connector has in hand may have ended with its body
    return {
        "erased": [
            {"class": one.retention, "due": one.due.isoformat(), "count": one.count, "index": one.index}
            for one in swept
        ]
    }


def _due(home: OpenHome, day: date) -> Message:
    """Nothing is touched: by class and day how many records, and how many deliveries would end undelivered with them."""
    found = home.journal.due(day)
    return {
        "due": [
            {
                "class": retention,
                "due": due.isoformat(),
                "count": count,
                "undelivered": len(home.journal.waiting(retention, due)),
            }
            for retention, due, count in found
        ]
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(zon.REQUEST, what="day") from None
