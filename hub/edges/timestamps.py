"""RFC 3161: a timestamp authority (TSA) says that a checkpoint existed at a time of its own clock. The only home of rfc3161_client.

What is stamped is the checkpoint's whole note, so that `openssl ts -verify -data` takes it as it lies on disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from hub.codes import tsa
from hub.edges.insidehttp import Partner
from hub.errors import IntegrityError, Misconfigured, Unavailable

GRANTED: Final = 0
QUERY_MEDIA: Final = "application/timestamp-query"
_LARGEST: Final = 1 << 16  # octets of a response: a token with its certificates is a few thousand
_OK: Final = 200
_CERTIFICATES: Final = 0xA0  # the tag [0] in SignedData
_LONG: Final = 0x80  # a DER length of so many more octets
_SERVER: Final = Partner(_LARGEST, tsa.NOT_INSIDE, tsa.NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What an authority said of a note: when (UTC, by its clock), and under which serial number of its own."""

    time: datetime
    serial: int


class Authority:
    """A timestamp authority, known by the certificates of the CAs that may have issued its own."""

    def __init__(self, pem: bytes, file: str) -> None:
        """Raises `Misconfigured` HUB-TSA-001, naming `file`."""
        try:
            self._roots = x509.load_pem_x509_certificates(pem)
        except ValueError:
            raise Misconfigured(tsa.NO_AUTHORITY, file=file) from None

    def ask(self, url: str, note: bytes) -> bytes:
        """A timestamp over `note`, which holds, as the authority sent it.

        Raises `Misconfigured` HUB-TSA-005, `Unavailable` HUB-TSA-002 or -003, `IntegrityError` HUB-TSA-004.
        """
        request = _request().data(note).build()
        answer = _SERVER.post(url, request.as_bytes(), media=QUERY_MEDIA)
        if answer.status != _OK:
            raise Unavailable(tsa.NO_ANSWER, reason=f"{answer.status}")
        self._opened(note, granted(answer.body), request.nonce)
        return answer.body

    def opened(self, note: bytes, response: bytes) -> Timestamp:
        """What the authority said of `note`. Raises `IntegrityError` HUB-TSA-004 when the response does not hold for it.

        Certificates are judged at the time that they state: a timestamp outlives its authority's certificate
        (RFC 3161 section 4).
        """
        try:
            return self._opened(note, granted(response), None)
        except Unavailable as error:
            raise IntegrityError(tsa.FORGED, reason=error.code.id) from None

    def _opened(self, note: bytes, response: TimeStampResponse, nonce: int | None) -> Timestamp:
        try:
            VerifierBuilder(roots=list(self._roots), nonce=nonce).build().verify_message(response, note)
            return Timestamp(response.tst_info.gen_time, response.tst_info.serial_number)
        except (ValueError, VerificationError, x509.InvalidVersion, x509.DuplicateExtension) as error:
            raise IntegrityError(tsa.FORGED, reason=type(error).__name__) from None


def digest(response: bytes) -> bytes:
    """SHA-256 of what a response is over, as it says itself. Raises as `granted`."""
    try:
        return granted(response).tst_info.message_imprint.message
    except ValueError as error:
        raise Unavailable(tsa.NO_ANSWER, reason=type(error).__name__) from None


def query(note: bytes) -> bytes:
    """A request over `note` (DER), to be carried to an authority."""
    return _request().data(note).nonce(nonce=False).build().as_bytes()


def granted(response: bytes) -> TimeStampResponse:
    """A response that bears a timestamp, unproven. Raises `Unavailable` HUB-TSA-002 or -003."""
    try:
        decoded = decode_timestamp_response(_sorted(response))
    except ValueError as error:
        raise Unavailable(tsa.NO_ANSWER, reason=type(error).__name__) from None
    if decoded.status != GRANTED:
        raise Unavailable(tsa.NOT_GRANTED, status=decoded.status)
    return decoded


def _sorted(response: bytes) -> bytes:
    """With its certificates in DER's order: CMS (RFC 5652 section 5.1) asks for none, OpenSSL keeps none, the library insists on it.

    No signature covers that set. What is not of the form is given back as it came, to be refused.
    """
    try:
        place = _inside(response, 0)[0]  # TimeStampResp
        place = _inside(response, _inside(response, place)[1])[0]  # behind the status: ContentInfo
        place = _inside(response, _inside(response, place)[1])[0]  # behind the type: [0]
        place = _inside(response, place)[0]  # SignedData
        for _ in ("version", "digestAlgorithms", "encapContentInfo"):
            place = _inside(response, place)[1]
        if response[place] != _CERTIFICATES:
            return response
        first, end = _inside(response, place)
        found, place = [], first
        while place < end:
            found.append(response[place : _inside(response, place)[1]])
            place = _inside(response, place)[1]
    except IndexError:
        return response
    return response[:first] + b"".join(sorted(found)) + response[place:]


def _inside(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the DER element at `at` begins and ends. Raises `IndexError` where there is none."""
    length, begin = data[at + 1], at + 2
    if length >= _LONG:
        begin += length - _LONG
        length = int.from_bytes(data[at + 2 : begin], "big")
    if begin + length > len(data):
        raise IndexError(at)
    return begin, begin + length


def _request() -> TimestampRequestBuilder:
    return TimestampRequestBuilder().hash_algorithm(HashAlgorithm.SHA256)
