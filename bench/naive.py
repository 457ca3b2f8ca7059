"""The pipeline that one would write first: a library for each step, one message at a time, a commit for each.

    verify (signxml, chain) -> validate (xmlschema) -> rule -> SQLite commit (FULL) -> sign again (signxml) -> recipient

It is written fairly: keys and schemas are loaded once, nothing is parsed or signed for show, and signxml gets the UTF-8
override without which it cannot read Japanese element names (which also makes it faster). No broker stands on either side here;
bench/engine puts hub and recipient behind one.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self

import xmlschema
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from bench import fixture
from bench.figures import Run
from bench.fixture import Founded
from bench.plan import SENDER, TENANT, Workload
from connectors.kit.compose import Draft
from connectors.kit.identity import Identity
from connectors.kit.ids import new_id
from hub import envelope
from hub.edges import pki, resources
from hub.edges.clock import SystemClock
from hub.edges.pki import KeyKind, Validity
from hub.messages import ANSWER_TYPE, EXCHANGE_NAMESPACE, Answer, AnswerLine, Header, Level
from hub.schemas.catalogue import CATALOGUE, parse_catalogue

_Q = f"{{{EXCHANGE_NAMESPACE}}}"
_ENVELOPE = "exchange/1/envelope.xsd"
_ROOT = base64.b64encode(bytes(32)).decode("ascii")
JOURNAL = "journal.sqlite"
_AT_TOP = SignatureConfiguration(location="./")


class Wrong(RuntimeError):
    """The naive pipeline refused a message of the benchmark."""


class _Verifier(XMLVerifier):
    def _tostring(self, xml_node: Any, **_: Any) -> bytes:
        return etree.tostring(xml_node, encoding="utf-8")


class _Signer(XMLSigner):
    def _tostring(self, xml_node: Any, **_: Any) -> bytes:
        return etree.tostring(xml_node, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Signing:
    """A key object with its certificate."""

    key: Any
    certificate: x509.Certificate

    def sign(self, unsigned: etree._Element) -> bytes:
        """The signed document: enveloped, exclusive C14N, SHA-256, by the key's own algorithm."""
        rsa = isinstance(self.key, RSAPrivateKey)
        signer = _Signer(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=SignatureMethod.RSA_SHA256 if rsa else SignatureMethod.ECDSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        signed = signer.sign(unsigned, key=self.key, cert=[self.certificate])
        return etree.tostring(signed, encoding="UTF-8", xml_declaration=True)


class Journal(Protocol):
    """Where a naive party keeps what it has seen."""

    def keep(self, message_id: str, body: bytes) -> None:
        """Durable when this returns; a second time it raises."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Passed:
    """What the naive hub sends on, and to whom."""

    recipient: str
    raw: bytes


class NaiveHub:
    """One hub; its journal is the caller's to choose."""

    def __init__(self, journal: Journal, signing: Signing, home: Founded, workload: Workload) -> None:
        ways = {(SENDER, name, workload.type) for name in workload.recipients}
        self._routes = ways | {(name, SENDER, ANSWER_TYPE) for name in workload.recipients}
        self._authority = str(home.paths.authority)
        self._schemas = _schemas(workload.type)
        self._signing = signing
        self._journal = journal

    def take(self, raw: bytes) -> Passed:
        """One message on its way: the bytes for the recipient, signed by the hub. Raises `Wrong`."""
        root = _verified(raw, ca_pem_file=self._authority)
        header = envelope.parse_header(root)
        payload = envelope.payload_of(root)
        # xmlschema takes the elements of lxml too; its annotations name ElementTree's alone.
        parts: tuple[tuple[str, Any], ...] = ((_ENVELOPE, root), (header.type, payload))
        if not all(self._schemas[name].is_valid(part) for name, part in parts):
            raise Wrong("not valid")
        if (header.sender, header.recipient, header.type) not in self._routes:
            raise Wrong("no such route")
        self._journal.keep(header.message_id, raw)
        return Passed(header.recipient, self._signing.sign(root))

    def close(self) -> None:
        self._journal.close()


class NaiveRecipient:
    """A recipient that checks the hub's signature, remembers the message durably, and signs an answer."""

    def __init__(self, handled: Journal, me: Identity, hub: x509.Certificate) -> None:
        self._signing = Signing(me.key, me.certificate)
        self._hub = hub
        self._handled = handled

    def take(self, raw: bytes) -> bytes:
        """The signed answer: partner-confirmed."""
        header = envelope.parse_header(_verified(raw, x509_cert=self._hub))
        self._handled.keep(header.message_id, b"")
        line = AnswerLine(header.message_id, hashlib.sha256(raw).hexdigest(), Level.PARTNER_CONFIRMED)
        payload = envelope.build_answer(Answer(f"juki-hub/{TENANT}/naive", 1, _ROOT, (line,)))
        return self._signing.sign(envelope.build(_answer_header(header), payload))

    def close(self) -> None:
        self._handled.close()


class Naive:
    """The naive hub with its recipients, each with a store of its own."""

    def __init__(self, place: Path, home: Founded, workload: Workload) -> None:
        """New journals in `place`, which must not exist; keys, CA and schemas are those of the home."""
        place.mkdir(parents=True)
        self._sender = fixture.identity(home, SENDER)
        self._signing = Signing(self._sender.key, self._sender.certificate)
        hub = hub_identity(home)
        self._hub = NaiveHub(_File(place / JOURNAL), Signing(hub.key, hub.certificate), home, workload)
        self._recipients = {
            name: NaiveRecipient(_File(place / f"{name}.sqlite"), fixture.identity(home, name), hub.certificate)
            for name in workload.recipients
        }

    def one_way(self, messages: Sequence[bytes], events: int) -> Run:
        """Verify, validate, rule, commit, sign: where the pipeline of the measured baselines ends, without its broker."""
        with _Stopwatch(len(messages), events) as watch:
            for raw in messages:
                self._hub.take(raw)
        return watch.run

    def with_answers(self, messages: Sequence[bytes], recipients: Sequence[str]) -> Run:
        """The same, on to the recipient and back; the messages of an event go to `recipients` in turn."""
        with _Stopwatch(len(messages), len(messages) // len(recipients)) as watch:
            for raw, recipient in zip(messages, itertools.cycle(recipients), strict=False):
                self._round_trip(raw, recipient)
        return watch.run

    def signed_by_sender(self, drafts: Sequence[Draft], events: int) -> Run:
        """The same with the sender's signature in it."""
        with _Stopwatch(len(drafts), events) as watch:
            for draft in drafts:
                self._round_trip(self._signing.sign(_unsigned(draft, self._sender)), draft.recipient)
        return watch.run

    def close(self) -> None:
        self._hub.close()
        for recipient in self._recipients.values():
            recipient.close()

    def _round_trip(self, raw: bytes, recipient: str) -> None:
        self._hub.take(self._recipients[recipient].take(self._hub.take(raw).raw))


class _Stopwatch:
    """Times a block and gives its `Run`."""

    def __init__(self, messages: int, events: int) -> None:
        self._counts = messages, events
        self._started = 0.0, 0.0
        self.run = Run(messages, events, 0.0, 0.0)

    def __enter__(self) -> Self:
        self._started = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        seconds, cpu = time.perf_counter() - self._started[0], time.process_time() - self._started[1]
        self.run = Run(*self._counts, seconds, cpu)


def stored(place: Path) -> int:
    """How many messages and answers a naive hub has in its journal: what a test counts."""
    connection = sqlite3.connect(place / JOURNAL)
    try:
        return int(connection.execute("SELECT count(*) FROM journal").fetchone()[0])
    finally:
        connection.close()


def _verified(raw: bytes, **trusted: Any) -> etree._Element:
    result = _Verifier().verify(raw, expect_config=_AT_TOP, **trusted)
    if isinstance(result, list) or not isinstance(result.signed_xml, etree._Element):
        raise Wrong("not signed as a whole")
    if result.signed_xml.tag != f"{_Q}Envelope":
        raise Wrong("not signed as a whole")
    return result.signed_xml


def _unsigned(draft: Draft, sender: Identity) -> etree._Element:
    header = Header(
        tenant=sender.tenant,
        environment=sender.environment,
        message_id=draft.message_id,
        conversation_id=draft.conversation_id,
        type=draft.type,
        version=draft.version,
        sender=sender.endpoint,
        recipient=draft.recipient,
        created_at=draft.created_at,
        operator_digest=envelope.operator_digest(draft.operator),
        subjects=draft.subjects,
        basis=draft.basis,
    )
    if not isinstance(draft.payload, bytes):
        raise TypeError("the benchmark's payloads are bytes")
    return envelope.build(header, etree.fromstring(draft.payload))


def _answer_header(header: Header) -> Header:
    return Header(
        tenant=header.tenant,
        environment=header.environment,
        message_id=new_id(header.created_at, secrets.token_bytes(16)),
        conversation_id=header.conversation_id,
        type=ANSWER_TYPE,
        version=1,
        sender=header.recipient,
        recipient=header.sender,
        created_at=header.created_at,
        operator_digest=header.operator_digest,
        in_reply_to=header.message_id,
    )


@cache
def _schemas(message_type: str) -> Mapping[str, xmlschema.XMLSchema10]:
    """The house's own schemas, compiled by xmlschema once: the envelope's, and those of a message type and of answers."""
    files = resources.xsd_files()
    paths = {line.type: line.xsd for line in parse_catalogue(files[CATALOGUE].decode("utf-8"))}
    with tempfile.TemporaryDirectory() as place:
        for name, data in files.items():
            path = Path(place) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        envelopes, own = (xmlschema.XMLSchema10(str(Path(place) / one)) for one in (_ENVELOPE, paths[message_type]))
    return {_ENVELOPE: envelopes, ANSWER_TYPE: envelopes, message_type: own}


def hub_identity(home: Founded, kind: KeyKind = "ecdsa-p256") -> pki.Identity:
    """A key for the naive hub, issued by the zone's own CA."""
    authority = pki.Identity(
        pki.read_signing_key(home.paths.offline / "ca.key"), pki.read_certificates(home.paths.authority)[0]
    )
    now: datetime = SystemClock().now()
    validity = Validity(now - timedelta(hours=1), now + timedelta(days=1))
    return pki.make_endpoint(authority, (TENANT, home.config.zone, "hub"), validity, development=True, kind=kind)


class _File:
    """A `Journal` in a file of SQLite."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE journal (message_id TEXT PRIMARY KEY, body BLOB NOT NULL)")

    def keep(self, message_id: str, body: bytes) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("INSERT INTO journal VALUES (?, ?)", (message_id, body))
        self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()
