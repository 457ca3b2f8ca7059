"""A CA and endpoint identities for every test: made once a session, valid 2026 to 2036, keys never leave the process."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from hub.edges.pki import Identity, KeyKind, Validity, make_ca, make_endpoint
from hub.xmlsig import Anchor, Trust, fingerprint

VALIDITY = Validity(datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC))
#: A time at which every certificate here is valid.
AT = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)
TENANT = "131211"


def authority(name: str = "試験用認証局", *, development: bool = True) -> Identity:
    """The CA of this name."""
    return _authority(name, development)


def endpoint(code: str, zone: str = "kikan", *, kind: KeyKind = "ecdsa-p256", development: bool = True) -> Identity:
    """The identity of an endpoint, issued by the CA of the same kind (development or not)."""
    return _endpoint(code, zone, kind, development)


@cache
def _authority(name: str, development: bool) -> Identity:
    return make_ca(name, VALIDITY, development=development)


@cache
def _endpoint(code: str, zone: str, kind: KeyKind, development: bool) -> Identity:
    issuer = authority(development=development)
    return make_endpoint(issuer, (TENANT, zone, code), VALIDITY, development=development, kind=kind)


def trust(*codes: str, zone: str = "kikan", environment: str = "test", revoked: frozenset[str] = frozenset()) -> Trust:
    """Trust in the test CA with each of these endpoints registered under its own certificate."""
    prints = {code: frozenset({fingerprint(endpoint(code, zone).certificate)}) for code in codes}
    return Trust([Anchor(authority().certificate)], prints, revoked, environment)


def impostor(code: str) -> Identity:
    """An endpoint certificate that looks right but comes from a false CA of the same name."""
    false_authority = make_ca("試験用認証局", VALIDITY, development=True)
    return make_endpoint(false_authority, (TENANT, "kikan", code), VALIDITY, development=True)
