"""The keys with which a home meets the broker: to log in (TLS), and to open what is sealed to it (HPKE).

They are keys of their own, so that none of them can sign a message. The home's offline CA issues the certificates where it
is at hand, which is in a development home alone; elsewhere they are asked for (`brokercertificates`).
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
class Wanted:
    """One certificate and the key that it is for, if that is this home's: of an endpoint by its code, or of `HUB`."""

    name: str
    key: Path | None
    certificate: Path
    seals: bool

    def common_name(self, zone: str) -> str:
        """By which the broker knows a user; nobody asks for that of a sealing certificate."""
        return self.name if self.seals else Names(zone).user(self.name)

    def uri(self, config: Config) -> str:
        """Whose it is."""
        return endpoint_uri(config.tenant, config.zone, self.name)


def make_keys(paths: HomePaths, config: Config, now: datetime) -> tuple[Path, ...]:
    """Makes what is missing, and tells which certificates are new; what is there is never made anew.

    Raises `Misconfigured` HUB-BRK-018 where the home's CA key is not at hand.
    """
    missing = [
        (one, one.key)
        for one in wanted(paths)
        if one.key is not None and not (one.key.is_file() and one.certificate.is_file())
    ]
    if not missing:
        return ()
    authority = _authority(paths)
    validity = Validity(now - timedelta(days=1), now + _VALID)
    paths.seals.mkdir(mode=0o700, exist_ok=True)
    for one, key in missing:
        identity = _issued(authority, config, one, validity)
        key.unlink(missing_ok=True)  # a key whose certificate is missing was never used
        pki.write_key(key, identity.key)
        pki.write_certificates(one.certificate, [identity.certificate])
    return tuple(one.certificate for one, _ in missing)


def wanted(paths: HomePaths) -> Iterator[Wanted]:
    """What this home has keys for: the hub's where its log is signed, and those of the endpoints that sign here."""
    if paths.log_key.is_file():
        yield Wanted(HUB, paths.tls_key, paths.tls_certificate, seals=False)
        yield Wanted(HUB, paths.seal_key, paths.seal(HUB), seals=True)
    for own in paths.endpoint_keys():
        code = own.parent.name
        endpoint = paths.endpoint(code)
        yield Wanted(code, endpoint.tls_key, endpoint.tls_certificate, seals=False)
        yield Wanted(code, endpoint.seal_key, paths.seal(code), seals=True)


def _authority(paths: HomePaths) -> Identity:
    key = paths.offline / "ca.key"
    if not key.is_file():
        raise Misconfigured(brk.NO_AUTHORITY)
    return Identity(pki.read_signing_key(key), pki.read_certificates(paths.authority)[0])


def _issued(authority: Identity, config: Config, one: Wanted, validity: Validity) -> Identity:
    make = pki.make_sealing if one.seals else pki.make_tls_client
    return make(authority, one.common_name(config.zone), one.uri(config), validity, development=config.development)
