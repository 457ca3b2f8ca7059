"""開示請求: the draft made from entries about a person, signed by two persons, and only then written for the resident."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from hub.app import confirmations
from hub.app.confirmations import Confirmation
from hub.app.evidence import Archive
from hub.app.opening import OpenHome
from hub.app.paths import HomePaths
from hub.app.register import read_register
from hub.codes import cli, hld, zon
from hub.config import Config
from hub.disclosure import Draft, Line
from hub.envelope import format_time
from hub.errors import Misconfigured, Refused
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Admin, Exchange
from hub.exchangelog.private import Private
from hub.framing import Message
from hub.ports import Clock
from hub.provisions.lawbook import Provisions
from hub.stages.record import Notice
from hub.statements import APPROVALS, Act, Approval, Statement, require_two

ACTION: Final = "disclosure.release"  # of the entry
_ABOUT: Final = re.compile(r"disclosure:[0-9]+:[0-9]+")


def lines(archive: Archive, indexes: Sequence[int], provisions: Provisions) -> Iterator[Line]:
    """The exchanges among these entries, each proven, the oldest first."""
    at = archive.newest()
    for index in sorted(indexes):
        entry = entries.parse(archive.prove(index, at).leaf)
        if isinstance(entry, Exchange):
            yield _line(index, entry, provisions)


def check_lines(archive: Archive, draft: Draft, provisions: Provisions) -> None:
    """Every line says what the log says, but for what is left out. Raises `Misconfigured` HUB-CLI-075."""
    told = [replace(line, hidden="") for line in draft.lines]
    if told != list(lines(archive, [line.entry for line in draft.lines], provisions)):
        raise Misconfigured(cli.NO_DRAFT)


def _line(index: int, entry: Exchange, provisions: Provisions) -> Line:
    law, items = "", frozenset[str]()
    if entry.legal is not None:
        row = provisions.rows.get((entry.legal.table, entry.legal.item))
        article = "" if row is None else row.article
        law = " ".join(filter(None, (entry.legal.kind, f"{entry.legal.table}/{entry.legal.item}", article)))
        items = provisions.granted(entry.legal.table, entry.legal.item, entry.recipient)
    between = (entry.sender, entry.recipient, entry.type)
    return Line(index, entry.time, entry.KIND, *between, law, tuple(sorted(items)), entry.code)


def statement(paths: HomePaths, config: Config, clock: Clock, draft: Draft, reason: str) -> Statement:
    """What the next person signs: what the first one began, or a new one."""
    begun = confirmations.begun(paths, Act.DISCLOSE, draft.about, draft.digest)
    if begun is not None:
        return begun.statement
    return Statement(Act.DISCLOSE, draft.about, draft.digest, reason, config.origin, format_time(clock.now()))


def answer(home: OpenHome, message: Message) -> Message:
    """`disclose` with a statement and an approval. Raises `Refused` HUB-PER-001 to -004, HUB-HLD-004 and -005, HUB-ZON-003."""
    match message:
        case {"op": "disclose", "statement": dict(said), "approval": dict(approval)}:
            try:
                signed, given = Statement.decoded(said), Approval.decoded(approval)
            except (KeyError, ValueError):
                raise Refused(zon.REQUEST, what="statement") from None
            done = _approved(home, signed, given)
            return {"approvals": len(done.approvals), "index": done.index}
        case _:
            raise Refused(zon.REQUEST, what="op")


def _approved(home: OpenHome, said: Statement, approval: Approval) -> Confirmation:
    known = confirmations.begun(home.paths, Act.DISCLOSE, said.about, said.digest)
    spoken = said.act is Act.DISCLOSE and said.origin == home.config.origin and _ABOUT.fullmatch(said.about)
    if not spoken or (known is not None and known.statement != said):
        raise Refused(hld.OTHER_STATEMENT)
    if not said.reason.strip():
        raise Refused(hld.NO_REASON)

    def enter(keys: tuple[str, ...]) -> int:
        common = home.intake.common(format_time(home.clock.now()))
        entry = Admin(**common, action=ACTION, about=said.id, keys=keys)
        return home.intake.note(Notice(entry, Private(reason=said.reason))).index

    return confirmations.approve(home.paths, known or Confirmation(said, ()), approval, enter)


def released(paths: HomePaths, archive: Archive, draft: Draft) -> int:
    """The entry by which two persons released this very draft. Raises `Misconfigured` HUB-HLD-016, `Refused` HUB-PER-001 to -004."""
    known = confirmations.begun(paths, Act.DISCLOSE, draft.about, draft.digest)
    if known is None or known.index is None:
        signed = 0 if known is None else len(known.approvals)
        raise Misconfigured(hld.NOT_RELEASED, signed=signed, wanted=APPROVALS)
    require_two(known.statement, known.approvals, read_register(paths))
    entry = entries.parse(archive.prove(known.index).leaf)
    if not isinstance(entry, Admin) or (entry.action, entry.about) != (ACTION, known.statement.id):
        raise Refused(hld.OTHER_STATEMENT)
    return known.index
