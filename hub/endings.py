"""終止: what a recorded message ends of what waits about its person: a death ends 送付先情報 (S39; L1149, L1272, L1416).

The hub knows nobody. It compares Subject tokens, which one sender makes alike for one recipient, and which types end which
stands in the catalogue (`ends_when`). What names several persons is ended for all: nobody may edit it (S18), and the sender
sends the others anew. What a recipient has in hand it may have done: that is ended when it is given back.

Any process may record the message; who ends is the dispatcher alone, for it knows what is in whose hands. The journal keeps
which messages are not done with it, so a crash between the two ends nothing less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub import envelope, holds
from hub.codes import msg
from hub.errors import Refused
from hub.intake import Intake
from hub.ports import Ending, Outgoing, Pending
from hub.stages.deliver import header_of
from hub.xmlsig.precheck import parse

VOID = ("expired", "refused")


def end(intake: Intake, deliveries: Outgoing, in_hand: Callable[[int], bool]) -> None:
    """Ends what recorded messages end, but for what is in hand. Raises `Unavailable`: the next call makes up for it."""
    done = [one.index for one in deliveries.endings() if _end(one, intake, deliveries, in_hand)]
    if done:
        with intake.writing():
            deliveries.finish(done)


def _end(ending: Ending, intake: Intake, deliveries: Outgoing, in_hand: Callable[[int], bool]) -> bool:
    """Whether nothing is left that it could end."""
    if ending.state in VOID:  # it went to nobody, so it says nothing
        return True
    if ending.state == "held" and ending.code in holds.ASKED:  # nobody has approved it yet
        return False
    waiting = list(_found(ending, deliveries))
    died = Refused(msg.PERSON_DIED)
    going = [(pending, died) for pending in waiting if not in_hand(pending.delivery.index)]
    if going:
        intake.withdraw(going, shred=True)
    return len(going) == len(waiting)


def _found(ending: Ending, deliveries: Outgoing) -> Iterator[Pending]:
    """The deliveries that it ends, those in a recipient's hands included; none when its own body was erased."""
    body = deliveries.secret(ending.index, "body")
    if body is None:
        return
    subjects = frozenset(envelope.parse_header(parse(body)).subjects)
    for pending in deliveries.unordered(ending.sender, ending.recipient, ending.types, ending.index):
        header, _ = header_of(pending.delivery)
        if subjects & frozenset(header.subjects):
            yield pending
