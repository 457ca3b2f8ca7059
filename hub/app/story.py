"""一つのやり取りの顛末: all that the log says of one conversation, in order, with how each delivery stands.

Of entries, which name no person; of the journal only whether a body still lives, and how often it was handed over. Who acted,
and the masked content, are told where a person has them revealed (`opened`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub import envelope, masking
from hub.app.evidence import Archive
from hub.app.revealing import Record
from hub.app.searching import Found, Search
from hub.codes import cli
from hub.edges.journal import Carriage
from hub.errors import Misconfigured
from hub.exchangelog.entry import Answered, Exchange
from hub.exchangelog.facts import Query
from hub.exchangelog.private import Private
from hub.messages import Operator
from hub.xmlsig.precheck import parse

MOST: Final = 500  # entries of one story


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of it; of a permit `carriage` tells how its delivery stands, `body` whether the signed original still lives.

    `sealed` is the size of the checkpoint to which its stamp and its receipt lead.
    """

    found: Found
    carriage: Carriage | None
    body: bool
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """What was revealed of an entry: who acted, why persons did what they did, and the items of the message, numbers masked."""

    operator: Operator | None = None
    reason: str = ""
    items: tuple[tuple[str, str], ...] = ()


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
    sealed = archive.journal.covering(order)
    lines = (Line(found[index], carriages.get(index), index in bodies, sealed.get(index, 0)) for index in order)
    return Story(asked, tuple(lines), cut)


def records(story: Story) -> list[Record]:
    """What of it can be revealed."""
    bodies = [(line.found.index, "body") for line in story.lines if line.body]
    return sorted([*bodies, *((line.found.index, "private") for line in story.lines if line.found.entry.commit)])


def opened(story: Story, revealed: Mapping[Record, bytes]) -> dict[int, Opened]:
    """By entry. Raises `IntegrityError` where a private part is not the one that its entry commits to."""
    told = {}
    for line in story.lines:
        index, entry = line.found.index, line.found.entry
        body, private = revealed.get((index, "body")), revealed.get((index, "private"))
        part = Private() if private is None else Private.opened(private, entry.commit)
        operator = envelope.parse_operator(part.operator.encode()) if part.operator else None
        items = () if body is None else masking.shown(envelope.payload_of(parse(body)))
        if operator or part.reason or items:
            told[index] = Opened(operator, part.reason, items)
    return told


def _leads_to(found: Found, asked: str) -> set[str]:
    """Further ids of the same story. An answer may speak of many conversations: it leads on only where it was asked for."""
    entry = found.entry
    if not isinstance(entry, Exchange):
        return set()
    if isinstance(entry, Answered):
        return {line.message_id for line in entry.lines} if asked == entry.message else set()
    return {entry.message, entry.conversation} - {""}
