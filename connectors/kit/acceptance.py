"""From a delivery to an `Opened` message: nothing is handed to a room that its own keys do not prove.

Checked every time: the stamp (permit, for this recipient, sender, type, id, tenant, exactly these bytes), one history of
the log, and the signed header against the stamp. The sender's signature is checked too, for every message or for a
sample by digest, or not at all: the hub verified it, and the stamp proves that; the choice is the constructor's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from connectors.kit.identity import Identity
from connectors.kit.room import Opened
from connectors.kit.witness import Witness
from hub import envelope, xmlsig
from hub.codes import kit
from hub.errors import Code, IntegrityError, Refused
from hub.exchangelog import entry as entries
from hub.exchangelog.stamp import Claim, Stamp, accept, acknowledge
from hub.exchangelog.text import time_value
from hub.messages import Delivery, Header, Recorded, Submission
from hub.xmlsig.precheck import parse


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Verify senders' signatures against `trust`: every message, or one in `every` chosen by its digest."""

    trust: xmlsig.Trust
    every: int = 1

    def chosen(self, digest: str) -> bool:
        return int(digest[:8], 16) % self.every == 0


class Acceptance:
    """The receiving and receipt checks of one endpoint. Every failure is an `IntegrityError`: somebody lies or is broken."""

    def __init__(self, identity: Identity, witness: Witness, signatures: SignatureCheck | None) -> None:
        """`signatures` None: the hub's stamp alone vouches for senders' signatures."""
        self._identity = identity
        self._witness = witness
        self._signatures = signatures

    def open(self, deliveries: Sequence[Delivery], at: datetime) -> tuple[Opened, ...]:
        """The messages of a batch, all or none. Raises `IntegrityError`, or `Unavailable` when proofs cannot be had."""
        try:
            stamps = [Stamp.parse(delivery.stamp) for delivery in deliveries]
            self._witness.see(stamp.note for stamp in stamps)
            return tuple(self._open(*pair, at) for pair in zip(deliveries, stamps, strict=True))
        except IntegrityError as error:
            raise self._named(kit.STAMP_REFUSED, error) from error

    def receipts(self, submissions: Sequence[Submission], recorded: Sequence[Recorded]) -> None:
        """Returns when every receipt proves what became of its submission.

        A refusal without receipt (the signature did not hold) proves nothing and needs none: nothing was accepted.
        """
        pairs = [pair for pair in zip(submissions, recorded, strict=True) if pair[1].permit or pair[1].receipt]
        try:
            stamps = [Stamp.parse(record.receipt) for _, record in pairs]
            self._witness.see(stamp.note for stamp in stamps)
            for (submission, record), stamp in zip(pairs, stamps, strict=True):
                self._check_receipt(submission, record, stamp)
        except IntegrityError as error:
            raise self._named(kit.RECEIPT_DIFFERS, error) from error

    def _open(self, delivery: Delivery, stamp: Stamp, at: datetime) -> Opened:
        digest = hashlib.sha256(delivery.raw).hexdigest()
        root = _parsed(delivery.raw)
        header = _header(root)
        if (header.recipient, header.tenant, header.environment) != self._own:
            raise self._differs("Recipient, Tenant, Environment")
        if (delivery.message_id, delivery.sender, delivery.recipient) != (
            header.message_id,
            header.sender,
            header.recipient,
        ):
            raise self._differs("delivery")
        # `see` has proven the stamp's checkpoint against all earlier ones, so none is compared again here.
        accept(stamp, _claim(header, digest), self._witness.trust, None)
        if self._signatures is not None and self._signatures.chosen(digest):
            self._check_signature(delivery.raw, stamp, header.sender)
        return Opened(delivery, header, envelope.payload_of(root), digest, at)

    def _check_signature(self, raw: bytes, stamp: Stamp, sender: str) -> None:
        """As of the entry's time: a certificate that ended while the message waited was good when the hub took it."""
        checks = self._signatures
        recorded = time_value(entries.parse(stamp.leaf).time)
        try:
            signed = xmlsig.verify(raw, checks.trust, recorded) if checks else None
        except Refused as refusal:
            raise self._named(kit.SIGNATURE_REFUSED, refusal) from refusal
        if signed is not None and signed.endpoint != sender:
            raise self._differs("Sender")

    def _check_receipt(self, submission: Submission, record: Recorded, stamp: Stamp) -> None:
        header = _header(_parsed(submission.raw))
        claim = _claim(header, hashlib.sha256(submission.raw).hexdigest())
        entry, _ = acknowledge(stamp, claim, self._witness.trust, None)
        refused = isinstance(entry, entries.Refuse)
        if (not refused, entry.code if refused else "") != (record.permit, record.code):
            raise IntegrityError(kit.RECEIPT_DIFFERS, endpoint=self._identity.endpoint, cause="outcome")

    @property
    def _own(self) -> tuple[str, str, str]:
        return self._identity.endpoint, self._identity.tenant, self._identity.environment

    def _differs(self, place: str) -> IntegrityError:
        return IntegrityError(kit.ENVELOPE_DIFFERS, endpoint=self._identity.endpoint, place=place)

    def _named(self, code: Code, cause: IntegrityError | Refused) -> IntegrityError:
        if cause.code in (kit.ENVELOPE_DIFFERS, kit.SIGNATURE_REFUSED):
            return IntegrityError(cause.code, **cause.facts)
        return IntegrityError(code, endpoint=self._identity.endpoint, cause=cause.code.id)


def _parsed(raw: bytes) -> etree._Element:
    try:
        return parse(raw)
    except Refused as error:
        raise IntegrityError(kit.STAMP_REFUSED, endpoint="", cause=error.code.id) from error


def _header(root: etree._Element) -> Header:
    try:
        return envelope.parse_header(root)
    except (ValueError, IndexError) as error:
        raise IntegrityError(kit.STAMP_REFUSED, endpoint="", cause=type(error).__name__) from error


def _claim(header: Header, digest: str) -> Claim:
    return Claim(
        message=header.message_id,
        digest=digest,
        type=header.type,
        version=header.version,
        sender=header.sender,
        recipient=header.recipient,
        tenant=header.tenant,
        environment=header.environment,
    )
