"""Whose certificate this is: issued by a pinned CA, not revoked, and registered to exactly one endpoint.

A chain alone does not identify a sender (performance.md section 3.1), so registration decides. The issuing CA is
pinned itself; no chain is built from what a message brings. Certificate rules: `certificate.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from hub.codes import crt
from hub.errors import Faults, HubError, Misconfigured, Refused
from hub.xmlsig.certificate import (
    check_authority,
    check_leaf,
    check_named,
    check_time,
    fingerprint,
    is_development,
)
from hub.xmlsig.names import Method

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A pinned issuing CA. `allow_rsa2048` only where an outside CA issues nothing longer (design section 3)."""

    certificate: x509.Certificate
    allow_rsa2048: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """A certificate that passed every check but the time; `anchor` is the CA that issued it."""

    certificate: x509.Certificate
    fingerprint: str
    endpoint: str
    method: Method
    anchor: x509.Certificate


class Trust:
    """Pinned CAs, registrations and revocations of one moment; a change of any of them is a new `Trust`.

    Remembers what it admitted: only registered certificates, so the memory is bounded, and time is checked each call.
    """

    __slots__ = ("_admitted", "_anchors", "_endpoints", "_known", "environment", "revoked")

    def __init__(
        self,
        anchors: Iterable[Anchor],
        registrations: Mapping[str, frozenset[str]],
        revoked: frozenset[str] = frozenset(),
        environment: str = PRODUCTION,
    ) -> None:
        """`registrations`: endpoint -> SHA-256 fingerprints of its certificates. Raises `Faults` with everything wrong."""
        self._anchors = tuple(anchors)
        self.environment = environment
        self.revoked = revoked
        faults = [*self._anchor_faults(), *_fingerprint_faults("revoked", revoked)]
        self._endpoints = MappingProxyType(_by_fingerprint(registrations, faults))
        self._known = frozenset(name for print_, name in self._endpoints.items() if print_ not in revoked)
        if faults:
            raise Faults(tuple(faults))
        self._admitted: dict[str, Admitted] = {}

    def admit(self, der: bytes, at: datetime) -> Admitted:
        """The endpoint and signature method of a certificate at time `at` (aware). Raises `Refused` (area CRT)."""
        if at.tzinfo is None:
            raise ValueError("the time of verification must be aware")
        print_ = sha256(der).hexdigest()
        if print_ in self.revoked:
            raise Refused(crt.REVOKED)
        admitted = self._admitted.get(print_)
        if admitted is None:
            admitted = self._examine(der, print_)
        check_time(admitted.certificate, at, "certificate")
        check_time(admitted.anchor, at, "CA")
        self._admitted[print_] = admitted
        return admitted

    def knows(self, endpoint: str) -> bool:
        """Whether a certificate is registered to this endpoint that is not revoked. Of dates it says nothing: `admit` does."""
        return endpoint in self._known

    def _examine(self, der: bytes, print_: str) -> Admitted:
        try:
            return self._checked(x509.load_der_x509_certificate(der), print_)
        except (HubError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - cryptography raises many kinds for a damaged certificate; none may escape
            raise Refused(crt.MALFORMED) from None

    def _checked(self, certificate: x509.Certificate, print_: str) -> Admitted:
        anchor = self._issuer(certificate)
        method = check_leaf(certificate, allow_rsa2048=anchor.allow_rsa2048)
        if self.environment == PRODUCTION and is_development(certificate):
            raise Refused(crt.DEVELOPMENT, what="certificate")
        endpoint = self._endpoints.get(print_)
        if endpoint is None:
            raise Refused(crt.UNREGISTERED)
        check_named(certificate, endpoint)
        return Admitted(certificate, print_, endpoint, method, anchor.certificate)

    def _issuer(self, certificate: x509.Certificate) -> Anchor:
        for anchor in self._anchors:
            if anchor.certificate.subject == certificate.issuer:
                try:
                    certificate.verify_directly_issued_by(anchor.certificate)
                except (ValueError, TypeError, InvalidSignature):
                    continue
                return anchor
        raise Refused(crt.UNTRUSTED)

    def _anchor_faults(self) -> Iterable[Misconfigured]:
        for place, anchor in enumerate(self._anchors, start=1):
            rule = check_authority(anchor.certificate, allow_rsa2048=anchor.allow_rsa2048)
            if rule is not None:
                yield Misconfigured(crt.ANCHOR, place=place, rule=rule)
            if self.environment == PRODUCTION and is_development(anchor.certificate):
                yield Misconfigured(crt.DEVELOPMENT, what=f"CA {place}")
            if fingerprint(anchor.certificate) in self.revoked:
                yield Misconfigured(crt.ANCHOR, place=place, rule=crt.REVOKED.id)


def _by_fingerprint(registrations: Mapping[str, frozenset[str]], faults: list[HubError]) -> dict[str, str]:
    found: dict[str, str] = {}
    for endpoint, prints in sorted(registrations.items()):
        faults.extend(_fingerprint_faults(endpoint, prints))
        for print_ in sorted(prints):
            first = found.setdefault(print_, endpoint)
            if first != endpoint:
                faults.append(Misconfigured(crt.REGISTERED_TWICE, first=first, second=endpoint))
    return found


def _fingerprint_faults(place: str, prints: Iterable[str]) -> list[HubError]:
    return [Misconfigured(crt.FINGERPRINT, place=place) for print_ in prints if not _FINGERPRINT.fullmatch(print_)]
