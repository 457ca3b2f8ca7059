"""保留と解除: a delivery that waits for persons, and its release by them (design promises 6 and 12).

A held delivery stops its own lane and no other. Both turns are entries of the log; the release cites the statement that
was signed over this hold and the digest of the message: by two different persons, or for a correction by one who is not
its operator (S33).
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.codes import hld
from hub.exchangelog.entry import Hold, Release
from hub.exchangelog.private import Private
from hub.messages import Valid
from hub.ports import Standing
from hub.stages.record import Common, Notice, Turned
from hub.statements import Statement

# The holds under which the content itself is in question; elsewhere persons judge a failure, not what the message says.
ASKED = frozenset({hld.NO_AUTOMATIC_ANSWER.id, hld.CORRECTION.id})


def about(standing: Standing) -> str:
    """What a statement names: the message to be held, or this hold, so that another hold needs another release."""
    return f"message:{standing.message_id}" if standing.hold is None else f"hold:{standing.hold}"


def failed(common: Common, index: int, message_id: str, recipient: str, code: str, *, hold: bool) -> Turned:
    """The recipient could not process it (`hold` False), or said that only a person can tell what became of it."""
    entry = Hold(**common, message=message_id, entry=index, code=code)
    return Turned(Notice(entry), index, recipient, "held" if hold else "failed", code)


def reason(valid: Valid) -> str:
    """The code under which a message that may go must yet wait for persons from the start; "" for none.

    自動応答不可フラグ (S14) asks for two of them, a correction (S33) for one who is not its operator; of both, two.
    """
    if valid.held:
        return hld.NO_AUTOMATIC_ANSWER.id
    return hld.CORRECTION.id if valid.header.corrects is not None else ""


def asked(common: Common, index: int, message_id: str, recipient: str, code: str) -> Turned:
    """Persons must decide first, for the `reason`: it is held in the commit that permits it."""
    return Turned(Notice(Hold(**common, message=message_id, entry=index, code=code)), index, recipient, "held", code)


def put(common: Common, standing: Standing, statement: Statement, key: str) -> Turned:
    """A person holds what waits; `key` is theirs, the statement's reason stays private."""
    code = hld.BY_PERSON.id
    entry = Hold(
        **common,
        message=standing.message_id,
        entry=standing.index,
        code=code,
        statement=statement.id,
        keys=(key,),
    )
    notice = Notice(entry, Private(reason=statement.reason))
    return Turned(notice, standing.index, standing.recipient, "held", code)


def released(common: Common, stopped: Standing, statement: Statement, keys: Sequence[str]) -> Turned:
    """The persons with these keys let it go on: it is offered again, decided anew like any delivery."""
    entry = Release(**common, message=stopped.message_id, entry=stopped.index, statement=statement.id, keys=tuple(keys))
    return Turned(Notice(entry, Private(reason=statement.reason)), stopped.index, stopped.recipient, "pending")
