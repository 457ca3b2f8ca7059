"""Holding and releasing deliveries: who may, by which statement; the journal's owner alone does it (hub.holds).

A statement is signed where the person is and checked here; it names this hold and the digest of the message, so nobody
releases another message, or the same one a second time, with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from hub import envelope, holds, masking
from hub.app import confirmations, scrutiny
from hub.app.confirmations import Confirmation
from hub.app.opening import OpenHome
from hub.app.register import read_register
from hub.codes import hld, zon
from hub.config import Config
from hub.envelope import format_time
from hub.errors import Misconfigured, Refused
from hub.exchangelog.entry import Admin
from hub.exchangelog.private import Private
from hub.framing import Message
from hub.ports import Clock, Standing
from hub.stages.record import Common, Notice, Turned
from hub.statements import Act, Approval, Statement, check
from hub.xmlsig.precheck import parse


def statement(config: Config, clock: Clock, act: Act, standing: Standing, reason: str) -> Statement:
    """What a person is asked to sign about a delivery that stands like this."""
    return Statement(act, holds.about(standing), standing.digest, reason, config.origin, format_time(clock.now()))


def answer(home: OpenHome, request: Message) -> Message:
    """One request: `stopped`, `standing` of a message, or `act` with a signed statement. Raises as `act`."""
    match request:
        case {"op": "stopped"}:
            return {"deliveries": [asdict(one) for one in home.journal.stopped()]}
        case {"op": "standing", "message": str(message_id)}:
            return {"deliveries": [asdict(one) for one in home.journal.standing(message_id)]}
        case {"op": "act", "statement": dict(said), "approval": dict(approval)}:
            try:
                signed = Statement.decoded(said), Approval.decoded(approval)
            except (KeyError, ValueError):
                raise Refused(zon.REQUEST, what="statement") from None
            done = act(home, *signed)
            told = {"approvals": len(done.approvals), "index": done.index}
            return told if done.statement.act is not Act.REVEAL else {**told, "items": _items(home, done.statement)}
        case _:
            raise Refused(zon.REQUEST, what="op")


def act(home: OpenHome, said: Statement, approval: Approval) -> Confirmation:
    """Does what a signed statement says, if it may. Raises `Refused` HUB-PER or HUB-HLD, `Misconfigured` HUB-HLD-002."""
    if said.origin != home.config.origin:
        raise Refused(hld.OTHER_STATEMENT)
    match said.act:
        case Act.HOLD:
            return _hold(home, said, approval)
        case Act.RELEASE:
            return _release(home, said, approval)
        case Act.CORRECT:
            return _correct(home, said, approval)
        case Act.REVEAL:
            return _reveal(home, said, approval)
        case _:
            raise Refused(hld.OTHER_STATEMENT)


def _reveal(home: OpenHome, said: Statement, approval: Approval) -> Confirmation:
    """The entry is written before anything is shown; a statement shows once, so that a copied one shows nothing."""
    check(said, approval, read_register(home.paths))
    if confirmations.kept(home.paths, said):
        raise Refused(hld.USED_STATEMENT)
    standing = _named(home.journal.stopped(), said)
    entry = Admin(**_common(home), action="reveal", entry=standing.index, about=said.id, keys=(approval.key,))
    index = home.intake.note(Notice(entry, Private(reason=said.reason))).index
    done = Confirmation(said, (approval,), index)
    confirmations.write(home.paths, done)
    return done


def _items(home: OpenHome, said: Statement) -> Sequence[tuple[str, str]]:
    """What stands in the held message, masked. Raises `Refused` HUB-HLD-006 when its body was erased."""
    body = home.journal.secret(_named(home.journal.stopped(), said).index, "body")
    if body is None:
        raise Refused(hld.ERASED)
    return masking.shown(envelope.payload_of(parse(body)))


def _hold(home: OpenHome, said: Statement, approval: Approval) -> Confirmation:
    check(said, approval, read_register(home.paths))
    standing = _named(home.journal.standing(said.about.removeprefix("message:")), said)
    if standing.state != "pending" or home.dispatcher.in_hand(standing.index):
        state = "delivered" if standing.state == "pending" else standing.state
        raise Refused(hld.NOT_WAITING, state=state)
    index = _turned(home, holds.put(_common(home), standing, said, approval.key))
    if index is None:
        raise Refused(hld.NOT_WAITING, state=home.journal.states([standing.index])[standing.index])
    done = Confirmation(said, (approval,), index)
    confirmations.write(home.paths, done)
    return done


def _release(home: OpenHome, said: Statement, approval: Approval) -> Confirmation:
    """By two persons; a correction has an act of its own."""
    standing = _named(home.journal.stopped(), said)
    known = confirmations.begun(home.paths, Act.RELEASE, said.about, said.digest)
    if standing.code == hld.CORRECTION.id or (known is not None and known.statement != said):
        raise Refused(hld.OTHER_STATEMENT)
    scrutiny.check(home, standing, check(said, approval, read_register(home.paths)))

    def enter(keys: tuple[str, ...]) -> int:
        return _entered(home, holds.released(_common(home), standing, said, keys))

    return confirmations.approve(home.paths, known or Confirmation(said, ()), approval, enter)


def _correct(home: OpenHome, said: Statement, approval: Approval) -> Confirmation:
    """By one person who has checked the correction and is not its operator (S33); kept before it takes effect."""
    standing = _named(home.journal.stopped(), said)
    if standing.code != hld.CORRECTION.id:
        raise Refused(hld.OTHER_STATEMENT)
    scrutiny.check(home, standing, check(said, approval, read_register(home.paths)))
    confirmations.write(home.paths, Confirmation(said, (approval,)))
    index = _entered(home, holds.released(_common(home), standing, said, (approval.key,)))
    done = Confirmation(said, (approval,), index)
    confirmations.write(home.paths, done)
    return done


def _entered(home: OpenHome, turned: Turned) -> int:
    """The entry of a release. Raises `Misconfigured` HUB-HLD-002 when an answer to the delivery came first."""
    index = _turned(home, turned)
    if index is None:
        raise Misconfigured(hld.NOT_STOPPED)
    return index


def _turned(home: OpenHome, turned: Turned) -> int | None:
    """The entry that says so; None when an answer to the delivery came first."""
    return next((recorded.index for recorded in home.intake.turn([turned])), None)


def _named(found: Sequence[Standing], said: Statement) -> Standing:
    named = [one for one in found if holds.about(one) == said.about]
    if not named:
        raise Misconfigured(hld.NOT_STOPPED)
    for one in named:
        if one.digest == said.digest:
            return one
    raise Refused(hld.OTHER_STATEMENT)


def _common(home: OpenHome) -> Common:
    return home.intake.common(format_time(home.clock.now()))
