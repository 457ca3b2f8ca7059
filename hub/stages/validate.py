"""Stage 2: does the message keep every rule that needs no law? Verified -> Read -> Valid.

`read` believes the header (envelope schema); `validate` checks tenant, environment, times, operator part, payload schema
(chosen by the catalogue, never by the sender's hints) and what XSD cannot say (docs/spec/message.md section 9).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lxml import etree

from hub import domainchecks, envelope
from hub.attachments import check_declared
from hub.calendar import jst_day
from hub.codes import msg, rte
from hub.errors import Refused
from hub.messages import HUB, Answer, Header, Level, Observation, Operator, Read, Valid, Verified
from hub.operators import Operators
from hub.schemas import PayloadType, Schemas, items_of

FUTURE_SECONDS = 300
STALE_DAYS = 7
# A token of only digits, or 11/12 digits anywhere apart, is no keyed token (design section 3: Subject).
_NUMBER_LIKE = re.compile(r"^[0-9_-]+$|(?<![0-9A-Za-z])[0-9]{11,12}(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Site:
    """What this hub instance is: 団体, environment, the schemas in force, and who may act for its endpoints."""

    tenant: str
    environment: str
    schemas: Schemas
    operators: Operators = field(default_factory=Operators)


def read(verified: Verified, schemas: Schemas) -> Read:
    """The header of an envelope that keeps its schema. Raises `Refused` (HUB-XSD; HUB-MSG-002 for a time that is none)."""
    schemas.validate_envelope(verified.root)
    try:
        return Read(verified, envelope.parse_header(verified.root))
    except ValueError as error:
        raise Refused(msg.HEADER_VALUE) from error


def validate(message: Read, site: Site, now: datetime) -> Valid:
    """A valid message. Raises `Refused` of the areas MSG, OPR, XSD or CHK."""
    header, verified = message.header, message.verified
    kind = site.schemas.payload_type(header.type, header.version)
    _check_place(header, site)
    _check_recipient(header)
    _check_size(len(verified.submission.raw), kind)
    _check_times(header, now)
    _check_persons(header, kind)
    _check_attachments(header, kind)
    envelope.check_batch(header.batch)
    operator = _check_operator(verified.submission.operator, header)
    site.operators.check(operator, header.sender, jst_day(now))
    payload = envelope.payload_of(verified.root)
    site.schemas.validate(payload, header.type, header.version)
    domainchecks.check(payload, header.type)
    domainchecks.check_expiry(payload, header.type, header.expires_at)
    return Valid(
        verified,
        header,
        operator,
        items=items_of(payload),
        texts=free_texts(payload, kind),
        answer=_answer(header, payload),
        held=_held(payload, kind),
        ends=_ends(payload, kind),
        observation=_observation(header, payload),
    )


def _check_place(header: Header, site: Site) -> None:
    if header.tenant != site.tenant:
        raise Refused(rte.OTHER_BODY, rule="X7", way="Header/Tenant")
    if header.environment != site.environment:
        raise Refused(msg.OTHER_ENVIRONMENT, found=header.environment, expected=site.environment)


def _check_recipient(header: Header) -> None:
    """What was observed is told to the hub, and nothing else is."""
    if (header.recipient == HUB) is not header.is_observation:
        raise Refused(msg.OBSERVATION_TO, type=header.type)


def _check_size(size: int, kind: PayloadType) -> None:
    if size > kind.max_bytes:
        raise Refused(msg.TOO_LARGE, type=kind.type, size=size, limit=kind.max_bytes)


def _check_times(header: Header, now: datetime) -> None:
    if header.created_at > now + timedelta(seconds=FUTURE_SECONDS):
        raise Refused(msg.FROM_FUTURE, limit=FUTURE_SECONDS)
    if header.created_at < now - timedelta(days=STALE_DAYS):
        raise Refused(msg.STALE, limit=STALE_DAYS)
    if header.expires_at is not None and header.expires_at <= now:
        raise Refused(msg.EXPIRED)


def _check_persons(header: Header, kind: PayloadType) -> None:
    if (header.basis is None) is not header.ends_here:
        raise Refused(msg.BASIS_PRESENCE, type=header.type)
    count = len(header.subjects)
    fits = count == 0 if header.ends_here else count == 1 or (count > 1 and kind.multi_subject)
    if not fits:
        raise Refused(msg.SUBJECTS, type=header.type, count=count)
    if any(_NUMBER_LIKE.search(subject) for subject in header.subjects):
        raise Refused(msg.SUBJECT_IS_NUMBER)


def _check_attachments(header: Header, kind: PayloadType) -> None:
    """By the header alone: whether the files are here and what was signed is asked of the journal, later (hub/intake.py)."""
    if not header.attachments:
        return
    if not kind.attachments:
        raise Refused(msg.ATTACHMENTS, type=kind.type)
    check_declared(header.attachments)


def _check_operator(part: bytes, header: Header) -> Operator:
    operator = envelope.parse_operator(part)
    if envelope.operator_digest(operator) != header.operator_digest:
        raise Refused(msg.OPERATOR_DIGEST)
    return operator


def free_texts(payload: etree._Element, kind: PayloadType) -> tuple[str, ...]:
    """What people wrote in words (names, addresses, notes), in document order; coded fields have closed forms."""
    elements = payload.iter(*(f"{{{kind.namespace}}}{name}" for name in kind.texts)) if kind.texts else ()
    return tuple(text for element in elements if (text := element.text))


def _held(payload: etree._Element, kind: PayloadType) -> bool:
    rule = kind.hold_when
    return rule is not None and payload.findtext(f"{{{kind.namespace}}}{rule.element}") == rule.value


def _ends(payload: etree._Element, kind: PayloadType) -> frozenset[str]:
    rule = kind.ends_when
    if rule is None or payload.findtext(f"{{{kind.namespace}}}{rule.element}") != rule.value:
        return frozenset()
    return rule.types


def _answer(header: Header, payload: etree._Element) -> Answer | None:
    if not header.is_answer:
        return None
    answer = envelope.parse_answer(payload)
    for number, line in enumerate(answer.lines, start=1):
        if (line.level is Level.REJECTED) != bool(line.code):
            raise Refused(msg.ANSWER_LINE_CODE, line=number)
    return answer


def _observation(header: Header, payload: etree._Element) -> Observation | None:
    if not header.is_observation:
        return None
    try:
        observation = envelope.parse_observation(payload)
    except ValueError as error:
        raise Refused(msg.HEADER_VALUE) from error
    if observation.seen_at > header.created_at:
        raise Refused(msg.OBSERVED_TIME)
    return observation
