"""消去停止 (legal hold): the body and the private part of a message kept beyond their day, until one that an approver names.

A dispute or an inspection asks for it. One data key is re-wrapped into another bucket; the log says who, why is private, and
the body goes by itself on the day named. The end of a hold is a statement of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Final

from hub import retention
from hub.app import confirmations
from hub.app.confirmations import Confirmation
from hub.app.opening import OpenHome
from hub.app.register import read_register
from hub.calendar import jst_day
from hub.codes import hld, key, log, zon
from hub.config import Config
from hub.envelope import format_time
from hub.errors import IntegrityError, Misconfigured, Refused
from hub.exchangelog.entry import Admin
from hub.exchangelog.private import Private
from hub.exchangelog.text import time_value
from hub.framing import Message
from hub.ports import UNSETTLED, Clock, OutgoingState, RebucketRow, Standing
from hub.stages.record import Notice, Rebucketed
from hub.statements import Act, Approval, Statement, check

_ABOUT: Final = re.compile(r"legal-hold:(?P<message>[0-9a-f-]{36}):(?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2})")
_SLOTS: Final = ("body", "private")
_ACTIONS: Final = {Act.LEGAL_HOLD: "legal.hold", Act.LEGAL_RELEASE: "legal.release"}


def statement(config: Config, clock: Clock, act: Act, standing: Standing, until: date, reason: str) -> Statement:
    """What an approver signs; the digest is that of the message, so that it holds no other one."""
    about = f"legal-hold:{standing.message_id}:{until.isoformat()}"
    return Statement(act, about, standing.digest, reason, config.origin, format_time(clock.now()))


def answer(home: OpenHome, message: Message) -> Message:
    """`legal` with a statement and an approval; `legal-holds` tells which records are held, by the day that was named.

    Raises `Refused` HUB-PER-001 to -003, HUB-HLD-004, -005, -012, -013, -015 and HUB-ZON-003, `Misconfigured` HUB-HLD-014.
    """
    match message:
        case {"op": "legal-holds"}:
            held = home.journal.due(date.max)
            rows = [(due, count) for class_, due, count in held if class_ == retention.LEGAL_HOLD]
            return {"held": [{"until": due.isoformat(), "count": count} for due, count in rows]}
        case {"op": "legal", "statement": dict(said), "approval": dict(approval)}:
            try:
                signed, given = Statement.decoded(said), Approval.decoded(approval)
            except (KeyError, ValueError):
                raise Refused(zon.REQUEST, what="statement") from None
            return {"indexes": _done(home, signed, given)}
        case _:
            raise Refused(zon.REQUEST, what="op")


def _done(home: OpenHome, said: Statement, approval: Approval) -> list[int]:
    named = _ABOUT.fullmatch(said.about)
    if said.act not in _ACTIONS or said.origin != home.config.origin or named is None:
        raise Refused(hld.OTHER_STATEMENT)
    check(said, approval, read_register(home.paths))
    confirmations.check_now(said, home.clock.now())
    if confirmations.kept(home.paths, said):
        raise Refused(hld.USED_STATEMENT)
    until = _day(home, named["until"]) if said.act is Act.LEGAL_HOLD else None
    confirmations.write(home.paths, Confirmation(said, (approval,)))  # used, whatever becomes of it
    made = home.intake.rebucket(lambda: list(_drafts(home, said, approval.key, named["message"], until)))
    if not made:
        raise Misconfigured(hld.NOTHING_TO_KEEP)
    indexes = [one.index for one in made]
    confirmations.write(home.paths, Confirmation(said, (approval,), indexes[0]))
    return indexes


def replay(home: OpenHome) -> None:
    """What was last said of each message is done again: a restored key store knows nothing of it. Each is an entry once more."""
    last: dict[str, Confirmation] = {}
    for one in confirmations.read_all(home.paths):
        named = _ABOUT.fullmatch(one.statement.about)
        if one.statement.act in _ACTIONS and one.index is not None and named is not None:
            before = last.get(named["message"])
            if before is None or (before.index or 0) < one.index:
                last[named["message"]] = one
    today = jst_day(home.clock.now())
    for message, one in sorted(last.items()):
        named = _ABOUT.fullmatch(one.statement.about)
        until = None if named is None else date.fromisoformat(named["until"])
        if one.statement.act is Act.LEGAL_RELEASE:
            until = None
        elif until is None or until <= today:
            continue
        said, by = one.statement, one.approvals[0].key
        home.intake.rebucket(partial(_again, home, said, by, message, until))


def _again(home: OpenHome, said: Statement, by: str, message: str, until: date | None) -> list[Rebucketed]:
    try:
        return list(_drafts(home, said, by, message, until, again=True))
    except IntegrityError as error:
        if error.code is not key.KEY_GONE:
            raise
        return []  # it is lost, and nothing of it can be held


def _drafts(
    home: OpenHome, said: Statement, by: str, message: str, until: date | None, *, again: bool = False
) -> Iterator[Rebucketed]:
    """One entry for each delivery of the message. What is held already is held until the day that was named last."""
    common = home.intake.common(format_time(home.clock.now()))
    for standing in home.journal.standing(message):
        state = home.journal.addressed(message, standing.sender, standing.recipient)
        if standing.digest != said.digest:  # another sender's message of the same id
            continue
        if (
            state is None
            or not _lives(home, state)
            or (until is None and state.retention != retention.LEGAL_HOLD and not again)
        ):
            continue
        rows = _held(state, until) if until is not None else _released(home, standing, state)
        entry = Admin(**common, action=_ACTIONS[said.act], about=said.id, entry=state.index, keys=(by,))
        yield Rebucketed(Notice(entry, Private(reason=said.reason)), rows)


def _lives(home: OpenHome, state: OutgoingState) -> bool:
    return any(home.journal.secret(state.index, slot) is not None for slot in _SLOTS)


def _held(state: OutgoingState, until: date) -> tuple[RebucketRow, ...]:
    return tuple(RebucketRow(state.index, slot, retention.LEGAL_HOLD, until, True) for slot in _SLOTS)


def _released(home: OpenHome, standing: Standing, state: OutgoingState) -> tuple[RebucketRow, ...]:
    """Back to their own classes, and to a day of those."""
    today = jst_day(home.clock.now())
    entry = home.entry(state.index)
    if entry is None:
        raise IntegrityError(log.ENTRY_MISSING, index=state.index)
    recorded = jst_day(time_value(entry.time))
    body, private = retention.body_class(standing.type), retention.private_class(standing.type)
    due = retention.released_due(
        body, recorded, today, home.config.erase_after_days, state.expires_at, settled=state.state not in UNSETTLED
    )
    return (
        RebucketRow(state.index, "body", body, due, True),
        RebucketRow(state.index, "private", private, max(retention.private_due(private, recorded), today), True),
    )


def _day(home: OpenHome, text: str) -> date:
    """A day from tomorrow on, not later than ten years. Raises `Refused` HUB-HLD-013."""
    today = jst_day(home.clock.now())
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(hld.NO_SUCH_DAY, years=retention.LONGEST_HOLD_YEARS) from None
    if not today < day or day.year - today.year > retention.LONGEST_HOLD_YEARS:
        raise Refused(hld.NO_SUCH_DAY, years=retention.LONGEST_HOLD_YEARS)
    return day
