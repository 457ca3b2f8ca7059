"""Who may let a delivery go that persons had to check first: someone who has looked, and who is not its operator (S14, S33).

Both are facts of the log, not of files: the reveal is an entry that names this hold and this key, and the operator stands
in the private part to which the message's own entry commits. Who cannot be told apart from the operator may not.
"""

from __future__ import annotations

from hub import envelope, holds
from hub.app import confirmations
from hub.app.confirmations import Confirmation
from hub.app.opening import OpenHome
from hub.codes import hld
from hub.errors import IntegrityError, Refused
from hub.exchangelog.entry import Admin, Entry
from hub.exchangelog.private import Private
from hub.ports import Standing
from hub.statements import Act, Person
from hub.xmlsig.precheck import parse


def check(home: OpenHome, standing: Standing, person: Person) -> None:
    """This person may let it go. Raises `Refused` HUB-HLD-006 and -009 to -011."""
    if standing.code in holds.ASKED and not _looked(home, standing, person):
        raise Refused(hld.NOT_SEEN)
    if _corrects(home, standing):
        _check_other(home, standing, person)


def _looked(home: OpenHome, standing: Standing, person: Person) -> bool:
    """Whether the log says that this key looked into this message during this hold."""
    for one in _statements(home):
        said = one.statement
        if (said.act, said.about, said.digest) != (Act.REVEAL, holds.about(standing), standing.digest):
            continue
        entry = None if one.index is None else _entry(home, one.index)
        if isinstance(entry, Admin) and (entry.about, entry.keys) == (said.id, (person.key,)):
            return True
    return False


def _statements(home: OpenHome) -> list[Confirmation]:
    try:
        return list(confirmations.read_all(home.paths))
    except IntegrityError as error:
        raise Refused(error.code, **error.facts) from None


def _entry(home: OpenHome, index: int) -> Entry | None:
    """Damaged history is refused to whoever asks, and stops nobody else."""
    try:
        return home.entry(index)
    except IntegrityError:
        raise Refused(hld.DAMAGED, index=index) from None


def _corrects(home: OpenHome, standing: Standing) -> bool:
    try:
        body = home.journal.secret(standing.index, "body")
    except IntegrityError:
        raise Refused(hld.DAMAGED, index=standing.index) from None
    if body is None:
        raise Refused(hld.ERASED)
    return envelope.parse_header(parse(body)).corrects is not None


def _check_other(home: OpenHome, standing: Standing, person: Person) -> None:
    if not person.staff:
        raise Refused(hld.NO_STAFF_NUMBER)
    if person.staff == _operator(home, standing.index):
        raise Refused(hld.OWN_CORRECTION)


def _operator(home: OpenHome, index: int) -> str:
    """The 職員番号 of a message's operator. Raises `Refused` HUB-HLD-006 when the private part was erased."""
    try:
        entry, opening = home.entry(index), home.journal.secret(index, "private")
        if entry is None or opening is None:
            raise Refused(hld.ERASED)
        return envelope.parse_operator(Private.opened(opening, entry.commit).operator.encode("utf-8")).staff
    except IntegrityError:
        raise Refused(hld.DAMAGED, index=index) from None
