"""What waits for each recipient, as an operator watches it: by partial indexes, so a look costs what waits at the front."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from hub.edges.journal.conditions import ready, stopped
from hub.edges.journal.reading import tally
from hub.edges.journal.tables import OUTGOING
from hub.edges.prepared import Prepared
from hub.ports import UNSETTLED, Backlog

_FRONT = (OUTGOING.c.recipient, func.count(), func.min(OUTGOING.c.idx))
_READY = Prepared(select(*_FRONT).where(ready(OUTGOING)).group_by(OUTGOING.c.recipient))
_STOPPED = Prepared(select(*_FRONT).where(stopped(OUTGOING)).group_by(OUTGOING.c.recipient))
_NOTHING = (0, None)


def backlogs(connection: Connection) -> tuple[Backlog, ...]:
    """Of every recipient that was ever sent something, by name."""
    ready_ = {name: (count, first) for name, count, first in _READY.one(connection, {})}
    stopped_ = {name: (count, first) for name, count, first in _STOPPED.one(connection, {})}
    return tuple(
        Backlog(
            recipient=name,
            waiting=states.get("pending", 0),
            ready=ready_.get(name, _NOTHING)[0],
            stopped=stopped_.get(name, _NOTHING)[0],
            settled=sum(count for state, count in states.items() if state not in UNSETTLED),
            oldest_waiting=ready_.get(name, _NOTHING)[1],
            oldest_stopped=stopped_.get(name, _NOTHING)[1],
        )
        for name, states in sorted(tally(connection).items())
    )
