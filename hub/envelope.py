"""Header, answer and observation between XML and frozen values, and the operator part (docs/spec/message.md sections 1, 5, 7, 8).

Parsing trusts the envelope schema: it runs only on trees that kept `xsd/exchange/1/envelope.xsd`. Building makes unsigned trees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from lxml import etree

from hub.codes import msg
from hub.errors import Refused
from hub.exchangelog import canonical
from hub.exchangelog.text import base64_bytes, base64_text, time_text, time_value
from hub.messages import (
    EXCHANGE_NAMESPACE,
    Answer,
    AnswerLine,
    Attachment,
    Basis,
    Batch,
    Header,
    Level,
    Observation,
    Operator,
)

_Q = f"{{{EXCHANGE_NAMESPACE}}}"
_OPERATOR_MEMBERS = frozenset(
    {"authentication", "company", "department", "reason", "reason_code", "salt", "staff", "terminal"}
)
_MAY_BE_EMPTY = frozenset({"company"})
SALT_BYTES = 32
OPERATOR_LIMIT = 4096


def format_time(moment: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ss.sssZ` of an aware time; milliseconds are cut, not rounded."""
    utc = moment.astimezone(UTC)
    return time_text(utc.replace(microsecond=utc.microsecond // 1000 * 1000))


# --- header ---------------------------------------------------------------------------------------------------------


def build(header: Header, payload: etree._Element) -> etree._Element:
    """The unsigned `Envelope` around `payload`, ready to be signed; the payload is moved into it."""
    root = etree.Element(f"{_Q}Envelope", nsmap={None: EXCHANGE_NAMESPACE})
    head = etree.SubElement(root, f"{_Q}Header")
    for name, text, attributes in _header_children(header):
        child = etree.SubElement(head, f"{_Q}{name}", dict(attributes))
        child.text = text
        if name == "Basis" and header.basis is not None:
            etree.SubElement(child, f"{_Q}Affair").text = header.basis.affair
            etree.SubElement(child, f"{_Q}Information").text = header.basis.information
    etree.SubElement(root, f"{_Q}Body").append(payload)
    return root


def _header_children(header: Header) -> Iterator[tuple[str, str | None, dict[str, str]]]:
    yield "Tenant", header.tenant, {}
    yield "Environment", header.environment, {}
    yield "MessageId", header.message_id, {}
    yield "ConversationId", header.conversation_id, {}
    if header.in_reply_to is not None:
        yield "InReplyTo", header.in_reply_to, {}
    yield "Type", header.type, {"version": str(header.version)}
    yield "Sender", header.sender, {}
    yield "Recipient", header.recipient, {}
    yield "CreatedAt", format_time(header.created_at), {}
    if header.expires_at is not None:
        yield "ExpiresAt", format_time(header.expires_at), {}
    if header.basis is not None:
        yield "Basis", None, {"kind": header.basis.kind, "table": header.basis.table, "item": header.basis.item}
    for subject in header.subjects:
        yield "Subject", subject, {}
    if header.batch is not None:
        batch = header.batch
        yield "Batch", None, {"set": batch.id, "position": str(batch.position), "count": str(batch.count)}
    if header.corrects is not None:
        yield "Corrects", header.corrects, {}
    for attachment in header.attachments:
        yield "Attachment", None, {"sha256": attachment.sha256, "size": str(attachment.size), "type": attachment.type}
    yield "OperatorDigest", header.operator_digest, {}


def parse_header(root: etree._Element) -> Header:
    """The header of a schema-valid envelope. Raises `ValueError` where the schema's promise is broken."""
    head = root[0]
    expires = head.findtext(f"{_Q}ExpiresAt")
    type_element = _child(head, "Type")
    return Header(
        tenant=_text(head, "Tenant"),
        environment=_text(head, "Environment"),
        message_id=_text(head, "MessageId"),
        conversation_id=_text(head, "ConversationId"),
        in_reply_to=head.findtext(f"{_Q}InReplyTo"),
        type=type_element.text or "",
        version=int(type_element.get("version", "")),
        sender=_text(head, "Sender"),
        recipient=_text(head, "Recipient"),
        created_at=time_value(_text(head, "CreatedAt")),
        expires_at=None if expires is None else time_value(expires),
        basis=_parse_basis(head.find(f"{_Q}Basis")),
        subjects=tuple(element.text or "" for element in head.findall(f"{_Q}Subject")),
        batch=_parse_batch(head.find(f"{_Q}Batch")),
        corrects=head.findtext(f"{_Q}Corrects"),
        attachments=tuple(
            Attachment(element.get("sha256", ""), int(element.get("size", "")), element.get("type", ""))
            for element in head.findall(f"{_Q}Attachment")
        ),
        operator_digest=_text(head, "OperatorDigest"),
    )


def payload_of(root: etree._Element) -> etree._Element:
    """The one child of `Body` of a schema-valid envelope."""
    return root[1][0]


def _child(parent: etree._Element, name: str) -> etree._Element:
    found = parent.find(f"{_Q}{name}")
    if found is None:
        raise ValueError(f"{name} is missing")
    return found


def _text(parent: etree._Element, name: str) -> str:
    return _child(parent, name).text or ""


def _parse_basis(element: etree._Element | None) -> Basis | None:
    if element is None:
        return None
    return Basis(
        kind=element.get("kind", ""),
        table=element.get("table", ""),
        item=element.get("item", ""),
        affair=_text(element, "Affair"),
        information=_text(element, "Information"),
    )


def check_batch(batch: Batch | None) -> None:
    """Raises `Refused` HUB-MSG-026 for a place outside of its set. The schema bounds both numbers, and cannot compare them."""
    if batch is not None and not 1 <= batch.position <= batch.count:
        raise Refused(msg.BATCH_PLACE)


def _parse_batch(element: etree._Element | None) -> Batch | None:
    if element is None:
        return None
    return Batch(element.get("set", ""), int(element.get("position", "")), int(element.get("count", "")))


# --- answer ---------------------------------------------------------------------------------------------------------


def build_answer(answer: Answer) -> etree._Element:
    """The `Answer` payload."""
    element = etree.Element(f"{_Q}Answer", nsmap={None: EXCHANGE_NAMESPACE})
    _add(element, "Checkpoint", Origin=answer.origin, Size=str(answer.size), Root=answer.root)
    for line in answer.lines:
        code = {"Code": line.code} if line.code else {}
        _add(element, "Line", MessageId=line.message_id, Digest=line.digest, Level=line.level.value, **code)
    return element


def _add(parent: etree._Element, name: str, **texts: str) -> None:
    element = etree.SubElement(parent, f"{_Q}{name}")
    for child, text in texts.items():
        etree.SubElement(element, f"{_Q}{child}").text = text


def parse_answer(element: etree._Element) -> Answer:
    """The value of a schema-valid `Answer` payload."""
    checkpoint = _child(element, "Checkpoint")
    return Answer(
        origin=_text(checkpoint, "Origin"),
        size=int(_text(checkpoint, "Size")),
        root=_text(checkpoint, "Root"),
        lines=tuple(_parse_line(line) for line in element.findall(f"{_Q}Line")),
    )


def _parse_line(line: etree._Element) -> AnswerLine:
    level = Level(_text(line, "Level"))
    return AnswerLine(_text(line, "MessageId"), _text(line, "Digest"), level, line.findtext(f"{_Q}Code") or "")


# --- observation ----------------------------------------------------------------------------------------------------


def build_observation(observation: Observation) -> etree._Element:
    """The `Observation` payload."""
    made = etree.Element(f"{_Q}Observation", nsmap={None: EXCHANGE_NAMESPACE})
    for name, text in (
        ("Flow", observation.flow),
        ("Counterpart", observation.counterpart),
        ("SeenAt", format_time(observation.seen_at)),
        ("Evidence", observation.evidence),
        *((("Code", observation.code),) if observation.code else ()),
    ):
        etree.SubElement(made, f"{_Q}{name}").text = text
    return made


def parse_observation(element: etree._Element) -> Observation:
    """The value of a schema-valid `Observation` payload. Raises `ValueError` for a time that is none."""
    return Observation(
        flow=_text(element, "Flow"),
        counterpart=_text(element, "Counterpart"),
        seen_at=time_value(_text(element, "SeenAt")),
        evidence=_text(element, "Evidence"),
        code=element.findtext(f"{_Q}Code") or "",
    )


# --- operator part --------------------------------------------------------------------------------------------------


def encode_operator(operator: Operator) -> bytes:
    """The operator part as it travels: RFC 8785 JSON with the salt."""
    return canonical.encode({**_members(operator), "salt": base64_text(operator.salt)})


def operator_digest(operator: Operator) -> str:
    """`SHA-256(salt ‖ JCS(operator without salt))` as hex; what `OperatorDigest` carries."""
    return hashlib.sha256(operator.salt + canonical.encode(_members(operator))).hexdigest()


def parse_operator(data: bytes) -> Operator:
    """The inverse of `encode_operator`, strict. Raises `Refused` HUB-MSG-007 naming the member, never its value."""
    if len(data) > OPERATOR_LIMIT:
        raise Refused(msg.OPERATOR_FORM, member="(size)")
    try:
        members = canonical.decode(data)
    except (ValueError, Refused) as error:
        raise Refused(msg.OPERATOR_FORM, member="(json)") from error
    if not isinstance(members, dict) or members.keys() != _OPERATOR_MEMBERS:
        raise Refused(msg.OPERATOR_FORM, member="(names)")
    texts: dict[str, str] = {}
    for name, value in members.items():
        if not isinstance(value, str) or (not value.strip() and name not in _MAY_BE_EMPTY):
            raise Refused(msg.OPERATOR_FORM, member=name)
        texts[name] = value
    return Operator(
        staff=texts["staff"],
        department=texts["department"],
        terminal=texts["terminal"],
        reason_code=texts["reason_code"],
        reason=texts["reason"],
        authentication=texts["authentication"],
        salt=_salt(texts["salt"]),
        company=texts["company"] or None,
    )


def _salt(text: str) -> bytes:
    try:
        return base64_bytes(text, SALT_BYTES)
    except ValueError as error:  # also for characters outside ASCII
        raise Refused(msg.OPERATOR_FORM, member="salt") from error


def _members(operator: Operator) -> dict[str, str]:
    return {
        "authentication": operator.authentication,
        "company": operator.company or "",
        "department": operator.department,
        "reason": operator.reason,
        "reason_code": operator.reason_code,
        "staff": operator.staff,
        "terminal": operator.terminal,
    }
