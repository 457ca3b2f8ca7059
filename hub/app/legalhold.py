"""消去停止 (legal hold): the body and the private part of a message kept beyond their day, until one that an approver names.

A dispute or an inspection asks for it. One data key is re-wrapped into another bucket; the log says who, why is private, and
the body goes by itself on the day named. The end of a hold is a statement of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Final

from hub import retention
from hub.app import confirmations
from hub.app.confirmations import Confirmation
from hub.app.opening import OpenHome
from hub.app.register import read_register
from hub.calendar import jst_day
from hub.codes import hld, log, zon
from hub.config import Config
from hub.envelope import format_time
from hub.errors import IntegrityError, Misconfigured, Refused
from hub.exchangelog.entry import Admin, Exchange
from hub.exchangelog.private import Private
from hub.exchangelog.text import time_value
from hub.framing import Message
from hub.ports import UNSETTLED, Clock, OutgoingState, RebucketRow, Standing
from hub.stages.record import Notice, Rebucketed
from hub.statements import Act, Approval, Statement, check

_ABOUT: Final = re.compile(r"legal-hold:(?P<message>[0-9a-f-]{36}):(?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2})")
_SLOTS: Final = ("body", "private")
_ACTIONS: Final = {Act.LEGAL_HOLD: "legal.hold", Act.LEGAL_RELEASE: "legal.release"}
ACTIONS: Final = frozenset(_ACTIONS.values())  # of the entries


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


def replay(home: OpenHome, said: Mapping[int, tuple[str, str]]) -> None:
    """What was last said of each held or released message is done again: a restored key store knows nothing of it.

    `said`: by entry of a message, the action and the statement that the log has last. Each is an entry once more.
    """
    for index, (action, about) in sorted(said.items()):
        home.intake.rebucket(partial(_again, home, index, action, about))


def _again(home: OpenHome, index: int, action: str, about: str) -> list[Rebucketed]:
    """Nothing where the journal says otherwise by now. Keys that are lost are passed over."""
    entry = home.entry(index)
    named = home.journal.standing(entry.message) if isinstance(entry, Exchange) else ()
    standing = next((one for one in named if one.index == index), None)
    if standing is None:
        return []
    state = home.journal.addressed(standing.message_id, standing.sender, standing.recipient)
    held = action == _ACTIONS[Act.LEGAL_HOLD]
    if state is None or held != (state.retention == retention.LEGAL_HOLD):
        return []
    rows = _held(home, standing, state, _until(home, about)) if held else _released(home, standing, state)
    common = home.intake.common(format_time(home.clock.now()))
    return [Rebucketed(Notice(Admin(**common, action=action, about=about, entry=index)), rows)]


def _until(home: OpenHome, about: str) -> date:
    """The day that the statement names; where it is lost the last one that could have been named: a hold ends by itself, or by persons."""
    kept = confirmations.find(home.paths, about)
    named = None if kept is None else _ABOUT.fullmatch(kept.statement.about)
    if named is None:
        return jst_day(home.clock.now()) + timedelta(days=366 * retention.LONGEST_HOLD_YEARS)
    return max(date.fromisoformat(named["until"]), jst_day(home.clock.now()) + timedelta(days=1))


def _drafts(home: OpenHome, said: Statement, by: str, message: str, until: date | None) -> Iterator[Rebucketed]:
    """One entry for each delivery of the message. What is held already is held until the day that was named last."""
    common = home.intake.common(format_time(home.clock.now()))
    for standing in home.journal.standing(message):
        state = home.journal.addressed(message, standing.sender, standing.recipient)
        if standing.digest != said.digest:  # another sender's message of the same id
            continue
        if state is None or not _lives(home, state) or (until is None and state.retention != retention.LEGAL_HOLD):
            continue
        rows = _held(home, standing, state, until) if until is not None else _released(home, standing, state)
        entry = Admin(**common, action=_ACTIONS[said.act], about=said.id, entry=state.index, keys=(by,))
        yield Rebucketed(Notice(entry, Private(reason=said.reason)), rows)


def _lives(home: OpenHome, state: OutgoingState) -> bool:
    return any(home.journal.secret(state.index, slot) is not None for slot in _SLOTS)


def _held(home: OpenHome, standing: Standing, state: OutgoingState, until: date) -> tuple[RebucketRow, ...]:
    """The private part keeps its own day where that is later: a hold shortens nothing."""
    own = retention.private_due(retention.private_class(standing.type), _recorded(home, state.index))
    return (
        RebucketRow(state.index, "body", retention.LEGAL_HOLD, until, True),
        RebucketRow(state.index, "private", retention.LEGAL_HOLD, max(until, own), True),
    )


def _recorded(home: OpenHome, index: int) -> date:
    """The Japanese day of an entry."""
    entry = home.entry(index)
    if entry is None:
        raise IntegrityError(log.ENTRY_MISSING, index=index)
    return jst_day(time_value(entry.time))


def _released(home: OpenHome, standing: Standing, state: OutgoingState) -> tuple[RebucketRow, ...]:
    """Back to their own classes, and to a day of those."""
    today = jst_day(home.clock.now())
    recorded = _recorded(home, state.index)
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
