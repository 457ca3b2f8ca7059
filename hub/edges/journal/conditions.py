"""The conditions of the partial indexes, for queries: with literals, since a bound value would not match the index."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, and_, literal_column

from hub.ports import STOPPED, UNSETTLED


def unsettled(outgoing: FromClause) -> ColumnElement[bool]:
    """The delivery still waits for something."""
    return outgoing.c.state.in_([literal_column(f"'{state}'") for state in UNSETTLED])


def in_lane(outgoing: FromClause) -> ColumnElement[bool]:
    """It waits and stands in a lane (index outgoing_lane)."""
    return and_(outgoing.c.lane.is_not(None), unsettled(outgoing))


def stopped(outgoing: FromClause) -> ColumnElement[bool]:
    """It waits for persons (index outgoing_stopped)."""
    return outgoing.c.state.in_([literal_column(f"'{state}'") for state in STOPPED])


def ready(outgoing: FromClause) -> ColumnElement[bool]:
    """It may go out as far as its lane is concerned (index outgoing_ready)."""
    return and_(outgoing.c.leads == literal_column("1"), outgoing.c.state == literal_column("'pending'"))
