"""What a person does by hand in an endpoint's place: sign, look into the inbox, answer, verify a delivery offline.

Signing needs the endpoint's key, so it works only in that endpoint's own home or in a development home: a home that is none
and holds the keys of several endpoints signs for nobody.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

from hub import envelope, xmlsig
from hub.app.evidence import Archive
from hub.app.opening import OpenHome, read_config, read_trust
from hub.app.paths import HomePaths
from hub.codes import cfg, cli
from hub.config import Config
from hub.edges import pki
from hub.edges.pki import Identity
from hub.errors import Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.keylist import KeyList
from hub.exchangelog.stamp import Claim, Stamp, Trust, accept, gap
from hub.exchangelog.text import base64_text
from hub.exchangelog.tree import prove_consistency
from hub.ids import uuid7
from hub.messages import (
    ANSWER_TYPE,
    Answer,
    AnswerLine,
    Attachment,
    Basis,
    Delivery,
    Header,
    Level,
    Operator,
    Recorded,
    Submission,
)
from hub.provisions.lawbook import Provisions
from hub.xmlsig.precheck import parse

INBOX = 100


@dataclass(frozen=True, slots=True)
class Letter:
    """What `hub sign` is asked to make. Without a `conversation` it begins one; `others` are further persons beside `subject`."""

    sender: str
    recipient: str
    type: str
    version: int
    table: str
    item: str
    subject: str
    operator: Operator
    expires_at: datetime | None = None
    corrects: str | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    others: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def identity(paths: HomePaths, endpoint: str) -> Identity:
    """The endpoint's key and certificate. Raises `Misconfigured` HUB-CFG-005 where they are not kept, and as `check_keys`."""
    own = paths.endpoint(endpoint)
    if not own.key.is_file():
        raise Misconfigured(cfg.NOT_DEVELOPMENT, endpoint=endpoint[:40])
    check_keys(paths, read_config(paths))
    return pki.read_identity(own.key, own.certificate)


def check_keys(paths: HomePaths, config: Config) -> None:
    """Raises `Misconfigured` HUB-CFG-023 for a home with the keys of several endpoints that is no development home.

    Who opens such a home could sign for either side of an exchange: its signatures would tell nobody apart.
    """
    held = paths.endpoint_keys()
    if len(held) > 1 and not config.development:
        raise Misconfigured(cfg.SEVERAL_KEYS, count=len(held))


def sign(paths: HomePaths, letter: Letter, body: bytes, law: Provisions, now: datetime) -> tuple[str, Submission]:
    """The message id and the signed message with its operator part. The payload is not judged here: the hub does that."""
    row = law.rows.get((letter.table, letter.item))
    if row is None:
        raise Misconfigured(cli.NO_ROW, table=letter.table, item=letter.item)
    basis = Basis(row.kind.value, letter.table, letter.item, row.affair, row.information)
    return _signed(paths, letter, _payload(body), basis, now)


def fresh_subject() -> str:
    """A token for a person of whom nothing else is known; it begins with a letter, so it never looks like a number."""
    return "x" + secrets.token_hex(16)


def check_known(home: OpenHome, endpoint: str) -> None:
    """Raises `Misconfigured` HUB-CLI-005 for a stranger."""
    if endpoint not in home.house.law.routes.endpoints:
        raise Misconfigured(cli.NO_ENDPOINT, endpoint=endpoint[:40])


def inbox(home: OpenHome, endpoint: str) -> Sequence[Delivery]:
    """What the endpoint could be handed now, at most `INBOX`: the first delivery of each lane, none that is frozen. Raises as `check_known`."""
    check_known(home, endpoint)
    ready = home.journal.ready([endpoint], home.dispatcher.handed(endpoint), home.clock.now(), INBOX)
    return [pending.delivery for pending in ready if not home.dispatcher.withheld(pending)]


def sign_answer(
    paths: HomePaths, endpoint: str, to: str, line: AnswerLine, operator: Operator, note: str, now: datetime
) -> Submission:
    """The endpoint's answer to one delivery of the sender `to`. `note` is the checkpoint that it has seen. Raises as `identity`."""
    head = Checkpoint.claimed(note)
    payload = envelope.build_answer(Answer(head.origin, head.size, base64_text(head.root), (line,)))
    letter = Letter(endpoint, to, ANSWER_TYPE, 1, "", "", "", operator)
    return _signed(paths, letter, payload, None, now)[1]


def answer_delivery(
    home: OpenHome, endpoint: str, delivery: Delivery, level: Level, code: str, operator: Operator
) -> Recorded:
    """Signs and submits the endpoint's answer to a delivery that it has in hand, in a home that this process owns."""
    line = AnswerLine(delivery.message_id, hashlib.sha256(delivery.raw).hexdigest(), level, code)
    note, now = home.journal.head().note, home.clock.now()
    submission = sign_answer(home.paths, endpoint, delivery.sender, line, operator, note, now)
    return home.intake.take([submission]).recorded[0]


def verify_delivery(
    paths: HomePaths, root_key: str, key_list: str, raw: bytes, stamp_text: str, endpoint: str, now: datetime
) -> tuple[Header, Stamp, Trust, Claim]:
    """Everything but the consistency with an earlier checkpoint: signature, certificate, header. Raises `Refused`, `IntegrityError`."""
    from hub.exchangelog.note import VerifierKey  # noqa: PLC0415

    config = read_config(paths)
    xmlsig.verify(raw, read_trust(paths, config.environment), now)
    header = envelope.parse_header(parse(raw))
    digest = hashlib.sha256(raw).hexdigest()
    claim = Claim(
        header.message_id,
        digest,
        header.type,
        header.version,
        header.sender,
        endpoint,
        config.tenant,
        config.environment,
    )
    trust = Trust(KeyList.opened(key_list, VerifierKey.parse(root_key)), config.origin)
    return header, Stamp.parse(stamp_text), trust, claim


def believe(stamp: Stamp, claim: Claim, trust: Trust, last: Checkpoint | None, archive: Archive | None) -> Checkpoint:
    """The recipient's check; `archive` gives the consistency proof between `last` and the stamp where one is needed."""
    sizes = gap(stamp, last)
    proof = prove_consistency(*sizes, archive.journal.nodes) if sizes and archive else None
    return accept(stamp, claim, trust, last, proof)


def _signed(
    paths: HomePaths, letter: Letter, payload: etree._Element, basis: Basis | None, now: datetime
) -> tuple[str, Submission]:
    config = read_config(paths)
    pair = identity(paths, letter.sender)
    message_id = uuid7(int(now.timestamp() * 1000), secrets.token_bytes(10))
    header = Header(
        tenant=config.tenant,
        environment=config.environment,
        message_id=message_id,
        conversation_id=letter.conversation or message_id,
        in_reply_to=letter.in_reply_to,
        type=letter.type,
        version=letter.version,
        sender=letter.sender,
        recipient=letter.recipient,
        created_at=now,
        expires_at=letter.expires_at,
        corrects=letter.corrects,
        operator_digest=envelope.operator_digest(letter.operator),
        subjects=(letter.subject, *letter.others) if basis else (),
        basis=basis,
        attachments=letter.attachments,
    )
    raw = xmlsig.sign(envelope.build(header, payload), pair.key, pair.certificate)
    return message_id, Submission(raw, envelope.encode_operator(letter.operator), "local:cli")


def _payload(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Misconfigured(cli.BODY_NOT_XML, line=error.lineno or 0) from None


def operator_file(message: Path) -> Path:
    """Where the operator part lies beside a signed file."""
    return message.with_name(message.name + ".operator")
