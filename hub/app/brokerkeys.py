"""The keys with which a home meets the broker: to log in (TLS), and to open what is sealed to it (HPKE).

They are keys of their own, so that none of them can sign a message. The home's offline CA issues the certificates; today
that CA is at hand in a development home alone (docs/home.md, Take offline).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hub.app.paths import HomePaths
from hub.broker import Names
from hub.broker.names import HUB
from hub.codes import brk
from hub.config import Config
from hub.edges import pki
from hub.edges.pki import Identity, Validity
from hub.errors import Misconfigured
from hub.xmlsig import endpoint_uri

_VALID: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One certificate with its key, where they are missing."""

    name: str
    key: Path
    certificate: Path
    seals: bool


def make_keys(paths: HomePaths, config: Config, now: datetime) -> tuple[Path, ...]:
    """Makes what is missing, and tells which certificates are new; what is there is never made anew.

    Raises `Misconfigured` HUB-BRK-018 where the home's CA key is not at hand.
    """
    missing = [one for one in _wanted(paths) if not one.key.is_file() or not one.certificate.is_file()]
    if not missing:
        return ()
    authority = _authority(paths)
    validity = Validity(now - timedelta(days=1), now + _VALID)
    paths.seals.mkdir(mode=0o700, exist_ok=True)
    for one in missing:
        identity = _issued(authority, config, one, validity)
        one.key.unlink(missing_ok=True)  # a key whose certificate is missing was never used
        pki.write_key(one.key, identity.key)
        pki.write_certificates(one.certificate, [identity.certificate])
    return tuple(one.certificate for one in missing)


def _wanted(paths: HomePaths) -> Iterator[_Wanted]:
    yield _Wanted(HUB, paths.tls_key, paths.tls_certificate, seals=False)
    yield _Wanted(HUB, paths.seal_key, paths.seal(HUB), seals=True)
    for own in sorted((paths.root / "endpoints").glob("*/key.pem")):
        code = own.parent.name
        endpoint = paths.endpoint(code)
        yield _Wanted(code, endpoint.tls_key, endpoint.tls_certificate, seals=False)
        yield _Wanted(code, endpoint.seal_key, paths.seal(code), seals=True)


def _authority(paths: HomePaths) -> Identity:
    key = paths.offline / "ca.key"
    if not key.is_file():
        raise Misconfigured(brk.NO_AUTHORITY)
    return Identity(pki.read_signing_key(key), pki.read_certificates(paths.authority)[0])


def _issued(authority: Identity, config: Config, one: _Wanted, validity: Validity) -> Identity:
    uri = endpoint_uri(config.tenant, config.zone, one.name)
    if one.seals:
        return pki.make_sealing(authority, one.name, uri, validity, development=config.development)
    user = Names(config.zone).user(one.name)
    return pki.make_tls_client(authority, user, uri, validity, development=config.development)
