"""一つのやり取りの顛末: all that the log says of one conversation, in order, with how each delivery stands.

Of entries, which name no person; of the journal only whether a body still lives, and how often it was handed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.app.evidence import Archive
from hub.app.searching import Found, Search
from hub.codes import cli
from hub.edges.journal import Carriage
from hub.errors import Misconfigured
from hub.exchangelog.entry import Answered, Exchange
from hub.exchangelog.facts import Query

MOST: Final = 500  # entries of one story


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of it; of a permit `carriage` tells how its delivery stands, `body` whether the signed original still lives."""

    found: Found
    carriage: Carriage | None
    body: bool


@dataclass(frozen=True, slots=True)
class Story:
    """The lines by index; `cut` when there are more than are told."""

    asked: str
    lines: tuple[Line, ...]
    cut: bool


def tell(search: Search, archive: Archive, asked: str) -> Story:
    """The story of a MessageId or a ConversationId. Raises `Misconfigured` HUB-CLI-059 when the log knows no such id."""
    found: dict[int, Found] = {}
    open_, done, cut = [asked], set[str](), False
    while open_ and not cut:
        id_ = open_.pop()
        done.add(id_)
        page = search.find(Query(ids=frozenset({id_})), MOST)
        found |= {one.index: one for one in page.found}
        cut = page.before is not None or len(found) > MOST
        open_ += sorted({next_ for one in page.found for next_ in _leads_to(one, asked)} - done - set(open_))
    if not found:
        raise Misconfigured(cli.NO_STORY, id=asked)
    order = sorted(found)[:MOST]
    carriages = {one.index: one for one in archive.journal.carriages(order)}
    bodies = archive.journal.bodies(order)
    return Story(asked, tuple(Line(found[index], carriages.get(index), index in bodies) for index in order), cut)


def _leads_to(found: Found, asked: str) -> set[str]:
    """Further ids of the same story. An answer may speak of many conversations: it leads on only where it was asked for."""
    entry = found.entry
    if not isinstance(entry, Exchange):
        return set()
    if isinstance(entry, Answered):
        return {line.message_id for line in entry.lines} if asked == entry.message else set()
    return {entry.message, entry.conversation} - {""}
