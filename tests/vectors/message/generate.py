"""Writes the test vectors of docs/spec/message.md beside itself, from fixed values: python -m tests.vectors.message.generate

tests/unit/test_envelope.py derives every value again with code that shares nothing with the hub.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from lxml import etree

from connectors.kit import subject_token
from hub import envelope, frames, lanes
from hub.frames import Fetch, Piece
from hub.messages import Answer, AnswerLine, Attachment, Basis, Batch, Header, Level, Observation, Operator, Part
from hub.xmlsig.precheck import canonical
from hub.xmlsig.rawcheck import DECLARATION
from tests.samples import sample

FOLDER = Path(__file__).parent
SUBJECT_KEY = bytes(range(32))
LANE_KEY = bytes(range(32, 64))
OPERATOR = Operator(
    staff="S0042",
    department="戸籍住民課",
    terminal="T-117",
    reason_code="TENNYUU",
    reason="転入届",
    authentication="password+token",
    salt=bytes(range(64, 96)),
)
BASIS = Basis("利用", "statutes", "bangou-9-1", "宛名の登録 <試験> & 「確認」", "基本4情報")
FIRST, SECOND = "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa", "0195e7a0-5a10-7c3e-9d52-0b6a4c1f77ab"
PLAIN = Header(
    tenant="131211",
    environment="demo",
    message_id=FIRST,
    conversation_id=FIRST,
    type="AT-REG",
    version=1,
    sender="juki",
    recipient="atena",
    created_at=datetime(2026, 4, 1, 0, 15, tzinfo=UTC),
    operator_digest=envelope.operator_digest(OPERATOR),
    subjects=(subject_token(SUBJECT_KEY, "atena", "100000001"),),
    basis=BASIS,
)
# Everything that a header may hold, whatever a stage would say to it (its type carries no attachments).
FULL = replace(
    PLAIN,
    message_id=SECOND,
    recipient="介護保険課",
    in_reply_to=FIRST,
    expires_at=datetime(2026, 4, 2, 0, 15, 0, 999000, tzinfo=UTC),
    subjects=(*PLAIN.subjects, subject_token(SUBJECT_KEY, "介護保険課", "100000002")),
    batch=Batch("set-1", 2, 3),
    corrects=FIRST,
    attachments=(Attachment("0" * 64, 4711, "application/pdf"),),
)
REPLY = replace(PLAIN, message_id=SECOND, type="ANSWER", sender="atena", recipient="juki", subjects=(), basis=None)
ANSWER = Answer(
    "juki-hub/131211/kikan",
    4711,
    "A" * 43 + "=",
    (
        AnswerLine(FIRST, "0" * 64, Level.PARTNER_CONFIRMED),
        AnswerLine(SECOND, "f" * 64, Level.REJECTED, "HUB-DOM-001"),
    ),
)

SEEN = replace(REPLY, type="OB-SEEN", sender="cs", recipient="hub", in_reply_to=FIRST)
OBSERVATION = Observation("A1-4", "to-sv", PLAIN.created_at, "0" * 64, "HUB-DOM-001")


def operators() -> list[Mapping[str, object]]:
    """Operator parts as they travel, with what `OperatorDigest` carries."""
    parts = (OPERATOR, replace(OPERATOR, company='委託先 "一"\\社', reason="\u0001改行\n\U00020bb7"))
    return [
        {"operator": envelope.encode_operator(part).decode(), "digest": envelope.operator_digest(part)}
        for part in parts
    ]


def subjects() -> list[Mapping[str, str]]:
    """Subject tokens of our connectors: other recipients of one person get other tokens."""
    pairs = (("atena", "100000001"), ("介護保険課", "100000001"), ("介護保険課", "100000002"))
    return [
        {
            "key": SUBJECT_KEY.hex(),
            "recipient": recipient,
            "atena_bangou": number,
            "subject": subject_token(SUBJECT_KEY, recipient, number),
        }
        for recipient, number in pairs
    ]


def lane_values() -> list[Mapping[str, str]]:
    """Lanes under one key, with a recipient in ASCII and one in Japanese."""
    headers = (PLAIN, replace(PLAIN, recipient="介護保険課"))
    return [
        {
            "key": LANE_KEY.hex(),
            "recipient": header.recipient,
            "subject": header.subjects[0],
            "lane": (lanes.lane(LANE_KEY, header, unordered=False) or b"").hex(),
        }
        for header in headers
    ]


def part_frames() -> list[Mapping[str, object]]:
    """The last part of an attachment of 1 MiB and three bytes on its way in, and what asks for it and brings it on its way out."""
    content = b"end"
    whole = bytes(1 << 20) + content
    part = Part(sha256(b"<Envelope/>").hexdigest(), sha256(whole).hexdigest(), len(whole), 1, content)
    fetch, piece = Fetch("q1", 7, part.sha256, (1,)), Piece("q1", 1, content)
    written = {
        "part": frames.write_part(part),
        "fetch": frames.write_fetch(fetch),
        "piece": frames.write_piece(piece),
    }
    return [{"kind": kind, "frame": frame.hex()} for kind, frame in written.items()]


def envelopes() -> list[Mapping[str, object]]:
    """Unsigned envelopes in the one byte form, and the digest over their exclusive C14N that a signature must carry."""
    payload = sample("AT-REG")
    return [
        _envelope("plain", PLAIN, etree.fromstring(payload)),
        _envelope("full", FULL, etree.fromstring(payload)),
        _envelope("answer", REPLY, envelope.build_answer(ANSWER)),
        _envelope("observation", SEEN, envelope.build_observation(OBSERVATION)),
    ]


def _envelope(name: str, header: Header, payload: etree._Element) -> Mapping[str, object]:
    form = canonical(envelope.build(header, payload))
    digest = sha256(form)
    return {
        "name": name,
        "unsigned": (DECLARATION + form).decode(),
        "c14n_sha256": digest.hexdigest(),
        "digest_value": b64encode(digest.digest()).decode(),
    }


def files() -> Mapping[str, str]:
    """The text of every vector file by its name."""
    made = {
        "operator.json": operators(),
        "subject.json": subjects(),
        "lane.json": lane_values(),
        "envelope.json": envelopes(),
        "part.json": part_frames(),
    }
    return {name: json.dumps(value, ensure_ascii=False, indent=1) + "\n" for name, value in made.items()}


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
